"""Whether a mail we are about to send is one that receivers take: its headers, its lines, what its signature covers.

`read(message)` gives a copy as it goes over the wire; `of_contribution` and `of_notice` hold it against the rules, each
a `Finding` in words with what to do. What DNS has to say is core/mail/published's; looking it up, and the arithmetic of
a signature, is edge's. Never raises for what stands in a mail.
"""

from __future__ import annotations

import re
from collections import Counter
from dataclasses import dataclass
from enum import StrEnum

from listserv.core.mail.authentication import aligned, tags
from listserv.core.mail.identity import comparable, domain_of

_ONCE = ("from", "date", "message-id", "subject")
_AT_MOST_ONCE = ("sender", "reply-to", "to", "cc", "in-reply-to", "references", "list-id", "mime-version")
_ADDRESS = re.compile(r"<([^<>\s]+@[^<>\s]+)>\s*$|^\s*([^<>\s]+@[^<>\s]+)\s*$")
_ONE_CLICK = re.compile(r"<https://[^<>]+>")

#: Octets of a line, without CRLF (RFC 5322 §2.1.1).
LONGEST = 998

BUG = "This is a mistake in listserv: please report it with what stands above."


class Result(StrEnum):
    OK = "ok"
    WARNING = "warning"  # works, but not everywhere, or not for ever
    FAILED = "failed"  # receivers refuse such mail, or somebody is not reached
    SKIPPED = "skipped"  # not looked at; the finding says why


@dataclass(frozen=True, slots=True)
class Finding:
    """`check`: what was looked at, in a word or two. `rule`: who asks for it. `do`: what to do, "" if nothing."""

    check: str
    result: Result
    text: str
    do: str = ""
    rule: str = ""


def ok(check: str, text: str, rule: str = "") -> Finding:
    return Finding(check, Result.OK, text, "", rule)


def warning(check: str, text: str, do: str, rule: str = "") -> Finding:
    return Finding(check, Result.WARNING, text, do, rule)


def failed(check: str, text: str, do: str, rule: str = "") -> Finding:
    return Finding(check, Result.FAILED, text, do, rule)


def skipped(check: str, why: str) -> Finding:
    return Finding(check, Result.SKIPPED, why)


@dataclass(frozen=True, slots=True)
class Read:
    """A copy's header fields, unfolded, by name in lower case; and its lines, without their CRLF."""

    fields: tuple[tuple[str, str], ...]
    lines: tuple[bytes, ...]
    breaks: bool  # a CR or LF that is not part of a CRLF stands in it

    def all(self, name: str) -> list[str]:
        return [value for one, value in self.fields if one == name]

    def one(self, name: str) -> str:
        """The value of a field that stands once; "" otherwise."""
        values = self.all(name)
        return values[0] if len(values) == 1 else ""


def read(message: bytes) -> Read:
    head = message.partition(b"\r\n\r\n")[0].decode("utf-8", "replace")
    unfolded = re.sub(r"\r\n[ \t]+", " ", head).split("\r\n")
    pairs = (line.partition(":") for line in unfolded)
    fields = tuple((name.strip().lower(), value.strip()) for name, _, value in pairs)
    lines = message.split(b"\r\n")
    return Read(fields, tuple(lines), any(b"\r" in line or b"\n" in line for line in lines))


def of_contribution(copy: Read, domain: str, *, https: bool, signed: bool, trial: bool = False) -> list[Finding]:
    """A copy of what goes to all. `domain`: of our addresses. `https`: base_url is; `signed`: there is a [dkim];
    `trial`: nothing leaves this host, so nobody asks for one click yet.
    """
    found = [_form("contribution", copy), _author("contribution", copy, domain), _list_id(copy)]
    found.append(_leaving(copy, https=https, trial=trial))
    if signed:
        found.append(_covered(copy, https=https))
    return found


def of_notice(copy: Read, domain: str) -> list[Finding]:
    """A mail of our own to one person."""
    check, rule = "notice", "RFC 3834 §5"
    automatic = copy.one("auto-submitted")
    marked = (
        ok(check, f"Auto-Submitted: {automatic}: no program answers it.", rule)
        if automatic.startswith("auto-")
        else failed(check, "it is not marked as automatic (Auto-Submitted).", BUG, rule)
    )
    return [_form(check, copy), _author(check, copy, domain), marked]


def _form(check: str, copy: Read) -> Finding:
    """RFC 5322 §3.6, §2.1.1, §2.3."""
    rule = "RFC 5322 §3.6"
    count = Counter(name for name, _ in copy.fields)
    wrong = [f"{name} stands {count[name]} times" for name in _ONCE if count[name] != 1]
    wrong += [f"{name} stands {count[name]} times" for name in _AT_MOST_ONCE if count[name] > 1]
    wrong += [f"a line has {len(line)} octets" for line in copy.lines if len(line) > LONGEST][:1]
    if copy.breaks:
        wrong.append("a line ends in a bare CR or LF")
    if wrong:
        return failed(check, f"{'; '.join(wrong)}.", BUG, rule)
    return ok(check, f"one From, Date, Message-ID and Subject; no line beyond {LONGEST} octets.", rule)


def address_in(value: str) -> str:
    """The address in a From; "" if it is not exactly one."""
    found = _ADDRESS.search(value)
    return (found[1] or found[2]) if found and value.count("@") == 1 else ""


def _author(check: str, copy: Read, domain: str) -> Finding:
    """From is ours and so is what signs: receivers hold both against the author's domain (RFC 7960 §4)."""
    rule = "RFC 9989 §4.4"
    address = address_in(copy.one("from"))
    if domain_of(address) != comparable(domain):
        return failed(check, f"From is not at {domain}.", BUG, rule)
    signers = [tags(value).get("d", "") for value in copy.all("dkim-signature")]
    if strangers := [signer for signer in signers if not aligned(signer, domain)]:
        return failed(check, f"signed by {strangers[0]}, which is not {domain}.", f"Set dkim.domain to {domain}.", rule)
    also = f", and so is the signature ({signers[0]})" if signers else ""
    return ok(check, f"From and the return address are at {domain}{also}: aligned.", rule)


def _list_id(copy: Read) -> Finding:
    value, rule = copy.one("list-id"), "RFC 2919 §3"
    if not re.search(r"<[^<>@\s]+\.[^<>@\s]+>$", value):
        return failed("contribution", "it has no List-Id that is one.", BUG, rule)
    return ok("contribution", f"List-Id: {value}", rule)


def _leaving(copy: Read, *, https: bool, trial: bool) -> Finding:
    check, rule = "one-click leaving", "RFC 8058 §3.1"
    way, post = copy.one("list-unsubscribe"), copy.one("list-unsubscribe-post")
    if "<mailto:" not in way:
        return failed(check, "a copy names no address to leave by (List-Unsubscribe).", BUG, "RFC 2369 §3.2")
    if not https:
        text = "by mail only: there are no https pages. Large receivers ask for one click."
        do = "Set site.base_url to the https address of the pages, and write a [web] table."
        return (warning if trial else failed)(check, text, do, rule)
    if not _ONE_CLICK.search(way) or post != "List-Unsubscribe=One-Click":
        return failed(check, "a copy has no https link to leave by, or no List-Unsubscribe-Post.", BUG, rule)
    return ok(check, "List-Unsubscribe has an https link and an address, List-Unsubscribe-Post is there.", rule)


def _covered(copy: Read, *, https: bool) -> Finding:
    check, rule = "DKIM signature", "RFC 8058 §4"
    signatures = [tags(value) for value in copy.all("dkim-signature")]
    if not signatures:
        return failed(check, "a copy is not signed.", BUG, "RFC 6376 §3.5")
    wanted = ["from", "subject", "date", "message-id", "list-id", "list-unsubscribe"]
    wanted += ["list-unsubscribe-post"] if https else []
    for signature in signatures:
        covered = signature.get("h", "").lower().split(":")
        if open_ := [name for name in wanted if name not in covered]:
            return failed(check, f"h= leaves out {', '.join(open_)}.", BUG, rule)
        if covered.count("from") < 2:
            return failed(check, "a second From could be added (h= names it once).", BUG, "RFC 6376 §8.15")
        if "l" in signature:
            return failed(check, "text could be added to the body (l=).", BUG, "RFC 6376 §8.2")
    return ok(check, f"h= covers {', '.join(wanted)}.", rule)

"""What DNS must say for mail from and to our domain: MX, SPF, DKIM, DMARC; each a finding in words, with what to do.

`look(kind, name)` is how records are had: their texts, () where there is none, None where DNS did not answer. TXT comes
with its strings joined, MX as the host alone ("" for "."). Nothing else is looked up, nothing is sent, and no name but
those asked for is believed. Never raises for what records say.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import TypeAlias

from listserv.core.mail.authentication import tags
from listserv.core.mail.compliance import Finding, failed, ok, skipped, warning
from listserv.core.mail.dkim import Key

Look: TypeAlias = Callable[[str, str], tuple[str, ...] | None]

#: Look-ups that an SPF record may cost whoever evaluates it (RFC 7208 §4.6.4).
LOOKUPS = 10

_TERM = re.compile(r"(?P<sign>[+?~-]?)(?P<name>[a-z][a-z0-9_.-]*)(?P<rest>[:/=].*)?", re.IGNORECASE)
_COSTS = frozenset({"include", "a", "mx", "ptr", "exists"})
_FREE = frozenset({"all", "ip4", "ip6"})


def silent(check: str, name: str) -> Finding:
    return skipped(check, f"DNS did not answer for {name}; try again.")


def mx(domain: str, look: Look) -> Finding:
    """Whether mail to the domain finds a host (RFC 5321 §5.1)."""
    rule, do = "RFC 5321 §5.1", f"Publish an MX record for {domain} that names the mail server in front of listserv."
    hosts = look("MX", domain)
    if hosts is None:
        return silent("MX", domain)
    if hosts == ("",):
        return failed("MX", f"{domain} says that it takes no mail (a null MX).", do, "RFC 7505 §3")
    if not hosts:
        if _has_address(domain, look):
            return warning("MX", f"{domain} has no MX, only an address; some senders do not try that.", do, rule)
        return failed("MX", f"{domain} has no MX: mail to its dialogues finds no server.", do, rule)
    if not any(_has_address(host, look) is not False for host in hosts):
        return failed("MX", f"{hosts[0]}, which {domain} names as its mail server, has no address.", do, rule)
    return ok("MX", f"mail to {domain} goes to {', '.join(hosts)}.", rule)


def _has_address(name: str, look: Look) -> bool | None:
    """None: not known."""
    found = [look(kind, name) for kind in ("A", "AAAA")]
    return True if any(found) else None if None in found else False


# --- SPF


@dataclass(slots=True)
class _Spf:
    """What evaluating a record comes to, over all that it includes."""

    look: Look
    lookups: int = 0
    broken: str = ""  # why receivers would give up (permerror)
    unknown: str = ""  # a name that DNS did not answer for
    ptr: bool = False
    seen: set[str] = field(default_factory=set)

    def records(self, domain: str) -> list[str] | None:
        found = self.look("TXT", domain)
        if found is None:
            return None
        return [one for one in found if re.match(r"v=spf1(?: |$)", one, re.IGNORECASE)]

    def walk(self, domain: str, record: str) -> str:
        """Follow a record; the sign of its `all`, "" without one."""
        self.seen.add(domain.lower())
        sign, redirect = "", ""
        for word in record.split()[1:]:
            term = _TERM.fullmatch(word)
            name = term["name"].lower() if term else ""
            rest = (term["rest"] or "") if term else ""
            if term is None or (not rest.startswith("=") and name not in _COSTS | _FREE):
                self.broken = self.broken or f"{word!r} in the record of {domain} means nothing"
            elif rest.startswith("="):
                redirect = rest[1:] if name == "redirect" else redirect
            elif name == "all":
                sign = sign or term["sign"] or "+"
            elif name in _COSTS:
                self.lookups += 1
                self.ptr = self.ptr or name == "ptr"
                if name == "include":
                    self.follow(rest[1:])
        if redirect and not sign:
            self.lookups += 1
            return self.follow(redirect)
        return sign

    def follow(self, domain: str) -> str:
        """What another domain's record comes to."""
        name = domain.rstrip(".").lower()
        if not name:
            self.broken = self.broken or "an include names nothing"
        if not name or "%" in name or self.lookups > LOOKUPS or self.broken:
            return "-"
        if name in self.seen:
            self.broken = f"it includes {name} again and again"
            return "-"
        records = self.records(name)
        if records is None:
            self.unknown = self.unknown or name
        elif len(records) != 1:
            self.broken = f"{name}, which it includes, has {'no' if not records else 'more than one'} SPF record"
        else:
            sign = self.walk(name, records[0])
            self.seen.discard(name)  # to be included twice is dear, but no loop
            return sign
        return "-"


def spf(domain: str, look: Look) -> Finding:
    """Who may send for our return addresses (RFC 7208). They are at the domain of From, so a pass is aligned."""
    rule, walk = "RFC 7208 §3", _Spf(look)
    publish = (
        f'Publish one TXT record at {domain}, like "v=spf1 include:… -all", with what your relay\'s operator names.'
    )
    records = walk.records(domain)
    if records is None:
        return silent("SPF", domain)
    if not records:
        return failed(
            "SPF", f"{domain} has no SPF record: nothing says that your relay may send for it.", publish, rule
        )
    if len(records) > 1:
        text = f"{domain} has {len(records)} SPF records, so receivers use none."
        return failed("SPF", text, "Join them into one.", "RFC 7208 §4.5")
    sign = walk.walk(domain, records[0])
    if walk.broken:
        return failed("SPF", f"the record of {domain} cannot be used: {walk.broken}.", publish, "RFC 7208 §4.6")
    if walk.lookups > LOOKUPS:
        text = f"evaluating the record of {domain} takes more than {LOOKUPS} look-ups, so receivers give up."
        return failed("SPF", text, "Name addresses (ip4:, ip6:) instead of includes.", "RFC 7208 §4.6.4")
    if sign == "+":
        text = f"the record of {domain} ends in +all: anybody may send in its name."
        return failed("SPF", text, 'End it in "-all" or "~all".', "RFC 7208 §5.1")
    if walk.unknown:
        return warning("SPF", f"DNS did not answer for {walk.unknown}, which the record names.", "Try again.", rule)
    if sign in ("", "?"):
        text = f"the record of {domain} does not say what others are: it has no all, or ?all."
        return warning("SPF", text, 'End it in "-all" or "~all".', "RFC 7208 §5.1")
    if walk.ptr:
        text = f"the record of {domain} uses ptr, which receivers may skip."
        return warning("SPF", text, "Name addresses (ip4:, ip6:) instead.", "RFC 7208 §5.5")
    text = f"{records[0]} ({walk.lookups} of {LOOKUPS} look-ups); return addresses are at {domain}, so it is aligned."
    return ok("SPF", text, rule)


# --- DKIM


def dkim(key: Key, look: Look) -> Finding:
    """Whether DNS has our key's public part (RFC 6376 §3.6)."""
    check, name, rule = f"DKIM {key.selector}", key.record_name, "RFC 6376 §3.6.1"
    do = "See what to publish: listserv dkim show"
    texts = look("TXT", name)
    if texts is None:
        return silent(check, name)
    records = [found for text in texts if "p" in (found := tags(text))]
    if not records:
        return failed(check, f"{name} has no key: every signature counts for nothing.", do, rule)
    if len(records) > 1:
        return failed(check, f"{name} has {len(records)} keys, so receivers use none.", do, "RFC 6376 §3.6.2.2")
    published, ours = records[0], tags(key.record)
    if not published["p"]:
        return failed(check, f"the key at {name} is withdrawn (p= is empty).", do, rule)
    if (published.get("k", "rsa").lower(), published["p"]) != (ours["k"], ours["p"]):
        return failed(check, f"the key at {name} is another one: every signature looks forged.", do, rule)
    if published.get("v", "DKIM1") != "DKIM1":
        return failed(check, f"the record at {name} has v={published['v']}, which is none.", do, rule)
    if "y" in published.get("t", "").lower().split(":"):
        text = f"the record at {name} says t=y, testing: receivers treat signed mail as unsigned."
        return failed(check, text, "Take t=y out of it.", rule)
    if "h" in published and "sha256" not in published["h"].lower().split(":"):
        return failed(check, f"the record at {name} does not allow sha256 (h=).", "Take h= out of it.", rule)
    if not {"*", "email"} & set(published.get("s", "*").lower().split(":")):
        return failed(check, f"the record at {name} is not for mail (s=).", "Take s= out of it.", rule)
    return ok(check, f"{name} has our {key.algorithm.partition('-')[0].upper()} key.", rule)


# --- DMARC

#: Domains above one with more labels that are asked (RFC 9989 §4.10).
LABELS = 8


def dmarc(domain: str, signer: str, look: Look) -> Finding:
    """Which policy holds for mail with our domain in From (RFC 9989). `signer`: d= of our signatures, "" if none."""
    check, rule = "DMARC", "RFC 9989 §4.10"
    found: list[tuple[str, dict[str, str]]] = []
    for name in _above(domain):
        texts = look("TXT", f"_dmarc.{name}")
        if texts is None:
            return silent(check, f"_dmarc.{name}")
        records = [tags(text) for text in texts if re.match(r"v=DMARC1\s*(?:;|$)", text)]
        if len(records) > 1 and name == domain:
            text = f"_dmarc.{name} has {len(records)} DMARC records, so receivers use none."
            return failed(check, text, "Keep one.", rule)
        if len(records) == 1:
            if not records[0]:
                return failed(
                    check, f"the record at _dmarc.{name} cannot be read.", "See that no tag stands twice.", rule
                )
            found.append((name, records[0]))
            if records[0].get("psd") in ("n", "y") and name != domain:
                break
    at, record = _organisation(found, domain)
    if not record:
        do = (
            f'Publish a TXT record at _dmarc.{domain}: "v=DMARC1; p=none; rua=mailto:…". Tighten p= once reports agree.'
        )
        return failed(check, f"{domain} has no DMARC record, which large receivers ask for.", do, rule)
    policy = record.get("p", "none") if at == domain else record.get("sp", record.get("p", "none"))
    if policy.lower() not in ("none", "quarantine", "reject"):
        return failed(check, f"_dmarc.{at} has the policy {policy!r}, which is none.", "Write p=none or more.", rule)
    if signer and record.get("adkim", "r").lower() == "s" and signer != domain:
        text = f"_dmarc.{at} asks for adkim=s, but signatures are of {signer}, not of {domain}."
        return failed(check, text, f"Set dkim.domain to {domain}, or take adkim=s out.", "RFC 9989 §4.4.1")
    if not signer:
        text = f"_dmarc.{at} says {policy}; with no signature only SPF counts, which forwarding breaks."
        return warning(check, text, "Make a key: listserv dkim new", "RFC 9989 §4.4")
    return ok(check, f"_dmarc.{at} says {policy}; SPF and DKIM are both aligned with {domain}.", rule)


def _above(domain: str) -> list[str]:
    """The domain and those above it, but for the single label at the top; of a long one the last seven at most."""
    labels = domain.split(".")
    rest = labels[-(LABELS - 1) :] if len(labels) >= LABELS else labels[1:]
    return [domain, *(".".join(rest[at:]) for at in range(len(rest) - 1))]


def _organisation(found: list[tuple[str, dict[str, str]]], domain: str) -> tuple[str, dict[str, str]]:
    """The record that holds: the domain's own, else the organisation's, else the registry's (RFC 9989 §4.10)."""
    if not found or found[0][0] == domain:
        return found[0] if found else ("", {})
    top, record = found[-1]  # with the fewest labels
    if record.get("psd") == "y":  # a registry's: the organisation is the domain right below it
        below = ".".join(domain.split(".")[-(top.count(".") + 2) :])
        return next((one for one in found if one[0] == below), (top, record))
    return top, record

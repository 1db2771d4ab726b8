"""A mail as another list's archive has it, made what its author sent: for taking an old list's mails over.

Archives hide addresses ("anna at example.org"), lists write themselves into From (for DMARC), tag subjects, add footers
and scrub what was attached. `restored` puts the author back into From, in octets; `own_words` and `untagged` take out
what the list added. What our own export has around a contribution goes too. Nothing raises.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterable
from email.header import Header
from email.message import Message
from email.utils import parseaddr

from listserv.core.mail import headers, identity, outmail
from listserv.core.mail.identity import Mailbox
from listserv.core.mail.parts import headers_of

_AT = r"(?: at | AT |\s?\(at?\)\s?|\s?\[at\]\s?|%40)"
_HIDDEN = re.compile(rf"<?([^\s<>()\"@]{{1,64}}){_AT}([^\s<>()\"@]{{1,253}})>?")
_NAMED_AFTER = re.compile(r"\s*\((.{0,200})\)\s*$")  # "anna at example.org (Anna)"
_VIA = re.compile(r"^(?P<name>.{0,200}?)\s+via\s+\S.{0,200}$", re.IGNORECASE)
_FROM = re.compile(rb"(?im)^From[ \t]*:[^\n]*\n(?:[ \t][^\n]*\n)*")
_LEADING = re.compile(rb"\A(?:>?From [^\n]*\n)+")
_TAG = re.compile(r"\s*(?:[^\[\]\s:]{1,12}(?:\[\d{1,3}\])?\s?:\s*){0,4}\[(?P<tag>[^\[\]]{1,40}?)(?:[\s:#-]+\d{1,6})?\]")
#: Where a list says who really wrote, the surest first (Mailman, Google Groups).
_SAYS_WHO = ("X-Original-From", "Author", "X-Original-Sender", "Reply-To", "Cc")

#: The header by which an export of ours says that a mail is no contribution, and what it says.
KIND = "X-Listserv-Kind"
KINDS = {
    "announcement": "an announcement of the programme",
    "continued": "the mail that says how it goes on",
    "midweek": "a mid-week note",
    "closing": "a closing mail",
    "roundup": "a round-up",
    "thanks": "the mail that gives thanks at the end",
    "ended": "the mail that says that it has ended",
}

_NEXT_PART = "-------------- next part --------------"
_SCRUBBED = re.compile(r"^(?:An HTML|A non-text|An embedded)\b.* scrubbed\.\.\.", re.MULTILINE)
_FIELD = re.compile(r"^(Name|URL)\s*:\s*<?([^>\n]{1,500})>?\s*$", re.MULTILINE)


def restored(raw: bytes) -> bytes:
    """The same mail, with its author in From, where what is there is not their address; else as it came."""
    raw = _LEADING.sub(b"", raw)
    message = headers_of(raw)
    author = _author(message)
    if author is None:
        return raw
    head, gap, body = raw.partition(b"\r\n\r\n" if b"\r\n\r\n" in raw[:100_000] else b"\n\n")
    end = gap[: len(gap) // 2] or b"\n"
    shown = Header(author.name, "utf-8", maxlinelen=10_000).encode().encode() if author.name else b""
    line = b"From: " + shown + b" <" + author.address.encode() + b">" + end
    return line + _FROM.sub(b"", head + end) + gap[len(end) :] + body


def _author(message: Message) -> Mailbox | None:
    """Who wrote it, where From hides that."""
    said = headers.first(message, "From")
    name, address = _mailbox(said)
    lists = _lists(message)
    munged = _VIA.match(name)
    if munged and (not lists or identity.key(address) in lists):
        name = munged["name"]
        for header in _SAYS_WHO:
            for value in headers.raw(message, header):
                _, other = _mailbox(value.split(",")[0])
                if identity.valid(other) and identity.key(other) not in lists | {identity.key(address)}:
                    return Mailbox(outmail.clean(name, 100), other)
        return None
    if identity.valid(address) and _HIDDEN.search(said) and "@" not in said:
        return Mailbox(outmail.clean(name, 100), address)
    return None


def _mailbox(value: str) -> tuple[str, str]:
    """Name and address of a header's value; "at" counts as "@" where there is none."""
    if "@" not in value and (hidden := _HIDDEN.search(value)):
        address = f"{hidden[1]}@{hidden[2]}"
        after = _NAMED_AFTER.search(value[hidden.end() :])
        name = after[1] if after else value[: hidden.start()].strip(' "')
        return headers.decoded(name), address
    name, address = parseaddr(value)
    return headers.decoded(name), address


def _lists(message: Message) -> set[str]:
    """The list's own addresses, comparable."""
    found = re.findall(r"mailto:([^>?\s]+)", " ".join(headers.raw(message, "List-Post")))
    for value in headers.raw(message, "List-Id"):
        inside = value.rpartition("<")[2].partition(">")[0].strip()
        local, _, domain = inside.partition(".")
        found.append(f"{local}@{domain}")
    return {identity.key(one) for one in found if identity.valid(one)}


def display_name(name: str) -> str:
    """A name without the " via List" that lists add."""
    found = _VIA.match(name)
    return found["name"] if found else name


def is_ours(raw: bytes) -> bool:
    """Whether a program like this one made it from a contribution (X-Contribution): it has a label above its text."""
    return bool(headers.first(headers_of(raw), "X-Contribution").strip().isdecimal())


def marked(kind: str, mail: bytes) -> bytes:
    """A mail of ours with what it is on top, one of KINDS."""
    return f"{KIND}: {kind}\r\n".encode() + mail


def mark(raw: bytes) -> str:
    """What an exported mail is where it is no contribution, as KINDS says it; else ""."""
    return KINDS.get(headers.first(headers_of(raw), KIND).strip(), "")


def common_tag(subjects: Iterable[str]) -> str:
    """The tag that the list writes into subjects: that of at least half of them, and of two; "" for none."""
    subjects = list(subjects)
    found = Counter(match["tag"].strip().casefold() for one in subjects if (match := _TAG.match(one)))
    tag, count = found.most_common(1)[0] if found else ("", 0)
    return tag if count >= max(2, (len(subjects) + 1) // 2) else ""


def untagged(subject: str, tag: str) -> str:
    """The subject without the list's tag, "Re:" kept."""
    if not tag:
        return subject
    own = re.compile(rf"\[\s*{re.escape(tag)}(?:[\s:#-]+\d{{1,6}})?\s*\]\s*", re.IGNORECASE)
    return " ".join(own.sub("", subject[:300]).split()) + subject[300:]


def own_words(text: str, *, ours: bool = False) -> str:
    """The text without what archives leave of scrubbed parts: HTML twins go, files are named with where they were.

    `ours`: without the label that stands above a contribution in our own copies.
    """
    if ours:
        text = text.partition("\n\n")[2] or text
    first, *parts = text.split(_NEXT_PART)
    kept = [first.rstrip()]
    for part in parts:
        if not _SCRUBBED.search(part):
            kept.append(part.strip())
            continue
        said = dict(_FIELD.findall(part))
        if not part.strip().startswith("An HTML") and "URL" in said:
            kept.append(f"[{said.get('Name', 'file').strip()}: {said['URL'].strip()}]")
    return "\n\n".join(one for one in kept if one)

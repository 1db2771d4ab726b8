"""Whose mail a forwarded mail is: the author of what somebody passes on, and what they wrote above it.

`original` reads a mail that is attached (message/rfc822), or the lines that mail programs put above one that stands
in the text: From, Date, Subject, To, in whatever language and order, quoted or not; else an attribution with an
address. Mails of `others` (who passes on, our own) are looked through: what they passed on counts. None where no
address is named, as when Outlook gives a colleague's name only. Never raises. The author is what the mail says: whoever
passes it on vouches for it, nothing else does.
"""

from __future__ import annotations

import re
from collections.abc import Collection, Iterator, Sequence
from dataclasses import dataclass

from listserv.core.mail import identity, inmail
from listserv.core.mail.identity import Mailbox
from listserv.core.mail.inmail import InboundMail
from listserv.core.mail.reply.extractor import extract
from listserv.core.mail.reply.words import FROM_NAMES, HEADER_NAMES

_MOST = 400  # lines looked at
_BLOCK = 14  # lines of one header block, with what is folded in it
_KEY = re.compile(r"^\s*[*_]{0,2}([^\W\d_][^:：<>@]{0,24}?)\s*[*_]{0,2}\s*[:：]\s*[*_]{0,2}\s*(.*)$")
_QUOTES = re.compile(r"^(?:\s*[>|])+\s?")
_ADDRESS = re.compile(r"[^\s<>()\[\]\"',;:@]{1,64}@[^\s<>()\[\]\"',;:@]{1,253}")
_BEFORE = re.compile(r"[\s<>\[\]()\"'“”*_,;:]+|mailto", re.IGNORECASE)
_RULE = re.compile(r"^\W*[-_=]{2,}.*[-_=]{2,}\W*$|^[-_=\s]{5,}$")


@dataclass(frozen=True, slots=True)
class Original:
    author: Mailbox
    text: str  # what they wrote
    comment: str  # what was written above it by who passes it on


def original(mail: InboundMail, others: Collection[str]) -> Original | None:
    """The mail that `mail` passes on. `others`: keys (identity.key) of addresses that it cannot be from."""
    attached = [one for one in mail.attachments if one.content_type == "message/rfc822"]
    for one in attached[:3]:
        inner = inmail.read(one.content)
        if inner.author and _fits(inner.author.address, others):
            return Original(inner.author, inner.text, mail.text.strip())
        if inner.author and (deeper := original(inner, others)):
            return Original(deeper.author, deeper.text, mail.text.strip())
    lines = [_QUOTES.sub("", line).replace("\xa0", " ") for line in mail.body.splitlines()[:_MOST]]
    for start, end, author in _announced(lines):
        if _fits(author.address, others):
            return Original(author, extract("\n".join(lines[end:])).text.strip(), _above(lines[:start]))
    return None


def _fits(address: str, others: Collection[str]) -> bool:
    return identity.valid(address) and identity.key(address) not in others


def _announced(lines: Sequence[str]) -> Iterator[tuple[int, int, Mailbox]]:
    """First line, line after the last, and author of each header block; where there is none, of attributions."""
    found, at = False, 0
    while at < len(lines):
        block = _block(lines, at)
        if block is not None:
            found = True
            yield at, *block
            at = block[0]
        at += 1
    if found:
        return
    for at, line in enumerate(lines):
        if line.rstrip().endswith((":", "：")) and (author := _mailbox(" ".join(lines[max(0, at - 1) : at + 1]))):
            yield at, at + 1, Mailbox("", author.address)


def _block(lines: Sequence[str], start: int) -> tuple[int, Mailbox] | None:
    """The line after a header block that begins there, and whose mail it announces."""
    if _key(lines[start]) is None:
        return None
    keys, author, at = 0, None, start
    while at < min(len(lines), start + _BLOCK):
        line, key = lines[at], _key(lines[at])
        if key is not None:
            keys += 1
            if key[0] in FROM_NAMES and author is None:
                value = key[1] or (lines[at + 1] if at + 1 < len(lines) else "")
                author = _mailbox(value) or _mailbox(f"{value} {lines[at + 1] if at + 1 < len(lines) else ''}")
        elif not line.strip() and author and keys >= 2:
            break
        at += 1
    return (at, author) if author and keys >= 2 else None


def _key(line: str) -> tuple[str, str] | None:
    found = _KEY.match(line)
    if found is None or found[1].strip().lower() not in HEADER_NAMES:
        return None
    return found[1].strip().lower(), found[2].strip()


def _mailbox(value: str) -> Mailbox | None:
    found = _ADDRESS.search(value[:600])
    if found is None:
        return None
    name = " ".join(_BEFORE.sub(" ", value[: found.start()]).split())
    return Mailbox(name if "@" not in name else "", found[0].rstrip("."))


def _above(lines: Sequence[str]) -> str:
    """What stands above, without the rule that announces a forwarded mail."""
    own = [line for line in lines if not _RULE.match(line)]
    return "\n".join(own).strip()

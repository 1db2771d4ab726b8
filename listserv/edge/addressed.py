"""The envelope of a mail that has been delivered already: for whom and from whom it came, read from its header.

What the MTA that delivered it has written on top is believed (RFC 5321 §4.4 for Return-Path; X-Original-To,
Envelope-To and Delivered-To are custom, not standard), what stands further down only where that names none of ours:
every hop adds its lines, and a Received, above those of the hop before. To and Cc, which anybody may write, come
last. Pure; never raises, whatever the mail is.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Iterator
from email.parser import BytesParser
from email.policy import compat32

from listserv.core.mail import headers, inmail
from listserv.core.mail.addresses import Role
from listserv.core.mail.bounds import HEADER_BLOCK

#: In the sender's place when nothing tells it: no address, and not the null sender.
UNKNOWN = "unknown"

#: What a hop notes of the envelope's recipient: before aliases and mailboxes were looked up, and after.
_BEFORE_AFTER = (("x-original-to",), ("envelope-to", "x-envelope-to"), ("delivered-to",))
_ADDRESS = re.compile(r"[^\s<>()\[\],;:\"@]{1,64}@[^\s<>()\[\],;:\"@]{1,255}")
_END = re.compile(rb"\r?\n\r?\n")


def recipients(content: bytes, ours: Callable[[str], bool]) -> tuple[str, ...]:
    """Our addresses that the mail was delivered to, else those in To and Cc: each once, in lower case. () if none."""
    head = _head(content)
    for hop in _hops(head):
        for names in _BEFORE_AFTER:
            if found := _ours((value for name, value in hop if name in names), ours):
                return found
    return _ours(inmail.read(head).to, ours)


def unseen(recipients: Iterable[str]) -> bool:
    """Whether it is an answer to a survey and nothing else: what is anonymous must not lie about in the mailbox."""
    return all(one.partition("+")[0].endswith(f"-{Role.SURVEY}") for one in recipients)


def sender(content: bytes) -> str:
    """The envelope sender as the mail tells it: Return-Path ("" for <>), else its one author, else UNKNOWN."""
    head = _head(content)
    if (path := inmail.return_path(head)) is not None:
        return bare(path)
    author = inmail.read(head).author
    return author.address if author else UNKNOWN


def bare(path: str) -> str:
    """`<a@example.org>` or `a@example.org` without its brackets; "" is the null sender."""
    return path.strip().removeprefix("<").removesuffix(">")


def _head(content: bytes) -> bytes:
    end = _END.search(content)
    return content[: end.end()] if end else content


def _hops(head: bytes) -> Iterator[list[tuple[str, str]]]:
    """The header's fields, topmost first, up to each Received (RFC 5321 §4.4: every host puts its own on top)."""
    try:
        message = BytesParser(policy=compat32).parsebytes(head[:HEADER_BLOCK], headersonly=True)
        fields = [(name.lower(), str(value)[: headers.MOST]) for name, value in message.raw_items()]
    except Exception:  # as in inmail.read: the parser's own faults on hostile mail are many
        return
    hop: list[tuple[str, str]] = []
    for name, value in fields:
        if name == "received":
            yield hop
            hop = []
        else:
            hop.append((name, value))
    yield hop


def _ours(values: Iterable[str], ours: Callable[[str], bool]) -> tuple[str, ...]:
    return tuple(dict.fromkeys(one.lower() for value in values for one in _ADDRESS.findall(value) if ours(one)))

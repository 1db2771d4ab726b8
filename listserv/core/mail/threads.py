"""Which mail answers which: Message-IDs in header values, our subject tags, subjects without their prefixes.

Input is decoded header text, output values. Nothing here raises, whatever the text; all of it is linear in its
length.
"""

from __future__ import annotations

import re

from listserv.core.mail.reply.words import SUBJECT_PREFIXES

_ID = re.compile(r"<\s*([\x21-\x3b\x3d\x3f-\x7e]{1,500})\s*>")
_MOST_IDS = 100
_PREFIX = re.compile(
    rf"(?:{'|'.join(SUBJECT_PREFIXES)})\.?\s{{0,3}}(?:\[[^\[\]]{{0,10}}\]|\(\d{{1,3}}\)|[*^]?\d{{1,3}})?\s{{0,3}}[:：]\s*",
    re.IGNORECASE,
)
_FORWARD_TRAILER = re.compile(r"\s*\(fwd\)$", re.IGNORECASE)
_FORWARD_FRAME = re.compile(r"\[fwd:\s*(.*)\]$", re.IGNORECASE)


def message_ids(header_value: str) -> tuple[str, ...]:
    """The Message-IDs in a Message-ID, In-Reply-To or References value, with angle brackets, each once,
    in order.

    Words around them are ignored (RFC 5322 §4.5.4 obs-in-reply-to). Of more than 100 the first and the
    last 99 are kept: the thread's root and the nearest ancestors (RFC 5322 §3.6.4).
    """
    found = tuple(dict.fromkeys(f"<{name}>" for name in _ID.findall(header_value)))
    return found if len(found) <= _MOST_IDS else (found[0], *found[1 - _MOST_IDS :])


def subject_tag(subject: str, slug: str) -> int | None:
    """The module's number in the first `[SLUG N]` of a subject, or None: "Re: [nap1325 2] Plans" -> 2."""
    found = re.search(rf"\[\s*{re.escape(slug)}[\s#:-]+(\d{{1,4}})\s*\]", subject, re.IGNORECASE)
    return int(found[1]) if found else None


def base_subject(subject: str, *slugs: str) -> str:
    """The subject without reply and forward prefixes in many languages, "(fwd)", and tags of the given slugs.

    RFC 5256 §2.1 with these differences: only our own bracketed tags are taken off, and letters keep their case.
    """
    tag = None
    if slugs:
        tag = re.compile(rf"\[\s*(?:{'|'.join(map(re.escape, slugs))})(?:[\s#:-]+\d{{1,4}})?\s*\]\s*", re.IGNORECASE)
    rest = " ".join(subject[:2000].split())
    while True:
        before = rest
        if prefix := _PREFIX.match(rest):
            rest = rest[prefix.end() :]
        if tag and (own := tag.match(rest)):
            rest = rest[own.end() :]
        rest = _FORWARD_TRAILER.sub("", rest)
        if frame := _FORWARD_FRAME.match(rest):
            rest = frame[1]
        if rest == before:
            return rest.strip()

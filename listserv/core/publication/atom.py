"""A feed of what was said last, as feed readers read it (Atom, RFC 4287).

Values in, octets out. Texts are plain (type="text"); what XML cannot hold is left out. Who is not named is told in the
words given for that: an entry has an author (RFC 4287 §4.1.2). Never raises.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from html import escape

_UNSAYABLE = re.compile("[^\t\n\r\x20-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")


@dataclass(frozen=True, slots=True)
class Item:
    """One entry. `id`: an IRI that never changes (RFC 4287 §4.2.6); `link`: where it is read; `at`: aware."""

    id: str
    title: str
    link: str
    author: str
    at: datetime
    text: str


def feed(*, id: str, title: str, link: str, own: str, language: str, updated: datetime, items: Sequence[Item]) -> bytes:
    """`link`: the page that it belongs to; `own`: where the feed itself is fetched; `updated`: aware."""
    head = (
        '<?xml version="1.0" encoding="utf-8"?>\n'
        f'<feed xmlns="http://www.w3.org/2005/Atom" xml:lang="{_said(language)}">\n'
        f"<id>{_said(id)}</id>\n<title>{_said(title)}</title>\n<updated>{_instant(updated)}</updated>\n"
        f'<link rel="self" type="application/atom+xml" href="{_said(own)}"/>\n<link href="{_said(link)}"/>\n'
    )
    return f"{head}{''.join(map(_entry, items))}</feed>\n".encode()


def _entry(one: Item) -> str:
    return (
        f"<entry>\n<id>{_said(one.id)}</id>\n<title>{_said(one.title)}</title>\n"
        f"<author><name>{_said(one.author)}</name></author>\n"
        f"<published>{_instant(one.at)}</published>\n<updated>{_instant(one.at)}</updated>\n"
        f'<link href="{_said(one.link)}"/>\n<content type="text">{_said(one.text)}</content>\n</entry>\n'
    )


def _said(text: str) -> str:
    return escape(_UNSAYABLE.sub("", text))


def _instant(at: datetime) -> str:
    """A Date construct (RFC 4287 §3.3), in UTC."""
    return f"{at.astimezone(UTC):%Y-%m-%dT%H:%M:%SZ}"

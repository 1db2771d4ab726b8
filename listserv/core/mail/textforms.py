"""The forms a text may come in beside plain and HTML: which are words at all, and what they say.

`is_words(kind)`: whether a part of this type holds words; `plain(text, kind)`: its words. `OTHERS`: forms of what is
said in plain text or HTML as well; `is_stub(plain, rich)`. `says(text)`: whether there is anything to see; and
`clean(text)`: without what no text holds. Pure, linear in the text's length.
"""

from __future__ import annotations

import re
from typing import Final

OTHERS: Final = ("text/x-amp-html", "text/watch-html", "text/enriched", "text/richtext")
# Text by name only: data for programs, which is kept as a file.
_DATA = re.compile(
    r"text/(?:calendar|(?:x-)?vcard|directory|csv|tab-separated-values|rtf|xml|css|(?:x-)?javascript|rfc822-headers|"
    r"x-amp-html|watch-html)"
)
_MARKUP = re.compile(r"<(?!<)[^<>\n]{1,60}>|<(?=<)")
_STUB = re.compile(r"html|\bmime\b|browser|mail (?:client|program|reader)|does not support", re.IGNORECASE)
_WORD = re.compile(r"\w+")
_NOTHING = re.compile("[\\s\xad\u034f\u200b-\u200f\u2060\ufeff]*")


def is_words(kind: str) -> bool:
    """A kind of text that nobody knows is to be read as plain text (RFC 2046 §4.1.4)."""
    return kind.startswith("text/") and _DATA.fullmatch(kind) is None


def plain(text: str, kind: str) -> str:
    """Of enriched text without its <bold> and the like; "<<" in it is "<"."""
    return _MARKUP.sub("", text) if kind in ("text/enriched", "text/richtext") else text


def is_stub(plain: str, rich: str) -> bool:
    """Whether the plain form of a mail only says that there is an HTML form: most of its words are not in that."""
    if len(plain) >= 300 or not _STUB.search(plain):
        return False
    words, others = ([*_WORD.findall(text.lower())] for text in (plain, rich[:10_000]))
    there = set(others)
    return len(rich) > 3 * len(plain) or 2 * sum(word in there for word in words) < len(words)


def says(text: str) -> bool:
    """Whether it holds more than blanks and signs that nobody sees."""
    return _NOTHING.fullmatch(text) is None


def clean(text: str) -> str:
    """LF line ends, no control characters but tab and LF."""
    text = text.replace("\r\n", "\n").replace("\r", "\n").replace("\x0c", "\n")
    return re.sub("[\x00-\x08\x0b\x0e-\x1f\x7f-\x84\x86-\x9f]", "", text.replace("\x85", "\n"))

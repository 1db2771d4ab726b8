"""The forms a text may come in beside plain and HTML: which are words at all, and what they say.

`is_words(kind)`: whether a part of this type holds words; `plain(text, kind)`: its words. `OTHERS`: forms of what is
said in plain text or HTML as well; `is_stub(plain, rich)`. Pure, linear in the text's length.
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
_STUB = re.compile(r"html|browser|mail (?:client|program|reader)|does not support", re.IGNORECASE)


def is_words(kind: str) -> bool:
    """A kind of text that nobody knows is to be read as plain text (RFC 2046 §4.1.4)."""
    return kind.startswith("text/") and _DATA.fullmatch(kind) is None


def plain(text: str, kind: str) -> str:
    """Of enriched text without its <bold> and the like; "<<" in it is "<"."""
    return _MARKUP.sub("", text) if kind in ("text/enriched", "text/richtext") else text


def is_stub(plain: str, rich: str) -> bool:
    """Whether the plain form of a mail only says that there is an HTML form."""
    return len(plain) < 300 and len(rich) > 3 * len(plain) and _STUB.search(plain) is not None

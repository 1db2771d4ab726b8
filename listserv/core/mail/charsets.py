"""Bytes of unknown honesty into text: the ladder declared charset, UTF-8, windows-1252, replacement.

UTF-8 that says it is a charset of single octets is read as UTF-8: words in such a charset are next to never valid UTF-8
by chance (but Thai ones).

Never raises, whatever the bytes and whatever name a mail gives its charset (RFC 2046 §4.1.2).
"""

from __future__ import annotations

import codecs
import re

# Names that mean something wider than they say (WHATWG Encoding §4.2 does the same), or that codecs does not know.
_MEANT = {
    "us-ascii": "windows-1252",
    "ascii": "windows-1252",
    "iso-8859-1": "windows-1252",
    "latin1": "windows-1252",
    "latin-1": "windows-1252",
    "ansi": "windows-1252",
    "iso-8859-9": "windows-1254",
    "iso-8859-11": "cp874",
    "windows-874": "cp874",
    "gb2312": "gb18030",
    "gbk": "gb18030",
    "gb_2312-80": "gb18030",
    "ks_c_5601-1987": "cp949",
    "euc-kr": "cp949",
    "shift_jis": "cp932",
    "x-sjis": "cp932",
    "iso-2022-jp": "iso2022_jp_ext",
    "big5": "big5hkscs",
    "iso-8859-6-i": "iso-8859-6",
    "iso-8859-8-i": "iso-8859-8",
    "iso-8859-8-e": "iso-8859-8",
    "x-mac-cyrillic": "mac-cyrillic",
    "macintosh": "mac-roman",
    "x-mac-roman": "mac-roman",
    "utf8": "utf-8",
    "unicode-1-1-utf-7": "utf-7",
    "cp-850": "cp850",
}
# Python codecs that are no charset of a mail.
_NO_CHARSET = frozenset(
    {"unicode_escape", "raw_unicode_escape", "undefined", "idna", "punycode", "mbcs", "oem", "palmos"}
)
#: Charsets of single octets, by Python's names; not Thai's, and not KOI8, which nobody has by default.
_SINGLE = re.compile(r"cp(?:125\d|437|85\d|86\d)|iso8859-(?!11)\d+|mac-[a-z]+")
_NAME = re.compile(r"[a-z0-9][a-z0-9_.:+-]{0,39}")


def known(charset: str) -> bool:
    """Whether a declared name names a charset we can read."""
    return _codec(charset) is not None


def to_text(octets: bytes, declared: str = "") -> str:
    """The text of `octets`: as declared, else UTF-8, else windows-1252; what is left becomes U+FFFD. No BOM, no NUL."""
    codec = _codec(declared)
    pure_ascii = declared.strip().lower() in ("", "us-ascii", "ascii")
    ladder = ["utf-8", codec] if pure_ascii or (codec and _SINGLE.fullmatch(codec)) else [codec, "utf-8"]
    for name in [*ladder, "windows-1252"]:
        if name is None:
            continue
        try:
            return _tidy(octets.decode(name))
        except (UnicodeError, ValueError, LookupError):
            continue
    return _tidy(octets.decode("utf-8" if codec in (None, "utf-8") else codec, "replace"))


def to_octets(text: str, declared: str) -> bytes:
    """The octets of text that a mail says is in this charset; UTF-8 where that cannot be."""
    try:
        return text.encode("ascii" if text.isascii() else _codec(declared) or "utf-8")
    except (UnicodeError, ValueError, LookupError):
        return text.encode("utf-8", "replace")


def _tidy(text: str) -> str:
    text = text.removeprefix("\ufeff").replace("\0", "")
    return text if text.isascii() else text.encode("utf-8", "replace").decode("utf-8")


def _codec(declared: str) -> str | None:
    name = declared.strip().strip("\"'").lower()
    if not _NAME.fullmatch(name):
        return None
    name = _MEANT.get(name, name)
    try:
        info = codecs.lookup(name)
    except (LookupError, ValueError, UnicodeError):
        return None
    text = getattr(info, "_is_text_encoding", True)
    return info.name if text and info.name.replace("-", "_") not in _NO_CHARSET else None

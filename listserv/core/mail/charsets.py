"""Bytes of unknown honesty into text: the ladder declared charset, UTF-8, windows-1252, replacement.

UTF-8 that says it is a charset of single octets is read as UTF-8: words in such a charset are next to never valid UTF-8
by chance (but Thai ones). An ISO charset with octets that are no letters in it is Windows' of the same letters. A few
octets that do not fit, a footer's or a torn end, do not change what the rest is.

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
    "utf8mb4": "utf-8",
}
# Python codecs that are no charset of a mail.
_NO_CHARSET = frozenset(
    {"unicode_escape", "raw_unicode_escape", "undefined", "idna", "punycode", "mbcs", "oem", "palmos"}
)
#: Charsets of single octets, by Python's names; not Thai's.
_SINGLE = re.compile(r"cp(?:125\d|437|85\d|86\d)|iso8859-(?!11)\d+|koi8-[rtu]|mac-[a-z]+")
#: What Windows writes under the name of an ISO charset (WHATWG does so for Latin-1 and Latin-5 only).
_WINDOWS = {
    "iso8859-2": "cp1250",
    "iso8859-4": "cp1257",
    "iso8859-5": "cp1251",
    "iso8859-6": "cp1256",
    "iso8859-7": "cp1253",
    "iso8859-8": "cp1255",
    "iso8859-13": "cp1257",
    "iso8859-15": "cp1252",
}
_UNLETTERED = re.compile("[\x80-\x84\x86-\x9f]")  # controls that no mail holds: a quote or dash of Windows'
_UTF_16 = (codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)
#: An octet that is no UTF-8, as surrogateescape gives it, and the letter it is in windows-1252.
_STRAY = {0xDC00 + n: bytes((n,)).decode("windows-1252", "replace") for n in range(0x80, 0x100)}
_NAME = re.compile(r"[a-z0-9][a-z0-9_.:+-]{0,39}")
_CODE_PAGE = re.compile(r"(?:x-)?(?:windows|win|cp|ms|ibm)[-_]?(\d{3,4})")
_KANJI = re.compile(rb"\x1b\$[@B]([\x21-\x7e]*)(?:\x1b\([BJ])?")


def known(charset: str) -> bool:
    """Whether a declared name names a charset we can read."""
    return _codec(charset) is not None


def to_text(octets: bytes, declared: str = "") -> str:
    """The text of `octets`: as declared, else UTF-8, else windows-1252; what is left becomes U+FFFD. No BOM, no NUL."""
    codec = _codec(declared)
    pure_ascii = declared.strip().lower() in ("", "us-ascii", "ascii")
    single = codec is not None and _SINGLE.fullmatch(codec) is not None
    if octets.startswith(_UTF_16) and len(octets) % 2 == 0 and (text := _strict(octets, "utf-16")) is not None:
        return _tidy(text)
    for name in ("utf-8", codec) if pure_ascii or single else (codec, "utf-8"):
        text = _strict(octets, name)
        if text is None and name == "iso2022_jp_ext":
            text = _iso_2022_jp(octets)
        if text is None and name == "utf-8" and (single or pure_ascii):
            text = _nearly_utf_8(octets)
        if name in _WINDOWS and (text is None or _UNLETTERED.search(text)):
            text = _strict(octets, _WINDOWS[name]) or text
        if text is not None:
            return _tidy(text)
    if codec not in (None, "utf-8"):
        text = octets.decode(codec, "replace")
        if text.count("\ufffd") * 10 < _beyond_ascii(text):
            return _tidy(text)
    return _tidy(_mixed(octets))


def _strict(octets: bytes, name: str | None) -> str | None:
    try:
        return octets.decode(name) if name else None
    except (UnicodeError, ValueError, LookupError):
        return None


def _mixed(octets: bytes) -> str:
    """UTF-8 where it is, windows-1252 in between; a letter torn at the end is U+FFFD."""
    try:
        return octets.decode()
    except UnicodeDecodeError as error:
        if error.reason.startswith("unexpected end") and not octets[: error.start].isascii():
            return octets[: error.start].decode() + "\ufffd"
    return octets.decode("utf-8", "surrogateescape").translate(_STRAY)


def _nearly_utf_8(octets: bytes) -> str | None:
    """The same of what is said to be no UTF-8, where stray octets are few among its letters."""
    text = octets.decode("utf-8", "surrogateescape")
    stray = len(text) - len(text.encode("utf-8", "ignore").decode())
    return text.translate(_STRAY) if stray * 5 < _beyond_ascii(text) else None


def _beyond_ascii(text: str) -> int:
    return len(text) - len(text.encode("ascii", "ignore"))


def _iso_2022_jp(octets: bytes) -> str:
    """With NEC's and IBM's characters, which Windows has under this name: read as Shift JIS (JIS X 0208, annex 1)."""

    def shifted(found: re.Match[bytes]) -> bytes:
        out = bytearray()
        for row, cell in zip(found[1][::2], found[1][1::2], strict=False):
            out.append((row + 1) // 2 + (0x70 if row < 0x5F else 0xB0))
            out.append(cell + (0x7E if row % 2 == 0 else 0x1F if cell < 0x60 else 0x20))
        return bytes(out)

    return _KANJI.sub(shifted, octets).decode("cp932", "replace")


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
    if page := _CODE_PAGE.fullmatch(name):
        name = f"cp{page[1]}"
    try:
        info = codecs.lookup(name)
    except (LookupError, ValueError, UnicodeError):
        return None
    text = getattr(info, "_is_text_encoding", True)
    return info.name if text and info.name.replace("-", "_") not in _NO_CHARSET else None

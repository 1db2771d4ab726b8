"""winmail.dat opened: what Outlook hides in its own format (MS-OXTNEF), in bounds.

opened(octets) -> Opened | None: the text, the HTML, the RTF as text, and the files inside; None for what is no TNEF.
Reads the few attributes that carry these, of at most 20,000, with every length checked against what is there; what is
torn off ends the reading, and what was found before is given. One pass, never raises, opens no mail within the mail
(`left_out` says so). tnefparse, which the tests compare this with, copies the whole for every attribute, trusts the
counts it finds, so that a file of 60 bytes can hold it for hours, and takes the NULs at the end off every file.
"""

from __future__ import annotations

import struct
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Final

from listserv.core.mail import rtf
from listserv.core.mail.charsets import known, to_text

_SIGNATURE: Final = b"\x78\x9f\x3e\x22"
_MOST: Final = 20_000  # attributes, properties and values, together
_MOST_FILES: Final = 200

# MS-OXTNEF §2.1.3.3: attributes, without their type
_BODY, _MAPI, _CODEPAGE = 0x800C, 0x9003, 0x9007
_FILE_BEGINS, _FILE_DATA, _FILE_TITLE, _FILE_MAPI = 0x9002, 0x800F, 0x8010, 0x9005
# MS-OXPROPS: properties
_P_BODY, _P_BODY_TOO, _P_HTML, _P_RTF, _P_INTERNET_CODEPAGE = 0x1000, 0x3FD9, 0x1013, 0x1009, 0x3FDE
_P_FILE_DATA, _P_FILE_NAME, _P_FILE_LONG_NAME, _P_DISPLAY_NAME, _P_FILE_TYPE = 0x3701, 0x3704, 0x3707, 0x3001, 0x370E
_P_FILE_METHOD = 0x3705
_EMBEDDED: Final = (5, 6)  # attach methods: a message within, an OLE object
_FIXED: Final = {2: 4, 11: 4, 3: 4, 4: 4, 10: 4, 5: 8, 6: 8, 7: 8, 20: 8, 64: 8, 72: 16, 1: 0, 0: 0}
_SHORT: Final = (2, 11)
_STRING, _UNICODE = 0x1E, 0x1F

Value = int | bytes | str


@dataclass(frozen=True, slots=True)
class File:
    name: str  # as it stands, unsafe
    content_type: str  # as it stands, "" if not said
    content: bytes = field(repr=False)


@dataclass(frozen=True, slots=True)
class Opened:
    text: str
    html: str
    rtf: str  # the text of the RTF body, read only when there is no other
    files: tuple[File, ...]
    left_out: bool  # a mail or an object within, or more than 200 files


@dataclass(slots=True)
class _Made:
    """A file while its attributes come in."""

    title: str = ""
    long: str = ""
    shown: str = ""
    content_type: str = ""
    content: bytes = b""
    embedded: bool = False


def opened(octets: bytes) -> Opened | None:
    """What is in a winmail.dat; None if it is none."""
    if octets[:4] != _SIGNATURE:
        return None
    text = html = packed = b""
    unicode_text, codepage = "", ""
    known_any = False
    files: list[_Made] = []
    stream = _Stream(octets)
    for kind, data in stream.attributes():
        known_any |= kind >= 0x8000
        if kind == _CODEPAGE:
            codepage = _charset(int.from_bytes(data[:4], "little"))
        elif kind == _BODY:
            text = bytes(data)
        elif kind == _MAPI:
            for name, value in stream.properties(data, codepage):
                if name == _P_INTERNET_CODEPAGE and isinstance(value, int):
                    codepage = _charset(value) or codepage
                elif name in (_P_BODY, _P_BODY_TOO):
                    unicode_text, text = (value, text) if isinstance(value, str) else (unicode_text, _octets(value))
                elif name == _P_HTML:
                    html = value.encode() if isinstance(value, str) else _octets(value)
                elif name == _P_RTF:
                    packed = _octets(value)
        elif kind == _FILE_BEGINS:
            files.append(_Made())
        elif files:
            _file(files[-1], kind, data, stream, codepage)
    if not known_any:
        return None
    plain = (unicode_text or to_text(text, codepage)).rstrip("\0")
    rich = to_text(html, codepage).rstrip("\0")
    whole = [
        File(one.long or one.title or one.shown, one.content_type, one.content)
        for one in files
        if not one.embedded and (one.content or one.long or one.title)
    ]
    left_out = any(one.embedded for one in files) or len(whole) > _MOST_FILES
    formatted = "" if plain.strip() or rich.strip() or not packed else rtf.to_text(rtf.unpacked(packed), codepage)
    return Opened(plain, rich, formatted, tuple(whole[:_MOST_FILES]), left_out)


class _Stream:
    """The attributes and properties of one file, no more than _MOST."""

    def __init__(self, octets: bytes) -> None:
        self._view = memoryview(octets)
        self._left = _MOST

    def _more(self) -> bool:
        self._left -= 1
        return self._left >= 0

    def attributes(self) -> Iterator[tuple[int, memoryview]]:
        """Each attribute's number and data (MS-OXTNEF §2.1.1); what the last one lacks it lacks."""
        at = 6
        while at + 9 <= len(self._view) and self._more():
            _, kind, _, length = struct.unpack_from("<BHHI", self._view, at)
            yield kind, self._view[at + 9 : at + 9 + length]
            at += 9 + length + 2  # a checksum

    def properties(self, data: memoryview, codepage: str) -> Iterator[tuple[int, Value]]:
        """The properties of a list (MS-OXTNEF §2.1.3.4): name and first value, strings without their NUL."""
        try:
            at = 4
            for _ in range(struct.unpack_from("<I", data)[0]):
                if not self._more():
                    return
                kind, name = struct.unpack_from("<HH", data, at)
                at += 4
                if name >= 0x8000:  # a named property
                    by_name, length = struct.unpack_from("<II", data, at + 16)
                    at += 24 + (_even(length) if by_name else 0)
                several, kind = kind & 0x1000, kind & ~0x1000
                values = 1
                if several or kind not in _FIXED:
                    values = struct.unpack_from("<I", data, at)[0]
                    at += 4
                first: Value | None = None
                for _ in range(values):
                    if at >= len(data) or not self._more():
                        return
                    if kind in _FIXED:
                        size = 2 if several and kind in _SHORT else _FIXED[kind]
                        value: Value = int.from_bytes(data[at : at + size], "little")
                        at += size
                    else:
                        length = struct.unpack_from("<I", data, at)[0]
                        value = _value(kind, data[at + 4 : at + 4 + length], codepage)
                        at += 4 + _even(length)
                    first = value if first is None else first
                if several and kind in _SHORT and values % 2:
                    at += 2
                if first is not None:
                    yield name, first
        except struct.error:  # torn off
            return


def _file(made: _Made, kind: int, data: memoryview, stream: _Stream, codepage: str) -> None:
    if kind == _FILE_TITLE:
        made.title = made.title or to_text(bytes(data), codepage).rstrip("\0")
    elif kind == _FILE_DATA:
        made.content = bytes(data)
    elif kind == _FILE_MAPI:
        for name, value in stream.properties(data, codepage):
            if name == _P_FILE_METHOD:
                made.embedded = value in _EMBEDDED
            elif name == _P_FILE_DATA:
                made.content = made.content or _octets(value)
            elif isinstance(value, str):
                if name == _P_FILE_LONG_NAME:
                    made.long = value
                elif name == _P_FILE_NAME:
                    made.title = value or made.title
                elif name == _P_DISPLAY_NAME:
                    made.shown = value
                elif name == _P_FILE_TYPE:
                    made.content_type = value


def _value(kind: int, data: memoryview, codepage: str) -> Value:
    if kind == _UNICODE:
        return bytes(data).decode("utf-16-le", "replace").rstrip("\0")
    if kind == _STRING:
        return to_text(bytes(data), codepage).rstrip("\0")
    return bytes(data)


def _octets(value: Value) -> bytes:
    return value if isinstance(value, bytes) else value.encode() if isinstance(value, str) else b""


def _even(length: int) -> int:
    return length + -length % 4


def _charset(codepage: int) -> str:
    name = {65001: "utf-8", 28591: "iso-8859-1", 20127: "us-ascii", 20866: "koi8-r", 21866: "koi8-u"}.get(codepage)
    name = name or (f"iso-8859-{codepage - 28590}" if 28591 <= codepage <= 28605 else f"cp{codepage}")
    return name if known(name) else ""

"""What a file really is: its media type by its content, whatever its name or its mail says.

`sniff(content, claimed, name)` believes, in this order: the bytes that a format begins with; what stands in the
directory of a zip or an OLE file (nothing is unpacked); that it reads as text. Only where those leave it open, among
texts and among formats without such bytes, the claim and the ending of the name decide between harmless types.

Also: `dimensions` of an image, `holds_macros` and `members` of a document, `runs`, whether a name's ending makes some
system run the file. Never raises, whatever the bytes; time is linear in their length.
"""

from __future__ import annotations

import re
import struct
from typing import Final

from listserv.core.mail.media_kinds import (
    BEGINNINGS,
    BRANDS,
    CLAIMED,
    ENDINGS,
    INSTALLER,
    IWORK,
    MAGIC,
    OLE,
    OOXML,
    RIFF,
    RUN,
    UNKNOWN,
    ZIP,
)


def sniff(content: bytes, claimed: str = "", name: str = "") -> str:
    """The media type that the content shows, in lower case."""
    claimed, ending = claimed.lower(), name.rpartition(".")[2].lower()
    for offset, start, kind in MAGIC:
        if content.startswith(start, offset):
            return kind
    if content.startswith(b"MZ") and b"\0" in content[:64]:
        return "application/vnd.microsoft.portable-executable"
    if content[:4] in (b"RIFF", b"FORM"):
        return RIFF.get(content[8:12], UNKNOWN)
    if content[4:8] == b"ftyp":
        return BRANDS.get(content[8:12], "video/mp4")
    if content.startswith((b"PK\3\4", b"PK\5\6")):
        return _zipped(content, ending)
    if content.startswith(_OLE_START):
        return _compound(content)
    if re.search(rb"(?:\A|[\r\n\0])%PDF-\d", content[:1024]):  # readers take it with something before it
        return "application/pdf"
    if content.startswith(b"BM") and content[6:10] == b"\0\0\0\0":
        return "image/bmp"
    text = _beginning(content)
    if text is None:
        possible = claimed if claimed in CLAIMED else ENDINGS.get(ending, "")
        return possible if "pkcs7" in possible and content.startswith(b"0") else UNKNOWN  # DER begins a SEQUENCE
    return _written(text, claimed, ending)


def _written(text: str, claimed: str, ending: str) -> str:
    for beginning, kind in BEGINNINGS:
        if beginning.match(text):
            return kind
    if claimed in ("text/html", "application/xhtml+xml", "image/svg+xml"):
        return "text/html"
    if claimed.startswith("message/") or ending == "eml":
        return "message/rfc822"
    possible = claimed if claimed in CLAIMED else ENDINGS.get(ending, "")
    return possible or "text/plain"


def _beginning(content: bytes) -> str | None:
    """The first 16,000 octets as text; None if they are none."""
    start = content[:16_000]
    if not start:
        return None
    if start.startswith((b"\xff\xfe", b"\xfe\xff")):
        return start.decode("utf-16", "replace").lstrip("\ufeff \t\r\n")
    if re.search(rb"[\0-\x08\x0e-\x1a\x1c-\x1f]", start):
        return None
    return start.decode("utf-8", "replace").replace("\r\n", "\n").lstrip("\ufeff \t\n")


# Containers: only their directories are read.

_OLE_START: Final = bytes.fromhex("d0cf11e0a1b11ae1")


def members(content: bytes) -> list[str]:
    """The names in a zip's directory (APPNOTE 4.3.12), at most 5,000 of them; empty if it has none that can be read."""
    end = content.rfind(b"PK\5\6", -65_557)
    if end < 0 or len(content) < end + 22:
        return []
    (size,) = struct.unpack_from("<I", content, end + 12)
    at = end - size
    names: list[str] = []
    while 0 <= at <= end - 46 and content.startswith(b"PK\1\2", at) and len(names) < 5000:
        name, extra, comment = struct.unpack_from("<HHH", content, at + 28)
        names.append(content[at + 46 : at + 46 + name].decode("utf-8", "replace"))
        at += 46 + name + extra + comment
    return names


def _zipped(content: bytes, ending: str) -> str:
    if content[30:38] == b"mimetype":  # OpenDocument and EPUB name themselves first, not compressed
        found = re.match(rb"application/(?:vnd\.oasis\.opendocument\.[a-z-]{1,40}|epub\+zip)", content[38:120])
        if found:
            return found[0].removesuffix(b"PK").decode()
    names = members(content)
    if "[Content_Types].xml" in names:
        for folder, kind in OOXML.items():
            if any(name.startswith(folder) for name in names):
                return kind
    if "AndroidManifest.xml" in names:
        return "application/vnd.android.package-archive"
    if "META-INF/MANIFEST.MF" in names:
        return "application/java-archive"
    if any(name.endswith(".iwa") for name in names):
        return IWORK.get(ending, ZIP)
    return ZIP


def _compound(content: bytes) -> str:
    if INSTALLER in content:
        return "application/x-msi"
    return next((kind for entry, kind in OLE if _has_entry(content, entry)), "application/x-ole-storage")


def _has_entry(content: bytes, name: str) -> bool:
    """Whether an OLE directory has that entry: they are 128 octets each, and begin with the name ([MS-CFB] 2.6)."""
    wanted, at = name.encode("utf-16-le") + b"\0\0", -1
    for _ in range(1000):
        at = content.find(wanted, at + 1)
        if at < 0 or at % 128 == 0:
            return at >= 0
    return False


def holds_macros(content: bytes) -> bool:
    """Whether an Office or OpenDocument file brings programs of its own."""
    if content.startswith(_OLE_START):
        return _has_entry(content, "_VBA_PROJECT") or _has_entry(content, "_VBA_PROJECT_CUR")
    names = members(content) if content.startswith(b"PK") else []
    return any(name.lower().endswith("vbaproject.bin") or name.startswith(("Basic/", "Scripts/")) for name in names)


def runs(name: str) -> bool:
    """Whether some system runs a file because of its name's ending."""
    _, dot, ending = name.rstrip(" .").rpartition(".")
    return bool(dot) and ending.lower() in RUN


def dimensions(content: bytes) -> tuple[int, int] | None:
    """Width and height in pixels of a PNG, GIF, BMP or JPEG; None for anything else."""
    try:
        if content.startswith(b"\x89PNG"):
            return struct.unpack_from(">II", content, 16)
        if content.startswith(b"GIF8"):
            return struct.unpack_from("<HH", content, 6)
        if content.startswith(b"BM"):
            width, height = struct.unpack_from("<ii", content, 18)
            return abs(width), abs(height)
        return _jpeg(content) if content.startswith(b"\xff\xd8") else None
    except struct.error:
        return None


def _jpeg(content: bytes) -> tuple[int, int] | None:
    """Those in the frame header (ISO 10918-1 B.2.2); what stands before it is stepped over."""
    at = 2
    for _ in range(1000):
        mark, kind, length = struct.unpack_from(">BBH", content, at)
        if mark != 0xFF:
            return None
        if 0xC0 <= kind <= 0xCF and kind not in (0xC4, 0xC8, 0xCC):
            height, width = struct.unpack_from(">HH", content, at + 5)
            return width, height
        at += 2 + length
    return None

"""The text of RTF, as Outlook packs it into winmail.dat.

unpacked(octets) undoes the packing (MS-OXRTFCP), to at most 1 MB; to_text(octets, charset) gives the words: paragraphs,
tabs and letters, no pictures, tables or formatting. HTML that Outlook keeps within the RTF (MS-OXRTFEX) comes out as
the text that is shown. One pass each, never raise: what is torn or wrong ends the reading.
"""

from __future__ import annotations

import re
from typing import Final

from listserv.core.mail.charsets import to_text as decoded

MOST: Final = 1_000_000  # octets of RTF

_DICTIONARY: Final = (
    b"{\\rtf1\\ansi\\mac\\deff0\\deftab720{\\fonttbl;}{\\f0\\fnil \\froman \\fswiss \\fmodern \\fscript "
    b"\\fdecor MS Sans SerifSymbolArialTimes New RomanCourier{\\colortbl\\red0\\green0\\blue0\r\n\\par "
    b"\\pard\\plain\\f0\\fs20\\b\\i\\u\\tab\\tx"
)  # MS-OXRTFCP §2.1.2.1
_TOKEN = re.compile(
    rb"\\([a-zA-Z]{1,32})(-?\d{1,10})? ?|\\'([0-9a-fA-F]{2})|\\([^a-zA-Z])|([{}])|[\r\n]+|([^\\{}\r\n]+)|\\"
)
#: Groups that hold no text.
_SILENT: Final = frozenset(
    (
        b"fonttbl colortbl stylesheet info pict object header headerl headerr footer footerl footerr htmltag mhtmltag "
        b"xmlnstbl listtable listoverridetable rsidtbl generator themedata colorschememapping datastore latentstyles"
    ).split()
)
_SAID: Final = {
    b"par": "\n", b"line": "\n", b"row": "\n", b"sect": "\n", b"page": "\n", b"tab": "\t", b"cell": "\t",
    b"emdash": "—", b"endash": "–", b"lquote": "‘", b"rquote": "’", b"ldblquote": "“", b"rdblquote": "”",
    b"bullet": "•", b"emspace": " ", b"enspace": " ",
}  # fmt: skip
_SIGNS: Final = {b"\\": "\\", b"{": "{", b"}": "}", b"~": " ", b"_": "-", b"\n": "\n", b"\r": "\n"}


def unpacked(octets: bytes) -> bytes:
    """The RTF of a PidTagRtfCompressed value; b"" if it is none."""
    if octets[8:12] == b"MELA":
        return octets[16 : 16 + MOST]
    if octets[8:12] != b"LZFu":
        return b""
    ring = bytearray(_DICTIONARY.ljust(4096, b" "))
    write, at, out = len(_DICTIONARY), 16, bytearray()
    while at < len(octets) and len(out) < MOST:
        flags = octets[at]
        at += 1
        for bit in range(8):
            if at >= len(octets):
                break
            if not flags >> bit & 1:
                ring[write] = octets[at]
                out.append(octets[at])
                write, at = (write + 1) % 4096, at + 1
                continue
            pair = int.from_bytes(octets[at : at + 2], "big")
            at += 2
            offset = pair >> 4
            if offset == write:
                return bytes(out)
            for step in range((pair & 15) + 2):
                one = ring[(offset + step) % 4096]
                ring[write] = one
                out.append(one)
                write = (write + 1) % 4096
    return bytes(out)


def to_text(octets: bytes, charset: str = "") -> str:
    """The words of an RTF document, LF line ends; `charset` where the document names none."""
    out: list[str] = []
    pending = bytearray()
    silent, skip = [False], 1  # is this group's text shown; letters that stand in for one \u
    hidden = waiting = 0  # \htmlrtf: what only RTF readers see; letters still to be passed over

    def flush() -> None:
        if pending:
            out.append(decoded(bytes(pending), charset))
            pending.clear()

    for token in _TOKEN.finditer(octets[:MOST]):
        word, number, code, sign, brace, text = token.groups()
        if brace:
            if brace == b"{":
                silent.append(silent[-1])
            elif len(silent) > 1:
                silent.pop()
        elif word in _SILENT or sign == b"*":
            silent[-1] = True
        elif word == b"ansicpg" and number:
            charset = f"cp{int(number)}" if int(number) != 65001 else "utf-8"
        elif word == b"uc" and number:
            skip = max(0, min(int(number), 10))
        elif word == b"htmlrtf":
            hidden = number != b"0"
        elif silent[-1] or hidden:
            continue
        elif word == b"u" and number:
            flush()
            out.append(chr(int(number) % 65536))
            waiting = skip
        elif word in _SAID:
            flush()
            out.append(_SAID[word])
        elif code or text:
            letters = bytes([int(code, 16)]) if code else text
            pending += letters[waiting:]
            waiting = max(0, waiting - len(letters))
        elif sign in _SIGNS:
            flush()
            out.append(_SIGNS[sign])
    flush()
    joined = "".join(out).encode("utf-16-le", "surrogatepass").decode("utf-16-le", "replace")
    return re.sub(r"\n{3,}", "\n\n", "\n".join(line.rstrip() for line in joined.split("\n"))).strip("\n")

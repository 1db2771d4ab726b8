"""Signed mail made readable, and encrypted mail named as such.

content(octets) takes the mail out of an opaque S/MIME signature (CMS SignedData, RFC 5652 §5, RFC 8551 §3.5); kind(…)
says what a CMS object is; clear(text) takes the text out of an inline PGP signature (RFC 9580 §7) and tells an inline
PGP message. No signature is verified and nothing is decrypted: there are no keys here, and what we send is not what was
signed. The DER is walked by hand, with BER's indefinite lengths that mail programs write, in bounds. Never raises.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from enum import StrEnum
from typing import Final


class Kind(StrEnum):
    SIGNED = "signed"
    ENCRYPTED = "encrypted"
    COMPRESSED = "compressed"


_KINDS: Final = {
    bytes.fromhex("2a864886f70d010702"): Kind.SIGNED,
    bytes.fromhex("2a864886f70d010703"): Kind.ENCRYPTED,  # EnvelopedData
    bytes.fromhex("2a864886f70d010706"): Kind.ENCRYPTED,  # EncryptedData
    bytes.fromhex("2a864886f70d0109100117"): Kind.ENCRYPTED,  # AuthEnvelopedData
    bytes.fromhex("2a864886f70d0109100109"): Kind.COMPRESSED,
}
_SEQUENCE, _OID, _OCTETS, _SEVERAL_OCTETS, _EXPLICIT = 0x30, 0x06, 0x04, 0x24, 0xA0
_DEPTH: Final = 20
_MOST: Final = 200_000  # values looked at: mail programs cut the content into pieces of 1,000 octets


@dataclass(frozen=True, slots=True)
class _Value:
    """One value of BER (X.690 §8.1): its tag, and where its contents lie."""

    tag: int
    begin: int
    end: int  # of the contents; where it is `endless`, no further than here
    endless: bool = False  # of indefinite length: up to two NULs

    @property
    def after(self) -> int:
        return self.end + 2 * self.endless


class _Odd(Exception):
    """It is no BER, or ends too early."""


class _Ber:
    def __init__(self, octets: bytes) -> None:
        self.octets = octets
        self._left = _MOST

    def begun(self, at: int, end: int) -> _Value:
        """The value at `at`, inside of what ends at `end`."""
        self._left -= 1
        if self._left < 0 or at + 2 > end:
            raise _Odd
        tag, length = self.octets[at], self.octets[at + 1]
        if tag & 31 == 31:
            raise _Odd  # none of what is walked here
        begin = at + 2
        if length == 0x80:
            return _Value(tag, begin, end, endless=True)
        if length > 0x80:
            size = length - 0x80
            if size > 4:
                raise _Odd
            length = int.from_bytes(self.octets[begin : begin + size], "big")
            begin += size
        if begin + length > end:
            raise _Odd
        return _Value(tag, begin, begin + length)

    def whole(self, at: int, end: int, depth: int = 0) -> _Value:
        """The same, its end found."""
        one = self.begun(at, end)
        if not one.endless:
            return one
        inner = one.begin
        while not self.ends(inner):
            if depth > _DEPTH:
                raise _Odd
            inner = self.whole(inner, end, depth + 1).after
        return _Value(one.tag, one.begin, inner, endless=True)

    def ends(self, at: int) -> bool:
        return self.octets[at : at + 2] == b"\0\0"

    def within(self, outer: _Value, *tags: int) -> list[_Value]:
        """The first values inside `outer`, which must have these tags; 0 = any. The last has only begun."""
        found: list[_Value] = []
        at = outer.begin
        for number, tag in enumerate(tags, 1):
            one = self.begun(at, outer.end) if number == len(tags) else self.whole(at, outer.end)
            if tag and one.tag != tag:
                raise _Odd
            found.append(one)
            at = one.after
        return found

    def collected(self, one: _Value) -> bytes:
        """An OCTET STRING, be it in pieces."""
        pieces: list[bytes] = []
        self._collect(one, pieces, 0)
        return b"".join(pieces)

    def _collect(self, one: _Value, pieces: list[bytes], depth: int) -> int:
        """The pieces of one value to `pieces`; where the next value begins."""
        if one.tag == _OCTETS and not one.endless:
            pieces.append(self.octets[one.begin : one.end])
            return one.end
        if one.tag != _SEVERAL_OCTETS or depth > _DEPTH:
            raise _Odd
        at = one.begin
        while not self.ends(at) if one.endless else at < one.end:
            at = self._collect(self.begun(at, one.end), pieces, depth + 1)
        return at + 2 * one.endless


def kind(octets: bytes, smime_type: str = "") -> Kind | None:
    """What a CMS object is: by its own word, else by the smime-type of the mail (RFC 8551 §3.2.2)."""
    try:
        ber = _Ber(octets)
        oid, _ = ber.within(_outer(ber), _OID, 0)
        return _KINDS.get(octets[oid.begin : oid.end])
    except _Odd:
        said = {"signed-data": Kind.SIGNED, "certs-only": Kind.SIGNED, "compressed-data": Kind.COMPRESSED}
        return said.get(smime_type.lower(), Kind.ENCRYPTED if smime_type else None)


def content(octets: bytes) -> bytes | None:
    """What SignedData signs, as octets: a MIME part with its headers. None if it holds none, or is none."""
    try:
        ber = _Ber(octets)
        oid, explicit = ber.within(_outer(ber), _OID, _EXPLICIT)
        if _KINDS.get(octets[oid.begin : oid.end]) is not Kind.SIGNED:
            return None
        (signed_data,) = ber.within(explicit, _SEQUENCE)
        _, _, encapsulated = ber.within(signed_data, 0, 0, _SEQUENCE)  # version, digestAlgorithms
        _, inner = ber.within(encapsulated, _OID, _EXPLICIT)
        (text,) = ber.within(inner, 0)
        return ber.collected(text) or None
    except _Odd:
        return None


def _outer(ber: _Ber) -> _Value:
    outer = ber.begun(0, len(ber.octets))
    if outer.tag != _SEQUENCE:
        raise _Odd
    return outer


_BEGIN, _SIGNATURE, _END = (
    re.compile(rf"^-----{line}-----[ \t]*$\n?", re.MULTILINE)
    for line in ("BEGIN PGP SIGNED MESSAGE", "BEGIN PGP SIGNATURE", "END PGP SIGNATURE")
)
_ARMOUR_HEADERS = re.compile(r"(?:[A-Za-z-]{1,30}: [^\n]{0,200}\n){0,10}[ \t]*\n")
_ESCAPED = re.compile(r"^- ", re.MULTILINE)
_ENCRYPTED_TEXT = re.compile(r"^-----BEGIN PGP MESSAGE-----[ \t]*$", re.MULTILINE)


def clear(text: str) -> tuple[str, Kind | None]:
    """The text without PGP's armour (LF line ends), and whether it was signed or is, in part, encrypted."""
    if "-----BEGIN PGP " not in text:
        return text, None
    out: list[str] = []
    at = 0
    while (begin := _BEGIN.search(text, at)) and (signature := _SIGNATURE.search(text, begin.end())):
        headers = _ARMOUR_HEADERS.match(text, begin.end())
        said = text[headers.end() if headers else begin.end() : signature.start()]
        out += [text[at : begin.start()], _ESCAPED.sub("", said)]
        end = _END.search(text, signature.end())
        at = end.end() if end else len(text)
    if out:
        return "".join(out) + text[at:], Kind.SIGNED
    return text, Kind.ENCRYPTED if _ENCRYPTED_TEXT.search(text) else None

"""How a text travels: as it is, in quoted-printable or in base64, whichever is shorter (RFC 2045 §6).

The email package goes by a text's first lines, which are ASCII in every HTML mail, whatever language follows.
"""

from __future__ import annotations

_AS_THEY_ARE = bytes(one for one in range(127) if one != 0x3D)


def shorter(text: str) -> str | None:
    """The encoding's name; None for ASCII. In the one other octets and "=" take three, in the other all take 4/3."""
    if text.isascii():
        return None
    octets = text.encode("utf-8", "replace")
    return "base64" if 6 * len(octets.translate(None, _AS_THEY_ARE)) > len(octets) else "quoted-printable"

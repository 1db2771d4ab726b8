"""How a text travels: as it is, in quoted-printable or in base64, whichever is shorter (RFC 2045 §6).

The email package goes by a text's first lines, which are ASCII in every HTML mail, whatever language follows.
"""

from __future__ import annotations

from binascii import b2a_base64
from email.quoprimime import body_encode

from listserv.core.mail import flowed

_TEXT = b'Content-Type: text/plain; charset="utf-8"'
_AS_THEY_ARE = bytes(one for one in range(127) if one != 0x3D)


def shorter(text: str) -> str | None:
    """The encoding's name; None for ASCII. In the one other octets and "=" take three, in the other all take 4/3."""
    if text.isascii():
        return None
    octets = text.encode("utf-8", "replace")
    return "base64" if 6 * len(octets.translate(None, _AS_THEY_ARE)) > len(octets) else "quoted-printable"


def written(text: str, longest: int) -> tuple[bytes, bytes] | None:
    """Header lines and body of a text (LF line ends), encoded where it is not ASCII; None for ASCII in longer lines.

    It is what the email package makes of it, which takes several times as long for the same bytes. `longest`:
    characters of a line, as its policy has them.
    """
    broken = flowed.wrap(text)
    shown = broken or text
    how = shorter(shown)
    lines = shown.encode("utf-8", "replace").removesuffix(b"\n").split(b"\n")
    if how is None:
        if max(map(len, lines)) > longest:
            return None
        body = b"\r\n".join(lines) + b"\r\n"
    elif how == "base64":
        whole, octets = b"\r\n".join(lines) + b"\r\n", longest // 4 * 3
        pieces = (b2a_base64(whole[at : at + octets]) for at in range(0, len(whole), octets))
        body = b"".join(pieces).replace(b"\n", b"\r\n")
    else:
        encoded = body_encode((b"\n".join(lines) + b"\n").decode("latin-1"), longest)
        body = encoded.encode().replace(b"\n", b"\r\n")
    kind, encoding = _TEXT, f"Content-Transfer-Encoding: {how or '7bit'}".encode()
    head = (encoding, kind + b'; format="flowed"') if broken else (kind, encoding)
    return b"\r\n".join(head), body

"""How a text travels: as it is, in quoted-printable or in base64, whichever is shorter (RFC 2045 §6).

The email package goes by a text's first lines, which are ASCII in every HTML mail, whatever language follows.
"""

from __future__ import annotations

from listserv.core.mail import flowed

_SEVEN, _TEXT = b"Content-Transfer-Encoding: 7bit", b'Content-Type: text/plain; charset="utf-8"'
_AS_THEY_ARE = bytes(one for one in range(127) if one != 0x3D)


def shorter(text: str) -> str | None:
    """The encoding's name; None for ASCII. In the one other octets and "=" take three, in the other all take 4/3."""
    if text.isascii():
        return None
    octets = text.encode("utf-8", "replace")
    return "base64" if 6 * len(octets.translate(None, _AS_THEY_ARE)) > len(octets) else "quoted-printable"


def as_it_is(text: str, longest: int) -> tuple[bytes, bytes] | None:
    """Header lines and body of a text (LF line ends) that needs no encoding; None for one that does.

    It is what the email package makes of it, which takes ten times as long for the same bytes. `longest`: characters of
    a line that it leaves as they are.
    """
    broken = flowed.wrap(text) if text.isascii() else None
    lines = (broken or text).split("\n")
    if not text.isascii() or max(map(len, lines)) > longest:
        return None
    head = (_SEVEN, _TEXT + b'; format="flowed"') if broken else (_TEXT, _SEVEN)
    return b"\r\n".join(head), "\r\n".join(lines).encode()

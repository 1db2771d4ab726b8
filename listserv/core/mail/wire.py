"""What may go over the wire of SMTP: bodies with clean line ends, addresses that cannot become commands. Pure."""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from functools import lru_cache

from listserv.core.mail import identity

_ADDRESS = re.compile(r"[^\s<>@\x00-\x20\x7f-\x9f\ud800-\udfff]+@[^\s<>@\x00-\x20\x7f-\x9f\ud800-\udfff]+")


@dataclass(frozen=True, slots=True)
class Body:
    """A body as it goes over the wire; made once per rendering."""

    wire: bytes  # CRLF-clean and dot-stuffed, without the final CRLF.CRLF
    eight_bit: bool = field(init=False)

    def __post_init__(self) -> None:
        object.__setattr__(self, "eight_bit", not self.wire.isascii())


def is_address(text: str) -> bool:
    """Whether `text` can stand between < and > of MAIL or RCPT without becoming anything else (RFC 5321 §4.1.1.2)."""
    return len(text) <= 320 and _ADDRESS.fullmatch(text) is not None


def in_envelope(address: str) -> str:
    """The address as it is sent: a domain beyond ASCII as its A-label, the local part untouched (RFC 5891 §5).

    So only a local part beyond ASCII needs SMTPUTF8 (RFC 6531 §3.2). A name that IDNA does not know: the hop decides.
    """
    if address.isascii():
        return address
    local, _, domain = address.rpartition("@")
    return f"{local}@{identity.comparable(domain)}"


def to_lines(content: bytes) -> bytes:
    """Any bytes -> LF line ends only, no CR, no NUL."""
    return content.replace(b"\0", b"").replace(b"\r\n", b"\n").replace(b"\r", b"\n")


def to_wire(content: bytes) -> bytes:
    """Any bytes -> CRLF only, no bare CR or LF, no NUL, dot-stuffed (RFC 5321 §2.3.8, §4.5.2).

    The last line end is left out: the CRLF of CRLF.CRLF is it.
    """
    pairs = content.count(b"\r\n")
    if b"\0" in content or content.count(b"\r") != pairs or content.count(b"\n") != pairs:
        content = to_lines(content).replace(b"\n", b"\r\n")
    content = content.removesuffix(b"\r\n")
    if content.startswith(b"."):
        content = b"." + content
    return content.replace(b"\r\n.", b"\r\n..") if b"\r\n." in content else content


@lru_cache(maxsize=16)
def rendered(body: bytes) -> Body:
    # A bytes object keeps its hash and is compared by identity first: the second copy of a rendering costs nothing.
    return Body(to_wire(body))

"""What is personal in a copy stands in its headers: those lines, and how they join the lines all copies share.

Inputs: one rendered header block and one recipient's links. A copy is `splice(head, personal) + CRLF + body`; the body
is never touched, so one DKIM body hash serves all copies. No email package here: this runs once per recipient.

Raises ValueError for anything that could end a header line or a bracket, and for a header that would stand twice.
"""

from __future__ import annotations

import re
from functools import cached_property

_MAILTO = re.compile(r"mailto:[!-;=?-~]+@[!-;=?-~]+")  # printable ASCII without < >
_HTTPS = re.compile(r"https://[!-;=?-~]+")
_ADDRESS = re.compile(r"[^\x00-\x20\x7f-\xa0<>()\[\],;:\\\"@]+@[^\x00-\x20\x7f-\xa0<>()\[\],;:\\\"@]+")
_PERSONAL = (b"to:", b"reply-to:", b"list-unsubscribe:", b"list-unsubscribe-post:")


def personal(
    *, unsubscribe: str, one_click: str | None = None, to: str | None = None, reply_to: str | None = None
) -> bytes:
    """Header lines of one copy, each ended by CRLF.

    `unsubscribe`: the address that leaves, with or without "mailto:". `one_click`: the https URL whose bare POST
    leaves; only then is List-Unsubscribe-Post said (RFC 2369 §3.2, RFC 8058 §3.1). `to`: the recipient's address, for a
    rendering that has no To of its own; `reply_to` likewise: where this recipient's answer goes.
    """
    mailto = unsubscribe if unsubscribe.startswith("mailto:") else f"mailto:{unsubscribe}"
    if not _MAILTO.fullmatch(mailto):
        raise ValueError(f"not an address to leave by: {unsubscribe!r}")
    lines = []
    for name, value in (("To", to), ("Reply-To", reply_to)):
        if value is not None:
            if not _ADDRESS.fullmatch(value):
                raise ValueError(f"not an address: {value!r}")
            lines.append(f"{name}: {value}\r\n")
    if one_click is None:
        lines.append(f"List-Unsubscribe: <{mailto}>\r\n")
    else:
        if not _HTTPS.fullmatch(one_click):
            raise ValueError(f"one-click leaving needs an https URL, not {one_click!r}")
        lines.append(f"List-Unsubscribe: <{one_click}>,\r\n <{mailto}>\r\n")
        lines.append("List-Unsubscribe-Post: List-Unsubscribe=One-Click\r\n")
    return "".join(lines).encode()


class Head:
    """The header lines that all copies of a rendering share, looked through once for all of them."""

    def __init__(self, block: bytes) -> None:
        self.block = block

    @cached_property
    def _times(self) -> list[int]:
        _check(self.block)
        return _times(self.block)

    def spliced(self, personal: bytes) -> bytes:
        """The header lines of one copy, without the blank line that ends them."""
        there = self._times
        _check(personal)
        for name, shared, own in zip(_PERSONAL, there, _times(personal), strict=True):
            if shared + own > 1:
                raise ValueError(f"{name.decode()} would stand twice")
        return self.block + personal


def splice(head: bytes, personal: bytes) -> bytes:
    """The same, of a copy that has the head for itself."""
    return Head(head).spliced(personal)


def _check(block: bytes) -> None:
    if (block and not block.endswith(b"\r\n")) or b"\r\n\r\n" in block or block.startswith(b"\r\n"):
        raise ValueError("a header block is whole lines, none of them empty")


def _times(block: bytes) -> list[int]:
    """How often each header that is personal stands there."""
    lines = b"\r\n" + block.lower()
    return [lines.count(b"\r\n" + name) for name in _PERSONAL]

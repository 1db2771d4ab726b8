"""A link that begins a mail (RFC 6068): the address and the subject, encoded so that every program reads them whole."""

from __future__ import annotations

from urllib.parse import quote


def mailto(address: str, subject: str = "") -> str:
    """A plus is encoded as well: programs that read the link as a form's fields would make a blank of it."""
    return f"mailto:{quote(address, safe='@')}" + (f"?subject={quote(subject, safe='')}" if subject else "")

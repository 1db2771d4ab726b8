"""Which page of a long list is asked for."""

from __future__ import annotations

from starlette.exceptions import HTTPException
from starlette.requests import Request

#: How many of a list stand on one page.
EACH = 50


def asked(request: Request, name: str, last: int) -> int:
    """The number that the address gives by that name, 1 where it gives none. Raises 404 for one that is not there."""
    said = request.query_params.get(name, "1")
    if not (said.isascii() and said.isdigit() and len(said) < 7) or not 1 <= int(said) <= max(last, 1):
        raise HTTPException(404)
    return int(said)


def pages(count: int) -> int:
    """How many pages a list of so many takes; at least one."""
    return max(1, -(-count // EACH))

"""What a browser has already is not sent again, where nothing private can stay behind in it.

A page is kept only if it was made for nobody: whoever is logged in gets it anew each time and leaves none on the
machine they read at (the guard's no-store). The tag is a hash of the very page made for this request, weak because
what is sent of it may be packed.
"""

from __future__ import annotations

import hashlib

from starlette.requests import Request
from starlette.responses import Response

from listserv.edge.web.packed import packed


def lasting(request: Request, response: Response) -> Response:
    """A page made for nobody, as it may be kept by whoever reads it: with its tag, and packed for who takes that."""
    response.headers["ETag"] = f'W/"{hashlib.sha256(response.body).hexdigest()[:32]}"'
    response.headers["Cache-Control"] = "private, no-cache"  # kept, but asked for again: it may have been withdrawn
    return packed(request, response)


def fresh(request: Request, response: Response) -> Response:
    """A page that may be kept, or 304 for whoever has the same (RFC 9110 §13.1.2)."""
    if not has(request.headers.get("if-none-match", ""), response.headers["etag"]):
        return response
    kept = {name: value for name, value in response.headers.items() if not name.startswith("content-")}
    return Response(status_code=304, headers=kept)


def has(if_none_match: str, tag: str) -> bool:
    """Whether the client has this version (RFC 9110 §13.1.2, weak comparison)."""
    return if_none_match.strip() == "*" or tag.removeprefix("W/") in (
        one.strip().removeprefix("W/") for one in if_none_match[:2000].split(",")
    )

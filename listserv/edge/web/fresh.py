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
from listserv.edge.web.visitor import Visitor


def fresh(request: Request, response: Response, visitor: Visitor) -> Response:
    """The response, or 304 for whoever has the same (RFC 9110 §13.1.2); as it is for who is logged in."""
    if visitor.person_id is not None or response.status_code != 200:
        return response
    tag = f'W/"{hashlib.sha256(response.body).hexdigest()[:32]}"'
    response.headers["ETag"] = tag
    response.headers["Cache-Control"] = "private, no-cache"  # kept, but asked for again: it may have been withdrawn
    if not has(request.headers.get("if-none-match", ""), tag):
        return packed(request, response)
    kept = {name: value for name, value in response.headers.items() if not name.startswith("content-")}
    return Response(status_code=304, headers=kept)


def has(if_none_match: str, tag: str) -> bool:
    """Whether the client has this version (RFC 9110 §13.1.2, weak comparison)."""
    return if_none_match.strip() == "*" or tag.removeprefix("W/") in (
        one.strip().removeprefix("W/") for one in if_none_match[:2000].split(",")
    )

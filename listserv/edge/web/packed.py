"""Answers made smaller for slow links: gzip, for who takes it (RFC 9110 §8.4.1.3).

Only what holds no secret of its reader: whoever sees how long such answers are, and has a say in what is searched for
or written, could guess a secret in them octet by octet (BREACH). Whoever is logged in is not answered so.
"""

from __future__ import annotations

import gzip

from starlette.requests import Request
from starlette.responses import Response

#: Octets below which it is not worth it, and how hard to try: the next step takes twice as long for a hundredth less.
LEAST, EFFORT = 1_000, 6


def packed(request: Request, response: Response) -> Response:
    """The response, its content gzipped if that is taken."""
    response.headers["Vary"] = ", ".join(filter(None, (response.headers.get("vary"), "Accept-Encoding")))
    if len(response.body) >= LEAST and takes(request.headers.get("accept-encoding", "")):
        response.body = gzip.compress(bytes(response.body), EFFORT, mtime=0)
        response.headers["Content-Encoding"] = "gzip"
        response.headers["Content-Length"] = str(len(response.body))
    return response


def takes(accept_encoding: str) -> bool:
    """Whether the client names gzip, and not to refuse it (RFC 9110 §12.5.3)."""
    for one in accept_encoding[:500].lower().split(","):
        coding, _, weight = one.partition(";")
        if coding.strip() in ("gzip", "x-gzip"):
            return weight.replace(" ", "") not in ("q=0", "q=0.0", "q=0.00", "q=0.000")
    return False

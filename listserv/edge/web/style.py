"""`/style.css`: the one stylesheet of all pages. They ask for it with its edition, so it can be kept for long."""

from __future__ import annotations

from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from listserv.edge.web.engine import Engine
from listserv.edge.web.packed import packed


def routes(engine: Engine) -> list[Route]:
    async def style(request: Request) -> Response:
        kept = {"Cache-Control": "public, max-age=31536000"}
        return packed(request, Response(engine.pages.style, media_type="text/css", headers=kept))

    return [Route("/style.css", style, methods=["GET"])]

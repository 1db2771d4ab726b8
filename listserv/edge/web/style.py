"""`/style.css`: the one stylesheet of all pages."""

from __future__ import annotations

from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from listserv.edge.web.engine import Engine
from listserv.edge.web.packed import packed


def routes(engine: Engine) -> list[Route]:
    async def style(request: Request) -> Response:
        sheet = Response(engine.pages.style, media_type="text/css", headers={"Cache-Control": "public, max-age=86400"})
        return packed(request, sheet)

    return [Route("/style.css", style, methods=["GET"])]

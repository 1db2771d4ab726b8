"""`/health`: 200 while the database answers, else 503; beside it, whether the rest goes on. For balancers and monitors.

The first word is "ok", "warn" or "fail"; a line follows for each part: database, outbox, relay, clock. A warning is
200, so that no balancer takes a host away because the relay is down; `/health?strict` makes it 503, for whoever is to
be woken. With `Accept: application/json` the same as an object.
"""

from __future__ import annotations

import asyncio

from starlette.requests import Request
from starlette.responses import JSONResponse, PlainTextResponse, Response
from starlette.routing import Route

from listserv.edge.failure import log_failure
from listserv.edge.web.engine import Engine

#: Seconds the database has to answer.
PATIENCE = 5.0
PARTS = ("database", "outbox", "relay", "clock")


def routes(engine: Engine) -> list[Route]:
    async def page(request: Request) -> Response:
        try:
            async with asyncio.timeout(PATIENCE):
                found = await engine.run(engine.health)
        except Exception as error:
            log_failure("the database did not answer", error)
            return _said(request, {"database": "does not answer"}, 503)
        troubles = found.troubles
        return _said(request, troubles, 503 if troubles and "strict" in request.query_params else 200)

    return [Route("/health", page, methods=["GET"])]


def _said(request: Request, troubles: dict[str, str], status: int) -> Response:
    word = "fail" if "database" in troubles else "warn" if troubles else "ok"
    headers = {"Retry-After": "60"} if status == 503 else {}
    if "application/json" in request.headers.get("accept", ""):
        parts = {part: troubles.get(part, "ok" if word != "fail" else "not known") for part in PARTS}
        return JSONResponse({"status": word, **parts}, status, headers)
    lines = [word, *(f"{part}: {why}" for part, why in troubles.items())]
    return PlainTextResponse("\n".join(lines) + "\n", status, headers)

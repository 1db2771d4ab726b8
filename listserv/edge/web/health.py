"""`/health`: 200 and "ok" when the database answers, else 503. For load balancers and monitors."""

from __future__ import annotations

import asyncio

from starlette.requests import Request
from starlette.responses import PlainTextResponse
from starlette.routing import Route

from listserv.edge.failure import log_failure
from listserv.edge.web.engine import Engine
from listserv.store import dialogues

#: Seconds the database has to answer.
PATIENCE = 5.0


def routes(engine: Engine) -> list[Route]:
    def ask() -> None:
        with engine.session.read() as connection:
            dialogues.slugs(connection)

    async def health(request: Request) -> PlainTextResponse:
        try:
            async with asyncio.timeout(PATIENCE):
                await engine.run(ask)
        except Exception as error:
            log_failure("the database did not answer", error)
            return PlainTextResponse("the database does not answer\n", 503, {"Retry-After": "60"})
        return PlainTextResponse("ok\n")

    return [Route("/health", health, methods=["GET"])]

"""`/SLUG/archive.mbox`: the released contributions as one file for mail programs, for those who may read the archive.

Made while it is sent, some mails at a time, each with a view of the database of its own, so that a slow link holds
nothing up; one reader's at a time, so that many of them leave the other pages their threads. No addresses, nothing of
who objects to an archive; files are named, and stand on the contribution's page.
"""

from __future__ import annotations

import asyncio
from functools import partial

from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route
from starlette.types import Receive, Scope, Send

from listserv.core.dialogue.model import Dialogue
from listserv.core.mail.mbox import entry
from listserv.edge.web import access
from listserv.edge.web.attachment import disposition
from listserv.edge.web.engine import Engine
from listserv.steps import retell

#: Contributions made at a time.
PORTION = 10


def routes(engine: Engine) -> list[Route]:
    turn = asyncio.Lock()

    async def mbox(request: Request) -> Response:
        dialogue = await engine.run(lambda: _allowed(engine, request))
        return _Mbox(engine, dialogue, turn)

    return [Route("/{slug}/archive.mbox", mbox, methods=["GET"])]


def _allowed(engine: Engine, request: Request) -> Dialogue:
    with engine.session.read() as connection:
        return access.archive(engine, connection, request).dialogue


def _portion(engine: Engine, dialogue: Dialogue, after: int) -> tuple[bytes, int | None]:
    sender = engine.site.addresses.dialogue(dialogue.slug)
    with engine.session.read() as connection:
        mails, last = retell.portion(connection, engine.site, dialogue, after, PORTION)
    return b"".join(entry(one.content, sender, one.at) for one in mails), last


class _Mbox(Response):
    def __init__(self, engine: Engine, dialogue: Dialogue, turn: asyncio.Lock) -> None:
        self._engine, self._dialogue, self._turn = engine, dialogue, turn
        headers = {"Content-Disposition": disposition(f"{dialogue.slug}.mbox"), "Content-Type": "application/mbox"}
        super().__init__(headers=headers)
        del self.headers["content-length"]  # not known before its end

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        await send({"type": "http.response.start", "status": 200, "headers": self.raw_headers})
        request, last = Request(scope, receive), 0 if scope["method"] != "HEAD" else None
        while last is not None and not await request.is_disconnected():
            async with self._turn:
                work = partial(_portion, self._engine, self._dialogue, last)
                content, last = await self._engine.run(work)
            await send({"type": "http.response.body", "body": content, "more_body": True})
        await send({"type": "http.response.body"})

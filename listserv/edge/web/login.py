"""`/login`, `/l/TOKEN`, `/logout`: logging in by a link in a mail, without a password, and out again.

`/login` asks for an address and says the same of every one. The link shows a button, for programs that check mail open
every link in it; the button logs in, once. `to` is where that leads: a path of ours, never anywhere else. Each login
has a new cookie, and ends what the browser's old one stood for.
"""

from __future__ import annotations

import asyncio
import re
import time
from urllib.parse import quote

from starlette.requests import Request
from starlette.responses import RedirectResponse, Response
from starlette.routing import Route

from listserv.core.mail import identity
from listserv.edge.web import access, form
from listserv.edge.web import visitor as visits
from listserv.edge.web.engine import Engine
from listserv.edge.web.pages import wanted
from listserv.steps import login

#: Seconds that an answer takes at least, whoever is asked for: how long a mail takes to write is not to be told by it.
TAKES = 0.3

_LONGEST = 500  # characters of a path to lead to
_PATH = re.compile(r"/(?![/\\])[^\\\x00-\x20\x7f]*")


def routes(engine: Engine) -> list[Route]:
    async def show(request: Request) -> Response:
        return _page(engine, request, sent="sent" in request.query_params)

    async def ask(request: Request) -> Response:
        fields = await form.read(request)
        address, to = fields.get("address", "").strip(), path(fields.get("to", ""))
        if not identity.valid(address):
            return _page(engine, request, 400, wrong=True, to=to)
        began, source = time.monotonic(), request.scope["network"]
        if await engine.run(lambda: login.ask(engine.session, engine.now(), engine.site, address, to, source)):
            engine.look()
        await asyncio.sleep(began + TAKES - time.monotonic())
        return RedirectResponse(f"{engine.root}/login?sent=1", 303)

    async def link(request: Request) -> Response:
        return await (enter if request.method == "POST" else offer)(request)

    async def offer(request: Request) -> Response:
        token = request.path_params["token"]

        def works() -> bool:
            with engine.session.read() as connection:
                return login.works(connection, engine.standing(connection).now, token)

        if not await engine.run(works):
            return _page(engine, request, 410, stale=True)
        return engine.pages.page("enter", _language(engine, request))

    async def enter(request: Request) -> Response:
        await form.read(request)
        token, drawn = request.path_params["token"], visits.drawn()

        def use() -> bool:
            now = engine.now()
            with engine.session.read() as connection:
                before = visits.visitor(engine, connection, request, now).token_hash
            return login.enter(engine.session, now, token, visits.hashed(drawn), now + visits.LASTS, before)

        if not await engine.run(use):
            return _page(engine, request, 410, stale=True)
        response = RedirectResponse(f"{engine.root}{path(request.query_params.get('to', '')) or '/'}", 303)
        visits.remember(engine, response, drawn)
        return response

    async def logout(request: Request) -> Response:
        fields = await form.read(request)

        def end() -> None:
            with engine.session.read() as connection:
                who = visits.visitor(engine, connection, request, engine.standing(connection).now)
            access.prove(who, fields)
            login.leave(engine.session, engine.now(), who.token_hash)

        await engine.run(end)
        response = RedirectResponse(f"{engine.root}/", 303)
        visits.forget(engine, response)
        return response

    async def login_(request: Request) -> Response:
        return await (ask if request.method == "POST" else show)(request)

    return [
        Route("/login", login_, methods=["GET", "POST"]),
        Route("/l/{token}", link, methods=["GET", "POST"]),
        Route("/logout", logout, methods=["POST"]),
    ]


def path(said: str) -> str:
    """The path of ours that was meant, with its query; "" for whatever could lead elsewhere."""
    return quote(said, safe="/?=&%+.,:;~-_") if len(said) <= _LONGEST and _PATH.fullmatch(said) else ""


def _page(
    engine: Engine,
    request: Request,
    status: int = 200,
    *,
    sent: bool = False,
    wrong: bool = False,
    stale: bool = False,
    to: str = "",
) -> Response:
    """The form; above it what has become of the last try. `to`: as it was posted, else the page's own."""
    return engine.pages.page(
        "login",
        _language(engine, request),
        status,
        sent=sent,
        wrong=wrong,
        stale=stale,
        to=to or path(request.query_params.get("to", "")),
        contact=engine.site.contact,
    )


def _language(engine: Engine, request: Request) -> str:
    return engine.site.language(*wanted(request.headers.get("accept-language", "")))

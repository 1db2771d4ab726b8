"""Which page stands where. A new noun is a file with `routes(engine)` and a line in NOUNS."""

from __future__ import annotations

from collections.abc import Collection

from starlette.applications import Starlette
from starlette.convertors import register_url_convertor
from starlette.datastructures import Headers
from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import RedirectResponse, Response
from starlette.routing import Route
from starlette.types import ASGIApp, Scope

from listserv.edge.failure import log_failure
from listserv.edge.web import (
    attachment,
    contribution,
    feed,
    figures,
    health,
    home,
    join,
    login,
    mbox,
    metrics,
    moderation,
    module,
    programme,
    report,
    resources,
    roundup,
    search,
    style,
    unsubscribe,
)
from listserv.edge.web.access import LoginWanted, login_of
from listserv.edge.web.engine import Engine
from listserv.edge.web.guard import Guard
from listserv.edge.web.network import Trusted
from listserv.edge.web.number import Number
from listserv.edge.web.pages import wanted
from listserv.store.session import DatabaseTrouble

register_url_convertor("number", Number())

NOUNS = (
    unsubscribe,
    login,
    attachment,
    health,
    metrics,
    style,
    home,
    join,
    contribution,
    module,
    feed,
    mbox,
    report,
    resources,
    figures,
    roundup,
    search,
    programme,
    moderation,
)


def build(engine: Engine, hosts: Collection[str], trusted: Trusted = ()) -> ASGIApp:
    """All pages behind the guard. `hosts`: the names we answer to. `trusted`: the proxies before us, if any."""

    def trouble(scope: Scope, status: int) -> Response:
        language = engine.site.language(*wanted(Headers(scope=scope).get("accept-language", "")))
        return engine.pages.page("trouble", language, status, code=status, contact=engine.site.contact)

    async def refused(request: Request, error: Exception) -> Response:
        assert isinstance(error, HTTPException)
        response = trouble(request.scope, error.status_code)
        response.headers.update(error.headers or {})  # Allow, and the like
        return response

    async def log_in(request: Request, error: Exception) -> Response:
        return RedirectResponse(login_of(engine, request), 303)

    async def database(request: Request, error: Exception) -> Response:
        log_failure("a page had no database", error)
        response = trouble(request.scope, 503)
        response.headers["Retry-After"] = "60"
        return response

    async def failed(request: Request, error: Exception) -> Response:
        return trouble(request.scope, 500)  # the guard logs it

    routes: list[Route] = [route for noun in NOUNS for route in noun.routes(engine)]
    handlers = {
        HTTPException: refused,
        LoginWanted: log_in,
        **dict.fromkeys(DatabaseTrouble, database),
        Exception: failed,
    }
    app = Starlette(routes=routes, exception_handlers=handlers)  # type: ignore[arg-type]
    app.router.redirect_slashes = False  # RFC 8058 §3.1: never a redirect
    return Guard(
        app,
        hosts=hosts,
        trusted=trusted,
        secure=engine.secure,
        root=engine.root,
        trouble=trouble,
        meter=engine.meter,
    )

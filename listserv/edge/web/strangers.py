"""A page that anybody may read, made once for all who are not logged in: they read alike, but for their languages.

It is made anew each minute of the dialogues' time, and as soon as anything was done (shelf): also who may read it at
all. What a stranger may not read is not kept, nor what is asked with a query, for there is no end to those.
"""

from __future__ import annotations

from collections.abc import Callable

from starlette.requests import Request
from starlette.responses import Response

from listserv.edge.web.engine import Engine
from listserv.edge.web.fresh import fresh, lasting
from listserv.edge.web.packed import takes
from listserv.edge.web.pages import wanted
from listserv.edge.web.visitor import known
from listserv.store.session import Connection


def shown(engine: Engine, request: Request, make: Callable[[Connection], Response]) -> Response:
    """What `make` gives with a connection to read with, or what it gave another stranger. Raises what it raises."""
    with engine.session.read() as connection:
        if known(engine, request):
            return make(connection)

        def made() -> Response:
            return lasting(request, make(connection))

        if request.url.query:
            return fresh(request, made())
        said = request.headers
        language = engine.site.spoken(*wanted(said.get("accept-language", "")))
        key = (request.scope["path"], language, takes(said.get("accept-encoding", "")))
        return fresh(request, engine.made.take(engine.standing(connection).minute, key, made))

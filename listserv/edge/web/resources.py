"""`/SLUG/resources`: the organisers' background papers first, then what contributions brought, with who shared it."""

from __future__ import annotations

from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from listserv.core.publication.report.document import linked
from listserv.core.publication.resources import Resource, discreet
from listserv.edge.web import access
from listserv.edge.web.access import Reader
from listserv.edge.web.engine import Engine
from listserv.edge.web.paging import EACH, asked, pages
from listserv.edge.web.shelf import Shelf
from listserv.steps.collect import archived

#: Contributions that shared one of them and are named; of more it is told how many.
SHARERS = 5


def routes(engine: Engine) -> list[Route]:
    shelf: Shelf[list[Resource]] = Shelf()

    async def resources(request: Request) -> Response:
        reader, found = await engine.run(lambda: _resources(engine, shelf, request))
        papers = [(one.label, linked(one.url)) for one in found if one.number is None]
        shared = [(one, linked(one.url)) for one in found if one.number is not None]
        last = pages(len(shared))
        page = asked(request, "page", last)
        shown = shared[(page - 1) * EACH : page * EACH]
        values = {"papers": papers if page == 1 else [], "shared": shown, "page": page, "pages": last, "most": SHARERS}
        return access.page(engine, request, reader, "resources", **values)

    return [Route("/{slug}/resources", resources, methods=["GET"])]


def _resources(engine: Engine, shelf: Shelf[list[Resource]], request: Request) -> tuple[Reader, list[Resource]]:
    """Those that readers are to see; what only contributions outside the archive brought is not among them."""
    with engine.session.read() as connection:
        reader = access.archive(engine, connection, request)

        def made() -> list[Resource]:
            found = archived(connection, engine.site, reader.dialogue)
            return [discreet(one) for one in found if not one.hidden]

        return reader, shelf.take(engine.standing(connection).done, (reader.dialogue.id,), made)

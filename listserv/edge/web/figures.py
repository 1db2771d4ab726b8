"""`/SLUG/figures`: who took part, as the report tells it: tables and plots in which small groups are folded."""

from __future__ import annotations

from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from listserv.core.publication.report.document import Section
from listserv.core.publication.report.participation import participation
from listserv.core.publication.report.voice import Voice
from listserv.edge.web import access
from listserv.edge.web.access import Reader
from listserv.edge.web.engine import Engine
from listserv.edge.web.shelf import Shelf
from listserv.steps.consolidate import gathered


def routes(engine: Engine) -> list[Route]:
    shelf: Shelf[Section] = Shelf()

    async def figures(request: Request) -> Response:
        reader, section = await engine.run(lambda: _figures(engine, shelf, request))
        return access.page(engine, request, reader, "figures", section=section)

    return [Route("/{slug}/figures", figures, methods=["GET"])]


def _figures(engine: Engine, shelf: Shelf[Section], request: Request) -> tuple[Reader, Section]:
    with engine.session.read() as connection:
        reader = access.archive(engine, connection, request)
        dialogue, language = reader.dialogue, access.language(engine, request, reader)
        voice = Voice(language, dialogue.zone, lambda sentence: engine.site.wording.said(sentence, language))

        def made() -> Section:
            return participation(gathered(connection, engine.site, dialogue, reader.now), voice)

        return reader, shelf.take(engine.standing(connection).done, (dialogue.id, language), made)

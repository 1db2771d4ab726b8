"""`/SLUG/report`: the report on one page, once it has been sent to the participants.

Where the archive is public, for all; where it is for participants, for whoever has the link of the report's mail,
`/SLUG/report/TOKEN`; where it is for nobody, not here. It is made anew when what it was made from is a minute old, so
that who is erased or wishes not to be named any more is soon out of it. GET and HEAD; changes nothing.
"""

from __future__ import annotations

import time
from dataclasses import dataclass, field

from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import HTMLResponse, Response
from starlette.routing import Route

from listserv.core.dialogue.model import Dialogue
from listserv.core.publication.forms import html
from listserv.edge import files
from listserv.edge.web.engine import Engine
from listserv.steps import circulate
from listserv.steps.consolidate import consolidate
from listserv.store import dialogues

#: Seconds for which a page that was made is given again.
KEPT = 60.0

_POLICY = "default-src 'none'; style-src 'unsafe-inline'; frame-ancestors 'none'; base-uri 'none'; form-action 'none'"


@dataclass(slots=True)
class _Shelf:
    """The pages made last, by dialogue."""

    made: dict[int, tuple[float, str]] = field(default_factory=dict)


def routes(engine: Engine) -> list[Route]:
    shelf = _Shelf()

    async def report(request: Request) -> Response:
        slug, token = request.path_params["slug"], request.path_params.get("token", "")
        page = await engine.run(lambda: _page(engine, shelf, slug, token))
        return HTMLResponse(page, headers={"Content-Security-Policy": _POLICY})

    return [
        Route("/{slug}/report", report, methods=["GET"]),
        Route("/{slug}/report/{token}", report, methods=["GET"]),
    ]


def _page(engine: Engine, shelf: _Shelf, slug: str, token: str) -> str:
    with engine.session.read() as connection:
        dialogue = dialogues.read(connection, slug)
        if dialogue is None or not _may(engine, dialogue, token) or not circulate.sent(connection, dialogue):
            raise HTTPException(404)
        at, page = shelf.made.get(dialogue.id, (0.0, ""))
        if not page or time.monotonic() - at > KEPT:
            made = consolidate(connection, engine.site, dialogue, engine.now())
            page = html.page(made.report, files.templates())
            shelf.made[dialogue.id] = (time.monotonic(), page)
    return page


def _may(engine: Engine, dialogue: Dialogue, token: str) -> bool:
    archive = dialogue.policy.archive
    if archive == "participants":
        return bool(token) and engine.site.addresses.read_token("report", token) == dialogue.id
    return archive == "public"

"""`/SLUG/report`: the report on one page, and as PDF, once it has been sent to the participants.

Where the archive is public, for all; where it is for participants, for whoever has the link of the report's mail,
`/SLUG/report/TOKEN`; where it is for nobody, not here. With ".pdf" behind it, the pages to print. It is made anew when
what it was made from is a minute old, so that who is erased or wishes not to be named any more is soon out of it. GET
and HEAD; changes nothing.
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
from listserv.core.sentence import Sentence
from listserv.edge import files
from listserv.edge.web.attachment import disposition
from listserv.edge.web.engine import Engine
from listserv.steps import circulate
from listserv.steps.consolidate import consolidate
from listserv.store import dialogues

#: Seconds for which what was made is given again.
KEPT = 60.0

_POLICY = "default-src 'none'; style-src 'unsafe-inline'; frame-ancestors 'none'; base-uri 'none'; form-action 'none'"


@dataclass(slots=True)
class _Shelf:
    """What was made last, by dialogue and form."""

    made: dict[tuple[int, str], tuple[float, bytes]] = field(default_factory=dict)


def routes(engine: Engine) -> list[Route]:
    shelf = _Shelf()

    async def report(request: Request) -> Response:
        slug, token = request.path_params["slug"], request.path_params.get("token", "")
        page = await engine.run(lambda: _made(engine, shelf, slug, token, "html"))
        return HTMLResponse(page, headers={"Content-Security-Policy": _POLICY})

    async def printed(request: Request) -> Response:
        slug, token = request.path_params["slug"], request.path_params.get("token", "")
        pdf = await engine.run(lambda: _made(engine, shelf, slug, token, "pdf"))
        headers = {"Content-Disposition": disposition(f"{slug}-report.pdf")}
        return Response(pdf, media_type="application/pdf", headers=headers)

    return [
        Route("/{slug}/report.pdf", printed, methods=["GET"]),
        Route("/{slug}/report/{token}.pdf", printed, methods=["GET"]),
        Route("/{slug}/report", report, methods=["GET"]),
        Route("/{slug}/report/{token}", report, methods=["GET"]),
    ]


def _made(engine: Engine, shelf: _Shelf, slug: str, token: str, form: str) -> bytes:
    with engine.session.read() as connection:
        dialogue = dialogues.read(connection, slug)
        if dialogue is None or not _may(engine, dialogue, token) or not circulate.sent(connection, dialogue):
            raise HTTPException(404)
        at, made = shelf.made.get((dialogue.id, form), (0.0, b""))
        if made and time.monotonic() - at <= KEPT:
            return made
        now = engine.now()
        report = consolidate(connection, engine.site, dialogue, now).report
    if form == "pdf":
        from listserv.edge.report import pages  # Typst is loaded for the first who asks

        made = pages.pdf(report, files.templates(), now)
    else:
        label = engine.site.wording.said(Sentence("Download as PDF"), report.language)
        made = html.page(report, files.templates(), [(label, f"{token or 'report'}.pdf")]).encode()
    shelf.made[dialogue.id, form] = (time.monotonic(), made)
    return made


def _may(engine: Engine, dialogue: Dialogue, token: str) -> bool:
    archive = dialogue.policy.archive
    if archive == "participants":
        return bool(token) and engine.site.addresses.read_token("report", token) == dialogue.id
    return archive == "public" and not token

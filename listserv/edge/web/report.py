"""`/SLUG/report`: the report on one page, and as PDF, once it has been sent to the participants.

Where the archive is public, for all; where it is for participants, for those and for whoever has the link of the
report's mail, `/SLUG/report/TOKEN`; where it is for nobody, not here. With ".pdf" behind it, the pages to print. It is
kept for a minute (shelf), unless something was done meanwhile: who is erased or wishes not to be named any more is out
of it at once. GET and HEAD; changes nothing.
"""

from __future__ import annotations

from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import HTMLResponse, Response
from starlette.routing import Route

from listserv.core.dialogue.model import Dialogue
from listserv.core.publication.forms import html
from listserv.core.sentence import Sentence
from listserv.edge import files
from listserv.edge.web import access
from listserv.edge.web.attachment import disposition
from listserv.edge.web.engine import Engine
from listserv.edge.web.packed import packed
from listserv.edge.web.shelf import Shelf
from listserv.steps import circulate
from listserv.steps.consolidate import consolidate
from listserv.store.session import Connection

_POLICY = "default-src 'none'; style-src 'unsafe-inline'; frame-ancestors 'none'; base-uri 'none'; form-action 'none'"


def routes(engine: Engine) -> list[Route]:
    shelf: Shelf[bytes] = Shelf()

    async def report(request: Request) -> Response:
        page = await engine.run(lambda: _made(engine, shelf, request, "html"))
        return packed(request, HTMLResponse(page, headers={"Content-Security-Policy": _POLICY}))

    async def printed(request: Request) -> Response:
        pdf = await engine.run(lambda: _made(engine, shelf, request, "pdf"))
        headers = {"Content-Disposition": disposition(f"{request.path_params['slug']}-report.pdf")}
        return Response(pdf, media_type="application/pdf", headers=headers)

    return [
        Route("/{slug}/report.pdf", printed, methods=["GET"]),
        Route("/{slug}/report/{token}.pdf", printed, methods=["GET"]),
        Route("/{slug}/report", report, methods=["GET"]),
        Route("/{slug}/report/{token}", report, methods=["GET"]),
    ]


def _made(engine: Engine, shelf: Shelf[bytes], request: Request, form: str) -> bytes:
    token = request.path_params.get("token", "")
    with engine.session.read() as connection:
        dialogue = _dialogue(engine, connection, request, token)
        if not circulate.sent(connection, dialogue):
            raise HTTPException(404)
        done, key = engine.standing(connection).done, (dialogue.id, form, token)
        return shelf.take(done, key, lambda: _make(engine, connection, dialogue, form, token))


def _make(engine: Engine, connection: Connection, dialogue: Dialogue, form: str, token: str) -> bytes:
    now = engine.standing(connection).now
    report = consolidate(connection, engine.site, dialogue, now, archived=True).report
    if form == "pdf":
        from listserv.edge.report import pages  # Typst is loaded for the first who asks

        return pages.pdf(report, files.templates(), now)
    said, language = engine.site.wording.said, report.language
    links = [
        (said(Sentence("Download as PDF"), language), f"{token or 'report'}.pdf"),
        (said(Sentence("Pages of this dialogue"), language), f"{engine.root}/{dialogue.slug}/"),
    ]
    return html.page(report, files.templates(), links).encode()


def _dialogue(engine: Engine, connection: Connection, request: Request, token: str) -> Dialogue:
    """Raises LoginWanted, or HTTPException 404."""
    if not token:
        return access.archive(engine, connection, request).dialogue
    dialogue = engine.dialogue(connection, request.path_params["slug"])
    if dialogue.policy.archive != "participants":
        raise HTTPException(404)
    if engine.site.addresses.read_token("report", token) != dialogue.id:
        raise HTTPException(404)
    return dialogue

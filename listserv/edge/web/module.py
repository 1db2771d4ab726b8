"""`/SLUG/module/N`: its aim, its guiding questions with how many answer each, and its contributions as threads.

`?question=2` and `?tag=…` show those that answer that question or bear that tag, in their order; `?page=2` goes on.
Where the archive is for nobody, only what the programme says.
"""

from __future__ import annotations

from collections import Counter
from urllib.parse import quote

from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import HTMLResponse, Response
from starlette.routing import Route

from listserv.core.dialogue import tags
from listserv.core.dialogue.model import Dialogue, Module
from listserv.core.mail.mailto import mailto
from listserv.core.publication.nesting import nested
from listserv.edge.web import access
from listserv.edge.web.access import Reader
from listserv.edge.web.engine import Engine
from listserv.edge.web.entry import entry
from listserv.edge.web.paging import EACH, asked, pages
from listserv.edge.web.strangers import shown
from listserv.store import reading
from listserv.store.session import Connection

#: Tags that one may choose from.
TAGS = 30


def routes(engine: Engine) -> list[Route]:
    async def module(request: Request) -> Response:
        return await engine.run(lambda: shown(engine, request, lambda connection: _page(engine, connection, request)))

    return [Route("/{slug}/module/{number:number}", module, methods=["GET"])]


def _page(engine: Engine, connection: Connection, request: Request) -> Response:
    reader = access.programme(engine, connection, request)
    module = reader.dialogue.module(request.path_params["number"])
    if module is None:
        raise HTTPException(404)

    def made(reader: Reader) -> HTMLResponse:
        return _made(engine, connection, request, reader, module)

    return access.alike(engine, connection, request, reader, made)


def _made(engine: Engine, connection: Connection, request: Request, reader: Reader, module: Module) -> HTMLResponse:
    dialogue = reader.dialogue
    said = _said(connection, request, dialogue, module) if reader.archive else _NOTHING
    address = engine.site.addresses.dialogue(dialogue.slug)
    return access.page(
        engine,
        request,
        reader,
        "module",
        here="",
        module=module,
        state=str(module.state(reader.now, dialogue.policy.grace)),
        link=(address, mailto(address, f"[{dialogue.slug} {module.number}]")),
        **said,
    )


def _said(connection: Connection, request: Request, dialogue: Dialogue, module: Module) -> dict[str, object]:
    """What was said in it, as far as it is asked for."""
    question, tag = _question(request, module), request.query_params.get("tag", "")[: tags.LONGEST]
    thread = reading.thread(connection, dialogue.id, module.number)
    if question or tag:
        wanted = {one for one, _ in thread}
        if question:
            wanted &= reading.answering(connection, dialogue.id, module.number, question)
        if tag:
            wanted &= reading.tagged(connection, dialogue.id, module.number, tag)
        order = [(one, 0) for one, _ in thread if one in wanted]
    else:
        order = nested(thread)
    page = asked(request, "page", pages(len(order)))
    shown = order[(page - 1) * EACH : page * EACH]
    rows = reading.listed(connection, [one for one, _ in shown])
    return {
        "count": len(thread),
        "found": len(order),
        "question": question,
        "tag": tag,
        "page": page,
        "pages": pages(len(order)),
        "chosen": (f"question={question}&" if question else "") + (f"tag={quote(tag, safe='')}&" if tag else ""),
        # Further pages are the list alone: less to load, and to read past.
        "answered": reading.per_question(connection, dialogue.id, module.number) if page == 1 else Counter(),
        # Of a question that one of the unplaced may answer nobody is told that none did: its author would read it.
        "placed": page == 1 and reading.all_placed(connection, dialogue.id, module.number),
        "tags": reading.tags(connection, dialogue.id, module.number)[:TAGS] if page == 1 else [],
        "entries": [entry(dialogue, rows[one], depth) for one, depth in shown],
    }


_NOTHING: dict[str, object] = {
    **dict.fromkeys(("count", "found", "question", "placed"), 0),
    **{"tag": "", "page": 1, "pages": 1, "chosen": "", "answered": Counter(), "tags": [], "entries": []},
}


def _question(request: Request, module: Module) -> int:
    """The number of the guiding question asked for; 0: none. Raises 404 for one that the module has not."""
    return asked(request, "question", len(module.questions)) if "question" in request.query_params else 0

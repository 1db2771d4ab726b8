"""`/SLUG/moderate/ID/edit`: its text and subject to mend; the author's own is kept, and what was changed is shown.

Who saves what another has edited meanwhile is told, sees what is there now, and has their own words still in the form.
"""

from __future__ import annotations

from collections.abc import Mapping

from starlette.requests import Request
from starlette.responses import RedirectResponse, Response
from starlette.routing import Route

from listserv.core.dialogue import mending
from listserv.edge.web import access
from listserv.edge.web.access import Reader
from listserv.edge.web.engine import Engine
from listserv.edge.web.guard import LIMIT
from listserv.edge.web.moderation import desk
from listserv.edge.web.moderation.desk import Trouble
from listserv.errors import Refused
from listserv.steps import amend

#: Octets of a text that a form can bring back.
ROOM = LIMIT - 4096


def routes(engine: Engine) -> list[Route]:
    async def edit(request: Request) -> Response:
        if request.method == "POST":
            return await desk.posted(engine, request, lambda fields: _post(engine, request, fields))
        return await engine.run(lambda: _page(engine, request, desk.moderator(engine, request)))

    return [Route("/{slug}/moderate/{id:number}/edit", edit, methods=["GET", "POST"])]


def _page(
    engine: Engine,
    request: Request,
    reader: Reader,
    typed: tuple[str, str] | None = None,
    trouble: Trouble | None = None,
    empty: bool = False,
) -> Response:
    """`typed`: subject and text as they were left in the form, when it was refused."""
    now = engine.now()
    with engine.session.read() as connection:
        row = desk.one(connection, reader, request)
    subject, text = typed or (row["subject"], row["text"])
    claimed = desk.claimed(row, now)
    return access.page(
        engine,
        request,
        reader,
        "moderation/edit",
        409 if trouble or empty else 200,
        here="moderate",
        now=engine.now(),
        row=row,
        subject=subject,
        text=text,
        version=amend.version(row),
        theirs=mending.changes(text, row["text"]) if typed and not empty else [],
        long=len(row["text"].encode("utf-8", "replace")) > ROOM,
        claimed=claimed if claimed != desk.actor(reader) else "",
        until=row["claimed_until"],
        empty=empty,
        trouble=trouble,
    )


def _post(engine: Engine, request: Request, fields: Mapping[str, str]) -> Response:
    reader = desk.moderator(engine, request, fields)
    with engine.session.read() as connection:
        row = desk.one(connection, reader, request)
    subject, text = fields.get("subject", ""), fields.get("text", "").replace("\r\n", "\n")
    typed, actor = (subject, text), desk.actor(reader)
    if way := desk.in_the_way(reader, row, engine.now(), [fields.get("over", "")]):
        return _page(engine, request, reader, typed, way)
    if not text.strip():
        return _page(engine, request, reader, typed, empty=True)
    made_from = fields.get("version", "") or "none"
    try:
        amend.edit(engine.session, engine.now(), row["id"], actor, text, subject, made_from=made_from)
    except Refused as error:
        return _page(engine, request, reader, typed, desk.refused(engine, row["id"], error))
    return RedirectResponse(f"{desk.base(engine, reader)}{row['id']}?noted=edit", 303)

"""`/SLUG/moderate/roundup/ID`: the draft as it would be sent now, to how many; POST sends it now or skips it.

Editing and notes are for the command line. What is sent here is what `listserv roundup send` sends.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import RedirectResponse, Response
from starlette.routing import Route

from listserv.core.dialogue.model import RoundupState
from listserv.edge.web import access
from listserv.edge.web.access import Reader
from listserv.edge.web.engine import Engine
from listserv.edge.web.moderation import desk
from listserv.edge.web.moderation.desk import Trouble
from listserv.errors import Refused
from listserv.steps import compose, drafting, publish
from listserv.store import outbox, roundups
from listserv.store.session import Connection


def routes(engine: Engine) -> list[Route]:
    async def roundup(request: Request) -> Response:
        if request.method == "POST":
            return await desk.posted(engine, request, lambda fields: _post(engine, request, fields))
        return await engine.run(lambda: _page(engine, request, desk.moderator(engine, request)))

    return [Route("/{slug}/moderate/roundup/{id:number}", roundup, methods=["GET", "POST"])]


def _row(connection: Connection, reader: Reader, request: Request) -> Any:
    number = request.path_params["id"]
    row = roundups.get(connection, number) if number < desk.MOST else None
    if row is None or row["dialogue_id"] != reader.dialogue.id:
        raise HTTPException(404)
    return row


def _page(engine: Engine, request: Request, reader: Reader, trouble: Trouble | None = None) -> Response:
    dialogue = reader.dialogue
    with engine.session.read() as connection:
        row = _row(connection, reader, request)
        text = row["text"]
        if row["state"] == RoundupState.DRAFT and row["edited_by"] is None:
            text = drafting.draw_up(connection, engine.site, dialogue, engine.now()).text
        unsent = row["state"] in drafting.UNSENT
        doubts = drafting.untraced(connection, dialogue, text) if unsent else []
        number = roundups.number_of(connection, row)
        people = outbox.would_get(connection, dialogue.id, compose.ROUNDUPS)
    return access.page(
        engine,
        request,
        reader,
        "moderation/roundup",
        409 if trouble else 200,
        here="moderate",
        now=engine.now(),
        row=row,
        number=number,
        text=text,
        doubts=doubts,
        people=people,
        networks=[one.name for one in dialogue.networks],
        unsent=unsent,
        trouble=trouble,
    )


def _post(engine: Engine, request: Request, fields: Mapping[str, str]) -> Response:
    reader = desk.moderator(engine, request, fields)
    with engine.session.read() as connection:
        row = _row(connection, reader, request)
    session, now, dialogue, actor = engine.session, engine.now(), reader.dialogue, desk.actor(reader)
    try:
        if fields.get("act") == "send":
            publish.send(session, now, engine.site, dialogue, row["period"], actor)  # false: it had been
        elif fields.get("act") == "skip":
            publish.skip(session, now, dialogue, row["id"], actor)
        else:
            raise HTTPException(400)
    except Refused as error:
        with session.read() as connection:
            state = _row(connection, reader, request)["state"]
        if state != RoundupState.SKIPPED:  # else it is so already: the form came twice
            return _page(engine, request, reader, Trouble(said=str(error)))
    return RedirectResponse(f"{desk.base(engine, reader)}roundup/{row['id']}", 303)

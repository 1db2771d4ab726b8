"""`/SLUG/moderate/request/ID`: somebody who asks to take part, and what they told; POST says yes or no.

ID is that of the participation. Either sends a mail, so it takes this page and a button.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import RedirectResponse, Response
from starlette.routing import Route

from listserv.core.dialogue.model import TAKING_PART, Participation
from listserv.edge.web import access
from listserv.edge.web.access import Reader
from listserv.edge.web.engine import Engine
from listserv.edge.web.moderation import desk
from listserv.edge.web.moderation.desk import Trouble
from listserv.errors import Refused
from listserv.steps import enrol, profile
from listserv.store import people
from listserv.store.session import Connection

_WAITS = (Participation.REQUESTED, Participation.INVITED)


def routes(engine: Engine) -> list[Route]:
    async def asking(request: Request) -> Response:
        if request.method == "POST":
            return await desk.posted(engine, request, lambda fields: _post(engine, request, fields))
        return await engine.run(lambda: _page(engine, request, desk.moderator(engine, request)))

    return [Route("/{slug}/moderate/request/{id:number}", asking, methods=["GET", "POST"])]


def _part(connection: Connection, reader: Reader, request: Request) -> Any:
    number = request.path_params["id"]
    part = people.part(connection, number) if number < desk.MOST else None
    if part is None or part["dialogue_id"] != reader.dialogue.id:
        raise HTTPException(404)
    return part


def _page(
    engine: Engine, request: Request, reader: Reader, trouble: Trouble | None = None, reason: str = ""
) -> Response:
    with engine.session.read() as connection:
        part = _part(connection, reader, request)
        asked = profile.questions(connection, reader.dialogue.id)
    return access.page(
        engine,
        request,
        reader,
        "moderation/request",
        409 if trouble else 200,
        here="moderate",
        now=engine.now(),
        part=part,
        told=profile.noted(asked, profile.known(part, asked)),
        waits=part["status"] in _WAITS,
        takes_part=part["status"] in TAKING_PART,
        waited=engine.now() - part["changed_at"],
        reason=reason,
        trouble=trouble,
    )


def _post(engine: Engine, request: Request, fields: Mapping[str, str]) -> Response:
    reader = desk.moderator(engine, request, fields)
    with engine.session.read() as connection:
        part = _part(connection, reader, request)
    session, now, site, dialogue, actor = engine.session, engine.now(), engine.site, reader.dialogue, desk.actor(reader)
    reason, act = fields.get("reason", "").replace("\r\n", "\n").strip(), fields.get("act")
    try:
        if act == "approve":
            enrol.approve(session, now, site, dialogue, part["address"], actor)
        elif act == "decline":
            enrol.decline(session, now, site, dialogue, part["address"], actor, reason)
        else:
            raise HTTPException(400)
    except Refused as error:
        with session.read() as connection:
            status = _part(connection, reader, request)["status"]
        wanted = TAKING_PART if act == "approve" else (Participation.DECLINED,)
        if status not in wanted:  # else it is so already: the form came twice
            return _page(engine, request, reader, Trouble(said=str(error)), reason)
    return RedirectResponse(f"{desk.base(engine, reader)}request/{part['id']}", 303)

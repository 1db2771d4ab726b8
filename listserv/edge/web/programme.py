"""`/SLUG/`: a dialogue's programme, what is open now and how to take part, what was said last. `/SLUG` leads there."""

from __future__ import annotations

import re
from collections import Counter
from datetime import datetime

from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import HTMLResponse, RedirectResponse, Response
from starlette.routing import Route

from listserv.core.dialogue.model import Dialogue, Module
from listserv.core.mail.discretion import out_of_sight
from listserv.core.mail.mailto import mailto
from listserv.edge.web import access
from listserv.edge.web.access import Reader
from listserv.edge.web.engine import Engine
from listserv.edge.web.entry import entry
from listserv.edge.web.strangers import shown
from listserv.steps import circulate
from listserv.store import people, reading
from listserv.store.session import Connection

#: Contributions that stand on it.
LATEST = 8

_SLUG = re.compile("[a-z0-9]{2,20}")


def routes(engine: Engine) -> list[Route]:
    async def programme(request: Request) -> Response:
        return await engine.run(lambda: shown(engine, request, lambda connection: _page(engine, connection, request)))

    async def slashed(request: Request) -> Response:
        slug = request.path_params["slug"]
        if not _SLUG.fullmatch(slug):
            raise HTTPException(404)
        return RedirectResponse(f"{engine.root}/{slug}/", 308)

    return [
        Route("/{slug}/", programme, methods=["GET"]),
        Route("/{slug}", slashed, methods=["GET"]),
    ]


def _page(engine: Engine, connection: Connection, request: Request) -> Response:
    reader = access.programme(engine, connection, request)

    def made(reader: Reader) -> HTMLResponse:
        return _made(engine, connection, request, reader)

    return access.alike(engine, connection, request, reader, made)


def _made(engine: Engine, connection: Connection, request: Request, reader: Reader) -> HTMLResponse:
    dialogue = reader.dialogue
    staff = people.moderators(connection, dialogue.id)
    counts = reading.counts(connection, dialogue.id) if reader.archive else Counter[int]()
    latest = reading.latest(connection, dialogue.id, LATEST) if reader.archive else []
    reported = reader.archive and circulate.sent(connection, dialogue)
    address = engine.site.addresses.dialogue(dialogue.slug)
    module = dialogue.open_module()
    return access.page(
        engine,
        request,
        reader,
        "programme",
        here="programme",
        open=module,
        days=days_left(dialogue, module, reader.now) if module else None,
        ahead=next((one for one in dialogue.modules if not one.opened_at and not one.closed_at), None),
        counts=counts,
        latest=[entry(dialogue, row) for row in latest],
        moderators=[out_of_sight(one["name"]) for one in staff if one["name"]],
        reported=reported,
        takes_part=reader.part is not None,
        owner=engine.site.addresses.owner(dialogue.slug),
        link=(address, mailto(address, f"[{dialogue.slug} {module.number}]" if module else "")),
    )


def days_left(dialogue: Dialogue, module: Module, now: datetime) -> int | None:
    """Days until a module closes, by the dialogue's calendar; 0: it does today. None: it has no closing date."""
    if module.closes_at is None:
        return None
    last, today = (at.astimezone(dialogue.zone).date() for at in (module.closes_at, now))
    return max(0, (last - today).days)

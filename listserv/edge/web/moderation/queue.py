"""`/SLUG/moderate/`: what waits, oldest first, with why; who asks to take part; the draft of a round-up.

`?module=`, `?reason=` (a rule's name) and `?mine=1` choose; `?page=`; `?done=12,13`: what has just been decided upon,
and can be taken back for a moment. POST to `undo` takes back.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from typing import Any
from urllib.parse import urlencode

from starlette.requests import Request
from starlette.responses import RedirectResponse, Response
from starlette.routing import Route

from listserv.core.dialogue.model import ContributionState
from listserv.core.dialogue.reasons import NAMES, striking, telling
from listserv.core.mail.threads import base_subject
from listserv.edge.web import access
from listserv.edge.web.access import Reader
from listserv.edge.web.engine import Engine
from listserv.edge.web.moderation import desk
from listserv.edge.web.moderation.desk import Trouble
from listserv.errors import Refused
from listserv.steps import undo as undoing
from listserv.steps.drafting import UNSENT
from listserv.store import roundups, waiting

#: Contributions on a page.
PAGE = 50


def routes(engine: Engine) -> list[Route]:
    async def queue(request: Request) -> Response:
        return await engine.run(lambda: page(engine, request, desk.moderator(engine, request)))

    async def whole(request: Request) -> Response:
        return RedirectResponse(f"{engine.root}/{request.path_params['slug']}/moderate/", 303)

    async def undo(request: Request) -> Response:
        if request.method != "POST":  # by the way of a login
            return await whole(request)
        return await desk.posted(engine, request, lambda fields: _undo(engine, request, fields))

    return [
        Route("/{slug}/moderate/", queue, methods=["GET"]),
        Route("/{slug}/moderate", whole, methods=["GET"]),
        Route("/{slug}/moderate/undo", undo, methods=["GET", "POST"]),
    ]


def page(
    engine: Engine, request: Request, reader: Reader, status: int = 200, trouble: Trouble | None = None
) -> Response:
    now, asked, dialogue = engine.now(), request.query_params, reader.dialogue
    with engine.session.read() as connection:
        held = waiting.rows(connection, dialogue.id)
        asking = waiting.requests(connection, dialogue.id)
        drafts = [row for row in roundups.rows(connection, dialogue.id) if row["state"] in UNSENT]
        done = desk.outcomes(connection, reader, desk.ids(asked.get("done", "")))
    mine = desk.actor(reader)
    chosen = {key: asked.get(key, "") for key in ("module", "reason", "mine")}
    rows = [row for row in held if _wanted(row, chosen, desk.claimed(row, now) == mine)]
    number, last = _number(asked.get("page", "")), max(1, -(-len(rows) // PAGE))
    number = min(number, last)
    shown = [
        {
            "id": row["id"],
            "subject": base_subject(row["subject"], dialogue.slug) or row["subject"],
            "name": row["person_name"] or row["from_name"] or row["from_address"],
            "module": row["module"],
            "words": row["words"],
            "waited": now - row["received_at"],
            "reasons": telling(row["reasons"])[:2],
            "strikes": striking(row["reasons"]),
            "claimed": desk.claimed(row, now),
            "until": row["claimed_until"],
        }
        for row in rows[(number - 1) * PAGE : number * PAGE]
    ]
    return access.page(
        engine,
        request,
        reader,
        "moderation/queue",
        status,
        here="moderate",
        now=engine.now(),
        held=len(held),
        waited=now - held[0]["received_at"] if held else None,
        rows=shown,
        found=len(rows),
        chosen=chosen,
        modules=sorted(Counter(row["module"] for row in held).items(), key=lambda one: one[0] or 0),
        unticked=asked.get("unticked", ""),
        reasons=_reasons(held),
        number=number,
        last=last,
        query=urlencode({key: value for key, value in chosen.items() if value}),
        mine=mine,
        asking=[dict(row) | {"waited": now - row["changed_at"]} for row in asking],
        drafts=drafts,
        done=done,
        trouble=trouble,
    )


def _wanted(row: Mapping[str, Any], chosen: Mapping[str, str], mine: bool) -> bool:
    return (
        (not chosen["module"] or str(row["module"] or "none") == chosen["module"])
        and (not chosen["reason"] or any(rule == chosen["reason"] for rule, _ in row["reasons"]))
        and (not chosen["mine"] or mine)
    )


def _reasons(held: Sequence[Mapping[str, Any]]) -> list[tuple[str, str, int]]:
    """The rules that hold something: name, how it is read, how many."""
    counts = Counter(rule for row in held for rule in {rule for rule, _ in row["reasons"]})
    known = [*NAMES, *sorted(counts.keys() - NAMES.keys())]
    return [(rule, NAMES.get(rule, rule), counts[rule]) for rule in known if counts[rule]]


def _number(said: str) -> int:
    return max(1, int(said)) if said.isascii() and said.isdigit() and len(said) < 7 else 1


def _undo(engine: Engine, request: Request, fields: Mapping[str, str]) -> Response:
    """Take back releases, the latest first (numbers have no gaps), and discards."""
    reader = desk.moderator(engine, request, fields)
    with engine.session.read() as connection:
        which = desk.outcomes(connection, reader, desk.ids(fields.get("ids", "")))
    for one in reversed(which):
        try:
            undoing.undo(engine.session, engine.now(), one.id, desk.actor(reader))
        except Refused as error:
            if not desk.settled(engine, reader, one.id, ContributionState.HELD):
                return page(engine, request, reader, 409, Trouble(said=str(error)))
    done = ",".join(str(one.id) for one in which)
    only = f"{which[0].id}" if len(which) == 1 else ""
    return RedirectResponse(f"{desk.base(engine, reader)}{only}?done={done}", 303)

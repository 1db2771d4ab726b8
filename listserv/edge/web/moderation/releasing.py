"""`/SLUG/moderate/release?id=12&id=13`: several at once, each as it would go out and to how many people, then they go.

Also the second step of a single release, where the dialogue leaves no time to take one back (listserv.toml: undo).
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from starlette.requests import Request
from starlette.responses import RedirectResponse, Response
from starlette.routing import Route

from listserv.core.dialogue.model import ContributionState
from listserv.core.dialogue.reasons import telling
from listserv.core.publication import byline
from listserv.edge.web import access
from listserv.edge.web.access import Reader
from listserv.edge.web.engine import Engine
from listserv.edge.web.moderation import desk
from listserv.errors import Refused
from listserv.steps import compose, moderate
from listserv.store import contributions, outbox

#: Released together, at most, and letters shown of each.
TOGETHER, LETTERS = 50, 600


def routes(engine: Engine) -> list[Route]:
    async def release(request: Request) -> Response:
        if request.method == "POST":
            return await desk.posted(engine, request, lambda fields: _release(engine, request, fields))
        wanted = desk.ids(",".join(request.query_params.getlist("id")))
        return await engine.run(lambda: _page(engine, request, desk.moderator(engine, request), wanted))

    return [Route("/{slug}/moderate/release", release, methods=["GET", "POST"])]


def _page(
    engine: Engine,
    request: Request,
    reader: Reader,
    wanted: Sequence[int],
    *,
    done: Sequence[int] = (),
    refused: Mapping[int, str] | None = None,
) -> Response:
    """`refused`: of those just tried, why not."""
    now, dialogue = engine.now(), reader.dialogue
    with engine.session.read() as connection:
        found = [row for one in wanted[:TOGETHER] if (row := contributions.get(connection, one))]
        found = [row for row in found if row["dialogue_id"] == dialogue.id]
        people = outbox.would_get(connection, dialogue.id, compose.EACH)
        outcomes = desk.outcomes(connection, reader, done)
    rows = [row for row in found if row["state"] == ContributionState.HELD]
    if not rows and not refused:
        return RedirectResponse(f"{desk.base(engine, reader)}?unticked=1", 303)
    others = [row for row in rows if desk.claimed(row, now) not in ("", desk.actor(reader))]
    return access.page(
        engine,
        request,
        reader,
        "moderation/release",
        409 if refused else 200,
        here="moderate",
        now=engine.now(),
        rows=[_shown(row) | {"claimed": desk.claimed(row, now), "until": row["claimed_until"]} for row in rows],
        gone=[row for row in found if row["state"] != ContributionState.HELD] if refused else [],
        seen=",".join(str(row["id"]) for row in others),
        actor=desk.actor(reader),
        people=people,
        seconds=int(dialogue.policy.waiting.undo.total_seconds()),
        done=outcomes,
        refused=refused or {},
        closed=bool(dialogue.closed_at),
        opened=dialogue.open_module() is not None,
    )


def _shown(row: Mapping[str, Any]) -> dict[str, Any]:
    text = row["text"].strip("\n")
    return {
        "id": row["id"],
        "subject": row["subject"],
        "byline": byline.of(row),
        "module": row["module"],
        "words": row["words"],
        "reasons": telling(row["reasons"]),
        "text": text[:LETTERS],
        "more": len(text) > LETTERS,
    }


def _release(engine: Engine, request: Request, fields: Mapping[str, str]) -> Response:
    reader = desk.moderator(engine, request, fields)
    now, seen = engine.now(), desk.ids(fields.get("seen", ""))
    refused: dict[int, str] = {}
    wanted, settled = [], []
    with engine.session.read() as connection:
        for number in desk.ids(fields.get("ids", ""))[:TOGETHER]:
            row = contributions.get(connection, number)
            if row is None or row["dialogue_id"] != reader.dialogue.id:
                continue
            if row["state"] == ContributionState.RELEASED and row["decided_by"] == desk.actor(reader):
                settled.append(number)  # the form came twice
            elif number not in seen and (way := desk.in_the_way(reader, row, now, ())):
                refused[number] = way.claimed
            else:
                wanted.append(number)
    wait = reader.dialogue.policy.waiting.undo.total_seconds()
    several = moderate.release_several(engine.session, now, engine.site, wanted, desk.actor(reader), wait=wait)
    for number, outcome in zip(wanted, several, strict=True):
        ours = desk.settled(engine, reader, number, ContributionState.RELEASED)  # also by the same form, just before
        if isinstance(outcome, Refused) and not ours:
            refused[number] = str(outcome)
        else:
            settled.append(number)
    if refused:
        return _page(engine, request, reader, list(refused), done=settled, refused=refused)
    return RedirectResponse(f"{desk.base(engine, reader)}?done={','.join(map(str, settled))}", 303)

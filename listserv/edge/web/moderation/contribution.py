"""`/SLUG/moderate/ID`: one contribution with all that a moderator weighs, and what they do with it, each a POST here.

The field `act` says what: release, discard, undo, claim, unclaim, move, questions, tags, leave-out. What takes a page
of its own is in returning, editing and passages. A refusal is this page again, status 409, with what was typed in it.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from listserv.core.dialogue import backscatter, mending
from listserv.core.dialogue.model import ContributionState
from listserv.core.dialogue.reasons import striking, telling
from listserv.core.dialogue.tags import Kind
from listserv.core.mail.level import IN_WORDS
from listserv.core.mail.threads import base_subject
from listserv.core.publication import byline
from listserv.core.publication.passages import stands
from listserv.edge.web import access
from listserv.edge.web.access import Reader
from listserv.edge.web.attachment import disposition, media_type
from listserv.edge.web.engine import Engine
from listserv.edge.web.moderation import acts, desk
from listserv.edge.web.moderation.desk import Trouble
from listserv.steps import compose, mend, weigh
from listserv.store import attachments, contributions, originals, outbox, waiting
from listserv.store.session import Connection

#: Of its author's earlier ones, and letters of the one it answers.
EARLIER, LETTERS = 10, 1500
#: Letters of a text that are shown unless `?whole=1` asks for all: a page is for slow lines.
READ = 16_000


def routes(engine: Engine) -> list[Route]:
    async def contribution(request: Request) -> Response:
        if request.method == "POST":
            return await desk.posted(engine, request, lambda fields: _act(engine, request, fields))
        return await engine.run(lambda: page(engine, request, desk.moderator(engine, request)))

    async def file(request: Request) -> Response:
        return await engine.run(lambda: _file(engine, request))

    return [
        Route("/{slug}/moderate/{id:number}", contribution, methods=["GET", "POST"]),
        Route("/{slug}/moderate/{id:number}/file/{file:number}/{name:path}", file, methods=["GET"]),
    ]


def _act(engine: Engine, request: Request, fields: Mapping[str, str]) -> Response:
    reader = desk.moderator(engine, request, fields)
    with engine.session.read() as connection:
        row = desk.one(connection, reader, request)
    outcome = acts.act(engine, reader, row, fields)
    if isinstance(outcome, Response):
        return outcome
    return page(engine, request, reader, 409, outcome, fields)


def page(
    engine: Engine,
    request: Request,
    reader: Reader,
    status: int = 200,
    trouble: Trouble | None = None,
    kept: Mapping[str, str] | None = None,
) -> Response:
    """`kept`: what was typed into a form that was refused."""
    now, dialogue, asked = engine.now(), reader.dialogue, request.query_params
    with engine.session.read() as connection:
        row = desk.one(connection, reader, request)
        whole = weigh.weigh(connection, now, row["id"])
        held = [one.id for one in contributions.waiting(connection, dialogue.id)]
        values = _told(connection, whole)
        this = [] if row["state"] == ContributionState.HELD else desk.outcomes(connection, reader, [row["id"]])
        just = [one for one in desk.ids(asked.get("done", "")) if one != row["id"] or not this]
        done = desk.outcomes(connection, reader, just)
        people = outbox.would_get(connection, dialogue.id, compose.EACH)
    mine, claimed = desk.actor(reader), desk.claimed(row, now)
    strikes = {text for rule, text in row["reasons"] if striking([(rule, text)])}
    return access.page(
        engine,
        request,
        reader,
        "moderation/contribution",
        status,
        here="moderate",
        now=engine.now(),
        row=row,
        subject=base_subject(row["subject"], dialogue.slug) or row["subject"],
        whole=whole,
        text=row["text"].strip("\n"),
        cut=row["cut"].strip("\n"),
        most=max(len(row["text"]), len(row["cut"])) if asked.get("whole") else READ,
        waited=now - row["received_at"],
        module=dialogue.module(row["module"]),
        proof_of_author=IN_WORDS[row["authentication"]],
        reasons=[(text, text in strikes) for text in telling(row["reasons"])],
        noted=contributions.questions(row),
        kinds=[kind.said for kind in Kind],
        claimed=claimed,
        mine=claimed == mine,
        over="" if claimed == mine else claimed,
        people=people,
        seconds=int(dialogue.policy.waiting.undo.total_seconds()),
        nowhere=row["module"] is None and dialogue.open_module() is None,
        risk=backscatter.risk(row["reasons"]),
        following=_following(held, row["id"]),
        place=held.index(row["id"]) + 1 if row["id"] in held else 0,
        held=len(held),
        this=this,
        done=done,
        noted_now=asked.get("noted", ""),
        trouble=trouble,
        kept=dict.fromkeys(("act", "reason", "module", "tags"), "") | dict(kept or {}),
        **values,
    )


def _told(connection: Connection, whole: weigh.Whole) -> dict[str, Any]:
    """What stands around it: what it answers and what its author wrote before, what was changed."""
    row = whole.row
    parent = contributions.get(connection, row["parent_id"]) if row["parent_id"] else None
    whose = row["person_id"]
    return {
        "parent": parent,
        "parent_byline": byline.of(parent) if parent else None,
        "parent_text": parent["text"].strip("\n")[:LETTERS] if parent else "",
        "earlier": waiting.before(connection, row["dialogue_id"], whose, row["id"], EARLIER) if whose else [],
        "edited": mending.changes(row["original"], row["text"]) if row["original"] is not None else [],
        "mends": mend.before(connection, row["id"]),
        "mended": mend.changed(connection, row["id"]),
        "gone": originals.purged_of(connection, row["id"]),
        "passages": [one | {"stands": stands(row["text"], one["text"])} for one in map(dict, whole.passages)],
        "letter": bool(row["html"].strip()),
    }


def _following(held: list[int], here: int) -> int | None:
    """The next that waits, after the last the first; None where no other does."""
    others = [one for one in held if one != here]
    return next((one for one in others if one > here), others[0] if others else None)


def _file(engine: Engine, request: Request) -> Response:
    """A kept file of a contribution in any state: a download that runs nothing (see web/attachment)."""
    reader = desk.moderator(engine, request)
    with engine.session.read() as connection:
        row = desk.one(connection, reader, request)
        ours = [one["id"] for one in attachments.of(connection, row["id"])]
        number = request.path_params["file"]
        file = attachments.content_of(connection, number) if number in ours else None
    if file is None:
        raise HTTPException(404)
    headers = {
        "Content-Type": media_type(file["content_type"]),
        "Content-Disposition": disposition(file["name"]),
        "Content-Security-Policy": "default-src 'none'; sandbox",
    }
    return Response(file["content"], headers=headers)

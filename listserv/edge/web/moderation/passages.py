"""`/SLUG/moderate/ID/passages`: its sentences, to tick those that matter and say what they are; and those marked.

A sentence goes by a digest of its words, so that a form made before an edit marks nothing else.
"""

from __future__ import annotations

import hashlib
from collections.abc import Mapping

from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import RedirectResponse, Response
from starlette.routing import Route

from listserv.core.dialogue.tags import Kind
from listserv.core.publication.passages import sentences, stands
from listserv.edge.web import access
from listserv.edge.web.access import Reader
from listserv.edge.web.engine import Engine
from listserv.edge.web.moderation import desk
from listserv.edge.web.moderation.desk import Trouble
from listserv.errors import Refused
from listserv.steps import mark
from listserv.steps.mark import MOST, Marks
from listserv.store import passages as marked

#: Sentences that are shown.
SHOWN = 200


def routes(engine: Engine) -> list[Route]:
    async def passages(request: Request) -> Response:
        if request.method == "POST":
            return await desk.posted(engine, request, lambda fields: _post(engine, request, fields), most=SHOWN + 10)
        return await engine.run(lambda: _page(engine, request, desk.moderator(engine, request)))

    return [Route("/{slug}/moderate/{id:number}/passages", passages, methods=["GET", "POST"])]


def digest(said: str) -> str:
    return hashlib.sha256(said.encode("utf-8", "replace")).hexdigest()[:12]


def _page(
    engine: Engine,
    request: Request,
    reader: Reader,
    ticked: frozenset[str] = frozenset(),
    trouble: Trouble | None = None,
) -> Response:
    with engine.session.read() as connection:
        row = desk.one(connection, reader, request)
        had = marked.of(connection, row["id"])
    kinds = {kind.value: kind.said for kind in Kind}
    return access.page(
        engine,
        request,
        reader,
        "moderation/passages",
        409 if trouble else 200,
        here="moderate",
        now=engine.now(),
        row=row,
        marked=[
            {
                "text": one["text"],
                "said": kinds.get(one["kind"]),
                "digest": digest(one["text"]),
                "stands": stands(row["text"], one["text"]),
            }
            for one in had
        ],
        sentences=[(digest(one), one) for one in dict.fromkeys(sentences(row["text"]))][:SHOWN],
        kinds=kinds,
        most=MOST,
        ticked=ticked,
        noted_now=request.query_params.get("noted", ""),
        trouble=trouble,
    )


def _post(engine: Engine, request: Request, fields: Mapping[str, str]) -> Response:
    reader = desk.moderator(engine, request, fields)
    with engine.session.read() as connection:
        row = desk.one(connection, reader, request)
        had = {digest(one["text"]): one["text"] for one in marked.of(connection, row["id"])}
    session, now, actor = engine.session, engine.now(), desk.actor(reader)
    ticked = frozenset(name[1:] for name in fields if name[:1] == "s" and len(name) == 13)
    try:
        if (gone := fields.get("unmark", "")) and gone in had:
            mark.take(session, now, row["id"], actor, Marks(passages=[had[gone]]))
        elif ticked and not gone:
            chosen = [one for one in sentences(row["text"]) if digest(one) in ticked]
            if len(set(chosen)) < len(ticked):
                raise Refused("the text was edited meanwhile: choose once more")
            kind = fields.get("kind", "")
            if kind and kind not in list(Kind):
                raise HTTPException(400)
            mark.put(session, now, row["id"], actor, Marks(passages=chosen, kind=Kind(kind) if kind else None))
    except Refused as error:
        return _page(engine, request, reader, ticked, Trouble(said=str(error)))
    return RedirectResponse(f"{desk.base(engine, reader)}{row['id']}/passages?noted=passages", 303)

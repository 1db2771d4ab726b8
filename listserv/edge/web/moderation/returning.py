"""`/SLUG/moderate/ID/return`: a reason, ready or one's own; then the whole mail to look at; then it goes.

Nothing typed is lost: whatever comes in between, the reason stands in the form again.
"""

from __future__ import annotations

from collections.abc import Mapping

from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from listserv.core.dialogue import backscatter
from listserv.core.dialogue.model import ContributionState
from listserv.edge.web import access
from listserv.edge.web.access import Reader
from listserv.edge.web.engine import Engine
from listserv.edge.web.moderation import desk
from listserv.edge.web.moderation.desk import Trouble
from listserv.errors import Refused
from listserv.steps import give_back, preview


def routes(engine: Engine) -> list[Route]:
    async def give(request: Request) -> Response:
        if request.method == "POST":
            return await desk.posted(engine, request, lambda fields: _post(engine, request, fields))
        return await engine.run(lambda: _page(engine, request, desk.moderator(engine, request)))

    return [Route("/{slug}/moderate/{id:number}/return", give, methods=["GET", "POST"])]


def _page(
    engine: Engine,
    request: Request,
    reader: Reader,
    *,
    reason: str = "",
    look: bool = False,
    trouble: Trouble | None = None,
) -> Response:
    """`look`: with the mail that would go out."""
    now = engine.now()
    with engine.session.read() as connection:
        row = desk.one(connection, reader, request)
    ready: list[tuple[str, str]] = []
    mail: tuple[str, str, str] | None = None
    try:
        language = access.language(engine, request, reader)
        ready = preview.reasons(engine.session, engine.site, row["id"], language)
        if look and not trouble:
            mail = preview.of_return(engine.session, now, engine.site, row["id"], reason)
    except Refused as error:
        trouble = desk.refused(engine, row["id"], error)
    claimed = desk.claimed(row, now)
    risk = backscatter.risk(row["reasons"])
    return access.page(
        engine,
        request,
        reader,
        "moderation/return",
        409 if trouble else 200,
        here="moderate",
        now=engine.now(),
        row=row,
        ready=list(enumerate(ready)),
        reason=reason,
        empty=look and not reason,
        mail=mail if mail and mail[0] else None,
        nobody=not row["from_address"],
        risk=risk.says if risk else "",
        claimed=claimed if claimed != desk.actor(reader) else "",
        until=row["claimed_until"],
        trouble=trouble,
    )


def _post(engine: Engine, request: Request, fields: Mapping[str, str]) -> Response:
    reader = desk.moderator(engine, request, fields)
    with engine.session.read() as connection:
        row = desk.one(connection, reader, request)
    reason = _reason(engine, row["id"], fields)
    if fields.get("step") != "send" or not reason:
        return _page(engine, request, reader, reason=reason, look=True)
    now, seen = engine.now(), [fields.get("over", "")]
    if way := desk.in_the_way(reader, row, now, seen):
        return _page(engine, request, reader, reason=reason, trouble=way)
    try:  # they have seen the mail, and the doubt
        give_back.give_back(engine.session, now, engine.site, row["id"], desk.actor(reader), reason, asked=True)
    except Refused as error:
        if not desk.settled(engine, reader, row["id"], ContributionState.RETURNED):
            return _page(engine, request, reader, reason=reason, trouble=desk.refused(engine, row["id"], error))
    return desk.onward(engine, reader, row["id"])


def _reason(engine: Engine, contribution_id: int, fields: Mapping[str, str]) -> str:
    """The ready reason that was chosen, in its author's language, and what was written besides."""
    own = fields.get("reason", "").replace("\r\n", "\n").strip()
    chosen = fields.get("ready", "")
    if not chosen.isdigit() or len(chosen) > 3:
        return own
    try:
        ready = preview.reasons(engine.session, engine.site, contribution_id)
    except Refused:  # decided meanwhile: that is said, and their own words stay
        return own
    theirs = ready[int(chosen)][1] if int(chosen) < len(ready) else ""
    return "\n\n".join(one for one in (theirs, own) if one)

"""What a moderator does with one contribution by a button of its page: the steps, and where it leads."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from starlette.exceptions import HTTPException
from starlette.responses import RedirectResponse, Response

from listserv.core.dialogue.model import ContributionState
from listserv.edge.web.access import Reader
from listserv.edge.web.engine import Engine
from listserv.edge.web.moderation import desk
from listserv.edge.web.moderation.desk import Trouble
from listserv.errors import Refused
from listserv.steps import amend, mark, moderate
from listserv.steps.mark import Marks

#: What a button wants it to become: pressed twice, it is done once and no refusal.
_BECOMES = {"release": ContributionState.RELEASED, "discard": ContributionState.DISCARDED}
#: What another's claim stands in the way of, until whoever acts has been warned.
_MINDS = (*_BECOMES, "move", "leave-out")


def act(engine: Engine, reader: Reader, row: Mapping[str, Any], fields: Mapping[str, str]) -> Response | Trouble:
    """Where it leads once it is done, or why it was not."""
    wanted, number = fields.get("act", ""), row["id"]
    if wanted in _MINDS and (way := desk.in_the_way(reader, row, engine.now(), [fields.get("over", "")])):
        return way
    try:
        _do(engine, reader, row, wanted, fields)
    except Refused as error:
        if wanted not in _BECOMES or not desk.settled(engine, reader, number, _BECOMES[wanted]):
            return desk.refused(engine, number, error)
    if wanted in _BECOMES:
        return desk.onward(engine, reader, number)
    return RedirectResponse(f"{desk.base(engine, reader)}{number}?noted={wanted}", 303)


def _do(engine: Engine, reader: Reader, row: Mapping[str, Any], wanted: str, fields: Mapping[str, str]) -> None:
    session, now, number, actor = engine.session, engine.now(), row["id"], desk.actor(reader)
    match wanted:
        case "release":
            wait = reader.dialogue.policy.waiting.undo.total_seconds()
            moderate.release(session, now, engine.site, number, actor, wait=wait)
        case "discard":
            moderate.discard(session, now, number, actor, fields.get("reason", "").strip())
        case "claim":
            amend.claim(session, now, number, actor)
        case "unclaim":
            amend.unclaim(session, now, number, actor)
        case "move":
            amend.move(session, now, number, actor, _number(fields.get("module", "")))
        case "questions":
            if fields.get("of") != str(row["module"]):
                raise Refused("it was moved to another module meanwhile, which asks other questions")
            mark.put(session, now, number, actor, Marks(questions=_questions(fields)))
        case "tags":
            mark.retag(session, now, number, actor, _tags(fields.get("tags", "")), _tags(fields.get("had", "")))
        case "leave-out":
            amend.leave_out(session, now, number, actor, [fields.get("file", "")])
        case _:
            raise HTTPException(400)


def _number(said: str) -> int:
    if not (said.isascii() and said.isdigit() and len(said) < 7):
        raise HTTPException(400)  # no form of ours
    return int(said)


def _questions(fields: Mapping[str, str]) -> list[int]:
    """The main one first, then the others that are ticked; 0 for none."""
    main = _number(fields.get("main", "0"))
    ticked = [_number(name[1:]) for name in fields if name[:1] == "q" and name[1:].isdigit()]
    return list(dict.fromkeys(one for one in (main, *ticked) if one)) or [0]


def _tags(said: str) -> list[str]:
    """As they are written into one field: between commas, of whichever script."""
    for comma in "،，、;\n":
        said = said.replace(comma, ",")
    return [one.strip() for one in said.split(",") if one.strip()]

"""What the moderators' pages share: who acts, on what, why it was refused, and what is next."""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import RedirectResponse, Response

from listserv.core.dialogue.model import ContributionState
from listserv.edge.web import access, form
from listserv.edge.web.access import Reader
from listserv.edge.web.engine import Engine
from listserv.errors import Refused
from listserv.store import contributions, outbox, waiting
from listserv.store.session import Connection

#: A number beyond which no database has a row.
MOST = 2**31


@dataclass(frozen=True, slots=True)
class Trouble:
    """Why nothing was changed. `decided`: by whom and when, if it does not wait any more; `claimed`: who is on it;
    `said`: the refusal, in English, where it is none of these."""

    decided: Mapping[str, Any] | None = None
    claimed: str = ""
    until: datetime | None = None
    said: str = ""


@dataclass(frozen=True, slots=True)
class Outcome:
    """What became of a contribution that was decided upon. `remains`: seconds in which it can be taken back."""

    id: int
    state: str
    number: int | None
    subject: str
    copies: int = 0
    remains: int = 0

    @property
    def undoable(self) -> bool:
        return self.remains > 0 or self.state == ContributionState.DISCARDED


def actor(reader: Reader) -> str:
    """Who acts, as the audit names them."""
    assert reader.part is not None  # a moderator takes part
    return str(reader.part["address"])


def base(engine: Engine, reader: Reader) -> str:
    return f"{engine.root}/{reader.dialogue.slug}/moderate/"


async def posted(
    engine: Engine, request: Request, act: Callable[[Mapping[str, str]], Response], most: int = form.FIELDS
) -> Response:
    """The answer to a POST whose fields `act` gets, in a thread; the loops are woken: mail may have to leave."""
    fields = await form.read(request, most)
    response = await engine.run(lambda: act(fields))
    engine.look()
    return response


def moderator(engine: Engine, request: Request, fields: Mapping[str, str] | None = None) -> Reader:
    """Who moderates the dialogue. `fields`: of their form, which brings the proof. Raises as access does."""
    with engine.session.read() as connection:
        reader = access.moderator(engine, connection, request)
    if fields is not None:
        access.check(engine, reader, fields)
    return reader


def one(connection: Connection, reader: Reader, request: Request) -> Any:
    """The contribution that the path names, if it is the dialogue's; 404 otherwise."""
    number = request.path_params["id"]
    row = contributions.get(connection, number) if number < MOST else None
    if row is None or row["dialogue_id"] != reader.dialogue.id:
        raise HTTPException(404)
    return row


def claimed(row: Mapping[str, Any], now: datetime) -> str:
    """Who is on it; "" when nobody is."""
    return row["claimed_by"] if row["claimed_by"] and row["claimed_until"] and row["claimed_until"] > now else ""


def in_the_way(reader: Reader, row: Mapping[str, Any], now: datetime, seen: Collection[str]) -> Trouble | None:
    """Somebody else is on it, and whoever acts has not been warned of that. `seen`: of whom they were."""
    by = claimed(row, now)
    if row["state"] != ContributionState.HELD or by in ("", actor(reader), *seen):
        return None
    return Trouble(claimed=by, until=row["claimed_until"])


def refused(engine: Engine, contribution_id: int, error: Refused) -> Trouble:
    with engine.session.read() as connection:
        row = contributions.get(connection, contribution_id)
    gone = row is not None and row["state"] != ContributionState.HELD
    return Trouble(decided=row, said=str(error)) if gone else Trouble(said=str(error))


def settled(engine: Engine, reader: Reader, contribution_id: int, state: ContributionState) -> bool:
    """Whether it is just what whoever acts wanted, and by them: their form came twice."""
    with engine.session.read() as connection:
        row = contributions.get(connection, contribution_id)
    by = None if state == ContributionState.HELD else actor(reader)
    return row is not None and row["state"] == state and row["decided_by"] == by


def ids(said: str) -> list[int]:
    """ "12,13" as numbers; what is no number is passed over."""
    return list(dict.fromkeys(int(one) for one in said.split(",") if one.isascii() and one.isdigit() and len(one) < 10))


def outcomes(connection: Connection, reader: Reader, numbers: Collection[int]) -> list[Outcome]:
    """What became of those that are the dialogue's."""
    found = waiting.rows(connection, reader.dialogue.id, (), ids=[one for one in numbers if one < MOST])
    out = []
    for row in found:
        copies, remains = outbox.on_its_way(connection, row["id"]) if row["number"] else (0, None)
        out.append(Outcome(row["id"], row["state"], row["number"], row["subject"], copies, int(remains or 0)))
    return sorted(out, key=lambda one: (one.number or 0, one.id))


def onward(engine: Engine, reader: Reader, contribution_id: int) -> Response:
    """To the next that waits, and what became of this one is said there."""
    with engine.session.read() as connection:
        held = [row.id for row in contributions.waiting(connection, reader.dialogue.id)]
    following = next((one for one in held if one > contribution_id), held[0] if held else "")
    return RedirectResponse(f"{base(engine, reader)}{following}?done={contribution_id}", 303)

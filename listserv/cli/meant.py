"""Which round-up a command means, and what it would say."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from listserv.cli.context import App
from listserv.core.dialogue.model import Dialogue, RoundupState
from listserv.errors import Refused

if TYPE_CHECKING:
    from collections.abc import Sequence

    from listserv.steps.drafting import Draft
    from listserv.store.session import Connection


@dataclass(frozen=True, slots=True)
class Meant:
    """`number`: what readers count it by; `period`: when it is due. No id: it has not been drafted.

    `drawn`: the draft as it would go out now; None where a moderator has edited it. `told`: as of a Draft.
    """

    id: int | None
    period: int
    number: int
    text: str
    drawn: Draft | None = None
    told: Sequence[int] = ()

    @property
    def name(self) -> str:
        return "the next round-up" if self.id is None else f"round-up {self.id}"


def row_of(connection: Connection, dialogue: Dialogue, roundup_id: int) -> Any:
    from listserv.store import roundups

    row = roundups.get(connection, roundup_id)
    if row is None or row["dialogue_id"] != dialogue.id:
        raise Refused(f"there is no round-up {roundup_id}; see: listserv roundup list")
    return row


def current(app: App, dialogue: Dialogue, roundup_id: int | None) -> Meant:
    """The round-up meant: the one named, else the next to be sent."""
    from listserv.core.dialogue import programme
    from listserv.core.dialogue.programme import OccurrenceKind
    from listserv.steps import drafting
    from listserv.store import occurrences, roundups

    with app.session.read() as connection:
        if roundup_id is not None:
            row = row_of(connection, dialogue, roundup_id)
            period = row["period"]
        else:
            coming = programme.coming(dialogue, occurrences.done(connection, dialogue.id))
            periods = [one.round for one in coming if one.kind is OccurrenceKind.ROUNDUP]
            if not periods:
                raise Refused("no round-up is to come; those sent: listserv roundup list")
            period = periods[0]
            row = roundups.of_period(connection, dialogue.id, period)
        fresh = row is None or (row["state"] == RoundupState.DRAFT and row["edited_by"] is None)
        if fresh:
            made = drafting.draw_up(connection, app.site, dialogue, app.now())
            return Meant(row["id"] if row else None, period, made.number, made.text, made, made.told)
        return Meant(row["id"], period, roundups.number_of(connection, row), row["text"], told=row["told"] or ())


def kept(app: App, dialogue: Dialogue, meant: Meant) -> int:
    """Its id; kept now, as it was drawn up, unless it was before."""
    from listserv.steps import drafting

    if meant.id is None and meant.drawn is not None:
        return drafting.keep_draft(app.session, dialogue, meant.period, meant.drawn)
    assert meant.id is not None
    return meant.id


def undecided(app: App, dialogue: Dialogue, meant: Meant) -> None:
    """Refused, saying who was first, if it has been sent or skipped."""
    from listserv.steps import require
    from listserv.store import roundups

    with app.session.read() as connection:
        row = roundups.of_period(connection, dialogue.id, meant.period)
    if row is not None and row["state"] in (RoundupState.SENT, RoundupState.SKIPPED):
        raise require.decided(row)

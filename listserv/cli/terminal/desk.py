"""What a moderator sees and does at the terminal: every reading and every decision, and nothing of a screen.

All of it may wait for the database: the screen calls it in threads. Decisions are those of steps/moderate, steps/amend
and steps/mark, as `listserv queue` makes them, in the name of whoever acts (DESIGN §3); Refused says who was first.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import TYPE_CHECKING, Any

from listserv.cli.context import App
from listserv.core.dialogue.model import Dialogue
from listserv.core.dialogue.programme import Due
from listserv.core.dialogue.tags import Kind

if TYPE_CHECKING:
    from listserv.steps.weigh import Whole


@dataclass(frozen=True, slots=True)
class Look:
    """The queue at one moment. Rows are those of store/waiting."""

    now: datetime
    dialogue: Dialogue
    requests: Sequence[Mapping[str, Any]]
    held: Sequence[Mapping[str, Any]]
    coming: Due | None  # what the programme does next


@dataclass(frozen=True, slots=True)
class Pending:
    """A release that can still be taken back, until `until` on the desk's own clock (seconds)."""

    contribution_id: int
    number: int
    recipients: int
    until: float


class Desk:
    """One dialogue's queue. `seconds`: the clock of the countdown; the database's own decides when mail leaves."""

    def __init__(self, app: App, slug: str | None, seconds: Callable[[], float] = time.monotonic) -> None:
        self._app, self.seconds = app, seconds
        self._dialogue = app.dialogue(slug)
        self.actor = app.actor

    @property
    def session(self) -> Any:
        return self._app.session

    def look(self) -> Look:
        from listserv.core.dialogue import programme
        from listserv.store import dialogues, occurrences, waiting

        now = self._app.now()
        with self._app.session.read() as connection:
            self._dialogue = dialogue = dialogues.read(connection, self._dialogue.slug) or self._dialogue
            coming = programme.coming(dialogue, occurrences.done(connection, dialogue.id))
            return Look(
                now,
                dialogue,
                waiting.requests(connection, dialogue.id),
                waiting.rows(connection, dialogue.id),
                next((one for one in coming if not one.skip), None),
            )

    def whole(self, contribution_id: int) -> Whole:
        from listserv.steps import weigh

        with self._app.session.read() as connection:
            return weigh.weigh(connection, self._app.now(), contribution_id)

    def prepare(self) -> None:
        """Load what the first decision needs, which takes longer than to show the queue."""
        from listserv.steps import amend, enrol, moderate, preview

        _ = amend, enrol, moderate, preview, self._app.site

    def release(self, contribution_id: int) -> Pending:
        """It leaves once the dialogue's moment for second thoughts is over (listserv.toml: undo)."""
        from listserv.steps import moderate

        app = self._app
        wait = self._dialogue.policy.waiting.undo.total_seconds()
        until = self.seconds() + wait  # from before it is written: rather a moment too short than too long
        done = moderate.release(app.session, app.now(), app.site, contribution_id, self.actor, wait=wait)
        return Pending(contribution_id, done.number, done.recipients, until)

    def undo(self, contribution_id: int) -> None:
        from listserv.steps import undo

        undo.undo(self._app.session, self._app.now(), contribution_id, self.actor)

    def preview(self, contribution_id: int, reason: str) -> tuple[str, str, str]:
        """To whom, subject and text of the mail that a return would send. Refused when it is not held any more."""
        from listserv.steps import preview

        return preview.of_return(self._app.session, self._app.now(), self._app.site, contribution_id, reason)

    def reasons(self, contribution_id: int) -> list[tuple[str, str]]:
        """Ready reasons for a return, each in English, for the moderator, and in its author's language."""
        from listserv.steps import preview

        return preview.reasons(self._app.session, self._app.site, contribution_id)

    def doubt(self, contribution_id: int) -> str:
        """Why a return may go to somebody who never wrote; "" where nothing says so."""
        from listserv.core.dialogue import backscatter

        found = backscatter.risk(self.whole(contribution_id).row["reasons"])
        return found.says if found else ""

    def give_back(self, contribution_id: int, reason: str) -> None:
        """They have seen the mail, and the doubt."""
        from listserv.steps import give_back

        app = self._app
        give_back.give_back(app.session, app.now(), app.site, contribution_id, self.actor, reason, asked=True)

    def discard(self, contribution_id: int, reason: str) -> None:
        from listserv.steps import moderate

        moderate.discard(self._app.session, self._app.now(), contribution_id, self.actor, reason)

    def edit(self, contribution_id: int, text: str, subject: str) -> bool:
        from listserv.steps import amend

        return amend.edit(self._app.session, self._app.now(), contribution_id, self.actor, text, subject)

    def move(self, contribution_id: int, module: int) -> None:
        from listserv.steps import amend

        amend.move(self._app.session, self._app.now(), contribution_id, self.actor, module)

    def answers(self, contribution_id: int, questions: Sequence[int]) -> None:
        """It answers these guiding questions, the main one first, and no others."""
        self._put(contribution_id, questions=list(questions))

    def tags(self, contribution_id: int, tags: Sequence[str], had: Sequence[str]) -> list[str]:
        """It bears these tags; of those it `had`, the others go. As they were read."""
        from listserv.steps import mark

        return mark.retag(self._app.session, self._app.now(), contribution_id, self.actor, tags, had)

    def passages(self, contribution_id: int, wanted: Mapping[str, Kind | None], had: Mapping[str, Kind | None]) -> None:
        """These sentences are marked, each as what it is; of those it `had`, the others are no more."""
        for said, kind in had.items():
            if said not in wanted or wanted[said] is not kind:
                self._take(contribution_id, passages=[said])
        for said, kind in wanted.items():
            if said not in had or had[said] is not kind:
                self._put(contribution_id, passages=[said], kind=kind)

    def _put(self, contribution_id: int, **marks: Any) -> None:
        from listserv.steps import mark

        mark.put(self._app.session, self._app.now(), contribution_id, self.actor, mark.Marks(**marks))

    def _take(self, contribution_id: int, **marks: Any) -> None:
        from listserv.steps import mark

        mark.take(self._app.session, self._app.now(), contribution_id, self.actor, mark.Marks(**marks))

    def claim(self, contribution_id: int) -> datetime:
        from listserv.steps import amend

        return amend.claim(self._app.session, self._app.now(), contribution_id, self.actor)

    def approve(self, address: str) -> None:
        from listserv.steps import enrol

        app = self._app
        enrol.approve(app.session, app.now(), app.site, self._dialogue, address, self.actor)

    def decline(self, address: str, reason: str) -> None:
        from listserv.steps import enrol

        app = self._app
        enrol.decline(app.session, app.now(), app.site, self._dialogue, address, self.actor, reason)

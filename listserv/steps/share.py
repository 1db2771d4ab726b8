"""What the mails of one batch share: read once for all of them.

Dialogues, the names and domains of those who take part, and what moderators' release has usually taken. Of what changes
meanwhile the mails behind are judged as if they had come with the first: a batch is short. `forget` after a mail that
may itself have changed something.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, timedelta
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from listserv.core.dialogue.expectation import Duty
from listserv.core.dialogue.model import Dialogue
from listserv.core.mail import lookalike
from listserv.steps.moderate import PASSED
from listserv.store import addresses, contributions, dialogues, people
from listserv.store.session import Connection

#: So many of the latest releases tell what is usual.
LATEST = 50


class Shared:
    """Each is read when first asked for."""

    def __init__(self) -> None:
        self.forget()

    def forget(self) -> None:
        self._dialogues: dict[str, tuple[Dialogue, datetime | None] | None] = {}
        self._names: dict[int, lookalike.Shapes] = {}
        self._domains: dict[int, set[str]] = {}
        self._outlooks: dict[int, tuple[Sequence[Duty], Sequence[timedelta]]] = {}

    def dialogue(self, connection: Connection, slug: str) -> tuple[Dialogue, datetime | None] | None:
        """The dialogue, and up to when its programme has been run; None if there is none of that name."""
        if slug not in self._dialogues:
            found = dialogues.read(connection, slug)
            self._dialogues[slug] = (found, dialogues.ticked_at(connection, found.id)) if found else None
        return self._dialogues[slug]

    def names(self, connection: Connection, dialogue_id: int) -> lookalike.Shapes:
        if dialogue_id not in self._names:
            self._names[dialogue_id] = lookalike.by_shape(addresses.names(connection, dialogue_id))
        return self._names[dialogue_id]

    def domains(self, connection: Connection, dialogue_id: int) -> set[str]:
        if dialogue_id not in self._domains:
            self._domains[dialogue_id] = addresses.domains(connection, dialogue_id)
        return self._domains[dialogue_id]

    def outlook(self, connection: Connection, dialogue: Dialogue) -> tuple[Sequence[Duty], Sequence[timedelta]]:
        """The moderators' duty, and how long the latest that moderators released had waited."""
        if dialogue.id not in self._outlooks:
            moderators = people.moderators(connection, dialogue.id)
            duties = [Duty(one["days"], _zone(one["timezone"], dialogue)) for one in moderators]
            waits = contributions.waits(connection, dialogue.id, LATEST, apart_from=PASSED)
            self._outlooks[dialogue.id] = duties, waits
        return self._outlooks[dialogue.id]


def _zone(name: str, dialogue: Dialogue) -> ZoneInfo:
    try:
        return ZoneInfo(name) if name else dialogue.zone
    except (ZoneInfoNotFoundError, ValueError):  # kept by an older time zone database
        return dialogue.zone

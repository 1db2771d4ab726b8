"""The figures of a dialogue, counted from all that was released and from everybody who takes part."""

from __future__ import annotations

from collections.abc import Sequence

from listserv.core.dialogue import regions
from listserv.core.dialogue.model import Dialogue
from listserv.core.publication.figures import Contributed, Figures, figures
from listserv.core.publication.material import Contribution
from listserv.steps.gather import gather, people_of
from listserv.store import dialogues
from listserv.store.session import Connection


def measure(connection: Connection, dialogue: Dialogue, said: Sequence[Contribution] | None = None) -> Figures:
    """As of now. `said`: what was gathered, where the caller has it already."""
    enrolled = people_of(connection, dialogue)
    where = {one.country: regions.of(one.country) for one in enrolled if one.country}
    counted = [
        Contributed(
            one.person, one.module, one.question, one.released_at, one.words, one.received_at, one.questions[1:]
        )
        for one in (gather(connection, dialogue) if said is None else said)
    ]
    fields = [one["key"] for one in dialogues.fields(connection, dialogue.id)]
    return figures(counted, enrolled, dialogue.modules, dialogue.zone, where, fields)

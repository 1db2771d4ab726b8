"""One contribution with all that a moderator weighs, in one view of the database. Reads only."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from listserv.core.dialogue.model import Dialogue
from listserv.core.dialogue.suggestion import Suggestion
from listserv.steps.hint import hint
from listserv.steps.require import known
from listserv.store import attachments, audit, dialogues, passages, people, tagging, waiting
from listserv.store.session import Connection


@dataclass(frozen=True, slots=True)
class Whole:
    """`row` is that of store/contributions.get; `hint`: the guiding question it seems to answer, if one stands out."""

    row: Mapping[str, Any]
    dialogue: Dialogue
    now: datetime
    files: Sequence[Mapping[str, Any]]
    tags: Sequence[str]
    passages: Sequence[Mapping[str, Any]]  # as they were marked: also what is no longer in the text
    history: Sequence[Mapping[str, Any]]
    part: Mapping[str, Any] | None  # its author's participation; None for a stranger
    spoken: Mapping[str, int]  # contributions of its author in this dialogue, by state
    hint: Suggestion | None


def weigh(connection: Connection, now: datetime, contribution_id: int) -> Whole:
    """Refused where there is none."""
    row = known(connection, contribution_id)
    dialogue = dialogues.by_id(connection, row["dialogue_id"])
    address = row["from_address"]
    return Whole(
        row,
        dialogue,
        now,
        attachments.of(connection, contribution_id),
        tagging.of(connection, contribution_id),
        passages.of(connection, contribution_id),
        audit.rows(connection, subject=f"contribution {contribution_id}"),
        people.part_of(connection, dialogue.id, address) if address else None,
        waiting.spoken(connection, dialogue.id, row["person_id"]),
        hint(dialogue, row),
    )

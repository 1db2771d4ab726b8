"""Notes of moderators for the next round-up: kept until it goes out, whatever is released meanwhile.

One that has been edited is sent as it was left: what is to be added belongs in its text. Raises Refused for that, for
a question that the dialogue does not have, for an empty note, and for one that is not there.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

from listserv.core.dialogue.model import Dialogue
from listserv.core.publication import notes as words
from listserv.core.publication.notes import Note, NoteKind
from listserv.errors import Refused
from listserv.steps.drafting import UNSENT
from listserv.store import audit, notes, roundups
from listserv.store.session import Connection, Session


def made(dialogue: Dialogue, kind: NoteKind, text: str, question: str | None = None) -> Note:
    """A note, if it can be one. `question`: "1.3", where a point of agreement is to stand."""
    try:
        note = Note(kind, words.text(text))
        if question is None:
            return note
        number, asked = words.place(question)
    except ValueError as error:
        raise Refused(str(error)) from None
    module = dialogue.module(number)
    if module is None:
        raise Refused(
            f"{dialogue.slug} has no module {number}; it has {', '.join(str(m.number) for m in dialogue.modules)}"
        )
    if not 1 <= asked <= len(module.questions):
        raise Refused(f"{dialogue.slug} has no question {question}; see: listserv module show {number}")
    return Note(kind, note.text, number, asked)


def add(
    session: Session, now: datetime, dialogue: Dialogue, added: Sequence[Note], actor: str, roundup_id: int | None
) -> list[int]:
    """Write them down for the next round-up; their ids. `roundup_id`: the one meant, if it has been drafted."""

    def write(connection: Connection) -> list[int]:
        if roundup_id is not None:
            _open(connection, dialogue, roundup_id)
        ids = [notes.add(connection, now, dialogue.id, one, actor) for one in added]
        for number, one in zip(ids, added, strict=True):
            audit.record(connection, now, actor, "note", f"note {number}", one.kind, dialogue.id)
        return ids

    return session.write(write)


def remove(session: Session, now: datetime, dialogue: Dialogue, note_ids: Sequence[int], actor: str) -> None:
    """Take them out again; all of them or none."""

    def write(connection: Connection) -> None:
        for number in note_ids:
            if not notes.remove(connection, dialogue.id, number):
                raise Refused(f"no note {number} waits for a round-up; see: listserv roundup note")
            audit.record(connection, now, actor, "unnote", f"note {number}", "", dialogue.id)

    session.write(write)


def _open(connection: Connection, dialogue: Dialogue, roundup_id: int) -> None:
    row = roundups.get(connection, roundup_id)
    if row is None or row["dialogue_id"] != dialogue.id:
        raise Refused(f"there is no round-up {roundup_id}; see: listserv roundup list")
    if row["state"] not in UNSENT:
        raise Refused(f"round-up {roundup_id} was already {row['state']}; a note without an ID goes into the next one")
    if row["edited_by"] is not None:
        raise Refused(
            f"round-up {roundup_id} was edited and is sent as it was left; "
            f"add to its text: listserv roundup edit {roundup_id}"
        )

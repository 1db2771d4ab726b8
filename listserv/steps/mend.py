"""A returned contribution comes back mended: the new mail is held as the next version of the same.

The link is an occurrence (the new one's id; the round is the old one's id), the history of both says so, and the old
one stays as it was returned. A version that still waits is replaced by a newer one.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from listserv.core.dialogue import mending
from listserv.core.dialogue.model import ContributionState
from listserv.core.dialogue.routing import Place, Why
from listserv.core.mail.files import Fate
from listserv.steps import require, undo
from listserv.store import attachments, audit, contributions, occurrences, passages, tagging
from listserv.store.session import Connection

#: The occurrence that tells which contribution (the round) another one (the subject) is the mended version of.
MENDED = "answer:mended"


@dataclass(frozen=True, slots=True)
class Again:
    """The version that was there before, and the new one's words. `beside`: what its author wrote besides."""

    before: Any
    text: str
    beside: str

    @property
    def place(self) -> Place:
        return Place(self.before["module"], self.before["parent_id"], Why.MENDED, self.before["module"])


def before(connection: Connection, contribution_id: int) -> int | None:
    """Of which contribution it is the mended version."""
    return occurrences.round_of(connection, MENDED, str(contribution_id))


def latest(connection: Connection, contribution_id: int) -> int:
    """Its newest version; itself if there is no other."""
    found = occurrences.subjects_of(connection, MENDED, contribution_id)
    return latest(connection, max(int(one) for one in found)) if found else contribution_id


def changed(connection: Connection, contribution_id: int) -> list[str]:
    """What is otherwise in it than in the version before, as `mending.changes` tells it; empty if there is none."""
    old = before(connection, contribution_id)
    if old is None:
        return []
    versions = [require.known(connection, one) for one in (old, contribution_id)]
    return mending.changes(*(one["original"] or one["text"] for one in versions))


def link(connection: Connection, now: datetime, again: Again, contribution_id: int, author: str) -> None:
    """Say in both histories which is which, take over files and marks, and the place of what still waited."""
    old = require.known(connection, again.before["id"])
    if old["state"] == ContributionState.HELD:
        undo.withdraw(connection, now, old["id"], author, f"replaced by {contribution_id}")
    occurrences.once(connection, old["dialogue_id"], MENDED, str(contribution_id), old["id"], now)
    if not attachments.of(connection, contribution_id, Fate.KEPT):
        attachments.take_over(connection, old["id"], contribution_id)
    if old["question"]:
        contributions.change(connection, contribution_id, {key: old[key] for key in ("question", "further")})
    tagging.add(connection, contribution_id, tagging.of(connection, old["id"]))
    passages.take_over(connection, old["id"], contribution_id)
    for this, what in ((old["id"], f"as {contribution_id}"), (contribution_id, f"of {old['id']}")):
        audit.record(connection, now, author, "mend", f"contribution {this}", what, old["dialogue_id"])

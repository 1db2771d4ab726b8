"""How authors want what they wrote to be shown: their choice for all, for one contribution, and what changes with it.

A contribution bears its own attribution; a person's is what new ones begin with. Who wants to be told less of from now
on is told less of everywhere: in all they wrote, on the pages at once and in what is published later. Who wants more
told is shown so from then on only: nothing that went out without a name is named afterwards, unless for itself.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace
from datetime import datetime
from typing import Any

from listserv.core.dialogue import moderation
from listserv.core.dialogue.anonymity import gives_away, names_author
from listserv.core.dialogue.choices import Choice
from listserv.core.dialogue.model import Attribution, ContributionState
from listserv.core.dialogue.moderation import Case
from listserv.core.mail.files import Fate
from listserv.steps.moderate import known
from listserv.store import attachments, audit, contributions
from listserv.store.session import Connection


def chosen(part: Any | None, choice: Choice) -> tuple[Attribution, bool]:
    """How a new contribution is shown, and whether it may be quoted: as it says, else as its author has set."""
    attribution = choice.attribution or Attribution(part["attribution"] if part else Attribution.NAME)
    quotable = bool(part["quotable"]) if part and choice.quotable is None else choice.quotable is not False
    return attribution, quotable


def on(case: Case, attribution: Attribution, part: Any | None, name: str, others: Iterable[str]) -> Case:
    """The case with what names an author who is not to be named. `others`: its subject and the names of its files."""
    name, organisation = (part["name"] or name, part["organisation"]) if part else (name, "")
    found = gives_away(attribution, name, case.author, organisation, case.text, others)
    return replace(case, attribution=attribution, gives_away=found)


def as_chosen(contribution: Any, choice: Choice) -> tuple[Attribution, bool]:
    """How a contribution is shown once that is chosen for it, and whether it may be quoted."""
    attribution = choice.attribution or Attribution(contribution["attribution"])
    return attribution, bool(contribution["quotable"]) if choice.quotable is None else choice.quotable


def attribute(
    connection: Connection, now: datetime, contribution_id: int, actor: str, choice: Choice, reason: str = ""
) -> bool:
    """Show one contribution otherwise, in whatever state, in the caller's transaction; false: it is shown so already.

    Where it waits for a moderator, what still names its author is among the reasons from then on.
    """
    row = known(connection, contribution_id)
    attribution, quotable = as_chosen(row, choice)
    if (row["attribution"], bool(row["quotable"])) == (attribution, quotable):
        return False
    values = {"attribution": attribution, "quotable": int(quotable)}
    contributions.change(connection, contribution_id, values)
    look_again(connection, contribution_id)
    said = ", ".join(one for one in (choice.words(), reason) if one)
    audit.record(connection, now, actor, "attribute", f"contribution {contribution_id}", said, row["dialogue_id"])
    return True


def look_again(connection: Connection, contribution_id: int) -> None:
    """What names its author though they do not want to be named, as it stands now, among the reasons it is held for."""
    row = known(connection, contribution_id)
    if row["state"] != ContributionState.HELD:
        return
    files = [one["name"] for one in attachments.of(connection, contribution_id, Fate.KEPT)]
    name, organisation = row["person_name"] or row["from_name"], row["organisation"] or ""
    others = (row["subject"], *files)
    found = gives_away(row["attribution"], name, row["from_address"], organisation, row["text"], others)
    reason = names_author(Attribution(row["attribution"]), found)
    others_ = [pair for pair in row["reasons"] if pair[0] != moderation.NAMES_AUTHOR]
    reasons = [[moderation.NAMES_AUTHOR, reason], *others_] if reason else others_
    if reasons != row["reasons"]:
        contributions.change(connection, contribution_id, {"reasons": reasons})

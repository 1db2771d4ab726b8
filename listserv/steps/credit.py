"""How authors want what they wrote to be shown: their choice for all, for one contribution, and what changes with it.

A contribution bears its own attribution; a person's is what new ones begin with. Who wants to be told less of from now
on is told less of everywhere: in all they wrote, on the pages at once and in what is published later. Who wants more
told is shown so from then on only: nothing that went out without a name is named afterwards, unless for itself. Who
wants to be told less of in what was released but has not left is heard in time: it is held again, to be released anew.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace
from datetime import datetime
from enum import Enum
from typing import Any

from listserv.core.dialogue import moderation
from listserv.core.dialogue.anonymity import gives_away, names_author
from listserv.core.dialogue.choices import Choice
from listserv.core.dialogue.model import TAKING_PART, Attribution, ContributionState, Dialogue, RoundupState
from listserv.core.dialogue.moderation import Case
from listserv.core.mail.files import Fate
from listserv.core.mail.identity import Mailbox
from listserv.core.publication import byline
from listserv.core.sentence import Sentence
from listserv.errors import Refused
from listserv.steps import compose, notify
from listserv.steps.require import known
from listserv.steps.undo import take_back
from listserv.steps.wish import Effect, Wish, nothing
from listserv.store import attachments, audit, contributions, occurrences, people, roundups
from listserv.store.session import Connection, Session

#: What the inbox says where moderators are told as well.
BY_HAND = "; passed on to the moderators, for a round-up edited by hand waits"


#: Why what had been released is held again.
OTHERWISE = "shown otherwise"
ANEW = Sentence("Its author asked to be shown otherwise while it waited to go out; release it again.")


class Shown(Enum):
    """What came of the wish to show a contribution otherwise."""

    SAME = "it was shown so already"
    CHANGED = "changed"
    HELD_AGAIN = "changed, and held again: no copy had left"


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
) -> Shown:
    """Show one contribution otherwise, in whatever state, in the caller's transaction.

    Where it waits for a moderator, what still names its author is among the reasons from then on.
    """
    row = known(connection, contribution_id)
    attribution, quotable = as_chosen(row, choice)
    if (row["attribution"], bool(row["quotable"])) == (attribution, quotable):
        return Shown.SAME
    again = byline.tells_less(attribution, row["attribution"]) and _taken_back(connection, now, row, actor)
    values: dict[str, Any] = {"attribution": attribution, "quotable": int(quotable)}
    if again:
        values["reasons"] = [[OTHERWISE, ANEW], *row["reasons"]]
    contributions.change(connection, contribution_id, values)
    look_again(connection, contribution_id)
    said = ", ".join(one for one in (choice.words(), reason) if one)
    audit.record(connection, now, actor, "attribute", f"contribution {contribution_id}", said, row["dialogue_id"])
    return Shown.HELD_AGAIN if again else Shown.CHANGED


def _taken_back(connection: Connection, now: datetime, row: Any, actor: str) -> bool:
    """Whether it is held again, for it was released and no copy had left. The moderators are told of it anew."""
    try:
        take_back(connection, now, row["id"], actor)
    except Refused:
        return False
    occurrences.forget(connection, row["dialogue_id"], notify.TOLD, str(row["id"]))
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
    reason = names_author(Attribution(row["attribution"]), found, files=bool(files))
    others_ = [pair for pair in row["reasons"] if pair[0] != moderation.NAMES_AUTHOR]
    reasons = [[moderation.NAMES_AUTHOR, reason], *others_] if reason else others_
    if reasons != row["reasons"]:
        contributions.change(connection, contribution_id, {"reasons": reasons})


def asked(wish: Wish, part: Any, choice: Choice) -> Effect:
    """Somebody wants all they write to be shown so; they are told, so that a forged wish does not stay unnoticed."""
    if part["status"] not in TAKING_PART:
        return wish.not_here("does not take part")
    if why := wish.enough(part["id"]):
        return nothing, why
    attribution, quotable = as_chosen(part, choice)
    letters = {
        again: compose.notice(
            wish.site,
            wish.dialogue,
            wish.now,
            "credit",
            Mailbox(wish.name, part["address"]),
            wish.language,
            answers=wish.mail.message_id,
            name=wish.name,
            subject="",
            attribution=attribution.value,
            quotable=quotable,
            out=True,
            again=again,
        )
        for again in (False, True)
    }
    with wish.session.read() as connection:
        look = by_hand(connection, wish.dialogue.id)
    pass_on = wish.owner()[0] if look else nothing

    def effect(connection: Connection) -> None:
        again = for_all(connection, wish.now, part["id"], wish.author.address, choice, "by mail")
        letters[again].to_one(connection, wish.now, part["address"], part["id"])
        pass_on(connection)

    return effect, choice.words() + (BY_HAND if look else "")


def by_hand(connection: Connection, dialogue_id: int) -> bool:
    """Whether a round-up that goes out as somebody has left it waits: then a person has to look at whom it names."""
    unsent = (RoundupState.DRAFT, RoundupState.APPROVED)
    return any(
        row["state"] in unsent and (row["edited_by"] is not None or row["state"] == RoundupState.APPROVED)
        for row in roundups.rows(connection, dialogue_id)
    )


def for_all(connection: Connection, now: datetime, part_id: int, actor: str, choice: Choice, reason: str = "") -> bool:
    """Show all that somebody writes from now on so, in the caller's transaction; where it tells less, also the past.

    Whether something that had been released is held again.
    """
    part = people.part(connection, part_id)
    if part is None:
        return False
    attribution, quotable = as_chosen(part, choice)
    people.change_part(connection, now, part["id"], {"attribution": attribution, "quotable": int(quotable)})
    said = ", ".join(one for one in (choice.words(), reason) if one)
    audit.record(connection, now, actor, "attribute", part["address"], said, part["dialogue_id"])
    again = False
    theirs = contributions.rows(connection, part["dialogue_id"], person_id=part["person_id"])
    for row in reversed(theirs):  # the last number first: only so can it be taken back
        less = Choice(
            attribution if byline.tells_less(attribution, row["attribution"]) else None,
            None if quotable else False,
        )
        again |= attribute(connection, now, row["id"], actor, less, "for all they wrote") is Shown.HELD_AGAIN
    return again


def set_for(session: Session, now: datetime, dialogue: Dialogue, address: str, actor: str, choice: Choice) -> None:
    """`for_all`, by a moderator. Refused for who has no part in the dialogue."""

    def write(connection: Connection) -> None:
        part = people.part_of(connection, dialogue.id, address)
        if part is None:
            raise Refused(f"{address} does not take part in {dialogue.slug}; see: listserv participant list")
        for_all(connection, now, part["id"], actor, choice)

    session.write(write)


def set_one(session: Session, now: datetime, contribution_id: int, actor: str, choice: Choice) -> Shown:
    """`attribute`, by a moderator."""
    return session.write(lambda connection: attribute(connection, now, contribution_id, actor, choice))

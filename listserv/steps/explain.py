"""How one contribution came to be where it is, and held or not: its place, what proved its author, each rule.

The place is told by what the mail itself shows (what it answers, its address, its subject); whoever moved it since
stands beside it. Reads only.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from listserv.core.dialogue import explaining, routing
from listserv.core.dialogue.explaining import Step
from listserv.core.dialogue.model import Attribution, ContributionState, Dialogue, Participation
from listserv.core.dialogue.moderation import Case, own_and_quoted
from listserv.core.dialogue.phrases import length
from listserv.core.mail import inmail
from listserv.core.mail.files import Fate
from listserv.core.mail.level import IN_WORDS
from listserv.core.mail.links import links
from listserv.core.sentence import Sentence, together
from listserv.core.site import Site
from listserv.steps import find, mend
from listserv.steps.hint import hint
from listserv.steps.moderate import PASSED
from listserv.store import attachments, audit, contributions, dialogues, inbox, people
from listserv.store.session import Connection


@dataclass(frozen=True, slots=True)
class Explained:
    """Sentences for a moderator; `steps`: one for each rule."""

    place: Sentence
    authentication: Sentence
    outcome: Sentence
    question: Sentence
    steps: list[Step]


def explain(connection: Connection, site: Site, contribution_id: int) -> Explained:
    row = contributions.get(connection, contribution_id)
    assert row is not None  # the caller has looked
    dialogue = dialogues.by_id(connection, row["dialogue_id"])
    case = _case(connection, dialogue, row)
    words = IN_WORDS[row["authentication"]]
    return Explained(
        _place(connection, site, dialogue, row),
        Sentence("%(level)s: %(words)s.", level=row["authentication"], words=words),
        _outcome(row),
        _question(dialogue, row),
        explaining.walk(case, row["reasons"], row["authentication"]),
    )


def _outcome(row: Any) -> Sentence:
    if row["decided_by"] == PASSED:
        return Sentence("No rule held it: it passed without a moderator.")
    if row["state"] == ContributionState.HELD:
        return Sentence("It is held for a moderator.")
    said = {"state": _STATES[row["state"]], "who": row["decided_by"], "at": f"{row['decided_at']:%Y-%m-%d %H:%M} UTC"}
    if row["number"]:
        number = str(row["number"])
        return Sentence("It was held; %(state)s by %(who)s on %(at)s as number %(number)s.", **said, number=number)
    return Sentence("It was held; %(state)s by %(who)s on %(at)s.", **said)


_STATES = {
    ContributionState.RELEASED: Sentence("released"),
    ContributionState.RETURNED: Sentence("returned"),
    ContributionState.DISCARDED: Sentence("discarded"),
    ContributionState.WITHDRAWN: Sentence("withdrawn"),
}


def _question(dialogue: Dialogue, row: Any) -> Sentence:
    """What it answers, as noted; else what its words suggest, and why."""
    if noted := contributions.questions(row):
        return Sentence("%(numbers)s, as a moderator has noted.", numbers=", ".join(map(str, noted)))
    if found := hint(dialogue, row):
        number, words = str(found.question), ", ".join(found.shared)
        return Sentence("perhaps %(number)s: both speak of %(words)s; nobody has noted it.", number=number, words=words)
    return Sentence("none is noted, none stands out.")


def _place(connection: Connection, site: Site, dialogue: Dialogue, row: Any) -> Sentence:
    where = (
        Sentence("Module %(number)s", number=str(row["module"]))
        if row["module"]
        else Sentence("The next module to open")
    )
    said = Sentence("%(where)s: %(why)s", where=where, why=_why(connection, site, dialogue, row))
    moves = [
        Sentence("Moved by %(who)s: %(reason)s.", who=one["actor"], reason=one["reason"])
        for one in audit.rows(connection, subject=f"contribution {row['id']}")
        if one["action"] == "move"
    ]
    return together([said, *moves])


def _why(connection: Connection, site: Site, dialogue: Dialogue, row: Any) -> Sentence:
    if before := mend.before(connection, row["id"]):
        return Sentence("it is the mended version of contribution %(id)s, and stays where that was.", id=str(before))
    came = contributions.mail_of(connection, row["id"])
    kept = inbox.kept(connection, came) if came else None
    if kept is None or not kept.content:
        return Sentence("its mail is no longer kept, so what decided cannot be told any more.")
    mail = inmail.read(kept.content, kept.sender)
    target = site.addresses.parse(kept.recipient)
    if target is None:
        return Sentence("the address it came to is none of ours any more, so what decided cannot be told.")
    found = find.find(connection, site, dialogue, target, mail)
    decided = routing.answered(dialogue, found.by_reference, found.by_token, mail.subject)
    if decided is None:
        return Sentence("it answers nothing of ours, so it belongs to the module that took contributions when it came.")
    why, module, parent = decided
    number = str(module.number)
    named = (
        Sentence("contribution %(id)s", id=str(parent))
        if parent
        else Sentence("a mail of module %(number)s", number=number)
    )
    said = {
        routing.Why.REFERENCE: Sentence("it answers %(named)s (In-Reply-To, References).", named=named),
        routing.Why.TOKEN: Sentence(
            "it was sent to the reply address of %(named)s, and its subject is that one's.", named=named
        ),
        routing.Why.TAG: Sentence("its subject says so: [%(slug)s %(number)s].", slug=dialogue.slug, number=number),
    }[why]
    if module.number == row["module"] or row["parent_id"]:
        return said
    other = Sentence("That is module %(number)s; it counts for another, or was moved.", number=number)
    return together([said, other])


def _case(connection: Connection, dialogue: Dialogue, row: Any) -> Case:
    part = people.part_of(connection, dialogue.id, row["from_address"]) if row["from_address"] else None
    files = [one for one in attachments.of(connection, row["id"]) if one["state"] != Fate.DROPPED]
    text = row["original"] if row["original"] is not None else row["text"]
    own, quoted = own_and_quoted(text)
    whose = row["person_id"]
    before = people.released_of(connection, dialogue.id, whose, row["received_at"]) if whose else 0
    return Case(
        participation=Participation(part["status"]) if part else None,
        moderation=dialogue.policy.moderation,
        released=before,
        subject=row["subject"],
        text=text,
        words=length(text),
        word_limit=dialogue.policy.word_limit,
        attachments=tuple(one["name"] for one in files),
        links=links(text),
        own_lines=own,
        quoted_lines=quoted,
        author_clean=bool(row["from_address"]),
        author=row["from_address"],
        attribution=Attribution(row["attribution"]),
        mends=str(mend.before(connection, row["id"]) or ""),
    )

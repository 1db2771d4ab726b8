"""Somebody is erased, at their wish (GDPR article 17): what tells who they are goes, and the thread keeps its shape.

What was released stays in its place under its number, by "a participant": its text stays too, being part of the record
that others answer, without their names and addresses, and with `texts` it goes as well, here and where others quote it.
Everything else of theirs goes: what was never released, what was cut (signatures), files, the mails as they came, their
profile, what was said to and about them; and where others name them, they are named no more. Nobody writes to them
again: their addresses are kept as fingerprints only. They are told nothing, for there is nobody left to tell.

What names them is looked for before (steps/sought), and all is written in one transaction, which looks through what has
come since. Replies still find what they answer: a Message-ID of theirs, which may name its author's
host or address, is replaced by a keyed hash of it, by which one that comes later is known (Addresses.stand_ins).
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from listserv.core.dialogue.mask import TAKEN_OUT, greeted, out_of, unsigned
from listserv.core.dialogue.model import TAKING_PART, ContributionState, Dialogue, Role
from listserv.core.mail import outmail
from listserv.core.mail.identity import Mailbox, key
from listserv.core.mail.outmail import Rendering
from listserv.core.publication.passages import stands
from listserv.core.site import Site
from listserv.errors import Refused
from listserv.steps import archive, distribute
from listserv.steps.export import known
from listserv.steps.sought import INSTEAD, Sought, look, newer
from listserv.store import (
    announcements,
    audit,
    contributions,
    dialogues,
    erasing,
    originals,
    passages,
    suppressions,
    traces,
)
from listserv.store.session import Connection, Session

WHY = "its author was erased"
DROPPED = "erased"
ABOUT = "(erased)"

#: How often it is looked for anew what they have written meanwhile.
TRIES = 20

#: Letters that tell moderators of somebody: what they said of them goes whole.
_OTHERS = frozenset({"owner", "owner_bundle"})  # of these, what others wrote
_TOLD = frozenset({"join_request", "owner", "owner_bundle", "held_bundle", "complaint", "unreachable", "wave"})


@dataclass(frozen=True, slots=True)
class Erasure:
    """What went, by what it is, and under which name they are still spoken of."""

    pseudonym: str
    counts: Mapping[str, int]


def erase(
    session: Session, now: datetime, site: Site, mail_address: str, actor: str, *, texts: bool = False
) -> Erasure:
    """Raises Refused when nothing is held of them, or they are moderators. In a session's rehearsal: what would go."""

    for _ in range(TRIES):
        with session.read() as connection:
            sought = look(connection, site, known(connection, mail_address), texts=texts)

        def write(connection: Connection, sought: Sought = sought) -> Erasure:
            if known(connection, mail_address) != sought.trace:
                raise _Wrote
            return _Erasing(connection, now, site, sought, actor, texts).run()

        try:
            return session.write(write)
        except _Wrote:
            continue
    raise Refused(f"{mail_address} keeps writing; try again")


class _Wrote(Exception):
    """More has come from them since they were looked for."""


class _Erasing:
    def __init__(
        self, connection: Connection, now: datetime, site: Site, sought: Sought, actor: str, texts: bool
    ) -> None:
        self.connection, self.now, self.site, self.sought, self.trace = connection, now, site, sought, sought.trace
        self.texts, self.counts = texts, Counter[str]()
        self.actor = sought.pseudonym if key(actor) in sought.trace.keys else actor

    def run(self) -> Erasure:
        connection, now, trace = self.connection, self.now, self.trace
        parts = traces.participations(connection, trace)
        if staff := [
            one["dialogue"] for one in parts if one["role"] != Role.PARTICIPANT and one["status"] in TAKING_PART
        ]:
            raise Refused(
                f"{trace.keys[0]} moderates {', '.join(staff)}: take them out of listserv.toml, then run: "
                f"listserv apply, and: listserv participant set {trace.keys[0]} --role participant"
            )
        to_them = traces.deliveries(connection, trace)
        self.counts["addresses"] = len(trace.keys)
        self.counts["participations"] = len(parts)
        self.counts["files"] = len(traces.attachments(connection, trace))
        self._contributions(traces.contributions(connection, trace))
        self.counts["dropped"] = erasing.deliveries_go(connection, now, [one["id"] for one in to_them], DROPPED)
        erasing.attachments_go(connection, trace, WHY)
        erasing.mails_go(connection, trace, WHY)
        self.counts["mails"] = originals.purge(connection, now, trace.raws)
        erasing.person_goes(connection, now, trace, self.sought.pseudonym)
        erasing.sweep(connection, self.sought.mask)
        named, naming = newer(connection, self.sought)
        self._renderings(named, {one["mailing_id"] for one in to_them if one["personal"]})
        self.counts["originals"] = originals.purge(connection, now, erasing.processed(connection, naming))
        prints = [one for each in trace.keys for one in self.site.addresses.fingerprints(each)]
        suppressions.add(connection, now, prints)
        how = f"released contributions kept: {self.counts['released']}{', without their text' if self.texts else ''}"
        for dialogue_id in sorted({one["dialogue_id"] for one in parts}) or [None]:
            audit.record(connection, now, self.actor, "erase", self.sought.pseudonym, how, dialogue_id)
        return Erasure(self.sought.pseudonym, dict(self.counts))

    def _contributions(self, written: Sequence[Any]) -> None:
        """Theirs; and how others greet them in answer."""
        for row in written:
            released = row["state"] == ContributionState.RELEASED
            self.counts["released" if released else "unreleased"] += 1
            values: dict[str, Any] = {}
            if released:
                said = TAKEN_OUT if self.texts else self._own(row["text"])
                values = {"text": said, "original": None if row["original"] is None else ""}
            erasing.contribution_goes(self.connection, self.now, row, values, self.actor)
            marked = passages.of(self.connection, row["id"])
            gone = [one["id"] for one in marked if not stands(values.get("text", ""), one["text"])]
            passages.remove(self.connection, gone)
        for row in erasing.answers(self.connection, self.trace):
            said = greeted(row["text"], self.trace.names, INSTEAD)
            if said != row["text"]:
                contributions.change(self.connection, row["id"], {"text": said})

    def _own(self, text: str) -> str:
        """What they wrote, without signature and organisation."""
        said = unsigned(text, self.trace.names, INSTEAD)
        return out_of(said, self.sought.organisation, TAKEN_OUT) if self.sought.organisation else said

    # What we have made.

    def _renderings(self, named: Mapping[int, Rendering], to_them: set[int]) -> None:
        theirs = set(self.trace.contributions)
        anew: dict[int, Mapping[str, Rendering]] = {}
        for row in erasing.concerned(self.connection, self.trace.contributions, to_them, named):
            about = row["contribution_id"] in theirs
            if about and row["kind"] == "contribution":
                if row["mailing_id"] not in anew:
                    anew[row["mailing_id"]] = self._anew(row)
                variants = anew[row["mailing_id"]]
                made = variants.get(row["language"]) or next(iter(variants.values()))
                erasing.rewrite(self.connection, row["id"], made.head, made.body)
            elif about or row["mailing_id"] in to_them or (self._told(row) and not self._others_wait(row)):
                self._hollow(row)
            else:
                made = named[row["id"]]
                erasing.rewrite(self.connection, row["id"], made.head, made.body)
                self.counts["mentions"] += 1

    def _told(self, row: Any) -> bool:
        """A letter that tells moderators of them."""
        return row["kind"] in _TOLD or bool(row["personal"] and erasing.to_staff(self.connection, row["mailing_id"]))

    def _others_wait(self, row: Any) -> bool:
        """A mail of somebody else to the moderators that names them has still to go.

        What tells of the queue is no loss: the queue itself, and the next reminder, say it again.
        """
        head = row["head"].lower()
        if row["kind"] not in _OTHERS or any(f"reply-to: {one}".encode() in head for one in self.trace.spelt):
            return False
        return erasing.under_way(self.connection, row["mailing_id"])

    def _anew(self, row: Any) -> Mapping[str, Rendering]:
        """A released contribution as it goes out from now on, dated as before."""
        connection = self.connection
        now_is = dict(contributions.get(connection, row["contribution_id"]) or {})
        dialogue = dialogues.by_id(connection, now_is["dialogue_id"])
        parent = contributions.get(connection, now_is["parent_id"]) if now_is["parent_id"] else None
        number = now_is["number"] or 0
        shown = self.site.pages and archive.stands(dialogue, now_is)
        return distribute.prepare(
            self.site,
            dialogue,
            row["created_at"],
            now_is,
            number,
            enclosures=[],
            languages=self.site.languages,
            root=announcements.thread_root(connection, dialogue.id, now_is["module"]),
            parent=parent["message_id"] if parent and parent["module"] == now_is["module"] else None,
            archived=archive.url(self.site, dialogue, number) if shown else None,
        ).renderings

    def _hollow(self, row: Any) -> None:
        """A letter to them, or one that told others of them: what it said goes."""
        dialogue: Dialogue = dialogues.by_id(self.connection, row["dialogue_id"])
        made = outmail.compose(
            sender=Mailbox(dialogue.title, self.site.addresses.dialogue(dialogue.slug)),
            to=None,
            subject=ABOUT,
            date=row["created_at"].astimezone(dialogue.zone),
            message_id=row["message_id"],
            text=ABOUT,
        )
        erasing.drop_of(self.connection, self.now, row["mailing_id"], DROPPED)
        erasing.rewrite(self.connection, row["id"], made.head, made.body)
        erasing.hollow(self.connection, row["mailing_id"], ABOUT)
        self.counts["letters"] += 1

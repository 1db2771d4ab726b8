"""Somebody is erased, at their wish (GDPR article 17): what tells who they are goes, and the thread keeps its shape.

What was released stays in its place under its number, by "a participant": its text stays too, being part of the record
that others answer, without their names and addresses, and with `texts` it goes as well, here and where others quote it.
Everything else of theirs goes: what was never released, what was cut (signatures), files, the mails as they came, their
profile, what was said to and about them; and where others name them, they are named no more. Nobody writes to them
again: their addresses are kept as fingerprints only. They are told nothing, for there is nobody left to tell.

It is one transaction, in which all is searched: against the custom of steps, for nothing may come in between what is
searched and what is written. Replies still find what they answer: a Message-ID of theirs, which may name its author's
host or address, is replaced by a keyed hash of it, by which one that comes later is known (Addresses.stand_ins).
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from listserv.core.dialogue.mask import TAKEN_OUT, Mask, Unsaid, greeted, telling
from listserv.core.dialogue.model import TAKING_PART, ContributionState, Dialogue, Role
from listserv.core.mail import outmail, reworded
from listserv.core.mail.identity import Mailbox, key
from listserv.core.mail.outmail import Rendering
from listserv.core.site import Site
from listserv.errors import Refused
from listserv.steps import archive, distribute
from listserv.steps.export import known
from listserv.store import audit, contributions, dialogues, erasing, originals, outbox, suppressions, traces
from listserv.store.session import Connection, Session
from listserv.store.traces import Trace

INSTEAD = "a participant"
WHY = "its author was erased"
DROPPED = "erased"
ABOUT = "(erased)"

#: Letters that tell moderators of somebody: what they said of them goes whole.
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

    def write(connection: Connection) -> Erasure:
        return _Erasing(connection, now, site, known(connection, mail_address), actor, texts).run()

    return session.write(write)


class _Erasing:
    def __init__(
        self, connection: Connection, now: datetime, site: Site, trace: Trace, actor: str, texts: bool
    ) -> None:
        self.connection, self.now, self.site, self.trace, self.actor = connection, now, site, trace, actor
        self.texts, self.counts = texts, Counter[str]()
        name = f"erased-{site.addresses.fingerprints(trace.keys[0])[0][:8]}"
        places = [name, *(f"{name}-{number}" for number in range(2, len(trace.keys) + 1))]
        self.pseudonyms = {
            one: f"{place}@{suppressions.NOWHERE}" for one, place in zip(trace.keys, places, strict=True)
        }
        self.pseudonym = self.pseudonyms[trace.keys[0]]
        if key(actor) in trace.keys:
            self.actor = self.pseudonym

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
        written = traces.contributions(connection, trace)
        mask = self._mask(written)
        to_them = traces.deliveries(connection, trace)
        self.counts["addresses"] = len(trace.keys)
        self.counts["participations"] = len(parts)
        self.counts["files"] = len(traces.attachments(connection, trace))
        self._contributions(written)
        self.counts["dropped"] = erasing.deliveries_go(connection, now, [one["id"] for one in to_them], DROPPED)
        erasing.attachments_go(connection, trace, WHY)
        erasing.mails_go(connection, trace, WHY)
        self.counts["mails"] = originals.purge(connection, now, trace.raws)
        erasing.person_goes(connection, now, trace, self.pseudonym)
        self.counts["named"] = erasing.sweep(connection, mask)
        self._renderings(mask, {one["mailing_id"] for one in to_them if one["personal"]})
        self._originals(mask)
        prints = [one for each in trace.keys for one in self.site.addresses.fingerprints(each)]
        suppressions.add(connection, now, prints)
        how = f"{self.counts['released']} contributions kept{' without their text' if self.texts else ''}"
        for dialogue_id in sorted({one["dialogue_id"] for one in parts}) or [None]:
            audit.record(connection, now, self.actor, "erase", self.pseudonym, how, dialogue_id)
        return Erasure(self.pseudonym, dict(self.counts))

    def _mask(self, written: Sequence[Any]) -> Mask:
        connection, trace = self.connection, self.trace
        addresses = {one: self.pseudonyms.get(key(one), self.pseudonym) for one in trace.spelt}
        came = {one["message_id"] for one in (*written, *traces.inbound(connection, trace))} - {""}
        identifiers = {one: self.site.addresses.stand_ins(one)[0] for one in came}
        alone = telling(trace.names, erasing.other_names(connection, trace), erasing.texts(connection))
        unsaid = Unsaid([one[what] or "" for one in written for what in ("text", "original")]) if self.texts else None
        profile = traces.profile(connection, trace)
        behind = tuple(profile[what] for what in ("organisation", "country") if profile[what]) if profile else ()
        return Mask(trace.names, addresses, INSTEAD, identifiers, alone, behind, unsaid)

    def _contributions(self, written: Sequence[Any]) -> None:
        """Theirs; and how others greet them in answer."""
        for row in written:
            released = row["state"] == ContributionState.RELEASED
            self.counts["released" if released else "unreleased"] += 1
            values: dict[str, Any] = {}
            if released:
                said = TAKEN_OUT if self.texts else greeted(row["text"], self.trace.names, INSTEAD)
                values = {"text": said, "original": None if row["original"] is None else ""}
            erasing.contribution_goes(self.connection, self.now, row, values, self.actor)
        for row in erasing.answers(self.connection, self.trace):
            said = greeted(row["text"], self.trace.names, INSTEAD)
            if said != row["text"]:
                contributions.change(self.connection, row["id"], {"text": said})

    # What we have made.

    def _renderings(self, mask: Mask, to_them: set[int]) -> None:
        theirs = set(self.trace.contributions)
        anew: dict[int, Mapping[str, Rendering]] = {}
        for row in erasing.renderings(self.connection):
            about = row["contribution_id"] in theirs
            if about and row["kind"] == "contribution":
                if row["mailing_id"] not in anew:
                    anew[row["mailing_id"]] = self._anew(row)
                made = anew[row["mailing_id"]].get(row["language"]) or next(iter(anew[row["mailing_id"]].values()))
                erasing.rewrite(self.connection, row["id"], made.head, made.body)
            elif about or row["mailing_id"] in to_them:
                self._hollow(row)
            elif mask.names_them(reworded.spoken(row["head"] + b"\r\n" + row["body"])):
                if row["kind"] in _TOLD and not self._others_wait(row):
                    self._hollow(row)
                elif made := reworded.reworded(row["head"], row["body"], mask):
                    erasing.rewrite(self.connection, row["id"], made.head, made.body)
                    self.counts["mentions"] += 1

    def _others_wait(self, row: Any) -> bool:
        """A letter to moderators that names them and is about others too has still to go."""
        if row["kind"] == "join_request":
            return False
        if row["kind"] == "owner" and any(
            f"reply-to: {one}".encode() in row["head"].lower() for one in self.trace.spelt
        ):
            return False
        return erasing.under_way(self.connection, row["mailing_id"])

    def _anew(self, row: Any) -> Mapping[str, Rendering]:
        """A released contribution as it goes out from now on, dated as before."""
        connection = self.connection
        now_is = dict(contributions.get(connection, row["contribution_id"]) or {})
        dialogue = dialogues.by_id(connection, now_is["dialogue_id"])
        parent = contributions.get(connection, now_is["parent_id"]) if now_is["parent_id"] else None
        number = now_is["number"] or 0
        shown = self.site.pages and archive.is_open(connection, dialogue, now_is)
        return distribute.prepare(
            self.site,
            dialogue,
            row["created_at"],
            now_is,
            number,
            enclosures=[],
            languages=self.site.languages,
            root=outbox.thread_root(connection, dialogue.id, now_is["module"]),
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

    def _originals(self, mask: Mask) -> None:
        """Mails of others that name them: what was said in them is in the contributions."""
        for number, content in erasing.originals(self.connection):
            if mask.names_them(reworded.spoken(content)):
                self.counts["originals"] += originals.purge(self.connection, self.now, [number])

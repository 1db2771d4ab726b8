"""One mail to a service address, what is known of who sent it, and what each wish brings about.

Join, leave, choose what one gets, ask for help or a person. Each answer goes out at most once a day to one address
and kind, to people who do not take part so many in all as steps/limit says (a forged mail must not make us a
nuisance), and quotes nothing of the mail but to moderators. Those get as many single mails as steps/notify says.
"""

from __future__ import annotations

from collections.abc import Callable
from datetime import date, datetime, time, timedelta
from functools import cached_property
from typing import Any

from listserv.core.dialogue import dates
from listserv.core.dialogue.calendar import from_local, to_local
from listserv.core.dialogue.commands import Ask, Command
from listserv.core.dialogue.model import TAKING_PART, DeliveryMode, Participation
from listserv.core.dialogue.written import written_in
from listserv.core.mail import files, identity
from listserv.core.mail.identity import Mailbox
from listserv.steps import choose, compose, confirm, leave, limit, notify, opt_out, request
from listserv.steps.arrival import Arrival
from listserv.steps.choose import Chosen
from listserv.steps.confirm import Purpose
from listserv.steps.limit import Left
from listserv.store import audit, bundles, inbox, occurrences, people
from listserv.store.session import Connection

#: What to do in the transaction that ends the mail's processing; the reason shown in `inbox list`.
Effect = tuple[Callable[[Connection], None], str]


WEEK = timedelta(days=7)  # from now: a day to write in an example


def nothing(connection: Connection) -> None:
    pass


class Wish:
    """One mail, its sender, and what is known of them."""

    def __init__(self, arrival: Arrival, author: Mailbox, part: Any | None, sent_to: str) -> None:
        self.session, self.now, self.site, self.dialogue = arrival.session, arrival.now, arrival.site, arrival.dialogue
        self.mail, self.proof, self.inbox_id = arrival.mail, arrival.proof, arrival.row.id
        self.author, self.part, self.sent_to = author, part, sent_to
        self.on_page = arrival.row.protocol == request.PAGE
        spoken = part["language"] if part else written_in(self.mail.subject, self.mail.text)
        self.language = self.site.language(spoken, self.dialogue.language)
        self.name = part["name"] if part else ""  # never what From says: anybody could have us pass on their words

    @property
    def part_id(self) -> int | None:
        return self.part["id"] if self.part else None

    @property
    def mute(self) -> bool:
        """Whether we do not answer by ourselves: a stranger who may never have written (RFC 3834 §2)."""
        return self.proof.lacking and self.stranger

    @property
    def stranger(self) -> bool:
        return not (self.part and self.part["status"] in TAKING_PART)

    def _answer(self, kind: str, **values: object) -> compose.Prepared:
        return compose.notice(
            self.site,
            self.dialogue,
            self.now,
            kind,
            Mailbox(self.name, self.author.address),
            self.language,
            answers=self.mail.message_id,
            **values,
        )

    def once_a_day(self, kind: str, write: Callable[[Connection], object]) -> Callable[[Connection], None]:
        def effect(connection: Connection) -> None:
            subject = identity.key(self.author.address)
            if occurrences.once_a_day(connection, self.dialogue.id, f"answer:{kind}", subject, self.now):
                if self.stranger:
                    limit.from_source(connection, self.now, self.dialogue.id, self._sender, self.author.address)
                write(connection)

        return effect

    def too_many(self, kind: str) -> bool:
        """Whether an answer of that kind would be one too many to people who do not take part."""
        if not self.stranger:
            return False
        with self.session.read() as connection:
            return limit.too_many(connection, self.now, self.dialogue.id, kind, self.author.address, self._sender)

    @cached_property
    def _sender(self) -> str:
        """The envelope's."""
        with self.session.read() as connection:
            return inbox.sender_of(connection, self.inbox_id)

    def left_out(self, what: Left, reason: str) -> Effect:
        """Not answered, and counted as such."""
        now, dialogue_id = self.now, self.dialogue.id
        return lambda connection: limit.left_out(connection, now, dialogue_id, what), f"{reason}, {limit.FLOOD}"

    def send(self, kind: str, reason: str, **values: object) -> Effect:
        """Answer with that letter, once a day."""
        if self.mute:  # a person may have written all the same: then a person reads it
            return self.owner(f"{reason}, but not answered: {self.proof.says} Passed on to the moderators")
        if self.too_many(kind):
            return self.left_out(Left.REQUEST, reason)
        letter = self._answer(kind, **values)
        effect = self.once_a_day(kind, lambda c: letter.to_one(c, self.now, self.author.address, self.part_id))
        return effect, reason

    def help(self, *, understood: bool) -> Effect:
        return self.send(
            "help", "help" if understood else "not understood; help sent", understood=understood, waits=False
        )

    def not_here(self, reason: str) -> Effect:
        """Nothing is done and nothing waits: told so, and how to take part. No bounce of it concerns anybody."""
        return self.send("not_here", reason, participation=self.dialogue.policy.participation)

    def leave(self) -> Effect:
        if self.part is None or self.part["status"] in (Participation.LEFT, Participation.DECLINED):
            return self.not_here("leave: does not take part")
        asked = confirm.question(
            self.site,
            self.dialogue,
            self.now,
            Purpose.LEAVE,
            self.name,
            self.author.address,
            self.language,
            answers=self.mail.message_id,
        )
        return self.once_a_day("leave", lambda c: asked.ask(c, self.now, self.part_id)), "leave: asked to confirm"

    def leave_by_token(self, part_id: int) -> Effect:
        """The address in List-Unsubscribe: only its owner has got it, so it leaves at once (RFC 2369 §3.2)."""
        with self.session.read() as connection:
            part = people.part(connection, part_id)
        if part is None or part["dialogue_id"] != self.dialogue.id:
            return nothing, "leave: nobody"
        goodbye = leave.goodbye_letter(self.site, self.dialogue, self.now, part)

        def effect(connection: Connection) -> None:
            leave.left(connection, self.now, self.dialogue, part_id, goodbye, part["address"], "by mail")

        return effect, "leave: done"

    def choice(self, asked: Command, *, meant_for_all: bool = False) -> Effect:
        """What somebody wants to get; they are told, so that a forged wish does not stay unnoticed."""
        part = self.part
        if part is None or part["status"] not in TAKING_PART:
            return self.not_here("does not take part")
        if why := self.enough(part["id"]):
            return nothing, why
        until = self._until(asked) if asked.ask is Ask.PAUSE else None
        if isinstance(until, dates.Wrong):
            return self._no_day(until)
        chosen = Chosen(asked.ask is Ask.PAUSE, asked.mode or DeliveryMode(part["delivery"]), until)
        with self.session.read() as connection:
            told = choose.letter(
                *(connection, self.site, self.dialogue, self.now, part, chosen),
                answers=self.mail.message_id,
                meant_for_all=meant_for_all,
            )

        def effect(connection: Connection) -> None:
            people.change_part(connection, self.now, part["id"], chosen.values)
            told.to_one(connection, self.now, part["address"], part["id"])
            audit.record(connection, self.now, part["address"], "set", part["address"], str(chosen), self.dialogue.id)

        return effect, f"{asked.ask.value} {chosen.mode.value}"

    def reminders(self, wanted: bool, *, meant_for_all: bool = False) -> Effect:
        """Whether they get private reminders to write; they are told, as of any choice."""
        part = self.part
        if part is None or part["status"] not in TAKING_PART:
            return self.not_here("does not take part")
        if too_often := self.enough(part["id"]):
            return nothing, too_often
        told = self._answer("reminders", name=self.name, wanted=wanted, meant_for_all=meant_for_all)

        def effect(connection: Connection) -> None:
            opt_out.noted(connection, self.now, self.dialogue, part, wanted)
            told.to_one(connection, self.now, part["address"], part["id"])

        return effect, opt_out.SAID[wanted]

    def enough(self, part_id: int) -> str:
        """Why it is one wish too many today; "" when it is not."""
        with self.session.read() as connection:
            return limit.of_wish(connection, self.now, self.dialogue.id, part_id, self.proof)

    def _until(self, asked: Command) -> datetime | dates.Wrong | None:
        """When a pause ends: as that day begins where the dialogue is held."""
        zone = self.dialogue.zone
        day = dates.until(asked.said, to_local(self.now, zone).date())
        return from_local(datetime.combine(day, time()), zone) if isinstance(day, date) else day

    def _no_day(self, wrong: dates.Wrong) -> Effect:
        """The day is past or cannot be read: nothing is done, and they hear how to write it."""
        letter = self._answer("pause_day", name=self.name, past=wrong is dates.Wrong.PAST, example=self.now + WEEK)
        address, part_id = self.author.address, self.part_id
        return lambda connection: letter.to_one(connection, self.now, address, part_id) and None, f"pause: {wrong} day"

    def missed(self) -> Effect:
        """What came out while they paused, in one mail."""
        part = self.part
        if part is None or part["status"] not in TAKING_PART:
            return self.not_here("does not take part")
        if why := self.enough(part["id"]):
            return nothing, why
        letter = self._answer("missed_none", name=self.name, paused=part["status"] == Participation.PAUSED)
        part_id = part["id"]

        def effect(connection: Connection) -> None:
            if not bundles.want_missed(connection, self.dialogue.id, part_id):
                letter.to_one(connection, self.now, part["address"], part_id)

        return effect, "missed"

    def owner(self, reason: str = "passed on to the moderators") -> Effect:
        """To each moderator while the hour has room for notices; else it waits for the next bundle."""
        with self.session.read() as connection:
            room = notify.room(connection, self.now, self.dialogue.id) > 0
            moderators = people.moderators(connection, self.dialogue.id)
        if not room:
            now, dialogue_id, waits = self.now, self.dialogue.id, f"{reason} in a bundle: many came within the hour"
            return lambda connection: notify.wait(connection, now, dialogue_id, self.inbox_id), waits
        clean = self.site.addresses
        came = [(clean.without_tokens(one.name), one) for one in self.mail.attachments]
        fits = files.fit(one.size for one in self.mail.attachments)
        notices = compose.notices_to(
            self.site,
            self.dialogue,
            self.now,
            "owner",
            moderators,
            reply_to=self.author.address,
            name=self.name or self.author.name,
            address=self.author.address,
            subject=clean.without_tokens(self.mail.subject),
            text=clean.without_tokens(self.mail.body),
            sent_to=self.sent_to,
            warning=self.proof.says if self.proof.refuted or self.proof.lacking else "",
            attachments=[(name, one.content_type, clean.masked(one.content)) for name, one in came if fits],
            listed=[(name, one.size) for name, one in came],
            kept_as=None if fits else self.inbox_id,
        )
        return lambda connection: compose.to_moderators(connection, self.now, moderators, notices), reason

"""Mails to a dialogue's service addresses: join, leave, choose what one gets, confirm, ask for help or a person.

Each answer goes out at most once a day to one address and kind (a forged mail must not make us a nuisance), quotes
nothing of the mail but to moderators, and never answers automatic mail (RFC 3834 §2): intake has sorted that out.
"""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime
from typing import Any

from listserv.core.dialogue import commands
from listserv.core.dialogue.commands import Ask, Command
from listserv.core.dialogue.model import DeliveryMode, Dialogue, Participation
from listserv.core.mail import identity
from listserv.core.mail.addresses import Role, Target
from listserv.core.mail.identity import Mailbox
from listserv.core.mail.inmail import InboundMail
from listserv.core.site import Site
from listserv.steps import compose, confirm, enrol
from listserv.steps.confirm import Purpose
from listserv.store import audit, confirmations, occurrences, people
from listserv.store.session import Connection, Session

#: What to do in the transaction that ends the mail's processing; the reason shown in `inbox list`.
Effect = tuple[Callable[[Connection], None], str]


def _nothing(connection: Connection) -> None:
    pass


def consider(
    session: Session, now: datetime, site: Site, dialogue: Dialogue, target: Target, mail: InboundMail
) -> Effect:
    """What a mail to one of the service addresses brings about."""
    if mail.author is None or not identity.valid(mail.author.address):
        return _nothing, "no clear sender"
    with session.read() as connection:
        part = people.part_of(connection, dialogue.id, mail.author.address)
    case = _Case(session, now, site, dialogue, mail, mail.author, part)
    if target.role is Role.CONFIRM:
        return case.confirmation(target.token)
    if target.role is Role.LEAVE and target.payload is not None:
        return case.leave_by_token(target.payload)
    asked = commands.parse(target.role.value, mail.subject, mail.text)
    match asked.ask:
        case Ask.JOIN:
            return case.join()
        case Ask.LEAVE:
            return case.leave()
        case Ask.OWNER:
            return case.owner()
        case Ask.HELP:
            return case.help(understood=True)
        case Ask.PAUSE | Ask.RESUME | Ask.DELIVERY if part is not None:
            return case.choice(asked)
        case _:
            return case.help(understood=False)


class _Case:
    """One mail, its sender, and what is known of them."""

    def __init__(
        self,
        session: Session,
        now: datetime,
        site: Site,
        dialogue: Dialogue,
        mail: InboundMail,
        author: Mailbox,
        part: Any | None,
    ) -> None:
        self.session, self.now, self.site, self.dialogue, self.mail = session, now, site, dialogue, mail
        self.author, self.part = author, part
        self.language = site.language(part["language"] if part else "", dialogue.language)
        self.name = (part["name"] if part else "") or author.name

    @property
    def _part_id(self) -> int | None:
        return self.part["id"] if self.part else None

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

    def _once_a_day(self, kind: str, write: Callable[[Connection], None]) -> Callable[[Connection], None]:
        def effect(connection: Connection) -> None:
            subject, day = identity.key(self.author.address), self.now.toordinal()
            if occurrences.once(connection, self.dialogue.id, f"answer:{kind}", subject, day, self.now):
                write(connection)

        return effect

    def _send(self, kind: str, **values: object) -> Callable[[Connection], None]:
        """Answer with that letter, once a day."""
        letter = self._answer(kind, **values)
        return self._once_a_day(
            kind, lambda connection: letter.to_one(connection, self.now, self.author.address, self._part_id) and None
        )

    def help(self, *, understood: bool) -> Effect:
        return self._send("help", understood=understood), "help" if understood else "not understood; help sent"

    def join(self) -> Effect:
        active = (Participation.ACTIVE, Participation.PAUSED)
        if self.part and self.part["status"] in active:
            return self._send("help", understood=True), "join: takes part already"
        if self.dialogue.policy.participation == "invite" and not (
            self.part and self.part["status"] == Participation.INVITED
        ):
            return self._stranger("join: by invitation only")
        asked = confirm.question(
            self.site,
            self.dialogue,
            self.now,
            Purpose.JOIN,
            self.name,
            self.author.address,
            self.language,
            answers=self.mail.message_id,
        )
        return self._once_a_day("join", lambda c: asked.ask(c, self.now, self._part_id)), "join: asked to confirm"

    def _stranger(self, reason: str) -> Effect:
        letter = stranger_letter(self.site, self.dialogue, self.now, self.session, self.mail, self.author)
        return self._once_a_day("stranger", lambda c: letter.to_one(c, self.now, self.author.address) and None), reason

    def leave(self) -> Effect:
        if self.part is None or self.part["status"] in (Participation.LEFT, Participation.DECLINED):
            return self._stranger("leave: does not take part")
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
        return self._once_a_day("leave", lambda c: asked.ask(c, self.now, self._part_id)), "leave: asked to confirm"

    def leave_by_token(self, part_id: int) -> Effect:
        """The address in List-Unsubscribe: only its owner has got it, so it leaves at once (RFC 2369 §3.2)."""
        with self.session.read() as connection:
            part = people.part(connection, part_id)
        if part is None or part["dialogue_id"] != self.dialogue.id:
            return _nothing, "leave: nobody"
        goodbye = enrol.goodbye_letter(self.site, self.dialogue, self.now, part)

        def effect(connection: Connection) -> None:
            enrol.left(connection, self.now, self.dialogue, part_id, goodbye, part["address"], "by mail")

        return effect, "leave: done"

    def confirmation(self, token: str) -> Effect:
        """A yes to a question of ours; the address alone says which (the mail may come from another of theirs)."""
        with self.session.read() as connection:
            asked = confirmations.find(connection, confirm.hashed(token))
            part = people.part_of(connection, self.dialogue.id, asked["address"]) if asked else None
            moderators = people.moderators(connection, self.dialogue.id)
        if asked is None or asked["dialogue_id"] != self.dialogue.id:
            return self.help(understood=False)
        if asked["used_at"] is not None or asked["lapses_at"] <= self.now:
            return self._send("help", understood=True), f"{asked['purpose']}: confirmed before, or too late"
        answer = commands.parse("confirm", self.mail.subject, self.mail.text)
        if answer.ask is Ask.UNKNOWN:
            return self.owner("confirmation not understood; passed on to the moderators")
        if answer.ask is Ask.DECLINE:
            return self._no(asked, part)
        if asked["purpose"] == Purpose.LEAVE:
            return self._leave_confirmed(asked, part)
        return self._join_confirmed(asked, part, moderators)

    def _no(self, asked: Any, part: Any | None) -> Effect:
        def effect(connection: Connection) -> None:
            if (
                confirmations.use(connection, asked["id"], self.now)
                and part
                and part["status"] == Participation.INVITED
            ):
                people.change_part(connection, self.now, part["id"], {"status": Participation.DECLINED})
                audit.record(
                    connection, self.now, asked["address"], "decline", asked["address"], "by mail", self.dialogue.id
                )

        return effect, f"{asked['purpose']}: no"

    def _leave_confirmed(self, asked: Any, part: Any | None) -> Effect:
        if part is None:
            return _nothing, "leave: nobody"
        goodbye = enrol.goodbye_letter(self.site, self.dialogue, self.now, part)

        def effect(connection: Connection) -> None:
            if confirmations.use(connection, asked["id"], self.now):
                enrol.left(connection, self.now, self.dialogue, part["id"], goodbye, asked["address"], "by mail")

        return effect, "leave: confirmed"

    def _join_confirmed(self, asked: Any, part: Any | None, moderators: Any) -> Effect:
        by_request = asked["purpose"] == Purpose.JOIN and self.dialogue.policy.participation == "request"
        invited = part is not None and part["status"] == Participation.INVITED
        status = Participation.REQUESTED if by_request and not invited else Participation.ACTIVE
        welcome = enrol.welcome_letter(
            self.site, self.dialogue, self.now, asked["name"], asked["address"], asked["language"]
        )
        notices = compose.notices_to(
            self.site,
            self.dialogue,
            self.now,
            "join_request",
            moderators,
            name=asked["name"],
            address=asked["address"],
            organisation=part["organisation"] if part else "",
            country=part["country"] if part else "",
            text=self.mail.text.strip(),
        )

        def effect(connection: Connection) -> None:
            if not confirmations.use(connection, asked["id"], self.now):
                return
            current = people.part_of(connection, self.dialogue.id, asked["address"])
            if current and current["status"] in (Participation.ACTIVE, Participation.PAUSED):
                return  # a moderator has added them meanwhile: a late yes takes nothing back
            part_id = _admit(connection, self.now, self.dialogue, asked, status)
            if status is Participation.REQUESTED:
                compose.to_moderators(connection, self.now, moderators, notices)
            else:
                welcome.to_one(connection, self.now, asked["address"], part_id)
                enrol.hand_announcement(
                    connection, self.dialogue, part_id, asked["language"], asked["address"], DeliveryMode.EACH
                )
            audit.record(
                connection, self.now, asked["address"], "join", asked["address"], status.value, self.dialogue.id
            )

        return effect, f"join: {status.value}"

    def choice(self, asked: Command) -> Effect:
        """What somebody wants to get; they are told, so that a forged wish does not stay unnoticed."""
        part = self.part
        if part is None or part["status"] not in (Participation.ACTIVE, Participation.PAUSED):
            return self._stranger("does not take part")
        status = Participation.PAUSED if asked.ask is Ask.PAUSE else Participation.ACTIVE
        mode = asked.mode or DeliveryMode(part["delivery"])
        letter = self._answer("choice", name=self.name, paused=status is Participation.PAUSED, mode=mode.value)

        def effect(connection: Connection) -> None:
            people.change_part(connection, self.now, part["id"], {"status": status, "delivery": mode})
            letter.to_one(connection, self.now, part["address"], part["id"])
            said = f"status {status.value}, delivery {mode.value}"
            audit.record(connection, self.now, part["address"], "set", part["address"], said, self.dialogue.id)

        return effect, f"{asked.ask.value} {mode.value}"

    def owner(self, reason: str = "passed on to the moderators") -> Effect:
        with self.session.read() as connection:
            moderators = people.moderators(connection, self.dialogue.id)
        notices = compose.notices_to(
            self.site,
            self.dialogue,
            self.now,
            "owner",
            moderators,
            reply_to=self.author.address,
            name=self.name,
            address=self.author.address,
            subject=self.mail.subject,
            text=self.mail.body,
            attachments=[(one.name, one.content_type, one.content) for one in self.mail.attachments],
            listed=[(one.name, one.size) for one in self.mail.attachments],
        )
        return lambda connection: compose.to_moderators(connection, self.now, moderators, notices), reason


def _admit(connection: Connection, now: datetime, dialogue: Dialogue, asked: Any, status: Participation) -> int:
    part = people.part_of(connection, dialogue.id, asked["address"])
    if part is not None:
        people.change_part(connection, now, part["id"], {"status": status, "joined_at": now})
        return part["id"]
    person_id = people.person_of(connection, asked["address"])
    if person_id is None:
        profile = {"name": asked["name"], "language": asked["language"]}
        person_id = people.add_person(connection, now, asked["address"], profile)
    return people.add_part(connection, now, dialogue.id, person_id, status=status)


def stranger_letter(
    site: Site, dialogue: Dialogue, now: datetime, session: Session, mail: InboundMail, author: Mailbox
) -> compose.Prepared:
    """How to take part, for somebody who does not; nothing of their mail is quoted."""
    return compose.notice(
        site,
        dialogue,
        now,
        "stranger",
        Mailbox(author.name, author.address),
        site.language(dialogue.language),
        answers=mail.message_id,
        contact=site.addresses.owner(dialogue.slug),
        participation=dialogue.policy.participation,
    )

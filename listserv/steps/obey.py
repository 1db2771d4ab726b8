"""One word in answer to a mail of ours: "daily", "pause until 10 Nov", "stop". It is done, and told how to undo it.

Nothing else is read as a word to us: a mail with words of its own, with files, by a machine or somebody who does not
take part, one that answers nothing of ours, or a word that may well answer what somebody asked. Those are held or
passed on, as ever, for people to read. Who is asked whether they want to leave has left only once they say yes.
"""

from __future__ import annotations

from listserv.core.dialogue import commands
from listserv.core.dialogue.commands import Ask, Command
from listserv.core.dialogue.model import TAKING_PART, DeliveryMode, Participation
from listserv.core.mail import files, identity
from listserv.core.mail.addresses import Role
from listserv.core.mail.files import Fate
from listserv.steps import never
from listserv.steps.arrival import Arrival
from listserv.steps.find import MOST_ANSWERED
from listserv.steps.wish import Effect, Wish
from listserv.store import contributions, copies, people

LONGEST = 2000  # characters, with quotes that stand in it: what is longer is no word, and costs no look at the store
LONGEST_SAID = 15  # letters of a "never" that somebody may have been asked for; "Never write to me again" is none
ROLES = (Role.DIALOGUE, Role.REPLY, Role.OWNER, Role.SURVEY)


def obey(arrival: Arrival) -> Effect | None:
    """What a mail to one of ROLES brings about by its one word; None: it is not such a mail."""
    mail, target, dialogue, author = arrival.mail, arrival.target, arrival.dialogue, arrival.mail.author
    if len(mail.text) > LONGEST:
        return None
    if target.role not in ROLES or mail.automatic is not None or mail.to_many or arrival.proof.refuted:
        return None
    came = files.sorted_out(mail.attachments, mail.html, dialogue.policy.attachments)
    if any(one.fate is not Fate.DROPPED for one in came):  # logos of signatures say nothing
        return None
    if author is None or not identity.valid(author.address):
        return None
    with arrival.session.read() as connection:
        part = people.part_of(connection, dialogue.id, author.address)
        if part is None:
            return None
        asked = commands.alone(mail.text, f"{part['name']} {author.name}")
        if asked is None or (part["status"] not in TAKING_PART and asked.ask is not Ask.NEVER):
            return None
        answers = [*mail.in_reply_to, *reversed(mail.references)][:MOST_ANSWERED]
        known = contributions.known_as(connection, dialogue.id, answers)
        ours = known is not None or any(copies.is_ours(connection, one) for one in answers)
    said = target.role is Role.REPLY or (known is not None and known.id is not None)  # it answers a contribution
    if not (ours or said) or (said and _may_be_an_answer(asked, part["status"])):
        return None
    wish = Wish(arrival, author, part, sent_to="")
    if asked.ask is Ask.LEAVE:
        return wish.leave()
    meant_for_all = target.role in (Role.DIALOGUE, Role.REPLY)
    match asked.ask:
        case Ask.NEVER:
            return never.ask(wish)
        case Ask.MISSED:
            return wish.missed()
        case Ask.UNREMINDED | Ask.REMINDED:
            return wish.reminders(asked.ask is Ask.REMINDED, meant_for_all=meant_for_all)
    return wish.choice(asked, meant_for_all=meant_for_all)


def _may_be_an_answer(asked: Command, status: str) -> bool:
    """Whether the word may be said to somebody who asked: "None." "Continue!" "Never again." """
    if asked.mode is DeliveryMode.NONE:
        return True
    if asked.ask is Ask.NEVER:
        return len(asked.said) <= LONGEST_SAID
    return asked.ask is Ask.RESUME and status != Participation.PAUSED

"""Imaginary participants, and what they write to each module. The same for the same settings."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from email.message import EmailMessage
from email.utils import format_datetime

from listserv.core.dialogue.model import DeliveryMode, Dialogue, Module
from listserv.steps.newcomer import Newcomer


@dataclass(frozen=True, slots=True)
class Writes:
    """One mail to the dialogue. `question` is the guiding question it answers, as a moderator will mark it."""

    at: datetime
    by: Newcomer
    module: int
    question: int | None
    subject: str
    text: str


_PEOPLE = (
    ("Amina Diallo", "SN", "Ministry of Women's Affairs", "government", "female"),
    ("Jonas Berg", "NO", "Peace Research Centre", "research", "male"),
    ("Rosa Quispe", "PE", "Red de Mujeres", "civil society", "female"),
    ("Leila Haddad", "JO", "Women's Union", "civil society", "female"),
    ("Grace Wanjiru", "KE", "Ministry of Gender", "government", "female"),
    ("Pierre Lambert", "CD", "Cadre permanent", "civil society", "male"),
    ("Farida Akhter", "BD", "Joint Staff Division", "armed forces", "female"),
    ("Olga Sidorova", "RU", "Committee of Mothers", "civil society", "female"),
    ("Anil Perera", "LK", "Ministry of Defence", "armed forces", "male"),
    ("Sunita Rai", "NP", "Peace Secretariat", "government", "female"),
    ("Mariam Traoré", "ML", "Association des juristes", "civil society", "female"),
    ("Carlos Mendoza", "GT", "Ministerio de la Defensa", "armed forces", "male"),
    ("Hanna Virtanen", "FI", "Ministry for Foreign Affairs", "government", "female"),
    ("Samuel Okello", "UG", "Community Radio", "media", "male"),
)
_READS_ROUNDUPS, _READS_DAILY = 12, 10  # places in _PEOPLE
_WRITERS = (0, 4, 2, 1, 7, 5)  # who writes, by place; the others read along
_FREQUENT = 0  # … and who writes most
_MOST = 12  # contributions beyond which nobody needs be shown to be frequent

_SAID = (
    "In our experience it begins with a budget line. Where a plan has none, nothing follows; ours names a sum for each"
    " aim, and who answers for it.",
    "We began with a survey in three provinces, and asked the women's organisations there to read the draft before"
    " anybody else did. It took four months longer, and was worth it.",
    "Two ministries could not agree on who leads. What helped was a small committee with civil society in it, which"
    " meets every second month and publishes its minutes.",
    "I would warn against too many indicators. We started with forty and reported on nine; today there are twelve, and"
    " each has an office behind it.",
    "Donors paid for the printing, not for the meetings. We now ask for the meetings first.",
)


def people(dialogue: Dialogue, languages: Sequence[str]) -> tuple[list[Newcomer], list[Newcomer]]:
    """Who takes part from the start, and who is invited and never answers; in turn in each of the site's languages.

    Three from Southern Asia and three from armed forces never write: the mid-week note says so.
    """
    made = []
    for place, (name, country, organisation, sector, gender) in enumerate(_PEOPLE):
        profile = {"country": country, "organisation": organisation, "sector": sector, "gender": gender}
        profile["language"] = languages[place % len(languages)]
        modes = {_READS_ROUNDUPS: DeliveryMode.ROUNDUP, _READS_DAILY: DeliveryMode.DAILY}
        made.append(Newcomer(_address(name), name, profile, delivery=modes.get(place, DeliveryMode.EACH)))
    return made[:-1], made[-1:]


def _address(name: str) -> str:
    plain = name.lower().replace("é", "e").replace(" ", ".")
    return f"{plain}@participants.example"


#: How much of an open-ended module is played.
OPEN_ENDED = timedelta(weeks=2)


def script(dialogue: Dialogue, cast: Sequence[Newcomer]) -> list[Writes]:
    """A few contributions to each module, spread over its time, in order. The last question stays without any."""
    return sorted((one for module in dialogue.modules for one in _of(dialogue, module, cast)), key=lambda one: one.at)


def _of(dialogue: Dialogue, module: Module, cast: Sequence[Newcomer]) -> list[Writes]:
    writers = [cast[place] for place in _WRITERS][module.number - 1 :][:4] or [cast[_WRITERS[0]]]
    most = dialogue.policy.calendar.frequent
    if module.number == 1 and 0 < most <= _MOST:
        writers += [cast[_WRITERS[_FREQUENT]]] * most
    taken = max(1, len(module.questions) - 1)
    lasts = (module.closes_at or module.opens_at + OPEN_ENDED) - module.opens_at
    found = []
    for turn, by in enumerate(writers, 1):
        at = module.opens_at + lasts * turn / (len(writers) + 1)
        question = (turn - 1) % taken + 1 if module.questions else None
        subject = f"On question {question}" if question else f"On {module.title}"
        found.append(Writes(at, by, module.number, question, subject, _text(module, question, turn)))
    return found


def _text(module: Module, question: int | None, turn: int) -> str:
    asked = f"You ask: {module.questions[question - 1]}\n\n" if question else ""
    return f"{asked}{_SAID[(turn + module.number) % len(_SAID)]}\n\n{_SAID[(turn + module.number + 2) % len(_SAID)]}\n"


def mail(one: Writes, number: int, to: str) -> bytes:
    """As a mail program writes it."""
    made = EmailMessage()
    made["From"] = f"{one.by.name} <{one.by.address}>"
    made["To"] = to
    made["Subject"] = one.subject
    made["Date"] = format_datetime(one.at)
    made["Message-ID"] = f"<rehearsal.{number}@participants.example>"
    made.set_content(one.text, cte="quoted-printable")
    return made.as_bytes().replace(b"\r\n", b"\n").replace(b"\n", b"\r\n")


def before(first: datetime) -> datetime:
    """When the rehearsal begins: the day before the first mail, so that all is set up by then."""
    return first - timedelta(days=1)

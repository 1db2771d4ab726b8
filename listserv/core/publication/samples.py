"""Values to try the calendar's letters with, before there are people: `check` makes each letter of them once."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import timedelta

from listserv.core.dialogue import survey
from listserv.core.dialogue.model import Dialogue, Module
from listserv.core.dialogue.profile import ASKED, Question
from listserv.core.mail.addresses import Addresses
from listserv.core.publication.wording import Desk

ASKED_AFTER = (
    survey.Question("value", "How useful was it?", survey.Kind.SCALE, "not at all", "very"),
    survey.Question("used", "What did you use?", survey.Kind.CHOICE, choices=("the mails", "the report")),
    survey.Question("next", "What should come next?"),
)


@dataclass(frozen=True, slots=True)
class Figures:
    contributions: int = 88
    contributors: int = 52
    countries: int = 31
    registered: int = 432
    share: int = 12


@dataclass(frozen=True, slots=True)
class Noted:
    key: str
    label: str
    value: str


def _dated(module: Module) -> Module:
    """One without an end as if it had one: the mails of its last day are looked at, too."""
    return replace(module, closes_at=module.closes_at or module.opens_at + timedelta(weeks=1))


def letters(dialogue: Dialogue, addresses: Addresses) -> Mapping[str, Mapping[str, object]]:
    """By the letter's name, what its template is given."""
    first, last = (_dated(one) for one in (dialogue.modules[0], dialogue.modules[-1]))
    common = {"dialogue": dialogue, "desk": Desk.of(addresses, dialogue.slug), "edited": ""}
    name, token = "Amina Diallo", addresses.confirm(dialogue.slug, "a" * 26)
    covered = [(number, text, number) for number, text in enumerate(first.questions[:1], 1)]
    form = (Question("name"), *ASKED)
    special: dict[str, dict[str, object]] = {
        "announcement": {
            "module": first,
            "moderators": ["Mia Moderator"],
            "late": False,
            "grace_until": first.closes_at,
        },
        "reminder": {"module": first, "contributions": 14, "open_questions": list(first.questions)},
        "closing": {"module": first, "figures": Figures(), "next_module": last, "grace_until": first.closes_at},
        "midweek": {
            "module": first,
            "contributions": 14,
            "contributors": 9,
            "covered": covered,
            "open_questions": list(first.questions[1:]),
            "regions": ["Western Africa", "Caribbean"],
            "sectors": ["media"],
        },
        "last_call": {"module": last, "ends_at": last.closes_at, "figures": Figures()},
        "survey": {"questions": dialogue.survey or ASKED_AFTER, "anonymous": dialogue.survey_anonymous},
        "survey_reminder": {"questions": dialogue.survey or ASKED_AFTER, "anonymous": dialogue.survey_anonymous},
        "thanks": {"figures": Figures(), "left_over": [("Amina Diallo", 76), ("", 77)]},
        "nudge": {"name": name, "module": first, "open_questions": list(first.questions)},
        "frequent": {"name": name, "module": first, "count": 6},
        "checkin": {"name": name, "confirm": token, "form": form, "next_module": first},
        "invitation": {
            "name": name,
            "confirm": token,
            "form": form,
            "inviter": "",
            "resources": [("A paper", "https://example.org/paper.pdf")],
        },
        "welcome": {
            "name": name,
            "module": first,
            "next_module": last,
            "noted": [Noted("country", "", "SN")],
            "brought": "",
        },
    }
    return {letter: {**common, **values} for letter, values in special.items()}

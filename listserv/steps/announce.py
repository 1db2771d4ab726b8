"""The programme's mails to all: an opening, a reminder, a closing, the mid-week note, last call, survey and thanks.

`letter` gives one in a language as it would go out now; `prepare` makes the mailing. What organisers have written in
place of ours stands in it word for word, in the dialogue's language; the frame is in the reader's.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Any

from listserv.core.dialogue import facilitation, regions
from listserv.core.dialogue.model import ContributionState, DeliveryMode, Dialogue, Module
from listserv.core.dialogue.programme import Due, OccurrenceKind
from listserv.core.publication.wording import Letter
from listserv.core.site import Site
from listserv.steps import compose, cover, drafting
from listserv.steps.gather import people_of, voice
from listserv.store import announcements, contributions, people, readers
from listserv.store.session import Connection

TEMPLATE = {
    OccurrenceKind.OPEN: "announcement",
    OccurrenceKind.REMINDER: "reminder",
    OccurrenceKind.CLOSE: "closing",
    OccurrenceKind.MIDWEEK: "midweek",
    OccurrenceKind.LAST_CALL: "last_call",
    OccurrenceKind.SURVEY: "survey",
    OccurrenceKind.THANKS: "thanks",
}

#: Mails that have an HTML form, too.
WITH_HTML = (OccurrenceKind.OPEN, OccurrenceKind.MIDWEEK, OccurrenceKind.SURVEY, OccurrenceKind.THANKS)

#: Mails after the end, which also go to those who want round-ups only: most of them have read.
_TO_READERS = (OccurrenceKind.SURVEY, OccurrenceKind.THANKS)


_SECTOR = 60  # characters of what people call their sector

#: So long a private reminder stands for that to all.
NUDGE_LASTS = timedelta(days=1)


@dataclass(frozen=True, slots=True)
class Counts:
    """What closing mails say. `heard`: contributors who are registered; `share`: those of all registered, per cent."""

    contributions: int
    contributors: int
    countries: int
    registered: int
    heard: int

    @property
    def share(self) -> int:
        return round(100 * self.heard / self.registered) if self.registered else 0


def modes(kind: OccurrenceKind) -> Sequence[DeliveryMode]:
    """Whose delivery modes take it in."""
    return compose.ROUNDUPS if kind in _TO_READERS else compose.PROGRAMME


def spared(connection: Connection, dialogue: Dialogue, now: datetime, what: Due) -> set[int]:
    """Who does not get it all the same: the private reminder of the last day has said what a module's reminder says."""
    if what.kind is not OccurrenceKind.REMINDER or what.module is None:
        return set()
    return readers.nudged(connection, dialogue.id, what.module, now - NUDGE_LASTS)


def letter(
    connection: Connection, site: Site, dialogue: Dialogue, now: datetime, what: Due, language: str, edited: str = ""
) -> Letter:
    """Subject and text in that language, as it would go out now."""
    values = _values(connection, dialogue, now, what, language)
    return compose.words(site, dialogue, TEMPLATE[what.kind], language, edited=edited, **values)


def body(connection: Connection, site: Site, dialogue: Dialogue, now: datetime, what: Due, language: str) -> str:
    """What of it organisers can write anew, in our words."""
    return compose.body(
        site, dialogue, TEMPLATE[what.kind], language, **_values(connection, dialogue, now, what, language)
    )


def prepare(connection: Connection, site: Site, dialogue: Dialogue, now: datetime, what: Due) -> compose.Prepared:
    """The mailing, in the languages of those who take part."""
    change = dialogue.change(*what.key)
    edited = change.text if change else ""
    module = _module(dialogue, what)
    kind = TEMPLATE[what.kind]
    opens = what.kind is OccurrenceKind.OPEN
    root = announcements.thread_root(connection, dialogue.id, module.number) if module and not opens else None
    return compose.everyone(
        site,
        dialogue,
        now,
        kind,
        # An announcement is kept for who joins late, in every language they may come with.
        site.languages if opens else people.languages(connection, dialogue.id),
        lambda language: letter(connection, site, dialogue, now, what, language, edited),
        references=[root] if root else [],
        html=what.kind in WITH_HTML,
        module=module.number if module else None,
        reply_to=site.addresses.owner(dialogue.slug) if what.kind in _TO_READERS else None,
    )


def _module(dialogue: Dialogue, what: Due) -> Module | None:
    """The module it is about, as it will be: a second announcement says that it is one."""
    if what.kind is OccurrenceKind.LAST_CALL:  # what it brings counts for the one that closed last
        return max(dialogue.modules, key=lambda one: (one.ends_at or one.opens_at, one.number))
    module = dialogue.module(what.module if what.module is not None else _number(what))
    if module is None and _number(what) is not None:
        raise ValueError(f"{dialogue.slug} has no module {what.subject}")
    return replace(module, reopenings=what.round) if module else None


def _number(what: Due) -> int | None:
    return int(what.subject) if what.subject.isdecimal() else None


def _values(connection: Connection, dialogue: Dialogue, now: datetime, what: Due, language: str) -> dict[str, Any]:
    """What its template is given."""
    module = _module(dialogue, what)
    match what.kind:
        case OccurrenceKind.SURVEY:
            return {"questions": dialogue.survey, "anonymous": dialogue.survey_anonymous}
        case OccurrenceKind.THANKS:
            left_over = drafting.left_over(connection, dialogue)
            return {"figures": counts(connection, dialogue, None), "left_over": left_over}
        case _ if module is None:
            raise ValueError(f"{what.id} is no mail to all")
        case OccurrenceKind.OPEN:
            names = [one["name"] for one in people.moderators(connection, dialogue.id) if one["name"]]
            late = module.closes_at is not None and module.closes_at <= now
            return {"module": module, "moderators": names, "late": late, **_grace(dialogue, now, module.closes_at)}
        case OccurrenceKind.REMINDER:
            covered, open_ = drafting.taken_up(connection, dialogue, module)
            so_far = counts(connection, dialogue, module)
            return {"module": module, "contributions": so_far.contributions, "open_questions": open_ if covered else []}
        case OccurrenceKind.MIDWEEK:
            return {"module": module, **_so_far(connection, dialogue, module, language)}
        case OccurrenceKind.LAST_CALL:
            ends_at = facilitation.end(dialogue)
            return {"module": module, "ends_at": ends_at, "figures": counts(connection, dialogue, None)}
        case _:
            return {"module": module, **_closing(connection, dialogue, module, now, what.at)}


def counts(connection: Connection, dialogue: Dialogue, module: Module | None) -> Counts:
    """Of that module, or of the whole dialogue."""
    number = module.number if module else None
    rows = contributions.rows(connection, dialogue.id, [ContributionState.RELEASED], module=number)
    strangers: dict[str, int] = {}
    wrote = {voice(row, strangers) for row in rows}
    registered = {one.person for one in people_of(connection, dialogue) if one.registered}
    return Counts(
        contributions=len(rows),
        contributors=len(wrote),
        countries=len({row["country"] for row in rows if row["country"]}),
        registered=len(registered),
        heard=len(wrote & registered),
    )


def _so_far(connection: Connection, dialogue: Dialogue, module: Module, language: str) -> dict[str, Any]:
    covered, open_ = drafting.taken_up(connection, dialogue, module)
    so_far = counts(connection, dialogue, module)
    missing = cover.unheard(connection, dialogue, module)
    return {
        "contributions": so_far.contributions,
        "contributors": so_far.contributors,
        "covered": covered,
        "open_questions": open_ if covered else [],
        "regions": [regions.named(one, language) for one in missing.regions],
        "sectors": [" ".join(one.split())[:_SECTOR] for one in missing.sectors],  # people's own words
    }


def _closing(
    connection: Connection, dialogue: Dialogue, module: Module, now: datetime, closed_at: datetime
) -> dict[str, Any]:
    following = [one for one in dialogue.modules if one.number > module.number and one.closed_at is None]
    return {
        "figures": counts(connection, dialogue, module),
        "next_module": following[0] if following else None,
        **_grace(dialogue, now, closed_at),
    }


def _grace(dialogue: Dialogue, now: datetime, closed_at: datetime | None) -> dict[str, datetime | None]:
    """Until when replies to a module that closed then still count; None where that has passed."""
    until = closed_at + dialogue.policy.grace if closed_at else None
    return {"grace_until": until if until and until > now else None}

"""Contributions once a day in one mail, for those who have chosen so: at the dialogue's hour, all that was released
since their last, by module and guiding question, each with the address where an answer to it goes.

Who starts with bundles between two of them has had some of what the next one holds: those get one of their own, without
it, and who wants each contribution again gets at once, as one mail, what they had not got yet. So a day has one bundle,
and further ones only for those whose mode has changed. Nothing new, nothing sent. The bytes hold nothing personal:
the reply address of a contribution is the same for all.
"""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any

from listserv.core.dialogue import audience
from listserv.core.dialogue.calendar import daily, to_local
from listserv.core.dialogue.model import ContributionState, Dialogue
from listserv.core.mail import outmail
from listserv.core.mail.files import Fate
from listserv.core.publication import byline
from listserv.core.publication.bundle import Item, parts
from listserv.core.publication.wording import Letter
from listserv.core.site import Site
from listserv.steps import compose, distribute
from listserv.store import (
    announcements,
    attachments,
    audit,
    bundles,
    contributions,
    dialogues,
    occurrences,
    people,
)
from listserv.store.session import Connection, Session

DAY = "bundle"  # the occurrence of a day's bundles; its round is the local day
TRIES = 20  # somebody may choose something else while a bundle is rendered
_LONG = timedelta(days=2)  # no bundle's hour is further away


class _Overtaken(Exception):
    """What is due has changed while it was rendered."""


@dataclass(frozen=True, slots=True)
class _Plan:
    """Which contributions go to whom; `day`: the local day whose bundles they are, None if only what is owed is."""

    day: int | None
    groups: dict[tuple[int, ...], set[int]]  # official numbers: participations


def send(session: Session, now: datetime, site: Site, dialogue: Dialogue, actor: str) -> int:
    """Send the bundles of the day whose hour has come, unless that was done, and what is owed; how many mailings."""
    return _send(session, now, site, dialogue, actor, of_the_day=True)


def send_owed(session: Session, now: datetime, site: Site) -> int:
    """Send what is owed, in every dialogue: whoever asks for it need not wait for the clock. How many mailings."""
    count = 0
    with session.read() as connection:
        waiting = [
            dialogues.by_id(connection, one) for one in bundles.owing(connection) if bundles.owed(connection, one)
        ]
    for dialogue in waiting:
        count += _send(session, now, site, dialogue, "engine", of_the_day=False)
    return count


def _send(session: Session, now: datetime, site: Site, dialogue: Dialogue, actor: str, *, of_the_day: bool) -> int:
    for _ in range(TRIES):
        with session.read() as connection:
            plan = _plan(connection, now, dialogue, of_the_day)
            if not plan.groups:
                return 0
            made = [
                (numbers, ids, prepare(connection, now, site, dialogue, numbers, ids))
                for numbers, ids in plan.groups.items()
            ]

        def write(connection: Connection, plan: _Plan = plan, made: Sequence[_Made] = made) -> int:
            contributions.next_number(connection, dialogue.id)  # nobody else releases, bundles or changes a mode now
            if _plan(connection, now, dialogue, of_the_day) != plan:
                raise _Overtaken
            if plan.day is not None and not occurrences.once(connection, dialogue.id, DAY, DAY, plan.day, now):
                raise _Overtaken
            for numbers, ids, prepared in made:
                mailing_id, recipients = prepared.to_some(connection, now, audience.BUNDLES, ids)
                bundles.sent(connection, now, dialogue.id, mailing_id, numbers, ids)
                said = f"contributions {_listed(numbers)} to {recipients}"
                audit.record(connection, now, actor, "bundle", f"mailing {mailing_id}", said, dialogue.id)
            return len(made)

        try:
            return session.write(write)
        except _Overtaken:
            continue
    return 0  # the next tick tries again


_Made = tuple[tuple[int, ...], set[int], compose.Prepared]


def _listed(numbers: Sequence[int]) -> str:
    gapless = numbers[-1] - numbers[0] == len(numbers) - 1 and len(numbers) > 2
    return f"{numbers[0]}-{numbers[-1]}" if gapless else ", ".join(map(str, numbers))


def _plan(connection: Connection, now: datetime, dialogue: Dialogue, of_the_day: bool) -> _Plan:
    owed, places = bundles.owed(connection, dialogue.id), dict[int, int]()
    at = daily(dialogue.policy.bundle, dialogue.zone, now - _LONG, now)[-1]
    day, opened = _day(dialogue, at), False
    if of_the_day and not occurrences.recorded(connection, dialogue.id, DAY, DAY, day):
        places = bundles.readers(connection, dialogue.id)
    due = {}
    if owed:
        upto = bundles.settled(connection, dialogue.id, now)
        due = {part_id: tuple(one for one in numbers if one <= upto) for part_id, numbers in owed.items()}
    if places:
        upto = bundles.settled(connection, dialogue.id, at)
        released = bundles.numbers(connection, dialogue.id, min(places.values()), upto)
        for part_id, had in places.items():
            more = [number for number in released if number > had]
            opened = opened or bool(more)
            due[part_id] = (*due.get(part_id, ()), *more)
    groups: dict[tuple[int, ...], set[int]] = {}
    for part_id, numbers in due.items():
        if numbers:
            groups.setdefault(numbers, set()).add(part_id)
    return _Plan(day if opened else None, groups)


def _day(dialogue: Dialogue, at: datetime) -> int:
    return to_local(at, dialogue.zone).toordinal()


def next_at(connection: Connection, dialogue: Dialogue) -> datetime | None:
    """When there will be a bundle of what has been released so far; an instant past: now. None: nothing waits."""
    owed, places = bundles.owed(connection, dialogue.id), bundles.readers(connection, dialogue.id)
    if not owed and not places:
        return None
    upto = bundles.settled(connection, dialogue.id, datetime.max.replace(tzinfo=UTC) - _LONG)
    if due := [number for numbers in owed.values() for number in numbers if number <= upto]:
        first = contributions.by_number(connection, dialogue.id, min(due))
        return first["decided_at"] if first else None
    waiting = bundles.numbers(connection, dialogue.id, min(places.values()), upto) if places else []
    if not waiting:
        return None
    since = contributions.by_number(connection, dialogue.id, waiting[0])["decided_at"]  # type: ignore[index]
    last = occurrences.last(connection, dialogue.id, DAY, DAY)  # the day of the last ones
    while True:
        for at in daily(dialogue.policy.bundle, dialogue.zone, since - timedelta(microseconds=1), since + _LONG):
            if _day(dialogue, at) > last:
                return at
        since += _LONG


def _rows(connection: Connection, dialogue: Dialogue, numbers: Collection[int]) -> list[Any]:
    rows = contributions.rows(connection, dialogue.id, [ContributionState.RELEASED])
    return [row for row in rows if row["number"] in numbers]


def prepare(
    connection: Connection,
    now: datetime,
    site: Site,
    dialogue: Dialogue,
    numbers: Sequence[int],
    part_ids: Collection[int],
) -> compose.Prepared:
    """The mailing of one bundle, in the languages of those who get it.

    It stands beneath the announcement of the module of its last contribution, and belongs to no module itself.
    """
    rows = _rows(connection, dialogue, set(numbers))
    items = [_item(connection, site, dialogue, row) for row in rows]
    told = parts(items, dialogue.modules)
    root = announcements.thread_root(connection, dialogue.id, rows[-1]["module"])

    def letter(language: str) -> Letter:
        values = {"day": now, "parts": told, "count": len(items), "ask": any(one.ask for one in items)}
        return compose.words(site, dialogue, "bundle", language, page=True, **values)

    return compose.everyone(
        site,
        dialogue,
        now,
        "bundle",
        {row["language"] for row in people.rows(connection, dialogue.id) if row["id"] in part_ids},
        letter,
        references=[root] if root else [],
    )


def _item(connection: Connection, site: Site, dialogue: Dialogue, row: Any) -> Item:
    kept = attachments.of(connection, row["id"], Fate.KEPT)
    files = [distribute.Enclosure(one["id"], one["name"], one["content_type"], one["size"]) for one in kept]
    shown = tuple((one.name, one.size, distribute.link(site, dialogue, one)) for one in files)
    by = byline.of(row)
    return Item(
        number=row["number"],
        module=row["module"],
        question=row["question"],
        who=outmail.plain(by.name, 80),
        organisation=outmail.plain(by.organisation, 80),
        via=outmail.plain(by.via, 80),
        country=outmail.plain(by.country, 80),
        address=distribute.shown_address(dialogue, row),
        subject=distribute.titled(dialogue, row, row["parent_id"] is not None),
        text=row["text"],
        reply_to=site.addresses.reply(dialogue.slug, row["id"]),
        files=shown,
        withheld=tuple(distribute.withheld(attachments.of(connection, row["id"]))),
        ask=dialogue.policy.attachments.form != "drop" and any(not link for _, _, link in shown),
        edited=row["original"] is not None,
        late=bool(row["late"]),
    )

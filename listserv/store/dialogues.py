"""Dialogues and their modules: read whole, as the values of core/dialogue/model; written column by column."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, time, timedelta
from typing import Any
from zoneinfo import ZoneInfo

import sqlalchemy as sa
from sqlalchemy import Connection

from listserv.core.dialogue.model import (
    AttachmentRule,
    Dialogue,
    Late,
    Moderation,
    ModerationRule,
    Module,
    Network,
    Policy,
    PrivacyRule,
    RoundupRule,
)
from listserv.core.dialogue.moments import CalendarRule
from listserv.core.dialogue.survey import Kind, Question
from listserv.store import calendar
from listserv.store.tables import dialogue, module

#: Built once: every page and every mail begins with them.
_BY_SLUG = sa.select(dialogue).where(dialogue.c.slug == sa.bindparam("slug"))
_BY_ID = sa.select(dialogue).where(dialogue.c.id == sa.bindparam("id"))
_TICKED_AT = sa.select(dialogue.c.ticked_at).where(dialogue.c.id == sa.bindparam("id"))
_LATEST_TICK = sa.select(sa.func.max(dialogue.c.ticked_at))
_MODULES = sa.select(module).where(module.c.dialogue_id == sa.bindparam("dialogue")).order_by(module.c.number)


def slugs(connection: Connection) -> list[str]:
    return list(connection.execute(sa.select(dialogue.c.slug).order_by(dialogue.c.id)).scalars())


def ids(connection: Connection) -> dict[str, int]:
    """Of all dialogues, by slug."""
    rows = connection.execute(sa.select(dialogue.c.slug, dialogue.c.id).order_by(dialogue.c.id))
    return {row.slug: row.id for row in rows}


def read(connection: Connection, slug: str) -> Dialogue | None:
    """The dialogue with its programme; None when there is none of that name."""
    row = connection.execute(_BY_SLUG, {"slug": slug}).mappings().first()
    return _dialogue(connection, row) if row else None


def by_id(connection: Connection, dialogue_id: int) -> Dialogue:
    row = connection.execute(_BY_ID, {"id": dialogue_id}).mappings().one()
    return _dialogue(connection, row)


def all_of(connection: Connection) -> list[Dialogue]:
    rows = connection.execute(sa.select(dialogue).order_by(dialogue.c.id)).mappings().all()
    return [_dialogue(connection, row) for row in rows]


def fields(connection: Connection, dialogue_id: int) -> list[dict[str, Any]]:
    """The profile questions of the dialogue's own: key, label, choices."""
    return connection.execute(sa.select(dialogue.c.fields).where(dialogue.c.id == dialogue_id)).scalar_one()


def ticked_at(connection: Connection, dialogue_id: int) -> datetime | None:
    return connection.execute(_TICKED_AT, {"id": dialogue_id}).scalar_one()


def latest_tick(connection: Connection) -> datetime | None:
    """How far the programme of any dialogue has been run."""
    return connection.execute(_LATEST_TICK).scalar_one()


def lived(connection: Connection, now: datetime) -> datetime:
    """What the clock shows, but never before what the dialogues have lived through (`tick --at`)."""
    reached = latest_tick(connection)
    return max(now, reached) if reached else now


def advance_clock(connection: Connection, dialogue_id: int, now: datetime) -> None:
    """Remember that its programme has been run up to `now`; never moves back."""
    connection.execute(
        dialogue.update()
        .where(dialogue.c.id == dialogue_id, sa.or_(dialogue.c.ticked_at.is_(None), dialogue.c.ticked_at < now))
        .values(ticked_at=now)
    )


def _dialogue(connection: Connection, row: Any) -> Dialogue:
    modules = connection.execute(_MODULES, {"dialogue": row["id"]}).mappings()
    weekday, at = row["roundup_weekday"], time.fromisoformat(row["roundup_time"])
    return Dialogue(
        id=row["id"],
        slug=row["slug"],
        title=row["title"],
        hosts=tuple(row["hosts"]),
        language=row["language"],
        zone=ZoneInfo(row["timezone"]),
        policy=Policy(
            participation=row["participation"],
            moderation=Moderation(row["moderation"]),
            late=Late(row["late"]),
            grace=timedelta(seconds=row["grace"]),
            archive=row["archive"],
            word_limit=row["word_limit"],
            attachments=AttachmentRule(row["attachments"], row["attachment_size"], row["attachment_count"]),
            roundup=RoundupRule(weekday, at, timedelta(seconds=row["roundup_review"])),
            waiting=ModerationRule(
                *(timedelta(seconds=row[key]) for key in ("undo", "remind", "escalate", "close_waits"))
            ),
            privacy=PrivacyRule(timedelta(seconds=row["retention"]), row["addresses"]),
            bundle=time.fromisoformat(row["bundle"]),
            calendar=CalendarRule.of(row["calendar"]),
        ),
        papers=tuple((one["title"], one["url"]) for one in row["resources"]),
        survey=tuple(
            Question(**{**one, "kind": Kind(one["kind"]), "choices": tuple(one["choices"])}) for one in row["survey"]
        ),
        survey_anonymous=bool(row["survey_anonymous"]),
        changes=calendar.changes(connection, row["id"]),
        closed_at=row["closed_at"],
        networks=tuple(Network(one["name"], one["address"], one["language"]) for one in row["networks"]),
        modules=tuple(
            Module(
                number=m["number"],
                title=m["title"],
                aim=m["aim"],
                questions=tuple(m["questions"]),
                opens_at=m["opens_at"],
                closes_at=m["closes_at"],
                opened_at=m["opened_at"],
                closed_at=m["closed_at"],
                reopenings=m["reopenings"],
            )
            for m in modules
        ),
    )


def create(connection: Connection, now: datetime, slug: str, values: dict[str, Any]) -> int:
    """A new dialogue without modules; its id."""
    result = connection.execute(dialogue.insert().values(slug=slug, created_at=now, **values))
    return result.inserted_primary_key[0]


def change(connection: Connection, dialogue_id: int, values: dict[str, Any]) -> None:
    connection.execute(dialogue.update().where(dialogue.c.id == dialogue_id).values(**values))


def columns(connection: Connection, dialogue_id: int) -> dict[str, Any]:
    """Its settings as stored, for comparing with listserv.toml."""
    return dict(connection.execute(sa.select(dialogue).where(dialogue.c.id == dialogue_id)).mappings().one())


def put_module(connection: Connection, dialogue_id: int, planned: Module) -> None:
    """Insert a module, or change what is said of it; what has happened to it stays."""
    values = {
        "title": planned.title,
        "aim": planned.aim,
        "questions": list(planned.questions),
        "opens_at": planned.opens_at,
        "closes_at": planned.closes_at,
    }
    which = sa.and_(module.c.dialogue_id == dialogue_id, module.c.number == planned.number)
    if not connection.execute(module.update().where(which).values(**values)).rowcount:
        connection.execute(module.insert().values(dialogue_id=dialogue_id, number=planned.number, **values))


def drop_module(connection: Connection, dialogue_id: int, number: int) -> None:
    connection.execute(module.delete().where(module.c.dialogue_id == dialogue_id, module.c.number == number))


def dated_by_hand(connection: Connection, dialogue_id: int) -> dict[int, str]:
    """Number of each module whose dates were set by hand, and by whom: listserv.toml no longer moves those."""
    query = sa.select(module.c.number, module.c.dated_by).where(
        module.c.dialogue_id == dialogue_id, module.c.dated_by.is_not(None)
    )
    return dict(connection.execute(query).all())


def set_module(
    connection: Connection, dialogue_id: int, number: int, values: dict[str, Any], *, only_if: Sequence[Any] = ()
) -> bool:
    """Change one module's state or dates; false when `only_if` (SQL conditions) no longer holds."""
    which = sa.and_(module.c.dialogue_id == dialogue_id, module.c.number == number, *only_if)
    return connection.execute(module.update().where(which).values(**values)).rowcount == 1


def open_now(connection: Connection, dialogue_id: int, number: int, at: datetime, *, again: bool = False) -> bool:
    """Open it, if it is not open; `again` re-opens one that has closed and counts that."""
    if again:
        values: dict[str, Any] = {"opened_at": at, "closed_at": None, "reopenings": module.c.reopenings + 1}
        return set_module(connection, dialogue_id, number, values, only_if=[module.c.closed_at.is_not(None)])
    return set_module(connection, dialogue_id, number, {"opened_at": at}, only_if=[module.c.opened_at.is_(None)])


def close_now(connection: Connection, dialogue_id: int, number: int, at: datetime) -> bool:
    return set_module(connection, dialogue_id, number, {"closed_at": at}, only_if=[module.c.closed_at.is_(None)])

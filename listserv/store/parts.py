"""Which rows are a dialogue's, table by table: what goes with it when it is taken along, and what stays behind.

What comes later may refer to what came before, by the number it has where it comes from.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

import sqlalchemy as sa
from sqlalchemy import Table

from listserv.store import tables as t

Chosen = Callable[[int], Any]


def _ours(table: Table) -> Chosen:
    return lambda dialogue_id: table.c.dialogue_id == dialogue_id


def _within(column: Any, of: Callable[[int], Any]) -> Chosen:
    return lambda dialogue_id: column.in_(of(dialogue_id))


def _ids(table: Table, chosen: Chosen) -> Callable[[int], Any]:
    return lambda dialogue_id: sa.select(table.c.id).where(chosen(dialogue_id))


_CONTRIBUTIONS = _ids(t.contribution, _ours(t.contribution))
_MAILINGS = _ids(t.mailing, _ours(t.mailing))
_PARTICIPATIONS = _ids(t.participation, _ours(t.participation))


def _people(dialogue_id: int) -> Any:
    """Who has a part in it, or wrote in it."""
    part = sa.select(t.participation.c.person_id).where(t.participation.c.dialogue_id == dialogue_id)
    wrote = sa.select(t.contribution.c.person_id).where(
        t.contribution.c.dialogue_id == dialogue_id, t.contribution.c.person_id.is_not(None)
    )
    return part.union(wrote)


def _mails(dialogue_id: int) -> Any:
    came = sa.select(t.inbox.c.raw_id).where(t.inbox.c.dialogue_id == dialogue_id)
    return came.union(sa.select(t.contribution.c.raw_id).where(t.contribution.c.dialogue_id == dialogue_id))


def _files(dialogue_id: int) -> Any:
    of = sa.select(t.attachment.c.sha256).join_from(t.attachment, t.contribution)
    return of.where(t.contribution.c.dialogue_id == dialogue_id, t.attachment.c.sha256 != "")


@dataclass(frozen=True, slots=True)
class Part:
    """`name`: of its file. `refers`: column -> the part whose number it is; `lists`: those that have many of them.

    `folder`: of its `contents`, a file a row. `keyed`: the column by which a row that is there already is known; such
    rows have no number that others refer to. `stays`: its numbers are no count, but marks, and never moved. `since`:
    what came with it; bundles from before that have none.
    """

    name: str
    table: Table
    chosen: Chosen
    refers: Mapping[str, str] = field(default_factory=dict)
    lists: Mapping[str, str] = field(default_factory=dict)
    folder: str = ""
    contents: tuple[str, ...] = ()
    keyed: str = ""
    stays: bool = False
    since: str = ""


PARTS: tuple[Part, ...] = (
    Part("dialogue", t.dialogue, lambda dialogue_id: t.dialogue.c.id == dialogue_id),
    Part("modules", t.module, _ours(t.module), {"dialogue_id": "dialogue"}),
    Part("people", t.person, _within(t.person.c.id, _people)),
    Part("addresses", t.address, _within(t.address.c.person_id, _people), {"person_id": "people"}),
    Part(
        "participations",
        t.participation,
        _ours(t.participation),
        {"dialogue_id": "dialogue", "person_id": "people"},
    ),
    Part("mails", t.raw, _within(t.raw.c.id, _mails), folder="mails", contents=("content",)),
    Part(
        "contributions",
        t.contribution,
        _ours(t.contribution),
        {"dialogue_id": "dialogue", "person_id": "people", "raw_id": "mails", "parent_id": "contributions"},
    ),
    Part(
        "inbox",
        t.inbox,
        _ours(t.inbox),
        {"dialogue_id": "dialogue", "raw_id": "mails", "contribution_id": "contributions"},
    ),
    Part("files", t.blob, _within(t.blob.c.sha256, _files), folder="files", contents=("content",), keyed="sha256"),
    Part(
        "attachments",
        t.attachment,
        _within(t.attachment.c.contribution_id, _CONTRIBUTIONS),
        {"contribution_id": "contributions"},
    ),
    Part("tags", t.tag, _within(t.tag.c.contribution_id, _CONTRIBUTIONS), {"contribution_id": "contributions"}),
    Part(
        "passages",
        t.passage,
        _within(t.passage.c.contribution_id, _CONTRIBUTIONS),
        {"contribution_id": "contributions"},
    ),
    Part(
        "answers",
        t.answer,
        _ours(t.answer),
        {"dialogue_id": "dialogue", "participation_id": "participations"},
        stays=True,
    ),
    Part(
        "respondents",
        t.respondent,
        _ours(t.respondent),
        {"dialogue_id": "dialogue", "participation_id": "participations"},
    ),
    Part("hidden-resources", t.hidden, _ours(t.hidden), {"dialogue_id": "dialogue"}),
    Part("calendar-changes", t.calendar_change, _ours(t.calendar_change), {"dialogue_id": "dialogue"}),
    Part("roundups", t.roundup, _ours(t.roundup), {"dialogue_id": "dialogue"}, lists={"told": "contributions"}),
    Part("notes", t.note, _ours(t.note), {"dialogue_id": "dialogue", "roundup_id": "roundups"}),
    Part("report-edits", t.report_edit, _ours(t.report_edit), {"dialogue_id": "dialogue"}),
    Part(
        "mailings",
        t.mailing,
        _ours(t.mailing),
        {"dialogue_id": "dialogue", "contribution_id": "contributions", "roundup_id": "roundups"},
    ),
    Part(
        "renderings",
        t.rendering,
        _within(t.rendering.c.mailing_id, _MAILINGS),
        {"mailing_id": "mailings"},
        folder="sent",
        contents=("head", "body"),
    ),
    Part(
        "deliveries",
        t.delivery,
        _within(t.delivery.c.mailing_id, _MAILINGS),
        {"mailing_id": "mailings", "rendering_id": "renderings", "participation_id": "participations"},
    ),
    Part(
        "delivery-counts",
        t.mailing_count,
        _within(t.mailing_count.c.mailing_id, _MAILINGS),
        {"mailing_id": "mailings"},
        since="database.keep_deliveries",
    ),
    Part(
        "bounces",
        t.bounce,
        _within(t.bounce.c.participation_id, _PARTICIPATIONS),
        {"participation_id": "participations", "delivery_id": "deliveries"},
    ),
    Part("occurrences", t.occurrence, _ours(t.occurrence), {"dialogue_id": "dialogue"}),
    Part("decisions", t.audit, _ours(t.audit), {"dialogue_id": "dialogue"}),
    Part("never-again", t.suppression, lambda dialogue_id: sa.true(), keyed="key_hash"),
)

#: Tables that stay behind, and why.
STAYS = {
    "confirmation": "open questions: their tokens are secrets",
    "ticket": "leave to decide by mail: its tokens are secrets",
    "visit": "who is logged in where: its tokens are secrets",
    "searched": "made anew from what is taken along",
    "fetched": "the mailbox of this installation",
    "budget": "what this installation's relay has taken of late",
    "sender": "which processes of this installation send",
}

"""Bringing the database in line with listserv.toml: what differs, and making it so.

What has happened is never undone: a module that has opened stays opened, dates set by hand win over the file, and
somebody who has left stays away (DESIGN §3, "First apply").
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from datetime import date, datetime
from typing import Any
from zoneinfo import ZoneInfo

from listserv.core.dialogue import facilitation, first_apply
from listserv.core.dialogue.model import TAKING_PART, Dialogue, Module, Participation, Role
from listserv.core.dialogue.moments import CalendarRule
from listserv.core.dialogue.occurrence import WHOLE, OccurrenceKind
from listserv.core.dialogue.planned import Moderator, Planned
from listserv.errors import Refused
from listserv.store import audit, dialogues, occurrences, people
from listserv.store.session import Connection, Session

__all__ = ["Moderator", "Planned"]

#: In place of a date, for a module without one at which it closes.
OPEN_ENDED = "open end"


def shift(planned: Planned, start: date) -> Planned:
    """The same with all dates moved, so that module 1 opens on that day (`apply --start`)."""
    modules = first_apply.shifted(planned.modules, start, ZoneInfo(planned.timezone))
    return replace(planned, modules=modules, shifted=True)


def kept(session: Session, planned: Planned) -> list[str]:
    """The modules whose dates, set by hand, differ from the file's, a line each: those stay as they are."""
    with session.read() as connection:
        known = dialogues.read(connection, planned.slug)
        by_hand = dialogues.dated_by_hand(connection, known.id) if known and not planned.shifted else {}
    lines = []
    for module in planned.modules:
        before = known.module(module.number) if known else None
        if before is None or module.number not in by_hand:
            continue
        ours, theirs = (f"{_at(one.opens_at)} to {_at(one.closes_at)}" for one in (before, module))
        if ours != theirs:
            lines.append(
                f"{planned.slug}: module {module.number} stays {ours} UTC,"
                f" set by {by_hand[module.number]}; the file has {theirs}"
            )
    return lines


def _at(at: datetime | None) -> str:
    return f"{at:%Y-%m-%d %H:%M}" if at else OPEN_ENDED


def _counted(count: int, one: str) -> str:
    return f"{count} {one}{'s' if count != 1 else ''}"


def difference(session: Session, planned: Planned, now: datetime) -> list[str]:
    """What applying would change, a line each; empty when nothing. Raises Refused for what cannot be."""
    with session.read() as connection:
        known = dialogues.read(connection, planned.slug)
        if known is None:
            _first(as_dialogue(planned), now)
            return [
                f"{planned.slug}: new dialogue, {_counted(len(planned.modules), 'module')},"
                f" {_at(planned.modules[0].opens_at)} to {_at(planned.modules[-1].closes_at)} UTC,"
                f" {_counted(len(planned.moderators), 'moderator')}"
            ]
        by_hand = {} if planned.shifted else dialogues.dated_by_hand(connection, known.id)
        before = dialogues.columns(connection, known.id)
        staff = {one["person_id"]: one for one in people.moderators(connection, known.id)}
        wanted = [(people.person_of(connection, one.address), one) for one in planned.moderators]
        held = occurrences.recorded(connection, known.id, OccurrenceKind.SURVEY, WHOLE, 0)
    if held and planned.survey_anonymous != known.survey_anonymous:
        was = "true" if known.survey_anonymous else "false"
        raise Refused(f"{planned.slug}: the survey has gone out with that promise; put back survey_anonymous = {was}")
    lines = [
        f"{planned.slug}: {key} {old!r} -> {value!r}"
        for key, value, old in _pairs(_columns(planned), before)
        if old != value
    ]
    for module in planned.modules:
        lines.extend(_module_difference(planned.slug, known, module, by_hand.get(module.number)))
    for module in known.modules[len(planned.modules) :]:
        if _goes_on(module, by_hand):
            continue
        if module.opened_at or module.closed_at:
            raise Refused(f"{planned.slug}: module {module.number} has opened already; put it back into the file")
        lines.append(f"{planned.slug}: module {module.number} goes: {module.title}")
    lines += [
        f"{planned.slug}: {one.role} {one.address}"
        for person, one in wanted
        if person not in staff or staff[person]["role"] != one.role
    ]
    lines += [
        f"{planned.slug}: {one.address} {key} {staff[person][key]!r} -> {value!r}"
        for person, one in wanted
        if person in staff
        for key, value in (one.duty | one.own).items()
        if staff[person][key] != value
    ]
    gone = staff.keys() - {person for person, _ in wanted}
    lines += [f"{planned.slug}: {staff[one]['address']} is no longer {staff[one]['role']}" for one in sorted(gone)]
    return lines


def _pairs(columns: Mapping[str, Any], before: Mapping[str, Any]) -> Iterator[tuple[str, Any, Any]]:
    """Key, new and old value of each setting; those of the calendar one by one."""
    for key, value in columns.items():
        if key == "calendar":
            old = CalendarRule.of(before[key]).stored()
            yield from ((f"calendar.{one}", said, old[one]) for one, said in value.items())
        elif key == "survey":
            yield key, [one["text"] for one in value], [one["text"] for one in before[key]]
            if value != before[key] and [one["text"] for one in value] == [one["text"] for one in before[key]]:
                yield "survey", "the kinds or choices of its questions", "as before"
        else:
            yield key, value, before[key]


def _goes_on(module: Module, by_hand: Mapping[int, str]) -> bool:
    """Whether it is the network that `dialogue continue` opened: the file need not have it."""
    return module.closes_at is None and module.opened_at is not None and module.number in by_hand


def _module_difference(slug: str, known: Dialogue, module: Module, by_hand: str | None) -> list[str]:
    before = known.module(module.number)
    if before is None:
        return [f"{slug}: new module {module.number}: {module.title}"]
    if by_hand:
        module = replace(module, opens_at=before.opens_at, closes_at=before.closes_at)
    pairs = [
        ("title", before.title, module.title),
        ("aim", before.aim, module.aim),
        ("questions", len(before.questions), len(module.questions)),
        ("opens", f"{before.opens_at:%Y-%m-%d %H:%M} UTC", f"{module.opens_at:%Y-%m-%d %H:%M} UTC"),
        ("closes", f"{_at(before.closes_at)} UTC", f"{_at(module.closes_at)} UTC"),
    ]
    lines = [f"{slug}: module {module.number} {what}: {old} -> {new}" for what, old, new in pairs if old != new]
    if not lines and before.questions != module.questions:
        lines = [f"{slug}: module {module.number}: the words of its questions"]
    return lines


def apply(session: Session, now: datetime, planned: Planned, actor: str) -> bool:
    """Make it so, in one transaction; false when there was nothing to do. Raises Refused for what cannot be."""
    lines = difference(session, planned, now)
    if not lines:
        return False

    def write(connection: Connection) -> None:
        known = dialogues.read(connection, planned.slug)
        if known is None:
            _create(connection, now, planned)
        else:
            _update(connection, now, known, planned)
        dialogue = dialogues.read(connection, planned.slug)
        assert dialogue is not None
        for module in dialogue.modules if planned.shifted else ():
            dialogues.set_module(connection, dialogue.id, module.number, {"dated_by": actor})
        _staff(connection, now, dialogue, planned.moderators)
        audit.record(connection, now, actor, "apply", f"dialogue {planned.slug}", "; ".join(lines)[:2000], dialogue.id)

    session.write(write)
    return True


def _first(dialogue: Dialogue, now: datetime) -> first_apply.FirstApply:
    first = first_apply.first_apply(dialogue, now)
    if first is None:
        raise Refused(
            f"{dialogue.slug}: the whole dialogue is past; set new dates, or `apply --start DATE`"
            " to begin on that day with the same plan"
        )
    return first


def _create(connection: Connection, now: datetime, planned: Planned) -> None:
    first = _first(as_dialogue(planned), now)
    dialogue_id = dialogues.create(connection, now, planned.slug, _columns(planned))
    for module in first.modules:
        dialogues.put_module(connection, dialogue_id, module)
        if module.opened_at:
            happened = {"opened_at": module.opened_at, "closed_at": module.closed_at}
            dialogues.set_module(connection, dialogue_id, module.number, happened)
    for kind, subject, round_ in first.skipped:
        occurrences.once(connection, dialogue_id, kind, subject, round_, now, state="skipped")


def _update(connection: Connection, now: datetime, known: Dialogue, planned: Planned) -> None:
    dialogues.change(connection, known.id, _columns(planned))
    by_hand = {} if planned.shifted else dialogues.dated_by_hand(connection, known.id)
    for module in planned.modules:
        before = known.module(module.number)
        if before and module.number in by_hand:
            module = replace(module, opens_at=before.opens_at, closes_at=before.closes_at)
        dialogues.put_module(connection, known.id, module)
    for module in known.modules[len(planned.modules) :]:
        if not _goes_on(module, dialogues.dated_by_hand(connection, known.id)):
            dialogues.drop_module(connection, known.id, module.number)
    if planned.policy.calendar != known.policy.calendar or planned.survey != known.survey:
        _leave_out_the_past(connection, now, known)


def _leave_out_the_past(connection: Connection, now: datetime, before: Dialogue) -> None:
    """A mail that the calendar did not have before, and whose time is past, is not made up for: as at the first apply.

    What was planned before and is late stays due.
    """
    late = {each.key for each in facilitation.entries(before) if each.at <= now}
    for each in facilitation.entries(dialogues.by_id(connection, before.id)):
        if each.at <= now and each.key not in late:
            occurrences.once(connection, before.id, *each.key, now, state="skipped")


def _staff(connection: Connection, now: datetime, dialogue: Dialogue, moderators: Sequence[Moderator]) -> None:
    wanted = {people.person_of(connection, one.address): one for one in moderators}
    for one in people.moderators(connection, dialogue.id):
        if one["person_id"] not in wanted:
            people.change_part(connection, now, one["id"], {"role": Role.PARTICIPANT})
    for one in moderators:
        person_id = people.person_of(connection, one.address)
        if person_id is None:
            profile = {"name": one.name, "organisation": one.organisation}
            person_id = people.add_person(connection, now, one.address, profile)
        if one.own:
            people.change_person(connection, person_id, one.own)
        part = people.part_of(connection, dialogue.id, one.address)
        if part is None:
            part_id = people.add_part(connection, now, dialogue.id, person_id, role=one.role)
            people.change_part(connection, now, part_id, one.duty)
        elif part["role"] != one.role or part["status"] not in TAKING_PART:
            status = Participation.PAUSED if part["status"] == Participation.PAUSED else Participation.ACTIVE
            people.change_part(connection, now, part["id"], {"role": one.role, "status": status, **one.duty})
        elif any(part[key] != value for key, value in one.duty.items()):
            people.change_part(connection, now, part["id"], one.duty)


def _columns(planned: Planned) -> dict[str, Any]:
    policy = planned.policy
    return {
        "title": planned.title,
        "hosts": list(planned.hosts),
        "language": planned.language,
        "timezone": planned.timezone,
        "participation": policy.participation,
        "moderation": policy.moderation.value,
        "late": policy.late.value,
        "grace": int(policy.grace.total_seconds()),
        "archive": policy.archive,
        "word_limit": policy.word_limit,
        "attachments": policy.attachments.form,
        "attachment_size": policy.attachments.size,
        "attachment_count": policy.attachments.count,
        "roundup_weekday": policy.roundup.weekday,
        "roundup_time": policy.roundup.at.strftime("%H:%M"),
        "roundup_review": int(policy.roundup.review.total_seconds()),
        "undo": int(policy.waiting.undo.total_seconds()),
        "remind": int(policy.waiting.remind.total_seconds()),
        "escalate": int(policy.waiting.escalate.total_seconds()),
        "close_waits": int(policy.waiting.close_waits.total_seconds()),
        "bundle": policy.bundle.strftime("%H:%M"),
        "retention": int(policy.privacy.retention.total_seconds()),
        "addresses": policy.privacy.addresses,
        "fields": [dict(one) for one in planned.fields],
        "resources": [dict(one) for one in planned.resources],
        "networks": [dict(one) for one in planned.networks],
        "calendar": policy.calendar.stored(),
        "survey": [one.stored() for one in planned.survey],
        "survey_anonymous": int(planned.survey_anonymous),
    }


def as_dialogue(planned: Planned) -> Dialogue:
    """As it would be, applied to an empty database."""
    return Dialogue(
        id=0,
        slug=planned.slug,
        title=planned.title,
        hosts=planned.hosts,
        language=planned.language,
        zone=ZoneInfo(planned.timezone),
        policy=planned.policy,
        modules=planned.modules,
        survey=planned.survey,
        survey_anonymous=planned.survey_anonymous,
    )

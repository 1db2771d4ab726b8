"""Where a mail belongs: which module it counts for, what it answers, and whether that alone holds it.

Input: the dialogue, and what the caller found for the mail: the nearest of its references that is a Message-ID of
ours, the contribution behind the reply address's token, its subject. Output: a `Place`. The rules are DESIGN §3,
"Where a mail belongs" and "Between modules":

1. a reference to something of ours decides, unless it belongs to no module (a bundle); else the token, if the subject
   still matches that contribution or there is none; else the tag `[SLUG N]`; else the mail is a new contribution;
2. a reply counts for its module while that is open or its grace lasts, and follows the policy `late` afterwards;
3. a new contribution belongs to the open module; with none open, to the module just closed while its grace lasts;
   afterwards it is held for the next. Before the start and after the end it is held and its author told.

Modules are open or closed by what happened, not by the dates planned. Raises ValueError for a naive `now`.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from listserv.core.dialogue.model import Dialogue, Late, Module, ModuleState, Reason, aware
from listserv.core.mail.threads import base_subject, subject_tag
from listserv.core.sentence import Moment, Sentence

BEFORE = "before the start"
BETWEEN = "between modules"
EARLY = "early"
LATE = "late"
AFTER = "after the end"


class Why(StrEnum):
    """What decided. OPEN, GRACE, NEXT, LAST: nothing named a module, or `late = "current"` made it follow a new one."""

    REFERENCE = "reference"
    TOKEN = "token"  # noqa: S105 - no password
    TAG = "tag"
    OPEN = "open"
    GRACE = "grace"
    NEXT = "next"
    MENDED = "mended"  # the new version of what was returned stays where that was
    LAST = "last"  # the dialogue is over


class Tell(StrEnum):
    """What the author has to be told beyond the usual receipt; `Place.when` is the instant to name."""

    BEFORE = "before"  # the dialogue starts at `when`
    AFTER = "after"  # it ended at `when`
    RETURNED = "returned"  # the module closed at `when`, and what it answers there is no longer taken


@dataclass(frozen=True, slots=True)
class Threaded:
    """Something of ours that a mail answers, as the store found it."""

    module: int | None  # None for what belongs to no module, such as a round-up
    contribution: int | None = None  # None for an announcement and the like
    subject: str = ""
    meant: bool = False  # its address was written to on purpose, whatever the subject says


@dataclass(frozen=True, slots=True)
class Place:
    module: int | None  # None only in a dialogue without modules
    parent: int | None  # the contribution it answers, if that is in the same module: a thread stays in its module
    why: Why
    named: int | None = None  # the module it was meant for, by reference, token or tag
    reasons: tuple[Reason, ...] = ()  # to hold it, whatever the policy on moderation
    tell: Tell | None = None
    when: datetime | None = None

    @property
    def returned(self) -> bool:
        """Whether it goes back to its author at once."""
        return self.tell is Tell.RETURNED


def place(
    dialogue: Dialogue,
    now: datetime,
    *,
    by_reference: Threaded | None = None,
    by_token: Threaded | None = None,
    subject: str = "",
) -> Place:
    """Where a mail to SLUG@ or SLUG+TOKEN@ belongs at `now`."""
    aware(now)
    decided = answered(dialogue, by_reference, by_token, subject)
    if decided is None:
        return _new(dialogue, now)
    why, module, parent = decided
    match module.state(now, dialogue.policy.grace):
        case ModuleState.OPEN | ModuleState.GRACE:
            return Place(module.number, parent, why, module.number)
        case ModuleState.PLANNED:
            return _early(dialogue, module, parent, why, named=module.number)
        case ModuleState.CLOSED:
            return _late(dialogue, now, module, parent, why)


def answered(
    dialogue: Dialogue, by_reference: Threaded | None, by_token: Threaded | None, subject: str
) -> tuple[Why, Module, int | None] | None:
    """What decides where it belongs, the module it names, the contribution it answers; None if nothing names one."""
    if by_reference and (module := dialogue.module(by_reference.module)):
        return Why.REFERENCE, module, by_reference.contribution
    if by_token and (module := dialogue.module(by_token.module)):
        own, theirs = (base_subject(each, dialogue.slug).casefold() for each in (subject, by_token.subject))
        if own == theirs or by_token.meant:
            return Why.TOKEN, module, by_token.contribution
    if module := dialogue.module(subject_tag(subject, dialogue.slug)):
        return Why.TAG, module, None
    return None


def _early(dialogue: Dialogue, module: Module, parent: int | None, why: Why, named: int | None) -> Place:
    """For a module that has not opened yet: held for it."""
    opens = _shown(dialogue, module.opens_at)
    tell = None
    if not any(m.opened_at for m in dialogue.modules):
        reason = Reason(
            BEFORE, Sentence("It came before the start: module %(n)s opens on %(at)s.", n=module.number, at=opens)
        )
        tell = Tell.BEFORE
    elif dialogue.open_module():
        reason = Reason(EARLY, Sentence("It is for module %(n)s, which opens on %(at)s.", n=module.number, at=opens))
    else:
        reason = Reason(
            BETWEEN, Sentence("No module is open; module %(n)s opens on %(at)s.", n=module.number, at=opens)
        )
    return Place(module.number, parent, why, named, (reason,), tell, module.opens_at)


def _late(dialogue: Dialogue, now: datetime, module: Module, parent: int | None, why: Why) -> Place:
    """For a module whose grace is over."""
    if dialogue.policy.late is Late.CURRENT:
        return _new(dialogue, now, named=module.number)
    when = _closed_at(module)
    said = Sentence("It answers module %(n)s, which closed on %(at)s.", n=module.number, at=_shown(dialogue, when))
    reason = Reason(LATE, said)
    tell = None
    if dialogue.policy.late is Late.RETURN:
        tell = Tell.RETURNED
    elif _over(dialogue, now):
        tell, when = Tell.AFTER, _closed_at(_last(dialogue.modules))
    return Place(module.number, parent, why, module.number, (reason,), tell, when)


def _new(dialogue: Dialogue, now: datetime, named: int | None = None) -> Place:
    """Where a contribution that answers nothing belongs; `named` is a closed module it was meant for."""
    if module := dialogue.open_module():
        return Place(module.number, None, Why.OPEN, named)
    if still_counting := _in(ModuleState.GRACE, dialogue, now):
        return Place(_last(still_counting).number, None, Why.GRACE, named)
    if ahead := _in(ModuleState.PLANNED, dialogue, now):
        return _early(dialogue, min(ahead, key=lambda m: m.opens_at), None, Why.NEXT, named)
    if not dialogue.modules:
        return Place(None, None, Why.LAST, None, (Reason(BETWEEN, Sentence("The dialogue has no modules.")),))
    last = _last(dialogue.modules)
    when = _closed_at(last)
    said = Sentence("It came after the end: module %(n)s closed on %(at)s.", n=last.number, at=_shown(dialogue, when))
    reason = Reason(AFTER, said)
    return Place(last.number, None, Why.LAST, named, (reason,), Tell.AFTER, when)


def _in(state: ModuleState, dialogue: Dialogue, now: datetime) -> list[Module]:
    return [m for m in dialogue.modules if m.state(now, dialogue.policy.grace) is state]


def _over(dialogue: Dialogue, now: datetime) -> bool:
    return len(_in(ModuleState.CLOSED, dialogue, now)) == len(dialogue.modules)


def _last(modules: Sequence[Module]) -> Module:
    """The one that closed last, the later one of several; of those that never opened only if there is no other."""
    return max(modules, key=lambda m: (m.opened_at is not None, _closed_at(m), m.number))


def _closed_at(module: Module) -> datetime:
    """Of one that has closed, or was never opened."""
    return module.ends_at or module.opens_at


def _shown(dialogue: Dialogue, at: datetime) -> Moment:
    return Moment(at, dialogue.zone.key)

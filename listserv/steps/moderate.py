"""What moderators decide. A decision, all it sends and its audit entry are one transaction (DESIGN §7).

Each is a compare-and-set on "held": a second moderator hears who was first, as Refused. Whoever calls may run
it again at any time; nothing here waits, expires or decides by silence.
"""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import cache, partial
from itertools import accumulate
from typing import Any

from listserv.core.dialogue.model import ContributionState, Dialogue, Outcome
from listserv.core.mail.files import Fate
from listserv.core.publication import byline
from listserv.core.site import Site
from listserv.errors import Refused
from listserv.steps import archive, compose, distribute, insist
from listserv.steps.require import held, there, waiting
from listserv.store import announcements, attachments, audit, contributions, dialogues, inbox, people
from listserv.store.session import Connection, Session

#: A release comes after whatever the programme has done: a round-up begins right after the last one ended, and what
#: is released at the same instant must not fall between the two. A dialogue's time never goes back.
AFTER = timedelta(microseconds=1)

#: Another release can take the official number we rendered with, or somebody change what we rendered; then it is
#: rendered anew.
OVERTAKEN = 100

#: Releases in one transaction, at most, and the copies more than one write, about: a running engine waits meanwhile.
TOGETHER, COPIES = 20, 30_000


#: What else belongs to a decision's transaction: made ready outside, given the official number if there is one.
Along = Callable[[int | None], Callable[[Connection], None]]


def alone(number: int | None) -> Callable[[Connection], None]:
    """Nothing else."""
    return lambda connection: None


@dataclass(frozen=True, slots=True)
class Released:
    contribution_id: int
    number: int
    recipients: int


class _Overtaken(Exception):
    """Another contribution got the number first, or this one is another by now."""


def release(
    session: Session,
    now: datetime,
    site: Site,
    contribution_id: int,
    actor: str,
    *,
    wait: float = 0.0,
    along: Along = alone,
) -> Released:
    """Give it the next official number and put a copy for each participant into the outbox.

    `wait`: seconds until the first copy may leave. Raises Refused when it is not held any more.
    """
    for _ in range(OVERTAKEN):
        try:
            return _release(session, now, site, contribution_id, actor, wait, along)
        except _Overtaken:
            continue
    raise Refused(f"contribution {contribution_id}: too many releases at once; try again")


def release_several(
    session: Session, now: datetime, site: Site, contribution_ids: Sequence[int], actor: str, *, wait: float = 0.0
) -> Iterator[Released | Refused]:
    """Release them in this order: of each, what `release` returns or refuses with.

    Some at a time share a transaction, short enough for a running engine to get its turn; a group in which one is
    refused, or overtaken, is done one by one. What has been yielded is committed.
    """
    todo = list(contribution_ids)
    while todo:
        some = todo[:TOGETHER]
        try:
            with session.read() as connection:
                around = _Around(connection, some)
                some = around.few(some)
                writes = [_prepared(connection, now, site, one, actor, wait, alone, around) for one in some]
            done = session.write(lambda connection, writes=writes: _write(connection, writes))
        except (_Overtaken, Refused):
            for one in some:
                try:
                    yield release(session, now, site, one, actor, wait=wait)
                except Refused as error:
                    yield error
        else:
            yield from done
        todo = todo[len(some) :]


def _release(
    session: Session, now: datetime, site: Site, contribution_id: int, actor: str, wait: float, along: Along
) -> Released:
    with session.read() as connection:
        around = _Around(connection, [contribution_id])
        write = _prepared(connection, now, site, contribution_id, actor, wait, along, around)
    return session.write(lambda connection: _write(connection, [write])[0])


_Write = Callable[[Connection, "_Numbers"], Released]


def _write(connection: Connection, writes: Sequence[_Write]) -> list[Released]:
    numbers = _Numbers(connection)
    return [write(connection, numbers) for write in writes]


class _Numbers:
    """The official numbers that the releases of one group get, one after the other."""

    def __init__(self, connection: Connection) -> None:
        self._connection = connection
        self._last: dict[int, int] = {}

    def next(self, dialogue_id: int) -> int:
        """The dialogue's first free one, then those behind it."""
        if dialogue_id not in self._last:
            self._last[dialogue_id] = contributions.next_number(self._connection, dialogue_id) - 1
        self._last[dialogue_id] += 1
        return self._last[dialogue_id]


class _Around:
    """What the releases of a group are made from: read once, in one view of the database."""

    def __init__(self, connection: Connection, contribution_ids: Sequence[int]) -> None:
        self._rows = contributions.of(connection, contribution_ids)
        self._files = attachments.of_some(connection, contribution_ids)
        self.numbers = _Numbers(connection)
        self.dialogue = cache(partial(dialogues.by_id, connection))
        self.ticked_at = cache(partial(dialogues.ticked_at, connection))
        self.languages = cache(partial(people.languages, connection))
        self.thread_root = cache(partial(announcements.thread_root, connection))
        self._registered = cache(partial(people.registered, connection))

    def few(self, contribution_ids: Sequence[int]) -> Sequence[int]:
        """As many of the first as write about COPIES together or less, at least one."""
        rows = [self._rows.get(one) for one in contribution_ids]
        copies = accumulate(self._registered(row["dialogue_id"]) if row else 0 for row in rows)
        return contribution_ids[: max(1, bisect_right(list(copies), COPIES))]

    def held(self, contribution_id: int) -> Any:
        """As steps/require gives it."""
        return waiting(there(self._rows.get(contribution_id), contribution_id))

    def files(self, contribution_id: int) -> Sequence[Any]:
        return self._files.get(contribution_id, ())


def _prepared(
    connection: Connection,
    now: datetime,
    site: Site,
    contribution_id: int,
    actor: str,
    wait: float,
    along: Along,
    around: _Around,
) -> _Write:
    """Read and render it; the write that releases it."""
    row = dict(around.held(contribution_id))
    dialogue = around.dialogue(row["dialogue_id"])
    insist.on_running(dialogue)
    if (ticked := around.ticked_at(dialogue.id)) is not None:
        now = max(now, ticked + AFTER)
    if row["module"] is None:
        row["module"] = _module_for(dialogue, contribution_id)
    if not byline.named(row["attribution"]):  # their program's Message-ID may tell where they write from
        row["message_id"] = compose.identifier(site, "contribution")
    number = around.numbers.next(dialogue.id)
    parent = contributions.get(connection, row["parent_id"]) if row["parent_id"] else None
    files = around.files(contribution_id)
    enclosures = distribute.enclosures(connection, dialogue, files)
    prepared = distribute.prepare(
        site,
        dialogue,
        now,
        row,
        number,
        enclosures=enclosures,
        languages=around.languages(dialogue.id),
        root=around.thread_root(dialogue.id, row["module"]),
        # A thread stays in its module: what a moderator has moved stands beneath its new one's announcement.
        parent=parent["message_id"] if parent and parent["module"] == row["module"] else None,
        withheld=distribute.withheld(files),
        archived=archive.url(site, dialogue, number) if site.pages and archive.stands(dialogue, row) else None,
    )
    values = {
        "state": ContributionState.RELEASED,
        "number": number,
        "module": row["module"],
        "message_id": row["message_id"],
        "decided_at": now,
        "decided_by": actor,
    }
    also = along(number)

    def write(connection: Connection, numbers: _Numbers) -> Released:
        kept = [one["id"] for one in attachments.of(connection, contribution_id, Fate.KEPT)]
        if kept != [one.id for one in enclosures] or numbers.next(dialogue.id) != number:
            raise _Overtaken
        if not contributions.change(connection, contribution_id, values, state=ContributionState.HELD, rendered=row):
            held(connection, contribution_id)  # decided since we looked: it says by whom
            raise _Overtaken
        inbox.outcome_of(connection, contribution_id, Outcome.RELEASED)
        recipients = prepared.to_all(connection, now, compose.EACH, wait)
        how = f"as number {number}, {recipients} mails"
        audit.record(connection, now, actor, "release", f"contribution {contribution_id}", how, dialogue.id)
        also(connection)
        return Released(contribution_id, number, recipients)

    return write


def _module_for(dialogue: Dialogue, contribution_id: int) -> int:
    module = dialogue.open_module()
    if module is None:
        raise Refused(
            f"contribution {contribution_id} waits for the next module to open; "
            f"to release it before that: listserv queue move {contribution_id} --module N"
        )
    return module.number


def discard(
    session: Session, now: datetime, contribution_id: int, actor: str, reason: str = "", *, along: Along = alone
) -> None:
    """Take it out of the queue; its author is not written to, and the mail is kept. `undo` brings it back."""
    also = along(None)

    def write(connection: Connection) -> None:
        row = held(connection, contribution_id)
        settle(connection, now, contribution_id, ContributionState.DISCARDED, actor)
        audit.record(connection, now, actor, "discard", f"contribution {contribution_id}", reason, row["dialogue_id"])
        also(connection)

    session.write(write)


def release_passed(session: Session, now: datetime, site: Site) -> int:
    """Release what moderation = "first" or "none" has passed; intake leaves it held in the policy's name."""
    with session.read() as connection:
        passed = contributions.held_in_the_name_of(connection, PASSED)
    # Refused where a moderator was faster, or no module is open: then it waits like any other.
    return sum(isinstance(one, Released) for one in release_several(session, now, site, passed, PASSED))


#: Who released what no moderator had to read.
PASSED = "moderation setting"


def settle(connection: Connection, now: datetime, contribution_id: int, state: ContributionState, actor: str) -> None:
    held(connection, contribution_id)
    values = {"state": state, "decided_at": now, "decided_by": actor}
    if not contributions.change(connection, contribution_id, values, state=ContributionState.HELD):
        held(connection, contribution_id)  # decided on another host since we looked: it says so
    inbox.outcome_of(connection, contribution_id, Outcome.REFUSED)

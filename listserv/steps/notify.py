"""Telling the moderators what is held, and what is written to them: a notice per mail, at once; what is over twenty
an hour comes bundled.

Found by what is missing: a held contribution of which nobody was told. So a crash between the two loses no notice. A
mail to the moderators is passed on in the transaction that ends its processing, or recorded there as waiting.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from listserv.core.dialogue import duty, grouping
from listserv.core.dialogue.grouping import Mail
from listserv.core.dialogue.model import ContributionState, Dialogue, Reason
from listserv.core.dialogue.reasons import telling
from listserv.core.mail import identity, inmail
from listserv.core.mail.outmail import Attachment
from listserv.core.site import Site
from listserv.steps import compose, entrust, mend
from listserv.store import attachments, contributions, dialogues, inbox, occurrences, outbox, people, tally
from listserv.store.session import Connection, Session

#: Notices of single mails to a moderator within an hour (DESIGN §3), and the kinds that count among them.
NOTICES = 20
KINDS = ("held_notice", "administrivia", "owner")
HOUR = timedelta(hours=1)

#: Mails that a bundle lists (the rest is counted), and how much it shows of each that is written to the moderators.
SHOWN = 50
LINES, LETTERS = 3, 200
#: Octets of it that are read for that: it is done here and not by a process of its own, so it must cost little.
BEGINNING = 32 * 1024

#: Letters of a contribution that its notice shows, and lines and letters that a bundle does; a file has all of it.
READ = 20_000
BUNDLE_LINES, BUNDLE_LETTERS = 12, 800

TOLD = "answer:told"  # the occurrence that says the moderators were told of a contribution, alone or in a bundle
WAITS = "answer:owner-waits"  # … that a mail to them, of that inbox id, waits for the next bundle
BUNDLED = "answer:owner-told"  # … and what it is from then on


@dataclass(frozen=True, slots=True)
class Item:
    """One line of a bundle. `ids`: those of one sender that it tells of together, `id` the first of them."""

    id: int
    ids: tuple[int, ...]
    numbers: str  # the ids, as an answer names them
    name: str
    address: str
    module: int | None
    subject: str
    reason: str
    text: str = ""  # its beginning
    more: bool = False  # whether it goes on
    to: str = ""  # the address that decides it


def notify(session: Session, now: datetime, site: Site) -> int:
    """A notice for each held mail nobody was told of, while the hour has room; how many."""
    count = 0
    with session.read() as connection:
        waiting = [dialogues.by_id(connection, one) for one in contributions.untold_in(connection, TOLD)]
    for dialogue in waiting:
        with session.read() as connection:
            places = room(connection, now, dialogue.id)
        count += _one_by_one(session, now, site, dialogue, places) if places > 0 else 0
    return count


def _one_by_one(session: Session, now: datetime, site: Site, dialogue: Dialogue, places: int) -> int:
    with session.read() as connection:
        rows = contributions.untold(connection, dialogue.id, TOLD, places)
    return sum(_tell(session, now, site, dialogue, row) for row in rows)


def next_at(connection: Connection, dialogue: Dialogue) -> datetime | None:
    """When the clock has to tell of what waits for the next bundle; None when nothing does."""
    instants = []
    for row in contributions.untold(connection, dialogue.id, TOLD, 1):
        last = tally.last(connection, dialogue.id, "held_bundle")
        instants.append(max(row.received_at, last + HOUR) if last else row.received_at)
    since = occurrences.first(connection, dialogue.id, WAITS)
    if since is not None and people.moderators(connection, dialogue.id):
        last = tally.last(connection, dialogue.id, "owner_bundle")
        instants.append(max(since, last + HOUR) if last else since)
    return min(instants, default=None)


def room(connection: Connection, now: datetime, dialogue_id: int) -> int:
    """How many notices each moderator may still get within the hour."""
    return NOTICES - outbox.made_since(connection, dialogue_id, KINDS, now - HOUR)


def _tell(session: Session, now: datetime, site: Site, dialogue: Dialogue, row: Any) -> bool:
    with session.read() as connection:
        moderators = told_at_once(connection, now, dialogue)
        files = attachments.of(connection, row.id)
        waiting = contributions.counts(connection, dialogue.id).get(ContributionState.HELD, 0)
        changed = mend.changed(connection, row.id)
    reasons = [Reason(rule, text) for rule, text in row.reasons]
    administrivia = any(reason.rule == "administrivia" for reason in reasons)
    notices = entrust.notices(
        site,
        dialogue,
        now,
        "administrivia" if administrivia else "held_notice",
        moderators,
        contribution_id=row.id,
        attachments=[enclosed(row)],
        id=row.id,
        name=row.from_name,
        address=row.from_address,
        module=dialogue.module(row.module),
        subject=row.subject,
        reasons=reasons,
        text=row.text[:READ],
        more=len(row.text) > READ,
        files=files,
        waiting=waiting,
        changed=changed,
        attribution=row.attribution,
        quotable=bool(row.quotable),
    )

    def write(connection: Connection) -> bool:
        if not occurrences.once(connection, dialogue.id, TOLD, str(row.id), 0, now):
            return False
        notices.post(connection, now)
        return True

    return session.write(write)


def told_at_once(connection: Connection, now: datetime, dialogue: Dialogue) -> list[Mapping[str, Any]]:
    """The moderators on duty but for those who want one mail a day (steps/remind)."""
    staff = duty.on_duty(people.moderators(connection, dialogue.id), now, dialogue.zone)
    return [one for one in staff if one["notices"] != "daily"]


def item(row: Any, ids: tuple[int, ...]) -> Item:
    """What a bundle shows of a held contribution. `ids`: its own, and those that it stands for."""
    reason = next(iter(telling(row.reasons)), "")
    shown = "\n".join(row.text.strip("\n").split("\n")[:BUNDLE_LINES])[:BUNDLE_LETTERS].rstrip()
    more = len(shown) < len(row.text.strip())
    return Item(
        row.id, ids, grouping.spelt(ids), row.from_name, row.from_address, row.module, row.subject, reason, shown, more
    )


def enclosed(row: Any) -> Attachment:
    """A held contribution as a file: all of it, also what was cut."""
    name = f"{row.from_name} <{row.from_address}>".strip()
    head = [("From", name), ("Subject", row.subject), ("Received", f"{row.received_at:%Y-%m-%d %H:%M} UTC")]
    return entrust.enclosed(row.id, head, row.text, row.cut)


def together(
    site: Site,
    dialogue: Dialogue,
    now: datetime,
    kind: str,
    moderators: Collection[Mapping[str, Any]],
    rows: Sequence[Any],
    **values: Any,
) -> entrust.Notices:
    """One notice of several held contributions, rows of store/contributions.held, to each of the moderators."""
    groups = grouping.grouped(
        Mail(row.id, identity.key(row.from_address), frozenset(rule for rule, _ in row.reasons)) for row in rows
    )[:SHOWN]
    by_id = {row.id: row for row in rows}
    items, files = [item(by_id[ids[0]], ids) for ids in groups], [enclosed(by_id[ids[0]]) for ids in groups]
    count = len(rows)
    more = count - sum(map(len, groups))
    told = {"more": more, "count": count, "singles": [one.id for one in items if len(one.ids) == 1]}
    return entrust.bundles(site, dialogue, now, kind, moderators, items, attachments=files, **told, **values)


def bundle(session: Session, now: datetime, site: Site, dialogue: Dialogue) -> int:
    """Tell the moderators together of what is held and was not told, for the hour has no more room for each by itself;
    of how many. While it has, as `notify`."""
    with session.read() as connection:
        places = room(connection, now, dialogue.id)
    if places > 0:
        return _one_by_one(session, now, site, dialogue, places)
    with session.read() as connection:
        if outbox.made_since(connection, dialogue.id, "held_bundle", now - HOUR):
            return 0
        rows = contributions.untold(connection, dialogue.id, TOLD)
        if not rows:
            return 0
        moderators = told_at_once(connection, now, dialogue)
    notices = together(site, dialogue, now, "held_bundle", moderators, rows)

    def write(connection: Connection) -> int:
        fresh = [occurrences.once(connection, dialogue.id, TOLD, str(row.id), 0, now) for row in rows]
        if not all(fresh):  # another process has just told of these
            raise _ToldError
        notices.post(connection, now)
        return len(rows)

    try:
        return session.write(write)
    except _ToldError:
        return 0


@dataclass(frozen=True, slots=True)
class Waiting:
    """One mail to the moderators in a bundle. `id`: in the inbox; `lines`: its first; `files`: how many its beginning
    has."""

    id: int
    name: str
    address: str
    subject: str
    lines: str
    files: int


def wait(connection: Connection, now: datetime, dialogue_id: int, inbox_id: int) -> None:
    """The hour has no room for a mail to the moderators: the next bundle tells of it."""
    occurrences.once(connection, dialogue_id, WAITS, str(inbox_id), 0, now)


def pass_on(session: Session, now: datetime, site: Site, dialogue: Dialogue) -> int:
    """Tell the moderators together of the mails to them that wait, once an hour; of how many."""
    with session.read() as connection:
        waiting = occurrences.all_of(connection, dialogue.id, WAITS)
        if not waiting or outbox.made_since(connection, dialogue.id, "owner_bundle", now - HOUR):
            return 0
        moderators = people.moderators(connection, dialogue.id)
        if not moderators:
            return 0  # it waits until there is one
        rows = [inbox.beginning(connection, int(subject), BEGINNING) for _, subject in waiting[:SHOWN]]
    items = [_waiting(site, row) for row in rows]
    more = len(waiting) - len(items)
    notices = compose.notices_to(site, dialogue, now, "owner_bundle", moderators, items=items, more=more)

    def write(connection: Connection) -> int:
        if occurrences.became(connection, dialogue.id, WAITS, waiting[-1][0], BUNDLED) != len(waiting):
            raise _ToldError
        compose.to_moderators(connection, now, moderators, notices)
        return len(waiting)

    try:
        return session.write(write)
    except _ToldError:
        return 0


def _waiting(site: Site, row: Any) -> Waiting:
    mail = inmail.read(row.content, row.sender)
    name, address = (mail.author.name, mail.author.address) if mail.author else ("", mail.from_text)
    cleaned = site.addresses.without_tokens
    lines = [line.strip()[:LETTERS] for line in cleaned(mail.body).splitlines() if line.strip()]
    return Waiting(row.id, name, address, cleaned(mail.subject), "\n".join(lines[:LINES]), len(mail.attachments))


class _ToldError(Exception):
    """Undoes a bundle that another process was faster with."""

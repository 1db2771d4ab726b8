"""Telling the moderators that mail of ours is refused for what we are, or for what it is.

`of(results)` picks what is worth telling, `tell` posts it: a halt (core/mail/pacing) once a day and domain, a refused
mailing once, an address that the relay cannot carry once, a sister network that takes nothing once a round-up (it takes
no part, so nothing else counts what it refuses). A notice that is itself refused is never told of.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Any

from listserv.core.dialogue.model import Dialogue
from listserv.core.mail import identity
from listserv.core.mail.bounce.refusals import Blame, blame
from listserv.core.mail.identity import domain_of
from listserv.core.mail.transfer import Phase, Result
from listserv.core.site import Site
from listserv.steps import compose, crosspost
from listserv.store import dialogues, leases, occurrences, people
from listserv.store.session import Connection, Session

HALTED, REFUSED, NETWORK = "relay_halted", "relay_refused", "network_refused"
#: The status with which we refuse an address that needs SMTPUTF8 where the relay lacks it (RFC 6531 §3.5).
NOT_CARRIED = "5.6.7"


def of(results: Sequence[Result]) -> list[Result]:
    """Those that somebody should hear of."""
    return [one for one in results if _halted(one) or _refused(one)]


def _refused(result: Result) -> bool:
    return not result.put_off and blame(result) in (Blame.MAILING, Blame.RECIPIENT)


def _halted(result: Result) -> bool:
    """Whether nothing can be sent, to a domain or at all: put off by a refusal, or the session itself was refused."""
    return bool(result.code) if result.put_off else _at_large(result) and result.reply.startswith("5")


def _at_large(result: Result) -> bool:
    return result.at_large or (not result.code and result.phase in (Phase.GREETING, Phase.TLS, Phase.AUTH))


def tell(session: Session, now: datetime, site: Site, results: Sequence[Result]) -> int:
    """Of results that `of` picked; how many notices (each to all moderators of its dialogue)."""
    by_delivery = {result.delivery: result for result in results}
    with session.read() as connection:
        rows = leases.described(connection, list(by_delivery))
        known = {dialogue.id: dialogue for dialogue in dialogues.all_of(connection)}
    count = 0
    seen: set[tuple[int, str, str]] = set()
    for row in rows:
        result = by_delivery[row.id]
        if row.kind == crosspost.KIND and _refused(result):
            said = f"{result.code} {result.reply}"
            count += network(session, now, site, known[row.dialogue_id], row.mailing_id, row.address, said)
            continue
        if not _halted(result) and blame(result) is Blame.RECIPIENT:  # judged like a bounce
            continue
        kind, subject, round_ = _occurrence(row, result, now)
        if row.kind in (HALTED, REFUSED, NETWORK) or (row.dialogue_id, kind, subject) in seen:
            continue
        seen.add((row.dialogue_id, kind, subject))
        with session.read() as connection:
            if occurrences.recorded(connection, row.dialogue_id, f"answer:{kind}", subject, round_):
                continue
        count += _post(session, now, site, known[row.dialogue_id], kind, subject, round_, _values(session, row, result))
    return count


def network(
    session: Session, now: datetime, site: Site, dialogue: Dialogue, mailing_id: int, address: str, said: str
) -> bool:
    """A round-up has not reached a sister network; whether the moderators had not been told of that one."""
    known = {identity.key(one.address): one.name for one in dialogue.networks}
    values = {"network": known.get(identity.key(address), address), "address": address, "said": said[:300].strip()}
    return _post(session, now, site, dialogue, NETWORK, f"mailing {mailing_id}", 0, values)


def _occurrence(row: Any, result: Result, now: datetime) -> tuple[str, str, int]:
    """The notice's kind, and what makes it one that has been given before: subject and round."""
    if _halted(result):
        return HALTED, _domain(row, result) or "all", now.toordinal()
    if result.status == NOT_CARRIED and row.participation_id is not None:
        return REFUSED, f"participation {row.participation_id}", 0
    return REFUSED, f"mailing {row.mailing_id}", 0


def _domain(row: Any, result: Result) -> str:
    return "" if _at_large(result) else domain_of(row.address)


def _values(session: Session, row: Any, result: Result) -> dict[str, Any]:
    said = (f"{result.code} " if result.code else "") + result.reply[:300]
    if not _halted(result):
        carried = result.status != NOT_CARRIED or row.address.rpartition("@")[0].isascii()
        return {"about": row.subject, "address": row.address, "said": said, "only_them": not carried}
    domain = _domain(row, result)
    with session.read() as connection:
        waiting = [one for one in leases.waiting(connection, row.dialogue_id) if domain in ("", domain_of(one))]
    return {"domain": domain, "said": said, "waiting": len(waiting)}


def _post(
    session: Session,
    now: datetime,
    site: Site,
    dialogue: Dialogue,
    kind: str,
    subject: str,
    round_: int,
    values: dict[str, Any],
) -> bool:
    with session.read() as connection:
        moderators = people.moderators(connection, dialogue.id)
    notices = compose.notices_to(site, dialogue, now, kind, moderators, **values)

    def write(connection: Connection) -> bool:
        if not occurrences.once(connection, dialogue.id, f"answer:{kind}", subject, round_, now):
            return False
        compose.to_moderators(connection, now, moderators, notices)
        return True

    return session.write(write)

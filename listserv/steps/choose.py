"""Somebody chooses what to get: by the link in a mail, by a word in a mail, or because their pause has ended.

A mail tells them what they get from now on and how to have it as before: a link may have strayed, a word may have been
meant for all. By link it comes once a day at most.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from listserv.core.dialogue import audience
from listserv.core.dialogue.model import TAKING_PART, DeliveryMode, Dialogue, Participation
from listserv.core.mail import identity
from listserv.core.mail.identity import Mailbox
from listserv.core.site import Site
from listserv.steps import compose
from listserv.store import audit, bundles, occurrences, people
from listserv.store.session import Connection, Session


@dataclass(frozen=True, slots=True)
class Chosen:
    """What somebody gets. `until`: when a pause ends by itself; None: when they say so."""

    paused: bool
    mode: DeliveryMode
    until: datetime | None = None

    @classmethod
    def of(cls, part: Any) -> Chosen:
        """As it stands."""
        paused = part["status"] == Participation.PAUSED
        return cls(paused, DeliveryMode(part["delivery"]), part["resumes_at"] if paused else None)

    @property
    def word(self) -> str:
        """By which it is asked for; "" where no one word does."""
        return "" if self.until else "pause" if self.paused else self.mode.value

    @property
    def values(self) -> dict[str, Any]:
        status = Participation.PAUSED if self.paused else Participation.ACTIVE
        return {"status": status, "delivery": self.mode, "resumes_at": self.until}

    def __str__(self) -> str:
        until = f" until {self.until:%Y-%m-%d %H:%M} UTC" if self.until else ""
        return f"status {self.values['status'].value}{until}, delivery {self.mode.value}"


def letter(
    connection: Connection,
    site: Site,
    dialogue: Dialogue,
    now: datetime,
    part: Any,
    chosen: Chosen,
    *,
    answers: str | None = None,
    meant_for_all: bool = False,
) -> compose.Prepared:
    """What they are told. `meant_for_all`: their word came to the dialogue, and may have been a contribution."""
    before = Chosen.of(part)
    gets = chosen.mode in audience.BUNDLES and not chosen.paused
    missed = len(bundles.missing(connection, dialogue.id, part["id"])) if before.paused and gets else 0
    return compose.notice(
        site,
        dialogue,
        now,
        "choice",
        Mailbox(part["name"], part["address"]),
        site.language(part["language"], dialogue.language),
        answers=answers,
        name=part["name"],
        paused=chosen.paused,
        until=chosen.until,
        mode=chosen.mode.value,
        undo="" if before == chosen or answers is None else before.word,
        missed=missed,
        meant_for_all=meant_for_all,
    )


def choose(
    session: Session,
    now: datetime,
    site: Site,
    dialogue: Dialogue,
    part_id: int,
    *,
    paused: bool,
    mode: DeliveryMode | None,
    reason: str,
) -> bool:
    """`mode` None: as it was. False, and nothing written, when it is so already or they do not take part (any more)."""
    with session.read() as connection:
        part = people.part(connection, part_id)
        if part is None:
            return False
        chosen = Chosen(paused, mode or DeliveryMode(part["delivery"]))
        told = letter(connection, site, dialogue, now, part, chosen)

    def write(connection: Connection) -> bool:
        current = people.part(connection, part_id)
        if current is None or current["status"] not in TAKING_PART or Chosen.of(current) == chosen:
            return False
        people.change_part(connection, now, current["id"], chosen.values)
        address = current["address"]
        audit.record(connection, now, address, "set", address, f"{chosen}, {reason}", dialogue.id)
        if occurrences.once_a_day(connection, dialogue.id, "answer:choice", identity.key(address), now):
            told.to_one(connection, now, address, current["id"])
        return True

    return session.write(write)

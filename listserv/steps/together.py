"""Contributions that were judged one after the other and are written together: to commit costs as much as to judge one.

Only what is independent waits for the others: who wrote one of them, and a Message-ID that one of them has, is judged
again once they are written. So each mail is judged by all that came before it, as if each had been written at once.
"""

from __future__ import annotations

import traceback
from collections.abc import Callable
from dataclasses import dataclass
from functools import partial
from typing import Any

from listserv.core.mail import identity
from listserv.core.mail.inmail import InboundMail
from listserv.errors import Temporary
from listserv.store import inbox
from listserv.store.session import Connection, Session, temporary

#: Mails in one transaction, at most: those who hand over mail meanwhile wait for it.
TOGETHER = 10


@dataclass(frozen=True, slots=True)
class Judged:
    """What is to be written of a mail. `part_id`: its author's participation; None: of nobody who takes part."""

    write: Callable[[Connection], None]
    part_id: int | None


class Together:
    """What waits to be written, in the order in which it came."""

    def __init__(self, session: Session) -> None:
        self._session = session
        self._waiting: list[tuple[int, Judged]] = []  # with the inbox row's id
        self._known: set[str | int] = set()  # authors, Message-IDs and participations of these

    def add(self, inbox_id: int, mail: InboundMail, judged: Judged) -> None:
        """It is written with what comes behind it; at once, with what waits, where its author takes no part."""
        self._waiting.append((inbox_id, judged))
        self._known |= {mail.message_id, _author(mail)}
        if judged.part_id is not None:
            self._known.add(judged.part_id)
        if judged.part_id is None or len(self._waiting) == TOGETHER:
            self.write()

    def concerns(self, mail: InboundMail) -> bool:
        """Whether a mail may be judged otherwise once what waits is written."""
        return mail.message_id in self._known or _author(mail) in self._known

    def hinders(self, judged: Judged) -> bool:
        """Whether it has to be judged anew once what waits is written."""
        return bool(self._waiting) and (judged.part_id is None or judged.part_id in self._known)

    def write(self) -> bool:
        """Whether anything was written. One that fails is parked, and the others are written without it.

        Raises what is no mail's fault (see `parked`); then it still waits.
        """
        if not self._waiting:
            return False
        writes = [judged.write for _, judged in self._waiting]
        try:
            self._session.write(lambda connection: [write(connection) for write in writes])
        except Exception as error:
            if passes(error):
                raise
            for inbox_id, judged in self._waiting:
                parked(self._session, inbox_id, partial(self._session.write, judged.write))
        self._waiting, self._known = [], set()
        return True


def parked(session: Session, inbox_id: int, process: Callable[[], Any]) -> None:
    """Process a mail. Whatever is raised parks it, but for what is no mail's fault, which is raised on."""
    try:
        process()
    except Exception as error:
        if passes(error):
            raise
        told = "".join(traceback.format_exception(error))
        session.write(lambda connection: inbox.park(connection, inbox_id, told))


def passes(error: Exception) -> bool:
    """Whether it is no mail's fault: trouble with the database, or a helper process that does not start."""
    return isinstance(error, Temporary) or temporary(error)


def _author(mail: InboundMail) -> str:
    return identity.key(mail.author.address) if mail.author else ""

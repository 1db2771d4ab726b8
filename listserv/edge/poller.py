"""The poller: takes mail out of a mailbox over IMAP. Each mail enters once: committed first, moved afterwards.

A mail's row in the ledger (store/fetched) is written in the transaction that puts it into the inbox, so a kill at any
line leaves at most a move to be repeated, and several pollers may read one mailbox. What cannot be taken (three
failures, too large, for none of our addresses) goes to the folder Quarantine and is said in the log and to `aside`;
the others go on. While the database takes nothing, nothing is moved.

The conversation blocks, so it has a thread of its own. Never raises: what goes wrong is said once in the log, and
tried again after growing waits.
"""

from __future__ import annotations

import asyncio
import logging
import socket
import threading
from collections import Counter, deque
from collections.abc import Callable
from concurrent.futures import Future
from contextlib import closing, suppress
from dataclasses import dataclass, field
from datetime import datetime
from math import inf

from listserv.core.sentence import Sentence
from listserv.edge import addressed
from listserv.edge.doors import Hooks
from listserv.edge.failure import log_failure
from listserv.edge.imap import Account, Denied, Stuck, Trouble, Unfetched, ready
from listserv.edge.mailbox import Mailbox
from listserv.store import dialogues, fetched, inbox
from listserv.store.session import Connection, Session, temporary

log = logging.getLogger(__name__)

TRIES = 3  # failures after which a mail is put aside
BATCH = 50  # mails fetched before their commits are waited for and they are moved
BATCH_SIZE = 32 * 2**20  # and octets
GRACE = 1.0  # seconds that what is under way is given at the end


@dataclass(frozen=True, slots=True)
class Pace:
    """In seconds. IDLE is begun anew well within the 29 minutes of RFC 2177 §3, and before firewalls forget us."""

    idle: float = 9 * 60
    poll: float = 60  # between looks where the server has no IDLE
    again: float = 60  # before a mail that failed is tried again
    first: float = 1  # after trouble; each time twice as long
    most: float = 5 * 60

    def after(self, troubles: int, last: Exception) -> float:
        """How long to wait after so many troubles in a row."""
        return self.most if isinstance(last, Denied) else min(self.first * 2.0 ** min(troubles - 1, 60), self.most)


class Poller:
    """A door. `size`: octets of a mail, at most. `hooks.accept` is not used: mail and ledger are one transaction.
    `aside` is told of each mail put aside: its header, octets (0: not known), why, the folder."""

    def __init__(
        self,
        *,
        account: Account,
        user: str,
        session: Session,
        now: Callable[[], datetime],
        hooks: Hooks,
        size: int,
        aside: Callable[[bytes, int, str, str], object],
        pace: Pace = Pace(),
    ) -> None:
        self._account = account
        self._ledger = f"{user}@{account.host.lower()}/{account.folder}"
        self._session = session
        self._now = now
        self._hooks = hooks
        self._size = size
        self._aside = aside
        self._pace = pace
        self._loop: asyncio.AbstractEventLoop | None = None
        self._thread: threading.Thread | None = None
        self._stopping = False
        self._box: Mailbox | None = None
        self._told = ""  # the trouble last said in the log
        self._broken: Counter[int] = Counter()  # how often fetching a mail has broken the connection, by UID

    # --- the door

    async def start(self) -> None:
        self._loop = asyncio.get_running_loop()
        self._bell, self._rope = socket.socketpair()  # rung at the end: it ends every wait
        self._thread = threading.Thread(target=self._run, name="poller", daemon=True)
        self._thread.start()

    async def stop(self) -> None:
        """At once in IDLE; else after the mails under way; what hangs is cut off."""
        thread, self._thread = self._thread, None
        if thread is None:
            return
        self._stopping = True
        self._rope.close()  # which the bell's end hears
        await asyncio.to_thread(thread.join, GRACE)
        if thread.is_alive() and (box := self._box):
            box.abort()
            await asyncio.to_thread(thread.join, GRACE)

    def describe(self) -> str:
        return f"reading {self._account.folder} at {self._account.place}"

    # --- the thread

    def _run(self) -> None:
        troubles = 0
        while not self._stopping:
            try:
                with closing(Mailbox(self._account)) as self._box:
                    while not self._stopping:
                        failed = self._round(self._box)
                        troubles = 0
                        most = self._pace.again if failed else inf
                        self._box.rest(min(self._pace.idle, most), min(self._pace.poll, most), self._bell)
            except Exception as error:
                if self._stopping:
                    break
                troubles += 1
                self._say(error)
                ready(self._pace.after(troubles, error), self._bell)
            finally:
                self._box = None
        self._bell.close()

    def _say(self, error: Exception) -> None:
        """Once, until something else is the matter."""
        if isinstance(error, Stuck):
            what = f"what was read stays in the mailbox: {error}"
        elif isinstance(error, Trouble):
            what = f"the mailbox is not read: {error}"
        elif temporary(error):
            what = f"the mailbox is not read: the database takes no mail now ({type(error).__name__}); nothing is moved"
        else:
            what = type(error).__name__
            if what != self._told:
                log_failure("the mailbox is not read, it is tried again", error)
            self._told = what
        if what != self._told:
            log.error("%s", what)
        self._told = what

    def _fine(self) -> None:
        if self._told:
            log.info("the mailbox is read again")
            self._told = ""

    # --- a round

    def _round(self, box: Mailbox) -> bool:
        """All that lies in the folder. Whether some of it failed and is to be tried again soon."""
        sizes = box.look()
        with self._session.read() as connection:
            if not dialogues.slugs(connection):  # then nothing would be for us
                raise Trouble("there is no dialogue yet; run: listserv apply")
            known = fetched.known(connection, self._ledger, box.uidvalidity, min(sizes, default=1))
        batch = _Batch()
        for uid in sizes.keys() & known.keys():  # a move that did not happen
            batch.taken += [uid] if known[uid].taken else []
            batch.aside += [uid] if not known[uid].taken and known[uid].failures >= TRIES else []
        new = deque(sorted(sizes.keys() - {*batch.taken, *batch.aside}, key=lambda uid: (self._broken[uid], uid)))
        failed, stuck = False, self._move(box, batch)
        while new and not self._stopping:
            batch = _Batch()
            try:
                self._fetch(box, sizes, new, batch)
            finally:
                self._settle(box, batch)
            failed = failed or batch.failed
            stuck = self._move(box, batch) or stuck
        if stuck is None:
            self._fine()
        else:
            self._say(stuck)
        return failed or stuck is not None

    def _fetch(self, box: Mailbox, sizes: dict[int, int], new: deque[int], batch: _Batch) -> None:
        """The next mails, on their way to be committed."""
        while new and len(batch.commits) < BATCH and batch.octets < BATCH_SIZE and not self._stopping:
            uid = new.popleft()
            try:
                content = self._content(box, uid, batch) if sizes[uid] <= self._size else b""
            except Unfetched as error:
                self._fail(box, uid, batch, error.why, octets=sizes[uid])
                continue
            if content is None:
                continue
            octets = max(sizes[uid], len(content))  # there are servers that only guess the size
            if octets > self._size:
                why = Sentence(
                    "it has %(n)s octet, at most %(most)s are taken",
                    "it has %(n)s octets, at most %(most)s are taken",
                    n=octets,
                    most=self._size,
                )
                self._fail(box, uid, batch, why, TRIES, octets)
                continue
            if not (recipients := addressed.recipients(content, self._ours)):
                self._fail(box, uid, batch, Sentence("it is for none of our addresses"), TRIES, octets)
                continue
            batch.octets += len(content)
            batch.commits[uid] = self._commit(box.uidvalidity, uid, content, recipients)
            batch.unseen |= {uid} if addressed.unseen(recipients) else set()

    def _content(self, box: Mailbox, uid: int, batch: _Batch) -> bytes | None:
        try:
            return box.fetch(uid)
        except Trouble:
            # Once is the network's fault. From then on its turn comes last, when all the others have passed.
            if self._broken[uid] and not self._stopping:
                self._fail(box, uid, batch, Sentence("the connection breaks when it is fetched"))
            self._broken[uid] += 1
            raise

    def _ours(self, recipient: str) -> bool:
        return self._hooks.verdict(recipient) is None

    def _commit(self, uidvalidity: int, uid: int, content: bytes, recipients: tuple[str, ...]) -> Future[bool]:
        now, sender = self._now(), addressed.sender(content)

        def enter(connection: Connection) -> bool:
            ours = fetched.take(connection, now, self._ledger, uidvalidity, uid)
            if ours:
                inbox.add(connection, now, sender, recipients, content, "imap")
            return ours

        return self._session.submit(enter)

    def _settle(self, box: Mailbox, batch: _Batch) -> None:
        """Wait for the commits. What another poller was first to commit is as good as ours."""
        trouble: Exception | None = None
        for uid, commit in batch.commits.items():
            try:
                commit.result()
            except Exception as error:
                if temporary(error):
                    trouble = error
                else:
                    fault = type(error).__name__
                    self._fail(box, uid, batch, Sentence("it could not be stored (%(fault)s)", fault=fault))
            else:
                batch.taken.append(uid)
        if batch.taken and self._loop is not None:
            with suppress(RuntimeError):  # the loop has ended
                self._loop.call_soon_threadsafe(self._hooks.look)
        if trouble is not None:
            self._move(box, batch)
            raise trouble

    def _fail(self, box: Mailbox, uid: int, batch: _Batch, why: str, failures: int = 1, octets: int = 0) -> None:
        """`failures`: as how many it counts. `octets`: its size."""
        count = self._session.write(
            lambda connection: fetched.fail(connection, self._now(), self._ledger, box.uidvalidity, uid, failures)
        )
        if count >= TRIES:
            batch.aside.append(uid)
            log.error("mail %d of %s goes to %s: %s", uid, self._account.folder, box.quarantine, why)
            self._tell(box, uid, octets, why)
        elif count:
            batch.failed = True
            log.warning("mail %d of %s, try %d of %d: %s", uid, self._account.folder, count, TRIES, why)

    def _tell(self, box: Mailbox, uid: int, octets: int, why: str) -> None:
        try:
            self._aside(box.head(uid), octets, why, box.quarantine)
        except Trouble:
            raise
        except Exception as error:  # it has been said in the log; the other mails matter more
            log_failure("the moderators could not be told of it", error)

    @staticmethod
    def _move(box: Mailbox, batch: _Batch) -> Stuck | None:
        stuck: Stuck | None = None
        box.remove(batch.unseen.intersection(batch.taken))
        for uids, folder in ((set(batch.taken) - batch.unseen, box.done), (batch.aside, box.quarantine)):
            try:
                box.move(uids, folder)
            except Stuck as error:
                stuck = error
        return stuck


@dataclass(slots=True)
class _Batch:
    """Some mails and what became of them, by UID."""

    commits: dict[int, Future[bool]] = field(default_factory=dict)
    octets: int = 0
    taken: list[int] = field(default_factory=list)  # in the inbox
    unseen: set[int] = field(default_factory=set)  # answers to a survey, to be deleted and not moved
    aside: list[int] = field(default_factory=list)
    failed: bool = False  # some are to be tried again

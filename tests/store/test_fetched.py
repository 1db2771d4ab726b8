"""The ledger of a mailbox: each of its mails is taken once, whoever takes it, and failures are counted until then."""

from __future__ import annotations

import subprocess
import sys
import threading
import time
from datetime import UTC, datetime
from pathlib import Path

import pytest
import sqlalchemy as sa

from listserv.store import fetched, inbox
from listserv.store.fetched import Entry
from listserv.store.session import Session
from tests import dovecot
from tests.house import mail

NOW = datetime(2008, 11, 4, 12, 0, tzinfo=UTC)
BOX = "dialogue@imap.example.org/INBOX"


def take(session: Session, uid: int, uidvalidity: int = 1, mailbox: str = BOX) -> bool:
    return session.write(lambda c: fetched.take(c, NOW, mailbox, uidvalidity, uid))


def fail(session: Session, uid: int, failures: int = 1) -> int:
    return session.write(lambda c: fetched.fail(c, NOW, BOX, 1, uid, failures))


def known(session: Session, since: int = 1, uidvalidity: int = 1, mailbox: str = BOX) -> dict[int, Entry]:
    with session.read() as connection:
        return fetched.known(connection, mailbox, uidvalidity, since)


def test_a_mail_is_taken_once(session):
    assert [take(session, 7), take(session, 7)] == [True, False]
    assert known(session) == {7: Entry(taken=True, failures=0)}


def test_the_same_uid_under_another_uidvalidity_or_in_another_mailbox_is_another_mail(session):
    assert [take(session, 7), take(session, 7, 2), take(session, 7, 1, "other")] == [True, True, True]
    assert known(session, uidvalidity=3) == {}


def test_uids_and_uidvalidities_go_up_to_32_bits(session):
    most = 2**32 - 1  # RFC 9051 §2.3.1.1
    assert take(session, most, most)
    assert known(session, most, most) == {most: Entry(taken=True, failures=0)}


def test_what_lies_before_is_not_read(session):
    assert [take(session, uid) for uid in (3, 4, 9)] == [True] * 3
    assert list(known(session, since=4)) == [4, 9]


def test_failures_are_counted_and_do_not_keep_a_mail_from_being_taken(session):
    assert [fail(session, 7), fail(session, 7), fail(session, 7, 3)] == [1, 2, 5]
    assert known(session) == {7: Entry(taken=False, failures=5)}
    assert take(session, 7)
    assert known(session) == {7: Entry(taken=True, failures=5)}


def test_what_is_taken_fails_no_more(session):
    take(session, 7)
    assert fail(session, 7) == 0
    assert known(session) == {7: Entry(taken=True, failures=0)}


def test_an_undone_transaction_leaves_the_mail_to_be_taken(session):
    def lost(connection: sa.Connection) -> None:
        assert fetched.take(connection, NOW, BOX, 1, 7)
        raise ValueError("the mail could not be stored")

    with pytest.raises(ValueError, match="could not be stored"):
        session.write(lost)
    assert take(session, 7)


def test_of_many_at_once_one_takes_a_mail(url):
    barrier, won = threading.Barrier(4), []

    def poller() -> None:
        session = Session(url)
        barrier.wait(10)
        for uid in range(1, 31):

            def enter(connection: sa.Connection, uid: int = uid) -> bool:
                ours = fetched.take(connection, NOW, BOX, 1, uid)
                if ours:
                    inbox.add(connection, NOW, "ana@example.org", ["nap@x.org"], b"%d" % uid, "imap")
                return ours

            won.extend([uid] if session.write(enter) else [])
        session.close()

    threads = [threading.Thread(target=poller) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(60)
    session = Session(url)
    with session.read() as connection:
        contents = [inbox.content(connection, row.raw_id) for row in inbox.claim(connection, 1000, 60.0)]
    session.close()
    assert sorted(won) == list(range(1, 31))
    assert sorted(map(int, contents)) == list(range(1, 31))


POLLER = """
import asyncio, sys
from tests.edge import test_poller
from tests import dovecot, house
from listserv.store.session import Session

url, user, port = sys.argv[1:]

class Server:
    pass
server = Server()
server.port = int(port)

async def main():
    async with test_poller.polling(None, dovecot.Box(server, user), session=Session(url)):
        print("polling", flush=True)
        await asyncio.to_thread(sys.stdin.read)

asyncio.run(main())
"""


@pytest.mark.skipif(bool(dovecot.missing()), reason=dovecot.missing())
@pytest.mark.parametrize("url", ["postgresql"], indirect=True)
def test_two_processes_on_postgresql_read_one_mailbox(world, url):
    mails = [mail(f"Number {number}.") for number in range(200)]
    with dovecot.running() as server:
        box = server.mailbox()
        command = [sys.executable, "-c", POLLER, url, box.user, str(server.port)]
        pipes = {"stdin": subprocess.PIPE, "stdout": subprocess.PIPE, "text": True, "cwd": Path(__file__).parents[2]}
        processes = [subprocess.Popen(command, **pipes) for _ in range(2)]
        try:
            assert [process.stdout.readline() for process in processes] == ["polling\n"] * 2
            box.put(*mails)
            deadline = time.monotonic() + 60
            while box.count() and time.monotonic() < deadline:
                time.sleep(0.1)
        finally:
            for process in processes:
                process.communicate("")
        assert [process.returncode for process in processes] == [0, 0]
        assert set(box.mails("Done")) == set(mails)
    with world.session.read() as connection:
        rows = inbox.claim(connection, 1000, 60.0)
        assert sorted(inbox.content(connection, row.raw_id) for row in rows) == sorted(mails)

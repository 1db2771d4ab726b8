"""The poller against a real Dovecot: each mail of a mailbox enters once, and what cannot be taken stops no other.

A test waits for what it expects to see; only a failure waits long.
"""

from __future__ import annotations

import asyncio
import json
import logging
import os
import signal
import ssl
import subprocess
import sys
import threading
import time
from collections.abc import AsyncIterator, Callable, Iterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import pytest
import sqlalchemy as sa

from listserv.edge.doors import Hooks
from listserv.edge.envelope import Refusal
from listserv.edge.imap import Account, Denied, Trouble
from listserv.edge.mailbox import Mailbox
from listserv.edge.poller import Pace, Poller
from listserv.store.session import Closure, Future, Session
from tests import dovecot
from tests.dovecot import PASSWORD, Box, Dovecot
from tests.house import HERE, TUESDAY, House, folder, mail, open_house, site
from tests.ports import reserved

pytestmark = pytest.mark.skipif(bool(dovecot.missing()), reason=dovecot.missing())

PATIENCE = 30.0  # seconds; only a failure waits so long
NEVER = 3600.0
QUICK = Pace(poll=0.02, again=0.02, first=0.02, most=0.05)
RFC3501 = "imap_capability = IMAP4rev1 LITERAL+ "


@pytest.fixture(scope="module")
def server() -> Iterator[Dovecot]:
    with dovecot.running() as running:
        yield running


@pytest.fixture
def box(server: Dovecot) -> Box:
    return server.mailbox()


@pytest.fixture
def house(tmp_path: Path) -> Iterator[House]:
    with open_house(folder(tmp_path)) as house:
        yield house


def account(box: Box, **changes: Any) -> Account:
    values = {"host": "127.0.0.1", "port": box.dovecot.port, "tls": "none", "folder": "INBOX", "done": "Done"}
    return Account(**{**values, "login": lambda: (box.user, PASSWORD), **changes})


def verdict(recipient: str) -> Refusal | None:
    target = site().addresses.parse(recipient)
    return None if target and target.slug == "nap" else Refusal(550, "5.1.1", "no such address here")


@asynccontextmanager
async def polling(
    house: House,
    box: Box,
    *,
    pace: Pace = QUICK,
    size: int = 25 * 2**20,
    session: Session | None = None,
    aside: Callable[[bytes, int, str, str], object] = lambda *_: None,
    **changes: Any,
) -> AsyncIterator[Poller]:
    """A poller at work, with a session of its own."""
    own = session or Session(str(house.session.url))
    poller = Poller(
        account=account(box, **changes),
        user=box.user,
        session=own,
        now=lambda: TUESDAY,
        hooks=Hooks(verdict, _never, lambda: None),
        size=size,
        aside=aside,
        pace=pace,
    )
    await poller.start()
    try:
        yield poller
    finally:
        await poller.stop()
        own.close()


async def _never(_: object) -> None:
    raise AssertionError("the ledger would not be in the same transaction")


async def until(true: Callable[[], object]) -> None:
    async with asyncio.timeout(PATIENCE):
        while not await asyncio.to_thread(true):
            await asyncio.sleep(0.01)


async def emptied(box: Box, folder: str = "INBOX") -> None:
    await until(lambda: box.count(folder) == 0)


def contents(house: House) -> list[bytes]:
    """What the inbox holds, each row."""
    raw = {row["id"]: row["content"] for row in house.rows("raw")}
    return [raw[row["raw_id"]] for row in house.rows("inbox")]


# --- taking mail


async def test_a_mail_is_taken_as_it_is_and_moved(house: House, box: Box):
    odd = mail(headers={"Return-Path": "<anna@example.net>"}) + b"\xff\xfe 8 bit, a dot:\r\n.\r\n\r\n no end"
    box.put(odd)
    async with polling(house, box):
        await emptied(box)
    row = house.one("inbox")
    assert contents(house) == [odd] == box.mails("Done")
    assert (row["recipient"], row["sender"], row["protocol"], row["state"]) == (HERE, "anna@example.net", "imap", "new")
    assert row["received_at"] == TUESDAY


async def test_an_answer_to_the_survey_is_deleted_and_not_kept_in_the_mailbox(house: House, box: Box):
    box.put(mail("1: 5", headers={"To": house.site.addresses.survey("nap", 1)}))
    box.put(mail())
    async with polling(house, box):
        await emptied(box)
    assert len(house.rows("inbox")) == 2
    (kept,) = box.mails("Done")
    assert b"1: 5" not in kept


async def test_a_bounce_comes_from_the_null_sender_to_the_address_it_was_delivered_to(house: House, box: Box):
    bounces = house.site.addresses.bounces("nap", 1)
    box.put(mail(headers={"Return-Path": "<>", "X-Original-To": bounces, "Delivered-To": "box@talk.example"}))
    async with polling(house, box):
        await emptied(box)
    assert [(row["sender"], row["recipient"]) for row in house.rows("inbox")] == [("", bounces)]


async def test_a_mail_to_several_of_our_addresses_is_kept_once_for_each(house: House, box: Box):
    box.put(mail(headers={"Cc": "nap-owner@talk.example, anna@example.net"}))
    async with polling(house, box):
        await emptied(box)
    assert [row["recipient"] for row in house.rows("inbox")] == [HERE, "nap-owner@talk.example"]
    assert len(house.rows("raw")) == 1


async def test_bcc_another_list_and_a_plus_address_come_to_where_they_belong(house: House, box: Box):
    answered = house.released()
    reply = house.site.addresses.reply("nap", answered["id"])
    elsewhere = {"To": "undisclosed-recipients:;"}
    owner = mail("For the moderators.", headers={**elsewhere, "X-Original-To": "nap-owner@talk.example"})
    listed = {**elsewhere, "List-Id": "<women.lists.org>", "Delivered-To": f"box@talk.example\r\nDelivered-To: {HERE}"}
    plus = {**elsewhere, "X-Original-To": reply, "Delivered-To": HERE}
    before = len(house.rows("inbox"))
    box.put(
        owner,
        mail("In copy.", headers={**elsewhere, "Delivered-To": HERE}),
        mail("Through a list.", headers=listed),
        mail("An answer.", subject="Re: Plans", headers=plus),
    )
    async with polling(house, box):
        await emptied(box)
    house.work()
    rows = house.rows("inbox")[before:]
    assert [(row["recipient"], row["outcome"]) for row in rows] == [
        ("nap-owner@talk.example", "command"),
        (HERE, "held"),
        (HERE, "held"),
        (reply, "held"),
    ]
    assert house.contribution(rows[3]["contribution_id"])["parent_id"] == answered["id"]


async def test_what_comes_later_is_taken_at_once(house: House, box: Box):
    looks = Pace(idle=NEVER, poll=NEVER)
    box.put(mail("First."))
    async with polling(house, box, pace=looks):
        await emptied(box)
        for number in range(3):
            box.put(mail(f"Later, {number}."))
            await emptied(box)
    assert len(house.rows("inbox")) == 4


async def test_what_comes_while_another_mail_is_taken_is_not_overheard(
    house: House, box: Box, monkeypatch: pytest.MonkeyPatch
):
    """The server says EXISTS in its answer to another command, and in IDLE no more."""
    look, late = Mailbox.look, [mail("Late.")]

    def look_and_get_another(self: Mailbox) -> dict[int, int]:
        found = look(self)
        if late:
            box.put(late.pop())
        return found

    monkeypatch.setattr(Mailbox, "look", look_and_get_another)
    box.put(mail("First."))
    async with polling(house, box, pace=Pace(idle=NEVER)):
        await until(lambda: len(house.rows("inbox")) == 2)


async def test_news_said_together_with_the_answer_to_idle_is_heard(house: House, box: Box):
    """As a server may: the socket shows nothing more to read."""
    rest = asyncio.Event()

    async def talk(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        writer.write(b"* OK ready\r\n")
        while line := await reader.readline():
            tag, command = line.split()[:2]
            answers = {
                b"CAPABILITY": b"* CAPABILITY IMAP4rev1 IDLE MOVE\r\n",
                b"SELECT": b"* 0 EXISTS\r\n* OK [UIDVALIDITY 1] it\r\n",
                b"LIST": b'* LIST () "/" Done\r\n',
                b"UID": b"* SEARCH\r\n",
                b"NOOP": b"* 0 EXISTS\r\n",
            }
            if command == b"IDLE":
                writer.write(b"+ idling\r\n* 1 EXISTS\r\n")
                await reader.readline()
                rest.set()
            writer.write(answers.get(command, b"") + tag + b" OK done\r\n")
        writer.close()

    async with await asyncio.start_server(talk, "127.0.0.1", 0) as listener:
        port = listener.sockets[0].getsockname()[1]
        async with polling(house, box, port=port, login=lambda: ("u", "p"), pace=Pace(idle=NEVER)):
            async with asyncio.timeout(PATIENCE):
                await rest.wait()


async def test_idle_is_begun_anew(house: House, box: Box, monkeypatch: pytest.MonkeyPatch):
    looks = []
    look = Mailbox.look
    monkeypatch.setattr(Mailbox, "look", lambda self: looks.append(self) or look(self))
    async with polling(house, box, pace=Pace(idle=0.02)):
        await until(lambda: len(looks) > 3)
    assert len(set(map(id, looks))) == 1, "on one connection"
    assert Pace().idle < 29 * 60  # RFC 2177 §3


@pytest.mark.parametrize(
    ("extra", "done", "left"),
    [
        pytest.param(f"{RFC3501} UIDPLUS NAMESPACE", "Done", 0, id="without MOVE and IDLE"),
        pytest.param(RFC3501, "Done", 3, id="without UIDPLUS as well: they stay, marked as deleted"),
        pytest.param("namespace inbox {\n  inbox = yes\n  prefix = INBOX.\n  separator = .\n}", "INBOX.Done", 0,
                     id="where all folders are below INBOX"),
    ],
)  # fmt: skip
async def test_other_servers(house: House, extra: str, done: str, left: int):
    with dovecot.running(extra) as server:
        box = server.mailbox()
        box.put(*(mail(f"Number {number}.") for number in range(3)))
        async with polling(house, box):
            await until(lambda: len(box.mails(done)) >= 3)
            box.put(mail("And another."))
            await until(lambda: len(box.mails(done)) >= 4)
        async with polling(house, box):  # one that starts anew reads nothing twice
            box.put(mail("The last."))
            await until(lambda: len(box.mails(done)) >= 5)
        assert (len(house.rows("inbox")), len(box.mails(done))) == (5, 5)
        assert len(box.mails("INBOX")) == (5 if left else 0)


async def test_a_mail_that_somebody_has_marked_as_deleted_is_left_alone(house: House, box: Box):
    box.put(mail("Deleted."), mail("Not deleted."))
    box.do("uid", "STORE", "1", "+FLAGS", r"(\Deleted)", folder="INBOX")
    async with polling(house, box):
        await until(lambda: len(box.mails("Done")) == 1)
    assert [b"Not deleted." in one for one in contents(house)] == [True]


async def test_a_mail_that_goes_while_we_look_is_nobodys_trouble(
    house: House, box: Box, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
):
    box.put(mail("Stays."), mail("Goes."), mail("Stays, too."))
    look = Mailbox.look

    def look_and_lose(self: Mailbox) -> dict[int, int]:
        found = look(self)
        if 2 in found:
            box.do("uid", "STORE", "2", "+FLAGS", r"(\Deleted)", folder="INBOX")
            box.do("uid", "EXPUNGE", "2", folder="INBOX")
        return found

    monkeypatch.setattr(Mailbox, "look", look_and_lose)
    async with polling(house, box):
        await emptied(box)
    assert [b"Stays" in one for one in contents(house)] == [True, True]
    assert box.mails("Quarantine") == []
    assert "is not read" not in caplog.text


# --- what cannot be taken


async def test_what_cannot_be_taken_goes_to_quarantine_and_the_others_go_on(
    house: House, box: Box, caplog: pytest.LogCaptureFixture
):
    large, stray, last = mail("Much. " * 2000), mail().replace(b"nap@talk.example", b"nap@elsewhere.example"), mail()
    box.put(large, stray, last)
    told: list[tuple[bytes, int, str, str]] = []
    async with polling(house, box, size=10_000, aside=lambda *said: told.append(said)):
        await emptied(box)
    assert contents(house) == [last] == box.mails("Done")
    assert box.mails("Quarantine") == [large, stray]
    said = [one.getMessage() for one in caplog.records if one.levelno >= logging.ERROR]
    assert said == [
        f"mail 1 of INBOX goes to Quarantine: it has {len(large):,} octets, at most 10,000 are taken",
        "mail 2 of INBOX goes to Quarantine: it is for none of our addresses",
    ]
    assert [(octets, folder) for _, octets, _, folder in told] == [(len(one), "Quarantine") for one in (large, stray)]
    assert [head.rstrip() for head, *_ in told] == [one.partition(b"\r\n\r\n")[0] for one in (large, stray)]


async def test_a_fault_in_telling_of_it_stops_nothing(house: House, box: Box, caplog: pytest.LogCaptureFixture):
    last = mail()
    box.put(mail("Much. " * 2000), last)
    async with polling(house, box, size=10_000, aside=lambda *_: 1 / 0):
        await emptied(box)
    assert box.mails("Done") == [last]
    assert "ZeroDivisionError" in caplog.text


async def test_a_mail_as_large_as_the_limit_is_taken(house: House, box: Box):
    whole = mail("Much. " * 2000)
    box.put(whole)
    async with polling(house, box, size=len(whole)):
        await emptied(box)
    assert contents(house) == [whole]


async def test_what_is_moved_back_from_quarantine_gets_another_chance(house: House, box: Box):
    box.put(mail("Much. " * 2000))
    async with polling(house, box, size=10_000):
        await emptied(box)
    box.do("uid", "MOVE", "1", "INBOX", folder="Quarantine")
    async with polling(house, box):
        await emptied(box)
    assert len(contents(house)) == 1


class Failing(Session):
    """Some of its writes fail: `fails` is asked with what a closure would write, and gives the error or None."""

    def __init__(self, url: str, fails: Callable[[sa.Connection], Exception | None]) -> None:
        super().__init__(url)
        self._fails = fails

    def submit(self, closure: Closure[Any]) -> Future[Any]:
        def checked(connection: sa.Connection) -> Any:
            value = closure(connection)
            if error := self._fails(connection):
                raise error
            return value

        return super().submit(checked)


def last_kept(connection: sa.Connection) -> bytes:
    return connection.exec_driver_sql("SELECT content FROM raw ORDER BY id DESC LIMIT 1").scalar() or b""


async def test_a_mail_that_fails_three_times_goes_to_quarantine(
    house: House, box: Box, caplog: pytest.LogCaptureFixture
):
    caplog.set_level(logging.INFO)
    box.put(mail("Before."), mail("Poison."), mail("After."))

    def fails(connection: sa.Connection) -> Exception | None:
        return ValueError("secret") if b"Poison" in last_kept(connection) else None

    async with polling(house, box, session=Failing(str(house.session.url), fails)):
        await emptied(box)
    assert [b"Poison." in one for one in contents(house)] == [False, False]
    assert [b"Poison." in one for one in box.mails("Quarantine")] == [True]
    said = [one.getMessage() for one in caplog.records if one.name == "listserv.edge.poller"]
    assert said == [
        "mail 2 of INBOX, try 1 of 3: it could not be stored (ValueError)",
        "mail 2 of INBOX, try 2 of 3: it could not be stored (ValueError)",
        "mail 2 of INBOX goes to Quarantine: it could not be stored (ValueError)",
    ]


async def test_a_mail_that_breaks_the_connection_comes_last_and_then_goes_to_quarantine(
    house: House, box: Box, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
):
    """Dovecot hangs up on a mail that it cannot read."""
    box.put(*(mail(f"Number {number}.") for number in range(4)))
    for number in (1, 2):
        text = f"Number {number}.".encode()
        (path,) = (one for one in box.files.glob("*/*") if one.is_file() and text in one.read_bytes())
        path.chmod(0)
    fail, taken_before = Poller._fail, []

    def failing(self: Poller, *arguments: Any) -> None:
        taken_before.append(len(contents(house)))
        fail(self, *arguments)

    monkeypatch.setattr(Poller, "_fail", failing)
    async with polling(house, box):
        await emptied(box)
    assert taken_before == [2] * 6, "the others are not kept waiting"
    assert [b"Number 0." in one or b"Number 3." in one for one in contents(house)] == [True, True]
    assert caplog.text.count("goes to Quarantine: the connection breaks when it is fetched") == 2


async def test_while_the_database_takes_nothing_nothing_is_moved(
    house: House, box: Box, caplog: pytest.LogCaptureFixture
):
    caplog.set_level(logging.INFO)
    down, tried = [True], []

    def fails(connection: sa.Connection) -> Exception | None:
        tried.append(1)
        return sa.exc.OperationalError("INSERT …", {}, Exception("disk full: anna@example.net")) if down[0] else None

    box.put(mail("One."), mail("Two."))
    async with polling(house, box, session=Failing(str(house.session.url), fails)):
        await until(lambda: len(tried) > 10)
        assert (len(box.mails()), box.mails("Done"), contents(house)) == (2, [], [])
        down[0] = False
        await emptied(box)
    assert len(contents(house)) == 2
    assert box.mails("Quarantine") == []
    assert [one.getMessage() for one in caplog.records if one.name == "listserv.edge.poller"] == [
        "the mailbox is not read: the database takes no mail now (OperationalError); nothing is moved",
        "the mailbox is read again",
    ]


# --- once, whatever happens

KILLED = """
import asyncio, os, signal, sys
from tests.edge import test_poller
from listserv.edge.mailbox import Mailbox
from listserv.edge.poller import Poller
from tests import dovecot, house
from pathlib import Path

def die(*_, **__):
    os.kill(os.getpid(), signal.SIGKILL)

where, place, user, port = sys.argv[1:]
if where == "before the commit":
    Poller._commit = die
elif where == "before the move":
    Mailbox.move = lambda self, uids, folder, move=Mailbox.move: uids and die()
elif where == "after the move":
    Mailbox.move = lambda self, uids, folder, move=Mailbox.move: (move(self, uids, folder), uids and die())

class Server:
    pass
server = Server()
server.port = int(port)

async def main():
    with house.open_house(Path(place)) as home:
        async with test_poller.polling(home, dovecot.Box(server, user)):
            await asyncio.sleep(60)

asyncio.run(main())
"""


@pytest.mark.parametrize("where", ["before the commit", "before the move", "after the move"])
async def test_kill_9(house: House, box: Box, where: str):
    mails = [mail(f"Number {number}.") for number in range(5)]
    box.put(*mails)
    command = [sys.executable, "-c", KILLED, where, str(house.place), box.user, str(box.dovecot.port)]
    killed = await asyncio.to_thread(
        subprocess.run, command, cwd=Path(__file__).parents[2], timeout=PATIENCE, capture_output=True, text=True
    )
    assert killed.returncode == -signal.SIGKILL, killed.stderr
    assert len(contents(house)) == (0 if where == "before the commit" else 5)
    assert len(box.mails("Done")) == (5 if where == "after the move" else 0)
    async with polling(house, box):
        await emptied(box)
        box.put(last := mail("Last."))
        await emptied(box)
    assert contents(house) == [*mails, last] == box.mails("Done")


async def test_several_pollers_of_one_mailbox_take_each_mail_once(house: House, box: Box):
    mails = [mail(f"Number {number}.") for number in range(200)]
    box.put(*mails[:100])
    async with polling(house, box), polling(house, box), polling(house, box):
        box.put(*mails[100:])
        await emptied(box)
    assert sorted(contents(house)) == sorted(mails)
    assert set(box.mails("Done")) == set(mails)
    assert box.mails("Quarantine") == []


@pytest.mark.parametrize("away", [("delete", "Dialogue"), ("rename", "Dialogue", "Old")], ids=lambda words: words[0])
async def test_another_uidvalidity_brings_no_second_contribution(house: House, box: Box, away: tuple[str, ...]):
    """The folder is made anew, its mails put back: to us they are new, and intake knows them again."""
    mails = [mail("We need a plan.", message_id="<plan@example.net>"), mail("A thought.", message_id="")]
    box.do("create", "Dialogue")
    box.put(*mails, folder="Dialogue")
    async with polling(house, box, folder="Dialogue", pace=Pace(idle=0.05, first=0.02)):
        await emptied(box, "Dialogue")
        box.do(*away)
        box.do("create", "Dialogue")
        box.put(*mails, folder="Dialogue")
        await until(lambda: len(house.rows("inbox")) == 4)
    house.work()
    assert len({row["uidvalidity"] for row in house.rows("fetched")}) == 2
    assert [row["outcome"] for row in house.rows("inbox")] == ["held", "held", "duplicate", "duplicate"]
    assert len(house.rows("contribution")) == 2


# --- the connection


def trusting() -> ssl.SSLContext:
    return ssl.create_default_context(cafile=dovecot.CERTIFICATE)


@pytest.mark.parametrize("tls", ["starttls", "implicit"])
async def test_over_tls(house: House, box: Box, tls: str):
    port = box.dovecot.port if tls == "starttls" else box.dovecot.tls_port
    async with polling(house, box, tls=tls, port=port, host="localhost", tls_context=trusting()):
        for number in range(3):  # the later ones out of IDLE
            box.put(mail(f"Number {number}."))
            await emptied(box)
    assert len(contents(house)) == 3


def refusal(box: Box, **changes: Any) -> str:
    """What is said when the mailbox cannot be opened."""
    with pytest.raises(Trouble) as trouble:
        Mailbox(account(box, **changes))
    assert isinstance(trouble.value, Denied) == ("refuses the log-in" in str(trouble.value))
    return str(trouble.value)


def test_what_is_wrong_is_said_in_plain_words_without_secrets(box: Box):
    box.do("create", "Quarantine")
    plain, tls = f"127.0.0.1:{box.dovecot.port}", f"127.0.0.1:{box.dovecot.tls_port}"
    context = trusting()
    wrong = {
        "wrong password": {"login": lambda: (box.user, "wrong")},
        "wrong user": {"login": lambda: ("nobody@example.org", PASSWORD)},
        "untrusted": {"tls": "implicit", "port": box.dovecot.tls_port},
        "no TLS there": {"tls": "implicit", "tls_context": context},
        "no folder": {"folder": "Inbos"},
        "no such name for a folder": {"done": "Done//\x01"},
        "the same folder": {"done": "Inbox"},
        "the same by another name": {"folder": "Quarantine"},
    }
    assert {what: refusal(box, **changes) for what, changes in wrong.items()} == {
        "wrong password": f"{plain} refuses the log-in; check user and password in [intake.imap]",
        "wrong user": f"{plain} refuses the log-in; check user and password in [intake.imap]",
        "untrusted": f"the certificate of {tls} cannot be trusted (self-signed certificate); write the name that "
        "stands in it into intake.imap.host, or add its issuer to this machine's",
        "no TLS there": f"{plain} speaks another kind of TLS; check intake.imap.tls and intake.imap.port",
        "no folder": "there is no folder Inbos to read; check intake.imap.folder",
        "no such name for a folder": "the folder Done//\x01 cannot be made; make it by hand",
        "the same folder": "Inbox is the folder that is read; set another intake.imap.folder or done_folder",
        "the same by another name": "Quarantine is the folder that is read; set another intake.imap.folder or "
        "done_folder",
    }


def test_nobody_there(box: Box):
    port = reserved()
    assert refusal(box, port=port) == (
        f"127.0.0.1:{port} cannot be reached (Connection refused); check intake.imap.host and port"
    )


@pytest.mark.parametrize(
    ("answer", "said"),
    [
        ("", "is no IMAP server, or takes no connections now; check intake.imap.port and tls"),
        ("{tag} NO [UNAVAILABLE] busy, dialogue", "cannot check passwords just now; it is tried again"),
        ("{tag} NO [AUTHENTICATIONFAILED] no dialogue", "refuses the log-in; check user and password in [intake.imap]"),
    ],
)
async def test_how_a_log_in_fails(house: House, box: Box, caplog: pytest.LogCaptureFixture, answer: str, said: str):
    async def talk(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        writer.write(b"* OK ready\r\n")
        while (line := await reader.readline()) and b"LOGIN" not in line:
            writer.write(b"* CAPABILITY IMAP4rev1\r\n" + line.split()[0] + b" OK done\r\n")
        writer.write(answer.format(tag=line.split()[0].decode()).encode() + b"\r\n" if answer and line else b"")
        writer.close()

    async with await asyncio.start_server(talk, "127.0.0.1", 0) as listener:
        port = listener.sockets[0].getsockname()[1]
        async with polling(house, box, port=port, login=lambda: ("dialogue", "p")):
            await until(lambda: caplog.text)
    assert {one.getMessage() for one in caplog.records} == {f"the mailbox is not read: 127.0.0.1:{port} {said}"}


def test_a_server_without_starttls_gets_no_password():
    with dovecot.running("ssl = no\n") as server:
        box = server.mailbox()
        assert refusal(box, tls="starttls", tls_context=trusting()) == (
            f'127.0.0.1:{server.port} offers no STARTTLS; set intake.imap.tls = "implicit" and its port'
        )


async def test_a_wrong_password_is_said_once_and_can_be_mended(
    house: House, box: Box, caplog: pytest.LogCaptureFixture
):
    caplog.set_level(logging.DEBUG)
    password, asked = ["wrong secret"], []
    box.put(mail())

    def login() -> tuple[str, str]:
        asked.append(1)
        return box.user, password[0]

    async with polling(house, box, login=login):
        await until(lambda: len(asked) > 3)
        password[0] = PASSWORD
        await emptied(box)
    assert [one.getMessage() for one in caplog.records if one.name == "listserv.edge.poller"] == [
        f"the mailbox is not read: 127.0.0.1:{box.dovecot.port} refuses the log-in; check user and password in "
        "[intake.imap]",
        "the mailbox is read again",
    ]
    for secret in ("wrong secret", PASSWORD, box.user, "anna@example.net"):
        assert secret not in caplog.text, "also at DEBUG"


async def test_the_server_goes_and_comes_back(house: House, caplog: pytest.LogCaptureFixture):
    caplog.set_level(logging.INFO)
    with dovecot.running() as server:
        box = server.mailbox()
        box.put(mail("Before."))
        async with polling(house, box):
            await emptied(box)
            server.stop()
            await until(lambda: "cannot be reached" in caplog.text)
            server.start()
            box.put(mail("After."))
            await emptied(box)
    assert [b"Before." in one or b"After." in one for one in contents(house)] == [True, True]
    said = [one.getMessage() for one in caplog.records if one.name == "listserv.edge.poller"]
    assert said == [
        f"the mailbox is not read: the connection to 127.0.0.1:{server.port} was lost; it is made again",
        f"the mailbox is not read: 127.0.0.1:{server.port} cannot be reached (Connection refused); check "
        "intake.imap.host and port",
        "the mailbox is read again",
    ]


async def test_without_any_dialogue_nothing_is_moved(house: House, box: Box, caplog, monkeypatch):
    slugs = []
    monkeypatch.setattr("listserv.store.dialogues.slugs", lambda connection: slugs)
    box.put(mail())
    async with polling(house, box):
        await until(lambda: "the mailbox is not read: there is no dialogue yet; run: listserv apply" in caplog.text)
        assert box.count() == 1
        slugs.append("nap")
        await emptied(box)
    assert len(contents(house)) == 1


async def test_a_folder_that_is_deleted_is_made_again(house: House, box: Box):
    async with polling(house, box):
        for _ in range(2):
            box.put(mail())
            await emptied(box)
            assert box.count("Done") == 1
            box.do("delete", "Done")
    assert len(contents(house)) == 2


async def test_what_cannot_be_moved_is_taken_once_and_moved_later(
    house: House, box: Box, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
):
    caplog.set_level(logging.INFO)
    full, moved = [True], Mailbox._moved
    monkeypatch.setattr(Mailbox, "_moved", lambda self, uids, folder: not full[0] and moved(self, uids, folder))
    box.put(mail("One."), mail("Two."))
    async with polling(house, box):
        await until(lambda: "cannot be moved" in caplog.text)
        box.put(mail("Three."))
        await until(lambda: len(house.rows("inbox")) == 3)
        full[0] = False
        await emptied(box)
        await until(lambda: "read again" in caplog.text)
    assert (len(house.rows("inbox")), box.count("Done")) == (3, 3)
    assert "2 mails cannot be moved into Done; see that it has room, or move them by hand" in caplog.text


@pytest.mark.parametrize(
    ("troubles", "seconds"), [(1, 1), (2, 2), (3, 4), (8, 128), (9, 256), (10, 300), (100_000, 300)]
)
def test_waits_grow(troubles: int, seconds: float):
    assert Pace().after(troubles, Trouble()) == seconds
    assert Pace().after(troubles, ValueError()) == seconds
    assert Pace().after(troubles, Denied()) == 300, "who asks often with a wrong password is locked out"


# --- the door


async def test_it_says_what_it_does(house: House, box: Box):
    async with polling(house, box) as poller:
        assert poller.describe() == f"reading INBOX at 127.0.0.1:{box.dovecot.port}"


async def test_it_stops_at_once_in_idle(house: House, box: Box, monkeypatch):
    monkeypatch.setattr("listserv.edge.poller.GRACE", 2 * PATIENCE)  # it is not by being cut off that it ends
    box.put(mail())
    async with polling(house, box, pace=Pace(idle=NEVER)) as poller:
        await emptied(box)
        async with asyncio.timeout(PATIENCE):
            await poller.stop()
    await poller.stop()  # again: nothing


@pytest.mark.parametrize("greeting", [b"", b"* OK ready\r\n"])
async def test_it_stops_when_the_server_hangs(house: House, box: Box, greeting: bytes, monkeypatch):
    monkeypatch.setattr("listserv.edge.poller.GRACE", 0.2)
    talking: asyncio.Queue[asyncio.StreamWriter] = asyncio.Queue()

    async def talk(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        writer.write(greeting)
        talking.put_nowait(writer)

    async with await asyncio.start_server(talk, "127.0.0.1", 0) as listener:
        async with polling(house, box, port=listener.sockets[0].getsockname()[1]) as poller:
            writer = await talking.get()
            async with asyncio.timeout(PATIENCE):
                await poller.stop()
        writer.close()
        await writer.wait_closed()
    await until(lambda: "poller" not in [one.name for one in threading.enumerate()])


# --- as an operator runs it

SETTINGS = """
[site]
domain = "talk.example"
[intake.imap]
host = "localhost"
port = {port}
user = "{user}"
password_file = "imap-password"
[relay]
kind = "maildir"
[[dialogue]]
slug = "nap"
title = "A Talk"
timezone = "UTC"
[[dialogue.moderator]]
name = "Mo"
address = "mo@example.org"
[[dialogue.module]]
title = "One"
opens = 2020-01-01T00:00:00
closes = 2099-12-31T00:00:00
"""


@pytest.fixture
def place(tmp_path: Path, box: Box) -> Path:
    (tmp_path / "listserv.toml").write_text(SETTINGS.format(port=box.dovecot.tls_port, user=box.user))
    (tmp_path / "imap-password").write_text(PASSWORD + "\n", "utf-8")
    return tmp_path


def listserv(place: Path, *words: str) -> list[str]:
    return [sys.executable, "-m", "listserv", "-c", str(place / "listserv.toml"), *words]


def test_through_serve_a_mail_in_the_mailbox_waits_for_its_moderator(place: Path, box: Box):
    box.put(mail("For nobody.").replace(b"nap@talk.example", b"nap@elsewhere.example"))
    box.put(mail("Before we start.", subject="One"))
    with (place / "log").open("w") as log:
        process = subprocess.Popen(
            listserv(place, "serve"),
            stdout=subprocess.PIPE,
            stderr=log,
            text=True,
            env={**os.environ, "SSL_CERT_FILE": str(dovecot.CERTIFICATE)},
        )
    try:
        assert process.stdout is not None
        assert f"reading INBOX at localhost:{box.dovecot.tls_port}" in process.stdout.readline()
        box.put(mail("While it runs.", subject="Two"))
        deadline = time.monotonic() + PATIENCE
        while len(held := _held(place)) < 2 and time.monotonic() < deadline:
            time.sleep(0.05)
        process.send_signal(signal.SIGTERM)
        process.communicate(timeout=PATIENCE)
    finally:
        process.kill()
        process.communicate()
    told = (place / "log").read_text()
    assert held == [("One", "anna@example.net"), ("Two", "anna@example.net")], told
    assert process.returncode == 0, told
    assert (box.count(), box.count("Done"), box.count("Quarantine")) == (0, 2, 1)
    assert "put_aside" in {one["kind"] for one in _listed(place, "outbox")}, told


def _held(place: Path) -> list[tuple[str, str]]:
    return [(one["subject"], one["from"]) for one in _listed(place, "queue")]


def _listed(place: Path, what: str) -> list[Any]:
    command = listserv(place, what, "list", "--json")
    return json.loads(subprocess.run(command, capture_output=True, text=True, check=True).stdout)


def test_serve_refuses_to_start_without_the_password(place: Path):
    (place / "imap-password").unlink()
    done = subprocess.run(listserv(place, "serve"), capture_output=True, text=True, timeout=PATIENCE)
    assert (done.returncode, done.stderr.count("\n")) == (1, 1), done.stderr
    assert "imap-password: cannot be read (No such file or directory); write the password into it" in done.stderr

"""What a connection to PostgreSQL is given: nobody waits for ever, nothing of a row is told, statements use indexes."""

from __future__ import annotations

import signal
import subprocess
import sys
import time
import traceback

import pytest
import sqlalchemy as sa

from listserv.store import audit, outbox, people
from listserv.store.session import GroupingSession, Session, in_words, patient, temporary
from tests.store.conftest import NOW, World

pytestmark = pytest.mark.parametrize("url", ["postgresql"], indirect=True)

SOON = 30.0


def show(connection: sa.Connection, *names: str) -> list[str]:
    return [connection.exec_driver_sql(f"SHOW {name}").scalar_one() for name in names]


# --- what it is given


@pytest.mark.parametrize("kind", [Session, GroupingSession])
def test_who_reads_and_who_writes_are_bounded_and_known_by_their_role(url: str, kind: type[Session]) -> None:
    session = kind(url, "listserv serve work")
    names = ["statement_timeout", "idle_in_transaction_session_timeout", "synchronous_commit", "application_name"]
    with session.read() as connection:
        reading = show(connection, *names)
        dialled = connection.connection.driver_connection.info.get_parameters()  # type: ignore[union-attr]
    assert reading == session.write(lambda c: show(c, *names)) == ["30s", "15s", "on", "listserv serve work"]
    wanted = ["connect_timeout", "keepalives_idle", "keepalives_interval", "keepalives_count", "tcp_user_timeout"]
    assert [dialled[name] for name in wanted] == ["5", "10", "5", "3", "15000"]
    assert dialled["target_session_attrs"] == "read-write"
    session.close()


def test_what_the_url_says_itself_wins(url: str) -> None:
    own = "&options=-c%20statement_timeout%3D7s&connect_timeout=9&application_name=mine"
    session = Session(url + own)
    with session.read() as connection:
        shown = show(connection, "statement_timeout", "idle_in_transaction_session_timeout", "application_name")
        assert shown == ["7s", "15s", "mine"]
        dialled = connection.connection.driver_connection.info.get_parameters()  # type: ignore[union-attr]
        assert dialled["connect_timeout"] == "9"
    session.close()


def test_a_long_read_has_its_time_and_the_next_one_has_not(session: Session) -> None:
    with session.read() as connection:
        patient(connection)
        assert show(connection, "statement_timeout", "idle_in_transaction_session_timeout") == ["0", "0"]
    with session.read() as connection:
        assert show(connection, "statement_timeout", "idle_in_transaction_session_timeout") == ["30s", "15s"]


def test_nothing_stays_prepared_for_a_pooler_to_trip_over(session: Session) -> None:
    for number in range(12):
        session.write(lambda c, n=number: audit.record(c, NOW, "ana", "test", str(n)))
    left = session.write(lambda c: c.exec_driver_sql("SELECT count(*) FROM pg_prepared_statements").scalar_one())
    assert left == 0


# --- what is told


def test_an_error_tells_what_was_wrong_and_nothing_of_the_row(world: World) -> None:
    """The server's DETAIL quotes it: Key (address)=(…) already exists. Failing row contains (…)."""
    ana = "ana@example.org"
    world.participant(ana)

    def twice(connection: sa.Connection) -> None:
        people.add_person(connection, NOW, ana, {"name": "Ana"})

    def without_a_subject(connection: sa.Connection) -> None:
        audit.record(connection, NOW, ana, "x", None)  # type: ignore[arg-type]

    for write in (twice, without_a_subject):
        error = world.session.submit(write).exception(SOON)
        assert error is not None
        told = "".join(traceback.format_exception(error)) + str(error) + in_words(error) + repr(error)
        assert "violates" in told
        assert ana not in told
        assert "DETAIL" not in told


def test_a_server_that_is_away_is_told_in_one_line(url: str) -> None:
    away = Session("postgresql+psycopg://u:secret@/x?host=/nowhere&host=/neither")
    error = away.submit(lambda c: None).exception(SOON)
    assert error is not None
    assert temporary(error)
    said = in_words(error)
    assert "/nowhere" in said
    assert "/neither" in said
    assert "\n" not in said
    assert "secret" not in said
    away.close()


# --- who stops


FROZEN = """
import sys
from listserv.store import postgresql
from listserv.store.session import Session, temporary

postgresql.HELD["idle_in_transaction_session_timeout"] = sys.argv[2]
session = Session(sys.argv[1])

def write(connection):
    connection.exec_driver_sql("UPDATE delivery SET attempts = attempts + 100")
    print("holding", flush=True)
    sys.stdin.readline()
    connection.exec_driver_sql("UPDATE delivery SET attempts = attempts + 100")

error = session.submit(write).exception()
print(temporary(error), flush=True)
"""


def test_a_client_that_is_frozen_within_a_transaction_holds_others_up_no_longer_than_that(
    world: World, url: str
) -> None:
    """A laptop's lid, SIGSTOP, a machine cut off: what it has locked is free again after the timeout."""
    (one,) = world.deliveries(1)
    command = [sys.executable, "-c", FROZEN, url, "700ms"]
    frozen = subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)
    try:
        assert frozen.stdout is not None
        assert frozen.stdout.readline() == "holding\n"
        frozen.send_signal(signal.SIGSTOP)
        began = time.monotonic()
        assert world.session.write(lambda c: outbox.retry(c, [one])) == 1
        waited = time.monotonic() - began
        frozen.send_signal(signal.SIGCONT)
        assert frozen.communicate("go on\n", timeout=SOON)[0] == "True\n"  # it may try again
    finally:
        frozen.kill()
        frozen.wait()
    assert waited < 10, waited
    assert world.row(one)["attempts"] == 0

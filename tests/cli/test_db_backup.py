"""`listserv db backup` and `db restore`: one checked file, from either database and into either."""

from __future__ import annotations

import os
import re
import sqlite3
import stat
import subprocess
import sys
from collections.abc import Iterator
from contextlib import closing
from dataclasses import replace
from datetime import timedelta
from itertools import count
from pathlib import Path
from typing import Any

import pytest
import sqlalchemy as sa
from alembic import command
from alembic.config import Config

from listserv.edge import files
from listserv.store import backups, copying, schema, watching
from listserv.store.copying import Sum
from listserv.store.session import GroupingSession, Session
from tests.cli.conftest import Cli
from tests.house import FRIDAY_DRAFT, OPENING
from tests.postgres import Server

#: What a command about the database adds to it.
pytestmark = pytest.mark.sqlite("it names both databases itself")

RECORDED = ("audit",)
_numbers = count(1)


@pytest.fixture
def postgresql_url(postgresql: Server) -> Iterator[str]:
    name = f"restored{next(_numbers)}"
    yield postgresql.database(name)
    postgresql.drop(name)


def on_postgresql(cli: Cli, url: str) -> None:
    """From now on listserv.toml names that database."""
    cli.toml.write_text(re.sub(r'(?m)^url = "(sqlite|postgresql).*$', f'url = "{url}"', cli.toml.read_text()))


def sums(url: str) -> dict[str, Sum]:
    with closing(Session(url)) as session, session.read() as connection:
        found = copying.summed(connection)
    return {name: one for name, one in found.items() if name not in RECORDED}


def own(cli: Cli) -> str:
    return f"sqlite:///{cli.place / 'var' / 'listserv.db'}"


def clear(cli: Cli) -> None:
    """The machine is a new one: no database yet."""
    for path in (cli.place / "var").glob("listserv.db*"):
        path.unlink()


def test_a_backup_says_what_is_in_it_and_what_is_not(full: Cli) -> None:
    path = full.place / "backup"
    said = full.ok(f"db backup {path}")
    first, *rest = said.splitlines()
    assert re.fullmatch(
        rf"{path}  written and verified: \d+ rows in \d+ tables, \d\.\d MiB, as of 2008-11-07 1\d:\d\d UTC", first
    )
    waiting = len([1 for one in full.json("outbox list") if one["state"] in ("pending", "deferred")])
    assert waiting > 1
    assert rest == [
        f"{waiting} deliveries were unfinished then: restored from this file, they may come twice",
        f"not in it, keep them too: {full.toml}, {full.place / 'var' / 'secret'}",
    ]
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    assert [one.name for one in full.place.iterdir() if one.name.startswith("backup")] == ["backup"]


def test_as_json(full: Cli) -> None:
    said = full.json(f"db backup {full.place / 'backup'}")
    assert {
        one["table"]: Sum(one["rows"], one["checksum"]) for one in said["tables"] if one["table"] != "audit"
    } == sums(own(full))
    assert said["rows"] == sum(one["rows"] for one in said["tables"])
    assert said["schema"] == schema.head(files.migrations())
    assert said["octets"] == (full.place / "backup").stat().st_size


def test_nothing_is_overwritten_unasked(full: Cli) -> None:
    path = full.place / "backup"
    path.write_text("something dear")
    assert full.refused(f"db backup {path}") == f"Replace {path}? It exists already: repeat with --yes"
    assert path.read_text() == "something dear"
    full.ok(f"db backup --yes {path}")
    said = full.refused(f"db backup --yes {full.place / 'var' / 'listserv.db'}")
    assert said.endswith("is the database itself; name another file")


def test_where_there_is_no_folder_it_says_so(full: Cli) -> None:
    path = full.place / "nowhere" / "backup"
    assert full.refused(f"db backup {path}") == (
        f"{path}: cannot be written (No such file or directory); name a file in a folder that is there"
    )


def test_restored_on_a_new_machine_all_is_as_it_was(full: Cli) -> None:
    path = full.place / "backup"
    full.ok(f"db backup {path}")
    before, contributions = sums(own(full)), full.json("contribution list")
    clear(full)
    said = full.ok(f"db restore {path}")
    assert "restored and verified" in said
    assert "what was there before" not in said
    assert sums(own(full)) == before
    assert full.json("contribution list") == contributions
    assert [one["action"] for one in full.json("audit")][-1] == "db-restore"


def test_from_sqlite_into_postgresql_and_back(full: Cli, postgresql_url: str) -> None:
    before = sums(own(full))
    full.ok(f"db backup {full.place / 'one'}")
    on_postgresql(full, postgresql_url)
    full.ok(f"db restore {full.place / 'one'}")
    assert sums(postgresql_url) == before
    full.ok(f"db backup {full.place / 'two'}")
    full.change(postgresql_url, own(full))
    clear(full)
    full.ok(f"db restore {full.place / 'two'}")
    assert sums(own(full)) == before


@pytest.mark.parametrize("kind", ["sqlite", "postgresql"])
def test_what_it_replaces_is_kept_and_can_be_restored_too(full: Cli, kind: str, request: pytest.FixtureRequest) -> None:
    url = own(full)
    if kind == "postgresql":
        url = request.getfixturevalue("postgresql_url")
        full.ok("db copy -", url)
        on_postgresql(full, url)
    path = full.place / "backup"
    full.ok(f"db backup {path}")
    at_backup = sums(url)
    held = full.json("queue list")[0]["id"]
    full.ok(f"queue release {held} --wait 0s --yes")
    full.ok("participant set boris@example.net --as chief@example.org --country UA")
    later = sums(url)
    assert later != at_backup
    asked = full.run(f"db restore {path}")
    assert asked.code == 1
    assert re.search(r"Replace what is in \S+\? It is kept beside the file", asked.err)
    assert "recorded since the backup in the database that is replaced, and lost: " in asked.out
    assert "release 1" in asked.out
    assert sums(url) == later
    said = full.ok(f"db restore --yes {path}")
    assert sums(url) == at_backup
    (kept,) = full.place.glob("backup.replaced-*")
    assert f"what was there before is kept in {kept}" in said
    assert stat.S_IMODE(kept.stat().st_mode) == 0o600
    full.ok(f"db restore --yes {kept}")
    assert sums(url) == later


def test_what_would_happen_is_told_and_nothing_done(full: Cli) -> None:
    path = full.place / "backup"
    full.ok(f"db backup {path}")
    before = full.dump()
    told = full.json(f"db restore --dry-run {path}")
    assert full.dump() == before
    unfinished = [one for one in full.json("outbox list") if one["state"] in ("pending", "deferred")]
    assert sum(one["unfinished"] for one in told["unfinished"]) == len(unfinished)
    assert {one["dialogue"] for one in told["unfinished"]} == {"nap"}
    assert all(one["recipients"] >= one["unfinished"] > 0 and one["subject"] for one in told["unfinished"])
    assert told["lost"] == {"db-backup": 1} or told["lost"] == {}
    clear(full)
    assert "nothing was changed (--dry-run)" in full.ok(f"db restore --dry-run {path}")
    assert not list((full.place / "var").glob("listserv.db"))


def test_what_the_clock_will_do_again_is_told_in_advance(full: Cli) -> None:
    """A backup of Friday, restored on the next Tuesday: module 1 has closed and module 2 opened since."""
    path = full.place / "backup"
    full.ok(f"db backup {path}")
    full.at(OPENING + timedelta(days=8))
    due = [one["id"] for one in full.json(f"db restore --dry-run {path}")["due"]]
    assert "open-2" in due
    assert "close-1" in due
    assert "roundup-1" in due
    assert "so may come twice: roundup-1, close-1, open-2; see: listserv plan" in full.run(f"db restore {path}").out


def test_held_nothing_goes_out_before_somebody_has_looked(full: Cli) -> None:
    path = full.place / "backup"
    full.ok(f"db backup {path}")
    unfinished = sum(one["unfinished"] for one in full.json(f"db restore --dry-run {path}")["unfinished"])
    full.at(OPENING + timedelta(days=8))
    said = full.ok(f"db restore --yes --hold {path}")
    assert f"{unfinished} deliveries held; to send them: listserv outbox retry --held" in said
    assert full.json("outbox summary")["pending"] == full.json("outbox summary")["deferred"] == 0
    held = full.json("outbox list --state failed")
    assert len(held) == unfinished
    assert {one["reply"] for one in held} == {
        f"held by db restore: may have been sent after the backup of {FRIDAY_DRAFT:%Y-%m-%d %H:%M} UTC"
    }
    states = {one["id"]: one["state"] for one in full.json("plan --all")}
    assert states["open-2"].startswith("skipped")
    assert full.ok("outbox retry --held") == f"{unfinished} deliveries will be tried again\n"
    assert full.json("outbox summary")["pending"] == unfinished


def test_whoever_was_logged_in_has_to_log_in_anew(full: Cli) -> None:
    with full.house() as house:
        person = house.part("anna@example.net")["person_id"]
        from listserv.store import visits

        later = house.now + timedelta(days=9)
        house.session.write(lambda connection: visits.begin(connection, house.now, person, "h" * 64, later))
    path = full.place / "backup"
    full.ok(f"db backup {path}")
    full.ok(f"db restore --yes {path}")
    with full.house() as house:
        assert not house.rows("visit")


def _older(path: Path) -> None:
    with sqlite3.connect(path) as connection:
        connection.execute("UPDATE backup SET value = '2' WHERE key = 'schema'")
    connection.close()


def _flip(path: Path, what: bytes) -> None:
    """One octet of the file is another."""
    content = bytearray(path.read_bytes())
    at = content.index(what)
    content[at] ^= 1
    path.write_bytes(content)


DAMAGE: dict[str, tuple[Any, str]] = {
    "another file": (
        lambda path: path.write_bytes(b"PK\x03\x04 something else" * 300),
        "damaged, or no backup of ours",
    ),
    "empty": (lambda path: path.write_bytes(b""), "not a backup of ours"),
    "cut short": (lambda path: os.truncate(path, path.stat().st_size // 2), "damaged"),
    "an octet of a mail": (
        lambda path: _flip(path, b"We need a plan" if b"We need a plan" in path.read_bytes() else b"One."),
        "damaged",
    ),
    "what it says of itself": (_older, "what it says of itself is garbled"),
    "a database": (
        lambda path: path.write_bytes((path.parent / "var" / "listserv.db").read_bytes()),
        "not a backup of ours",
    ),
}


@pytest.mark.parametrize("damage", DAMAGE)
def test_what_is_no_whole_backup_is_refused_and_nothing_lost(full: Cli, damage: str) -> None:
    path = full.place / "backup"
    full.ok(f"db backup {path}")
    break_, said = DAMAGE[damage]
    break_(path)
    before = full.dump()
    answer = full.refused(f"db restore --yes {path}")
    assert answer.startswith(str(path))
    assert said in answer
    assert full.dump() == before
    assert not list(full.place.glob("backup.*"))


def test_no_such_file(full: Cli) -> None:
    assert full.refused("db restore missing.backup") == "missing.backup: no such file"


def test_a_backup_of_a_newer_listserv_is_refused(full: Cli, monkeypatch: pytest.MonkeyPatch) -> None:
    path = full.place / "backup"
    full.ok(f"db backup {path}")
    real = schema.head(files.migrations())
    monkeypatch.setattr(schema, "head", lambda migrations: "0009")
    said = full.run(f"db restore --yes {path}").err
    assert f"is of schema {real}, newer than this listserv (0009); install listserv " in said


def test_a_backup_of_an_older_listserv_is_brought_up_to_date(full: Cli) -> None:
    path = full.place / "backup"
    full.ok(f"db backup {path}")
    before = sums(own(full))
    _downgrade(path, "0012")
    with backups.reading(path) as view:
        made = backups.manifest(view, "")
        there = sa.inspect(view).get_table_names()
        kept = {name: backups._as_stored(view, name) for name in made.sums if name in there}
    assert kept.keys() < made.sums.keys()
    with closing(sqlite3.connect(path)) as connection, connection:
        connection.execute("DELETE FROM backup")
        connection.executemany(
            "INSERT INTO backup VALUES (?, ?)", replace(made, schema="0012", sums=kept).packed().items()
        )
    whole = path.read_bytes()
    assert "schema 0012" in full.ok(f"db restore --yes {path}")
    after = sums(own(full))
    assert {name: one.rows for name, one in after.items()} == {name: one.rows for name, one in before.items()}
    altered = {"delivery", "inbox"}  # what a migration has put in since
    assert {name for name in before if after[name] != before[name]} <= altered
    assert path.read_bytes() == whole


def _downgrade(path: Path, version: str) -> None:
    config = Config()
    config.set_main_option("script_location", str(files.migrations()).replace("%", "%%"))
    engine = sa.create_engine(f"sqlite:///{path}")
    with engine.begin() as connection:
        watching.remove(connection)
        config.attributes["connection"] = connection
        command.downgrade(config, version)
    engine.dispose()


def test_a_database_that_is_damaged_is_moved_away_first(full: Cli) -> None:
    path, database = full.place / "backup", full.place / "var" / "listserv.db"
    full.ok(f"db backup {path}")
    before = sums(own(full))
    whole = database.read_bytes()
    for start in (0, 100, 40960):  # the file's head, the table of tables, something deep in it
        content = bytearray(whole)
        content[start : start + 40960] = b"damage !" * 5120
        database.write_bytes(content)
        answer = full.run(f"db restore --yes {path}")
        assert (answer.code, answer.err.count("\n")) == (1, 1)
        assert "listserv.db is damaged; move what there is of" in answer.err
        assert answer.err.endswith("listserv.db-shm away, then restore again\n")
    clear(full)
    full.ok(f"db restore {path}")
    assert sums(own(full)) == before


@pytest.mark.parametrize("where", ["sqlite", "sqlite, into none", "postgresql"])
def test_ids_that_mails_may_name_are_not_given_again(full: Cli, where: str, request: pytest.FixtureRequest) -> None:
    """Who left by the link of a mail that was sent after the backup must not take somebody else along."""
    highest = {what: max(one["id"] for one in full.json(f"{what} list")) for what in ("outbox", "inbox")}
    full.ok(f"db backup {full.place / 'backup'}")
    if where == "postgresql":
        on_postgresql(full, request.getfixturevalue("postgresql_url"))
    elif where == "sqlite, into none":
        clear(full)
    full.ok(f"db restore --yes {full.place / 'backup'}")
    full.ok(f"db restore --yes {full.place / 'backup'}")  # nor if it is done again
    full.ok("participant add new@example.org")
    assert max(one["id"] for one in full.json("outbox list")) > highest["outbox"] + 100_000
    url = request.getfixturevalue("postgresql_url") if where == "postgresql" else own(full)
    with closing(Session(url)) as session, session.read() as connection:
        assert connection.exec_driver_sql("SELECT max(id) FROM participation").scalar_one() > 1_000


def test_while_the_engine_runs_it_is_refused(full: Cli) -> None:
    path = full.place / "backup"
    full.ok(f"db backup {path}")
    with closing(GroupingSession(own(full))):
        said = full.refused(f"db restore --yes {path}")
    assert said == "listserv.db is in use by a running serve or work; stop it first"


KILLED = """
import os, signal, sys
from listserv.cli.main import main
from listserv.store import searching
searching.mend = lambda connection: os.kill(os.getpid(), signal.SIGKILL)  # all rows are written by then
main()
"""


def killed(cli: Cli, *words: str) -> None:
    command = [sys.executable, "-c", KILLED, "-c", str(cli.toml), *words]
    assert subprocess.run(command, cwd=Path(__file__).parents[2], stdout=subprocess.DEVNULL).returncode == -9


def test_a_backup_that_is_killed_leaves_no_half_file_and_the_next_one_clears_up(full: Cli) -> None:
    path = full.place / "backup"
    full.ok(f"db backup {path}")
    whole, before = path.read_bytes(), full.dump()
    killed(full, "db", "backup", "--yes", str(path))
    assert path.read_bytes() == whole
    assert full.dump() == before
    assert (full.place / "backup.part").is_dir()
    full.ok(f"db backup --yes {path}")
    assert not (full.place / "backup.part").exists()


def test_a_restore_that_is_killed_has_changed_nothing_and_can_be_begun_anew(full: Cli) -> None:
    path = full.place / "backup"
    full.ok(f"db backup {path}")
    full.ok(f"queue release {full.json('queue list')[0]['id']} --wait 0s --yes")
    before = full.dump()
    killed(full, "db", "restore", "--yes", str(path))
    assert full.dump() == before
    full.ok(f"db restore --yes {path}")

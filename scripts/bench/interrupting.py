"""kill -9 at random instants of commands that must be done wholly or not at all, and once: `tick` through a whole
programme, `db upgrade`, `db backup`.
"""

from __future__ import annotations

import re
import subprocess
import time
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import closing
from datetime import UTC, datetime
from statistics import median
from typing import Any

import sqlalchemy as sa
from alembic import command
from alembic.config import Config
from intake_load import mail
from killing import held
from outages import knocking
from reckoning import Ground, Seen, count_copies, count_mails, say, until
from trial import DIALOGUE, PROGRAM, Trial

from listserv.edge import backups, files
from listserv.store import schema
from listserv.store.session import Session
from tests.sink import Sink

_THREE_WEEKS = """\
[clock]
real = 2000-01-01T00:00:00Z
shows = {shows:%Y-%m-%dT%H:%M:%SZ}
speed = 0.0000000001
[[dialogue]]
slug = "bench"
title = "A dialogue under faults"
timezone = "America/Santo_Domingo"
[[dialogue.moderator]]
name = "Moderator"
address = "moderator@example.org"
[[dialogue.module]]
title = "One"
opens = 2008-11-03T09:00:00
closes = 2008-11-07T18:00:00
[[dialogue.module]]
title = "Two"
opens = 2008-11-10T09:00:00
closes = 2008-11-14T18:00:00
[[dialogue.module]]
title = "Three"
opens = 2008-11-17T09:00:00
closes = 2008-11-21T18:00:00
"""
#: A Tuesday in each module, when somebody writes something that is released.
_TUESDAYS = [datetime(2008, 11, day, 15, tzinfo=UTC) for day in (4, 11, 18)]
#: Until the thanks; what comes long afterwards tells nobody anything.
_END = datetime(2008, 12, 1, tzinfo=UTC)
#: The oldest schema that is upgraded, and mails in it.
_OLD, _MAILS = "0004", 2_000


def _killed(place: Trial, after: float, *words: str) -> bool:
    """Run the command and kill it so many seconds later; whether it was still running."""
    process = subprocess.Popen(
        [PROGRAM, *words], cwd=place.folder, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL
    )
    try:
        process.wait(after)
        return False
    except subprocess.TimeoutExpired:
        return True
    finally:
        process.kill()
        process.wait()


def clock(ground: Ground) -> Iterator[Seen]:
    """A programme of three weeks, by `tick` at each of its instants: killed again and again, two at a time."""
    usual, took = _programme(ground, lambda place: [place.command("tick")])
    longest = median(took)
    seen = Seen("kill -9 of the clock, two at a time", after=[longest])
    each = max(1, round(ground.runs / len(took)))

    def harm(place: Trial) -> list[float]:
        for _ in range(each):
            with place.start("tick"):  # another clock
                seen.runs += _killed(place, ground.rng.uniform(0.4, 1.1) * longest, "tick")
        place.command("tick")
        return []

    found, _ = _programme(ground, harm, seen)
    seen.once = "yes" if found == usual else f"no: {dict(found - usual)} too much, {dict(usual - found)} missing"
    seen.remark = f"{found.total()} mailings at {len(took)} instants, as without kills"
    yield seen


def _programme(
    ground: Ground, tick: Callable[[Trial], list[float]], seen: Seen | None = None
) -> tuple[Counter[tuple[Any, ...]], list[float]]:
    """From before the first module to the thanks; the mailings there were, and how long each tick took."""
    first = _THREE_WEEKS.format(shows=datetime(2008, 11, 1, 12, tzinfo=UTC))
    took: list[float] = []
    with Sink.in_thread() as sink, ground.trial(sink.port, 5, dialogue=first) as place:
        planned = place.said("plan", "--json")
        instants = {datetime.fromisoformat(one["at"]) for one in planned}
        for at in sorted({one for one in instants if one < _END} | {*_TUESDAYS}):
            _set(place, at)
            if at in _TUESDAYS:
                _contribute(place, at)
            else:
                took += tick(place)
            place.command("work", "--until-idle")
            say(f"clock: {at:%d %b %H:%M}")
        if seen is not None:
            count_copies(seen, place, sink)
        found = Counter(place.rows("SELECT kind, module, subject FROM mailing"))
        found.update(place.rows("SELECT kind, 0, subject FROM occurrence"))
    return found, took


def _set(place: Trial, at: datetime) -> None:
    file = place.folder / "listserv.toml"
    file.write_text(re.sub("(?m)^shows = .*", f"shows = {at:%Y-%m-%dT%H:%M:%SZ}", file.read_text()))


def _contribute(place: Trial, at: datetime) -> None:
    sender = Trial.address(1)
    content = mail(f"<{at:%d}@people.example.net>", sender, DIALOGUE, 1000)
    words = [PROGRAM, "receive", "--recipient", DIALOGUE, "--sender", sender]
    subprocess.run(words, cwd=place.folder, input=content, check=True)
    place.command("work", "--until-idle")
    place.command("queue", "release", "--all", "--yes")


def migration(ground: Ground) -> Iterator[Seen]:
    """`db upgrade` of an old schema, killed: it stands at the old or at the new one, and all rows are there."""
    seen = Seen("kill -9 of db upgrade", min(ground.runs, 40))
    newest = schema.head(files.migrations())
    took = 0.0
    for number in range(seen.runs + 1):
        with Sink.in_thread() as sink, ground.trial(sink.port, 0, bare=True) as place:
            (place.folder / "var").mkdir()
            _old(place.url)
            if not number:
                took = place.command("db", "upgrade", "--yes")
                continue
            _killed(place, ground.rng.uniform(0.4, 1.1) * took, "db", "upgrade", "--yes")
            stands = place.rows("SELECT version_num FROM alembic_version")[0][0]
            began = time.monotonic()
            place.command("db", "upgrade", "--yes")
            seen.after.append(time.monotonic() - began)
            place.command("inbox", "list", "--json", "--limit", "5")  # it can be read
            right = stands in (_OLD, newest) and place.query("SELECT count(*) FROM inbox") == _MAILS
            seen.lost += not right
            say(f"db upgrade: killed at {stands}")
    yield seen


def backup(ground: Ground) -> Iterator[Seen]:
    """`db backup` under load, killed: there is a whole one or none, and the engine has not noticed."""
    seen = Seen("kill -9 of db backup under load", min(ground.runs, 40))
    with Sink.in_thread() as sink, ground.trial(sink.port, 300) as place:
        held(place, 1)
        with place.serving() as serving, knocking(serving) as told:
            place.command("queue", "release", "1", "--yes")
            took, file, whole = place.command("db", "backup", "first", "--yes"), place.folder / "backup", 0
            for number in range(seen.runs):
                _killed(place, ground.rng.uniform(0.3, 1.1) * took, "db", "backup", "backup", "--yes")
                if file.exists():
                    with backups.opened(file, files.migrations()) as (_, connection):
                        connection.execute(sa.text("SELECT count(*) FROM delivery"))
                    file.unlink()
                    whole += 1
                say(f"db backup: {number + 1} of {seen.runs} killed, {whole} written before")
            place.command("db", "backup", "last", "--yes")
        with place.serving("--only", "work"):
            until(place.settled, "all to be done", 300)
        count_copies(seen, place, sink)
        count_mails(seen, place, told.acknowledged)
        left = sorted(one.name for one in place.folder.iterdir() if "backup" in one.name)
        seen.remark = f"{whole} were written before the kill; files left behind: {', '.join(left) or 'none'}"
    yield seen


def _old(url: str) -> None:
    """A database as an older listserv left it, with mails."""
    with closing(Session(url)) as session:
        config = Config()
        config.set_main_option("script_location", str(files.migrations()).replace("%", "%%"))

        def make(connection: sa.Connection) -> None:
            config.attributes["connection"] = connection
            command.upgrade(config, _OLD)
            tables = sa.MetaData()
            tables.reflect(connection, only=["raw", "inbox"])
            content, at = b"Subject: x\r\n\r\nx\r\n", _TUESDAYS[0]
            for number in range(1, _MAILS + 1):
                row = {"id": number, "raw_id": number, "content": content, "received_at": at, "state": "done"}
                row |= {"sender": "", "recipient": DIALOGUE, "protocol": "smtp", "outcome": "automatic"}
                for name in ("raw", "inbox"):
                    known = {column.name for column in tables.tables[name].columns}
                    connection.execute(tables.tables[name].insert(), {k: v for k, v in row.items() if k in known})

        session.write(make)

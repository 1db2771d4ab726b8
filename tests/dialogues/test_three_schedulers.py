"""Several clocks at once, as when `serve`, `tick` from cron and a second host's clock look at the same instant: each
thing of the programme is done once (DESIGN §3, §7). And several moderators at one contribution, in one process."""

from __future__ import annotations

import threading
from collections import Counter
from collections.abc import Callable, Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import TypeVar

import pytest

from listserv.cli.context import App
from listserv.cli.planned import planned
from listserv.core.dialogue.model import DeliveryMode, Participation
from listserv.errors import Refused
from listserv.steps import apply, enrol, intake, moderate, programme
from listserv.store import audit, inbox, outbox, people
from listserv.store.session import Session
from tests import databases
from tests.dialogues.engine import SAMPLE

T = TypeVar("T")

EVERYBODY = 5  # two moderators and three participants


@pytest.fixture
def app(tmp_path: Path) -> Iterator[App]:
    path = tmp_path / "listserv.toml"
    path.write_text(SAMPLE.read_text(encoding="utf-8"), encoding="utf-8")
    databases.found(tmp_path)
    app = App(str(path), "somebody")
    before = datetime(2008, 10, 31, 12, tzinfo=UTC)
    apply.apply(app.session, before, planned(app.settings.dialogues[0]), app.actor)
    newcomers = [enrol.Newcomer(f"{name}@example.net", name) for name in ("ana", "bob", "cleo")]
    enrol.enrol(app.session, before, app.site, app.dialogue(None), newcomers, app.actor, welcome=False)
    yield app
    app.close()


def at_once(app: App, doings: list[Callable[[Session], T]]) -> list[T | Exception]:
    """Each in a thread, with a session of its own; what they returned or raised, in order."""
    barrier, results = threading.Barrier(len(doings)), dict[int, T | Exception]()

    def run(index: int, do: Callable[[Session], T]) -> None:
        session = Session(app.settings.database.url)
        try:
            barrier.wait(10)
            results[index] = do(session)
        except Exception as error:
            results[index] = error
        finally:
            session.close()

    threads = [threading.Thread(target=run, args=each) for each in enumerate(doings)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(60)
    return [results[index] for index in range(len(doings))]


@pytest.mark.parametrize(
    ("now", "expected"),
    [
        pytest.param("2008-11-03T13:00", {"announcement": 1}, id="the opening"),
        pytest.param(
            "2008-11-10T13:00",
            {"announcement": 2, "closing": 1, "roundup": 1},  # too late for a draft
            id="after a week's downtime",
        ),
        pytest.param(
            "2008-12-24T13:00",
            {
                "announcement": 3,
                "closing": 3,
                "survey": 1,
                "thanks": 1,
            },  # of round-ups none: nothing was said, and all is over
            id="after all of it",
        ),
    ],
)
def test_of_three_schedulers_one_does_it(app: App, now: str, expected: dict[str, int]) -> None:
    at = datetime.fromisoformat(now).replace(tzinfo=UTC)
    results = at_once(app, [lambda session: programme.tick(session, at, app.site)] * 3)
    assert all(isinstance(count, int) for count in results), results
    with app.session.read() as connection:
        rows = outbox.rows(connection)
        done = Counter((row["action"], row["subject"]) for row in audit.rows(connection))
    mails = Counter(row["kind"] for row in rows)
    wanted = {kind: count * (2 if kind == "roundup_draft" else EVERYBODY) for kind, count in expected.items()}
    assert mails == wanted
    assert {key: count for key, count in done.items() if count > 1} == {}
    assert programme.tick(app.session, at, app.site) == 0


def test_of_many_releases_at_once_one_is_done(app: App) -> None:
    at = datetime(2008, 11, 3, 14, tzinfo=UTC)
    programme.tick(app.session, at, app.site)
    for name in ("ana", "bob", "cleo"):
        mail = f"From: {name}@example.net\r\nMessage-ID: <{name}@x>\r\nSubject: {name}\r\n\r\nThoughts of {name}.\r\n"
        add = (at, f"{name}@example.net", ["nap1325@dialogue.example.org"], mail.encode(), "test")
        app.session.write(lambda connection, add=add: inbox.add(connection, *add))
    assert intake.intake(app.session, at, app.site, 10) == 3

    def release(contribution_id: int) -> Callable[[Session], moderate.Released]:
        return lambda session: moderate.release(session, at, app.site, contribution_id, "a moderator")

    # Three moderators, each at all three contributions.
    results = at_once(app, [release(1 + index % 3) for index in range(9)])
    done = [one for one in results if isinstance(one, moderate.Released)]
    refused = [one for one in results if isinstance(one, Refused)]
    assert len(done) + len(refused) == len(results), results
    assert sorted(one.number for one in done) == [1, 2, 3]
    assert {one.recipients for one in done} == {EVERYBODY}
    assert all("was already released by a moderator" in str(one) for one in refused)
    with app.session.read() as connection:
        copies = Counter(row["recipient"] for row in outbox.rows(connection, kind="contribution"))
        everybody = people.rows(connection, app.dialogue(None).id, "active")
    assert copies == {one["address"]: 3 for one in everybody}


def test_of_three_schedulers_one_bundles_and_one_ends_a_pause(app: App) -> None:
    at = datetime(2008, 11, 3, 14, tzinfo=UTC)
    programme.tick(app.session, at, app.site)
    hour = datetime(2008, 11, 3, 21, tzinfo=UTC)
    dialogue = app.dialogue(None)
    daily = {"delivery": DeliveryMode.DAILY}
    enrol.change(app.session, at, dialogue, "bob@example.net", "test", part=daily)
    mail = b"From: cleo@example.net\r\nMessage-ID: <c@x>\r\nSubject: Plans\r\n\r\nThoughts of Cleo.\r\n"
    app.session.write(lambda c: inbox.add(c, at, "cleo@example.net", ["nap1325@dialogue.example.org"], mail, "test"))
    enrol.change(app.session, at, dialogue, "ana@example.net", "test", part=daily)
    intake.intake(app.session, at, app.site, 10)
    moderate.release(app.session, at, app.site, 1, "a moderator")
    enrol.change(app.session, at, dialogue, "ana@example.net", "test", part={"delivery": DeliveryMode.EACH})  # owed
    paused = {"status": Participation.PAUSED, "resumes_at": hour}
    enrol.change(app.session, at, dialogue, "cleo@example.net", "test", part=paused)
    results = at_once(app, [lambda session: programme.tick(session, hour, app.site)] * 3)
    assert all(isinstance(count, int) for count in results), results
    with app.session.read() as connection:
        rows = [(row["kind"], row["recipient"]) for row in outbox.rows(connection)]
    assert sorted(row for row in rows if row[0] in ("bundle", "choice")) == [
        ("bundle", "ana@example.net"),
        ("bundle", "bob@example.net"),
        ("choice", "cleo@example.net"),
    ]
    assert programme.tick(app.session, hour, app.site) == 0

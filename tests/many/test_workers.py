"""Several processes of each role on one PostgreSQL, none knowing another: killed, frozen, and limited together."""

from __future__ import annotations

import re
import signal
import smtplib
import subprocess
from collections import Counter
from collections.abc import Callable
from datetime import UTC, datetime, timedelta

import httpx
import sqlalchemy as sa

from listserv.store.tables import contribution, delivery, mailing, module, occurrence
from tests.many.crew import Counting, Crew
from tests.sink import Sink

#: Copies per connection that may be repeated after a kill: sent and not yet committed, and the one in flight.
REPEATED = 11

Make = Callable[..., Crew]


def test_a_worker_killed_in_mid_delivery_loses_nothing(crew: Make, sink: Sink) -> None:
    made = crew(limits="connections = 4")
    addresses = made.fan_out(800)
    first, _ = made.serve("work", ready=False), made.serve("work")
    made.ready(first)
    sink.wait(100, 30)
    first.kill()
    first.wait()
    made.until(lambda: not made.unsent())
    assert set(sink.recipients) == set(addresses)
    assert made.repeats() <= REPEATED * 4
    assert sink.breaches == []


def test_a_worker_frozen_past_its_lease_repeats_at_most_what_was_in_flight(crew: Make, sink: Sink) -> None:
    made = crew(limits="connections = 2", lease=1.5)
    addresses = made.fan_out(600)
    first, _ = made.serve("work", ready=False), made.serve("work")
    made.ready(first)
    sink.wait(60, 30)
    first.send_signal(signal.SIGSTOP)
    made.until(lambda: not made.unsent())
    first.send_signal(signal.SIGCONT)
    made.mail(["late@d1.example"], personal=True)
    made.until(lambda: not made.unsent())
    first.terminate()
    assert first.wait(20) == 0
    assert set(sink.recipients) == {*addresses, "late@d1.example"}
    assert made.repeats() <= REPEATED * 2
    # What it had to say of copies that are another's by now counts for nothing.
    twice = made.rows(sa.select(delivery.c.state).where(delivery.c.epoch > 1))
    assert {row.state for row in twice} <= {"sent"}


def test_mails_are_judged_once_by_two_workers_also_when_one_is_killed(crew: Make, sink: Sink) -> None:
    made = crew()
    made.join([f"a{number}@example.org" for number in range(10)])
    door = made.serve("intake", ready=False)
    port = int(re.findall(r"listening on 127\.0\.0\.1:(\d+)", made.ready(door))[0])
    with smtplib.SMTP("127.0.0.1", port) as client:
        for number in range(60):
            sender_ = f"a{number % 10}@example.org"
            text = (
                f"From: {sender_}\r\nSubject: No {number}\r\nMessage-ID: <{number}@example.org>\r\n\r\nWe {number}.\r\n"
            )
            client.sendmail(sender_, ["talk@dialogue.example.org"], text)
    first, _ = made.serve("work", ready=False), made.serve("work")
    made.ready(first)
    made.until(lambda: made.inbox()[("new", None)] < 50)
    first.kill()
    made.until(lambda: not made.inbox()[("new", None)])
    assert {state for state, _ in made.inbox()} == {"done"}
    kept = made.rows(sa.select(contribution.c.message_id))
    assert Counter(row.message_id for row in kept) == Counter(f"<{number}@example.org>" for number in range(60))
    made.until(lambda: made.rows(sa.select(sa.func.count()).where(contribution.c.state == "released"))[0][0] > 0)
    made.until(lambda: not made.unsent())
    numbers = [row.number for row in made.rows(sa.select(contribution.c.number).where(contribution.c.number > 0))]
    assert sorted(numbers) == list(range(1, len(numbers) + 1))  # gapless, each once


def test_three_clocks_one_of_them_killed_do_each_thing_once(crew: Make, sink: Sink) -> None:
    opens = "2090-01-01T00:00:00"
    made = crew(closes=f'{opens}\n[[dialogue.module]]\ntitle = "Two"\nopens = {opens}\ncloses = 2099-12-31T00:00:00')
    made.join([f"a{number}@example.org" for number in range(3)])
    before = len(made.rows(sa.select(occurrence.c.id)))
    past = datetime.now(UTC) - timedelta(minutes=1)  # the switchover is due since then

    def moved(connection: sa.Connection) -> None:
        connection.execute(module.update().where(module.c.number == 1).values(closes_at=past))
        connection.execute(module.update().where(module.c.number == 2).values(opens_at=past))

    made.session.write(moved)
    clocks = [made.serve("clock", ready=False) for _ in range(3)]
    made.until(lambda: len(made.rows(sa.select(occurrence.c.id))) > before)
    clocks[0].kill()
    for one in clocks[1:]:
        made.ready(one)
    (opened,) = made.rows(sa.select(module.c.opened_at).where(module.c.number == 2))
    assert opened.opened_at
    kinds = made.rows(
        sa.select(mailing.c.kind, mailing.c.module, mailing.c.personal).where(mailing.c.created_at > past)
    )
    said = Counter((row.kind, row.module) for row in kinds if not row.personal)
    assert said
    assert max(said.values()) == 1  # to everybody, once


def test_limits_hold_over_two_workers(crew: Make, sink: Counting) -> None:
    # Leases as shipped: who is kept from running for seconds by a busy machine must not lose its connections.
    made = crew(limits="max_per_hour = 50\ndomain_per_minute = 5\nconnections = 3", lease=None)
    made.fan_out(200)  # over 20 domains
    workers = [made.serve("work", ready=False) for _ in range(2)]
    for one in workers:
        made.ready(one)
    sink.wait(45, 30)  # nine tenths: the rest is kept for what somebody waits for
    made.until(lambda: made.states()["sent"] >= 45)
    assert len(sink.mails) == 45
    made.mail(["waiting@d1.example"], personal=True)  # a log-in link, behind 155 copies
    made.until(lambda: "waiting@d1.example" in sink.recipients)
    assert len(sink.mails) == 46
    assert 1 <= sink.most <= 3
    assert max(Counter(one.rpartition("@")[2] for one in sink.recipients).values()) <= 5


def test_what_two_workers_have_claimed_they_send_while_they_share_the_connections(crew: Make, sink: Counting) -> None:
    """Who comes first has all of them, and gives up half in the middle of what it has claimed."""
    made = crew(limits="connections = 6", lease=None)
    for _ in range(2):
        made.serve("work")
    addresses = made.fan_out(1200)
    made.until(lambda: not made.unsent())
    assert [tuple(row) for row in made.rows(sa.select(sa.func.max(delivery.c.epoch)))] == [(1,)]  # no lease ran out
    assert sorted(sink.recipients) == sorted(addresses)
    assert sink.most <= 6


def test_who_logs_in_at_one_host_reads_at_another(crew: Make, sink: Sink) -> None:
    made = crew(web='[web]\nhost = "127.0.0.1"\nport = 0')
    made.join(["ana@example.org"])
    hosts = [made.serve("web", ready=False) for _ in range(2)]
    ports = [_port(made, one) for one in hosts]
    made.serve("work")
    first, second = (f"http://127.0.0.1:{port}" for port in ports)
    with httpx.Client() as client:
        asked = client.post(f"{first}/login", data={"address": "ana@example.org", "to": "/talk/"})
        assert asked.status_code == 303
        (letter,) = sink.wait(1, 30)
        (path,) = re.findall(r"(/l/\S+)", letter.content.decode())
        assert client.post(f"{second}{path}").status_code == 303
        assert "talk" in client.get(f"{first}/talk/").text
        assert [client.get(f"{host}/talk/").status_code for host in (first, second)] == [200, 200]
    with httpx.Client() as stranger:
        assert stranger.get(f"{second}/talk/").status_code in (302, 303, 401, 403)


def _port(made: Crew, process: subprocess.Popen[str]) -> int:
    return int(re.findall(r"http://127\.0\.0\.1:(\d+)", made.ready(process))[0])

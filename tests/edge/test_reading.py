"""The process that reads mail: what it gives back, what it dies of, and what happens then."""

from __future__ import annotations

import errno
import os
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from pathlib import Path

import psutil
import pytest

from listserv.core.mail import inmail
from listserv.edge.reading import Reader
from listserv.errors import Temporary
from listserv.steps import intake
from tests.house import folder, mail, open_house

MAILS = sorted((Path(__file__).parents[1] / "corpus" / "mail").glob("*.eml"))
HEAD = b"From: Anna <anna@example.net>\r\nSubject: Plans\r\nMIME-Version: 1.0\r\n"
PLAIN = HEAD + b"\r\nWe need a plan.\r\n"
#: A third of a second of HTML beside a text: too much for a reader that has less.
SLOW = (
    HEAD
    + b"Content-Type: multipart/alternative; boundary=b\r\n\r\n--b\r\n\r\nWe need a plan.\r\n"
    + b"--b\r\nContent-Type: text/html\r\n\r\n"
    + b"<b><i><u><s><code><em>"
    + b"<p>x" * 74_000
    + b"\r\n--b--\r\n"
)
PARTLY = "It took too long to read in full: HTML, and what follows the first megabyte, was left out."
RAW = "It took too long or too much memory to read; the text shown is raw."
PATIENCE = 20.0  # seconds; only a failure waits so long


@pytest.fixture
def reader() -> Iterator[Reader]:
    made = Reader()
    yield made
    made.close()


def worker_of(reader: Reader) -> psutil.Process:
    worker = reader._worker
    assert worker is not None
    return psutil.Process(worker._process.pid)


def gone(pid: int) -> bool:
    deadline = time.monotonic() + PATIENCE
    while psutil.pid_exists(pid) and psutil.Process(pid).status() != psutil.STATUS_ZOMBIE:
        if time.monotonic() > deadline:
            return False
        time.sleep(0.01)
    return True


def test_it_reads_as_the_core_does(reader: Reader) -> None:
    for path in MAILS:
        raw = path.read_bytes()
        assert reader(raw, "anna@example.net") == inmail.read(raw, "anna@example.net")
        assert reader(raw, "") == inmail.read(raw, "")


def test_one_process_reads_them_all_from_any_thread(reader: Reader) -> None:
    reader(PLAIN, None)
    first = worker_of(reader).pid
    threads = [threading.Thread(target=reader, args=(PLAIN, None)) for _ in range(5)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert worker_of(reader).pid == first


def test_what_takes_too_long_is_read_without_its_html() -> None:
    reader = Reader(cpu=0.1, cpu_again=PATIENCE)
    got = reader(SLOW, "anna@example.net")
    assert got.author is not None
    assert (got.author.address, got.text, got.html) == ("anna@example.net", "We need a plan.", "")
    assert got.remarks == ("The HTML part was not read: it took too long.", PARTLY)
    reader.close()


def test_what_takes_too_long_even_so_is_shown_raw_and_the_next_is_read() -> None:
    reader = Reader(cpu=0.01, cpu_again=0.001)
    slow = HEAD + b"\r\n" + b"> a: b@example.org wrote\r\n\r\nx:\r\n" * 100_000
    got = reader(slow, None)
    assert got.remarks == (RAW,)
    assert got.author is None
    assert got.text.startswith("From: Anna <anna@example.net>\nSubject: Plans")
    reader.close()
    reader._cpu = PATIENCE
    assert reader(PLAIN, None).text == "We need a plan."
    reader.close()


def test_what_takes_too_much_memory_is_cut() -> None:
    reader = Reader(memory=110 * 2**20)
    huge = PLAIN + b"x" * (60 * 2**20)
    got = reader(huge, None)
    assert got.remarks[-1] == PARTLY
    assert got.text.startswith("We need a plan.")
    reader.close()


def test_25_mb_of_short_lines_are_read_in_256_mb(reader: Reader) -> None:
    got = reader(HEAD + b"\r\n" + b"a short line, of words\r\n" * (25 * 2**20 // 24), None)
    assert got.remarks == ("The text is longer than 500,000 characters or 20,000 lines; only its beginning is shown.",)
    status = Path(f"/proc/{worker_of(reader).pid}/status").read_text()
    (peak,) = (int(line.split()[1]) for line in status.splitlines() if line.startswith("VmHWM"))
    assert peak < 160 * 1024


def test_one_bad_mail_is_held_with_a_reason_and_stops_no_other(tmp_path: Path) -> None:
    reader = Reader(cpu=0.1, cpu_again=PATIENCE)
    with open_house(folder(tmp_path)) as house:
        bad, good = house.receive(SLOW), house.receive(mail("We need a plan."))
        assert intake.intake(house.session, house.now, house.site, 10, intake.Reading(reader)) == 2
        assert [house.one("inbox", id=number)["outcome"] for number in (bad, good)] == ["held", "held"]
        held = house.contribution(house.one("inbox", id=bad)["contribution_id"])
    assert (held["text"], held["from_address"]) == ("We need a plan.", "anna@example.net")
    assert ["unreadable", f"The HTML part was not read: it took too long. {PARTLY}"] in held["reasons"]
    reader.close()


def test_a_killed_worker_is_replaced_and_the_mail_read_whole(reader: Reader) -> None:
    reader(PLAIN, None)
    first = worker_of(reader)
    first.kill()
    assert gone(first.pid)
    assert reader(PLAIN, None) == inmail.read(PLAIN)
    assert worker_of(reader).pid != first.pid


def test_a_worker_that_somebody_kills_while_it_reads_costs_the_mail_nothing(reader: Reader) -> None:
    reader(PLAIN, None)
    process = worker_of(reader)
    process.suspend()
    got: list[inmail.InboundMail] = []
    thread = threading.Thread(target=lambda: got.append(reader(SLOW, None)))
    thread.start()
    process.kill()
    thread.join()
    assert got == [inmail.read(SLOW)]


def test_it_holds_no_secret_and_writes_no_file(reader: Reader, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("LISTSERV_SECRET", "a secret of 32 letters for tests")
    reader(PLAIN, None)
    process = worker_of(reader)
    assert "LISTSERV_SECRET" not in process.environ()
    assert process.rlimit(psutil.RLIMIT_FSIZE) == (0, 0)
    assert process.rlimit(psutil.RLIMIT_AS)[1] == 256 * 2**20


def test_a_worker_that_cannot_start_is_the_installations_fault(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sys, "path", [])
    reader = Reader()
    with pytest.raises(Temporary, match="the process that reads mail does not start"):
        reader(PLAIN, None)
    reader.close()


def test_a_mail_is_not_parked_because_the_host_has_no_process_left(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def refused(*arguments: object, **options: object) -> None:
        raise BlockingIOError(errno.EAGAIN, os.strerror(errno.EAGAIN))

    reader = Reader()
    with open_house(folder(tmp_path)) as house:
        number = house.receive(mail())
        with monkeypatch.context() as full:
            full.setattr(subprocess, "Popen", refused)
            with pytest.raises(Temporary, match=r"does not start: Resource temporarily unavailable$"):
                intake.intake(house.session, house.now, house.site, 10, intake.Reading(reader))
        assert house.one("inbox", id=number)["state"] == "new"
        assert intake.intake(house.session, house.now, house.site, 10, intake.Reading(reader)) == 1
        assert house.one("inbox", id=number)["state"] == "done"
    reader.close()


def test_it_ends_with_its_reader() -> None:
    reader = Reader()
    reader(PLAIN, None)
    process = worker_of(reader)
    del reader
    assert gone(process.pid)


def test_it_ignores_the_signals_that_are_the_engines(reader: Reader) -> None:
    reader(PLAIN, None)
    process = worker_of(reader)
    for number in (signal.SIGINT, signal.SIGTERM):
        process.send_signal(number)
    assert reader(PLAIN, None).text == "We need a plan."
    assert worker_of(reader).pid == process.pid


def test_it_dies_with_an_engine_that_is_killed() -> None:
    program = (
        "import time\nfrom listserv.edge.reading import Reader\nreader = Reader()\n"
        "reader(b'Subject: x\\n\\nx', None)\nprint(reader._worker._process.pid, flush=True)\ntime.sleep(600)"
    )
    engine = subprocess.Popen([sys.executable, "-c", program], stdout=subprocess.PIPE, text=True)
    assert engine.stdout
    pid = int(engine.stdout.readline())
    assert psutil.pid_exists(pid)
    os.kill(engine.pid, signal.SIGKILL)
    engine.communicate()
    assert gone(pid)

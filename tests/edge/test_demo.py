"""`listserv demo`: the script is sound, the counting finds what differs, and the whole runs, ends and stays up."""

from __future__ import annotations

import io
import os
import re
import select
import signal
import subprocess
import sys
import time
from collections import Counter
from contextlib import nullcontext
from datetime import UTC, datetime, timedelta
from pathlib import Path
from zoneinfo import ZoneInfo

import httpx
import pytest

from listserv.cli.main import main
from listserv.edge.demo import account, boxes, house, pens, script
from listserv.edge.demo.account import Ledger
from listserv.edge.demo.boxes import Boxes
from listserv.edge.demo.cast import STAFF, Person, cast
from listserv.edge.demo.clock import Hand
from listserv.edge.demo.moderator import ranges
from listserv.edge.demo.screen import Screen
from listserv.edge.demo.script import Acts, Writes
from tests.sound import broken

PROGRAM = [sys.executable, "-c", "from listserv.cli.main import main; main()"]
A, B = Person("a", "A", "a@example.org"), Person("b", "B", "b@example.org", delivery="roundup")


def events(kind):
    return [one for one in script.events() if isinstance(one, kind)]


class TestScript:
    def test_about_forty_people_from_many_countries_in_four_languages(self):
        people = cast().values()
        assert 38 <= len(people) <= 45
        assert len({one.country for one in people}) >= 25
        assert {one.language for one in people} == {"en", "fr", "es", "ar"}
        assert Counter(one.delivery for one in people) == {"each": len(people) - 3, "roundup": 2, "none": 1}

    def test_everybody_stands_once(self):
        addresses = [one.address for one in cast().values()]
        assert len(set(addresses)) == len(addresses)

    def test_every_way_of_writing_is_used(self):
        assert {one.form for one in events(Writes)} == set(pens.PENS)

    def test_between_45_and_60_contributions_go_out(self):
        assert 45 <= sum(one.fate == "release" for one in events(Writes)) <= 60

    def test_who_answers_answers_what_was_written_before(self):
        seen = {"module", "join-confirm", "leave-confirm", ""}
        for one in script.events():
            if isinstance(one, Writes):
                assert one.answers in seen, one.id
                assert one.id not in seen
                seen.add(one.id)
            elif isinstance(one, Acts) and one.do not in ("set", "roundup"):
                assert set(one.of) <= seen

    def test_only_the_one_that_is_meant_to_is_over_the_limit(self):
        assert [one.id for one in events(Writes) if len(one.text.split()) > 600] == ["long"]

    def test_a_key_that_no_event_has_is_refused(self):
        with pytest.raises(TypeError, match="x1: unknown colour"):
            script._event(Writes, {"at": datetime(2008, 11, 3), "by": "a", "id": "x1", "colour": "red"})


class TestRanges:
    @pytest.mark.parametrize(
        ("ids", "words"),
        [([], []), ([7], ["7"]), ([4, 5, 6], ["4-6"]), ([9, 4, 6, 5, 11, 12], ["4-6", "9", "11-12"])],
    )
    def test_as_a_moderator_types_them(self, ids, words):
        assert ranges(ids) == words


class TestHand:
    def test_it_jumps_ahead_and_never_back(self, tmp_path):
        settings = tmp_path / "listserv.toml"
        settings.write_text("[site]\n")
        start = datetime(2008, 11, 3, tzinfo=UTC)
        hand = Hand(settings, start)
        assert hand.now() >= start
        hand.jump(start + timedelta(days=1))
        hand.jump(start)
        assert start + timedelta(days=1) <= hand.now() < start + timedelta(days=1, seconds=1)

    def test_it_stands_still_until_it_is_let_run(self, tmp_path):
        settings = tmp_path / "listserv.toml"
        settings.write_text("[site]\n")
        hand = Hand(settings, datetime(2008, 11, 3, tzinfo=UTC))
        assert "speed = 0.000001\n" in settings.read_text()
        hand.run(datetime(2008, 11, 24, tzinfo=UTC))
        assert "speed = 1.000000\n" in settings.read_text()

    def test_commands_read_the_same_time_in_the_settings(self, tmp_path):
        settings = tmp_path / "listserv.toml"
        settings.write_text("[site]\n")
        hand = Hand(settings, datetime(2008, 11, 3, tzinfo=UTC))
        hand.jump(datetime(2008, 11, 4, 13, 0, tzinfo=UTC))
        text = settings.read_text()
        assert text.count("[clock]") == 1
        assert "shows = 2008-11-04T13:00:00.000000Z" in text


def letter(root: Path, address: str, number: int, message_id: str, subject: str, *more: str) -> None:
    box = root / address / "new"
    box.mkdir(parents=True, exist_ok=True)
    head = [f"Message-ID: {message_id}", f"Subject: {subject}", *more]
    (box / f"{number}.E1.listserv").write_text("\n".join(head) + "\n\nwords\n")


class TestCounting:
    """One contribution to A and the two moderators; a round-up to A, B and them."""

    @pytest.fixture
    def ledger(self) -> Ledger:
        ledger = Ledger([A, B], STAFF)
        assert ledger.to_all("contribution", "<c1@x.example>") == 3
        assert ledger.to_all("roundup", "1") == 4
        return ledger

    @pytest.fixture
    def root(self, tmp_path) -> Path:
        everybody = [one.address for one in (A, B, *STAFF)]
        for i, address in enumerate(everybody):
            if address != B.address:
                letter(tmp_path, address, 10 + i, "<c1@x.example>", "[nap1325 1] Plans", "X-Contribution: 1")
            letter(tmp_path, address, 20 + i, "<roundup.k@d.example>", "[nap1325] Round-up 1")
        return tmp_path

    def prove(self, ledger: Ledger, root: Path) -> account.Findings:
        return account.prove(ledger, Boxes(root, "nap1325"), {"<c1@x.example>": "of A, “Plans”"})

    def test_all_is_right(self, ledger, root):
        found = self.prove(ledger, root)
        assert found.wrong == []
        assert (found.due, found.found, found.boxes, found.numbers) == (7, 7, 4, [1])

    def test_one_is_missing(self, ledger, root):
        (root / A.address / "new/10.E1.listserv").unlink()
        assert self.prove(ledger, root).wrong == ["a@example.org: Contributions of A, “Plans”: due 1, found 0"]

    def test_one_came_twice(self, ledger, root):
        letter(root, B.address, 99, "<roundup.k@d.example>", "[nap1325] Round-up 1")
        assert self.prove(ledger, root).wrong == ["b@example.org: Round-ups 1: due 1, found 2"]

    def test_one_came_after_leaving(self, ledger, root):
        ledger.gone(B.address)
        letter(root, B.address, 98, "<goodbye.k@d.example>", "You have left")
        letter(root, B.address, 99, "<roundup.m@d.example>", "[nap1325] Round-up 2")
        assert self.prove(ledger, root).wrong == ["b@example.org, who had left: Round-ups 2: due 0, found 1"]

    def test_a_mail_that_nobody_foresaw(self, ledger, root):
        letter(root, "c@example.org", 99, "<odd@x.example>", "Hello")
        assert self.prove(ledger, root).wrong == ["c@example.org: unknown: due 0, found 1"]

    def test_the_same_thing_sent_as_two_mails(self, ledger, root):
        letter(root, B.address, 21, "<roundup.other@d.example>", "[nap1325] Round-up 1")
        assert self.prove(ledger, root).wrong == ["Round-ups, 1: sent as 2 different mails"]

    def test_a_gap_in_the_numbers(self, ledger, root):
        for path in root.glob("*/new/1?.E1.listserv"):
            path.write_text(path.read_text().replace("X-Contribution: 1", "X-Contribution: 2"))
        assert self.prove(ledger, root).wrong == ["the official numbers have a gap or a double: [2]"]


class TestScreen:
    def test_plain_lines_where_it_is_no_terminal(self):
        out = io.StringIO()
        screen = Screen(out, ZoneInfo("America/Santo_Domingo"))
        screen.progress(0.5, datetime(2008, 11, 3, 13, 0, tzinfo=UTC))
        screen.event(datetime(2008, 11, 3, 13, 0, tzinfo=UTC), "Module 1 opens.")
        assert out.getvalue() == "Mon  3 Nov 09:00  Module 1 opens.\n"


def environment(tmp_path: Path) -> dict[str, str]:
    return {**os.environ, "TMPDIR": str(tmp_path), "PYTHONUNBUFFERED": "1"}


@pytest.mark.long
@pytest.mark.timeout(240)
def test_it_ends_with_the_proof_and_stays_up_and_its_commands_work_as_printed(tmp_path: Path) -> None:
    with subprocess.Popen(
        [*PROGRAM, "demo"],
        cwd=tmp_path,
        env={**os.environ, "TMPDIR": str(tmp_path), "PYTHONUNBUFFERED": "1"},
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
    ) as demo:
        try:
            said = read_until(demo, "Ctrl-C ends it.", 200)
            for line in (
                "Mon  3 Nov 09:00  MODULE 1 OPENS: the announcement with 6 questions goes to 40",
                "$ listserv queue release 1-5",
                "Fri  7 Nov 16:00  ROUND-UP 1 goes to",
                "Fri 21 Nov 18:00  MODULE 3 CLOSES",
                "got exactly what was due: nothing missing, nothing twice,",
                "without a gap.",
                "26 switchovers, drafts and mails of the calendar happened once each.",
            ):
                assert line in said
            send, look, release, see, *links, another = re.findall(r"^# .*\n(.+)$", said, re.MULTILINE)
            shell(send)
            assert "Rosa Quispe" in until(look, "A first mail")
            assert "released as number 56" in shell(release)
            assert "Subject: [nap1325 3] A first mail" in until(see, "A first mail")
            at = dict(re.findall(r"^(\S.*?)  +(http://\S+)$", said, re.MULTILINE))
            with httpx.Client(trust_env=False) as reads, httpx.Client(trust_env=False) as moderates:
                log_in(said, reads, "grace.wanjiru@gender.ke.example", links[0])
                log_in(said, moderates, "moderator@example.org", links[1])
                assert "A first mail" in reads.get(at["the programme"]).text
                assert "Nadia Haddad" in reads.get(at["what was said, in Arabic too"]).text
                assert "Western Africa" in reads.get(at["who was heard"]).text
                waits = at["as the moderator: what waits"]
                assert reads.get(waits).status_code == 404
                shell(another)
                until(look, "A second mail")
                waiting = re.search(r'href="(/nap1325/moderate/\d+)"><bdi>A second mail', moderates.get(waits).text)[1]
                one = str(httpx.URL(waits).join(waiting))
                proof = re.search(r'name="proof" value="([^"]+)"', moderates.get(one).text)[1]
                released = moderates.post(one, data={"act": "release", "proof": proof}).text
                assert "Number 57, “A second mail”, goes to 39 people." in released
                assert "Take it back" in released
            demo.send_signal(signal.SIGINT)
            rest = demo.communicate(timeout=60)[0].decode()
        finally:
            if demo.poll() is None:
                demo.kill()
    assert demo.returncode == 0
    assert "Traceback" not in said + rest
    folder = Path(re.search(r"The folder is kept: (\S+)", rest)[1])
    assert folder.parent == tmp_path
    assert broken(f"sqlite:///{folder}/var/listserv.db", datetime(2008, 12, 1, tzinfo=UTC)) == []
    mails = Boxes(folder / "var/mail", "nap1325")
    contributions = [one for one in mails.letters(cast()["grace"].address) if one.kind == "contribution"]
    assert [one.number for one in contributions] == list(range(1, len(contributions) + 1))
    assert "> " not in boxes.text_of(boxes.opened(contributions[5]))  # from Gmail: the quote was cut


@pytest.mark.parametrize(("wrong", "status"), [(0, 0), (2, 1)])
def test_with_exit_it_does_not_stay_and_what_differs_is_its_status(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capfd: pytest.CaptureFixture[str], wrong: int, status: int
) -> None:
    monkeypatch.setattr("tempfile.tempdir", str(tmp_path))
    monkeypatch.setattr(house.House, "play", lambda self: wrong)
    monkeypatch.setattr(sys, "argv", ["listserv", "demo", "--exit"])
    monkeypatch.setattr(signal, "signal", lambda *given: None)  # Ctrl-C stays the tests'
    with pytest.raises(SystemExit) if status else nullcontext() as ended:
        main()
    assert not status or ended.value.code == status
    said = capfd.readouterr()
    assert said.err == ("listserv: demo: 2 differences, see above\n" if wrong else "")
    assert f"The folder is kept: {tmp_path}" in said.out


def read_until(process: subprocess.Popen, text: str, seconds: float) -> str:
    said, end = b"", time.monotonic() + seconds
    while text.encode() not in said:
        ready, _, _ = select.select([process.stdout], [], [], max(0, end - time.monotonic()))
        chunk = os.read(process.stdout.fileno(), 65536) if ready else b""
        assert chunk, said.decode()[-2000:]
        said += chunk
    return said.decode()


def shell(command: str) -> str:
    done = subprocess.run(["sh", "-c", command], capture_output=True, text=True, timeout=60)
    assert done.returncode == 0, done.stderr
    return done.stdout


def log_in(said: str, client: httpx.Client, address: str, command: str) -> None:
    """As the demo says how: the page, an address, the link that the command prints, the button."""
    assert re.search(rf"^# .+: {re.escape(address)}$", said, re.MULTILINE)
    client.follow_redirects = True
    page = re.search(r"open (http://\S+/login)", " ".join(said.split()))[1]
    assert "Look into your mail" in client.post(page, data={"address": address}).text
    link = until(command, "/l/").strip()
    assert "Log out" in client.post(link).text


def until(command: str, text: str) -> str:
    end = time.monotonic() + 30
    while text not in (said := shell(command)):
        assert time.monotonic() < end, said
    return said

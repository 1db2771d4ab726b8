"""Plays a script (see script.py) against one running engine: mail in over LMTP, copies out to a real SMTP server,
moderators at their command line beside it on the same database, and a clock that shows what the script says.

The clock does not jump while the engine runs: it stops at each instant planned in between, as time does. Nothing
sleeps: after each sentence the stage waits until there is nothing left to do. Whatever came and was not expected
before the next sentence, fails. Raises Unlike; the sentences are in `Stage.SENTENCES`.
"""

from __future__ import annotations

import asyncio
import csv
import re
import shlex
import smtplib
import subprocess
import sys
import threading
import time
from collections import Counter
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any
from unittest import mock

from click.testing import CliRunner

from listserv.cli.context import App
from listserv.cli.main import main
from listserv.cli.serve import PARTS, engine
from listserv.core.dialogue.calendar import from_local, to_local
from listserv.core.dialogue.model import ContributionState, DeliveryState
from listserv.edge.daemon import Daemon
from listserv.steps import programme
from listserv.steps.moderate import PASSED
from listserv.store import contributions, dialogues, inbox, outbox
from tests.dialogues import letters
from tests.dialogues.script import INDENT, Line, Person, Unlike, compare, fits, indented
from tests.dialogues.wire import SLUG, Copy, same
from tests.sink import Sink

SAMPLE = Path(__file__).parents[2] / "listserv.toml"
PATIENCE = 20.0  # seconds; what takes longer hangs
DOMAIN = "dialogue.example.org"
STAFF = (Person("Moderator", "moderator@example.org"), Person("Organiser", "organiser@example.org"))


class Shown:
    """The clock of the engine: it shows what it is told to, and nobody waits for it."""

    def __init__(self, at: datetime) -> None:
        self.at = at

    def now(self) -> datetime:
        return self.at

    def real_delay(self, until: datetime) -> float:
        return 0.0 if until <= self.at else 3600.0


class Stage:
    def __init__(self, folder: Path, sink: Sink) -> None:
        self.folder, self.sink = folder, sink
        self.path = folder / "listserv.toml"
        self.settings = re.sub(
            r"(?s)\[intake\.smtp\].*?(?=\[\[dialogue\]\])",
            f'[intake.smtp]\nprotocol = "lmtp"\nport = 0\n\n'
            f'[relay]\nkind = "smtp"\ntls = "none"\nhost = "{sink.host}"\nport = {sink.port}\n\n',
            SAMPLE.read_text(encoding="utf-8"),
        )
        self.clock = Shown(datetime(2008, 10, 1, tzinfo=UTC))
        self.cast: dict[str, Person] = {one.name.lower(): one for one in STAFF}
        self.groups: dict[str, list[str]] = {"moderators": [one.address for one in STAFF]}
        self.daemon: Daemon | None = None
        self.seen = self.mails = 0
        self.idle = 0  # turns in which the engine found no mail to process
        self.all: list[Copy] = []
        self.new: list[Copy] = []
        self.roots: dict[int, str] = {}
        self.numbers: dict[int, Copy] = {}
        self._show(self.clock.at)

    def play(self, line: Line) -> None:
        """Do what the sentence says, and wait for the end of all it brings about. Raises Unlike."""
        for pattern, do in self.SENTENCES:
            if found := re.fullmatch(pattern, line.text):
                break
        else:
            raise Unlike("no such sentence; those there are stand at the end of stage.py")
        if do not in (Stage.expect, Stage.declare) and self.new:
            raise Unlike(f"this came before it and was not expected:\n{_account(self.new)}")
        do(self, line, *found.groups())
        if self.daemon is not None and do not in (Stage.expect, Stage.declare):
            self._settle()

    def end(self) -> None:
        """After the last sentence: nothing unexpected, no breach of SMTP."""
        if self.new:
            raise Unlike(f"this came and was not expected:\n{_account(self.new)}")
        if self.sink.breaches:
            raise Unlike("\n".join(["breaches of SMTP:", *self.sink.breaches]))

    # The engine.

    def start(self, line: Line) -> None:
        self.app = App(str(self.path), None)
        self.app.clock = self.clock  # type: ignore[assignment,misc]  # takes the cached property's place
        self.daemon = engine(self.app, PARTS)
        self._loop, ready = asyncio.new_event_loop(), threading.Event()
        process = self.daemon._process

        async def counted() -> int:
            done = await process()
            self.idle += not done
            return done

        self.daemon._process = counted  # type: ignore[method-assign]  # the only way to see that it found nothing
        life = self.daemon.run(ready=lambda greeting: ready.set(), signals=False)
        self._running = threading.Thread(target=self._loop.run_until_complete, args=(life,), name="engine")
        self._running.start()
        assert ready.wait(PATIENCE)

    def stop(self, line: Line | None = None) -> None:
        if self.daemon is not None:
            self._loop.call_soon_threadsafe(self.daemon.stop)
            self._running.join()
            self._loop.close()
            self.app.close()
            self.daemon = None

    def _settle(self) -> None:
        """Wait until everything is processed, sent and taken; then read what came."""
        give_up, pause, idle = time.monotonic() + PATIENCE, threading.Event(), self.idle + 2
        while (left := self._left()) or self.idle < idle:
            if left:
                idle = self.idle + 2  # the turn under way may have begun too early to see it
            if time.monotonic() > give_up:
                raise Unlike(f"still left to do after {PATIENCE:g} s: {left}")
            self._wake()
            pause.wait(0.004)
        with self.app.session.read() as connection:
            parked = [str(row["traceback"]) for row in inbox.rows(connection, None, "parked")]
        if parked:
            raise Unlike("\n".join(["a mail was parked:", *parked]))
        fresh = [Copy.read(mail, self.app.site.addresses) for mail in self.sink.mails[self.seen :]]
        self.seen += len(fresh)
        self.all += fresh
        self.new += fresh
        for copy in fresh:
            if copy.kind == "announcement" and copy.module is not None:
                self.roots.setdefault(copy.module, copy.message_id)
            elif copy.number is not None:
                self.numbers[copy.number] = copy
        for message_id in {copy.message_id for copy in fresh if copy.listed}:
            same([copy for copy in self.all if copy.message_id == message_id], self._language)

    def _left(self) -> dict[str, Any]:
        session = self.app.session
        with session.read() as connection:
            states = outbox.counts(connection)
            held = contributions.rows(connection, None, [ContributionState.HELD])
            left = {
                "mails to process": inbox.waiting(connection),
                "contributions to release": sum(row["decided_by"] == PASSED and bool(row["module"]) for row in held),
                "copies to send": states.get(DeliveryState.PENDING, 0),
                "copies said to be sent": states.get(DeliveryState.SENT, 0) - len(self.sink.mails),
            }
        left["due"] = next((at for at in [self._next()] if at and at <= self.clock.at), None)
        return {what: count for what, count in left.items() if count}

    def _next(self) -> datetime | None:
        with self.app.session.read() as connection:
            slugs = dialogues.slugs(connection)
        return min((at for slug in slugs if (at := programme.next_at(self.app.session, slug))), default=None)

    def _show(self, at: datetime) -> None:
        """For the engine, and for the commands to come: to them the clock all but stands."""
        self.clock.at = at
        clock = f"\n[clock]\nreal = {datetime.now(UTC).isoformat()}\nshows = {at.isoformat()}\nspeed = 1e-6\n"
        self.path.write_text(self.settings + clock, encoding="utf-8")
        self._wake()

    def _wake(self) -> None:
        """As the clock would, if it could tell."""
        if self.daemon is not None:
            self._loop.call_soon_threadsafe(self.daemon._wake)

    # What the script declares.

    def declare_settings(self, line: Line) -> None:
        for setting in line.block:
            key = setting.partition(" ")[0]
            self.settings, count = re.subn(rf"(?m)^{key} = .*$", lambda _: setting, self.settings, count=1)  # noqa: B023
            assert count, f"listserv.toml has no {key}"
        self._show(self.clock.at)

    def file(self, line: Line, name: str) -> None:
        (self.folder / name).write_text("\n".join(line.block) + "\n", encoding="utf-8")
        if name.endswith(".csv"):
            for row in csv.DictReader(line.block):
                person = Person(row["name"], row["address"], row.get("language") or "en")
                self.cast[row["name"].split()[0].lower()] = person

    def declare(self, line: Line, name: str, members: str, but: str | None) -> None:
        without = self._addresses(but) if but else []
        self.groups[name] = [one for one in self._addresses(members) if one not in without]

    def _addresses(self, names: str) -> list[str]:
        return [
            address
            for name in names.split(", ")
            for address in self.groups.get(name) or [self._person(name).address]
        ]

    def _person(self, name: str) -> Person:
        if name.lower() not in self.cast:
            raise Unlike(f"nobody is called {name}; there are {', '.join(self.cast)}")
        return self.cast[name.lower()]

    def _language(self, address: str) -> str:
        return next((one.language for one in self.cast.values() if one.address == address), "en")

    # What happens.

    def at(self, line: Line, weekday: str, moment: str) -> None:
        until = from_local(datetime.fromisoformat(moment), self._zone())
        if f"{to_local(until, self._zone()):%a}" != weekday:
            raise Unlike(f"{moment} is no {weekday}")
        while self.daemon is not None and (due := self._next()) and due <= until:
            self._show(due)
            self._settle()
        self._show(until)

    def _zone(self) -> Any:
        from zoneinfo import ZoneInfo

        found = re.search(r'(?m)^timezone = "(.+?)"', self.settings)
        assert found
        return ZoneInfo(found[1])

    def writes(
        self, line: Line, who: str, subject: str, message_id: str, to: str, form: str, refused: str | None
    ) -> None:
        address = to if to and "@" in to else f"{SLUG}-{to}@{DOMAIN}" if to else f"{SLUG}@{DOMAIN}"
        self._post(line, who, address, subject, message_id, form, None, refused)

    def answers(self, line: Line, who: str, what: str, message_id: str, form: str) -> None:
        copy = self._copy(who, what)
        subject = copy.subject if copy.subject.startswith("Re: ") else f"Re: {copy.subject}"
        self._post(line, who, copy.reply_to, subject, message_id, form, copy)

    def _post(
        self,
        line: Line,
        who: str,
        to: str,
        subject: str,
        message_id: str | None,
        form: str | None,
        answers: Copy | None,
        refused: str | None = None,
    ) -> None:
        person = self._person(who)
        self.mails += 1
        message_id = message_id or f"<{self.mails}.{person.address}>"
        local = to_local(self.clock.at, self._zone()).replace(tzinfo=self._zone())
        mail = letters.letter(person, local, to, subject, message_id, line.block, form or "plain", answers)
        self._hand_in(person.address, to, mail, refused)

    def _hand_in(self, sender: str, to: str, content: bytes, refused: str | None = None) -> None:
        assert self.daemon is not None, "the engine is stopped"
        assert self.daemon.receiver is not None
        host, port = self.daemon.receiver.address
        try:
            with smtplib.LMTP(str(host), int(port), local_hostname="mx.example.org", timeout=PATIENCE) as client:
                client.sendmail(sender, [to], content)
            code = "250"
        except smtplib.SMTPRecipientsRefused as error:
            code = str(error.recipients[to][0])
        if code != (refused or "250"):
            raise Unlike(f"the receiver answered {code}")

    def bounces(self, line: Line, who: str, what: str, status: str, said: str) -> None:
        copy = self._copy(who, what)
        self._hand_in("", copy.sender, letters.report(copy, self.clock.at, status, said))

    def unsubscribes(self, line: Line, who: str, what: str) -> None:
        self._post(line, who, self._copy(who, what).unsubscribe, "unsubscribe", None, None, None)

    def _copy(self, who: str, what: str) -> Copy:
        """The latest mail of that description which somebody got: "number 3", "module 2", "leave confirm"."""
        word, _, number = what.partition(" ")
        for copy in reversed(self.all):
            if copy.to == self._person(who).address and (
                copy.number == int(number)
                if word == "number"
                else (copy.kind, copy.module) == ("announcement", int(number))
                if word == "module"
                else copy.kind == what
            ):
                return copy
        raise Unlike(f"{who} has not got {what}")

    def command(self, line: Line, who: str, words: str) -> None:
        """At the command line, in this process. "refused: " in the block wants status 1."""
        with CliRunner().isolation(env={"COLUMNS": "200"}) as (_, _, out), mock.patch("sys.argv", self._words(who, words)):
            try:
                main()
                status = 0
            except SystemExit as stop:
                status = int(stop.code or 0)
            came = out.getvalue().decode().splitlines()
        expected = list(line.block)
        for index, said in enumerate(expected):
            if said.startswith("refused: "):
                expected[index] = f"listserv: {said.removeprefix('refused: ')}"
                status -= 1
        if status:
            raise Unlike(f"exit status {status}:\n{indented(came)}")
        if line.block:
            compare(expected, came)

    def _words(self, who: str, words: str) -> list[str]:
        files = {name.name: str(name) for name in self.folder.iterdir() if name.is_file()}
        arguments = [files.get(word, word) for word in shlex.split(words)]
        return ["listserv", "-c", str(self.path), "--as", self._person(who).address, *arguments]

    def together(self, line: Line) -> None:
        """Several commands at the same time, each in a process of its own; the block's rest is what they say,
        errors included, in any order."""
        commands = [found.groups() for each in line.block if (found := re.fullmatch(r"(\w+)> (.+)", each))]
        start = [sys.executable, "-c", "from listserv.cli.main import main; main()"]
        running = [
            subprocess.Popen([*start, *self._words(*one)[1:]], stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True)
            for one in commands
        ]
        came = sorted(line for process in running for line in process.communicate(timeout=PATIENCE)[0].splitlines())
        compare(sorted(line.block[len(commands) :]), came)

    # What everybody sees of it.

    def expect(self, line: Line, mails: str) -> None:
        for one in mails.split("; "):
            found = re.fullmatch(r'([a-z ]+?)(?: "(.*)")? to (.+)', one)
            if not found:
                raise Unlike('an expectation reads: KIND "subject" to WHOM; KIND to WHOM …')
            kind, subject, whom = found.groups()
            self._expect(line.block, kind, subject, sorted(set(self._addresses(whom))))

    def _expect(self, clauses: tuple[str, ...], kind: str, subject: str | None, whom: list[str]) -> None:
        alike = [copy for copy in self.new if copy.kind == kind and self._about(copy, subject)]
        if alike and alike[0].listed:
            first = [copy for copy in alike if copy.message_id == alike[0].message_id]
            got = sorted(copy.to for copy in first)
        else:
            first = list({copy.to: copy for copy in reversed(alike) if copy.to in whom}.values())
            got = sorted(copy.to for copy in first)
        if got != whom:
            missing, more = sorted((Counter(whom) - Counter(got)).elements()), (Counter(got) - Counter(whom)).elements()
            raise Unlike(
                f"expected {kind}{f' {subject!r}' if subject else ''} to {len(whom)}, and it came to {len(got)} of them"
                f"\nmissing:\n{indented(missing)}\ntoo many:\n{indented(sorted(more))}\nwhat came:\n{_account(self.new)}"
            )
        for clause in clauses:
            for copy in first:
                self._check(copy, clause)
        self.new = [copy for copy in self.new if copy not in first]

    def _about(self, copy: Copy, subject: str | None) -> bool:
        """Whether its subject, or that of another copy of it in another language, is like that."""
        same = [one.subject for one in self.new if one.message_id == copy.message_id]
        return subject is None or any(fits(subject, one) for one in same)

    def _check(self, copy: Copy, clause: str) -> None:
        found = re.fullmatch(r'(says|omits)(?: \((\w+)\))? "(.*)"|(\S+) (.*)', clause)
        if not found:
            raise Unlike(f"no such clause: {clause}")
        word, value = found[1] or found[4], found[3] if found[1] else found[5]
        if found[1] and self._language(copy.to) != (found[2] or "en"):
            return
        came: Any
        match word:
            case "says" | "omits":
                came, good = copy.text, fits(f"*{value}*", copy.text) == (word == "says")
            case "number":
                came, good = copy.number, str(copy.number) == value
            case "id":
                came, good = copy.message_id, copy.message_id == value
            case "from":
                came, good = copy.author, fits(value, copy.author)
            case "dated":
                came = f"{copy.date:%a %Y-%m-%d %H:%M}"
                good = value in (came, f"{copy.date:%a %Y-%m-%d %H:%M %z}")
            case "answers":
                came, good = copy.message["In-Reply-To"], copy.message["In-Reply-To"] == value
            case "beneath":
                came, wanted = copy.references, self._thread(value)
                good = came == wanted and copy.message["In-Reply-To"] == (wanted[-1] if wanted else None)
            case "in":
                came, good = f"module {copy.module}", f"module {copy.module}" == value
            case _:
                raise Unlike(f"no such clause: {clause}")
        if not good:
            raise Unlike(f"{copy}\nexpected: {clause}\nand it is: {came}")

    def _thread(self, above: str) -> list[str]:
        """The References of what stands beneath "module 1", "number 3" or "nothing"."""
        word, _, number = above.partition(" ")
        if word == "nothing":
            return []
        if word == "module":
            return [self.roots[int(number)]]
        copy = self.numbers[int(number)]
        return [self.roots[copy.module or 0], copy.message_id]

    def count(self, line: Line) -> None:
        """Everything somebody has got, from the first mail on: `Ana, Bob: 3 announcement, 1 receipt`."""
        for entry in line.block:
            names, _, figures = entry.partition(": ")
            wanted = {kind: int(number) for number, _, kind in (one.partition(" ") for one in figures.split(", "))}
            for address in self._addresses(names):
                got = Counter(copy.kind for copy in self.all if copy.to == address)
                if got != wanted:
                    raise Unlike(f"{address}\nexpected: {_sum(wanted)}\nand got:  {_sum(got)}")

    SENTENCES: tuple[tuple[str, Callable[..., None]], ...]


def _sum(counts: dict[str, int]) -> str:
    return ", ".join(f"{number} {kind}" for kind, number in sorted(counts.items()))


def _account(copies: list[Copy]) -> str:
    return indented(str(copy) for copy in copies)


_ID, _FORM = r"(?: (<\S+>))?", r"(?: as (\w+))?"

Stage.SENTENCES = (
    (r"settings", Stage.declare_settings),
    (r"file (\S+)", Stage.file),
    (r"start", Stage.start),
    (r"stop", Stage.stop),
    (r"at (\w{3}) (\d{4}-\d\d-\d\d \d\d:\d\d)", Stage.at),
    (rf'(\w+) writes "(.*?)"{_ID}(?: to (\S+?))?{_FORM}(?:, refused (\d+))?', Stage.writes),
    (rf"(\w+) answers (.+?){_ID}{_FORM}", Stage.answers),
    (r"(\w+)'s copy of (.+?) bounces (\d\.\d+\.\d+) (.+)", Stage.bounces),
    (r"(\w+) follows List-Unsubscribe of (.+)", Stage.unsubscribes),
    (r"(\w+)> (.+)", Stage.command),
    (r"together", Stage.together),
    (r"expect (.+)", Stage.expect),
    (r"count", Stage.count),
    (r"(\w+) are (.+?)(?: but (.+))?", Stage.declare),
)

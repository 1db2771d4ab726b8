"""The demo as a whole: setting up, playing the script, counting, and staying up for whoever wants to try."""

from __future__ import annotations

import json
import shlex
import sys
import threading
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from datetime import datetime, timedelta
from pathlib import Path
from zoneinfo import ZoneInfo

from listserv.core.dialogue.calendar import from_local
from listserv.core.site import Site
from listserv.edge.daemon import Daemon
from listserv.edge.demo import account, epilogue, script
from listserv.edge.demo.account import Findings, Ledger
from listserv.edge.demo.backstage import Backstage
from listserv.edge.demo.boxes import Boxes
from listserv.edge.demo.cast import STAFF, cast
from listserv.edge.demo.clock import Hand
from listserv.edge.demo.moderator import Terminal
from listserv.edge.demo.screen import Screen
from listserv.edge.demo.script import Programmed, Writes
from listserv.edge.demo.stage import Stage, moderator_environment
from listserv.store.session import Session

_BEGINS = datetime(2008, 10, 31, 10, 0)  # noqa: DTZ001 (local to the dialogue)
_REOPENS = datetime(2008, 11, 27, 9, 0)  # noqa: DTZ001
_UNTIL = "2008-12-04T18:00"
_LAST = 3  # the module that is opened once more


def begins(zone: ZoneInfo) -> datetime:
    """When the demo's clock starts: the Friday before."""
    return from_local(_BEGINS, zone)


class House:
    """`program` starts listserv; `shown` is how a person writes that."""

    def __init__(
        self, *, folder: Path, program: Sequence[str], shown: str, hand: Hand, slug: str, zone: ZoneInfo, site: Site
    ) -> None:
        self._folder = folder
        self._shown = shown
        self._hand = hand
        self._slug = slug
        self._zone = zone
        self._site = site
        self._people = cast()
        self._screen = Screen(sys.stdout, zone)
        environment = moderator_environment(str(folder / "listserv.toml"))
        self._terminal = Terminal(program, folder, environment, self._screen)
        self._boxes = Boxes(folder / "var/mail", slug)
        self._ledger = Ledger((), STAFF)
        self._behind: Backstage | None = None

    def set_up(self) -> None:
        """The dialogue, before the engine runs."""
        mails = sum(isinstance(one, Writes) for one in script.events())
        self._screen.prose(
            f"Three weeks of a dialogue in half a minute: {len(self._people)} people from"
            f" {len({one.country for one in self._people.values()})} countries send {mails} mails by real SMTP to the"
            " real engine, and a moderator types the commands you see. The clock jumps from event to event."
        )
        self._screen.say(f"\nIt all happens in {self._folder}; before the commands was typed")
        words = " ".join(f"{name}={shlex.quote(value)}" for name, value in self._terminal.environment.items())
        self._screen.say(f"export {words}\n")
        self._screen.event(self._hand.now(), "The organisers set up the dialogue from listserv.toml.")
        self._terminal.run("apply")

    @contextmanager
    def opened(self, daemon: Daemon, session: Session) -> Iterator[None]:
        """Inside it the engine runs."""
        with Backstage(daemon, session, self._site, self._hand, self._slug) as self._behind:
            yield

    def play(self) -> int:
        """The script and the proof; how many things differ."""
        assert self._behind is not None
        self._invite()
        stage = Stage(
            slug=self._slug,
            zone=self._zone,
            people=self._people,
            backstage=self._behind,
            hand=self._hand,
            mail=self._boxes,
            ledger=self._ledger,
            terminal=self._terminal,
            screen=self._screen,
        )
        events = script.events()
        stage.play(events)
        self._screen.done()
        findings = account.prove(self._ledger, self._boxes, stage.subjects)
        facts = self._facts(findings, stage, events)
        epilogue.proof(self._screen, findings, facts)
        reader = self._people["grace"]
        roundup = next(one for one in self._boxes.letters(reader.address) if one.kind == "roundup")
        epilogue.where(self._screen, self._folder, self._shown, reader, roundup.path)
        return len(findings.wrong)

    def _invite(self) -> None:
        assert self._behind is not None
        everybody = self._people.values()
        at = self._hand.now() + timedelta(minutes=5)
        self._hand.jump(at)
        self._ledger = Ledger(everybody, STAFF)
        self._screen.event(at, f"{len(self._people)} people are entered from a list, each gets a welcome.")
        self._terminal.run("participant", "import", "participants.csv")
        for one in everybody:
            self._ledger.to_one(one.address, "welcome")
        self._behind.settle()

    def _facts(self, findings: Findings, stage: Stage, events: Sequence[script.Event]) -> list[str]:
        """What else has to be so; what is not is added to `findings.wrong`."""
        assert self._behind is not None
        wrong = findings.wrong
        if findings.numbers != list(range(1, len(stage.released) + 1)):
            wrong.append(f"{len(stage.released)} were released, but the numbers seen are {findings.numbers}")
        counts = self._behind.outbox()
        if counts.get("sent", 0) != findings.found or set(counts) - {"sent"}:
            wrong.append(f"the outbox says {counts}, the Maildirs hold {findings.found}")
        planned = {(one.kind, str(one.number)) for one in events if isinstance(one, Programmed)}
        engine = {"open": "announcement", "close": "closing", "draft": "roundup-draft"}
        recorded = [
            (engine.get(kind, kind), subject if kind in _BY_MODULE else str(round_))
            for kind, subject, round_ in self._behind.occurrences()
        ]
        if sorted(recorded) != sorted(planned):
            wrong.append(f"the programme did {sorted(set(recorded) ^ planned)} otherwise than planned")
        rows = json.loads(self._terminal.run("participant", "list", "--json"))
        bounces = sum(row["bounces"] for row in rows)
        sent_bounces = sum(isinstance(one, Writes) and one.to == "bounces" for one in events)
        if bounces != sent_bounces:
            wrong.append(f"{sent_bounces} delivery reports were sent, {bounces} counted")
        return [
            f"{len(stage.released)} contributions by {len(stage.authors)} people are numbered 1 to"
            f" {len(stage.released)} without a gap.",
            f"{len(planned)} switchovers, drafts and mails of the calendar happened once each.",
            f"The outbox agrees: {counts.get('sent', 0):,} sent, none waiting, none failed."
            f" {len(self._ledger.left)} people left, {bounces} mail bounced.",
            f"It took {self._screen.seconds:.0f} seconds.",
        ]

    def stay(self) -> None:
        """Open the last module once more, say how to try it, and wait for Ctrl-C."""
        assert self._behind is not None
        at = from_local(_REOPENS, self._zone)
        self._hand.run(at)
        self._screen.say()
        self._screen.event(at, f"Module {_LAST} is opened once more, for a week, on a clock that runs like yours.")
        self._terminal.run("module", "reopen", str(_LAST), "--yes")
        self._terminal.run("module", "extend", str(_LAST), "--until", _UNTIL)
        self._behind.settle()
        to = self._site.addresses.dialogue(self._slug)
        address = self._behind.address
        writer, reader = self._people["rosa"], self._people["grace"]
        what = epilogue.commands(self._folder, self._shown, address, to, writer, reader)
        epilogue.invitation(self._screen, what, address, to)
        another = epilogue.another(address, to, writer)
        epilogue.pages(self._screen, self._folder, self._site, self._slug, reader, another)
        epilogue.end(self._screen)
        threading.Event().wait()


_BY_MODULE = ("open", "close", "reminder", "midweek", "midweek-draft")

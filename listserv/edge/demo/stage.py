"""Runs the script: moves the clock to each event, lets people write and moderators act, notes what becomes due.

After each event it waits until the engine has nothing left to do, so the account is the same on every machine.
"""

from __future__ import annotations

import textwrap
from collections import defaultdict
from collections.abc import Sequence
from datetime import datetime
from zoneinfo import ZoneInfo

from listserv.core.dialogue.calendar import from_local
from listserv.core.mail.threads import base_subject
from listserv.edge.demo import boxes, pens
from listserv.edge.demo.account import Ledger
from listserv.edge.demo.backstage import Backstage
from listserv.edge.demo.boxes import Boxes
from listserv.edge.demo.cast import MODERATOR, Person
from listserv.edge.demo.clock import Hand
from listserv.edge.demo.moderator import Terminal, ranges
from listserv.edge.demo.screen import Screen
from listserv.edge.demo.script import Acts, Event, Programmed, Writes


class Stage:
    def __init__(
        self,
        *,
        slug: str,
        zone: ZoneInfo,
        people: dict[str, Person],
        backstage: Backstage,
        hand: Hand,
        mail: Boxes,
        ledger: Ledger,
        terminal: Terminal,
        screen: Screen,
    ) -> None:
        self._slug = slug
        self._zone = zone
        self._people = dict(people)
        self._behind = backstage
        self._hand = hand
        self._boxes = mail
        self._ledger = ledger
        self._terminal = terminal
        self._screen = screen
        self._sent: dict[str, Writes] = {}
        self._message_ids: dict[str, str] = {}
        self._waiting: list[str] = []  # ids to release with the next batch
        self._to_mark: dict[int, list[int]] = defaultdict(list)  # queue ids by guiding question
        self.released: list[str] = []
        self.subjects: dict[str, str] = {}  # what a Message-ID is called
        self.authors: set[str] = set()

    def play(self, script: Sequence[Event]) -> None:
        """All of it, in order. Raises Refused when the engine or a command refuses."""
        for done, event in enumerate(script, 1):
            at = from_local(event.at, self._zone)
            self._hand.jump(at)
            match event:
                case Programmed():
                    self._programmed(event, at)
                case Writes():
                    self._writes(event, at)
                case Acts():
                    self._acts(event, at)
            self._behind.settle()
            self._screen.progress(done / len(script), at)

    # --- the engine's own doing

    def _programmed(self, event: Programmed, at: datetime) -> None:
        n = event.number
        if event.kind in ("roundup-draft", "midweek-draft"):
            self._ledger.to_staff(event.kind, str(n))
            what = f"round-up {n}" if event.kind == "roundup-draft" else f"module {n}'s mid-week note"
            self._screen.event(at, f"The draft of {what} goes to the moderators; they have three hours.")
            return
        count = self._ledger.to_all(event.kind, str(n))
        asks = f"the announcement with {event.questions} questions"
        said = {
            "announcement": f"MODULE {n} OPENS: {asks} goes to {count} people.",
            "reminder": f"Module {n} closes tomorrow: a reminder goes to {count} people.",
            "midweek": f"Half of module {n} is over: what is covered and what is missing goes to {count} people.",
            "last-call": f"The last call goes to {count} people: a day is left for what still counts.",
            "survey": f"A few questions on how it was go to {count} people; they answer by replying.",
            "thanks": f"Thanks, with the figures of all three weeks, go to {count} people.",
            "closing": f"MODULE {n} CLOSES: thanks and figures go to {count} people.",
            "roundup": f"ROUND-UP {n} goes to {count} people, also to those who want nothing else.",
        }
        self._screen.event(at, said[event.kind])

    # --- people write

    def _writes(self, event: Writes, at: datetime) -> None:
        person = self._people.get(event.by) or Person(event.by, event.name, event.address)
        self._people.setdefault(event.by, person)
        sheet = self._sheet(event, person, at)
        self._sent[event.id], self._message_ids[event.id] = event, sheet.message_id
        self.subjects[sheet.message_id] = f"of {person.name}, “{base_subject(sheet.subject, self._slug)}”"
        if event.to == "bounces":
            content, sender = pens.report(sheet, person.address), ""
        else:
            content, sender = pens.write(event.form, sheet), "" if event.form == "away" else person.address
        self._behind.send(sender, sheet.to, content)
        self._screen.event(at, self._said(event, person, sheet))
        self._due(event, person, sheet.message_id)

    def _sheet(self, event: Writes, person: Person, at: datetime) -> pens.Sheet:
        copy, subject = None, event.subject
        to = f"{self._slug}@{self._behind.site.addresses.domain}"
        if event.answers:
            named = "announcement" if event.answers == "module" else event.answers
            wanted = self._message_ids.get(named, named)
            copy = boxes.opened(self._boxes.latest(person.address, wanted))
            to = str(copy["Reply-To"])
            subject = subject or f"Re: {copy['Subject']}"
        if event.to == "bounces":
            assert copy is not None
            to = str(copy["Return-Path"]).strip("<>")
        elif event.to in ("join", "leave"):
            to = to.replace("@", f"-{event.to}@")
        language = person.language if event.form != "plain" else "en"
        local = at.astimezone(self._zone)
        return pens.Sheet(event.id, person.name, person.address, to, local, subject, event.text, language, copy)

    def _said(self, event: Writes, person: Person, sheet: pens.Sheet) -> str:
        if event.says:
            return event.says
        pen = pens.PENS[event.form]
        if event.answers in self._sent:
            writer = self._sent[event.answers].by
            other = "their own mail" if writer == event.by else self._people[writer].name
            return f"{person.shown} answers {other} {pen.shown}, {pen.quotes}."
        return f"{person.shown} writes {pen.shown}: “{base_subject(sheet.subject, self._slug)}”"

    def _due(self, event: Writes, person: Person, message_id: str) -> None:
        """What this mail makes due, by the rules as participants know them."""
        ledger, address = self._ledger, person.address
        match event.fate:
            case "release" | "hold":
                ledger.to_staff("held-notice")
                ledger.to_one(address, "receipt", message_id)
                if event.fate == "release":
                    self._waiting.append(event.id)
            case "administrivia":
                ledger.to_staff("administrivia")
                ledger.to_one(address, "help", message_id)
            case "stranger":
                ledger.to_staff("held-notice")
                ledger.to_one(address, "stranger", message_id)
            case "again":
                ledger.to_staff("held-notice")
            case "asks-join":
                ledger.to_one(address, "join-confirm", message_id)
            case "confirms-join":
                ledger.to_staff("join-request")
            case "asks-leave":
                ledger.to_one(address, "leave-confirm", message_id)
            case "confirms-leave":
                ledger.gone(address)
            case "ignored":
                pass
            case _:
                raise ValueError(f"{event.id}: no such fate: {event.fate}")

    # --- moderators act

    def _acts(self, event: Acts, at: datetime) -> None:
        ids = self._queue_ids(event.of)
        person = self._people.get(event.who)
        if event.says:
            self._screen.event(at, event.says)
        run, ledger = self._terminal.run, self._ledger
        match event.do:
            case "release":
                self._release(at, event.of)
            case "tag":
                marks = sorted(self._to_mark.items())
                self._terminal.run_all([("queue", "tag", *ranges(of), "--question", str(n)) for n, of in marks])
                self._to_mark.clear()
            case "return":
                run("queue", "return", *ids, "--reason", event.reason)
                for one in event.of:
                    writer = self._people[self._sent[one].by]
                    ledger.to_one(writer.address, "returned", self._message_ids[one])
            case "discard":
                run("queue", "discard", *ids, "--reason", event.reason, "--yes")
            case "edit":
                self._edit(event, ids[0])
            case "remove":
                assert person is not None
                run("participant", "remove", person.address, "--reason", event.reason, "--yes")
                ledger.gone(person.address)
            case "approve":
                assert person is not None
                run("participant", "approve", person.address)
                ledger.joined(person.address)
                ledger.to_one(person.address, "welcome")
                ledger.to_one(person.address, "announcement", event.reason)
            case "set":
                assert person is not None
                run("participant", "set", person.address, *event.of)
            case "roundup":
                self._mend_draft(event)
            case _:
                raise ValueError(f"{event.at}: no such act: {event.do}")

    def _queue_ids(self, of: Sequence[str]) -> list[str]:
        held = self._behind.waiting() if of else {}
        return ranges([held[self._message_ids[one]] for one in of if one in self._message_ids])

    def _release(self, at: datetime, only: Sequence[str]) -> None:
        chosen = [one for one in self._waiting if one in only or not only]
        held = self._behind.waiting()
        queue_ids = {one: held[self._message_ids[one]] for one in chosen}
        chosen.sort(key=queue_ids.__getitem__)
        first = len(self.released) + 1
        self.released += chosen
        for one in chosen:
            if tag := self._sent[one].tag:
                self._to_mark[tag].append(queue_ids[one])
        self._waiting = [one for one in self._waiting if one not in chosen]
        count = 0
        for one in chosen:
            self.authors.add(self._sent[one].by)
            count = self._ledger.to_all("contribution", self._message_ids[one])
        numbers = f"number {first}" if len(chosen) == 1 else f"numbers {first} to {len(self.released)}"
        what = "1 contribution" if len(chosen) == 1 else f"{len(chosen)} contributions"
        self._screen.event(at, f"The moderator releases {what}, {numbers}; each goes to {count} people.")
        self._terminal.run("queue", "release", *ranges(list(queue_ids.values())))

    def _edit(self, event: Acts, queue_id: str) -> None:
        """Replace one passage; `reason` is what stands there now, `text` what is to stand there."""
        before = self._behind.text_of(int(queue_id))
        flat = " ".join(before.split())
        assert event.reason in flat, event.reason
        file = f"contribution-{queue_id}.txt"
        paragraphs = [" ".join(one.split()) for one in before.split("\n\n")]
        mended = "\n\n".join(paragraphs).replace(event.reason, event.text)
        (self._terminal.folder / file).write_text(mended + "\n", "utf-8")
        self._terminal.run("queue", "edit", queue_id, "--text", file)

    def _mend_draft(self, event: Acts) -> None:
        """Put the moderator's own words below the draft's heading and figures."""
        period = int(event.reason)
        draft = self._behind.draft(period)
        head, mark, rest = draft.partition("\n## ")
        file = f"roundup-{period}.md"
        text = f"{head.rstrip()}\n\n{textwrap.fill(event.text, 72)}\n{mark}{rest}"
        (self._terminal.folder / file).write_text(text, "utf-8")
        self._terminal.run("roundup", "edit", "--text", file)


def moderator_environment(settings: str) -> dict[str, str]:
    """What stands in the moderator's environment, so that commands are short."""
    return {"LISTSERV_CONFIG": settings, "LISTSERV_AS": MODERATOR.address}

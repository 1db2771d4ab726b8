"""Plays a script (see script.py) on one running engine (see engine.py). The sentences stand at the end.

The clock does not jump while the engine runs: it stops at each instant planned in between, as time does. After each
sentence the stage waits until there is nothing left to do. What came and was not expected before the next sentence,
fails. Raises Unlike.
"""

from __future__ import annotations

import csv
import re
import shlex
from collections import Counter
from collections.abc import Callable
from datetime import datetime
from pathlib import Path
from typing import Any

from listserv.core.dialogue.calendar import from_local
from tests.dialogues import letters
from tests.dialogues.engine import Engine
from tests.dialogues.script import Line, Person, Unlike, compare, fits, indented
from tests.dialogues.wire import SLUG, Copy, same
from tests.sink import Sink

DOMAIN = "dialogue.example.org"
STAFF = (Person("Discussion Moderator", "moderator@example.org"), Person("Programme Officer", "organiser@example.org"))
_CLAUSE = re.compile(r'(says|omits)(?: \((\w+)\))? "(.*)"|(\S+) (.*)')


class Stage:
    def __init__(self, folder: Path, sink: Sink) -> None:
        self.engine = Engine(folder, sink)
        self._cast = dict(zip(("moderator", "organiser"), STAFF, strict=True))
        self._groups = {"moderators": [one.address for one in STAFF]}
        self._written = 0  # mails
        self._all: list[Copy] = []
        self._new: list[Copy] = []  # not expected yet
        self._roots: dict[int, str] = {}  # module: Message-ID of its first announcement
        self._numbers: dict[int, Copy] = {}  # official number: a copy

    def play(self, line: Line) -> None:
        """Do what the sentence says, and wait for the end of all it brings about."""
        meant = ((found, do) for pattern, do in self.SENTENCES if (found := re.fullmatch(pattern, line.text)))
        found, do = next(meant, (None, None))
        if found is None or do is None:
            raise Unlike("no such sentence; those there are stand at the end of stage.py")
        happens = do not in (Stage.expect, Stage.declare, Stage.file)
        if happens:
            self.end()
        do(self, line, *found.groups())
        if happens and self.engine.running:
            self._look()

    def end(self) -> None:
        """Nothing has come that was not expected."""
        if self._new:
            raise Unlike(f"this came before, and was not expected:\n{_account(self._new)}")

    def _look(self) -> None:
        fresh = self.engine.settle()
        self._all += fresh
        self._new += fresh
        for copy in fresh:
            if copy.kind == "announcement" and copy.module is not None:
                self._roots.setdefault(copy.module, copy.message_id)
            elif copy.number is not None:
                self._numbers[copy.number] = copy
        for message_id in {copy.message_id for copy in fresh if copy.listed}:
            same([copy for copy in self._all if copy.message_id == message_id], self._language)

    # What a script declares.

    def settings(self, line: Line) -> None:
        for setting in line.block:
            self.engine.set(setting)

    def file(self, line: Line, name: str) -> None:
        """In the script's folder. A .csv file of people also gives the cast: they go by their first names."""
        (self.engine.folder / name).write_text("\n".join(line.block) + "\n", encoding="utf-8")
        if name.endswith(".csv"):
            for row in csv.DictReader(line.block):
                person = Person(row["name"], row["address"], row.get("language") or "en")
                self._cast[row["name"].split()[0].lower()] = person

    def declare(self, line: Line, name: str, members: str) -> None:
        self._groups[name] = self._addresses(members)

    def _addresses(self, names: str) -> list[str]:
        one_by_one = (self._groups.get(name) or [self._person(name).address] for name in names.split(", "))
        return [address for group in one_by_one for address in group]

    def _person(self, name: str) -> Person:
        if name.lower() not in self._cast:
            raise Unlike(f"nobody is called {name}; there are {', '.join(self._cast)}")
        return self._cast[name.lower()]

    def _language(self, address: str) -> str:
        return next((one.language for one in self._cast.values() if one.address == address), "en")

    # What happens.

    def start(self, line: Line) -> None:
        self.engine.start()

    def stop(self, line: Line) -> None:
        self.engine.stop()

    def at(self, line: Line, weekday: str, moment: str) -> None:
        """Local to the dialogue."""
        local = datetime.fromisoformat(moment)
        if f"{local:%a}" != weekday:
            raise Unlike(f"{moment} is a {local:%a}")
        until = from_local(local, self.engine.zone)
        while self.engine.running and (due := self.engine.next_at()) and due <= until:
            self.engine.show(due)
            self._look()
        self.engine.show(until)

    def writes(
        self, line: Line, who: str, subject: str, message_id: str, to: str, form: str, refused: str | None
    ) -> None:
        address = to if to and "@" in to else f"{SLUG}-{to}@{DOMAIN}" if to else f"{SLUG}@{DOMAIN}"
        self._post(line, who, address, subject, message_id, form, None, refused)

    def answers(self, line: Line, who: str, what: str, message_id: str, form: str) -> None:
        copy = self._copy(who, what)
        subject = copy.subject if copy.subject.startswith("Re: ") else f"Re: {copy.subject}"
        self._post(line, who, copy.reply_to, subject, message_id, form, copy)

    def decides(self, line: Line, who: str, number: str, what: str) -> None:
        """By the address that stands beneath that contribution in a bundle."""
        found = re.search(rf"(?ms)^{number}\. .*?^   (\S+-moderate\+\S+)\s*$", self._copy(who, what).text)
        if not found:
            raise Unlike(f"{what} has no {number}")
        self._post(line, who, found[1], f"{number}")

    def unsubscribes(self, line: Line, who: str, what: str) -> None:
        self._post(line, who, self._copy(who, what).unsubscribe, "unsubscribe")

    def _post(
        self,
        line: Line,
        who: str,
        to: str,
        subject: str,
        message_id: str | None = None,
        form: str | None = None,
        answers: Copy | None = None,
        refused: str | None = None,
    ) -> None:
        person = self._person(who)
        self._written += 1
        message_id = message_id or f"<{self._written}.{person.address}>"
        local = self.engine.now.astimezone(self.engine.zone)
        mail = letters.letter(person, local, to, subject, message_id, line.block, form or "plain", answers)
        code = self.engine.hand_in(person.address, to, mail)
        if code != (refused or "250"):
            raise Unlike(f"the receiver answered {code}")

    def bounces(self, line: Line, who: str, what: str, status: str, said: str) -> None:
        copy = self._copy(who, what)
        self.engine.hand_in("", copy.sender, letters.report(copy, self.engine.now, status, said))

    def fetches(self, line: Line, who: str, name: str, what: str) -> None:
        """By the link in a copy; the block: status and type, and then the content."""
        link = re.search(rf"https?://\S+/{re.escape(name)}\b", self._copy(who, what).text)
        compare(line.block, self.engine.fetch(link[0]) if link else ["(no link)"])

    def _copy(self, who: str, what: str) -> Copy:
        """The latest mail of that description which somebody got: "number 3", "module 2", "leave confirm"."""
        word, _, number = what.partition(" ")
        for copy in reversed(self._all):
            match word:
                case "number":
                    meant = copy.number == int(number)
                case "module":
                    meant = (copy.kind, copy.module) == ("announcement", int(number))
                case _:
                    meant = copy.kind == what
            if meant and copy.to == self._person(who).address:
                return copy
        raise Unlike(f"{who} has not got {what}")

    def command(self, line: Line, who: str, words: str) -> None:
        """`refused: …` in the block is the line on stderr, with exit status 1."""
        status, came = self.engine.command(self._person(who).address, shlex.split(words))
        refused = any(each.startswith("refused: ") for each in line.block)
        if status != refused:
            raise Unlike(f"exit status {status}:\n{indented(came)}")
        if line.block:
            compare([re.sub("^refused: ", "listserv: ", each) for each in line.block], came)

    def together(self, line: Line) -> None:
        """Commands at the same time, and then all they say, in any order."""
        prompts = [found for each in line.block if (found := re.fullmatch(r"(\w+)> (.+)", each))]
        commands = [(self._person(one[1]).address, shlex.split(one[2])) for one in prompts]
        compare(sorted(line.block[len(commands) :]), sorted(self.engine.together(commands)))

    # What everybody sees of it.

    def expect(self, line: Line, mails: str) -> None:
        """Each KIND "subject" to WHOM: one mail to exactly these (personal ones: one to each of them)."""
        for one in mails.split("; "):
            found = re.fullmatch(r'([a-z ]+?)(?: "(.*)")? to (.+)', one)
            if not found:
                raise Unlike('an expectation reads: KIND "subject" to WHOM; KIND to WHOM …')
            copies = self._found(found[1], found[2], sorted(set(self._addresses(found[3]))))
            for clause in line.block:
                for copy in copies:
                    self._check(copy, clause)
            self._new = [copy for copy in self._new if copy not in copies]

    def _found(self, kind: str, subject: str | None, whom: list[str]) -> list[Copy]:
        alike = [copy for copy in self._new if copy.kind == kind and self._about(copy, subject)]
        if alike and alike[0].listed:
            copies = [copy for copy in alike if copy.message_id == alike[0].message_id]
        else:
            copies = list({copy.to: copy for copy in reversed(alike) if copy.to in whom}.values())
        got, wanted = Counter(copy.to for copy in copies), Counter(whom)
        if got != wanted:
            missing, more = sorted((wanted - got).elements()), sorted((got - wanted).elements())
            raise Unlike(
                f'expected {kind} "{subject or "*"}" to {len(whom)}\nmissing:\n{indented(missing)}\n'
                f"too many:\n{indented(more)}\nwhat came:\n{_account(self._new)}"
            )
        return copies

    def _about(self, copy: Copy, subject: str | None) -> bool:
        """Whether its subject, or that of another copy of it in another language, is like that."""
        subjects = [one.subject for one in self._new if one.message_id == copy.message_id]
        return subject is None or any(fits(subject, one) for one in subjects)

    def _check(self, copy: Copy, clause: str) -> None:
        found = _CLAUSE.fullmatch(clause)
        if not found:
            raise Unlike(f"no such clause: {clause}")
        word, value = found[1] or found[4], found[3] if found[1] else found[5]
        if found[1] and self._language(copy.to) != (found[2] or "en"):
            return
        came: Any
        match word:
            case "says" | "omits":
                came, good = copy.text, fits(f"*{value}*", copy.text) == (word == "says")
            case "encloses":
                came, good = copy.enclosed, fits(value, copy.enclosed)
            case "number":
                came, good = copy.number, str(copy.number) == value
            case "id":
                came, good = copy.message_id, copy.message_id == value
            case "from":
                came, good = copy.author, fits(value, copy.author)
            case "dated":  # with or without the offset from UTC
                came = f"{copy.date:%a %Y-%m-%d %H:%M %z}"
                good = fits(value, came) or fits(f"{value} {copy.date:%z}", came)
            case "answers":
                came, good = copy.message["In-Reply-To"], copy.message["In-Reply-To"] == value
            case "beneath":
                came, wanted = copy.references, self._thread(value)
                good = came == wanted and copy.message["In-Reply-To"] == (wanted[-1] if wanted else None)
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
            return [self._roots[int(number)]]
        copy = self._numbers[int(number)]
        return [self._roots[copy.module or 0], copy.message_id]

    def count(self, line: Line) -> None:
        """All that somebody has got from the first mail on: `Ana, Bob: 3 announcement, 1 receipt`."""
        for entry in line.block:
            names, _, figures = entry.partition(": ")
            pairs = (one.partition(" ") for one in figures.strip().split(", "))
            wanted = {kind: int(number) for number, _, kind in pairs}
            for address in self._addresses(names):
                got = Counter(copy.kind for copy in self._all if copy.to == address)
                if got != wanted:
                    raise Unlike(f"{address}\nexpected: {_sum(wanted)}\nand got:  {_sum(got)}")

    SENTENCES: tuple[tuple[str, Callable[..., None]], ...]


def _sum(counts: dict[str, int]) -> str:
    return ", ".join(f"{number} {kind}" for kind, number in sorted(counts.items()))


def _account(copies: list[Copy]) -> str:
    return indented(str(copy) for copy in copies)


_ID, _FORM = r"(?: (<\S+>))?", r"(?: as (\w+))?"
Stage.SENTENCES = (
    (r"settings", Stage.settings),
    (r"file (\S+)", Stage.file),
    (r"(\w+) are (.+)", Stage.declare),
    (r"pages", lambda stage, line: stage.engine.pages()),
    (r"start", Stage.start),
    (r"stop", Stage.stop),
    (r"at (\w{3}) (\d{4}-\d\d-\d\d \d\d:\d\d)", Stage.at),
    (rf'(\w+) writes "(.*?)"{_ID}(?: to (\S+?))?{_FORM}(?:, refused (\d+))?', Stage.writes),
    (rf"(\w+) answers (.+?){_ID}{_FORM}", Stage.answers),
    (r"(\w+) decides (\d+) of (.+)", Stage.decides),
    (r"(\w+)'s copy of (.+?) bounces (\d\.\d+\.\d+) (.+)", Stage.bounces),
    (r"(\w+) follows List-Unsubscribe of (.+)", Stage.unsubscribes),
    (r"(\w+) fetches (\S+) of (.+)", Stage.fetches),
    (r"(\w+)> (.+)", Stage.command),
    (r"together", Stage.together),
    (r"expect (.+)", Stage.expect),
    (r"count", Stage.count),
)

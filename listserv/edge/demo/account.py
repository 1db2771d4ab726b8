"""The proof by counting: what was due to whom, noted while it happens, against what stands in the Maildirs.

What is due is worked out here from who takes part, what they chose and what was done, never asked of the engine.
A mail is known by (kind, about), as boxes.Letter has it; each may stand in a box exactly as often as it is due.
"""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterable
from dataclasses import dataclass, field

from listserv.edge.demo.boxes import Boxes
from listserv.edge.demo.cast import Person

_NAMES = {
    "announcement": "Announcements of modules",
    "reminder": "Reminders",
    "closing": "Closing mails",
    "midweek": "Mid-week notes",
    "last-call": "The last call",
    "survey": "Questions after the end",
    "thanks": "Thanks with figures",
    "contribution": "Contributions",
    "roundup": "Round-ups",
    "welcome": "Welcomes",
    "receipt": "Receipts to authors",
    "returned": "Returned with a reason",
    "help": "How to leave, for who asked all",
    "stranger": "Answers to strangers",
    "join-confirm": '"Was it you who wants to join?"',
    "leave-confirm": '"Was it you who wants to leave?"',
    "goodbye": "Goodbyes",
    "held-notice": "To moderators: it waits",
    "administrivia": "To moderators: no contribution",
    "join-request": "To moderators: asks to join",
    "roundup-draft": "To moderators: draft round-up",
    "midweek-draft": "To moderators: mid-week note",
}
#: One mail for many: all copies bear one Message-ID.
SHARED = ("announcement", "reminder", "closing", "midweek", "last-call", "survey", "thanks", "contribution", "roundup")


class Ledger:
    """Who takes part now, and what has become due to whom."""

    def __init__(self, people: Iterable[Person], staff: Iterable[Person]) -> None:
        self.staff = tuple(staff)
        self._active = {one.address: one.delivery for one in (*people, *self.staff)}
        self.due: dict[str, Counter[tuple[str, str]]] = defaultdict(Counter)
        self.left: list[str] = []

    def to_all(self, kind: str, about: str) -> int:
        """Due to everybody whose choice takes it in; how many."""
        modes = ("each", "roundup") if kind in ("roundup", "survey", "thanks") else ("each",)
        chosen = [address for address, mode in self._active.items() if mode in modes]
        for address in chosen:
            self.due[address][kind, about] += 1
        return len(chosen)

    def to_one(self, address: str, kind: str, about: str = "") -> None:
        self.due[address][kind, about] += 1

    def to_staff(self, kind: str, about: str = "") -> None:
        for one in self.staff:
            self.to_one(one.address, kind, about)

    def joined(self, address: str) -> None:
        self._active[address] = "each"

    def gone(self, address: str) -> None:
        del self._active[address]
        self.left.append(address)
        self.to_one(address, "goodbye")


@dataclass(slots=True)
class Findings:
    rows: list[tuple[str, int, int, int]] = field(default_factory=list)  # name, different mails, due, found
    due: int = 0
    found: int = 0
    boxes: int = 0
    fewest: int = 0
    most: int = 0
    numbers: list[int] = field(default_factory=list)
    wrong: list[str] = field(default_factory=list)


def prove(ledger: Ledger, boxes: Boxes, titles: dict[str, str]) -> Findings:
    """Count every mail in every box. `titles`: what a Message-ID is called, for what differs."""
    findings = Findings()
    found: dict[str, Counter[tuple[str, str]]] = defaultdict(Counter)
    identifiers: dict[tuple[str, str], set[str]] = defaultdict(set)
    numbers: dict[int, set[str]] = defaultdict(set)
    for address, letter in boxes.everything():
        found[address][letter.kind, letter.about] += 1
        identifiers[letter.kind, letter.about].add(letter.message_id)
        if letter.number is not None:
            numbers[letter.number].add(letter.message_id)
    for address in sorted({*ledger.due, *found}):
        findings.wrong += _differences(address, ledger, ledger.due[address], found[address], titles)
    for (kind, about), ids in identifiers.items():
        if kind in SHARED and len(ids) > 1:
            findings.wrong.append(f"{_NAMES[kind]}, {titles.get(about, about)}: sent as {len(ids)} different mails")
    findings.numbers = sorted(numbers)
    if findings.numbers != list(range(1, len(numbers) + 1)) or any(len(ids) > 1 for ids in numbers.values()):
        findings.wrong.append(f"the official numbers have a gap or a double: {findings.numbers}")
    totals = [sum(found[address].values()) for address in found]
    findings.boxes, findings.fewest, findings.most = len(totals), min(totals, default=0), max(totals, default=0)
    findings.rows = _rows(ledger.due.values(), found.values())
    findings.due = sum(row[2] for row in findings.rows)
    findings.found = sum(row[3] for row in findings.rows)
    return findings


def _differences(
    address: str,
    ledger: Ledger,
    due: Counter[tuple[str, str]],
    found: Counter[tuple[str, str]],
    titles: dict[str, str],
) -> list[str]:
    lines = []
    for kind, about in sorted({*due, *found}):
        wanted, there = due[kind, about], found[kind, about]
        if wanted != there:
            after = ", who had left" if there > wanted and address in ledger.left else ""
            what = f"{_NAMES.get(kind, kind)} {titles.get(about, about)}".strip()
            lines.append(f"{address}{after}: {what}: due {wanted}, found {there}")
    return lines


def _rows(
    due: Iterable[Counter[tuple[str, str]]], found: Iterable[Counter[tuple[str, str]]]
) -> list[tuple[str, int, int, int]]:
    wanted, there = sum(due, Counter()), sum(found, Counter())
    kinds = [*_NAMES, *sorted({kind for kind, _ in there} - set(_NAMES))]
    rows = []
    for kind in kinds:
        keys = {key for key in (*wanted, *there) if key[0] == kind}
        if keys:
            different = len(keys) if any(about for _, about in keys) else sum(there[key] for key in keys)
            rows.append(
                (_NAMES.get(kind, kind), different, sum(wanted[key] for key in keys), sum(there[key] for key in keys))
            )
    return rows

"""What the screen says: one contribution with all that a moderator weighs, the rows of the queue, the heading.

Values in, lines out (prose.Line); no screen, no database. Texts of others come out safe for a terminal.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Any

from listserv.cli.output import plural
from listserv.cli.terminal.desk import Look, Pending
from listserv.cli.terminal.prose import Line, fitted, laid_out, one_line
from listserv.core.dialogue.reasons import striking, telling
from listserv.core.publication import byline
from listserv.core.publication.passages import stands
from listserv.store.contributions import questions

if TYPE_CHECKING:
    from listserv.steps.weigh import Whole

LABEL = 10  # columns


@dataclass(frozen=True, slots=True)
class Item:
    """A row of the queue: a request to take part, or a contribution. `key` names it for as long as it waits."""

    key: tuple[str, int]
    name: str
    subject: str
    since: datetime
    mark: str  # "!" something strikes, "?" a request, "@" somebody is on it, " "
    address: str = ""

    @property
    def request(self) -> bool:
        return self.key[0] == "request"


def items(look: Look, actor: str) -> list[Item]:
    """The queue's rows, requests first."""
    asking = [
        Item(
            ("request", row["id"]),
            one_line(row["name"] or row["address"]),
            f"asks to take part: {one_line(row['organisation'] or row['country'] or row['address'])}",
            row["changed_at"],
            "?",
            row["address"],
        )
        for row in look.requests
    ]
    return asking + [
        Item(
            ("contribution", row["id"]),
            one_line(row["person_name"] or row["from_name"] or row["from_address"]),
            one_line(row["subject"]) or "(no subject)",
            row["received_at"],
            "@" if claimed(row, look.now) not in ("", actor) else "!" if striking(row["reasons"]) else " ",
            row["from_address"],
        )
        for row in look.held
    ]


def claimed(row: Mapping[str, Any], now: datetime) -> str:
    """Who is on it; "" when nobody is."""
    return row["claimed_by"] if row["claimed_by"] and row["claimed_until"] and row["claimed_until"] > now else ""


def lasting(span: timedelta) -> str:
    """Roughly how long, short: "2 d 4 h", "3 h", "12 min"."""
    minutes = max(0, int(span.total_seconds() // 60))
    days, hours = minutes // 1440, minutes // 60 % 24
    if days:
        return f"{days} d {hours} h" if hours and days < 10 else f"{days} d"
    return f"{hours} h {minutes % 60} min" if hours and hours < 3 else f"{hours} h" if hours else f"{minutes} min"


def since(span: timedelta) -> str:
    """The same in at most five columns, for the queue."""
    minutes = max(0, int(span.total_seconds() // 60))
    return f"{minutes // 1440} d" if minutes >= 2880 else f"{minutes // 60} h" if minutes >= 60 else f"{minutes} min"


def heading(look: Look, actor: str, pending: Sequence[Pending], seconds: float) -> tuple[str, str]:
    """The two lines above: what runs and how long; what waits, who acts, what can be taken back."""
    dialogue, module = look.dialogue, look.dialogue.open_module()
    if module is None:
        runs = "no module is open"
    else:
        left = module.closes_at - look.now if module.closes_at else None
        how = (
            "without an end" if left is None else f"{lasting(left)} left" if left > timedelta(0) else "its time is over"
        )
        runs = f"module {module.number} of {len(dialogue.modules)}, {module.title}: {how}"
    waits = f"{len(look.held):,} waiting" if look.held else "nothing waits"
    asks = f", {plural(len(look.requests), 'request')}" if look.requests else ""
    under = f"as {actor}"
    if pending:
        last = pending[-1]
        under = f"number {last.number} leaves in {max(0, round(last.until - seconds))} s: u takes it back"
    return f"{one_line(dialogue.title)} | {one_line(runs)}", f"{waits}{asks} | {one_line(under)}"


def coming(look: Look) -> str:
    """What the programme does next, for an empty queue."""
    one = look.coming
    if one is None:
        return "The programme is over; nothing more comes."
    module = look.dialogue.module(one.module)
    titled = f"module {module.number}, {one_line(module.title)}" if module else ""
    what = {
        "open": f"{titled} opens",
        "close": f"{titled} closes",
        "reminder": f"a reminder that {titled} closes soon",
        "draft": "the draft of a round-up comes to you by mail",
        "roundup": "a round-up goes out",
        "invitation-again": "who was invited and has not answered is asked again",
        "checkin": "everybody is asked whether mail reaches them",
        "midweek-draft": f"the draft of the mid-week note of {titled} comes to you by mail",
        "midweek": f"the mid-week note of {titled} goes out",
        "nudge": f"who has not written yet is reminded of {titled}",
        "last-call": "the last call goes out",
        "survey": "the survey goes out",
        "thanks": "thanks and figures go out",
    }[one.kind.value]
    at = one.at.astimezone(look.dialogue.zone)
    return f"Next: {what}, {at:%A %d %B %H:%M} ({look.dialogue.zone.key}), in {lasting(one.at - look.now)}."


def empty(look: Look, width: int) -> Iterator[Line]:
    yield Line("Nothing waits for you.", "label")
    yield Line("")
    yield from laid_out(coming(look), width)
    yield Line("")
    yield from laid_out("What comes in shows here by itself. q leaves, ? tells the keys.", width)


def request(row: Mapping[str, Any], look: Look, width: int) -> Iterator[Line]:
    """Somebody who asked to take part."""
    yield from laid_out("A request to take part", width, kind="label")
    told = [("Name", row["name"]), ("Address", row["address"]), ("Works for", row["organisation"])]
    told += [(key.capitalize(), row[key]) for key in ("country", "sector", "gender", "language")]
    told += [(key.replace("_", " ").capitalize(), str(value)) for key, value in dict(row["profile"] or {}).items()]
    for label, value in told:
        if value:
            yield from _labelled(label, one_line(value), width)
    at = row["changed_at"].astimezone(look.dialogue.zone)
    yield from _labelled("Asked", f"{at:%a %d %b %H:%M}, {lasting(look.now - row['changed_at'])} ago", width)
    yield Line("")
    yield from laid_out("y says yes: the welcome goes out. x says no, in a friendly mail.", width)


def contribution(whole: Whole, width: int) -> Iterator[Line]:
    """One contribution, as lines of that width."""
    from listserv.core.mail.level import IN_WORDS

    row, dialogue = whole.row, whole.dialogue
    yield from _labelled("Subject", one_line(row["subject"]) or "(none)", width)
    name = one_line(row["person_name"] or row["from_name"] or "somebody without a name")
    yield from _labelled("From", f"{name} <{one_line(row['from_address'])}>", width)
    yield from _labelled("", _who(whole), width)
    yield from _labelled("", f"{_before(whole)}; {IN_WORDS[row['authentication']]}", width)
    module = dialogue.module(row["module"])
    under = f"{module.number}, {one_line(module.title)}" if module else "none: it waits for the next to open"
    yield from _labelled("Module", under + (" (it came after the module had closed)" if row["late"] else ""), width)
    for place, said in enumerate(_question(whole)):
        yield from _labelled("" if place else "Question", fitted(said, width - LABEL), width)
    if whole.tags:
        yield from _labelled("Tags", one_line(", ".join(whole.tags)), width)
    for one in whole.passages:
        gone = "" if stands(row["text"], one["text"]) else " (gone from the text)"
        told = f"{one['kind'] or 'passage'} “{one_line(one['text'])}”{gone}"
        yield from _labelled("Marked", fitted(told, width - LABEL), width)
    at = row["received_at"].astimezone(dialogue.zone)
    came = f"{at:%a %d %b %H:%M}, {lasting(whole.now - row['received_at'])} ago; {plural(row['words'], 'word')}"
    yield from _labelled("Received", came, width)
    if row["state"] != "held":
        yield from _labelled("State", f"{row['state']} by {one_line(row['decided_by'] or '')}", width, "warn")
    if wish := byline.wish(row):
        yield from _labelled("Shown as", one_line(wish), width, "warn")
    strikes = {text for rule, text in row["reasons"] if striking([(rule, text)])}
    for reason in telling(row["reasons"]):
        warns = reason in strikes
        yield from _labelled("Held    !" if warns else "Held", one_line(reason), width, "warn" if warns else "text")
    if by := claimed(row, whole.now):
        until = row["claimed_until"].astimezone(dialogue.zone)
        yield from _labelled("Claimed", f"by {one_line(by)} until {until:%H:%M}", width, "warn")
    for place, one in enumerate(whole.files, 1):
        fate = "" if one["state"] == "kept" else f"; {one['state']}: {one['reason']}"
        told = f"{place}. {one['name']} ({one['content_type']}, {one['size']:,} bytes){fate}"
        yield from _labelled("Attached", one_line(told), width)
    yield _rule("", width)
    yield from laid_out(row["text"].strip("\n"), width)
    if row["original"] is not None:
        yield Line("")
        yield _rule("as its author wrote it", width)
        yield from laid_out(row["original"].strip("\n"), width)
    if row["cut"].strip():
        yield Line("")
        yield _rule("cut: goes to nobody", width)
        yield from laid_out(row["cut"].strip("\n"), width, kind="cut", lead="| ")
    if whole.history:
        yield Line("")
        yield _rule("history", width)
        for one in whole.history:
            at = one["at"].astimezone(dialogue.zone)
            told = one_line(f"{one['actor']} {one['action']} {one['reason']}")
            yield from laid_out(told, width, kind="cut", lead=f"{at:%d %b %H:%M} ", rest=" " * 13)


def _labelled(label: str, text: str, width: int, kind: str = "text") -> Iterator[Line]:
    yield from laid_out(text, width, kind=kind, lead=f"{label:<{LABEL}}", rest=" " * LABEL, sided=False)


def _rule(what: str, width: int) -> Line:
    return Line((f"── {what} " if what else "").ljust(width, "─")[:width], "rule")


def _who(whole: Whole) -> str:
    row = whole.row
    known = [one_line(one) for one in (row["organisation"], row["country"]) if one]
    if whole.part is None:
        return "does not take part"
    told = ", ".join(known) or "no country or organisation told"
    return told if whole.part["status"] == "active" else f"{told} ({whole.part['status']})"


def _before(whole: Whole) -> str:
    """What its author has written here before."""
    said = {state: count for state, count in whole.spoken.items() if count}
    said[whole.row["state"]] = said.get(whole.row["state"], 1) - 1
    told = [f"{count} {'more held' if state == 'held' else state}" for state, count in said.items() if count > 0]
    return f"before: {', '.join(told)}" if told else "the first contribution"


def _question(whole: Whole) -> list[str]:
    """The guiding questions noted; else the one suggested, and on a second line why."""
    module = whole.dialogue.module(whole.row["module"])
    asked = module.questions if module else ()
    noted = questions(whole.row)
    if noted:
        return [one_line(f"{one}. {asked[one - 1] if one <= len(asked) else ''}") for one in noted]
    found = whole.hint
    if found is None:
        return ["not noted; none stands out" if asked else "the module asks none"]
    return [
        f"perhaps {found.question}. {one_line(asked[found.question - 1])}",
        f"{one_line(found.why)} (a, y notes it)",
    ]

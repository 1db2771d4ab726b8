"""How a mail was judged, rule by rule: what held it, and why each other rule did not.

Input: the case as it stands in the database, and the reasons that were kept when it came. Output: a `Step` for each of
`moderation.RULES`, in their order. What held it is told in the words kept then; what did not, by the facts: figures are
the mail's own, settings and people are those of now. Pure; never raises.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass

from listserv.core.dialogue import moderation, routing
from listserv.core.dialogue.model import Attribution, Moderation
from listserv.core.dialogue.moderation import Case
from listserv.core.mail.level import IN_WORDS, Level


@dataclass(frozen=True, slots=True)
class Step:
    rule: str
    held: bool
    why: str


def walk(case: Case, reasons: Iterable[tuple[str, str]], level: str) -> list[Step]:
    """`reasons`: (rule, text) pairs kept with it; `level`: what proved its author. Rules of older days come last."""
    kept: dict[str, list[str]] = {}
    for rule, text in reasons:
        kept.setdefault(rule, []).append(str(text))
    steps = []
    for one in moderation.RULES:
        if said := kept.pop(one.name, None):
            steps.append(Step(one.name, True, " ".join(said)))
        elif now := one.says(case):
            steps.append(Step(one.name, False, f"Not when it came; by what holds now: {now}"))
        else:
            steps.append(Step(one.name, False, _why_not(one.name, case, level)))
    return [*steps, *(Step(rule, True, " ".join(said)) for rule, said in kept.items())]


def _why_not(rule: str, case: Case, level: str) -> str:
    found = _CLEARS.get(rule)
    return found(case, level) if found else ""


def _unproven(case: Case, level: str) -> str:
    if level == Level.NONE:
        return "Nothing vouches for senders at this site, so nothing was missed (see listserv check)."
    words = IN_WORDS[Level(level)]
    return f"{words[0].upper()}{words[1:]}."


def _first(case: Case, level: str) -> str:
    if case.moderation is Moderation.NONE:
        return 'moderation = "none" asks for no first look.'
    if case.participation is None:
        return "It asks this of participants only."
    return f"{_count(case.released, 'contribution')} of the author had been released before."


def _length(case: Case, level: str) -> str:
    limit = f"at most {case.word_limit:,} are asked for" if case.word_limit else "no limit is set"
    return f"{_count(case.words, 'word')}; {limit}."


def _names(case: Case, level: str) -> str:
    if case.attribution is Attribution.NAME:
        return "It goes out with its author's name."
    return "Nothing in its text, subject and names of files tells who wrote it."


def _count(number: int, word: str) -> str:
    return f"{number:,} {word}{'' if number == 1 else 's'}"


def _plainly(text: str) -> Callable[[Case, str], str]:
    return lambda case, level: text


_IN_TIME = _plainly("The module it counts for took contributions when it came.")

_CLEARS: Mapping[str, Callable[[Case, str], str]] = {
    "not a participant": lambda case, level: (
        f"It came from {case.network}, whose members are guests."
        if case.network
        else f"{case.author} takes part ({case.participation or 'unknown'})."
    ),
    moderation.NETWORK: _plainly("It came from no sister network."),
    "unclear author": lambda case, level: f"From is one plain address: {case.author}.",
    "forged": _plainly("No check that we trust says so."),
    "unauthenticated": _unproven,
    "name of another": _plainly("No participant with another address bears that name."),
    "mixed alphabets": _plainly("Each word of its author's name is in one alphabet."),
    "domain of another": _plainly("Its domain is one that people here write from, or looks like none of those."),
    "administrivia": _plainly("It does not read like a request to leave, to join or to change an address."),
    routing.BEFORE: _IN_TIME,
    routing.BETWEEN: _IN_TIME,
    routing.EARLY: _IN_TIME,
    routing.LATE: _IN_TIME,
    routing.AFTER: _IN_TIME,
    "first contribution": _first,
    "word limit": _length,
    "attachment": _plainly("Nothing came with it."),
    "links": lambda case, level: f"{_count(case.links, 'link')}; {moderation.MOST_LINKS} need no look.",
    "quotes": lambda case, level: (
        f"{_count(case.quoted_lines, 'line')} of quotes, {case.own_lines:,} of its own;"
        f" {moderation.QUOTE} need no look."
    ),
    "private": _plainly("It is not to one person alone, or does not ask to be kept between them."),
    "names its author": _names,
    "mended version": _plainly("It is no new version of one that was returned."),
    "another list": _plainly("It came through no other mailing list."),
    "automatic": _plainly("Nothing in it reads like a machine's answer."),
    "another sender": _plainly("It names no other sender than its author."),
    "unreadable": _plainly("All of it could be read."),
    "same Message-ID": _plainly("Its Message-ID had not been used before."),
    "every contribution": lambda case, level: f'moderation = "{case.moderation.value}": not each is read first.',
}

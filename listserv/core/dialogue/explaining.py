"""How a mail was judged, rule by rule: what held it, and why each other rule did not.

Input: the case as it stands in the database, and the reasons that were kept when it came. Output: a `Step` for each of
`moderation.RULES`, in their order. What held it is told in the words kept then; what did not, by the facts: figures are
the mail's own, settings and people are those of now. What is told is a Sentence each. Pure; never raises.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass

from listserv.core.dialogue import moderation, routing
from listserv.core.dialogue.model import Attribution, Moderation
from listserv.core.dialogue.moderation import Case
from listserv.core.mail.level import Level
from listserv.core.sentence import Sentence, together


@dataclass(frozen=True, slots=True)
class Step:
    rule: str
    held: bool
    why: Sentence


def walk(case: Case, reasons: Iterable[tuple[str, str]], level: str) -> list[Step]:
    """`reasons`: (rule, text) pairs kept with it; `level`: what proved its author. Rules of older days come last."""
    kept: dict[str, list[str]] = {}
    for rule, text in reasons:
        kept.setdefault(rule, []).append(text)
    steps = []
    for one in moderation.RULES:
        if said := kept.pop(one.name, None):
            steps.append(Step(one.name, True, together(said)))
        elif now := one.says(case):
            changed = Sentence("Not when it came; by what holds now: %(now)s", now=now)
            steps.append(Step(one.name, False, changed))
        else:
            steps.append(Step(one.name, False, _why_not(one.name, case, level)))
    return [*steps, *(Step(rule, True, together(said)) for rule, said in kept.items())]


def _why_not(rule: str, case: Case, level: str) -> Sentence:
    found = _CLEARS.get(rule)
    return found(case, level) if found else together([])


_PROVEN = {
    Level.NONE: Sentence("Nothing vouches for senders at this site, so nothing was missed (see listserv check)."),
    Level.TRUSTED: Sentence("Our mail host vouches for the sender."),
    Level.DKIM: Sentence("Signed by the sender's domain (DKIM)."),
}


def _stranger(case: Case, level: str) -> Sentence:
    if case.network:
        return Sentence("It came from %(network)s, whose members are guests.", network=case.network)
    status = case.participation or "unknown"
    return Sentence("%(author)s takes part (%(status)s).", author=case.author, status=str(status))


def _first(case: Case, level: str) -> Sentence:
    if case.moderation is Moderation.NONE:
        setting = case.moderation.value
        return Sentence('moderation = "%(setting)s" asks for no first look.', setting=setting)
    if case.participation is None:
        return Sentence("It asks this of participants only.")
    return Sentence(
        "%(n)s contribution of the author had been released before.",
        "%(n)s contributions of the author had been released before.",
        n=case.released,
    )


def _length(case: Case, level: str) -> Sentence:
    limit = (
        Sentence("at most %(limit)s are asked for", limit=case.word_limit)
        if case.word_limit
        else Sentence("no limit is set")
    )
    return Sentence("%(n)s word; %(limit)s.", "%(n)s words; %(limit)s.", n=case.words, limit=limit)


def _links(case: Case, level: str) -> Sentence:
    most = moderation.MOST_LINKS
    return Sentence(
        "%(n)s link; %(most)s need no look.", "%(n)s links; %(most)s need no look.", n=case.links, most=most
    )


def _quotes(case: Case, level: str) -> Sentence:
    return Sentence(
        "%(n)s line of quotes, %(own)s of its own; %(most)s need no look.",
        "%(n)s lines of quotes, %(own)s of its own; %(most)s need no look.",
        n=case.quoted_lines,
        own=case.own_lines,
        most=moderation.QUOTE,
    )


def _names(case: Case, level: str) -> Sentence:
    if case.attribution is Attribution.NAME:
        return Sentence("It goes out with its author's name.")
    return Sentence("Nothing in its text, subject and names of files tells who wrote it.")


def _every(case: Case, level: str) -> Sentence:
    return Sentence('moderation = "%(setting)s": not each is read first.', setting=case.moderation.value)


def _plainly(said: Sentence) -> Callable[[Case, str], Sentence]:
    return lambda case, level: said


_IN_TIME = _plainly(Sentence("The module it counts for took contributions when it came."))

_CLEARS: Mapping[str, Callable[[Case, str], Sentence]] = {
    "not a participant": _stranger,
    moderation.NETWORK: _plainly(Sentence("It came from no sister network.")),
    "unclear author": lambda case, level: Sentence("From is one plain address: %(author)s.", author=case.author),
    "forged": _plainly(Sentence("No check that we trust says so.")),
    "unauthenticated": lambda case, level: _PROVEN[Level(level)],
    "name of another": _plainly(Sentence("No participant with another address bears that name.")),
    "mixed alphabets": _plainly(Sentence("Each word of its author's name is in one alphabet.")),
    "domain of another": _plainly(
        Sentence("Its domain is one that people here write from, or looks like none of those.")
    ),
    "administrivia": _plainly(Sentence("It does not read like a request to leave, to join or to change an address.")),
    routing.BEFORE: _IN_TIME,
    routing.BETWEEN: _IN_TIME,
    routing.EARLY: _IN_TIME,
    routing.LATE: _IN_TIME,
    routing.AFTER: _IN_TIME,
    "first contribution": _first,
    "word limit": _length,
    "attachment": _plainly(Sentence("Nothing came with it.")),
    "links": _links,
    "quotes": _quotes,
    "private": _plainly(Sentence("It is not to one person alone, or does not ask to be kept between them.")),
    "names its author": _names,
    "mended version": _plainly(Sentence("It is no new version of one that was returned.")),
    "another list": _plainly(Sentence("It came through no other mailing list.")),
    "automatic": _plainly(Sentence("Nothing in it reads like a machine's answer.")),
    "another sender": _plainly(Sentence("It names no other sender than its author.")),
    "unreadable": _plainly(Sentence("All of it could be read.")),
    "same Message-ID": _plainly(Sentence("Its Message-ID had not been used before.")),
    "every contribution": _every,
}

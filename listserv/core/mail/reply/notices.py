"""Notices that stand around what somebody wrote and that a machine put there.

banner(lines, numbers) -> how many of the first lines warn of mail from outside; without_notices(lines, numbers) ->
the numbers less the paragraphs at the end that disclaim, ask to save paper or praise a virus scanner. Nothing in the
shape of such a paragraph tells it from a contribution, hence words; a single word never suffices: a notice speaks
of several things at once (this message, its addressee, an error, its destruction), in whatever language. Neither
ever takes all lines. Numbers are those of the author's own lines, in order, none of them blank.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from itertools import pairwise

from listserv.core.mail.reply.lines import Line
from listserv.core.mail.reply.words import NOTICES, OUTSIDE, SCANNERS

_MOST = 40  # lines at the end of a mail that are looked at
_WIDTH = 600  # characters of a line that are looked at
#: For text in small letters: a pattern that ignores case takes four times as long.
_CONCEPTS = {name: re.compile(stems) for name, stems in NOTICES.items()}
_OUTSIDE = re.compile(OUTSIDE, re.IGNORECASE)
_FROM_OUTSIDE = re.compile(
    rf"(?:{OUTSIDE})[^:.]{{0,40}}(?:{NOTICES['message']})|(?:{NOTICES['message']})[^:.]{{0,40}}(?:{OUTSIDE})",
    re.IGNORECASE,
)
_SCANNER = re.compile(SCANNERS)
_LEARN = "aka.ms/LearnAboutSenderIdentification"  # Outlook, in whatever language, of senders it rarely sees
_SHOUT = re.compile(r"^\W{0,6}(?:[^\W\d_]{2,20}\W{1,2}){1,4}?(?<=[:!\]])|^[\[*<⚠!]")


def banner(lines: Sequence[Line], numbers: Sequence[int]) -> int:
    """How many of the lines `numbers` are a warning above the text that this mail comes from outside."""
    taken = 0
    for paragraph in _paragraphs(numbers[:24])[:3]:
        text = _text(lines, warning := paragraph[: _warning(lines, paragraph)])
        warns = _FROM_OUTSIDE.search(text) or (_OUTSIDE.search(text) and _is_dangerous(text))
        shouts = _SHOUT.match(text) or text.split(" ", 1)[0].isupper()
        if not (_LEARN in text or (warns and shouts and len(text) <= _WIDTH)):
            break
        taken += len(warning)
        if len(warning) < len(paragraph):
            break
    return taken if taken < len(numbers) else 0


def _warning(lines: Sequence[Line], paragraph: Sequence[int]) -> int:
    """How many lines a warning takes that begins with the paragraph: each speaks of one of its things, or is the rest
    of a sentence."""
    for count, n in enumerate(paragraph[:6]):
        plain = lines[n].plain[:_WIDTH]
        rest = count and plain[:1].islower() and lines[n - 1].plain[-1:] not in ".!?]"
        speaks = any(_speaks_of(name, plain) for name in ("message", "link")) or _OUTSIDE.search(plain)
        if not (rest or speaks or _LEARN in plain):
            return count
    return min(len(paragraph), 6)


def without_notices(lines: Sequence[Line], numbers: list[int]) -> list[int]:
    """`numbers` without the notices of their last paragraphs; the first paragraph always stays."""
    tail = _paragraphs(numbers[-_MOST:])
    weights: list[int] = []
    for paragraph in reversed(tail):  # most mails have none: their last paragraph tells
        weights.insert(0, _weight(_text(lines, paragraph)))
        if not weights[0] and max(weights) < 3:
            return numbers
    # the first paragraph is somebody's text, but a notice may follow it without a blank line
    start = next((n for n, weight in enumerate(weights) if weight >= (3 if n else 4)), None)
    if start is None or not all(weights[start:]):
        return numbers
    first = _begins(lines, tail[start], whole=start > 0)
    if start and first == tail[start][0] and len(tail[start - 1]) == 1 and _is_heading(lines[tail[start - 1][0]].plain):
        first = tail[start - 1][0]
    return numbers[: numbers.index(first)] or numbers


def _begins(lines: Sequence[Line], paragraph: Sequence[int], whole: bool) -> int:
    """The line where a notice begins. A closing may stand right above it; in a mail of one paragraph, unless it is
    `whole`, anything may: there each of its lines must speak of its things."""
    speaks = [_weight(lines[n].plain[:_WIDTH]) > 0 for n in paragraph]
    if not any(speaks):
        return paragraph[0]
    if whole:
        first = speaks.index(True)
        while first and _goes_on(lines[paragraph[first - 1]].plain):
            first -= 1
        return paragraph[first]
    silent = next((n for n in range(len(speaks) - 1, -1, -1) if not speaks[n]), -1)
    return paragraph[min(silent + 1, len(paragraph) - 1)]


def _goes_on(plain: str) -> bool:
    """Whether a sentence continues on the next line; a closing is short, a text ends its sentence."""
    return len(plain) >= 55 and plain[-1] not in ".!?…。؟"


def _weight(text: str) -> int:
    """Of how many things that notices speak of a paragraph speaks; 3 or more make a notice."""
    asks = "?" in text or "؟" in text or "？" in text  # a notice asks nothing
    if len(text) > _WIDTH and asks:
        return 0
    small = text.lower()
    if len(text) <= _WIDTH and _SCANNER.search(small):
        return 4
    found = {name for name, stems in _CONCEPTS.items() if stems.search(small)}
    if found >= {"nature", "paper", "message"} and len(text) <= _WIDTH:
        return 3
    if asks:
        return 0
    views = "views" in found  # which a notice may end with, and which make none
    found -= {"nature", "paper", "link", "heading", "views"}
    if views and not found:
        return 1
    return len(found) if found & {"message", "error"} or len(found) > 3 else min(len(found), 2)


def _speaks_of(name: str, text: str) -> bool:
    return _CONCEPTS[name].search(text.lower()) is not None


def _is_heading(plain: str) -> bool:
    """A line like "Disclaimer" or "AVIS DE CONFIDENTIALITÉ" on its own."""
    return len(plain) <= 40 and (plain.isupper() or _speaks_of("heading", plain))


def _is_dangerous(text: str) -> bool:
    return _is_bracketed(text) or _speaks_of("link", text)


def _is_bracketed(text: str) -> bool:
    return text[:1] == "[" and text[-1:] == "]" and len(text) <= 60


def _text(lines: Sequence[Line], paragraph: Sequence[int]) -> str:
    return " ".join(lines[n].plain[:_WIDTH] for n in paragraph[:12])


def _paragraphs(numbers: Sequence[int]) -> list[list[int]]:
    """The numbers in runs: a line that is not there, blank or not the author's, parts two paragraphs."""
    found = [[n] for n in numbers[:1]]
    for before, n in pairwise(numbers):
        if n == before + 1:
            found[-1].append(n)
        else:
            found.append([n])
    return found

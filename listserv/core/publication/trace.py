"""Where each quoted sentence comes from: the number of its contribution, "(12)", right after it.

`untraced` finds, in the Markdown of a round-up that moderators have edited, quotations that have lost their number or
are not the words of the contribution it names, and contributors' sentences that stand without quotation marks and
number. What moderators write in their own words needs no number. `struck` takes out what an author has withdrawn since,
or does not want quoted any more, `unlisted` what contributions have shared. `linked` makes numbers lead to where
contributions can be read. Only letters and figures are compared: marks, cases and line breaks are not words. Pure,
never raises.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass

from listserv.core.dialogue.phrases import length as words
from listserv.core.publication.sentences import spoken
from listserv.core.publication.turned import RIGHT_TO_LEFT

_QUOTED = re.compile(r"“([^“”]*)”(?:\s*\(\s*(\d+(?:\s*,\s*\d+)*)\s*\))?")
_NUMBERS = re.compile(r"“[^“”]*”|\(\s*(\d+(?:\s*,\s*\d+)*)\s*\)")
_LEFT_OUT = re.compile(r"\[…\]|…")
#: Blanks, and the mark before a line that runs from right to left (core/publication/turned).
_BLANK = rf"[\s{RIGHT_TO_LEFT}]*"
_BETWEEN = rf"\n\s*\n|\n(?={_BLANK}(?:[-*+]|\d+[.)])\s)"  # paragraphs, and items of lists
_COPIED = 6  # so many words in a row are somebody's own

#: The text of a contribution, and its subject, by its number.
Texts = Mapping[int, str]


@dataclass(frozen=True, slots=True)
class Untraced:
    """One sentence, and what is wrong with it. `number`: the contribution concerned, as far as there is one."""

    sentence: str
    number: int | None
    why: str


def untraced(markdown: str, texts: Texts, ours: Collection[str] = (), closed: Collection[int] = ()) -> list[Untraced]:
    """What in this text cannot be traced, in order of the text.

    `ours`: titles and guiding questions, which people repeat. `closed`: numbers of what is not to be quoted.
    """
    own = {number: bare(text) for number, text in texts.items()}
    frame = {bare(one.text) for text in ours for one in spoken(text)}
    found: list[Untraced] = []
    for block in _blocks(markdown):
        for match in _QUOTED.finditer(block):
            said = " ".join(match[1].split())
            if bare(said) in frame:
                continue
            found += _quotation(said, _numbers(match[2]), own)
            found += [
                Untraced(said, number, f"the author of contribution {number} does not want to be quoted")
                for number in _numbers(match[2])
                if number in closed
            ]
        for one in spoken(_QUOTED.sub(" ", block)):
            sentence = one.text
            checked = words(sentence) >= _COPIED and bare(sentence) not in frame
            source = _source(bare(sentence), own.items()) if checked else None
            if source is not None and source not in _named(block):
                why = f"stands in contribution {source} word for word: quote it, with ({source})"
                found.append(Untraced(sentence, source, why))
    return found


def struck(markdown: str, numbers: Collection[int], instead: Callable[[str], str]) -> str:
    """The same text, `instead("12")` for each paragraph or item that quotes one of these contributions."""
    parts = re.split(rf"({_BETWEEN})", markdown)
    for at in range(0, len(parts), 2):
        lead, block = re.match(rf"({_BLANK}(?:[-*+]\s+)?)(.*)", parts[at], re.DOTALL).groups()  # type: ignore[union-attr]
        quoted = {number for match in _QUOTED.finditer(block) for number in _numbers(match[2])}
        if gone := sorted(quoted & set(numbers)):
            parts[at] = lead + instead(", ".join(map(str, gone)))
    return "".join(parts)


def unlisted(markdown: str, numbers: Collection[int]) -> str:
    """The same text without the items of lists that quote nothing and name only these: what they shared."""
    parts = re.split(rf"({_BETWEEN})", markdown)
    kept = parts[:1]
    for between, block in zip(parts[1::2], parts[2::2], strict=True):
        named = {number for match in _NUMBERS.finditer(block) for number in _numbers(match[1])}
        item = re.match(rf"{_BLANK}[-*+]\s", block) is not None
        if not (item and named and named <= set(numbers) and "“" not in block):
            kept += [between, block]
    return "".join(kept)


def linked(markdown: str, url: Callable[[int], str], known: Collection[int]) -> str:
    """The same text, the numbers in brackets that are `known` leading to `url(number)`."""

    def one(match: re.Match[str]) -> str:
        numbers = _numbers(match[1])
        if not numbers or not all(number in known for number in numbers):
            return match[0]
        return "(" + ", ".join(f"[{number}]({url(number)})" for number in numbers) + ")"

    return _NUMBERS.sub(one, markdown)


def bare(text: str) -> str:
    """The letters and figures of a text."""
    return "".join(one for one in text.casefold() if one.isalnum())


def _blocks(markdown: str) -> list[str]:
    """Paragraphs and items of lists; headings, which are ours, are left out."""
    blocks = re.split(_BETWEEN, markdown)
    return [block for block in blocks if not re.match(rf"{_BLANK}#", block)]


def _quotation(said: str, numbers: Sequence[int], own: Mapping[int, str]) -> list[Untraced]:
    parts = [bare(part) for part in _LEFT_OUT.split(said)]
    if not any(parts):
        return []
    if not numbers:
        if words(said) < _COPIED and _source(bare(said), own.items()) is None:
            return []  # a word in quotation marks: the moderators' own
        source = _source(bare(said), own.items())
        hint = f": add ({source})" if source is not None else ", and are in no contribution as they stand"
        return [Untraced(said, source, f"these words have no number{hint}")]
    if strange := [number for number in numbers if number not in own]:
        return [Untraced(said, strange[0], f"there is no contribution {strange[0]} to quote")]
    if not any(_in_order(parts, own[number]) for number in numbers):
        return [Untraced(said, numbers[0], f"these are not the words of contribution {numbers[0]}")]
    return []


def _in_order(parts: Sequence[str], whole: str) -> bool:
    at = 0
    for part in parts:
        at = whole.find(part, at)
        if at < 0:
            return False
        at += len(part)
    return True


def _source(sentence: str, own: Iterable[tuple[int, str]]) -> int | None:
    return next((number for number, text in own if sentence and sentence in text), None)


def _named(block: str) -> set[int]:
    return {number for match in _NUMBERS.finditer(block) for number in _numbers(match[1])}


def _numbers(said: str | None) -> list[int]:
    return [int(one) for one in re.findall(r"\d+", said or "")]

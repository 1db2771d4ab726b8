"""What is shown of a text that was found: the piece around what was looked for, with the found words marked.

The words are the author's own, as they stand there, not as they are indexed. `marked` marks in the whole of a short
text; `excerpt` takes the piece of a long one where most of what was looked for stands together. Pure; never raises.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import islice
from typing import TypeAlias

from listserv.core.search.query import Query, Term
from listserv.core.search.words import RUN, WRITTEN, family, of_word

#: Characters of an excerpt, about.
LENGTH = 260

#: Characters of a text that are looked through, and how many hits are enough to choose a piece by.
DEEPEST, ENOUGH = 60_000, 60

#: Lines that quote, and the marks that each of them begins with.
_QUOTED = re.compile(r"(?:^[ \t]{0,3}>.*(?:\n|\Z))+", re.MULTILINE)
_MARKS = re.compile(r"^[ \t]{0,3}>[> \t]*", re.MULTILINE)

_Token: TypeAlias = tuple[str, int, int]


@dataclass(frozen=True, slots=True)
class Piece:
    text: str
    found: bool


@dataclass(frozen=True, slots=True)
class _Hit:
    start: int
    end: int
    term: Term


def marked(text: str, query: Query) -> tuple[Piece, ...]:
    return tuple(_cut(text, 0, len(text), _hits(text, query)))


def excerpt(text: str, query: Query) -> tuple[Piece, ...]:
    """On one line; "…" where something is left out, and what is quoted in quotation marks."""
    text = " ".join(_QUOTED.sub(_quotation, text[:DEEPEST]).split())
    hits = _hits(text, query)
    start, end = _window(text, hits)
    pieces = list(_cut(text, start, end, hits))
    before = [Piece("… ", False)] if start else []
    after = [Piece(" …", False)] if end < len(text) else []
    return (*before, *pieces, *after)


def _quotation(lines: re.Match[str]) -> str:
    said = _MARKS.sub("", lines[0]).strip()
    return f"“{said}”\n" if said else ""


def _hits(text: str, query: Query) -> list[_Hit]:
    """In order, none over another."""
    if not query.wanted:
        return []
    first: dict[str, list[Term]] = {}
    begun = [one for one in query.wanted if one.begun and len(one.words) == 1]
    for term in query.wanted:
        if term not in begun:
            for key in {term.words[0], term.family or term.words[0]}:
                first.setdefault(key, []).append(term)
    beginnings = tuple(one.words[0] for one in begun)
    tells: dict[str, bool] = {}  # few different words, most of which say nothing of what was looked for
    found: list[_Hit] = []
    for written in WRITTEN.finditer(text):
        said = written.group()
        if said not in tells:
            tells[said] = any(
                one in first or family(one) in first or (begun and one.startswith(beginnings)) for one in of_word(said)
            )
        if tells[said]:
            for token in _tokens(written):
                found += _at(text, token, first, begun)
            if len(found) > ENOUGH:
                break
    return _apart(found)


def _at(text: str, token: _Token, first: Mapping[str, Sequence[Term]], begun: Sequence[Term]) -> Iterator[_Hit]:
    """What is found there, beginning with that token."""
    word, start, end = token
    for term in begun:
        if word.startswith(term.words[0]):
            yield _Hit(start, start + len(term.words[0]) if RUN.match(word) else end, term)
    for term in first.get(word, ()):
        if (until := _row(text, token, term)) is not None:
            yield _Hit(start, until, term)
    if (root := family(word)) != word:
        yield from (_Hit(start, end, term) for term in first.get(root, ()) if term.family == root)


def _row(text: str, token: _Token, term: Term) -> int | None:
    """Where a term ends that begins there; None if it does not."""
    _, start, end = token
    if len(term.words) == 1:
        return end
    row = list(islice((one for written in WRITTEN.finditer(text, start) for one in _tokens(written)), len(term.words)))
    if len(row) < len(term.words):
        return None
    *whole, last = zip(row, term.words, strict=True)
    if any(one[0] != wanted for one, wanted in whole):
        return None
    fits = last[0][0].startswith(last[1]) if term.begun else last[0][0] == last[1]
    return row[-1][2] if fits else None


def _tokens(written: re.Match[str]) -> Iterator[_Token]:
    """The words that one as it is written is indexed by, with where they stand."""
    said, at = written.group(), written.start()
    if RUN.search(said) is None:
        yield from ((word, at, written.end()) for word in of_word(said))
        return
    for word in of_word(said):
        if RUN.match(word):
            at = max(written.string.find(word[0], at, written.end()), at)
            yield word, at, at + len(word)
            at += 1
        else:
            yield word, at, at + len(word)
            at += len(word)


def _apart(found: list[_Hit]) -> list[_Hit]:
    """Overlapping ones as one."""
    out: list[_Hit] = []
    for one in sorted(found, key=lambda hit: (hit.start, -hit.end)):
        if out and one.start < out[-1].end:
            out[-1] = _Hit(out[-1].start, max(out[-1].end, one.end), out[-1].term)
        else:
            out.append(one)
    return out


def _window(text: str, hits: Sequence[_Hit]) -> tuple[int, int]:
    length = LENGTH // 2 if RUN.search(text[:200]) else LENGTH  # Chinese says more in as many characters
    if len(text) <= length * 5 // 4:
        return 0, len(text)
    best, most, right = 0, (0, 0), 0
    for left, hit in enumerate(hits):
        right = max(right, left)
        while right < len(hits) and hits[right].end - hit.start <= length:
            right += 1
        inside = hits[left:right]
        worth = (len({one.term for one in inside}), min(len(inside), 4))
        if worth > most:
            best, most = hit.start, worth
    start = _blank(text, max(0, min(best - length // 4, len(text) - length)), -1)
    return start, _blank(text, min(len(text), start + length), 1)


def _blank(text: str, at: int, step: int) -> int:
    """The end of a word next to that place, not farther than a word is long."""
    for near in range(at, at + 30 * step, step):
        if near <= 0 or near >= len(text):
            return max(0, min(near, len(text)))
        if text[near - 1 if step < 0 else near] == " ":
            return near
    return at


def _cut(text: str, start: int, end: int, hits: Sequence[_Hit]) -> Iterator[Piece]:
    at = start
    for hit in hits:
        if hit.start < at or hit.end > end:
            continue
        if hit.start > at:
            yield Piece(text[at : hit.start], False)
        yield Piece(text[hit.start : hit.end], True)
        at = hit.end
    if at < end:
        yield Piece(text[at:end], False)

"""What is shown of a text that was found: the piece around what was looked for, with the found words marked.

The words are the author's own, as they stand there, not as they are indexed. `marked` marks in the whole of a short
text; `excerpt` takes the piece of a long one where most of what was looked for stands together. Pure; never raises.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from listserv.core.search.query import Query, Term
from listserv.core.search.words import RUN, WRITTEN, family, of_word

#: Characters of an excerpt, about.
LENGTH = 260

#: Characters of a text that are looked through.
DEEPEST = 60_000


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
    """On one line; "…" where something is left out."""
    text = " ".join(text[:DEEPEST].split())
    hits = _hits(text, query)
    start, end = _window(text, hits)
    pieces = list(_cut(text, start, end, hits))
    before = [Piece("… ", False)] if start else []
    after = [Piece(" …", False)] if end < len(text) else []
    return (*before, *pieces, *after)


def _hits(text: str, query: Query) -> list[_Hit]:
    """In order, none over another."""
    if not query.wanted:
        return []
    tokens = list(_tokens(text))
    first: dict[str, list[tuple[Term, bool]]] = {}
    begun: list[Term] = []
    for term in query.wanted:
        if term.begun and len(term.words) == 1:
            begun.append(term)
            continue
        first.setdefault(term.words[0], []).append((term, False))
        if term.family:
            first.setdefault(term.family, []).append((term, True))
    found: list[_Hit] = []
    for number, (word, start, end) in enumerate(tokens):
        for term in begun:
            if word.startswith(term.words[0]):
                length = len(term.words[0]) if RUN.match(word) else end - start
                found.append(_Hit(start, start + length, term))
        for term, _ in first.get(word, ()):
            if len(term.words) == 1:
                found.append(_Hit(start, end, term))
            elif (until := _row(tokens, number, term)) is not None:
                found.append(_Hit(start, until, term))
        if (root := family(word)) != word:
            found += (_Hit(start, end, term) for term, _ in first.get(root, ()) if term.family == root)
    return _apart(found)


def _row(tokens: Sequence[tuple[str, int, int]], number: int, term: Term) -> int | None:
    row = tokens[number : number + len(term.words)]
    if len(row) < len(term.words):
        return None
    *whole, last = zip(row, term.words, strict=True)
    if any(token[0] != word for token, word in whole):
        return None
    fits = last[0][0].startswith(last[1]) if term.begun else last[0][0] == last[1]
    return row[-1][2] if fits else None


def _tokens(text: str) -> Iterator[tuple[str, int, int]]:
    """Each indexed word with where it stands."""
    for written in WRITTEN.finditer(text):
        start, said = written.start(), written.group()
        if RUN.search(said) is None:
            yield from ((word, start, written.end()) for word in of_word(said))
            continue
        at = start
        for word in of_word(said):
            if RUN.match(word):
                at = max(text.find(word[0], at), at)
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

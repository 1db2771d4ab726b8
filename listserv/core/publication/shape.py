"""What somebody wrote, as the blocks that a page shows: paragraphs, lists, quotes, with links to open.

Input: the text of a contribution. Output: `Block`s whose pieces are still plain text, to be escaped. Mail addresses are
put out of sight, also one within a link; no word is lost. `portions` divides a text that is too long for one page, by
the octets it will take there. Never raises.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from enum import StrEnum
from html import escape

from listserv.core.mail.discretion import out_of_sight
from listserv.core.publication import links
from listserv.core.publication.paragraphs import paragraphs

#: Quotes within quotes that are told apart.
DEPTH = 3

#: What the tags of a line, and of each link in it, take at most.
_OF_LINE, _OF_LINK = 80, 60

_QUOTED = re.compile(r"\s{0,3}>[ ]?")
_ITEM = re.compile(r"\s*(?:[-*•–—·]\s+|(?P<number>\d{1,3})[.)]\s+)")
_BREAKS = (re.compile(r"\n[ \t]*\n"), re.compile(r"\n"), re.compile(r"(?<=[.!?؟。！？])\s?"), re.compile(r"\s"))


class Kind(StrEnum):
    TEXT = "text"
    LIST = "list"
    NUMBERS = "numbers"
    QUOTE = "quote"


@dataclass(frozen=True, slots=True)
class Piece:
    """`url`: where it leads, of a link; else ""."""

    text: str
    url: str = ""


@dataclass(frozen=True, slots=True)
class Block:
    """`lines`: of a paragraph, or the items of a list; `first`: the number of the first item; `inner`: of a quote."""

    kind: Kind
    lines: tuple[tuple[Piece, ...], ...] = ()
    first: int = 1
    inner: tuple[Block, ...] = ()


def blocks(text: str, depth: int = DEPTH) -> tuple[Block, ...]:
    """The blocks of a text, in its order. `depth`: quotes within quotes that are taken apart; deeper, as typed."""
    return tuple(_blocks(links.unwrapped(text.replace("\r\n", "\n")), depth))


def portions(text: str, room: int) -> list[str]:
    """The text in parts that take at most `room` octets of a page each, broken where it hurts least; at least one."""
    out = []
    while _weight(text) > room:
        at = _break(text, room)
        out.append(text[:at])
        text = text[at:]
    return [*out, text] if text.strip() or not out else out


def _blocks(text: str, depth: int) -> Iterator[Block]:
    run: list[str] = []
    quoting = False
    for line in [*text.split("\n"), None]:
        quoted = line is not None and depth > 0 and _QUOTED.match(line) is not None
        if line is None or quoted != quoting:
            if quoting and run:
                yield Block(Kind.QUOTE, inner=tuple(_blocks("\n".join(run), depth - 1)))
            elif run:
                for lines in paragraphs("\n".join(run)):
                    yield from _paragraph(lines)
            run, quoting = [], quoted
        if line is not None:
            run.append(_QUOTED.sub("", line, count=1) if quoted else line)


def _paragraph(lines: list[str]) -> Iterator[Block]:
    """A run of lines without a blank one: what is a list in it, and what is not."""
    kind, first, found = Kind.TEXT, 1, list[str]()
    for line in lines:
        item = _ITEM.match(line)
        number = int(item["number"] or 0) if item else 0
        of = Kind.TEXT if item is None else Kind.NUMBERS if number else Kind.LIST
        if found and kind is not Kind.TEXT and of is Kind.TEXT and line[:1].isspace():  # goes on with its item
            found[-1] += f" {line.strip()}"
            continue
        if found and (of is not kind or (of is Kind.NUMBERS and number != first + len(found))):
            yield _block(kind, found, first)
            found = []
        if not found:
            kind, first = of, number or 1
        found.append(line[item.end() :] if item and of is not Kind.TEXT else line)
    if found:
        yield _block(kind, found, first)


def _block(kind: Kind, lines: list[str], first: int) -> Block:
    return Block(kind, tuple(tuple(_pieces(line)) for line in lines), first)


def _pieces(line: str) -> Iterator[Piece]:
    for text, url in links.split(line):
        shown = out_of_sight(text)
        yield Piece(shown, url if shown == text and out_of_sight(url) == url else "")


def _weight(text: str) -> int:
    """The octets that it takes on a page, at most."""
    shown = len(escape(text).encode()) + _OF_LINE * (text.count("\n") + 1)
    if "://" in text or "www." in text.lower():
        shown += sum(len(escape(one).encode()) + _OF_LINK for one, url in links.split(text) if url)
    return shown


def _break(text: str, room: int) -> int:
    """Where the first portion ends: at the last blank line, line end, sentence or word that leaves it at least half."""
    low, high = 1, min(len(text), room)
    while low < high:  # the longest beginning that has room
        middle = (low + high + 1) // 2
        low, high = (middle, high) if _weight(text[:middle]) <= room else (low, middle - 1)
    for sign in _BREAKS:
        ends = [one.end() for one in sign.finditer(text, low // 2, low)]
        if ends and ends[-1] > 0:
            return ends[-1]
    return low

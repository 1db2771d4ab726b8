"""Sentences: where each ends, in the six languages and in the way people write mail.

A text is taken as blocks: paragraphs, list items, headings, lines that their author broke on purpose. A sentence never
runs from one block into the next. Within a block it ends at . ! ? … ؟ ۔ and what closes after them, or at 。！？ with
no space needed; not within a number or a link, nor after an abbreviation, an initial or a list's number. Where that is
in doubt it does not end: a long sentence is still its author's, half of one is not. Each is given on one line, as it
stands. Pure, never raises.
"""

from __future__ import annotations

import re
from dataclasses import dataclass

_ITEM = re.compile(r"\s*(?:[-*•·–—+]\s+|\(?(?:\d{1,2}|[a-zа-я])[.)]\s+|\d{1,2}[、.]\s*(?=[\u3400-\u9fff]))")
_RULE = re.compile(r"\W*$")
_END = re.compile(
    r"""(?:\s?[!?؟]+|[.…۔]+)(?:["'”’»›)\]]|\s»)*(?=\s|$)|[。！？]+[”’」』）》〉"]*|…+(?=[\u3400-\u9fff])"""
)
_WIDE = re.compile(r"[\u3000-\u30ff\u3400-\u9fff\uf900-\ufaff\uff00-\uffef]")
# What follows these begins with a capital, or with a figure, and they end no sentence all the same.
_TITLES = """mr mrs ms messrs dr prof sr jr st gen col lt capt rev hon amb sen rep gov mt ft
    mme mlle mm pr me sra srta dra ee lic ing gral excmo excma ud uds проф акад им ул пр стр гр тов д-р см
    e.g i.e eg ie cf viz vs p.ex ej p.ej т.е т.к т.н т.ч c.-à-d"""
_COUNTED = """no nos nr art arts para paras par p pp vol ch chap sec fig ed res doc al n° nº núm pág págs cap inc
    ст п пп гл рис табл см № стр approx ca c circa jan feb mar apr jun jul aug sep sept oct nov dec"""
_BEFORE_NAMES, _BEFORE_FIGURES = frozenset(_TITLES.split()), frozenset(_COUNTED.split())


@dataclass(frozen=True, slots=True)
class Spoken:
    """One sentence, on one line. `block`: which block it stands in, from 0."""

    text: str
    block: int


def spoken(text: str) -> list[Spoken]:
    """All sentences that have a letter or a figure, in order. Lines that quote others are the caller's to take out."""
    return [Spoken(one, number) for number, block in enumerate(_blocks(text)) for one in _split(block)]


def _blocks(text: str) -> list[str]:
    """Paragraphs, list items and lines broken on purpose, each on one line."""
    found: list[str] = []
    for lines in _paragraphs(text):
        width = max(map(len, lines), default=0)
        block = ""
        for at, line in enumerate(lines):
            item = _ITEM.match(line)
            if block and (item or _broken(lines[at - 1], line, width)):
                found.append(block)
                block = ""
            words = " ".join((line[item.end() :] if item and not block else line).split())
            block = f"{block}{_between(block, words)}{words}"
        found.append(block)
    return [block for block in found if block]


def _paragraphs(text: str) -> list[list[str]]:
    """The lines of each; a line of marks alone ends one as an empty line does."""
    found: list[list[str]] = [[]]
    for line in text.replace("\r\n", "\n").split("\n"):
        if _RULE.match(line):
            found.append([])
        else:
            found[-1].append(line.strip())
    return [lines for lines in found if lines]


def _broken(before: str, line: str, width: int) -> bool:
    """Whether a line ended before it was full, and the next begins anew: a heading, an address, a form of greeting."""
    first = line.split()[0] if line.split() else ""
    return (
        len(before) + 1 + len(first) < width - 8 and not first[:1].islower() and not before.endswith((",", "،", "，"))
    )


def _between(before: str, after: str) -> str:
    return "" if not before or (_WIDE.match(before[-1]) and after and _WIDE.match(after[0])) else " "


def _split(block: str) -> list[str]:
    found, start = [], 0
    for match in _END.finditer(block):
        if _ends(block, start, match):
            found.append(block[start : match.end()].strip())
            start = match.end()
    found.append(block[start:].strip())
    return [one for one in found if any(letter.isalnum() for letter in one)]


def _ends(block: str, start: int, match: re.Match[str]) -> bool:
    mark = match.group().strip()
    if mark[0] in "。！？":
        return True
    after = block[match.end() :].lstrip(" \t\"'“‘«„([¿¡")
    if not after or not any(one.isalnum() for one in block[start : match.start()]):
        return not after
    if after[0].islower():
        return False
    if mark[0] != "." or mark.startswith(".."):
        return True
    return _full_stop(block[start : match.start()].split()[-1].lstrip("\"'“‘«„(["), block[start : match.start()], after)


def _full_stop(word: str, before: str, after: str) -> bool:
    """Whether the dot after this word ends a sentence, as far as that can be told."""
    word = re.split(r"(?<=\w)['’]", word)[-1]  # l'art.
    small = word.casefold()
    if small == "г" or small == "гг":  # of a year, or of a town
        return bool(re.search(r"\d\s*гг?$", before))
    if small in ("т.д", "т.п", "др", "etc"):
        return True
    if small in _BEFORE_NAMES or (small in _BEFORE_FIGURES and after[0].isdigit()):
        return False
    letters = word.split(".")
    return not all(len(one) == 1 and one.isalpha() for one in letters if one)

"""Our own words taken out of a reply that has them without a mark, as Outlook and webmailers quote.

`without` finds paragraphs and lines of a mail of ours however they were wrapped since, for blanks, line ends and ">"
do not count; they go where they fill whole lines of the reply. What somebody wrote on a line of ours stays, and so does
what they wrote between ours. Linear in both but for their product in `find`; never raises.
"""

from __future__ import annotations

import re
from collections.abc import Iterable

#: Characters, blanks not counted, from which a line of ours is known for ours wherever it stands.
TELLING = 10

_LINKED = re.compile(r"<mailto:[^<>\n]{1,320}>")  # what Outlook adds to an address
_BLANKS = re.compile(r"\n\s*\n")
_MARKS_AT_END = re.compile(r"\n[\W_]*\Z")


def without(text: str, ours: Iterable[str], kept: Iterable[str] = ()) -> str:
    """`text` without what it has of `ours`, texts of mails we sent; what has one of `kept` in it is left.

    The same text where it has nothing of them.
    """
    text_ = _LINKED.sub("", text)
    places = [place for place, char in enumerate(text_) if not char.isspace() and char != ">"]
    squeezed = "".join(text_[place] for place in places)
    begins = [at == 0 or "\n" in text_[places[at - 1] : places[at]] for at in range(len(places))] + [True]
    gone = bytearray(len(places))
    left = {_squeezed(one) for one in kept}
    for unit in _units(ours):
        if any(one in unit for one in left if one):
            continue
        at = squeezed.find(unit)
        while at >= 0:
            if begins[at] and begins[at + len(unit)] and not any(gone[at : at + len(unit)]):
                gone[at : at + len(unit)] = b"\1" * len(unit)
            at = squeezed.find(unit, at + 1)
    if not any(gone):
        return text
    out = {place for place, away in zip(places, gone, strict=True) if away}
    rest = "".join(char for place, char in enumerate(text_) if place not in out)
    return _MARKS_AT_END.sub("", _BLANKS.sub("\n\n", rest)).strip()


def _units(ours: Iterable[str]) -> list[str]:
    """Paragraphs and lines of our mails without blanks, the longest first."""
    found: set[str] = set()
    for text in ours:
        pieces = [*re.split(r"\n[ \t]*\n", text.replace("\r\n", "\n")), *text.splitlines()]
        found |= {unit for one in pieces if len(unit := _squeezed(one)) >= TELLING}
    return sorted(found, key=lambda unit: (-len(unit), unit))


def _squeezed(text: str) -> str:
    return "".join(char for char in text if not char.isspace() and char != ">")

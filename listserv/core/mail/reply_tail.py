"""What stands below an author's text without being part of it: signatures, telephones' taglines, ruled lines.

Works on the numbers of the author's own lines, in order. Never takes the last line that holds words.
"""

from __future__ import annotations

import re
from collections.abc import Sequence

from listserv.core.mail.reply_words import TAGLINES

_TAGLINE = re.compile(rf"^[\s<(\[*_|]*(?:{'|'.join(TAGLINES)})", re.IGNORECASE)
_ORNAMENT = re.compile(r"^[-*#~=_+—–ᐧ•·\s]+$")
_LONG_RULE = re.compile(r"^_{5,}$")


def is_tagline(plain: str) -> bool:
    """Whether the line is one that a telephone or a mail program added."""
    return len(plain) <= 160 and _TAGLINE.match(plain) is not None


def own_lines(source: Sequence[str], numbers: list[int]) -> list[int]:
    """Those of the lines `numbers` (none of them blank) that are text: without signature, taglines and ornaments."""
    numbers = _strip(source, numbers)
    for place in range(max(1, len(numbers) - 41), len(numbers)):
        if _is_signature(source, numbers[place], numbers[place + 1 :]):
            numbers = numbers[:place]
            break
    return _strip(source, numbers)


def _strip(source: Sequence[str], numbers: list[int]) -> list[int]:
    end = len(numbers)
    while end and (_ORNAMENT.match(source[numbers[end - 1]][:200]) or is_tagline(source[numbers[end - 1]].strip())):
        end -= 1
    return numbers[:end]


def _is_signature(source: Sequence[str], at: int, below: Sequence[int]) -> bool:
    """RFC 3676 §4.3: "-- " alone on its line. Less exact delimiters need a short rest."""
    line = source[at].replace("\xa0", " ").rstrip("\r")
    if line == "-- ":
        return len(below) <= 40
    plain = line.strip()
    if plain in ("--", "—", "––", "——", "__", "_ _", "-- --"):
        return len(below) <= 12
    if _LONG_RULE.match(plain):
        return len(below) <= 6 and all(len(source[n]) <= 80 for n in below)
    return False

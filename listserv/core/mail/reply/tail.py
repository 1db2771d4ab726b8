"""What stands below an author's text without being part of it: signatures, telephones' taglines, ruled lines.

Works on the numbers of the author's own lines, in order. Never takes the last line that holds words.
"""

from __future__ import annotations

import re
from collections.abc import Sequence

from listserv.core.mail.reply.words import MAKES, TAGLINES

_TAGLINE = re.compile(rf"^[\s<(\[*_|]*(?:{'|'.join(TAGLINES)})", re.IGNORECASE)
_MAKE = re.compile(rf"(?<![\w.@/-])(?:{MAKES})(?![^\W\d_]*[@/])", re.IGNORECASE)
_SENTENCE = re.compile(r"[.!?…。？！؟,;:：]|^\W*\d|^[-*•>]")
_EXCUSE = re.compile(r"excuse|sorry|typo|brevity|bri[eè]v|http|<", re.IGNORECASE)
_POSTSCRIPT = re.compile(r"^P\.? ?S\.?(?:[:.,\s]|$)")
# What is left of pictures in text: "[cid:…]", each with the link it was, or the end of an anchor.
_PICTURE = re.compile(
    r"^(?:\[(?:cid:|https?://)[^\]\s]{1,300}\](?:<https?://[^>\s]{1,300}>)?\s{0,3}){1,8}$|^<#[\w-]{1,80}>$"
)
_LINK_IN = re.compile(r"\s?[<(\[]https?://[^\s<>)\]]{1,900}[>)\]]")
_LINK = re.compile(r"^[<(\[]?https?://\S{1,900}$")
_LINKS = re.compile(r"https?://\S{1,900}")
_ORNAMENT = re.compile(r"^[-*#~=_+—–ᐧ•·\s]+$")
_PROSE = re.compile(r"(?:\S+\s+){4}\S+[.!?…؟]$|[^\W\d_]{6}[。！？]$|^(?:\d{1,2}[.)]|[-*•])\s+\S")
_CONTACT = re.compile(r"[@©]|https?:|www\.|(?<!\d)\+?\d[\d ().-]{6,20}\d")
_LONG_RULE = re.compile(r"^(?:_{5,}|(?:-=){5,}-?)$")


def is_tagline(plain: str) -> bool:
    """Whether the line is one that a telephone or a mail program added."""
    if len(plain) > 160 or not _TAGLINE.match(plain):
        return False
    return len(plain) <= 45 or "," not in plain or _EXCUSE.search(plain) is not None  # no sentence of the author's


def names_make(plain: str) -> bool:
    """Whether the line, in whatever language, looks like a telephone's or a program's: a few words, no sentence, that
    name its make, maybe with a link. Only a paragraph of its own at an end may be judged so."""
    words = _LINK_IN.sub("", plain)
    if len(words) > 50 or not _MAKE.search(words) or _SENTENCE.search(words):
        return False
    return 2 <= len(words.split()) <= 8 or words != plain


def own_lines(source: Sequence[str], numbers: list[int]) -> list[int]:
    """Those of the lines `numbers` (none of them blank) that are text: without signature, taglines and ornaments."""
    numbers = _strip(source, numbers)
    for place in range(max(1, len(numbers) - 41), len(numbers)):
        if _is_signature(source, numbers, place):
            more = next((n for n in range(place, len(numbers)) if _POSTSCRIPT.match(source[numbers[n]])), len(numbers))
            numbers = numbers[:place] + numbers[more:]
            break
    return _strip(source, numbers)


def _strip(source: Sequence[str], numbers: list[int]) -> list[int]:
    end = len(numbers)
    while end:
        line = source[numbers[end - 1]][:1000].strip()
        alone = end > 1 and numbers[end - 1] - numbers[end - 2] > 1
        if end > 1 and _LINK.match(line) and is_tagline(source[numbers[end - 2]].strip()):
            end -= 2  # "Sent from …" and, below it, where to get that program
        elif _ORNAMENT.match(line[:200]) or _PICTURE.match(line) or is_tagline(line) or (alone and names_make(line)):
            end -= 1
        else:
            break
    return numbers[:end]


def _is_signature(source: Sequence[str], numbers: Sequence[int], place: int) -> bool:
    """RFC 3676 §4.3: "-- " alone on its line. Less exact delimiters need a short rest."""
    line = source[numbers[place]].replace("\xa0", " ").rstrip("\r")
    below = len(numbers) - place - 1
    if line == "-- ":
        return below <= 40
    plain = line.strip()
    if plain in ("--", "—", "––", "——", "__", "_ _", "-- --"):
        return below <= 12 and not _parts_text(source, plain, numbers, place)
    if _LONG_RULE.match(plain):
        short = below <= 6 and all(len(_LINKS.sub("", source[n][:2000])) <= 80 for n in numbers[place + 1 :])
        return short and not _parts_text(source, plain, numbers, place)
    return False


def _parts_text(source: Sequence[str], mark: str, numbers: Sequence[int], place: int) -> bool:
    """Whether the mark parts one text: it stands again and again, or twice with a line of prose between; or it has a
    blank line below it, or stands again further down, and sentences follow, with nothing that signatures have."""
    marks = [at for at, n in enumerate(numbers) if source[n].strip() == mark]
    if len(marks) > 2 or any(len(source[n].strip()) >= 60 for n in numbers[marks[0] : marks[-1]]):
        return True
    rest = [source[n][:1000].strip() for n in numbers[marks[-1] + 1 :]]
    parts = len(marks) > 1 or (rest and numbers[place + 1] > numbers[place] + 1)
    return bool(parts and any(map(_PROSE.search, rest)) and not any(map(_CONTACT.search, rest)))

"""Which contribution an answer to a whole bundle is about, where that is certain.

Input: what the bundle held, and the answer: its subject, its author's own words, and what it quotes. It names one when
its first line begins with the number ("4.", "#4", "contribution 4 …"), when its subject is that one's alone, or when it
quotes that one alone. A mail that quotes all of the bundle, or two of them, names none. Never raises.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass

from listserv.core.dialogue.phrases import plain
from listserv.core.mail.threads import base_subject

_WORD = r"(?:contribution|contribución|contribucion|contribuição|beitrag|вклад|مساهمة)"
_NUMBER = r"(?:no\.?|n[°ºo]\.?|nr\.?|num\.?|№|#)"
_MENTION = re.compile(rf"\b{_WORD}\s*{_NUMBER}?\s*(\d{{1,6}})\b", re.IGNORECASE)
_SEVERAL = re.compile(rf"\b{_WORD}(?:s|es)\s*{_NUMBER}?\s*\d", re.IGNORECASE)
_BEGINS = re.compile(rf"\W*(?:re:?\s*)?(?:{_NUMBER}\s*(\d{{1,6}})\b|(\d{{1,6}})\s*(?:[.:)\]–—-]|$))", re.IGNORECASE)
_RUN = 6  # words in a row that tell whose a quote is; all of a shorter text
_FEW = 2  # … of which it has to have so many
_LONGEST = 200_000  # characters that are looked at


@dataclass(frozen=True, slots=True)
class Held:
    """One contribution of the bundle."""

    number: int
    subject: str
    text: str


def named(held: Sequence[Held], slug: str, subject: str, own: str, quoted: str) -> int | None:
    """Its official number; None when nothing names exactly one of `held`."""
    numbers = {one.number for one in held}
    first = next((line for each in own.splitlines() if (line := each.strip()) and not line.startswith(">")), "")
    for said in (_beginning(first), _mentioned(subject)):
        if len(found := said & numbers) == 1 == len(said):
            return next(iter(found))
    topic = base_subject(subject, slug).casefold()
    alike = [one.number for one in held if base_subject(one.subject, slug).casefold() == topic != ""]
    if len(alike) == 1:
        return alike[0]
    cited = "\n".join([quoted, *(line for line in own.splitlines() if line.lstrip().startswith(">"))])
    words = f" {plain(cited[:_LONGEST])} "
    shown = [one.number for one in held if _cited(one.text, words)]
    return shown[0] if len(shown) == 1 else None


def _beginning(line: str) -> set[int]:
    """The numbers that a line begins with, or names as contributions: "4. I agree", "On contributions 4"."""
    if found := _BEGINS.match(line):
        return {int(found[1] or found[2])}
    return _mentioned(line)


def _mentioned(line: str) -> set[int]:
    return set() if _SEVERAL.search(line) else {int(found) for found in _MENTION.findall(line)}


def _cited(text: str, words: str) -> bool:
    """Whether `words` have a run of what is the author's own in `text`."""
    own = plain("\n".join(line for line in text[:_LONGEST].splitlines() if not line.lstrip().startswith(">"))).split()
    runs = [own[at : at + _RUN] for at in range(max(1, len(own) - _RUN + 1))]
    return any(len(run) >= _FEW and f" {' '.join(run)} " in words for run in runs)

"""What an author's answer to a returned contribution is: their text mended, or something to tell the moderators.

The mail that returns a contribution shows their text between two lines of equals signs. In the answer the new version
stands there, in whatever way their program quotes it, or above, as what they wrote themselves. `read` finds it. Told by
words, never by line ends: programs wrap quotes anew. `changes` shows what became otherwise, sentence by sentence.
Both are pure, in no language in particular, and never raise.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from difflib import SequenceMatcher

from listserv.core.dialogue.phrases import IDEOGRAPHS

#: Stand around their text; the words between the equals signs are translated. Programs may join lines.
_MARK = re.compile(r"={10,}[^=\n]{1,80}={10,}")
_QUOTE = re.compile(r"[ \t]?(?:[>|] ?)+")
_WORD = re.compile(rf"[{IDEOGRAPHS}]|(?:(?![{IDEOGRAPHS}])\w)+")  # of Chinese, each character
_SENTENCE = re.compile(r"(?<=[.!?؟。…])[\"”»)]*\s+|(?<=[。！？])(?=[^”』」）\s])|\n\s*\n")

_ALIKE = 0.2  # of its runs of three words stand in the returned text: then it is a version of it
_AS_LONG = 0.5  # or it is as long as that, and asks nothing
_A_TEXT = 40  # words: nobody asks a question in so many
_SHORTEST = 8  # words: less is no new version, unless it is alike
_READ = 200_000  # characters


@dataclass(frozen=True, slots=True)
class Mended:
    """`text`: the new version; `beside`: what they wrote besides, for moderators."""

    text: str
    beside: str = ""


def read(returned: str, own: str, body: str) -> Mended | None:
    """The new version in an answer; None if there is none: a question, thanks, or the text as it was.

    `returned`: the text that was sent back; `own`: what they wrote, without quotes; `body`: all of the mail.
    """
    there = _between(body[:_READ])
    if _holds_a_mark(own):  # nothing but the quote
        own = ""
    if there is not None and _words(there) and _words(there) != _words(returned) and _alike(there, returned) > 0:
        return Mended(there, own)
    if _is_a_version(own, returned):
        return Mended(own)
    return None


def changes(before: str, after: str) -> list[str]:
    """Sentence by sentence: "- " is gone, "+ " is new, "  …" stands for what stayed. Empty: nothing is otherwise."""
    old, new = _sentences(before), _sentences(after)
    lines: list[str] = []
    for kind, i, j, k, m in SequenceMatcher(None, old, new, autojunk=False).get_opcodes():
        if kind == "equal":
            lines.append("  …")
            continue
        lines += [f"- {one}" for one in old[i:j]]
        lines += [f"+ {one}" for one in new[k:m]]
    return lines if any(line[0] in "-+" for line in lines) else []


def _between(body: str) -> str | None:
    """Their text as it comes back, quote marks taken off; None where it cannot be told where it ends."""
    marks = list(_MARK.finditer(body))
    if len(marks) < 2:
        return None
    before = body[body.rfind("\n", 0, marks[0].start()) + 1 : marks[0].start()]
    inside = body[marks[0].end() : marks[-1].start()].split("\n")
    if _QUOTE.match(before):
        inside = [_QUOTE.sub("", line, count=1) for line in inside]
    return "\n".join(line.rstrip() for line in inside).strip("\n")


def _holds_a_mark(text: str) -> bool:
    return _MARK.search(text) is not None


def _is_a_version(text: str, returned: str) -> bool:
    words, before = _words(text), _words(returned)
    if not words or words == before:
        return False
    if _alike(text, returned) >= _ALIKE:
        return True
    asks = "?" in text or "؟" in text or "？" in text
    long = len(words) >= max(_SHORTEST, _AS_LONG * len(before))
    return long and (not asks or len(words) >= _A_TEXT)


def _alike(text: str, other: str) -> float:
    """The share of its runs of three words that stand in the other as well; of its words, where there are too few."""
    mine, theirs = _words(text), _words(other)
    size = 3 if min(len(mine), len(theirs)) >= 3 else 1
    runs = {tuple(mine[at : at + size]) for at in range(len(mine) - size + 1)}
    known = {tuple(theirs[at : at + size]) for at in range(len(theirs) - size + 1)}
    return len(runs & known) / len(runs) if runs else 0.0


def _words(text: str) -> list[str]:
    return [word.casefold() for word in _WORD.findall(text[:_READ])]


def _sentences(text: str) -> list[str]:
    return [" ".join(one.split()) for one in _SENTENCE.split(text[:_READ]) if one and one.strip()]

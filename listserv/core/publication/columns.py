"""Lines of mail: how wide they are on a screen, and where they may break, in every script we write.

Chinese and Japanese have no spaces: a line may break between any two of their characters, but none begins with a mark
that closes or ends with one that opens (kinsoku; Unicode Standard Annex 14 in its simplest form). Never inside a word,
number, address or link. Widths are columns: a wide character takes two (UAX 11), a combining one none. Pure, never
raises.
"""

from __future__ import annotations

import re
import unicodedata

_NOT_FIRST = frozenset(
    "，。、；：？！…—·～％）］｝〕〉》」』】〗”’,.;:?!)]}%々ー゛゜ぁぃぅぇぉっゃゅょァィゥェォッャュョ"
)
_NOT_LAST = frozenset("（［｛〔〈《「『【〖“‘([{＃￥＄第")
_CLOSING = "，。、；：？！（）《》〈〉「」『』【】“”‘’"
#: Of these nothing is torn apart, though wide characters stand in them.
_WHOLE = re.compile(
    rf"(?:https?://|mailto:)[^\s{_CLOSING}]+|(?<!\S)[^\s{_CLOSING}@]+@[^\s{_CLOSING}@]+(?!\S)", re.IGNORECASE
)
#: Letters and marks of which each takes a column: of Latin, Greek, Cyrillic and Arabic writing.
_EACH_ONE = re.compile(
    "[\x20-\x7e\xa0-\xac\xae-\u02ff\u0370-\u0482\u048a-\u0590\u0620-\u064a\u2010-\u2027\u2030-\u205e]*"
)
#: Blanks, and what stands between them. A blank that is not to break, as French has within « and before :, is no blank.
_WORDS = re.compile("([^\\S\xa0\u202f]*)([\\S\xa0\u202f]+)")
_LIST = re.compile(r"(?:[-+*>]|#+|\d+[.)])(?:\s|$)")  # would begin a list or a heading in Markdown


def columns(text: str) -> int:
    """How many columns the text takes."""
    if _EACH_ONE.fullmatch(text):  # nearly all
        return len(text)
    return sum(0 if unicodedata.category(one) in ("Mn", "Me", "Cf") else 2 if wide(one) else 1 for one in text)


def wide(one: str) -> bool:
    """Whether a character takes two columns. “ ” … are wide in Chinese type only, and count as one."""
    return unicodedata.east_asian_width(one) in ("W", "F")


def broken(text: str, width: int) -> list[str]:
    """The lines of a paragraph, at most `width` columns wide unless a word is wider."""
    lines: list[str] = []
    line, taken = "", 0
    for gap, atom in _atoms(text):
        more = columns(atom)
        if not line:
            line, taken = atom, more
        elif taken + len(gap) + more <= width:
            line, taken = line + gap + atom, taken + len(gap) + more
        else:
            lines.append(line)
            line, taken = atom, more
    return [*lines, line] if line else lines


def joined(before: str, after: str) -> str:
    """What stands between two lines of a paragraph when they are one again: nothing where no space was."""
    return "" if before and after and _ideographic(before[-1]) and _ideographic(after[0]) else " "


def _atoms(text: str) -> list[tuple[str, str]]:
    """What never breaks, each with the blanks before it; "" where a line may break without one."""
    found: list[tuple[str, str]] = []
    for match in _WORDS.finditer(text):
        gap, word = match[1], match[2]
        if word.isascii():  # nearly all
            found.append((gap, word))
            continue
        start, whole = 0, [(one.start(), one.end()) for one in _WHOLE.finditer(word)]
        for at in range(1, len(word)):
            inside = any(first < at < last for first, last in whole)
            if _may_break(word, at) and not inside and not _LIST.match(text, match.start(2) + at):
                found.append((gap, word[start:at]))
                gap, start = "", at
        found.append((gap, word[start:]))
    return found


def _may_break(word: str, at: int) -> bool:
    before, after = word[at - 1], word[at]
    if not (_ideographic(before) or _ideographic(after)) or after in _NOT_FIRST or before in _NOT_LAST:
        return False
    # "11月", "24小时": a number stays with what it counts.
    return not (before.isdecimal() and after.isalpha()) and unicodedata.category(after) not in ("Mn", "Me", "Cf")


def _ideographic(one: str) -> bool:
    """Wide, but not Hangul, which has spaces between its words."""
    return wide(one) and not "\uac00" <= one <= "\ud7a3"

"""The marks by which somebody else's text announces itself.

announced(lines, at, floor) says whether a quote or a forwarded mail is announced at a line: by a separator, a header
block or an attribution, and which lines these take. Nothing here decides what is cut: that is reply.py. Every look
is bounded (6 lines back, 16 ahead), so the whole stays linear.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass

from listserv.core.mail.reply.lines import ADDRESS, ARROWS, CITES, CLOCK, DATE, Line, next_text
from listserv.core.mail.reply.words import (
    FORWARDED,
    FROM_NAMES,
    HEADER_NAMES,
    OWN_KEYS,
    SEPARATORS,
    WROTE,
    WROTE_UNSPACED,
)

_ANGLE = re.compile(r"(?:<|&lt;)\s{0,2}(?:mailto:)?[^\s<>@]{1,64}@[^\s<>@]{2,255}(?:>|&gt;|$)")
_WROTE = re.compile(rf"(?<![^\W_])(?:{'|'.join(WROTE)})(?![^\W_])|{'|'.join(WROTE_UNSPACED)}", re.IGNORECASE)
# Yahoo's telephones put the quote behind its attribution, on one line.
_RUN_ON = re.compile(r"^.{8,200}?<[^\s<>@]{1,64}@[^\s<>@]{2,255}>[^<>:]{1,30}:(?=\s{2,}\S)")
_ENDS = re.compile(r"[:：]\s*[\]*_>)-]{0,4}\s*$")
_WROTE_DASHES = re.compile(r"^-{3,}[^-].*[^-]-{3,}$")
_STAMP = re.compile(r"^\d{4}-\d\d?-\d\d? \d\d?:\d\d (?:GMT|UTC)?[+-]\d\d:?\d\d .{1,80}$")
_SENTENCE_END = re.compile(r"(?:[^\W\d_]{3}|\d:\d\d|\d{4})[.!?…。؟]$")
_WORDED_RULE = re.compile(
    rf"^[-=_—]{{2,}}\s*(?:{'|'.join(SEPARATORS)})\s*:?\s*[-=_—]{{2,}}(?:[^\W\d_]{{1,12}}:.*)?$"
    rf"|^- (?:{SEPARATORS[0]}) -$",
    re.IGNORECASE,
)
_ORIGINAL = re.compile(r"^-{2,}\s*original\s*-{2,}$", re.IGNORECASE)  # which may be a heading, too
_WORDS_IN_DASHES = re.compile(r"^[-=_—]{3,}[^-=_—]{3,60}[-=_—]{3,}$")
_RULE = re.compile(r"^[-_=*—\s]{3,}$")
# Outlook's own form in whatever language: five hyphens on each side without a space, words between.
_OUTLOOK_RULE = re.compile(r"^-{5}[^\W\d_]+(?: [^\W\d_’']+){1,3}-{5}$")
_NOTES = re.compile(r"^.{1,80}?---\d[^-]{1,12}[-./ \d:apmAPM]{4,20}---")  # "Jane Doe ---02/11/2026 18:41:07---Subject"
_BRACKETED, _WORD = re.compile(r"\([^()]{0,200}\)"), re.compile(r"[^\W\d_]+")
_BARE_ADDRESS = re.compile(r"[^\s<>@()]{1,64}@[^\s<>@()]{2,255}\s{0,2}[:：]")
_FORWARDED = re.compile("|".join(FORWARDED), re.IGNORECASE)
# \w knows no vowel signs, of which the scripts from Devanagari to Khmer are full.
_SIGNS = "\u0300-\u036f\u064b-\u065f\u0900-\u0dff\u0e00-\u109f\u1780-\u17ff"
# 163's telephones draw the block as a table.
_ROW = re.compile(r"^\|\s{0,3}([^|]{1,25}?)\s{0,3}\|\s{0,3}([^|]{0,900}?)\s{0,3}\|?$")
_KEY = re.compile(rf"^([^\W\d_][\w{_SIGNS}.’'() -]{{0,24}}?)\s{{0,2}}[:：](?!//)\s*(.*)$")


@dataclass(frozen=True, slots=True)
class Announced:
    """Lines [start, end) announce somebody else's text, which follows them."""

    start: int
    end: int
    attribution: bool
    forwarded: bool = False
    weak: bool = False  # a date and "wrote" only: an author may introduce a quotation so


def announced(lines: Sequence[Line], at: int, floor: int) -> Announced | None:
    """What begins at (separator, header block) or ends at (attribution) this line; it reaches no higher
    than `floor`."""
    plain = _unadorned(lines[at].plain).strip() or "*"
    if plain[0] in "-=_—" and (_WORDED_RULE.match(plain) or _OUTLOOK_RULE.match(plain)) and not _heads(lines, at):
        return Announced(_above(lines, at, floor), at + 1, False, bool(_FORWARDED.search(plain)))
    if plain[0] in "-=" and _WORDS_IN_DASHES.match(plain) and (end := _columns(lines, at + 1)):
        return Announced(_above(lines, at, floor), end, False, bool(_FORWARDED.search(plain)))
    if ":" in plain[:30] and (end := _header_block(lines, at)):
        start = _above(lines, at, floor)
        return Announced(start, end, False, bool(_FORWARDED.search(lines[start].plain)))
    if is_name(plain) and (end := _bare_names(lines, at)):
        start = _sender_above(lines, at, floor)
        return Announced(start, end, False) if start < at else None
    if "<" in plain and (run_on := _RUN_ON.match(plain)) and Line(run_on[0]).evidence() == ADDRESS | CLOCK | DATE:
        return Announced(at, at + 1, False)
    if plain[-1] in ":>-)]_" or plain[0].isdigit():
        return _attribution(lines, at, floor)
    return None


def _heads(lines: Sequence[Line], at: int) -> bool:
    """Whether "--- Original ---" is an author's heading: no mail was ever without anybody or any time."""
    original = _ORIGINAL.match(lines[at].plain)
    return original is not None and not any(line.evidence() for line in lines[at + 1 : at + 7])


def _above(lines: Sequence[Line], at: int, floor: int) -> int:
    """Where an announcement really starts: a ruled line or "Begin forwarded message:" above belongs to it."""
    for _ in range(2):
        above = next((n for n in range(at - 1, max(floor, at - 4) - 1, -1) if lines[n].plain), None)
        if above is None or lines[above].quoted:
            break
        plain = lines[above].plain
        worded = len(plain) < 80 and plain[-1] in ":-" and _FORWARDED.search(plain)
        if not (worded or _RULE.match(plain) or _WORDS_IN_DASHES.match(plain) or _NOTES.match(plain)):
            break
        at = above
    return at


def _header_block(lines: Sequence[Line], at: int) -> int | None:
    """The end of a run of three or more `Key: value` lines that some mail program wrote, or None."""
    if not _KEY.match(_unadorned(lines[at].plain)):
        return None
    keys: list[str] = []
    evidence, stamped, addressed, whole, run = 0, False, False, True, 0
    end, loose = at, 0  # loose: lines since the last key, which are folded values and single blank lines
    for n in range(at, min(at + 16, len(lines))):
        line = lines[n]
        if line.quoted:
            break
        if found := _KEY.match(_unadorned(line.plain)):
            key = found[1].strip().lower()
            if key in FROM_NAMES and (key in keys or line.evidence() & (ADDRESS | CLOCK) == CLOCK):
                break  # nobody sends twice, and no hour does: an author's timetable
            keys.append(key)
            whole &= n == 0 or n == at or bool(lines[n - 1].plain)
            addressed |= key in FROM_NAMES and line.evidence() & ADDRESS != 0
            loose, end = 0, n + 1
            run += whole
            if key in OWN_KEYS:
                continue  # whom to write to is no sender, the hour of an event not that of a mail
        else:
            loose += 1
            if loose > 2 or not (line.plain or lines[n - 1].plain) or (not line.plain and len(keys) < 1):
                break
        evidence |= line.evidence()
        stamped |= line.evidence() & (CLOCK | DATE) == CLOCK | DATE
    known = sum(key in HEADER_NAMES for key in keys)
    if len(keys) < 3:
        return end if known == 2 and evidence == ADDRESS | CLOCK | DATE else None
    # a signature or a sentence right above ("Tel.: …") does not begin the block, a sender's or a day's line may
    telling = lines[at].evidence() & ADDRESS or lines[at].evidence() == CLOCK | DATE
    below = at > 0 and _KEY.match(lines[at - 1].plain) is not None
    begins = keys[0] in HEADER_NAMES or (keys[1] in HEADER_NAMES and telling and keys[0] not in OWN_KEYS and not below)
    signed = any(key in FROM_NAMES for key in keys)
    # a list or minutes name a sender without address, below names of no header or in a paragraph of its own
    late = signed and not (addressed or (begins and (run == 1 or any(key in FROM_NAMES for key in keys[:run]))))
    own = late or below or any(key in OWN_KEYS for key in keys)
    # a memorandum has the same keys, but nobody's address and no time of day; an invitation comes from nobody
    mailed = evidence & (ADDRESS | CLOCK) if signed and not late else evidence & ADDRESS and not own
    if known >= (2 if begins else 3) and mailed:
        begins = begins and (keys[0] in FROM_NAMES or not _own_among(keys[:run], lines[at - 1] if at else None))
        return end if begins else None
    # in a language nobody listed: day and hour on one line, as an invitation seldom has them, and no blank lines
    stamped &= whole and (evidence & ADDRESS != 0 or len(keys) >= 4) and len(set(keys)) == len(keys)
    return end if stamped and not own else None


def _own_among(keys: Sequence[str], above: Line | None) -> bool:
    """Whether there is a place or an hour right above or among the names of headers, as in minutes and invitations."""
    key = _KEY.match(above.plain) if above else None
    return any(key in OWN_KEYS for key in (*keys, key[1].lower() if key else ""))


def _columns(lines: Sequence[Line], at: int) -> int | None:
    """The end of a header block that was a table in HTML: its names stand before their values without a mark."""
    names, evidence, end = set[str](), 0, at
    for n in range(at, min(at + 12, len(lines))):
        line = lines[n]
        if not line.plain:
            continue
        name = line.plain.partition(" ")[0].lower()
        if line.quoted or name not in HEADER_NAMES:
            break
        names.add(name)
        evidence |= line.evidence()
        end = n + 1
    return end if len(names) >= 3 and names & FROM_NAMES and evidence == ADDRESS | CLOCK | DATE else None


def _unadorned(plain: str) -> str:
    """A line without the stars of what was bold; the row `| key | value |` of a table as `key: value`."""
    row = _ROW.match(plain) if plain[:1] == "|" else None
    return f"{row[1]}: {row[2]}" if row else plain.replace("*", "")


def is_name(plain: str) -> bool:
    """Whether the line is the name of a header and nothing else."""
    return len(plain) < 12 and plain.lower() in HEADER_NAMES


def _bare_names(lines: Sequence[Line], at: int) -> int | None:
    """The end of a block as Notes writes it: names of headers, each alone on its line, with an address between."""
    ahead = [n for n in range(at, min(at + 14, len(lines))) if lines[n].plain]
    names = {lines[n].plain.lower(): n for n in ahead if lines[n].plain.lower() in HEADER_NAMES}
    addressed = any(lines[n].evidence() & ADDRESS for n in ahead)
    return max(names.values()) + 1 if len(names) >= 2 and addressed else None


def _sender_above(lines: Sequence[Line], at: int, floor: int) -> int:
    """Notes' sender and date stand on the lines above the first name."""
    for n in range(at - 1, max(floor, at - 6) - 1, -1):
        if lines[n].plain and (lines[n].quoted or not lines[n].evidence() or _SENTENCE_END.search(lines[n].plain)):
            break
        at = n if lines[n].plain else at
    return at


def _attribution(lines: Sequence[Line], at: int, floor: int) -> Announced | None:
    plain = lines[at].plain
    follows = next_text(lines, at + 1)
    quote = follows is not None and (lines[follows].quoted or lines[follows].plain[0] == "|")
    if _STAMP.match(plain) or ARROWS.match(plain):
        return Announced(at, at + 1, True)
    dashes = _WROTE_DASHES.match(plain) is not None
    bare = quote and plain[-1] == ">" and _ANGLE.search(plain) is not None
    if not (dashes or bare or _ENDS.search(plain)):
        return None
    window = range(at, max(floor, at - 6) - 1, -1)
    if not (dashes or quote) and not any(lines[n].evidence() for n in window):
        return None
    start, bits, text = at, 0, ""
    seen = 0
    for n in window:
        line = lines[n]
        if line.quoted:
            break
        if not line.plain:
            if not _balanced(text) or (text[:1] == "<" and n and lines[n - 1].evidence()):
                continue
            if text and not bits and len(text) < 40 and n and _addressed(lines[n - 1]):
                continue  # double spacing parted the verb from the rest
            break
        seen += 1
        if seen > 4 or (text and len(line.plain) > 200):
            break
        whole = _enough(bits, text, quote, dashes) and _balanced(text)
        more = not bits & (CLOCK | DATE) and _dated_above(lines, n, floor, 5 - seen)
        if whole and not more and (not line.evidence() & ~bits or _SENTENCE_END.search(line.plain)):
            break
        start, bits, text = n, bits | line.evidence(), f"{line.plain} {text}"
        if bits == ADDRESS | CLOCK | DATE and _balanced(text):
            break
    if follows is not None and lines[follows].plain[0] in CITES and not bits & ADDRESS:
        return None  # an author introduces what somebody said
    if _enough(bits, text, quote, dashes):
        return Announced(start, at + 1, True, weak=bits == DATE)
    if quote and _FORWARDED.search(plain):
        return Announced(at, at + 1, True, forwarded=True)
    return None


def _dated_above(lines: Sequence[Line], at: int, floor: int, most: int) -> bool:
    """Whether a long name parts these lines from the day and hour that begin their paragraph, `most` lines in all."""
    for n in range(at, max(floor, at - most + 1) - 1, -1):
        if not lines[n].plain or lines[n].quoted or _SENTENCE_END.search(lines[n].plain):
            return False
        if lines[n].evidence() & (CLOCK | DATE) == CLOCK | DATE:
            return n in (0, floor) or not lines[n - 1].plain
    return False


def _addressed(line: Line) -> bool:
    return line.evidence() & ADDRESS != 0 and line.evidence() != ADDRESS and _ANGLE.search(line.plain) is not None


def _balanced(text: str) -> bool:
    """Whether every ">" has its "<": an address wrapped over lines is whole."""
    return text.count("<") >= text.count(">")


def _enough(bits: int, text: str, quote: bool, dashes: bool) -> bool:
    """Whether an attribution's evidence suffices. A sentence that merely ends in a colon must not pass."""
    if len(text) > 400 or not (bits or dashes):
        return False
    verb = _WROTE.search(text) is not None
    if quote:
        return verb or bits & (bits - 1) != 0 or bits == ADDRESS
    if dashes:
        return verb
    if verb and bits & (bits - 1):
        return bits & ADDRESS != 0 or _named(text)
    named = _ANGLE.search(text) is not None if bits & ADDRESS else False
    return (named and verb) or (bits == ADDRESS | CLOCK | DATE and (named or _BARE_ADDRESS.search(text) is not None))


def _named(text: str) -> bool:
    """Whether somebody with a name wrote, at a time outside brackets: an author's "the minister wrote" has no name."""
    outside = _BRACKETED.sub(" ", text)
    verb = _WROTE.search(outside)
    if verb is None or Line(outside).evidence() != CLOCK | DATE:
        return False
    beside = [*_WORD.findall(outside[: verb.start()])[-1:], *_WORD.findall(outside[verb.end() :])[:1]]
    return any(not word[0].islower() for word in beside)


def introduces(line: Line) -> bool:
    """Whether an author announces a quotation of their own: a colon, but nothing of an attribution."""
    words = line.plain.endswith(":") and line.plain[0].isalpha()
    return words and not line.evidence() and _WROTE.search(line.plain) is None


def mentions_forward(text: str) -> bool:
    return _FORWARDED.search(text[:200]) is not None

"""The lines of a mail as reply extraction sees them, and the marks by which somebody else's text announces itself.

classify() gives one Line per line of the body; announced(lines, at) says whether a quote or a forwarded mail is
announced there: a separator, a header block or an attribution. Nothing here decides what is cut: that is
reply.py. Every look at a line is bounded (its first 1,000 characters, 4 lines back, 16 lines ahead), so the
whole stays linear.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

from listserv.core.mail.reply_words import FORWARDED, HEADER_NAMES, OWN_KEYS, SEPARATORS, WROTE, WROTE_UNSPACED

ADDRESS: Final = 1
CLOCK: Final = 2
DATE: Final = 4

_LOOK = 1000
_ADDRESS = re.compile(r"[^\s<>@\"()]{1,64}@[^\s<>@()]{2,}")
_ANGLE = re.compile(r"(?:<|&lt;)\s{0,2}(?:mailto:)?[^\s<>@]{1,64}@[^\s<>@]{2,255}(?:>|&gt;|$)")
_CLOCK = re.compile(
    r"(?<!\d)(?:[01]?\d|2[0-4])(?:[:.h]|\s?ч\.?\s?|時|时|시\s)[0-5]\d(?!\d)|(?<!\d)(?:1[0-2]|[1-9])\s?[ap]\.?m\b",
    re.IGNORECASE,
)
_DATE = re.compile(
    r"(?<!\d)(?:19|20|13|14|25)\d\d(?!\d)|(?<!\d)\d{1,4}([./-])\s?\d{1,2}\1\s?\d{1,4}(?!\d)|\d{1,2}[月월]\s?\d{1,2}[日일]"
)
_WROTE = re.compile(rf"(?<![^\W_])(?:{'|'.join(WROTE)})(?![^\W_])|{'|'.join(WROTE_UNSPACED)}", re.IGNORECASE)
_ENDS = re.compile(r"[:：]\s*[\]*_>)-]{0,4}\s*$")
_WROTE_DASHES = re.compile(r"^-{3,}[^-].*[^-]-{3,}$")
_STAMP = re.compile(r"^\d{4}-\d\d?-\d\d? \d\d?:\d\d (?:GMT|UTC)?[+-]\d\d:?\d\d .{1,80}$")
_SUPERCITE = re.compile(r"^[A-Z]{1,3}>")
_TAIL_OF_ADDRESS = re.compile(r"^>[^>]{0,40}[:：]$")

_WORDED_RULE = re.compile(rf"^[-=_—]{{2,}}\s*(?:{'|'.join(SEPARATORS)})\s*:?\s*[-=_—]{{2,}}$", re.IGNORECASE)
_RULE = re.compile(r"^[-_=*—\s]{3,}$")
# Outlook's own form in whatever language: five hyphens on each side without a space, words between.
_OUTLOOK_RULE = re.compile(r"^-{5}[^\W\d_]+(?: [^\W\d_’']+){1,3}-{5}$")
_REST_OF_LINK = re.compile(r"^[<(]{0,2}https?://\S{1,900}(?: ?>)?$|^[^\s@]{0,300}[=&%?/][^\s@]{0,600}[)>]$")
_FORWARDED = re.compile("|".join(FORWARDED), re.IGNORECASE)
_KEY = re.compile(r"^([^\W\d_][\w.’'() -]{0,24}?)\s{0,2}[:：](?!//)\s*(.*)$")

# Bidi marks, zero-width and soft characters vanish; odd spaces become spaces; wide signs and the digits
# of other scripts (RTL mail programs write dates with them) become ASCII.
_FOLD = {
    **dict.fromkeys((0x61C, 0x200B, 0x200E, 0x200F, *range(0x202A, 0x202F), *range(0x2066, 0x206A), 0xFEFF, 0xAD)),
    **dict.fromkeys((0x09, 0x0D, 0xA0, 0x2007, 0x2009, 0x202F, 0x3000), " "),
    0xFF1E: ">",
    0xFF1A: ":",
    0xFF20: "@",
    **{base + n: str(n) for base in (0x660, 0x6F0, 0x966, 0x9E6, 0xFF10) for n in range(10)},
}


@dataclass(slots=True)
class Line:
    plain: str  # folded, without white space around; the first 1,000 characters
    quoted: bool = False
    known: bool = False  # quoted for sure by the parent's text, not by a mark
    bits: int = -1  # ADDRESS | CLOCK | DATE, once looked for

    def evidence(self) -> int:
        if self.bits < 0:
            self.bits = 0
            if "@" in self.plain and _ADDRESS.search(self.plain):
                self.bits |= ADDRESS
            if _CLOCK.search(self.plain):
                self.bits |= CLOCK
            if _DATE.search(self.plain):
                self.bits |= DATE
        return self.bits


@dataclass(frozen=True, slots=True)
class Announced:
    """Lines [start, end) announce somebody else's text, which follows them."""

    start: int
    end: int
    attribution: bool
    forwarded: bool = False
    weak: bool = False  # a date and "wrote" only: an author may introduce a quotation so


def fold(text: str) -> str:
    """The text with bidi marks gone and foreign digits and wide signs in ASCII; the number of lines stays."""
    return text.translate(_FOLD)


def classify(body: str) -> list[Line]:
    """One Line per "\\n"-separated line."""
    lines = [Line(text[:_LOOK].strip()) for text in fold(body).split("\n")]
    patience = 500  # looks at lines like "> wrote:", the end of a wrapped attribution
    for at, line in enumerate(lines):
        if line.plain[:1] == ">":
            line.quoted = True
            if patience and _TAIL_OF_ADDRESS.match(line.plain):
                patience -= 1
                line.quoted = not _open_angle(lines, at)
        elif line.plain[:1].isupper():
            line.quoted = _SUPERCITE.match(line.plain) is not None
    _mend_wrapped(lines)
    return lines


def _open_angle(lines: Sequence[Line], at: int) -> bool:
    above = "".join(line.plain for line in lines[max(0, at - 5) : at] if not line.quoted)
    return above.count("<") > above.count(">")


def _mend_wrapped(lines: Sequence[Line]) -> None:
    """A quoted line that a mail program broke has its end unquoted below it: long line, short rest, or the rest of a
    link; then quote again."""
    for at in range(1, len(lines) - 1):
        before, line = lines[at - 1], lines[at]
        if before.quoted and lines[at + 1].quoted and not line.quoted and line.plain:
            short = len(before.plain) >= 68 and len(line.plain) < 40 and line.plain[0].islower()
            line.quoted = short or _REST_OF_LINK.match(line.plain) is not None


def next_text(lines: Sequence[Line], at: int, reach: int = 4) -> int | None:
    """The first line that is not blank among `reach` lines from `at` on."""
    return next((n for n in range(at, min(at + reach, len(lines))) if lines[n].plain), None)


def announced(lines: Sequence[Line], at: int, floor: int) -> Announced | None:
    """What begins at (separator, header block) or ends at (attribution) this line; it reaches no higher
    than `floor`."""
    plain = lines[at].plain.replace("*", "").strip() or "*"
    if plain[0] in "-=_—" and (_WORDED_RULE.match(plain) or _OUTLOOK_RULE.match(plain)):
        return Announced(_above(lines, at, floor), at + 1, False, bool(_FORWARDED.search(plain)))
    if ":" in plain[:30] and (end := _header_block(lines, at)):
        start = _above(lines, at, floor)
        return Announced(start, end, False, bool(_FORWARDED.search(lines[start].plain)))
    if plain[-1] in ":>-)]_" or plain[0].isdigit():
        return _attribution(lines, at, floor)
    return None


def _above(lines: Sequence[Line], at: int, floor: int) -> int:
    """Where an announcement really starts: a ruled line or "Begin forwarded message:" above belongs to it."""
    for _ in range(2):
        above = next((n for n in range(at - 1, max(floor, at - 4) - 1, -1) if lines[n].plain), None)
        if above is None or lines[above].quoted:
            break
        plain = lines[above].plain
        worded = len(plain) < 80 and plain[-1] in ":-" and _FORWARDED.search(plain)
        if not (_RULE.match(plain) or worded):
            break
        at = above
    return at


def _header_block(lines: Sequence[Line], at: int) -> int | None:
    """The end of a run of three or more `Key: value` lines that some mail program wrote, or None."""
    if not _KEY.match(lines[at].plain.replace("*", "")):
        return None
    keys: list[str] = []
    evidence = 0
    end = at
    loose = 0  # lines since the last key: folded values and single blank lines
    for n in range(at, min(at + 16, len(lines))):
        line = lines[n]
        if line.quoted:
            break
        if found := _KEY.match(line.plain.replace("*", "")):
            keys.append(found[1].strip().lower())
            loose, end = 0, n + 1
        else:
            loose += 1
            if loose > 2 or not (line.plain or lines[n - 1].plain) or (not line.plain and len(keys) < 1):
                break
        evidence |= line.evidence()
    known = sum(key in HEADER_NAMES for key in keys)
    if len(keys) < 3:
        return end if known == 2 and evidence == ADDRESS | CLOCK | DATE else None
    if known >= 3 or (known >= 2 and evidence & (ADDRESS | DATE)):
        return end
    own = any(key in OWN_KEYS for key in keys) or (at > 0 and _KEY.match(lines[at - 1].plain) is not None)
    stamped = evidence & CLOCK and evidence & DATE and (evidence & ADDRESS or len(keys) >= 4)
    return end if stamped and not own else None


def _attribution(lines: Sequence[Line], at: int, floor: int) -> Announced | None:
    plain = lines[at].plain
    follows = next_text(lines, at + 1)
    quote = follows is not None and (lines[follows].quoted or lines[follows].plain[0] == "|")
    if _STAMP.match(plain):
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
            if _balanced(text) and not (text[:1] == "<" and n and lines[n - 1].evidence()):
                break
            continue
        seen += 1
        if seen > 4 or (text and len(line.plain) > 200):
            break
        if _enough(bits, text, quote, dashes) and _balanced(text) and not line.evidence() & ~bits:
            break
        start, bits, text = n, bits | line.evidence(), f"{line.plain} {text}"
        if bits == ADDRESS | CLOCK | DATE and _balanced(text):
            break
    if _enough(bits, text, quote, dashes):
        return Announced(start, at + 1, True, weak=bits == DATE)
    if quote and _FORWARDED.search(plain):
        return Announced(at, at + 1, True, forwarded=True)
    return None


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
    if verb:
        return bits & (ADDRESS | CLOCK) != 0
    return bits == ADDRESS | CLOCK | DATE or (
        bits & ADDRESS != 0 and bits != ADDRESS and _ANGLE.search(text) is not None
    )


def mentions_forward(text: str) -> bool:
    return _FORWARDED.search(text[:200]) is not None

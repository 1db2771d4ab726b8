"""What the author of a reply wrote, told apart from what was quoted, forwarded or signed.

extract(body, parent) -> Extract(text, cut). It goes by the shape of lines, hence works in languages nobody
listed:

- `> ` quotes: one that is answered in place stays above its answer, any other is cut;
- attribution lines (one to four lines ending in a colon, holding an address, a clock time, a date);
- runs of `Key: value` lines with an address or a date, as Outlook puts above a quote; separators with words in
  dashes;
- signatures below "-- ", the lines telephones add, warnings and disclaimers of offices;
- text that also stands in `parent`, for quotes that nothing marks.

Every line that is not blank is either in `text` or in `cut`, in order. The text is never cut to nothing: a mail
that is one forwarded message, or quotes only, stays whole. Linear in the length of the body. Never raises.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field

from listserv.core.mail.flowed import NO_QUOTE
from listserv.core.mail.reply.lines import Line, cited, classify, next_text
from listserv.core.mail.reply.marks import announced, introduces, is_name, mentions_forward
from listserv.core.mail.reply.notices import banner, without_notices
from listserv.core.mail.reply.oracle import foreign_lines
from listserv.core.mail.reply.tail import is_tagline, own_lines

_CONTEXT = 15  # lines of a quote kept above its answer


@dataclass(frozen=True, slots=True)
class Extract:
    text: str  # what the author wrote, blank lines around it taken off
    cut: str  # the rest, in order
    forwarded: bool = False  # the mail holds a forwarded one, in `cut` or, when there is nothing else, in `text`


@dataclass(slots=True)
class _Marks:
    """What reading from the top found out, by line number."""

    end: int  # from here on all is somebody else's
    announcing: set[int] = field(default_factory=set)  # lines of attributions
    attributed: set[int] = field(default_factory=set)  # first lines of quotes with an attribution
    weak: dict[int, range] = field(default_factory=dict)  # the same for a weak one: where it stands
    forwarded: bool = False


def extract(body: str, parent: str | None = None) -> Extract:
    """What the author wrote in `body` (LF line ends); `parent` is the text of the mail it answers, if we know it."""
    source = body.split("\n")
    lines = classify(body)
    if parent:
        for at in foreign_lines([line.plain for line in lines], parent):
            if lines[at].plain and not cited(lines[at].plain):
                lines[at].quoted = lines[at].known = True
    marks = _read(lines)
    written = [at for at in range(marks.end) if lines[at].plain and not lines[at].quoted and at not in marks.announcing]
    written = written[banner(lines, written) :]
    own = own_lines(source, without_notices(lines, own_lines(source, written))) or written
    if not own:
        return Extract(body.strip("\n"), "", marks.forwarded)
    keep = set(own)
    for block in _answered(lines, marks, own):
        keep.update(block)
    return Extract(*_split(source, lines, keep), marks.forwarded or _quotes_forward(lines, keep))


def _read(lines: Sequence[Line]) -> _Marks:
    marks = _Marks(end=len(lines))
    written = False  # whether the author said anything so far
    at = floor = 0
    patience = 2000  # lines that look like an announcement and are none
    while at < len(lines):
        line = lines[at]
        if line.quoted or not line.plain:
            at += 1
            continue
        found = announced(lines, at, floor) if patience else None
        if found is None:
            patience -= patience > 0 and (":" in line.plain or line.plain[0] in "-|" or is_name(line.plain))
            written = True
            at += 1
            continue
        marks.forwarded |= found.forwarded
        above = any(
            lines[n].plain and not lines[n].quoted and n not in marks.announcing and not is_tagline(lines[n].plain)
            for n in range(floor, found.start)
        )
        written = above or (written and floor > 0)
        if not found.attribution:
            marks.forwarded |= not written
            if written:
                marks.end = found.start
            break
        follows = next_text(lines, found.end)
        marked = follows is not None and _mark_quote(lines, follows)
        if written and not marked:
            marks.end = found.start
            break
        marks.announcing.update(range(found.start, found.end))
        if marked and follows is not None and found.weak:
            marks.weak[follows] = range(found.start, found.end)
        elif marked and follows is not None:
            marks.attributed.add(follows)
        at = floor = found.end
    return marks


def _mark_quote(lines: Sequence[Line], at: int) -> bool:
    """Whether a quote begins there; below an attribution `|` marks one too."""
    if lines[at].plain[0] == "|":
        for line in lines[at:]:
            if line.plain[:1] not in ("|", ""):
                break
            line.quoted = line.plain != ""
    return lines[at].quoted


def _answered(lines: Sequence[Line], marks: _Marks, own: Sequence[int]) -> list[list[int]]:
    """The quotes worth keeping: those right above what the author wrote in answer.

    A single quote with an attribution is the whole mail answered, put above or around the answer: it goes. A quote at
    the end stays when the author's own words introduce it.
    """
    found: list[tuple[bool, list[int]]] = []
    previous = -1
    for at in own:
        block = [n for n in range(previous + 1, at) if lines[n].quoted]
        previous = at
        if block:
            first = lines[block[0]].plain
            passed_on = first[-1] in ":-" and mentions_forward(first)
            whole = passed_on or block[0] in marks.attributed or all(lines[n].known for n in block)
            found.append((whole, [*marks.weak.get(block[0], ()), *block]))
    if len(found) == 1 and found[0][0]:
        found = []
    below = [n for n in range(previous + 1, marks.end) if lines[n].quoted]
    attributed = any(n in marks.attributed or n in marks.weak or lines[n].known for n in below)
    if below and not attributed and len(below) <= _CONTEXT and introduces(lines[previous]):
        found.append((False, below))
    return [block if len(block) <= _CONTEXT else block[-_CONTEXT:] for _, block in found]


def _split(source: Sequence[str], lines: Sequence[Line], keep: set[int]) -> tuple[str, str]:
    text: list[str] = []
    cut: list[str] = []
    last = None  # where the line that is not blank went: blank lines follow it
    for at, raw in enumerate(source):
        if lines[at].plain or raw.strip():
            last = text if at in keep else cut
        if last is not None:
            last.append(raw.removeprefix(NO_QUOTE) if raw.startswith(f"{NO_QUOTE}>") else raw)
    return "\n".join(text).strip("\n"), "\n".join(cut).strip("\n")


def _quotes_forward(lines: Sequence[Line], keep: set[int]) -> bool:
    first = next((n for n, line in enumerate(lines) if line.quoted and n not in keep), None)
    return first is not None and mentions_forward(lines[first].plain)

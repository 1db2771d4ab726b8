"""The HTML form of a letter in a language that runs from right to left.

Plain text has no direction of its own: one program takes it from the first letter of each paragraph, another shows
all of it from left to right, the signs at its wrong ends. So each letter in such a language has an HTML form too, whose
direction is certain. Our own lines run as the language does; what people wrote, and lines that are there to be copied
(four spaces before them), take their direction from their own first letter. Addresses and links keep theirs.

Everything is escaped, nothing is Markdown, nothing is loaded from anywhere. Pure, never raises.
"""

from __future__ import annotations

import re
import unicodedata
from html import escape

VERBATIM = "\ue000"  # private use: stands before a line that somebody else wrote, and that is not to be touched
RIGHT_TO_LEFT = "\u200f"  # a mark without a shape: programs that go by the first letter go by this
_COPIED = "    "
_ITEM = re.compile(r"(?:[-*]|\d+[.)]) ")  # of a list; a question is its organiser's, in whatever language
_SIGN = re.compile(rf"^{RIGHT_TO_LEFT}((?:[-*+]|#+|\d+[.)])\s+)", re.MULTILINE)
_TURNED = re.compile("[\u0590-\u08ff\ufb1d-\ufdff\ufe70-\ufeff]")
_LINKED = re.compile(
    r"(?P<address>[A-Za-z0-9][A-Za-z0-9._%+-]{0,200}@[A-Za-z0-9-]+(?:\.[A-Za-z0-9-]+)+)|(?P<link>https?://[^\s<>\"]+)"
)


def turned(lines: str) -> tuple[str, str]:
    """The body and what stands below its "-- ", of a text that is not wrapped yet."""
    body, _, footer = lines.partition("\n-- \n")
    return turned_lines(body), turned_lines(footer)


def marked(line: str) -> str:
    """A line of plain text that begins with a word in Latin letters and goes on otherwise: with a mark before it."""
    ways = [way for way in map(unicodedata.bidirectional, line) if way in ("L", "R", "AL")]
    return RIGHT_TO_LEFT + line if ways[:1] == ["L"] and len(set(ways)) > 1 else line


def turns(text: str) -> bool:
    """Whether it has letters that run from right to left."""
    return bool(_TURNED.search(text))


def behind_signs(markdown: str) -> str:
    """With the marks of `marked` behind the sign of a heading or a list's item, which is none with them before it."""
    return _SIGN.sub(rf"\1{RIGHT_TO_LEFT}", markdown)


def turned_lines(text: str) -> str:
    """A paragraph for each run of lines of one kind between blank ones."""
    out: list[str] = []
    kind, run = "", list[str]()
    for line in [*text.split("\n"), ""]:
        of = _kind(line)
        if run and of != kind:
            out.append(f"<p{_ATTRIBUTES[kind]}>" + "<br>\n".join(run) + "</p>")
            run = []
        kind = of
        if of == "theirs":
            run.append(escape(line.lstrip(VERBATIM).rstrip()))
        elif of:
            run.append(_linked(line.strip()))
    return "\n".join(out)


_ATTRIBUTES = {"ours": "", "copied": ' class="copy" dir="auto"', "theirs": ' class="theirs" dir="auto"'}


def _kind(line: str) -> str:
    if line.startswith(VERBATIM):
        return "theirs" if line.strip(VERBATIM + " ") else ""
    if not line.strip():
        return ""
    return "copied" if line.startswith(_COPIED) or (_ITEM.match(line) and not turns(line)) else "ours"


def _linked(line: str) -> str:
    out, at = "", 0
    for found in _LINKED.finditer(line):
        out += escape(line[at : found.start()])
        shown = escape(found[0])
        out += f'<a href="{"mailto:" if found["address"] else ""}{shown}" class="ltr" dir="ltr">{shown}</a>'
        at = found.end()
    return out + escape(line[at:])

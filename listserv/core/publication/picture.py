"""A small picture of how much was said on what, in a form that every mail program shows.

In a text: a line per bar, the bar first, so that bars begin under each other in any font: "███████ 7 question 1". In
HTML: a table with coloured cells, because mail programs show neither SVG nor images that are part of a page; label and
figure stand in it as words. Whatever lines of a Markdown text look so become that table. Pure, never raises.
"""

from __future__ import annotations

import re
from html import escape

from markdown_it.token import Token

WIDEST = 16  # characters of a bar: what a phone shows in one line with its label
_COLOUR = "#3f7296"
_LINE = re.compile(r"(?:█+|░) (\d+) (.+)")


def bars(counts: list[int]) -> list[str]:
    """A bar for each figure: a block for each one counted, or for more where there are too many; none is "░"."""
    per_block = max(1.0, max(counts, default=0) / WIDEST)
    return ["█" * max(1, round(count / per_block)) if count else "░" for count in counts]


def tabled(tokens: list[Token]) -> None:
    """Paragraphs of a parsed Markdown text that are bars become a table, in place."""
    for at, token in enumerate(tokens):
        lines = [_LINE.fullmatch(line.strip()) for line in token.content.split("\n")] if token.type == "inline" else []
        if not lines or not all(lines) or tokens[at - 1].type != "paragraph_open":
            continue
        found = [(int(line[1]), line[2]) for line in lines if line]
        token.type, token.children, token.content = "html_block", None, _table(found)
        tokens[at - 1].hidden = tokens[at + 1].hidden = True


def _table(found: list[tuple[int, str]]) -> str:
    most = max(count for count, _ in found)
    rows = "".join(_row(count, label, most) for count, label in found)
    return f'<table width="100%" border="0" cellpadding="2" cellspacing="0" style="font-size:14px">\n{rows}</table>'


def _row(count: int, label: str, most: int) -> str:
    share = round(100 * count / most) if most else 0
    bar = (
        '<table role="presentation" width="100%" border="0" cellpadding="0" cellspacing="0"><tr>'
        f'<td width="{share}%" bgcolor="{_COLOUR}" height="12" style="font-size:1px;line-height:12px">&nbsp;</td>'
        f"{'<td></td>' if share < 100 else ''}</tr></table>"
        if share
        else "&nbsp;"
    )
    return f'<tr><td nowrap>{escape(label)}</td><td align="right">{count}</td><td width="70%">{bar}</td></tr>\n'

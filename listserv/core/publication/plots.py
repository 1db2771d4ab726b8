"""Small pictures of figures: bars and lines as SVG, drawn by hand, for pages, reports and mails.

`svg` gives a whole <svg> element with a title and a description for those who cannot see it, no script, no style from
outside and nothing remote; it is printable in grey and its labels may be in any script. `told` says the same in words.
Labels are text: nothing in them becomes markup. Sizes are in CSS pixels; heights follow from the number of bars.
Raises ValueError for a value below 0.
"""

from __future__ import annotations

import re
import unicodedata
from dataclasses import dataclass
from html import escape

WIDTH = 640
_BAR, _GAP = 18, 8
_LABELS = 240  # px at most for the labels of bars
_FAMILY = "Libertinus Serif, Amiri, WenQuanYi Micro Hei, Noto Sans, DejaVu Sans, sans-serif"
_DARK, _PALE, _INK, _LINE = "#1f4e79", "#a9c1d9", "#222222", "#999999"
_RLM = "\u200f"  # unlike an attribute of direction understood by whatever draws it
#: What XML 1.0 §2.2 does not allow.
_FORBIDDEN = re.compile("[^\t\n\r\x20-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")


@dataclass(frozen=True, slots=True)
class Bar:
    """`of`: the whole that `value` is part of, drawn pale behind it; None: no whole."""

    label: str
    value: float
    of: float | None = None


@dataclass(frozen=True, slots=True)
class Plot:
    """`kind`: "bars" lie, one below the other, for things that have names; "columns" stand, for days and other series.

    `title` tells what is counted. `right_to_left`: the labels' side and the order of columns.
    """

    title: str
    bars: tuple[Bar, ...]
    kind: str = "bars"
    right_to_left: bool = False


def told(plot: Plot) -> str:
    """The picture in words: "Contributions by module. Getting started: 33; Drafting: 25"."""
    return f"{plot.title}. " + "; ".join(f"{bar.label}: {_said(bar)}" for bar in plot.bars)


def svg(plot: Plot, width: int = WIDTH, *, text: bool = True) -> str:
    """The picture. `text`: with <title> and <desc>, which some programs draw as a label of their own."""
    if any(bar.value < 0 or (bar.of or 0) < 0 for bar in plot.bars):
        raise ValueError("a bar of less than nothing")
    body, height = _columns(plot, width) if plot.kind == "columns" else _bars(plot, width)
    head = f"<title>{_text(plot.title)}</title><desc>{_text(told(plot))}</desc>" if text else ""
    return (
        # Of its own direction: a page from right to left would turn "end" to the other side, and "2 / 6" about.
        f'<svg xmlns="http://www.w3.org/2000/svg" role="img" direction="ltr" width="{width}" height="{height}"'
        f' viewBox="0 0 {width} {height}" font-family="{_FAMILY}" font-size="13" fill="{_INK}">{head}{body}</svg>'
    )


def _bars(plot: Plot, width: int) -> tuple[str, int]:
    most = max((max(bar.value, bar.of or 0) for bar in plot.bars), default=0) or 1
    labels = min(_LABELS, 8 + max((_width(bar.label) for bar in plot.bars), default=0))
    figures = 8 + max((_width(_said(bar)) for bar in plot.bars), default=0)
    room = width - labels - figures - 8
    out = []
    for index, bar in enumerate(plot.bars):
        y, middle = index * (_BAR + _GAP), index * (_BAR + _GAP) + _BAR - 5
        long, whole = room * bar.value / most, room * (bar.of or 0) / most
        end = max(long, whole)
        if plot.right_to_left:
            x, label, figure = (
                width - labels - long,
                _label(bar, labels, width, middle, "end"),
                width - labels - end - 6,
            )
            pale, anchor = width - labels - whole, "end"
        else:
            x, label, figure = labels, _label(bar, labels, 0, middle, "start"), labels + end + 6
            pale, anchor = labels, "start"
        if bar.of:
            out.append(_rect(pale, y, whole, _BAR, _PALE))
        out.append(_rect(x, y, long, _BAR, _DARK))
        out.append(label)
        out.append(f'<text x="{figure:.0f}" y="{middle}" text-anchor="{anchor}">{_text(_said(bar))}</text>')
    return "".join(out), max(1, len(plot.bars) * (_BAR + _GAP) - _GAP + 2)


def _label(bar: Bar, room: int, x: int, y: int, anchor: str) -> str:
    label = _cut(bar.label, room - 8) + (_RLM if anchor == "end" else "")  # the dots of a cut one stand at its left
    return f'<text x="{x}" y="{y}" text-anchor="{anchor}">{_text(label)}</text>'


def _columns(plot: Plot, width: int) -> tuple[str, int]:
    """Standing bars over a base line; as many labels as find room, each figure above its bar."""
    high, top, below = 120, 18, 22
    most = max((bar.value for bar in plot.bars), default=0) or 1
    count = max(1, len(plot.bars))
    step = width / count
    thick = max(1.0, min(40.0, step * 0.7))
    every = max(1, -(-max((_width(bar.label) + 6 for bar in plot.bars), default=1) // max(1, int(step))))
    shown = all(_width(_said(bar)) < step for bar in plot.bars)
    bars = plot.bars[::-1] if plot.right_to_left else plot.bars
    out = []
    for index, bar in enumerate(bars):
        centre, tall = (index + 0.5) * step, high * bar.value / most
        out.append(_rect(centre - thick / 2, top + high - tall, thick, tall, _DARK))
        if shown and bar.value:
            out.append(_centred(centre, top + high - tall - 4, _said(bar)))
        if index % every == 0:
            half = _width(bar.label) / 2  # what is wider than its bar stays within the picture all the same
            label = f"{_RLM if plot.right_to_left else ''}{bar.label}"  # else the day of "3 نوفمبر" stands behind it
            out.append(_centred(max(half, min(centre, width - half)), top + high + 16, label))
    out.append(f'<line x1="0" y1="{top + high}" x2="{width}" y2="{top + high}" stroke="{_LINE}"/>')
    return "".join(out), top + high + below


def _centred(x: float, y: float, text: str) -> str:
    return f'<text x="{x:.1f}" y="{y:.1f}" text-anchor="middle">{_text(text)}</text>'


def _rect(x: float, y: float, width: float, height: float, fill: str) -> str:
    return f'<rect x="{x:.1f}" y="{y:.1f}" width="{width:.1f}" height="{height:.1f}" fill="{fill}"/>'


def _said(bar: Bar) -> str:
    value = f"{bar.value:.1f}".removesuffix(".0")
    return value if bar.of is None else f"{value} / {bar.of:.1f}".removesuffix(".0")


def _text(text: str) -> str:
    return escape(_FORBIDDEN.sub("\ufffd", text))


def _width(text: str) -> int:
    """About how many pixels it takes at 13 px: wide letters take twice as much, combining ones nothing."""
    return sum(0 if unicodedata.combining(c) else 13 if unicodedata.east_asian_width(c) in "WF" else 7 for c in text)


def _cut(text: str, room: int) -> str:
    if _width(text) <= room:
        return text
    while text and _width(text) > room - 7:
        text = text[:-1]
    return text.rstrip() + "…"

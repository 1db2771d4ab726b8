"""The two sides of the screen, drawn line by line: whatever their length, only what shows is drawn."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import ClassVar

from rich.segment import Segment
from rich.style import Style
from textual import events
from textual.binding import Binding, BindingType
from textual.geometry import Region, Size
from textual.message import Message
from textual.scroll_view import ScrollView
from textual.strip import Strip

from listserv.cli.terminal.account import Item, since
from listserv.cli.terminal.prose import Line, fitted

#: How lines look. None is told apart by its colour alone: rules, marks and labels are letters.
STYLES = {
    "text": Style(),
    "label": Style(bold=True),
    "warn": Style(bold=True, color="yellow"),
    "cut": Style(dim=True),
    "rule": Style(dim=True),
}
ROWS = 2  # lines of an item

SCROLLS = """
{name} {{
    background: $background; overflow-x: hidden; overflow-y: auto; scrollbar-gutter: stable; scrollbar-size-vertical: 1;
}}
"""


class Waiting(ScrollView, can_focus=True):
    """The queue. Says `Moved` when another item is looked at."""

    DEFAULT_CSS = SCROLLS.format(name="Waiting")

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("up,k", "move(-1)", show=False),
        Binding("down,j", "move(1)", show=False),
        Binding("pageup", "page(-1)", show=False),
        Binding("pagedown,space", "page(1)", show=False),
        Binding("home", "move(-1000000)", show=False),
        Binding("end", "move(1000000)", show=False),
    ]

    class Moved(Message):
        """Another item is looked at, or none."""

    def __init__(self, now: Callable[[], object], **options: str) -> None:
        super().__init__(**options)
        self._now = now
        self.items: Sequence[Item] = []
        self.place = 0

    @property
    def item(self) -> Item | None:
        return self.items[self.place] if self.items else None

    def show(self, items: Sequence[Item]) -> None:
        """Other items; whoever is looked at stays so while it is among them, else what stands in its place is."""
        before = self.item
        keys = {one.key: place for place, one in enumerate(items)}
        place = keys.get(before.key, self.place) if before else 0
        self.items, self.place = items, max(0, min(place, len(items) - 1))
        self.virtual_size = Size(self.scrollable_content_region.width, ROWS * len(items))
        self._reveal()
        self.refresh()
        if self.item is None or before is None or self.item.key != before.key:
            self.post_message(self.Moved())

    def go_to(self, place: int) -> None:
        place = max(0, min(place, len(self.items) - 1))
        if place != self.place and self.items:
            self.place = place
            self._reveal()
            self.refresh()
            self.post_message(self.Moved())

    def action_move(self, by: int) -> None:
        self.go_to(self.place + by)

    def action_page(self, by: int) -> None:
        self.go_to(self.place + by * max(1, self.size.height // ROWS - 1))

    def _reveal(self) -> None:
        self.scroll_to_region(Region(0, self.place * ROWS, 1, ROWS), animate=False, force=True)

    def on_click(self, event: events.Click) -> None:
        self.go_to((event.y + self.scroll_offset.y) // ROWS)

    def on_resize(self) -> None:
        self.virtual_size = Size(self.scrollable_content_region.width, ROWS * len(self.items))
        self._reveal()

    def render_line(self, y: int) -> Strip:
        width, base = self.scrollable_content_region.width, self.rich_style
        place, second = divmod(y + self.scroll_offset.y, ROWS)
        if place >= len(self.items):
            return Strip.blank(width, base)
        one, here = self.items[place], place == self.place
        sign = (">" if self.has_focus else "-") if here else " "
        style = base + Style(reverse=here and self.has_focus, bold=here)
        if second:
            text = f"{sign}  {one.subject}"
        else:
            waited = since(self._now() - one.since)  # type: ignore[operator]
            text = f"{sign}{one.mark} {fitted(one.name, max(1, width - 4 - len(waited)))} {waited}"
        return Strip([Segment(fitted(text, width), style)], width)


class Sheet(ScrollView, can_focus=True):
    """The text at the right. `fill` is asked for its lines again when the width changes."""

    DEFAULT_CSS = SCROLLS.format(name="Sheet")

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("space", "page_down", show=False),
        Binding("j", "scroll_down", show=False),
        Binding("k", "scroll_up", show=False),
    ]

    def __init__(self, **options: str) -> None:
        super().__init__(**options)
        self._fill: Callable[[int], Sequence[Line]] = lambda width: []
        self._lines: Sequence[Line] = []
        self._width = 0

    @property
    def lines(self) -> Sequence[Line]:
        return self._lines

    @property
    def room(self) -> int:
        """Columns of a line."""
        return self.scrollable_content_region.width

    def show(
        self, fill: Callable[[int], Sequence[Line]], ready: Sequence[Line] = (), width: int = 0, *, top: bool = True
    ) -> None:
        """`ready`: the lines for `width`, where they are known already. `top`: begin at the first line again."""
        self._fill, self._lines, self._width = fill, ready, width
        if top:
            self.scroll_to(0, 0, animate=False, force=True)
        self.virtual_size = Size(width, len(ready))
        self._lay_out()

    def on_resize(self) -> None:
        self._lay_out()

    def _lay_out(self) -> None:
        width = self.room
        if width and width != self._width:
            self._width = width
            self._lines = list(self._fill(width))
            self.virtual_size = Size(width, len(self._lines))
        self.refresh()

    def render_line(self, y: int) -> Strip:
        width, base, place = self.scrollable_content_region.width, self.rich_style, y + self.scroll_offset.y
        if place >= len(self._lines):
            return Strip.blank(width, base)
        line = self._lines[place]
        return Strip([Segment(fitted(line.text, width), base + STYLES[line.kind])], width)

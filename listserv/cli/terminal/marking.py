"""What is marked on a contribution, chosen with keys: guiding questions, the suggested one by one key, and passages.

Nothing is noted before Enter (or y, for the suggestion) is pressed; Esc leaves everything as it was.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import ClassVar, Generic, TypeVar

from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.containers import Vertical
from textual.screen import ModalScreen
from textual.widgets import Static

from listserv.cli.terminal.dialogs import BOX
from listserv.cli.terminal.panes import Sheet
from listserv.cli.terminal.prose import Line, laid_out, one_line, safe
from listserv.core.dialogue.suggestion import Suggestion
from listserv.core.dialogue.tags import Kind

R = TypeVar("R")

#: The kinds of a passage by their digits; 0 is none: it only matters.
KINDS = dict(enumerate(Kind, 1))


class Listing(ModalScreen[R], Generic[R]):
    """Texts one below the other, one of them pointed at; each may bear a mark."""

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("escape", "dismiss(None)"),
        Binding("up,k", "point(-1)", priority=True),
        Binding("down,j", "point(1)", priority=True),
        Binding("home", "point(-100000)", priority=True),
        Binding("end", "point(100000)", priority=True),
        Binding("enter", "done", priority=True),
        *(Binding(str(number), f"digit({number})") for number in range(10)),
    ]

    def __init__(self, title: str, texts: Sequence[str], keys: str) -> None:
        super().__init__()
        self._title, self._texts, self._keys = safe(title), [one_line(text) for text in texts], keys
        self._at = 0

    def compose(self) -> ComposeResult:
        with Vertical():
            yield Static(self._title, markup=False)
            yield Sheet()
            yield Static(self._keys, classes="keys", markup=False)

    def on_mount(self) -> None:
        self._sheet = self.query_one(Sheet)
        self._sheet.focus()
        self._draw()

    def mark(self, place: int) -> str:
        """What stands before the text there; always as wide."""
        raise NotImplementedError

    def _draw(self) -> None:
        self._sheet.show(lambda width: self._lines(width)[0], top=False)
        self.call_after_refresh(self._reveal)

    def _lines(self, width: int) -> tuple[list[Line], int]:
        """The lines, and at which the one pointed at begins."""
        lines, begins = [Line("")], 0
        for place, text in enumerate(self._texts):
            here = place == self._at
            begins = len(lines) if here else begins
            lead = f"{'>' if here else ' '} {self.mark(place)} "
            rest = " " * len(lead)
            lines += laid_out(text, width, lead=lead, rest=rest, kind="label" if here else "text", sided=False)
        return lines, begins

    def _reveal(self) -> None:
        begins = self._lines(self._sheet.room)[1]
        height = self._sheet.size.height
        top = self._sheet.scroll_offset.y
        if begins < top or begins >= top + height - 2:
            self._sheet.scroll_to(0, max(0, begins - height // 3), animate=False, force=True)

    def action_point(self, by: int) -> None:
        self._at = max(0, min(self._at + by, len(self._texts) - 1))
        self._draw()


class Questions(Listing[list[int] | None]):
    """Which guiding questions it answers. Answers with their numbers, the main one first, or None."""

    CSS = BOX.format(name="Questions", height="80%")
    BINDINGS: ClassVar[list[BindingType]] = [Binding("space", "toggle", priority=True), Binding("y", "accept")]

    def __init__(self, questions: Sequence[str], noted: Sequence[int], hint: Suggestion | None) -> None:
        said = f"\nIt seems to answer question {hint.question}: {hint.why}." if hint else ""
        keys = "1-9, Space mark   0 none   Enter notes them   Esc leaves"
        super().__init__(
            f"Which guiding questions does it answer, the main one first?{said}",
            [f"{number}. {text}" for number, text in enumerate(questions, 1)],
            f"y notes {hint.question}   {keys}" if hint else keys,
        )
        self._noted, self._hint = list(noted), hint
        self._at = (noted[0] if noted else hint.question if hint else 1) - 1

    def mark(self, place: int) -> str:
        number = place + 1
        if number in self._noted:
            return f"[{self._noted.index(number) + 1}]"
        return "[?]" if self._hint and self._hint.question == number else "[ ]"

    def action_toggle(self) -> None:
        self._toggle(self._at + 1)

    def action_digit(self, number: int) -> None:
        if number == 0:
            self._noted.clear()
            self._draw()
        elif number <= len(self._texts):
            self._at = number - 1
            self._toggle(number)

    def _toggle(self, number: int) -> None:
        if number in self._noted:
            self._noted.remove(number)
        else:
            self._noted.append(number)
        self._draw()

    def action_accept(self) -> None:
        if self._hint:
            self.dismiss([self._hint.question])

    def action_done(self) -> None:
        self.dismiss(self._noted)


Marks = Mapping[str, Kind | None]


class Passages(Listing[Marks | None]):
    """Which sentences matter, and what they are. Answers with those marked, in the text's order, or None."""

    CSS = BOX.format(name="Passages", height="95%")
    BINDINGS: ClassVar[list[BindingType]] = [Binding("space", "toggle", priority=True)]

    def __init__(self, sentences: Sequence[str], marked: Marks) -> None:
        kinds = ", ".join(f"{digit} {kind}" for digit, kind in KINDS.items())
        super().__init__(
            f"Which sentences matter? They are quoted first.\n{kinds}",
            sentences,
            "Space marks   1-5 what it is   0 that it matters   Enter notes   Esc leaves",
        )
        self._sentences, self._marked = sentences, dict(marked)

    def mark(self, place: int) -> str:
        said = self._sentences[place]
        if said not in self._marked:
            return "[ ]"
        kind = self._marked[said]
        return "[*]" if kind is None else f"[{list(KINDS.values()).index(kind) + 1}]"

    def action_toggle(self) -> None:
        said = self._sentences[self._at]
        if said in self._marked:
            del self._marked[said]
        else:
            self._marked[said] = None
        self._draw()

    def action_digit(self, number: int) -> None:
        if number == 0 or number in KINDS:
            self._marked[self._sentences[self._at]] = KINDS.get(number)
            self._draw()

    def action_done(self) -> None:
        self.dismiss({said: self._marked[said] for said in self._sentences if said in self._marked})

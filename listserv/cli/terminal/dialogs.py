"""What is asked before something is done: a line, a choice, a text, a look at the mail. Esc leaves each undone."""

from __future__ import annotations

from collections.abc import Sequence
from typing import ClassVar

from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.containers import Vertical
from textual.screen import ModalScreen
from textual.widgets import Input, Static, TextArea

from listserv.cli.terminal.panes import Sheet
from listserv.cli.terminal.prose import Line, laid_out, safe

BOX = """
{name} {{ align: center middle; background: $background 60%; }}
{name} > Vertical {{
    width: 100%; max-width: 90; height: {height}; max-height: 95%;
    border: round $foreground; background: $background; padding: 0 1;
}}
{name} Static {{ height: auto; }}
{name} Input, {name} TextArea {{ background: $background; border: round $foreground; }}
{name} Sheet {{ height: 1fr; }}
{name} .keys {{ dock: bottom; text-style: bold; margin-top: 1; }}
"""


class Ask(ModalScreen[str | None]):
    """One line. Answers with it, or None."""

    CSS = BOX.format(name="Ask", height="auto")
    BINDINGS: ClassVar[list[BindingType]] = [Binding("escape", "dismiss(None)")]

    def __init__(self, title: str, before: str = "", keys: str = "Enter does it   Esc leaves it") -> None:
        super().__init__()
        self._title, self._before, self._keys = safe(title), before, keys

    def compose(self) -> ComposeResult:
        with Vertical():
            yield Static(self._title, markup=False)
            yield Input(self._before, select_on_focus=False)  # a letter typed must not take all away
            yield Static(self._keys, classes="keys", markup=False)

    def on_input_submitted(self, event: Input.Submitted) -> None:
        self.dismiss(event.value)


class Choose(ModalScreen[int | None]):
    """One of at most nine texts, by its digit. Answers with its place from 0, -1 for one's own words, or None."""

    CSS = BOX.format(name="Choose", height="auto")
    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("escape", "dismiss(None)"),
        Binding("w", "dismiss(-1)"),
        *(Binding(str(number), f"choose({number})") for number in range(1, 10)),
    ]

    def __init__(self, title: str, choices: Sequence[str]) -> None:
        super().__init__()
        self._title, self._choices = title, choices[:9]

    def compose(self) -> ComposeResult:
        with Vertical():
            yield Static(self._title, markup=False)
            yield Sheet(id="choices")
            yield Static(f"1-{len(self._choices)} chooses   w own words   Esc leaves it", classes="keys", markup=False)

    def on_mount(self) -> None:
        sheet = self.query_one(Sheet)
        self.query_one(Vertical).styles.height = "95%"
        sheet.show(self._lines)
        sheet.focus()

    def _lines(self, width: int) -> list[Line]:
        found = [Line("")]
        for number, text in enumerate(self._choices, 1):
            found += laid_out(text, width, lead=f"{number}  ", rest="   ")
        return found

    def action_choose(self, number: int) -> None:
        if number <= len(self._choices):
            self.dismiss(number - 1)


class Write(ModalScreen[str | None]):
    """A text. Answers with it, or None."""

    CSS = BOX.format(name="Write", height="80%") + "Write TextArea { height: 1fr; }"
    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("escape", "dismiss(None)", priority=True),
        Binding("f2,ctrl+s", "done", priority=True),
    ]

    def __init__(self, title: str, before: str) -> None:
        super().__init__()
        self._title, self._before = safe(title), before

    def compose(self) -> ComposeResult:
        with Vertical():
            yield Static(self._title, markup=False)
            yield TextArea(self._before, soft_wrap=True, show_line_numbers=False, tab_behavior="focus")
            yield Static("F2 or Ctrl+S goes on to the preview   Esc leaves it", classes="keys", markup=False)

    def on_mount(self) -> None:
        area = self.query_one(TextArea)
        area.move_cursor(area.document.end)
        area.focus()

    def action_done(self) -> None:
        self.dismiss(self.query_one(TextArea).text)


class Look(ModalScreen[str | None]):
    """A text to look at. Answers with the key pressed of those offered ("y", "e"), or None."""

    CSS = BOX.format(name="Look", height="95%")
    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("escape,q", "dismiss(None)"),
        *(Binding(key, f"answer('{key}')") for key in "ye"),
    ]

    def __init__(self, title: str, text: str, keys: str, offered: str = "") -> None:
        super().__init__()
        self._title, self._text, self._keys, self._offered = safe(title), text, keys, offered

    def compose(self) -> ComposeResult:
        with Vertical():
            yield Static(self._title, markup=False)
            yield Sheet()
            yield Static(self._keys, classes="keys", markup=False)

    def on_mount(self) -> None:
        sheet = self.query_one(Sheet)
        sheet.show(lambda width: [Line(""), *laid_out(self._text, width)])
        sheet.focus()

    def action_answer(self, key: str) -> None:
        if key in self._offered:
            self.dismiss(key)


HELP = """\
r    release: it goes to all; u takes it back while the countdown runs
b    return to its author, with a reason, after a look at the mail
e    edit in your editor ($EDITOR); the author's text is kept
m    move to another module
t    tags: experience, good practice, resource, recommendation, contact, or any other
a    note which guiding questions it answers; y takes the one suggested
p    mark the sentences that matter: round-ups and the report quote them first
c    claim: for half an hour the others see that you are on it
d    discard: nobody is written to, the mail is kept
u    undo the last release
n    the first request to take part; y says yes, x says no

Tab  the other side; Enter the text, Esc the queue
     Arrows, PgUp, PgDn, Home, End move (or j, k, Space)
g    look again now (it looks by itself)
q    leave; what you released goes out all the same

In the queue: ! held for more than being new
              @ somebody else is on it
              ? asks to take part
"""

"""The screen: the queue at the left, what is looked at at the right, and a key for each decision."""

from __future__ import annotations

from typing import ClassVar

from textual import work
from textual.binding import Binding, BindingType

from listserv.cli.terminal.deciding import Deciding


class Screen(Deciding):
    """The program. `farewell` once it has ended."""

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("r", "release"),
        Binding("b", "give_back"),
        Binding("e", "edit"),
        Binding("m", "move"),
        Binding("a", "question"),
        Binding("t", "tag"),
        Binding("p", "passage"),
        Binding("c", "claim"),
        Binding("u", "undo"),
        Binding("d", "discard"),
        Binding("n", "requests"),
        Binding("y", "approve"),
        Binding("x", "decline"),
        Binding("g", "look_again"),
        Binding("enter", "to_text"),
        Binding("escape", "to_queue"),
        Binding("question_mark", "help"),
        Binding("q", "quit"),
    ]

    def action_requests(self) -> None:
        if self._now_look.requests:
            self._queue.go_to(0)
        else:
            self.say("nobody has asked to take part")

    def action_to_text(self) -> None:
        self._sheet.display = True
        self._sheet.focus()
        self.call_after_refresh(self._arrange)

    def action_to_queue(self) -> None:
        self._queue.display = True
        self._queue.focus()
        self.call_after_refresh(self._arrange)

    @work
    async def action_look_again(self) -> None:
        await self._look()

    @work
    async def action_help(self) -> None:
        from listserv.cli.terminal.dialogs import HELP
        from listserv.cli.terminal.dialogs import Look as Shown

        await self.push_screen_wait(Shown("Keys", HELP, "Esc goes back"))

    def farewell(self) -> list[str]:
        """What a moderator has to know once the screen is gone."""
        self._hands.shutdown()
        seconds = self._desk.seconds()
        return [
            f"number {one.number} leaves in {round(one.until - seconds)} s;"
            f" to take it back: listserv queue undo {one.contribution_id}"
            for one in self._pending
            if one.until > seconds
        ]

    async def action_quit(self) -> None:
        self.exit()

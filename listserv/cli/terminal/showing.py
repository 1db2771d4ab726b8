"""What the screen shows, and how it keeps up with what others do: the queue, the text, the heading, one line of words.

Whatever may wait (database, rendering) runs in threads, so that the screen never does; decisions one after another in
a thread of their own. Every second or so it looks whether somebody else has changed something.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from concurrent.futures import Future, ThreadPoolExecutor
from typing import TYPE_CHECKING, TypeVar

from textual import work
from textual.app import App, ComposeResult
from textual.containers import Horizontal
from textual.content import Content
from textual.widgets import Static

from listserv.cli.terminal import account
from listserv.cli.terminal.desk import Desk, Look, Pending
from listserv.cli.terminal.panes import Sheet, Waiting
from listserv.cli.terminal.prose import Line, one_line
from listserv.errors import Refused

if TYPE_CHECKING:
    from listserv.steps.weigh import Whole
    from listserv.store.changes import Changes

T = TypeVar("T")

AGES = 30.0  # seconds after which the screen looks again though nothing has changed: times go on
NARROW = 60  # columns; with fewer, one side is shown at a time
WIDE = 110  # columns that have room for all keys

#: Each key and what it does; without those that are told elsewhere where there is little room.
KEYS = "r release,b return,e edit,m move,t tag,c claim,u undo,d discard,? help"
ALL_KEYS = f"{KEYS.replace('t tag', 't tag,a question,p passage')},q leave"
REQUEST_KEYS = "y yes approve,x no decline,u undo,? help,q leave"


def keys_of(told: str) -> Content:
    pairs = [one.partition(" ") for one in told.split(",")]
    return Content("  ").join(Content.assemble((key, "bold underline"), f" {what}") for key, _, what in pairs)


def _close(opened: Future[Changes]) -> None:
    if not opened.cancelled() and opened.exception() is None:
        opened.result().close()


class Showing(App[None]):
    """`look`: the queue as it was read before. `pause`: seconds between looks at what others do."""

    ENABLE_COMMAND_PALETTE = False
    CSS = """
    Screen { background: $background; }
    #heading { height: 2; }
    #heading Static { height: 1; width: 1fr; text-wrap: nowrap; text-overflow: ellipsis; }
    #top { text-style: bold; }
    #sides { height: 1fr; }
    #queue { width: 36%; max-width: 48; border-right: solid $foreground 40%; }
    #sheet { width: 1fr; padding: 0 1; }
    .narrow #queue { width: 1fr; max-width: 100%; border-right: none; }
    #said, #keys { height: 1; text-wrap: nowrap; text-overflow: ellipsis; }
    #keys { background: $foreground 15%; }
    """

    def __init__(self, desk: Desk, look: Look, pause: float = 1.0) -> None:
        super().__init__()
        self._desk, self._now_look, self._pause = desk, look, pause
        self._hands = ThreadPoolExecutor(1, "decide")
        self._one_look = asyncio.Lock()
        self._pending: list[Pending] = []
        self._busy: set[tuple[str, int]] = set()  # decided upon, not yet committed
        self._mine: set[tuple[str, int]] = set()  # decided upon here
        self._whole: Whole | None = None

    # --- what is shown

    def compose(self) -> ComposeResult:
        yield Static(id="top", markup=False)
        yield Static(id="under", markup=False)
        with Horizontal(id="sides"):
            yield Waiting(lambda: self._now_look.now, id="queue")
            yield Sheet(id="sheet")
        yield Static(id="said", markup=False)
        yield Static(id="keys", markup=False)

    def on_mount(self) -> None:
        self.title = "listserv moderate"
        self._queue, self._sheet = self.query_one(Waiting), self.query_one(Sheet)
        self._words = {name: self.query_one(f"#{name}", Static) for name in ("top", "under", "said", "keys")}
        self._queue.focus()
        self._show(self._now_look)
        self.set_interval(1.0, self._head)
        self._watch()

    def on_resize(self) -> None:
        self.call_after_refresh(self._arrange)

    def _arrange(self) -> None:
        narrow = self.size.width < NARROW
        below = self.screen_stack[0]  # a dialog may stand upon it
        below.set_class(narrow, "narrow")
        reading = below.focused is self._sheet
        self._queue.display = not narrow or not reading
        self._sheet.display = not narrow or reading
        self._head()

    @property
    def _gone(self) -> bool:
        """Whether the screen is being left: what a thread still brings is not shown any more."""
        return not self.is_running or not self._queue.is_attached

    def _show(self, look: Look) -> None:
        if self._gone:
            return
        self._now_look = look
        self._queue.show([one for one in account.items(look, self._desk.actor) if one.key not in self._busy])
        if self._queue.item is None:
            self._whole = None
            self._sheet.show(lambda width: list(account.empty(self._now_look, width)))
        self._head()

    def _head(self) -> None:
        if self._gone:
            return
        seconds = self._desk.seconds()
        self._pending = [one for one in self._pending if one.until > seconds]
        top, under = account.heading(self._now_look, self._desk.actor, self._pending, seconds)
        self._words["top"].update(top)
        self._words["under"].update(under)
        item = self._queue.item
        wide = self.size.width >= WIDE
        self._words["keys"].update(keys_of(REQUEST_KEYS if item and item.request else ALL_KEYS if wide else KEYS))

    def say(self, text: str, *, refused: bool = False) -> None:
        """One line above the keys."""
        if self._gone:
            return
        self._words["said"].update(f"! {one_line(text)}" if refused else one_line(text))

    def on_waiting_moved(self) -> None:
        self._head()
        item = self._queue.item
        if item is None:
            return
        if item.request:
            row = next((one for one in self._now_look.requests if one["id"] == item.key[1]), None)
            if row is not None:
                self._whole = None
                self._sheet.show(lambda width: list(account.request(row, self._now_look, width)))
            return
        self._read(item.key[1])

    @work(exclusive=True, group="read")
    async def _read(self, contribution_id: int, again: bool = False) -> None:
        width = self._sheet.room

        def read() -> tuple[Whole, list[Line]]:
            whole = self._desk.whole(contribution_id)
            return whole, list(account.contribution(whole, width))

        if (found := await self.asked(read)) is not None and not self._gone:
            whole, lines = found
            self._whole = whole
            self._sheet.show(lambda columns: list(account.contribution(whole, columns)), lines, width, top=not again)

    async def asked(self, read: Callable[[], T]) -> T | None:
        """What a reading in a thread gives; None where it was refused or the database failed, which is said."""
        try:
            return await asyncio.to_thread(read)
        except Refused as error:
            self.say(str(error), refused=True)
        except Exception as error:
            self._failed(error)
        return None

    def _failed(self, error: Exception) -> None:
        from listserv.store.session import temporary

        if not temporary(error):
            raise error
        self.say("the database does not answer; try again", refused=True)

    # --- what others do meanwhile

    @work(group="watch")
    async def _watch(self) -> None:
        from listserv.store.changes import watch

        await asyncio.sleep(self._pause)  # the first look is the moderator's
        await self._by_hand(self._desk.prepare)
        opening = self._hands.submit(watch, self._desk.session)
        try:
            changes = await asyncio.wrap_future(opening)
        except asyncio.CancelledError:
            opening.add_done_callback(_close)  # it may be about to be opened
            raise
        try:
            await self._look()  # what happened until then is not noticed otherwise
            quiet = 0.0
            while True:
                await asyncio.sleep(self._pause)
                quiet += self._pause
                if changes.seen() or quiet > AGES:
                    quiet = 0.0
                    await self._look()
        finally:
            changes.close()

    async def _look(self, decided: account.Item | None = None) -> None:
        """Read the queue again; say what became of that which was looked at, if it is gone.

        `decided`: what has been decided upon before this look, and is hidden until then.
        """
        item = self._queue.item
        async with self._one_look:  # a look that began before a decision must not show after one that saw it
            look = await self.asked(self._desk.look)
            if decided is not None:
                self._busy.discard(decided.key)
            self._show(look or self._now_look)
        if look is None or item is None or item.request or item.key in self._busy | self._mine:
            return
        if all(one["id"] != item.key[1] for one in look.held):
            # After a decision its own outcome stays to be read.
            if decided is None and (gone := await self.asked(lambda: self._desk.whole(item.key[1]))):
                self.say(f"{item.name}: was {gone.row['state']} by {gone.row['decided_by']} meanwhile")
        elif self._whole and self._whole.row["id"] == item.key[1] and self._queue.item == item:
            self._read(item.key[1], again=True)

    def _by_hand(self, act: Callable[[], T]) -> asyncio.Future[T]:
        return asyncio.get_running_loop().run_in_executor(self._hands, act)

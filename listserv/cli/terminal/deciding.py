"""The keys that decide: each is one of the desk's decisions, made in its thread, and what is said of it."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, TypeVar

from textual import work
from textual.app import SuspendNotSupported

from listserv.cli.editor import edited_contribution
from listserv.cli.output import plural
from listserv.cli.terminal import account
from listserv.cli.terminal.desk import Pending
from listserv.cli.terminal.showing import Showing
from listserv.core.dialogue.tags import Kind
from listserv.errors import Refused

if TYPE_CHECKING:
    from listserv.steps.weigh import Whole

T = TypeVar("T")


class Deciding(Showing):
    """What is decided upon is what the queue stands at."""

    async def _decide(
        self, item: account.Item, act: Callable[[], T], said: Callable[[T], str], *, gone: bool = True
    ) -> bool:
        """Do it and say so; false when it was refused, which is said. `gone`: it leaves the queue by that."""
        if gone:
            self._busy.add(item.key)
            self._show(self._now_look)  # the next one comes at once
        try:
            done = await self._by_hand(act)
        except Refused as error:
            self.say(str(error), refused=True)
            return False
        except Exception as error:
            self._failed(error)
            return False
        else:
            if gone:
                self._mine.add(item.key)
            self.say(said(done))
            return True
        finally:
            await self._look(item)

    def _chosen(self, *, request: bool = False) -> account.Item | None:
        item = self._queue.item
        if item is None:
            self.say("nothing waits", refused=True)
        elif item.request != request:
            self.say("that is a request to take part: y or x" if item.request else "y and x are for requests")
        else:
            return item
        return None

    @work
    async def action_release(self) -> None:
        def said(done: Pending) -> str:
            left = done.until - self._desk.seconds()
            if left > 0:
                self._pending.append(done)
            how = f"; leaves in {round(left)} s, u takes it back" if left > 0 else ""
            return f"{item.name}: number {done.number}, to {plural(done.recipients, 'participant')}{how}"

        if item := self._chosen():
            await self._decide(item, lambda: self._desk.release(item.key[1]), said)

    @work
    async def action_undo(self) -> None:
        self._head()
        if not self._pending:
            self.say("there is no release that could still be taken back", refused=True)
            return
        last = self._pending.pop()  # so that the same key, pressed again, takes the one before it
        item = account.Item(("contribution", last.contribution_id), "", "", self._now_look.now, " ")
        self._mine.discard(item.key)
        if await self._decide(
            item,
            lambda: self._desk.undo(last.contribution_id),
            lambda _: f"number {last.number} was taken back: it waits again",
            gone=False,
        ):
            keys = [one.key for one in self._queue.items]
            self._queue.go_to(keys.index(item.key) if item.key in keys else self._queue.place)
        else:
            self._pending.append(last)
            self._pending.sort(key=lambda one: one.number)

    @work
    async def action_give_back(self) -> None:
        from listserv.cli.terminal.returning import reason_for

        if (item := self._chosen()) and (reason := await reason_for(self, self._desk, item)) is not None:
            told = f"{item.name}: returned to its author"
            await self._decide(item, lambda: self._desk.give_back(item.key[1], reason), lambda _: told)

    @work
    async def action_discard(self) -> None:
        if not (item := self._chosen()):
            return
        reason = await self._ask(f"Discard “{item.subject}”? Nobody is written to. Why (for the audit)")
        if reason is not None:
            told = f"{item.name}: discarded"
            await self._decide(item, lambda: self._desk.discard(item.key[1], reason), lambda _: told)

    @work
    async def action_edit(self) -> None:
        if not (item := self._chosen()):
            return
        if (whole := await self.asked(lambda: self._desk.whole(item.key[1]))) is None:
            return
        try:
            with self.suspend():
                left = edited_contribution(whole.row["subject"], whole.row["text"])
        except SuspendNotSupported:
            self.say("this terminal cannot be lent to an editor; elsewhere: listserv queue edit", refused=True)
            return
        except Refused as error:
            self.say(str(error), refused=True)
            return
        self.refresh(layout=True)
        if left is None:
            self.say("nothing was changed")
            return
        subject, text = left

        def said(changed: bool) -> str:
            return f"{item.name}: {'edited; the original is kept' if changed else 'nothing was changed'}"

        await self._decide(item, lambda: self._desk.edit(item.key[1], text, subject), said, gone=False)

    @work
    async def action_move(self) -> None:
        if not (item := self._chosen()):
            return
        known = ", ".join(f"{one.number} {one.title}" for one in self._now_look.dialogue.modules)
        if (number := await self._number(f"To which module? {known}")) is not None:
            told = f"{item.name}: moved to module {number}"
            await self._decide(item, lambda: self._desk.move(item.key[1], number), lambda _: told, gone=False)

    async def _read_of(self, item: account.Item) -> Whole | None:
        """The contribution itself: the text at the right may still be that of another."""
        if self._whole and self._whole.row["id"] == item.key[1]:
            return self._whole
        return await self.asked(lambda: self._desk.whole(item.key[1]))

    @work
    async def action_question(self) -> None:
        if not (item := self._chosen()) or (whole := await self._read_of(item)) is None:
            return
        from listserv.cli.terminal.marking import Questions
        from listserv.store.contributions import questions

        module = whole.dialogue.module(whole.row["module"])
        if module is None or not module.questions:
            self.say("its module asks no guiding questions", refused=True)
            return
        noted = [one for one in questions(whole.row) if one <= len(module.questions)]
        chosen = await self.push_screen_wait(Questions(module.questions, noted, whole.hint))
        if chosen == noted:
            self.say("nothing was changed")
        elif chosen is not None:
            told = f"question {', '.join(map(str, chosen))}" if chosen else "no question"
            await self._decide(
                item, lambda: self._desk.answers(item.key[1], chosen), lambda _: f"{item.name}: {told}", gone=False
            )

    @work
    async def action_tag(self) -> None:
        if not (item := self._chosen()) or (whole := await self._read_of(item)) is None:
            return
        title = f"Tags, with commas between them: {', '.join(Kind)}, or any other"
        if (said := await self._ask(title, ", ".join(whole.tags))) is not None:
            tags = [one for one in said.split(",") if one.strip()]
            await self._decide(
                item,
                lambda: self._desk.tags(item.key[1], tags, whole.tags),
                lambda kept: f"{item.name}: {'tagged ' + ', '.join(kept) if kept else 'no tags'}",
                gone=False,
            )

    @work
    async def action_passage(self) -> None:
        if not (item := self._chosen()) or (whole := await self._read_of(item)) is None:
            return
        from listserv.cli.terminal.marking import Passages
        from listserv.core.publication.passages import sentences

        if not (there := sentences(whole.row["text"])):
            self.say("it has no sentence of its author's own", refused=True)
            return
        had = {
            one["text"]: Kind(one["kind"]) if one["kind"] else None for one in whole.passages if one["text"] in there
        }
        chosen = await self.push_screen_wait(Passages(there, had))
        if chosen is not None:
            told = f"{item.name}: {plural(len(chosen), 'passage')} marked"
            await self._decide(item, lambda: self._desk.passages(item.key[1], chosen, had), lambda _: told, gone=False)

    @work
    async def action_claim(self) -> None:
        if item := self._chosen():
            zone = self._now_look.dialogue.zone
            await self._decide(
                item,
                lambda: self._desk.claim(item.key[1]),
                lambda until: f"{item.name}: yours until {until.astimezone(zone):%H:%M}",
                gone=False,
            )

    @work
    async def action_approve(self) -> None:
        if item := self._chosen(request=True):
            told = f"{item.name}: takes part; the welcome goes out"
            await self._decide(item, lambda: self._desk.approve(item.address), lambda _: told)

    @work
    async def action_decline(self) -> None:
        if (item := self._chosen(request=True)) is None:
            return
        reason = await self._ask(f"Say no to {item.name}, in a friendly mail. Your words in it (may be empty)")
        if reason is not None:
            told = f"{item.name}: declined"
            await self._decide(item, lambda: self._desk.decline(item.address, reason), lambda _: told)

    async def _ask(self, title: str, before: str = "") -> str | None:
        from listserv.cli.terminal.dialogs import Ask

        return await self.push_screen_wait(Ask(title, before))

    async def _number(self, title: str, before: str = "") -> int | None:
        said = await self._ask(title, before)
        if said is None or not said.strip():
            return None
        if not said.strip().isdecimal() or len(said.strip()) > 9:
            self.say(f"{said.strip()[:20]} is not a number; nothing was changed", refused=True)
            return None
        return int(said)

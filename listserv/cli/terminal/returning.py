"""How a return comes about: a ready reason or one's own words, edited, then the whole mail to look at, then it goes."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING

from listserv.cli.terminal.account import Item
from listserv.cli.terminal.desk import Desk
from listserv.cli.terminal.dialogs import Choose, Look, Write
from listserv.errors import Refused

if TYPE_CHECKING:
    from listserv.cli.terminal.app import Screen


async def reason_for(screen: Screen, desk: Desk, item: Item) -> str | None:
    """The reason as it was seen in the preview and agreed to; None when it was left."""
    try:
        ready = await asyncio.to_thread(desk.reasons, item.key[1])
    except Refused as error:
        screen.say(str(error), refused=True)
        return None
    chosen = await screen.push_screen_wait(Choose("Why does it go back to its author?", [here for here, _ in ready]))
    if chosen is None:
        return None
    reason = ready[chosen][1] if chosen >= 0 else ""
    while True:
        written = await screen.push_screen_wait(Write(f"To {item.name}: what is to be mended", reason))
        if written is None:
            return None
        reason = written.strip()
        if not reason:
            screen.say("a contribution is returned with a reason: nothing was sent", refused=True)
            return None
        try:
            to, subject, text = await asyncio.to_thread(desk.preview, item.key[1], reason)
        except Refused as error:
            screen.say(str(error), refused=True)
            return None
        shown = f"To: {to}\nSubject: {subject}\n\n{text}" if to else "Nobody can be written to: it has no address."
        answer = await screen.push_screen_wait(
            Look("This mail goes out:", shown, "y sends it   e changes the reason   Esc leaves it", "ye")
        )
        if answer != "e":
            return reason if answer == "y" else None

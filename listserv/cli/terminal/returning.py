"""How a return comes about: a ready reason or one's own words, edited, then the whole mail to look at, then it goes."""

from __future__ import annotations

from typing import TYPE_CHECKING

from listserv.cli.terminal.account import Item
from listserv.cli.terminal.desk import Desk
from listserv.cli.terminal.dialogs import Choose, Look, Write

if TYPE_CHECKING:
    from listserv.cli.terminal.showing import Showing


async def reason_for(screen: Showing, desk: Desk, item: Item) -> str | None:
    """The reason as it was seen in the preview and agreed to; None when it was left."""
    if (ready := await screen.asked(lambda: desk.reasons(item.key[1]))) is None:
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
        mail = await screen.asked(lambda said=reason: desk.preview(item.key[1], said))
        doubt = await screen.asked(lambda: desk.doubt(item.key[1]))
        if mail is None or doubt is None:
            return None
        to, subject, text = mail
        shown = f"To: {to}\nSubject: {subject}\n\n{text}" if to else "Nobody can be written to: it has no address."
        answer = await screen.push_screen_wait(
            Look(
                f"! {doubt} Does this mail go out all the same?" if doubt else "This mail goes out:",
                shown,
                "y sends it   e changes the reason   Esc leaves it",
                "ye",
            )
        )
        if answer != "e":
            return reason if answer == "y" else None

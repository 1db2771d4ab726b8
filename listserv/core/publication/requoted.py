"""What a mail quotes of something released: of what was cut from it, the part that everybody may read already.

Lines count by their words alone, whatever marks and breaks a mail program gave them. Pure, never raises.
"""

from __future__ import annotations

from listserv.core.dialogue.phrases import plain

_MARKS = "> \t|"


def requoted(cut: str, released: str) -> str:
    """The lines of `cut`, without their quote marks, whose words stand so in `released`; "" where there are none."""
    whole = f" {plain(released)} "
    kept: list[str] = []
    for line in cut.split("\n"):
        bare = line.lstrip(_MARKS).rstrip()
        words = plain(bare)
        if words and f" {words} " in whole:
            kept.append(bare)
        elif not bare and kept and kept[-1]:
            kept.append("")
    return "\n".join(kept).strip("\n")

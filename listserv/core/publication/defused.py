"""People's words in a text of ours that is read as Markdown: without what would make a link, code or HTML of them."""

from __future__ import annotations

_RISKY = (("](", "] ("), ("`", "'"), ("<", "‹"), (">", "›"))


def defused(text: str, *also: tuple[str, str]) -> str:
    """The text with other signs in place of those that would be structure. `also`: further pairs, sign and instead."""
    for sign, instead in (*_RISKY, *also):
        text = text.replace(sign, instead)
    return text

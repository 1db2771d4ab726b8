"""The links in a text, as people and programs write them. Pure; never raises."""

from __future__ import annotations

import re

_LINK = re.compile(r"\b(?:https?://|www\.)\w", re.IGNORECASE)


def links(text: str) -> int:
    """How many there are."""
    return len(_LINK.findall(text))

"""Why something is held, as a person wants to read it: the telling reasons first.

Apart from the rules (core/dialogue/moderation), so that a listing loads none of the words they know.
"""

from __future__ import annotations

from collections.abc import Iterable

#: What holds nearly everything, so that it tells least: named last, and the second only where nothing else speaks.
FIRST, EVERY = "first contribution", "every contribution"

#: What speaks against its being from whom it names, or of nobody known.
STRANGER, FORGED, UNAUTHENTICATED = "not a participant", "forged", "unauthenticated"


def telling(reasons: Iterable[tuple[str, str]]) -> list[str]:
    """The texts of (rule, text) pairs in the order of how much they tell."""
    said = list(reasons)
    return [text for rule, text in said if rule not in (FIRST, EVERY)] + [
        text for rule, text in said if rule == FIRST
    ] or [text for rule, text in said if rule == EVERY]


def striking(reasons: Iterable[tuple[str, str]]) -> bool:
    """Whether something else holds it than being a first contribution, or one like any other."""
    return any(rule not in (FIRST, EVERY) for rule, _ in reasons)

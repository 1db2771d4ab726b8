"""Why something is held, as a person wants to read it: the telling reasons first.

Apart from the rules (core/dialogue/moderation), so that a listing loads none of the words they know.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping

from listserv.core.sentence import Sentence

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


#: Each rule as moderators read it where they choose by it.
NAMES: Mapping[str, Sentence] = {
    "not a participant": Sentence("not a participant"),
    "network": Sentence("from a sister network"),
    "unclear author": Sentence("unclear author"),
    "forged": Sentence("perhaps forged"),
    "unauthenticated": Sentence("sender not proved"),
    "name of another": Sentence("name of another"),
    "mixed alphabets": Sentence("mixed alphabets"),
    "domain of another": Sentence("domain of another"),
    "administrivia": Sentence("a wish to the organisers"),
    "before the start": Sentence("before the start"),
    "between modules": Sentence("between modules"),
    "early": Sentence("module not open yet"),
    "late": Sentence("module closed"),
    "after the end": Sentence("after the end"),
    "first contribution": Sentence("first contribution"),
    "word limit": Sentence("too long"),
    "attachment": Sentence("attachments"),
    "links": Sentence("many links"),
    "quotes": Sentence("mostly quotes"),
    "private": Sentence("perhaps private"),
    "names its author": Sentence("names its author"),
    "mended version": Sentence("mended version"),
    "another list": Sentence("through another list"),
    "automatic": Sentence("perhaps automatic"),
    "another sender": Sentence("another sender"),
    "unreadable": Sentence("unreadable"),
    "same Message-ID": Sentence("Message-ID used before"),
    "every contribution": Sentence("nothing in particular"),
}

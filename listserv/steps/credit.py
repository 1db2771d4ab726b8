"""How authors want what they wrote to be shown: their choice for all, for one contribution, and what changes with it.

A contribution bears its own attribution; a person's is what new ones begin with. Who wants to be told less of from now
on is told less of everywhere: in all they wrote, on the pages at once and in what is published later. Who wants more
told is shown so from then on only: nothing that went out without a name is named afterwards, unless for itself.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace
from typing import Any

from listserv.core.dialogue.anonymity import gives_away
from listserv.core.dialogue.choices import Choice
from listserv.core.dialogue.model import Attribution
from listserv.core.dialogue.moderation import Case


def chosen(part: Any | None, choice: Choice) -> tuple[Attribution, bool]:
    """How a new contribution is shown, and whether it may be quoted: as it says, else as its author has set."""
    attribution = choice.attribution or Attribution(part["attribution"] if part else Attribution.NAME)
    quotable = bool(part["quotable"]) if part and choice.quotable is None else choice.quotable is not False
    return attribution, quotable


def on(case: Case, attribution: Attribution, part: Any | None, name: str, others: Iterable[str]) -> Case:
    """The case with what names an author who is not to be named. `others`: its subject and the names of its files."""
    name, organisation = (part["name"] or name, part["organisation"]) if part else (name, "")
    found = gives_away(attribution, name, case.author, organisation, case.text, others)
    return replace(case, attribution=attribution, gives_away=found)

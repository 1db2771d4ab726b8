"""What the words of a contribution suggest to moderators: the guiding question it seems to answer. We note none."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from listserv.core.dialogue.model import Dialogue
from listserv.core.dialogue.suggestion import Suggestion, suggest
from listserv.core.publication.passages import own_words


def hint(dialogue: Dialogue, row: Mapping[str, Any]) -> Suggestion | None:
    """None where somebody has assigned it, its module asks nothing, or no question stands out.

    `row`: module, question, subject and text of a contribution.
    """
    module = dialogue.module(row["module"])
    if row["question"] or module is None:
        return None
    return suggest(f"{row['subject']}\n{own_words(row['text'])}", module.questions)

"""What comes next has words for everything that the programme does."""

from __future__ import annotations

from dataclasses import replace

import pytest

from listserv.cli.coming import SAID
from listserv.cli.terminal import account
from listserv.core.dialogue.occurrence import Due, OccurrenceKind
from tests.core.test_programme import dialogue, local


@pytest.mark.parametrize("kind", OccurrenceKind)
def test_the_terminal_and_plan_have_words_for_each(kind: OccurrenceKind) -> None:
    class Look:
        now = local("2008-11-04 09:00")
        coming = Due(kind, "1", 0, local("2008-11-05 12:00"), 1)
        dialogue = replace(dialogue(), title="Planning")

    assert account.coming(Look).startswith("Next: ")  # type: ignore[arg-type]
    assert SAID[kind]

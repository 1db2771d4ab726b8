"""Whether a return may go to somebody who never wrote."""

from __future__ import annotations

import pytest

from listserv.core.dialogue.backscatter import Risk, risk

EVERY = ("every contribution", "Every contribution is read before it goes out.")
FORGED = ("forged", "It may be forged. Our host's check says no.")
LACKING = ("unauthenticated", "It may come from somebody else than a@b.example. It is not signed.")
STRANGER = ("not a participant", "The author is not a participant: nobody here has this address.")


@pytest.mark.parametrize(
    ("reasons", "found"),
    [
        ([], None),
        ([EVERY], None),
        ([EVERY, FORGED], Risk(True, FORGED[1])),
        ([LACKING, EVERY], Risk(False, LACKING[1])),
        ([STRANGER, FORGED], Risk(True, FORGED[1])),
        ([STRANGER, LACKING], Risk(False, LACKING[1])),
        ([STRANGER], None),  # proven, or at a site that looks for no proof
    ],
)
def test_by_what_was_kept(reasons: list[tuple[str, str]], found: Risk | None) -> None:
    assert risk(reasons) == found

"""Which contribution of a bundle an answer to the whole bundle is about."""

import pytest

from listserv.core.dialogue.bundled import Held, named

FOUR = Held(4, "Plans", "We began by asking the women of each district what they need, and wrote it down.")
FIVE = Held(5, "Money", "> We began by asking the women of each district\n\nWho pays for it when the donors have left?")
SIX = Held(6, "Re: [nap 1] Plans", "I agree.")
HELD = [FOUR, FIVE, SIX]
BUNDLE = "Re: [nap] Tuesday 4 November 2008: 3 contributions"
ALL = "\n".join(one.text for one in HELD)


@pytest.mark.parametrize(
    ("subject", "own", "quoted", "expected"),
    [
        # its first line begins with a number
        (BUNDLE, "4. I think so too.", "", 4),
        (BUNDLE, "4", "", 4),
        (BUNDLE, "#5 Nobody pays.", "", 5),
        (BUNDLE, "No. 5: nobody pays.", "", 5),
        (BUNDLE, "\n\n(6) So do I.", ALL, 6),
        (BUNDLE, "Re: 5\nNobody.", ALL, 5),
        (BUNDLE, "On contribution 4: we did the same.", ALL, 4),
        (BUNDLE, "À la contribution n° 5", "", 5),
        (BUNDLE, "> quoted\n\n5 - nobody", "", 5),
        # a number that is none of theirs, or two, or just a number
        (BUNDLE, "7. A point", "", None),
        (BUNDLE, "4 of our ministries have a plan.", "", None),
        (BUNDLE, "On contributions 4 and contribution 5", "", None),
        (BUNDLE, "I agree.\n4. is what I mean", "", None),
        # its subject
        ("Re: Money", "Nobody.", "", 5),
        ("Contribution 4", "Yes.", "", 4),
        ("Re: Plans", "Which of the two?", "", None),
        ("contribution 4, and contribution 5", "Yes.", "", None),
        # what it quotes
        (BUNDLE, "Nobody.", "> Who pays for it when the donors have left?", 5),
        (BUNDLE, "> Who pays for it when\n> the donors have left?\n\nNobody.", "", 5),
        (BUNDLE, "So do I.", "> I agree.", 6),
        (BUNDLE, "Yes.", "We began by asking the women of each district what they need", 4),
        (BUNDLE, "Yes.", ALL, None),
        (BUNDLE, "Yes.", f"{FOUR.text}\n{SIX.text}", None),
        (BUNDLE, "We began by asking the women of each district what they need", "", None),  # own words
        (BUNDLE, "", "", None),
        ("", "Yes.", "", None),
    ],
)
def test_named(subject: str, own: str, quoted: str, expected: int | None) -> None:
    assert named(HELD, "nap", subject, own, quoted) == expected


def test_of_nothing_none_is_named() -> None:
    assert named([], "nap", "Contribution 4", "4. Yes", "") is None

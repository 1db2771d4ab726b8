"""How an author is shown, and what still tells who wrote it."""

import pytest

from listserv.core.dialogue.anonymity import gives_away, names_author
from listserv.core.dialogue.model import Attribution
from listserv.core.publication import byline

ROW = {
    "person_name": "Ana Ortiz",
    "from_name": "Ana O.",
    "from_address": "ana@example.net",
    "organisation": "Ministry",
    "country": "Chile",
    "attribution": "name",
}


@pytest.mark.parametrize(
    ("changes", "line", "sender"),
    [
        ({}, "Ana Ortiz, Ministry, Chile", "Ana Ortiz"),
        ({"person_name": None}, "Ana O., Ministry, Chile", "Ana O."),
        ({"person_name": "", "from_name": "ana@example.net"}, "ana, Ministry, Chile", "ana"),
        ({"organisation": None, "country": None}, "Ana Ortiz", "Ana Ortiz"),
        ({"attribution": "organisation"}, "Ministry, Chile", "Ministry"),
        ({"attribution": "organisation", "organisation": ""}, "Chile", ""),
        ({"attribution": "anonymous"}, "", ""),
        ({"via": "Peace network"}, "Ana Ortiz, Ministry, via Peace network, Chile", "Ana Ortiz"),
        ({"attribution": "anonymous", "via": "Peace network"}, "", ""),
    ],
)
def test_the_line_and_the_sender(changes: dict[str, str | None], line: str, sender: str) -> None:
    shown = byline.of(ROW | changes)
    assert (shown.line, shown.sender) == (line, sender)


def test_which_tells_less() -> None:
    told = [(one, other) for one in Attribution for other in Attribution if byline.tells_less(one, other)]
    assert told == [("organisation", "name"), ("anonymous", "name"), ("anonymous", "organisation")]
    assert [byline.named(one) for one in Attribution] == [True, False, False]


@pytest.mark.parametrize(
    ("attribution", "text", "others", "found"),
    [
        ("name", "Ana Ortiz", (), ()),
        ("anonymous", "We began with a survey.", (), ()),
        ("anonymous", "So it was.\n\nAna Ortiz\nMinistry of Gender", (), ("Ana Ortiz", "Ministry of Gender")),
        ("organisation", "So it was.\n\nAna Ortiz\nMinistry of Gender", (), ("Ana Ortiz",)),
        ("anonymous", "Write to ANA@example.net.", (), ("ANA@example.net",)),
        ("anonymous", "So it was.", ("A plan", "CV_Ana_Ortiz.pdf"), ("Ana Ortiz",)),
        ("anonymous", "the ministry  of\ngender knew", (), ("ministry of gender",)),
        ("anonymous", "We analyse, and ana is no name in small letters.", (), ()),
        ("anonymous", "Bananas in Anapa.", (), ()),
    ],
)
def test_what_gives_an_author_away(
    attribution: str, text: str, others: tuple[str, ...], found: tuple[str, ...]
) -> None:
    assert gives_away(attribution, "Ana de Ortiz", "ana@example.net", "Ministry of Gender", text, others) == found


@pytest.mark.parametrize(
    ("attribution", "found", "files", "said"),
    [
        (Attribution.NAME, ["Ana"], True, None),
        (Attribution.ANONYMOUS, [], False, None),
        (Attribution.ANONYMOUS, ["Ana"], False, "Its author wants to be anonymous, but it still says: “Ana”."),
        (
            Attribution.ORGANISATION,
            ["Ana"],
            True,
            "Its author wants only the organisation to be named, but it still says: “Ana”. Its files may tell, too.",
        ),
        (
            Attribution.ORGANISATION,
            [],
            True,
            "Its author does not want to be named: look whether its files tell who made them.",
        ),
    ],
)
def test_what_a_moderator_is_told(attribution: Attribution, found: list[str], files: bool, said: str | None) -> None:
    assert names_author(attribution, found, files=files) == said


def test_short_names_of_organisations_count_as_they_are_written() -> None:
    assert gives_away("anonymous", "Zoe", "", "UN", "Un plan pour l'UN") == ("UN",)

"""Letters of one's own: a table of what may be wrong with one, and the exact line that says so."""

from __future__ import annotations

import pytest

from listserv.core.publication import overriding, samples
from listserv.core.publication.wording import Wording
from listserv.edge import files
from tests.core.test_wording import ADDRESSES, DIALOGUE

OURS = files.templates()
WELCOME = OURS["mail/welcome.txt"]
HEAD = "Subject: Hello {{ name }}\n\n"


@pytest.mark.parametrize(
    ("name", "source", "faults"),
    [
        ("mail/welcome.txt", WELCOME, []),
        ("mail/welcome.txt", HEAD + "Dear {{ name }}, {{ dialogue.title }}, {{ desk.help }}\n", []),
        ("mail/welcom.txt", WELCOME, ["is none of ours, so nothing uses it; name it mail/welcome.txt"]),
        ("xyz", "", ["is none of ours, so nothing uses it; remove it"]),
        (
            "mail/welcome.txt",
            "Dear {{ name }},\n",
            ['line 1: has no subject; begin with "Subject: …" and a blank line'],
        ),
        ("mail/welcome.txt", HEAD + "{% if name %}\n", None),
        ("mail/welcome.txt", HEAD + "{{ name | wen }}\n", ["line 3: No filter named 'wen'; correct it there"]),
        ("mail/welcome.txt", HEAD + "\n{{ nam }}\n", ["line 4: this letter has no 'nam'; write name"]),
        (
            "mail/welcome.txt",
            HEAD + '{% include "mail/_der.txt" %}',
            ["line 3: there is no 'mail/_der.txt' to include; correct its name"],
        ),
        ("mail/_foot.txt", "-- \n{{ dialogue.title }}\n", []),
    ],
)
def test_what_is_wrong_with_a_letter_of_ones_own(name: str, source: str, faults: list[str] | None) -> None:
    found = overriding.faults({name: source}, OURS)
    if faults is None:
        assert len(found) == 1
        assert found[0].startswith(f"{name}: line 3: Unexpected end of template"), found
    else:
        assert found == [f"{name}: {one}" for one in faults]


def test_a_letter_is_tried_with_samples_and_the_line_is_that_of_its_file() -> None:
    values = samples.letters(DIALOGUE, ADDRESSES)["welcome"]
    source = WELCOME.replace("dialogue.title, n", "dialogue.titel, n").replace("dialogue.hosts %}", "dialogue.host %}")
    at = source[: source.index("dialogue.host %}")].count("\n") + 1
    wording = Wording({**OURS, "mail/welcome.txt": source}, files.catalogues())
    assert overriding.rendered(wording, "welcome", "fr", values) == (
        f"mail/welcome.txt: line {at}: Dialogue has no attribute 'host'; correct it there"
    )
    inside = Wording({**OURS, "mail/_dear.txt": "\n{{ name.first }}\n"}, {})
    assert overriding.rendered(inside, "welcome", "en", values).startswith("mail/_dear.txt: line 2: ")


@pytest.mark.parametrize("language", ["en", "fr", "es", "ar", "ru", "zh"])
def test_ours_are_made_of_the_samples(language: str) -> None:
    wording = Wording(OURS, files.catalogues())
    for name, values in samples.letters(DIALOGUE, ADDRESSES).items():
        assert overriding.rendered(wording, name, language, values) == ""


def test_a_letter_of_ones_own_can_reach_nothing_of_the_machine() -> None:
    wording = Wording({**OURS, "mail/welcome.txt": HEAD + "{{ dialogue.__class__.__mro__ }}\n"}, {})
    values = samples.letters(DIALOGUE, ADDRESSES)["welcome"]
    assert "unsafe" in overriding.rendered(wording, "welcome", "en", values)

"""Letters in a language that runs from right to left: an HTML form of one direction, and plain text that holds."""

import re

import pytest

from listserv.core.publication.speaking import isolated
from listserv.core.publication.turned import marked, turned
from tests.core.test_wording import COMMON, SAMPLES, WORDING


def test_our_lines_run_as_the_language_does_and_those_of_others_as_their_first_letter() -> None:
    body, footer = turned(
        "أهلا <بكم>\nسطر ثان\n\n    listserv queue show 7\n\n1. Who should lead?\n2. من يقود؟\n\n"
        "\ue000Dear all,\n\ue000\n\ue000مرحبا & شكرا\n-- \nPlanning for Action\nnap-help@talk.example"
    )
    assert body == (
        "<p>أهلا &lt;بكم&gt;<br>\nسطر ثان</p>\n"
        '<p class="copy" dir="auto">listserv queue show 7</p>\n'
        '<p class="copy" dir="auto">1. Who should lead?</p>\n'
        "<p>2. من يقود؟</p>\n"
        '<p class="theirs" dir="auto">Dear all,</p>\n'
        '<p class="theirs" dir="auto">مرحبا &amp; شكرا</p>'
    )
    assert footer == (
        '<p>Planning for Action<br>\n<a href="mailto:nap-help@talk.example" class="ltr" dir="ltr">'
        "nap-help@talk.example</a></p>"
    )


def test_nothing_that_somebody_wrote_becomes_markup_or_a_link() -> None:
    text = '<script>alert(1)</script> <b onclick="x"> https://evil.example/ javascript:alert(1) a@b.example'
    sample = {**SAMPLES["owner"][0], "text": text, "name": "<i>", "subject": "x <img src=y>"}
    letter = WORDING.letter("owner", "ar", **COMMON, **sample)
    assert letter.html
    assert re.findall(r"<(?:script|img|iframe|object|[biu]\b)", letter.html) == []
    assert set(re.findall(r'href="([^"]*)"', letter.html)) <= {"mailto:amina@example.sn"}
    assert "&lt;script&gt;alert(1)&lt;/script&gt;" in letter.html
    assert '<html lang="ar" dir="rtl">' in letter.html


@pytest.mark.parametrize(
    ("line", "got"),
    [
        ("nap-request@talk.example لكي", "\u200fnap-request@talk.example لكي"),
        ("UN-INSTRAW وOSAGI.", "\u200fUN-INSTRAW وOSAGI."),
        ("مرحبا UN", "مرحبا UN"),
        ("1. Who should lead?", "1. Who should lead?"),
        ("nap-owner@talk.example", "nap-owner@talk.example"),
        ("", ""),
    ],
)
def test_a_line_of_plain_text_that_begins_in_latin_letters_has_a_mark(line: str, got: str) -> None:
    assert marked(line) == got


@pytest.mark.parametrize(
    ("value", "kept"),
    [
        ("Getting started?", False),
        ("2nd plan", False),
        ("(UN)", False),
        ("Getting started", True),
        ("Module 2", True),
        ("كيف نبدأ؟", True),
        ("nap-owner@talk.example", True),
        ("https://talk.example/nap/", True),
        ("1325", True),
        ("", True),
    ],
)
def test_a_value_that_runs_the_other_way_is_isolated_where_its_marks_would_stray(value: str, kept: bool) -> None:
    assert isolated(value) == (value if kept else f"\u2068{value}\u2069")


def test_an_arabic_letter_holds_nothing_invisible_but_such_marks() -> None:
    for sample in SAMPLES["welcome"]:
        letter = WORDING.letter("welcome", "ar", **COMMON, **sample)
        assert set(re.findall("[\u200b-\u200f\u202a-\u202e\u2060-\u2069]", letter.text)) <= set("\u200f\u2068\u2069")
        assert not re.search("[\u200f\u2068\u2069]", letter.subject)


@pytest.mark.parametrize("item", ["- Ana، بيرو: نعم", "1. Ana، بيرو: نعم", "## Ana، بيرو"])
def test_an_item_that_bears_such_a_mark_is_an_item_in_html_and_runs_from_the_right(item: str) -> None:
    html = WORDING.html(marked(item), title="t", language="ar")
    assert re.search(r"<(?:li|h2)[^>]*>\s*\u200fAna، بيرو", html)

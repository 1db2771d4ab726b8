"""What an author's answer to a returned contribution is: the text mended, wherever it stands, or something else."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from listserv.core.dialogue.mending import Mended, changes, read
from listserv.core.mail.reply.extractor import extract

RETURNED = """Dear colleagues,

We began with a survey in two districts. It took a year, and the ministry paid for half of it.
The other half came from a donor who left. My advice is to ask for the money first.

Ana
"""
SHORTER = "We began with a survey in two districts. My advice is to ask for the money first.\n\nAna\n"
OURS = f"""Dear Ana,

Thank you for your contribution. Please look at it once more:

  Could you shorten it?

Your text is below, for you to mend.

With kind regards,
the moderators
nap-owner@talk.example

========== Your text, to mend ==========

{RETURNED}
========== The end of your text ==========
"""
INTRO = "On Mon, 3 Nov 2008 at 10:00, Planning for Action <nap@talk.example> wrote:\n"


CHINESE = "我们在两个县开展了调查。调查历时一年，经费一半由部委承担。我的建议是先筹措经费。"


def test_a_chinese_text_is_known_again_by_its_characters() -> None:
    mended = "我们在两个县开展了调查。我的建议是先筹措经费！"
    assert read(CHINESE, mended, mended) == Mended(mended)
    assert read(CHINESE, "好的，谢谢。", "好的，谢谢。") is None
    assert changes(CHINESE, mended)[1:] == [
        "- 调查历时一年，经费一半由部委承担。",
        "- 我的建议是先筹措经费。",
        "+ 我的建议是先筹措经费！",
    ]


def quoted(text: str) -> str:
    return "\n".join(f"> {line}".rstrip() for line in text.splitlines()) + "\n"


def answered(body: str, returned: str = RETURNED) -> Mended | None:
    return read(returned, extract(body).text, body)


IN_PLACE = OURS.replace(RETURNED, SHORTER)


@pytest.mark.parametrize(
    ("body", "text", "beside"),
    [
        (SHORTER + "\n" + INTRO + quoted(OURS), SHORTER, ""),
        (INTRO + quoted(IN_PLACE), SHORTER, ""),
        ("Here it is, thank you!\n\n" + INTRO + quoted(IN_PLACE), SHORTER, "Here it is, thank you!"),
        (
            "Here it is.\n\n-----Original Message-----\nFrom: Planning <nap@talk.example>\nSubject: x\n\n" + IN_PLACE,
            SHORTER,
            None,
        ),
        (
            INTRO
            + quoted(OURS).replace("> The other half came from a donor who left.", "The other half is still missing."),
            None,
            None,
        ),
        (
            "Nothing of it was true. What I want to say is another thing: ask the donors before you ask ministries, "
            "and write down what they answer.\n\n" + INTRO + quoted(OURS),
            None,
            "",
        ),
    ],
    ids=[
        "above",
        "in the quote",
        "in the quote, with a word above",
        "Outlook",
        "one line between quotes",
        "written anew",
    ],
)
def test_the_new_version_is_found(body: str, text: str | None, beside: str | None) -> None:
    found = answered(body)
    assert found is not None
    assert "==" not in found.text
    assert "Could you shorten" not in found.text
    if text is not None:
        assert found.text.split() == text.split()
    if beside is not None:
        assert found.beside.strip() == beside


@pytest.mark.parametrize(
    "body",
    [
        "Why should it be shorter?\n\n" + INTRO + quoted(OURS),
        "Thank you, I will do so tomorrow.\n\n" + INTRO + quoted(OURS),
        INTRO + quoted(OURS),
        RETURNED + "\n" + INTRO + quoted(OURS),
        "I think that it is short enough as it stands, and that nobody will mind. Could you tell me why you do?\n\n"
        + INTRO
        + quoted(OURS),
        "",
        "\n\n-----Original Message-----\nFrom: Planning <nap@talk.example>\n\n" + OURS,
    ],
    ids=["a question", "thanks", "nothing", "the same again", "a longer question", "empty", "Outlook, nothing"],
)
def test_what_is_no_new_version(body: str) -> None:
    assert answered(body) is None


def test_marks_that_a_program_has_joined_to_other_lines_are_found() -> None:
    joined = IN_PLACE.replace("\n========== The end", " ========== The end")
    joined = joined.replace("mend ==========\n\n", "mend ========== ")
    found = answered("Here.\n\n" + INTRO + quoted(joined))
    assert found is not None
    assert found.text.split() == SHORTER.split()


def test_a_quote_wrapped_anew_is_no_change() -> None:
    wrapped = OURS.replace("It took a year, and the\nministry", "It took a year, and the ministry").replace(
        " paid", "\npaid"
    )
    assert answered("Why?\n\n" + INTRO + quoted(wrapped)) is None


@pytest.mark.parametrize(
    ("returned", "text"),
    [
        ("We need a plan.", "We need a plan for Lagos."),
        ("We need a plan.", "In Lagos we need a plan."),
        ("Yes.", "Yes, Lagos."),
    ],
)
def test_short_texts(returned: str, text: str) -> None:
    assert answered(text, returned) == Mended(text)


def test_changes_sentence_by_sentence() -> None:
    assert changes("We began. It took a year. Ask first.", "We began. It took\ntwo years. Ask first.") == [
        "  …",
        "- It took a year.",
        "+ It took two years.",
        "  …",
    ]
    assert changes("We began.\n\nSo.", "We  began.\n\n\nSo.") == []


@given(st.text(max_size=300), st.text(max_size=300))
def test_anything_is_read(returned: str, body: str) -> None:
    found = read(returned, body, body)
    assert found is None or found.text
    changes(returned, body)

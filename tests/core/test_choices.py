"""What authors choose in a line of their own, and what is no choice."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from listserv.core.dialogue.choices import Choice, leading, read

CHOICES = {
    "anonymous": "attribution anonymous",
    "Anonymous, please": "attribution anonymous",
    "*ANONYMOUS*": "attribution anonymous",
    "[anonymous]": "attribution anonymous",
    "Please keep me anonymous.": "attribution anonymous",
    "Please publish this without my name": "attribution anonymous",
    "Anonyme, s'il vous plaît": "attribution anonymous",
    "Ne pas me nommer": "attribution anonymous",
    "De forma anónima, por favor": "attribution anonymous",
    "organisation only": "attribution organisation",
    "attribution organisation": "attribution organisation",
    "Attribution : organisation": "attribution organisation",
    "Seulement mon organisation": "attribution organisation",
    "Solo mi organización": "attribution organisation",
    "attribution name": "attribution name",
    "not anonymous": "attribution name",
    "Not to be quoted.": "not to be quoted",
    "Please do not quote me": "not to be quoted",
    "Ne pas me citer, svp": "not to be quoted",
    "Por favor, no me citen": "not to be quoted",
    "may be quoted": "may be quoted",
    "Please: anonymous, not to be quoted!": "attribution anonymous, not to be quoted",
    "Anonymous and not quoted": "attribution anonymous, not to be quoted",
    "Withdraw": "withdraw",
    "Please withdraw my contribution": "withdraw",
    "Je retire ma contribution": "withdraw",
    "Retiro mi contribución, gracias": "withdraw",
}
NONE = (
    "",
    "Anonymous complaints are a problem",
    "I withdraw my support for this",
    "Organisation",
    "Name",
    "withdraw?",
    "anonymous, with my name",
    "Please do not publish my name in the report of 2007",
    "Dear all,",
    "Nous avons retiré ma contribution du budget",
    "publish",
)


@pytest.mark.parametrize(("line", "said"), CHOICES.items())
def test_choices(line: str, said: str) -> None:
    assert read(line).words() == said


@pytest.mark.parametrize("line", NONE)
def test_what_is_none(line: str) -> None:
    assert read(line) == Choice()


@pytest.mark.parametrize(
    ("line", "said"), [("Organisation", "attribution organisation"), ("my name", "attribution name")]
)
def test_one_word_is_enough_where_a_choice_was_asked_for(line: str, said: str) -> None:
    assert read(line, asked=True).words() == said


@pytest.mark.parametrize(
    ("text", "said", "rest"),
    [
        ("Anonymous\n\nWe need a plan.\n", "attribution anonymous", "We need a plan.\n"),
        ("\nAnonymous\nno quotes\nWe need.\n", "attribution anonymous, not to be quoted", "We need.\n"),
        ("Anonymous\nwith my name\nWe need.\n", "attribution anonymous", "with my name\nWe need.\n"),
        ("We need.\nAnonymous\n", "", "We need.\nAnonymous\n"),
        ("Withdraw\nWe need.\n", "", "Withdraw\nWe need.\n"),
    ],
)
def test_the_first_lines_of_a_text(text: str, said: str, rest: str) -> None:
    choice, left = leading(text)
    assert (choice.words(), left) == (said, rest)


def test_what_a_mail_asks_for_may_be_a_withdrawal() -> None:
    assert leading("Withdraw, please\n\n> our mail\n", asked=True)[0].withdraw


@given(st.text(max_size=200), st.booleans())
def test_anything_is_read(text: str, asked: bool) -> None:
    choice, rest = leading(text, asked=asked)
    assert rest == text or choice

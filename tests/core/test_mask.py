"""Somebody put out of sight in what was written: what is replaced, and what must stay."""

from __future__ import annotations

import pytest

from listserv.core.dialogue.mask import Mask, Unsaid, greeted, out_of, telling, unsigned
from tests import model_case

ADDRESSES = {"ana.ruiz@casa.example": "erased-1@erased.invalid", "ana@home.example": "erased-1-2@erased.invalid"}
IDENTIFIERS = {"<1.ana.ruiz@casa.example>": "<erased.abc@talk.example>"}
MASK = Mask(("Ana Ruiz",), ADDRESSES, "X", IDENTIFIERS, frozenset({"Ruiz"}), ("Casa Verde", "Chile"))


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("Ana Ruiz said", "X said"),
        ("ANA RUIZ said, and ana ruiz", "X said, and X"),
        ("as Ana\n> Ruiz wrote", "as X wrote"),
        ("Ruiz, Ana", "X"),
        ("RUIZ and Ruiz", "X and X"),
        ("ruiz in small letters may be a word", "ruiz in small letters may be a word"),
        ("Anastasia Ruizova, Fontana Ruiza", "Anastasia Ruizova, Fontana Ruiza"),
        ("Ana alone tells of nobody", "Ana alone tells of nobody"),
        ("- Ana Ruiz, Casa Verde, Chile: “…”", "- X: “…”"),
        ("- Ana Ruiz, Casa\n  Verde, Chile: “…”", "- X: “…”"),
        ("Casa Verde and Chile, without her", "Casa Verde and Chile, without her"),
        ("On Monday, Ana Ruiz <Ana.Ruiz@Casa.Example> wrote:", "On Monday, X <erased-1@erased.invalid> wrote:"),
        ("mailto:ana@home.example.", "mailto:erased-1-2@erased.invalid."),
        ("liliana@home.example, ana@home.example.org", "liliana@home.example, ana@home.example.org"),
        ("<1.ana.ruiz@casa.example>", "<erased.abc@talk.example>"),
        ("nothing of her", "nothing of her"),
    ],
)
def test_a_mask(text: str, expected: str) -> None:
    assert MASK(text) == expected
    assert MASK.names_them(text) == (text != expected)


@pytest.mark.parametrize(
    ("names", "others", "texts", "expected"),
    [
        (["Ana Ruiz"], ["Boris Koval"], ["A plan."], {"Ana", "Ruiz"}),
        (["Ana Ruiz"], ["Ana Ortiz"], ["A plan."], {"Ruiz"}),
        (["Grace May"], [], ["It may be said with grace."], set()),
        (["Grace May"], [], ["Grace, it may be."], {"Grace"}),
        (["Li Wei"], [], [], {"Wei"}),
        (["maria del pilar"], [], ["el poder del estado"], {"Maria", "Pilar"}),
        (["Maria del Pilar"], [], [], {"Maria", "Pilar"}),
        (["ana@casa.example", ""], [], [], set()),
    ],
)
def test_words_that_tell_of_one_alone(
    names: list[str], others: list[str], texts: list[str], expected: set[str]
) -> None:
    assert telling(names, others, texts) == expected


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("Dear Ana,\n\nI agree with Ana.", "Dear X,\n\nI agree with X."),
        ("Thank you, Ana Ruiz!", "Thank you, X!"),
        ("What Ana said is what we all think.", "What Ana said is what we all think."),
        ("Banana for all", "Banana for all"),
    ],
)
def test_greetings(text: str, expected: str) -> None:
    assert greeted(text, ["Ana Ruiz"], "X") == expected


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("A plan.\n\nAna Ruiz\nCasa Verde, +56 555 0199\n", "A plan.\n\nX"),
        ("A plan.\n\nBest,\nAna", "A plan.\n\nBest,\nX"),
        ("Ana here.\n" + "One more line of text.\n" * 12, "X here.\n" + "One more line of text.\n" * 12),
        ("A plan without a name.", "A plan without a name."),
    ],
)
def test_signatures(text: str, expected: str) -> None:
    assert unsigned(text, ["Ana Ruiz"], "X") == expected


def test_an_organisation() -> None:
    assert out_of("We at Casa\nVerde plant; Casa Verdegris does not.", "Casa Verde", "…") == (
        "We at … plant; Casa Verdegris does not."
    )
    assert out_of("text", "–", "…") == "text"


def test_what_somebody_wrote_where_others_quote_it() -> None:
    unsaid = Unsaid([("We planted seventeen larches by hand, all of us, in one day.", [])])
    assert unsaid("> We planted seventeen larches\n> by hand, all of us\n\nWho is us?") == "> […]\n\nWho is us?"
    assert unsaid("- Ana: “We planted seventeen larches by hand, all …”") == "- Ana: “[…] …”"
    assert unsaid("We planted seventeen oaks.") == "We planted seventeen oaks."
    assert Unsaid([])("Anything at all, as it is.") == "Anything at all, as it is."


def test_whom_they_quoted_keeps_their_words() -> None:
    boris = "Oaks are slower than larches, but they last."
    unsaid = Unsaid([(f"> {boris}\n\nSo be it, as he says: {boris} And we planted them all by hand.", [boris])])
    assert unsaid(boris) == boris
    assert unsaid("“And we planted them all by hand”") == "“[…]”"


def test_a_whole_dialogue_is_read_once_and_gives_what_each_alone_would() -> None:
    said = [(one.text, number % 5 == 0) for number, one in enumerate(model_case.CASE.said)]
    alone = Unsaid((text, [other for other, _ in said[:at]]) for at, (text, silent) in enumerate(said) if silent)
    whole = Unsaid.among(said)
    assert [whole(text) for text, _ in said] == [alone(text) for text, _ in said]
    assert sum(whole(text) != text for text, _ in said) > 10
    assert Unsaid.among([(text, False) for text, _ in said])(said[0][0]) == said[0][0]

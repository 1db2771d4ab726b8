"""Tags: what a moderator may call a contribution, and which words mean one of the five that publications gather by."""

from __future__ import annotations

import pytest

from listserv.core.dialogue.tags import LONGEST, Kind, kind, near, read


@pytest.mark.parametrize(
    ("said", "meant"),
    [
        ("experience", Kind.EXPERIENCE),
        ("Expériences", Kind.EXPERIENCE),
        ("تجربة", Kind.EXPERIENCE),
        ("опыт", Kind.EXPERIENCE),
        ("经验", Kind.EXPERIENCE),
        ("bonne pratique", Kind.PRACTICE),
        ("Best practices", Kind.PRACTICE),
        ("good-practice", Kind.PRACTICE),
        ("buenas  prácticas", Kind.PRACTICE),
        ("BUENA PRACTICA", Kind.PRACTICE),
        ("передовой опыт", Kind.PRACTICE),
        ("良好做法", Kind.PRACTICE),
        ("ressource", Kind.RESOURCE),
        ("recursos", Kind.RESOURCE),
        ("موارد", Kind.RESOURCE),
        ("recomendación", Kind.RECOMMENDATION),
        ("توصيات", Kind.RECOMMENDATION),
        ("建议", Kind.RECOMMENDATION),
        ("contacto", Kind.CONTACT),
        ("контакты", Kind.CONTACT),
        ("financing", None),
        ("experienced", None),
        ("", None),
    ],
)
def test_the_standard_ones_are_understood_in_six_languages(said: str, meant: Kind | None) -> None:
    assert kind(said) is meant


@pytest.mark.parametrize(
    ("said", "kept"),
    [
        ("Bonne pratique", "good practice"),
        ("  Financing   the plan ", "financing the plan"),
        ("1325", "1325"),
        ("BUDGET", "budget"),
        ("e\u0301galite\u0301", "égalité"),  # one letter, however it is spelt
        ("مساءلة", "مساءلة"),
        ("x" * LONGEST, "x" * LONGEST),
    ],
)
def test_any_other_is_kept_as_written_in_small_letters(said: str, kept: str) -> None:
    assert read(said) == kept


@pytest.mark.parametrize(
    ("said", "why"),
    [
        ("ana@b.example", "no mail address"),
        ("", "a letter or a digit"),
        (" – ", "a letter or a digit"),
        ("x" * (LONGEST + 1), "at most 40 characters"),
        ("money, law", "no comma"),
        ("law\u202eyad", "no invisible characters"),
        ("law\x1b[2J", "no invisible characters"),
    ],
)
def test_what_is_no_tag(said: str, why: str) -> None:
    with pytest.raises(ValueError, match=why):
        read(said)


@pytest.mark.parametrize(
    ("said", "meant"),
    [
        ("recomendation", Kind.RECOMMENDATION),
        ("goodpractice", Kind.PRACTICE),
        ("experiance", Kind.EXPERIENCE),
        ("Recommandation", None),  # French, and right
        ("law", None),
        ("rural contracts", None),
    ],
)
def test_what_was_perhaps_meant(said: str, meant: Kind | None) -> None:
    assert near(said) is meant

"""The catalogues: every message in every language, each with its values and plural forms, and no other."""

import re
from io import BytesIO
from pathlib import Path

import pytest
from babel import Locale
from babel.messages.catalog import Catalog
from babel.messages.pofile import read_po

from tests.said import Said, said

TOP = Path(__file__).parents[1]
FOLDER = TOP / "templates" / "catalogues"
MESSAGES = said(TOP)
LANGUAGES = ("ar", "es", "fr", "ru", "zh")
VALUE = re.compile(r"%\(\w+\)s")


def catalogue(language: str) -> Catalog:
    return read_po(BytesIO((FOLDER / f"{language}.po").read_bytes()))


def forms(one: Said, found: Catalog) -> tuple[str, ...]:
    string = found[one.single].string
    return string if isinstance(string, tuple) else (string,)


def test_there_is_a_catalogue_for_each_language_of_the_united_nations() -> None:
    assert sorted(path.stem for path in FOLDER.glob("*.po")) == sorted(LANGUAGES)


@pytest.mark.parametrize("language", LANGUAGES)
def test_a_catalogue_has_what_is_said_and_nothing_else(language: str) -> None:
    found = catalogue(language)
    known = {(message.id if isinstance(message.id, tuple) else (message.id, "")) for message in found if message.id}
    assert known == {(one.single, one.plural) for one in MESSAGES}, "run scripts/catalogues"
    assert [one.single for one in MESSAGES if not all(forms(one, found))] == []
    assert not [message.id for message in found if message.fuzzy and message.id]


@pytest.mark.parametrize("language", LANGUAGES)
def test_plural_rules_are_those_of_the_language(language: str) -> None:
    found = catalogue(language)
    rule = Locale.parse(language).plural_form
    assert found.num_plurals == len({rule(n) for n in [*range(200), 1_000_000]})
    for one in MESSAGES:
        assert len(forms(one, found)) == (found.num_plurals if one.plural else 1), one.single


@pytest.mark.parametrize("language", LANGUAGES)
def test_a_translation_has_the_values_of_its_message_and_no_markup(language: str) -> None:
    found = catalogue(language)
    for one in MESSAGES:
        wanted = sorted(VALUE.findall(one.single))
        for form in forms(one, found):
            # One, two or none may be a word: "a day" has no figure.
            values = sorted(VALUE.findall(form))
            assert values == wanted or (one.plural and set(VALUE.findall(one.plural)) - {"%(n)s"} <= set(values)), form
            assert "%" not in VALUE.sub("", form), form
            assert any(file.endswith(".txt") for file in one.files) or not re.search("[<>&]", form), form

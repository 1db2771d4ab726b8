"""The catalogues: every message in every language, each with its values and plural forms, and no other."""

import re
import subprocess
import sys
from io import BytesIO
from pathlib import Path

import pytest
from babel import Locale
from babel.messages.catalog import Catalog
from babel.messages.pofile import read_po

from listserv.edge import files
from listserv.edge.catalogue import read
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


@pytest.mark.parametrize("language", LANGUAGES)
def test_a_catalogue_is_read_as_the_tools_read_it(language: str) -> None:
    """edge/catalogue reads it for the program, Babel for translators."""
    read_by_us = files.catalogues()[language]
    for message in catalogue(language):
        if isinstance(message.id, tuple):
            one, many = message.id
            for number, form in ((n, read_by_us.plural(n)) for n in range(30)):
                assert read_by_us.ngettext(one, many, number) == message.string[form]
        elif message.id:
            assert read_by_us.gettext(message.id) == message.string


PO = r"""
msgid ""
msgstr ""
"Plural-Forms: nplurals=2; plural=n > 1;\n"
"Content-Type: text/plain; charset=utf-8\n"

#: a.py
msgid "\"a\\b\"\tc\n"
msgstr "«d"
"\\»\n"

#, python-format, fuzzy
msgid "Perhaps"
msgstr "Peut-être"

msgid "Not yet"
msgstr ""

msgid "%(n)s file"
msgid_plural "%(n)s files"
msgstr[0] "%(n)s fichier"
msgstr[1] ""

#~ msgid "Gone"
#~ msgstr "Parti"
"""


def test_what_is_not_translated_or_not_sure_stays_english() -> None:
    words = read(PO)
    assert words.gettext('"a\\b"\tc\n') == "«d\\»\n"
    assert [words.gettext(one) for one in ("Perhaps", "Not yet", "Gone")] == ["Perhaps", "Not yet", "Gone"]
    assert [words.ngettext("%(n)s file", "%(n)s files", n) for n in (1, 2)] == ["%(n)s fichier", "%(n)s files"]
    with pytest.raises(ValueError, match="no line of a catalogue"):
        read(PO + '\nmsgctxt "menu"\n')


#: Words to write that stand in English alone; in Chinese they may follow in brackets.
ENGLISH = re.compile(r"[«“\"\u201e]\s*(?:stop|roundup|daily|each|missed|all|none)\s*[»”\"]", re.IGNORECASE)
#: Where French has a blank that is not to break, one that may; a tanwin on the wrong letter, as our Arabic spells it.
MISSPELT = {"fr": re.compile("« | [;:?!»](?=[\\s.,)]|$)"), "ar": re.compile("\u0627\u064b")}


@pytest.mark.parametrize("language", LANGUAGES)
def test_words_to_write_are_the_readers_own_and_typography_is_of_one_kind(language: str) -> None:
    found = catalogue(language)
    strings = [form for one in MESSAGES for form in forms(one, found)]
    assert [one for one in strings if ENGLISH.search(one)] == []
    if language in MISSPELT:
        assert [one for one in strings if MISSPELT[language].search(one)] == []


HEAD = 'msgid ""\nmsgstr "Language: ru\\nContent-Type: text/plain; charset=UTF-8\\n"\n\n'
PLURAL = 'msgid "%(n)s day"\nmsgid_plural "%(n)s days"\n'


@pytest.mark.parametrize("base", ["", "дня"])
@pytest.mark.parametrize(("ours", "theirs"), [("дня", ""), ("", "дня")])
def test_a_merge_takes_no_empty_plural_for_a_translation(tmp_path: Path, base: str, ours: str, theirs: str) -> None:
    files = []
    for name, form in (("base", base), ("ours", ours), ("theirs", theirs)):
        files.append(tmp_path / f"{name}.po")
        files[-1].write_text(HEAD + PLURAL + "".join(f'msgstr[{n}] "{form}"\n' for n in range(3)), "utf-8")
    subprocess.run([sys.executable, TOP / "scripts" / "catalogues", "merge", *files], check=True)
    assert files[1].read_text("utf-8").count("дня") == 3

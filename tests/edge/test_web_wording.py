"""The pages' words: every one of them in every language that has a catalogue, and none that no page says."""

from __future__ import annotations

import re

import pytest
from jinja2 import Environment

from listserv.edge import files
from listserv.edge.web.pages import Pages

TEMPLATES = {name: text for name, text in files.templates().items() if name.startswith("web/")}
CATALOGUES = files.catalogues("web")


def said() -> set[str]:
    """Every text that a template marks for translation."""
    environment = Environment(extensions=["jinja2.ext.i18n"], trim_blocks=True, lstrip_blocks=True)
    environment.policies["ext.i18n.trimmed"] = True
    return {
        str(message)
        for text in TEMPLATES.values()
        for _, _, found in environment.extract_translations(text)
        for message in (found if isinstance(found, tuple) else (found,))
        if message
    }


def test_there_are_words_for_french_and_spanish() -> None:
    assert set(CATALOGUES) == {"fr", "es"}


@pytest.mark.parametrize("language", CATALOGUES)
def test_a_catalogue_has_what_pages_say_and_nothing_else(language: str) -> None:
    assert set(CATALOGUES[language]) == said()


@pytest.mark.parametrize("language", CATALOGUES)
def test_a_translation_has_the_same_values_and_no_markup(language: str) -> None:
    for english, translated in CATALOGUES[language].items():
        assert sorted(re.findall(r"%\(\w+\)s", translated)) == sorted(re.findall(r"%\(\w+\)s", english))
        assert not re.search(r"[<>&]|%(?!\(\w+\)s)", translated), "it stands in the page as it is"


def test_no_page_has_script_or_style_of_its_own_or_anything_from_elsewhere() -> None:
    for name, text in TEMPLATES.items():
        assert not re.search(r"<script|<style|style=|\son\w+=|https?:|<img|<iframe|\|\s*safe", text), name


@pytest.mark.parametrize(("language", "spoken"), [("fr", "fr"), ("es", "es"), ("en", "en"), ("ar", "en"), ("", "en")])
def test_a_page_says_the_language_it_is_in(language: str, spoken: str) -> None:
    page = Pages(TEMPLATES, CATALOGUES, "").page("trouble", language, 404, code=404, contact="x@talk.example")
    assert f'<html lang="{spoken}" dir="auto">'.encode() in page.body


def test_a_page_in_a_right_to_left_language_turns_by_its_own_words() -> None:
    pages = Pages(TEMPLATES, {"ar": {"There is nothing here": "لا يوجد شيء هنا"}}, "")
    page = bytes(pages.page("trouble", "ar", 404, code=404, contact="x@talk.example").body).decode()
    # dir="auto" goes by the first letter that has a direction: here, in the title.
    assert '<html lang="ar" dir="auto">' in page
    assert re.search(r"<title>([^<])", page)[1] == "ل"  # type: ignore[index]

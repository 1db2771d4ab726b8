"""The pages' words: in the language asked for, escaped, and nothing from elsewhere."""

from __future__ import annotations

import re

import pytest

from listserv.edge import files
from listserv.edge.web.pages import Pages

TEMPLATES = {name: text for name, text in files.templates().items() if name.startswith("web/")}
CATALOGUES = files.catalogues()


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

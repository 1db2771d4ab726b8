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


@pytest.mark.parametrize(
    ("language", "spoken", "direction"),
    [
        *((one, one, "ltr") for one in ("en", "fr", "es", "ru", "zh")),
        ("ar", "ar", "rtl"),
        ("sw", "en", "ltr"),
        ("", "en", "ltr"),
    ],
)
def test_a_page_says_the_language_it_is_in_and_runs_as_that_does(language: str, spoken: str, direction: str) -> None:
    page = Pages(TEMPLATES, CATALOGUES, "").page("trouble", language, 404, code=404, contact="x@talk.example")
    assert f'<html lang="{spoken}" dir="{direction}">'.encode() in page.body


def test_a_page_has_no_side_of_its_own() -> None:
    """What stands left in one language stands right in another: the style names start and end only."""
    for name, text in TEMPLATES.items():
        assert not re.search(r"\b(?:left|right)\b", text) or name == "web/left.html", name

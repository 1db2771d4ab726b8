"""Regions: every country stands in one of M49's, and each has a name in every language."""

from __future__ import annotations

import pytest

from listserv.core.dialogue import countries, regions


@pytest.mark.parametrize(
    ("country", "region", "name"),
    [
        ("SN", "011", "Western Africa"),
        ("np", "034", "Southern Asia"),
        ("DO", "029", "Caribbean"),
        ("PH", "035", "South-eastern Asia"),
        ("FJ", "054", "Melanesia"),
        ("XK", "039", "Southern Europe"),
    ],
)
def test_a_country_is_in_its_region(country: str, region: str, name: str) -> None:
    assert (regions.of(country), regions.named(region)) == (region, name)


@pytest.mark.parametrize("said", ["", "Atlantis", "ZZ", "AQ"])
def test_what_is_no_country_is_in_none(said: str) -> None:
    assert regions.of(said) == ""


def test_every_country_that_is_understood_is_in_one() -> None:
    codes = {countries.code(countries.named(one)) for one in countries._territories("en")} - {"", "AQ"}
    assert sorted(one for one in codes if not regions.of(one)) == []


@pytest.mark.parametrize("language", ["en", "fr", "es", "ar", "ru", "zh"])
def test_every_region_has_a_name(language: str) -> None:
    names = {regions.named(one, language) for one in regions.REGIONS}
    assert len(names) == len(regions.REGIONS)
    assert not names & set(regions.REGIONS)


def test_an_unknown_language_is_told_in_english() -> None:
    assert regions.named("011", "tlh") == "Western Africa"

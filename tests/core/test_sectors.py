"""Sectors and genders in people's own words, counted together."""

from __future__ import annotations

import pytest

from listserv.core.dialogue import sectors
from listserv.core.dialogue.phrases import plain


@pytest.mark.parametrize(
    ("key", "words"),
    [
        ("government", "Government|GOVERNMENT |gouvernement|Gobierno|حكومة|الحكومة|Правительство|政府"),
        ("civil society", "NGO|ONG|société civile|Sociedad Civil|المجتمع المدني|НПО|гражданское общество|民间社会"),
        ("university", "academia|Université|universidad|جامعة|академия|университет|学术界|大学"),
        ("United Nations", "UN|U.N.|ONU|Nations unies|الأمم المتحدة|ООН|联合国"),
        ("business", "private sector|secteur privé|القطاع الخاص|бизнес|企业"),
        ("media", "Media|médias|prensa|الإعلام|СМИ|媒体"),
    ],
)
def test_one_sector_in_all_languages(key: str, words: str) -> None:
    assert {word: sectors.sector(word) for word in words.split("|")} == dict.fromkeys(words.split("|"), key)


def test_what_is_not_known_counts_as_written() -> None:
    assert sectors.sector("  Trade \n unions ") == "Trade unions"
    assert sectors.sector("") == ""
    assert sectors.sector("government and civil society") == "government and civil society"
    assert sectors.gender("two-spirit") == "two-spirit"


@pytest.mark.parametrize(("said", "key"), [("F", "female"), ("أنثى", "female"), ("男", "male"), ("Ж", "female")])
def test_genders(said: str, key: str) -> None:
    assert sectors.gender(said) == key


def test_no_word_names_two_and_each_is_said_to_readers() -> None:
    every = [plain(word) for words in sectors._WORDS.values() for word in {plain(one) for one in words.split("|")}]
    assert len(every) == len(sectors.SECTORS)
    assert set(sectors.SECTORS.values()) == set(sectors.SECTORS_SAID)

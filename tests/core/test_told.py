"""What letters tell people to write is understood, in each language, as it stands there."""

import re
from collections.abc import Iterator
from datetime import date

import pytest

from listserv.core.dialogue import choices, commands, dates, decision, profile
from listserv.core.dialogue.commands import Ask
from listserv.core.dialogue.decision import OF_CONTRIBUTION, OF_REQUEST, Doubt
from listserv.core.dialogue.model import DeliveryMode
from listserv.edge import files
from tests.core.test_wording import COMMON, FORM, LANGUAGES, SAMPLES, WORDING

QUOTED = re.compile(r"[\"«“]\s?(\w[^\"«»“”]*?)\s?[\"»”]")
TITLES = re.compile(r"[A-Z][a-z]+ [a-z]")  # "Getting started" is quoted as well
IN_LATIN = re.compile(r"（([a-z]+)）")  # Chinese letters give the English word too


def written(name: str, language: str) -> Iterator[str]:
    """The letter's texts, each paragraph in one line, as it stands before it is wrapped."""
    for sample in SAMPLES[name]:
        text = WORDING.text(name, language, **COMMON, **sample)
        yield re.sub(
            r"(?<=[\u3000-\u9fff\uff00-\uffef])\n(?=[\u3000-\u9fff\uff00-\uffef])|(?<!\n)\n(?! |\n|-|\d)", " ", text
        )


def quoted(text: str) -> list[str]:
    return [re.sub(r"\s+", "", one) if re.search("[一-鿿]", one) else one for one in QUOTED.findall(text)]


@pytest.mark.parametrize("language", LANGUAGES)
def test_help_tells_what_can_be_written(language: str) -> None:
    (text, *_) = WORDING.text("help", language, **COMMON, understood=True, waits=False).split("\n\n\n")
    lines = [line for line in re.sub(r"\n  ", " ", text).splitlines() if line.startswith("- ")]
    told = [re.split(r"\s?[:：]", line[2:])[0].strip() for line in lines]
    others = (Ask.UNREMINDED, Ask.NEVER)
    told = [word for word in told if commands.parse("request", "", word).ask not in others]
    assert len(told) == len(lines) - len(others)
    asked = [commands.parse("request", "", word) for word in told]
    assert [(one.ask, one.mode) for one in asked[:8]] == [
        (Ask.DELIVERY, DeliveryMode.ROUNDUP),
        (Ask.DELIVERY, DeliveryMode.DAILY),
        (Ask.DELIVERY, DeliveryMode.EACH),
        (Ask.DELIVERY, DeliveryMode.NONE),
        (Ask.PAUSE, None),
        (Ask.PAUSE, None),
        (Ask.RESUME, None),
        (Ask.ADDRESS, None),
    ]
    assert dates.until(told[5], date(2008, 11, 4)) == date(2008, 11, 10)
    assert asked[7].address.endswith("@example.org")
    shown = [commands.parse("request", "", word).choice for line in told[8:] for word in re.split("[,،、]", line)]
    assert [(one.attribution and one.attribution.value, one.quotable) for one in shown] == [
        ("anonymous", None),
        ("organisation", None),
        ("name", None),
        (None, False),
        (None, True),
    ]


@pytest.mark.parametrize("language", LANGUAGES)
def test_words_in_quotes_are_commands(language: str) -> None:
    found = 0
    for name in ("announcement", "choice", "leave_confirm", "welcome", "contribution", "pause_day", "missed_none"):
        for text in written(name, language):
            for word in [*quoted(text.replace("\n", " ")), *IN_LATIN.findall(text)]:
                if not TITLES.search(word):
                    found += 1
                    assert commands.parse("request", "", word).ask is not Ask.UNKNOWN, (name, word)
    assert found > 12
    no, never = [
        one for text in list(written("invitation", language))[:1] for one in quoted(text) if not TITLES.search(one)
    ]
    assert commands.parse("confirm", "", no).ask is Ask.DECLINE
    alone = commands.alone(never)
    assert alone is not None
    assert alone.ask is Ask.NEVER


@pytest.mark.parametrize("language", LANGUAGES)
def test_each_word_that_a_choice_and_the_foot_of_mails_offer_is_understood_alone(language: str) -> None:
    told = [quoted(text.replace("\n", " ")) for text in written("choice", language)]
    words = [word for each in told for word in each if not TITLES.search(word)]
    asked = [one for word in words if (one := commands.alone(word))]
    assert [(one.ask, one.mode) for one in asked] == [
        (Ask.RESUME, None),
        (Ask.DELIVERY, DeliveryMode.DAILY),
        (Ask.RESUME, None),
        (Ask.DELIVERY, DeliveryMode.ROUNDUP),
        (Ask.MISSED, None),
        (Ask.PAUSE, None),
        (Ask.MISSED, None),
        (Ask.DELIVERY, DeliveryMode.EACH),
        (Ask.DELIVERY, DeliveryMode.NONE),
    ]
    foot = next(written("contribution", language)).partition("\n-- ")[2]
    alone = [commands.alone(word) for word in quoted(foot)]
    assert [one and one.mode for one in alone] == [DeliveryMode.DAILY, DeliveryMode.ROUNDUP]


@pytest.mark.parametrize("language", LANGUAGES)
def test_the_way_to_write_a_day_is_understood(language: str) -> None:
    text = WORDING.text("pause_day", language, **COMMON, **SAMPLES["pause_day"][0])
    (line,) = re.findall(r"^    (.+)$", text, re.MULTILINE)
    command = commands.parse("request", "", line)
    assert (command.ask, dates.until(command.said, date(2008, 11, 4))) == (Ask.PAUSE, date(2008, 11, 10))


@pytest.mark.parametrize("language", LANGUAGES)
def test_what_a_receipt_offers_to_authors_is_understood(language: str) -> None:
    for sample, text in zip(SAMPLES["receipt"], written("receipt", language), strict=True):
        offered = re.search(r"[:：]\s?([^:：]*·[^:：]*?)\n\n", text)
        assert offered, text
        words = offered[1].split("·")
        chosen = {choices.read(word, asked=True) for word in words}
        assert all(chosen), words
        assert len(chosen) == len(words) == 3
        if not sample["released"]:
            said = re.search(r"[:：]\s?([^\s:：]+)\n\n", text)
            assert said, text
            assert choices.read(said[1], asked=True).withdraw


@pytest.mark.parametrize("language", LANGUAGES)
def test_what_the_welcome_offers_for_the_first_line_is_understood(language: str) -> None:
    words = {"en": "anonymous, organisation only, not to be quoted"}
    if language != "en":
        said = files.catalogues()[language].gettext
        words[language] = ", ".join(said(one) for one in words["en"].split(", "))
    for word in words[language].split(", "):
        assert choices.leading(f"{word}\n\nWe have begun.")[1] == "We have begun.", word


@pytest.mark.parametrize("language", LANGUAGES)
def test_what_notices_ask_moderators_to_write_is_understood(language: str) -> None:
    said = (lambda word: word) if language == "en" else files.catalogues()[language].gettext
    for verdict in (*OF_CONTRIBUTION, *OF_REQUEST):
        allowed = OF_CONTRIBUTION if verdict in OF_CONTRIBUTION else OF_REQUEST
        assert decision.parse(f"{said(verdict.value)}: why", allowed).verdict in (verdict, decision.Verdict.UNCLEAR)
        assert decision.VERBS[decision.plain(said(verdict.value))] is verdict
    copied = f"{said('return')}: {said('your reason')}"
    assert decision.parse(copied, OF_CONTRIBUTION).doubt is Doubt.REASON


@pytest.mark.parametrize("language", LANGUAGES)
def test_the_form_comes_back_filled_in(language: str) -> None:
    text = WORDING.text("join_confirm", language, **COMMON, **SAMPLES["join_confirm"][0])
    answers = iter(["Li Na", "CN", "UNDP", "health", "f", "zh", "planned", "expert"])
    lines = text.splitlines()
    start = lines.index("Name:" if language == "en" else files.catalogues()[language].gettext("Name:"))
    filled = []
    for line in lines[start:]:
        label = re.fullmatch(r"\S[^:：]{1,60}[:：]", line)
        filled.append(f"{line} {next(answers, '')}" if label else line)
    told = profile.read("\n".join(filled), FORM)
    assert told.unread == ()
    assert told.values == {
        "name": "Li Na",
        "country": "CN",
        "organisation": "UNDP",
        "sector": "health",
        "gender": "female",
        "language": "zh",
        "stage": "planned",
        "x": "expert",
    }

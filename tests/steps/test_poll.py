"""The survey by mail: each answers at an address of their own, the last answer counts, and a promise is kept."""

from __future__ import annotations

import re
from collections.abc import Iterator
from datetime import timedelta
from email import message_from_bytes
from pathlib import Path
from typing import Any

import pytest

from listserv.core.dialogue.moments import CalendarRule
from listserv.core.dialogue.planned import Planned
from listserv.core.dialogue.survey import Kind, Question
from listserv.errors import Refused
from listserv.steps import apply, deliver, erase, export, poll, purge
from tests import databases
from tests.house import END, HERE, House, folder, mail, open_house

QUESTIONS = (
    Question("value", "How useful was the dialogue to you?", Kind.SCALE, "not useful", "very useful"),
    Question("used", "What did you use most?", Kind.CHOICE, choices=("contributions", "round-ups")),
    Question("next", "What should the next dialogue be about?"),
)
SENT = END + timedelta(days=4)
ANNA, BORIS, CHLOE = "anna@example.net", "boris@example.net", "chloe@example.net"
ANSWERS = "1: 5\n2: round-ups\n3: Money for district plans,\nand who audits it.\n\nBest regards,\nAnna"


@pytest.fixture(scope="module")
def over(tmp_path_factory: pytest.TempPathFactory) -> dict[bool, Path]:
    """The dialogue is over and the survey has gone to all; with the promise, and without. Boris has French."""
    calendar = CalendarRule.of({"survey": "1 day after 10:00"}).stored()
    asked = [one.stored() for one in QUESTIONS]
    places = {}
    for promised in (True, False):
        places[promised] = folder(tmp_path_factory.mktemp("over"))
        with open_house(places[promised]) as house:
            house.policy(calendar=calendar, survey=asked, survey_anonymous=int(promised))
            house.to_the_end()
            house.tick(SENT)
    return places


@pytest.fixture(params=[True], ids=["anonymous"])
def house(tmp_path: Path, over: dict[bool, Path], request: Any) -> Iterator[House]:
    with open_house(databases.copy(over[request.param], tmp_path / "house")) as house:
        house.now = SENT
        yield house


named = pytest.mark.parametrize("house", [False], ids=["named"], indirect=True)


def to(house: House, who: str) -> str:
    part = house.part(who)
    return house.site.addresses.survey("nap", part["id"])


def answer(house: House, who: str, text: str, **options: Any) -> Any:
    subject = "Re: [nap] A few questions: how was it for you?"
    return house.take(
        mail(text, author=f"{who.partition('@')[0].title()} <{who}>", subject=subject, **options), to(house, who), who
    )


def kept(house: House) -> list[tuple[str, str, str]]:
    return sorted((row["question"], row["value"], row["text"]) for row in house.rows("answer"))


def test_it_goes_to_all_who_read_and_each_copy_is_answered_at_an_address_of_its_own(house: House) -> None:
    copies = house.sent("survey")
    assert {ANNA, BORIS, CHLOE} < {one.to for one in copies}
    assert all(one.mail["To"] is None and one.mail["Reply-To"] is None for one in copies)
    taken = deliver.claim(house.session, house.now, house.site, deliver.Renderings(), 100)
    heads = {one.recipient: message_from_bytes(one.head) for one in taken}
    assert heads[ANNA]["Reply-To"] == to(house, ANNA)
    assert heads[ANNA]["To"] == ANNA
    assert len({head["Reply-To"] for head in heads.values()}) == len(heads)


def test_it_has_its_questions_numbered_and_says_what_is_promised(house: House) -> None:
    text = next(one for one in house.sent("survey") if one.to == ANNA).text
    assert "1. How useful was the dialogue to you?\n   from 1 (not useful) to 5 (very useful)\n" in text
    assert "2. What did you use most?\n   (1) contributions\n   (2) round-ups\n" in text
    assert "Your answers are anonymous." in text
    french = next(one for one in house.sent("survey") if one.to == BORIS).text
    assert "Vos réponses sont anonymes." in french
    assert "   de 1 (not useful) à 5 (very useful)\n" in french


def test_answers_are_kept_and_a_receipt_says_so_without_repeating_them(house: House) -> None:
    row = answer(house, ANNA, ANSWERS)
    assert (row["outcome"], row["reason"]) == ("command", "an answer to the survey")
    assert kept(house) == [
        ("next", "", "Money for district plans,\nand who audits it."),
        ("used", "round-ups", ""),
        ("value", "5", ""),
    ]
    (receipt,) = house.sent("survey_received")
    assert receipt.to == ANNA
    assert "all that you wrote behind the numbers was understood" in " ".join(receipt.text.split())
    assert "Money" not in receipt.text
    assert receipt.mail["In-Reply-To"] is None


def test_the_last_answer_to_each_question_counts(house: House) -> None:
    answer(house, ANNA, "1: 2\n3: Money")
    answer(house, ANNA, "1: 4")
    assert kept(house) == [("next", "", "Money"), ("value", "4", "")]
    assert len(house.rows("respondent")) == 1


def test_what_is_no_answer_is_kept_in_words_and_the_questions_come_again(house: House) -> None:
    answer(house, ANNA, "1: very much so\n2: 7")
    assert kept(house) == [("used", "", "7"), ("value", "", "very much so")]
    (receipt,) = house.sent("survey_received")
    assert "could not be understood; it is kept as you wrote it" in " ".join(receipt.text.split())
    assert "1. How useful was the dialogue to you?" in receipt.text


def test_our_own_words_are_no_part_of_an_answer_in_a_quote_that_nothing_marks(house: House) -> None:
    """Outlook: the original below a few header lines, answers in another colour between its lines."""
    ours = next(one for one in house.sent("survey") if one.to == ANNA).text
    ours = ours.replace("5 (very useful)\n", "5 (very useful)\nFive!\n")
    ours = ours.replace("next dialogue be about?\n", "next dialogue be about?\nMoney for districts.\n")
    head = "From: Dialogue <nap@talk.example>\nSent: Monday\nTo: Anna\nSubject: A few questions\n\n"
    answer(house, ANNA, "See below.\n\n" + head + ours.replace("\n", "\n\n"))
    assert kept(house) == [("next", "", "Money for districts."), ("value", "5", "")]


def test_words_without_a_number_are_a_remark(house: House) -> None:
    answer(house, ANNA, "It was a very good dialogue, thank you.")
    assert kept(house) == [("", "", "It was a very good dialogue, thank you.")]
    (receipt,) = house.sent("survey_received")
    assert receipt.subject == "[nap] We found no answers in your mail"


def test_an_automatic_answer_is_none_and_one_word_to_us_is_done(house: House) -> None:
    away = answer(house, ANNA, "I am away until Monday.", headers={"Auto-Submitted": "auto-replied"})
    assert away["outcome"] == "automatic"
    assert kept(house) == []


@named
def test_without_the_promise_the_moderators_know_who_and_the_receipt_repeats_it(house: House) -> None:
    answer(house, ANNA, "1: 5\n2: both\n3: Money")
    text = house.sent("survey_received")[0].text
    assert "1: 5\n2: both   (not understood, kept as you wrote it)\n3: Money" in text
    assert "The moderators see who has answered what" in house.sent("survey")[0].text
    with house.session.read() as connection:
        found = poll.results(connection, house.dialogue)
    assert found.questions[2].words == (("Money", "Anna"),)


@named
def test_what_is_theirs_is_in_their_file_and_goes_with_them(house: House) -> None:
    answer(house, ANNA, "1: 5\n3: Money")
    dossier = export.dossier(house.session, house.now, house.site, ANNA, "test")
    theirs = sorted((one["question"], one["value"], one["text"]) for one in dossier["answers"])
    assert theirs == [("next", "", "Money"), ("value", "5", "")]
    erase.erase(house.session, house.now, house.site, ANNA, "test")
    assert kept(house) == []
    assert house.rows("respondent") == []


class TestThePromise:
    """Against somebody who reads the whole database, its file, and every mail that was sent or came."""

    def test_nothing_leads_from_an_answer_to_who_gave_it(self, house: House) -> None:
        answer(house, ANNA, ANSWERS, message_id="<anna-7@example.net>")
        answer(house, BORIS, "1: 1\n3: Nothing at all, it was too long", message_id="<boris-8@example.net>")
        answer(house, CHLOE, "1: 3", message_id="<chloe-9@example.net>")
        parts = {house.part(one)["id"] for one in (ANNA, BORIS, CHLOE)}

        # The answers: a key that is a number, no person, no date, not two of one person known to be.
        rows = house.rows("answer")
        assert {key for row in rows for key in row} == {
            "id",
            "dialogue_id",
            "question",
            "value",
            "text",
            "participation_id",
        }
        assert {row["participation_id"] for row in rows} == {None}
        assert len({row["id"] for row in rows}) == len(rows) == 6
        assert not {row["id"] for row in rows} & parts
        assert {key for row in house.rows("respondent") for key in row} == {"id", "dialogue_id", "participation_id"}

        # The mails as they came are gone, and with them whatever named who sent them.
        came = [row for row in house.rows("inbox") if row["reason"] == "an answer to the survey"]
        assert {(row["sender"], row["author"], row["message_id"], row["subject"]) for row in came} == {("", "", "", "")}
        assert {row["recipient"] for row in came} == {"nap-survey@talk.example"}
        assert {house.one("raw", id=row["raw_id"])["content"] for row in came} == {b""}

        # The file, once cleared as the clock does it within the hour, and the Maildirs.
        house.now += timedelta(hours=2)
        assert purge.tidy(house.session, house.now) is house.session.sqlite
        place = house.place
        boxes = [one.mail.as_bytes() for one in house.sent()]
        whole = b"".join(
            path.read_bytes() for path in sorted((place / "var").iterdir()) if path.name.startswith("listserv.db")
        )
        assert whole.count(b"Money for district plans") == (1 if house.session.sqlite else 0)
        for gone in (b"anna-7@example.net", b"boris-8@example.net", b"chloe-9@example.net"):
            assert gone not in whole
        for box in boxes:
            assert b"district" not in box
            assert b"too long" not in box

    def test_it_holds_against_export_and_erasure_too(self, house: House) -> None:
        answer(house, ANNA, ANSWERS)
        assert export.dossier(house.session, house.now, house.site, ANNA, "test")["answers"] == []
        erase.erase(house.session, house.now, house.site, ANNA, "test")
        assert len(house.rows("answer")) == 3

    def test_below_three_nothing_is_shown(self, house: House) -> None:
        answer(house, ANNA, ANSWERS)
        answer(house, BORIS, "1: 1")
        with house.session.read() as connection:
            found = poll.results(connection, house.dialogue)
        assert found.withheld
        assert not any(one.replies or one.words for one in found.questions)
        answer(house, CHLOE, "1: 3")
        with house.session.read() as connection:
            found = poll.results(connection, house.dialogue)
        assert (found.answered, found.questions[0].mean, found.questions[0].median) == (3, 3.0, 3.0)

    def test_a_reply_from_another_address_of_theirs_is_theirs_and_leaves_no_trace_either(self, house: House) -> None:
        house.take(mail("1: 5", author="A. <private@example.com>"), to(house, ANNA), "private@example.com")
        assert kept(house) == [("value", "5", "")]
        assert not any("private@example.com" in line for line in house.tables())

    def test_an_answer_sent_to_the_dialogue_itself_is_one_all_the_same(self, house: House) -> None:
        """Some programs answer to From, whatever Reply-To says: no moderator is to read there who answered what."""
        (asked, *_) = [one for one in house.sent("survey") if one.to == ANNA]
        sent = len(house.sent())
        row = house.take(mail(ANSWERS, author=ANNA, answers=str(asked.mail["Message-ID"])), HERE, ANNA)
        assert (row["outcome"], row["reason"], row["sender"]) == ("command", "an answer to the survey", "")
        assert ("value", "5", "") in kept(house)
        assert [one.kind for one in house.sent()[sent:]] == ["survey_received"]
        assert not house.rows("contribution")

    def test_what_is_no_reply_to_it_or_not_from_who_was_asked_is_read_by_moderators(self, house: House) -> None:
        (asked, *_) = [one for one in house.sent("survey") if one.to == ANNA]
        about = str(asked.mail["Message-ID"])
        assert house.take(mail("1: 5", author=ANNA), HERE, ANNA)["outcome"] == "held"
        assert house.take(mail("1: 5", author="x@y.example", answers=about), HERE, "x@y.example")["outcome"] == "held"
        assert kept(house) == []


def test_who_has_not_answered_is_reminded_once(house: House) -> None:
    answer(house, ANNA, "1: 5")
    assert poll.remind(house.session, house.now, house.site, house.dialogue, "test") == 4
    assert {one.to for one in house.sent("survey_reminder")} == {BORIS, CHLOE, "mod@example.org", "chief@example.org"}
    with pytest.raises(Refused, match="they were reminded already"):
        poll.remind(house.session, house.now, house.site, house.dialogue, "test")


def test_a_token_of_another_purpose_or_dialogue_is_none(house: House) -> None:
    good = to(house, ANNA)
    token = re.search(r"\+(\w+)@", good)[1]
    assert house.site.addresses.parse(f"nap-author+{token}@talk.example") is None
    assert house.site.addresses.parse(f"other-survey+{token}@talk.example") is None


def test_the_promise_cannot_be_taken_back_once_it_was_made(house: House) -> None:
    dialogue = house.dialogue
    planned = Planned(
        slug="nap",
        title=dialogue.title,
        hosts=dialogue.hosts,
        language="en",
        timezone=str(dialogue.zone),
        policy=dialogue.policy,
        fields=(),
        resources=(),
        modules=dialogue.modules,
        moderators=(),
        survey=QUESTIONS,
        survey_anonymous=False,
    )
    with pytest.raises(Refused, match="put back survey_anonymous = true"):
        apply.difference(house.session, planned, house.now)

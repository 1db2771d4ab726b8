"""One word in answer to a mail of ours, a pause that ends by itself, and what people are told of it."""

from __future__ import annotations

import base64
from datetime import UTC, datetime, timedelta
from email.message import EmailMessage
from typing import Any

import pytest

from listserv.core.dialogue.model import DeliveryMode
from listserv.steps import programme
from tests.house import ACTIVE, HERE, LEFT, PAUSED, TUESDAY, House, mail
from tests.steps.test_bundle import BORIS, DAY, HOUR, got

ANNA, OWNER, REQUEST = "anna@example.net", "nap-owner@talk.example", "nap-request@talk.example"
PNG = base64.b64decode(
    "iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNkYPhfDwAChwGA60e6kgAAAABJRU5ErkJggg=="
)[:-12].replace(b"IHDR\0\0\0\1\0\0\0\1", b"IHDR\0\0\0\x40\0\0\0\x40")  # its head says 64 by 64
TENTH = datetime(2008, 11, 10, 4, 0, tzinfo=UTC)  # its first moment in the dialogue's zone


@pytest.fixture
def first(house: House) -> Any:
    """A contribution that everybody has."""
    return house.released("We began early.", author="boris@example.net", subject="Plans")


def says(house: House, text: str, *, to: str = REQUEST, answers: str = "", subject: str = "Re: x", **more: Any) -> Any:
    return house.take(mail(text, author="Anna <anna@example.net>", answers=answers, subject=subject, **more), to)


def state(house: House, address: str = ANNA) -> tuple[str, str, datetime | None]:
    part = house.part(address)
    return part["status"], part["delivery"], part["resumes_at"]


def answer(house: House, address: str = ANNA) -> str:
    """The last mail to them."""
    return " ".join(house.sent(to=address)[-1].text.split())


WORDS = [
    ("all", (ACTIVE, "each", None)),
    ("daily", (ACTIVE, "daily", None)),
    ("Daily, please\n\nThank you\nAnna", (ACTIVE, "daily", None)),
    ("quotidien", (ACTIVE, "daily", None)),
    ("diario", (ACTIVE, "daily", None)),
    ("roundup", (ACTIVE, "roundup", None)),
    ("pause", (PAUSED, "each", None)),
    ("pause until 10 Nov", (PAUSED, "each", TENTH)),
    ("pause jusqu'au lundi 10 novembre 2008", (PAUSED, "each", TENTH)),
    ("pausa hasta el 10 de noviembre", (PAUSED, "each", TENTH)),
    ("pause until 2008-11-10", (PAUSED, "each", TENTH)),
]


@pytest.mark.parametrize(("text", "after"), WORDS)
@pytest.mark.parametrize("where", ["request", "announcement", "contribution", "reply address", "owner"])
def test_a_word_is_done_wherever_it_answers_us(
    house: House, first: Any, where: str, text: str, after: tuple[str, str, datetime | None]
) -> None:
    to, answers = {
        "request": (REQUEST, ""),
        "announcement": (HERE, house.sent("announcement")[0].mail["Message-ID"]),
        "contribution": (HERE, first["message_id"]),
        "reply address": (house.site.addresses.reply("nap", first["id"]), ""),
        "owner": (OWNER, house.sent("receipt")[0].mail["Message-ID"]),
    }[where]
    row = says(house, f"{text}\n\n> We began early.", to=to, answers=answers)
    assert row["outcome"] == "command"
    assert state(house) == after
    assert house.sent(to=ANNA)[-1].kind == "choice"
    assert ("nobody else got it" in answer(house)) == (where not in ("request", "owner"))
    assert len(house.rows("contribution")) == 1


def test_it_is_told_how_to_undo_it_and_that_undoes_it(house: House, first: Any) -> None:
    says(house, "daily", to=HERE, answers=first["message_id"])
    assert 'reply to this mail with the word "all"' in answer(house)
    choice = house.sent(to=ANNA)[-1].mail
    assert choice["Reply-To"] == OWNER
    says(house, "all", to=OWNER, answers=choice["Message-ID"])
    assert state(house) == (ACTIVE, "each", None)
    assert house.sent("owner") == []


def test_stop_asks_first_as_ever(house: House, first: Any) -> None:
    row = says(house, "stop", to=HERE, answers=first["message_id"])
    assert (row["outcome"], row["reason"]) == ("command", "leave: asked to confirm")
    assert state(house)[0] == ACTIVE
    (asked,) = house.sent("leave_confirm", to=ANNA)
    house.take(mail("yes", author=ANNA), str(asked.mail["Reply-To"]))
    assert state(house)[0] == LEFT


@pytest.mark.parametrize(
    "text",
    [
        "None.",
        "Continue!",
        "Yes.",
        "I agree.",
        "daily life is hard",
        "All of us.",
        "Thank you all.",
        "daily\nWe met every day.",
        "help",
    ],
)
def test_what_may_be_said_to_somebody_is_held(house: House, first: Any, text: str) -> None:
    row = says(house, text, to=HERE, answers=first["message_id"])
    assert row["outcome"] == "held"
    assert state(house) == (ACTIVE, "each", None)


@pytest.mark.parametrize("case", ["new mail", "stranger", "left", "machine", "list", "not ours"])
def test_only_an_answer_of_somebody_who_takes_part_is_a_word(house: House, first: Any, case: str) -> None:
    answers = {"new mail": "", "not ours": "<x@y.example>"}.get(case, first["message_id"])
    author = "Zoe <zoe@example.net>" if case == "stranger" else "Anna <anna@example.net>"
    headers = {"machine": {"Auto-Submitted": "auto-replied"}, "list": {"List-Id": "<l.other.example>"}}.get(case, {})
    if case == "left":
        house.set(ANNA, status=LEFT)
    row = house.take(mail("daily", author=author, answers=answers, headers=headers), HERE)
    assert row["outcome"] == ("automatic" if case == "machine" else "held")
    assert house.part(ANNA)["delivery"] == "each"


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("pause until 1 Nov", "the day you named is not to come"),
        ("pause until I am back", "could not read until which day"),
        ("pause until 10/11/2008", "could not read until which day"),
        ("pause until 31 November", "could not read until which day"),
    ],
)
def test_a_day_that_cannot_be_is_asked_for_again(house: House, text: str, said: str) -> None:
    says(house, text)
    assert state(house) == (ACTIVE, "each", None)
    assert said in answer(house)
    assert "pause until 2008-11-11" in answer(house)


def test_a_logo_is_no_file_and_a_file_is_no_wish(house: House, first: Any) -> None:
    logo = '<p>roundup</p><img src="cid:logo@example.net">'
    for name, outcome in (("image001.png", "command"), ("plan.png", "held")):
        made = EmailMessage()
        made["From"], made["To"], made["Subject"] = "Anna <anna@example.net>", HERE, "Re: Plans"
        made["Message-ID"], made["In-Reply-To"] = f"<{name}@example.net>", first["message_id"]
        made.set_content("roundup")
        made.add_alternative(logo, subtype="html")
        png = {"maintype": "image", "subtype": "png", "filename": name}
        if outcome == "command":
            made.get_payload()[1].add_related(PNG, cid="<logo@example.net>", **png)
        else:
            made.add_attachment(PNG, **png)
        assert house.take(bytes(made))["outcome"] == outcome, name


def test_wishes_in_somebody_s_name_do_not_fill_their_mailbox(house: House, first: Any) -> None:
    for turn in range(20):
        row = says(house, ("daily", "all")[turn % 2], to=HERE, answers=first["message_id"])
    assert row["reason"].startswith("nothing was done: 12 such wishes")
    assert len(house.sent("choice")) == 12
    assert state(house) == (ACTIVE, "each", None)


class TestPauseUntil:
    def test_it_ends_by_itself_and_tells_what_was_missed(self, house: House) -> None:
        says(house, "pause until 10 Nov")
        assert "until Monday 10 November 2008" in answer(house)
        for text in ("One.", "Two.", "Three."):
            house.released(text, author=BORIS)
        assert programme.next_at(house.session, "nap") < TENTH  # type: ignore[operator]
        house.tick(TENTH - timedelta(seconds=1))
        assert state(house)[0] == PAUSED
        assert programme.next_at(house.session, "nap") == TENTH
        house.tick(TENTH)
        house.tick(TENTH)
        assert state(house) == (ACTIVE, "each", None)
        assert got(house, ANNA) == []
        assert "3 contributions came out" in answer(house)
        assert len(house.sent("choice", to=ANNA)) == 2
        (told,) = house.rows("audit", action="resume")
        assert (told["actor"], told["subject"]) == ("clock", ANNA)

    def test_what_was_missed_comes_in_one_mail_by_one_word(self, house: House) -> None:
        says(house, "pause until 10 Nov")
        house.released("One.", author=BORIS)
        house.released("Two.", author=BORIS)
        house.tick(TENTH)
        choice = house.sent(to=ANNA)[-1].mail
        house.released("Three.", author=BORIS)
        says(house, "missed", to=OWNER, answers=choice["Message-ID"])
        house.tick(TENTH + timedelta(minutes=1))
        assert got(house, ANNA) == [[3], [1, 2]]
        says(house, "missed")
        assert house.sent(to=ANNA)[-1].kind == "missed_none"
        house.tick(TENTH + DAY)
        assert got(house, ANNA) == [[3], [1, 2]]

    def test_the_announcement_of_that_morning_comes(self, house: House) -> None:
        says(house, "pause until 10 Nov")
        house.tick(datetime(2008, 11, 10, 13, 0, tzinfo=UTC))  # an outage over the week-end
        assert [one.subject for one in house.sent("announcement", to=ANNA)][-1].startswith("[nap 2]")

    def test_a_word_meanwhile_ends_it_sooner(self, house: House) -> None:
        says(house, "pause until 10 Nov")
        house.released("One.", author=BORIS)
        says(house, "continue")
        assert state(house) == (ACTIVE, "each", None)
        assert "one contribution came out" in answer(house)
        house.tick(TENTH)
        assert len(house.sent("choice", to=ANNA)) == 2

    def test_another_day_replaces_it_and_pause_alone_takes_it_away(self, house: House) -> None:
        says(house, "pause until 10 Nov")
        says(house, "pause until 12 Nov")
        assert state(house) == (PAUSED, "each", TENTH + 2 * DAY)
        says(house, "pause")
        assert state(house) == (PAUSED, "each", None)
        house.tick(TENTH + 9 * DAY)
        assert state(house)[0] == PAUSED

    def test_whose_mail_came_back_meanwhile_is_not_written_to_again(self, house: House) -> None:
        says(house, "pause until 10 Nov")
        house.set(ANNA, status=PAUSED, unreachable_at=TUESDAY)
        house.tick(TENTH)
        assert state(house) == (PAUSED, "each", None)

    def test_a_daily_reader_goes_on_with_bundles(self, house: House) -> None:
        house.set(ANNA, delivery=DeliveryMode.DAILY)
        house.released("One.", author=BORIS)
        says(house, "pause until 6 Nov")
        house.released("Two.", author=BORIS)
        house.tick(HOUR)
        house.tick(HOUR + DAY)
        house.now = TENTH - 4 * DAY
        house.tick(house.now)
        assert state(house) == (ACTIVE, "daily", None)
        assert "2 contributions came out" in answer(house)
        house.released("Three.", author=BORIS)
        house.tick(HOUR + 2 * DAY)
        assert got(house, ANNA) == [[3]]

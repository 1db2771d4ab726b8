"""An answer to the daily bundle: by an item's own address, by its number, by what it quotes, or to all of it."""

from __future__ import annotations

from typing import Any

import pytest

from listserv.core.dialogue.model import DeliveryMode
from tests.house import CLOSING, HERE, SECOND, House, Sent, mail
from tests.steps.test_bundle import DAY, HOUR

WROTE = "Le mar. 4 nov. 2008 à 17:00, Planning for Action <nap@talk.example> a écrit :"
FIRST, OTHER = "We asked the women of each district what they need.", "Who pays for it when the donors have left?"


@pytest.fixture
def bundle(house: House) -> Sent:
    """Boris gets one, in French, with two contributions."""
    house.set("boris@example.net", delivery=DeliveryMode.DAILY)
    house.released(FIRST, subject="Plans")
    house.released(OTHER, subject="Money")
    house.tick(HOUR)
    (sent,) = house.sent("bundle")
    return sent


def answer(house: House, bundle: Sent, text: str, *, to: str = HERE, subject: str | None = None, **options: Any) -> Any:
    options = {"author": "Boris <boris@example.net>", "answers": bundle.mail["Message-ID"], **options}
    subject = f"Re: {bundle.subject}" if subject is None else subject
    row = house.take(mail(text, subject=subject, **options), to, "boris@example.net")
    return house.contribution(row["contribution_id"])


def parent(house: House, row: Any) -> int | None:
    return row["parent_id"] and house.contribution(row["parent_id"])["number"]


def quoted(text: str) -> str:
    return "\n".join(f"> {line}".rstrip() for line in text.splitlines())


def test_an_item_s_own_address_decides_with_the_bundle_s_subject(house: House, bundle: Sent) -> None:
    there = house.site.addresses.reply("nap", house.one("contribution", number=2)["id"])
    row = answer(house, bundle, "Nobody.", to=there)
    assert (parent(house, row), row["module"], row["subject"]) == (2, 1, "Re: Money")


def test_its_link_brings_the_item_s_subject_and_names_no_bundle(house: House, bundle: Sent) -> None:
    there = house.site.addresses.reply("nap", house.one("contribution", number=2)["id"])
    for subject in ("Re: Money", ""):
        row = answer(house, bundle, f"Nobody {subject}.", to=there, subject=subject, answers="")
        assert parent(house, row) == 2


def test_a_new_subject_to_an_old_address_is_a_new_contribution_as_ever(house: House, bundle: Sent) -> None:
    there = house.site.addresses.reply("nap", house.one("contribution", number=2)["id"])
    assert parent(house, answer(house, bundle, "News.", to=there, subject="Our law", answers="")) is None


@pytest.mark.parametrize(
    ("text", "number"),
    [
        ("2. Nobody.", 2),
        (f"Nobody.\n\n{WROTE}\n{quoted(OTHER)}", 2),
        (f"{quoted(FIRST)}\n\nWe did the same.", 1),
    ],
)
def test_one_that_is_named_or_quoted_alone(house: House, bundle: Sent, text: str, number: int) -> None:
    house.tick(CLOSING)  # it answers module 1, in its grace
    row = answer(house, bundle, text)
    assert (parent(house, row), row["module"], row["late"]) == (number, 1, 1)
    assert row["subject"] == f"Re: {house.one('contribution', number=number)['subject']}"


def test_an_answer_to_all_belongs_to_the_open_module_and_its_quote_is_cut(house: House, bundle: Sent) -> None:
    house.tick(SECOND)
    row = answer(house, bundle, f"Thank you all.\n\n{WROTE}\n{quoted(bundle.text)}")
    assert (parent(house, row), row["module"], row["state"]) == (None, 2, "held")
    assert (row["text"].strip(), row["subject"]) == ("Thank you all.", "Planning for Action")


def test_an_unmarked_quote_of_all_is_cut_too(house: House, bundle: Sent) -> None:
    row = answer(house, bundle, f"Thank you all.\n\n{bundle.text}")
    assert row["text"].strip() == "Thank you all."


def test_what_was_taken_out_of_sight_is_answered_by_nobody(house: House, bundle: Sent) -> None:
    house.session.write(lambda c: c.exec_driver_sql("UPDATE contribution SET state = 'withdrawn' WHERE number = 2"))
    assert parent(house, answer(house, bundle, "2. Nobody.")) is None


def test_an_answer_to_the_answer_goes_on_by_its_own_id(house: House, bundle: Sent) -> None:
    row = answer(house, bundle, "2. Nobody.")
    house.release(row["id"])
    house.tick(HOUR + DAY)
    assert house.sent("bundle")[-1].text.count("Nobody.") == 1
    further = house.contribute("True.", answers=row["message_id"], subject="Re: Money")
    assert further["parent_id"] == row["id"]

"""What a receipt says of when a contribution will be read."""

from __future__ import annotations

from datetime import timedelta

from tests.house import SATURDAY, House


def told(house: House, text: str = "We need a plan.") -> str:
    house.contribute(text)
    return " ".join(house.sent("receipt")[-1].text.split())


def test_before_anything_was_released_the_rota_speaks(house: House) -> None:
    assert "A moderator is on duty every day." in told(house)
    for address in ("mod@example.org", "chief@example.org"):
        house.set(address, days="01234")
    assert "on duty" not in told(house, "Another.")
    house.now = SATURDAY
    assert "A moderator is next on duty on Monday 10 November 2008." in told(house, "A third.")


def test_what_has_been_usual(house: House) -> None:
    for number, hours in enumerate((2, 3, 40)):
        row = house.contribute(f"Number {number}.")
        house.now += timedelta(hours=hours)
        house.release(row["id"])
    assert "This usually takes about 3 hours." in told(house)


def test_what_no_moderator_read_tells_nothing(house: House) -> None:
    house.policy(moderation="none")
    for number in range(3):
        house.contribute(f"Number {number}.")
    house.policy(moderation="all")
    assert "usually" not in told(house)

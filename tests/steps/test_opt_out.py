"""No more private reminders: from the headers of one, by a link, and also for one that is on its way already."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from urllib.parse import unquote, urlsplit

import pytest

from listserv.core.dialogue.model import DeliveryMode, Participation
from listserv.core.dialogue.moments import CalendarRule
from listserv.core.mail.transfer import Copy
from listserv.steps import opt_out
from tests.house import House, folder, mail, open_house
from tests.steps.test_calendar_mails import RULE, THURSDAY
from tests.steps.test_deliver import claim, everything, one_for

ANNA = "anna@example.net"


@pytest.fixture
def house(tmp_path: Path) -> Iterator[House]:
    with open_house(folder(tmp_path)) as house:
        house.policy(calendar=CalendarRule.of(RULE).stored())
        house.site = replace(house.site, base_url="https://talk.example", pages=True)
        house.tick(THURSDAY)
        yield house


def nudges(house: House) -> list[Copy]:
    kinds = {one["id"]: one["kind"] for one in house.rows("mailing")}
    mailing = {one["id"]: one["mailing_id"] for one in house.rows("delivery")}
    return [copy for copy in claim(house) if kinds[mailing[copy.delivery]] == "nudge"]


def wish(copy: Copy) -> str:
    """The address in its List-Unsubscribe."""
    return copy.head.decode().partition("<mailto:")[2].partition(">")[0]


def test_a_reminder_names_two_ways_to_have_no_more_of_them(house: House) -> None:
    copy = one_for(nudges(house), ANNA)
    token = house.site.addresses.token("reminders", house.part(ANNA)["id"])
    assert (
        f"List-Unsubscribe: <https://talk.example/u/{token}>,\r\n"
        " <mailto:nap-request@talk.example?subject=no%20reminders>\r\n"
        "List-Unsubscribe-Post: List-Unsubscribe=One-Click\r\n"
    ) in copy.head.decode()


def test_the_mail_that_a_program_makes_of_it_is_understood(house: House) -> None:
    asked = urlsplit(f"mailto:{wish(one_for(nudges(house), ANNA))}")
    subject = unquote(asked.query.removeprefix("subject="))
    row = house.take(mail("", author=f"Anna <{ANNA}>", subject=subject), to=asked.path)
    assert (row["outcome"], row["reason"]) == ("command", "no reminders")
    assert (house.part(ANNA)["nudges"], house.part(ANNA)["status"]) == (0, Participation.ACTIVE)


@pytest.mark.parametrize(
    "meanwhile", [{"nudges": 0}, {"status": Participation.PAUSED}, {"delivery": DeliveryMode.ROUNDUP}]
)
def test_one_on_its_way_stays_here_when_they_want_none_meanwhile(house: House, meanwhile: dict[str, object]) -> None:
    house.set(ANNA, **meanwhile)
    assert ANNA not in {copy.recipient for copy in nudges(house)}


def test_without_pages_no_link_is_promised(house: House) -> None:
    house.site = replace(house.site, pages=False)
    house.released()
    found = claim(house)
    assert found
    assert not [copy for copy in found if b"https://talk.example/u/" in copy.head or b"Unsubscribe-Post" in copy.head]


def test_by_link_they_are_told_once_a_day_and_twice_is_no_error(house: House) -> None:
    everything(house)
    part = house.part(ANNA)["id"]
    args = house.session, house.now, house.site, house.dialogue, part, "by the link in a mail"
    assert (opt_out.opt_out(*args), opt_out.opt_out(*args)) == (True, False)
    assert [one.to for one in house.sent("reminders")] == [ANNA]
    assert house.one("audit", action="set")["reason"] == "no reminders, by the link in a mail"
    house.set(ANNA, nudges=1, status=Participation.LEFT)
    assert not opt_out.opt_out(*args)

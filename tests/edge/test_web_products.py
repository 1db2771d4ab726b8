"""Resources, figures, round-ups and the report as pages: for whom they are, and what they say of whom."""

from __future__ import annotations

import re

import httpx
import pytest

from listserv.edge.web.shelf import IDLE, Shelf
from listserv.steps import publish
from listserv.steps.erase import erase
from listserv.store import audit, contributions
from listserv.store.tables import roundup
from tests.edge.pages import log_in
from tests.house import House

PAGES = ("resources", "figures", "roundups", "roundup/1")


class Place:
    def __init__(self, house: House, client: httpx.AsyncClient) -> None:
        self.house, self._client = house, client

    async def get(self, path: str, address: str = "", language: str = "en") -> httpx.Response:
        """The page of the dialogue; `address`: who has logged in."""
        self._client.cookies.clear()
        if address:
            log_in(self.house, self._client, address)
        return await self._client.get(f"/nap/{path}", headers={"Accept-Language": language})


@pytest.fixture
def place(house: House, client: httpx.AsyncClient) -> Place:
    return Place(house, client)


def said(house: House) -> None:
    """Two contributions, one of which shares a link and an address, and a round-up that has gone out."""
    house.released(
        "We follow the budget of the plan from year to year. See https://example.net/guide.pdf for how. Ask"
        " anna@example.net.",
        subject="Budget",
    )
    house.released(
        "Our ministry has published the plan. It is at https://example.com/plan.",
        author="Boris <boris@example.net>",
        subject="Published",
        headers={"X-No-Archive": "yes"},
    )
    publish.send(house.session, house.now, house.site, house.dialogue, 1, "mod@example.org")


# --- who may read


@pytest.mark.parametrize("page", PAGES)
async def test_in_a_participants_archive_strangers_log_in_and_participants_read(place: Place, page: str) -> None:
    said(place.house)
    refused = await place.get(page)
    assert (refused.status_code, refused.headers["location"]) == (303, f"/login?to=/nap/{page}")
    read = await place.get(page, "anna@example.net")
    assert (read.status_code, read.headers["x-robots-tag"]) == (200, "noindex")


@pytest.mark.parametrize("page", [*PAGES, "report"])
async def test_an_archive_for_nobody_has_none_of_them(place: Place, page: str) -> None:
    said(place.house)
    place.house.policy(archive="none")
    assert (await place.get(page, "anna@example.net")).status_code == 404


@pytest.mark.parametrize("page", PAGES)
async def test_a_public_archive_is_for_all_and_names_no_address(place: Place, page: str) -> None:
    place.house.policy(archive="public")
    said(place.house)
    read = await place.get(page)
    assert (read.status_code, read.headers["x-robots-tag"]) == (200, "all")
    assert "anna@example.net" not in read.text


# --- what they say


async def test_resources_say_who_shared_them_and_leave_out_what_is_to_stand_in_no_archive(place: Place) -> None:
    said(place.house)
    page = (await place.get("resources", "anna@example.net")).text
    assert 'href="https://example.net/guide.pdf" rel="noreferrer nofollow"' in page
    assert 'href="/nap/contribution/1">Contribution 1</a>, <bdi>Anna' in page
    assert "example.com/plan" not in page


async def test_many_resources_stand_on_several_pages_and_many_sharers_are_counted(place: Place) -> None:
    for number in range(7):
        place.house.released(f"Once more, {number}.\nhttps://example.net/1")
    place.house.released("And these:\n" + "\n".join(f"https://example.net/more/{one}" for one in range(60)))
    first = (await place.get("resources", "anna@example.net")).text
    assert (first.count("<li value="), "and 2 more" in first, "Page 1 of 2" in first) == (50, True, True)
    second = (await place.get("resources?page=2", "anna@example.net")).text
    assert (second.count("<li value="), "and 2 more" in second) == (11, False)
    assert (await place.get("resources?page=3", "anna@example.net")).status_code == 404


async def test_nothing_shared_is_said(place: Place) -> None:
    assert "Nothing has been shared yet" in (await place.get("resources", "anna@example.net")).text


async def test_figures_are_the_reports_tables_and_plots_in_the_readers_language(place: Place) -> None:
    said(place.house)
    english, french = [(await place.get("figures", "mod@example.org", one)).text for one in ("en", "fr")]
    assert re.search(r"<td>Contributions</td><td>2</td>", english)
    assert "<svg" in english
    assert "style=" not in english  # our policy would drop it
    assert "<h2>Contributions by module</h2>" in english
    assert "<h2>Contributions par module</h2>" in french


async def test_a_roundup_stands_there_with_numbers_that_lead_on(place: Place) -> None:
    said(place.house)
    page = (await place.get("roundup/1", "anna@example.net")).text
    assert "Round-up 1: Planning for Action</h1>" in page
    assert page.count("<h1") == 1
    assert '(<a href="https://talk.example/nap/contribution/1">1</a>' in page
    assert "style=" not in page  # our policy would drop it
    listing = (await place.get("roundups", "anna@example.net")).text
    assert '<a href="/nap/roundup/1">Round-up 1</a>' in listing
    assert "2 contributions" in listing


async def test_a_long_roundup_stands_on_several_pages_none_of_them_heavy(place: Place) -> None:
    said(place.house)
    text = "\n\n".join(f"Thing {one} is told in a few words, as it was said (1, 1, 1, 1)." for one in range(500))
    place.house.session.write(lambda c: c.execute(roundup.update().values(text=text, edited_by="mod@example.org")))
    pages = []
    while not pages or "Next page" in pages[-1].text:
        pages.append(await place.get(f"roundup/1?page={len(pages) + 1}", "anna@example.net"))
    assert len(pages) > 2
    assert max(len(one.content) for one in pages) < 50_000
    told = "".join(one.text for one in pages)
    assert [told.count(f"Thing {one} is") for one in range(500)] == [1] * 500
    assert all(one.text.count("<h1") == 1 for one in pages)
    assert (await place.get(f"roundup/1?page={len(pages) + 1}", "anna@example.net")).status_code == 404


@pytest.mark.parametrize("number", ["0", "2", "99999999999999999999"])
async def test_a_roundup_that_has_not_gone_out_is_not_there(place: Place, number: str) -> None:
    said(place.house)
    assert (await place.get(f"roundup/{number}", "anna@example.net")).status_code == 404


async def test_what_was_withdrawn_since_is_no_longer_in_a_roundup(place: Place) -> None:
    said(place.house)
    assert "follow the budget" in (await place.get("roundup/1", "anna@example.net")).text
    house = place.house
    house.session.write(lambda c: contributions.change(c, 1, {"quotable": 0}))
    assert "follow the budget" not in (await place.get("roundup/1", "anna@example.net")).text


async def test_the_report_is_for_those_who_are_logged_in_too(place: Place) -> None:
    assert (await place.get("report")).headers["location"] == "/login?to=/nap/report"
    assert (await place.get("report", "anna@example.net")).status_code == 404  # it has not been sent


async def test_who_is_erased_is_named_no_more_at_once(place: Place) -> None:
    said(place.house)
    place.house.policy(archive="public")
    assert ">Anna<" in (await place.get("resources")).text
    erase(place.house.session, place.house.now, place.house.site, "anna@example.net", "chief@example.org")
    assert ">Anna<" not in (await place.get("resources")).text


async def test_what_takes_long_is_made_once_until_something_is_done(place: Place) -> None:
    session, made = place.house.session, list[int]()
    shelf: Shelf[int] = Shelf()

    def take() -> int:
        with session.read() as connection:
            return shelf.take(audit.state(connection, IDLE), ("nap",), lambda: made.append(1) or len(made))

    def do(action: str) -> None:
        session.write(lambda c: audit.record(c, place.house.now, "anna@example.net", action, "it"))

    assert [take(), take()] == [1, 1]
    do("login")  # a stranger's way to keep us busy
    assert take() == 1
    do("withdraw")
    assert [take(), take()] == [2, 2]

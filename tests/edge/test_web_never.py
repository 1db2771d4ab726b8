"""The link in every mail leads to "never write to me again" too: on a page of its own, by a button."""

from __future__ import annotations

import re

import httpx

from listserv.steps import enrol
from listserv.steps.enrol import Newcomer
from tests.edge.pages import log_in
from tests.house import LEFT, House

ANNA = "anna@example.net"


def link(house: House, address: str = ANNA) -> str:
    return f"/u/{house.site.addresses.token('unsubscribe', house.part(address)['id'])}"


async def test_asked_twice_and_then_for_good(house: House, client: httpx.AsyncClient) -> None:
    before = house.tables()
    first = await client.get(link(house))
    assert re.findall(r'<a href="(\?never=1)">', first.text) == ["?never=1"]
    second = await client.get(link(house) + "?never=1")
    assert re.findall(r'<button name="choice" value="(\w+)">', second.text) == ["never"]
    assert house.tables() == before
    log_in(house, client, ANNA)
    done = await client.post(link(house) + "?never=1", data={"choice": "never"})
    assert house.rows("visit") == []
    assert (done.status_code, "We will not write to you again" in done.text) == (200, True)
    assert house.part(ANNA)["status"] == LEFT
    (row,) = house.rows("audit", action="never")
    assert (row["actor"], row["reason"]) == (ANNA, "by the link in a mail")
    (found,) = enrol.foresee(house.session, house.site, house.dialogue, [Newcomer(ANNA, "Anna")])
    assert found.what == "never"
    (letter,) = house.sent("never", ANNA)
    assert letter.mail["Auto-Submitted"] == "auto-generated"
    again = await client.post(link(house), data={"choice": "never"})
    assert (again.status_code, len(house.sent("never"))) == (200, 1)
    assert "We will not write to you again" in (await client.get(link(house))).text


async def test_a_bare_post_leaves_and_no_more(house: House, client: httpx.AsyncClient) -> None:
    """One click is RFC 8058's, wherever it comes from."""
    await client.post(link(house) + "?never=1", data={"List-Unsubscribe": "One-Click"})
    assert house.part(ANNA)["status"] == LEFT
    assert house.rows("audit", action="never") == []
    assert '<a href="?never=1">' in (await client.get(link(house))).text, "who has left may still say it"


async def test_a_moderator_hands_over_first(house: House, client: httpx.AsyncClient) -> None:
    there = link(house, "mod@example.org")
    assert "never" not in (await client.get(there)).text.lower()
    assert "Never write to you" not in (await client.get(there + "?never=1")).text
    before = house.tables()
    assert (await client.post(there, data={"choice": "never"})).status_code == 400
    assert house.tables() == before


async def test_a_page_of_it_names_nobody(house: House, client: httpx.AsyncClient) -> None:
    assert "anna" not in (await client.get(link(house) + "?never=1")).text.lower()

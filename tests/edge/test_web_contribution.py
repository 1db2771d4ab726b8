"""Archived-At leads to the contribution's page for whoever may read it there, and to nothing where nobody may."""

from __future__ import annotations

from collections.abc import AsyncIterator
from dataclasses import replace
from pathlib import Path
from urllib.parse import urlsplit

import httpx
import pytest

from listserv.core.mail.discretion import out_of_sight
from listserv.edge.web.server import Web
from tests.house import House, folder, mail


@pytest.fixture
async def web(tmp_path: Path) -> AsyncIterator[tuple[House, httpx.AsyncClient]]:
    house = House(folder(tmp_path))
    house.site = replace(house.site, base_url="https://talk.example", pages=True)
    house.policy(archive="public")
    door = Web(
        host="127.0.0.1", port=0, site=house.site, session=house.session, now=lambda: house.now, look=lambda: None
    )
    await door.start()
    host, port = door.address
    async with httpx.AsyncClient(
        base_url=f"http://{host}:{port}", headers={"Host": "talk.example"}, verify=False
    ) as client:
        yield house, client
    await door.stop()
    house.close()


def archived_at(house: House) -> str | None:
    found = {one.mail["Archived-At"] for one in house.sent("contribution")}
    assert len(found) == 1
    return found.pop()


async def test_the_mail_says_where_it_stands_and_there_it_stands(web: tuple[House, httpx.AsyncClient]) -> None:
    house, client = web
    house.released("We need a plan.\n\nWrite to me: anna@example.net <script>alert(1)</script>", subject="Plans & <b>")
    assert archived_at(house) == "<https://talk.example/nap/contribution/1>"
    page = await client.get("/nap/contribution/1")
    assert page.status_code == 200
    for shown in (
        "We need a plan.",
        "Anna",
        "Ministry",
        "Getting started",
        "Plans &amp; &lt;b&gt;",
        "nap@talk.example",
    ):
        assert shown in page.text
    assert "anna@example.net" not in page.text
    assert "<script>alert" not in page.text
    assert page.headers["x-robots-tag"] == "all"


async def test_an_archive_for_participants_has_its_pages_behind_the_login(web: tuple[House, httpx.AsyncClient]) -> None:
    house, client = web
    house.policy(archive="participants")
    house.released()
    assert archived_at(house) == "<https://talk.example/nap/contribution/1>"
    answer = await client.get("/nap/contribution/1")
    assert (answer.status_code, answer.headers["location"]) == (303, "/login?to=/nap/contribution/1")
    assert "We need a plan" not in answer.text


async def test_every_mail_to_all_says_where_the_pages_are(web: tuple[House, httpx.AsyncClient]) -> None:
    house, client = web
    house.released()
    house.join("dora@example.net", name="Dora")
    for one in (*house.sent("contribution"), *house.sent("welcome", to="dora@example.net")):
        assert "https://talk.example/nap/\n" in one.text
    assert (await client.get("/nap/")).status_code == 200


async def test_an_archive_for_nobody_has_no_page(web: tuple[House, httpx.AsyncClient]) -> None:
    house, client = web
    house.policy(archive="none")
    house.released()
    assert archived_at(house) is None
    assert (await client.get("/nap/contribution/1")).status_code in (303, 404)


async def test_an_author_may_object(web: tuple[House, httpx.AsyncClient]) -> None:
    house, client = web
    row = house.take(mail(headers={"X-No-Archive": "Yes"}))
    house.release(row["contribution_id"])
    assert archived_at(house) is None
    assert (await client.get("/nap/contribution/1")).status_code == 404


async def test_what_is_held_or_no_number_has_no_page(web: tuple[House, httpx.AsyncClient]) -> None:
    house, client = web
    house.contribute()
    for path in ("1", "0", "2", "99999999999999999999", "-1", "x", "1/"):
        assert (await client.get(f"/nap/contribution/{path}")).status_code == 404
    assert (await client.get("/other/contribution/1")).status_code == 404
    assert urlsplit(str(client.base_url)).hostname == "127.0.0.1"


def test_addresses_are_taken_out_of_what_everybody_may_read() -> None:
    assert out_of_sight("Ask anna@example.net, or <зоя@почта.example>.") == "Ask a…@…, or <з…@…>."
    assert out_of_sight("At 5 @ noon") == "At 5 @ noon"


@pytest.mark.parametrize(
    "written",
    [
        *("anna@example.net", "anna%40example.net", "anna%2540example.net", "anna＠example.net", "anna﹫example.net"),
        *("anna&#64;example.net", "anna&#x40;example.net", "anna&commat;example.net", '"anna r"@example.net'),
        *("anna@[192.0.2.7]", "mailto:anna%40example.net", "anna@example.net@example.org"),
    ],
)
def test_an_address_is_out_of_sight_however_machines_may_read_it(written: str) -> None:
    shown = out_of_sight(f"Ask {written}, or call.")
    assert "…@…" in shown
    assert shown.endswith(", or call.")
    assert "nna" not in shown
    assert "192" not in shown


def test_what_is_no_address_stays() -> None:
    for text in ("40%40 of 100", "https://medium.com/@some/one", "@unwomen", "R&#68;D", "a @ b", "@" * 9):
        assert out_of_sight(text) == text


def test_addresses_come_out_of_a_long_text_at_once() -> None:
    assert out_of_sight("x" * 50_000 + "@") == "x" * 50_000 + "@"
    assert len(out_of_sight("%40a" * 20_000)) < 100_000

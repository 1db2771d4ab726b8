"""The page to take part at: for everybody, the same for every address, and the way of a mail to -join from there on."""

from __future__ import annotations

import re

import httpx
import pytest

from listserv.edge.web.join import TRAP
from listserv.steps import conclude, limit
from tests.edge.pages import log_in, pages
from tests.house import ACTIVE, House, mail

AWA = "awa@example.sn"
FORM = {
    "name": "Awa Diop",
    "address": AWA,
    "country": "SN",
    "organisation": "Ministry of Gender",
    "sector": "",
    "gender": "female",
    "language": "fr",
    "own-stage": "published",
}


async def test_from_the_page_to_taking_part(house: House, client: httpx.AsyncClient) -> None:
    house.policy(participation="open")
    page = (await client.get("/nap/join")).text
    names = re.findall(r'<(?:input|select) id="([^"]+)" name="\1"', page)
    assert names == [*FORM, TRAP]
    assert re.findall(r'<label for="([^"]+)">', page) == names, "each has its label"
    done = await client.post("/nap/join", data=FORM)
    assert (done.status_code, done.headers["location"]) == (303, "/nap/join?sent=1")
    assert "Reply to that mail: only then do you take part." in (await client.get("/nap/join?sent=1")).text
    house.work()
    (asked,) = house.sent("join_confirm", AWA)
    house.take(mail("", author=AWA), to=str(asked.mail["Reply-To"]))
    part = house.part(AWA)
    assert {key: part[key] for key in FORM if key != "own-stage"} == {k: v for k, v in FORM.items() if k != "own-stage"}
    assert (part["status"], part["profile"]) == (ACTIVE, {"stage": "published"})


@pytest.mark.parametrize("archive", ["public", "participants", "none"])
async def test_everybody_reads_what_it_is_about(house: House, client: httpx.AsyncClient, archive: str) -> None:
    house.policy(archive=archive)
    house.released("What only participants read.")
    page = await client.get("/nap/join")
    assert page.status_code == 200
    for shown in (
        "Take part in <bdi>Planning for Action</bdi>",
        "Held by UN-INSTRAW.",
        "1. <bdi>Getting started</bdi>",
        "Monday 3 November 2008 to Friday 7 November 2008",
        "Is it needed?",
        "nap-join@talk.example",
        "Taking part means being quoted",
    ):
        assert shown in page.text
    assert "What only participants read." not in page.text
    assert page.headers["x-robots-tag"] == ("all" if archive == "public" else "noindex")
    assert len(page.content) < 50 * 1024


async def test_in_the_readers_language_and_the_countries_too(house: House, client: httpx.AsyncClient) -> None:
    page = (await client.get("/nap/join", headers={"Accept-Language": "fr"})).text
    assert '<option value="SN">Sénégal</option>' in page
    assert "Pays\xa0:" in page
    assert '<option value="fr" selected>français</option>' in page
    assert '<option value="female">' in page


@pytest.mark.parametrize("address", [AWA, "anna@example.net", "mod@example.org"])
async def test_the_same_page_whoever_it_is(house: House, client: httpx.AsyncClient, address: str) -> None:
    done = await client.post("/nap/join", data={**FORM, "address": address})
    assert (done.status_code, done.headers["location"], done.content) == (303, "/nap/join?sent=1", b"")
    assert address not in (await client.get("/nap/join?sent=1")).text


@pytest.mark.parametrize(
    ("field", "value", "said"),
    [
        ("name", " ", "Please fill this in."),
        ("address", "", "Please fill this in."),
        ("address", "awa", "This is no mail address."),
        ("address", "awa@example.sn\r\nBcc: x@y.example", "This is no mail address."),
        ("country", "XX", "Please choose one from the list."),
        ("gender", "<b>", "Please choose one from the list."),
        ("language", "tlh", "Please choose one from the list."),
        ("own-stage", "secret", "Please choose one from the list."),
    ],
)
async def test_what_cannot_be_is_said_beside_its_field_and_the_rest_is_kept(
    house: House, client: httpx.AsyncClient, field: str, value: str, said: str
) -> None:
    page = await client.post("/nap/join", data={**FORM, field: value, "organisation": "Ministry “of” <Gender>"})
    assert page.status_code == 400
    assert re.findall(r'aria-describedby="wrong-([^"]+)"', page.text) == [field]
    ((where, what),) = re.findall(r'<p class="warn" id="wrong-([^"]+)">\s*([^<]+?)\s*</p>', page.text)
    assert (where, what.startswith(said)) == (field, True)
    assert 'value="Ministry “of” &lt;Gender&gt;"' in page.text
    if field != "country":
        assert '<option value="SN" selected>' in page.text
    assert house.rows("inbox") == []


async def test_a_program_that_fills_in_everything_is_told_the_same_and_not_heard(
    house: House, client: httpx.AsyncClient
) -> None:
    done = await client.post("/nap/join", data={**FORM, TRAP: "https://spam.example"})
    assert (done.status_code, done.headers["location"]) == (303, "/nap/join?sent=1")
    assert house.rows("inbox") == []


async def test_by_invitation_there_is_no_form_but_whom_to_ask(house: House, client: httpx.AsyncClient) -> None:
    house.policy(participation="invite")
    page = await client.get("/nap/join")
    assert (page.status_code, "<form" in page.text, "nap-owner@talk.example" in page.text) == (200, False, True)
    assert "Taking part is by invitation." in page.text
    assert (await client.post("/nap/join", data=FORM)).status_code == 403


@pytest.mark.parametrize("closed", [False, True], ids=["its modules are over", "closed into an archive"])
async def test_what_has_ended_takes_nobody_in(house: House, client: httpx.AsyncClient, closed: bool) -> None:
    house.to_the_end()
    if closed:
        conclude.close(house.session, house.now, house.site, house.dialogue, "chief@example.org")
    assert "/nap/join" not in (await client.get("/")).text
    page = await client.get("/nap/join")
    assert (page.status_code, "<form" in page.text) == (200, False)
    assert "The dialogue has ended." in page.text
    assert "nap-owner@talk.example" in page.text
    assert (await client.post("/nap/join", data=FORM)).status_code == 403
    assert house.rows("inbox") == []


async def test_one_network_asks_so_often(house: House, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(limit, "BY_NETWORK", 1)
    async with pages(house, peer="192.0.2.1") as client:
        assert (await client.post("/nap/join", data=FORM)).status_code == 303
        refused = await client.post("/nap/join", data=FORM)
        assert (refused.status_code, refused.headers["retry-after"]) == (429, "3600")
        assert (await client.post("/login", data={"address": AWA})).status_code == 303, "counted apart"


async def test_in_a_flood_people_are_asked_to_try_again(
    house: House, client: httpx.AsyncClient, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(limit, "AN_HOUR", 0)
    refused = await client.post("/nap/join", data=FORM)
    assert (refused.status_code, refused.headers["retry-after"]) == (503, "3600")


async def test_who_is_logged_in_reads_it_in_their_language(house: House, client: httpx.AsyncClient) -> None:
    log_in(house, client, "boris@example.net")
    page = (await client.get("/nap/join")).text
    assert '<html lang="fr"' in page
    assert "Vous participez déjà." in page
    assert "boris" not in page.lower()


async def test_no_such_dialogue(client: httpx.AsyncClient) -> None:
    assert (await client.get("/other/join")).status_code == 404
    assert (await client.post("/other/join", data=FORM)).status_code == 404


@pytest.mark.parametrize(
    "name",
    [
        "awa@example.sn",
        "Awa <awa>",
        'Awa "A" Diop',
        "Diop, Awa",
        "Awa (Dakar)",
        "Awa\r\nBcc: zed@far.example",
        "عَوَى",
        "<x>",
        "@",
    ],
)
async def test_whatever_stands_in_the_name_they_are_asked(house: House, client: httpx.AsyncClient, name: str) -> None:
    done = await client.post("/nap/join", data=FORM | {"name": name})
    assert done.headers["location"] == "/nap/join?sent=1"
    house.work()
    (asked,) = house.sent("join_confirm", AWA)
    assert asked.mail["To"].addresses[0].addr_spec == AWA
    assert asked.mail["Bcc"] is None

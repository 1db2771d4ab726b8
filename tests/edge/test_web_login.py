"""Logging in by a link in a mail: who gets one, what the same page says to all, and what a link does once."""

from __future__ import annotations

import logging
import re
from dataclasses import replace
from datetime import timedelta
from time import monotonic
from urllib.parse import urlsplit

import httpx
import pytest

from listserv.core.dialogue.model import Participation
from listserv.edge.web import login as page
from listserv.edge.web import visitor
from listserv.edge.web.login import path
from listserv.steps import confirm, erase, export, leave, limit, login, pack
from listserv.steps.confirm import Purpose
from listserv.store import people
from tests.edge.pages import log_in, pages
from tests.house import ACTIVE, LEFT, MODERATOR, PARTICIPANT, PAUSED, House, mail

ANNA = "anna@example.net"
MINUTES = timedelta(minutes=1)


async def ask(client: httpx.AsyncClient, address: str = ANNA, to: str = "/nap/") -> httpx.Response:
    return await client.post("/login", data={"address": address, "to": to})


def link(house: House, address: str = ANNA) -> str:
    """The path of the link in the last mail to that address."""
    text = house.sent("login", address)[-1].text
    (found,) = re.findall(r"^    https://talk\.example(/l/\S+)$", text, re.MULTILINE)
    return str(found)


async def entered(house: House, client: httpx.AsyncClient, address: str = ANNA, to: str = "/nap/") -> httpx.Response:
    await ask(client, address, to)
    return await client.post(link(house, address))


class TestAsking:
    async def test_from_the_page_by_the_mail_to_the_page_that_was_asked_for(
        self, house: House, client: httpx.AsyncClient
    ) -> None:
        page = await client.get("/login?to=/nap/contribution/7%3Fa%3Db")
        assert page.status_code == 200
        (to,) = re.findall(r'name="to" value="([^"]*)"', page.text)
        asked = await ask(client, to=to)
        assert (asked.status_code, asked.headers["location"]) == (303, "/login?sent=1")
        assert "a mail with a link is on its way" in (await client.get("/login?sent=1")).text
        (letter,) = house.sent("login")
        assert (letter.to, letter.subject, letter.mail["Auto-Submitted"]) == (
            ANNA,
            "[nap] Your link to log in",
            "auto-generated",
        )
        assert "Dear Anna," in letter.text
        assert "for 15 minutes" in letter.text
        offered = await client.get(link(house))
        assert (offered.status_code, len(re.findall("<button", offered.text))) == (200, 1)
        done = await client.post(link(house))
        assert (done.status_code, done.headers["location"]) == (303, "/nap/contribution/7?a=b")
        cookie = done.headers["set-cookie"]
        assert re.match(r"__Host-visit=[\w-]{43}; HttpOnly; Max-Age=1209600; Path=/; SameSite=lax; Secure$", cookie)
        row = house.one("audit", action="login")
        assert (row["actor"], row["subject"], row["dialogue_id"]) == (ANNA, ANNA, house.dialogue.id)

    @pytest.mark.parametrize("address", [ANNA, "nobody@example.com", "left@example.net", "Anna@Example.NET", "x@y"])
    async def test_every_address_gets_the_same_answer_and_none_is_said_back(
        self, house: House, client: httpx.AsyncClient, address: str
    ) -> None:
        answer = await ask(client, address)
        page = await client.get(answer.headers["location"])
        assert (answer.status_code, answer.content, address in page.text) == (303, b"", False)
        assert {name for name, _ in answer.headers.items()} == {
            name for name, _ in (await ask(client, "other@example.org")).headers.items()
        }

    @pytest.mark.parametrize("address", [ANNA, "nobody@example.com"])
    async def test_every_address_takes_as_long(
        self, client: httpx.AsyncClient, address: str, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.setattr(page, "TAKES", 0.2)
        began = monotonic()
        await ask(client, address)
        assert monotonic() - began >= 0.2

    @pytest.mark.parametrize(("peer", "kept"), [("192.0.2.1", 3), ("127.0.0.1", 1)])
    async def test_every_address_is_written_for(self, house: House, peer: str, kept: int) -> None:
        """Nor does waiting for the disk tell them apart. Of a network that is not known one row is kept."""
        async with pages(house, peer=peer) as client:
            for address in ("nobody@example.com", ANNA, "other@example.org"):
                before = house.tables()
                house.now += timedelta(seconds=1)
                await ask(client, address)
                assert house.tables() != before
        assert len(house.rows("occurrence", kind="answer:web-login")) == kept

    @pytest.mark.parametrize("address", ["", "anna", "a@b@c", "<x@y.example>", "x@y.example\r\nBcc: z@y.example"])
    async def test_what_is_no_address_is_said_beside_the_field(
        self, house: House, client: httpx.AsyncClient, address: str
    ) -> None:
        answer = await ask(client, address)
        assert answer.status_code == 400
        assert 'aria-invalid="true" aria-describedby="wrong"' in answer.text
        assert '<input type="hidden" name="to" value="/nap/">' in answer.text
        assert house.sent("login") == []

    async def test_the_mail_is_in_their_language_and_the_page_in_the_readers(
        self, house: House, client: httpx.AsyncClient
    ) -> None:
        await ask(client, "boris@example.net")
        assert house.sent("login")[0].mail["Content-Language"] == "fr"
        page = await client.get("/login", headers={"Accept-Language": "es"})
        assert '<html lang="es" dir="ltr">' in page.text

    @pytest.mark.parametrize("status", [ACTIVE, PAUSED])
    async def test_who_pauses_or_bounces_logs_in_like_others(
        self, house: House, client: httpx.AsyncClient, status: Participation
    ) -> None:
        house.set(ANNA, status=status, unreachable_at=house.now, delivery="none")
        assert (await entered(house, client)).status_code == 303

    @pytest.mark.parametrize("status", [LEFT, Participation.DECLINED, Participation.REQUESTED, Participation.INVITED])
    async def test_who_does_not_take_part_gets_no_mail(
        self, house: House, client: httpx.AsyncClient, status: Participation
    ) -> None:
        house.set(ANNA, status=status)
        await ask(client)
        assert house.sent("login") == []

    async def test_who_was_erased_gets_no_mail(self, house: House, client: httpx.AsyncClient) -> None:
        await ask(client)
        old = link(house)
        erase.erase(house.session, house.now, house.site, ANNA, "test")
        await ask(client)
        assert (await client.post(old)).status_code == 410
        assert house.rows("confirmation", purpose="login") == []
        assert len(house.sent("login")) == 1

    async def test_a_further_address_of_theirs_gets_it_as_it_is_kept(
        self, house: House, client: httpx.AsyncClient
    ) -> None:
        person_id = house.part(ANNA)["person_id"]
        house.session.write(lambda c: people.add_address(c, house.now, person_id, "anna@work.example"))
        await ask(client, "Anna@WORK.example")
        assert house.sent("login")[0].to == "anna@work.example"
        await ask(client, "ANNA@example.net")
        assert house.sent("login")[1].to == ANNA

    @pytest.mark.parametrize("to", ["/elsewhere/", "//evil.example/", "https://evil.example", "", "/login?to=/x"])
    async def test_a_link_leads_to_a_dialogue_of_theirs(self, house: House, client: httpx.AsyncClient, to: str) -> None:
        done = await entered(house, client, to=to)
        assert re.fullmatch(r"/(nap/|elsewhere/|login\?to=/x)", done.headers["location"])


class TestTheLink:
    async def test_looking_uses_nothing_up_and_names_nobody(self, house: House, client: httpx.AsyncClient) -> None:
        await ask(client)
        before = house.tables()
        for _ in range(3):
            page = await client.get(link(house))
            assert (await client.head(link(house))).status_code == 200
        assert house.tables() == before
        assert "anna" not in page.text.lower()
        assert "set-cookie" not in page.headers

    async def test_it_works_once(self, house: House, client: httpx.AsyncClient) -> None:
        assert (await entered(house, client)).status_code == 303
        for again in (await client.post(link(house)), await client.get(link(house))):
            assert again.status_code == 410
            assert "set-cookie" not in again.headers
            assert "This link does not work any more" in again.text
            assert '<input type="hidden" name="to" value="/nap/">' in again.text
        assert len(house.rows("visit")) == 1

    async def test_it_lapses_after_a_quarter_of_an_hour(self, house: House, client: httpx.AsyncClient) -> None:
        await ask(client)
        house.now += 15 * MINUTES - timedelta(seconds=1)
        assert (await client.get(link(house))).status_code == 200
        house.now += timedelta(seconds=1)
        assert (await client.get(link(house))).status_code == 410
        assert (await client.post(link(house))).status_code == 410

    async def test_only_its_hash_is_kept(self, house: House, client: httpx.AsyncClient) -> None:
        await ask(client)
        token = urlsplit(link(house)).path.removeprefix("/l/")
        row = house.one("confirmation", purpose="login")
        assert row["lapses_at"] - row["asked_at"] == 15 * MINUTES
        assert token not in str(dict(row))
        done = await client.post(link(house))
        cookie = done.cookies["__Host-visit"]
        assert cookie not in "\n".join(house.tables())

    async def test_who_has_left_meanwhile_is_not_let_in(self, house: House, client: httpx.AsyncClient) -> None:
        await ask(client)
        house.set(ANNA, status=LEFT)
        assert (await client.post(link(house))).status_code == 410

    async def test_it_is_no_answer_by_mail_and_an_answer_by_mail_is_no_link(
        self, house: House, client: httpx.AsyncClient
    ) -> None:
        await ask(client)
        token = urlsplit(link(house)).path.removeprefix("/l/")
        house.take(mail("Yes"), to=f"nap-confirm+{token}@talk.example")
        assert house.one("confirmation", purpose="login")["used_at"] is None
        drawn = confirm.token()
        row = dict(house.one("confirmation", purpose="login"))
        del row["id"]
        for purpose in Purpose:
            row |= {"purpose": purpose, "token_hash": confirm.hashed(drawn + purpose)}
            house.session.write(lambda c, row=dict(row): login.confirmations.add(c, row))
            assert (await client.post(f"/l/{drawn}{purpose}")).status_code == 410

    async def test_another_browser_cannot_be_given_a_visit_beforehand(
        self, house: House, client: httpx.AsyncClient
    ) -> None:
        """A cookie that was there before the login is worth nothing after it."""
        client.cookies.set("__Host-visit", "planted")
        first = (await entered(house, client)).cookies["__Host-visit"]
        client.cookies.clear()
        client.cookies.set("__Host-visit", first)
        second = (await entered(house, client)).cookies["__Host-visit"]
        assert len({"planted", first, second}) == 3
        assert len(house.rows("visit")) == 1, "the old visit of this browser has ended"

    async def test_no_other_page_presses_the_button(self, house: House, client: httpx.AsyncClient) -> None:
        await ask(client)
        foreign = {"Sec-Fetch-Site": "cross-site"}
        assert (await client.post(link(house), headers=foreign)).status_code == 403
        assert (await client.post("/login", data={"address": ANNA}, headers=foreign)).status_code == 403
        assert (await client.get(link(house), headers=foreign)).status_code == 200


class TestLimits:
    async def test_one_address_has_three_an_hour(self, house: House, client: httpx.AsyncClient) -> None:
        for _ in range(5):
            assert (await ask(client)).headers["location"] == "/login?sent=1"
        assert len(house.sent("login", ANNA)) == 3
        await ask(client, "boris@example.net")
        assert len(house.sent("login", "boris@example.net")) == 1
        house.now += timedelta(hours=1)
        await ask(client)
        assert len(house.sent("login", ANNA)) == 4

    async def test_all_together_have_so_many(
        self, house: House, client: httpx.AsyncClient, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.setattr(login, "ALL", 2)
        for address in (ANNA, "boris@example.net", "chloe@example.net"):
            await ask(client, address)
        assert [one.to for one in house.sent("login")] == [ANNA, "boris@example.net"]

    async def test_one_network_has_so_many_whatever_it_asks_for(
        self, house: House, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.setattr(limit, "BY_NETWORK", 2)
        async with pages(house, peer="192.0.2.1") as one, pages(house, peer="192.0.2.2") as other:
            for address in ("a@example.org", "b@example.org", ANNA):
                await ask(one, address)
            assert house.sent("login") == []
            await ask(other)
            assert len(house.sent("login")) == 1
            assert "192.0.2" not in "\n".join(house.tables())
            house.now += timedelta(hours=1)
            await ask(one, "boris@example.net")
            assert len(house.rows("occurrence", kind="answer:web-login")) == 1, "what is over is forgotten"
        assert len(house.sent("login")) == 2


class TestLoggingOut:
    async def test_the_visit_ends_with_a_proof_only(self, house: House, client: httpx.AsyncClient) -> None:
        log_in(house, client, ANNA)
        assert (await client.post("/logout", data={"proof": "x"})).status_code == 403
        await client.get("/logout")
        assert len(house.rows("visit")) == 1
        proof = house.site.addresses.token(f"form {house.one('visit')['token_hash']}", house.one("visit")["id"])
        done = await client.post("/logout", data={"proof": proof})
        assert (done.status_code, done.headers["location"]) == (303, "/")
        assert done.headers["set-cookie"].startswith('__Host-visit=""; expires=')
        assert house.rows("visit") == []
        assert house.one("audit", action="logout")["actor"] == ANNA
        assert (await client.post("/logout", data={"proof": proof})).status_code == 403

    async def test_a_proof_is_for_one_visit(self, house: House, client: httpx.AsyncClient) -> None:
        log_in(house, client, "boris@example.net")
        other = house.one("visit")
        client.cookies.clear()
        log_in(house, client, ANNA)
        proof = house.site.addresses.token(f"form {other['token_hash']}", other["id"])
        assert (await client.post("/logout", data={"proof": proof})).status_code == 403


class TestAccess:
    """What somebody may see is asked anew for every page: nothing is kept with the visit but who they are."""

    async def test_who_leaves_is_out_at_once(self, house: House, client: httpx.AsyncClient) -> None:
        log_in(house, client, ANNA)
        assert (await client.get("/nap/")).status_code == 200
        leave.leave(house.session, house.now, house.site, house.dialogue, house.part(ANNA)["id"], ANNA, "test")
        assert (await client.get("/nap/")).status_code == 404

    async def test_who_moderates_no_more_moderates_no_page(self, house: House, client: httpx.AsyncClient) -> None:
        log_in(house, client, "mod@example.org")
        assert (await client.get("/nap/moderate/")).status_code == 200
        house.set("mod@example.org", role=PARTICIPANT)
        assert (await client.get("/nap/moderate/")).status_code == 404
        assert "/nap/moderate/" not in (await client.get("/nap/")).text
        house.set("mod@example.org", role=MODERATOR, status=LEFT)
        assert (await client.get("/nap/moderate/")).status_code == 404
        assert (await client.get("/nap/")).status_code == 404

    async def test_who_is_erased_is_logged_out(self, house: House, client: httpx.AsyncClient) -> None:
        log_in(house, client, ANNA)
        log_in(house, client, "boris@example.net")
        erase.erase(house.session, house.now, house.site, "boris@example.net", "test")
        assert [row["person_id"] for row in house.rows("visit")] == [house.part(ANNA)["person_id"]]
        page = await client.get("/nap/")
        assert (page.status_code, page.headers["location"]) == (303, "/login?to=/nap/")

    async def test_a_visit_lapses(self, house: House, client: httpx.AsyncClient) -> None:
        log_in(house, client, ANNA)
        house.now += visitor.LASTS - MINUTES
        assert (await client.get("/nap/")).status_code == 200
        house.now += MINUTES
        assert (await client.get("/nap/")).headers["location"] == "/login?to=/nap/"

    async def test_what_is_held_of_somebody_tells_of_their_visits_and_no_secret(
        self, house: House, client: httpx.AsyncClient
    ) -> None:
        await ask(client)
        token = urlsplit(link(house)).path.removeprefix("/l/")
        cookie = (await client.post(link(house))).cookies["__Host-visit"]
        told = export.dossier(house.session, house.now, house.site, ANNA, "test")
        (visit,) = told["visits"]
        assert set(visit) == {"id", "began_at", "lapses_at"}
        assert [one["purpose"] for one in told["confirmations"]] == ["login"]
        assert not [secret for secret in (token, cookie, visitor.hashed(cookie)) if secret in str(told)]

    async def test_a_bundle_takes_no_visit_along(self, house: House, client: httpx.AsyncClient) -> None:
        await ask(client)
        there = link(house)
        await client.post(there)
        await ask(client)
        with house.session.read() as connection:
            packing = pack.Packing(connection, house.now, house.site, house.dialogue)
            packed = b"".join(piece for _, content in packing.files() for piece in content)
        assert b"Your link to log in" in packed
        for secret in (house.one("visit")["token_hash"], *(urlsplit(one).path[3:] for one in (there, link(house)))):
            assert secret.encode() not in packed


async def test_under_a_path_of_its_own(house: House) -> None:
    house.site = replace(house.site, base_url="https://talk.example/talks")
    async with pages(house) as client:
        await client.post("/login", data={"address": ANNA, "to": "/nap/"})
        (found,) = re.findall(r"^    https://talk\.example/talks(/l/\S+)$", house.sent("login")[0].text, re.MULTILINE)
        done = await client.post(found)
    assert done.headers["location"] == "/talks/nap/"
    assert "; Path=/talks;" in done.headers["set-cookie"]


async def test_nothing_of_it_stands_in_a_log(
    house: House, client: httpx.AsyncClient, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.DEBUG)
    await entered(house, client)
    ours = [one.getMessage() for one in caplog.records if not one.name.startswith(("httpx", "httpcore"))]
    assert not [line for line in ours if "anna" in line or "/l/" in line]


@pytest.mark.parametrize(
    ("said", "meant"),
    [
        ("/nap/", "/nap/"),
        ("/nap/search?q=paix%20et&page=2", "/nap/search?q=paix%20et&page=2"),
        ("/nap/search?q=мир", "/nap/search?q=%D0%BC%D0%B8%D1%80"),
        ("/nap/#x", "/nap/%23x"),
        *((one, "") for one in ("", "nap", "//evil.example", "/\\evil.example", "https://evil.example", "/a\r\nX: y")),
        *((one, "") for one in ("/\t/evil.example", "/" + "a" * 500, "javascript:alert(1)", "/ /evil.example")),
    ],
)
def test_only_a_path_of_ours_is_led_to(said: str, meant: str) -> None:
    assert path(said) == meant

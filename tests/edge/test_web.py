"""The pages over a real socket: leaving by one click (RFC 8058), choosing, and what no page ever does.

A house (tests/house) sends to a sink; links are taken from the mails that arrive there, and asked for at the door.
"""

from __future__ import annotations

import asyncio
import hashlib
import ipaddress
import re
import signal
import subprocess
import sys
from collections.abc import AsyncIterator, Callable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from email import message_from_bytes, policy
from email.message import EmailMessage
from pathlib import Path
from time import monotonic, sleep
from typing import Any
from urllib.parse import urlsplit

import httpx
import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from listserv.clock import Clock
from listserv.core.dialogue.model import DeliveryMode
from listserv.core.mail.addresses import Addresses
from listserv.core.mail.files import Fate, File
from listserv.edge import failure
from listserv.edge.daemon import Daemon
from listserv.edge.relay import SmtpRelay
from listserv.edge.web import form, server
from listserv.edge.web.attachment import disposition, media_type
from listserv.edge.web.network import Trusted
from listserv.edge.web.pages import wanted
from listserv.edge.web.server import Web
from listserv.errors import Refused
from listserv.store import attachments, tables
from listserv.store.session import GroupingSession
from tests import databases
from tests.house import ACTIVE, DOMAIN, LEFT, PAUSED, SECRET, House, folder, open_house
from tests.sink import Sink

ONE_CLICK = {"List-Unsubscribe": "One-Click"}
EVERYBODY = {"anna@example.net", "boris@example.net", "mod@example.org", "chief@example.org"}


class Place:
    """A house with its pages open. `looked`: how often the loops were woken."""

    def __init__(self, house: House) -> None:
        self.house, self.looked = house, 0
        self.web = self.door()

    def door(self, port: int = 0, host: str = "127.0.0.1", trusted: Trusted = ()) -> Web:
        return Web(
            host=host,
            port=port,
            trusted=trusted,
            site=self.house.site,
            session=self.house.session,
            now=lambda: self.house.now,
            look=self._look,
        )

    def _look(self) -> None:
        asyncio.get_running_loop()  # in the loop, or it would wake nothing
        self.looked += 1

    @property
    def at(self) -> str:
        return "http://{}:{}".format(*self.web.address)

    def local(self, url: str) -> str:
        """The same link at our door."""
        return self.at + urlsplit(url).path

    def link(self, address: str) -> str:
        return f"{self.at}/u/{self.house.site.addresses.token('unsubscribe', self.house.part(address)['id'])}"

    def status(self, address: str) -> tuple[str, str]:
        part = self.house.part(address)
        return part["status"], part["delivery"]

    async def send(self) -> list[tuple[str, EmailMessage]]:
        """What is due goes out to a sink: recipient and mail."""
        house = self.house
        async with Sink() as sink:
            relay = SmtpRelay(host=sink.host, port=sink.port, tls="none", hostname="talk.example", connections=1)
            clock = Clock(time=lambda: house.now)
            await Daemon(
                session=house.session, site=house.site, clock=clock, relay=relay, clock_runs=False
            ).until_idle()
        return [(mail.recipients[0], opened(mail.content)) for mail in sink.mails]


def opened(content: bytes) -> EmailMessage:
    message = message_from_bytes(content, policy=policy.default)
    assert isinstance(message, EmailMessage)
    return message


def one_click(mail: EmailMessage) -> str:
    """The https URL, as a mail program finds it (RFC 8058 §3.1)."""
    assert mail["List-Unsubscribe-Post"] == "List-Unsubscribe=One-Click"
    urls = re.findall(r"<(https:[^>]+)>", mail["List-Unsubscribe"])
    assert len(urls) == 1
    return str(urls[0])


@pytest.fixture
async def place(tmp_path: Path) -> AsyncIterator[Place]:
    house = House(folder(tmp_path))
    house.session.close()
    house.session = GroupingSession(databases.url(house.place))
    house.site = replace(house.site, base_url="https://talk.example", pages=True)
    place = Place(house)
    await place.web.start()
    yield place
    await place.web.stop()
    house.close()


@pytest.fixture
async def client() -> AsyncIterator[httpx.AsyncClient]:
    async with httpx.AsyncClient(headers={"Host": "talk.example"}, verify=False) as client:  # no TLS: no certificates
        yield client


# RFC 8058, from end to end


async def test_one_click_from_the_mail_leaves_at_once_and_the_next_release_skips_them(
    place: Place, client: httpx.AsyncClient
) -> None:
    await place.send()  # the opening
    place.house.released("First.")
    copies = dict(await place.send())
    assert set(copies) >= EVERYBODY
    urls = {address: one_click(copies[address]) for address in EVERYBODY}
    assert len(set(urls.values())) == len(EVERYBODY), "a link of their own each"
    assert all(url.startswith("https://talk.example/u/") for url in urls.values())

    answer = await client.post(place.local(urls["boris@example.net"]), data=ONE_CLICK)
    assert (answer.status_code, "set-cookie" in answer.headers, answer.has_redirect_location) == (200, False, False)
    assert place.status("boris@example.net")[0] == LEFT
    assert place.looked == 1

    place.house.released("Second.")
    later = await place.send()
    second = {to for to, mail in later if mail["List-Id"]}
    assert second == EVERYBODY - {"boris@example.net"}
    assert [mail["Subject"] for to, mail in later if to == "boris@example.net"] == [
        "[nap] Vous avez quitté Planning for Action"
    ]

    before = place.house.tables()
    again = await client.post(place.local(urls["boris@example.net"]), data=ONE_CLICK)
    assert (again.status_code, place.looked) == (200, 1)
    assert place.house.tables() == before


async def test_what_left_before_its_copy_was_sent_gets_none(place: Place, client: httpx.AsyncClient) -> None:
    await place.send()
    place.house.released("First.")
    await client.post(place.link("boris@example.net"))
    assert [mail["Subject"] for to, mail in await place.send() if to == "boris@example.net"] == [
        "[nap] Vous avez quitté Planning for Action"
    ]


@pytest.mark.parametrize(
    "request_",
    [
        {},
        {"content": b"List-Unsubscribe=One-Click", "headers": {"Content-Type": "application/x-www-form-urlencoded"}},
        {"content": b"List-Unsubscribe=One-Click\r\n"},
        {"files": {"List-Unsubscribe": (None, "One-Click")}},
        {"content": b"\xff\x00 nothing that anybody knows", "headers": {"Content-Type": "multipart/form-data"}},
        {"json": {"unsubscribe": True}},
        {"data": ONE_CLICK, "headers": {"Cookie": "a=b", "Origin": "https://mail.example", "User-Agent": ""}},
        {"content": ["List-Unsubscribe", "=One-Click"]},
    ],
    ids=["bare", "urlencoded", "untyped", "multipart", "broken multipart", "json", "foreign", "chunked"],
)
async def test_a_post_in_any_form_leaves(place: Place, client: httpx.AsyncClient, request_: dict[str, Any]) -> None:
    async def chunks(pieces: list[str]) -> AsyncIterator[bytes]:
        for piece in pieces:
            yield piece.encode()

    if isinstance(pieces := request_.get("content"), list):  # of no length that was said before
        request_ = {"content": chunks(pieces)}
    answer = await client.post(place.link("anna@example.net"), **request_)
    assert (answer.status_code, place.status("anna@example.net")[0]) == (200, LEFT)


async def test_many_posts_at_once_are_one_leaving(place: Place, client: httpx.AsyncClient) -> None:
    answers = await asyncio.gather(*(client.post(place.link("anna@example.net")) for _ in range(8)))
    assert {answer.status_code for answer in answers} == {200}
    assert len(place.house.sent("goodbye")) == 1
    assert len(place.house.rows("audit", action="leave")) == 1
    assert place.looked == 1


async def test_the_audit_says_who_and_how(place: Place, client: httpx.AsyncClient) -> None:
    await client.post(place.link("anna@example.net"))
    row = place.house.one("audit", action="leave")
    assert (row["actor"], row["reason"]) == ("anna@example.net", "by the link in a mail")


# Choosing


@pytest.mark.parametrize(
    ("before", "choice", "after"),
    [
        ((ACTIVE, "each"), "roundup", (ACTIVE, "roundup")),
        ((ACTIVE, "each"), "daily", (ACTIVE, "daily")),
        ((ACTIVE, "daily"), "each", (ACTIVE, "each")),
        ((PAUSED, "each"), "daily", (ACTIVE, "daily")),
        ((ACTIVE, "roundup"), "each", (ACTIVE, "each")),
        ((ACTIVE, "each"), "pause", (PAUSED, "each")),
        ((PAUSED, "roundup"), "continue", (ACTIVE, "roundup")),
        ((PAUSED, "each"), "roundup", (ACTIVE, "roundup")),
        ((ACTIVE, "each"), "leave", (LEFT, "each")),
        ((LEFT, "each"), "continue", (LEFT, "each")),
        ((LEFT, "each"), "roundup", (LEFT, "each")),
    ],
)
async def test_a_button_of_the_page_does_what_it_says(
    place: Place, client: httpx.AsyncClient, before: tuple[str, str], choice: str, after: tuple[str, str]
) -> None:
    place.house.set("anna@example.net", status=before[0], delivery=before[1])
    answer = await client.post(place.link("anna@example.net"), data={"choice": choice})
    assert (answer.status_code, place.status("anna@example.net")) == (200, after)
    assert place.looked == (before != after)


async def test_whoever_chooses_is_told_by_mail_but_not_for_every_click(place: Place, client: httpx.AsyncClient) -> None:
    for choice in ("roundup", "roundup", "each", "pause", "continue"):
        await client.post(place.link("anna@example.net"), data={"choice": choice})
    (mail,) = place.house.sent("choice")
    assert (mail.to, "round-up only" in mail.text) == ("anna@example.net", True)
    assert [row["reason"] for row in place.house.rows("audit", action="set")] == [
        "status active, delivery roundup, by the link in a mail",
        "status active, delivery each, by the link in a mail",
        "status paused, delivery each, by the link in a mail",
        "status active, delivery each, by the link in a mail",
    ]
    place.house.now += timedelta(days=1)
    await client.post(place.link("anna@example.net"), data={"choice": "roundup"})
    assert len(place.house.sent("choice")) == 2


async def test_a_choice_that_there_is_not_changes_nothing(place: Place, client: httpx.AsyncClient) -> None:
    before = place.house.tables()
    answer = await client.post(place.link("anna@example.net"), data={"choice": "everything"})
    assert (answer.status_code, place.house.tables() == before) == (400, True)
    assert "Please use the link in the mail as it stands." in answer.text


@pytest.mark.parametrize(
    ("status", "mode", "buttons"),
    [
        (ACTIVE, "each", ["daily", "roundup", "pause", "quiet", "leave"]),
        (ACTIVE, "daily", ["each", "roundup", "pause", "quiet", "leave"]),
        (ACTIVE, "roundup", ["each", "daily", "pause", "leave"]),
        (ACTIVE, "none", ["each", "daily", "roundup", "pause", "leave"]),
        (PAUSED, "each", ["continue", "daily", "roundup", "leave"]),
        (LEFT, "each", []),
    ],
)
async def test_the_page_offers_what_is_not_so_already(
    place: Place, client: httpx.AsyncClient, status: str, mode: DeliveryMode, buttons: list[str]
) -> None:
    place.house.set("anna@example.net", status=status, delivery=mode)
    page = (await client.get(place.link("anna@example.net"))).text
    assert re.findall(r'<form method="post"><button name="choice" value="(\w+)">', page) == buttons


async def test_the_link_of_a_reminder_ends_the_reminders_and_nothing_else(
    place: Place, client: httpx.AsyncClient
) -> None:
    part = place.house.part("anna@example.net")["id"]
    link = f"{place.at}/u/{place.house.site.addresses.token('reminders', part)}"
    assert 'value="quiet"' in (await client.get(link)).text
    assert place.house.part("anna@example.net")["nudges"] == 1
    answer = await client.post(link, data=ONE_CLICK)
    assert (answer.status_code, place.looked) == (200, 1)
    assert (place.house.part("anna@example.net")["nudges"], place.status("anna@example.net")[0]) == (0, ACTIVE)
    assert 'value="quiet"' not in answer.text
    await client.post(link, data={"choice": "leave"})  # from the page it does what the button says
    assert place.status("anna@example.net")[0] == LEFT


async def test_the_page_says_until_when_a_pause_lasts(place: Place, client: httpx.AsyncClient) -> None:
    place.house.set("anna@example.net", status=PAUSED, resumes_at=datetime(2008, 11, 10, 4, tzinfo=UTC))
    assert "You get no mail until Monday 10 November 2008." in (await client.get(place.link("anna@example.net"))).text


async def test_the_page_is_in_the_participants_language(place: Place, client: httpx.AsyncClient) -> None:
    english = (await client.get(place.link("anna@example.net"))).text
    french = (await client.get(place.link("boris@example.net"))).text
    assert '<html lang="en" dir="ltr">' in english
    assert "Your mail from <bdi>Planning for Action</bdi>" in english
    assert '<html lang="fr" dir="ltr">' in french
    assert "Quitter le dialogue" in french


async def test_the_page_says_how_to_come_back(place: Place, client: httpx.AsyncClient) -> None:
    page = (await client.post(place.link("anna@example.net"))).text
    assert "You have left <bdi>Planning for Action</bdi>" in page
    assert '<a href="mailto:nap-join@talk.example">nap-join@talk.example</a>' in page
    place.house.policy(participation="invite")
    page = (await client.get(place.link("anna@example.net"))).text
    assert ("nap-join" in page, '<a href="mailto:nap-owner@talk.example">' in page) == (False, True)


async def test_a_title_is_never_markup(place: Place, client: httpx.AsyncClient) -> None:
    place.house.policy(title="<script>alert(1)</script> & %(x)s")
    for answer in (await client.get(place.link("anna@example.net")), await client.post(place.link("anna@example.net"))):
        assert answer.status_code == 200
        assert "<script" not in answer.text
        assert "<bdi>&lt;script&gt;alert(1)&lt;/script&gt; &amp; %(x)s</bdi>" in answer.text


async def test_a_page_names_nobody_and_loads_nothing_from_elsewhere(place: Place, client: httpx.AsyncClient) -> None:
    page = (await client.get(place.link("anna@example.net"))).text
    assert "anna" not in page.lower()
    sheet, *leads = re.findall(r'(?:src|href|action)="([^"]+)"', page)
    assert leads == ["?never=1", "mailto:nap-owner@talk.example"]
    style = await client.get(place.at + sheet)
    assert sheet == f"/style.css?{hashlib.sha256(style.content).hexdigest()[:8]}"  # a new edition is asked for at once
    assert (style.status_code, style.headers["content-type"]) == (200, "text/css; charset=utf-8")
    assert "url(" not in style.text


# What changes nothing


async def test_no_link_of_any_mail_changes_anything_by_being_followed(place: Place, client: httpx.AsyncClient) -> None:
    place.house.released("First.")
    place.house.contribute("Held.")
    mails = [mail for _, mail in await place.send()]
    links = {
        link
        for mail in mails
        for text in (str(mail), *(part.get_content() for part in mail.walk() if part.get_content_maintype() == "text"))
        for link in re.findall(r"https?://[^\s<>\"]+", text)
    }
    assert len(links) >= len(EVERYBODY)
    before = place.house.tables()
    for link in links:
        for method in ("GET", "HEAD", "OPTIONS", "PUT", "DELETE", "PROPFIND"):
            answer = await client.request(method, place.local(link), content=b"List-Unsubscribe=One-Click")
            assert answer.status_code in ((200, 303) if method in ("GET", "HEAD") else (405,)), (method, link)
    assert place.house.tables() == before
    assert place.looked == 0


async def test_other_methods_are_told_which_there_are(place: Place, client: httpx.AsyncClient) -> None:
    answer = await client.request("PATCH", place.link("anna@example.net"))
    assert answer.status_code == 405
    assert set(answer.headers["allow"].split(", ")) == {"GET", "HEAD", "POST"}


# Tokens


@pytest.mark.parametrize(
    "token",
    [
        lambda site, part: site.addresses.token("attachment", part),
        lambda site, part: site.addresses.token("login", part),
        lambda site, part: site.addresses.leave("nap", part).partition("+")[2].partition("@")[0],
        lambda site, part: site.addresses.bounces("nap", part).partition("+")[2].partition("@")[0],
        lambda site, part: site.addresses.token("unsubscribe", part)[:-1],
        lambda site, part: site.addresses.token("unsubscribe", part) + "a",
        lambda site, part: "a" + site.addresses.token("unsubscribe", part)[1:-1] + "q",
        lambda site, part: site.addresses.token("unsubscribe", 4711),
        lambda site, part: str(part),
        lambda site, part: "%00%0d%0aSet-Cookie:%20a=b",
        lambda site, part: "é" * 26,
    ],
    ids=["attachment", "login", "leave by mail", "bounces", "cut", "longer", "damaged", "nobody's", "id", "nul", "é"],
)
@pytest.mark.parametrize("method", ["GET", "POST"])
async def test_a_token_that_is_not_for_this_is_not_found(
    place: Place, client: httpx.AsyncClient, token: Callable[[Any, int], str], method: str
) -> None:
    before = place.house.tables()
    text = token(place.house.site, place.house.part("anna@example.net")["id"])
    answer = await client.request(method, f"{place.at}/u/{text}", headers={"Accept-Language": "es;q=0.8, fr-CA"})
    assert answer.status_code == 404
    assert "Il n'y a rien ici" in answer.text
    assert "set-cookie" not in answer.headers
    assert place.house.tables() == before


async def test_a_token_is_good_in_capitals(place: Place, client: httpx.AsyncClient) -> None:
    token = urlsplit(place.link("anna@example.net")).path.removeprefix("/u/")
    assert (await client.get(f"{place.at}/u/{token.upper()}")).status_code == 200


@pytest.mark.parametrize(("retired", "status"), [([SECRET.encode()], 200), ([], 404)])
async def test_a_token_is_good_as_long_as_its_secret_is_believed(
    place: Place, client: httpx.AsyncClient, retired: list[bytes], status: int
) -> None:
    path = urlsplit(place.link("anna@example.net")).path
    place.house.site = replace(
        place.house.site, addresses=Addresses(DOMAIN, b"a newer one, of 32 letters too..", retired)
    )
    place.house.now += timedelta(days=3 * 365)
    web = place.door()
    await web.start()
    answer = await client.get("http://{}:{}".format(*web.address) + path)
    await web.stop()
    assert answer.status_code == status


# What holds for every answer


HEADERS = {
    "content-security-policy": "default-src 'none'; style-src 'self'; form-action 'self'; frame-ancestors 'none';"
    " base-uri 'none'",
    "x-content-type-options": "nosniff",
    "referrer-policy": "no-referrer",
    "strict-transport-security": "max-age=31536000",
}


@pytest.mark.parametrize("path", ["/u/", "/u/bad", "/", "/health", "/style.css", "/none/", "/u/bad/", "//example.com/"])
@pytest.mark.parametrize("method", ["GET", "POST", "OPTIONS"])
async def test_every_answer_has_the_security_headers(
    place: Place, client: httpx.AsyncClient, method: str, path: str
) -> None:
    answer = await client.request(method, place.at + path)
    assert {name: answer.headers.get(name) for name in HEADERS} == HEADERS
    assert not {"server", "set-cookie", "location", "x-powered-by"} & set(answer.headers)


async def test_only_with_https_is_https_asked_for(place: Place, client: httpx.AsyncClient) -> None:
    place.house.site = replace(place.house.site, base_url="http://127.0.0.1:8080")
    web = place.door()
    await web.start()
    answer = await client.get("http://{}:{}/health".format(*web.address), headers={"Host": "127.0.0.1"})
    await web.stop()
    assert (answer.status_code, "strict-transport-security" in answer.headers) == (200, False)


@pytest.mark.parametrize(
    ("host", "status"),
    [
        ("talk.example", 200),
        ("TALK.example:443", 200),
        ("talk.example.", 200),
        ("127.0.0.1:1234", 200),
        ("localhost", 200),
        ("[::1]:80", 200),
        ("evil.example", 421),
        ("talk.example.evil.example", 421),
        ("talk.example@evil.example", 400),
        ("", 421),
    ],
)
async def test_only_our_own_names_are_answered(place: Place, client: httpx.AsyncClient, host: str, status: int) -> None:
    answer = await client.get(place.at + "/health", headers={"Host": host})
    assert answer.status_code == status


@pytest.mark.parametrize("chunked", [False, True])
async def test_more_than_64_kb_is_refused_and_changes_nothing(
    place: Place, client: httpx.AsyncClient, chunked: bool
) -> None:
    async def pieces() -> AsyncIterator[bytes]:
        for _ in range(65):
            yield b"x" * 1024

    before = place.house.tables()
    content = pieces() if chunked else b"x" * (64 * 1024 + 1)
    answer = await client.post(place.link("anna@example.net"), content=content)
    assert answer.status_code == 413
    assert place.house.tables() == before
    within = await client.post(place.link("anna@example.net"), content=b"x" * 64 * 1024)
    assert within.status_code == 200


async def test_the_path_of_base_url_may_be_cut_by_the_proxy_or_not(place: Place, client: httpx.AsyncClient) -> None:
    place.house.site = replace(place.house.site, base_url="https://talk.example/talks")
    place.web, before = place.door(), place.web
    await place.web.start()
    for url in (place.link("anna@example.net"), place.link("anna@example.net").replace("/u/", "/talks/u/")):
        answer = await client.get(url)
        assert (answer.status_code, 'href="/talks/style.css?' in answer.text) == (200, True)
    await place.web.stop()
    place.web = before


async def test_health_says_whether_the_database_answers(
    place: Place, client: httpx.AsyncClient, monkeypatch: pytest.MonkeyPatch
) -> None:
    await place.send()  # what waits for long is told as well
    answer = await client.get(place.at + "/health")
    assert (answer.status_code, answer.text) == (200, "ok\n")

    def gone() -> None:
        raise OSError("no such disk: anna@example.net")

    monkeypatch.setattr(place.house.session, "read", gone)
    answer = await client.get(place.at + "/health")
    assert (answer.status_code, answer.text) == (503, "fail\ndatabase: does not answer\n")


async def test_a_page_that_fails_says_so_and_tells_nobody_else_why(
    place: Place, client: httpx.AsyncClient, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    link = place.link("anna@example.net")

    def broken() -> None:
        raise RuntimeError("about anna@example.net")

    monkeypatch.setattr(place.house.session, "read", broken)
    answer = await client.get(link)
    assert (answer.status_code, "It does not work just now" in answer.text) == (500, True)
    assert answer.headers["content-security-policy"] == HEADERS["content-security-policy"]
    assert [record.name for record in caplog.records if record.levelname == "ERROR"] == [failure.__name__]
    assert "anna" not in caplog.text


async def test_nothing_is_logged_of_who_asks_for_what(
    place: Place, client: httpx.AsyncClient, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level("DEBUG")
    link = place.link("anna@example.net")
    await client.get(link)
    await client.post(link)
    await client.get(link[:-1])
    token = urlsplit(link).path.removeprefix("/u/")
    ours = "\n".join(one.getMessage() for one in caplog.records if not one.name.startswith(("httpx", "httpcore")))
    assert (token in ours, token[:-1] in ours, "example.net" in ours) == (False, False, False)


# Bad manners


async def heard(place: Place, said: bytes) -> bytes:
    reader, writer = await asyncio.open_connection(*place.web.address)
    writer.write(said)
    answer = await reader.read()
    writer.close()
    return answer


@pytest.mark.parametrize(
    ("said", "status"),
    [
        (b"GET / HTTP/1.1\r\n\r\n", b"400"),  # without Host
        (b"nonsense\r\n\r\n", b"400"),
        (b"GET /health HTTP/1.1\r\nHost: talk.example\r\nX: " + b"x" * 70_000, b"431"),  # without end
        (b"GET /health HTTP/1.1\r\nHost: a\r\nHost: talk.example\r\n\r\n", b"400"),
        (b"GET /health HTTP/1.0\r\n\r\n", b"421"),
        (b"POST /u/x HTTP/1.1\r\nHost: talk.example\r\nContent-Length: 99999999999\r\n\r\n", b"413"),
        (
            b"POST /u/x HTTP/1.1\r\nHost: talk.example\r\nContent-Length: 5\r\nTransfer-Encoding: chunked\r\n\r\n"
            b"0\r\n\r\nGET /health HTTP/1.1\r\nHost: talk.example\r\n\r\n",
            b"400",
        ),
    ],
)
async def test_broken_requests_are_refused(place: Place, said: bytes, status: bytes) -> None:
    answer = await heard(place, said)
    assert answer.startswith(b"HTTP/1.1 " + status)
    assert answer.count(b"HTTP/1.1 ") == 1  # nothing within it is a request of its own


CHUNKED = b"POST /login HTTP/1.1\r\nHost: talk.example\r\nTransfer-Encoding: chunked\r\n\r\n"


@pytest.mark.parametrize(
    ("begun", "piece"),
    [
        (b"GET /health HTTP/1.1\r\nHost: talk.example\r\n", b"X: y\r\n"),
        (CHUNKED + b"1;", b"extended"),
        (CHUNKED + b"0\r\n", b"Trailer: y\r\n"),
        (CHUNKED, b"1\r\nx\r\n"),
    ],
    ids=["headers", "a chunk's extension", "trailers", "chunks of an octet"],
)
async def test_what_a_request_is_framed_with_comes_to_an_end(place: Place, begun: bytes, piece: bytes) -> None:
    """However small its pieces: it is neither kept nor heard for ever."""
    _, writer = await asyncio.open_connection(*place.web.address)
    writer.write(begun)
    said, plenty = 0, 8 * 1024 * 1024  # most of what is said is in the sockets' buffers
    with suppress(ConnectionError):
        while said < plenty:
            writer.write(piece * 100)
            await writer.drain()
            said += 100 * len(piece)
    writer.close()
    assert said < plenty


async def test_who_sends_far_too_much_sees_why_it_is_refused(place: Place) -> None:
    content = b"x" * 1024 * 1024
    head = f"POST /login HTTP/1.1\r\nHost: talk.example\r\nContent-Length: {len(content)}\r\n\r\n"
    answer = await heard(place, head.encode() + content)
    assert answer.startswith(b"HTTP/1.1 413")
    assert answer.rstrip().endswith(b"</html>")


@pytest.mark.parametrize("said", [b"", b"GET /health HTTP/1.1\r\nHost: talk.exa"])
async def test_who_does_not_finish_a_request_is_hung_up_on(
    place: Place, monkeypatch: pytest.MonkeyPatch, said: bytes
) -> None:
    monkeypatch.setattr(server, "PATIENCE", 0.05)
    try:
        assert await heard(place, said) == b""
    except ConnectionResetError:
        pass  # hung up on, too


async def test_who_does_not_finish_the_content_is_told(place: Place, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(form, "PATIENCE", 0.05)
    path = urlsplit(place.link("anna@example.net")).path
    said = f"POST {path} HTTP/1.1\r\nHost: talk.example\r\nContent-Length: 26\r\n\r\nList-Un".encode()
    assert (await heard(place, said)).startswith(b"HTTP/1.1 408")
    assert place.status("anna@example.net")[0] == ACTIVE


async def test_slow_clients_do_not_keep_others_waiting(place: Place, client: httpx.AsyncClient) -> None:
    path = urlsplit(place.link("anna@example.net")).path
    slow = []
    for _ in range(50):
        _, writer = await asyncio.open_connection(*place.web.address)
        writer.write(f"POST {path} HTTP/1.1\r\nHost: talk.example\r\nContent-Length: 9\r\n\r\nL".encode())
        slow.append(writer)
    assert (await client.post(place.link("boris@example.net"))).status_code == 200
    for writer in slow:
        writer.close()
    assert (await client.get(place.at + "/health")).status_code == 200
    assert place.status("anna@example.net")[0] == ACTIVE


async def asking(web: Web, said: str = "") -> tuple[asyncio.StreamReader, asyncio.StreamWriter]:
    """A connection kept open on which that header has been asked with, once it is answered; "" = nothing was said."""
    reader, writer = await asyncio.open_connection(*web.address)
    if said:
        writer.write(f"GET /style.css HTTP/1.1\r\nHost: talk.example\r\n{said}\r\n\r\n".encode())
        head = await reader.readuntil(b"\r\n\r\n")
        await reader.readexactly(int(re.search(rb"(?i)content-length: (\d+)", head)[1]))  # type: ignore[index]
    return reader, writer


async def test_who_holds_on_to_all_connections_keeps_nobody_else_out(
    place: Place, client: httpx.AsyncClient, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(server, "CONNECTIONS", 3)
    held = [await asking(place.web) for _ in range(3)]
    assert (await client.get(place.at + "/health")).status_code == 200
    assert await held[0][0].read() == b""  # the longest silent
    assert place.web.connections == 3
    for _, writer in held:
        writer.close()


async def test_one_network_too_many_is_told(place: Place, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(server, "CONNECTIONS", 1)
    monkeypatch.setattr(server, "network", lambda scope, trusted: "192.0.2.1")
    _, held = await asking(place.web)
    reader, writer = await asking(place.web)
    assert (await reader.read()).startswith(b"HTTP/1.1 503 ")
    assert place.web.connections == 1
    held.close()
    writer.close()


async def test_behind_a_proxy_they_are_those_of_whom_it_asks_for(place: Place, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(server, "CONNECTIONS", 3)
    web = place.door(trusted=[ipaddress.ip_network("127.0.0.1")])
    await web.start()
    held = [await asking(web, f"X-Forwarded-For: 192.0.2.{last}") for last in (1, 2, 2)]
    late = await asking(web, "X-Forwarded-For: 192.0.2.3")
    assert await held[1][0].read() == b""
    assert web.connections == 3
    for _, writer in (*held, late):
        writer.close()
    await web.stop()


async def test_a_place_that_is_taken_is_refused_in_words(place: Place) -> None:
    host, port = place.web.address
    with pytest.raises(Refused) as refused:
        await place.door(port).start()
    assert str(refused.value) == f"[web]: cannot listen on {host}:{port} (Address already in use); set another port"


async def test_it_says_where_it_is(place: Place) -> None:
    assert place.web.describe() == f"pages at {place.at}"


# The forms of a form


@pytest.mark.parametrize(
    ("content_type", "content", "fields"),
    [
        ("application/x-www-form-urlencoded", b"choice=leave&a=%C3%A9", {"choice": "leave", "a": "é"}),
        ("application/x-www-form-urlencoded; charset=utf-8", b"a=1&a=2", {"a": "1"}),
        ("", b"List-Unsubscribe=One-Click\r\n", ONE_CLICK),
        ("", b"", {}),
        ("application/x-www-form-urlencoded", b"&".join(b"a%d=1" % n for n in range(30)), {}),
        (
            'multipart/form-data; boundary="b b"',
            b'--b b\r\nContent-Disposition: form-data; name="List-Unsubscribe"\r\n\r\nOne-Click\r\n--b b--\r\n',
            ONE_CLICK,
        ),
        (
            "Multipart/Form-Data; charset=x; Boundary=b",
            b'preamble\r\n--b\r\nX: y\r\ncontent-disposition: form-data; name="a"\r\n\r\n1\r\n2\r\n--b\r\n\r\n--b--',
            {"a": "1\r\n2"},
        ),
        ("multipart/form-data", b'--b\r\nContent-Disposition: form-data; name="a"\r\n\r\n1\r\n--b--', {}),
        ("multipart/form-data; boundary=b", b"--b", {}),
        ("text/plain", b"choice=leave", {}),
    ],
)
def test_fields_of_a_form(content_type: str, content: bytes, fields: dict[str, str]) -> None:
    assert form.fields(content_type, content) == fields


@pytest.mark.parametrize(
    ("said", "tags"),
    [
        ("", []),
        ("fr", ["fr"]),
        ("es;q=0.8, fr-CA, en;q=0.9", ["fr-CA", "en", "es"]),
        ("fr;q=0, es;q=x, en", ["en"]),
    ],
)
def test_the_languages_a_browser_asks_for(said: str, tags: list[str]) -> None:
    assert wanted(said) == tags


# Attachments


PLAN = bytes(range(256)) * 1000


def attached(
    place: Place,
    *,
    state: str = "released",
    fate: Fate = Fate.KEPT,
    kind: str = "application/pdf",
    content: bytes = PLAN,
) -> str:
    """The link to a file of a contribution in that state."""
    house = place.house
    row = house.contribute("With a file.")
    if state == "released":
        house.release(row["id"])
    else:
        house.session.write(lambda c: c.execute(tables.contribution.update().values(state=state)))
    sha256 = hashlib.sha256(content).hexdigest()
    file = File("Plan d'été.pdf", kind, len(content), sha256, fate, None, content)
    house.session.write(lambda c: attachments.add(c, house.now, row["id"], [file]))
    number = house.rows("attachment")[-1]["id"]
    return f"{place.at}/a/{house.site.addresses.token('attachment', number)}/Plan%20d%27%C3%A9t%C3%A9.pdf"


async def test_a_file_of_a_released_contribution_is_a_download(place: Place, client: httpx.AsyncClient) -> None:
    answer = await client.get(attached(place))
    assert (answer.status_code, answer.content) == (200, PLAN)
    wanted_ = {
        "content-type": "application/pdf",
        "content-length": "256000",
        "content-disposition": disposition("Plan d'été.pdf"),
        "content-security-policy": "default-src 'none'; sandbox",
        "x-content-type-options": "nosniff",
        "referrer-policy": "no-referrer",
        "cache-control": "private, no-cache",
        "etag": f'"{hashlib.sha256(PLAN).hexdigest()}"',
    }
    assert {name: answer.headers.get(name) for name in wanted_} == wanted_


async def test_head_has_the_headers_without_the_file(place: Place, client: httpx.AsyncClient) -> None:
    link = attached(place)
    got, head = await client.get(link), await client.head(link)
    assert (head.status_code, head.content) == (200, b"")
    same = {name: value for name, value in got.headers.items() if name != "date"}
    assert {name: value for name, value in head.headers.items() if name != "date"} == same


@pytest.mark.parametrize(
    ("has", "status"), [("{}", 304), ("W/{}", 304), ('"x", {}', 304), ("*", 304), ('"x"', 200), ("", 200)]
)
async def test_a_file_that_is_there_already_is_not_sent_again(
    place: Place, client: httpx.AsyncClient, has: str, status: int
) -> None:
    link = attached(place)
    tag = (await client.get(link)).headers["etag"]
    answer = await client.get(link, headers={"If-None-Match": has.format(tag)})
    assert (answer.status_code, answer.headers["etag"], bool(answer.content)) == (status, tag, status == 200)


@pytest.mark.parametrize("state", ["held", "returned", "discarded", "withdrawn"])
async def test_a_file_of_what_is_not_released_is_not_there(place: Place, client: httpx.AsyncClient, state: str) -> None:
    assert (await client.get(attached(place, state=state))).status_code == 404


@pytest.mark.parametrize("fate", [Fate.REFUSED, Fate.DROPPED])
async def test_a_file_that_was_not_kept_is_not_there(place: Place, client: httpx.AsyncClient, fate: Fate) -> None:
    assert (await client.get(attached(place, fate=fate))).status_code == 404


async def test_the_token_decides_and_it_is_for_files_only(place: Place, client: httpx.AsyncClient) -> None:
    link = attached(place)
    assert (await client.get(link.replace("Plan", "Another/one"))).status_code == 200
    number = place.house.one("attachment")["id"]
    other = place.house.site.addresses.token("unsubscribe", number)
    for bad in (f"{place.at}/a/{other}/x", f"{place.at}/a/{link.split('/')[4][:-1]}/x", f"{place.at}/a/"):
        assert (await client.get(bad)).status_code == 404
    assert (await client.post(link)).status_code == 405


async def test_markup_of_others_is_never_shown_in_our_name(place: Place, client: httpx.AsyncClient) -> None:
    answer = await client.get(attached(place, kind="text/html"))
    assert answer.headers["content-type"] == "application/octet-stream"


async def test_many_fetch_one_file_at_once(place: Place, client: httpx.AsyncClient) -> None:
    link = attached(place)
    answers = await asyncio.gather(*(client.get(link) for _ in range(20)))
    assert all(answer.content == PLAN for answer in answers)


async def test_who_stops_taking_a_file_is_hung_up_on(place: Place, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(server, "STALLED", 0.05)
    path = urlsplit(attached(place, content=PLAN * 100)).path  # more than the sockets between us hold
    reader, writer = await asyncio.open_connection(*place.web.address, limit=1024)
    writer.write(f"GET {path} HTTP/1.1\r\nHost: talk.example\r\n\r\n".encode())
    await reader.readuntil(b"\r\n\r\n")
    writer.transport.pause_reading()  # type: ignore[attr-defined]
    async with asyncio.timeout(20):
        while place.web.connections:
            await asyncio.sleep(0.001)
    writer.close()


@given(st.text(max_size=200), st.binary(max_size=500))
@example("multipart/form-data; boundary=a", b"--a" * 100)
@example("multipart/form-data; boundary=\xff", b"--\xff")
def test_no_content_breaks_the_reading_of_a_form(content_type: str, content: bytes) -> None:
    assert all(isinstance(name, str) for name in form.fields(content_type, content))


# File names and types


@pytest.mark.parametrize(
    ("name", "header"),
    [
        ("plan.pdf", 'attachment; filename="plan.pdf"'),
        ("Plan d'été.pdf", "attachment; filename=\"Plan d__t_.pdf\"; filename*=UTF-8''Plan%20d%27%C3%A9t%C3%A9.pdf"),
        ('a"b;c.txt', "attachment; filename=\"a_b_c.txt\"; filename*=UTF-8''a%22b%3Bc.txt"),
        ("..\\..\\evil\u202egpj.exe", 'attachment; filename="evilgpj.exe"'),
        ("a\r\nSet-Cookie: x/y\r\n", 'attachment; filename="y"'),
        ("", 'attachment; filename="attachment"'),
        ("...", 'attachment; filename="attachment"'),
    ],
)
def test_a_file_is_a_download_whatever_it_is_called(name: str, header: str) -> None:
    assert disposition(name) == header


@given(st.text(max_size=300))
def test_no_file_name_breaks_the_header(name: str) -> None:
    header = disposition(name)
    assert re.fullmatch(r"attachment; filename=\"[A-Za-z0-9 ._-]+\"(; filename\*=UTF-8''[\w!#$&+.^`|~%-]+)?", header)
    assert header.isascii()


@pytest.mark.parametrize(
    ("kind", "said"),
    [
        ("application/pdf", "application/pdf"),
        (
            "application/vnd.openxmlformats-officedocument.wordprocessingml.document",
            "application/vnd.openxmlformats-officedocument.wordprocessingml.document",
        ),
        ("text/html", "application/octet-stream"),
        ("image/svg+xml", "application/octet-stream"),
        ("text/javascript", "application/octet-stream"),
        ("a/b\r\nX: y", "application/octet-stream"),
        ("", "application/octet-stream"),
    ],
)
def test_what_could_run_is_just_octets(kind: str, said: str) -> None:
    assert media_type(kind) == said


# The program


@contextmanager
def serving(place: Path, *words: str) -> Iterator[str]:
    """A `serve` of its own with pages at that address. It has to end well, and to log which pages were seen only."""
    with (place / "listserv.toml").open("a") as toml:
        toml.write("\n[web]\nport = 0\n")
    command = [sys.executable, "-m", "listserv", "serve", *words]
    with subprocess.Popen(command, cwd=place, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True) as process:
        try:
            assert process.stdout is not None
            found = re.search(r"nap; pages at (http://127\.0\.0\.1:\d+)$", process.stdout.readline())
            assert found
            yield found[1]
            process.send_signal(signal.SIGTERM)
            _, logged = process.communicate(timeout=20)
            troubles = [
                line for line in logged.splitlines() if not re.search(r" listserv\.web \w+ \w+ [23]\d\d, ", line)
            ]
            assert (process.returncode, troubles) == (0, [])
        finally:
            process.kill()


def test_serve_opens_the_pages(tmp_path: Path) -> None:
    with serving(folder(tmp_path), "--only", "web") as at:
        assert httpx.get(f"{at}/health").status_code == 200


def waiting(place: Path) -> int:
    """Copies that are still to be sent."""
    with open_house(place) as house:
        return sum(row["state"] != "sent" for row in house.rows("delivery"))


def until(true: Callable[[], object]) -> None:
    """Only a failure waits so long."""
    deadline = monotonic() + 20
    while not true():
        assert monotonic() < deadline
        sleep(0.02)


def test_who_leaves_by_the_page_hears_of_it_at_once(tmp_path: Path) -> None:
    place = folder(tmp_path)
    house = House(place)
    token = house.site.addresses.token("unsubscribe", house.part("anna@example.net")["id"])
    house.close()
    box = place / "var/mail/anna@example.net/new"
    with serving(place) as at:
        until(lambda: not waiting(place))
        for _ in range(20):  # by now the loops sleep, the outbox for 60 s
            assert httpx.get(f"{at}/u/{token}").status_code == 200
        assert httpx.post(f"{at}/u/{token}").status_code == 200
        until(lambda: any("You have left" in mail.read_text() for mail in box.glob("*")))

"""What holds for every page: who is believed to ask, how much of it, and what another site's page may not do."""

from __future__ import annotations

from collections.abc import AsyncIterator, Sequence
from ipaddress import ip_network

import httpx
import pytest
from hypothesis import given
from hypothesis import strategies as st

from listserv.edge.web import rates
from listserv.edge.web.network import network
from listserv.edge.web.rates import Rates
from listserv.edge.web.server import Web
from tests.edge.pages import pages
from tests.house import House

PROXIES = [ip_network("127.0.0.1"), ip_network("10.0.0.0/8"), ip_network("fd00::/8")]


def asked_by(peer: str | None, *forwarded: str, trusted: Sequence[object] = PROXIES) -> str:
    headers = [(b"x-forwarded-for", one.encode("latin-1")) for one in forwarded]
    scope = {"type": "http", "client": (peer, 1) if peer else None, "headers": headers}
    return network(scope, trusted)  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("peer", "forwarded", "network"),
    [
        ("192.0.2.1", [], "192.0.2.1"),
        ("192.0.2.1", ["198.51.100.7"], "192.0.2.1"),  # anybody can write that
        ("127.0.0.1", ["198.51.100.7"], "198.51.100.7"),
        ("127.0.0.1", ["1.1.1.1, 198.51.100.7"], "198.51.100.7"),  # what it was told is not what it heard
        ("127.0.0.1", ["1.1.1.1", "198.51.100.7"], "198.51.100.7"),
        ("10.1.2.3", ["198.51.100.7, 10.9.9.9"], "198.51.100.7"),  # two of ours, one behind the other
        ("10.1.2.3", ["10.9.9.9"], "10.9.9.9"),
        ("127.0.0.1", ["198.51.100.7:4711"], "198.51.100.7"),
        ("127.0.0.1", ["2001:db8:1:2:3:4:5:6"], "2001:db8:1:2::/64"),
        ("127.0.0.1", ["[2001:db8:1:2::9]:4711"], "2001:db8:1:2::/64"),
        ("127.0.0.1", ["::ffff:192.0.2.9"], "192.0.2.9"),
        ("2001:db8:1:2:3:4:5:6", [], "2001:db8:1:2::/64"),
        ("fd00::1", ["198.51.100.7"], "198.51.100.7"),
        ("127.0.0.1", [], ""),
        ("127.0.0.1", ["unknown"], ""),
        ("127.0.0.1", ["198.51.100.7, _hidden"], ""),
        (None, [], ""),
        ("testclient", [], ""),
    ],
)
def test_who_asks(peer: str | None, forwarded: list[str], network: str) -> None:
    assert asked_by(peer, *forwarded) == network


def test_by_default_nobody_is_believed() -> None:
    assert asked_by("127.0.0.1", "198.51.100.7", trusted=()) == ""
    assert asked_by("10.0.0.1", "198.51.100.7", trusted=()) == "10.0.0.1"


@given(st.text(st.characters(max_codepoint=255), max_size=100))
def test_no_header_breaks_it(said: str) -> None:
    asked_by("127.0.0.1", said)


class TestRates:
    def test_so_many_at_once_and_so_many_a_second_from_then_on(self) -> None:
        one = Rates()
        assert [one.wait("a", 0.0) for _ in range(rates.BURST)] == [0] * rates.BURST
        assert one.wait("a", 0.0) == 1
        assert one.wait("b", 0.0) == 0, "others do not wait for it"
        assert [one.wait("a", 1.0) for _ in range(rates.RATE + 1)] == [0] * rates.RATE + [1]
        assert [one.wait("a", 1e6) for _ in range(rates.BURST + 1)][-2:] == [0, 1]

    def test_who_is_not_known_is_not_kept_waiting(self) -> None:
        one = Rates()
        assert not any(one.wait("", 0.0) for _ in range(2 * rates.BURST))

    def test_it_remembers_so_many(self, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setattr(rates, "MOST", 2)
        monkeypatch.setattr(rates, "BURST", 1)
        one = Rates()
        for name in ("a", "b", "a", "c"):
            one.wait(name, 0.0)
        assert [one.wait(name, 0.0) for name in ("a", "c")] == [1, 1]
        assert one.wait("b", 0.0) == 0


@pytest.fixture
async def proxied(house: House) -> AsyncIterator[httpx.AsyncClient]:
    async with pages(house, trusted=["127.0.0.1"]) as client:
        yield client


async def test_one_network_is_put_off_and_others_are_not(
    proxied: httpx.AsyncClient, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(rates, "BURST", 2)
    monkeypatch.setattr(rates, "RATE", 0.001)
    one, other = {"X-Forwarded-For": "192.0.2.1"}, {"X-Forwarded-For": "192.0.2.2"}
    assert [(await proxied.get("/login", headers=one)).status_code for _ in range(3)] == [200, 200, 429]
    refused = await proxied.post("/login", headers=one)
    assert refused.status_code == 429
    assert 900 < int(refused.headers["retry-after"]) <= 1000
    assert "Please wait a little" in refused.text
    assert (await proxied.get("/login", headers=other)).status_code == 200


async def test_who_leaves_is_never_put_off(
    house: House, proxied: httpx.AsyncClient, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A provider does it for all its users, from one network (RFC 8058 §3.2)."""
    monkeypatch.setattr(rates, "BURST", 0)
    token = house.site.addresses.token("unsubscribe", house.part("anna@example.net")["id"])
    foreign = {"X-Forwarded-For": "192.0.2.1", "Sec-Fetch-Site": "cross-site"}
    assert (await proxied.post(f"/u/{token}", headers=foreign)).status_code == 200
    assert house.part("anna@example.net")["status"] == "left"


@pytest.mark.parametrize(
    ("method", "site", "status"),
    [
        ("POST", "cross-site", 403),
        ("PUT", "cross-site", 403),
        ("GET", "cross-site", 200),  # a link from a web mailer
        ("POST", "same-origin", 400),
        ("POST", "same-site", 403),  # another host of the domain
        ("POST", "none", 400),
        ("POST", "", 400),  # an old browser
    ],
)
async def test_a_page_of_another_site_posts_nothing_here(
    proxied: httpx.AsyncClient, method: str, site: str, status: int
) -> None:
    answer = await proxied.request(method, "/login", headers={"Sec-Fetch-Site": site} if site else {})
    assert answer.status_code == status


@pytest.mark.parametrize(
    ("host", "status"),
    [
        ("talk.example", 200),
        ("TALK.example:443", 200),
        ("talk.example:", 200),
        ("talk.example:80/priv/module/1#", 400),  # for whoever makes a URL of it, the path would be another
        ("talk.example?x", 400),
        ("somebody@talk.example", 400),
        ("talk.example:x", 400),
        ("[::1", 400),
        ("evil.example", 421),
        ("", 421),
    ],
)
async def test_a_host_is_a_name_and_a_port(proxied: httpx.AsyncClient, host: str, status: int) -> None:
    assert (await proxied.get("/login", headers={"Host": host})).status_code == status


async def test_what_every_answer_says_to_a_browser(proxied: httpx.AsyncClient) -> None:
    for answer in (
        await proxied.get("/login"),
        await proxied.get("/nowhere"),
        await proxied.get("/login", headers={"Host": "evil.example"}),
        await proxied.post("/login", content=b"x" * 70_000),
    ):
        headers = answer.headers
        assert headers["content-security-policy"].startswith("default-src 'none';")
        assert headers["strict-transport-security"] == "max-age=31536000"
        assert (headers["cross-origin-opener-policy"], headers["cross-origin-resource-policy"]) == ("same-origin",) * 2
        assert (headers["x-content-type-options"], headers["referrer-policy"]) == ("nosniff", "no-referrer")


async def test_over_a_socket_too(house: House, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(rates, "BURST", 1)
    monkeypatch.setattr(rates, "RATE", 0.001)
    site, session = house.site, house.session
    door = Web(
        host="127.0.0.1", port=0, site=site, session=session, now=lambda: house.now, look=list, trusted=PROXIES[:1]
    )
    await door.start()
    at = "http://{}:{}".format(*door.address)
    async with httpx.AsyncClient(base_url=at, headers={"Host": "talk.example"}) as client:
        codes = [
            (await client.get("/login", headers={"X-Forwarded-For": f"192.0.2.{last}"})).status_code
            for last in (1, 2, 1, 2)
        ]
    await door.stop()
    assert codes == [200, 200, 429, 429]

"""Requests that come before those ahead of them are answered (RFC 9112 §9.3.2): a few in order, no flood."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from dataclasses import replace
from pathlib import Path

import pytest

from listserv.edge.web import server
from listserv.edge.web.server import Web
from tests.house import folder, open_house

PAGE = b"GET /style.css HTTP/1.1\r\nHost: talk.example\r\n\r\n"
MISSING = b"GET /no-such HTTP/1.1\r\nHost: talk.example\r\n\r\n"
LAST = b"GET /health HTTP/1.1\r\nHost: talk.example\r\nConnection: close\r\n\r\n"
PATIENCE = 20.0  # seconds; only a failure waits so long


@pytest.fixture
async def web(tmp_path: Path) -> AsyncIterator[Web]:
    with open_house(folder(tmp_path)) as house:
        site = replace(house.site, base_url="https://talk.example", pages=True)
        web = Web(host="127.0.0.1", port=0, site=site, session=house.session, now=lambda: house.now, look=lambda: None)
        await web.start()
        yield web
        await web.stop()


async def answers(web: Web, *said: bytes) -> list[bytes]:
    """The statuses that come until the end of the connection."""
    reader, writer = await asyncio.open_connection(*web.address)
    heard = b""
    async with asyncio.timeout(PATIENCE):
        try:
            for each in said:
                writer.write(each)
                await writer.drain()
            while some := await reader.read(65536):
                heard += some
        except ConnectionError:
            pass
    writer.close()
    return [part[:3] for part in heard.split(b"HTTP/1.1 ")[1:]]


async def test_a_few_are_answered_in_their_order(web: Web) -> None:
    assert await answers(web, PAGE + MISSING + PAGE + LAST) == [b"200", b"404", b"200", b"200"]


async def test_as_many_as_may_wait(web: Web) -> None:
    assert await answers(web, PAGE * server.AHEAD + LAST) == [b"200"] * (server.AHEAD + 1)


async def test_who_floods_us_is_hung_up_on(web: Web, monkeypatch: pytest.MonkeyPatch) -> None:
    begun = 0
    usual = server._Connection._start_asgi_task

    def counted(self: server._Connection, cycle: object, app: object) -> None:
        nonlocal begun
        begun += 1
        usual(self, cycle, app)  # type: ignore[arg-type]

    monkeypatch.setattr(server._Connection, "_start_asgi_task", counted)
    found = await answers(web, PAGE * 5000)
    assert len(found) <= begun <= server.AHEAD + 1
    assert web.connections == 0


async def test_what_comes_while_some_wait_is_not_read_yet(web: Web, monkeypatch: pytest.MonkeyPatch) -> None:
    """uvicorn reads on after each answer: all that a client can say would be kept."""
    most = 0
    usual = server._Connection.on_headers_complete

    def looked(self: server._Connection) -> None:
        nonlocal most
        usual(self)
        most = max(most, len(self.pipeline))

    monkeypatch.setattr(server._Connection, "on_headers_complete", looked)
    few = PAGE * (server.AHEAD // 2)
    found = await answers(web, *([few] * 20), LAST)
    assert most <= server.AHEAD
    assert set(found) <= {b"200"}


async def test_nonsense_behind_a_request_is_no_answer_to_it(web: Web) -> None:
    """It could not be told from the answer that is still to come."""
    assert b"400" not in await answers(web, PAGE + b"nonsense\r\n\r\n")

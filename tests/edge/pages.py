"""The pages of a house without a socket, for tests of what they answer: `async with pages(house) as client`."""

from __future__ import annotations

from collections.abc import AsyncIterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import asynccontextmanager
from ipaddress import ip_network
from urllib.parse import urlsplit

import httpx
import pytest

from listserv.edge import files
from listserv.edge.web import login, visitor
from listserv.edge.web.app import build
from listserv.edge.web.engine import Engine
from listserv.edge.web.pages import Pages
from listserv.store import visits
from tests.house import House

#: What the pages have woken the loops for, by house: how often.
Looked = list[None]


@asynccontextmanager
async def pages(
    house: House, *, trusted: Sequence[str] = (), peer: str = "127.0.0.1", looked: Looked | None = None
) -> AsyncIterator[httpx.AsyncClient]:
    """A browser with its cookies, at the house's base_url. `trusted`: proxies; `peer`: the connection's other end."""
    base = house.site.base_url
    root = urlsplit(base).path.rstrip("/")
    with ThreadPoolExecutor(2) as threads, pytest.MonkeyPatch.context() as patch:
        patch.setattr(login, "TAKES", 0.0)
        engine = Engine(
            house.site,
            house.session,
            lambda: house.now,
            lambda: (looked if looked is not None else []).append(None),
            Pages(files.templates(), files.catalogues(), root),
            threads,
        )
        app = build(engine, {urlsplit(base).hostname or ""}, [ip_network(one) for one in trusted])
        transport = httpx.ASGITransport(app, client=(peer, 1))  # type: ignore[arg-type]
        async with httpx.AsyncClient(transport=transport, base_url=base) as client:
            yield client


def log_in(house: House, client: httpx.AsyncClient, address: str) -> None:
    """As the link in a mail does, without the mail."""
    token = visitor.drawn()
    person_id, at = house.part(address)["person_id"], house.now
    house.session.write(lambda c: visits.begin(c, at, person_id, visitor.hashed(token), at + visitor.LASTS))
    secure = house.site.base_url.startswith("https://") and not urlsplit(house.site.base_url).path.rstrip("/")
    client.cookies.set("__Host-visit" if secure else "visit", token)

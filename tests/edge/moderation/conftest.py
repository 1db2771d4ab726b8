"""`desk`: a house with its pages open, moderators and others logged in, and the forms of a page found as browsers do."""

from __future__ import annotations

import asyncio
import html
import re
from collections.abc import AsyncIterator
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import httpx
import pytest

from listserv.edge.web import visitor
from listserv.edge.web.server import Web
from listserv.store import visits
from tests.house import House, folder

MO, CHIEF = "mod@example.org", "chief@example.org"


@dataclass(frozen=True)
class Form:
    """A form as it stands in a page: where it goes, and what it brings along."""

    method: str
    action: str
    fields: dict[str, str]
    source: str


def forms(page: str) -> list[Form]:
    found = []
    for attributes, source in re.findall(r"<form ([^>]*)>(.*?)</form>", page, re.DOTALL):
        method = re.search(r'method="(\w+)"', attributes)
        action = re.search(r'action="([^"]*)"', attributes)
        assert method
        hidden = re.findall(r'<input type="hidden" name="([^"]*)" value="([^"]*)">', source)
        fields = {name: html.unescape(value) for name, value in hidden}
        found.append(Form(method[1], html.unescape(action[1]) if action else "", fields, source))
    return found


class Browser:
    """One person's, logged in. Redirects are followed, as browsers do."""

    def __init__(self, desk: Desk, token: str = "", language: str = "en") -> None:
        self._desk = desk
        self.client = httpx.AsyncClient(
            base_url=desk.at,
            cookies={"visit": token} if token else {},
            headers={"Accept-Language": language},
            follow_redirects=True,
        )

    async def get(self, path: str, **options: Any) -> httpx.Response:
        return await self.client.get(path, **options)

    async def post(self, path: str, fields: dict[str, str], **options: Any) -> httpx.Response:
        return await self.client.post(path, data=fields, **options)

    async def send(self, page: httpx.Response, act: str, /, **typed: str) -> httpx.Response:
        """Press the button of the form that does this on that page, with that typed in."""
        return await self.post(form_of(page, act).action, form_of(page, act).fields | typed)


def form_of(page: httpx.Response, act: str) -> Form:
    """The form of a page with that `act`, or that posts to a path ending so."""
    (found,) = [
        one for one in forms(page.text) if one.method == "post" and (one.fields.get("act") == act or one.action.endswith(f"/{act}"))
    ]
    return found


class Desk:
    def __init__(self, house: House) -> None:
        self.house, self.looked = house, 0
        self.door = Web(
            host="127.0.0.1",
            port=0,
            site=house.site,
            session=house.session,
            now=lambda: house.now,
            look=self._look,
        )
        self._browsers: list[Browser] = []

    def _look(self) -> None:
        asyncio.get_running_loop()
        self.looked += 1

    @property
    def at(self) -> str:
        return "http://{}:{}".format(*self.door.address)

    def login(self, address: str, language: str = "en") -> Browser:
        house, token = self.house, visitor.drawn()
        lapses = house.now + visitor.LASTS
        person = house.part(address)["person_id"]
        house.session.write(lambda c: visits.begin(c, house.now, person, visitor.hashed(token), lapses))
        return self._kept(Browser(self, token, language))

    def stranger(self) -> Browser:
        return self._kept(Browser(self))

    def _kept(self, browser: Browser) -> Browser:
        self._browsers.append(browser)
        return browser

    async def close(self) -> None:
        for one in self._browsers:
            await one.client.aclose()
        await self.door.stop()


@pytest.fixture
async def desk(tmp_path: Path) -> AsyncIterator[Desk]:
    house = House(folder(tmp_path))
    house.site = replace(house.site, pages=True, languages=("en", "fr", "es", "ar", "ru", "zh"))
    made = Desk(house)
    await made.door.start()
    yield made
    await made.close()
    house.close()

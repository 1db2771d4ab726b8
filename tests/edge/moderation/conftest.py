"""`desk`: a house with its pages, moderators and others logged in; the forms of a page are found as browsers do."""

from __future__ import annotations

import html
import re
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import httpx
import pytest

from tests.edge.pages import log_in, pages
from tests.house import House, folder

MO, CHIEF = "mod@example.org", "chief@example.org"


@dataclass(frozen=True)
class Form:
    """A form as it stands in a page: where it goes, and what it brings along unseen."""

    method: str
    action: str
    fields: dict[str, str]


def forms(page: httpx.Response) -> list[Form]:
    found = []
    for attributes, inside in re.findall(r"<form ([^>]*)>(.*?)</form>", page.text, re.DOTALL):
        said = dict(re.findall(r'(\w+)="([^"]*)"', attributes))
        hidden = re.findall(r'<input type="hidden" name="([^"]*)" value="([^"]*)">', inside)
        fields = {name: html.unescape(value) for name, value in hidden}
        found.append(Form(said["method"], html.unescape(said["action"]), fields))
    return found


def form(page: httpx.Response, act: str) -> Form:
    """The form of a page that has this `act`, or is sent to a place that ends so; the first of them."""
    return next(
        one
        for one in forms(page)
        if one.method == "post" and (one.fields.get("act") == act or one.action.endswith(f"/{act}"))
    )


def acts(page: httpx.Response) -> set[str]:
    """What can be done from a page."""
    return {one.fields.get("act", one.action.rpartition("/")[2]) for one in forms(page)} - {"logout"}


class Browser:
    """One person's. Redirects are followed."""

    def __init__(self, client: httpx.AsyncClient) -> None:
        self.client = client
        client.follow_redirects = True

    async def get(self, path: str, **options: Any) -> httpx.Response:
        return await self.client.get(path, **options)

    async def post(self, path: str, fields: dict[str, str], **options: Any) -> httpx.Response:
        return await self.client.post(path, data=fields, **options)

    async def send(self, page: httpx.Response, act: str, /, **typed: str) -> httpx.Response:
        """Press the button of the page's form that does this, with that typed in."""
        one = form(page, act)
        return await self.post(one.action, one.fields | typed)


class Desk:
    def __init__(self, house: House, stack: AsyncExitStack) -> None:
        self.house, self.looked, self._stack = house, list[None](), stack

    async def browser(self, address: str = "") -> Browser:
        """Logged in as whoever has that address; "": a stranger's."""
        client = await self._stack.enter_async_context(pages(self.house, looked=self.looked))
        if address:
            log_in(self.house, client, address)
        return Browser(client)

    def audit(self, *actions: str) -> list[tuple[str, str, str]]:
        """Who did which of these with what."""
        rows = self.house.rows("audit")
        return [(one["actor"], one["action"], one["subject"]) for one in rows if one["action"] in actions]


@pytest.fixture
async def desk(tmp_path: Path) -> AsyncIterator[Desk]:
    house = House(folder(tmp_path))
    house.site = replace(house.site, pages=True, languages=("en", "fr", "es", "ar", "ru", "zh"))
    async with AsyncExitStack() as stack:
        yield Desk(house, stack)
    house.close()


@pytest.fixture
async def mo(desk: Desk) -> Browser:
    return await desk.browser(MO)


@pytest.fixture
async def chief(desk: Desk) -> Browser:
    return await desk.browser(CHIEF)

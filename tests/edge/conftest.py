"""A house whose pages are reached by https, and a browser at its door (tests/edge/pages). A file may have its own."""

from __future__ import annotations

from collections.abc import AsyncIterator, Iterator
from dataclasses import replace
from pathlib import Path

import httpx
import pytest

from tests.edge.pages import pages
from tests.house import House, folder


@pytest.fixture
def house(tmp_path: Path) -> Iterator[House]:
    house = House(folder(tmp_path))
    house.site = replace(house.site, base_url="https://talk.example", pages=True)
    yield house
    house.close()


@pytest.fixture
async def client(house: House) -> AsyncIterator[httpx.AsyncClient]:
    async with pages(house) as client:
        yield client

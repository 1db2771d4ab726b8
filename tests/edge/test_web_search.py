"""The search page: for whom it is, what it finds and shows, and what it says where nothing is found."""

from __future__ import annotations

import re
from collections.abc import AsyncIterator
from dataclasses import replace
from datetime import timedelta
from html import unescape
from pathlib import Path

import httpx
import pytest

from listserv.edge.web import visitor
from listserv.edge.web.server import Web
from listserv.steps import index, search
from listserv.store import contributions, tagging, visits
from tests.house import House, folder

LANGUAGES = ("en", "fr", "es", "ar", "ru", "zh")


class Place:
    def __init__(self, house: House, web: Web) -> None:
        self.house, self.web = house, web

    async def get(self, query: str = "", address: str = "anna@example.net", language: str = "en") -> httpx.Response:
        """The page, for whoever is logged in with that address."""
        cookies = {"__Host-visit": self._visit(address)} if address else {}
        host, port = self.web.address
        headers = {"Host": "talk.example", "Accept-Language": language}
        async with httpx.AsyncClient(base_url=f"http://{host}:{port}", headers=headers, cookies=cookies) as client:
            return await client.get(f"/nap/search{query}")

    def _visit(self, address: str) -> str:
        house, token = self.house, visitor.drawn()
        person, lapses = house.part(address)["person_id"], house.now + timedelta(days=1)
        house.session.write(lambda c: visits.begin(c, house.now, person, visitor.hashed(token), lapses))
        return token

    async def found(self, query: str) -> list[int]:
        page = await self.get(query)
        assert page.status_code == 200
        return [int(one) for one in re.findall(r'<h3>\d+\. <a href="/nap/contribution/(\d+)"', page.text)]


def said(house: House) -> None:
    """Three contributions, by Anna (France), by Boris (Ukraine), and by Anna without her name."""
    house.site = replace(house.site, base_url="https://talk.example", languages=LANGUAGES, pages=True)
    house.released("The budget of the plan. Ask anna@example.net about it.", subject="Re: [nap 1] Money for peace")
    boris = house.released("План действий: мир и безопасность.", author="Boris <boris@example.net>", subject="План")
    hidden = house.released("دور المرأة في السلام and peace", subject="سلام")
    house.session.write(lambda c: contributions.change(c, hidden["id"], {"attribution": "anonymous"}))
    house.session.write(lambda c: contributions.change(c, boris["id"], {"question": 2}))
    house.session.write(lambda c: tagging.add(c, boris["id"], ["good practice"]))
    index.index_all(house.session)


@pytest.fixture
async def place(tmp_path: Path) -> AsyncIterator[Place]:
    house = House(folder(tmp_path, after=said))
    house.site = replace(house.site, base_url="https://talk.example", languages=LANGUAGES, pages=True)
    web = Web(
        host="127.0.0.1", port=0, site=house.site, session=house.session, now=lambda: house.now, look=lambda: None
    )
    await web.start()
    yield Place(house, web)
    await web.stop()
    house.close()


def text(page: httpx.Response) -> str:
    """What is read of it."""
    return " ".join(unescape(re.sub(r"<[^>]+>", "", page.text.partition("<main")[2])).split())


# --- for whom


async def test_a_stranger_logs_in_and_is_brought_back_to_what_was_asked(place: Place) -> None:
    refused = await place.get("?q=peace", address="")
    assert (refused.status_code, refused.headers["location"]) == (303, "/login?to=/nap/search%3Fq%3Dpeace")


async def test_an_archive_for_nobody_is_not_searched(place: Place) -> None:
    place.house.policy(archive="none")
    assert (await place.get("?q=peace")).status_code == 404


async def test_no_search_is_for_search_machines_not_even_in_a_public_archive(place: Place) -> None:
    place.house.policy(archive="public")
    page = await place.get("?q=peace", address="")
    assert (page.status_code, page.headers["x-robots-tag"]) == (200, "noindex")


async def test_looking_changes_nothing(place: Place) -> None:
    before = place.house.tables()
    place.house.policy(archive="public")
    policy = place.house.tables()
    await place.get("?q=peace&country=FR&page=3", address="")
    assert place.house.tables() == policy != before


# --- what is found


@pytest.mark.parametrize(
    ("query", "found"),
    [
        ("", [3, 2, 1]),
        ("?q=peace", [1, 3]),
        ("?q=peace&order=newest", [3, 1]),
        ("?q=Anna", [1]),
        ("?q=%D8%A7%D9%84%D8%B3%D9%84%D8%A7%D9%85", [3]),
        ("?q=plan+-budget", []),
        ("?country=FR", [1]),
        ("?q=country:france", [1]),
        ("?country=UA&module=1&question=2&tag=good+practice&author=Boris", [2]),
        ("?q=tag:practice+module:1", [2]),
        ("?q=peace&country=UA", []),
        ("?q=%22%22%22%27%28*&module=x", []),
        ("?q=" + "%00%F0%9F%98%80" * 50, []),
        ("?page=99&q=peace", [1, 3]),
        ("?page=x&q=peace", [1, 3]),
    ],
)
async def test_words_and_filters(place: Place, query: str, found: list[int]) -> None:
    assert await place.found(query) == found


async def test_a_hit_has_what_readers_are_told_and_the_words_are_marked(place: Place) -> None:
    page = await place.get("?q=peace+budgets")
    assert "<bdi>Money for <mark>peace</mark></bdi></a></h3>" in page.text
    assert (
        "<bdi>Anna</bdi>, <bdi>Ministry</bdi>, <bdi>France</bdi> · Tuesday 4 November 2008 · Module 1</p>" in page.text
    )
    assert "The <mark>budget</mark> of the plan. Ask a…@… about it." in page.text
    assert 'value="peace budgets"' in page.text
    assert "<h2>1 contribution</h2>" in page.text


async def test_who_prefers_not_to_be_named_is_not(place: Place) -> None:
    page = await place.get("?q=%D8%B3%D9%84%D8%A7%D9%85")
    assert "a participant who prefers not to be named · Tuesday" in text(page)
    hits = page.text.partition("<ol")[2]
    assert "Anna" not in hits
    assert "France" not in hits


async def test_no_address_and_no_markup_of_anybody_gets_out(place: Place) -> None:
    place.house.released("<script>alert(1)</script> x@evil.example", subject="<b>bold</b> y@evil.example")
    page = await place.get("?q=%3Cscript%3E+alert")
    assert "evil.example" not in page.text
    assert "<script" not in page.text
    assert "&lt;b&gt;bold" in page.text


async def test_choices_say_how_many_they_leave(place: Place) -> None:
    page = await place.get("?q=peace&country=FR")
    assert '<option value="FR" selected>France (1)</option>' in page.text
    assert '<option value="1">1. &#x2068;Getting started&#x2069; (1)</option>' in page.text
    assert "<details open>" in page.text
    other = await place.get("?module=1")
    assert '<option value="2">2. &#x2068;Who pays?&#x2069; (1)</option>' in other.text
    assert '<option value="good practice">&#x2068;good practice&#x2069; (1)</option>' in other.text


async def test_twenty_are_on_a_page_and_links_keep_what_was_asked(place: Place) -> None:
    for _ in range(search.PAGE):
        place.house.released("one more for peace")
    first = await place.get("?q=peace&module=1")
    assert len(await place.found("?q=peace&module=1")) == search.PAGE
    assert 'href="/nap/search?q=peace&amp;module=1&amp;page=2"' in first.text
    assert "Page 1 of 2" in first.text
    assert len(await place.found("?q=peace&module=1&page=2")) == 2
    assert len(first.content) < 50_000


# --- where nothing is found


async def test_what_empties_it_is_told_when_a_filter_does(place: Place) -> None:
    page = await place.get("?q=budget&country=UA&module=1")
    assert "Nothing was found" in page.text
    assert "Without the filter “Country: Ukraine” (1)" in text(page)
    assert 'href="/nap/search?q=budget&amp;module=1"' in page.text
    assert "Without the filter “Module" not in text(page)


async def test_a_filter_among_the_words_can_be_taken_off_too(place: Place) -> None:
    page = await place.get("?q=budget+country:Ukraine")
    assert 'href="/nap/search?q=budget"' in page.text


async def test_fewer_words_and_other_spellings_are_offered_with_what_they_find(place: Place) -> None:
    fewer = await place.get("?q=budget+elephants")
    assert 'href="/nap/search?q=budget"><bdi>budget</bdi></a> (1)' in fewer.text
    other = await place.get("?q=budgte")
    assert 'href="/nap/search?q=budget"><bdi>budget</bdi></a> (1)' in other.text
    nothing = await place.get("?q=xylophone")
    assert "Please try other words, or fewer." in nothing.text


async def test_words_of_no_meaning_get_a_clear_answer(place: Place) -> None:
    for said in ("the", "%22+-", "的"):
        assert "These words are in every text, or are signs only." in (await place.get(f"?q={said}")).text
    page = await place.get("?q=the+peace")
    assert "Not looked for, because it is in every text: the" in text(page)


@pytest.mark.parametrize("language", LANGUAGES)
async def test_it_is_in_the_readers_language(place: Place, language: str) -> None:
    page = await place.get("?q=peace", address="boris@example.net", language=language)
    assert page.headers["vary"] == "Accept-Language, Cookie"
    assert len(page.content) < 50_000
    public = await place.get("?q=nothing+there", address="boris@example.net")
    assert public.status_code == 200

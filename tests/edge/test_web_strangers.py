"""Every page there is, walked by a stranger, a participant and a moderator: what none of them shows or does.

The pages are taken from app.NOUNS, so that a new one is walked by itself. One that is for strangers too has to be named
in PUBLIC; one that is posted to without a proof of ours, in UNPROVEN.
"""

from __future__ import annotations

import itertools
import re
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager
from dataclasses import replace
from hashlib import sha256
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import httpx
import pytest
from starlette.routing import Route

from listserv.core.mail.files import Fate, File
from listserv.edge.web.app import NOUNS
from listserv.edge.web.number import Number
from listserv.steps import circulate, request
from listserv.store import attachments, occurrences
from tests import databases
from tests.edge.pages import log_in, pages
from tests.house import FRIDAY_DRAFT, FRIDAY_ROUNDUP, House, folder, mail

#: For whoever asks: nothing of a dialogue but what invites to it, or only with a token that nobody can guess.
PUBLIC = {
    *("/", "/login", "/logout", "/l/{token}", "/u/{token}", "/a/{token}/{name:path}"),
    *("/health", "/metrics", "/style.css", "/{slug}/join"),
}
#: What is posted without the proof that a form of ours was sent: by those who have no visit, or have a token instead.
UNPROVEN = {"/login", "/l/{token}", "/u/{token}", "/{slug}/join"}

ROUTES: list[Route] = [route for noun in NOUNS for route in noun.routes(SimpleNamespace())]  # type: ignore[arg-type]
POSTED = [route for route in ROUTES if "POST" in (route.methods or ()) and route.path not in UNPROVEN]

#: What nobody may find, and what only those may who take part. Each stands in what the house holds.
HELD, OBJECTED, SAID = "Wait-for-a-moderator", "in-no-archive", "Said-among-us"
ADDRESS = re.compile(r"(?:anna|boris|chloe|mod|chief|awa|elsewhere)(?:@|%40|&#64;|\(at\))\w", re.IGNORECASE)
CLOSED = [("participants", "request"), ("participants", "invite"), ("none", "request"), ("none", "invite")]


@pytest.fixture(scope="module")
def kept(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A house with something of everything."""
    house = House(folder(tmp_path_factory.mktemp("strangers")))
    house.site = replace(house.site, base_url="https://talk.example", pages=True)
    row = house.released(
        f"{SAID}. Write to me at elsewhere@far.example, anna@example.net.", subject=f"{SAID} mod@x.org"
    )
    content = b"a plan"
    file = File(
        "plan anna@example.net.pdf", "application/pdf", 6, sha256(content).hexdigest(), Fate.KEPT, None, content
    )
    house.session.write(lambda c: attachments.add(c, house.now, row["id"], [file]))
    house.released(f"{SAID} too.", author="Boris boris@example.net <boris@example.net>")
    house.release(
        house.take(mail(f"{OBJECTED}: https://{OBJECTED}.example/", headers={"X-No-Archive": "Yes"}))["contribution_id"]
    )
    house.contribute(HELD, subject=HELD)
    asked = {"name": "Awa", "country": "SN"}
    request.request(house.session, house.now, house.site, house.dialogue, "awa@example.sn", asked, "")
    house.work()
    house.take(mail("", author="awa@example.sn"), to=str(house.sent("join_confirm")[0].mail["Reply-To"]))
    assert house.part("awa@example.sn")["status"] == "requested"
    for at in (FRIDAY_DRAFT, FRIDAY_ROUNDUP):
        house.tick(at)
    assert house.rows("roundup")
    told = house.dialogue.id, circulate._KIND, circulate._SUBJECT, 1, house.now
    house.session.write(lambda c: occurrences.once(c, *told))  # the report, without the making of its mail
    house.close()
    return house.place


@pytest.fixture
def house(kept: Path, tmp_path: Path) -> Iterator[House]:
    house = House(databases.copy(kept, tmp_path / "house"))
    house.now = FRIDAY_ROUNDUP
    house.site = replace(house.site, base_url="https://talk.example", pages=True)
    yield house
    house.close()


@asynccontextmanager
async def browser(house: House, address: str = "") -> AsyncIterator[httpx.AsyncClient]:
    async with pages(house) as client:
        if address:
            log_in(house, client, address)
        yield client


def paths(route: Route, slug: str = "nap") -> list[str]:
    """Addresses of a page: with the numbers of all that the house holds, and tokens that are none of ours."""
    values: list[list[str]] = []
    for name, convertor in route.param_convertors.items():
        if name == "slug":
            values.append([slug])
        elif isinstance(convertor, Number):
            within = any(len(some) > 1 for some in values)
            values.append([str(number) for number in range(1, 3 if within else 7)])
        else:
            values.append([f"{name}-of-nobody"])
    names = list(route.param_convertors)
    found = []
    for some in itertools.product(*values):
        path = route.path
        for name, value in zip(names, some, strict=True):
            path = re.sub(r"\{" + name + r"(?::\w+)?\}", value, path)
        found.append(path)
    return found


async def end(client: httpx.AsyncClient, answer: httpx.Response) -> str:
    """Where an answer leads in the end: "login", or the status of the page that is there."""
    while answer.is_redirect:
        if answer.headers["location"].startswith("/login?to=/nap"):
            return "login"
        answer = await client.get(answer.headers["location"])
        assert not [word for word in (SAID, HELD, OBJECTED, "Anna", "Boris") if word in shown(answer)]
    return str(answer.status_code)


def shown(answer: httpx.Response) -> str:
    return "\n".join([*(f"{name}: {value}" for name, value in answer.headers.items()), answer.text])


async def got(client: httpx.AsyncClient, slug: str = "nap") -> list[tuple[Route, str, httpx.Response]]:
    """What each page answers to a GET."""
    return [
        (route, path, await client.get(path))
        for route in ROUTES
        if "GET" in (route.methods or ())
        for path in paths(route, slug)
    ]


def test_the_walk_goes_by_the_list_of_pages() -> None:
    known = {route.path for route in ROUTES}
    assert len(known) > 25
    assert known >= PUBLIC | UNPROVEN, "named, but not there"
    assert "{" not in "".join(path for route in ROUTES for path in paths(route))


@pytest.mark.parametrize(("archive", "participation"), CLOSED)
async def test_a_stranger_is_sent_to_log_in_or_finds_nothing(house: House, archive: str, participation: str) -> None:
    house.policy(archive=archive, participation=participation)
    async with browser(house) as client:
        for route, path, answer in await got(client):
            assert not [word for word in (SAID, HELD, OBJECTED, "Anna", "Boris") if word in shown(answer)], path
            assert answer.headers["x-robots-tag"] == "noindex", path
            if route.path not in PUBLIC:
                assert await end(client, answer) in ("login", "404"), path


@pytest.mark.parametrize("archive", ["participants", "none"])
async def test_who_takes_part_elsewhere_finds_nothing(house: House, archive: str) -> None:
    """Logged in, but not of this dialogue: as one who has left it."""
    house.policy(archive=archive)
    async with browser(house, "chloe@example.net") as client:
        house.set("chloe@example.net", status="left")
        for route, path, answer in await got(client):
            assert not [word for word in (SAID, HELD, OBJECTED, "Anna", "Boris") if word in shown(answer)], path
            if route.path not in PUBLIC:
                assert await end(client, answer) == "404", path


@pytest.mark.parametrize("archive", ["public", "participants", "none"])
@pytest.mark.parametrize("who", ["", "chloe@example.net"])
async def test_no_page_tells_addresses_what_is_held_what_is_to_stand_in_no_archive_or_who_wrote_without_a_name(
    house: House, archive: str, who: str
) -> None:
    house.policy(archive=archive)
    async with browser(house, who) as client:
        for _, path, answer in await got(client):
            assert not ADDRESS.findall(shown(answer)), path
            assert not [word for word in (HELD, OBJECTED, "Chloe") if word in shown(answer)], path
            assert answer.status_code != 500, path


async def test_where_nobody_reads_what_was_said_those_who_take_part_do_not_either(house: House) -> None:
    house.policy(archive="none")
    async with browser(house, "chloe@example.net") as client:
        assert not [path for _, path, answer in await got(client) if SAID in shown(answer)]


async def test_what_was_said_is_there_for_those_who_may_read_it(house: House) -> None:
    """Else the walk would prove nothing."""
    async with browser(house, "chloe@example.net") as client:
        assert len([path for _, path, answer in await got(client) if SAID in shown(answer)]) >= 3


@pytest.mark.parametrize("who", ["", "chloe@example.net", "mod@example.org"])
async def test_looking_changes_nothing(house: House, who: str) -> None:
    async with browser(house, who) as client:
        before = house.tables()
        for route in ROUTES:
            for path in paths(route):
                for method in ("GET", "HEAD", "OPTIONS"):
                    await client.request(method, path)
        assert house.tables() == before


@pytest.mark.parametrize("who", ["", "chloe@example.net", "mod@example.org"])
@pytest.mark.parametrize("fields", [{}, {"proof": "x"}, {"proof": ""}])
async def test_a_form_that_is_not_ours_does_nothing(house: House, who: str, fields: dict[str, Any]) -> None:
    """Whatever another site's page has somebody's browser send: it cannot know the proof of their visit."""
    async with browser(house, who) as client:
        before = house.tables()
        for route in POSTED:
            answers = [await client.post(path, data=fields) for path in paths(route)]
            codes = {answer.status_code for answer in answers}
            assert codes <= ({403, 404} if who else {303, 403, 404}), route.path
            assert 403 in codes or not who.startswith("mod"), route.path
        assert house.tables() == before

"""The pages to read: dialogues, a programme, its modules and contributions, over a real socket."""

from __future__ import annotations

import re
from collections.abc import AsyncIterator
from dataclasses import replace
from datetime import timedelta
from email import message_from_bytes, policy
from hashlib import sha256
from html import unescape
from io import BytesIO
from pathlib import Path
from typing import Any
from urllib.parse import unquote
from xml.etree import ElementTree

import httpx
import pytest
import sqlalchemy as sa

from listserv.core.mail.files import Fate, File
from listserv.core.mail.mbox import entries
from listserv.edge.web import visitor
from listserv.edge.web.contribution import ANSWERS
from listserv.edge.web.server import Web
from listserv.store import attachments, contributions, dialogues, tagging, visits
from tests.house import AFTER_ALL, CLOSING, LEFT, MODERATORS, SATURDAY, House, folder, mail


class Place:
    """A house with its pages open, and a browser: `get` shows what a stranger sees, or who is logged in."""

    def __init__(self, house: House, client: httpx.AsyncClient) -> None:
        self.house, self.client = house, client

    async def get(self, path: str, **headers: str) -> httpx.Response:
        return await self.client.get(path, headers={name.replace("_", "-"): one for name, one in headers.items()})

    async def page(self, path: str, **headers: str) -> str:
        answer = await self.get(path, **headers)
        assert answer.status_code == 200, (path, answer.status_code)
        assert len(answer.content) < 50_000
        return answer.text

    def log_in(self, address: str) -> None:
        token, person = visitor.drawn(), self.house.part(address)["person_id"]
        until = self.house.now + timedelta(days=99)
        self.house.session.write(lambda c: visits.begin(c, self.house.now, person, visitor.hashed(token), until))
        self.client.headers["Cookie"] = f"__Host-visit={token}"

    def log_out(self) -> None:
        del self.client.headers["Cookie"]


@pytest.fixture
async def place(tmp_path: Path) -> AsyncIterator[Place]:
    house = House(folder(tmp_path))
    house.site = replace(house.site, base_url="https://talk.example", pages=True)
    house.policy(archive="public")
    door = Web(
        host="127.0.0.1", port=0, site=house.site, session=house.session, now=lambda: house.now, look=lambda: None
    )
    await door.start()
    host, port = door.address
    async with httpx.AsyncClient(base_url=f"http://{host}:{port}", headers={"Host": "talk.example"}) as client:
        yield Place(house, client)
    await door.stop()
    house.close()


def words(html: str) -> str:
    """What a page says, without tags."""
    html = re.sub(r"</?(?:a|bdi|span|strong)\b[^>]*>", "", html)
    return " ".join(unescape(re.sub(r"<[^>]+>", " ", html)).split())


def mailtos(html: str) -> list[str]:
    return [unquote(unescape(one)) for one in re.findall(r'href="mailto:([^"]+)"', html)]


def set_columns(house: House, contribution_id: int, **values: Any) -> None:
    house.session.write(lambda connection: contributions.change(connection, contribution_id, values))


def attach(house: House, contribution_id: int, name: str, content: bytes) -> None:
    file = File(name, "application/pdf", len(content), sha256(content).hexdigest(), Fate.KEPT, content=content)
    house.session.write(lambda connection: attachments.add(connection, house.now, contribution_id, [file]))


# The dialogues


async def test_dialogues_are_found_with_what_is_open_now(place: Place) -> None:
    said = words(await place.page("/"))
    assert "Planning for Action" in said
    assert "Held by UN-INSTRAW" in said
    assert "Open now: module 1, Getting started" in said
    assert "3 November 2008 to Friday 21 November 2008" in said
    assert "Take part" in said
    assert "Log in" in said


@pytest.mark.parametrize(
    ("archive", "participation", "found"),
    [
        ("public", "invite", True),
        ("participants", "request", True),
        ("none", "open", True),
        ("participants", "invite", False),
        ("none", "invite", False),
    ],
)
async def test_by_invitation_and_not_public_is_found_by_who_takes_part_alone(
    place: Place, archive: str, participation: str, found: bool
) -> None:
    place.house.policy(archive=archive, participation=participation)
    assert ("Planning for Action" in await place.page("/")) is found
    place.log_in("anna@example.net")
    assert 'href="/nap/"' in await place.page("/")
    place.house.set("anna@example.net", status=LEFT)
    assert ("Planning for Action" in await place.page("/")) is found


async def test_what_a_stranger_may_not_read_is_no_link(place: Place) -> None:
    place.house.policy(archive="participants")
    page = await place.page("/")
    assert 'href="/nap/"' not in page
    assert 'href="/nap/join"' in page


# The programme


async def test_a_programme_without_its_slash_leads_to_it(place: Place) -> None:
    answer = await place.get("/nap")
    assert (answer.status_code, answer.headers["location"]) == (308, "/nap/")
    assert (await place.get("/nobody/")).status_code == 404
    assert (await place.get("/favicon.ico")).status_code == 404


async def test_a_programme_says_what_is_open_and_how_to_take_part(place: Place) -> None:
    house = place.house
    house.session.write(
        lambda c: dialogues.change(
            c, house.dialogue.id, {"resources": [{"title": "The guide", "url": "https://example.org/g"}]}
        )
    )
    house.released(subject="A plan for all")
    page = await place.page("/nap/")
    said = words(page)
    for shown in (
        "Held by UN-INSTRAW",
        "Open now: module 1, Getting started",
        "It closes in 3 days.",
        "Is it needed? Who pays?",
        "The guide",
        "1. Getting started",
        "2. Drafting",
        "1 contribution",
        "1. A plan for all Anna, Ministry, France · Tuesday 4 November 2008",
        "Chief and Mo",
    ):
        assert shown in said or shown.replace("Chief and Mo", "Mo and Chief") in said, shown
    assert said.index("The guide") < said.index("A plan for all"), "background papers first"
    for path in ("roundups", "feed", "archive.mbox", "module/2", "contribution/1", "join"):
        assert f'href="/nap/{path}"' in page
    assert 'href="/nap/report"' not in page, "it has not been sent"
    assert mailtos(page) == ["nap-owner@talk.example"], "a stranger asks to take part first"
    place.log_in("anna@example.net")
    assert "nap@talk.example?subject=[nap 1]" in mailtos(await place.page("/nap/"))


async def test_a_programme_before_between_and_after_modules(place: Place) -> None:
    house = place.house
    house.now = CLOSING
    assert "It closes today." in words(await place.page("/nap/"))
    house.tick(CLOSING)
    house.now = SATURDAY
    assert "Next: module 2, Drafting" in words(await place.page("/nap/"))
    house.to_the_end()
    house.now = AFTER_ALL
    assert "Next: module" not in words(await place.page("/nap/"))
    assert "It has come to its end." in words(await place.page("/"))


async def test_an_archive_for_nobody_has_a_programme_that_tells_nothing_of_what_was_said(place: Place) -> None:
    place.house.policy(archive="none")
    place.house.released(subject="A plan for all")
    place.log_in("anna@example.net")
    for path in ("/nap/", "/nap/module/1"):
        page = await place.page(path)
        assert "Who pays?" in page
        assert "A plan for all" not in page
        assert "contribution<" not in page
        assert "/feed" not in page
    assert (await place.get("/nap/contribution/1")).status_code == 404


# A module


async def test_a_module_shows_its_threads_and_how_many_answer_each_question(place: Place) -> None:
    house = place.house
    first = house.released("One.", subject="First")
    house.released("Two.", subject="Second", author="Boris <boris@example.net>")
    third = house.released("Three.", subject="Re: First", answers=first["message_id"])
    set_columns(house, first["id"], question=1, further=[2])
    set_columns(house, third["id"], question=2)
    house.session.write(lambda c: tagging.add(c, third["id"], ["good practice", "own & only"]))
    page = await place.page("/nap/module/1")
    said = words(page)
    assert "Is it needed? 1 contribution" in said
    assert "Who pays? 2 contributions" in said
    assert re.findall(r"(\d)\. <a href=\"/nap/contribution", page) == ["1", "3", "2"]
    assert page.count('class="in1"') == 1
    assert "good practice (1), own & only (1)" in said

    filtered = await place.page("/nap/module/1?question=2")
    assert re.findall(r'href="/nap/contribution/(\d)"', filtered) == ["1", "3"]
    assert "2 contributions: Who pays?" in words(filtered)
    (link,) = (one for one in re.findall(r'href="(/nap/module/1\?tag=[^"]+)"', page) if "own" in one)
    assert re.findall(r'href="/nap/contribution/(\d)"', await place.page(unescape(link))) == ["3"]
    assert "contribution/" not in await place.page("/nap/module/1?tag=nothing")
    assert "bonne pratique" in await place.page("/nap/module/1", accept_language="fr")


@pytest.mark.parametrize(("question", "called_open"), [(None, 0), (1, 1)])
async def test_no_question_is_called_open_while_a_contribution_may_answer_it(
    place: Place, question: int | None, called_open: int
) -> None:
    set_columns(place.house, place.house.released("One.")["id"], question=question)
    assert words(await place.page("/nap/module/1")).count("not answered yet") == called_open


async def test_a_long_module_has_pages(place: Place) -> None:
    house = place.house
    for number in range(53):
        house.released(f"Number {number}.", subject=f"Subject {number}")
    first, second = await place.page("/nap/module/1"), await place.page("/nap/module/1?page=2")
    assert [len(re.findall('href="/nap/contribution/', page)) for page in (first, second)] == [50, 3]
    assert 'href="/nap/module/1?page=2#said"' in first
    for wrong in (
        "?page=3",
        "?page=0",
        "?page=x",
        "?page=-1",
        "?page=²",
        "?question=3",
        "?question=0",
        "?page=99999999",
    ):
        assert (await place.get(f"/nap/module/1{wrong}")).status_code == 404, wrong


async def test_a_module_that_is_not_there(place: Place) -> None:
    for path in ("/nap/module/4", "/nap/module/0", "/nap/module/x", "/other/module/1"):
        assert (await place.get(path)).status_code == 404


# A contribution


async def test_a_contribution_stands_with_what_is_around_it(place: Place) -> None:
    house = place.house
    first = house.released("One.", subject="First")
    second = house.released(
        "> One.\n\nNot quite:\n\n- a plan\n- see https://example.org/plan.",
        subject="Re: First",
        answers=first["message_id"],
        author="Boris <boris@example.net>",
    )
    set_columns(house, second["id"], question=2, original="Before.", late=1)
    house.session.write(lambda c: tagging.add(c, second["id"], ["experience"]))
    house.released("Three.", subject="Re: First", answers=second["message_id"])
    page = await place.page("/nap/contribution/2")
    said = words(page)
    for shown in (
        "Contribution 2 · Module 1: Getting started",
        "Boris, Ukraine · Tuesday 4 November 2008",
        "(edited by a moderator)",
        "(sent after the module had closed)",
        "In answer to: 1. First",
        "Question that it answers 2. Who pays?",
        "Tags: experience",
        "Answers 3. First",
        "Previous: contribution 1",
        "Next: contribution 3",
    ):
        assert shown in said, shown
    assert '<blockquote>\n<p dir="auto">One.</p>' in page
    assert "<li>a plan</li>" in page
    link = "https://example.org/plan"
    assert f'<a href="{link}" rel="noreferrer nofollow" dir="ltr">{link}</a>.' in page
    assert "Before." not in page


async def test_a_very_long_text_goes_on_at_its_next_part(place: Place) -> None:
    paragraph = "Нам нужен <план> & бюджет. " * 30
    row = place.house.released()
    text = "\n\n".join(f"{number} {paragraph}" for number in range(60))
    set_columns(place.house, row["id"], text=text)
    shown, path = "", "/nap/contribution/1"
    while path:
        page = await place.page(path)
        shown += page.partition("<article>")[2].partition("</article>")[0]
        on = re.search(r'href="(\?part=\d+)">Go on reading', page)
        path = f"/nap/contribution/1{on[1]}" if on else ""
    assert words(shown) == " ".join(text.split())
    assert (await place.get("/nap/contribution/1?part=99")).status_code == 404


async def test_a_line_of_a_hundred_thousand_characters_is_no_trouble(place: Place) -> None:
    row = place.house.released()
    set_columns(place.house, row["id"], text="<" * 100_000, subject="Плановый вопрос " * 60)
    await place.page("/nap/contribution/1")
    await place.page("/nap/module/1")


async def test_many_answers_are_named_on_the_page_of_the_module(place: Place) -> None:
    house = place.house
    first = house.released("One.")
    for number in range(ANSWERS + 1):
        house.released(f"Answer {number}.", answers=first["message_id"], subject="Re: Plans")
    page = await place.page("/nap/contribution/1")
    assert len(re.findall(r'<li>\d+\. <a href="/nap/contribution/', page)) == ANSWERS
    assert "All contributions of the module" in page


async def test_what_was_cut_is_for_its_author_and_moderators(place: Place) -> None:
    row = place.house.released()
    set_columns(place.house, row["id"], cut="> Private: call anna@example.net", attribution="anonymous")
    assert "Private" not in await place.page("/nap/contribution/1")
    place.log_in("boris@example.net")
    assert "Private" not in await place.page("/nap/contribution/1")
    for address in (MODERATORS[0], "anna@example.net"):
        place.log_in(address)
        page = await place.page("/nap/contribution/1")
        assert "<details>" in page
        assert "Private: call a…@…" in page


async def test_of_what_was_cut_everybody_sees_what_it_quotes_of_what_it_answers(place: Place) -> None:
    first = place.house.released("We need a plan.\n\nAnd a budget.")
    row = place.house.released("I agree.", answers=first["message_id"], subject="Re: Plans")
    cut = "Anna wrote:\n> We need a plan.\n> Private: not this.\n-- \nBoris, +33 1 23"
    set_columns(place.house, row["id"], cut=cut)
    page = await place.page("/nap/contribution/2")
    assert "<summary>What it quotes</summary>" in page
    folded = page.partition("<details>")[2].partition("</details>")[0]
    assert "We need a plan." in folded
    assert "Private" not in page
    assert "+33" not in page


async def test_who_takes_part_answers_beneath_it_and_a_stranger_in_its_module(place: Place) -> None:
    house = place.house
    house.released("One.", subject="Plans & <costs>: 50 % + more")
    (link,) = mailtos(await place.page("/nap/contribution/1"))
    assert link == "nap@talk.example?subject=Re: [nap 1] Plans & <costs>: 50 % + more"
    place.log_in("boris@example.net")
    page = await place.page("/nap/contribution/1")
    (link,) = mailtos(page)
    address, _, subject = link.partition("?subject=")
    assert "+" not in re.findall(r'href="mailto:([^"]+)"', page)[0], "it would be read as a blank"
    assert house.site.addresses.parse(address).payload == house.one("contribution", number=1)["id"]  # type: ignore[union-attr]
    answer = mail("I see it so too.", author="Boris <boris@example.net>", subject=subject)
    row = house.take(answer, to=address, sender="boris@example.net")
    assert house.contribution(row["contribution_id"])["parent_id"] == house.one("contribution", number=1)["id"]


async def test_where_no_answer_is_taken_none_is_asked_for(place: Place) -> None:
    house = place.house
    house.released()
    house.policy(late="return")
    house.to_the_end()
    house.now = AFTER_ALL
    assert mailtos(await place.page("/nap/contribution/1")) == []
    house.policy(late="hold")
    assert len(mailtos(await place.page("/nap/contribution/1"))) == 1
    house.policy(closed_at=AFTER_ALL)
    assert mailtos(await place.page("/nap/contribution/1")) == []
    assert "The dialogue closed on" in words(await place.page("/nap/"))


async def test_what_was_taken_back_is_gone(place: Place) -> None:
    row = place.house.released()
    set_columns(place.house, row["id"], state="withdrawn")
    answer = await place.get("/nap/contribution/1")
    assert answer.status_code == 410
    assert "There is nothing here" in answer.text
    assert "We need a plan" not in answer.text


async def test_whoever_objects_to_an_archive_is_in_no_list(place: Place) -> None:
    house = place.house
    house.released(subject="To be seen")
    row = house.take(mail(subject="Not for archives", headers={"X-No-Archive": "Yes"}))
    house.release(row["contribution_id"])
    house.released("One more.", subject="Seen as well")
    assert (await place.get("/nap/contribution/2")).status_code == 404
    for path in ("/nap/", "/nap/module/1", "/nap/contribution/1", "/nap/contribution/3"):
        page = await place.page(path)
        assert "Not for archives" not in page
        assert 'contribution/2"' not in page
    assert "Next: contribution 3" in words(await place.page("/nap/contribution/1"))
    assert "2 contributions" in words(await place.page("/nap/"))


async def test_nobody_is_named_who_does_not_want_to_be(place: Place) -> None:
    row = place.house.released(subject="A secret plan")
    set_columns(place.house, row["id"], attribution="anonymous")
    for path in ("/nap/", "/nap/module/1", "/nap/contribution/1"):
        said = words(await place.page(path))
        assert "a participant who prefers not to be named" in said
        assert not re.search("Anna|Ministry|France", said)


async def test_no_address_of_anybody_stands_anywhere(place: Place) -> None:
    house = place.house
    house.policy(addresses="shown")
    row = house.released("Write to me: anna@example.net or other@example.com", subject="Ask anna@example.net")
    set_columns(house, row["id"], from_name="anna@example.net", cut="-- anna@example.net", person_id=None)
    attach(house, row["id"], "anna@example.net.pdf", b"%PDF")
    for who in (None, "anna@example.net", "boris@example.net"):
        if who:
            place.log_in(who)
        for path in ("/", "/nap/", "/nap/module/1", "/nap/contribution/1"):
            page = unquote(await place.page(path))
            assert set(re.findall(r"[\w.+-]+@([\w.-]+)", page)) <= {"talk.example"}, path


# Files


async def test_a_file_is_had_by_who_may_read_the_archive(place: Place) -> None:
    house = place.house
    row = house.released()
    attach(house, row["id"], "Plan № 1.pdf", b"%PDF-1.4 the plan")
    (path,) = re.findall(r'href="(/nap/contribution/1/file/[^"]+)"', await place.page("/nap/contribution/1"))
    answer = await place.get(path)
    assert answer.content == b"%PDF-1.4 the plan"
    assert "attachment" in answer.headers["content-disposition"]
    assert "sandbox" in answer.headers["content-security-policy"]
    assert (await place.get(path, If_None_Match=answer.headers["etag"])).status_code == 304
    for wrong in ("file/0/x", "file/2/x", "file/x/x"):
        assert (await place.get(f"/nap/contribution/1/{wrong}")).status_code == 404
    house.policy(archive="participants")
    assert (await place.get(path)).status_code == 303
    place.log_in("boris@example.net")
    assert (await place.get(path)).status_code == 200
    house.policy(attachments="drop")
    assert (await place.get(path)).status_code == 404
    house.policy(archive="none", attachments="link")
    assert (await place.get(path)).status_code == 404


# Which path a page has


@pytest.mark.parametrize("number", ["01", "0", "-1", "1" * 11, "1" * 5000, "1%0a", "1%00", "\u0661"])
async def test_a_number_is_written_in_one_way(place: Place, number: str, caplog: pytest.LogCaptureFixture) -> None:
    place.house.released()
    for path in ("contribution/{}", "module/{}", "roundup/{}", "contribution/1/file/{}/plan.pdf"):
        assert (await place.get("/nap/" + path.format(number))).status_code == 404
    assert caplog.text == ""


# What a page costs


@pytest.mark.parametrize(
    ("path", "most", "again"), [("contribution/2", 14, 8), ("module/1", 12, 7), ("", 11, 7), ("feed", 7, 7)]
)
async def test_a_page_asks_the_database_little_however_much_was_said(
    place: Place, path: str, most: int, again: int
) -> None:
    house = place.house
    first = house.released("One.", subject="First")
    for number in range(8):
        house.released(f"Number {number}.", subject="Re: First", answers=first["message_id"])
    asked: list[str] = []
    sa.event.listen(house.session._reader, "before_cursor_execute", lambda *a: asked.append(a[2]))
    house.policy(archive="public")
    for reader, bounds in (("", (most, 2)), ("boris@example.net", (most, again))):  # the second time it is made already
        if reader:
            place.log_in(reader)
        for bound in bounds:
            asked.clear()
            await place.page(f"/nap/{path}")
            assert 0 < len([one for one in asked if one.startswith("SELECT")]) <= bound


async def test_a_page_made_already_is_each_readers_own(place: Place) -> None:
    house, ana, moderator = place.house, "anna@example.net", MODERATORS[0]
    house.released("One.\n\n-- \nWith regards from Anna", subject="First", author=f"Anna <{ana}>")
    proofs: set[str] = set()
    for reader in (None, "boris@example.net", ana, moderator, "boris@example.net", None):
        if reader:
            place.log_in(reader)
        for path in ("/nap/contribution/1", "/nap/module/1", "/nap/"):
            page = await place.page(path)
            found = re.findall('name="proof" value="([^"]*)"', page)
            assert len(found) == bool(reader), (reader, path)
            assert ("With regards from Anna" in page) == ("contribution" in path and reader in (ana, moderator))
            assert ("/nap/moderate/" in page) == (reader == moderator)
        if reader:
            assert found[0] not in proofs
            proofs.update(found)
            answer = await place.client.post("/logout", data={"proof": found[0]})
            assert answer.status_code == 303
            place.log_out()


@pytest.mark.parametrize("reader", ["", "boris@example.net"])
async def test_what_is_done_since_is_on_a_page_made_before(place: Place, reader: str) -> None:
    house = place.house
    first = house.released("One.", subject="First")
    if reader:
        place.log_in(reader)
    assert "Second" not in await place.page("/nap/contribution/1") + await place.page("/nap/")
    house.released("Two.", subject="Re: First", answers=first["message_id"], author="Carla Second <carla@example.org>")
    for path in ("/nap/contribution/1", "/nap/module/1", "/nap/"):
        assert "Carla Second" in await place.page(path)


@pytest.mark.parametrize(
    ("accepts", "gzipped"),
    [("gzip", True), ("br;q=1, GZIP ; q=0.5", True), ("x-gzip", True), ("gzip;q=0", False), ("identity", False)],
)
async def test_slow_links_get_less_where_nothing_on_the_page_is_secret(
    place: Place, accepts: str, gzipped: bool
) -> None:
    place.house.released("A plan. " * 200)
    plain = await place.page("/nap/contribution/1", accept_encoding="identity")
    answers = [await place.get(path, accept_encoding=accepts) for path in ("/nap/contribution/1", "/style.css")]
    for answer in answers:
        assert (answer.headers.get("content-encoding") == "gzip") == gzipped
        assert "Accept-Encoding" in answer.headers["vary"]
    assert answers[0].text == plain
    assert (int(answers[0].headers["content-length"]) < len(plain) / 2) == gzipped
    again = await place.get("/nap/contribution/1", If_None_Match=answers[0].headers["etag"])
    assert again.status_code == 304
    place.log_in("boris@example.net")
    assert "content-encoding" not in (await place.get("/nap/contribution/1", accept_encoding=accepts)).headers


# Feeds


async def test_a_feed_of_what_was_said_last(place: Place) -> None:
    house = place.house
    first = house.released("Write to anna@example.net " + "word " * 900, subject="[nap] First")
    second = house.released("Two.", subject="Second", author="Boris <boris@example.net>")
    set_columns(house, second["id"], attribution="anonymous")
    row = house.take(mail("Three.", subject="Third", headers={"X-No-Archive": "Yes"}))
    house.release(row["contribution_id"])
    answer = await place.get("/nap/feed")
    assert answer.headers["content-type"].startswith("application/atom+xml")
    feed = ElementTree.fromstring(answer.content)
    atom = "{http://www.w3.org/2005/Atom}"
    assert [one.findtext(f"{atom}title") for one in feed.iter(f"{atom}entry")] == ["Second", "First"]
    assert [one.findtext(f"{atom}author/{atom}name") for one in feed.iter(f"{atom}entry")] == [
        "a participant who prefers not to be named",
        "Anna, Ministry, France",
    ]
    assert "example.net" not in answer.text
    assert "[…]" in answer.text
    assert "<id>tag:talk.example,2008-11-04:nap/1</id>" in answer.text
    assert f"<updated>{house.contribution(second['id'])['decided_at']:%Y-%m-%dT%H:%M:%SZ}</updated>" in answer.text
    assert (await place.get("/nap/feed", If_None_Match=answer.headers["etag"])).status_code == 304
    set_columns(house, first["id"], subject="Changed")
    assert "<id>tag:talk.example,2008-11-04:nap/1</id>" in (await place.get("/nap/feed")).text


async def test_a_feed_before_anything_was_said(place: Place) -> None:
    ElementTree.fromstring((await place.get("/nap/feed")).content)


async def test_all_of_it_as_mails_without_addresses(place: Place) -> None:
    house = place.house
    house.policy(addresses="shown")
    first = house.released(
        "Write to other@example.com.", subject="First for x@example.com", message_id="<anna@example.net>"
    )
    house.released("Two.", subject="Re: First", answers=first["message_id"], author="Boris <boris@example.net>")
    row = house.take(mail("Three.", subject="Third", headers={"X-No-Archive": "Yes"}))
    house.release(row["contribution_id"])
    for number in range(12):
        house.released(f"Number {number}.", subject=f"Subject {number}")
    attach(house, first["id"], "anna@example.net.pdf", b"%PDF")
    kept_back = File("zed@far.example.exe", "application/x-dosexec", 6, "0" * 64, Fate.REFUSED, None, b"")
    house.session.write(lambda c: attachments.add(c, house.now, first["id"], [kept_back]))
    answer = await place.get("/nap/archive.mbox")
    assert answer.headers["content-type"] == "application/mbox"
    assert answer.headers["content-disposition"] == 'attachment; filename="nap.mbox"'
    mails = [message_from_bytes(one.content, policy=policy.default) for one in entries(BytesIO(answer.content))]
    assert [one["X-Contribution"] for one in mails] == [str(number) for number in range(1, 16) if number != 3]
    assert mails[1]["In-Reply-To"] == mails[0]["Message-ID"]
    assert mails[0]["Archived-At"] == "<https://talk.example/nap/contribution/1>"
    text = mails[0].get_body(("plain",)).get_content()  # type: ignore[attr-defined]
    assert "Write to o…@…" in text
    assert "z…@…" in text
    assert "/a/" not in text
    said = answer.text + "".join(str(one) for message in mails for one in message.values()) + text
    assert set(re.findall(r"[\w.+-]+@([\w.-]+\w)", re.sub(r"<m\d+@example.net>", "", said))) == {"talk.example"}


async def test_an_archive_is_sent_in_portions_and_to_nobody_who_has_gone(place: Place) -> None:
    for number in range(3):
        place.house.released(f"Number {number}.")
    head = await place.client.head("/nap/archive.mbox")
    assert (head.status_code, head.content) == (200, b"")
    async with place.client.stream("GET", "/nap/archive.mbox") as answer:
        assert answer.status_code == 200  # and away
    assert "From nap@talk.example" in (await place.get("/nap/archive.mbox")).text


# Who sees what


PATHS = ("/nap/", "/nap/module/1", "/nap/contribution/1", "/nap/feed")


async def test_private_pages_ask_strangers_to_log_in_and_are_not_there_for_others(place: Place) -> None:
    place.house.released()
    place.house.policy(archive="participants")
    for path in (*PATHS, "/nap/archive.mbox"):
        answer = await place.get(path)
        assert (answer.status_code, answer.headers["location"]) == (303, f"/login?to={path}")
    place.log_in("boris@example.net")
    for path in PATHS:
        assert (await place.get(path)).status_code == 200
    place.house.set("boris@example.net", status=LEFT)
    for path in (*PATHS, "/nap/archive.mbox"):
        assert (await place.get(path)).status_code == 404


async def test_pages_that_strangers_have_read_are_closed_to_them_at_once(place: Place) -> None:
    place.house.released()
    tags = {path: (await place.get(path)).headers["etag"] for path in PATHS}
    place.house.policy(archive="participants")
    for path, tag in tags.items():
        assert (await place.get(path, If_None_Match=tag)).status_code == 303


async def test_a_page_is_kept_only_if_it_was_made_for_nobody(place: Place) -> None:
    place.house.released()
    for path in ("/", *PATHS):
        answer = await place.get(path)
        assert answer.headers["cache-control"] == "private, no-cache"
        again = await place.get(path, If_None_Match=answer.headers["etag"])
        assert (again.status_code, again.content) == (304, b"")
        assert "Cookie" in again.headers["vary"]
        if path == "/nap/feed":
            continue
        in_french = await place.get(path, If_None_Match=answer.headers["etag"], accept_language="fr")
        assert in_french.status_code == 200
    place.log_in("boris@example.net")
    for path in ("/", *PATHS):
        answer = await place.get(path)
        assert answer.headers["cache-control"] == "no-store"
        assert "etag" not in answer.headers


async def test_reading_changes_nothing(place: Place) -> None:
    place.house.released()
    place.log_in("boris@example.net")
    before = place.house.tables()
    for path in ("/", "/nap", *PATHS, "/nap/archive.mbox"):
        await place.get(path)
        await place.client.head(path)
    assert place.house.tables() == before


async def test_pages_run_as_their_reader_reads(place: Place) -> None:
    place.house.released(subject="План")
    for path in ("/", *PATHS[:3]):
        assert '<html lang="fr" dir="ltr">' in await place.page(path, accept_language="ar, fr;q=0.5")

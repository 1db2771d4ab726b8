"""Who gets the moderators' pages, what a forged form does, and what hostile mails do to them: nothing."""

from __future__ import annotations

import hashlib
import re
from dataclasses import replace
from html.parser import HTMLParser
from typing import Any

import pytest

from listserv.core.mail.files import Fate, File
from listserv.store import attachments, contributions
from listserv.store.tables import dialogue
from tests.edge.moderation.conftest import MO, Browser, Desk, form, forms

PATHS = ("", "release?id=1", "1", "1/return", "1/edit", "1/passages", "1/judged", "1/letter", "1/file/1/x.pdf", "undo")

#: A second dialogue, like the first.
_LIKE = ", ".join(f'"{column.name}"' for column in list(dialogue.columns)[2:])
ANOTHER = f"INSERT INTO dialogue (id, slug, {_LIKE}) SELECT 2, 'two', {_LIKE} FROM dialogue"


def everything(desk: Desk) -> Any:
    """A held contribution with a file and HTML, ids 1."""
    house = desk.house
    row = house.contribute("We need a plan.")
    content = b"%PDF"
    file = File("x.pdf", "application/pdf", 4, hashlib.sha256(content).hexdigest(), Fate.KEPT, None, content)
    house.session.write(lambda c: attachments.add(c, house.now, row["id"], [file]))
    house.session.write(lambda c: contributions.change(c, row["id"], {"html": "<p>We need <b>a plan</b>.</p>"}))
    return row


@pytest.mark.parametrize("path", PATHS)
async def test_a_stranger_is_sent_to_log_in_and_led_back(desk: Desk, path: str) -> None:
    everything(desk)
    stranger = await desk.browser()
    stranger.client.follow_redirects = False
    answer = await stranger.get(f"/nap/moderate/{path}")
    assert answer.status_code == 303
    assert answer.headers["location"].startswith("/login?to=/nap/moderate/") or path == "undo"
    assert (await stranger.get("/other/moderate/")).status_code in (303, 404)


@pytest.mark.parametrize("path", PATHS)
async def test_who_takes_part_finds_nothing(desk: Desk, path: str) -> None:
    everything(desk)
    anna = await desk.browser("anna@example.net")
    answer = await anna.get(f"/nap/moderate/{path}")
    assert answer.status_code == 404
    assert "We need a plan" not in answer.text
    assert (await anna.post(f"/nap/moderate/{path}", {"act": "release"})).status_code in (404, 405)
    assert desk.house.contribution(1)["state"] == "held"


async def test_who_moderates_no_more_finds_nothing(desk: Desk, mo: Browser) -> None:
    everything(desk)
    page = await mo.get("/nap/moderate/1")
    desk.house.set(MO, role="participant")
    assert (await mo.get("/nap/moderate/1")).status_code == 404
    assert (await mo.send(page, "release")).status_code == 404
    assert desk.house.contribution(1)["state"] == "held"


@pytest.mark.parametrize("path", [one for one in PATHS if one not in ("", "undo", "release?id=1")])
async def test_what_is_another_dialogues_is_not_here(desk: Desk, mo: Browser, path: str) -> None:
    everything(desk)
    desk.house.sql(ANOTHER)
    desk.house.session.write(lambda c: contributions.change(c, 1, {"dialogue_id": 2}))
    assert (await mo.get(f"/nap/moderate/{path}")).status_code == 404
    assert (await mo.get(f"/two/moderate/{path}")).status_code == 404
    assert (await mo.get("/two/moderate/")).status_code == 404


async def test_releasing_several_takes_none_of_another_dialogue(desk: Desk, mo: Browser) -> None:
    everything(desk)
    look = await mo.get("/nap/moderate/release?id=1")
    desk.house.sql(ANOTHER)
    desk.house.session.write(lambda c: contributions.change(c, 1, {"dialogue_id": 2}))
    await mo.send(look, "release")
    await mo.post("/nap/moderate/undo", form(look, "release").fields)
    assert desk.house.contribution(1)["state"] == "held"


@pytest.mark.parametrize("number", ["0", "999", "99999999999999999999", "-1", "x"])
async def test_what_is_not_there_is_not_there(desk: Desk, mo: Browser, number: str) -> None:
    for path in ("", "/return", "/edit", "/passages", "/judged", "/letter"):
        assert (await mo.get(f"/nap/moderate/{number}{path}")).status_code == 404
    for noun in ("request", "roundup"):
        assert (await mo.get(f"/nap/moderate/{noun}/{number}")).status_code == 404


async def test_a_form_without_the_proof_does_nothing(desk: Desk, mo: Browser, chief: Browser) -> None:
    everything(desk)
    before = desk.house.tables()
    others = form(await chief.get("/nap/moderate/1"), "release").fields["proof"]
    for proof in ("", "x", others):
        for path, fields in (
            ("1", {"act": "release"}),
            ("1", {"act": "discard"}),
            ("1/return", {"reason": "No.", "step": "send"}),
            ("1/edit", {"text": "Mine", "subject": "Mine"}),
            ("1/passages", {"s000000000000": "1"}),
            ("release", {"ids": "1"}),
            ("undo", {"ids": "1"}),
        ):
            answer = await mo.post(f"/nap/moderate/{path}", fields | {"proof": proof})
            assert answer.status_code == 403, path
    assert desk.house.tables() == before


@pytest.mark.parametrize(
    "fields", [{}, {"act": "x"}, {"act": "move", "module": "x"}, {"act": "questions", "main": "-"}]
)
async def test_what_no_form_of_ours_says_is_refused(desk: Desk, mo: Browser, fields: dict[str, str]) -> None:
    everything(desk)
    page = form(await mo.get("/nap/moderate/1"), "release")
    proof, of = page.fields["proof"], {"of": "1"}
    assert (await mo.post("/nap/moderate/1", {"proof": proof} | of | fields)).status_code == 400


async def test_reading_changes_nothing(desk: Desk, mo: Browser) -> None:
    everything(desk)
    before = desk.house.tables()
    for path in PATHS:
        for method in ("GET", "HEAD"):
            answer = await mo.client.request(method, f"/nap/moderate/{path}")
            assert answer.status_code == 200, path
    assert desk.house.tables() == before


async def test_a_file_is_a_download_that_runs_nothing(desk: Desk, mo: Browser) -> None:
    everything(desk)
    answer = await mo.get("/nap/moderate/1/file/1/x.pdf")
    assert answer.content == b"%PDF"
    assert answer.headers["content-disposition"] == 'attachment; filename="x.pdf"'
    assert answer.headers["content-security-policy"] == "default-src 'none'; sandbox"
    assert answer.headers["cache-control"] == "no-store"
    left = await mo.send(await mo.get("/nap/moderate/1"), "leave-out")
    assert "Left out by mod@example.org." in left.text
    assert (await mo.get("/nap/moderate/1/file/1/x.pdf")).status_code == 404


EVIL = "<script>alert(1)</script>\"'><img src=x onerror=alert(1)>{{ 7*7 }}"


class Hostile(HTMLParser):
    """What a page must not have, as a browser would see it."""

    def __init__(self) -> None:
        super().__init__()
        self.found: list[str] = []

    @classmethod
    def found_in(cls, page: str) -> list[str]:
        one = cls()
        one.feed(page)
        return one.found

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        known = {name: value or "" for name, value in attrs}
        if tag in ("script", "img", "style", "iframe", "object", "svg") or known.get("action") == "/x":
            self.found.append(tag)
        self.found += [f"{tag} {name}" for name in known if name.startswith("on") or name == "style"]
        self.found += [value for name, value in known.items() if name in ("href", "src") and "script:" in value]

    def handle_data(self, data: str) -> None:
        if "49" in data:
            self.found.append(data)


async def test_no_field_of_a_mail_becomes_part_of_the_page(desk: Desk, mo: Browser) -> None:
    house = desk.house
    row = house.contribute(f"Text {EVIL}\n\n> quoted {EVIL}", subject=f"Subject {EVIL}")
    name = f"plan{EVIL}.html"
    file = File(name, f"text/html{EVIL}", 4, "0" * 64, Fate.KEPT, None, b"<b>x")
    house.session.write(lambda c: attachments.add(c, house.now, row["id"], [file]))
    html = f"<p onclick=alert(1)>{EVIL}<a href='javascript:alert(1)'>x</a><form action=/x><style>*{{}}</style></p>"
    values = {"from_name": EVIL, "from_address": f"{EVIL}@example.net", "cut": EVIL, "html": html, "person_id": None}
    house.session.write(lambda c: contributions.change(c, row["id"], values | {"original": f"Other {EVIL}"}))
    reasons = [["another list", f"It came through {EVIL}."]]
    house.session.write(lambda c: contributions.change(c, row["id"], {"reasons": reasons}))
    number = row["id"]
    pages = ["", f"{number}", f"{number}/return", f"{number}/edit", f"{number}/passages", f"{number}/judged"]
    pages += [f"{number}/letter", f"release?id={number}", f"?done={number}"]
    for path in pages:
        page = await mo.get(f"/nap/moderate/{path}")
        assert page.status_code == 200, path
        assert Hostile.found_in(page.text) == [], path
    # No address is like that one: intake reads none of it.
    house.session.write(lambda c: contributions.change(c, row["id"], {"from_address": "zed@example.net"}))
    look = await mo.send(await mo.get(f"/nap/moderate/{number}/return"), "return", reason=EVIL, step="look")
    assert "<script" not in look.text
    assert "&lt;script&gt;" in look.text
    download = await mo.get(re.search(r'href="([^"]*/file/[^"]*)"', (await mo.get(f"/nap/moderate/{number}")).text)[1])
    assert download.headers["content-type"] == "application/octet-stream"


async def test_the_letter_runs_nothing_and_loads_nothing(desk: Desk, mo: Browser) -> None:
    everything(desk)
    page = await mo.get("/nap/moderate/1/letter")
    assert "We need <b>a plan</b>." in page.text
    policy = page.headers["content-security-policy"]
    assert "default-src 'none'" in policy
    # Of our own origin, else the browser keeps our style sheet and the button to log out from it.
    assert policy.endswith("sandbox allow-same-origin allow-forms")


async def test_in_arabic_it_runs_from_right_to_left(desk: Desk) -> None:
    desk.house.contribute("Один. الخطة", subject="(الخطة)")
    desk.house.session.write(lambda c: c.exec_driver_sql("UPDATE person SET language = 'ar'"))
    mo = await desk.browser(MO)
    for path in ("", "1", "1/return", "1/edit", "1/passages", "release?id=1"):
        page = await mo.get(f"/nap/moderate/{path}")
        assert '<html lang="ar" dir="rtl">' in page.text
        inside = re.sub(r"<[^>]+>", "", page.text.partition("<main")[2])
        assert len(re.findall(r"[\u0600-\u06ff]", inside)) > len(re.findall(r"[a-z]", inside)), path


async def test_every_form_that_posts_brings_the_proof(desk: Desk, mo: Browser) -> None:
    everything(desk)
    for path in ("", "1", "1/return", "1/edit", "1/passages", "release?id=1"):
        posts = [one for one in forms(await mo.get(f"/nap/moderate/{path}")) if one.method == "post"]
        assert all(one.fields.get("proof") for one in posts)


async def test_beneath_a_path_of_the_site_all_links_stay_there(desk: Desk) -> None:
    desk.house.site = replace(desk.house.site, base_url="https://example.org/talks")
    everything(desk)
    mo = await desk.browser(MO)
    for path in ("", "1", "1/return", "release?id=1"):
        page = (await mo.get(f"https://example.org/talks/nap/moderate/{path}")).text
        assert all(one.startswith(("/talks/", "#", "?")) for one in re.findall(r'(?:href|action)="([^"]*)"', page))

"""The queue: what waits, oldest first, chosen by module, reason and claim; several released together."""

from __future__ import annotations

import asyncio
from datetime import timedelta

from listserv.store import contributions
from tests.edge.moderation.conftest import CHIEF, MO, Browser, Desk, form
from tests.house import FRIDAY_DRAFT


def order(page: str, *words: str) -> bool:
    """Whether they follow one another."""
    for word in words:
        _, found, page = page.partition(word)
        if not found:
            return False
    return True


async def test_what_waits_oldest_first_with_why(desk: Desk, mo: Browser) -> None:
    desk.house.contribute("One.", subject="[nap 1] First")
    desk.house.now += timedelta(hours=3)
    desk.house.contribute("Two.", subject="Second", author="Zed <zed@example.net>")
    page = (await mo.get("/nap/moderate/")).text
    assert "2 contributions wait for you" in page
    assert "The oldest has waited for 3 hours." in page
    assert order(page, "First</bdi>", "Anna", "1 word", "3 hours", "Second", "The author is not a participant")
    assert "[nap 1]" not in page


async def test_nothing_waits(mo: Browser) -> None:
    assert "Nothing waits for you" in (await mo.get("/nap/moderate/")).text


async def test_chosen_by_module_reason_and_claim(desk: Desk, mo: Browser) -> None:
    house = desk.house
    one = house.contribute(subject="In the second")
    house.session.write(lambda c: contributions.change(c, one["id"], {"module": 2}))
    house.contribute(subject="By a stranger", author="Zed <zed@example.net>")
    mine = house.contribute(subject="Claimed")
    await mo.send(await mo.get(f"/nap/moderate/{mine['id']}"), "claim")
    for query, shown in (
        ("module=2", {"In the second"}),
        ("reason=not+a+participant", {"By a stranger"}),
        ("mine=1", {"Claimed"}),
        ("module=1", {"By a stranger", "Claimed"}),
        ("module=3", set()),
        ("module=<b>&reason=\"'&mine=&page=x", set()),
    ):
        page = (await mo.get(f"/nap/moderate/?{query}")).text
        assert {one for one in ("In the second", "By a stranger", "Claimed") if f"{one}</bdi>" in page} == shown, query


async def test_fifty_on_a_page(desk: Desk, mo: Browser) -> None:
    for number in range(52):
        desk.house.contribute(subject=f"Number {number:02}")
    first, second = (await mo.get("/nap/moderate/")).text, (await mo.get("/nap/moderate/?page=2")).text
    assert "Number 49" in first
    assert "Number 50" not in first
    assert order(second, "Number 50", "Number 51")
    assert 'href="?page=2"' in first
    assert len(first.encode()) < 50_000
    assert "Number 51" in (await mo.get("/nap/moderate/?page=999")).text


async def test_several_are_looked_at_and_then_released_in_order(desk: Desk, mo: Browser) -> None:
    rows = [desk.house.contribute(f"Text {n}.", subject=f"Subject {n}") for n in range(3)]
    query = "&".join(f"id={row['id']}" for row in reversed(rows))
    look = await mo.get(f"/nap/moderate/release?{query}")
    for shown in ("Release 3 contributions?", "Each goes to 4 people.", "Text 0.", "Subject 2", "60 seconds"):
        assert shown in look.text
    assert {row["state"] for row in desk.house.rows("contribution")} == {"held"}
    for _ in range(2):  # sent twice
        after = await mo.send(look, "release")
        assert after.status_code == 200
    assert "Number 3, “Subject 0”, goes to 4 people." in after.text
    assert [row["number"] for row in desk.house.rows("contribution")] == [3, 2, 1]
    assert desk.audit("release") == [(MO, "release", f"contribution {row['id']}") for row in reversed(rows)]
    back = await mo.send(after, "undo")
    assert "3 contributions wait for you" in back.text
    assert desk.house.sent("contribution") == []


async def test_two_clicks_at_the_same_moment_release_them_once(desk: Desk, mo: Browser) -> None:
    rows = [desk.house.contribute(f"Text {n}.", subject=f"Subject {n}") for n in range(3)]
    look = await mo.get("/nap/moderate/release?" + "&".join(f"id={row['id']}" for row in rows))
    answers = await asyncio.gather(*(mo.send(look, "release") for _ in range(3)))
    assert {one.status_code for one in answers} == {200}
    assert len(desk.audit("release")) == 3
    assert len(desk.house.sent("contribution")) == 12


async def test_those_decided_meanwhile_are_left_out_and_said(desk: Desk, mo: Browser, chief: Browser) -> None:
    rows = [desk.house.contribute(subject=f"Subject {n}") for n in range(3)]
    look = await mo.get("/nap/moderate/release?" + "&".join(f"id={row['id']}" for row in rows))
    await chief.send(await chief.get(f"/nap/moderate/{rows[0]['id']}"), "discard")
    await chief.send(await chief.get(f"/nap/moderate/{rows[1]['id']}"), "claim")
    after = await mo.send(look, "release")
    assert after.status_code == 409
    assert "Number 1, “Subject 2”" in after.text
    assert "Discarded by chief@example.org" in after.text
    assert "chief@example.org is on this, for" in after.text
    assert [row["state"] for row in desk.house.rows("contribution")] == ["discarded", "held", "released"]
    await mo.send(after, "release")
    assert desk.house.contribution(rows[1]["id"])["decided_by"] == MO, "they have been warned"


async def test_nothing_ticked(desk: Desk, mo: Browser) -> None:
    desk.house.contribute()
    for query in ("", "?id=999", "?id=x", "?id=99999999999999999999"):
        page = await mo.get(f"/nap/moderate/release{query}")
        assert page.url.path == "/nap/moderate/"
        assert "Nothing that still waits was ticked." in page.text


class TestRequests:
    def ask(self, desk: Desk) -> int:
        house = desk.house
        house.join("dora@example.net", name="Dora")
        house.set("dora@example.net", status="requested")
        return int(house.part("dora@example.net")["id"])

    async def test_yes(self, desk: Desk, mo: Browser) -> None:
        number = self.ask(desk)
        assert "1 person asks to take part" in (await mo.get("/nap/moderate/")).text
        page = await mo.get(f"/nap/moderate/request/{number}")
        assert "dora@example.net" in page.text
        before = len(desk.house.sent("welcome", "dora@example.net"))
        for _ in range(2):
            assert "Takes part." in (await mo.send(page, "approve")).text
        assert desk.house.part("dora@example.net")["status"] == "active"
        assert len(desk.house.sent("welcome", "dora@example.net")) == before + 1
        assert desk.audit("approve") == [(MO, "approve", "dora@example.net")]

    async def test_no_with_words_and_who_was_first(self, desk: Desk, mo: Browser, chief: Browser) -> None:
        number = self.ask(desk)
        page, theirs = [await one.get(f"/nap/moderate/request/{number}") for one in (mo, chief)]
        for _ in range(2):
            await chief.send(theirs, "decline", reason="The dialogue is for officials.")
        assert desk.audit("decline") == [(CHIEF, "decline", "dora@example.net")]
        (mail_,) = desk.house.sent("declined")
        assert "The dialogue is for officials." in mail_.text
        desk.house.set("dora@example.net", status="left")
        late = await mo.send(page, "approve")
        assert late.status_code == 409
        assert "has left" in late.text


class TestRoundups:
    async def draft(self, desk: Desk) -> int:
        desk.house.released("The budget is the test of a plan.", subject="Money")
        desk.house.tick(FRIDAY_DRAFT)
        return int(desk.house.one("roundup")["id"])

    async def test_it_is_looked_at_and_sent_once(self, desk: Desk, mo: Browser) -> None:
        number = await self.draft(desk)
        assert f"/nap/moderate/roundup/{number}" in (await mo.get("/nap/moderate/")).text
        page = await mo.get(f"/nap/moderate/roundup/{number}")
        assert "The budget is the test of a plan." in page.text
        assert "It goes to 5 people on" in page.text
        assert desk.house.sent("roundup") == []
        for _ in range(2):
            assert "Sent on" in (await mo.send(page, "send")).text
        assert len(desk.house.sent("roundup")) == 5

    async def test_it_is_skipped(self, desk: Desk, mo: Browser) -> None:
        number = await self.draft(desk)
        page = await mo.get(f"/nap/moderate/roundup/{number}")
        for _ in range(2):
            assert "Skipped by mod@example.org" in (await mo.send(page, "skip")).text
        assert form(page, "skip")
        late = await mo.send(page, "send")
        assert "Skipped by mod@example.org" in late.text
        assert desk.house.sent("roundup") == []

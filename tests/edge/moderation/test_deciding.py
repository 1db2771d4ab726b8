"""Decisions from a contribution's page: done once, by whoever is logged in, with the refusals of every other door."""

from __future__ import annotations

import asyncio
from datetime import timedelta
from typing import Any

import httpx
import pytest

from listserv.errors import Refused
from listserv.steps import erase, give_back, moderate
from listserv.store import contributions
from tests.edge.moderation.conftest import CHIEF, MO, Browser, Desk, acts, form
from tests.house import MONDAY_EARLY


async def page_of(browser: Browser, row: Any) -> httpx.Response:
    return await browser.get(f"/nap/moderate/{row['id']}")


class TestRelease:
    async def test_it_goes_to_all_in_the_moderators_name_and_the_next_one_comes(self, desk: Desk, mo: Browser) -> None:
        first, second = desk.house.contribute("One.", subject="First"), desk.house.contribute("Two.", subject="Second")
        page = await page_of(mo, first)
        assert "Release to 4 people" in page.text
        following = await mo.send(page, "release")
        assert following.url.path == f"/nap/moderate/{second['id']}"
        assert "Number 1, “First”, goes to 4 people." in following.text
        row = desk.house.contribution(first["id"])
        assert (row["state"], row["number"], row["decided_by"]) == ("released", 1, MO)
        assert desk.audit("release") == [(MO, "release", f"contribution {first['id']}")]
        assert len(desk.house.sent("contribution")) == 4
        assert desk.looked

    async def test_after_the_last_one_the_queue_is_empty(self, desk: Desk, mo: Browser) -> None:
        after = await mo.send(await page_of(mo, desk.house.contribute(subject="Only")), "release")
        assert after.url.path == "/nap/moderate/"
        assert "Nothing waits for you" in after.text
        assert "Number 1, “Only”, goes to 4 people." in after.text

    async def test_sent_twice_it_is_done_once(self, desk: Desk, mo: Browser) -> None:
        page = await page_of(mo, desk.house.contribute())
        answers = [await mo.send(page, "release") for _ in range(3)]
        assert [(one.status_code, one.url.path) for one in answers] == [(200, "/nap/moderate/")] * 3
        assert len(desk.audit("release")) == 1
        assert len(desk.house.sent("contribution")) == 4

    async def test_two_clicks_at_the_same_moment_do_it_once(self, desk: Desk, mo: Browser) -> None:
        page = await page_of(mo, desk.house.contribute())
        answers = await asyncio.gather(*(mo.send(page, "release") for _ in range(4)))
        assert {one.status_code for one in answers} == {200}
        assert len(desk.audit("release")) == 1
        assert len(desk.house.sent("contribution")) == 4

    async def test_it_can_be_taken_back_for_a_moment(self, desk: Desk, mo: Browser) -> None:
        row = desk.house.contribute(subject="Too early")
        after = await mo.send(await page_of(mo, row), "release")
        assert "It leaves in " in after.text
        for _ in range(2):  # sent twice as well
            back = await mo.send(after, "undo")
            assert (back.status_code, back.url.path) == (200, f"/nap/moderate/{row['id']}")
        assert desk.house.contribution(row["id"])["state"] == "held"
        assert desk.audit("undo") == [(MO, "undo", f"contribution {row['id']}")]
        assert desk.house.sent("contribution") == []

    async def test_what_is_on_its_way_is_not_taken_back(self, desk: Desk, mo: Browser) -> None:
        row = desk.house.contribute(subject="Gone")
        page = await mo.send(await page_of(mo, row), "release")
        desk.house.session.write(lambda c: c.exec_driver_sql("UPDATE delivery SET epoch = 1"))
        after = await mo.send(page, "undo")
        assert after.status_code == 409
        assert "is on its way already" in after.text
        assert "undo" not in acts(await mo.get(f"/nap/moderate/?done={row['id']}"))

    async def test_without_time_for_second_thoughts_it_takes_two_steps(self, desk: Desk, mo: Browser) -> None:
        desk.house.policy(undo=0)
        row = desk.house.contribute()
        page = await page_of(mo, row)
        assert "Release to 4 people…" in page.text
        look = await mo.get(f"/nap/moderate/release?id={row['id']}")
        assert "They leave at once and cannot be taken back." in look.text
        assert desk.house.contribution(row["id"])["state"] == "held"
        await mo.send(look, "release")
        assert desk.house.contribution(row["id"])["state"] == "released"

    async def test_with_no_module_open_it_has_to_be_moved_first(self, desk: Desk, mo: Browser) -> None:
        row = desk.house.contribute()
        desk.house.tick(MONDAY_EARLY)
        desk.house.session.write(lambda c: contributions.change(c, row["id"], {"module": None}))
        page = await page_of(mo, row)
        assert "No module is open. To release it now, move it to a module first." in page.text
        assert "release" not in acts(page)
        tried = await mo.post(form(page, "move").action, form(page, "move").fields | {"act": "release"})
        assert tried.status_code == 409
        assert "waits for the next module to open" in tried.text
        moved = await mo.send(page, "move", module="2")
        assert "release" in acts(moved)


class TestDiscard:
    async def test_nobody_is_told_and_it_comes_back(self, desk: Desk, mo: Browser) -> None:
        row = desk.house.contribute(subject="An advertisement")
        before = len(desk.house.sent())
        after = await mo.send(await page_of(mo, row), "discard", reason="spam")
        assert "“An advertisement” is discarded; nobody is told." in after.text
        assert desk.house.contribution(row["id"])["state"] == "discarded"
        assert desk.house.one("audit", action="discard")["reason"] == "spam"
        assert len(desk.house.sent()) == before
        await mo.send(after, "undo")
        assert desk.house.contribution(row["id"])["state"] == "held"

    async def test_days_later_its_own_page_brings_it_back(self, desk: Desk, mo: Browser) -> None:
        row = desk.house.contribute()
        await mo.send(await page_of(mo, row), "discard")
        desk.house.now += timedelta(days=3)
        await mo.send(await page_of(mo, row), "undo")
        assert desk.house.contribution(row["id"])["state"] == "held"


class TestReturn:
    async def test_a_reason_then_the_mail_to_look_at_then_it_goes(self, desk: Desk, mo: Browser) -> None:
        row = desk.house.contribute("Our plan.", subject="Plans", author="Boris <boris@example.net>")
        page = await mo.get(f"/nap/moderate/{row['id']}/return")
        assert "Please shorten it to about 50 words" in page.text, "ready reasons, in the moderator's language"
        look = await mo.send(page, "return", ready="0", reason="Merci !", step="look")
        assert look.status_code == 200
        assert "boris@example.net" in look.text
        assert desk.house.contribution(row["id"])["state"] == "held", "nothing has happened yet"
        (typed,) = look.text.split("<textarea")[1:]
        assert "50 mots" in typed, "in its author's language"
        assert "Merci !" in typed
        sent = await mo.send(look, "return", reason="Plus court, s'il vous plaît.\n\nMerci !", step="send")
        assert sent.url.path == "/nap/moderate/"
        assert "“Plans” goes back to its author." in sent.text
        (mail,) = desk.house.sent("returned")
        assert mail.to == "boris@example.net"
        assert "Plus court, s'il vous plaît." in mail.text
        assert desk.audit("return") == [(MO, "return", f"contribution {row['id']}")]

    async def test_sent_twice_one_mail_goes(self, desk: Desk, mo: Browser) -> None:
        row = desk.house.contribute()
        page = await mo.get(f"/nap/moderate/{row['id']}/return")
        for _ in range(2):
            assert (await mo.send(page, "return", reason="Shorter.", step="send")).status_code == 200
        assert len(desk.house.sent("returned")) == 1

    async def test_without_a_reason_nothing_goes(self, desk: Desk, mo: Browser) -> None:
        row = desk.house.contribute()
        page = await mo.get(f"/nap/moderate/{row['id']}/return")
        after = await mo.send(page, "return", reason="  ", step="send")
        assert "A contribution is returned with a reason." in after.text
        assert desk.house.contribution(row["id"])["state"] == "held"

    async def test_whoever_may_never_have_written_is_pointed_out(self, desk: Desk, mo: Browser) -> None:
        row = desk.house.contribute()
        desk.house.session.write(
            lambda c: c.exec_driver_sql("""UPDATE contribution SET reasons = '[["forged", "It is forged."]]'""")
        )
        page = await mo.get(f"/nap/moderate/{row['id']}/return")
        assert "This mail may go to somebody who never wrote." in page.text
        look = await mo.send(page, "return", reason="Was it you?", step="look")
        assert "Send it all the same" in look.text

    async def test_who_names_no_author_cannot_be_written_to(self, desk: Desk, mo: Browser) -> None:
        row = desk.house.contribute()
        desk.house.session.write(lambda c: contributions.change(c, row["id"], {"from_address": ""}))
        assert "return" not in (await page_of(mo, row)).text.split("<main")[1]
        page = await mo.get(f"/nap/moderate/{row['id']}/return")
        assert "It names no author who could be written to." in page.text


class TestTwoModerators:
    async def test_who_is_second_hears_who_was_first(self, desk: Desk, mo: Browser, chief: Browser) -> None:
        row = desk.house.contribute()
        page = await page_of(mo, row)
        await chief.send(await page_of(chief, row), "release")
        late = await mo.send(page, "discard", reason="I meant to take it out")
        assert late.status_code == 409
        assert "Somebody was faster. Nothing was changed. Released by chief@example.org on" in " ".join(
            late.text.split()
        )
        assert "I meant to take it out" in late.text, "what was typed stays"
        assert desk.house.contribution(row["id"])["state"] == "released"
        assert desk.audit("discard") == []

    async def test_the_reason_for_a_return_stays(self, desk: Desk, mo: Browser, chief: Browser) -> None:
        row = desk.house.contribute()
        page = await mo.get(f"/nap/moderate/{row['id']}/return")
        look = await mo.send(page, "return", reason="A long and careful reason.", step="look")
        await chief.send(await page_of(chief, row), "release")
        for step in ("send", "look"):
            late = await mo.send(look, "return", reason="A long and careful reason.", step=step)
            assert late.status_code == 409
            assert "Released by chief@example.org" in late.text
            assert "A long and careful reason.</textarea>" in late.text
        assert desk.house.sent("returned") == []

    async def test_from_another_door_all_the_same(self, desk: Desk, mo: Browser) -> None:
        house, row = desk.house, desk.house.contribute()
        page = await page_of(mo, row)
        give_back.give_back(house.session, house.now, house.site, row["id"], CHIEF, "Shorter.")
        late = await mo.send(page, "release")
        assert late.status_code == 409
        assert "Returned to its author by chief@example.org" in late.text
        with pytest.raises(Refused, match="already returned"):
            moderate.release(house.session, house.now, house.site, row["id"], MO)

    async def test_a_claim_shows_on_the_others_pages_and_warns(self, desk: Desk, mo: Browser, chief: Browser) -> None:
        row = desk.house.contribute()
        stale = await page_of(mo, row)
        mine = await chief.send(await page_of(chief, row), "claim")
        assert "You are on this, for" in mine.text
        assert "chief@example.org is on this, for" in (await mo.get("/nap/moderate/")).text
        warned = await mo.send(stale, "release")
        assert warned.status_code == 409
        assert "chief@example.org is on this, for" in warned.text
        assert desk.house.contribution(row["id"])["state"] == "held"
        await mo.send(warned, "release")
        assert desk.house.contribution(row["id"])["decided_by"] == MO, "who has been warned may"

    async def test_a_page_that_warns_needs_no_second_time(self, desk: Desk, mo: Browser, chief: Browser) -> None:
        row = desk.house.contribute()
        await chief.send(await page_of(chief, row), "claim")
        page = await page_of(mo, row)
        assert "chief@example.org is on this, for" in page.text
        assert "claim" not in acts(page)
        await mo.send(page, "release")
        assert desk.house.contribution(row["id"])["state"] == "released"

    async def test_the_warning_before_a_return_keeps_the_reason(self, desk: Desk, mo: Browser, chief: Browser) -> None:
        row = desk.house.contribute()
        look = await mo.send(await mo.get(f"/nap/moderate/{row['id']}/return"), "return", reason="Why?", step="look")
        await chief.send(await page_of(chief, row), "claim")
        warned = await mo.send(look, "return", reason="Why?", step="send")
        assert warned.status_code == 409
        assert "Why?</textarea>" in warned.text
        await mo.send(warned, "return", reason="Why?", step="send")
        assert desk.house.contribution(row["id"])["state"] == "returned"

    async def test_a_claim_is_given_back_or_lapses(self, desk: Desk, mo: Browser, chief: Browser) -> None:
        row = desk.house.contribute()
        mine = await mo.send(await page_of(mo, row), "claim")
        tried = await chief.post(form(mine, "unclaim").action, {"act": "unclaim", "proof": "forged"})
        assert tried.status_code == 403
        await mo.send(mine, "unclaim")
        assert "is on this" not in (await page_of(chief, row)).text
        assert desk.audit("claim", "unclaim") == [
            (MO, "claim", f"contribution {row['id']}"),
            (MO, "unclaim", f"contribution {row['id']}"),
        ]
        await mo.send(await page_of(mo, row), "claim")
        desk.house.now += timedelta(minutes=31)
        assert "is on this" not in (await page_of(chief, row)).text


class TestEdit:
    async def test_what_was_changed_is_shown_and_the_original_kept(self, desk: Desk, mo: Browser) -> None:
        row = desk.house.contribute("We need a plna.\n\nSoon.", subject="Palns")
        page = await mo.get(f"/nap/moderate/{row['id']}/edit")
        assert "We need a plna." in page.text
        after = await mo.send(page, "edit", subject="Plans", text="We need a plan.\r\n\r\nSoon.")
        assert after.url.path == f"/nap/moderate/{row['id']}"
        assert "- We need a plna." in after.text
        assert "+ We need a plan." in after.text
        now = desk.house.contribution(row["id"])
        assert (now["subject"], now["text"]) == ("Plans", "We need a plan.\n\nSoon.\n")
        assert "plna" in now["original"]
        assert desk.audit("edit") == [(MO, "edit", f"contribution {row['id']}")]

    async def test_two_who_edit_do_not_undo_each_other(self, desk: Desk, mo: Browser, chief: Browser) -> None:
        row = desk.house.contribute("One. Two.")
        mine, theirs = [await one.get(f"/nap/moderate/{row['id']}/edit") for one in (mo, chief)]
        await chief.send(theirs, "edit", subject="Plans", text="One. Two, by the chief.")
        late = await mo.send(mine, "edit", subject="Plans", text="One, by Mo. Two.")
        assert late.status_code == 409
        assert "One, by Mo. Two.</textarea>" in late.text, "nothing typed is lost"
        assert "+ Two, by the chief." in late.text
        assert "by the chief" in desk.house.contribution(row["id"])["text"]
        await mo.send(late, "edit", subject="Plans", text="One, by Mo. Two, by the chief.")
        assert desk.house.contribution(row["id"])["text"] == "One, by Mo. Two, by the chief.\n"

    async def test_what_is_decided_is_not_edited_and_the_words_stay(
        self, desk: Desk, mo: Browser, chief: Browser
    ) -> None:
        row = desk.house.contribute()
        page = await mo.get(f"/nap/moderate/{row['id']}/edit")
        await chief.send(await page_of(chief, row), "release")
        late = await mo.send(page, "edit", subject="Plans", text="My careful words.")
        assert late.status_code == 409
        assert "Released by chief@example.org" in late.text
        assert "My careful words.</textarea>" in late.text

    async def test_an_empty_text_is_not_saved(self, desk: Desk, mo: Browser) -> None:
        row = desk.house.contribute()
        page = await mo.get(f"/nap/moderate/{row['id']}/edit")
        assert "There was no more text." in (await mo.send(page, "edit", subject="x", text=" \n ")).text
        assert desk.house.contribution(row["id"])["text"] == row["text"]


class TestMarks:
    async def test_a_question_is_suggested_noted_and_taken_away(self, desk: Desk, mo: Browser) -> None:
        row = desk.house.contribute("The budget has to say who pays. Without a budget nobody pays.")
        page = await page_of(mo, row)
        assert "It seems to answer question 2" in page.text
        await mo.send(page, "questions", main="2", q1="1")
        now = desk.house.contribution(row["id"])
        assert (now["question"], now["further"]) == (2, [1])
        await mo.send(await page_of(mo, row), "questions", main="0")
        assert desk.house.contribution(row["id"])["question"] is None

    async def test_questions_of_a_page_that_is_stale_are_not_another_modules(
        self, desk: Desk, mo: Browser, chief: Browser
    ) -> None:
        row = desk.house.contribute()
        page = await page_of(mo, row)
        await chief.send(await page_of(chief, row), "move", module="2")
        assert (await mo.send(page, "questions", main="1")).status_code == 409
        assert desk.house.contribution(row["id"])["question"] is None

    async def test_tags_of_two_moderators_meet(self, desk: Desk, mo: Browser, chief: Browser) -> None:
        row = desk.house.contribute()
        pages = [await page_of(one, row) for one in (mo, chief)]
        await mo.send(pages[0], "tags", tags="budget, bonne pratique")
        await chief.send(pages[1], "tags", tags="law، budget")
        page = await page_of(mo, row)
        assert "budget, good practice, law" in page.text
        after = await mo.send(page, "tags", tags="law")
        assert "<bdi>law</bdi>" in after.text

    async def test_a_word_that_can_be_no_tag_is_refused_and_stays_in_the_form(self, desk: Desk, mo: Browser) -> None:
        after = await mo.send(await page_of(mo, desk.house.contribute()), "tags", tags="???")
        assert after.status_code == 409
        assert "a tag needs a letter or a digit" in after.text
        assert 'value="???"' in after.text

    async def test_sentences_are_marked_and_unmarked(self, desk: Desk, mo: Browser) -> None:
        row = desk.house.contribute("The budget is the test of a plan. Without it nothing happens at all.")
        page = await mo.get(f"/nap/moderate/{row['id']}/passages")
        digest = page.text.split('<input type="checkbox" name="')[1].split('"')[0]
        after = await mo.send(page, "passages", **{digest: "1"}, kind="experience")
        (marked,) = desk.house.rows("passage")
        assert (marked["text"], marked["kind"]) == ("The budget is the test of a plan.", "experience")
        await mo.send(after, "passages", unmark=digest[1:])
        assert desk.house.rows("passage") == []
        assert [action for _, action, _ in desk.audit("tag", "untag")] == ["tag", "untag"]

    async def test_a_sentence_that_was_edited_away_is_not_marked(self, desk: Desk, mo: Browser) -> None:
        row = desk.house.contribute("The budget is the test of a plan. Without it nothing happens at all.")
        page = await mo.get(f"/nap/moderate/{row['id']}/passages")
        digest = page.text.split('<input type="checkbox" name="')[1].split('"')[0]
        await mo.send(
            await mo.get(f"/nap/moderate/{row['id']}/edit"), "edit", subject="Plans", text="Other words here."
        )
        late = await mo.send(page, "passages", **{digest: "1"}, kind="")
        assert late.status_code == 409
        assert desk.house.rows("passage") == []

    async def test_it_is_moved(self, desk: Desk, mo: Browser) -> None:
        row = desk.house.contribute()
        after = await mo.send(await page_of(mo, row), "move", module="2")
        assert "Module 2" in after.text
        assert desk.audit("move") == [(MO, "move", f"contribution {row['id']}")]
        refused = await mo.send(after, "move", module="9")
        assert refused.status_code == 409
        assert "has no module 9" in refused.text


class TestReading:
    async def test_all_that_is_weighed_is_there(self, desk: Desk, mo: Browser) -> None:
        house = desk.house
        first = house.released("A plan first.", subject="Plans")
        mine = house.sent("contribution", "anna@example.net")[0].mail["Message-ID"]
        row = house.contribute("I agree.\n\n-- \nAnna", subject="Re: Plans", answers=str(mine))
        page = await page_of(mo, row)
        for shown in (
            "anna@example.net",
            "Ministry",
            "France",
            "I agree.",
            "A plan first.",
            "Every contribution is read",
        ):
            assert shown in page.text, shown
        assert f"/nap/moderate/{first['id']}" in page.text, "what its author wrote before"
        judged = await mo.get(f"/nap/moderate/{row['id']}/judged")
        assert "it answers contribution 1" in judged.text
        assert judged.text.count("<dd>") >= 25, "every rule"

    async def test_a_long_text_comes_in_two_parts(self, desk: Desk, mo: Browser) -> None:
        row = desk.house.contribute("\n".join(f"Line {n} says something." for n in range(1500)) + "\nThe end.")
        page = await page_of(mo, row)
        assert len(page.content) < 50_000
        assert "The end." not in page.text
        assert "The end." in (await mo.get(f"/nap/moderate/{row['id']}?whole=1")).text

    async def test_who_was_erased_leaves_a_page_that_can_be_read(self, desk: Desk, mo: Browser) -> None:
        house, row = desk.house, desk.house.contribute("Something private.")
        erase.erase(house.session, house.now, house.site, "anna@example.net", "test")
        for path in ("", "/judged", "/return", "/edit", "/passages"):
            page = await mo.get(f"/nap/moderate/{row['id']}{path}")
            assert page.status_code in (200, 409)
            assert "Something private." not in page.text

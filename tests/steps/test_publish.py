"""Round-ups: drafted, edited or left, sent once or skipped (DESIGN §3, §5)."""

from __future__ import annotations

from collections import Counter
from dataclasses import replace
from datetime import timedelta

import pytest

from listserv.core.dialogue.choices import Choice
from listserv.core.dialogue.model import Attribution
from listserv.errors import Refused
from listserv.steps import credit, drafting, publish
from listserv.store import contributions, roundups
from tests.house import (
    AFTER_ALL,
    CLOSING,
    FRIDAY_DRAFT,
    FRIDAY_ROUNDUP,
    MODERATORS,
    SECOND,
    SECOND_CLOSING,
    House,
    mail,
)

MO = "mod@example.org"
SECOND_ROUNDUP = FRIDAY_ROUNDUP + timedelta(days=7)


def text(house: House) -> str:
    """The latest round-up as it went out."""
    return house.sent("roundup", to="anna@example.net")[-1].text


def test_the_draft_goes_to_the_moderators_three_hours_before(house: House) -> None:
    house.released("Money is scarce.", subject="Funding")
    house.tick(FRIDAY_DRAFT)
    row = house.one("roundup")
    assert (row["state"], row["period"], row["due_at"], row["contributions"]) == ("draft", 1, FRIDAY_ROUNDUP, 1)
    drafts = house.sent("roundup_draft")
    assert sorted(one.to for one in drafts) == sorted(MODERATORS)
    assert "Money is scarce." in drafts[0].text
    assert house.sent("roundup") == []


def test_it_goes_to_each_and_to_who_wants_round_ups_only(house: House) -> None:
    house.join("nora@example.net", name="Nora", delivery="none")
    house.released()
    house.tick(FRIDAY_ROUNDUP)
    assert Counter(one.to for one in house.sent("roundup")) == dict.fromkeys(
        ["anna@example.net", "boris@example.net", "chloe@example.net", *MODERATORS], 1
    )
    row = house.one("roundup")
    assert (row["state"], row["decided_by"]) == ("sent", "clock")


def test_it_says_what_was_said_by_whom(house: House) -> None:
    house.released("Money is scarce.", subject="Funding")
    house.released("Law comes first.", subject="Law", author="boris@example.net")
    house.contribute("Still held.")
    house.tick(FRIDAY_ROUNDUP)
    said = text(house)
    for words in ("Money is scarce.", "Law comes first.", "Anna", "Ministry", "Boris", "Getting started"):
        assert words in said
    assert "Still held." not in said


def test_a_draft_nobody_touched_has_what_came_after_it(house: House) -> None:
    house.tick(FRIDAY_DRAFT)
    house.now += timedelta(hours=1)
    house.released("Came after the draft.")
    house.tick(FRIDAY_ROUNDUP)
    assert "Came after the draft." in text(house)
    assert house.one("roundup")["contributions"] == 1


def test_one_that_was_edited_goes_out_word_for_word_and_the_rest_stands_in_the_next(house: House) -> None:
    house.released("Early words.")
    house.tick(FRIDAY_DRAFT)
    publish.edit(house.session, house.now, house.dialogue, house.one("roundup")["id"], MO, "As I would have it.")
    house.now += timedelta(hours=1)
    house.released("Came after the edit.")
    house.tick(FRIDAY_ROUNDUP)
    assert "As I would have it." in text(house)
    assert "Early words." not in text(house)
    house.tick(SECOND_ROUNDUP)
    assert "Came after the edit." in text(house)
    assert "Early words." not in text(house)


def test_the_next_one_begins_where_the_last_ended(house: House) -> None:
    house.released("First week.")
    house.tick(FRIDAY_ROUNDUP)
    house.now += timedelta(minutes=1)
    house.released("Between.")
    house.tick(CLOSING)
    house.tick(SECOND)
    house.released("Second week.")
    house.tick(SECOND_ROUNDUP)
    assert "First week." not in text(house)
    assert "Between." in text(house)
    assert "Second week." in text(house)


def test_a_skipped_one_is_not_sent_and_what_it_would_have_told_stands_in_the_next(house: House) -> None:
    house.released("First week.")
    house.tick(FRIDAY_DRAFT)
    publish.skip(house.session, house.now, house.dialogue, house.one("roundup")["id"], MO)
    house.tick(FRIDAY_ROUNDUP)
    assert house.sent("roundup") == []
    house.tick(SECOND_ROUNDUP)
    assert "First week." in text(house)


def test_sent_by_hand_it_is_not_sent_again_by_the_clock(house: House) -> None:
    house.released()
    assert publish.send(house.session, house.now, house.site, house.dialogue, 1, MO)
    assert not publish.send(house.session, house.now, house.site, house.dialogue, 1, MO)
    house.tick(FRIDAY_ROUNDUP)
    assert len(house.sent("roundup", to="anna@example.net")) == 1
    assert house.one("roundup")["decided_by"] == MO


@pytest.mark.parametrize("how", ["sent", "skipped"])
@pytest.mark.parametrize("what", ["edit", "skip"])
def test_after_that_it_cannot_be_changed(house: House, how: str, what: str) -> None:
    house.tick(FRIDAY_DRAFT)
    number = house.one("roundup")["id"]
    if how == "sent":
        house.tick(FRIDAY_ROUNDUP)
    else:
        publish.skip(house.session, house.now, house.dialogue, number, MO)
    before = house.tables()
    words = ["Other words."] if what == "edit" else []
    with pytest.raises(Refused, match=f"^round-up {number} was already {how} by"):
        getattr(publish, what)(house.session, house.now, house.dialogue, number, MO, *words)
    assert house.tables() == before


def test_an_empty_edit_is_refused(house: House) -> None:
    house.tick(FRIDAY_DRAFT)
    with pytest.raises(Refused, match="an empty round-up; to send none this time: listserv roundup skip"):
        publish.edit(house.session, house.now, house.dialogue, house.one("roundup")["id"], MO, " \n")


def test_one_that_is_none(house: House) -> None:
    with pytest.raises(Refused, match=r"^there is no round-up 9; see: listserv roundup list$"):
        publish.skip(house.session, house.now, house.dialogue, 9, MO)


def test_missed_ones_merge_into_one(house: House) -> None:
    house.released("First week.")
    house.tick(SECOND_ROUNDUP + timedelta(hours=1))
    assert len(house.sent("roundup", to="anna@example.net")) == 1
    assert "First week." in text(house)


def audited(house: House) -> list[tuple[str, str, str, str]]:
    """Of round-ups: who, what, which, why."""
    rows = house.rows("audit")
    return [(a["actor"], a["action"], a["subject"], a["reason"]) for a in rows if a["subject"].startswith("round-up")]


def test_a_late_one_tells_what_comes_next_from_now_on(house: House) -> None:
    house.released("First week.")
    house.tick(SECOND_CLOSING + timedelta(hours=12))
    told = " ".join(text(house).partition("## What comes next")[2].split())
    assert told.startswith("Module 3, Monitoring, opens on Monday 17 November 2008")
    assert "still time to write" not in told


def test_a_late_one_names_the_module_open_by_now(house: House) -> None:
    house.released("First week.")
    house.tick(SECOND + timedelta(hours=1))
    told = " ".join(text(house).partition("## What comes next")[2].split())
    assert told.startswith("Module 2, Drafting, is open until Friday 14 November 2008")
    assert "Module 3, Monitoring, opens on" in told


def test_readers_count_without_gaps_and_moderators_type_the_id(house: House) -> None:
    house.tick(FRIDAY_DRAFT)
    house.released("First week.")
    publish.skip(house.session, house.now, house.dialogue, house.one("roundup")["id"], MO)
    house.tick(SECOND_ROUNDUP - timedelta(hours=3))
    second = house.rows("roundup")[-1]["id"]
    draft = house.sent("roundup_draft")[-1]
    assert draft.subject == "[nap] Draft of round-up 1: please look at it"
    assert f"listserv roundup edit {second} -d nap" in draft.text
    assert "# Round-up 1:" in draft.text
    house.tick(SECOND_ROUNDUP)
    house.tick(SECOND_ROUNDUP + timedelta(days=7))
    sent = house.sent("roundup", to="anna@example.net")
    assert [one.subject for one in sent] == ["[nap] Round-up 1", "[nap] Round-up 2"]
    assert [one.text.split(":")[0] for one in sent] == ["# Round-up 1", "# Round-up 2"]
    assert audited(house) == [
        (MO, "skip", "round-up 1", ""),
        ("clock", "send", "round-up 2", "as Round-up 1, 5 mails"),
        ("clock", "send", "round-up 3", "as Round-up 2, 5 mails"),
    ]
    with house.session.read() as connection:
        numbers = [roundups.number_of(connection, row) for row in house.rows("roundup")]
    assert numbers == [3, 1, 2]  # the skipped one would be the third


def test_merged_ones_leave_a_trace(house: House) -> None:
    house.tick(FRIDAY_DRAFT)
    house.released("First week.")
    house.tick(SECOND_ROUNDUP + timedelta(days=7))
    assert audited(house) == [
        ("clock", "skip", "round-up 1", "merged into round-up 2, Round-up 1"),
        ("clock", "skip", "round-up due 2008-11-14 20:00 UTC", "merged into round-up 2, Round-up 1"),
        ("clock", "send", "round-up 2", "as Round-up 1, 5 mails"),
    ]
    with pytest.raises(Refused, match="round-up 1 was already skipped by clock on 2008-11-2"):
        publish.skip(house.session, house.now, house.dialogue, 1, "mod@example.org")


def test_an_empty_one_after_the_end_leaves_a_trace(house: House) -> None:
    house.to_the_end()
    before = len(house.sent("roundup", to="anna@example.net"))
    assert before == 3, "those before the end are sent, also empty"
    house.tick(AFTER_ALL)
    assert len(house.sent("roundup", to="anna@example.net")) == before
    assert audited(house)[-1] == ("clock", "skip", "round-up due 2008-11-23 22:00 UTC", "nothing was said")


def test_the_copy_is_html_too_and_has_the_thread_of_no_module(house: House) -> None:
    house.released()
    house.tick(FRIDAY_ROUNDUP)
    one = house.sent("roundup", to="anna@example.net")[0]
    assert one.mail.get_body(("html",)) is not None
    assert one.mail["In-Reply-To"] is None


def test_a_crash_while_sending_has_sent_nothing(house: House, monkeypatch: pytest.MonkeyPatch) -> None:
    from listserv.store import audit

    house.tick(FRIDAY_DRAFT)
    before = house.tables()
    monkeypatch.setattr(audit, "record", lambda *args, **options: 1 / 0)
    with pytest.raises(ZeroDivisionError):
        house.tick(FRIDAY_ROUNDUP)
    assert house.tables() == before
    monkeypatch.undo()
    house.tick(FRIDAY_ROUNDUP)
    assert house.one("roundup")["state"] == "sent"


def test_unedited_it_is_in_the_language_of_each_reader(house: House) -> None:
    house.released("Money is scarce.", subject="Funding")
    house.tick(FRIDAY_ROUNDUP)
    (french,) = house.sent("roundup", to="boris@example.net")
    assert "# Synthèse 1\xa0: Planning for Action" in french.text
    assert "## La suite" in french.text
    assert "“Money is scarce.” (1)" in french.text
    assert "## What comes next" in text(house)
    assert house.one("roundup")["text"].count("What comes next") == 1


def test_edited_only_its_frame_is(house: House) -> None:
    house.tick(FRIDAY_DRAFT)
    publish.edit(house.session, house.now, house.dialogue, house.one("roundup")["id"], MO, "As I would have it.")
    house.tick(FRIDAY_ROUNDUP)
    (french,) = house.sent("roundup", to="boris@example.net")
    assert french.text.startswith("As I would have it.\n")
    assert "Quitter\xa0: nap-leave@talk.example" in french.text


@pytest.mark.parametrize(
    ("archive", "pages", "leads"),
    [("public", True, 1), ("participants", True, 1), ("public", False, 0), ("none", True, 0)],
)
def test_numbers_lead_to_pages_that_readers_may_open(house: House, archive: str, pages: bool, leads: int) -> None:
    house.policy(archive=archive)
    house.site = replace(house.site, pages=pages)
    house.released("Money is scarce.")
    house.tick(FRIDAY_ROUNDUP)
    one = house.sent("roundup", to="anna@example.net")[0]
    html = one.mail.get_body(("html",)).get_content()
    assert html.count('(<a href="http://127.0.0.1:8080/nap/contribution/1">1</a>)') == leads
    assert "contribution/1" not in one.text


def test_a_number_without_a_page_leads_nowhere(house: House) -> None:
    house.site = replace(house.site, pages=True)
    house.release(house.take(mail("Money is scarce.", headers={"X-No-Archive": "Yes"}))["contribution_id"])
    house.tick(FRIDAY_ROUNDUP)
    html = house.sent("roundup", to="anna@example.net")[0].mail.get_body(("html",)).get_content()
    assert "(1)" in html
    assert "contribution/1" not in html


def test_what_cannot_be_traced_is_told_and_who_is_not_to_be_quoted(house: House) -> None:
    house.released("Money is scarce in the north. The law comes first, in all of our districts, always.")
    house.released("Nobody may read this.", author="boris@example.net")
    house.session.write(lambda c: contributions.change(c, 2, {"quotable": 0}))
    edited = "“Money is scarce in the north.” (1)\n\nThe law comes first, in all of our districts, always.\n\n"
    with house.session.read() as connection:
        found = drafting.untraced(connection, house.dialogue, f"{edited}“Nobody may read this.” (2)")
    assert [(one.number, one.why) for one in found] == [
        (1, "stands in contribution 1 word for word: quote it, with (1)"),
        (2, "the author of contribution 2 does not want to be quoted"),
    ]


def test_what_its_author_withdraws_after_the_edit_is_not_sent(house: House) -> None:
    house.released("Money is scarce in the north.")
    house.released("Law comes first.", author="boris@example.net")
    house.tick(FRIDAY_DRAFT)
    with house.session.read() as connection:
        drawn = drafting.draw_up(connection, house.site, house.dialogue, house.now)
    number = house.one("roundup")["id"]
    publish.edit(house.session, house.now, house.dialogue, number, MO, drawn.text + "\nEdited.", drawn)
    house.session.write(lambda c: contributions.change(c, 1, {"quotable": 0}))
    house.tick(FRIDAY_ROUNDUP)
    assert "scarce" not in text(house)
    assert "scarce" not in house.one("roundup")["text"]
    assert "- Not quoted, at the author's wish: (1)\n- Boris, Ukraine: “Law comes first.” (2)" in text(house)
    (french,) = house.sent("roundup", to="boris@example.net")
    assert "Non cité, à la demande de l'auteur\xa0: (1)" in french.text


def edited_and_then_unnamed(house: House, text: str, attribution: Attribution) -> None:
    house.join("sally@example.net", name="Sally Moon", profile={"organisation": "Hidden House", "country": "TD"})
    one = house.released("Judges stay when ministers change.", author="Sally Moon <sally@example.net>")
    house.released("Money is scarce.")
    house.tick(FRIDAY_DRAFT)
    number = house.one("roundup")["id"]
    publish.edit(house.session, house.now, house.dialogue, number, MO, text)
    credit.set_one(house.session, house.now, one["id"], MO, Choice(attribution))


@pytest.mark.parametrize(
    ("attribution", "goes"),
    [
        (Attribution.ANONYMOUS, "- A participant: “Judges stay when ministers change.” (1)"),
        (
            Attribution.ORGANISATION,
            "- A participant, Hidden House, Chad: “Judges stay when ministers\n  change.” (1)",
        ),
    ],
)
def test_who_asked_not_to_be_named_after_the_edit_is_not(house: House, attribution: Attribution, goes: str) -> None:
    said = "- Sally Moon, Hidden House, Chad: “Judges stay when ministers\n  change.” (1)\n- Anna, Ministry"
    edited_and_then_unnamed(house, said, attribution)
    house.tick(FRIDAY_ROUNDUP)
    assert " ".join(goes.split()) in " ".join(text(house).split())
    assert "Sally" not in text(house)
    assert "- Anna, Ministry" in text(house)
    assert "Sally" not in house.one("roundup")["text"]  # what is kept of it, for archives and sister networks
    assert not [one for one in house.sent("roundup") if "Sally" in one.mail.as_string()]


def test_a_name_is_taken_out_however_it_is_written(house: House) -> None:
    edited_and_then_unnamed(house, "As SALLY\nMOON said, and Moon, Sally once more, (1).", Attribution.ANONYMOUS)
    house.tick(FRIDAY_ROUNDUP)
    assert "As A participant said, and A participant once more, (1)." in text(house)

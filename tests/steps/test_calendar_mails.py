"""The calendar's mails as the clock sends them: to whom, what they say, once each, and what comes of the answers."""

from __future__ import annotations

import re
import threading
from collections import Counter
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from listserv.core.dialogue.model import DeliveryMode, Participation
from listserv.core.dialogue.moments import CalendarRule
from listserv.steps import programme, prompt, replan, schedule
from listserv.steps.enrol import Newcomer, enrol
from listserv.store import contributions
from listserv.store.session import Session
from tests.house import CLOSING, END, FIRST_APPLY, HERE, OPENING, TUESDAY, House, folder, mail, open_house

WEDNESDAY = datetime(2008, 11, 5, 16, tzinfo=UTC)  # noon in Santo Domingo
DRAFT = WEDNESDAY - timedelta(hours=3)
THURSDAY = datetime(2008, 11, 6, 14, tzinfo=UTC)  # 10:00
RULE = {
    "midweek": "wednesday 12:00",
    "nudge": "thursday 10:00",
    "reminder": "1 day before",
    "last_call": "1 day before",
    "thanks": "3 days after 10:00",
    "review": 3 * 3600,
}
QUIET = ("dora@example.net", "emil@example.net", "fay@example.net")


@pytest.fixture
def house(tmp_path: Path) -> Iterator[House]:
    """Tuesday of module 1. Anna, Boris (French) and three more take part, Chloe gets round-ups only."""
    with open_house(folder(tmp_path)) as house:
        house.policy(calendar=CalendarRule.of(RULE).stored())
        house.now = FIRST_APPLY
        quiet = [Newcomer(one, one.partition("@")[0].title(), {"language": "es"}) for one in QUIET]
        enrol(house.session, FIRST_APPLY, house.site, house.dialogue, quiet, "test", welcome=False)
        house.now = TUESDAY
        yield house


def told(house: House, kind: str) -> dict[str, int]:
    return dict(Counter(one.to for one in house.sent(kind)))


def test_the_mid_week_note_says_what_is_covered_and_goes_to_all_who_get_the_programme(house: House) -> None:
    house.released("We need it.", author="Anna <anna@example.net>")
    first = house.rows("contribution")[0]["id"]
    house.session.write(lambda c: c.exec_driver_sql(f"UPDATE contribution SET question = 1 WHERE id = {first}"))
    house.tick(DRAFT)
    assert told(house, "midweek_draft") == {"mod@example.org": 1, "chief@example.org": 1}
    draft = house.sent("midweek_draft")[0].text
    assert "    listserv plan edit midweek-1 -d nap\n" in draft
    assert "it goes to 7 people on Wednesday 5 November 2008, 12:00" in " ".join(draft.split())
    house.tick(WEDNESDAY)
    everybody = {"anna@example.net", "boris@example.net", *QUIET, "mod@example.org", "chief@example.org"}
    assert told(house, "midweek") == dict.fromkeys(everybody, 1)
    note = next(one for one in house.sent("midweek") if one.to == "anna@example.net")
    assert note.subject == "[nap 1] Module 1 so far: what is covered, what is missing"
    assert "- Question 1, in one contribution: Is it needed?\n" in note.text
    assert "No contribution has taken up these questions so far:\n\n- Who pays?\n" in note.text
    assert note.mail.get_body(("html",)) is not None
    assert note.mail["In-Reply-To"] == house.sent("announcement")[0].mail["Message-ID"]
    house.tick(WEDNESDAY)
    assert set(told(house, "midweek").values()) == {1}


def test_nobody_is_told_that_a_question_is_open_which_unmarked_words_may_answer(house: House) -> None:
    house.released("We need it.", author="Anna <anna@example.net>")
    first = house.rows("contribution")[0]["id"]
    house.session.write(lambda c: c.exec_driver_sql(f"UPDATE contribution SET question = 1 WHERE id = {first}"))
    house.released("Our ministry of finance pays; who pays elsewhere?", author="Boris <boris@example.net>")
    house.tick(WEDNESDAY)
    note = next(one for one in house.sent("midweek") if one.to == "anna@example.net")
    assert "- Question 1, in one contribution: Is it needed?\n" in note.text
    assert "Who pays?" not in note.text  # neither open nor, before a moderator says so, taken up


def test_regions_and_sectors_nobody_has_written_from_are_named_if_enough_people_are_of_them(house: House) -> None:
    enrol(
        *(house.session, house.now, house.site, house.dialogue),
        [Newcomer(f"sn{n}@example.net", f"S {n}", {"country": "SN", "sector": "media"}) for n in range(3)]
        + [Newcomer(f"fj{n}@example.net", f"F {n}", {"country": "FJ", "sector": "army"}) for n in range(2)],
        "test",
        welcome=False,
    )
    house.released("We need it.", author="Anna <anna@example.net>")
    house.tick(WEDNESDAY)
    got = {one.to: " ".join(one.text.split()) for one in house.sent("midweek")}
    assert "nobody from there has written in this module yet: Western Africa." in got["anna@example.net"]
    assert "from these sectors: media." in got["anna@example.net"]
    assert "aucune n'a encore écrit dans ce module : Afrique occidentale." in got["boris@example.net"]
    assert "Melanesia" not in got["anna@example.net"]


def test_an_edited_note_goes_word_for_word_in_each_readers_frame(house: House) -> None:
    entry = schedule.find(house.session, house.dialogue, "midweek-1")
    replan.edit(
        house.session, house.now, house.dialogue, entry, "mod@example.org", "Only Africa has written.\n{{ 7 * 7 }}"
    )
    house.tick(WEDNESDAY)
    english, french = (
        next(one.text for one in house.sent("midweek") if one.to == to)
        for to in ("anna@example.net", "boris@example.net")
    )
    assert english.startswith(
        "Dear participants,\n\nOnly Africa has written.\n{{ 7 * 7 }}\n\n-- \nPlanning for Action\nTo answer"
    )
    assert french.startswith(
        "Chères participantes, chers participants,\n\nOnly Africa has written.\n{{ 7 * 7 }}\n\n-- \n"
    )
    assert "Répondez" in french or "répondez" in french


def test_a_skipped_opening_opens_the_module_without_a_mail(house: House) -> None:
    entry = schedule.find(house.session, house.dialogue, "open-2")
    replan.skip(house.session, house.now, house.dialogue, entry, "mod@example.org")
    house.to_the_end()
    assert [one["opened_at"] is not None for one in house.rows("module")] == [True, True, True]
    assert {one.subject[:7] for one in house.sent("announcement")} == {"[nap 1]", "[nap 3]"}


def test_quiet_people_are_nudged_once_a_module_and_their_answer_is_a_contribution_to_it(house: House) -> None:
    house.released("We need it.", author="Anna <anna@example.net>")
    house.set("emil@example.net", status=Participation.PAUSED)
    house.tick(THURSDAY)
    assert told(house, "nudge") == {"boris@example.net": 1, "dora@example.net": 1, "fay@example.net": 1}
    nudge = next(one for one in house.sent("nudge") if one.to == "dora@example.net")
    assert (nudge.mail["Reply-To"], nudge.mail["To"]) == (HERE, "Dora <dora@example.net>")
    assert "List-Unsubscribe" not in nudge.mail
    assert "emil" not in nudge.text
    assert "boris" not in nudge.text
    house.tick(THURSDAY)
    assert set(told(house, "nudge").values()) == {1}
    house.now = CLOSING + timedelta(days=1)  # in grace: by its Message-ID alone it belongs to module 1
    answer = house.contribute(
        "Here it is done so.",
        author="Dora <dora@example.net>",
        subject="Hello",
        answers=nudge.mail["Message-ID"],
    )
    assert answer["module"] == 1


def test_no_reminders_is_one_word_in_answer_and_taken_back_by_another(house: House) -> None:
    house.tick(THURSDAY)
    nudge = next(one for one in house.sent("nudge") if one.to == "dora@example.net")
    (offered,) = re.findall(r"responda solo con: (.+?) Salir", " ".join(nudge.text.split()))
    author = "Dora <dora@example.net>"
    row = house.take(mail(offered, author=author, answers=nudge.mail["Message-ID"]), sender="dora@example.net")
    assert (row["outcome"], row["reason"]) == ("command", "no reminders")
    assert house.part("dora@example.net")["nudges"] == 0
    letter = house.sent("reminders")[0]
    assert "recordatorios" in letter.text
    house.take(mail("recordatorios", author=author, answers=letter.mail["Message-ID"]), sender="dora@example.net")
    assert house.part("dora@example.net")["nudges"] == 1
    assert not house.rows("contribution")


def test_who_writes_very_often_is_asked_once_a_module_to_leave_room(house: House) -> None:
    house.policy(calendar=CalendarRule.of({**RULE, "frequent": 2}).stored())
    for n in range(4):
        house.contribute(f"Thought {n}.", author="Anna <anna@example.net>", subject=f"Thought {n}")
        house.tick(house.now + timedelta(minutes=10))
    assert told(house, "frequent") == {"anna@example.net": 1}
    assert "You have written 3 contributions to module 1." in house.sent("frequent")[0].text


def test_before_the_start_who_has_not_answered_is_asked_again_and_all_are_asked_to_check_in(tmp_path: Path) -> None:
    with open_house(folder(tmp_path, running=False)) as house:
        house.policy(
            calendar=CalendarRule.of({"invitation_again": "12 hours before", "checkin": "6 hours before"}).stored()
        )
        house.now = FIRST_APPLY
        house.join("anna@example.net")
        for to in ("gil@example.net", "hal@example.net"):
            enrol(house.session, house.now, house.site, house.dialogue, [Newcomer(to)], "test", invite=True)
        house.set("hal@example.net", status=Participation.DECLINED)
        for at in (OPENING - timedelta(hours=12), OPENING - timedelta(hours=6), OPENING - timedelta(hours=1)):
            house.tick(at)
            house.tick(at)
        assert told(house, "invitation") == {"gil@example.net": 2, "hal@example.net": 1}
        assert told(house, "checkin") == {"anna@example.net": 1}


def test_the_end_last_call_to_the_programme_thanks_also_to_those_who_read_round_ups(house: House) -> None:
    house.released("We need it.", author="Anna <anna@example.net>")
    house.set("fay@example.net", delivery=DeliveryMode.NONE)
    house.to_the_end()
    for at in (END + timedelta(days=1), END + timedelta(days=6), END + timedelta(days=6)):
        house.tick(at)
    assert told(house, "last_call").keys() & {"chloe@example.net", "fay@example.net"} == set()
    call = next(one for one in house.sent("last_call") if one.to == "anna@example.net")
    assert call.subject.startswith("[nap 3] Last call: until ")
    assert told(house, "thanks")["chloe@example.net"] == 1
    assert "fay@example.net" not in told(house, "thanks")
    thanks = next(one for one in house.sent("thanks") if one.to == "anna@example.net")
    figures = "- 1 contribution\n- by 1 person, of 6 taking part\n- that is 17 % of those who take part\n"
    assert figures + "- from 1 country\n" in thanks.text
    assert set(told(house, "thanks").values()) == {1}


def test_what_came_after_the_last_round_up_is_told_with_thanks(house: House) -> None:
    house.released("We need it.", author="Anna <anna@example.net>")
    house.to_the_end()
    house.tick(END + timedelta(days=2))
    late = [
        house.contribute("Held too long.", author="Boris <boris@example.net>"),
        house.contribute("And not to be quoted.", author="Chloe <chloe@example.net>"),
    ]
    house.session.write(lambda connection: contributions.change(connection, late[1]["id"], {"quotable": 0}))
    house.tick(END + timedelta(days=2, hours=1))
    for one in late:
        house.release(one["id"])
    house.tick(END + timedelta(days=6))
    thanks = {one.to: one.text for one in house.sent("thanks")}
    assert "After the last round-up there still came: Boris (2), A participant (3)\n" in thanks["anna@example.net"]
    assert "Boris (2)" in thanks["boris@example.net"]  # in French


def test_all_is_told_where_the_last_round_up_has_it(house: House) -> None:
    house.released("We need it.", author="Anna <anna@example.net>")
    house.to_the_end()
    house.tick(END + timedelta(days=6))
    assert "round-up" not in house.sent("thanks")[0].text


def test_a_new_setting_makes_up_for_nothing(house: House) -> None:
    """The mid-week note is switched on on Friday: Wednesday's is past."""
    from listserv.cli.planned import planned
    from listserv.config import load
    from listserv.steps import apply

    house.policy(calendar={})
    toml = house.place / "listserv.toml"
    toml.write_text(toml.read_text().replace('midweek = "off"', 'midweek = "wednesday 12:00"'))
    friday = WEDNESDAY + timedelta(days=2)
    wanted = planned(load(toml, {}).dialogues[0])
    assert "nap: calendar.midweek 'off' -> 'wednesday 12:00'" in apply.difference(house.session, wanted, friday)
    apply.apply(house.session, friday, wanted, "test")
    house.tick(friday)
    assert house.sent("midweek") == []
    states = {one.id: one.state for one in schedule.entries(house.session, house.dialogue)}
    assert (states["midweek-1"], states["midweek-2"]) == (schedule.State.LEFT_OUT, schedule.State.PLANNED)


def test_two_clocks_at_once_send_each_mail_once(house: House) -> None:
    house.tick(WEDNESDAY)
    other = Session(str(house.session.url))
    barrier = threading.Barrier(2)

    def run(session: Session) -> None:
        barrier.wait()
        programme.tick(session, THURSDAY, house.site)

    try:
        clocks = [threading.Thread(target=run, args=(one,)) for one in (house.session, other)]
        for one in clocks:
            one.start()
        for one in clocks:
            one.join()
    finally:
        other.close()
    assert told(house, "nudge") == dict.fromkeys(("anna@example.net", "boris@example.net", *QUIET), 1)
    assert [row["state"] for row in house.rows("occurrence", kind="nudge")] == ["done"]


def test_a_run_cut_short_goes_on_where_it_was(house: House, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(prompt, "CHUNK", 2)
    made = prompt.nudge

    def dies(*arguments: Any) -> Any:
        if arguments[4].address == "emil@example.net":
            raise RuntimeError("killed")
        return made(*arguments)

    monkeypatch.setattr(prompt, "nudge", dies)
    with pytest.raises(RuntimeError, match="killed"):
        house.tick(THURSDAY)
    before = told(house, "nudge")
    assert len(before) == 2
    monkeypatch.setattr(prompt, "nudge", made)
    house.tick(THURSDAY + timedelta(minutes=1))
    assert set(told(house, "nudge").values()) == {1}
    assert len(told(house, "nudge")) == 5


def test_one_skipped_just_as_it_is_made_ready_is_not_sent(house: House, monkeypatch: pytest.MonkeyPatch) -> None:
    made = prompt.nudge

    def skipped_meanwhile(*arguments: Any) -> Any:
        entry = schedule.find(house.session, house.dialogue, "nudge-1")
        if entry.change is None:
            replan.skip(house.session, house.now, house.dialogue, entry, "mod@example.org")
        return made(*arguments)

    monkeypatch.setattr(prompt, "nudge", skipped_meanwhile)
    house.tick(THURSDAY)
    house.tick(THURSDAY + timedelta(minutes=1))
    assert told(house, "nudge") == {}
    assert [row["state"] for row in house.rows("occurrence", kind="nudge")] == ["skipped"]

"""What the clock does: each thing once, in order (DESIGN §3)."""

from __future__ import annotations

import threading
from collections import Counter
from datetime import timedelta
from email.utils import parsedate_to_datetime

import pytest

from listserv.errors import Refused
from listserv.steps import programme, switchover
from listserv.steps.enrol import Newcomer, enrol
from listserv.store import dialogues
from tests.house import (
    AFTER_ALL,
    CLOSING,
    END,
    FIRST_APPLY,
    FRIDAY_DRAFT,
    FRIDAY_ROUNDUP,
    OPENING,
    SECOND,
    SECOND_CLOSING,
    THIRD,
    TUESDAY,
    House,
    open_house,
)


def happened(house: House) -> list[tuple[str, str, int, str]]:
    rows = house.rows("occurrence")
    return [(one["kind"], one["subject"], one["round"], one["state"]) for one in rows if ":" not in one["kind"]]


def mailed(house: House) -> Counter[str]:
    return Counter(one["kind"] for one in house.rows("mailing"))


def test_before_its_time_nothing_happens(empty_house: House) -> None:
    assert empty_house.tick(OPENING - timedelta(seconds=1)) == 0
    assert empty_house.rows("mailing") == []
    assert programme.next_at(empty_house.session, "nap") == OPENING


def test_each_thing_once_whatever_the_clock_does(empty_house: House) -> None:
    house = empty_house
    house.join("anna@example.net", name="Anna")
    at = OPENING
    while at <= END + timedelta(days=3):
        house.tick(at)
        house.tick(at)
        at += timedelta(hours=3)
    house.tick(OPENING)
    assert happened(house) == [
        ("open", "1", 0, "done"),
        ("reminder", "1", 0, "done"),
        ("draft", "roundup", 1, "done"),
        ("roundup", "roundup", 1, "done"),
        ("close", "1", 0, "done"),
        ("open", "2", 0, "done"),
        ("reminder", "2", 0, "done"),
        ("draft", "roundup", 2, "done"),
        ("roundup", "roundup", 2, "done"),
        ("close", "2", 0, "done"),
        ("open", "3", 0, "done"),
        ("reminder", "3", 0, "done"),
        ("draft", "roundup", 3, "done"),
        ("roundup", "roundup", 3, "done"),
        ("close", "3", 0, "done"),
        ("draft", "roundup", 4, "skipped"),
        ("roundup", "roundup", 4, "skipped"),
    ]
    kinds = mailed(house)
    assert {kind: kinds[kind] for kind in ("announcement", "reminder", "closing", "roundup", "roundup_draft")} == {
        "announcement": 3,
        "reminder": 3,
        "closing": 3,
        "roundup": 3,
        "roundup_draft": 6,  # to two moderators
    }
    assert programme.next_at(house.session, "nap") is None


def test_less_mail_is_offered_while_more_is_to_come(house: House) -> None:
    house.released("We need it.")
    house.to_the_end()
    house.released("One word more, while it counts.")
    offered = ['"daily" or "roundup"' in one.text for one in house.sent("contribution", to="anna@example.net")]
    assert offered == [True, False]


def test_after_an_outage_what_is_due_is_done_once_in_order(empty_house: House) -> None:
    house = empty_house
    house.join("anna@example.net", name="Anna")
    house.tick(AFTER_ALL)
    house.tick(AFTER_ALL)
    switched = [one for one in happened(house) if one[0] in ("open", "close")]
    assert switched == [(kind, str(n), 0, "done") for n in (1, 2, 3) for kind in ("open", "close")]
    rounds = [(one[2], one[3]) for one in happened(house) if one[0] == "roundup"]
    assert rounds == [(1, "skipped"), (2, "skipped"), (3, "skipped"), (4, "skipped")]  # all is over, nothing was said
    assert {state for kind, _, _, state in happened(house) if kind == "draft"} == {"skipped"}
    assert {state for kind, _, _, state in happened(house) if kind == "reminder"} == {"skipped"}
    assert mailed(house)["roundup"] == mailed(house)["roundup_draft"] == 0
    assert mailed(house)["announcement"] == mailed(house)["closing"] == 3
    assert mailed(house)["reminder"] == 0


def test_an_opening_opens_the_module_and_mails_everybody_who_gets_each(house: House) -> None:
    house.tick(SECOND)
    module = house.dialogue.module(2)
    assert module is not None
    assert (module.opened_at, house.one("module", number=1)["closed_at"]) == (SECOND, CLOSING)
    second = [one for one in house.sent("announcement") if one.subject.startswith("[nap 2]")]
    assert sorted(one.to for one in second) == [
        "anna@example.net",
        "boris@example.net",
        "chief@example.org",
        "mod@example.org",
    ]
    assert "Drafting" in second[0].text


def test_a_late_clock_records_the_instants_planned_and_dates_its_mail_now(empty_house: House) -> None:
    house = empty_house
    house.join("anna@example.net", name="Anna")
    late = THIRD - timedelta(minutes=90)
    house.tick(late)
    first, second, third = house.dialogue.modules
    assert (first.opened_at, first.closed_at) == (OPENING, CLOSING)
    assert (second.opened_at, second.closed_at) == (SECOND, SECOND_CLOSING)
    assert third.opened_at is None
    assert {parsedate_to_datetime(one.mail["Date"]) for one in house.sent("closing")} == {late}


def test_grace_counts_from_the_planned_close_however_late_the_clock_is(house: House) -> None:
    house.tick(CLOSING + timedelta(minutes=90))
    (closing,) = house.sent("closing", to="anna@example.net")
    assert "still count until Sunday 9 November 2008, 18:00" in " ".join(closing.text.split())
    module = house.dialogue.modules[0]
    end = CLOSING + house.dialogue.policy.grace
    states = [module.state(end + timedelta(seconds=n), house.dialogue.policy.grace).value for n in (-1, 0)]
    assert states == ["grace", "closed"]


def test_a_closing_mail_after_the_grace_promises_none(house: House) -> None:
    house.tick(CLOSING + house.dialogue.policy.grace)
    assert "still count until" not in " ".join(house.sent("closing", to="anna@example.net")[0].text.split())


def test_a_close_moved_ahead_of_a_late_opening_stays_behind_it(house: House) -> None:
    opened = OPENING + timedelta(hours=20)
    columns = {"opened_at": opened, "closes_at": opened - timedelta(hours=1)}
    house.session.write(lambda c: dialogues.set_module(c, house.dialogue.id, 1, columns))
    house.tick(TUESDAY)
    assert house.dialogue.modules[0].closed_at == opened


def test_what_is_switched_by_hand_has_switched_then(house: House) -> None:
    moves = [("close", 1), ("open", 2)]
    switchover.by_hand(house.session, house.now, house.site, house.dialogue, moves, "mod@example.org")
    first, second, _ = house.dialogue.modules
    assert first.closed_at == second.opened_at == house.now == TUESDAY
    until = " ".join(house.sent("closing", to="anna@example.net")[0].text.split())
    assert "still count until Thursday 6 November 2008, 11:00" in until


def test_a_draft_whose_round_up_is_due_as_well_is_not_shown(house: House) -> None:
    house.released()
    house.tick(FRIDAY_ROUNDUP)
    assert ("draft", "roundup", 1, "skipped") in happened(house)
    assert mailed(house)["roundup_draft"] == 0
    assert mailed(house)["roundup"] == 1


def test_several_clocks_at_once_do_each_thing_once(empty_house: House) -> None:
    start = threading.Barrier(3)

    def clock() -> None:
        with open_house(empty_house.place) as mine:
            start.wait()
            mine.tick(CLOSING)

    threads = [threading.Thread(target=clock) for _ in range(3)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert mailed(empty_house)["announcement"] == mailed(empty_house)["closing"] == 1
    keys = [one[:3] for one in happened(empty_house)]
    assert len(keys) == len(set(keys))


def test_a_crash_half_way_has_done_nothing(empty_house: House, monkeypatch: pytest.MonkeyPatch) -> None:
    from listserv.store import audit

    before = empty_house.tables()
    monkeypatch.setattr(audit, "record", lambda *args, **options: 1 / 0)
    with pytest.raises(ZeroDivisionError):
        empty_house.tick(OPENING)
    assert empty_house.tables() == before
    monkeypatch.undo()
    assert empty_house.tick(OPENING) == 1


class TestByHand:
    def moves(self, house: House, *moves: tuple[str, int]) -> None:
        switchover.by_hand(house.session, house.now, house.site, house.dialogue, moves, "mod@example.org")

    def states(self, house: House) -> list[str]:
        return [one.state(house.now, house.dialogue.policy.grace).value for one in house.dialogue.modules]

    def test_advance_closes_and_opens_in_one_transaction(self, house: House, monkeypatch: pytest.MonkeyPatch) -> None:
        from listserv.store import dialogues

        before = house.tables()
        monkeypatch.setattr(dialogues, "open_now", lambda *args, **options: 1 / 0)
        with pytest.raises(ZeroDivisionError):
            self.moves(house, ("close", 1), ("open", 2))
        assert house.tables() == before
        monkeypatch.undo()
        self.moves(house, ("close", 1), ("open", 2))
        assert self.states(house) == ["grace", "open", "planned"]

    def test_what_was_done_by_hand_the_clock_does_not_repeat(self, house: House) -> None:
        self.moves(house, ("close", 1), ("open", 2))
        house.tick(SECOND)
        assert mailed(house)["announcement"] == 2
        assert mailed(house)["closing"] == 1

    def test_twice_is_refused(self, house: House) -> None:
        dialogue = house.dialogue
        self.moves(house, ("close", 1))
        before = house.tables()
        with pytest.raises(Refused, match="somebody else has just switched over"):
            switchover.by_hand(house.session, house.now, house.site, dialogue, [("close", 1)], "chief@example.org")
        assert house.tables() == before

    def test_a_reopened_module_is_announced_and_closed_once_more(self, house: House) -> None:
        house.tick(CLOSING)
        self.moves(house, ("reopen", 1))
        assert self.states(house)[0] == "open"
        assert mailed(house)["announcement"] == 2
        first, second = (one for one in house.sent("announcement", to="anna@example.net"))
        assert first.subject == "[nap 1] Module 1 opens: Getting started"
        assert second.subject == "[nap 1] Module 1 re-opens: Getting started"
        assert "is open once more" in " ".join(second.text.split())
        closes = house.one("module", number=1)["closes_at"]
        assert closes > house.now
        house.tick(closes)
        assert [one for one in happened(house) if one[0] == "close" and one[1] == "1"] == [
            ("close", "1", 0, "done"),
            ("close", "1", 1, "done"),
        ]

    def test_extending_moves_the_close(self, house: House) -> None:
        until = CLOSING + timedelta(hours=30)
        switchover.extend(house.session, house.now, house.dialogue, 1, until, "mod@example.org")
        house.tick(CLOSING)
        assert self.states(house)[0] == "open"
        house.tick(until)
        assert self.states(house)[0] == "grace"

    @pytest.mark.parametrize("until", [TUESDAY, OPENING - timedelta(days=1), SECOND + timedelta(hours=1)])
    def test_extending_to_a_time_that_cannot_be(self, house: House, until: object) -> None:
        before = house.tables()
        with pytest.raises(Refused):
            switchover.extend(house.session, house.now, house.dialogue, 1, until, "mod@example.org")  # type: ignore[arg-type]
        assert house.tables() == before


def test_the_closing_mail_counts_what_was_said(house: House) -> None:
    house.released()
    house.released("More.")
    house.released("Other.", author="boris@example.net")
    house.tick(CLOSING)
    text = " ".join(house.sent("closing", to="anna@example.net")[0].text.split())
    assert "3 contributions" in text
    assert "2 people" in text or "2 participants" in text or "2 contributors" in text, text


def test_reminders_go_out_in_the_readers_language(house: House) -> None:
    house.tick(FRIDAY_DRAFT)
    (french,) = house.sent("reminder", to="boris@example.net")
    (english,) = house.sent("reminder", to="anna@example.net")
    assert french.text != english.text
    assert french.mail["Message-ID"] == english.mail["Message-ID"]


def test_who_joins_before_the_start_gets_no_announcement_yet(empty_house: House) -> None:
    assert empty_house.now == FIRST_APPLY
    newcomer = Newcomer("anna@example.net", "Anna")
    enrol(empty_house.session, FIRST_APPLY, empty_house.site, empty_house.dialogue, [newcomer], "test")
    assert [one.kind for one in empty_house.sent(to="anna@example.net")] == ["welcome"]
    empty_house.tick(OPENING)
    assert [one.kind for one in empty_house.sent(to="anna@example.net")] == ["welcome", "announcement"]


def test_round_ups_wait_for_their_time(house: House) -> None:
    house.tick(FRIDAY_ROUNDUP - timedelta(seconds=1))
    assert mailed(house)["roundup"] == 0
    house.tick(FRIDAY_ROUNDUP)
    assert mailed(house)["roundup"] == 1

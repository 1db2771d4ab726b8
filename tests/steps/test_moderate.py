"""What moderators decide: each decision is one transaction, and a second moderator hears who was first (DESIGN §7)."""

from __future__ import annotations

import threading
from collections import Counter
from collections.abc import Callable
from datetime import timedelta
from functools import partial

import pytest

from listserv.errors import Refused
from listserv.steps import amend, give_back, moderate
from listserv.store import leases, turns
from listserv.store import outbox as outbox_table
from tests.house import HERE, LEFT, PAUSED, TUESDAY, House, mail, open_house

MO, CHIEF = "mod@example.org", "chief@example.org"


class TestRelease:
    def test_state_number_copies_outcome_and_audit(self, house: House) -> None:
        row = house.contribute(subject="Plans", message_id="<mine@example.net>")
        done = house.release(row["id"], MO)
        assert (done.number, done.recipients) == (1, 4)
        row = house.contribution(row["id"])
        assert (row["state"], row["number"], row["decided_by"], row["decided_at"]) == ("released", 1, MO, TUESDAY)
        assert house.one("inbox", contribution_id=row["id"])["outcome"] == "released"
        entry = house.rows("audit")[-1]
        assert (entry["actor"], entry["action"], entry["subject"], entry["reason"]) == (
            MO,
            "release",
            f"contribution {row['id']}",
            "as number 1, 4 mails",
        )

    def test_copies_go_to_active_each_only_their_author_among_them(self, house: House) -> None:
        house.join("pia@example.net", name="Pia")
        house.set("pia@example.net", status=PAUSED)
        house.join("leo@example.net", name="Leo")
        house.set("leo@example.net", status=LEFT)
        house.released()
        to = sorted(one.to for one in house.sent("contribution"))
        assert to == ["anna@example.net", "boris@example.net", CHIEF, MO]

    def test_the_mail_as_it_goes_out(self, house: House) -> None:
        row = house.released("We need a plan.", subject="Plans", message_id="<mine@example.net>")
        announcement = house.one("mailing", kind="announcement")["message_id"]
        one = next(one for one in house.sent("contribution") if one.to == "anna@example.net")
        assert one.subject == "[nap 1] Plans"
        assert str(one.mail["From"]) == "Anna via Planning for Action <nap@talk.example>"
        assert one.mail["Message-ID"] == "<mine@example.net>"
        assert one.mail["References"] == one.mail["In-Reply-To"] == announcement
        assert one.mail["Reply-To"] == house.site.addresses.reply("nap", row["id"])
        assert one.mail["X-Contribution"] == "1"
        assert "We need a plan." in one.text
        assert "Anna, Ministry, France" in one.text

    def test_an_answer_is_threaded_beneath_what_it_answers(self, house: House) -> None:
        first = house.released(subject="Plans")
        house.released("Yes.", author="boris@example.net", answers=first["message_id"], subject="Re: [nap 1] Plans")
        announcement = house.one("mailing", kind="announcement")["message_id"]
        one = house.sent("contribution", to="anna@example.net")[-1]
        assert one.subject == "[nap 1] Re: Plans"
        assert str(one.mail["References"]).split() == [announcement, first["message_id"]]
        assert one.mail["In-Reply-To"] == first["message_id"]

    def test_bodies_are_the_same_for_all_of_a_language(self, house: House) -> None:
        house.released()
        mailing = house.one("mailing", kind="contribution")
        assert [one["language"] for one in house.rows("rendering", mailing_id=mailing["id"])] == ["en", "fr"]
        assert "Contribution 1" in house.sent("contribution", to="boris@example.net")[0].text

    def test_a_late_joiner_gets_the_welcome_and_the_open_modules_announcement(self, house: House) -> None:
        house.released()
        house.join("pia@example.net", name="Pia")
        assert [one.kind for one in house.sent(to="pia@example.net")] == ["welcome", "announcement"]
        first = house.one("mailing", kind="announcement")["message_id"]
        assert house.sent("announcement", to="pia@example.net")[0].mail["Message-ID"] == first

    def test_wait_holds_the_copies_back(self, house: House) -> None:
        row = house.contribute()
        house.session.write(lambda c: c.exec_driver_sql("UPDATE delivery SET state = 'sent'"))
        moderate.release(house.session, house.now, house.site, row["id"], MO, wait=3600)
        assert house.session.write(lambda c: leases.claim(c, 100, 60.0)) == []
        with house.session.read() as connection:
            assert 3500 < (turns.next_due_in(connection) or 0) <= 3600
            copies, remains = outbox_table.on_its_way(connection, row["id"])
        assert copies == 4
        assert remains is not None
        assert 3500 < remains <= 3600

    def test_how_long_a_release_can_be_taken_back(self, house: House) -> None:
        row, other = house.contribute(), house.contribute()
        moderate.release(house.session, house.now, house.site, row["id"], MO)
        with house.session.read() as connection:
            assert outbox_table.on_its_way(connection, row["id"]) == (4, None)
            assert outbox_table.on_its_way(connection, other["id"]) == (0, None)
        moderate.release(house.session, house.now, house.site, other["id"], MO, wait=60)
        house.session.write(lambda c: c.exec_driver_sql("UPDATE delivery SET epoch = 1"))
        with house.session.read() as connection:
            assert outbox_table.on_its_way(connection, other["id"]) == (4, None), "one has been claimed"

    def test_what_waits_for_the_next_module_is_refused_with_what_to_do(self, house: House) -> None:
        row = house.contribute()
        house.session.write(lambda c: c.exec_driver_sql("UPDATE contribution SET module = NULL"))
        house.session.write(lambda c: c.exec_driver_sql("UPDATE module SET closed_at = opens_at, opened_at = opens_at"))
        with pytest.raises(Refused, match=f"listserv queue move {row['id']} --module N"):
            house.release(row["id"])


class TestOneTransaction:
    """A failure anywhere between: nothing is there."""

    @pytest.mark.parametrize(
        "point", ["contributions.change", "inbox.outcome_of", "outbox.add_mailing", "fanout.fan_out", "audit.record"]
    )
    @pytest.mark.parametrize("late", [False, True], ids=["before", "after"])
    def test_release(self, house: House, monkeypatch: pytest.MonkeyPatch, point: str, late: bool) -> None:
        row = house.contribute()
        before = house.tables()
        _break(monkeypatch, point, late)
        with pytest.raises(ZeroDivisionError):
            house.release(row["id"])
        assert house.tables() == before
        monkeypatch.undo()
        assert house.release(row["id"]).number == 1

    @pytest.mark.parametrize("point", ["contributions.change", "outbox.add_delivery", "audit.record"])
    def test_return(self, house: House, monkeypatch: pytest.MonkeyPatch, point: str) -> None:
        row = house.contribute()
        before = house.tables()
        _break(monkeypatch, point, True)
        with pytest.raises(ZeroDivisionError):
            give_back.give_back(house.session, house.now, house.site, row["id"], MO, "shorter, please")
        assert house.tables() == before


def _break(monkeypatch: pytest.MonkeyPatch, point: str, late: bool) -> None:
    from importlib import import_module

    file, name = point.split(".")
    module = import_module(f"listserv.store.{file}")
    real = getattr(module, name)

    def broken(*args: object, **options: object) -> None:
        if late:
            real(*args, **options)
        raise ZeroDivisionError

    monkeypatch.setattr(module, name, broken)


def test_parallel_releases_get_gapless_numbers_each_once(house: House) -> None:
    ids = [house.contribute(f"Thought {i}.")["id"] for i in range(6)]
    done: list[tuple[int, int]] = []
    refused: list[str] = []
    start = threading.Barrier(4)

    def moderator(name: str, order: list[int]) -> None:
        with open_house(house.place) as mine:
            start.wait()
            for number in order:
                try:
                    done.append((number, mine.release(number, name).number))
                except Refused as error:
                    refused.append(str(error))

    orders = [ids, ids[::-1], ids[3:] + ids[:3], ids[::2] + ids[1::2]]
    threads = [threading.Thread(target=moderator, args=(f"m{i}@example.org", order)) for i, order in enumerate(orders)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sorted(contribution for contribution, _ in done) == ids
    assert sorted(number for _, number in done) == [1, 2, 3, 4, 5, 6]
    assert len(refused) == 3 * len(ids)
    copies = Counter((one.mail["Message-ID"], one.to) for one in house.sent("contribution"))
    assert set(copies.values()) == {1}
    assert len(copies) == 6 * 4
    for number in ids:
        row = house.contribution(number)
        assert row["number"] == dict(done)[number]
        text = next(one for one in house.sent("contribution") if one.mail["Message-ID"] == row["message_id"]).text
        assert f"Contribution {row['number']} " in text  # rendered with the number it got


Decision = Callable[[House, int, str], object]

DECISIONS: dict[str, Decision] = {
    "release": lambda h, i, who: h.release(i, who),
    "return": lambda h, i, who: give_back.give_back(h.session, h.now, h.site, i, who, "why"),
    "discard": lambda h, i, who: moderate.discard(h.session, h.now, i, who),
    "edit": lambda h, i, who: amend.edit(h.session, h.now, i, who, "Other words.", "Plans"),
    "move": lambda h, i, who: amend.move(h.session, h.now, i, who, 2),
    "claim": lambda h, i, who: amend.claim(h.session, h.now, i, who),
    "unclaim": lambda h, i, who: amend.unclaim(h.session, h.now, i, who),
}
ENDS = {"release": "released", "return": "returned", "discard": "discarded"}


@pytest.mark.parametrize("second", DECISIONS)
@pytest.mark.parametrize("first", ENDS)
def test_the_second_moderator_hears_who_was_first(house: House, first: str, second: str) -> None:
    row = house.contribute()
    DECISIONS[first](house, row["id"], MO)
    before = house.tables()
    number = " as number 1" if first == "release" else ""
    expected = f"contribution {row['id']} was already {ENDS[first]} by {MO} on 2008-11-04 15:00 UTC{number}"
    with pytest.raises(Refused) as refused:
        DECISIONS[second](house, row["id"], CHIEF)
    assert str(refused.value) == expected
    assert house.tables() == before


@pytest.mark.parametrize("decision", DECISIONS)
def test_an_id_that_is_none(house: House, decision: str) -> None:
    with pytest.raises(Refused, match=r"^there is no contribution with id 99; see: listserv queue list$"):
        DECISIONS[decision](house, 99, MO)


class TestReturn:
    def test_the_author_gets_the_reason_and_their_own_text(self, house: House) -> None:
        row = house.contribute("My own words.\n\nIn two parts.")
        give_back.give_back(house.session, house.now, house.site, row["id"], MO, "Please name the country.")
        (told,) = house.sent("returned")
        assert told.to == "anna@example.net"
        assert "  Please name the country." in told.text
        assert "\n\nMy own words.\n\nIn two parts.\n\n=" in told.text, "ready to mend"
        assert told.mail["In-Reply-To"] == row["message_id"]
        inbox_id = house.one("inbox", contribution_id=row["id"])["id"]
        assert told.mail["Reply-To"] == house.site.addresses.author("nap", inbox_id)
        assert MO not in told.mail.as_string()
        assert house.one("inbox", contribution_id=row["id"])["outcome"] == "refused"

    def test_their_own_text_also_when_it_had_been_edited(self, house: House) -> None:
        row = house.contribute("As she wrote it.")
        amend.edit(house.session, house.now, row["id"], MO, "As we would have it.", "Plans")
        give_back.give_back(house.session, house.now, house.site, row["id"], MO, "No.")
        (told,) = house.sent("returned")
        assert "As she wrote it." in told.text
        assert "As we would have it." not in told.text

    @pytest.mark.parametrize("reason", ["", "  \n"])
    def test_without_a_reason_it_is_refused(self, house: House, reason: str) -> None:
        row = house.contribute()
        with pytest.raises(Refused, match="--reason TEXT"):
            give_back.give_back(house.session, house.now, house.site, row["id"], MO, reason)

    def test_a_strangers_too(self, house: House) -> None:
        row = house.contribute(author="eve@elsewhere.example")
        give_back.give_back(house.session, house.now, house.site, row["id"], MO, "Join first.")
        assert [one.to for one in house.sent("returned")] == ["eve@elsewhere.example"]


def test_discard_writes_to_nobody_and_keeps_the_mail(house: House) -> None:
    row = house.contribute()
    before = len(house.sent())
    moderate.discard(house.session, house.now, row["id"], MO, "advertising")
    assert len(house.sent()) == before
    assert house.contribution(row["id"])["text"].strip() == "We need a plan."
    assert len(house.rows("raw")) == 1
    assert house.rows("audit")[-1]["reason"] == "advertising"


class TestEdit:
    def test_the_authors_text_is_kept_through_any_number_of_edits(self, house: House) -> None:
        row = house.contribute("First words.")
        assert amend.edit(house.session, house.now, row["id"], MO, "Second words.", "Plans")
        assert amend.edit(house.session, house.now, row["id"], CHIEF, "Third and last words.", "Better plans")
        row = house.contribution(row["id"])
        assert (row["text"], row["original"].strip(), row["subject"], row["words"]) == (
            "Third and last words.\n",
            "First words.",
            "Better plans",
            4,
        )
        house.release(row["id"])
        one = house.sent("contribution")[0]
        assert "Third and last words." in one.text
        assert "First words." not in one.text

    def test_what_somebody_else_has_edited_meanwhile_is_not_undone(self, house: House) -> None:
        row = house.contribute("One.")
        version = amend.version(row)
        edit = partial(amend.edit, house.session, house.now, row["id"])
        assert edit(CHIEF, "Two.", "Plans", made_from=version)
        with pytest.raises(Refused, match=f"^contribution {row['id']} was edited by somebody else meanwhile"):
            edit(MO, "Three.", "Plans", made_from=version)
        assert not edit(MO, "Two.", "Plans", made_from=version), "nothing would change"
        assert edit(MO, "Three.", "Plans", made_from=amend.version(house.contribution(row["id"])))

    def test_the_same_text_is_no_edit(self, house: House) -> None:
        row = house.contribute()
        before = house.tables()
        assert not amend.edit(house.session, house.now, row["id"], MO, row["text"] + "\n\n", row["subject"])
        assert house.tables() == before

    def test_an_empty_text_is_refused(self, house: House) -> None:
        row = house.contribute()
        with pytest.raises(Refused, match="an empty text; to take it out: listserv queue discard"):
            amend.edit(house.session, house.now, row["id"], MO, " \n ", "Plans")

    def test_a_subject_cannot_bring_a_header(self, house: House) -> None:
        row = house.contribute()
        amend.edit(house.session, house.now, row["id"], MO, row["text"], "Plans\r\nBcc: eve@elsewhere.example")
        house.release(row["id"])
        assert house.sent("contribution")[0].mail["Bcc"] is None


class TestClaim:
    def test_the_others_hear_of_it_while_it_lasts(self, house: House) -> None:
        row = house.contribute()
        until = amend.claim(house.session, house.now, row["id"], MO)
        assert until == house.now + timedelta(minutes=30)
        with pytest.raises(Refused, match=f"^contribution {row['id']} is claimed by {MO} until 15:30 UTC$"):
            amend.claim(house.session, house.now, row["id"], CHIEF)
        assert amend.claim(house.session, house.now, row["id"], MO) == until
        assert amend.claim(house.session, until, row["id"], CHIEF) == until + timedelta(minutes=30)

    def test_it_is_given_back_by_whose_it_is(self, house: House) -> None:
        row = house.contribute()
        until = amend.claim(house.session, house.now, row["id"], MO)
        assert not amend.unclaim(house.session, house.now, row["id"], CHIEF)
        assert house.contribution(row["id"])["claimed_by"] == MO
        assert amend.unclaim(house.session, house.now, row["id"], MO)
        assert not amend.unclaim(house.session, house.now, row["id"], MO)
        assert amend.claim(house.session, house.now, row["id"], CHIEF) == until
        assert not amend.unclaim(house.session, until, row["id"], CHIEF), "it is over"
        assert [one["actor"] for one in house.rows("audit", action="unclaim")] == [MO]

    def test_a_claim_is_no_lock(self, house: House) -> None:
        row = house.contribute()
        amend.claim(house.session, house.now, row["id"], MO)
        assert house.release(row["id"], CHIEF).number == 1


class TestMove:
    def test_move(self, house: House) -> None:
        row = house.contribute()
        amend.move(house.session, house.now, row["id"], MO, 2)
        assert house.contribution(row["id"])["module"] == 2
        assert house.rows("audit")[-1]["reason"] == "module 1 to 2"
        with pytest.raises(Refused, match=r"^nap has no module 7; it has 1, 2, 3$"):
            amend.move(house.session, house.now, row["id"], MO, 7)


@pytest.mark.parametrize("author", ["Anna <anna@example.net>, Eve <eve@evil.example>", ""])
def test_what_names_no_author_is_not_returned_to_nobody(house: House, author: str) -> None:
    house.receive(mail(author=author), HERE)
    house.work()
    (notice, *_) = house.sent("held_notice")
    assert "queue return" not in notice.text
    assert "<>" not in notice.text
    assert "listserv queue discard 1 -d nap" in notice.text
    with pytest.raises(Refused, match="1 names no author who could be written to; take it out: listserv queue discard"):
        give_back.give_back(house.session, house.now, house.site, 1, MO, "Who are you?")
    assert house.contribution(1)["state"] == "held"


class TestReleaseSeveral:
    def several(self, house: House, ids: list[int]) -> list[object]:
        done = moderate.release_several(house.session, house.now, house.site, ids, MO)
        return [str(one) if isinstance(one, Refused) else (one.contribution_id, one.number) for one in done]

    def test_in_the_order_given_more_than_share_a_transaction(
        self, house: House, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.setattr(moderate, "TOGETHER", 2)
        house.released()
        ids = [house.contribute(f"Text {n}.")["id"] for n in range(3)]
        assert self.several(house, ids[::-1]) == [(ids[2], 2), (ids[1], 3), (ids[0], 4)]
        assert len(house.sent("contribution")) == 4 * 4
        assert [house.contribution(one)["number"] for one in ids] == [4, 3, 2]

    @pytest.mark.parametrize(("copies", "transactions"), [(1, 3), (5, 3), (6, 2), (8, 2), (9, 1)])
    def test_fewer_share_a_transaction_the_more_take_part(
        self, house: House, monkeypatch: pytest.MonkeyPatch, copies: int, transactions: int
    ) -> None:
        monkeypatch.setattr(moderate, "COPIES", copies)
        ids = [house.contribute(f"Text {n}.")["id"] for n in range(3)]
        written: list[object] = []
        write = house.session.write
        monkeypatch.setattr(house.session, "write", lambda closure: written.append(closure) or write(closure))
        assert self.several(house, ids) == [(one, number) for number, one in enumerate(ids, 1)]
        assert len(written) == transactions
        assert len(house.sent("contribution")) == 4 * 3

    def test_one_that_is_refused_fails_no_neighbour(self, house: House) -> None:
        ids = [house.contribute(f"Text {n}.")["id"] for n in range(3)]
        moderate.discard(house.session, house.now, ids[1], CHIEF)
        first, second, third = self.several(house, ids)
        assert (first, third) == ((ids[0], 1), (ids[2], 2))
        assert str(second).startswith(f"contribution {ids[1]} was already discarded by {CHIEF}")

    def test_one_named_twice_is_released_once(self, house: House) -> None:
        one = house.contribute()["id"]
        first, second = self.several(house, [one, one])
        assert first == (one, 1)
        assert "was already released" in str(second)

    def test_a_number_given_meanwhile_is_not_given_again(self, house: House, monkeypatch: pytest.MonkeyPatch) -> None:
        ids = [house.contribute(f"Text {n}.")["id"] for n in range(3)]
        write = house.session.write

        def after_another(closure: Callable[..., object]) -> object:
            monkeypatch.setattr(house.session, "write", write)
            house.release(ids[2], CHIEF)
            return write(closure)

        monkeypatch.setattr(house.session, "write", after_another)
        assert self.several(house, ids[:2]) == [(ids[0], 2), (ids[1], 3)]
        assert house.contribution(ids[2])["number"] == 1

    def test_few_transactions(self, house: House, monkeypatch: pytest.MonkeyPatch) -> None:
        ids = [house.contribute(f"Text {n}.")["id"] for n in range(5)]
        writes = []
        write = house.session.write
        monkeypatch.setattr(house.session, "write", lambda closure: writes.append(closure) or write(closure))
        self.several(house, ids)
        assert len(writes) == 1

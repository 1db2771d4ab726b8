"""Out of the outbox and back (DESIGN §3, "Work is claimed by a lease"; field notes on replies)."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest
import sqlalchemy as sa

from listserv.core.mail.transfer import Copy, Phase, Result
from listserv.steps import deliver
from listserv.store import outbox, turns
from listserv.store.types import database_now
from tests.house import LEFT, PAUSED, House

ANNA = "anna@example.net"


@pytest.fixture
def copies(house: House) -> list[Copy]:
    """The copies of one contribution, claimed; the announcement has gone."""
    everything(house)
    house.released()
    return [copy for copy in claim(house) if kind(house, copy) == "contribution"]


def claim(house: House, limit: int = 1000) -> list[Copy]:
    return deliver.claim(house.session, house.now, house.site, deliver.Renderings(), limit)


def everything(house: House) -> None:
    deliver.finish(house.session, house.now, [answer(copy) for copy in claim(house)]).result()


def answer(copy: Copy, code: int = 250, reply: str = "2.0.0 taken", phase: Phase = Phase.END) -> Result:
    return Result(copy.delivery, copy.epoch, code, reply, phase)


def finish(house: House, *results: Result) -> None:
    deliver.finish(house.session, house.now, results).result()


def row(house: House, copy: Copy) -> Any:
    return house.one("delivery", id=copy.delivery)


def kind(house: House, copy: Copy) -> str:
    return house.one("mailing", id=row(house, copy)["mailing_id"])["kind"]


def one_for(copies: list[Copy], address: str) -> Copy:
    return next(copy for copy in copies if copy.recipient == address)


class TestClaim:
    def test_the_attempt_is_counted_before_anything_is_sent(self, house: House, copies: list[Copy]) -> None:
        claimed = row(house, copies[0])
        assert (claimed["attempts"], claimed["epoch"], claimed["state"]) == (1, 1, "pending")
        assert claim(house) == []  # under lease

    def test_personal_lines(self, house: House, copies: list[Copy]) -> None:
        for copy in copies:
            part = house.part(copy.recipient)
            head = copy.head.decode()
            there = house.site.addresses.leave("nap", part["id"])
            assert f"List-Unsubscribe: <mailto:{there}>\r\n" in head
            assert "List-Unsubscribe-Post" not in head  # http is for trials

    def test_one_click_with_https_only(self, house: House) -> None:
        house.site = replace(house.site, base_url="https://talk.example", pages=True)
        everything(house)
        house.released()
        copy = one_for(claim(house), "boris@example.net")
        token = house.site.addresses.token("unsubscribe", house.part("boris@example.net")["id"])
        head = copy.head.decode()
        assert f"List-Unsubscribe: <https://talk.example/u/{token}>,\r\n <mailto:" in head
        assert "List-Unsubscribe-Post: List-Unsubscribe=One-Click\r\n" in head

    def test_one_body_for_all_of_a_language(self, house: House, copies: list[Copy]) -> None:
        english = [copy for copy in copies if copy.recipient != "boris@example.net"]
        assert len({id(copy.body) for copy in english}) == 1
        assert len({copy.head for copy in english}) == len(english)

    def test_the_return_address_names_the_delivery(self, house: House, copies: list[Copy]) -> None:
        for copy in copies:
            target = house.site.addresses.parse(copy.sender)
            assert target is not None
            assert (target.slug, target.role, target.payload) == ("nap", "bounces", copy.delivery)

    def test_answers_to_strangers_have_the_null_sender(self, house: House) -> None:
        everything(house)
        house.contribute(author="eve@elsewhere.example")
        copy = one_for(claim(house), "eve@elsewhere.example")
        assert copy.sender == ""
        assert b"List-Unsubscribe" not in copy.head

    @pytest.mark.parametrize("known", ["relay_halted", "relay_refused"])
    def test_what_tells_of_failures_has_the_null_sender(self, house: House, known: str) -> None:
        """RFC 5321 §4.5.5: a failure of it must not come back as another."""
        everything(house)
        house.contribute()
        house.sql("UPDATE mailing SET kind = :known WHERE kind = 'receipt'", known=known)
        assert one_for(claim(house), ANNA).sender == ""

    @pytest.mark.parametrize("status", [LEFT, PAUSED])
    def test_who_left_meanwhile_gets_no_copy(self, house: House, status: str) -> None:
        everything(house)
        house.released(author="boris@example.net")
        house.set(ANNA, status=status)
        assert ANNA not in [copy.recipient for copy in claim(house)]
        (crossed,) = house.sent("contribution", to=ANNA)
        assert crossed.state == "failed"
        assert house.one("delivery", id=crossed.id)["reply"] == "no longer active when it was to be sent"

    def test_who_has_changed_the_delivery_mode_meanwhile_gets_no_copy(self, house: House) -> None:
        everything(house)
        house.released(author="boris@example.net")
        house.set(ANNA, delivery="roundup")
        assert ANNA not in [copy.recipient for copy in claim(house)]
        (crossed,) = house.sent("contribution", to=ANNA)
        assert house.one("delivery", id=crossed.id)["reply"] == "no longer wanted when it was to be sent"

    def test_but_the_personal_answer_still_goes_out(self, house: House) -> None:
        everything(house)
        house.contribute()
        house.set(ANNA, status=LEFT)
        assert [kind(house, copy) for copy in claim(house) if copy.recipient == ANNA] == ["receipt"]


class TestAnswers:
    def test_250(self, house: House, copies: list[Copy]) -> None:
        finish(house, answer(copies[0]))
        done = row(house, copies[0])
        assert (done["state"], done["code"], done["reply"], done["finished_at"]) == (
            "sent",
            250,
            "2.0.0 taken",
            house.now,
        )

    @pytest.mark.parametrize(
        ("reply", "verdict"),
        [
            ("5.1.1 user unknown", "hard"),
            ("5.2.2 mailbox full", "soft"),
            ("5.3.4 message too large for this mailbox", "ours"),
        ],
    )
    def test_5yz_to_rcpt_is_about_the_recipient(
        self, house: House, copies: list[Copy], reply: str, verdict: str
    ) -> None:
        copy = one_for(copies, ANNA)
        finish(house, answer(copy, 550, reply, Phase.RCPT))
        assert row(house, copy)["state"] == "failed"
        bounce = house.one("bounce")
        assert (bounce["participation_id"], bounce["delivery_id"]) == (house.part(ANNA)["id"], copy.delivery)
        assert (bounce["verdict"], bounce["diagnostic"], bounce["status"]) == (verdict, reply, reply.split()[0])

    @pytest.mark.parametrize(
        ("phase", "code", "reply"),
        [
            (Phase.MAIL, 552, "5.3.4 too large"),
            (Phase.MAIL, 550, "5.6.7 the relay lacks SMTPUTF8"),
            (Phase.DATA, 554, "no"),
            (Phase.END, 552, "too large"),
            (Phase.END, 554, "5.6.0 no"),
            (Phase.END, 550, "5.1.1 user unknown"),
        ],
    )
    def test_5yz_beside_rcpt_is_about_the_mailing(
        self, house: House, copies: list[Copy], phase: Phase, code: int, reply: str
    ) -> None:
        finish(house, answer(copies[0], code, reply, phase))
        assert row(house, copies[0])["state"] == "failed"
        assert house.rows("bounce") == []

    @pytest.mark.parametrize("phase", [Phase.MAIL, Phase.RCPT, Phase.DATA, Phase.END])
    def test_5yz_about_us_fails_nobody_and_is_tried_again(self, house: House, copies: list[Copy], phase: Phase) -> None:
        finish(house, answer(copies[0], 550, "5.7.515 access denied", phase))
        now = row(house, copies[0])
        assert (now["state"], now["attempts"], now["code"]) == ("deferred", 1, 550)
        assert house.rows("bounce") == []

    @pytest.mark.parametrize(("code", "reply"), [(0, "waits: its share"), (550, "5.7.1 refused, halted")])
    def test_what_is_put_off_does_not_count_as_tried(
        self, house: House, copies: list[Copy], code: int, reply: str
    ) -> None:
        """However often its domain is paced or halted, it never reaches the give-up by that."""
        copy = copies[0]
        for _ in range(2 * len(deliver.LADDER)):
            finish(house, replace(answer(copy, code, reply, Phase.CONNECT), wait=60.0))
            now = row(house, copy)
            assert (now["state"], now["attempts"], now["reply"], now["finished_at"]) == ("deferred", 0, reply, None)
            self.is_due(house, copy, 60)
            (copy,) = claim(house)
        assert house.rows("bounce") == []

    @pytest.mark.parametrize(("days", "code", "state"), [(4, 550, "deferred"), (6, 550, "failed"), (6, 0, "deferred")])
    def test_a_halt_is_waited_for_five_days_and_a_share_for_ever(
        self, house: House, copies: list[Copy], days: int, code: int, state: str
    ) -> None:
        house.now += timedelta(days=days)
        finish(house, replace(answer(copies[0], code, "5.7.1 no", Phase.CONNECT), wait=60.0))
        now = row(house, copies[0])
        assert now["state"] == state
        assert now["reply"] == ("given up after 5 days: 5.7.1 no" if state == "failed" else "5.7.1 no")
        assert house.rows("bounce") == []

    def test_the_ladder_ends_after_four_to_five_days(self) -> None:
        assert timedelta(days=4) < timedelta(seconds=sum(deliver.LADDER)) < timedelta(days=5)
        assert list(deliver.LADDER) == sorted(deliver.LADDER)

    def test_the_ladder(self, house: House, copies: list[Copy]) -> None:
        copy = copies[0]
        for attempt, seconds in enumerate(deliver.LADDER, 1):
            finish(house, answer(copy, 451, "4.3.0 later", Phase.RCPT))
            now = row(house, copy)
            assert (now["state"], now["attempts"], now["reply"]) == ("deferred", attempt, "4.3.0 later")
            with house.session.read() as connection:
                due = turns.next_due_in(connection)
            assert due is not None
            assert claim(house) == []
            self.is_due(house, copy, seconds)
            (copy,) = claim(house)
        finish(house, answer(copy, 451, "4.3.0 later", Phase.RCPT))
        now = row(house, copy)
        assert (now["state"], now["reply"]) == ("failed", "given up after 16 attempts: 4.3.0 later")
        assert house.rows("bounce") == []

    @staticmethod
    def is_due(house: House, copy: Copy, seconds: float) -> None:
        """Let that time pass; a minute less would not have been enough."""
        for less, due in ((60.0, False), (-60.0, True)):
            later = "UPDATE delivery SET due_at = due_at + :by WHERE id = :id"
            house.sql(later, by=less - seconds, id=copy.delivery)
            with house.session.read() as connection:
                left = row(house, copy)["due_at"] - connection.execute(sa.select(database_now())).scalar_one()
            assert (left <= 0) is due
            if not due:
                house.sql(later, by=seconds - less, id=copy.delivery)

    def test_no_answer_at_all_is_temporary(self, house: House, copies: list[Copy]) -> None:
        finish(house, answer(copies[0], 0, "", Phase.CONNECT))
        assert (row(house, copies[0])["state"], row(house, copies[0])["reply"]) == ("deferred", "no answer (connect)")

    @pytest.mark.parametrize("result", [(250, "ok"), (451, "later"), (554, "no")])
    def test_a_lost_lease_writes_nothing(self, house: House, copies: list[Copy], result: tuple[int, str]) -> None:
        house.sql("UPDATE delivery SET epoch = epoch + 1 WHERE id = :id", id=copies[0].delivery)
        before = row(house, copies[0])
        finish(house, answer(copies[0], *result, Phase.END))
        assert row(house, copies[0]) == before

    def test_a_lost_lease_is_not_held_against_the_recipient(self, house: House, copies: list[Copy]) -> None:
        copy = one_for(copies, ANNA)
        house.sql("UPDATE delivery SET epoch = epoch + 1 WHERE id = :id", id=copy.delivery)
        finish(house, answer(copy, 550, "5.1.1 user unknown", Phase.RCPT))
        assert house.rows("bounce") == []

    def test_nor_is_a_second_refusal(self, house: House, copies: list[Copy]) -> None:
        copy = one_for(copies, ANNA)
        for _ in range(2):
            finish(house, answer(copy, 550, "5.1.1 user unknown", Phase.RCPT))
        assert len(house.rows("bounce")) == 1

    def test_what_became_of_them_is_told(self, house: House, copies: list[Copy]) -> None:
        codes = [250, 451, 554, 250]
        results = [answer(copy, code, "x") for copy, code in zip(copies, codes, strict=True)]
        told = deliver.finish(house.session, house.now, results).result()
        assert told == {"sent": 2, "deferred": 1, "failed": 1}
        assert deliver.finish(house.session, house.now, results[:1]).result() == {}

    def test_a_second_answer_changes_nothing(self, house: House, copies: list[Copy]) -> None:
        finish(house, answer(copies[0]))
        finish(house, answer(copies[0], 550, "5.1.1 user unknown", Phase.END))
        assert row(house, copies[0])["state"] == "sent"

    def test_many_at_once_each_by_its_own_answer(self, house: House, copies: list[Copy]) -> None:
        codes = [250, 451, 554, 0]
        finish(house, *(answer(copy, code, "x", Phase.END) for copy, code in zip(copies, codes, strict=True)))
        states = [row(house, copy)["state"] for copy in copies]
        assert states == ["sent", "deferred", "failed", "deferred"]


def test_large_renderings_are_not_kept_at_hand_together(house: House, monkeypatch: pytest.MonkeyPatch) -> None:
    body = b"x" * (deliver.CACHED_OCTETS // 3)
    asked: list[int] = []
    monkeypatch.setattr(outbox, "rendering_of", lambda connection, number: asked.append(number) or (b"", body))
    renderings = deliver.Renderings()
    with house.session.read() as connection:
        for number in (1, 2, 3, 3, 2, 4, 3, 1):
            renderings.get(connection, number)
    assert asked == [1, 2, 3, 4, 1]

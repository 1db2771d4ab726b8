"""Automatic mail that no header marks: held, never released by a policy, never answered, and no human's is lost.

mail.md 5.1, 5.4, 5.5; the mails are those of tests/corpus/absence.
"""

from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta
from email.utils import format_datetime
from pathlib import Path
from typing import Any

import pytest

from tests.house import HERE, House, folder, mail, open_house

CORPUS = Path(__file__).parents[1] / "corpus" / "absence"
RETURNED = "Your mail could not be delivered:\n\n  user@host.example\n\n550 user unknown"
MARKED = {"Auto-Submitted": "auto-generated"}


def written(name: str) -> list[tuple[str, str]]:
    lines = (CORPUS / f"{name}.txt").read_text("utf-8").splitlines()
    found = [line.split(" | ", 2) for line in lines if not line.startswith("#")]
    return [(subject, text.replace(r"\n", "\n")) for _, subject, text in found]


@pytest.fixture
def free(house: House) -> House:
    """Nothing is moderated; the others' module has been announced long ago."""
    house.policy(moderation="none", word_limit=0)
    return house


@pytest.fixture(scope="module")
def busy(tmp_path_factory: pytest.TempPathFactory) -> Iterator[House]:
    """One house for the whole corpus."""
    with open_house(folder(tmp_path_factory.mktemp("absence"))) as made:
        made.policy(moderation="none", word_limit=0)
        yield made


def rules(house: House, row: Any) -> list[str]:
    return [rule for rule, _ in house.contribution(row["contribution_id"])["reasons"]]


class TestTheCorpus:
    @pytest.mark.parametrize("threaded", [True, False])
    def test_every_humans_mail_is_released_or_waits_for_a_moderator(self, busy: House, threaded: bool) -> None:
        answered = busy.contribute(f"First plan, {threaded}.", subject="Plans")["message_id"]
        busy.now += timedelta(hours=1)
        states = []
        for subject, text in written("humans"):
            content = mail(text, subject=subject, answers=answered if threaded else "")
            row = busy.take(content)
            assert row["outcome"] in ("held", "released"), (subject, row["outcome"], row["reason"])
            state = busy.contribution(row["contribution_id"])["state"]
            assert state == "released" or "automatic" in rules(busy, row) or "administrivia" in rules(busy, row), (
                subject
            )
            states.append(state)
        assert states.count("released") >= 55

    @pytest.mark.parametrize("threaded", [True, False])
    def test_no_machines_mail_is_released_or_answered(self, busy: House, threaded: bool) -> None:
        answered = busy.contribute(f"Second plan, {threaded}.", subject="Plans")["message_id"]
        busy.now += timedelta(hours=1)
        before = len(busy.sent(to="anna@example.net"))
        outcomes = []
        for subject, text in written("machines"):
            row = busy.take(mail(text, subject=subject, answers=answered if threaded else ""))
            outcomes.append(row["outcome"])
            if row["outcome"] == "held":
                assert "automatic" in rules(busy, row)
                assert busy.contribution(row["contribution_id"])["state"] == "held"
        assert set(outcomes) == ({"held", "automatic"} if threaded else {"held"})
        assert len(busy.sent(to="anna@example.net")) == before


class TestATitle:
    """ "Automatic reply: …" is dropped only where it answers the very mail of ours that it names."""

    @pytest.mark.parametrize(
        ("subject", "threaded", "text", "outcome"),
        [
            ("Automatic reply: Plans", True, "Back on Monday.", "automatic"),
            ("Automatic reply: Re: [nap 1] Plans", True, "Back on Monday.", "automatic"),
            ("Réponse automatique : [nap 1] PLANS", True, "", "automatic"),
            ("Automatic reply: Plans", False, "Back on Monday.", "held"),
            ("Automatic reply: other plans", True, "Back on Monday.", "held"),
            ("Automatic reply", True, "Back on Monday.", "held"),
            ("Re: Automatic reply: Plans", True, "What does this mean?", "held"),
            ("Automatic reply: Plans", True, "This is how our ministry answers. " * 40, "held"),
        ],
    )
    def test_with_its_subject_and_its_reference(
        self, house: House, subject: str, threaded: bool, text: str, outcome: str
    ) -> None:
        answered = house.released(subject="Plans")["message_id"]
        assert house.take(mail(text, subject=subject, answers=answered if threaded else ""))["outcome"] == outcome

    def test_to_an_announcement_too(self, house: House) -> None:
        announced = house.one("mailing", kind="announcement", module=1)
        content = mail("Away.", subject=f"Automatic reply: {announced['subject']}", answers=announced["message_id"])
        assert house.take(content)["outcome"] == "automatic"


class TestInHaste:
    """An answer within minutes of its author's copy that tells of an absence, though it says more than that."""

    TEXT = """I am on leave until Monday.
The Ministry of Women stands for equality, dignity and peace in every village of our country."""

    def answer(self, house: House, after: timedelta, *, date: timedelta | None = None, text: str = TEXT) -> list[str]:
        released = house.contribute(author="Boris <boris@example.net>", subject="Plans")
        assert released["state"] == "released"
        headers = {"Date": format_datetime(house.now + date)} if date is not None else {}
        house.now += after
        row = house.take(mail(text, subject="Re: Plans", answers=released["message_id"], headers=headers))
        return rules(house, row)

    @pytest.mark.parametrize("moderation", ["none", "first", "all"])
    def test_is_held(self, free: House, moderation: str) -> None:
        free.contribute()  # not the first
        free.policy(moderation="none")
        free.now += timedelta(hours=1)
        before = len(free.sent("receipt", to="anna@example.net"))
        released = free.contribute(author="Boris <boris@example.net>", subject="Plans")["message_id"]
        free.policy(moderation=moderation)
        free.now += timedelta(minutes=4)
        row = free.take(mail(self.TEXT, subject="Re: Plans", answers=released))
        assert "automatic" in rules(free, row)
        assert free.contribution(row["contribution_id"])["state"] == "held"
        assert len(free.sent("receipt", to="anna@example.net")) == before  # perhaps a machine: RFC 3834 §2

    @pytest.mark.parametrize(
        ("after", "date", "held"),
        [
            (timedelta(minutes=10), None, True),
            (timedelta(minutes=11), None, False),
            (timedelta(hours=3), timedelta(minutes=4), True),  # it waited on its way
            (timedelta(minutes=4), timedelta(hours=-3), True),  # its clock is wrong
            (timedelta(minutes=4), timedelta(hours=3), True),
            (timedelta(hours=3), timedelta(hours=-3), False),
        ],
    )
    def test_by_its_date_where_that_can_be(
        self, free: House, after: timedelta, date: timedelta | None, held: bool
    ) -> None:
        assert ("automatic" in self.answer(free, after, date=date)) is held

    def test_by_words_too(self, free: House) -> None:
        assert "automatic" not in self.answer(free, timedelta(minutes=1), text="A quick yes to both questions.")

    def test_the_time_is_that_of_the_authors_own_copy(self, free: House) -> None:
        released = free.contribute(author="Boris <boris@example.net>", subject="Plans")
        copy = free.one("delivery", mailing_id=self.mailing(free, released), address="anna@example.net")
        sent = free.now + timedelta(hours=2)
        free.session.write(lambda connection: finish(connection, copy["id"], sent))
        free.now = sent + timedelta(minutes=2)
        row = free.take(mail(self.TEXT, subject="Re: Plans", answers=released["message_id"]))
        assert "automatic" in rules(free, row)

    def mailing(self, house: House, released: Any) -> int:
        return house.one("mailing", contribution_id=released["id"], kind="contribution")["id"]

    def test_to_an_announcement_too(self, free: House) -> None:
        announced = free.one("mailing", kind="announcement", module=1)
        free.now = announced["created_at"] + timedelta(minutes=3)
        row = free.take(mail(self.TEXT, subject=f"Re: {announced['subject']}", answers=announced["message_id"]))
        assert "automatic" in rules(free, row)

    def test_without_a_reference_the_reply_address_tells_what_it_answers(self, free: House) -> None:
        released = free.contribute(author="Boris <boris@example.net>", subject="Plans")
        free.now += timedelta(minutes=3)
        reply = free.site.addresses.reply("nap", released["id"])
        assert "automatic" in rules(free, free.take(mail(self.TEXT, subject="Plans"), to=reply))
        assert "automatic" not in rules(free, free.take(mail(self.TEXT + " ", subject="Plans")))

    def test_who_had_no_copy_answered_nothing_in_haste(self, free: House) -> None:
        """Chloe gets round-ups only."""
        released = free.contribute(author="Boris <boris@example.net>", subject="Plans")
        content = mail(
            self.TEXT, subject="Re: Plans", author="Chloe <chloe@example.net>", answers=released["message_id"]
        )
        assert "automatic" not in rules(free, free.take(content, sender="chloe@example.net"))


def finish(connection: Any, delivery_id: int, at: Any) -> None:
    from listserv.store.tables import delivery

    connection.execute(delivery.update().where(delivery.c.id == delivery_id).values(finished_at=at))


class TestNothingIsLost:
    def test_a_late_one_is_not_returned_in_silence(self, house: House) -> None:
        """late = "return" sends a letter, and this may not have one: it is held."""
        answered = house.released(subject="Plans")["message_id"]
        house.policy(late="return")
        house.to_the_end()
        house.now += timedelta(days=3)
        row = house.take(mail("They bar women.", subject="Automatic reply systems", answers=answered))
        assert (row["outcome"], house.contribution(row["contribution_id"])["state"]) == ("held", "held")

    @pytest.mark.parametrize("to", ["nap-join", "nap-leave", "nap-help", "nap-request", "nap-owner"])
    def test_a_wish_that_looks_automatic_goes_to_the_moderators(self, house: House, to: str) -> None:
        content = mail("Please let me join.", author="Eve <eve@elsewhere.example>", subject="Automatic reply systems")
        row = house.take(content, to=HERE.replace("nap", to), sender="eve@elsewhere.example")
        assert row["outcome"] == "command"
        assert house.sent(to="eve@elsewhere.example") == []
        assert [one.to for one in house.sent("owner")] == ["mod@example.org", "chief@example.org"]

    def test_what_only_reads_like_a_bounce_is_held_and_at_a_return_address_is_one(self, house: House) -> None:
        content = mail(RETURNED, subject="Undelivered mail", author="Jane <jane@host.example>")
        row = house.take(content, sender="jane@host.example")
        assert row["outcome"] == "held"
        assert "automatic" in rules(house, row)
        back = house.site.addresses.bounces("nap", 1)
        assert house.take(content, to=back, sender="jane@host.example")["outcome"] == "bounce"


class TestTheAddressInListUnsubscribe:
    """Mail programs and hosts write to it when somebody presses a button: nothing else has it."""

    @pytest.mark.parametrize(
        ("text", "headers", "sender"),
        [
            ("This message was automatically generated by Gmail.", {}, "anna@example.net"),
            ("Unsubscribe request", MARKED, "anna@example.net"),
            ("Unsubscribe request", MARKED, ""),
            ("", {}, ""),
        ],
    )
    def test_a_program_leaves_for_them(self, house: House, text: str, headers: dict[str, str], sender: str) -> None:
        there = house.site.addresses.leave("nap", house.part("anna@example.net")["id"])
        house.take(mail(text, subject="unsubscribe", headers=headers), to=there, sender=sender)
        assert house.part("anna@example.net")["status"] == "left"

    @pytest.mark.parametrize("role", ["leave", "join", "request"])
    def test_without_a_token_a_program_asks_for_nothing(self, house: House, role: str) -> None:
        row = house.take(mail("unsubscribe", headers=MARKED), to=f"nap-{role}@talk.example")
        assert row["outcome"] == "automatic"

    def test_what_is_undeliverable_leaves_for_nobody(self, house: House) -> None:
        there = house.site.addresses.leave("nap", house.part("anna@example.net")["id"])
        row = house.take(mail(RETURNED, author="MAILER-DAEMON@host.example"), to=there, sender="")
        assert row["outcome"] == "bounce"
        assert house.part("anna@example.net")["status"] == "active"


class TestOurOwnMail:
    def test_by_its_x_loop(self, house: House) -> None:
        row = house.take(mail(headers={"X-Loop": f"<{HERE}>"}))
        assert (row["outcome"], row["reason"]) == ("automatic", "our own mail came back")

    @pytest.mark.parametrize("loop", ["other@lists.example", "yes", f"no {HERE.replace('@', ' at ')}", ""])
    def test_not_by_anothers(self, house: House, loop: str) -> None:
        assert house.take(mail(headers={"X-Loop": loop}))["outcome"] == "held"

    @pytest.mark.parametrize("kind", ["announcement", "receipt"])
    def test_by_its_message_id(self, house: House, kind: str) -> None:
        """Stripped of all else that tells it, as some gateways send mail on."""
        house.contribute()
        ours = house.rows("mailing", kind=kind)[0]["message_id"]
        row = house.take(mail(message_id=ours))
        assert (row["outcome"], row["reason"]) == ("automatic", "our own mail came back")

    def test_not_by_one_that_only_has_our_domain(self, house: House) -> None:
        assert house.take(mail(message_id="<me@talk.example>"))["outcome"] == "held"

    def test_a_contribution_under_an_id_of_ours_come_back_is_a_repeat_or_held(self, house: House) -> None:
        row = house.contribute(message_id="")
        house.release(row["id"])
        assert house.take(mail("Another text.", message_id=row["message_id"]))["outcome"] == "held"

"""Which mail waits for a moderator, who is told of it, and what is no contribution at all (DESIGN §3)."""

from __future__ import annotations

from collections import Counter
from datetime import timedelta
from pathlib import Path

import pytest
from sqlalchemy.exc import OperationalError

from listserv.steps import deliver, find, notify, receipt
from tests.house import HERE, LEFT, MODERATORS, House, mail

CORPUS = Path(__file__).parent.parent / "corpus" / "mail"
EVE = "Eve <eve@elsewhere.example>"


def rules(row: object) -> list[str]:
    return [rule for rule, _ in row["reasons"]]  # type: ignore[index]


class TestReceipts:
    def test_the_author_gets_exactly_one(self, house: House) -> None:
        row = house.contribute(message_id="<mine@example.net>")
        (receipt,) = house.sent("receipt")
        assert (receipt.to, receipt.mail["In-Reply-To"]) == ("anna@example.net", row["message_id"])
        assert receipt.mail["Auto-Submitted"] == "auto-replied"
        house.release(row["id"])
        assert len(house.sent("receipt")) == 1

    def test_in_their_language(self, house: House) -> None:
        house.contribute(author="boris@example.net")
        (receipt,) = house.sent("receipt")
        assert "Merci" in receipt.text

    def test_moderators_get_a_notice_each_with_reasons_and_commands(self, house: House) -> None:
        row = house.contribute()
        notices = house.sent("held_notice")
        assert sorted(one.to for one in notices) == sorted(MODERATORS)
        for notice in notices:
            assert f"listserv queue release {row['id']} -d nap" in notice.text
            assert "Every contribution is read before it goes out." in notice.text
            assert "We need a plan." in notice.text


class TestNotices:
    def test_at_most_twenty_an_hour_the_rest_bundled(self, house: House) -> None:
        ids = [house.contribute(f"Thought {i}.")["id"] for i in range(23)]
        assert Counter(one.to for one in house.sent("held_notice")) == dict.fromkeys(MODERATORS, 20)
        assert notify.bundle(house.session, house.now, house.site, house.dialogue) == 3
        bundles = house.sent("held_bundle")
        assert sorted(one.to for one in bundles) == sorted(MODERATORS)
        assert all(f"\n{number}. Anna" in bundles[0].text for number in ids[20:])
        assert f"\n{ids[0]}. Anna" not in bundles[0].text
        house.contribute("One more.")
        assert notify.bundle(house.session, house.now, house.site, house.dialogue) == 0  # one bundle an hour
        house.now += timedelta(hours=1)
        house.work()
        assert Counter(one.to for one in house.sent("held_notice")) == dict.fromkeys(MODERATORS, 21)
        assert notify.bundle(house.session, house.now, house.site, house.dialogue) == 0

    def test_requests_sent_to_all_count_among_the_twenty(self, house: House) -> None:
        for i in range(22):
            house.contribute("unsubscribe", subject="unsubscribe", author=f"x{i}@elsewhere.example")
        told = Counter(one.to for one in house.sent() if one.kind in ("held_notice", "administrivia"))
        assert {address: told[address] for address in MODERATORS} == dict.fromkeys(MODERATORS, 20)


class TestModeration:
    @pytest.mark.parametrize(
        ("moderation", "released_before", "state"),
        [
            ("all", False, "held"),
            ("all", True, "held"),
            ("first", False, "held"),
            ("first", True, "released"),
            ("none", False, "released"),
        ],
    )
    def test_policy(self, house: House, moderation: str, released_before: bool, state: str) -> None:
        if released_before:
            house.released("Earlier.")
        house.policy(moderation=moderation)
        row = house.contribute("Now.")
        row = house.contribution(row["id"])
        assert row["state"] == state
        if state == "released":
            assert row["decided_by"] == "moderation setting"
            assert row["number"] == 1 + released_before
            receipt = house.sent("receipt")[-1]
            assert "on its way to all" in receipt.text
            assert [one for one in house.sent("held_notice") if "Now." in one.text] == []

    @pytest.mark.parametrize("moderation", ["first", "none"])
    def test_strangers_are_held_whatever_the_policy(self, house: House, moderation: str) -> None:
        house.policy(moderation=moderation)
        row = house.contribute(author=EVE)
        assert (row["state"], row["person_id"], rules(row)[0]) == ("held", None, "not a participant")

    @pytest.mark.parametrize("moderation", ["first", "none"])
    def test_an_author_who_cannot_be_told_is_held(self, house: House, moderation: str) -> None:
        house.released("Earlier.")
        house.policy(moderation=moderation)
        row = house.contribute(author="anna@example.net, eve@elsewhere.example")
        assert (row["state"], rules(row)[0]) == ("held", "unclear author")
        assert len(house.sent("receipt")) == 1

    def test_over_the_word_limit(self, house: House) -> None:
        house.policy(moderation="none")
        row = house.contribute("word " * 51)
        assert (row["state"], rules(row)) == ("held", ["word limit"])

    def test_administrivia_goes_to_the_moderators_as_such(self, house: House) -> None:
        house.released("Earlier.")
        house.policy(moderation="first")
        row = house.contribute("unsubscribe", subject="unsubscribe")
        assert row["state"] == "held"
        assert "administrivia" in rules(row)
        assert sorted(one.to for one in house.sent("administrivia")) == sorted(MODERATORS)


class TestStrangers:
    def test_held_and_answered_without_quoting(self, house: House) -> None:
        house.contribute("My secret words.", author=EVE, subject="Secret subject")
        (answer,) = house.sent("stranger")
        assert answer.to == "eve@elsewhere.example"
        assert "secret" not in (answer.subject + answer.text).lower()
        assert answer.mail["Auto-Submitted"] == "auto-replied"
        assert house.sent("receipt") == []
        assert len(house.sent("held_notice")) == 2

    def test_one_answer_a_day(self, house: House) -> None:
        for i in range(3):
            house.contribute(f"Words {i}.", author=EVE if i else "EVE@Elsewhere.Example")
        assert len(house.sent("stranger")) == 1
        house.now += timedelta(days=1)
        house.contribute("Words again.", author=EVE)
        assert len(house.sent("stranger")) == 2

    def test_who_has_left_is_a_stranger_again(self, house: House) -> None:
        house.set("anna@example.net", status=LEFT)
        row = house.contribute()
        assert rules(row)[0] == "not a participant"
        assert [one.to for one in house.sent("stranger")] == ["anna@example.net"]


class TestMessageIds:
    def test_the_authors_is_kept(self, house: House) -> None:
        assert house.contribute(message_id="<mine@example.net>")["message_id"] == "<mine@example.net>"

    def test_the_same_mail_again_is_a_duplicate(self, house: House) -> None:
        content = mail()
        first, second = house.take(content), house.take(content)
        assert (first["outcome"], second["outcome"]) == ("held", "duplicate")
        assert (second["state"], second["contribution_id"]) == ("done", None)
        assert len(house.rows("contribution")) == 1
        assert (len(house.sent("receipt")), len(house.sent("held_notice"))) == (1, 2)

    def test_also_after_its_release(self, house: House) -> None:
        content = mail()
        house.release(house.take(content)["contribution_id"])
        assert house.take(content)["outcome"] == "duplicate"
        assert len(house.sent("contribution")) == 4

    def test_the_same_id_with_other_content_is_held_under_one_of_ours(self, house: House) -> None:
        house.policy(moderation="none")
        first = house.contribute("One.", message_id="<same@example.net>")
        other = house.contribute("Two.", message_id="<same@example.net>")
        assert (first["state"], other["state"], rules(other)) == ("released", "held", ["same Message-ID"])
        assert other["message_id"] != first["message_id"]
        assert other["message_id"].endswith("@talk.example>")

    def test_the_same_id_and_text_with_another_file_is_another_mail(self, house: House) -> None:
        def with_file(content: str) -> bytes:
            parts = "--b\r\n\r\nSee the file.\r\n--b\r\nContent-Disposition: attachment; filename=a.txt\r\n\r\n"
            head = f"From: Anna <anna@example.net>\r\nTo: {HERE}\r\nSubject: S\r\nMessage-ID: <same@example.net>\r\n"
            whole = f"{head}Content-Type: multipart/mixed; boundary=b\r\n\r\n{parts}{content}\r\n--b--\r\n"
            return whole.encode()

        outcomes = [house.take(with_file(content))["outcome"] for content in ("one", "two", "one")]
        assert outcomes == ["held", "held", "duplicate"]
        assert (
            house.take(with_file("two").replace(b"\r\n", b"\n"))["outcome"] == "duplicate"
        )  # as another way brings it

    def test_a_missing_one_is_replaced_by_one_of_ours(self, house: House) -> None:
        content = mail(message_id="")
        row = house.contribution(house.take(content)["contribution_id"])
        assert row["message_id"].startswith("<")
        assert row["message_id"].endswith("@talk.example>")
        assert house.take(content)["outcome"] == "duplicate"

    @pytest.mark.parametrize("broken", ["nonsense", "<>", "<a b@c>", "<" + "x" * 999 + "@y>"])
    def test_one_that_is_none_is_replaced(self, house: House, broken: str) -> None:
        assert house.contribute(message_id=broken)["message_id"].endswith("@talk.example>")


class TestNoContribution:
    """Machines' mail: kept in the inbox with its outcome, never a contribution, never answered."""

    CASES = (
        ("vacation-rfc3834", "automatic"),
        ("mdn", "automatic"),
        ("dsn-user-unknown", "bounce"),
        ("dsn-delayed", "bounce"),
        ("complaint", "bounce"),
    )

    @pytest.mark.parametrize(("name", "outcome"), CASES)
    @pytest.mark.parametrize("to", ["nap", "nap-request", "nap-join", "nap-leave", "nap-owner", "nap-help"])
    def test_to_every_address(self, house: House, name: str, outcome: str, to: str) -> None:
        before = len(house.sent())
        row = house.take((CORPUS / f"{name}.eml").read_bytes(), to=HERE.replace("nap", to), sender="jane@example.org")
        assert (row["state"], row["outcome"]) == ("done", outcome)
        assert house.rows("contribution") == []
        assert len(house.sent()) == before

    def test_our_own_mail_come_back(self, house: House) -> None:
        house.released()
        copy = house.sent("contribution")[0].mail.as_bytes()
        row = house.take(copy.replace(b"Precedence", b"X-Precedence"), sender="someone@example.net")
        assert (row["outcome"], row["reason"]) == ("automatic", "our own mail came back")

    def test_mail_from_one_of_our_addresses(self, house: House) -> None:
        row = house.take(mail(author=HERE))
        assert (row["outcome"], row["reason"]) == ("automatic", "from one of our own addresses")

    def test_mail_in_circles(self, house: House) -> None:
        content = b"Received: from a by b; Mon, 3 Nov 2008 10:00:00 +0000\r\n" * 51 + mail()
        row = house.take(content)
        assert (row["outcome"], row["reason"]) == ("automatic", "it has passed 51 hosts: a loop")

    def test_the_null_sender_is_never_answered(self, house: House) -> None:
        row = house.take(mail(), sender="")
        assert row["outcome"] in ("automatic", "bounce")
        assert house.sent("receipt") == []


class TestBounces:
    def test_a_report_to_the_return_address_is_counted_for_its_delivery(self, house: House) -> None:
        house.released()
        deliver.claim(house.session, house.now, house.site, deliver.Renderings(), 1000)
        one = next(one for one in house.sent("contribution") if one.to == "boris@example.net")
        there = house.site.addresses.bounces("nap", one.id)
        row = house.take((CORPUS / "dsn-user-unknown.eml").read_bytes(), to=there, sender="")
        assert (row["outcome"], row["reason"]) == ("bounce", "boris@example.net: hard 5.1.1")
        bounce = house.one("bounce")
        assert (bounce["delivery_id"], bounce["participation_id"]) == (one.id, house.part("boris@example.net")["id"])

    def test_a_complaint_pauses_whoever_made_it(self, house: House) -> None:
        house.released()
        deliver.claim(house.session, house.now, house.site, deliver.Renderings(), 1000)
        one = next(one for one in house.sent("contribution") if one.to == "boris@example.net")
        house.take((CORPUS / "complaint.eml").read_bytes(), to=house.site.addresses.bounces("nap", one.id))
        assert house.part("boris@example.net")["status"] == "paused"

    def test_a_person_who_writes_to_a_return_address_reaches_the_moderators(self, house: House) -> None:
        house.released()
        one = house.sent("contribution")[0]
        row = house.take(mail(), to=house.site.addresses.bounces("nap", one.id))
        assert row["outcome"] == "command"
        assert house.sent("owner")
        assert house.rows("bounce") == []


class TestCrashes:
    def test_a_crash_parks_the_mail_and_the_next_goes_on(self, house: House, monkeypatch: pytest.MonkeyPatch) -> None:
        original = find.find

        def crash(*args: object) -> object:
            if args[-1].subject == "Poison":  # type: ignore[attr-defined]
                raise ZeroDivisionError("as a test")
            return original(*args)  # type: ignore[arg-type]

        monkeypatch.setattr(find, "find", crash)
        poison, fine = house.receive(mail(subject="Poison")), house.receive(mail(subject="Fine"))
        assert house.work() == 2
        parked = house.one("inbox", id=poison)
        assert (parked["state"], parked["outcome"]) == ("parked", None)
        assert parked["reason"] == "ZeroDivisionError: as a test"
        assert "Traceback" in parked["traceback"]
        assert house.one("inbox", id=fine)["outcome"] == "held"

    def test_a_crash_while_writing_leaves_nothing_of_the_contribution(
        self, house: House, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        def crash(*args: object) -> None:
            raise ZeroDivisionError("as a test")

        monkeypatch.setattr(receipt, "letter", lambda *args: crash)
        before = len(house.sent())
        row = house.take(mail())
        assert row["state"] == "parked"
        assert house.rows("contribution") == []
        assert len(house.sent()) == before

    def test_database_trouble_leaves_it_new(self, house: House, monkeypatch: pytest.MonkeyPatch) -> None:
        def trouble(*args: object) -> None:
            raise OperationalError("BEGIN", {}, Exception("database is locked"))

        monkeypatch.setattr(find, "find", trouble)
        number = house.receive(mail())
        with pytest.raises(OperationalError):
            house.work()
        assert house.one("inbox", id=number)["state"] == "new"
        monkeypatch.undo()
        house.work()
        assert house.one("inbox", id=number)["outcome"] == "held"

    @pytest.mark.parametrize(
        "content", [b"", b"\0\xff\xfe", b"\r\n\r\n", b"From: \xff\r\nSubject: =?x?q?=00?=\r\n\r\nx"]
    )
    def test_any_bytes_get_an_outcome(self, house: House, content: bytes) -> None:
        assert house.take(content)["state"] == "done"

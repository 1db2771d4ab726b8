"""Who a mail is really from: what is held for it, who is answered, and how a further address becomes somebody's."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest

from listserv.core.mail.authentication import UNPROVEN, Proof
from listserv.core.mail.inmail import InboundMail
from listserv.core.mail.level import Level
from listserv.steps import intake, moderate, notify
from listserv.steps.intake import Reading
from listserv.store import people
from tests.house import DOMAIN, HERE, LEFT, MONDAY_EARLY, House, Sent, mail

LACKING = Proof(says="Nothing proves that it comes from example.net: it is not signed.")
REFUTED = Proof(refuted=True, says="Our mail host's check says that it does not come from example.net (DMARC).")
SIGNED = Proof(Level.DKIM, says="It bears a valid signature of example.net.")
TRUSTED = Proof(Level.TRUSTED, says="Our mail host has checked that it comes from example.net.")
REQUEST = HERE.replace("nap", "nap-request")

ANNA, NEW = "anna@example.net", "anna@home.example"


def take(house: House, content: bytes, proof: Proof = UNPROVEN, to: str = HERE) -> Any:
    """Receive and process with that proof; the inbox row."""
    number = house.receive(content, to)
    reading = Reading(prove=lambda raw, read, protocol: proof)
    intake.intake(house.session, house.now, house.site, 1000, reading)
    moderate.release_passed(house.session, house.now, house.site)
    notify.notify(house.session, house.now, house.site)
    row = house.one("inbox", id=number)
    assert row["state"] == "done", row["traceback"]
    return row


def contributed(house: House, content: bytes, proof: Proof = UNPROVEN) -> Any:
    row = take(house, content, proof)
    assert row["contribution_id"], row["reason"]
    return house.contribution(row["contribution_id"])


def rules(contribution: Any) -> list[str]:
    return [rule for rule, _ in contribution["reasons"]]


def letters(house: House, *kinds: str) -> list[Sent]:
    """What was sent since the module's announcement."""
    return [one for one in house.sent() if (one.kind in kinds if kinds else one.kind != "announcement")]


def test_the_prover_is_given_the_mail_and_how_it_came(house: House) -> None:
    seen: list[tuple[bytes, str, str]] = []

    def prove(raw: bytes, read: InboundMail, protocol: str) -> Proof:
        assert read.author is not None
        seen.append((raw, read.author.address, protocol))
        return SIGNED

    content = mail()
    number = house.receive(content)
    intake.intake(house.session, house.now, house.site, 10, Reading(prove=prove))
    assert seen == [(content, ANNA, "test")]
    assert house.contribution(house.one("inbox", id=number)["contribution_id"])["authentication"] == "dkim"


@pytest.mark.parametrize(
    "content",
    [
        mail(headers={"Auto-Submitted": "auto-replied"}),
        mail(headers={"List-Id": f"<nap.{DOMAIN}>"}),
    ],
)
def test_what_no_person_wrote_is_not_looked_up(house: House, content: bytes) -> None:
    number = house.receive(content)
    intake.intake(house.session, house.now, house.site, 10, Reading(prove=pytest.fail))  # type: ignore[arg-type]
    assert house.one("inbox", id=number)["outcome"] == "automatic"


class TestHeld:
    @pytest.mark.parametrize("moderation", ["none", "first", "all"])
    @pytest.mark.parametrize(
        ("proof", "held_for"),
        [(LACKING, "unauthenticated"), (REFUTED, "forged"), (SIGNED, ""), (TRUSTED, ""), (UNPROVEN, "")],
    )
    def test_what_may_be_forged_also_where_members_pass(
        self, house: House, moderation: str, proof: Proof, held_for: str
    ) -> None:
        house.released()  # Anna's first
        house.policy(moderation=moderation)
        row = contributed(house, mail(), proof)
        expected = [held_for] * bool(held_for) + ["every contribution"] * (moderation == "all")
        assert rules(row) == expected
        assert (row["state"] == "held") is bool(expected)
        assert row["authentication"] == proof.level

    def test_the_moderator_reads_why(self, house: House) -> None:
        house.policy(moderation="none")
        contributed(house, mail(), LACKING)
        contributed(house, mail("Another."), REFUTED)
        one, two = [sent for sent in letters(house, "held_notice") if sent.to == "mod@example.org"]
        said = " ".join(one.text.split())
        assert f"Why it waits: It may come from somebody else than {ANNA}. {LACKING.says}" in said
        assert f"Why it waits: It may be forged. {REFUTED.says}" in " ".join(two.text.split())

    def test_a_late_reply_in_somebodys_name_is_not_returned_to_them(self, house: House) -> None:
        parent = house.released()
        house.policy(late="return")
        house.tick(MONDAY_EARLY)
        for proof, state in ((LACKING, "held"), (REFUTED, "held"), (SIGNED, "returned")):
            row = contributed(house, mail(f"Late, {state}.", answers=parent["message_id"]), proof)
            assert row["state"] == state
        assert len(letters(house, "late_returned")) == 1

    @pytest.mark.parametrize(
        "author",
        [
            "Anna <anna@example.net>, Eve <eve@evil.example>",
            "anna@example.net <eve@evil.example>",
            '"anna@example.net" <eve@evil.example>',
            "Anna <eve@evil.example>\r\nFrom: Anna <anna@example.net>",
            "Office: anna@example.net;",
            "=?utf-8?q?anna=40example.net?= <eve@evil.example>",
            "anna@example.net\0@evil.example",
            "anna@example.net@evil.example",
            "<anna@example.net> <eve@evil.example>",
            "anna@example.net (eve@evil.example)",
            "",
        ],
    )
    def test_a_from_that_can_be_read_in_two_ways_is_nobodys(self, house: House, author: str) -> None:
        house.policy(moderation="none")
        row = contributed(house, mail(author=author))
        assert (row["state"], row["person_id"], row["from_address"]) == ("held", None, "")
        assert "unclear author" in rules(row)
        assert {one.to for one in letters(house, "receipt", "stranger")} == set()


class TestAnswered:
    @pytest.mark.parametrize(("proof", "count"), [(UNPROVEN, 1), (LACKING, 1), (SIGNED, 1), (REFUTED, 0)])
    def test_participants_unless_it_is_refuted(self, house: House, proof: Proof, count: int) -> None:
        contributed(house, mail(), proof)
        assert len(letters(house, "receipt")) == count

    @pytest.mark.parametrize(("proof", "count"), [(UNPROVEN, 1), (LACKING, 0), (SIGNED, 1), (REFUTED, 0)])
    def test_strangers_only_where_it_is_proven_or_cannot_be(self, house: House, proof: Proof, count: int) -> None:
        assert rules(contributed(house, mail(author="Zoe <zoe@elsewhere.example>"), proof))[0] == "not a participant"
        assert len(letters(house, "stranger")) == count
        for word in ("help", "pause", "leave", "nonsense and more"):
            take(house, mail(word, subject="", author="Zoe <zoe@elsewhere.example>"), proof, REQUEST)
        assert bool(letters(house, "help", "not_here", "leave_confirm")) is bool(count)

    def test_why_a_stranger_was_not_answered_is_in_the_inbox(self, house: House) -> None:
        row = take(house, mail("help", author="zoe@elsewhere.example"), LACKING, REQUEST)
        assert row["outcome"] == "command"
        assert row["reason"].startswith(f"help, but not answered: {LACKING.says}")

    @pytest.mark.parametrize("role", ["help", "leave", "request"])
    def test_what_is_not_answered_reaches_the_moderators(self, house: House, role: str) -> None:
        take(house, mail("leave please", author="zoe@elsewhere.example"), LACKING, HERE.replace("nap", f"nap-{role}"))
        notice = next(one for one in letters(house) if one.kind == "owner")
        assert f"Sent to: nap-{role}@" in notice.text
        assert LACKING.says in " ".join(notice.text.split())
        assert "nothing was answered" in notice.text

    def test_an_answer_to_a_question_never_asked_reaches_them_without_its_token(self, house: House) -> None:
        token = "abcdefghij234567"
        to = HERE.replace("nap", f"nap-confirm+{token}")
        take(house, mail("yes", author="zoe@elsewhere.example"), LACKING, to)
        notice = next(one for one in letters(house) if one.kind == "owner")
        assert f"Sent to: nap-confirm@{DOMAIN}\n" in notice.text
        assert token not in notice.text

    def test_a_stranger_may_ask_to_take_part_whose_host_signs_nothing(self, house: House) -> None:
        take(house, mail("", author="zoe@elsewhere.example"), LACKING, HERE.replace("nap", "nap-join"))
        (question,) = letters(house, "join_confirm")
        assert question.to == "zoe@elsewhere.example"

    def test_a_thousand_forged_mails_bring_nobody_a_mail(self, house: House) -> None:
        house.policy(moderation="none")
        for count in range(20):
            for to in (HERE, REQUEST, HERE.replace("nap", "nap-help"), HERE.replace("nap", "nap-join")):
                take(house, mail(f"help {count}", author="Anna <anna@example.net>"), REFUTED, to)
        assert {one.to for one in letters(house)} <= {"mod@example.org", "chief@example.org"}


class TestCommands:
    @pytest.mark.parametrize("to", ["request", "join", "leave", "help"])
    def test_refuted_ones_do_nothing(self, house: House, to: str) -> None:
        before = house.part(ANNA)
        row = take(house, mail("pause", subject="pause"), REFUTED, f"nap-{to}@{DOMAIN}")
        assert (row["outcome"], row["reason"]) == ("refused", f"nothing was done, it may be forged: {REFUTED.says}")
        assert letters(house) == []
        assert house.part(ANNA) == before

    def test_an_address_that_only_its_owner_has_works_all_the_same(self, house: House) -> None:
        take(house, mail(""), REFUTED, house.site.addresses.leave("nap", house.part(ANNA)["id"]))
        assert house.part(ANNA)["status"] == LEFT

    @pytest.mark.parametrize(
        ("proof", "warned"), [(UNPROVEN, False), (LACKING, True), (SIGNED, False), (REFUTED, True)]
    )
    def test_a_person_can_always_be_reached_and_is_warned(self, house: House, proof: Proof, warned: bool) -> None:
        take(house, mail("My mails come back."), proof, HERE.replace("nap", "nap-owner"))
        notice = letters(house, "owner")[0]
        assert ("Take care, it may come from somebody else:" in notice.text) is warned


class TestNames:
    @pytest.mark.parametrize(
        ("author", "expected"),
        [
            ("Boris <boris@elsewhere.example>", "It bears the name of Boris, who takes part with another address."),
            ("BORIS <boris@elsewhere.example>", "It bears the name of Boris, who takes part with another address."),
            ("=?utf-8?b?0JJvcmlz?= <b@elsewhere.example>", "It bears the name of Boris, who takes part"),
            ("Chief <anna@example.net>", "It bears the name of Chief, who takes part with another address."),
            ("Anna <anna@example.net>", ""),
            ("Zoe <zoe@elsewhere.example>", ""),
            ("Иван Петров <ivan@elsewhere.example>", ""),
        ],
    )
    def test_a_name_of_another(self, house: House, author: str, expected: str) -> None:
        reasons = dict(contributed(house, mail(author=author))["reasons"])
        assert reasons.get("name of another", "").startswith(expected)
        assert ("name of another" in reasons) is bool(expected)

    def test_who_has_left_is_no_longer_impersonated(self, house: House) -> None:
        house.set("boris@example.net", status=LEFT)
        assert "name of another" not in rules(contributed(house, mail(author="Boris <b@elsewhere.example>")))

    def test_a_word_of_two_alphabets(self, house: House) -> None:
        house.policy(moderation="none")
        row = contributed(house, mail(author="=?utf-8?b?0JBubmE=?= Diop <anna@example.net>"))
        assert "mixed alphabets" in rules(row)

    def test_a_domain_that_apes_one_of_theirs(self, house: House) -> None:
        row = contributed(house, mail(author="Zoe <zoe@examp1e.net>"))
        assert dict(row["reasons"])["domain of another"].startswith("Its address looks like one at example.net")
        assert "domain of another" not in rules(contributed(house, mail("More.", author="Zoe <zoe@example.net>")))

    @pytest.mark.parametrize(
        ("sender", "held"),
        [
            ("", False),
            ("ANNA@example.net", False),
            ("Office <office@example.net>", True),
            ("boris@example.net", True),
        ],
    )
    def test_another_sender(self, house: House, sender: str, held: bool) -> None:
        house.released()
        house.policy(moderation="none")
        row = contributed(house, mail(headers={"Sender": sender}))
        assert rules(row) == ["another sender"] * held

    def test_another_address_of_the_author_is_no_other_sender(self, house: House) -> None:
        house.released()
        house.policy(moderation="none")
        person = house.part(ANNA)["person_id"]
        house.session.write(lambda connection: people.add_address(connection, house.now, person, NEW))
        assert rules(contributed(house, mail(headers={"Sender": NEW}))) == []


class TestLinking:
    """Anna writes `address NEW` to SLUG-request@."""

    def ask(self, house: House, proof: Proof = UNPROVEN, said: str = f"address {NEW}", author: str = ANNA) -> Any:
        return take(house, mail(said, subject="", author=f"Anna <{author}>"), proof, REQUEST)

    def answer(self, house: House, kind: str, said: str = "", author: str = "", proof: Proof = UNPROVEN) -> Any:
        question = letters(house, kind)[-1]
        content = mail(said, subject=f"Re: {question.subject}", author=author or question.to)
        return take(house, content, proof, str(question.mail["Reply-To"]))

    def owner(self, house: House, address: str = NEW) -> int | None:
        with house.session.read() as connection:
            return people.person_of(connection, address)

    def test_both_addresses_say_yes(self, house: House) -> None:
        assert self.ask(house)["reason"] == "address: the known one asked to confirm"
        assert [(one.kind, one.to) for one in letters(house)] == [("link_ask", ANNA)]
        assert self.answer(house, "link_ask")["reason"] == "address: confirmed, the new one asked as well"
        assert [(one.kind, one.to) for one in letters(house)][1:] == [("link_confirm", NEW)]
        assert self.owner(house) is None
        self.answer(house, "link_confirm")
        assert self.owner(house) == house.part(ANNA)["person_id"]
        assert {(one.kind, one.to) for one in letters(house)[2:]} == {("linked", ANNA), ("linked", NEW)}
        assert house.one("audit", action="link")["reason"] == NEW

        row = contributed(house, mail("From home.", author=f"Anna <{NEW}>"))
        assert (row["person_id"], "not a participant" in rules(row)) == (house.part(ANNA)["person_id"], False)
        house.release(row["id"])
        assert {one.to for one in letters(house, "contribution")} >= {ANNA}
        assert NEW not in {one.to for one in letters(house, "contribution")}

    @pytest.mark.parametrize("proof", [SIGNED, TRUSTED])
    def test_a_proven_request_is_not_asked_about_again(self, house: House, proof: Proof) -> None:
        assert self.ask(house, proof)["reason"] == "address: the new one asked to confirm"
        (question,) = letters(house)
        assert (question.kind, question.to) == ("link_confirm", NEW)
        assert "Anna <anna@example.net>" in " ".join(question.text.split())
        self.answer(house, "link_confirm", "yes")
        assert self.owner(house) == house.part(ANNA)["person_id"]

    def test_a_forged_request_links_nothing(self, house: House) -> None:
        """Eve writes in Anna's name; Anna is asked, and says no, or nothing."""
        self.ask(house, said="address eve@evil.example")
        self.answer(house, "link_ask", "No, that was not me")
        self.answer(house, "link_ask", "yes")  # used up
        assert {one.to for one in letters(house)} == {ANNA}
        assert self.owner(house, "eve@evil.example") is None

    def test_an_address_that_says_no_stays_nobodys(self, house: House) -> None:
        self.ask(house, SIGNED)
        assert self.answer(house, "link_confirm", "no")["reason"] == "address: no"
        self.answer(house, "link_confirm", "yes")
        assert self.owner(house) is None

    @pytest.mark.parametrize("kind", ["link_ask", "link_confirm"])
    def test_it_lapses_after_three_days_and_is_good_once(self, house: House, kind: str) -> None:
        self.ask(house, SIGNED if kind == "link_confirm" else UNPROVEN)
        house.now += timedelta(days=3)
        self.answer(house, kind)
        assert not letters(house, "linked", "link_confirm" if kind == "link_ask" else "")
        assert self.owner(house) is None

    def test_a_machines_answer_is_no_yes(self, house: House) -> None:
        """An answer without words is a yes, but a calendar's is nobody's."""
        self.ask(house, SIGNED)
        to = str(letters(house, "link_confirm")[0].mail["Reply-To"])
        content = mail("", author=NEW).replace(b"text/plain", b"text/calendar; method=REPLY")
        assert take(house, content, to=to)["outcome"] in ("automatic", "command")
        assert self.owner(house) is None

    def test_a_second_yes_does_nothing_more(self, house: House) -> None:
        self.ask(house, SIGNED)
        for _ in range(3):
            self.answer(house, "link_confirm")
        assert len(letters(house, "linked")) == 2

    def test_the_token_is_kept_as_a_hash_only(self, house: House) -> None:
        self.ask(house)
        token = str(letters(house, "link_ask")[0].mail["Reply-To"]).partition("+")[2].partition("@")[0]
        row = house.one("confirmation")
        assert (row["purpose"], row["person_id"], row["address"]) == (
            "address-own",
            house.part(ANNA)["person_id"],
            NEW,
        )
        assert row["lapses_at"] - row["asked_at"] == timedelta(days=3)
        assert token not in str(dict(row))

    @pytest.mark.parametrize(
        ("said", "reason"),
        [
            ("address boris@example.net", "address: is somebody else's; an organiser can merge"),
            ("address ANNA@example.net", "address: is theirs already"),
            (f"address {HERE}", "not understood; help sent"),
            ("address", "not understood; help sent"),
            ("address a..b@example.org", "not understood; help sent"),
            ("address one@example.org two@example.org", "not understood; help sent"),
        ],
    )
    def test_what_cannot_be_linked(self, house: House, said: str, reason: str) -> None:
        assert self.ask(house, SIGNED, said)["reason"] == reason
        assert house.rows("confirmation") == []
        assert {one.to for one in letters(house)} == {ANNA}

    def test_it_is_not_said_whose_an_address_is(self, house: House) -> None:
        self.ask(house, SIGNED, "address boris@example.net")
        (letter,) = letters(house)
        assert letter.kind == "link_refused"
        assert "Boris" not in letter.text
        assert "write to\nnap-owner" in letter.text or "write to nap-owner" in letter.text

    def test_somebody_elses_meanwhile(self, house: House) -> None:
        self.ask(house, SIGNED)
        house.join(NEW)
        self.answer(house, "link_confirm")
        assert self.owner(house) != house.part(ANNA)["person_id"]
        assert [one.to for one in letters(house, "link_refused")] == [ANNA]

    @pytest.mark.parametrize("author", ["zoe@elsewhere.example", "left@example.net"])
    def test_only_who_takes_part(self, house: House, author: str) -> None:
        house.join("left@example.net")
        house.set("left@example.net", status=LEFT)
        assert self.ask(house, author=author)["reason"] == "address: does not take part"
        assert house.rows("confirmation") == []

    def test_who_has_left_meanwhile_links_nothing(self, house: House) -> None:
        self.ask(house, SIGNED)
        house.set(ANNA, status=LEFT)
        assert self.answer(house, "link_confirm")["reason"] == "address: nobody"
        assert self.owner(house) is None

    def test_nobody_is_flooded_with_questions(self, house: House) -> None:
        for count in range(6):
            self.ask(house, UNPROVEN, f"address n{count}@home.example")
        assert len(letters(house, "link_ask")) == 3
        for author in ("boris@example.net", "chloe@example.net"):
            self.ask(house, SIGNED, author=author)
        assert [one.to for one in letters(house, "link_confirm")] == [NEW]

    def test_what_waits_from_that_address_becomes_theirs(self, house: House) -> None:
        waiting = contributed(house, mail("From home.", author=f"Anna <{NEW.upper()}>"))
        assert waiting["person_id"] is None
        self.ask(house, SIGNED)
        self.answer(house, "link_confirm")
        assert house.contribution(waiting["id"])["person_id"] == house.part(ANNA)["person_id"]

    def test_the_stranger_letter_says_how(self, house: House) -> None:
        contributed(house, mail(author=f"Anna <{NEW}>"))
        (letter,) = letters(house, "stranger")
        assert "\n    address name@example.org\n" in letter.text
        assert REQUEST in letter.text

    @pytest.mark.parametrize("said", ["adresse {}", "dirección {}", "Please add my address {}", "адрес {}"])
    def test_in_several_languages(self, house: House, said: str) -> None:
        self.ask(house, SIGNED, said.format(NEW))
        assert [one.to for one in letters(house, "link_confirm")] == [NEW]

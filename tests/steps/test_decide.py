"""Moderation by mail: what an answer to a notice brings about, and everything that must change nothing."""

from __future__ import annotations

import re
from datetime import timedelta
from typing import Any

import pytest

from listserv.core.mail.authentication import UNPROVEN, Level, Proof
from listserv.steps import intake, merge, moderate, notify, undo
from listserv.steps.intake import Reading
from listserv.store import people
from tests.house import LEFT, MODERATORS, PARTICIPANT, House, Sent, mail

MO, CHIEF = MODERATORS
SIGNED = Proof(Level.DKIM, says="It bears a valid signature of example.org.")
TRUSTED = Proof(Level.TRUSTED, says="Our mail host has checked that it comes from example.org.")
LACKING = Proof(says="Nothing proves that it comes from example.org: it is not signed.")
REFUTED = Proof(refuted=True, says="Our mail host's check says that it does not come from example.org (DMARC).")


def notice(house: House, to: str = MO, kind: str = "held_notice") -> Sent:
    return house.sent(kind, to=to)[-1]


def reply_to(sent: Sent) -> str:
    return str(sent.mail["Reply-To"])


def write(
    house: House,
    text: str,
    to: str,
    *,
    author: str = MO,
    proof: Proof = SIGNED,
    sender: str | None = None,
    **options: Any,
) -> Any:
    """A mail to that address, processed; the inbox row."""
    content = mail(text, author=author, subject="Re: Waiting for you", **options)
    number = house.receive(content, to, author if sender is None else sender)
    intake.intake(house.session, house.now, house.site, 100, Reading(prove=lambda raw, read, protocol: proof))
    moderate.release_passed(house.session, house.now, house.site)
    notify.notify(house.session, house.now, house.site)
    row = house.one("inbox", id=number)
    assert row["state"] == "done", row["traceback"]
    return row


def answer(house: House, text: str, to: str = MO, **options: Any) -> Any:
    return write(house, text, reply_to(notice(house, to)), **{"author": to, **options})


def state(house: House) -> str:
    return house.rows("contribution")[-1]["state"]


def told(house: House) -> list[Sent]:
    return [*house.sent("decided"), *house.sent("undecided")]


class TestTheNotice:
    def test_each_moderator_has_an_address_of_their_own_and_the_store_only_its_hash(self, house: House) -> None:
        row = house.contribute()
        notices = house.sent("held_notice")
        addresses = {reply_to(one) for one in notices}
        assert len(addresses) == len(notices) == 2
        assert all(re.fullmatch(r"nap-moderate\+[a-z2-7]{26}@talk\.example", one) for one in addresses)
        tickets = house.rows("ticket")
        assert [(one["contribution_id"], one["used_at"]) for one in tickets] == [(row["id"], None)] * 2
        assert {one["lapses_at"] - one["made_at"] for one in tickets} == {timedelta(days=14)}
        dumped = "\n".join(line for line in house.tables() if "ticket" in line)
        assert not [one for one in addresses if one.partition("+")[2].partition("@")[0] in dumped]

    def test_the_contribution_is_in_it_as_text_and_as_an_inert_file(self, house: House) -> None:
        house.contribute("We need a plan.\n\n> quoted\n> more", subject="Plans")
        one = notice(house)
        assert "    We need a plan.\n" in one.text
        (file,) = one.mail.iter_attachments()
        assert (file.get_content_type(), file.get_filename()) == ("text/plain", "1.txt")
        assert "From: Anna <anna@example.net>\nSubject: Plans\n" in file.get_content().replace("\r\n", "\n")
        assert "We need a plan." in file.get_content()
        assert {part.get_content_type() for part in one.mail.walk()} == {"multipart/mixed", "text/plain"}

    def test_no_address_or_link_that_acts_stands_in_the_text(self, house: House) -> None:
        house.contribute()
        assert [one for one in ("+", "mailto:", "http") if one in notice(house).text] == []


DECISIONS = [
    ("release", "released"),
    ("Release.", "released"),
    ("*release*", "released"),
    ("RELEASE\n\n-- \nMo\nUN-INSTRAW", "released"),
    ("diffuser", "released"),
    ("Publicar", "released"),
    ("return: Please shorten it.", "returned"),
    ("Renvoyer : trop long", "returned"),
    ("devolver: demasiado largo", "returned"),
    ("discard", "discarded"),
    ("Écarter", "discarded"),
    ("descartar.", "discarded"),
]


class TestADecision:
    @pytest.mark.parametrize(("text", "became"), DECISIONS)
    def test_one_word_as_the_first_line(self, house: House, text: str, became: str) -> None:
        row = house.contribute()
        assert answer(house, text)["outcome"] == "command"
        row = house.contribution(row["id"])
        assert (row["state"], row["decided_by"]) == (became, MO)
        used = [one["used_at"] for one in house.rows("ticket")]
        assert used == [house.now, None]
        assert house.sent("undecided") == []

    def test_all_moderators_hear_of_it_beneath_the_notice_they_got(self, house: House) -> None:
        house.contribute(subject="Plans")
        answer(house, "release")
        for to in MODERATORS:
            (news,) = house.sent("decided", to=to)
            its = notice(house, to).mail
            assert news.mail["In-Reply-To"] == news.mail["References"] == its["Message-ID"]
            assert news.subject == f"Re: {its['Subject']}"
            assert "Mo has released contribution 1. It goes to all participants as number 1." in news.text
            assert news.mail["Reply-To"] == "nap-owner@talk.example"
        assert len(house.sent("contribution")) == 4

    def test_what_needs_no_proof_is_told_to_all_and_can_be_undone(self, house: House) -> None:
        """A notice may have strayed, and From proves nothing: a stolen discard must not stay unseen, nor for good."""
        house.contribute()
        answer(house, "discard", proof=LACKING)
        assert state(house) == "discarded"
        assert [one.to for one in house.sent("decided")] == list(MODERATORS)
        assert all("    listserv queue undo 1 -d nap\n" in one.text for one in house.sent("decided"))
        undo.undo(house.session, house.now, 1, CHIEF)
        answer(house, "return: Shorter, please.", CHIEF, proof=LACKING)
        assert state(house) == "returned"
        assert [one.to for one in house.sent("decided")[2:]] == list(MODERATORS)

    def test_a_return_says_why_to_the_author_and_to_the_moderators(self, house: House) -> None:
        house.contribute()
        below = "> To decide, reply to this mail with one of these\n> release\n> discard"
        answer(house, f"return: Please\nshorten it.\n\nThank you\n\nOn Tue, nap@talk.example wrote:\n{below}")
        (back,) = house.sent("returned")
        assert "  Please\n  shorten it.\n\n  Thank you\n" in back.text
        assert "release" not in back.text
        assert all("    Please\n    shorten it.\n" in one.text for one in house.sent("decided"))

    def test_the_notice_quoted_without_marks_is_neither_a_second_verb_nor_part_of_the_reason(
        self, house: House
    ) -> None:
        house.contribute()
        answer(house, f"return: Too long.\n\n{notice(house).text}")
        assert "Too long." in house.sent("returned")[0].text
        assert "To decide" not in house.sent("returned")[0].text

    def test_it_is_one_audit_entry_like_any_other(self, house: House) -> None:
        house.contribute()
        answer(house, "release")
        (entry,) = house.rows("audit", action="release")
        assert (entry["actor"], entry["reason"]) == (MO, "as number 1, 4 mails")

    def test_another_address_of_the_same_moderator_will_do(self, house: House) -> None:
        house.contribute()
        person = house.part(MO)["person_id"]
        house.session.write(lambda c: people.add_address(c, house.now, person, "mo@phone.example"))
        answer(house, "release", author="mo@phone.example")
        assert state(house) == "released"


UNCLEAR = [
    ("", "empty"),
    ("ok", "words"),
    ("release discard", "several"),
    ("release or discard?", "several"),
    ("release\ndiscard", "several"),
    ("do not release", "words"),
    ("release later", "words"),
    ("release: once you have cut the end", "words"),
    ("release 2", "number"),
    ("return", "reason"),
    ("return:", "reason"),
    ("approve", "other"),
    ("> release", "empty"),
    ("On Tue, nap@talk.example wrote:\n> release", "words"),
]


class TestNothingIsChanged:
    @pytest.mark.parametrize(("text", "why"), UNCLEAR)
    def test_by_what_is_unclear_and_an_answer_says_so(self, house: House, text: str, why: str) -> None:
        house.contribute()
        row = answer(house, text)
        assert (state(house), row["reason"]) == ("held", f"moderation by mail: nothing was changed ({why})")
        (one,) = told(house)
        assert one.to == MO
        assert "changed nothing. It still waits." in one.text
        assert one.mail["In-Reply-To"] == notice(house).mail["Message-ID"]
        # … and an answer to that decides.
        write(house, "release", reply_to(one))
        assert state(house) == "released"

    @pytest.mark.parametrize("proof", [UNPROVEN, LACKING])
    def test_by_a_release_that_nothing_proves(self, house: House, proof: Proof) -> None:
        house.contribute()
        answer(house, "release", proof=proof)
        assert state(house) == "held"
        (one,) = told(house)
        assert "Nothing proves that your answer came from you" in one.text
        assert proof.says in one.text
        answer(house, "release", proof=TRUSTED)
        assert state(house) == "released"

    @pytest.mark.parametrize("text", ["release", "discard", "return: no"])
    def test_by_a_forged_mail_of_whom_its_moderator_is_told(self, house: House, text: str) -> None:
        house.contribute()
        answer(house, text, proof=REFUTED)
        assert state(house) == "held"
        (one,) = told(house)
        assert (one.to, "seems to be forged" in one.text, REFUTED.says in one.text.replace("\n", " ")) == (
            MO,
            True,
            True,
        )

    def test_by_a_return_of_what_was_forged_which_would_go_to_somebody_else(self, house: House) -> None:
        write(house, "We need no plan.", "nap@talk.example", author="Anna <anna@example.net>", proof=REFUTED)
        answer(house, "return: Shorter, please.")
        assert (state(house), house.sent("returned")) == ("held", [])
        assert 'listserv queue return 1 --reason "…" --yes -d nap' in told(house)[0].text
        answer(house, "discard")
        assert state(house) == "discarded"

    @pytest.mark.parametrize("author", ["anna@example.net", "eve@elsewhere.example"])
    @pytest.mark.parametrize("text", ["release", "discard"])
    def test_by_somebody_else_with_the_notice(self, house: House, author: str, text: str) -> None:
        house.contribute()
        answer(house, text, author=author)
        assert state(house) == "held"
        (one,) = told(house)
        assert (one.to, author in one.text) == (MO, True)
        assert [one["used_at"] for one in house.rows("ticket")] == [None, None]

    def test_by_a_colleague_who_gets_an_address_of_their_own(self, house: House) -> None:
        house.contribute()
        answer(house, "release", author=CHIEF)
        assert state(house) == "held"
        (one,) = told(house)
        assert (one.to, "sent to another moderator" in one.text) == (CHIEF, True)
        write(house, "release", reply_to(one), author=CHIEF)
        assert house.contribution(1)["decided_by"] == CHIEF

    def test_by_who_moderates_no_more(self, house: House) -> None:
        house.contribute()
        house.set(MO, role=PARTICIPANT)
        answer(house, "release")
        house.set(MO, role="moderator", status=LEFT)
        answer(house, "release")
        assert state(house) == "held"

    def test_by_a_second_use_which_hears_what_was_decided_and_by_whom(self, house: House) -> None:
        house.contribute()
        answer(house, "return: Shorter, please.", CHIEF)
        answer(house, "release", CHIEF)
        answer(house, "discard")
        assert state(house) == "returned"
        for to in (CHIEF, MO):
            (one,) = house.sent("undecided", to=to)
            assert "Returned to its author by chief@example.org on Tuesday 4 November 2008," in one.text

    def test_by_a_lapsed_ticket_whose_moderator_gets_a_fresh_one(self, house: House) -> None:
        house.contribute()
        old = reply_to(notice(house))
        house.now += timedelta(days=14)
        write(house, "discard", old)
        assert state(house) == "held"
        (one,) = told(house)
        assert "too old" in one.text
        write(house, "discard", reply_to(one))
        assert state(house) == "discarded"

    def test_by_a_token_nobody_was_given_which_moderators_read(self, house: House) -> None:
        house.contribute()
        write(house, "release", house.site.addresses.moderate("nap", "a" * 26))
        assert (state(house), told(house)) == ("held", [])
        assert [one.to for one in house.sent("owner")] == list(MODERATORS)

    @pytest.mark.parametrize(
        ("text", "sender", "headers"),
        [
            ("release", MO, {"Auto-Submitted": "auto-replied"}),
            ("release", "", {"Auto-Submitted": "auto-replied"}),
            ("I am out of the office until Monday.", MO, {"X-Autoreply": "yes"}),
            ("Return: Monday 10 November", MO, {"Precedence": "auto_reply"}),
            ("I am out of the office until Monday and will answer then.", MO, {}),
        ],
    )
    def test_by_a_machine_which_is_never_answered(
        self, house: House, text: str, sender: str, headers: dict[str, str]
    ) -> None:
        house.contribute()
        answer(house, text, sender=sender, headers=headers)
        assert (state(house), told(house)) == ("held", [])

    def test_by_a_bounce_of_the_notice(self, house: House) -> None:
        house.contribute()
        report = (
            'Content-Type: multipart/report; report-type=delivery-status; boundary="b"',
            "From: MAILER-DAEMON@example.org",
            "",
            "--b\r\n\r\nrelease\r\n--b\r\nContent-Type: message/delivery-status\r\n\r\nReporting-MTA: dns; mx\r\n\r\n"
            f"Final-Recipient: rfc822; {MO}\r\nAction: failed\r\nStatus: 5.1.1\r\n--b--",
        )
        house.take("\r\n".join(report).encode(), reply_to(notice(house)), sender="")
        assert (state(house), told(house)) == ("held", [])

    def test_through_a_list(self, house: House) -> None:
        house.contribute()
        answer(house, "release", headers={"List-Id": "<staff.example.org>"})
        assert state(house) == "held"

    def test_while_no_module_is_open(self, empty_house: House) -> None:
        empty_house.join("anna@example.net", name="Anna")
        empty_house.contribute()
        empty_house.session.write(lambda c: c.exec_driver_sql("UPDATE contribution SET module = NULL"))
        answer(empty_house, "release")
        assert state(empty_house) == "held"
        assert "perhaps no module is open" in told(empty_house)[0].text

    def test_and_one_who_keeps_failing_is_not_answered_for_ever(self, house: House) -> None:
        house.contribute()
        for _ in range(25):
            answer(house, "what?")
        assert len(told(house)) == 20
        house.now += timedelta(days=1, minutes=1)
        answer(house, "what?")
        assert len(told(house)) == 21


def test_no_token_of_a_quoted_notice_gets_into_what_is_stored_or_passed_on(house: House) -> None:
    house.contribute()
    address = reply_to(notice(house))
    quoted = f"> Reply-To: {address}\n> Whatever"
    answer(house, f"return: see {address}\n\n{quoted}")
    house.contribute(f"I forward this: {address}\n\n{quoted}")
    house.take(mail(f"Help {address}"), "nap-owner@talk.example")
    token = address.partition("+")[2].partition("@")[0]
    kinds = ("returned", "decided", "held_notice", "owner", "receipt")
    texts = [
        part.get_content()
        for kind in kinds
        for one in house.sent(kind)
        for part in one.mail.walk()
        if not part.is_multipart()
    ]
    assert not [one for one in texts if token in one]
    assert not [row for row in house.rows("contribution") if token in f"{row['text']}{row['cut']}{row['html']}"]
    assert not [row for row in house.rows("audit") if token in row["reason"]]


def test_tickets_outlive_that_two_entries_of_a_moderator_become_one(house: House) -> None:
    house.contribute()
    house.join("mo@home.example", name="Mo")
    merge.merge(house.session, house.now, "mo@home.example", MO, "test")
    write(house, "discard", reply_to(notice(house)), author="mo@home.example")
    assert state(house) == "discarded"


class TestARequestToTakePart:
    def ask(self, house: House) -> Sent:
        house.take(mail("Please", author="Eve <eve@example.com>"), "nap-join@talk.example", sender="eve@example.com")
        (asked,) = house.sent("join_confirm")
        house.take(mail("yes", author="Eve <eve@example.com>"), reply_to(asked), sender="eve@example.com")
        return notice(house, kind="join_request")

    def test_approve(self, house: House) -> None:
        write(house, "approve", reply_to(self.ask(house)))
        assert house.part("eve@example.com")["status"] == "active"
        assert [one.kind for one in house.sent(to="eve@example.com")] == ["join_confirm", "welcome", "announcement"]
        for to in MODERATORS:
            (news,) = house.sent("decided", to=to)
            assert "Mo has approved the request of Eve" in news.text
            assert news.mail["In-Reply-To"] == notice(house, to, "join_request").mail["Message-ID"]

    @pytest.mark.parametrize("proof", [UNPROVEN, LACKING])
    def test_approve_needs_proof_as_a_release_does(self, house: House, proof: Proof) -> None:
        """Whoever got hold of a notice could else let themselves in, by a mail in its moderator's name."""
        asked = reply_to(self.ask(house))
        write(house, "approve", asked, proof=proof)
        assert house.part("eve@example.com")["status"] == "requested"
        (one,) = told(house)
        assert "to admit somebody needs proof" in " ".join(one.text.split())
        assert "    listserv participant approve eve@example.com -d nap\n" in one.text
        write(house, "approve", asked, proof=TRUSTED)
        assert house.part("eve@example.com")["status"] == "active"

    def test_what_is_said_of_one_stands_beneath_its_own_notice_though_another_came_at_that_instant(
        self, house: House
    ) -> None:
        asked = self.ask(house)
        for content in (mail("Please", author="Bob <bob@example.com>"), None):
            to = "nap-join@talk.example" if content else reply_to(house.sent("join_confirm", to="bob@example.com")[0])
            house.take(content or mail("yes", author="Bob <bob@example.com>"), to, sender="bob@example.com")
        write(house, "approve", reply_to(asked), proof=LACKING)
        (one,) = house.sent("undecided", to=MO)
        assert one.subject == "Re: [nap] Asks to take part: Eve"
        assert one.mail["In-Reply-To"] == asked.mail["Message-ID"]

    def test_decline_with_a_reason(self, house: House) -> None:
        write(house, "Refuser : réservé aux États membres", reply_to(self.ask(house)))
        assert house.part("eve@example.com")["status"] == "declined"
        assert "réservé aux États membres" in house.sent("declined")[0].text

    def test_what_is_for_contributions_only_is_unclear(self, house: House) -> None:
        write(house, "release", reply_to(self.ask(house)))
        assert house.part("eve@example.com")["status"] == "requested"
        assert "That cannot be done here." in told(house)[0].text

    def test_whose_asker_turns_out_to_be_somebody_known(self, house: House) -> None:
        asked = reply_to(self.ask(house))
        merge.merge(house.session, house.now, "eve@example.com", "anna@example.net", "test")
        write(house, "decline", asked)
        assert house.part("eve@example.com")["status"] == "active"  # anna takes part: nothing to decline

    def test_the_second_hears_who_was_first(self, house: House) -> None:
        self.ask(house)
        for to, word in ((CHIEF, "decline"), (MO, "approve")):
            write(house, word, reply_to(notice(house, to, "join_request")), author=to)
        assert house.part("eve@example.com")["status"] == "declined"
        (one,) = house.sent("undecided", to=MO)
        assert "Declined by chief@example.org on" in one.text

"""What comes back: counted, paused, told, taken back; and what nobody can bring about by forging (mail.md 5.4, 6)."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime, timedelta
from pathlib import Path

import pytest

from listserv.core.mail.transfer import Phase, Result
from listserv.errors import Refused
from listserv.steps import bounce, deliver, reach
from listserv.steps.enrol import Newcomer, enrol
from listserv.store import bounces, outbox
from listserv.store.tables import delivery
from tests.house import HERE, House, mail

ANNA, BORIS = "anna@example.net", "boris@example.net"
DAY = timedelta(days=1)
GONE = ("5.1.1", "550 5.1.1 no such user here")
FULL = ("5.2.2", "552 5.2.2 mailbox full")
BLOCKED = ("5.7.1", "550 5.7.1 blocked, see our policy")


def mailing(house: House, *addresses: str, at: datetime | None = None) -> list[int]:
    """A mailing that has gone to these; its deliveries."""
    at = at or house.now

    def write(connection: object) -> list[int]:
        values = {
            "dialogue_id": house.dialogue.id,
            "kind": "contribution",
            "message_id": f"<x{at.timestamp()}@talk.example>",
            "subject": "Plans",
        }
        mailing_id, ids = outbox.add_mailing(connection, at, values, {"en": (b"Subject: Plans\r\n", b"Hello\r\n")})
        made = [outbox.add_delivery(connection, mailing_id, ids["en"], one, house.part(one)["id"]) for one in addresses]
        gone = delivery.update().where(delivery.c.id.in_(made)).values(state="sent", attempts=1, finished_at=at)
        connection.execute(gone)
        return made

    return house.session.write(write)


def report(status: str, diagnostic: str, to: str = ANNA, returned: str = "Subject: Plans\n") -> bytes:
    action = "delayed" if status.startswith("4.4.1") else "failed"
    return (
        "From: Mail Delivery System <MAILER-DAEMON@mx.example.net>\n"
        "Subject: Undelivered Mail Returned to Sender\nAuto-Submitted: auto-replied\n"
        "Content-Type: multipart/report; report-type=delivery-status; boundary=b\n\n"
        "--b\nContent-Type: text/plain\n\nIt failed.\n"
        "--b\nContent-Type: message/delivery-status\n\nReporting-MTA: dns; mx.example.net\n\n"
        f"Final-Recipient: rfc822; {to}\nAction: {action}\nStatus: {status}\nDiagnostic-Code: smtp; {diagnostic}\n\n"
        f"--b\nContent-Type: text/rfc822-headers\n\n{returned}\n--b--\n"
    ).encode()


def back(house: House, delivery_id: int, said: tuple[str, str] = GONE, **options: str) -> str:
    """That copy comes back to its return address; the reason in the inbox."""
    row = house.take(report(*said, **options), house.site.addresses.bounces("nap", delivery_id), sender="")
    assert (row["outcome"], row["contribution_id"], row["traceback"]) == ("bounce", None, None)
    return row["reason"]


def fail_for(house: House, days: int, said: tuple[str, str] = GONE, address: str = ANNA) -> None:
    for _ in range(days):
        (one,) = mailing(house, address)
        back(house, one, said, to=address)
        house.now += DAY


def status(house: House, address: str = ANNA) -> str:
    part = house.part(address)
    return f"{part['status']}{'' if part['unreachable_at'] is None else ' unreachable'}"


class TestCounting:
    def test_paused_at_the_limit_and_never_removed(self, house: House) -> None:
        fail_for(house, 2)
        assert status(house) == "active"
        fail_for(house, 1)
        assert status(house) == "paused unreachable"
        assert house.part(ANNA)["unreachable_at"] == house.now - DAY
        entry = house.rows("audit")[-1]
        assert (entry["actor"], entry["action"], entry["subject"]) == ("bounces", "pause", ANNA)
        assert "no such user" in entry["reason"]
        fail_for(house, 5)
        assert status(house) == "paused unreachable"

    def test_no_copy_goes_to_who_is_paused(self, house: House) -> None:
        fail_for(house, 3)
        house.released(author="Boris <boris@example.net>")
        assert ANNA not in [one.to for one in house.sent("contribution") if one.id > 3 and one.state == "pending"]

    @pytest.mark.parametrize("said", [BLOCKED, ("4.4.1", "connection timed out")])
    def test_what_is_ours_or_delayed_never_pauses(self, house: House, said: tuple[str, str]) -> None:
        fail_for(house, 8, said)
        assert status(house) == "active"

    def test_a_delay_is_not_even_recorded(self, house: House) -> None:
        fail_for(house, 15, ("4.4.1", "connection timed out"))
        assert house.rows("bounce") == []

    def test_many_on_one_day_are_one(self, house: House) -> None:
        for _ in range(10):
            (one,) = mailing(house, ANNA)
            house.now += timedelta(minutes=1)
            back(house, one)
        assert status(house) == "active"

    def test_refused_by_the_relay_counts_alike(self, house: House) -> None:
        for _ in range(3):
            (one,) = mailing(house, ANNA)
            house.session.write(lambda c, d=one: bounce.refused(c, house.now, d, 550, "5.1.1 user unknown"))
            house.now += DAY
        assert status(house) == "paused unreachable"

    def test_and_through_the_whole_of_deliver(self, house: House) -> None:
        for _ in range(3):
            row = house.released(author="Boris <boris@example.net>")
            copies = deliver.claim(house.session, house.now, house.site, deliver.Renderings(), 1000)
            results = [
                Result(copy.delivery, copy.epoch, *((550, "5.1.1 user unknown", Phase.RCPT) if copy.recipient == ANNA
                                                    else (250, "2.0.0 taken", Phase.END)))
                for copy in copies
            ]  # fmt: skip
            deliver.finish(house.session, house.now, results).result()
            assert row["state"] == "released"
            house.now += DAY
        assert status(house) == "paused unreachable"
        assert status(house, BORIS) == "active"

    def test_a_worse_report_of_one_copy_replaces_the_better(self, house: House) -> None:
        (one,) = mailing(house, ANNA)
        for said in (FULL, GONE, FULL):
            back(house, one, said)
        assert [row["verdict"] for row in house.rows("bounce")] == ["hard"]

    def test_the_domain_is_the_copys(self, house: House) -> None:
        house.join("pia@Example.ORG")
        (one,) = mailing(house, "pia@Example.ORG")
        back(house, one)
        assert house.one("bounce")["domain"] == "example.org"


class TestForging:
    """A report counts when a token of ours names the copy, it was sent, and not long ago (mail.md 6.7)."""

    def test_without_a_token_it_is_kept_and_scores_nothing(self, house: House) -> None:
        for _ in range(30):
            row = house.take(report(*GONE), HERE, sender="")
            assert row["reason"] == f"{ANNA}: hard 5.1.1 (not counted)"
            house.now += DAY
        assert status(house) == "active"
        assert {row["delivery_id"] for row in house.rows("bounce")} == {None}

    def test_a_flood_of_them_is_one_row_a_day(self, house: House) -> None:
        for _ in range(20):
            house.take(report(*GONE), HERE, sender="")
        assert len(house.rows("bounce")) == 1

    def test_the_same_token_again_and_again(self, house: House) -> None:
        (one,) = mailing(house, ANNA)
        for _ in range(13):
            back(house, one)
            house.now += DAY
        assert status(house) == "active"
        assert len(house.rows("bounce")) == 1

    def test_a_token_lapses(self, house: House) -> None:
        old = [mailing(house, ANNA, at=house.now - n * DAY)[0] for n in (15, 16, 17)]
        for one in old:
            assert back(house, one).endswith("(not counted)")
            house.now += DAY
        assert status(house) == "active"

    def test_a_copy_that_never_went_out(self, house: House) -> None:
        (one,) = mailing(house, ANNA)
        house.session.write(lambda c: c.execute(delivery.update().values(state="pending", attempts=0)))
        assert back(house, one).endswith("(not counted)")

    def test_a_copy_that_left_though_a_crash_kept_us_from_noting_it(self, house: House) -> None:
        (one,) = mailing(house, ANNA)
        house.session.write(lambda c: c.execute(delivery.update().values(state="pending", finished_at=None)))
        assert back(house, one) == f"{ANNA}: hard 5.1.1"

    @pytest.mark.parametrize("damage", [lambda a: a.replace("+", "+a"), lambda a: a.replace("+", "+aaaaaaaa")[:40]])
    def test_a_token_that_is_none(self, house: House, damage: Callable[[str], str]) -> None:
        (one,) = mailing(house, ANNA)
        row = house.take(report(*GONE), damage(house.site.addresses.bounces("nap", one)), sender="")
        assert row["outcome"] == "refused"
        assert house.rows("bounce") == []

    def test_another_dialogues_token(self, house: House) -> None:
        row = house.take(report(*GONE, to="x@y.example"), house.site.addresses.bounces("nap", 99_999), sender="")
        assert row["reason"] == "nobody's that takes part"


class TestElsewhere:
    """A report sent to another address of ours: the mail it returns still bears our return address."""

    def test_the_returned_mail_names_the_copy(self, house: House) -> None:
        (one,) = mailing(house, ANNA)
        returned = f"Return-Path: <{house.site.addresses.bounces('nap', one)}>\nSubject: Plans\n"
        row = house.take(report(*GONE, to="hidden@elsewhere.example", returned=returned), HERE, sender="")
        assert row["reason"] == f"{ANNA}: hard 5.1.1"
        assert house.one("bounce")["delivery_id"] == one

    def test_or_the_participant(self, house: House) -> None:
        leave = house.site.addresses.leave("nap", house.part(ANNA)["id"])
        row = house.take(report(*GONE, to="h@e.example", returned=f"List-Unsubscribe: <mailto:{leave}>\n"), HERE, "")
        assert row["reason"] == f"{ANNA}: hard 5.1.1 (not counted)"
        assert status(house) == "active"


@pytest.fixture
def crowd(house: House) -> list[str]:
    """Twelve at one domain, two elsewhere."""
    there = [f"p{n}@big.example" for n in range(12)]
    for one in there:
        house.join(one)
    return there


class TestWave:
    """A whole domain bouncing alike scores nobody and alarms once (mail.md 6.6)."""

    @pytest.mark.parametrize("said", [GONE, FULL, BLOCKED])
    def test_nobody_is_paused(self, house: House, crowd: list[str], said: tuple[str, str]) -> None:
        for _ in range(4):
            for one, to in zip(mailing(house, *crowd), crowd, strict=True):
                back(house, one, said, to=to)
            house.now += DAY
        assert {status(house, one) for one in crowd} == {"active"}

    def test_one_alarm_a_day_to_each_moderator(self, house: House, crowd: list[str]) -> None:
        for _ in range(3):
            for one, to in zip(mailing(house, *crowd), crowd, strict=True):
                back(house, one, BLOCKED, to=to)
                house.tick(house.now + timedelta(minutes=1))
        told = house.sent("wave")
        assert sorted(one.to for one in told) == ["chief@example.org", "mod@example.org"]
        assert told[0].subject == "[nap] big.example sends our mail back"
        assert "Of 12 copies of one mail to big.example, 5 or more came back alike." in told[0].text
        assert "    550 5.7.1 blocked, see our policy\n" in told[0].text
        assert "whoever runs this server" in told[0].text

    def test_who_was_paused_by_it_is_active_again(self, house: House, crowd: list[str]) -> None:
        first = crowd[0]
        for _ in range(2):
            back(house, mailing(house, first)[0], to=first)
            house.now += DAY
        copies = dict(zip(crowd, mailing(house, *crowd), strict=True))
        back(house, copies[first], to=first)
        assert status(house, first) == "paused unreachable"
        for other in crowd[1:5]:
            back(house, copies[other], to=other)
        assert status(house, first) == "active"
        assert house.rows("audit")[-1]["reason"] == "all of big.example bounced alike"
        for other in crowd[5:]:
            back(house, copies[other], to=other)
        assert {status(house, one) for one in crowd} == {"active"}

    def test_who_is_gone_all_the_same_stays_paused(self, house: House, crowd: list[str]) -> None:
        first = crowd[0]
        for _ in range(3):
            back(house, mailing(house, first)[0], to=first)
            house.now += DAY
        for one, to in zip(mailing(house, *crowd), crowd, strict=True):
            back(house, one, to=to)
        assert status(house, first) == "paused unreachable"

    def test_a_few_of_many_are_people(self, house: House, crowd: list[str]) -> None:
        for _ in range(3):
            copies = dict(zip(crowd, mailing(house, *crowd), strict=True))
            for to in crowd[:4]:
                back(house, copies[to], to=to)
            house.now += DAY
        assert [status(house, one) for one in crowd] == ["paused unreachable"] * 4 + ["active"] * 8
        assert house.sent("wave") == []

    def test_two_hundred_blocked_copies_pause_nobody(self, house: House) -> None:
        there = [f"p{n}@gmail.example" for n in range(200)]
        people = [Newcomer(one) for one in there]
        enrol(house.session, house.now, house.site, house.dialogue, people, "test", welcome=False)
        for _ in range(3):
            for one in mailing(house, *there):
                house.session.write(lambda c, d=one: bounce.refused(c, house.now, d, 550, "5.7.1 our users block you"))
            house.tick(house.now)
            house.now += DAY
        assert {row["status"] for row in house.rows("participation")} == {"active"}
        assert len(house.sent("wave", to="mod@example.org")) == 3  # one a day

    def test_different_verdicts_are_no_wave(self, house: House, crowd: list[str]) -> None:
        for n, (one, to) in enumerate(zip(mailing(house, *crowd), crowd, strict=True)):
            if n < 8:
                back(house, one, GONE if n < 4 else FULL, to=to)
        assert house.rows("occurrence", kind=bounces.WAVE) == []


class TestTelling:
    def test_once_a_day_together(self, house: House) -> None:
        for address in (ANNA, BORIS):
            start = house.now
            fail_for(house, 3, address=address)
            house.now = start
        house.tick(house.now + 3 * DAY)
        told = house.sent("unreachable", to="mod@example.org")
        assert [one.subject for one in told] == ["[nap] 2 participants cannot be reached"]
        assert "Anna <anna@example.net>" in told[0].text
        assert "Their host says that there is no such address." in " ".join(told[0].text.split())
        assert "    550 5.1.1 no such user here\n" in told[0].text
        assert "    listserv participant reinstate anna@example.net -d nap\n" in told[0].text
        assert "    listserv participant reinstate --all -d nap\n" in told[0].text
        house.tick(house.now + timedelta(hours=1))
        assert len(house.sent("unreachable", to="mod@example.org")) == 1

    def test_nobody_no_notice(self, house: House) -> None:
        house.to_the_end()
        assert house.sent("unreachable") == []

    def test_before_each_module(self, house: House) -> None:
        from tests.house import CLOSING, SECOND, THIRD

        fail_for(house, 3)
        house.tick(CLOSING)
        first = len(house.sent("unreachable", to="mod@example.org"))
        house.tick(SECOND - timedelta(hours=25))
        assert len(house.sent("unreachable", to="mod@example.org")) == first
        house.tick(SECOND - timedelta(hours=23))
        (notice,) = house.sent("unreachable", to="mod@example.org")[first:]
        assert notice.text.startswith("Module 2, Drafting, opens on Monday 10 November 2008")
        house.tick(SECOND)
        assert len(house.sent("unreachable", to="mod@example.org")) == first + 1
        house.tick(THIRD)  # an outage: told just before it opens
        last = house.sent("unreachable", to="mod@example.org")[-1]
        assert last.text.startswith("Module 3, Monitoring")
        assert last.id < house.sent("announcement")[-1].id

    def test_not_told_of_who_has_been_reinstated(self, house: House) -> None:
        fail_for(house, 3)
        reach.reinstate(house.session, house.now, house.dialogue, ANNA, "mod@example.org")
        house.tick(house.now)
        assert house.sent("unreachable") == []


class TestReinstating:
    def test_older_bounces_no_longer_count(self, house: House) -> None:
        fail_for(house, 3)
        reach.reinstate(house.session, house.now, house.dialogue, ANNA, "mod@example.org")
        assert status(house) == "active"
        assert house.part(ANNA)["reinstated_at"] == house.now
        house.now += timedelta(hours=1)
        fail_for(house, 2)
        assert status(house) == "active"
        fail_for(house, 1)
        assert status(house) == "paused unreachable"

    def test_by_themselves_by_mail(self, house: House) -> None:
        fail_for(house, 3)
        house.take(mail("resume", subject="resume"), "nap-request@talk.example")
        assert status(house) == "active"
        fail_for(house, 1)
        assert status(house) == "active"

    @pytest.mark.parametrize(
        ("before", "said"),
        [
            ({}, f"{ANNA} is active: mail goes to them already"),
            ({"status": "left"}, f"{ANNA} does not take part: left"),
            (
                {"status": "paused"},
                f"{ANNA} is paused, but not because mail came back; to end that:"
                f" listserv participant pause {ANNA} --off",
            ),
        ],
    )
    def test_refused(self, house: House, before: dict[str, str], said: str) -> None:
        if before:
            house.set(ANNA, **before)
        with pytest.raises(Refused) as refused:
            reach.reinstate(house.session, house.now, house.dialogue, ANNA, "mod@example.org")
        assert str(refused.value) == said


def complaint(to: str = ANNA, returned: str = "Subject: Plans\n", mail_from: str = "", kind: str = "abuse") -> bytes:
    lines = f"Original-Mail-From: <{mail_from}>\n" if mail_from else ""
    return (
        "From: feedback@provider.example\nSubject: complaint about message\n"
        "Content-Type: multipart/report; report-type=feedback-report; boundary=b\n\n"
        "--b\nContent-Type: text/plain\n\nA complaint.\n"
        f"--b\nContent-Type: message/feedback-report\n\nFeedback-Type: {kind}\nVersion: 1\n"
        f"User-Agent: x\n{lines}Original-Rcpt-To: {to}\n\n"
        f"--b\nContent-Type: message/rfc822\n\n{returned}\n\n--b--\n"
    ).encode()


class TestComplaint:
    def whole(self, house: House, content: bytes, to: str) -> str:
        row = house.take(content, to, sender="feedback@provider.example")
        assert (row["outcome"], row["contribution_id"]) == ("bounce", None)
        return row["reason"]

    def test_by_any_token_of_ours_paused_at_once(self, house: House) -> None:
        addresses = house.site.addresses
        (one,) = mailing(house, ANNA)
        verp, leave = addresses.bounces("nap", one), addresses.leave("nap", house.part(ANNA)["id"])
        link = f"http://talk.example/u/{addresses.token('unsubscribe', house.part(ANNA)['id'])}"
        for content, to in (
            (complaint("redacted"), verp),
            (complaint("redacted", mail_from=verp), "nap-owner@talk.example"),
            (complaint("redacted", f"Return-Path: <{verp}>\n"), "nap-owner@talk.example"),
            (complaint("redacted", f"List-Unsubscribe: <mailto:{leave}>\n"), "nap-owner@talk.example"),
            (complaint("redacted", f"List-Unsubscribe: <{link}>,\n <mailto:x@y.example>\n"), "nap-owner@talk.example"),
        ):
            house.set(ANNA, status="active")
            assert self.whole(house, content, to) == f"{ANNA}: complaint"
            assert status(house) == "paused"
            assert (house.rows("audit")[-1]["actor"], house.rows("audit")[-1]["reason"]) == ("complaint", "abuse")

    def test_the_moderators_are_told_of_the_pause_and_once_a_day_that_it_goes_on(self, house: House) -> None:
        (one,) = mailing(house, ANNA)
        for _ in range(3):
            self.whole(house, complaint(), house.site.addresses.bounces("nap", one))
        told = house.sent("complaint", to="mod@example.org")
        assert {one.subject for one in told} == {"[nap] Anna has complained of our mail"}
        assert ["reinstate anna@example.net --yes -d nap\n" in one.text for one in told] == [True, False]

    def test_an_address_alone_pauses_nobody(self, house: House) -> None:
        assert "only told" in self.whole(house, complaint(), "nap-owner@talk.example")
        assert status(house) == "active"
        assert "Nothing was changed" in house.sent("complaint")[0].text

    @pytest.mark.parametrize("kind", ["not-spam", "auth-failure"])
    def test_feedback_that_is_no_complaint_pauses_nobody(self, house: House, kind: str) -> None:
        """RFC 5965 §7.3: "this is no spam", and a check that failed on somebody's way."""
        (one,) = mailing(house, ANNA)
        verp = house.site.addresses.bounces("nap", one)
        row = house.take(complaint(mail_from=verp, kind=kind), verp, sender="feedback@provider.example")
        assert (row["outcome"], row["reason"]) == ("automatic", "periodic")
        assert status(house) == "active"
        assert house.sent("complaint") == []

    @pytest.mark.parametrize("named", [True, False])
    def test_outlook_coms_own_form(self, house: House, named: bool) -> None:
        """No fields for machines: our mail attached, with the recipient in a header of theirs."""
        (one,) = mailing(house, ANNA)
        path = f"Return-Path: <{house.site.addresses.bounces('nap', one)}>\n" if named else ""
        content = (
            "From: staff@hotmail.example\nSubject: complaint about message from 192.0.2.1\n"
            "Content-Type: multipart/mixed; boundary=b\n\n--b\nContent-Type: message/rfc822\n\n"
            f"X-HmXmrOriginalRecipient: {ANNA}\n{path}Subject: Plans\n\nPlans.\n--b--\n"
        )
        told = self.whole(house, content.encode(), "nap-owner@talk.example")
        assert told == f"{ANNA}: complaint" + ("" if named else " (nobody's token: only told)")
        assert status(house) == ("paused" if named else "active")

    def test_reinstating_needs_them_to_have_asked(self, house: House) -> None:
        (one,) = mailing(house, ANNA)
        self.whole(house, complaint(), house.site.addresses.bounces("nap", one))
        with pytest.raises(Refused, match=r"complained of our mail; if they ask for it again: repeat with --yes"):
            reach.reinstate(house.session, house.now, house.dialogue, ANNA, "mod@example.org")
        reach.reinstate(house.session, house.now, house.dialogue, ANNA, "mod@example.org", asked=True)
        assert status(house) == "active"


CORPUS = Path(__file__).parents[1] / "corpus"
BOUNCES = sorted(CORPUS.glob("bounces/*.eml")) + sorted((CORPUS / "mail").glob("dsn-*.eml"))
TRUTH = (CORPUS / "reports" / "truth.tsv").read_text("utf-8").splitlines()
REPORTS = [
    (name, sender) for name, sender, kind, *_ in (one.split("\t") for one in TRUTH if one[:1] != "#") if kind != "held"
]


class TestAutomatic:
    @pytest.mark.parametrize("to", [HERE, "nap-owner@talk.example", "nap-join@talk.example"])
    def test_no_bounce_becomes_a_contribution_or_is_answered(self, house: House, to: str) -> None:
        """Nor one whose envelope is not known, as from a mailbox (RFC 3834 §2)."""
        before = len(house.sent())
        for n, path in enumerate(BOUNCES):
            house.receive(path.read_bytes(), to, sender="" if n % 2 else "MAILER-DAEMON@mx.example")
        house.work()
        assert {one["outcome"] for one in house.rows("inbox")} == {"bounce"}
        assert (len(house.rows("contribution")), len(house.sent())) == (0, before)
        assert len(BOUNCES) >= 50

    @pytest.mark.parametrize("to", [HERE, "nap-owner@talk.example"])
    def test_no_report_of_any_host_becomes_one(self, house: House, to: str) -> None:
        """By hosts' null senders, to wherever people write; what is a program's by its words alone is left out."""
        before = len(house.sent())
        for name, sender in REPORTS:
            house.receive((CORPUS / "reports" / name).read_bytes(), to, sender=sender.strip("<>"))
        house.work()
        assert {one["outcome"] for one in house.rows("inbox")} == {"bounce", "automatic"}
        assert (len(house.rows("contribution")), len(house.sent())) == (0, before)
        assert len(REPORTS) >= 300

    def test_five_hundred_vacation_answers_are_a_counter(self, house: House) -> None:
        """RFC 3834 §2: nothing goes out, nothing is held, all are counted as one outcome."""
        row = house.released(author="Boris <boris@example.net>")
        before = len(house.sent())
        reply_to = house.site.addresses.reply("nap", row["id"])
        for n in range(500):
            away = mail(
                "I am out of the office until Monday.",
                author=f"Person {n} <p{n}@example.net>",
                subject="Automatic reply: Plans",
                answers=row["message_id"],
                headers={"Auto-Submitted": "auto-replied"},
            )
            house.receive(away, (reply_to, HERE)[n % 2], sender="" if n % 3 else f"p{n}@example.net")
        house.work()
        assert len(house.sent()) == before
        outcomes = [one["outcome"] for one in house.rows("inbox") if one["outcome"] == "automatic"]
        assert len(outcomes) == 500
        assert len(house.rows("contribution")) == 1

"""Loops and storms end: what machines send each other is counted, and answered by nobody (RFC 3834, RFC 5321 §6.3).

Every test sends back all that comes out, as often as anything does, and measures what it took to end.
"""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from listserv.core.mail.splice import personal
from listserv.steps.enrol import Newcomer, enrol
from tests.house import HERE, House, folder, mail, open_house

OTHER = "other@lists.example"


def out(house: House, address: str, seen: set[int]) -> list[bytes]:
    """The copies to that address that were not seen yet, as they go over the wire."""
    found = []
    for row in house.rows("delivery", address=address):
        if row["id"] in seen:
            continue
        seen.add(row["id"])
        rendering = house.one("rendering", id=row["rendering_id"])
        own = b"" if house.one("mailing", id=row["mailing_id"])["personal"] else personal(unsubscribe="a@talk.example")
        found.append(rendering["head"] + own + b"\r\n" + rendering["body"])
    return found


def total(house: House) -> int:
    return len(house.rows("delivery"))


def test_our_own_mail_sent_back_to_us_becomes_nothing(house: House) -> None:
    house.released("We need a plan.")
    before = len(house.rows("contribution")), total(house)
    for copy in out(house, "anna@example.net", set()) + out(house, "mod@example.org", set()):
        for to in (HERE, "nap-owner@talk.example", "nap-request@talk.example"):
            for sender in ("anna@example.net", ""):
                assert house.take(copy, to=to, sender=sender)["outcome"] in ("automatic", "duplicate")
    assert (len(house.rows("contribution")), total(house)) == before


def test_500_vacation_replies_to_one_release_are_counted_and_answered_by_nobody(house: House) -> None:
    row = house.released("We need a plan.")
    before = len(house.rows("contribution")), total(house)
    for number in range(500):
        house.receive(
            mail(
                "I am out of the office until Monday.",
                author=f"P{number} <p{number}@example.net>",
                subject="Automatic reply: Plans",
                answers=row["message_id"],
                headers={"Auto-Submitted": "auto-replied"},
            ),
            sender=f"p{number}@example.net",
        )
    house.work()
    assert (len(house.rows("contribution")), total(house)) == before
    assert len(house.rows("inbox", outcome="automatic")) == 500


@pytest.mark.parametrize("moderation", ["all", "none"])
def test_a_foreign_list_that_takes_part_is_never_released_and_the_exchange_ends(house: House, moderation: str) -> None:
    """The other list sends all it gets to its members, us among them, under its own List-Id."""
    house.policy(moderation=moderation)
    house.join(OTHER)
    row = house.contribute("We need a plan.")
    if moderation == "all":
        house.release(row["id"])
    seen: set[int] = set()
    sent = rounds = 0
    while copies := out(house, OTHER, seen):
        rounds += 1
        assert rounds < 5, "it goes on"
        for copy in copies:
            sent += 1
            text = copy.decode("utf-8", "replace")
            relisted = f"List-Id: Other <other.lists.example>\r\nPrecedence: list\r\nX-Other: 1\r\n{text}"
            house.take(relisted.encode(), sender="other-bounces@lists.example")
            plain = mail("A member of the other list writes.", author=f"Member <{OTHER}>").decode()
            house.take(
                f"List-Id: Other <other.lists.example>\r\n{plain}".encode(), sender="other-bounces@lists.example"
            )
    assert sent <= 6
    assert not [row for row in house.rows("contribution", state="released") if "other list" in row["text"]]


@pytest.fixture
def two(tmp_path: Path) -> Iterator[tuple[House, House]]:
    """The same dialogue twice, as two sites that know nothing of each other: each takes part in the other."""
    for name in ("one", "two"):
        (tmp_path / name).mkdir()
    with open_house(folder(tmp_path / "one")) as one, open_house(folder(tmp_path / "two")) as other:
        yield one, other


def test_two_dialogues_that_take_part_in_each_other_fall_silent(two: tuple[House, House]) -> None:
    """Worst case: nothing is moderated. `other` is the same engine under another name."""
    there = "nap@other.example"
    one, other = two
    for house in two:
        house.policy(moderation="none")
        enrol(house.session, house.now, house.site, house.dialogue, [Newcomer(there, "The other")], "test")
    one.contribute("We need a plan.")
    seen: list[set[int]] = [set(), set()]
    handed_over = 0
    for _ in range(10):
        moved = 0
        for source, target, known in ((one, other, seen[0]), (other, one, seen[1])):
            for copy in out(source, there, known):
                moved += 1
                # What the other site sees: our domain is a foreign one to it, and its own is ours here.
                renamed = copy.replace(b"talk.example", b"XX").replace(b"other.example", b"talk.example")
                target.take(renamed.replace(b"XX", b"other.example"), sender="nap-bounces@other.example")
        handed_over += moved
        if not moved:
            break
    assert not moved, "they still write to each other"
    assert handed_over <= 8, handed_over
    for house in two:
        released = [row["text"] for row in house.rows("contribution", state="released")]
        assert released in (["We need a plan."], [])


def test_a_mail_that_has_passed_51_hosts_is_recorded_as_a_loop(house: House) -> None:
    """It came from a mailbox or a pipe; over SMTP the receiver has refused it with 554 5.4.6."""
    received = "".join(f"Received: from h{number} by x; Tue, 4 Nov 2008 10:00:00 +0000\r\n" for number in range(51))
    row = house.take(received.encode() + mail("We need a plan."))
    assert (row["outcome"], "loop" in row["reason"]) == ("automatic", True)


def test_a_thousand_forged_mails_of_one_stranger_get_one_answer(house: House) -> None:
    for number in range(1000):
        house.receive(mail(f"Text {number}", author="Victim <victim@far.example>"), sender="victim@far.example")
    house.work()
    assert len(house.sent(to="victim@far.example")) <= 1


def test_a_postmaster_is_reachable_and_it_reaches_people(house: House) -> None:
    """RFC 5321 §4.5.1."""
    for to in ("postmaster@talk.example", "Postmaster"):
        row = house.take(
            mail("Your server is odd.", author="Peer <peer@far.example>"), to=to, sender="peer@far.example"
        )
        assert row["outcome"] == "command"
    assert [one for one in house.sent(to="mod@example.org") if "Your server is odd." in str(one.mail)]


def test_a_foreign_list_of_our_own_name_is_a_foreign_list(house: House) -> None:
    """Its List-Id begins as ours does: that of a dialogue with the same slug at another site."""
    house.policy(moderation="none")
    house.take(mail(headers={"List-Id": "The other <nap.elsewhere.example>"}))
    (row,) = house.rows("contribution")
    assert (row["state"], dict(row["reasons"]).get("another list")) == (
        "held",
        "It came through another mailing list: nap.elsewhere.example.",
    )

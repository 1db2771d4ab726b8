"""Moderators hear that mail of ours is refused: for what we are, once a day and domain; for what it is, once a mail."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

import pytest

from listserv.core.mail.transfer import Copy, Phase, Result
from listserv.steps import alarm, deliver
from tests.house import MODERATORS, House, Sent

ANNA, BORIS = "anna@example.net", "boris@example.net"
REFUSED = "5.7.515 sending domain not authenticated"


def claim(house: House) -> list[Copy]:
    return deliver.claim(house.session, house.now, house.site, deliver.Renderings(), 1000)


@pytest.fixture
def copies(house: House) -> dict[str, Copy]:
    """The copies of one contribution, by recipient."""
    house.work()
    before = {copy.delivery for copy in claim(house)}
    house.released()
    made = [copy for copy in claim(house) if copy.delivery not in before]
    ids = {row["id"] for row in house.rows("mailing", kind="contribution")}
    found = {copy.recipient: copy for copy in made if house.one("delivery", id=copy.delivery)["mailing_id"] in ids}
    assert {ANNA, BORIS} <= set(found)
    return found


def halted(copy: Copy, *, at_large: bool = False) -> Result:
    return Result(copy.delivery, copy.epoch, 550, REFUSED, Phase.CONNECT, 3600.0, at_large)


def ended(copy: Copy, code: int, reply: str, phase: Phase = Phase.END) -> Result:
    return Result(copy.delivery, copy.epoch, code, reply, phase)


def report(house: House, *results: Result) -> list[Sent]:
    """Finish and tell, as the engine does; the notices of either kind so far."""
    deliver.finish(house.session, house.now, results).result()
    if found := alarm.of(results):
        alarm.tell(house.session, house.now, house.site, found)
    return house.sent("relay_halted") + house.sent("relay_refused")


def test_a_halt_is_told_once_a_day_to_each_moderator(house: House, copies: dict[str, Copy]) -> None:
    for _ in range(3):
        notices = report(house, halted(copies[ANNA]), halted(copies[BORIS]))
    assert sorted(notice.to for notice in notices) == sorted(MODERATORS)
    for notice in notices:
        assert notice.subject == "[nap] Our mail is refused at example.net"
        assert f"\n    550 {REFUSED}\n" in notice.text
        waiting = sum(row["address"].endswith("@example.net") and row["state"] in ("pending", "deferred")
                      for row in house.rows("delivery"))  # fmt: skip
        assert f"\n{waiting} mails wait." in notice.text
        assert notice.mail["Auto-Submitted"] == "auto-generated"
    house.now += timedelta(days=1)
    assert len(report(house, halted(copies[ANNA]))) == 2 * len(MODERATORS)


def test_nobody_is_scored_and_nothing_has_failed(house: House, copies: dict[str, Copy]) -> None:
    report(house, *(halted(copy) for copy in copies.values()))
    assert house.rows("bounce") == []
    assert {house.one("delivery", id=copy.delivery)["state"] for copy in copies.values()} == {"deferred"}


def test_the_relay_as_a_whole_is_one_alarm(house: House, copies: dict[str, Copy]) -> None:
    notices = report(house, *(halted(copy, at_large=True) for copy in copies.values()))
    assert [notice.subject for notice in notices] == ["[nap] Our mail is refused by the relay"] * len(MODERATORS)


@pytest.mark.parametrize("phase", [Phase.GREETING, Phase.AUTH])
def test_a_session_refused_for_good_is_the_same_alarm(house: House, copies: dict[str, Copy], phase: Phase) -> None:
    notices = report(house, *(ended(copy, 0, "535 5.7.8 wrong password", phase) for copy in copies.values()))
    assert [notice.subject for notice in notices] == ["[nap] Our mail is refused by the relay"] * len(MODERATORS)
    assert "    535 5.7.8 wrong password\n" in notices[0].text


def test_two_domains_are_two(house: House, copies: dict[str, Copy]) -> None:
    notices = report(house, halted(copies[ANNA]), halted(copies[MODERATORS[0]]))
    assert {notice.subject for notice in notices} == {
        "[nap] Our mail is refused at example.net",
        "[nap] Our mail is refused at example.org",
    }
    assert len(notices) == 2 * len(MODERATORS)


@pytest.mark.parametrize(
    ("code", "reply", "phase"),
    [
        (552, "5.3.4 message too large", Phase.END),
        (554, "5.6.0 content refused", Phase.END),
        (550, "5.6.3 the relay lacks 8BITMIME, which this mail needs", Phase.MAIL),
    ],
)
def test_a_refused_mailing_is_told_once(
    house: House, copies: dict[str, Copy], code: int, reply: str, phase: Phase
) -> None:
    for address in (ANNA, BORIS):
        notices = report(house, ended(copies[address], code, reply, phase))
    assert sorted(notice.to for notice in notices) == sorted(MODERATORS)
    assert "Not delivered: " in notices[0].subject
    assert f"    {ANNA}\n" in notices[0].text
    assert f"    {code} {reply}\n" in notices[0].text
    assert house.rows("bounce") == []


def test_an_address_the_relay_cannot_carry_is_told_once_for_all_mailings(house: House) -> None:
    house.join("jörg@example.net", name="Jörg")
    text = "5.6.7 the relay lacks SMTPUTF8, which this address needs"
    for _ in range(2):
        house.released()
        mine = [copy for copy in claim(house) if copy.recipient == "jörg@example.net"]
        assert mine
        notices = report(house, *(ended(copy, 550, text, Phase.MAIL) for copy in mine))
    assert len(notices) == len(MODERATORS)
    assert "    jörg@example.net\n" in notices[0].text
    assert "another address" in notices[0].text


def test_a_notice_that_is_refused_itself_is_not_told_of(house: House, copies: dict[str, Copy]) -> None:
    notices = report(house, ended(copies[ANNA], 554, "5.6.0 no"))
    again = [ended(copy, 554, "5.6.0 no") for copy in claim(house) if copy.recipient in MODERATORS]
    assert again
    assert len(report(house, *again)) == len(notices)


@pytest.mark.parametrize(
    "result",
    [
        Result(1, 1, 250, "2.0.0 taken", Phase.END),
        Result(1, 1, 451, "4.3.0 later", Phase.END),
        Result(1, 1, 0, "Connect call failed", Phase.CONNECT),
        Result(1, 1, 421, "4.3.2 starting up", Phase.GREETING),
        Result(1, 1, 550, "5.7.1 not yet known to be about us all", Phase.RCPT),
        Result(1, 1, 0, "waits: x.org has had its share", Phase.CONNECT, 60.0),
    ],
)
def test_what_is_not_worth_telling(result: Result) -> None:
    assert alarm.of([result]) == []


def test_a_participant_who_is_refused_is_no_news(house: House, copies: dict[str, Copy]) -> None:
    gone = ended(copies[ANNA], 550, "5.1.1 no such mailbox", Phase.RCPT)
    assert alarm.tell(house.session, house.now, house.site, alarm.of([gone])) == 0


def test_a_reply_cannot_imitate_the_notice(house: House, copies: dict[str, Copy]) -> None:
    """It is one line, indented, and short, whatever the server said."""
    nasty = replace(halted(copies[ANNA]), reply="5.7.1 {{ 7*7 }} <b>click</b> " + "x" * 450)
    (notice, *_) = report(house, nasty)
    (line,) = [line for line in notice.text.splitlines() if "click" in line]
    assert line.startswith("    550 5.7.1 {{ 7*7 }} <b>click</b>")
    assert len(line) < 320

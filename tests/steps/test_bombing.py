"""Somebody uses us to fill others' mailboxes, or to find out who takes part: neither works."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest

from listserv.core.mail import identity
from listserv.core.mail.authentication import Level, Proof
from listserv.core.sentence import Sentence
from listserv.steps import intake, limit
from listserv.steps.intake import Reading
from listserv.store import suppressions
from tests.house import LEFT, MODERATORS, House, mail

PIA = "pia@example.net"


def ask(house: House, role: str, author: str, sender: str | None = None, text: str = "") -> Any:
    return house.take(
        mail(text, author=author), to=f"nap-{role}@talk.example", sender=author if sender is None else sender
    )


def suppress(house: House, address: str = PIA) -> None:
    prints = house.site.addresses.fingerprints(identity.key(address))
    house.session.write(lambda connection: suppressions.add(connection, house.now, prints))


class TestSource:
    def test_one_sender_in_others_names_brings_about_five_letters_a_day(self, house: House) -> None:
        for number in range(12):
            ask(house, "join", f"v{number}@far{number}.example", sender="bomber@evil.example")
        assert len(house.sent("join_confirm")) == limit.BY_SENDER
        house.now += timedelta(days=1, hours=1)
        ask(house, "join", "v99@far.example", sender="bomber@evil.example")
        assert len(house.sent("join_confirm")) == limit.BY_SENDER + 1

    def test_one_domain_brings_about_thirty_an_hour_whoever_it_says_it_is(self, house: House) -> None:
        for number in range(limit.BY_DOMAIN + 6):
            house.receive(mail("", author=f"v{number}@far.example"), "nap-join@talk.example", f"b{number}@evil.example")
        house.work()
        assert len(house.sent("join_confirm")) == limit.BY_DOMAIN
        ask(house, "join", "somebody@else.example")  # who asks for themselves is not shut out by that
        assert len(house.sent("join_confirm")) == limit.BY_DOMAIN + 1

    def test_to_the_dialogue_itself_as_well(self, house: House) -> None:
        for number in range(12):
            house.take(mail("x", author=f"v{number}@far.example"), sender="bomber@evil.example")
        assert len(house.sent("stranger")) == limit.BY_SENDER
        assert len(house.rows("contribution", state="held")) == 12


class TestNoOracle:
    """Whoever writes in somebody's name sees the same, whether or not they take part: nothing at all."""

    @pytest.mark.parametrize("role", ["join", "leave", "help", "request"])
    @pytest.mark.parametrize("standing", ["stranger", "active", "left", "suppressed"])
    def test_answers_go_to_the_one_named_and_to_nobody_else(self, house: House, role: str, standing: str) -> None:
        victim = {"active": "anna@example.net", "left": "boris@example.net"}.get(standing, PIA)
        house.set("boris@example.net", status=LEFT)
        if standing == "suppressed":
            suppress(house)
        before = {one.id for one in house.sent()}
        content = mail("", author=victim, headers={"Reply-To": "spy@evil.example", "Cc": "spy@evil.example"})
        row = house.take(content, to=f"nap-{role}@talk.example", sender="spy@evil.example")
        assert row["state"] == "done"
        after = [one for one in house.sent() if one.id not in before]
        assert {one.to for one in after} <= {victim, *MODERATORS}
        assert len([one for one in after if one.to == victim]) == (standing != "suppressed")
        assert all("spy@" not in str(one.mail.get("To")) + str(one.mail.get("Cc")) for one in after)

    def test_what_the_envelope_is_answered_does_not_depend_on_it(self, house: House) -> None:
        """Addresses are refused by their form alone (edge/envelope); whose participation it is plays no part there."""
        for role in ("join", "leave", "help", "request"):
            assert house.site.addresses.parse(f"nap-{role}@talk.example") is not None


class TestNeverAgain:
    def test_what_others_ask_in_their_name_is_passed_on_and_not_answered(self, house: House) -> None:
        suppress(house)
        for role in ("join", "help", "leave"):
            assert "passed on to the moderators" in ask(house, role, PIA)["reason"]
        assert house.sent(to=PIA) == []
        assert len(house.sent("owner")) == 3 * len(MODERATORS)

    def test_what_they_ask_themselves_they_get(self, house: House) -> None:
        suppress(house)
        proven = Reading(prove=lambda *_: Proof(Level.TRUSTED, says=Sentence("Checked.")))
        house.receive(mail("", author=PIA), "nap-join@talk.example", PIA)
        intake.intake(house.session, house.now, house.site, 10, proven)
        assert [one.kind for one in house.sent(to=PIA)] == ["join_received"]
        with house.session.read() as connection:
            assert suppressions.count(connection) == 0

    def test_moderators_hear_once_that_a_flood_is_on(self, house: House) -> None:
        for number in range(limit.BY_SENDER + 3):
            ask(house, "join", f"v{number}@far.example", sender="bomber@evil.example")
        for minutes in (1, 30):
            limit.tell(house.session, house.now + timedelta(minutes=minutes), house.site, house.dialogue)
        told = house.sent("flood")
        assert sorted(one.to for one in told) == sorted(MODERATORS)
        assert "3 wishes to take part" in " ".join(told[0].text.split())

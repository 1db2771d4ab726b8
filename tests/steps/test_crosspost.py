"""Round-ups go to sister networks once each, and what their members answer comes back: held, and named as such."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from listserv.core.dialogue.model import Network
from listserv.core.mail.transfer import Phase, Result
from listserv.errors import Refused
from listserv.steps import alarm, crosspost, deliver, give_back
from tests.house import FRIDAY_DRAFT, FRIDAY_ROUNDUP, HERE, MODERATORS, House, folder, mail, open_house
from tests.steps.test_bounce import report

LIST = "peace@network.example"
NETWORKS = [
    {"name": "Peace network", "address": LIST, "language": "fr"},
    {"name": "Réseau", "address": "reseau@autre.example", "language": ""},
]


def round_up(house: House) -> None:
    house.policy(networks=NETWORKS)
    house.released("We need a plan, and money for it.", subject="First")
    house.tick(FRIDAY_DRAFT)
    house.tick(FRIDAY_ROUNDUP)


@pytest.fixture
def joined(tmp_path: Path) -> Iterator[House]:
    """With two sister networks, and the first round-up sent."""
    with open_house(folder(tmp_path, after=round_up)) as house:
        house.now = FRIDAY_ROUNDUP
        yield house


def to_network(house: House) -> str:
    return str(house.sent("crosspost", to=LIST)[0].mail["Reply-To"])


def test_each_round_up_goes_to_each_network_once(joined: House) -> None:
    first, second = joined.sent("crosspost")
    assert (first.to, second.to) == (LIST, "reseau@autre.example")
    assert first.subject == "[nap] Planning for Action : synthèse 1"
    assert "Aux membres de Peace network" in first.text, "the frame is in their language"
    assert "money for it" in first.text
    assert first.mail["From"] == "Planning for Action <nap@talk.example>"
    assert first.mail["X-Loop"] == HERE
    assert first.mail["List-Id"] is None, "it is no mail of our list to its members"
    assert first.mail["Reply-To"] != second.mail["Reply-To"]
    (row,) = joined.rows("roundup", state="sent")
    with pytest.raises(Refused, match="was posted before to Peace network, Réseau"):
        crosspost.crosspost(joined.session, joined.now, joined.site, joined.dialogue, row["id"], "mod")


def test_a_list_gets_it_from_an_address_of_ours_and_what_comes_back_harms_nobody(joined: House) -> None:
    copies = deliver.claim(joined.session, joined.now, joined.site, deliver.Renderings(), 100)
    (copy,) = [one for one in copies if one.recipient == LIST]
    assert copy.sender.startswith("nap-bounces+"), "lists take nothing from the null sender"
    returned = b"From: MAILER-DAEMON@network.example\r\nSubject: Undelivered\r\n\r\n550 no such list\r\n"
    row = joined.take(returned, copy.sender, "")
    assert (row["outcome"], row["reason"]) == ("bounce", f"{LIST}, a sister network: soft")


def test_moderators_hear_of_a_network_that_takes_nothing_once_a_round_up(joined: House) -> None:
    copies = deliver.claim(joined.session, joined.now, joined.site, deliver.Renderings(), 100)
    (copy,) = [one for one in copies if one.recipient == LIST]
    sent = len(joined.sent())
    for _ in range(2):
        row = joined.take(report("5.1.1", "550 5.1.1 no such list", LIST), copy.sender, "")
        assert (row["outcome"], row["reason"]) == ("bounce", f"{LIST}, a sister network: 5.1.1")
    refused = Result(copy.delivery, copy.epoch, 550, "5.1.1 no such list", Phase.RCPT)
    assert alarm.of([refused]) == [refused]
    assert alarm.tell(joined.session, joined.now, joined.site, [refused]) == 0, "told already"
    told = joined.sent()[sent:]
    assert [(one.kind, one.to) for one in told] == [("network_refused", one) for one in MODERATORS]
    assert told[0].subject == "[nap] Not delivered to Peace network"
    assert LIST in told[0].text


def test_a_delay_there_is_nothing_to_tell(joined: House) -> None:
    copies = deliver.claim(joined.session, joined.now, joined.site, deliver.Renderings(), 100)
    (copy,) = [one for one in copies if one.recipient == LIST]
    joined.take(report("4.4.1", "connect timed out", LIST), copy.sender, "")
    assert not joined.sent("network_refused")


def test_an_answer_is_held_and_named_and_its_author_is_not_written_to(joined: House) -> None:
    sent = len(joined.sent())
    row = joined.take(
        mail("We did it so.", author="Gul <gul@kabul.example>", subject="Re: synthèse"), to_network(joined)
    )
    held = joined.contribution(row["contribution_id"])
    assert (held["state"], held["via"], held["person_id"]) == ("held", "Peace network", None)
    reasons = [rule for rule, _ in held["reasons"]]
    assert "network" in reasons
    assert "stranger" not in reasons
    assert str(held["reasons"][0][1]) == "It is a reply from the network Peace network; its author is a guest."
    assert {one.kind for one in joined.sent()[sent:]} == {"held_notice"}, "nobody but moderators is written to"
    joined.release(held["id"])
    (copy, *_) = joined.sent("contribution", to="anna@example.net")[-1:]
    assert "Gul, via Peace network" in copy.text
    assert copy.mail["From"].startswith("Gul via Planning for Action")


def test_where_the_list_wrote_itself_into_from_its_author_is_shown(joined: House) -> None:
    munged = {"List-Id": "<peace.network.example>", "Reply-To": "Gul <gul@kabul.example>"}
    row = joined.take(mail("So.", author=f"Gul via Peace network <{LIST}>", headers=munged), to_network(joined), LIST)
    held = joined.contribution(row["contribution_id"])
    assert (held["from_name"], held["from_address"], held["via"]) == ("Gul", "gul@kabul.example", "Peace network")


def test_nothing_is_returned_to_all_members_of_a_list(joined: House) -> None:
    row = joined.take(mail("So.", author=f"Gul via Peace network <{LIST}>"), to_network(joined), LIST)
    held = joined.contribution(row["contribution_id"])
    assert held["from_name"] == "Gul"
    with pytest.raises(Refused, match="bears the address of Peace network, where all its members would read it"):
        give_back.give_back(joined.session, joined.now, joined.site, held["id"], "mod", "Shorter, please.")


def test_who_takes_part_here_too_is_no_guest(joined: House) -> None:
    row = joined.take(mail("I am in both.", author="Anna <anna@example.net>"), to_network(joined))
    held = joined.contribution(row["contribution_id"])
    assert (held["via"], held["person_id"]) == ("", joined.part("anna@example.net")["person_id"])


def test_no_policy_lets_it_pass(joined: House) -> None:
    joined.policy(moderation="none", late="return")
    row = joined.take(mail("Me too.", author="Gul <gul@kabul.example>"), to_network(joined))
    assert row["outcome"] == "held"


def test_who_answers_to_all_is_known_by_what_they_answer(joined: House) -> None:
    (posted, _) = joined.sent("crosspost")
    about = str(posted.mail["Message-ID"])
    row = joined.take(mail("To all.", author="Gul <gul@kabul.example>", answers=about), HERE, "gul@kabul.example")
    assert joined.contribution(row["contribution_id"])["via"] == "Peace network"
    ours = joined.take(mail("I saw it there.", author="Anna <anna@example.net>", answers=about))
    assert joined.contribution(ours["contribution_id"])["via"] == "", "who takes part here is no guest"


def test_our_own_mail_that_comes_back_through_it_is_dropped(joined: House) -> None:
    (posted, _) = joined.sent("crosspost")
    again = b"List-Id: <peace.network.example>\r\nPrecedence: list\r\n" + posted.mail.as_bytes()
    for to in (HERE, to_network(joined)):
        row = joined.take(again, to, "peace-bounces@network.example")
        assert (row["outcome"], row["reason"]) == ("automatic", "our own mail came back")


def test_a_machine_there_gets_no_answer(joined: House) -> None:
    sent = len(joined.sent())
    away = mail("Away.", author="Gul <gul@kabul.example>", headers={"Auto-Submitted": "auto-replied"})
    assert joined.take(away, to_network(joined))["outcome"] == "automatic"
    assert len(joined.sent()) == sent


def test_the_address_of_a_network_that_is_gone_still_reaches_moderators(joined: House) -> None:
    to = to_network(joined)
    joined.policy(networks=[])
    row = joined.take(mail("Late answer.", author="Gul <gul@kabul.example>"), to)
    assert joined.contribution(row["contribution_id"])["via"] == crosspost.FORMER


def test_a_round_up_in_which_nobody_says_anything_goes_to_no_network(house: House) -> None:
    house.policy(networks=NETWORKS)
    house.tick(FRIDAY_DRAFT)
    house.tick(FRIDAY_ROUNDUP)
    assert house.sent("roundup")
    assert not house.sent("crosspost")


def test_a_network_that_comes_later_gets_it_by_command(house: House) -> None:
    house.released("We need a plan.", subject="First")
    house.tick(FRIDAY_DRAFT)
    draft = house.one("roundup")["id"]
    house.policy(networks=NETWORKS[:1])
    with pytest.raises(Refused, match="has not been sent"):
        crosspost.foresee(house.session, house.now, house.site, house.dialogue, draft)
    house.policy(networks=[])
    house.tick(FRIDAY_ROUNDUP)
    with pytest.raises(Refused, match="has no sister networks"):
        crosspost.foresee(house.session, house.now, house.site, house.dialogue, draft)
    house.policy(networks=NETWORKS[:1])
    with pytest.raises(Refused, match="no network 'x'; there is: Peace network"):
        crosspost.foresee(house.session, house.now, house.site, house.dialogue, draft, "x")
    done = crosspost.crosspost(house.session, house.now, house.site, house.dialogue, draft, "mod", "peace network")
    assert done == ["Peace network"]
    assert [one.to for one in house.sent("crosspost")] == [LIST]


def test_one_that_names_who_no_longer_wants_to_be_does_not_go_out_again(joined: House) -> None:
    joined.policy(networks=[*NETWORKS, {"name": "Third", "address": "third@x.example", "language": ""}])
    joined.session.write(
        lambda connection: connection.exec_driver_sql("UPDATE contribution SET attribution = 'anonymous'") and None
    )
    (row,) = joined.rows("roundup", state="sent")
    with pytest.raises(Refused, match="no longer wants to be named"):
        crosspost.foresee(joined.session, joined.now, joined.site, joined.dialogue, row["id"])


def test_the_order_in_the_file_means_nothing() -> None:
    one, same, other = Network("A", "Peace@Network.Example"), Network("B", LIST), Network("C", "x@y.example")
    assert crosspost.number(one) == crosspost.number(same) != crosspost.number(other)

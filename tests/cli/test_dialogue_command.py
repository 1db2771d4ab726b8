"""`dialogue close` and `continue`: after the last module an archive that takes nothing in, or a network."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta
from pathlib import Path

import pytest

from listserv.core.dialogue.moments import CalendarRule
from tests.cli.conftest import Cli
from tests.house import AFTER_ALL, END, HERE, House, folder, mail

TEXT = "three parts and a budget, and each ministry names who is to answer for it."


def modules_close(house: House) -> None:
    house.released("One.", subject="First", message_id="<one@example.net>")
    house.to_the_end()
    house.tick(AFTER_ALL)


@pytest.fixture
def over(tmp_path: Path, cli_of: Callable[[Path], Cli]) -> Cli:
    """All three modules have closed; anna, boris and chloe take part, and something was said."""
    cli = cli_of(folder(tmp_path, after=modules_close))
    cli.at(AFTER_ALL)
    return cli


def test_closing_is_shown_first_and_told_once(over: Cli) -> None:
    before = over.dump()
    said = over.ok("dialogue close --dry-run")
    assert said.startswith("Subject: [nap] Planning for Action has closed: thank you\n")
    assert "closes into an archive; this mail would go to 5 people, each in their language" in said
    assert over.dump() == before
    assert "repeat with --yes" in over.refused("dialogue close")
    over.ok("dialogue close --yes")
    with over.house() as house:
        told = {one.to: one for one in house.sent("ended")}
        staff = {"mod@example.org", "chief@example.org"}
        assert told.keys() == {"anna@example.net", "boris@example.net", "chloe@example.net"} | staff
        assert told["boris@example.net"].subject == "[nap] Planning for Action est clos : merci"
        assert "1 contribution" in told["anna@example.net"].text
        assert {one.mail["List-Post"] for one in told.values()} == {"NO"}  # RFC 2369 §3.4
    (row,) = over.json("dialogue list")
    assert (row["state"], row["contributions"]) == ("closed", 1)
    assert over.json("audit")[-1]["action"] == "close"
    assert "has closed already, on 2008-11-24" in over.refused("dialogue close --yes")


def test_closing_without_the_report_is_noted_before(over: Cli) -> None:
    note = "note: the report has not been sent; to send it first: listserv report send\n"
    assert note in over.ok("dialogue close --dry-run")
    assert over.run("report send --yes").code == 0
    assert note not in over.ok("dialogue close --dry-run")


def test_what_was_still_to_come_is_noted_before(over: Cli) -> None:
    note = "note: what was still to come goes no more: thanks; see: listserv plan\n"
    assert note not in over.ok("dialogue close --dry-run")
    with over.house() as house:
        house.policy(calendar=CalendarRule.of({"thanks": "9 days after 10:00"}).stored())
    assert note in over.ok("dialogue close --dry-run")


def test_an_archive_answers_and_takes_nothing_in(over: Cli) -> None:
    over.ok("dialogue close --yes")
    with over.house() as house:
        house.now = AFTER_ALL + timedelta(days=1)
        sent = len(house.sent())
        for to in (HERE, "nap-join@talk.example"):
            row = house.take(mail("May I add something?"), to)
            assert (row["contribution_id"], row["reason"]) == (None, "the dialogue has closed; told so")
        (answer,) = house.sent()[sent:]  # once a day
        assert answer.kind == "archived"
        assert "so your mail was not passed on" in answer.text.replace("\n", " ")
        assert house.tick(AFTER_ALL + timedelta(days=30)) == 0, "the clock has nothing to do"
        assert [one["id"] for one in over.json("plan")] == ["purge"]


@pytest.mark.parametrize(
    "command",
    [
        "module reopen 3 --yes",
        "module extend 3 --until 2009-01-01T10:00 --yes",
        "roundup send --yes",
        "survey remind --yes",
        "participant add new@example.org --yes",
        "participant add new@example.org --invite --yes",
    ],
)
def test_an_archive_sends_nothing_and_opens_nothing(over: Cli, command: str) -> None:
    """All were told that nothing comes from it; its clock is stopped, so what re-opened would never close."""
    over.ok("dialogue close --yes")
    before = over.dump()
    assert "to go on: listserv dialogue continue" in over.refused(command)
    assert over.dump() == before


def test_somebody_may_be_let_in_to_read_an_archive(over: Cli) -> None:
    over.ok("dialogue close --yes")
    assert "--no-welcome" in over.refused("participant add new@example.org --yes")
    assert over.ok("participant add new@example.org --no-welcome --yes") == "added: 1\n"


def test_help_says_that_it_has_closed(over: Cli) -> None:
    over.ok("dialogue close --yes")
    with over.house() as house:
        house.now = AFTER_ALL + timedelta(hours=1)
        row = house.take(mail("help"), "nap-help@talk.example")
        assert row["reason"] == "the dialogue has closed; told so"


def test_who_takes_part_leaves_an_archive_with_one_word(over: Cli) -> None:
    over.ok("dialogue close --yes")
    with over.house() as house:
        house.now = AFTER_ALL + timedelta(hours=1)
        (told,) = house.sent("ended", to="anna@example.net")
        row = house.take(mail("stop", subject=f"Re: {told.subject}", answers=str(told.mail["Message-ID"])))
        assert row["reason"].startswith("leave")


@pytest.mark.parametrize("word", ["close", "continue"])
def test_what_is_planned_has_to_be_over(cli: Cli, word: str) -> None:
    assert "module 2 opens on 2008-11-10: it has to be over" in cli.refused(f"dialogue {word} --yes")


def test_what_is_held_has_to_be_decided(over: Cli) -> None:
    with over.house() as house:
        house.now = END + timedelta(hours=1)
        house.contribute("Late.", answers="<one@example.net>")
    assert "1 contribution is held; release, return or discard first" in over.refused("dialogue close --yes")


def test_a_network_goes_on_without_an_end(over: Cli) -> None:
    said = over.ok("dialogue continue --dry-run", "--title", "The network")
    assert "Planning for Action goes on as a permanent network: The network." in said
    assert 'To leave, reply to this mail with the one word "stop".' in said.replace("\n", " ")
    over.ok("dialogue continue --yes", "--title", "The network")
    assert "has no end" in over.refused("dialogue continue --yes")
    module = over.json("module list")[-1]
    assert (module["number"], module["title"], module["state"], module["closes_at"]) == (4, "The network", "open", None)
    status = over.ok("status")
    assert "Module 4: The network, open, without an end" in status
    plan = over.json("plan")
    assert {one["kind"] for one in plan} == {"roundup", "draft", "purge"}, "weekly ones, for some weeks to come"
    assert 12 <= len(plan) <= 20
    with over.house() as house:
        assert len(house.sent("continued")) == 5
        house.now = AFTER_ALL + timedelta(hours=2)
        new = house.released("Years later.", author="boris@example.net", subject="News")
        assert new["module"] == 4
        (copy,) = [one for one in house.sent("contribution", to="anna@example.net") if "News" in one.subject]
        assert copy.mail["References"] == house.sent("continued")[0].mail["Message-ID"]
        house.join("late@example.org")
        assert [one.kind for one in house.sent(to="late@example.org")] == ["welcome", "continued"]
        before = len(house.sent("roundup", to="anna@example.net"))
        for week in range(1, 4):
            house.tick(AFTER_ALL + timedelta(weeks=week))
            if week == 2:
                house.released("A month later.", author="boris@example.net", subject="More news")
        told = [one.subject for one in house.sent("roundup", to="anna@example.net")]
        assert len(told) == len(set(told)) == before + 2, "a round-up for each week in which something was said"
        assert "stays open" in house.sent("roundup", to="anna@example.net")[-1].text
    over.ok("module close 4 --yes")
    assert over.json("module list")[-1]["state"] == "grace"


def test_the_file_need_not_have_the_network(over: Cli) -> None:
    over.ok("dialogue continue --yes")
    assert over.ok("apply") == "nothing to change\n"
    over.change(
        "closes = 2008-11-21T18:00:00\n",
        'closes = 2008-11-21T18:00:00\n\n[[dialogue.module]]\ntitle = "Us"\nopens = 2008-11-24T09:00:00\n',
    )
    assert "nap: module 4 title: Open discussion -> Us" in over.ok("apply")


def test_an_archive_may_go_on_later(over: Cli) -> None:
    over.ok("dialogue close --yes")
    over.ok("dialogue continue --yes")
    assert over.json("dialogue list")[0]["state"] == "running"
    with over.house() as house:
        house.now = AFTER_ALL + timedelta(hours=1)
        assert house.contribute("Here we are again.")["module"] == 4


def test_a_file_may_plan_a_last_module_without_an_end(empty: Cli) -> None:
    empty.change("closes = 2008-11-21T18:00:00\n", "")
    assert "2008-11-03 to open end" in empty.ok("check")
    assert "module 3 closes: 2008-11-21 22:00 UTC -> open end" in empty.ok("apply")
    empty.change("closes = 2008-11-14T18:00:00\n", "")
    assert "module[2].closes: missing; only the last module may be without an end" in empty.refused("check")


def test_what_is_mended_too_late_reaches_the_moderators_and_no_queue(over: Cli) -> None:
    with over.house() as house:
        house.now = AFTER_ALL + timedelta(minutes=1)
        held = house.contribute(f"Our plan has {TEXT}", answers="<one@example.net>")
        house.work()
    over.ok(f"queue return {held['id']} --reason Shorter,please. --yes")
    over.ok("dialogue close --yes")
    with over.house() as house:
        house.now = AFTER_ALL + timedelta(days=1)
        to = str(house.sent("returned")[-1].mail["Reply-To"])
        row = house.take(mail(f"Their plan has {TEXT}", subject="Re: Please look again"), to)
        assert (row["contribution_id"], row["outcome"]) == (None, "command")
        assert house.sent("owner", to="mod@example.org"), "a person reads it"
        assert over.json("queue list") == []


def test_the_network_is_called_in_the_dialogues_language(over: Cli) -> None:
    with over.house() as house:
        house.session.write(lambda c: c.exec_driver_sql("UPDATE dialogue SET language = 'fr'"))
    assert "Discussion ouverte" in over.ok("dialogue continue --dry-run")

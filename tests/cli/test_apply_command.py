"""`listserv apply`: the database as listserv.toml has it; what has happened, and what was done by hand, stays."""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest

from tests.cli.conftest import Cli
from tests.house import CLOSING, TUESDAY

SAMPLE = Path(__file__).parent.parent.parent / "listserv.toml"


def dates(cli: Cli) -> list[tuple[str, str]]:
    return [(row["opens_at"], row["closes_at"]) for row in cli.json("module list")]


@pytest.fixture
def sample(cli: Cli, tmp_path: Path) -> Cli:
    """The sample as it ships, on the real clock's side of 2008."""
    cli.place = tmp_path / "sample"
    cli.place.mkdir()
    cli.toml = cli.place / "listserv.toml"
    clock = "[clock]\nreal = 2000-01-01T00:00:00Z\nshows = 2026-05-01T12:00:00Z\nspeed = 0.0000000001\n\n"
    cli.toml.write_text(SAMPLE.read_text().replace("[web]", clock + "[web]", 1))
    return cli


class TestSample:
    def test_a_dialogue_wholly_past_is_refused(self, sample: Cli) -> None:
        answer = sample.run("apply")
        assert answer.code == 1
        assert answer.err == (
            "listserv: nap1325: the whole dialogue is past; set new dates, or `apply --start DATE`"
            " to begin on that day with the same plan\n"
        )
        assert sample.run("queue list").err == "listserv: there is no dialogue yet; run: listserv apply\n" or (
            sample.json("queue list") == []
        )

    def test_start_shifts_all_dates(self, sample: Cli) -> None:
        said = sample.ok("apply --start 2026-05-04")
        assert said == (
            "nap1325: new dialogue, 3 modules, 2026-05-04 13:00 to 2026-05-22 22:00 UTC, 2 moderators\napplied\n"
        )
        assert dates(sample) == [
            ("2026-05-04T13:00:00Z", "2026-05-08T22:00:00Z"),
            ("2026-05-11T13:00:00Z", "2026-05-15T22:00:00Z"),
            ("2026-05-18T13:00:00Z", "2026-05-22T22:00:00Z"),
        ]
        assert sample.ok("apply --start 2026-05-04") == "nothing to change\n"

    def test_one_of_each_is_said_so(self, sample: Cli) -> None:
        whole = sample.toml.read_text()
        one = whole[: whole.index("[[dialogue.module]]", whole.index("[[dialogue.module]]") + 1)]
        second = one.index("[[dialogue.moderator]]", one.index("[[dialogue.moderator]]") + 1)
        rest = one.index("[[dialogue.", second + 5)
        sample.toml.write_text(one[:second] + one[rest:])
        said = sample.ok("apply --start 2026-05-04 --dry-run")
        assert said.startswith("nap1325: new dialogue, 1 module, ")
        assert " UTC, 1 moderator\n" in said

    @pytest.mark.parametrize(
        ("moderation", "said"),
        [
            ("first", "only the first contribution of each participant is read before it goes out"),
            ("none", "no contribution of a participant is read before it goes out"),
        ],
    )
    def test_check_warns_of_what_goes_out_unread(self, sample: Cli, moderation: str, said: str) -> None:
        sample.toml.write_text(sample.toml.read_text().replace('moderation = "all"', f'moderation = "{moderation}"'))
        assert f"warning: moderation = '{moderation}': {said}\n" in sample.ok("check")

    def test_a_later_apply_does_not_take_the_dates_back(self, sample: Cli) -> None:
        sample.ok("apply --start 2026-05-04 --as chief@example.org")
        before = dates(sample)
        said = sample.ok("apply")
        assert said.endswith("nothing to change\n")
        assert (
            "nap1325: module 1 stays 2026-05-04 13:00 to 2026-05-08 22:00 UTC, set by chief@example.org;"
            " the file has 2008-11-03 13:00 to 2008-11-07 22:00\n"
        ) in said
        sample.change('title = "Getting started"', 'title = "Getting going"')
        assert "module 1 title: Getting started -> Getting going" in sample.ok("apply")
        assert dates(sample) == before
        sample.ok("apply --start 2026-06-01")
        assert dates(sample)[0] == ("2026-06-01T13:00:00Z", "2026-06-05T22:00:00Z")

    def test_start_dry(self, sample: Cli) -> None:
        assert sample.ok("apply --start 2026-05-04 --dry-run").endswith("nothing was changed (--dry-run)\n")
        assert sample.run("module list").code == 1

    @pytest.mark.parametrize("day", ["tomorrow", "2026-13-01", "04/05/2026"])
    def test_start_with_what_is_no_date(self, sample: Cli, day: str) -> None:
        assert sample.run(f"apply --start {day}").code == 2


def test_twice(cli: Cli) -> None:
    before = cli.dump()
    assert cli.ok("apply") == "nothing to change\n"
    assert cli.dump() == before


CHANGES: list[tuple[str, str, str]] = [
    ('title = "Planning for Action"', 'title = "Acting"', "nap: title 'Planning for Action' -> 'Acting'"),
    ("word_limit = 50", "word_limit = 80", "nap: word_limit 50 -> 80"),
    ("word_limit = 50", 'word_limit = 50\nmoderation = "first"', "nap: moderation 'all' -> 'first'"),
    ('title = "Drafting"', 'title = "Writing"', "nap: module 2 title: Drafting -> Writing"),
    (
        "closes = 2008-11-14T18:00:00",
        "closes = 2008-11-15T18:00:00",
        "nap: module 2 closes: 2008-11-14 22:00 UTC -> 2008-11-15 22:00 UTC",
    ),
    ('"Who pays?"', '"Who pays?", "How long?"', "nap: module 1 questions: 2 -> 3"),
    ('"Who pays?"', '"Who will pay?"', "nap: module 1: the words of its questions"),
    ('role = "organiser"', 'role = "moderator"', "nap: moderator chief@example.org"),
    (
        '[[dialogue.moderator]]\nname = "Chief"\naddress = "chief@example.org"\nrole = "organiser"\n',
        "",
        "nap: chief@example.org is no longer organiser",
    ),
    (
        '[[dialogue.module]]\ntitle = "Monitoring"\nopens = 2008-11-17T09:00:00\ncloses = 2008-11-21T18:00:00\n',
        "",
        "nap: module 3 goes: Monitoring",
    ),
]


@pytest.mark.parametrize(("old", "new", "line"), CHANGES)
def test_what_the_file_changes_is_said_and_then_so(cli: Cli, old: str, new: str, line: str) -> None:
    cli.change(old, new)
    before = cli.dump()
    assert cli.ok("apply --dry-run") == f"{line}\nnothing was changed (--dry-run)\n"
    assert cli.dump() == before
    assert cli.ok("apply --as mod@example.org") == f"{line}\napplied\n"
    assert cli.ok("apply") == "nothing to change\n"
    entry = cli.json("audit")[-1]
    assert (entry["actor"], entry["action"], entry["reason"]) == ("mod@example.org", "apply", line)


def test_a_new_module(cli: Cli) -> None:
    more = '\n[[dialogue.module]]\ntitle = "Last words"\nopens = 2008-11-24T09:00:00\ncloses = 2008-11-25T18:00:00\n'
    cli.toml.write_text(cli.toml.read_text() + more)
    assert cli.ok("apply") == "nap: new module 4: Last words\napplied\n"
    assert len(cli.json("module list")) == 4


def test_dates_set_by_hand_win_over_the_file(cli: Cli) -> None:
    cli.ok("module extend 1 --until 2008-11-08T18:00 --as mod@example.org")
    cli.change("closes = 2008-11-07T18:00:00", "closes = 2008-11-06T18:00:00")
    said = cli.ok("apply")
    assert said == (
        "nap: module 1 stays 2008-11-03 13:00 to 2008-11-08 22:00 UTC, set by mod@example.org;"
        " the file has 2008-11-03 13:00 to 2008-11-06 22:00\nnothing to change\n"
    )
    assert dates(cli)[0][1] == "2008-11-08T22:00:00Z"


def test_a_switchover_by_hand_is_never_undone(cli: Cli) -> None:
    cli.ok("module advance --yes")
    states = [row["state"] for row in cli.json("module list")]
    cli.change('title = "Drafting"', 'title = "Writing"')
    cli.ok("apply")
    assert [row["state"] for row in cli.json("module list")] == states == ["grace", "open", "planned"]
    assert cli.ok(f"tick --at {CLOSING.isoformat()}") is not None
    assert len(cli.json("outbox list --kind announcement")) == 8  # two openings, four people each


def test_a_module_that_has_opened_cannot_go(cli: Cli) -> None:
    text = cli.toml.read_text()
    cli.toml.write_text(text[: text.index("[[dialogue.module]]")] + text[text.rindex("[[dialogue.module]]") :])
    cli.at(datetime(2008, 11, 12, 12, tzinfo=UTC))
    cli.ok("tick --at 2008-11-12T12:00:00Z")
    assert cli.refused("apply") == "nap: module 2 has opened already; put it back into the file"


def test_a_moderator_who_paused_stays_paused(cli: Cli) -> None:
    cli.ok("participant pause mod@example.org")
    cli.change("word_limit = 50", "word_limit = 80")
    cli.ok("apply")
    rows: list[Any] = cli.json("participant list --role moderator")
    assert [(row["address"], row["status"]) for row in rows] == [("mod@example.org", "paused")]


def test_when_a_moderator_hears_follows_the_file(cli: Cli) -> None:
    cli.change('address = "mod@example.org"', 'address = "mod@example.org"\nnotices = "daily"\ndays = ["monday"]')
    assert cli.ok("apply --dry-run").splitlines()[:2] == [
        "nap: mod@example.org notices 'each' -> 'daily'",
        "nap: mod@example.org days '0123456' -> '0'",
    ]
    cli.ok("apply")
    assert "already" in cli.ok("apply") or "nothing" in cli.ok("apply")


def test_bad_settings_change_nothing_and_name_file_key_and_cure(cli: Cli) -> None:
    cli.change("word_limit = 50", "word_limit = -1")
    before = cli.dump()
    answer = cli.run("apply")
    assert (answer.code, answer.out) == (1, "")
    assert f"{cli.toml}: dialogue[1].word_limit: " in answer.err
    assert cli.dump() == before


@pytest.mark.sqlite("begins with another file")
def test_first_apply_in_the_middle_announces_the_open_module_only(cli: Cli, tmp_path: Path) -> None:
    place = tmp_path / "fresh"
    place.mkdir()
    (place / "listserv.toml").write_text(cli.toml.read_text())
    cli.place, cli.toml = place, place / "listserv.toml"
    cli.at(datetime(2008, 11, 12, 12, tzinfo=UTC))
    cli.ok("apply")
    assert cli.ok("tick") == "nothing is due\n"
    assert [row["state"] for row in cli.json("module list")] == ["closed", "open", "planned"]
    assert {row["kind"] for row in cli.json("outbox list")} == {"announcement"}
    assert datetime(2008, 11, 12, tzinfo=UTC) > TUESDAY


@pytest.mark.parametrize(
    ("intake", "said"),
    [
        ("", "comes by a pipe:"),
        ("[intake.smtp]\n", "comes by SMTP:"),
        ('[intake.smtp]\ntrusted_authserv_id = "mx.talk.example"\n', ""),
        ("[intake]\nverify_dkim = true\n[intake.smtp]\n", ""),
    ],
)
def test_check_warns_of_senders_nobody_vouches_for(cli: Cli, intake: str, said: str) -> None:
    cli.change("[relay]", f"{intake}\n[relay]")
    cli.change("word_limit = 50", 'moderation = "none"')
    out = cli.ok("check")
    assert ("nothing vouches for senders" in out) is bool(said)
    assert said in out


def test_check_says_whose_language_letters_are_not_in(cli: Cli) -> None:
    said = "  note: Mo: letters are not in Portuguese (pt) but in English; [site] languages has: en, fr, es\n"
    assert "note: Mo" not in cli.ok("check")
    cli.toml.write_text(cli.toml.read_text() + '[[dialogue.network]]\nname = "Mo"\naddress = "mo@example.org"\n')
    assert "note: Mo" not in cli.ok("check")
    cli.toml.write_text(cli.toml.read_text() + 'language = "pt"\n')
    assert said in cli.ok("check")


def test_check_says_when_no_proxy_is_trusted(cli: Cli) -> None:
    note = "note: [web] trusted_proxies names none"
    toml = cli.toml.read_text().replace("[site]", '[site]\nbase_url = "https://talk.example"', 1)
    cli.toml.write_text(toml)
    assert note not in cli.ok("check"), "there are no pages"
    cli.toml.write_text(f"{toml}\n[web]\n")
    assert note in cli.ok("check")
    cli.toml.write_text(f'{toml}\n[web]\ntrusted_proxies = ["127.0.0.1"]\n')
    assert note not in cli.ok("check")

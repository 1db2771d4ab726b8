"""`listserv rehearse`: the sample from its first mail to its last, in a folder, and nothing else touched."""

from __future__ import annotations

import re
import shutil
from email import message_from_bytes, policy
from pathlib import Path

import icalendar
import pytest

from tests.cli.conftest import Cli

SAMPLE = Path(__file__).parents[2] / "listserv.toml"


@pytest.fixture(scope="module")
def done(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, list[dict[str, object]]]:
    """The sample rehearsed once: its folder, and what --json told."""
    place = tmp_path_factory.mktemp("rehearsed")
    shutil.copy(SAMPLE, place / "listserv.toml")
    with pytest.MonkeyPatch.context() as patch:
        return place, Cli(place, patch).json("rehearse --output", str(place / "out"))


def test_every_mail_of_the_calendar_goes_when_it_should_to_those_it_should(
    done: tuple[Path, list[dict[str, object]]],
) -> None:
    _, rows = done
    quiet = ("contribution", "receipt", "held_notice", "bundle")
    told = [f"{one['local']} {one['kind']} {one['module'] or ''}".strip() for one in rows if one["kind"] not in quiet]
    assert told == [
        "Sun 2008-10-26 10:00 welcome",
        "Sun 2008-10-26 10:00 invitation",
        "Mon 2008-10-27 10:00 invitation",
        "Wed 2008-10-29 10:00 checkin",
        "Mon 2008-11-03 09:00 announcement 1",
        "Wed 2008-11-05 09:00 midweek_draft",
        "Wed 2008-11-05 12:00 midweek 1",
        "Thu 2008-11-06 10:00 nudge 1",
        "Thu 2008-11-06 18:00 reminder 1",
        "Fri 2008-11-07 07:30 frequent",
        "Fri 2008-11-07 13:00 roundup_draft",
        "Fri 2008-11-07 16:00 roundup",
        "Fri 2008-11-07 18:00 closing 1",
        "Mon 2008-11-10 09:00 announcement 2",
        "Wed 2008-11-12 09:00 midweek_draft",
        "Wed 2008-11-12 12:00 midweek 2",
        "Thu 2008-11-13 10:00 nudge 2",
        "Thu 2008-11-13 18:00 reminder 2",
        "Fri 2008-11-14 13:00 roundup_draft",
        "Fri 2008-11-14 16:00 roundup",
        "Fri 2008-11-14 18:00 closing 2",
        "Mon 2008-11-17 09:00 announcement 3",
        "Wed 2008-11-19 09:00 midweek_draft",
        "Wed 2008-11-19 12:00 midweek 3",
        "Thu 2008-11-20 10:00 nudge 3",
        "Thu 2008-11-20 18:00 reminder 3",
        "Fri 2008-11-21 13:00 roundup_draft",
        "Fri 2008-11-21 16:00 roundup",
        "Fri 2008-11-21 18:00 closing 3",
        "Sat 2008-11-22 18:00 last_call 3",
        "Mon 2008-11-24 10:00 survey",
        "Wed 2008-11-26 10:00 thanks",
    ]
    by_kind = {one["kind"]: one["recipients"] for one in rows}
    assert (by_kind["announcement"], by_kind["roundup"], by_kind["thanks"]) == (14, 15, 15)


def test_the_folder_has_each_variant_an_index_and_a_calendar(done: tuple[Path, list[dict[str, object]]]) -> None:
    place, _ = done
    out = place / "out"
    names = sorted(path.name for path in out.glob("*.eml"))
    for language in ("en", "fr", "es"):
        assert f"2008-11-05T1200 midweek module 1 {language}.eml" in names
    mail = message_from_bytes((out / "2008-11-26T1000 thanks fr.eml").read_bytes(), policy=policy.default)
    assert str(mail["Subject"]).startswith("[nap1325] Merci")
    assert mail["List-Unsubscribe"]
    # As it goes out: with the lines that each copy has of its own.
    survey = message_from_bytes((out / "2008-11-24T1000 survey fr.eml").read_bytes(), policy=policy.default)
    assert "@participants.example" in survey["To"]
    assert survey["Reply-To"].startswith("nap1325-survey+")
    nudge = message_from_bytes((out / "2008-11-06T1000 nudge module 1 es.eml").read_bytes(), policy=policy.default)
    assert nudge["List-Unsubscribe"].startswith("<mailto:nap1325-request@dialogue.example.org?subject=no%20reminders>")
    index = (out / "index.md").read_text("utf-8")
    assert set(re.findall(r"\(<(.+?)>\)", index)) == set(names)
    events = icalendar.Calendar.from_ical((out / "calendar.ics").read_bytes()).walk("VEVENT")
    uids = [str(one["UID"]) for one in events]
    assert {f"nap1325-{one}@dialogue.example.org" for one in ("module-3", "midweek-2", "nudge-3", "thanks")} <= set(
        uids
    )


def test_nothing_else_is_touched(done: tuple[Path, list[dict[str, object]]]) -> None:
    place, _ = done
    assert sorted(path.name for path in place.iterdir()) == ["listserv.toml", "out"]


def test_a_folder_with_other_things_in_it_is_refused(cli: Cli, tmp_path: Path) -> None:
    (tmp_path / "mine").mkdir()
    (tmp_path / "mine" / "thesis.txt").write_text("x")
    refused = cli.refused("rehearse --output", str(tmp_path / "mine"))
    assert refused == f"{tmp_path}/mine: holds other things; name another folder with --output"
    assert cli.refused("rehearse -d nope") == "listserv.toml has no dialogue 'nope'; it has: nap"

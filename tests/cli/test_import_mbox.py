"""`import mbox`: an old list's mails become contributions, each once, and nobody is written to."""

from __future__ import annotations

import gzip
from datetime import timedelta
from pathlib import Path

import pytest

from listserv.core.mail import identity
from listserv.edge import mboxfile
from listserv.errors import Refused
from listserv.store import suppressions
from tests.cli.conftest import Cli
from tests.house import FRIDAY_DRAFT, FRIDAY_ROUNDUP, SECOND, site

FOOTER = (
    "_______________________________________________\nNap-l mailing list\nNap-l@lists.example\n"
    "http://lists.example/mailman/listinfo/nap-l\n"
)
ARCHIVE = f"""From boris at example.net  Tue Nov 11 12:00:05 2008
From: boris at example.net (Boris)
Date: Tue, 11 Nov 2008 12:00:05 +0000
Subject: [Nap-l] Re: First plans
In-Reply-To: <one@example.net>
References: <one@example.net>
Message-ID: <two@example.net>

I agree, and here is why: money.

On Tue, Nov 4, 2008 at 9:00 AM, Anna wrote:
> We need a plan.

{FOOTER}
From anna@example.net Tue Nov  4 12:00:05 2008
From: Anna <anna@example.net>
Date: Tue, 4 Nov 2008 12:00:05 +0000
Subject: [Nap-l] First plans
Message-ID: <one@example.net>
X-Mailman-Version: 2.1
List-Id: <nap-l.lists.example>
Precedence: list

We need a plan.
>From Monday on.
{FOOTER}
From old@example.net Tue Oct  7 12:00:05 2008
From: "Zo\xeb Who Left" <old@example.net>
Subject: [Nap-l] Before it all

No date, no Message-ID, and a charset nobody named: \xe9t\xe9.

From x@example.net Wed Nov  5 12:00:05 2008
From: Away <x@example.net>
Auto-Submitted: auto-replied
Subject: Out of office
Date: Wed, 5 Nov 2008 12:00:05 +0000
Message-ID: <away@example.net>

I am away.
""".encode("latin-1")


@pytest.fixture
def archive(tmp_path: Path) -> Path:
    path = tmp_path / "nap-l.mbox"
    path.write_bytes(ARCHIVE)
    return path


def test_mails_become_contributions_in_order_of_their_dates(cli: Cli, archive: Path) -> None:
    with cli.house() as house:
        house.released("Ours.", subject="Ours")
        house.tick(SECOND)
        sent = len(house.sent())
    cli.at(SECOND + timedelta(days=2))
    foreseen = cli.ok(f"import mbox {archive} --dry-run")
    assert foreseen.splitlines() == [
        "line 35  2008-10-07  number 2, module 1  Zoë Who Left: Before it all",
        "line 19  2008-11-04  number 3, module 1  Anna: First plans",
        "line 41  2008-11-05  left out  Away: Out of office  (it is automatic mail (reply))",
        "line 1  2008-11-11  number 4, module 2  Boris: Re: First plans",
        "4 mails (released: 3, left out: 1); nothing was changed (--dry-run)",
    ]
    done = cli.ok(f"import mbox {archive} --yes")
    assert done.endswith("4 mails (released: 3, left out: 1); nothing was sent\n")
    with cli.house() as house:
        house.work()
        assert len(house.sent()) == sent, "nobody is written to"
        old, first, answer = house.rows("contribution", state="released")[-3:]
        assert (old["text"], old["person_id"]) == ("No date, no Message-ID, and a charset nobody named: été.", None)
        assert old["message_id"].endswith("@talk.example>")
        assert (first["subject"], first["text"]) == ("First plans", "We need a plan.\nFrom Monday on.")
        assert first["person_id"] == house.part("anna@example.net")["person_id"]
        assert (answer["module"], answer["text"]) == (2, "I agree, and here is why: money.")
        assert answer["from_address"] == "boris@example.net"
        assert [one["number"] for one in (old, first, answer)] == [2, 3, 4]
    assert cli.json("contribution list")[-1]["author"] == "Boris"
    assert [one["number"] for one in cli.json("contribution list --search boris")] == [4]
    again = cli.ok(f"import mbox {archive} --yes")
    assert again.endswith("4 mails (known: 3, left out: 1); nothing was sent\n")


def test_a_reply_stands_beneath_what_it_answers_and_threads_with_later_ones(cli: Cli, archive: Path) -> None:
    cli.ok(f"import mbox {archive} --module 1 --yes")
    with cli.house() as house:
        _, first, answer = house.rows("contribution")
        assert answer["parent_id"] == first["id"]
        late = house.contribute("A reply to the old one.", subject="Re: First plans", answers="<one@example.net>")
        assert late["parent_id"] == first["id"]


def test_round_ups_and_daily_bundles_pass_over_what_was_brought_in(cli: Cli, archive: Path) -> None:
    with cli.house() as house:
        house.set("anna@example.net", delivery="daily")
    cli.ok(f"import mbox {archive} --module 1 --yes")
    with cli.house() as house:
        house.released("New.", subject="New", author="boris@example.net")
        for at in (FRIDAY_DRAFT, FRIDAY_ROUNDUP):
            house.tick(at)
            house.work()
        told = [one.text for one in house.sent(to="anna@example.net") if one.kind in ("bundle", "roundup")]
        assert told
        assert not any("plan" in one.replace("Planning", "") for one in told)


def test_what_was_brought_in_is_nobodys_first_contribution_here(cli: Cli, archive: Path) -> None:
    with cli.house() as house:
        house.policy(moderation="first")
    cli.ok(f"import mbox {archive} --yes")
    with cli.house() as house:
        assert house.contribute("Now here.", author="boris@example.net")["state"] == "held"


def test_held_they_wait_and_no_moderator_hears_of_them(cli: Cli, archive: Path) -> None:
    with cli.house() as house:
        sent = len(house.sent())
    cli.ok(f"import mbox {archive} --held --yes")
    with cli.house() as house:
        house.tick(FRIDAY_DRAFT)
        house.work()
        assert {one.kind for one in house.sent()[sent:]} <= {"roundup_draft", "reminder"}
    queue = cli.json("queue list")
    assert [one["state"] for one in queue] == ["held"] * 3
    assert "It comes from the archive of another list." in str(queue[0]["reasons"])


def test_who_was_erased_stays_away(cli: Cli, archive: Path) -> None:
    prints = site().addresses.fingerprints(identity.key("old@example.net"))
    with cli.house() as house:
        house.session.write(lambda connection: suppressions.add(connection, house.now, prints))
    assert "its author was erased here" in cli.ok(f"import mbox {archive} --dry-run")


def test_what_we_exported_comes_in_again_as_it_was(cli: Cli, empty: Cli, tmp_path: Path) -> None:
    with cli.house() as house:
        house.released("From Monday on we plan.\n\nAnd then?", subject="First", message_id="<one@example.net>")
        house.released("I agree.", author="boris@example.net", subject="Re: First", answers="<one@example.net>")
    out = tmp_path / "nap.mbox"
    cli.ok(f"export mbox --contributions-only {out}")
    empty.ok(f"import mbox {out} --yes")
    keys = ("number", "module", "subject", "author", "message_id", "words")
    ours, theirs = (
        [{key: one[key] for key in keys} for one in each.json("contribution list")] for each in (cli, empty)
    )
    assert ours == theirs
    assert empty.json("contribution show 1")["text"] == "From Monday on we plan.\n\nAnd then?"


def test_what_we_said_around_contributions_is_no_contribution(cli: Cli, empty: Cli, tmp_path: Path) -> None:
    with cli.house() as house:
        house.released("From Monday on we plan.", subject="First", message_id="<one@example.net>")
        house.tick(FRIDAY_DRAFT)
        house.tick(FRIDAY_ROUNDUP)
    out = tmp_path / "nap.mbox"
    cli.ok(f"export mbox {out}")
    done = empty.json(f"import mbox {out} --yes")
    assert [(one["verdict"], one["reason"]) for one in done] == [
        ("left out", "it is an announcement of the programme, not a contribution"),
        ("released", ""),
        ("left out", "it is a round-up, not a contribution"),
    ]
    assert [one["author"] for one in empty.json("contribution list")] == ["Anna"]


def test_what_cannot_be(cli: Cli, archive: Path, tmp_path: Path) -> None:
    (tmp_path / "letter.txt").write_text("Dear all,\nno mbox.\n")
    assert "there is no mail in it" in cli.refused(f"import mbox {tmp_path / 'letter.txt'} --yes")
    assert "nap has no module 9" in cli.refused(f"import mbox {archive} --module 9 --yes")
    assert "repeat with --yes" in cli.refused(f"import mbox {archive}")


def test_a_gzipped_one_as_archives_give_it(cli: Cli, tmp_path: Path) -> None:
    (tmp_path / "november.txt.gz").write_bytes(gzip.compress(ARCHIVE))
    assert "Before it all" in cli.ok(f"import mbox {tmp_path / 'november.txt.gz'} --dry-run")


def test_a_gzipped_one_that_is_damaged_or_a_bomb(cli: Cli, tmp_path: Path) -> None:
    (tmp_path / "cut.gz").write_bytes(gzip.compress(ARCHIVE)[:-20])
    assert "gzipped, but damaged" in cli.refused(f"import mbox {tmp_path / 'cut.gz'} --yes")
    (tmp_path / "bomb.gz").write_bytes(gzip.compress(b"x" * 10_000_000))
    with (
        pytest.raises(Refused, match="more than 1,000,000 bytes in it, once unpacked"),
        mboxfile.plain(tmp_path / "bomb.gz", 1_000_000),
    ):
        pass

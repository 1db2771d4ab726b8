"""`listserv person`: everything that is held of somebody, and how it goes."""

from __future__ import annotations

import json
from zipfile import ZipFile

import pytest

from listserv.store.session import GroupingSession
from tests.cli.conftest import Cli

KEYS = "address made_at site person addresses participations contributions inbox deliveries bounces confirmations"
KEYS += " answers tickets visits audit"


def test_export_is_everything_in_one_document(full: Cli) -> None:
    found = json.loads(full.ok("person export anna@example.net"))
    assert list(found) == KEYS.split()
    assert (found["person"]["name"], found["person"]["profile"]) == ("Anna", {"stage": "planned"})
    assert [one["address"] for one in found["addresses"]] == ["anna@example.net"]
    assert [(one["state"], one["text"].strip()) for one in found["contributions"]] == [
        ("released", "One."),
        ("held", "Two."),
    ]
    assert {one["author"] for one in found["inbox"]} == {"anna@example.net"}
    assert {"contribution", "receipt", "announcement"} <= {one["kind"] for one in found["deliveries"]}
    assert "token_hash" not in str(found)
    assert "Three." not in str(found)  # Boris's


def test_export_as_zip_has_the_mails_too(full: Cli) -> None:
    path = full.place / "anna.zip"
    said = full.ok(f"person export anna@example.net --output {path}")
    assert path.stat().st_mode & 0o777 == 0o600
    with ZipFile(path) as archive:
        names = archive.namelist()
        assert said == f"{path}  written, with {len(names) - 1} files\n"
        mails = [archive.read(name) for name in names if name.startswith("mails/")]
        assert json.loads(archive.read("person.json"))["address"] == "anna@example.net"
    assert [b"One." in one for one in mails] == [True, False]
    assert not any(name.startswith("sent/") for name in names)  # nothing has been sent yet
    assert full.json("audit --subject anna@example.net")[-1]["action"] == "export"


def test_export_of_a_stranger(cli: Cli) -> None:
    cli.write_in("Let me in.", author="Sam Stranger <sam@elsewhere.example>")
    found = json.loads(cli.ok("person export sam@elsewhere.example"))
    assert found["person"] is None
    assert found["contributions"][0]["from_name"] == "Sam Stranger"


def test_what_is_refused(full: Cli) -> None:
    nobody = "nothing is held of nobody@example.net; see: listserv participant list, listserv inbox list"
    assert full.refused("person export nobody@example.net") == nobody
    assert full.refused("person export Anna") == "'Anna' is not a mail address; write name@example.org"
    assert (
        full.refused(f"person export anna@example.net --output {full.toml}") == f"{full.toml} exists; name a new file"
    )


def test_erase_says_what_goes_and_asks(full: Cli) -> None:
    why = full.refused("person erase anna@example.net")
    assert why == "Erase anna@example.net? This cannot be undone: repeat with --yes"
    before = full.dump()
    said = full.ok("person erase anna@example.net --dry-run")
    assert full.dump() == before
    goes, stays = said.splitlines()
    assert goes.split(": ", 2)[2].split("; ") == [
        "1 address",
        "1 participation",
        "1 contribution that was not released",
        "2 mails of theirs as they came",
        "5 mails to them that have not gone out",
        "11 letters to or about them",
    ]
    assert stays.startswith('stay in their place, by "a participant": 1 released contribution; their text stays (--')


@pytest.mark.sqlite("clears the file")
def test_erase(full: Cli) -> None:
    said = full.ok("person erase anna@example.net --yes --as chief@example.org").splitlines()
    assert said[0].startswith("anna@example.net: goes: 1 address; ")
    assert said[2].startswith("erased; the audit calls them erased-")
    assert said[3] == "the database's file holds nothing of it any more"
    assert said[4].startswith("beyond our reach: copies that were sent")
    assert "nothing is held of anna@example.net" in full.refused("person export anna@example.net")
    name = said[2].split()[-1]
    assert full.json(f"audit --subject {name}")[0]["actor"] == "chief@example.org"
    assert [one["author"] for one in full.json("contribution list")] == [""]
    assert full.json("queue show 1")["text"] == "One."
    assert "anna@example.net" not in full.ok("participant list")


def test_erase_with_texts(full: Cli) -> None:
    said = full.ok("person erase anna@example.net --texts --yes")
    assert "their text goes" in said
    assert full.json("queue show 1")["text"] == "[…]"


@pytest.mark.sqlite("clears the file")
def test_erase_while_serve_runs(full: Cli) -> None:
    with full.house() as house:
        engine = GroupingSession(str(house.session.url))
        try:
            said = full.ok("person erase anna@example.net --yes")
        finally:
            engine.close()
    assert "serve or work is running: it clears the database's file of what was deleted within a minute" in said


def test_who_was_erased_is_not_added_again_unawares(full: Cli) -> None:
    full.ok("person erase anna@example.net --yes")
    (full.place / "p.csv").write_text("address,name\nANNA@example.net,Anna\neve@example.net,Eve\n")
    why = "erased at their wish, not to be added: take them out; if they come back: listserv participant add"
    assert full.refused("participant add anna@example.net") == f"anna@example.net: {why} anna@example.net --again"
    assert why in full.refused(f"participant import {full.place / 'p.csv'}")
    assert why in full.refused(f"participant import {full.place / 'p.csv'} --dry-run")
    full.ok("participant add anna@example.net --name Anna --again --as chief@example.org")
    assert full.json("participant list --status active")[-1]["address"] == "anna@example.net"
    assert full.json("audit --subject anna@example.net")[0]["action"] == "unerase"

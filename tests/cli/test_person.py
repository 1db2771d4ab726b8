"""`listserv person`: everything that is held of somebody, and how it goes."""

from __future__ import annotations

import json
from zipfile import ZipFile

from tests.cli.conftest import Cli

KEYS = "address made_at site person addresses participations contributions inbox deliveries bounces confirmations"
KEYS += " tickets audit"


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

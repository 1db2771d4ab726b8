"""`export bundle` and `import bundle`: a whole dialogue leaves and comes back the same, or nothing is written."""

from __future__ import annotations

import hashlib
import json
import shutil
import tarfile
import zipfile
from pathlib import Path

import pytest

from listserv.core.mail import identity
from listserv.edge import files
from listserv.steps import unpack
from listserv.store import parts, suppressions
from listserv.store.schema import prepare
from listserv.store.session import Session
from listserv.store.tables import metadata
from tests import databases
from tests.cli.conftest import Cli
from tests.cli.test_export import ATTACHED
from tests.house import FRIDAY_DRAFT, FRIDAY_ROUNDUP, LEFT, folder, mail, open_house, site

NOTE = {"dialogue_id": 1, "kind": "intro", "text": "All.", "written_by": "mod", "written_at": FRIDAY_DRAFT}
EDIT = {
    "dialogue_id": 1,
    "section": "query",
    "language": "en",
    "text": "New.",
    "base": "Old.",
    "edited_by": "mod",
    "edited_at": FRIDAY_DRAFT,
}
AT = {"marked_at": FRIDAY_DRAFT}
CHANGE = {
    "dialogue_id": 1,
    "kind": "reminder",
    "subject": "2",
    "round": 0,
    "skipped": 1,
    "changed_by": "mod",
    "changed_at": FRIDAY_DRAFT,
}


@pytest.fixture(scope="module")
def _whole(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A dialogue with something in every part, and nothing under way."""
    place = folder(tmp_path_factory.mktemp("whole"))
    with open_house(place) as house:
        house.released("One.", subject="First", message_id="<one@example.net>")
        house.released("Two.", author="boris@example.net", subject="Re: First", answers="<one@example.net>")
        house.release(house.take(ATTACHED)["contribution_id"])
        house.contribute("Held.", author="Stranger <new@example.org>")
        house.set("boris@example.net", delivery="daily")
        house.take(mail("join", subject="join", author="Nia <nia@example.org>"), "nap-join@talk.example")
        for at in (FRIDAY_DRAFT, FRIDAY_ROUNDUP):
            house.tick(at)
            house.work()
        bounce = site().addresses.bounces("nap", house.sent("roundup", to="anna@example.net")[0].id)
        house.take(b"From: MAILER-DAEMON@x.example\r\nSubject: Undelivered\r\n\r\n550 no such user\r\n", bounce, "")
        prints = site().addresses.fingerprints(identity.key("gone@example.org"))
        delivery, tag = metadata.tables["delivery"], metadata.tables["tag"]
        house.session.write(lambda connection: suppressions.add(connection, house.now, prints))
        for one in (
            tag.insert().values(contribution_id=1, tag="practice"),
            metadata.tables["passage"].insert().values(contribution_id=1, kind="", text="One", marked_by="mod", **AT),
            metadata.tables["hidden"].insert().values(dialogue_id=1, key="x", hidden_by="mod", hidden_at=FRIDAY_DRAFT),
            metadata.tables["calendar_change"].insert().values(**CHANGE),
            metadata.tables["note"].insert().values(**NOTE),
            metadata.tables["answer"].insert().values(id=2**52, dialogue_id=1, question="use", value="5", text=""),
            metadata.tables["respondent"].insert().values(dialogue_id=1, participation_id=1),
            metadata.tables["report_edit"].insert().values(**EDIT),
            metadata.tables["mailing_count"].insert().values(mailing_id=1, state="sent", count=3),
        ):
            house.session.write(lambda connection, one=one: connection.execute(one))
        house.set("chloe@example.net", status=LEFT)
        house.session.write(lambda connection: connection.execute(delivery.update().values(state="sent")))
    return place


@pytest.fixture
def full(tmp_path: Path, _whole: Path, monkeypatch: pytest.MonkeyPatch) -> Cli:
    there = Cli(databases.copy(_whole, tmp_path / "whole"), monkeypatch)
    there.at(FRIDAY_ROUNDUP)
    return there


def elsewhere(cli: Cli, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, *, secret: str = "") -> Cli:
    """Another installation: its settings and no database yet; its own secret if one is given."""
    place = tmp_path / "elsewhere"
    (place / "var").mkdir(parents=True)
    shutil.copy(cli.toml, place / "listserv.toml")
    (place / "var" / "secret").write_text(secret or (cli.place / "var" / "secret").read_text())
    return Cli(databases.found(place), monkeypatch)


def contents(path: Path) -> dict[str, bytes]:
    if path.suffix == ".tar":
        with tarfile.open(path) as tar:
            return {one.name: tar.extractfile(one).read() for one in tar}  # type: ignore[union-attr]
    with zipfile.ZipFile(path) as archive:
        return {name: archive.read(name) for name in archive.namelist()}


@pytest.mark.parametrize("form", ["zip", "tar"])
def test_out_and_in_and_out_again_is_the_same(
    full: Cli, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, form: str
) -> None:
    first, second = tmp_path / f"first.{form}", tmp_path / f"second.{form}"
    said = full.ok(f"export bundle {first}")
    assert "4 contributions" in said
    full.ok(f"export bundle {tmp_path / 'other.zip'} --yes --as chief@example.org")
    assert full.json("audit")[-1]["actor"] == "chief@example.org"
    assert "each with its SHA-256" in said
    there = elsewhere(full, tmp_path, monkeypatch)
    came = there.ok(f"import bundle {first} --yes")
    assert "the secret is the same: reply addresses and links in mails already sent stay good" in came
    there.ok(f"export bundle {second}")
    assert contents(first) == contents(second)
    assert first.read_bytes() == second.read_bytes()
    manifest = json.loads(contents(first)["manifest.json"])
    empty = [part for part, count in manifest["records"].items() if not count]
    assert empty == [], "every part was tried"
    for command in ("participant list", "contribution list", "contribution list --search plan", "roundup list", "plan"):
        assert full.json(command) == there.json(command) != [], command
    assert full.json("queue list") == there.json("queue list")


def test_no_secret_goes_along(full: Cli, tmp_path: Path) -> None:
    with full.house() as house:
        (asked,) = house.sent(to="nia@example.org")
    token = str(asked.mail["Reply-To"]).partition("nap-confirm+")[2].partition("@")[0]
    assert token
    full.ok(f"export bundle {tmp_path / 'x.zip'}")
    everything = b"".join(contents(tmp_path / "x.zip").values())
    secret = (full.place / "var" / "secret").read_text().strip()
    for one in (secret, token, "token_hash"):
        assert one.encode() not in everything, one


def test_beside_another_dialogue_under_new_numbers(full: Cli, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    there = elsewhere(full, tmp_path, monkeypatch, secret="another secret of 32 letters, really\n")
    there.change('slug = "nap"', 'slug = "other"')
    there.ok("apply")
    there.ok("participant add anna@example.net --name Anna_Other --no-welcome -d other")
    full.ok(f"export bundle {tmp_path / 'x.zip'}")
    foreseen = there.ok(f"import bundle {tmp_path / 'x.zip'} --dry-run")
    assert "3 known here already" in foreseen, "the moderators, and Anna"
    assert "the secret is another" in foreseen
    assert "nothing was changed (--dry-run)" in foreseen
    there.ok(f"import bundle {tmp_path / 'x.zip'} --yes")
    ours, theirs = full.json("contribution list"), there.json("contribution list -d nap")
    assert [one["message_id"] for one in ours] == [one["message_id"] for one in theirs]
    people = {one["address"]: one for one in there.json("participant list -d nap")}
    assert people["anna@example.net"]["name"] == "Anna_Other", "who is known here stays as they are"
    assert people["chloe@example.net"]["status"] == "left"
    assert there.json("contribution show 1 -d nap")["tags"] == ["practice"]
    assert len(there.json("participant list -d other")) == 3
    with there.house() as house:
        house.now = FRIDAY_ROUNDUP
        first = house.rows("contribution", number=1)[0]
        answer = house.contribute("A reply.", subject="Re: First", answers="<one@example.net>")
        assert answer["parent_id"] == first["id"]


def test_with_the_same_secret_taken_numbers_are_refused(
    full: Cli, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    full.ok(f"export bundle {tmp_path / 'x.zip'}")
    there = elsewhere(full, tmp_path, monkeypatch)
    there.change('slug = "nap"', 'slug = "other"')
    there.ok("apply")
    assert "mails already sent would act on others" in there.refused(f"import bundle {tmp_path / 'x.zip'} --yes")
    assert "there is a dialogue nap here already" in full.refused(f"import bundle {tmp_path / 'x.zip'} --yes")


def test_what_had_not_gone_out_is_not_sent_by_the_other(
    cli: Cli, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    cli.write_in("Held.", author="boris@example.net")
    said = cli.ok(f"export bundle {tmp_path / 'x.zip'}")
    assert "had not gone out yet" in said
    there = elsewhere(cli, tmp_path, monkeypatch)
    assert "had not gone out and will not" in there.ok(f"import bundle {tmp_path / 'x.zip'} --yes")
    states = {one["state"] for one in there.json("outbox list")}
    assert states == {"failed"}


def test_who_asked_here_never_to_be_written_to_has_left(
    cli: Cli, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    cli.ok(f"export bundle {tmp_path / 'x.zip'}")
    there = elsewhere(cli, tmp_path, monkeypatch)
    session = Session(databases.url(there.place))
    prepare(session, files.migrations())
    prints = site().addresses.fingerprints(identity.key("anna@example.net"))
    session.write(lambda connection: suppressions.add(connection, FRIDAY_DRAFT, prints))
    session.close()
    there.change('domain = "talk.example"', 'domain = "talk2.example"')
    there.ok(f"import bundle {tmp_path / 'x.zip'} --yes")
    assert {one["address"]: one["status"] for one in there.json("participant list")}["anna@example.net"] == "left"


def _damaged(path: Path, change: dict[str, bytes | None]) -> None:
    whole = contents(path)
    path.unlink()
    with zipfile.ZipFile(path, "w") as archive:
        for name, content in {**whole, **change}.items():
            if content is not None:
                archive.writestr(name, content)


DAMAGE = {
    "people.jsonl is damaged": {"people.jsonl": b"{}\n"},
    "people.jsonl is missing": {"people.jsonl": None},
    "'../evil' does not belong to it": {"../evil": b"x"},
    "no manifest.json in it": {"manifest.json": None},
    "manifest.json cannot be read": {"manifest.json": b"{"},
    "it is of version 9": {"manifest.json": b'{"format": "listserv dialogue", "version": 9}'},
    "manifest.json is not that of a dialogue": {"manifest.json": b"[]"},
}


@pytest.mark.parametrize(("said", "change"), DAMAGE.items(), ids=DAMAGE)
def test_nothing_is_written_of_what_is_damaged(
    cli: Cli,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    said: str,
    change: dict[str, bytes | None],
) -> None:
    cli.ok(f"export bundle {tmp_path / 'x.zip'}")
    _damaged(tmp_path / "x.zip", change)
    assert said in cli.refused(f"import bundle {tmp_path / 'x.zip'} --yes")


@pytest.mark.parametrize(
    ("file", "was", "becomes"),
    [
        ("modules.jsonl", b'"dialogue_id":1', b'"dialogue_id":77'),
        ("participations.jsonl", b'"active"', b'"emperor"'),
        ("participations.jsonl", b'"each"', b'["each"]'),
    ],
)
def test_a_line_that_cannot_be_keeps_everything_out(
    cli: Cli, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, file: str, was: bytes, becomes: bytes
) -> None:
    cli.ok(f"export bundle {tmp_path / 'x.zip'}")
    whole = contents(tmp_path / "x.zip")
    bad = whole[file].replace(was, becomes)
    assert bad != whole[file]
    manifest = json.loads(whole["manifest.json"])
    manifest["files"][file] = {"size": len(bad), "sha256": hashlib.sha256(bad).hexdigest()}
    _damaged(tmp_path / "x.zip", {file: bad, "manifest.json": json.dumps(manifest).encode()})
    there = elsewhere(cli, tmp_path, monkeypatch)
    there.run("audit")  # makes the database
    assert f"{file} has a line that cannot be" in there.refused(f"import bundle {tmp_path / 'x.zip'} --yes")


def test_a_bundle_from_before_deliveries_were_pruned_comes_in(
    cli: Cli, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    cli.ok(f"export bundle {tmp_path / 'x.zip'}")
    manifest = json.loads(contents(tmp_path / "x.zip")["manifest.json"])
    del manifest["files"]["delivery-counts.jsonl"], manifest["records"]["delivery-counts"]
    changed = {"delivery-counts.jsonl": None, "manifest.json": json.dumps(manifest).encode()}
    _damaged(tmp_path / "x.zip", changed)
    there = elsewhere(cli, tmp_path, monkeypatch)
    there.ok(f"import bundle {tmp_path / 'x.zip'} --yes")
    assert there.json("plan") == cli.json("plan")


def test_a_mail_that_would_fill_the_memory(cli: Cli, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    with cli.house() as house:
        house.contribute()
    cli.ok(f"export bundle {tmp_path / 'x.zip'}")
    monkeypatch.setattr(unpack, "LARGEST", 10)
    assert "is too large" in cli.refused(f"import bundle {tmp_path / 'x.zip'} --yes")


def test_what_is_no_such_file(cli: Cli, tmp_path: Path) -> None:
    (tmp_path / "x.zip").write_bytes(b"no zip")
    assert "neither a ZIP nor a tar" in cli.refused(f"import bundle {tmp_path / 'x.zip'} --yes")
    assert "name it .zip or .tar" in cli.refused(f"export bundle {tmp_path / 'x.rar'}")
    assert "exists already" in cli.refused(f"export bundle {tmp_path / 'x.zip'}")


def test_every_table_goes_along_or_is_known_to_stay() -> None:
    assert {part.table.name for part in parts.PARTS} | parts.STAYS.keys() == metadata.tables.keys()

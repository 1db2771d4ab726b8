"""`listserv dkim`, and signed sending: every mail a dialogue sends verifies; a bad key stops us at the start."""

from __future__ import annotations

import re
import stat
from pathlib import Path

import pytest
from cryptography.hazmat.primitives.asymmetric import ec, rsa
from cryptography.hazmat.primitives.serialization import BestAvailableEncryption, Encoding, NoEncryption, PrivateFormat

from listserv.core.mail.dkim import Key
from tests.house import FRIDAY_DRAFT, FRIDAY_ROUNDUP, mail
from tests.sink import Sink
from tests.verifier import verdicts

TABLE = '[dkim]\ndomain = "talk.example"\nselector = "d1"\nkey_file = "var/dkim.pem"\n'
SECOND = TABLE + 'ed25519_key_file = "var/dkim-e1.pem"\n'


def with_table(cli, table=TABLE):
    cli.toml.write_text(cli.toml.read_text().replace("[relay]\n", table + "[relay]\n"))


def with_keys(cli, table=SECOND):
    with_table(cli, table)
    cli.ok("dkim new")
    cli.ok("dkim new --ed25519")
    return {one["name"]: one["value"] for one in cli.json("dkim show")}


# --- new


def test_new_makes_a_key_and_says_what_to_do(cli):
    said = cli.ok("dkim new")
    path = cli.place / "var/dkim.pem"
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    key = Key.read("talk.example", "d1", path.read_bytes())
    assert key.private.key_size == 2048
    assert f"The private key is in {path}; nobody but its owner may read it.\n" in said
    assert f"  name   d1._domainkey.talk.example\n  type   TXT\n  value  {key.record}\n" in said
    parts = re.findall(r'"(.*?)"', said.partition("IN TXT")[2].partition(")")[0])
    assert "".join(parts) == key.record
    assert max(map(len, parts)) <= 255
    assert "PRIVATE" not in said
    assert said.endswith(
        f"Once DNS has the record, write into {cli.toml}, and start serve again:\n\n"
        '  [dkim]\n  domain = "talk.example"\n  selector = "d1"\n  key_file = "var/dkim.pem"\n'
    )


def test_what_new_says_to_write_is_right(cli):
    said = cli.ok("dkim new")
    table = re.sub(r"(?m)^  ", "", said[said.index("  [dkim]") :])
    with_table(cli, table)
    assert cli.json("dkim show")[0]["name"] == "d1._domainkey.talk.example"
    assert "names this key already. Once DNS has the record, start serve again" in cli.ok("dkim new --yes")


def test_new_does_not_replace_a_key_unasked(cli):
    cli.ok("dkim new")
    path = cli.place / "var/dkim.pem"
    before = path.read_bytes()
    assert cli.refused("dkim new") == (
        f"{path} exists. Until DNS has the record of a new key, mail signed with it counts as forged; after that, mail"
        " still under way with the old one. Better make one beside it: --selector NAME. Replace it? This cannot be"
        " undone: repeat with --yes"
    )
    assert path.read_bytes() == before
    cli.ok("dkim new --yes")
    assert path.read_bytes() != before
    assert [one.name for one in path.parent.glob("dkim*")] == ["dkim.pem"]  # no draft is left


def test_another_selector_is_another_key_beside_the_first(cli):
    with_table(cli)
    cli.ok("dkim new")
    before = (cli.place / "var/dkim.pem").read_bytes()
    said = cli.ok("dkim new --selector d2")
    assert (cli.place / "var/dkim.pem").read_bytes() == before
    assert "d2._domainkey.talk.example" in said
    assert f"write under [dkim] in {cli.toml}" in said
    assert said.endswith('  selector = "d2"\n  key_file = "var/dkim-d2.pem"\n')


def test_an_ed25519_key_is_a_second_one(cli):
    assert cli.refused("dkim new --ed25519") == (
        "an Ed25519 key stands beside an RSA one; first run: listserv dkim new"
    )
    with_table(cli)
    assert cli.refused("dkim new --ed25519 --selector d1") == (
        f"selector d1 is that of the key in {cli.place}/var/dkim.pem; choose another with --selector"
    )
    said = cli.ok("dkim new --ed25519")
    assert said.endswith('  ed25519_selector = "e1"\n  ed25519_key_file = "var/dkim-e1.pem"\n')
    assert re.search(r"value  v=DKIM1; k=ed25519; p=[A-Za-z0-9+/]{43}=\n", said)


@pytest.mark.parametrize("name", ["d 1", "../d1", ".", "", "x" * 70])
def test_a_selector_that_is_none(cli, name):
    said = cli.refused("dkim new --selector", name)
    assert said.startswith("--selector: ")
    assert not list((cli.place / "var").glob("*.pem"))


def test_a_folder_that_cannot_be_written_to_is_one_line(cli):
    with_table(cli, TABLE.replace("var/dkim.pem", "listserv.toml/dkim.pem"))
    assert "listserv.toml" in cli.refused("dkim new")


# --- show


def test_show(cli):
    records = with_keys(cli)
    first, second = cli.json("dkim show")
    assert list(first) == ["name", "type", "value", "strings", "domain", "selector", "algorithm"]
    assert (first["selector"], first["algorithm"], first["domain"]) == ("d1", "rsa-sha256", "talk.example")
    assert (second["selector"], second["algorithm"]) == ("e1", "ed25519-sha256")
    assert "".join(first["strings"]) == first["value"]
    said = cli.ok("dkim show")
    for name, value in records.items():
        assert f"  name   {name}\n  type   TXT\n  value  {value}\n" in said


def test_show_without_a_key(cli):
    assert cli.refused("dkim show") == f"{cli.toml} has no [dkim]; make a key with: listserv dkim new"


# --- keys that must not sign


def pem(private, passphrase=b""):
    how = BestAvailableEncryption(passphrase) if passphrase else NoEncryption()
    return private.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, how)


def write(path: Path, content: bytes, mode=0o600):
    path.write_bytes(content)
    path.chmod(mode)


GOOD = pem(rsa.generate_private_key(public_exponent=65537, key_size=2048))

BAD = {
    "none": (lambda path: None, "no such file; make the key with: listserv dkim new"),
    "a folder": (lambda path: path.mkdir(), "cannot be read (Is a directory); give it to the user that runs this"),
    "others may read it": (
        lambda path: write(path, GOOD, 0o640),
        "others may read this key (mode 0640); run: chmod 600 {path} (if somebody has read it, make another)",
    ),
    "weak": (
        lambda path: write(path, pem(rsa.generate_private_key(public_exponent=65537, key_size=1024))),
        "an RSA key of 1024 bits, where receivers take 2048 to 4096; make one with: listserv dkim new",
    ),
    "with a passphrase": (
        lambda path: write(path, pem(rsa.generate_private_key(public_exponent=65537, key_size=2048), b"secret")),
        "the key needs a passphrase; store it without one, readable by its owner only",
    ),
    "another kind": (
        lambda path: write(path, pem(ec.generate_private_key(ec.SECP256R1()))),
        "a key of another kind; make an RSA or Ed25519 one with: listserv dkim new",
    ),
    "no key": (lambda path: write(path, b"hello"), "not a private key in PEM form; make one with: listserv dkim new"),
}


@pytest.mark.parametrize("command", ["serve", "work --until-idle", "dkim show"])
@pytest.mark.parametrize("case", BAD)
def test_a_bad_key_stops_us_before_anything_is_sent(cli, case, command):
    make, why = BAD[case]
    with_table(cli)
    path = cli.place / "var/dkim.pem"
    make(path)
    assert cli.refused(command) == f"{path}: {why.format(path=path)}"
    assert not (cli.place / "var/mail").exists()


def test_check_says_that_a_key_is_missing(cli):
    with_table(cli)
    assert "warning: serve will not start: " in cli.ok("check")
    cli.ok("dkim new")
    assert "serve will not start" not in cli.ok("check")


def test_each_key_in_its_place(cli):
    with_keys(cli)
    rsa_file, ed25519_file = cli.place / "var/dkim.pem", cli.place / "var/dkim-e1.pem"
    both = rsa_file.read_bytes(), ed25519_file.read_bytes()
    ed25519_file.write_bytes(both[0])
    assert cli.refused("serve") == (
        f"{ed25519_file}: an RSA key; write it as key_file, or make an Ed25519 one with: listserv dkim new --ed25519"
    )
    rsa_file.write_bytes(both[1])
    assert cli.refused("serve") == (
        f"{rsa_file}: an Ed25519 key, which many receivers do not know; write it as ed25519_key_file beside an RSA one"
    )


# --- every mail a dialogue sends


def everything(cli) -> set[str]:
    """Contributions, notices, answers, a round-up, a letter beyond ASCII; the kinds that are in the outbox."""
    cli.ok("participant add jürgen@bücher.example --name Jürgen")
    cli.ok("participant set jürgen@bücher.example --delivery each")
    cli.write_in("We need a plan.  \n\n.\n..\nيجب أن نخطط\n", subject="Чтобы быть " * 9, message_id="<one@example.net>")
    cli.ok("queue release 1")
    cli.write_in("Yes. " * 20, subject="Re: plans", message_id="<two@example.net>", answers="<one@example.net>")
    cli.ok("queue return 2 --yes --reason", "Too short.")
    cli.ok("receive --recipient nap-help@talk.example --sender x@example.org", input=mail("?", author="x@example.org"))
    cli.ok("work --until-idle")
    cli.at(FRIDAY_DRAFT)
    cli.ok("tick")
    cli.at(FRIDAY_ROUNDUP)
    cli.ok("tick")
    cli.ok("work --until-idle")
    rows = cli.json("outbox list")
    assert {row["state"] for row in rows} == {"sent"}
    return {row["kind"] for row in rows}


KINDS = {"contribution", "announcement", "welcome", "receipt", "held_notice", "returned", "help", "roundup"}


def test_every_mail_verifies_over_smtp(cli):
    records = with_keys(cli)
    with Sink.in_thread() as sink:
        relay = f'kind = "smtp"\nhost = "{sink.host}"\nport = {sink.port}\ntls = "none"\n'
        cli.change('kind = "maildir"\npath = "var/mail"\n', relay)
        kinds = everything(cli)
        found = list(sink.mails)
        assert kinds >= KINDS, kinds
        assert len(found) == len(cli.json("outbox list"))
        assert {tuple(verdicts(one.content, records)) for one in found} == {("", "")}
        assert any("SMTPUTF8" in one.parameters for one in found)
        assert sink.breaches == []


def test_every_mail_verifies_in_maildirs(cli):
    records = with_keys(cli)
    everything(cli)
    files = list((cli.place / "var/mail").glob("*/new/*"))
    assert len(files) == len(cli.json("outbox list"))
    assert {tuple(verdicts(file.read_bytes(), records)) for file in files} == {("", "")}


def test_without_the_table_nothing_is_signed(cli):
    cli.write_in()
    cli.ok("queue release 1")
    cli.ok("work --until-idle")
    files = list((cli.place / "var/mail").glob("*/new/*"))
    assert files
    assert not [file for file in files if b"DKIM-Signature" in file.read_bytes()]

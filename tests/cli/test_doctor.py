"""`doctor`: what it says of an installation, word for word; DNS is a stub, the relay a sink, the rest is real."""

from __future__ import annotations

import json
import sqlite3
import threading
from collections.abc import Callable, Iterator, Mapping
from contextlib import closing
from datetime import timedelta
from http.server import BaseHTTPRequestHandler, HTTPServer
from pathlib import Path
from typing import Any

import pytest

from listserv.edge.doctor import names, smarthost
from listserv.edge.report import fonts
from listserv.steps import moderate
from tests import dovecot
from tests.cli.conftest import Answer, Cli
from tests.house import FRIDAY_DRAFT, TUESDAY
from tests.ports import reserved
from tests.sink import Sink, _certificate

pytestmark = [
    pytest.mark.usefixtures("durable"),  # the doctor says whether a commit is kept
    pytest.mark.sqlite("and on the tests' PostgreSQL it is not"),
]

Zone = Mapping[tuple[str, str], tuple[str, ...] | None]

DOMAIN = "talk.example"
NEWEST = max(path.name[:4] for path in (Path(__file__).parents[2] / "migrations" / "versions").glob("0*.py"))
FONTS = "Latin, Cyrillic, Arabic and Chinese letters can be drawn in the report's PDF."
SPF = "v=spf1 ip4:192.0.2.1 -all"
ALIGNED = f"From and the return address are at {DOMAIN}, and so is the signature ({DOMAIN}): aligned."
COVERED = "from, subject, date, message-id, list-id, list-unsubscribe, list-unsubscribe-post"
ONE_CLICK = "List-Unsubscribe has an https link and an address, List-Unsubscribe-Post is there."
GOOD: dict[tuple[str, str], tuple[str, ...] | None] = {
    ("NS", "."): ("a.root-servers.net",),
    ("MX", DOMAIN): ("mx.talk.example",),
    ("A", "mx.talk.example"): ("192.0.2.1",),
    ("PTR", "192.0.2.1"): ("mx.talk.example",),
    ("TXT", DOMAIN): (SPF,),
    ("TXT", f"_dmarc.{DOMAIN}"): ("v=DMARC1; p=quarantine",),
}

Dns = Callable[[Zone], None]


@pytest.fixture
def dns(monkeypatch: pytest.MonkeyPatch) -> Dns:
    """Answers with these records, and nothing else is ever asked; without any: no DNS answers."""

    def answer(zone: Zone) -> None:
        silent = not zone
        monkeypatch.setattr(names, "look", lambda: lambda kind, name: None if silent else zone.get((kind, name), ()))

    answer({})
    return answer


@pytest.fixture(autouse=True)
def installed(monkeypatch: pytest.MonkeyPatch) -> None:
    """The fonts of another host, whatever this one has."""
    monkeypatch.setattr(fonts, "families", lambda: frozenset({"Libertinus Serif", "Amiri", "WenQuanYi Micro Hei"}))


def findings(answer: Answer) -> list[tuple[str, str, str]]:
    return [(one["check"], one["result"], one["text"]) for one in answer.json]


def of(answer: Answer, check: str) -> list[tuple[str, str]]:
    return [(result, text) for name, result, text in findings(answer) if name == check]


def relay(cli: Cli, host: str, port: int, more: str = 'tls = "none"') -> None:
    cli.change('kind = "maildir"\npath = "var/mail"', f'kind = "smtp"\n{more}\nhost = "{host}"\nport = {port}')


@pytest.fixture
def real(cli: Cli, dns: Dns, monkeypatch: pytest.MonkeyPatch) -> Iterator[Cli]:
    """An installation as it should be: a relay over TLS that is logged in to, a key that DNS has, https, pages."""
    monkeypatch.setenv("SSL_CERT_FILE", str(_certificate() / "cert.pem"))
    with Sink.in_thread(starttls=True, auth=("talk", "secret"), size=5_000_000) as sink:
        relay(cli, "localhost", sink.port, 'tls = "starttls"\nuser = "talk"\npassword = "secret"')
        cli.change(f'domain = "{DOMAIN}"', f'domain = "{DOMAIN}"\nbase_url = "https://{DOMAIN}"')
        cli.ok("dkim new --yes")
        key = f'[dkim]\ndomain = "{DOMAIN}"\nselector = "d1"\nkey_file = "var/dkim.pem"\n'
        cli.change("[clock]", f"[web]\nport = 0\n\n{key}\n[clock]")
        (shown,) = cli.json("dkim show")
        dns(GOOD | {("TXT", shown["name"]): (shown["value"],)})
        yield cli
    assert sink.mails == []
    assert sink.breaches == []


def test_an_installation_that_complies(real: Cli) -> None:
    answer = real.run("doctor --json")
    assert (answer.code, answer.err) == (0, "")
    port = real.toml.read_text().partition("port = ")[2].partition("\n")[0]
    assert findings(answer) == [
        ("database", "ok", f"SQLite answers and stands at {NEWEST}."),
        ("database", "ok", "what is committed is kept (journal_mode=wal, synchronous=full)."),
        ("MX", "ok", "mail to talk.example goes to mx.talk.example."),
        ("SPF", "ok", f"{SPF} (0 of 10 look-ups); return addresses are at talk.example, so it is aligned."),
        ("DKIM d1", "ok", "d1._domainkey.talk.example has our RSA key."),
        ("DMARC", "ok", "_dmarc.talk.example says quarantine; SPF and DKIM are both aligned with talk.example."),
        ("relay", "ok", f"localhost:{port} is reached over TLS (starttls), its certificate verified."),
        ("relay", "ok", "it offers SIZE 5000000, PIPELINING, 8BITMIME, SMTPUTF8."),
        ("relay", "ok", f"localhost:{port} takes our user and password."),
        ("relay's name", "ok", "192.0.2.1 is called mx.talk.example, which leads back to it."),
        ("pages", "skipped", "https://talk.example is asked for with --deep only."),
        ("fonts", "ok", FONTS),
        ("contribution", "ok", "one From, Date, Message-ID and Subject; no line beyond 998 octets."),
        ("contribution", "ok", ALIGNED),
        ("contribution", "ok", "List-Id: Planning for Action <nap.talk.example>"),
        ("one-click leaving", "ok", ONE_CLICK),
        ("DKIM signature", "ok", f"h= covers {COVERED}."),
        ("DKIM d1", "ok", "a copy's signature is valid, verified with the key at hand."),
        ("notice", "ok", "one From, Date, Message-ID and Subject; no line beyond 998 octets."),
        ("notice", "ok", ALIGNED),
        ("notice", "ok", "Auto-Submitted: auto-generated: no program answers it."),
    ]  # fmt: skip


def test_what_it_prints_for_people(cli: Cli, dns: Dns) -> None:
    mail = cli.place / "var/mail"
    assert cli.run("doctor").out == (
        f"ok       database          SQLite answers and stands at {NEWEST}.\n"
        "ok       database          what is committed is kept (journal_mode=wal, synchronous=full). (RFC 5321 §6.1)\n"
        'skipped  DNS               a trial: relay.kind is "maildir", so no mail leaves this host; --deep looks all'
        " the same.\n"
        f"warning  relay             a trial: mail is put into {mail} and reaches nobody.\n"
        '                           For real use set relay.kind = "smtp", with host and user.\n'
        "skipped  pages             listserv.toml has no [web], and mails link to no page.\n"
        f"ok       fonts             {FONTS}\n"
        "ok       contribution      one From, Date, Message-ID and Subject; no line beyond 998 octets."
        " (RFC 5322 §3.6)\n"
        "ok       contribution      From and the return address are at talk.example: aligned. (RFC 9989 §4.4)\n"
        "ok       contribution      List-Id: Planning for Action <nap.talk.example> (RFC 2919 §3)\n"
        "warning  one-click leaving by mail only: there are no https pages. Large receivers ask for one click."
        " (RFC 8058 §3.1)\n"
        "                           Set site.base_url to the https address of the pages, and write a [web] table.\n"
        "ok       notice            one From, Date, Message-ID and Subject; no line beyond 998 octets."
        " (RFC 5322 §3.6)\n"
        "ok       notice            From and the return address are at talk.example: aligned. (RFC 9989 §4.4)\n"
        "ok       notice            Auto-Submitted: auto-generated: no program answers it. (RFC 3834 §5)\n"
        "\n"
        "9 ok, 2 warning, 2 skipped\n"
    )


def test_what_fails_is_counted_and_the_status_is_1(real: Cli, dns: Dns) -> None:
    dns({("NS", "."): ("a.root-servers.net",)})
    answer = real.run("doctor")
    assert (answer.code, answer.err) == (1, "listserv: 4 checks failed; what to do stands above\n")
    assert answer.out.count("\nfailed  ") == 4
    assert answer.out.endswith("\n\n15 ok, 4 failed, 2 skipped\n")


def test_a_font_that_is_missing_is_named_with_the_command(cli: Cli, dns: Dns, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(fonts, "families", lambda: frozenset({"Libertinus Serif", "Amiri"}))
    answer = cli.run("doctor --json")
    (found,) = [one for one in answer.json if one["check"] == "fonts"]
    assert (answer.code, found["result"]) == (0, "warning")
    assert found["text"] == "no font for Chinese letters: in the report's PDF they are empty boxes."
    assert found["do"] == "Install one; Debian: apt install fonts-wqy-microhei"


def test_it_changes_nothing(real: Cli) -> None:
    before = real.dump(), sorted(real.place.rglob("*"))
    assert real.run("doctor --deep").code == 1  # nobody answers at talk.example
    assert (real.dump(), sorted(real.place.rglob("*"))) == before


def test_before_the_first_serve_it_makes_no_file(cli: Cli, dns: Dns, tmp_path: Path) -> None:
    place = tmp_path / "new"
    place.mkdir()
    (place / "listserv.toml").write_text(cli.toml.read_text())
    answer = cli.raw("-c", str(place / "listserv.toml"), "doctor", "--json")
    assert answer.code == 0
    assert of(answer, "database") == [("warning", f"{place}/var/listserv.db is not there yet.")]
    assert [path.name for path in place.rglob("*")] == ["listserv.toml"]


# DNS


def test_dns_that_does_not_answer_is_said_once(real: Cli, dns: Dns) -> None:
    dns({})
    answer = real.run("doctor --json")
    assert answer.code == 1
    assert of(answer, "DNS") == [("failed", "DNS does not answer.")]
    assert [of(answer, check) for check in ("MX", "SPF", "DMARC")] == [[("skipped", "DNS does not answer.")]] * 3


@pytest.mark.parametrize(
    ("record", "value", "check", "text"),
    [
        (("MX", DOMAIN), (), "MX", "talk.example has no MX: mail to its dialogues finds no server."),
        (
            ("TXT", DOMAIN),
            ("v=spf1 +all",),
            "SPF",
            "the record of talk.example ends in +all: anybody may send in its name.",
        ),
        (("TXT", f"_dmarc.{DOMAIN}"), (), "DMARC", "talk.example has no DMARC record, which large receivers ask for."),
        (
            ("TXT", f"d1._domainkey.{DOMAIN}"),
            ("v=DKIM1; k=rsa; p=AAAA",),
            "DKIM d1",
            "the key at d1._domainkey.talk.example is another one: every signature looks forged.",
        ),
    ],
)  # fmt: skip
def test_the_rule_that_fails_is_named(
    real: Cli, dns: Dns, record: tuple[str, str], value: tuple[str, ...], check: str, text: str
) -> None:
    (shown,) = real.json("dkim show")
    dns(GOOD | {("TXT", shown["name"]): (shown["value"],)} | {record: value})
    answer = real.run("doctor --json")
    failed = [(name, text) for name, result, text in findings(answer) if result == "failed"]
    assert (answer.code, failed) == (1, [(check, text)])


def test_without_a_key_nothing_is_signed(real: Cli) -> None:
    text = real.toml.read_text()
    real.toml.write_text(text.partition("[dkim]")[0] + "[clock]" + text.partition("[clock]")[2])
    answer = real.run("doctor --json")
    assert answer.code == 1
    said = "nothing here signs what we send. If your relay does, it has to cover List-Unsubscribe and"
    assert of(answer, "DKIM") == [("failed", f"{said} List-Unsubscribe-Post, which few do unasked.")]
    assert [result for result, _ in of(answer, "DMARC")] == ["warning"]


@pytest.mark.parametrize(
    ("break_", "text"),
    [
        (lambda path: path.unlink(), "no such file; make the key with: listserv dkim new."),
        (lambda path: path.write_text("x"), "not a private key in PEM form; make one with: listserv dkim new."),
    ],
)
def test_a_key_that_cannot_be_used(real: Cli, break_: Callable[[Path], Any], text: str) -> None:
    path = real.place / "var/dkim.pem"
    break_(path)
    answer = real.run("doctor --json")
    assert (answer.code, of(answer, "DKIM")) == (1, [("failed", f"{path}: {text}")])


def test_texts_from_dns_reach_the_terminal_without_controls(real: Cli, dns: Dns) -> None:
    (shown,) = real.json("dkim show")
    dns(GOOD | {("TXT", shown["name"]): (shown["value"],), ("TXT", DOMAIN): ("v=spf1 \x1b[31m\u202eevil -all",)})
    assert not {"\x1b", "\u202e"} & set(real.run("doctor").out)


# The relay


def relay_says(cli: Cli) -> list[tuple[str, str]]:
    answer = cli.run("doctor --json")
    assert answer.code == 1
    return of(answer, "relay")


def test_a_relay_without_starttls(cli: Cli, dns: Dns) -> None:
    with Sink.in_thread() as sink:
        relay(cli, "127.0.0.1", sink.port, 'tls = "starttls"')
        said = relay_says(cli)
    assert said == [("failed", f"127.0.0.1:{sink.port}: the relay offers no STARTTLS: nothing was sent (tls).")]


def test_a_relay_whose_certificate_nobody_vouches_for(cli: Cli, dns: Dns) -> None:
    with Sink.in_thread(starttls=True) as sink:
        relay(cli, "127.0.0.1", sink.port, 'tls = "starttls"')
        ((result, text),) = relay_says(cli)
    assert result == "failed"
    assert "the relay's certificate is signed by itself" in text


def test_a_relay_in_clear_on_this_host(cli: Cli, dns: Dns) -> None:
    with Sink.in_thread(smtputf8=False, pipelining=False) as sink:
        relay(cli, "127.0.0.1", sink.port)
        said = relay_says(cli)
    assert said == [
        ("ok", f"127.0.0.1:{sink.port} is reached on this host."),
        ("ok", "it offers 8BITMIME; not SIZE, PIPELINING, SMTPUTF8."),
    ]


def test_a_relay_that_refuses_the_password(real: Cli) -> None:
    real.change('password = "secret"', 'password = "another"')
    ((result, text),) = relay_says(real)
    assert (result, text.partition(": ")[2]) == ("failed", "535 5.7.8 wrong user or password (auth).")
    assert "another" not in text


def test_a_relay_that_is_not_there(cli: Cli, dns: Dns) -> None:
    port = reserved()
    relay(cli, "127.0.0.1", port)
    ((result, text),) = relay_says(cli)
    assert (result, text.startswith(f"127.0.0.1:{port}: "), text.endswith(" (connect).")) == ("failed", True, True)


def test_a_relay_whose_password_file_is_missing(cli: Cli, dns: Dns) -> None:
    relay(cli, "127.0.0.1", 1, 'tls = "starttls"\nuser = "talk"\npassword_file = "var/password"')
    ((result, text),) = relay_says(cli)
    path = cli.place / "var/password"
    assert (result, text) == (
        "failed",
        f"{path}: cannot be read (No such file or directory); write the password into it.",
    )


@pytest.mark.parametrize(
    ("zone", "result", "text"),
    [
        (
            {("A", "mx.example"): ("192.0.2.1",), ("PTR", "192.0.2.1"): ("mx.example",)},
            "ok",
            "192.0.2.1 is called mx.example, which leads back to it.",
        ),
        (
            {("AAAA", "mx.example"): ("2001:db8::1",), ("PTR", "2001:db8::1"): ("a.example",)},
            "warning",
            "2001:db8::1 is called a.example, which does not lead back to it.",
        ),
        ({("A", "mx.example"): ("192.0.2.1",)}, "warning", "192.0.2.1 has no name (PTR)."),
        ({}, "skipped", "DNS gave no address for mx.example."),
        (
            {("A", "mx.example"): ("192.0.2.1",), ("PTR", "192.0.2.1"): None},
            "skipped",
            "DNS did not answer for the name of 192.0.2.1.",
        ),
    ],
)
def test_the_relays_name_is_told_and_fails_nothing(zone: Zone, result: str, text: str) -> None:
    def look(kind: str, name: str) -> tuple[str, ...] | None:
        return zone.get((kind, name), ())

    finding = smarthost.reverse("mx.example", "talk.example", look)
    assert (finding.result.value, finding.text) == (result, text)


@pytest.mark.parametrize(
    ("zone", "result", "text"),
    [
        (
            {
                ("MX", "talk.example"): ("mx.talk.example",),
                ("A", "mx.talk.example"): ("192.0.2.1",),
                ("PTR", "192.0.2.1"): ("h1.host.example",),
            },
            "warning",
            "192.0.2.1 is called h1.host.example, which does not lead back to it.",
        ),
        (
            {("MX", "talk.example"): ("",)},
            "skipped",
            "the relay is on this host, and no MX tells under which address the world knows it.",
        ),
    ],
)
def test_a_relay_on_this_host_is_known_by_the_domains_mail_server(zone: Zone, result: str, text: str) -> None:
    finding = smarthost.reverse("127.0.0.1", "talk.example", lambda kind, name: zone.get((kind, name), ()))
    assert (finding.result.value, finding.text) == (result, text)


# The mailbox


def test_a_mailbox_that_is_not_there(cli: Cli, dns: Dns) -> None:
    port = reserved()
    table = f'[intake.imap]\ntls = "none"\nhost = "127.0.0.1"\nport = {port}\nuser = "talk"\npassword = "secret"\n'
    cli.change("[clock]", f"{table}\n[clock]")
    answer = cli.run("doctor --json")
    ((result, text),) = of(answer, "mailbox")
    assert (answer.code, result) == (1, "failed")
    assert f"127.0.0.1:{port}" in text
    assert "secret" not in answer.out


@pytest.mark.skipif(bool(dovecot.missing()), reason=dovecot.missing())
def test_a_mailbox_that_lets_us_in(cli: Cli, dns: Dns) -> None:
    with dovecot.running() as server:
        box = server.mailbox()
        box.put(b"Subject: left alone\r\n\r\n")
        place = f'[intake.imap]\ntls = "none"\nhost = "127.0.0.1"\nport = {server.port}\nuser = "{box.user}"\n'
        cli.change("[clock]", f"{place}password = '{dovecot.PASSWORD}'\n\n[clock]")
        said = of(cli.run("doctor --json"), "mailbox")
        assert box.count() == 1
        cli.change(dovecot.PASSWORD, "wrong")
        refused = of(cli.run("doctor --json"), "mailbox")
    at = f"127.0.0.1:{server.port}"
    assert said == [("ok", f"{at} lets us in; INBOX, Done and Quarantine are there.")]
    assert refused == [("failed", f"{at} refuses the log-in; check user and password in [intake.imap].")]


# The database


def database(cli: Cli, sql: str) -> None:
    with cli.house() as house:
        house.sql(sql)


@pytest.mark.parametrize(
    ("stands", "text", "do"),
    [
        ("0001", f"it stands at 0001, this listserv needs {NEWEST}.", "Run: listserv db upgrade"),
        ("9999", f"it stands at 9999, newer than this listserv ({NEWEST}).", "Install the version that wrote it."),
    ],
)
def test_a_database_of_another_version(cli: Cli, dns: Dns, stands: str, text: str, do: str) -> None:
    database(cli, f"UPDATE alembic_version SET version_num = '{stands}'")
    answer = cli.run("doctor --json")
    first = answer.json[0]
    assert (answer.code, first["result"], first["text"], first["do"]) == (1, "failed", text, do)


def test_a_search_that_is_behind_or_deaf(cli: Cli, dns: Dns) -> None:
    with cli.house() as house:
        row = house.contribute("A larch.")
        moderate.release(house.session, house.now, house.site, row["id"], "mod@example.org")
    said = "the search is behind by 1: what was released or changed last is not found as it is."
    assert of(cli.run("doctor --json"), "database")[-1] == ("warning", said)
    database(cli, "DROP TRIGGER searched_changed")
    said = "the search does not hear of every change: there is no trigger searched_changed."
    assert of(cli.run("doctor --json"), "database")[-1] == ("warning", said)
    cli.ok("db upgrade")
    cli.ok("work --until-idle")
    assert of(cli.run("doctor --json"), "database")[-1][0] == "ok"


@pytest.mark.parametrize(
    ("days", "found"),
    [
        ((), []),  # it has only begun
        ((8,), [("warning", "none was made so far; everything is lost with the disk.")]),
        ((8, "backup"), [("ok", "the last was made on 2008-11-12.")]),
        (
            (8, "backup", 8),
            [("warning", "the last was made on 2008-11-12; what came since is lost with the disk.")],
        ),
    ],
)
def test_how_old_the_last_backup_is(cli: Cli, dns: Dns, days: tuple[int | str, ...], found: list[object]) -> None:
    now = TUESDAY
    for one in days:
        if isinstance(one, int):
            cli.at(now := now + timedelta(days=one))
        else:
            cli.ok(f"db backup {cli.place}/kept.backup")
    assert of(cli.run("doctor --json"), "backup") == found


def test_a_file_that_is_no_database(cli: Cli, dns: Dns) -> None:
    file = cli.place / "var/listserv.db"
    for extra in ("-wal", "-shm"):
        file.with_name(file.name + extra).unlink(missing_ok=True)
    file.write_bytes(b"no database" * 1000)
    answer = cli.run("doctor --json")
    said = [("failed", f"{file} cannot be read (file is not a database).")]
    assert (answer.code, of(answer, "database")) == (1, said)


def test_deep_reads_every_page(cli: Cli, dns: Dns) -> None:
    assert of(cli.run("doctor --deep --json"), "database")[-1] == (
        "ok",
        "every page of its file was read and is sound.",
    )


def test_deep_verifies_all_data(full: Cli, dns: Dns) -> None:
    """Every invariant by its name; tests/store/test_invariants.py breaks each of them."""
    full.at(FRIDAY_DRAFT)  # so far its programme has run
    rows = full.run("doctor --deep --json").json
    names = [row["check"] for row in rows]
    those = names[names.index("deliveries") : names.index("as it was read") + 1]
    assert {row["result"] for row in rows if row["check"] in those} == {"ok"}
    assert len(those) == len(set(those)) == 25


def test_deep_says_what_is_broken_and_what_to_do(full: Cli, dns: Dns) -> None:
    database(full, "UPDATE contribution SET number = 7 WHERE number = 1")
    database(full, "DELETE FROM delivery WHERE mailing_id = (SELECT id FROM mailing WHERE kind = 'contribution')")
    before = full.dump()
    answer = full.run("doctor --deep --json")
    assert answer.code == 1
    assert of(answer, "official numbers") == [("failed", "nap: 1 numbers were given, the highest is 7.")]
    (said,) = of(answer, "recipients")
    assert said[1].endswith(" (and 1 more).")
    assert all(row["do"] for row in answer.json if row["result"] == "failed")
    assert full.dump() == before


def test_deep_finds_a_damaged_page(full: Cli, dns: Dns) -> None:
    file = full.place / "var/listserv.db"
    with closing(sqlite3.connect(file)) as connection:
        connection.execute("PRAGMA wal_checkpoint(TRUNCATE)")
    content = bytearray(file.read_bytes())
    content[-4096 * 3 : -4096 * 2] = b"\x0d" + b"\xff" * 4095
    file.write_bytes(content)
    answer = full.run("doctor --deep --json")
    assert answer.code == 1
    assert any(result == "failed" for result, _ in of(answer, "database"))


# The pages


class _Pages(BaseHTTPRequestHandler):
    said = (200, b"ok\n")

    def do_GET(self) -> None:
        code, body = self.said if self.path == "/health" else (404, b"")
        self.send_response(code)
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *_: object) -> None:
        pass


@pytest.fixture
def pages(cli: Cli, monkeypatch: pytest.MonkeyPatch) -> Iterator[str]:
    """Pages that answer at base_url; the address."""
    monkeypatch.setenv("no_proxy", "*")
    with HTTPServer(("127.0.0.1", 0), _Pages) as server:
        thread = threading.Thread(target=server.serve_forever, args=(0.01,))
        thread.start()
        url = f"http://127.0.0.1:{server.server_port}"
        cli.change(f'domain = "{DOMAIN}"', f'domain = "{DOMAIN}"\nbase_url = "{url}"')
        cli.change("[clock]", "[web]\nport = 0\n\n[clock]")
        yield url
        server.shutdown()
        thread.join()


@pytest.mark.parametrize(
    ("said", "result", "text"),
    [
        ((200, b"ok\n"), "ok", "{}/health answers."),
        ((503, b"no"), "failed", "{}/health answers 503."),
        ((200, b"Welcome to nginx"), "failed", "{}/health is answered by something else."),
    ],
)
def test_deep_asks_for_the_pages(
    cli: Cli, dns: Dns, pages: str, monkeypatch: pytest.MonkeyPatch, said: tuple[int, bytes], result: str, text: str
) -> None:
    monkeypatch.setattr(_Pages, "said", said)
    assert of(cli.run("doctor --deep --json"), "pages") == [(result, text.format(pages))]


def test_without_pages_mails_link_to_none_and_one_click_is_missing(real: Cli) -> None:
    real.change("[web]\nport = 0\n", "")
    answer = real.run("doctor --json")
    assert of(answer, "pages") == [("skipped", "listserv.toml has no [web], and mails link to no page.")]
    said = "by mail only: there are no https pages. Large receivers ask for one click."
    assert (answer.code, of(answer, "one-click leaving")) == (1, [("failed", said)])


# The face


def test_json_has_the_keys_that_are_promised(cli: Cli, dns: Dns) -> None:
    rows = json.loads(cli.run("doctor --json").out)
    assert {tuple(row) for row in rows} == {("check", "result", "text", "do", "rule")}
    assert all(row["do"] for row in rows if row["result"] in ("warning", "failed"))


def test_settings_that_make_no_sense_are_refused_as_everywhere(cli: Cli) -> None:
    cli.change('slug = "nap"', 'slug = "no slug"')
    assert "/listserv.toml: dialogue[1].slug: " in cli.refused("doctor")

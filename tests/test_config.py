"""The settings as a contract: the sample and what it must say, what each value means, and the exact line for every
mistake. The clock and the errors, which come with them, are tested here too."""

from __future__ import annotations

import copy
import os
import re
import stat
import subprocess
import sys
import tomllib
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime, time, timedelta
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from listserv import config
from listserv.clock import Clock
from listserv.config import Settings, load, reading, retired, secret, tables, values
from listserv.core.dialogue.model import Late, Moderation, ModerationRule, PrivacyRule, RoundupRule
from listserv.core.mail.addresses import Addresses
from listserv.errors import Refused, SettingsError, Temporary

SAMPLE = Path(__file__).parents[1] / "listserv.toml"

MINIMAL = """\
[site]
domain = "dialogue.example.org"

[[dialogue]]
slug = "nap1325"
title = "Planning for Action"

[[dialogue.moderator]]
name = "Ana"
address = "ana@example.org"

[[dialogue.module]]
title = "Getting started"
opens = 2008-11-03T09:00:00
closes = 2008-11-07T18:00:00
"""


@pytest.fixture
def write(tmp_path, monkeypatch):
    """Writes listserv.toml and loads it by that name, as `listserv` does by default."""
    monkeypatch.chdir(tmp_path)

    def write(text: str | bytes, **environ: str) -> Settings:
        Path("listserv.toml").write_bytes(text if isinstance(text, bytes) else text.encode())
        return load(Path("listserv.toml"), environ)

    return write


# --- the sample


def test_the_sample_is_the_model_case():
    settings = load(SAMPLE, {})
    (dialogue,) = settings.dialogues
    assert (dialogue.slug, dialogue.title) == ("nap1325", "Planning for Action")
    assert dialogue.hosts == ("UN-INSTRAW", "International Alert", "OSAGI")
    assert dialogue.zone == ZoneInfo("America/Santo_Domingo")
    assert [(m.title, m.opens_at(dialogue.zone), m.closes_at(dialogue.zone)) for m in dialogue.modules] == [
        ("Getting started", utc(11, 3, 13), utc(11, 7, 22)),
        ("Good practices in drafting National Action Plans", utc(11, 10, 13), utc(11, 14, 22)),
        ("Monitoring and evaluation of National Action Plans", utc(11, 17, 13), utc(11, 21, 22)),
    ]
    assert [len(m.questions) for m in dialogue.modules] == [6, 2, 6]
    assert all(q.endswith("?") for m in dialogue.modules for q in m.questions)
    assert all(m.aim.endswith(".") and "\n" not in m.aim for m in dialogue.modules)
    assert [(m.address, m.role, m.contact) for m in dialogue.moderators] == [
        ("moderator@example.org", "moderator", True),
        ("organiser@example.org", "organiser", True),
    ]
    assert [(f.key, f.choices) for f in dialogue.fields] == [
        ("stage", ("planned", "in preparation", "published", "not yet"))
    ]
    assert len(dialogue.resources) == 3
    assert (settings.relay.kind, settings.relay.path) == ("maildir", SAMPLE.parent / "var/mail")
    assert settings.intake.smtp is not None
    assert (settings.intake.smtp.host, settings.intake.smtp.port) == ("127.0.0.1", 8025)
    assert settings.web is not None
    assert (settings.intake.imap, settings.dkim, settings.clock_table) == (None, None, None)
    assert settings.path == SAMPLE


def utc(month: int, day: int, hour: int) -> datetime:
    return datetime(2008, month, day, hour, tzinfo=UTC)


HEADER = re.compile(r"^(?:# )?\[+([a-z.]+)\]+ *(?:# (.*))?$")
KEY = re.compile(r"^(?:# )?([a-z0-9_]+) = ")


def complete_sample(relay: str) -> str:
    """The sample with all that is commented out switched on; of the two relays, the one asked for."""
    text = re.sub(r"(?m)^# (?=\[+[a-z.]+\]|[a-z0-9_]+ = )", "", SAMPLE.read_text("utf-8"))
    maildir, smtp = re.findall(r"(?ms)^\[relay\].*?\n\n", text)
    return text.replace(smtp if relay == "maildir" else maildir, "")


def said_of(text: str) -> dict[str, dict[str, str]]:
    """table -> key -> the comment behind it, where it stands first."""
    said: dict[str, dict[str, str]] = {"": {}}
    table, key = "", ""
    for line in text.splitlines():
        if header := HEADER.match(line):
            table, key = header[1], ""
            said.setdefault(table, {})[""] = header[2] or said.get(table, {}).get("", "")
        elif found := KEY.match(line):
            key = found[1] if found[1] not in said[table] else ""
        if key and "# " in line and not line.startswith(" " * 20):  # there it goes on, with details
            said[table][key] = line.rpartition("# ")[2]
    return said


def every_key(model: type[tables.Table] = Settings, table: str = "") -> Iterator[tuple[type[tables.Table], str, str]]:
    for key, info in model.keys().items():
        inner = reading._inner(info.annotation)
        for deeper in inner:
            yield from every_key(deeper, f"{table}.{key}".strip("."))
        if not inner:
            yield model, table, key


KEYS = list(every_key())


@pytest.mark.parametrize(("model", "table", "key"), KEYS, ids=[f"{m.__name__}.{k}" for m, _, k in KEYS])
def test_the_sample_says_what_every_key_means_and_its_default(model, table, key, tmp_path):
    text = complete_sample("maildir" if model is tables.MaildirRelay else "smtp")
    comment = said_of(text).get(table, {}).get(key, "")
    meaning, _, rest = comment.rpartition("; ")
    assert meaning, f"[{table}] {key}: no comment in the sample"
    info = model.keys()[key]
    if info.is_required() or key in ("password_file", "ed25519_key_file", "closes"):
        assert rest.startswith("required")
        return
    assert rest.startswith("default ")
    default = tomllib.loads(f"default = {rest.removeprefix('default ')}")["default"]

    def settings(**change: object) -> Settings:
        data = copy.deepcopy(tomllib.loads(text))
        place: Any = data
        for step in table.split("."):
            place = place[step] if isinstance(place[step], dict) else place[step][0]
        del place[key]
        if key == "user":
            del place["password_file"]
        place.update(change)
        return Settings.model_validate(data, context={"folder": tmp_path, "path": tmp_path / "listserv.toml"})

    assert settings() == settings(**{key: default}), f"[{table}] {key}: its default is {info.default!r}"


def test_the_sample_explains_every_table():
    said = said_of(SAMPLE.read_text("utf-8"))
    without = {table for table in {table for _, table, _ in KEYS} if not said.get(table, {}).get("")}
    assert without <= {"site", "database"}  # these speak for themselves


@pytest.mark.parametrize("relay", ["maildir", "smtp"])
def test_the_sample_stays_right_with_everything_switched_on(relay, write):
    settings = write(complete_sample(relay))
    assert settings.relay.kind == relay
    assert None not in (settings.intake.smtp, settings.intake.imap, settings.dkim, settings.web, settings.clock_table)


def test_the_sample_has_no_key_of_its_own_invention():
    known: dict[str, set[str]] = {"": set()}
    for _, table, key in KEYS:
        known.setdefault(table, set()).add(key)
    for table, keys in said_of(SAMPLE.read_text("utf-8")).items():
        assert keys.keys() - {""} <= known[table]


# --- what is left out


def test_a_minimal_file_has_a_default_for_everything_else(write, tmp_path):
    settings = write(MINIMAL)
    assert settings.site.contact == "postmaster@dialogue.example.org"
    assert settings.site.secret_file == tmp_path / "var/secret"
    assert settings.site.languages == ("en", "fr", "es", "ar", "ru", "zh")
    assert settings.database.url == f"sqlite:///{tmp_path}/var/listserv.db"
    assert settings.database.file == tmp_path / "var/listserv.db"
    assert (settings.intake.smtp, settings.intake.imap, settings.dkim, settings.web) == (None, None, None, None)
    assert settings.relay == tables.MaildirRelay.model_construct(kind="maildir", path=tmp_path / "var/mail")
    assert settings.path == tmp_path / "listserv.toml"
    assert settings.clock == Clock()
    (dialogue,) = settings.dialogues
    assert (dialogue.zone, dialogue.language, dialogue.participation) == (ZoneInfo("UTC"), "en", "request")
    policy = dialogue.policy
    assert (policy.moderation, policy.late, policy.archive) == (Moderation.ALL, Late.HOLD, "participants")
    assert (policy.grace, policy.word_limit) == (timedelta(days=2), 600)
    assert policy.roundup == RoundupRule(weekday=4, at=time(16, 0), review=timedelta(hours=3))
    assert policy.waiting == ModerationRule(
        undo=timedelta(seconds=60), remind=timedelta(hours=12), escalate=timedelta(days=1), close_waits=timedelta(0)
    )
    assert policy.privacy == PrivacyRule(retention=timedelta(days=90), addresses="hidden")
    assert policy.bundle == time(17, 0)
    (moderator,) = dialogue.moderators
    assert (moderator.language, moderator.timezone, moderator.notices, moderator.duty) == ("", "", "each", "0123456")
    assert (dialogue.modules[0].aim, dialogue.modules[0].questions) == ("", ())


def test_a_moderators_days_are_counted_from_monday(write):
    days = 'address = "ana@example.org"\ndays = ["thursday", "monday"]'
    settings = write(MINIMAL.replace('address = "ana@example.org"', days))
    assert settings.dialogues[0].moderators[0].duty == "03"


def test_the_round_up_of_each_modules_close_has_no_weekday(write):
    settings = write(MINIMAL.replace("[[dialogue.mod", '[dialogue.roundup]\nday = "module-close"\n[[dialogue.mod', 1))
    assert settings.dialogues[0].policy.roundup.weekday is None


def test_a_module_may_open_the_moment_the_one_before_it_closes(write):
    settings = write(MINIMAL + SECOND.replace("2008-11-10T09:00:00", "2008-11-07T18:00:00"))
    assert len(settings.dialogues[0].modules) == 2


def test_a_moderators_address_may_be_on_our_domain_if_it_is_none_of_ours(write):
    settings = write(MINIMAL.replace("ana@example.org", "nap1325x@dialogue.example.org"))
    assert settings.dialogues[0].moderators[0].address == "nap1325x@dialogue.example.org"


def test_settings_do_not_change_and_do_not_tell_passwords(write):
    settings = write(
        '[database]\nurl = "postgresql://us:s3cret@host/db"\n'
        + '[relay]\nkind = "smtp"\nhost = "mail.example.org"\nuser = "us"\npassword = "s3cret"\n'
        + MINIMAL
    )
    assert settings.database.url == "postgresql+psycopg://us:s3cret@host/db"
    assert settings.database.file is None
    assert "s3cret" not in repr(settings)
    with pytest.raises(ValueError, match="frozen"):
        settings.site.name = "other"


# --- values


@pytest.mark.parametrize(
    ("value", "octets"),
    [
        ("25 MiB", 25 * 1024 * 1024),
        ("300 KB", 300_000),
        ("300KB", 300_000),
        ("1 MB", 1_000_000),
        ("64 KiB", 65536),
        ("70000", 70000),
        (70000, 70000),
        ("70000 B", 70000),
    ],
)
def test_sizes(value, octets):
    assert config.size(value) == octets


@pytest.mark.parametrize("value", ["25 mib", "MiB", "1.5 MiB", "-1 MiB", "", True, 2.5, None, "1 GiB", "٣ MiB"])
def test_not_sizes(value):
    with pytest.raises(ValueError, match="is not a size"):
        config.size(value)


@pytest.mark.parametrize(
    ("value", "expected"),
    [
        ("2 days", timedelta(days=2)),
        ("1 day", timedelta(days=1)),
        ("3 hours", timedelta(hours=3)),
        ("90 minutes", timedelta(minutes=90)),
        ("1 week", timedelta(weeks=1)),
        ("45 seconds", timedelta(seconds=45)),
        ("60s", timedelta(seconds=60)),
        ("5min", timedelta(minutes=5)),
        ("3h", timedelta(hours=3)),
        ("2d", timedelta(days=2)),
        ("0", timedelta(0)),
        (0, timedelta(0)),
    ],
)
def test_durations(value, expected):
    assert config.duration(value) == expected


@pytest.mark.parametrize("value", ["2", 2, "two days", "-1 day", "1.5 days", "", "3 months", True, False, None, []])
def test_not_durations(value):
    with pytest.raises(ValueError, match="is not a duration"):
        config.duration(value)


@given(st.text() | st.integers() | st.floats() | st.booleans() | st.none() | st.binary())
def test_any_value_is_taken_or_refused_in_one_line(value):
    for parse in (config.size, config.duration, values.clock_time, values.local_time, values.instant):
        refused_in_one_line(parse, value)
    for parse in (values.address, values.domain, values.web_address, values.base_url, values.slug, values.zone):
        refused_in_one_line(parse, str(value))


def refused_in_one_line(parse: Callable[[Any], object], value: object) -> None:
    said = ""
    try:
        parse(value)
    except ValueError as error:
        said = str(error)
    assert said == "" or (len(said.splitlines()) == 1 and "; " in said)


@pytest.mark.parametrize(
    ("given_host", "instead"),
    [("Dialogue.Example.ORG", "dialogue.example.org"), ("bücher.example", "xn--bcher-kva.example")],
)
def test_domains_are_in_lower_case_ascii(given_host, instead):
    assert values.domain(given_host) == instead
    assert values.address(f"Ana.Ruiz+x@{given_host}") == f"Ana.Ruiz+x@{instead}"


@pytest.mark.parametrize("value", ["09:00", time(9, 0)])
def test_times_of_day_with_or_without_quotes(value):
    assert values.clock_time(value) == time(9, 0)


def test_local_times_become_utc_by_the_rule(write):
    """DESIGN §3, "Time": one that does not exist counts as the next that does, one that exists twice as the first."""
    settings = write(
        MINIMAL.replace("2008-11-03T09:00:00", "2008-03-30T02:30:00").replace(
            "2008-11-07T18:00:00", "2008-10-26T02:30:00"
        )
    )
    (module,), berlin = settings.dialogues[0].modules, ZoneInfo("Europe/Berlin")
    assert module.opens_at(berlin) == datetime(2008, 3, 30, 1, 0, tzinfo=UTC)
    assert module.closes_at(berlin) == datetime(2008, 10, 26, 0, 30, tzinfo=UTC)


def test_paths_count_from_the_files_folder_wherever_we_are(tmp_path, monkeypatch):
    (tmp_path / "etc").mkdir()
    (tmp_path / "etc/my.toml").write_text(
        '[database]\nurl = "sqlite:////srv/x.db"\n[relay]\npath = "../out"\n'
        '[intake.smtp]\nprotocol = "lmtp"\nhost = "unix:run/lmtp"\n' + MINIMAL
    )
    monkeypatch.chdir(tmp_path)
    settings = load(Path("etc/my.toml"), {})
    assert settings.database.file == Path("/srv/x.db")
    assert isinstance(settings.relay, tables.MaildirRelay)
    assert settings.relay.path == tmp_path / "etc/../out"
    assert settings.site.secret_file == tmp_path / "etc/var/secret"
    assert settings.intake.smtp is not None
    assert settings.intake.smtp.socket == tmp_path / "etc/run/lmtp"


@pytest.mark.parametrize(("tls", "port"), [("starttls", 587), ("implicit", 465), ("none", 25)])
def test_a_relay_has_the_usual_port(tls, port, write):
    settings = write(f'[relay]\nkind = "smtp"\nhost = "mail.example.org"\ntls = "{tls}"\n' + MINIMAL)
    assert isinstance(settings.relay, tables.SmtpRelay)
    assert settings.relay.port == port
    assert (settings.relay.connections, settings.relay.max_per_hour, settings.relay.login()) == (8, 0, None)


def test_a_password_comes_from_the_file_or_from_its_file(write, tmp_path):
    relay = '[relay]\nkind = "smtp"\nhost = "mail.example.org"\nuser = "us"\n'
    plain = write(relay + 'password = "one"\n' + MINIMAL).relay
    filed = write(relay + 'password_file = "pw"\n' + MINIMAL).relay
    assert isinstance(plain, tables.SmtpRelay)
    assert isinstance(filed, tables.SmtpRelay)
    assert plain.login() == ("us", "one")
    with pytest.raises(SettingsError) as refused:
        filed.login()
    assert str(refused.value) == (
        f"{tmp_path}/pw: cannot be read (No such file or directory); write the password into it"
    )
    (tmp_path / "pw").write_text("\n")
    with pytest.raises(SettingsError, match=r"/pw: empty; write the password into it$"):
        filed.login()
    (tmp_path / "pw").write_text("two words \n")
    assert filed.login() == ("us", "two words ")


@pytest.mark.parametrize("host", ["localhost", "127.0.0.1", "127.8.8.8", "::1"])
def test_a_mailbox_without_tls_is_read_on_loopback_only(host, write):
    settings = write(f'[intake.imap]\nhost = "{host}"\ntls = "none"\nuser = "us"\npassword = "x"\n' + MINIMAL)
    assert settings.intake.imap is not None
    assert (settings.intake.imap.port, settings.intake.imap.done_folder) == (143, "Done")


def test_a_byte_order_mark_and_crlf_are_no_matter(write):
    plain = write(MINIMAL)
    assert write(b"\xef\xbb\xbf" + MINIMAL.replace("\n", "\r\n").encode()) == plain


# --- mistakes: (what stands in the file, what is said). `+` adds a table before the dialogue, else old -> new.

IMAP = '[intake.imap]\nhost = "imap.example.org"\nuser = "us"\npassword = "x"\n'
RELAY = '[relay]\nkind = "smtp"\nhost = "mail.example.org"\n'
DKIM = '[dkim]\ndomain = "example.org"\nselector = "d1"\nkey_file = "k"\n'
SECOND = '[[dialogue.module]]\ntitle = "Two"\nopens = 2008-11-10T09:00:00\ncloses = 2008-11-14T18:00:00\n'
ANOTHER = MINIMAL[MINIMAL.index("[[dialogue]]") :]
DIALOGUE = 'title = "Planning for Action"\n'
SLUG, MODERATOR, MODULE = 'slug = "nap1325"\n', "[[dialogue.moderator]]", "[[dialogue.module]]"
DATABASES = 'write "sqlite:///var/listserv.db" or "postgresql+psycopg://user@host/db"'

MISTAKES: list[tuple[str, str, str]] = [
    # keys
    ("domain = ", "domian = ",
     'site.domain: missing; write domain = "dialogue.example.org"\nsite.domian: unknown key; write domain'),
    ("[site]\n", "[sight]\nx = 1\n[site]\n", "sight: unknown key; write site"),
    ("+", "[dkim2]\n" , "dkim2: unknown key; write dkim"),
    ("+", "[web]\nxyz = 1\n", "web.xyz: unknown key; the keys here are host, port, trusted_proxies"),
    ("+", '[web]\n"\\nhost" = 1\n', 'web."\\nhost": unknown key; write host'),
    ("opens =", "open =", "dialogue[1].module[1].opens: missing; write opens = 2008-11-03T09:00:00\n"
     "dialogue[1].module[1].open: unknown key; write opens"),
    (DIALOGUE, "", 'dialogue[1].title: missing; write title = "…"'),
    (DIALOGUE, DIALOGUE + "modules = 3\n", "dialogue[1].modules: unknown key; write module"),
    ('[site]\ndomain = "dialogue.example.org"\n', "", "site: missing; write a [site] table"),
    (ANOTHER, "", "dialogue: missing; write a [[dialogue]] table"),
    ("+", "[dkim]\n", 'dkim.domain: missing; write domain = "dialogue.example.org"\n'
     'dkim.selector: missing; write selector = "d1"\ndkim.key_file: missing; write key_file = "var/dkim.pem"'),
    # types
    ('"nap1325"', "1325", "dialogue[1].slug: 1325 is not a text; write it in quotes"),
    (DIALOGUE, DIALOGUE + 'hosts = "OSAGI"\n',
     'dialogue[1].hosts: "OSAGI" is not an array; write it in square brackets'),
    (DIALOGUE, DIALOGUE + "hosts = [1]\n", "dialogue[1].hosts[1]: 1 is not a text; write it in quotes"),
    (DIALOGUE, DIALOGUE + 'word_limit = "600"\n',
     'dialogue[1].word_limit: "600" is not a whole number; write digits without quotes'),
    (DIALOGUE, DIALOGUE + "word_limit = true\n",
     "dialogue[1].word_limit: true is not a whole number; write digits without quotes"),
    (DIALOGUE, DIALOGUE + "word_limit = -1\n",
     "dialogue[1].word_limit: -1 is out of range; write a number from 0 to 1000000"),
    ('name = "Ana"\n', 'name = "Ana"\ncontact = "yes"\n',
     'dialogue[1].moderator[1].contact: "yes" is not a yes or no; write true or false, without quotes'),
    ("[site]", "[[site]]",
     "site: an array is not what belongs here; write [site] on a line of its own, its keys below"),
    (MODERATOR, "[dialogue.moderator]", "dialogue[1].moderator: a table is not what belongs here; "
     "write [[dialogue.moderator]] on a line of its own, its keys below"),
    (DIALOGUE, DIALOGUE + "field = [3]\n", "dialogue[1].field[1]: 3 is not what belongs here; "
     "write [[dialogue.field]] on a line of its own, its keys below"),
    ("[site]", 'relay = "smtp"\n[site]',
     'relay: "smtp" is not what belongs here; write [relay] on a line of its own, its keys below'),
    # values
    (DIALOGUE, DIALOGUE + 'moderation = "some"\n',
     'dialogue[1].moderation: "some" is not allowed; write "all", "first" or "none"'),
    (DIALOGUE, DIALOGUE + 'late = "drop"\n',
     'dialogue[1].late: "drop" is not allowed; write "hold", "current" or "return"'),
    (DIALOGUE, DIALOGUE + 'participation = 1\n',
     'dialogue[1].participation: 1 is not allowed; write "request", "open" or "invite"'),
    (DIALOGUE, DIALOGUE + 'archive = ""\n',
     'dialogue[1].archive: "" is not allowed; write "participants", "public" or "none"'),
    ('name = "Ana"\n', 'name = "Ana"\nrole = "chair"\n',
     'dialogue[1].moderator[1].role: "chair" is not allowed; write "moderator" or "organiser"'),
    ('name = "Ana"\n', 'name = "Ana"\ndays = ["mon"]\n',
     'dialogue[1].moderator[1].days[1]: "mon" is not allowed; write '
     '"monday", "tuesday", "wednesday", "thursday", "friday", "saturday" or "sunday"'),
    (MODERATOR, '[dialogue.roundup]\nday = "Friday"\n' + MODERATOR,
     'dialogue[1].roundup.day: "Friday" is not allowed; write '
     '"monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday" or "module-close"'),
    (MODERATOR, '[dialogue.roundup]\ntime = "4 pm"\n' + MODERATOR,
     'dialogue[1].roundup.time: "4 pm" is not a time of day; write one from "00:00" to "23:59"'),
    (MODERATOR, '[dialogue.roundup]\nreview = "3 hrs"\n' + MODERATOR,
     'dialogue[1].roundup.review: "3 hrs" is not a duration; '
     'write one like "2 days", "3 hours", "90 minutes" or "0"'),
    (MODERATOR, '[dialogue.calendar]\nmidweek = "someday"\n' + MODERATOR,
     'dialogue[1].calendar.midweek: "someday" is not a moment for this; '
     'write "wednesday 12:00", "half way", "2 days before" or "off"'),
    (MODERATOR, '[dialogue.calendar]\ncheckin = "1 day after"\n' + MODERATOR,
     'dialogue[1].calendar.checkin: "1 day after" is not a moment for this; '
     'write "5 days before", "5 days before 10:00" or "off"'),
    (MODERATOR, '[dialogue.calendar]\nthanks = "friday 10:00"\n' + MODERATOR,
     'dialogue[1].calendar.thanks: "friday 10:00" is not a moment for this; '
     'write "1 day after", "1 day after 10:00" or "off"'),
    (MODERATOR, '[dialogue.calendar]\nfrequent = "many"\n' + MODERATOR,
     'dialogue[1].calendar.frequent: "many" is not a number of contributions; '
     'write one like "5 contributions", or "off"'),
    (MODERATOR, '[dialogue.calendar]\nnudges = "off"\n' + MODERATOR,
     "dialogue[1].calendar.nudges: unknown key; write nudge"),
    (DIALOGUE, DIALOGUE + "grace = 2\n", "dialogue[1].grace: 2 is not a duration; "
     'write one like "2 days", "3 hours", "90 minutes" or "0"'),
    (DIALOGUE, DIALOGUE + 'grace = "999 weeks"\n',
     'dialogue[1].grace: "999 weeks" is too long; write at most ten years'),
    (DIALOGUE, DIALOGUE + 'timezone = "Santo Domingo"\n',
     'dialogue[1].timezone: "Santo Domingo" is not a time zone; write "America/Santo_Domingo"'),
    (DIALOGUE, DIALOGUE + 'timezone = "America/Santo_Domigno"\n',
     'dialogue[1].timezone: "America/Santo_Domigno" is not a time zone; write "America/Santo_Domingo"'),
    (DIALOGUE, DIALOGUE + 'timezone = ""\n', 'dialogue[1].timezone: "" is not a time zone; '
     'write an IANA name like "Africa/Nairobi", or "UTC"'),
    (DIALOGUE, DIALOGUE + 'timezone = "../../etc/passwd"\n',
     'dialogue[1].timezone: "../../etc/passwd" is not a time zone; '
     'write an IANA name like "Africa/Nairobi", or "UTC"'),
    (DIALOGUE, DIALOGUE + 'language = "English"\n',
     'dialogue[1].language: "English" is not a language; write its code, like "en", "fr" or "pt-BR"\n'
     'dialogue[1].language: "English" is not in site.languages; add it there'),
    (DIALOGUE, DIALOGUE + 'language = "pt"\n', 'dialogue[1].language: "pt" is not in site.languages; add it there'),
    ("[site]\n", '[site]\nlanguages = ["fr"]\n', 'dialogue[1].language: "en" is not in site.languages; add it there'),
    ("[site]\n", "[site]\nlanguages = []\n", "site.languages: empty; write at least one\n"
     'dialogue[1].language: "en" is not in site.languages; add it there'),
    ('"nap1325"', '"NAP-1325"', 'dialogue[1].slug: "NAP-1325" is not a slug; write 2 to 20 of a-z and 0-9'),
    ('"nap1325"', '"n"', 'dialogue[1].slug: "n" is not a slug; write 2 to 20 of a-z and 0-9'),
    ('"nap1325"', '"postmaster"', 'dialogue[1].slug: "postmaster" is taken by the program itself; write another'),
    ("ana@example.org", "Ana <ana@example.org>",
     'dialogue[1].moderator[1].address: "Ana <ana@example.org>" is not an address; write only "name@example.org"'),
    ("ana@example.org", "ana@localhost",
     'dialogue[1].moderator[1].address: "ana@localhost" is not an address; write only "name@example.org"'),
    ("ana@example.org", "nap1325-owner@Dialogue.example.org", "dialogue[1].moderator[1].address: "
     '"nap1325-owner@Dialogue.example.org" is an address of ours; write one where a person reads'),
    ("[site]\n", '[site]\ncontact = "us"\n', 'site.contact: "us" is not an address; write only "name@example.org"'),
    ('"dialogue.example.org"', '"https://example.org"',
     'site.domain: "https://example.org" is not a domain; write one like "dialogue.example.org"'),
    ('"dialogue.example.org"', '"example"',
     'site.domain: "example" is not a domain; write one like "dialogue.example.org"'),
    ('"dialogue.example.org"', '"10.0.0.1"',
     'site.domain: "10.0.0.1" is not a domain; write one like "dialogue.example.org"'),
    ("[site]\n", '[site]\nbase_url = "dialogue.example.org"\n',
     'site.base_url: "dialogue.example.org" is not a web address; write one like "https://example.org"'),
    ("[site]\n", '[site]\nbase_url = "ftp://example.org"\n',
     'site.base_url: "ftp://example.org" is not a web address; write one like "https://example.org"'),
    ("[site]\n", '[site]\nbase_url = "https://example.org:99999"\n',
     'site.base_url: "https://example.org:99999" is not a web address; write one like "https://example.org"'),
    ("[site]\n", '[site]\nbase_url = "https://example.org/?a=b"\n',
     'site.base_url: "https://example.org/?a=b" has more than host and path; write one like "https://example.org"'),
    ("[site]\n", '[site]\nsecret_file = ""\n',
     'site.secret_file: "" is not a path; write one in quotes, like "var/secret"'),
    ("[site]\n", '[site]\nname = "A\\r\\nBcc: x@example.org"\n',
     'site.name: "A\\r\\nBcc: x@example.org" has control characters; write it without them'),
    (DIALOGUE, 'title = """Two\nlines"""\n', 'dialogue[1].title: "Two\\nlines" has several lines; write one'),
    (DIALOGUE, 'title = " "\n', "dialogue[1].title: empty; write something, or remove it"),
    # modules
    ("closes = 2008-11-07T18:00:00", "closes = 2008-11-03T08:00:00", "dialogue[1].module[1].closes: "
     "2008-11-03T08:00:00 is not after it opens (2008-11-03T09:00:00); write a later time"),
    ("closes = 2008-11-07T18:00:00", "closes = 2008-11-03T09:00:00", "dialogue[1].module[1].closes: "
     "2008-11-03T09:00:00 is not after it opens (2008-11-03T09:00:00); write a later time"),
    ("$", SECOND.replace("11-10", "11-07"),
     "dialogue[1].module[2].opens: 2008-11-07T09:00:00 is before module 1 closes "
     "(2008-11-07T18:00:00); write a later time, modules in order of their dates"),
    ("2008-11-03T09:00:00", '"2008-11-03 09:00"',
     'dialogue[1].module[1].opens: "2008-11-03 09:00" is not a date and time; '
     "write one like 2008-11-03T09:00:00, without quotes"),
    ("2008-11-03T09:00:00", "2008-11-03", "dialogue[1].module[1].opens: 2008-11-03 is not a date and time; "
     "write one like 2008-11-03T09:00:00, without quotes"),
    ("2008-11-03T09:00:00", "2008-11-03T09:00:00Z",
     "dialogue[1].module[1].opens: 2008-11-03T09:00:00+00:00 has an offset; "
     "write it without: it is local to the dialogue's timezone"),
    ("2008-11-03T09:00:00", "0001-01-01T00:00:00",
     "dialogue[1].module[1].opens: 0001-01-01T00:00:00 is not in our times; "
     "write a year from 1970 to 2999"),
    (MINIMAL[MINIMAL.index(MODULE) :], "", "dialogue[1].module: missing; write a [[dialogue.module]] table"),
    (DIALOGUE + "\n" + MODERATOR + '\nname = "Ana"\naddress = "ana@example.org"\n', DIALOGUE + "moderator = []\n",
     "dialogue[1].moderator: empty; write at least one [[dialogue.moderator]] table"),
    # twice
    ("$", ANOTHER, 'dialogue[2].slug: "nap1325" is also that of dialogue[1]; write another'),
    ("$", MODERATOR + '\nname = "B"\naddress = "ANA@example.org"\n',
     'dialogue[1].moderator[2].address: "ANA@example.org" '
     "is also that of dialogue[1].moderator[1]; write another"),
    ("$", '[[dialogue.field]]\nkey = "a"\nlabel = "A"\n' * 2,
     'dialogue[1].field[2].key: "a" is also that of dialogue[1].field[1]; write another'),
    ("$", '[[dialogue.survey]]\nkey = "a"\ntext = "A"\nkind = "text"\n' * 2,
     'dialogue[1].survey[2].key: "a" is also that of dialogue[1].survey[1]; write another'),
    ("$", '[[dialogue.survey]]\nkey = "A b"\ntext = "A"\nkind = "text"\n',
     'dialogue[1].survey[1].key: "A b" is not a key; write a-z, 0-9 and _, like "value"'),
    ("$", '[[dialogue.survey]]\nkey = "a"\ntext = "A"\nkind = "stars"\n',
     'dialogue[1].survey[1].kind: "stars" is not allowed; write "scale", "choice" or "text"'),
    ("$", '[[dialogue.survey]]\nkey = "a"\ntext = "A"\nkind = "choice"\nchoices = ["one"]\n',
     'dialogue[1].survey[1].choices: a choice is among two or more; write choices = ["…", "…"]'),
    ("$", '[[dialogue.survey]]\nkey = "a"\ntext = "A"\nkind = "choice"\n',
     'dialogue[1].survey[1].choices: a choice is among two or more; write choices = ["…", "…"]'),
    ("$", '[[dialogue.survey]]\nkey = "a"\ntext = "A"\nkind = "choice"\nchoices = ["one", "One"]\n',
     'dialogue[1].survey[1].choices: "One" stands there twice; write each once'),
    ("$", '[[dialogue.survey]]\nkey = "a"\ntext = "A"\nkind = "text"\nchoices = ["one", "two"]\n',
     'dialogue[1].survey[1].choices: a text has no choices; write kind = "choice" too, or remove them'),
    ("$", '[[dialogue.survey]]\nkey = "a"\ntext = "A"\nkind = "text"\nlow = "bad"\n',
     'dialogue[1].survey[1].low: only a scale has ends; write kind = "scale" too, or remove it'),
    ("$", '[[dialogue.field]]\nkey = "gender"\nlabel = "A"\n',
     'dialogue[1].field[1].key: "gender" is asked of everybody already; write another'),
    ("$", '[[dialogue.field]]\nkey = "A b"\nlabel = "A"\n',
     'dialogue[1].field[1].key: "A b" is not a key; write a-z, 0-9 and _, like "stage"'),
    ("$", '[[dialogue.resource]]\ntitle = "A"\nurl = "guide.pdf"\n',
     'dialogue[1].resource[1].url: "guide.pdf" is not a web address; write one like "https://example.org"'),
    # servers
    ("+", '[database]\nurl = "mysql://us:s3cret@host/db"\n',
     f'database.url: "mysql" is not a database we know; {DATABASES}'),
    ("+", '[database]\nurl = "var/listserv.db"\n',
     f'database.url: "var/listserv.db" is not a database we know; {DATABASES}'),
    ("+", '[database]\nurl = "sqlite://"\n', 'database.url: names no file; write "sqlite:///var/listserv.db"'),
    ("+", '[database]\nurl = "sqlite:///:memory:"\n', 'database.url: names no file; write "sqlite:///var/listserv.db"'),
    ("+", '[database]\nurl = "postgresql://host"\n',
     'database.url: names no database; write "postgresql+psycopg://user@host/db"'),
    ("+", "[web]\nport = 80800\n", "web.port: 80800 is out of range; write a number from 0 to 65535"),
    ("+", '[web]\nhost = "127.0.0.1:8080"\n',
     'web.host: "127.0.0.1:8080" is not a host; write a name or an IP address, without port'),
    ("+", '[web]\ntrusted_proxies = ["10.0.0.1/8"]\n', 'web.trusted_proxies[1]: "10.0.0.1/8" is not an IP address or '
     'network; write "127.0.0.1" or "10.0.0.0/8"'),
    ("+", "[web]\ntrusted_proxies = [1]\n",
     'web.trusted_proxies[1]: 1 is not an IP address or network; write "127.0.0.1" or "10.0.0.0/8"'),
    ("+", '[intake.smtp]\nhost = "unix:/run/x"\n', "intake.smtp.host: a unix: socket speaks LMTP only; "
     'write protocol = "lmtp" too, or a host name'),
    ("+", '[intake.smtp]\nprotocol = "lmtp"\nport = 25\n',
     "intake.smtp.port: LMTP must not use port 25 (RFC 2033 §5); write another, like 8024"),
    ("+", '[intake.smtp]\nprotocol = "http"\n', 'intake.smtp.protocol: "http" is not allowed; write "smtp" or "lmtp"'),
    ("+", '[intake.smtp]\nmax_size = "lots"\n', 'intake.smtp.max_size: "lots" is not a size; '
     'write one like "25 MiB", "300 KB" or a number of bytes'),
    ("+", "[intake.smtp]\nmax_size = 25\n",
     'intake.smtp.max_size: 25 is too small; write at least "64 KB" (RFC 5321 §4.5.3.1.7)'),
    ("+", IMAP + 'tls = "none"\n', 'intake.imap.host: tls = "none" is for loopback hosts only; '
     'write tls = "implicit" or "starttls"'),
    ("+", IMAP.replace('password = "x"\n', ""),
     'intake.imap.password_file: missing: a user needs a password; write password_file = "var/password"'),
    ("+", IMAP.replace('user = "us"\n', ""), 'intake.imap.user: missing; write user = "…"'),
    ("+", IMAP + 'done_folder = "INBOX"\n',
     "intake.imap.done_folder: the same as folder; write another, so that no mail is read twice"),
    ("+", IMAP.replace('"x"', "7357"), "intake.imap.password: what stands there is not a text; write it in quotes"),
    ("+", '[relay]\nkind = "sendmail"\n', 'relay.kind: "sendmail" is not allowed; write "maildir" or "smtp"'),
    ("+", '[relay]\nhost = "mail.example.org"\n', "relay.host: belongs to another kind; change kind, or remove it"),
    ("+", '[relay]\nhots = "mail.example.org"\n', "relay.hots: unknown key; write host"),
    ("+", '[relay]\nkind = "smtp"\n', 'relay.host: missing; write host = "mail.example.org"'),
    ("+", RELAY + 'tls = "ssl"\n', 'relay.tls: "ssl" is not allowed; write "starttls", "implicit" or "none"'),
    ("+", RELAY + 'tls = "none"\nuser = "us"\npassword = "x"\n', 'relay.user: tls = "none" would send the password in '
     'the clear (not even on loopback); write tls = "starttls" or "implicit", or remove user and password'),
    ("+", RELAY + 'user = "us"\n',
     'relay.password_file: missing: a user needs a password; write password_file = "var/password"'),
    ("+", RELAY + 'password = "x"\n', 'relay.password_file: a password without a user; write user = "…" too'),
    ("+", RELAY + 'user = "us"\npassword = "x"\npassword_file = "y"\n',
     "relay.password_file: there is a password as well; keep only password_file"),
    ("+", RELAY + "connections = 0\n", "relay.connections: 0 is out of range; write a number from 1 to 100"),
    ("+", DKIM.replace('"d1"', '"d 1"'), 'dkim.selector: "d 1" is not a selector; write a-z, 0-9, "-", like "d1"'),
    ("+", DKIM + 'ed25519_key_file = "k2"\ned25519_selector = "d1"\n',
     'dkim.ed25519_key_file: its ed25519_selector is that of key_file; write another, like "e1"'),
    ("+", DKIM + 'ed25519_selector = "."\n',
     'dkim.ed25519_selector: "." is not a selector; write a-z, 0-9, "-", like "d1"'),
    ("+", DKIM.replace("example.org", "xample.org"), 'dkim: "xample.org" is neither site.domain nor above it, so '
     'receivers do not count the signature; write domain = "dialogue.example.org"'),
    ("+", "[clock]\nreal = 2008-11-03T09:00:00\nshows = 2008-11-03T09:00:00Z\nspeed = 0\n",
     "clock.real: 2008-11-03T09:00:00 is not an instant; write one like 2008-11-03T09:00:00Z, without quotes\n"
     "clock.speed: 0 is not a speed; write a number above 0, at most 1000000"),
    # several at once, one line each, also where one table is right only beside another
    (DIALOGUE, DIALOGUE + 'grace = "x"\nlanguage = "pt"\n', 'dialogue[1].grace: "x" is not a duration; '
     'write one like "2 days", "3 hours", "90 minutes" or "0"\n'
     'dialogue[1].language: "pt" is not in site.languages; add it there'),
]  # fmt: skip


def test_a_language_without_words_of_ours_is_refused(tmp_path):
    (tmp_path / "mine.toml").write_text(MINIMAL.replace("[site]\n", '[site]\nlanguages = ["en", "pt"]\n', 1), "utf-8")
    with pytest.raises(SettingsError) as refused:
        load(tmp_path / "mine.toml", {}, ("en", "fr", "ar"))
    assert str(refused.value).endswith(
        'mine.toml: site.languages: there are no words in "pt"; write some of ar, en, fr'
    )


def with_mistake(old: str, new: str) -> str:
    if old == "+":
        return new + MINIMAL
    if old == "$":
        return MINIMAL + new
    assert MINIMAL.count(old) >= 1, old
    return MINIMAL.replace(old, new, 1)


@pytest.mark.parametrize(("old", "new", "said"), MISTAKES, ids=[said.splitlines()[0][:70] for *_, said in MISTAKES])
def test_mistakes(old, new, said, write):
    with pytest.raises(SettingsError) as refused:
        write(with_mistake(old, new))
    assert str(refused.value).splitlines() == [f"listserv.toml: {line}" for line in said.splitlines()]


def test_every_mistake_says_what_to_write_instead():
    for *_, said in MISTAKES:
        for line in said.splitlines():
            assert re.fullmatch(r"[^ :]+(?:\.\"[^\"]+\")?: .+; .+", line), line


def test_no_message_repeats_a_password(write):
    for bad in ('url = "mysql://us:s3cret@host/db"', 'url = "postgresql://us:s3cret@host"'):
        with pytest.raises(SettingsError) as refused:
            write(f"[database]\n{bad}\n" + MINIMAL)
        assert "s3cret" not in str(refused.value)


@pytest.mark.parametrize(
    ("content", "said"),
    [
        (b"[site]\ndomain\n", "line 2: not TOML: expected '=' after a key in a key/value pair; correct it there"),
        (b"[site]\na = 1\na = 2\n", "line 3: not TOML: cannot overwrite a value; correct it there"),
        (b"[site", "end of file: not TOML: expected ']' at the end of a table declaration; correct it there"),
        (b"a = 2008-02-30T09:00:00\n", "line 1: not TOML: invalid date or datetime; correct it there"),
        (b"[site]\nname = 'caf\xe9'\n", "line 2: not UTF-8; save the file as UTF-8"),
        (b"\xff\xfe[\x00s\x00", "line 1: not UTF-8; save the file as UTF-8"),
        (b"", "site: missing; write a [site] table\nlistserv.toml: dialogue: missing; write a [[dialogue]] table"),
    ],
)
def test_files_that_cannot_be_read_as_toml(content, said, write):
    with pytest.raises(SettingsError) as refused:
        write(content)
    assert str(refused.value) == f"listserv.toml: {said}"


@pytest.mark.parametrize("content", ["a = " + "[" * 5000, "a = " + "9" * 5000])
def test_absurd_files_are_refused_like_others(content, write):
    with pytest.raises(SettingsError, match=r"^listserv\.toml: .*; [^\n]*$"):
        write(content)


def test_a_missing_file_says_how_to_get_one(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    with pytest.raises(SettingsError) as refused:
        load(Path("listserv.toml"), {})
    assert str(refused.value) == "listserv.toml: no such file; run with -c FILE, or copy the sample there"
    with pytest.raises(SettingsError) as refused:
        load(Path("."), {})
    assert str(refused.value) == ".: cannot be read (Is a directory); run with -c FILE"


def table_of(depth: int) -> st.SearchStrategy[Any]:
    """Anything TOML can say, under keys that are ours more often than not."""
    keys = st.sampled_from(sorted({key for _, _, key in KEYS} | {"dialogue", "module", "site", "relay", "intake"}))
    leaf = st.text(max_size=8) | st.integers() | st.booleans() | st.datetimes() | st.times() | st.dates() | st.floats()
    value = leaf | st.lists(leaf, max_size=2)
    if depth:
        inner = table_of(depth - 1)
        value = value | inner | st.lists(inner, max_size=2)
    return st.dictionaries(keys | st.text(max_size=4), value, max_size=5)


@given(table_of(3))
def test_any_toml_is_taken_or_refused_with_one_line_per_problem(data):
    context = {"folder": Path("/x"), "path": Path("/x/listserv.toml")}
    try:
        Settings.model_validate(data, context=context)
    except reading.ValidationError as error:
        said = [text for e in error.errors() if (text := reading._said(e))]
        assert all(len(text.splitlines()) == 1 and "; " in text for text in said)
        assert said
    for place, text in reading._across(data, ()):
        assert reading._key(place)
        assert len(text.splitlines()) == 1


@pytest.mark.parametrize("value", ["America", "Mars/Olympus", "\0", "/etc/localtime", "x" * 5000, "é"])
def test_what_is_no_zone_is_refused_whatever_the_zone_files_make_of_it(value):
    with pytest.raises(ValueError, match=r"is not a time zone; write "):
        values.zone(value)


# --- the secret


def test_the_secret_is_made_once_for_us_only_and_stays(write, tmp_path):
    settings = write(MINIMAL.replace("[site]\n", '[site]\nsecret_file = "a/b/secret"\n'))
    assert not (tmp_path / "a").exists()  # loading writes nothing
    made = secret(settings, {})
    file = tmp_path / "a/b/secret"
    assert re.fullmatch(rb"[0-9a-f]{64}", made)
    assert stat.S_IMODE(file.stat().st_mode) == 0o600
    assert file.read_bytes() == made + b"\n"
    assert secret(settings, {}) == made
    assert os.listdir(file.parent) == ["secret"]


def test_the_environments_secret_overrides_the_file(write, tmp_path):
    settings = write(MINIMAL)
    assert secret(settings, {"LISTSERV_SECRET": "0123456789abcdef"}) == b"0123456789abcdef"
    assert not settings.site.secret_file.exists()
    assert secret(settings, {"LISTSERV_SECRET": ""}) == secret(settings, {})


def test_a_secret_is_rotated_by_a_line_above_it(write):
    settings = write(MINIMAL)
    old = Addresses("dialogue.example.org", secret(settings, {}), retired(settings, {}))
    file = settings.site.secret_file
    file.write_text("a new secret of many letters\n" + file.read_text())
    new = Addresses("dialogue.example.org", secret(settings, {}), retired(settings, {}))
    assert new.reply("talk", 7) != old.reply("talk", 7)
    assert new.parse(old.reply("talk", 7)) is not None  # until the old line goes
    file.write_text(file.read_text().splitlines()[0])
    assert retired(settings, {}) == ()
    assert retired(settings, {"LISTSERV_SECRET": "0123456789abcdef"}) == ()


def test_processes_that_start_together_agree_on_one_secret(write):
    settings = write(MINIMAL)
    with ThreadPoolExecutor(8) as pool:
        made = set(pool.map(lambda _: secret(settings, {}), range(32)))
    assert len(made) == 1


def test_a_secret_that_is_none_is_refused(write, tmp_path):
    too_short = "LISTSERV_SECRET: shorter than 16 characters; write 32 random ones, or unset it"
    with pytest.raises(SettingsError, match=f"^{too_short}$"):
        write(MINIMAL, LISTSERV_SECRET="guess")
    settings = write(MINIMAL)
    settings.site.secret_file.parent.mkdir()
    settings.site.secret_file.write_text("\n")
    with pytest.raises(SettingsError) as refused:
        secret(settings, {})
    assert str(refused.value) == (
        f"{tmp_path}/var/secret: shorter than 16 characters; restore it, or remove it: links sent so far break"
    )
    settings = write(MINIMAL.replace("[site]\n", '[site]\nsecret_file = "listserv.toml/secret"\n'))
    with pytest.raises(SettingsError) as refused:
        secret(settings, {})
    assert str(refused.value) == (
        f"{tmp_path}/listserv.toml/secret: cannot keep the secret there (File exists); write another site.secret_file"
    )


# --- clock and errors

NOON = datetime(2026, 1, 5, 12, tzinfo=UTC)
OPENING = datetime(2008, 11, 3, 13, tzinfo=UTC)


def test_a_clock_shows_real_time_in_utc():
    havana = NOON.astimezone(ZoneInfo("America/Havana"))
    clock = Clock(time=lambda: havana)
    assert (clock.now(), clock.now().tzinfo) == (NOON, UTC)
    assert clock.real_delay(NOON + timedelta(minutes=2)) == 120
    assert clock.real_delay(NOON - timedelta(minutes=2)) == 0
    assert Clock().now().tzinfo is UTC


def test_a_fast_clock_shows_its_own_time():
    clock = Clock(real=NOON, shows=OPENING, speed=60, time=lambda: NOON + timedelta(minutes=2))
    assert clock.now() == OPENING + timedelta(hours=2)
    assert clock.real_delay(OPENING + timedelta(hours=3)) == 60
    assert clock.real_delay(OPENING) == 0


def test_the_settings_name_the_clock(write):
    table = "[clock]\nreal = 2026-01-05T12:00:00Z\nshows = 2008-11-03T09:00:00-04:00\nspeed = 60\n"
    assert write(table + MINIMAL).clock == Clock(NOON, OPENING, 60.0)


@pytest.mark.parametrize(
    "bad",
    [
        {"real": NOON},
        {"shows": OPENING},
        {"speed": 2.0},
        {"real": NOON, "shows": OPENING, "speed": 0},
        {"real": NOON, "shows": OPENING, "speed": float("inf")},
        {"real": NOON, "shows": OPENING, "speed": float("nan")},
        {"real": NOON.replace(tzinfo=None), "shows": OPENING},
        {"real": NOON, "shows": OPENING.replace(tzinfo=None)},
    ],
)
def test_clocks_that_make_no_sense(bad):
    with pytest.raises(ValueError, match=r"clock|zone"):
        Clock(**bad)


def test_an_error_says_its_docstring_unless_told_otherwise():
    class Busy(Temporary):
        """the database is busy; try again"""

    assert (str(Busy()), str(Busy("no space"))) == ("the database is busy; try again", "no space")
    assert issubclass(SettingsError, Refused)
    assert not issubclass(Temporary, Refused)


def test_settings_and_their_imports_stay_light():
    """Starting up is for every command: no database, no mail, no templates come with the settings."""
    heavy = "{'sqlalchemy', 'alembic', 'jinja2', 'aiosmtpd', 'imapclient', 'click'}"
    code = f"import sys, listserv.config; print(sorted({heavy} & set(sys.modules)))"
    run = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert run.stdout == "[]\n"

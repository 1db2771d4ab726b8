"""A busy site and those who write to it: several dialogues on a fast clock, and everything that people do there.

`Site` is a folder with listserv.toml and a database; `Crowd(site, …).act(n)` does the next n things, each a real mail
over SMTP: contributions, answers, commands, absences, bounces, strangers, who joins and leaves (with the answer to the
question we ask by mail, which is read out of the outbox as the sink only counts). The same seed does the same. Needs
the repository's .venv.
"""

from __future__ import annotations

import random
import re
import smtplib
import sqlite3
import subprocess
from datetime import UTC, datetime, timedelta
from pathlib import Path

from trial import PROGRAM

from listserv.core.mail.addresses import Addresses

DOMAIN = "dialogue.example.org"
SHOWS = datetime(2008, 11, 3, 0, 0, tzinfo=UTC)  # a Monday

#: So long before its day begins a site is made: its clock never goes back.
SETTING_UP = timedelta(seconds=40)

#: Dialogues: participants, and who may take part.
SIZES = {"large": 1500, "middle": 600, "small": 250, "few": 50}

_HEAD = """\
[site]
domain = "{domain}"
[intake.smtp]
port = 0
[relay]
kind = "smtp"
tls = "none"
host = "127.0.0.1"
port = {port}
[web]
port = 0
[clock]
real = {real:%Y-%m-%dT%H:%M:%SZ}
shows = {shows:%Y-%m-%dT%H:%M:%SZ}
speed = {speed}
"""
_DIALOGUE = """
[[dialogue]]
slug = "{slug}"
title = "A {slug} dialogue"
participation = "open"
archive = "public"
grace = "1 hours"
[dialogue.roundup]
day = "module-close"
review = "0"
[dialogue.calendar]
reminder = "1 hours before"
midweek = "half way"
nudge = "2 hours before"
[[dialogue.moderator]]
name = "Moderator"
address = "moderator@example.org"
"""
_MODULE = """
[[dialogue.module]]
title = "Part {number}"
opens = {opens:%Y-%m-%dT%H:%M:%S}
closes = {closes:%Y-%m-%dT%H:%M:%S}
"""

#: What happens how often, of a hundred things.
_WEIGHTS = {"write": 45, "answer": 20, "command": 8, "absent": 5, "bounce": 10, "stranger": 2, "join": 5, "leave": 5}

_SAID = (
    "ministry plan action women peace budget local council training report indicator civil society network "
    "draft review office police army village school court funding partner region country progress lesson "
    "example "
)
_WORDS = _SAID.split()


class Site:
    """`speed`: hours of the site in one of ours; `begins`: when its day does, once all is set up."""

    def __init__(self, folder: Path, relay_port: int, hours: float, speed: float) -> None:
        self.folder, self.slugs, self.speed = folder, list(SIZES), speed
        self.begins = datetime.now(UTC) + SETTING_UP
        (folder / "var").mkdir()
        (folder / "var" / "secret").write_text("a secret for a long run, of 32 letters\n")
        self.addresses = Addresses(DOMAIN, b"a secret for a long run, of 32 letters")
        parts = [
            _HEAD.format(domain=DOMAIN, port=relay_port, real=self.begins, shows=SHOWS, speed=speed),
        ]
        for slug in SIZES:
            parts.append(_DIALOGUE.format(slug=slug))
            for number, (opens, closes) in enumerate(((0.04, 0.3), (0.33, 0.6), (0.63, 0.9)), start=1):
                at = [SHOWS + timedelta(hours=hours * share) for share in (opens, closes)]
                parts.append(_MODULE.format(number=number, opens=at[0], closes=at[1]))
        (folder / "listserv.toml").write_text("".join(parts))
        self.command("apply")
        for slug, size in SIZES.items():
            rows = (f"p{n}@{slug}{n % 50}.example.net,Participant {n}\n" for n in range(1, size + 1))
            (folder / "people.csv").write_text("address,name\n" + "".join(rows))
            self.command("participant", "import", "-d", slug, "--no-welcome", "--yes", "people.csv")
        self.database = sqlite3.connect(
            f"file:{folder}/var/listserv.db?mode=ro", uri=True, check_same_thread=False, timeout=30
        )

    def command(self, *words: str, check: bool = True) -> subprocess.CompletedProcess[str]:
        """Run one command as the moderator."""
        done = subprocess.run(
            [PROGRAM, "--as", "moderator@example.org", *words],
            cwd=self.folder,
            capture_output=True,
            text=True,
            check=False,
        )
        if check and done.returncode:
            raise RuntimeError(f"listserv {' '.join(words)}: {done.stderr.strip()}")
        return done

    def rows(self, statement: str, *values: object) -> list[tuple]:
        """Out of the database."""
        return self.database.execute(statement, values).fetchall()

    def late(self, began: datetime) -> float:
        """Seconds of ours by which the latest opening or close came after its time, of those planned since then."""
        planned = self.rows(
            "SELECT kind, opens_at, closes_at, at FROM module JOIN occurrence"
            " ON occurrence.dialogue_id = module.dialogue_id AND subject = CAST(number AS TEXT)"
            " WHERE kind IN ('open', 'close')"
        )
        waits = [
            (_utc(at) - due).total_seconds() / self.speed
            for kind, opens, closes, at in planned
            if (due := _utc(opens if kind == "open" else closes)) > began
        ]
        return max(waits, default=0.0)

    def count(self, statement: str) -> int:
        return int(self.rows(statement)[0][0] or 0)


def _utc(stored: str) -> datetime:
    return datetime.fromisoformat(stored).replace(tzinfo=UTC)


class Crowd:
    """Everybody who writes. `done` counts what they did."""

    def __init__(self, site: Site, port: int, seed: int = 1325) -> None:
        self.site, self.done = site, dict.fromkeys([*_WEIGHTS, "confirm"], 0)
        self._port, self._dice = port, random.Random(seed)
        self._number, self._asked = 0, 0
        self._smtp: smtplib.SMTP | None = None

    def act(self, count: int) -> None:
        for _ in range(count):
            (what,) = self._dice.choices(list(_WEIGHTS), list(_WEIGHTS.values()))
            slug = self._dice.choice(self.site.slugs)
            if getattr(self, f"_{what}")(slug):
                self.done[what] += 1
        self._confirm()

    def _someone(self, slug: str) -> str:
        number = self._dice.randint(1, SIZES[slug])
        return f"p{number}@{slug}{number % 50}.example.net"

    def _mail(self, sender: str, to: str, subject: str, text: str, envelope: str | None = None, more: str = "") -> bool:
        self._number += 1
        message = (
            f"From: {sender}\r\nTo: {to}\r\nSubject: {subject}\r\nMessage-ID: <n{self._number}@busy.example.net>\r\n"
            f"{more}MIME-Version: 1.0\r\n"
            + ("" if "Content-Type" in more else "Content-Type: text/plain; charset=utf-8\r\n")
            + f"\r\n{text}\r\n"
        )
        for _ in range(2):  # a kept-open connection ends when it has said nothing for long
            try:
                if self._smtp is None:
                    self._smtp = smtplib.SMTP("127.0.0.1", self._port, local_hostname="mx.example.net")
                self._smtp.sendmail(sender if envelope is None else envelope, [to], message)
                return True
            except smtplib.SMTPServerDisconnected:
                self._smtp = None
        return False

    def _text(self, words: int) -> str:
        said = [self._dice.choice(_WORDS) for _ in range(words)]
        return "\r\n".join(" ".join(said[at : at + 12]) for at in range(0, words, 12))

    def _write(self, slug: str) -> bool:
        text = self._text(self._dice.randint(30, 400))
        return self._mail(self._someone(slug), f"{slug}@{DOMAIN}", f"On {self._dice.choice(_WORDS)}", text)

    def _answer(self, slug: str) -> bool:
        found = self.site.rows(
            "SELECT message_id FROM contribution WHERE state = 'released' AND dialogue_id ="
            " (SELECT id FROM dialogue WHERE slug = ?) ORDER BY id DESC LIMIT 20",
            slug,
        )
        if not found:
            return self._write(slug)
        above = self._dice.choice(found)[0]
        more = f"In-Reply-To: {above}\r\nReferences: {above}\r\n"
        return self._mail(self._someone(slug), f"{slug}@{DOMAIN}", "Re: that", self._text(60), more=more)

    def _command(self, slug: str) -> bool:
        word = self._dice.choice(
            ("help", "who", "set daily", "set each", "set roundup", "pause", "resume", "programme")
        )
        return self._mail(self._someone(slug), f"{slug}-request@{DOMAIN}", word, word)

    def _absent(self, slug: str) -> bool:
        more = "Auto-Submitted: auto-replied\r\n"
        return self._mail(self._someone(slug), f"{slug}@{DOMAIN}", "Out of office", "I am away.", "", more)

    def _stranger(self, slug: str) -> bool:
        return self._mail(f"s{self._number}@elsewhere.example", f"{slug}@{DOMAIN}", "Hello", self._text(20))

    def _join(self, slug: str) -> bool:
        return self._mail(f"j{self._number}@new{self._number % 20}.example", f"{slug}-join@{DOMAIN}", "join", "join")

    def _leave(self, slug: str) -> bool:
        return self._mail(self._someone(slug), f"{slug}-leave@{DOMAIN}", "leave", "leave")

    def _bounce(self, slug: str) -> bool:
        """One of the last copies comes back, as RFC 3464 has it."""
        found = self.site.rows(
            "SELECT delivery.id, delivery.address, dialogue.slug FROM delivery JOIN mailing ON mailing.id = mailing_id"
            " JOIN dialogue ON dialogue.id = dialogue_id WHERE delivery.state = 'sent' ORDER BY delivery.id DESC"
            " LIMIT 1 OFFSET ?",
            self._dice.randint(0, 500),
        )
        if not found:
            return False
        number, address, whose = found[0]
        status, why = self._dice.choice((("5.1.1", "no such user"), ("4.2.2", "mailbox full"), ("4.2.2", "over quota")))
        more = "Content-Type: multipart/report; report-type=delivery-status; boundary=b\r\n"
        text = (
            f"--b\r\nContent-Type: text/plain\r\n\r\nIt did not arrive: {why}.\r\n--b\r\n"
            "Content-Type: message/delivery-status\r\n\r\nReporting-MTA: dns; mx.example.net\r\n\r\n"
            f"Final-Recipient: rfc822; {address}\r\nAction: failed\r\nStatus: {status}\r\n"
            f"Diagnostic-Code: smtp; 550 {status} {why}\r\n\r\n--b--"
        )
        to = self.site.addresses.bounces(whose, number)
        return self._mail("mailer-daemon@mx.example.net", to, "Undelivered Mail", text, "", more)

    def _confirm(self) -> None:
        """Whoever we have asked whether it was they says yes."""
        found = self.site.rows(
            "SELECT mailing.id, rendering.head, delivery.address FROM mailing JOIN rendering ON"
            " rendering.mailing_id = mailing.id JOIN delivery ON delivery.mailing_id = mailing.id"
            " WHERE mailing.id > ? AND kind IN ('join_confirm', 'leave_confirm') ORDER BY mailing.id",
            self._asked,
        )
        for self._asked, head, address in found:
            if to := re.search(rb"(?im)^Reply-To:.*?([a-z0-9]+-confirm\+[^@>\s]+@[^>\s]+)", head):
                self.done["confirm"] += self._mail(address, to[1].decode(), "Re: Please confirm", "yes")

    def close(self) -> None:
        if self._smtp is not None:
            self._smtp.close()

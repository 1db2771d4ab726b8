"""`serve` with its pages, a process of its own, in a folder where the model case has been held; and the mail it sends.

The clock stands still on 24 November 2008. 75 contributions in six languages are released; mail comes in by SMTP and
goes out into Maildirs.
"""

from __future__ import annotations

import re
import smtplib
import subprocess
import sys
import time
from collections.abc import Callable
from email import message_from_bytes, policy
from email.message import EmailMessage
from pathlib import Path
from typing import TypeVar

from tests import model_case
from tests.ports import reserved

PATIENCE = 30.0  # seconds; only a failure waits so long
SLUG = model_case.SLUG

T = TypeVar("T")


class Running:
    """`at`: where its pages are, as mails say it too."""

    def __init__(self, tmp_path: Path, archive: str = "participants") -> None:
        self.place = model_case.folder(tmp_path)
        self.at = f"http://127.0.0.1:{reserved()}"
        toml = self.place / "listserv.toml"
        text = toml.read_text("utf-8")
        for pattern, value in (
            (r'(?m)^base_url = "[^"]*"', f'base_url = "{self.at}"'),
            (r"(?m)^port = 8080\b", f"port = {self.at.rpartition(':')[2]}"),
            (r"(?m)^port = 8025\b", "port = 0"),
            (r'(?m)^undo = "[^"]*"', 'undo = "0"'),  # on a clock that stands still it would never be over
            (r'(?m)^archive = "[^"]*"', f'archive = "{archive}"'),
        ):
            text, count = re.subn(pattern, value, text, count=1)
            assert count == 1, pattern
        toml.write_text(text, "utf-8")
        self.command("apply", "--yes")
        self.log = self.place / "log"
        with self.log.open("w") as log:
            self._process = subprocess.Popen(
                [sys.executable, "-m", "listserv", "serve"],
                cwd=self.place,
                stdout=subprocess.PIPE,
                stderr=log,
                text=True,
            )
        assert self._process.stdout is not None
        line = self._process.stdout.readline()
        found = re.search(r"listening on 127\.0\.0\.1:(\d+)", line)
        assert found, (line, self.log.read_text())
        self._smtp = int(found[1])

    def command(self, *words: str) -> str:
        """What a command in that folder prints."""
        command = [sys.executable, "-m", "listserv", *words]
        return subprocess.run(command, cwd=self.place, capture_output=True, text=True, check=True).stdout

    def write(self, author: str, subject: str, text: str) -> None:
        """A mail to the dialogue."""
        mail = EmailMessage()
        mail["From"], mail["To"], mail["Subject"] = author, f"{SLUG}@dialogue.example.org", subject
        mail.set_content(text)
        with smtplib.SMTP("127.0.0.1", self._smtp, timeout=PATIENCE) as client:
            client.send_message(mail)

    def mails(self, address: str = "*") -> list[EmailMessage]:
        """What has arrived at an address, or at all; the oldest first."""
        files = sorted((self.place / "var" / "mail").glob(f"{address}/new/*"), key=lambda one: one.stat().st_mtime_ns)
        return [message_from_bytes(one.read_bytes(), policy=policy.default) for one in files]  # type: ignore[misc]

    def mail(self, address: str, subject: str) -> EmailMessage:
        """The last mail to that address with these words in its subject, once it has arrived."""

        def arrived() -> EmailMessage | None:
            found = [one for one in self.mails(address) if subject in str(one["Subject"])]
            return found[-1] if found else None

        return until(arrived, f"no mail {subject!r} to {address}; log: {self.log.read_text()}")

    def links(self, mail: EmailMessage) -> list[str]:
        """The links to our pages in all its text parts and headers, each once."""
        texts = [part.get_content() for part in mail.walk() if part.get_content_maintype() == "text"]
        texts += [str(value) for value in mail.values()]
        found = re.findall(rf"{re.escape(self.at)}/[^\s<>\"')\]]*", "\n".join(texts))
        return list(dict.fromkeys(one.rstrip(".,;") for one in found))

    def stop(self) -> None:
        self._process.terminate()
        self._process.wait(PATIENCE)
        if self._process.stdout is not None:
            self._process.stdout.close()


def until(ask: Callable[[], T | None], trouble: str) -> T:
    """What `ask` gives, as soon as it gives anything."""
    end = time.monotonic() + PATIENCE
    while time.monotonic() < end:
        if found := ask():
            return found
        time.sleep(0.05)
    raise AssertionError(trouble)

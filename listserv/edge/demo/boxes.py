"""What stands in a participant's Maildir, read as their mail program reads it."""

from __future__ import annotations

import email
import email.policy
import re
from collections.abc import Iterator
from dataclasses import dataclass
from email.message import EmailMessage
from pathlib import Path

_OURS = re.compile(r"<([a-z-]+)\.[^@]+@")  # our Message-IDs name what the mail is
_NUMBERED = ("announcement", "reminder", "closing", "roundup", "roundup-draft", "midweek", "midweek-draft")
_ONCE = ("last-call", "survey", "thanks")  # in a dialogue
_ANSWERS = ("receipt", "returned", "stranger", "help", "join-confirm", "leave-confirm")


@dataclass(frozen=True, slots=True)
class Letter:
    """One mail found. `kind` and `about` say what it is: ("announcement", "2"), ("receipt", "<id it answers>")."""

    path: Path
    message_id: str
    kind: str
    about: str
    subject: str
    number: int | None  # of a contribution


class Boxes:
    """All Maildirs below `root`, one per address."""

    def __init__(self, root: Path, slug: str) -> None:
        self.root = root
        self._slug = slug
        self._read: dict[Path, Letter] = {}

    def addresses(self) -> list[str]:
        return sorted(path.name for path in self.root.iterdir()) if self.root.exists() else []

    def letters(self, address: str) -> list[Letter]:
        """In the order they came."""
        paths = sorted((self.root / address / "new").glob("*"), key=lambda path: int(path.name.partition(".")[0]))
        for path in paths:
            if path not in self._read:
                self._read[path] = self._letter(path)
        return [self._read[path] for path in paths]

    def latest(self, address: str, kind: str) -> Letter:
        """Raises LookupError when there is none."""
        for letter in reversed(self.letters(address)):
            if kind in (letter.kind, letter.message_id):
                return letter
        raise LookupError(f"{address} has no mail that is {kind}")

    def everything(self) -> Iterator[tuple[str, Letter]]:
        for address in self.addresses():
            for letter in self.letters(address):
                yield address, letter

    def _letter(self, path: Path) -> Letter:
        with path.open("rb") as file:
            head = b"".join(iter(lambda: file.readline().strip(b"\r\n") + b"\n", b"\n"))
        mail = email.message_from_bytes(head, policy=email.policy.default)
        message_id = str(mail["Message-ID"] or "").strip()
        subject, number = str(mail["Subject"] or ""), mail["X-Contribution"]
        found = _OURS.match(message_id)
        kind = "contribution" if number else found[1] if found else "unknown"
        about = ""
        if kind == "contribution":
            about = message_id
        elif kind in _NUMBERED:
            about = next(iter(re.findall(r"\d+", subject.replace(self._slug, ""))), "")
        elif kind in _ONCE:
            about = "0"
        elif kind in _ANSWERS:
            about = str(mail["In-Reply-To"] or "").strip()
        return Letter(path, message_id, kind, about, subject, int(number) if number else None)


def opened(letter: Letter) -> EmailMessage:
    """The whole mail."""
    mail = email.message_from_bytes(letter.path.read_bytes(), policy=email.policy.default)
    assert isinstance(mail, EmailMessage)
    return mail


def text_of(mail: EmailMessage) -> str:
    """Its plain text, lines ending in LF."""
    body = mail.get_body(("plain",))
    return body.get_content().replace("\r\n", "\n").rstrip("\n") if body else ""

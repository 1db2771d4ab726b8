"""What really came out, as the relay took it: envelope, headers and body of each copy, and what must hold of all.

`Copy.read` raises Unlike when a copy alone breaks a promise, `same` when the copies of one mailing differ.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime
from email import message_from_bytes
from email.message import EmailMessage
from email.policy import SMTP
from email.utils import parseaddr
from functools import cached_property

from listserv.core.mail.addresses import Addresses, Role
from tests.dialogues.script import Unlike
from tests.sink import Mail

SLUG = "nap1325"
LIST_ID = f"<{SLUG}.dialogue.example.org>"
_TAG = re.compile(rf"\[{SLUG} (\d+)\]")
_MAILTO = re.compile(r"<mailto:([^>]+)>")
_PERSONAL = re.compile(rb"^List-Unsubscribe(-Post)?:.*\r\n([ \t].*\r\n)*", re.MULTILINE)
#: A survey is answered at an address of each recipient's own.
_ALONE = re.compile(rb"^(To|Reply-To):.*\r\n", re.MULTILINE)


@dataclass(frozen=True, eq=False)
class Copy:
    """One mail as one recipient got it."""

    to: str
    sender: str  # MAIL FROM
    message: EmailMessage
    head: bytes
    body: bytes

    @classmethod
    def read(cls, mail: Mail, addresses: Addresses) -> Copy:
        head, _, body = mail.content.partition(b"\r\n\r\n")
        message = message_from_bytes(mail.content, policy=SMTP)
        assert isinstance(message, EmailMessage)
        copy = cls(mail.recipients[0], mail.sender, message, head + b"\r\n", body)
        for promise, kept in copy._promises(mail, addresses).items():
            if not kept:
                raise Unlike(f"{copy}: {promise}\n{mail.content[:2000].decode(errors='replace')}")
        return copy

    def _promises(self, mail: Mail, addresses: Addresses) -> dict[str, bool]:
        once = ("From", "To", "Subject", "Date", "Message-ID", "Reply-To", "MIME-Version")
        bounces = addresses.parse(self.sender)
        promises = {
            "one recipient in one transaction": len(mail.recipients) == 1,
            f"each once: {', '.join(once)}": all(len(self.message.get_all(name, [])) == 1 for name in once),
            "From is the dialogue's own address": parseaddr(self.message["From"])[1] == addresses.dialogue(SLUG),
            "answers come to an address of ours, or of who wrote": self.kind == "owner"
            or addresses.parse(self.reply_to) is not None,
            "its bounces come to an address of ours": self.sender == ""
            or (bounces is not None and bounces.role is Role.BOUNCES),
            "it reads without a defect": not any(part.defects for part in self.message.walk()),
        }
        if self.listed:
            leave = addresses.parse(self.unsubscribe)
            promises |= {
                "List-Id is the dialogue's": LIST_ID in self.message["List-Id"],
                "List-Unsubscribe is its recipient's": leave is not None and leave.role is Role.LEAVE,
                "it goes to somebody whose bounces count": self.sender != "",
                "it says Precedence: list": self.message["Precedence"] == "list",
            }
        else:
            promises |= {
                "it is addressed to its recipient": parseaddr(self.message["To"])[1] == self.to,
                "it says that no human wrote it": self.message["Auto-Submitted"] in ("auto-generated", "auto-replied"),
            }
        return promises

    def __str__(self) -> str:
        return f'{self.kind} "{self.subject}" to {self.to}'

    @cached_property
    def listed(self) -> bool:
        """Whether it is one of those that go to all."""
        return "List-Id" in self.message

    @cached_property
    def kind(self) -> str:
        """In words: "held notice". Ours is the first part of each Message-ID that we make."""
        if self.number is not None:
            return "contribution"
        return self.message_id[1:].partition(".")[0].replace("-", " ")

    @cached_property
    def number(self) -> int | None:
        return int(self.message["X-Contribution"]) if "X-Contribution" in self.message else None

    @cached_property
    def module(self) -> int | None:
        """The one in the subject's tag."""
        found = _TAG.search(self.subject)
        return int(found[1]) if found else None

    @cached_property
    def enclosed(self) -> str:
        """The files in it, "NAME TYPE, NAME TYPE", or "nothing"."""
        files = (f"{one.get_filename()} {one.get_content_type()}" for one in self.message.iter_attachments())
        return ", ".join(files) or "nothing"

    @cached_property
    def message_id(self) -> str:
        return str(self.message["Message-ID"])

    @cached_property
    def references(self) -> list[str]:
        return str(self.message.get("References", "")).split()

    @cached_property
    def subject(self) -> str:
        return str(self.message["Subject"])

    @cached_property
    def author(self) -> str:
        return parseaddr(self.message["From"])[0]

    @cached_property
    def reply_to(self) -> str:
        return parseaddr(self.message["Reply-To"])[1]

    @cached_property
    def unsubscribe(self) -> str:
        """The address in List-Unsubscribe."""
        found = _MAILTO.search(self.message.get("List-Unsubscribe", ""))
        return found[1] if found else ""

    @cached_property
    def date(self) -> datetime:
        return self.message["Date"].datetime

    @cached_property
    def text(self) -> str:
        part = self.message.get_body(("plain",))
        return part.get_content() if part else ""


def same(copies: Sequence[Copy], language: Callable[[str], str]) -> None:
    """The copies of one mailing are one mail: alike but for List-Unsubscribe, and in each language to the octet."""
    for what in ("sender", "unsubscribe"):
        if len({getattr(copy, what) for copy in copies}) < len(copies):
            raise Unlike(f"{copies[0]}: two recipients share one {what}")
    for key in {language(copy.to) for copy in copies}:
        mine = [copy for copy in copies if language(copy.to) == key]
        heads = {_PERSONAL.sub(b"", copy.head) for copy in mine}
        if copies[0].kind.startswith("survey"):
            heads = {_ALONE.sub(b"", head) for head in heads}
        if len(heads) > 1 or len({copy.body for copy in mine}) > 1:
            raise Unlike(f"{mine[0]}: what {key} readers got is not the same to the octet")

"""Mails with files in them, as mail programs write them, and the files' beginnings."""

from __future__ import annotations

import itertools
from email.message import EmailMessage
from email.policy import SMTP

from tests.house import HERE

PDF = b"%PDF-1.4\nplan\n"
EXE = b"MZ\x90\0\3\0\0\0"
LOGO = b"GIF89a\x20\0\x20\0;"

_numbers = itertools.count(1)


def enclosing(
    *files: tuple[str, bytes],
    text: str = "Here is our plan.",
    author: str = "Anna <anna@example.net>",
    subject: str = "Plans",
    logo: bool = False,
) -> bytes:
    """A mail with these files. `logo`: its HTML form ends in the picture of a signature."""
    mail = EmailMessage(policy=SMTP)
    mail["From"], mail["To"], mail["Subject"] = author, HERE, subject
    mail["Message-ID"] = f"<with-files-{next(_numbers)}@example.net>"
    mail.set_content(text + "\n")
    if logo:
        mail.add_alternative(f"<p>{text}</p><img src='cid:logo@example.net'>", subtype="html")
        html = mail.get_payload()[1]
        html.add_related(LOGO, "image", "gif", cid="<logo@example.net>", filename="mark.gif", disposition="inline")
    for name, content in files:
        mail.add_attachment(content, "application", "octet-stream", filename=name)
    return mail.as_bytes()

"""Tokens of ours that came in with a mail are stored nowhere but in the mail itself, and go to nobody."""

from __future__ import annotations

from urllib.parse import quote

import pytest

from listserv.store import tables as schema
from tests.enclosing import PDF, enclosing
from tests.house import DOMAIN, House, mail


@pytest.fixture
def leave(house: House) -> str:
    house.policy(attachments="attach")
    return house.site.addresses.leave("nap", house.part("anna@example.net")["id"])


def token(leave: str) -> str:
    return leave.partition("+")[2].partition("@")[0]


def everywhere(house: House, secret: str) -> list[str]:
    """Tables, but for those of raw mails and of who is to get what, and mails sent, in which it stands."""
    found = []
    for table in schema.metadata.tables:
        if table not in ("raw", "inbox"):
            found += [
                f"{table}.{key}" for row in house.rows(table) for key, at in row.items() if secret in str(at).lower()
            ]
    for sent in house.sent():
        parts = [str(part.get_content()) for part in sent.mail.walk() if not part.is_multipart()]
        names = [part.get_filename() or "" for part in sent.mail.walk()]
        if any(secret in one.lower() for one in [*sent.mail.values(), *parts, *names]):
            found.append(f"{sent.kind} to {sent.to}")
    return found


def test_in_a_subject_a_name_and_the_words(house: House, leave: str) -> None:
    words = f"See {quote(leave, safe='')}.\n\n> https://safe.example/?u={quote(f'https://{DOMAIN}/u/{token(leave)}')}"
    row = house.contribute(words, subject=f"Re: {leave}", author=f'"{leave}" <anna@example.net>')
    house.release(row["id"])
    assert house.sent("contribution")
    assert everywhere(house, token(leave)) == []


def test_in_the_name_and_the_content_of_a_file(house: House, leave: str) -> None:
    note = f"My notes.\nList-Unsubscribe: <https://{DOMAIN}/u/{token(leave)}>\n".encode()
    pdf = PDF + b"/URI (mailto:" + leave.encode() + b")\n"
    row = house.take(enclosing(("notes.txt", note), ("plan.pdf", pdf), (f"{leave}.eml", b"Subject: x\n\ny\n")))
    house.release(row["contribution_id"])
    copy = house.sent("contribution")[0]
    came = {part.get_filename(): part.get_content() for part in copy.mail.iter_attachments()}
    assert list(came) == ["notes.txt", "plan.pdf"]
    assert came["notes.txt"].startswith("My notes.")
    assert len(came["plan.pdf"]) == len(pdf)  # a PDF counts its octets
    assert everywhere(house, token(leave)) == []


def test_in_a_mail_to_the_moderators(house: House, leave: str) -> None:
    """They are asked for help by people who send on the mail that they got."""
    raw = enclosing(("mail.eml", f"List-Unsubscribe: <mailto:{leave}>\n\nx\n".encode()), text=leave, subject=leave)
    house.take(raw, to=f"nap-owner@{DOMAIN}")
    assert house.sent("owner")
    assert everywhere(house, token(leave)) == []


def test_in_a_bundle_to_the_moderators(house: House, leave: str) -> None:
    for number in range(21):
        house.take(mail(f"{number}: {leave}", subject=leave), to=f"nap-owner@{DOMAIN}")
    house.tick(house.now)
    assert everywhere(house, token(leave)) == []

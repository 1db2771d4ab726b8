"""Many mails in one file: what is written is read again as it was; what other programs wrote is read, too."""

from __future__ import annotations

import mailbox
from contextlib import closing
from datetime import UTC, datetime
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from listserv.core.mail import mbox

NOON = datetime(2008, 11, 4, 12, 0, 5, tzinfo=UTC)


def test_an_entry_as_it_stands_in_a_file() -> None:
    mail = b"Subject: Plans\r\n\r\nFrom Monday on.\r\n>From then.\r\nHe said: From now.\r\n"
    assert mbox.entry(mail, "nap@talk.example", NOON) == (
        b"From nap@talk.example Tue Nov  4 12:00:05 2008\n"
        b"Subject: Plans\n\n>From Monday on.\n>>From then.\nHe said: From now.\n\n"
    )
    assert mbox.entry(b"Subject: x\n\ny", "not an address", NOON).startswith(b"From MAILER-DAEMON Tue")


@given(st.lists(st.text(alphabet=">From ax\n", max_size=60), min_size=1, max_size=5))
def test_what_was_written_is_read_as_it_was(bodies: list[str]) -> None:
    mails = [b"Subject: x\n\n" + body.encode() + b"\n" for body in bodies]
    file = b"".join(mbox.entry(one, "nap@talk.example", NOON) for one in mails)
    found = list(mbox.entries(file.splitlines(keepends=True)))
    assert [one.content for one in found] == mails
    assert {one.at for one in found} == {NOON}


def test_pythons_mailbox_reads_what_we_write(tmp_path: Path) -> None:
    mails = [b"Subject: one\n\nFrom here.\n", b"Subject: two\n\nTwo.\n"]
    (tmp_path / "x.mbox").write_bytes(b"".join(mbox.entry(one, "nap@talk.example", NOON) for one in mails))
    with closing(mailbox.mbox(tmp_path / "x.mbox")) as found:
        assert [one["Subject"] for one in found] == ["one", "two"]


SEPARATORS = {
    "asctime": b"From anna@example.org Tue Nov  4 12:00:05 2008",
    "two blanks, as pipermail writes it": b"From anna at example.org  Tue Nov  4 12:00:05 2008",
    "a day of two digits": b"From anna@example.org Tue Nov 04 12:00:05 2008",
    "a numeric zone (mutt, Gmail's Takeout)": b"From 1598@xxx Tue Nov 04 12:00:05 +0000 2008",
    "a zone after the year": b"From - Tue Nov  4 12:00:05 2008 +0000",
    "nobody": b"From MAILER-DAEMON Tue Nov  4 12:00:05 2008",
}


@pytest.mark.parametrize("line", SEPARATORS.values(), ids=SEPARATORS)
@pytest.mark.parametrize("end", [b"\n", b"\r\n"], ids=["LF", "CRLF"])
def test_every_kind_of_from_line_begins_a_mail(line: bytes, end: bytes) -> None:
    file = [b"junk before it" + end, end]
    for _ in range(2):
        file += [line + end, b"Subject: x" + end, end, b"Text." + end, end]
    first, second = mbox.entries(file)
    assert (first.content, first.at, first.line) == (b"Subject: x" + end + end + b"Text." + end, NOON, 3)
    assert second.line == 8


WITHIN = {
    "no date": b"From now on we plan.\n",
    "no header after it": b"From anna@example.org Tue Nov  4 12:00:05 2008\nand so on\n",
    "no blank line before it": b"Text.\nFrom anna@example.org Tue Nov  4 12:00:05 2008\nSubject: x\n",
    "at the very end": b"From anna@example.org Tue Nov  4 12:00:05 2008\n",
}


@pytest.mark.parametrize("body", WITHIN.values(), ids=WITHIN)
def test_what_only_looks_like_one_stays_in_its_mail(body: bytes) -> None:
    start = b"From a@b Tue Nov  4 12:00:05 2008\n"
    (one,) = mbox.entries((start + b"Subject: x\n\n" + body).splitlines(keepends=True))
    assert one.content == b"Subject: x\n\n" + body


def test_a_date_that_cannot_be_is_none_and_the_mail_is_read() -> None:
    (one,) = mbox.entries([b"From a@b Tue Feb 31 12:00:05 2008\n", b"Subject: x\n", b"\n", b"Text.\n"])
    assert (one.at, one.content) == (None, b"Subject: x\n\nText.\n")


def test_of_a_mail_that_is_too_large_the_beginning_is_read(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(mbox, "LARGEST", 30)
    lines = [b"From a@b Tue Nov  4 12:00:05 2008\n", b"Subject: x\n", b"\n", *[b"A line of it.\n"] * 100]
    (one,) = mbox.entries(lines)
    assert one.cut_off
    assert len(one.content) <= 30

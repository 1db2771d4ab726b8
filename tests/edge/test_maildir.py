"""The Maildir relay: what a participant finds in path/<address>, and what a kill, a full disk or a bad name leave."""

from __future__ import annotations

import asyncio
import errno
import mailbox
import os
import threading
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from listserv.core.mail.transfer import Copy, Phase, Result
from listserv.edge import maildir as maildir_file
from listserv.edge.maildir import MaildirRelay, folder_name
from tests.edge.outbox import HEAD, Outbox, copies


async def drained(path: Path, batch: list[Copy]) -> Outbox:
    relay, outbox = MaildirRelay(path=path), Outbox(batch)
    await relay.drain(outbox.claim, outbox.finish)
    await relay.close()
    return outbox


def files(path: Path) -> dict[str, bytes]:
    return {str(file.relative_to(path)): file.read_bytes() for file in sorted(path.rglob("*")) if file.is_file()}


async def test_a_copy_becomes_one_file_with_LF_line_ends(tmp_path: Path) -> None:
    outbox = await drained(tmp_path / "mail", copies(1, body=b"Dear\r\n.\r\nall\rof\nyou"))
    assert outbox.results == [Result(1, 1, 250, "written", Phase.END)]
    assert files(tmp_path) == {
        "mail/p1@example.org/new/1.E1.listserv": b"Return-Path: <nap1325-bounces+1@dialogue.example.org>\n"
        b"Delivered-To: p1@example.org\n"
        b"From: nap1325@dialogue.example.org\n"
        b"Message-ID: <17@dialogue.example.org>\n"
        b"\n"
        b"Dear\n.\nall\nof\nyou\n"
    }


async def test_mail_programs_read_it(tmp_path: Path) -> None:
    await drained(tmp_path, copies(25, recipient="p@example.org"))
    box = mailbox.Maildir(str(tmp_path / "p@example.org"), create=False)
    assert len(box) == 25
    assert {message["Message-ID"] for message in box} == {"<17@dialogue.example.org>"}
    assert {message.get_subdir() for message in box} == {"new"}


async def test_groups_are_at_most_ten_and_each_is_committed_before_the_next_is_written(tmp_path: Path) -> None:
    ahead: list[int] = []

    class Watching(Outbox):
        async def finish(self, results: Sequence[Result]) -> None:
            ahead.append(len(files(tmp_path)) - len(self.results))
            await super().finish(results)

    outbox = Watching(copies(35))
    assert await MaildirRelay(path=tmp_path).drain(outbox.claim, outbox.finish) == 35
    assert ahead == [10, 10, 10, 5]


async def test_a_claim_larger_than_asked_for_is_still_committed_in_tens(tmp_path: Path) -> None:
    class Generous(Outbox):
        async def claim(self, number: int) -> Sequence[Copy]:
            return await super().claim(25)

    outbox = Generous(copies(25))
    assert await MaildirRelay(path=tmp_path).drain(outbox.claim, outbox.finish) == 25
    assert [len(group) for group in outbox.groups] == [10, 10, 5]


async def test_a_repeat_stands_beside_the_first_and_the_same_claim_is_written_once(tmp_path: Path) -> None:
    (copy,) = copies(1)
    await drained(tmp_path, [copy])
    again = await drained(tmp_path, [replace(copy, body=b"other")])
    assert again.results[0].ok
    repeat = await drained(tmp_path, [replace(copy, epoch=2)])
    assert repeat.results[0].ok
    found = files(tmp_path / "p1@example.org")
    assert list(found) == ["new/1.E1.listserv", "new/1.E2.listserv"]
    assert b"other" not in found["new/1.E1.listserv"]


async def test_what_a_kill_left_in_tmp_is_written_over(tmp_path: Path) -> None:
    rough = tmp_path / "p1@example.org" / "tmp"
    rough.mkdir(parents=True)
    (rough / "1.E1.listserv").write_bytes(b"From: nap13")
    await drained(tmp_path, copies(1))
    assert list(files(tmp_path)) == ["p1@example.org/new/1.E1.listserv"]


async def test_a_copy_whose_lease_is_over_is_neither_written_nor_reported(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(maildir_file, "monotonic", lambda: 1000.0)
    first, second = copies(2, deadline=1000.1)
    outbox = await drained(tmp_path, [first, replace(second, deadline=1000.0)])
    assert list(outbox.answers) == [1]
    assert len(files(tmp_path)) == 1


# Folder names


@pytest.mark.parametrize(
    ("address", "name"),
    [
        ("P1@Example.ORG", "p1@example.org"),
        ("jörg@example.org", "jörg@example.org"),
        ("../../etc@example.org", "%2E%2E%2F.%2E%2Fetc@example.org"),
        ("a/b@example.org", "a%2Fb@example.org"),
        ("a%2Fb@example.org", "a%252fb@example.org"),
        (".hidden@example.org", "%2Ehidden@example.org"),
        ("-rf@example.org", "%2Drf@example.org"),
        ("a@..", "a@.%2E"),
        ("a\\b:c@example.org", "a%5Cb%3Ac@example.org"),
    ],
)
def test_an_address_becomes_a_safe_folder_name(address: str, name: str) -> None:
    assert folder_name(address) == name


@pytest.mark.parametrize(
    "address", ["", "nobody", "..", "a@b\0", "a@b\n", "a b@c", "<a@b>", "a@b@c", "@", "ü" * 130 + "@example.org"]
)
async def test_what_is_not_an_address_gets_553_and_no_folder(tmp_path: Path, address: str) -> None:
    first, second, third = copies(3)
    outbox = await drained(tmp_path, [first, replace(second, recipient=address), third])
    assert outbox.answers == {1: (250, Phase.END), 2: (553, Phase.RCPT), 3: (250, Phase.END)}
    assert sorted(folder.name for folder in tmp_path.iterdir()) == ["p1@example.org", "p3@example.org"]


async def test_a_sender_cannot_add_a_header(tmp_path: Path) -> None:
    outbox = await drained(tmp_path, copies(1, sender="a@b>\nX-Evil: <c"))
    assert outbox.answers == {1: (553, Phase.MAIL)}
    assert files(tmp_path) == {}


@given(st.text(alphabet="aA./\\%:@~-\0\n é", max_size=30))
def test_no_address_leaves_the_folder_or_shares_it_with_another(text: str) -> None:
    name = folder_name(text)
    if name is not None:
        assert "/" not in name
        assert ".." not in name
        assert name == os.path.basename(name)
        assert not name.startswith((".", "-", "~"))
        undone = "".join(chr(int(part[:2], 16)) + part[2:] if i else part for i, part in enumerate(name.split("%")))
        assert undone == text.lower()


# Failures


async def test_a_full_disk_defers_leaves_no_half_file_and_ends_the_drain(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def full(_: int) -> None:
        raise OSError(errno.ENOSPC, "No space left on device")

    await drained(tmp_path, copies(30))  # the folders are there
    monkeypatch.setattr(maildir_file.os, "fsync", full)
    relay, outbox = MaildirRelay(path=tmp_path), Outbox(copies(30, epoch=2))
    relay._made = {tmp_path / f"p{i}@example.org" for i in range(1, 31)}
    assert await relay.drain(outbox.claim, outbox.finish) == 10
    assert {(result.code, result.phase) for result in outbox.results} == {(451, Phase.END)}
    assert all(result.temporary for result in outbox.results)
    assert "No space left" in outbox.results[0].reply
    assert len(outbox.waiting) == 20
    assert not [name for name in files(tmp_path) if "/tmp/" in name or "E2" in name]


async def test_a_file_where_a_folder_should_be_fails_that_copy_alone(tmp_path: Path) -> None:
    (tmp_path / "p2@example.org").write_text("in the way")
    outbox = await drained(tmp_path, copies(3))
    assert outbox.answers == {1: (250, Phase.END), 2: (451, Phase.END), 3: (250, Phase.END)}
    assert (tmp_path / "p2@example.org").read_text() == "in the way"


async def test_what_finish_raises_comes_out(tmp_path: Path) -> None:
    class Broken(Outbox):
        async def finish(self, results: Sequence[Result]) -> None:
            raise RuntimeError("database is gone")

    outbox = Broken(copies(30))
    with pytest.raises(RuntimeError, match="database is gone"):
        await MaildirRelay(path=tmp_path).drain(outbox.claim, outbox.finish)
    assert len(files(tmp_path)) == 10


async def test_the_loop_goes_on_while_the_disk_is_slow_and_a_cancelled_drain_reports_what_it_wrote(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    entered, gate = threading.Event(), threading.Event()
    real = os.fsync

    def slow(handle: int) -> None:
        entered.set()
        gate.wait(10)
        real(handle)

    monkeypatch.setattr(maildir_file.os, "fsync", slow)
    relay, outbox = MaildirRelay(path=tmp_path), Outbox(copies(3))
    drain: asyncio.Task[Any] = asyncio.create_task(relay.drain(outbox.claim, outbox.finish))
    await asyncio.to_thread(entered.wait)  # the loop runs although the disk does not answer
    drain.cancel()
    await asyncio.sleep(0)
    gate.set()
    with pytest.raises(asyncio.CancelledError):
        await drain
    assert outbox.answers == dict.fromkeys((1, 2, 3), (250, Phase.END))
    assert HEAD.replace(b"\r\n", b"\n") in next(iter(files(tmp_path).values()))

"""The relay that stays on this machine: each copy becomes a file in the Maildir of its recipient, path/<address>.

Same face and same promises as `relay.SmtpRelay`: claim, write, finish, at most 10 copies written and not yet committed.
A file is complete and on the disk before it appears in new/, and before its result is reported. Lines end in LF, as
maildir readers expect; Return-Path and Delivered-To are added on top, as a final delivery does (RFC 5321 §4.4).

A file is named after delivery and epoch: a copy repeated after a kill has the next epoch, so it stands beside the
first and shows as its repeat; nothing is overwritten. What is not an address gets code 553. A disk that is full or
not ours gets 451, and when a whole group fails so, `drain` returns. It never deletes a mail and never leaves `path`.
"""

from __future__ import annotations

import asyncio
import os
import re
from collections.abc import Sequence
from pathlib import Path
from time import monotonic

from listserv.core.mail.transfer import Copy, Phase, Result
from listserv.core.mail.wire import is_address, to_lines
from listserv.edge.carriers import UNCOMMITTED, Claim, Finish

# What a file system, a shell or a careless reader could take for more than a name; % keeps the mapping one-to-one.
_UNSAFE = re.compile(r"[/\\:%*?\"|]|^[.~-]|(?<=\.)\.")


def folder_name(address: str) -> str | None:
    """The folder of an address: itself in lower case, what is unsafe in a file name as %XX. None for no address."""
    if not is_address(address):
        return None
    name = _UNSAFE.sub(lambda found: f"%{ord(found[0]):02X}", address.lower())
    return name if len(name.encode()) <= 255 else None


class MaildirRelay:
    """Maildirs below `path`, made as they are needed (mode 0700). One drain at a time."""

    def __init__(self, *, path: Path) -> None:
        self._path = path
        self._made: set[Path] = set()
        self._turn = asyncio.Lock()

    async def drain(self, claim: Claim, finish: Finish) -> int:
        """Writes until `claim(n)` gives nothing and every result is committed; how many results that were."""
        async with self._turn:
            handled = 0
            while copies := await claim(UNCOMMITTED):
                for start in range(0, len(copies), UNCOMMITTED):
                    # Not cancelled halfway: what was written must be reported.
                    group = copies[start : start + UNCOMMITTED]
                    writing = asyncio.create_task(asyncio.to_thread(self._write, group))
                    try:
                        results = await asyncio.shield(writing)
                    except asyncio.CancelledError:
                        if results := await writing:
                            await finish(results)
                        raise
                    if results:
                        await finish(results)
                    handled += len(results)
                if results and all(result.code == 451 for result in results):
                    break
            return handled

    async def hang_up(self) -> None:
        """Nothing is kept open."""

    async def close(self) -> None:
        """Likewise."""

    def _write(self, copies: Sequence[Copy]) -> list[Result]:
        results: list[Result] = []
        fresh: dict[Path, list[int]] = {}  # new/ -> which results rest on its being on the disk
        for copy in copies:
            if copy.over(monotonic()):
                continue
            code, reply, phase = 250, "written", Phase.END
            name = folder_name(copy.recipient)
            if name is None:
                code, reply, phase = 553, "not an address: RCPT TO", Phase.RCPT
            elif copy.sender and not is_address(copy.sender):
                code, reply, phase = 553, "not an address: MAIL FROM", Phase.MAIL
            else:
                try:
                    fresh.setdefault(self._deliver(copy, self._path / name), []).append(len(results))
                except OSError as error:
                    code, reply = 451, str(error)[:500]
            results.append(Result(copy.delivery, copy.epoch, code, reply, phase))
        for folder, which in fresh.items():
            try:
                _sync(folder)
            except OSError as error:
                for i in which:
                    results[i] = Result(results[i].delivery, results[i].epoch, 451, str(error)[:500], Phase.END)
        return results

    def _deliver(self, copy: Copy, box: Path) -> Path:
        """The copy as a file in new/ of `box`; gives that folder. Raises OSError, and then leaves nothing in tmp/."""
        self._make(box)
        name = f"{copy.delivery}.E{copy.epoch}.listserv"
        rough, new = box / "tmp" / name, box / "new"
        if (new / name).exists():
            return new  # this very copy, written before; never over it
        top = f"Return-Path: <{copy.sender}>\nDelivered-To: {copy.recipient}\n".encode()
        head, body = to_lines(copy.head).removesuffix(b"\n"), to_lines(copy.body).removesuffix(b"\n")
        try:
            with rough.open("wb") as file:
                file.write(top + head + b"\n\n" + body + b"\n")
                file.flush()
                os.fsync(file.fileno())
            rough.rename(new / name)
        except OSError:
            rough.unlink(missing_ok=True)
            raise
        return new

    def _make(self, box: Path) -> None:
        if box in self._made and (box / "new").is_dir():
            return
        self._path.mkdir(mode=0o700, parents=True, exist_ok=True)
        box.mkdir(mode=0o700, exist_ok=True)
        for part in ("tmp", "new", "cur"):
            (box / part).mkdir(mode=0o700, exist_ok=True)
        _sync(box)
        _sync(self._path)
        self._made.add(box)


def _sync(folder: Path) -> None:
    handle = os.open(folder, os.O_RDONLY | os.O_DIRECTORY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)

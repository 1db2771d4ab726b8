"""The helper process that signs: keys and header blocks in on standard input, DKIM-Signature lines out.

It is started by edge/signing and knows nothing else: no settings, no database, no file. The keys come over the pipe, so
that no command line, environment or process list ever shows them. It ends when its standard input does, whatever
became of its parent, and only then: the signals that end a service reach its whole group, and what was claimed is still
to be signed.

A message on the pipe is a list of byte strings: how many, how long each is (32 bits each, big-endian), then the
strings. First comes domain, selector, PEM for each key; then requests: the time in seconds, and body hash, head for
each copy. A request is answered, in order, by a string for each copy: its signature lines, or why there are none.
"""

from __future__ import annotations

import os
import signal
import struct
import sys
from collections.abc import Iterator, Sequence
from datetime import UTC, datetime
from itertools import accumulate
from typing import BinaryIO

from listserv.core.mail.dkim import Key, sign

#: How an answer begins that is no reason.
SIGNED = b"DKIM-Signature:"


def pack(parts: Sequence[bytes]) -> bytes:
    return struct.pack(f">{len(parts) + 1}I", len(parts), *map(len, parts)) + b"".join(parts)


def cut(lengths: Sequence[int], data: bytes) -> list[bytes]:
    ends = list(accumulate(lengths))
    return [data[end - length : end] for length, end in zip(lengths, ends, strict=True)]


def _messages(pipe: BinaryIO) -> Iterator[list[bytes]]:
    """Until the pipe ends; a message that ends with it halfway is none."""
    while len(count := pipe.read(4)) == 4:
        (number,) = struct.unpack(">I", count)
        if len(sizes := pipe.read(4 * number)) < 4 * number:
            return
        lengths = struct.unpack(f">{number}I", sizes)
        if len(data := pipe.read(sum(lengths))) < sum(lengths):
            return
        yield cut(lengths, data)


def answer(keys: Sequence[Key], at: datetime, bh: bytes, head: bytes) -> bytes:
    """One copy's signature lines. One that cannot be signed does not keep the others from it."""
    try:
        return sign(keys, head, bh, at)
    except ValueError as error:
        return str(error).encode()
    except Exception as error:
        return type(error).__name__.encode()  # its message might quote the mail


def main() -> None:
    for number in (signal.SIGINT, signal.SIGTERM):
        signal.signal(number, signal.SIG_IGN)
    pipe, out, sys.stdout = sys.stdin.buffer, sys.stdout.buffer, sys.stderr  # nobody prints between the answers
    messages = _messages(pipe)
    told = next(messages, [])
    keys = [Key.read(d.decode(), s.decode(), pem) for d, s, pem in zip(told[::3], told[1::3], told[2::3], strict=True)]
    try:
        for at, *copies in messages:
            now = datetime.fromtimestamp(int(at), UTC)
            pairs = zip(copies[::2], copies[1::2], strict=True)
            out.write(pack([answer(keys, now, bh, head) for bh, head in pairs]))
            out.flush()
    except BrokenPipeError:
        os._exit(0)  # nobody waits for it any more

"""The other end of a benchmark: an SMTP server in a process of its own that takes everything and counts it.

`start_sink()` compiles sink.c beside this file with `cc`, or, where there is no compiler, starts the same thing written
with asyncio: more processor time per mail, so `Sink.kind` belongs into every report. Both listen on a free port of
127.0.0.1 and keep their counts in a mapped file. Raises RuntimeError if the process does not come up.
`python sink.py COUNTERS` runs the asyncio one.
"""

from __future__ import annotations

import asyncio
import contextlib
import mmap
import os
import shutil
import struct
import subprocess
import sys
import tempfile
import time
from pathlib import Path

_COUNTERS = struct.Struct("@4Q")  # port, transactions, recipients, distinct recipients: as in sink.c
_OFFERS = b"250-sink\r\n250-PIPELINING\r\n250-8BITMIME\r\n250 SMTPUTF8\r\n"


class Sink:
    """A running sink. `count()` = transactions answered 250 after the dot."""

    def __init__(self, command: list[str], kind: str, folder: tempfile.TemporaryDirectory[str]) -> None:
        self.kind, self.host = kind, "127.0.0.1"
        self._folder = folder
        counters = Path(folder.name) / "counters"
        counters.write_bytes(bytes(_COUNTERS.size))
        # The pipe ends with us, however we end, and the sink with the pipe.
        self._process = subprocess.Popen([*command, str(counters)], stdin=subprocess.PIPE)
        with counters.open("rb") as file:
            self._map = mmap.mmap(file.fileno(), _COUNTERS.size, prot=mmap.PROT_READ)
        end = time.monotonic() + 10
        while not self._read(0):
            if self._process.poll() is not None or time.monotonic() > end:
                self.stop()
                raise RuntimeError(f"the {kind} sink did not start")
            time.sleep(0.005)
        self.port = self._read(0)

    def _read(self, index: int) -> int:
        return int(_COUNTERS.unpack(self._map[:])[index])

    def count(self) -> int:
        return self._read(1)

    def recipients(self) -> int:
        return self._read(2)

    def distinct(self) -> int:
        return self._read(3)

    def cpu(self) -> float:
        """Seconds of processor time it has used so far; 0.0 where /proc does not tell."""
        try:
            stat = Path(f"/proc/{self._process.pid}/stat").read_text().rpartition(")")[2].split()
        except OSError:
            return 0.0
        return (int(stat[11]) + int(stat[12])) / os.sysconf("SC_CLK_TCK")

    def stop(self) -> None:
        self._process.terminate()
        self._process.communicate()
        self._map.close()
        self._folder.cleanup()


def start_sink(*, compiled: bool = True) -> Sink:
    folder = tempfile.TemporaryDirectory(prefix="sink-")
    compiler = shutil.which("cc") if compiled else None
    if compiler:
        program = str(Path(folder.name) / "sink")
        source = str(Path(__file__).with_name("sink.c"))
        if subprocess.run([compiler, "-O2", "-o", program, source], check=False).returncode == 0:
            return Sink([program], "compiled", folder)
    return Sink([sys.executable, __file__], "asyncio", folder)


class _Session(asyncio.Protocol):
    counts = [0, 0, 0]  # noqa: RUF012 - one process, one set of counts
    seen: set[bytes] = set()  # noqa: RUF012
    counters: mmap.mmap

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        assert isinstance(transport, asyncio.Transport)
        self.transport, self.buffer, self.names, self.content = transport, b"", list[bytes](), False
        transport.write(b"220 sink ESMTP\r\n")

    def data_received(self, data: bytes) -> None:
        buffer, said = self.buffer + data, []
        while True:
            if self.content:
                before, dot, rest = buffer.partition(b"\r\n.\r\n")
                if not dot:
                    buffer = before[-4:]
                    break
                buffer, self.content = rest, False
                self.count()
                said.append(b"250 2.0.0 taken\r\n")
            else:
                line, end, rest = buffer.partition(b"\r\n")
                if not end:
                    break
                said.append(self.command(line))
                buffer = end + rest if self.content else rest
        self.buffer = buffer
        self.transport.write(b"".join(said))
        if said and said[-1].startswith(b"221"):
            self.transport.close()

    def command(self, line: bytes) -> bytes:
        verb = line[:4].upper()
        if verb == b"RCPT":
            self.names.append(line[9:].partition(b">")[0])
        elif verb == b"MAIL":
            self.names = []
        elif verb == b"DATA":
            self.content = bool(self.names)
            return b"354 go on\r\n" if self.content else b"503 5.5.1 RCPT first\r\n"
        elif verb == b"EHLO":
            return _OFFERS
        elif verb == b"QUIT":
            return b"221 2.0.0 bye\r\n"
        return b"250 2.0.0 ok\r\n"

    def count(self) -> None:
        self.seen.update(self.names)
        self.counts[0] += 1
        self.counts[1] += len(self.names)
        self.counts[2] = len(self.seen)
        self.counters[8:] = struct.pack("@3Q", *self.counts)
        self.names = []


async def _serve(counters: Path) -> None:
    with counters.open("r+b") as file:
        _Session.counters = mmap.mmap(file.fileno(), _COUNTERS.size)
    server = await asyncio.get_running_loop().create_server(_Session, "127.0.0.1", 0, backlog=1024)
    asyncio.get_running_loop().add_reader(0, server.close)  # standard input ended
    _Session.counters[:8] = struct.pack("@Q", server.sockets[0].getsockname()[1])
    with contextlib.suppress(asyncio.CancelledError):
        await server.serve_forever()


if __name__ == "__main__":
    asyncio.run(_serve(Path(sys.argv[1])))

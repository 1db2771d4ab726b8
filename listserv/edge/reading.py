"""Mail is read in a process of its own, so that none costs the engine more than its share, whatever is in it.

Reader()(raw, sender) -> InboundMail, as inmail.read. The worker is a fresh interpreter that opens no database and no
socket, is limited to 256 MB by the kernel, and to 1.5 s of processor time for a mail by a timer that kills it. What it
dies of is tried once more without HTML and cut to its first megabyte, in 0.5 s; what it dies of then is given raw, with
a remark. What somebody else kills it over is tried the same again. The next mail finds a fresh worker. Times are the
processor's, not the wall's: a busy host makes no mail unreadable; ten seconds on the wall end it all the same.

The worker starts with the first mail, stays, and ends with its Reader, or when the engine's end of the connection
closes by whatever death. Raises Temporary only when no worker starts at all: that is the host's or the installation's
fault, not the mail's.
"""

from __future__ import annotations

import io
import os
import pickle
import resource
import signal
import subprocess
import threading
import weakref
from dataclasses import replace
from multiprocessing import Pipe
from multiprocessing.connection import Connection
from typing import Final

from listserv.core.mail import inmail
from listserv.core.mail.inmail import InboundMail
from listserv.core.sentence import Sentence
from listserv.edge import helper
from listserv.errors import Temporary

CPU: Final = 1.5  # seconds of processor time for a mail
CPU_AGAIN: Final = 0.5  # for the second try: 2 s in all
WALL: Final = 10.0  # seconds after which it is over in any case
START: Final = 30.0  # seconds a worker may take to start
MEMORY: Final = 256 * 1024 * 1024  # octets of address space
ENOUGH: Final = 1024 * 1024  # octets of a mail that the second try looks at

_PARTLY: Final = Sentence("It took too long to read in full: HTML, and what follows the first megabyte, was left out.")
_RAW: Final = Sentence("It took too long or too much memory to read; the text shown is raw.")


class Reader:
    """Reads mails, one at a time, from any thread."""

    def __init__(self, *, cpu: float = CPU, cpu_again: float = CPU_AGAIN, memory: int = MEMORY) -> None:
        self._cpu = cpu
        self._cpu_again = cpu_again
        self._memory = memory
        self._lock = threading.Lock()
        self._worker: _Worker | None = None
        self._killed_by_others = False  # the last one that died: no fault of the mail's

    def __call__(self, raw: bytes, sender: str | None) -> InboundMail:
        with self._lock:
            for _ in range(2):
                mail = self._try(raw, sender, self._cpu, html=True)
                if mail is not None:
                    return mail
                if not self._killed_by_others:
                    break
            mail = self._try(raw[:ENOUGH], sender, self._cpu_again, html=False)
            if mail is not None:
                return replace(mail, remarks=(*mail.remarks, _PARTLY))
        return inmail.unread(raw, _RAW)

    def close(self) -> None:
        """End the worker. A later mail would start another."""
        with self._lock:
            if self._worker is not None:
                self._worker.end()
                self._worker = None

    def _try(self, raw: bytes, sender: str | None, cpu: float, *, html: bool) -> InboundMail | None:
        """None if the worker died of it."""
        if self._worker is None or not self._worker.lives():
            self._renew()
        assert self._worker is not None
        self._worker.wait_ready()
        mail = self._worker.read(raw, sender, cpu, html=html)
        if mail is None:
            self._killed_by_others = self._worker.killed()
            self._renew()  # it starts while others work
        return mail

    def _renew(self) -> None:
        if self._worker is not None:
            self._worker.end()
        self._worker = _Worker(self._memory)


class _Worker:
    """One process, and our end of the connection to it. It ends with this object at the latest."""

    def __init__(self, memory: int) -> None:
        self._connection, theirs = Pipe()
        self._ready = False
        try:
            self._process = subprocess.Popen(  # noqa: S603 (ourselves)
                helper.running("reading", f"reading.work({theirs.fileno()}, {memory})"),
                stdin=subprocess.DEVNULL,
                stdout=subprocess.DEVNULL,
                env={"LC_ALL": "C.UTF-8"},  # no secret of ours
                pass_fds=[theirs.fileno()],
            )
        except OSError as error:
            self._connection.close()
            raise Temporary(f"the process that reads mail does not start: {error.strerror}") from None
        finally:
            theirs.close()
        self.end = weakref.finalize(self, _end, self._connection, self._process)

    def lives(self) -> bool:
        return self._process.poll() is None

    def wait_ready(self) -> None:
        if self._ready:
            return
        try:
            self._ready = self._connection.poll(START) and _loaded(self._connection.recv_bytes()) is True
        except (EOFError, OSError, pickle.UnpicklingError):
            pass
        if not self._ready:
            raise Temporary("the process that reads mail does not start; what it said stands above in the log")

    def read(self, raw: bytes, sender: str | None, cpu: float, *, html: bool) -> InboundMail | None:
        try:
            self._connection.send((sender, html, cpu))
            self._connection.send_bytes(raw)
            mail = _loaded(self._connection.recv_bytes()) if self._connection.poll(WALL) else None
        except (EOFError, OSError, pickle.UnpicklingError):  # it died, or is no longer ours
            return None
        return mail if isinstance(mail, InboundMail) else None

    def killed(self) -> bool:
        """Whether it has died of a SIGKILL: the timer sends another signal, and lack of memory is an exit."""
        try:
            return self._process.wait(0.5) == -signal.SIGKILL
        except subprocess.TimeoutExpired:  # it lives, and takes too long
            return False


class _Known(pickle.Unpickler):
    """Makes objects of the core's classes and dates, and calls nothing else: a worker that a mail has got hold of must
    not get hold of the engine by its answer ("Restricting Globals" in the documentation of pickle)."""

    def find_class(self, module: str, name: str) -> type:
        if module == "datetime" or module.startswith("listserv.core."):
            found = super().find_class(module, name)
            if isinstance(found, type) and found.__module__ == module and "." not in name:
                return found
        raise pickle.UnpicklingError(f"{module}.{name} is not expected of the process that reads mail")


def _loaded(answer: bytes) -> object:
    return _Known(io.BytesIO(answer)).load()


def _end(connection: Connection, process: subprocess.Popen[bytes]) -> None:
    connection.close()
    process.kill()
    process.wait()


def work(number: int, memory: int) -> None:
    """What the worker does, until the connection closes. `number`: of its file descriptor."""
    for one in (signal.SIGINT, signal.SIGTERM):  # they are the engine's: it may want a last mail read
        signal.signal(one, signal.SIG_IGN)
    resource.setrlimit(resource.RLIMIT_AS, (memory, memory))
    resource.setrlimit(resource.RLIMIT_FSIZE, (0, 0))
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    connection = Connection(number)
    connection.send(True)
    silence = os.open(os.devnull, os.O_WRONLY)
    os.dup2(silence, 2)  # no mail's words in the log
    while True:
        try:
            sender, html, cpu = connection.recv()
            raw = connection.recv_bytes()
        except (EOFError, OSError):
            return
        signal.setitimer(signal.ITIMER_PROF, cpu)
        mail = inmail.read(raw, sender, html=html)
        del raw
        connection.send(mail)
        del mail
        signal.setitimer(signal.ITIMER_PROF, 0)

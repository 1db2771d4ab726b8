"""The service manager above us: what it is told (sd_notify(3)) and the sockets it hands over (sd_listen_fds(3)).

Both are small, stable protocols of systemd, which others speak too: a datagram to the socket that NOTIFY_SOCKET names,
and listening sockets as descriptors from 3 on. Where no manager is, everything here does nothing.
"""

from __future__ import annotations

import asyncio
import os
import socket
from collections.abc import MutableMapping
from contextlib import suppress

from listserv.errors import Refused

#: The first descriptor handed over (SD_LISTEN_FDS_START).
FIRST = 3
#: What a socket may be for, as FileDescriptorName= calls it.
NAMES = ("intake", "web")
#: How often within the time it allows the manager hears of us.
BEATS = 3


class Supervisor:
    """As a door of the daemon, the first one: it opens and closes nothing, but tells.

    Takes what concerns this process out of `environment`, so that no process of ours takes it for its own.

    Raises Refused when a socket comes that nobody here would answer at.
    """

    def __init__(self, environment: MutableMapping[str, str] = os.environ) -> None:
        self._address = _address(environment.pop("NOTIFY_SOCKET", ""))
        pid, usec = environment.pop("WATCHDOG_PID", ""), environment.pop("WATCHDOG_USEC", "")
        ours = usec.isdecimal() and pid in ("", str(os.getpid()))
        self._every = int(usec) / 1e6 / BEATS if ours else 0.0  # seconds; 0: nobody waits to hear of us
        pid, count, names = (environment.pop(f"LISTEN_{key}", "") for key in ("PID", "FDS", "FDNAMES"))
        self._sockets = _named(int(count), names.split(":")) if pid == str(os.getpid()) and count.isdecimal() else {}

    def handed(self, name: str) -> socket.socket | None:
        """The listening socket of that name, for whoever asks first; None: open one yourself."""
        return self._sockets.pop(name, None)

    def started(self, status: str) -> None:
        """All doors are open; `status` is for the operator. Raises Refused when a socket was not asked for."""
        if self._sockets:
            left = ", ".join(self._sockets)
            raise Refused(f"a socket was handed over for {left}, which this process does not serve; see --only")
        self._tell(f"READY=1\nSTATUS={' '.join(status.split())}")

    @property
    def listens(self) -> bool:
        """Whether there is anybody to tell."""
        return bool(self._address)

    async def start(self) -> None:
        if self._every:
            self._beat()

    async def stop(self) -> None:
        self._tell("STOPPING=1\nSTATUS=stopping: what is under way is finished first")
        # The beats go on to the end: what is under way may take its time.

    def describe(self) -> str:
        return "watched by a service manager"

    def _beat(self) -> None:
        """That the event loop turns."""
        self._tell("WATCHDOG=1")
        asyncio.get_running_loop().call_later(self._every, self._beat)

    def _tell(self, lines: str) -> None:
        if not self._address:
            return
        with suppress(OSError), socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as telling:
            telling.setblocking(False)  # a manager that does not listen holds up no mail
            telling.sendto(lines.encode(), self._address)


def _address(said: str) -> str:
    return f"\0{said[1:]}" if said.startswith("@") else said if said.startswith("/") else ""


def _named(count: int, names: list[str]) -> dict[str, socket.socket]:
    found: dict[str, socket.socket] = {}
    for number in range(count):
        os.set_inheritable(FIRST + number, False)
        name = names[number] if number < len(names) else ""
        if name not in NAMES or name in found:
            raise Refused(
                f"a socket was handed over named {name!r}; write FileDescriptorName={' or '.join(NAMES)}, once each"
            )
        found[name] = socket.socket(fileno=FIRST + number)
    return found

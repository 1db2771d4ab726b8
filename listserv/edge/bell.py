"""Who has committed to a SQLite file rings, and the engine looks at once, not in a while.

A datagram to a name that only the file itself gives, in Linux's namespace of such names (unix(7), abstract): nothing
stands in a folder, to be copied or to be left behind. Only a hint: whoever rings is not believed (store/changes asks
the database), and where nobody can, the engine looks often enough by itself.
"""

from __future__ import annotations

import socket
from contextlib import suppress
from pathlib import Path

#: More than are kept of what was rung and not yet heard (net.unix.max_dgram_qlen): it is not drained for ever.
KEPT = 1024


def _name(database: Path) -> bytes:
    file = database.stat()  # not its path, which differs where a container mounts it
    return f"\0listserv {file.st_dev} {file.st_ino}".encode()


def _socket() -> socket.socket:
    made = socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM)
    made.setblocking(False)
    return made


def ring(database: Path) -> None:
    """Something was committed. Waits for nobody, and nobody need hear it."""
    with suppress(OSError), _socket() as out:  # nobody listens, or it has rung more often than is kept
        out.sendto(b"!", _name(database))


class Bell:
    """The engine's end. `fd`: readable once it has rung; None where it cannot be heard."""

    def __init__(self, database: Path) -> None:
        self._socket = _socket()
        try:
            self._socket.bind(_name(database))
        except OSError:  # another system's, or somebody else has the name
            self._socket.close()
        self.fd = self._socket.fileno() if self._socket.fileno() >= 0 else None

    def still(self) -> None:
        """It has been heard."""
        with suppress(OSError):  # nothing more is there
            for _ in range(KEPT):
                self._socket.recv(1)

    def close(self) -> None:
        self._socket.close()

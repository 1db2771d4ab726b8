"""An mbox file on disk: read through once, line by line, and then one mail of it at a time.

Or one that was gzipped, as Mailman's archives give it: it is unpacked beside first, for its owner only, up to MOST.
"""

from __future__ import annotations

import gzip
import zlib
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from tempfile import NamedTemporaryFile

from listserv.core.mail import mbox
from listserv.core.mail.mbox import Entry
from listserv.errors import Refused

#: Octets of a line that are read at once: one without an end must not fill the memory.
LONGEST = 2**20


#: Octets of what a gzipped file holds.
MOST = 8 * 2**30

_GZIP = b"\x1f\x8b"  # what such a file begins with
_PIECE = 2**20


@contextmanager
def plain(path: Path, most: int = MOST) -> Iterator[Path]:
    """The file, unpacked while it is read where it is gzipped. Raises Refused for what cannot be, OSError."""
    with path.open("rb") as file:
        packed = file.read(len(_GZIP)) == _GZIP
    if not packed:
        yield path
        return
    with NamedTemporaryFile(prefix="listserv-", suffix=".mbox") as unpacked:
        try:
            with gzip.open(path) as file:
                size = 0
                while piece := file.read(_PIECE):
                    size += len(piece)
                    if size > most:
                        raise Refused(f"{path}: more than {most:,} bytes in it, once unpacked; import it in parts")
                    unpacked.write(piece)
        except (EOFError, zlib.error, gzip.BadGzipFile) as error:
            raise Refused(f"{path}: gzipped, but damaged ({error}); fetch it again") from None
        unpacked.flush()
        yield Path(unpacked.name)


def entries(path: Path) -> Iterator[Entry]:
    """All mails of it, in its order. Raises OSError when it cannot be read."""
    with path.open("rb") as file:
        yield from mbox.entries(iter(lambda: file.readline(LONGEST), b""))


def entry(path: Path, start: int, end: int) -> Entry:
    """The mail between those octets, as `entries` found it. Raises ValueError when the file has changed since."""
    with path.open("rb") as file:
        file.seek(start)
        left = end - start

        def line() -> bytes:
            nonlocal left
            read = file.readline(min(LONGEST, left)) if left > 0 else b""
            left -= len(read)
            return read

        found = next(mbox.entries(iter(line, b"")), None)
    if found is None:
        raise ValueError(f"{path} has changed while it was read")
    return found

"""A packed dialogue as one file: a ZIP or a tar of plain files, the manifest last; for its owner only, over no other.

The same content makes the same octets: entries bear no time of their own. Reading looks at what the file lists, opens
one entry at a time, and never writes one to disk under a name it was given. Raises Refused for a file that is neither.
"""

from __future__ import annotations

import hashlib
import os
import tarfile
import zipfile
from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from tempfile import SpooledTemporaryFile
from typing import IO

from listserv.core.publication.manifest import NAME, Manifest
from listserv.edge.archive import new
from listserv.errors import Refused
from listserv.steps.unpack import Package

#: Octets of one entry that are kept in memory while it is written; more go to a temporary file.
IN_MEMORY = 4 * 2**20
_EPOCH = (1980, 1, 1, 0, 0, 0)  # the first day that a ZIP knows
_PIECE = 2**20

Files = Mapping[str, tuple[int, str]]
Add = Callable[[str, IO[bytes], int], None]


def write(path: Path, files: Iterable[tuple[str, Iterable[bytes]]], manifest: Callable[[Files], Manifest]) -> Manifest:
    """Write it, and leave nothing half written behind. Raises OSError when it exists or cannot be written."""
    try:
        with os.fdopen(new(path), "wb") as out, _adding(path, out) as add:
            written: dict[str, tuple[int, str]] = {}
            for name, pieces in files:
                written[name] = _entry(add, name, pieces)
            made = manifest(written)
            _entry(add, NAME, [made.text().encode()])
    except FileExistsError:
        raise
    except BaseException:
        path.unlink(missing_ok=True)
        raise
    return made


def _entry(add: Add, name: str, pieces: Iterable[bytes]) -> tuple[int, str]:
    sha256, size = hashlib.sha256(), 0
    with SpooledTemporaryFile(IN_MEMORY) as spool:
        for piece in pieces:
            spool.write(piece)
            sha256.update(piece)
            size += len(piece)
        spool.seek(0)
        add(name, spool, size)
    return size, sha256.hexdigest()


@contextmanager
def _adding(path: Path, out: IO[bytes]) -> Iterator[Add]:
    if path.suffix.lower() == ".tar":
        with tarfile.open(fileobj=out, mode="w", format=tarfile.PAX_FORMAT) as tar:

            def add(name: str, file: IO[bytes], size: int) -> None:
                entry = tarfile.TarInfo(name)
                entry.size, entry.mode = size, 0o600
                tar.addfile(entry, file)

            yield add
        return
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as archive:

        def add(name: str, file: IO[bytes], size: int) -> None:
            entry = zipfile.ZipInfo(name, _EPOCH)
            entry.compress_type, entry.external_attr = zipfile.ZIP_DEFLATED, 0o600 << 16
            with archive.open(entry, "w", force_zip64=size > 2**30) as to:
                while piece := file.read(_PIECE):
                    to.write(piece)

        yield add


@contextmanager
def read(path: Path) -> Iterator[Package]:
    """The package in that file."""
    try:
        if zipfile.is_zipfile(path):
            with zipfile.ZipFile(path) as archive:
                entries = archive.infolist()
                yield Package(path.name, _each((one.filename, one.file_size) for one in entries), archive.open)
            return
        with tarfile.open(path, "r:") as tar:
            members = {one.name: one for one in tar if one.isfile()}
            sizes = _each((one.name, one.size) for one in members.values())
            yield Package(path.name, sizes, lambda name: _opened(tar, members[name]))
    except (tarfile.TarError, zipfile.BadZipFile, EOFError) as error:
        raise Refused(f"{path}: neither a ZIP nor a tar that can be read ({error})") from None


def _each(entries: Iterable[tuple[str, int]]) -> dict[str, int]:
    found: dict[str, int] = {}
    for name, size in entries:
        if name in found:
            raise zipfile.BadZipFile(f"{name[:80]!r} stands twice")
        found[name] = size
    return found


def _opened(tar: tarfile.TarFile, member: tarfile.TarInfo) -> IO[bytes]:
    file = tar.extractfile(member)
    if file is None:
        raise tarfile.ReadError(f"{member.name[:80]!r} is no file")
    return file

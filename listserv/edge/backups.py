"""Backups as files: made beside their name and moved there once they are whole and on the disk; opened to be restored.

Whoever has one has everybody's addresses and mails: its owner alone may read it. A backup that is killed leaves its
folder, FILE.part, which the next one clears away, and never half a file under the final name.
"""

from __future__ import annotations

import os
import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime
from pathlib import Path
from tempfile import TemporaryDirectory

from listserv.errors import Refused
from listserv.store import backups, schema
from listserv.store.backups import Manifest
from listserv.store.copying import Progress
from listserv.store.locks import FileLock
from listserv.store.session import Connection, Session, patient


def take(session: Session, path: Path, migrations: Path, now: datetime, site: str, progress: Progress) -> Manifest:
    """Everything as it stands at this moment, while others go on writing. What is at `path` is replaced at the end."""
    with session.read() as connection:
        patient(connection)
        return write(connection, path, migrations, now, site, progress)


def write(source: Connection, path: Path, migrations: Path, now: datetime, site: str, progress: Progress) -> Manifest:
    """The same, of what a connection shows. Raises OSError where it cannot be written."""
    part = path.with_name(path.name + ".part")
    try:
        part.mkdir(mode=0o700, exist_ok=True)
    except OSError as error:
        raise Refused(f"{path}: cannot be written ({error.strerror}); name a file in a folder that is there") from None
    lock = FileLock(part / "lock")
    if not lock.try_acquire():
        lock.close()
        raise Refused(f"{path} is just being written by another command; wait for it")
    try:
        for left in part.iterdir():
            if left.name != "lock":
                left.unlink()
        made = backups.write(source, part / "backup", migrations, now, site, progress)
        (part / "backup").chmod(0o600)
        _sync(part / "backup")
        os.replace(part / "backup", path)
        _sync(path.absolute().parent)
    finally:
        shutil.rmtree(part, ignore_errors=True)
        lock.close()
    return made


def _sync(path: Path) -> None:
    """What stands there is on the disk: a file's content, a folder's names."""
    descriptor = os.open(path, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)


@contextmanager
def opened(path: Path, migrations: Path) -> Iterator[tuple[Manifest, Connection]]:
    """A backup, verified, at the newest schema. Raises Refused for what is none, is damaged, or of a newer listserv."""
    if not path.is_file():
        raise Refused(f"{path}: no such file")
    with backups.reading(path) as connection:
        said = backups.manifest(connection, str(path))
        if said.schema > (wanted := schema.head(migrations)):
            raise Refused(
                f"{path} is of schema {said.schema}, newer than this listserv ({wanted});"
                f" install listserv {said.version} or later"
            )
        backups.verify(connection, said, str(path))
        if said.schema == wanted:
            yield said, connection
            return
    with TemporaryDirectory(prefix="listserv-restore-") as folder:
        copy = Path(folder) / "backup"
        shutil.copyfile(path, copy)
        copy.chmod(0o600)
        with backups.upgraded(copy, migrations) as connection:
            yield said, connection

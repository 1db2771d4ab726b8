"""Migration 0010: who had asked to stand in no archive before there was one is known as such from their mails."""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import sqlalchemy as sa

from listserv.store import schema
from listserv.store.session import Session

MIGRATIONS = Path(__file__).parents[2] / "migrations"

MAILS = [
    (b"From: a@example.org\r\nX-No-Archive: Yes\r\n\r\nText.\r\n", 1),
    (b"From: a@example.org\nx-no-archive :  yes, please\nSubject: x\n\nText.\n", 1),
    (b"X-NO-ARCHIVE: YES\r\n\r\n", 1),
    (b"From: a@example.org\r\nX-No-Archive: No\r\n\r\nText.\r\n", 0),
    (b"From: a@example.org\r\n\r\nX-No-Archive: Yes\r\n", 0),  # said in the text, not of the mail
    (b"From: a@example.org\r\nSubject: X-No-Archive: Yes\r\n\r\n", 0),
    (b"", 0),  # retention has taken it
]


@pytest.fixture
def before(empty_url: str, tmp_path: Path) -> Iterator[Session]:
    """A database as it was until 0009."""
    folder = tmp_path / "migrations"
    shutil.copytree(MIGRATIONS, folder, ignore=shutil.ignore_patterns("__pycache__"))
    for version in (folder / "versions").glob("*.py"):
        if version.name[:4] > "0009":
            version.unlink()
    session = Session(empty_url)
    try:
        with pytest.MonkeyPatch.context() as patch:
            patch.setattr(schema.watching, "install", lambda connection: None)  # it belongs to later tables
            schema.upgrade(session, folder)
        yield session
    finally:
        session.close()


def row(table: sa.Table, **values: Any) -> dict[str, Any]:
    """A row with something in every column that has to have something."""
    plain: dict[type, Any] = {int: 1, str: "x", bytes: b"", dict: {}}
    for column in table.c:
        if column.nullable or column.server_default is not None or column.name in values or column.primary_key:
            continue
        if isinstance(column.type, sa.DateTime):
            values[column.name] = sa.func.current_timestamp()
        else:
            values[column.name] = plain.get(column.type.python_type, "{}")
    return values


def test_older_contributions_are_marked_by_what_their_mails_say(before: Session) -> None:
    old = sa.MetaData()

    def fill(connection: sa.Connection) -> None:
        old.reflect(connection, only=["raw", "contribution", "dialogue"])
        tables = old.tables
        connection.execute(tables["dialogue"].insert().values(row(tables["dialogue"], id=1)))
        for number, (content, _) in enumerate(MAILS, 1):
            connection.execute(tables["raw"].insert().values(row(tables["raw"], id=number, content=content)))
            one = row(tables["contribution"], id=number, dialogue_id=1, raw_id=number, digest=str(number))
            connection.execute(tables["contribution"].insert().values(one))

    before.write(fill)
    schema.upgrade(before, MIGRATIONS)
    with before.read() as connection:
        marked = connection.execute(sa.text("SELECT objects FROM contribution ORDER BY id")).scalars().all()
    assert marked == [objects for _, objects in MAILS]

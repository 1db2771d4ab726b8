"""`db upgrade` to the version after this one while this one is at work: nobody need stop, nothing is lost."""

from __future__ import annotations

import shutil
import smtplib
from collections.abc import Iterator
from pathlib import Path

import pytest

from listserv.edge import files
from listserv.store import schema
from listserv.store.session import Session
from tests.edge.test_serve import Served

pytestmark = pytest.mark.sqlite("changes the schema of its file")

NEXT = """
import sqlalchemy as sa
from alembic import op
revision, down_revision = "9999", "{newest}"
def upgrade():
    for table in ("inbox", "contribution", "delivery", "person"):
        op.add_column(table, sa.Column("more", sa.Text))
        op.add_column(table, sa.Column("count", sa.Integer, nullable=False, server_default="0"))
    op.create_table("more", sa.Column("id", sa.Integer, primary_key=True), sa.Column("text", sa.Text))
    op.create_index("ix_more", "delivery", ["more"])
"""


@pytest.fixture
def served(tmp_path: Path) -> Iterator[Served]:
    place = tmp_path / "served"
    place.mkdir()
    served = Served(place)
    yield served
    if served.process.poll() is None:
        served.stop(9)


def test_what_runs_goes_on_with_the_next_schema(served: Served, tmp_path: Path) -> None:
    served.run("participant", "add", "ana@example.org", "--name", "Ana")
    served.wait_for_mail("ana@example.org", "Module 1 opens: One")
    with smtplib.SMTP("127.0.0.1", served.port) as client:
        client.ehlo()
        client.mail("ana@example.org")
        client.rcpt("talk@dialogue.example.org")  # under way while the schema changes

        migrations = Path(shutil.copytree(files.migrations(), tmp_path / "migrations"))
        newest = schema.head(migrations)
        (migrations / "versions" / "9999_next.py").write_text(NEXT.format(newest=newest))
        session = Session(f"sqlite:///{served.folder}/var/listserv.db")
        try:
            schema.upgrade(session, migrations)
            assert schema.current(session) == "9999"
        finally:
            session.close()

        mail = "From: ana@example.org\r\nSubject: online\r\nMessage-ID: <1@example.org>\r\n\r\nIt went on.\r\n"
        assert client.data(mail)[0] == 250
    # It is seen, held, told of and answered by what does not know the new columns.
    served.wait_for_mail("mo@example.org", "Waiting for you: 1, online")
    assert served.stop() == 0
    assert "Traceback" not in (served.folder / "log").read_text()
    # An older program begun anew refuses: it cannot know how much newer the schema is.
    said = served.run("queue", "list", status=1)
    assert "the database stands at 9999, newer than this listserv" in said

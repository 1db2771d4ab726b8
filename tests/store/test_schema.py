"""The schema: the migrations build exactly tables.py, whole or not at all, and a database of another age is refused."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
import threading
from pathlib import Path
from typing import Any

import pytest
import sqlalchemy as sa
from alembic import command, op
from alembic.autogenerate import compare_metadata
from alembic.config import Config
from alembic.migration import MigrationContext

from listserv.core.search.query import read
from listserv.errors import Refused
from listserv.steps.index import index_all
from listserv.store import searching, watching
from listserv.store.indexing import TERMS, WORDS
from listserv.store.schema import current, head, prepare, upgrade
from listserv.store.session import Session
from listserv.store.tables import metadata
from listserv.store.types import Utc
from tests.store.conftest import NOW, World

MIGRATIONS = Path(__file__).parents[2] / "migrations"


@pytest.fixture
def empty(empty_url):
    session = Session(empty_url)
    yield session
    session.close()


# --- the migrations and tables.py are one and the same


def ours(name: str | None) -> bool:
    """Whether it is one of the tables of `metadata`: what searches by words is kept by each database in its own way."""
    return name not in ("alembic_version", TERMS) and not str(name).startswith(WORDS)


def test_the_migrations_build_what_tables_says(session):
    def include(name: str | None, kind: str, parents: Any) -> bool:
        return kind != "table" or ours(name)

    with session.read() as connection:
        context = MigrationContext.configure(connection, opts={"compare_type": True, "include_name": include})
        assert compare_metadata(context, metadata) == []


def shape(connection: sa.Connection) -> dict[str, Any]:
    """All a database knows of its tables: columns, and every constraint and index by name, partial ones with why."""
    inspector = sa.inspect(connection)
    where = f"{connection.dialect.name}_where"
    return {
        table: {
            "columns": {
                column["name"]: (str(column["type"]), column["nullable"], column["default"])
                for column in inspector.get_columns(table)
            },
            "primary key": inspector.get_pk_constraint(table),
            "foreign keys": {one["name"]: one for one in inspector.get_foreign_keys(table)},
            "unique": {one["name"]: one["column_names"] for one in inspector.get_unique_constraints(table)},
            "indexes": {
                one["name"]: (one["column_names"], str(one.get("dialect_options", {}).get(where)))
                for one in inspector.get_indexes(table)
            },
        }
        for table in inspector.get_table_names()
        if ours(table)
    }


def test_names_and_partial_indexes_are_the_same_too(empty):
    """compare_metadata looks at neither."""
    prepare(empty, MIGRATIONS)
    with empty.read() as connection:
        built = shape(connection)
    empty.write(lambda connection: connection.exec_driver_sql(f"DROP TABLE {WORDS}"))
    empty.write(metadata.drop_all)
    empty.write(metadata.create_all)
    with empty.read() as connection:
        assert built == shape(connection)
    assert set(built) == set(metadata.tables)
    assert "deferred" in built["delivery"]["indexes"]["ix_delivery_due"][1]
    assert "new" in built["inbox"]["indexes"]["ix_inbox_new"][1]
    assert built["delivery"]["unique"]["uq_delivery_mailing_id_address"] == ["mailing_id", "address"]


def test_every_constraint_has_a_name():
    """What has none cannot be changed by a later migration."""
    unnamed = [
        f"{table.name}: {constraint!r}"
        for table in metadata.sorted_tables
        for constraint in table.constraints
        if constraint.name is None
    ]
    assert unnamed == []


def test_all_times_are_instants():
    """A column that SQLAlchemy's own DateTime would fill without its zone."""
    naive = [
        f"{column.table.name}.{column.name}"
        for table in metadata.sorted_tables
        for column in table.c
        if isinstance(column.type, sa.DateTime | sa.Date | sa.Time) and not isinstance(column.type, Utc)
    ]
    assert naive == []


# --- upgrade


def test_a_new_database_is_made_ready(empty):
    assert current(empty) is None
    prepare(empty, MIGRATIONS)
    assert current(empty) == head(MIGRATIONS)
    prepare(empty, MIGRATIONS)  # and once ready it is left alone
    upgrade(empty, MIGRATIONS)
    assert current(empty) == head(MIGRATIONS)
    with empty.read() as connection:
        assert set(filter(ours, sa.inspect(connection).get_table_names())) == {*metadata.tables}


def test_several_may_find_it_new_at_the_same_moment(empty_url):
    start, failures = threading.Barrier(4), []

    def begin() -> None:
        start.wait()
        try:
            session = Session(empty_url)
            prepare(session, MIGRATIONS)
            assert current(session) == head(MIGRATIONS)
            session.close()
        except Exception as error:
            failures.append(error)

    threads = [threading.Thread(target=begin) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert failures == []


@pytest.fixture
def migrations(tmp_path) -> Path:
    """The migrations with one to come, in a folder with a name that configuration files stumble over."""
    folder = tmp_path / "50% of it: [a] $b" / "migrations"
    shutil.copytree(MIGRATIONS, folder, ignore=shutil.ignore_patterns("__pycache__"))
    return folder


def add_migration(migrations: Path, body: str) -> str:
    before = head(migrations)
    number = f"{int(before) + 1:04}"
    (migrations / "versions" / f"{number}_next.py").write_text(
        f'"""The next"""\n\nfrom alembic import op\nimport sqlalchemy as sa\n\n'
        f"revision = {number!r}\ndown_revision = {before!r}\nbranch_labels = None\ndepends_on = None\n\n\n"
        f"def upgrade() -> None:\n    op.create_table('more', sa.Column('id', sa.Integer()))\n    {body}\n",
        "utf-8",
    )
    return number


def test_an_older_database_is_refused_until_it_is_upgraded(session, migrations):
    old = head(MIGRATIONS)
    new = add_migration(migrations, "pass")
    with pytest.raises(Refused) as caught:
        prepare(session, migrations)
    assert str(caught.value) == (f"the database stands at {old}, this listserv needs {new}; run: listserv db upgrade")
    try:
        upgrade(session, migrations)
        assert current(session) == new
        prepare(session, migrations)
    finally:  # the database is shared by the tests on PostgreSQL
        session.write(lambda c: c.exec_driver_sql("DROP TABLE more"))
        set_version(session, old)


def test_a_newer_database_is_refused(session):
    wanted = head(MIGRATIONS)
    set_version(session, "9999")
    try:
        with pytest.raises(Refused) as caught:
            prepare(session, MIGRATIONS)
        assert str(caught.value) == (
            f"the database stands at 9999, newer than this listserv ({wanted}); install that one"
        )
    finally:
        set_version(session, wanted)


def set_version(session: Session, version: str) -> None:
    session.write(lambda c: c.execute(sa.text("UPDATE alembic_version SET version_num = :v"), {"v": version}))


def test_a_migration_that_fails_half_way_leaves_nothing(session, migrations):
    add_migration(migrations, "raise RuntimeError('half way')")
    with pytest.raises(RuntimeError, match="half way"):
        upgrade(session, migrations)
    assert current(session) == head(MIGRATIONS)
    with session.read() as connection:
        assert not sa.inspect(connection).has_table("more")


def test_a_sqlite_that_cannot_search_is_refused_and_nothing_is_left(tmp_path, monkeypatch):
    """As some systems build it: without FTS5."""
    execute = op.execute

    def without(statement: str) -> None:
        execute(statement.replace("USING fts5", "USING not_there_fts5"))

    monkeypatch.setattr("alembic.op.execute", without)
    session = Session(f"sqlite:///{tmp_path / 'listserv.db'}")
    with pytest.raises(Refused) as caught:
        prepare(session, MIGRATIONS)
    assert str(caught.value) == (
        "this Python's SQLite was built without FTS5, which the search needs; use another Python,"
        " or set a PostgreSQL URL"
    )
    assert current(session) is None
    session.close()


def test_what_was_released_before_there_was_a_search_is_found(session):
    """Every database that has been upgraded to it."""
    world = World(session)
    world.contribution(state="released", number=1, decided_at=NOW, text="Larches.")

    def again(connection: sa.Connection) -> None:
        watching.remove(connection)
        config = Config()
        config.set_main_option("script_location", str(MIGRATIONS))
        config.attributes["connection"] = connection
        command.downgrade(config, "0010")

    session.write(again)
    upgrade(session, MIGRATIONS)
    assert index_all(session) == 1
    with session.read() as connection:
        assert len(searching.found(connection, world.dialogue, read("larch"))) == 1


def test_it_is_the_same_from_another_working_directory(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    session = Session("sqlite:///relative.db")
    prepare(session, MIGRATIONS)
    assert current(session) == head(MIGRATIONS)
    session.close()
    assert (tmp_path / "relative.db").exists()


def test_an_upgrade_says_nothing_on_its_own(tmp_path):
    """A command's output is its own; alembic's logging stays off it."""
    code = (
        "import sys; from pathlib import Path; from listserv.store.session import Session; "
        "from listserv.store.schema import prepare; session = Session(sys.argv[1]); "
        "prepare(session, Path(sys.argv[2])); session.close()"
    )
    result = subprocess.run(
        [sys.executable, "-W", "error", "-c", code, "sqlite:///listserv.db", str(MIGRATIONS)],
        cwd=tmp_path,
        env={**os.environ, "PYTHONDONTWRITEBYTECODE": "1"},
        capture_output=True,
        text=True,
        check=False,
    )
    assert (result.returncode, result.stdout, result.stderr) == (0, "", "")


# --- the folder of migrations


def test_each_migration_is_named_after_its_number_and_follows_the_one_before():
    """`head` goes by the names of the files: they have to tell the truth."""
    before = None
    for number, path in enumerate(sorted((MIGRATIONS / "versions").glob("*.py")), 1):
        assert path.name.startswith(f"{number:04}_")
        scope: dict[str, Any] = {}
        exec(compile(path.read_text("utf-8"), path.name, "exec"), scope)
        assert (scope["revision"], scope["down_revision"]) == (f"{number:04}", before)
        before = scope["revision"]
    assert before == head(MIGRATIONS)

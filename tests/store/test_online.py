"""A schema is upgraded while the version before is at work: a migration only widens (scripts/deploy, "Upgrade").

New tables, and columns that may stay empty or have a default, are no concern of those who do not know them. What is to
go goes one release after nobody uses it any more, and is named here.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from pathlib import Path
from typing import Any

import pytest
import sqlalchemy as sa
from alembic import command
from alembic.config import Config
from alembic.migration import MigrationContext
from alembic.operations import Operations

from listserv.store.session import Session

MIGRATIONS = Path(__file__).parents[2] / "migrations"

#: Revisions that take something away, and since which release nothing uses it.
NARROWING: dict[str, str] = {}

Shape = Mapping[str, Mapping[str, Any]]


def shape(connection: sa.Connection) -> Shape:
    """Per table its columns, and what must be unique in it."""
    inspector = sa.inspect(connection)
    found = {}
    for table in inspector.get_table_names():
        unique = {tuple(one["column_names"]) for one in inspector.get_unique_constraints(table)}
        unique |= {tuple(one["column_names"]) for one in inspector.get_indexes(table) if one["unique"]}
        columns = {one["name"]: one for one in inspector.get_columns(table)}
        found[table] = {"columns": columns, "unique": unique, "checks": len(inspector.get_check_constraints(table))}
    return found


def narrowings(before: Shape, after: Shape) -> Iterator[str]:
    """What somebody who knows only `before` would stumble over."""
    for table, was in before.items():
        if table not in after:
            yield f"{table} is gone"
            continue
        now = after[table]["columns"]
        for name, column in was["columns"].items():
            if name not in now:
                yield f"{table}.{name} is gone"
            elif str(now[name]["type"]) != str(column["type"]):
                yield f"{table}.{name} is of another type"
            elif column["nullable"] and not now[name]["nullable"]:
                yield f"{table}.{name} may not stay empty any more"
        for name in now.keys() - was["columns"].keys():
            if not now[name]["nullable"] and now[name]["default"] is None:
                yield f"{table}.{name} must be filled"
        yield from (
            f"{table}: {', '.join(map(str, one))} must be unique" for one in after[table]["unique"] - was["unique"]
        )
        if after[table]["checks"] > was["checks"]:
            yield f"{table} has a further check"


def steps(url: str, migrations: Path) -> Iterator[tuple[str, Shape, Shape]]:
    """Each revision with the database before and after it, from an empty one on."""
    config = Config()
    config.set_main_option("script_location", str(migrations))
    session = Session(url)
    try:
        before: Shape = {}
        for revision in sorted(path.name[:4] for path in (migrations / "versions").glob("[0-9]*.py")):

            def run(connection: sa.Connection, revision: str = revision) -> Shape:
                config.attributes["connection"] = connection
                command.upgrade(config, revision)
                return shape(connection)

            after = session.write(run)
            yield revision, before, after
            before = after
    finally:
        session.close()


def test_migrations_only_widen(tmp_path: Path) -> None:
    found = {
        revision: list(narrowings(before, after))
        for revision, before, after in steps(f"sqlite:///{tmp_path}/db", MIGRATIONS)
    }
    assert {one: bad for one, bad in found.items() if bad and one not in NARROWING} == {}
    assert [one for one in NARROWING if not found.get(one)] == [], "need not be named"


def widens(op: Operations) -> None:
    op.add_column("talk", sa.Column("more", sa.Integer))
    op.add_column("talk", sa.Column("count", sa.Integer, nullable=False, server_default="0"))
    op.create_table("more", sa.Column("id", sa.Integer, primary_key=True))
    op.create_index("ix_more", "talk", ["title"])


def drops(op: Operations) -> None:
    op.drop_table("visit")
    op.drop_column("talk", "title")


def insists(op: Operations) -> None:
    op.create_index("ix_more", "visit", ["seen"], unique=True)
    with op.batch_alter_table("talk") as talk:
        talk.alter_column("title", nullable=False)
        talk.alter_column("module", type_=sa.Text)
        talk.add_column(sa.Column("more", sa.Integer, nullable=False))
        talk.create_check_constraint("ck_talk", "module > '0'")


@pytest.mark.parametrize(
    ("does", "said"),
    [
        (widens, []),
        (drops, ["talk.title is gone", "visit is gone"]),
        (
            insists,
            [
                "talk has a further check",
                "talk.module is of another type",
                "talk.more must be filled",
                "talk.title may not stay empty any more",
                "visit: seen must be unique",
            ],
        ),
    ],
)
def test_what_would_hinder_the_version_before_is_seen(does: Callable[[Operations], None], said: list[str]) -> None:
    metadata = sa.MetaData()
    sa.Table("talk", metadata, sa.Column("title", sa.Text), sa.Column("module", sa.Integer))
    sa.Table("visit", metadata, sa.Column("seen", sa.Integer))
    engine = sa.create_engine("sqlite://")
    with engine.begin() as connection:
        metadata.create_all(connection)
        before = shape(connection)
        does(Operations(MigrationContext.configure(connection)))
        assert sorted(narrowings(before, shape(connection))) == said
    engine.dispose()

"""Who is logged in with which browser, and which contributions are to stand in no archive"""

import re

import sqlalchemy as sa
from alembic import op

import listserv.store.types

revision = "0010"
down_revision = "0009"
branch_labels = None
depends_on = None

key = sa.BigInteger().with_variant(sa.Integer(), "sqlite")

_OBJECTS = re.compile(rb"(?im)^x-no-archive[ \t]*:[ \t]*yes\b")
_HEAD = 128 * 1024


def upgrade() -> None:
    op.create_table(
        "visit",
        sa.Column("id", key, autoincrement=True, nullable=False),
        sa.Column("person_id", key, nullable=False),
        sa.Column("token_hash", sa.String(length=64), nullable=False),
        sa.Column("began_at", listserv.store.types.Utc(timezone=True), nullable=False),
        sa.Column("lapses_at", listserv.store.types.Utc(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(["person_id"], ["person.id"], name=op.f("fk_visit_person_id_person")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_visit")),
        sa.UniqueConstraint("token_hash", name=op.f("uq_visit_token_hash")),
    )
    op.create_index(op.f("ix_visit_person_id"), "visit", ["person_id"], unique=False)
    with op.batch_alter_table("contribution", schema=None) as batch:
        batch.add_column(sa.Column("objects", sa.Integer(), server_default="0", nullable=False))
    _objects()


def _objects() -> None:
    """Until now their mails alone said it."""
    connection = op.get_bind()
    raw = sa.table("raw", sa.column("id", key), sa.column("content", sa.LargeBinary()))
    contribution = sa.table(
        "contribution", sa.column("id", key), sa.column("raw_id", key), sa.column("objects", sa.Integer())
    )
    head = sa.func.substr(raw.c.content, 1, _HEAD, type_=sa.LargeBinary)
    query = sa.select(contribution.c.id, head).join_from(contribution, raw, raw.c.id == contribution.c.raw_id)
    objecting = [
        contribution_id
        for contribution_id, content in connection.execute(query)
        # Of an empty mail, which is what retention leaves, SQLite gives NULL.
        if _OBJECTS.search(bytes(content or b"").replace(b"\r\n", b"\n").partition(b"\n\n")[0])
    ]
    for contribution_id in objecting:
        connection.execute(contribution.update().where(contribution.c.id == contribution_id).values(objects=1))


def downgrade() -> None:
    with op.batch_alter_table("contribution", schema=None) as batch:
        batch.drop_column("objects")
    op.drop_index(op.f("ix_visit_person_id"), table_name="visit")
    op.drop_table("visit")

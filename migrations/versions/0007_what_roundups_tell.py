"""Which contributions a round-up told of, and what moderators add to the next one"""

import sqlalchemy as sa
from alembic import op

import listserv.store.types

revision = "0007"
down_revision = "0006"
branch_labels = None
depends_on = None

key = sa.BigInteger().with_variant(sa.Integer(), "sqlite")


def upgrade() -> None:
    with op.batch_alter_table("roundup", schema=None) as batch:
        batch.add_column(sa.Column("told", sa.JSON(), server_default="[]", nullable=False))
    op.create_table(
        "note",
        sa.Column("id", key, autoincrement=True, nullable=False),
        sa.Column("dialogue_id", key, nullable=False),
        sa.Column("roundup_id", key, nullable=True),
        sa.Column("kind", sa.String(length=16), nullable=False),
        sa.Column("module", sa.Integer(), nullable=True),
        sa.Column("question", sa.Integer(), nullable=True),
        sa.Column("text", sa.Text(), nullable=False),
        sa.Column("written_by", sa.Text(), nullable=False),
        sa.Column("written_at", listserv.store.types.Utc(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(["dialogue_id"], ["dialogue.id"], name=op.f("fk_note_dialogue_id_dialogue")),
        sa.ForeignKeyConstraint(["roundup_id"], ["roundup.id"], name=op.f("fk_note_roundup_id_roundup")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_note")),
    )
    op.create_index(op.f("ix_note_dialogue_id"), "note", ["dialogue_id"], unique=False)
    _told()


def _told() -> None:
    """Until now a round-up told of what had been released since the one before it. None of that is told again."""
    connection = op.get_bind()
    instant = listserv.store.types.Utc(timezone=True)
    roundup = sa.table(
        "roundup",
        sa.column("id", key),
        sa.column("dialogue_id", key),
        sa.column("period", sa.Integer()),
        sa.column("state", sa.String()),
        sa.column("edited_by", sa.Text()),
        sa.column("drafted_at", instant),
        sa.column("told", sa.JSON()),
    )
    contribution = sa.table(
        "contribution",
        sa.column("id", key),
        sa.column("dialogue_id", key),
        sa.column("state", sa.String()),
        sa.column("decided_at", instant),
    )
    told: dict[int, set[int]] = {}
    for row in connection.execute(sa.select(roundup).order_by(roundup.c.period)).mappings():
        released = sa.select(contribution.c.id).where(
            contribution.c.dialogue_id == row["dialogue_id"],
            contribution.c.state == "released",
            contribution.c.decided_at <= row["drafted_at"],
        )
        before = told.setdefault(row["dialogue_id"], set())
        if row["state"] == "sent" or row["edited_by"]:
            fresh = sorted(set(connection.execute(released).scalars()) - before)
            connection.execute(roundup.update().where(roundup.c.id == row["id"]).values(told=fresh))
        if row["state"] == "sent":
            before.update(fresh)


def downgrade() -> None:
    op.drop_table("note")
    with op.batch_alter_table("roundup", schema=None) as batch:
        batch.drop_column("told")

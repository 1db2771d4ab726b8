"""The calendar: when each mail goes, what organisers change of it by hand, who wants no private reminder"""

import sqlalchemy as sa
from alembic import op

import listserv.store.types

revision = "0005"
down_revision = "0004"
branch_labels = None
depends_on = None

ADDED = {
    "dialogue": sa.Column("calendar", sa.JSON(), server_default="{}", nullable=False),
    "participation": sa.Column("nudges", sa.Integer(), server_default="1", nullable=False),
}


def upgrade() -> None:
    for table, column in ADDED.items():
        with op.batch_alter_table(table, schema=None) as batch:
            batch.add_column(column._copy())
    op.create_table(
        "calendar_change",
        sa.Column("id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), autoincrement=True, nullable=False),
        sa.Column("dialogue_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("kind", sa.String(length=32), nullable=False),
        sa.Column("subject", sa.Text(), nullable=False),
        sa.Column("round", sa.Integer(), nullable=False),
        sa.Column("moved_to", listserv.store.types.Utc(timezone=True), nullable=True),
        sa.Column("skipped", sa.Integer(), server_default="0", nullable=False),
        sa.Column("text", sa.Text(), server_default="", nullable=False),
        sa.Column("changed_by", sa.Text(), nullable=False),
        sa.Column("changed_at", listserv.store.types.Utc(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(["dialogue_id"], ["dialogue.id"], name=op.f("fk_calendar_change_dialogue_id_dialogue")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_calendar_change")),
        sa.UniqueConstraint(
            "dialogue_id", "kind", "subject", "round", name=op.f("uq_calendar_change_dialogue_id_kind_subject_round")
        ),
    )


def downgrade() -> None:
    op.drop_table("calendar_change")
    for table, column in ADDED.items():
        with op.batch_alter_table(table, schema=None) as batch:
            batch.drop_column(column.name)

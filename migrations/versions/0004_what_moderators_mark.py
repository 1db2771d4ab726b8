"""What moderators mark: further questions, passages, resources taken out"""

import sqlalchemy as sa
from alembic import op

import listserv.store.types

revision = "0004"
down_revision = "0003"
branch_labels = None
depends_on = None


def upgrade() -> None:
    with op.batch_alter_table("contribution", schema=None) as batch:
        batch.add_column(sa.Column("further", sa.JSON(), server_default="[]", nullable=False))
    op.create_table(
        "passage",
        sa.Column("id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), autoincrement=True, nullable=False),
        sa.Column("contribution_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("kind", sa.String(length=16), nullable=False),
        sa.Column("text", sa.Text(), nullable=False),
        sa.Column("marked_by", sa.Text(), nullable=False),
        sa.Column("marked_at", listserv.store.types.Utc(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(
            ["contribution_id"], ["contribution.id"], name=op.f("fk_passage_contribution_id_contribution")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_passage")),
    )
    op.create_index(op.f("ix_passage_contribution_id"), "passage", ["contribution_id"], unique=False)
    op.create_table(
        "hidden",
        sa.Column("id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), autoincrement=True, nullable=False),
        sa.Column("dialogue_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("key", sa.Text(), nullable=False),
        sa.Column("hidden_by", sa.Text(), nullable=False),
        sa.Column("hidden_at", listserv.store.types.Utc(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(["dialogue_id"], ["dialogue.id"], name=op.f("fk_hidden_dialogue_id_dialogue")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_hidden")),
        sa.UniqueConstraint("dialogue_id", "key", name=op.f("uq_hidden_dialogue_id_key")),
    )


def downgrade() -> None:
    op.drop_table("hidden")
    op.drop_table("passage")
    with op.batch_alter_table("contribution", schema=None) as batch:
        batch.drop_column("further")

"""What moderators make of the report's sections"""

import sqlalchemy as sa
from alembic import op

import listserv.store.types

revision = "0006"
down_revision = "0005"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "report_edit",
        sa.Column("id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), autoincrement=True, nullable=False),
        sa.Column("dialogue_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("section", sa.String(length=40), nullable=False),
        sa.Column("language", sa.String(length=16), nullable=False),
        sa.Column("text", sa.Text(), nullable=False),
        sa.Column("base", sa.Text(), nullable=False),
        sa.Column("edited_by", sa.Text(), nullable=False),
        sa.Column("edited_at", listserv.store.types.Utc(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(["dialogue_id"], ["dialogue.id"], name=op.f("fk_report_edit_dialogue_id_dialogue")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_report_edit")),
        sa.UniqueConstraint(
            "dialogue_id", "section", "language", name=op.f("uq_report_edit_dialogue_id_section_language")
        ),
    )


def downgrade() -> None:
    op.drop_table("report_edit")

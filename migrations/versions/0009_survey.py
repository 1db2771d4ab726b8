"""The survey: its questions, the answers, and who has answered"""

import sqlalchemy as sa
from alembic import op

revision = "0009"
down_revision = "0008"
branch_labels = None
depends_on = None

key = sa.BigInteger().with_variant(sa.Integer(), "sqlite")


def upgrade() -> None:
    with op.batch_alter_table("dialogue", schema=None) as batch:
        batch.add_column(sa.Column("survey", sa.JSON(), server_default="[]", nullable=False))
        batch.add_column(sa.Column("survey_anonymous", sa.Integer(), server_default="1", nullable=False))
    op.create_table(
        "answer",
        sa.Column("id", key, autoincrement=True, nullable=False),
        sa.Column("dialogue_id", key, nullable=False),
        sa.Column("question", sa.String(length=40), nullable=False),
        sa.Column("value", sa.Text(), nullable=False),
        sa.Column("text", sa.Text(), nullable=False),
        sa.Column("participation_id", key, nullable=True),
        sa.ForeignKeyConstraint(["dialogue_id"], ["dialogue.id"], name=op.f("fk_answer_dialogue_id_dialogue")),
        sa.ForeignKeyConstraint(
            ["participation_id"], ["participation.id"], name=op.f("fk_answer_participation_id_participation")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_answer")),
    )
    op.create_index(op.f("ix_answer_dialogue_id"), "answer", ["dialogue_id"], unique=False)
    op.create_index(op.f("ix_answer_participation_id"), "answer", ["participation_id"], unique=False)
    op.create_table(
        "respondent",
        sa.Column("id", key, autoincrement=True, nullable=False),
        sa.Column("dialogue_id", key, nullable=False),
        sa.Column("participation_id", key, nullable=False),
        sa.ForeignKeyConstraint(["dialogue_id"], ["dialogue.id"], name=op.f("fk_respondent_dialogue_id_dialogue")),
        sa.ForeignKeyConstraint(
            ["participation_id"], ["participation.id"], name=op.f("fk_respondent_participation_id_participation")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_respondent")),
        sa.UniqueConstraint("participation_id", name=op.f("uq_respondent_participation_id")),
    )
    op.create_index(op.f("ix_respondent_dialogue_id"), "respondent", ["dialogue_id"], unique=False)


def downgrade() -> None:
    op.drop_table("respondent")
    op.drop_table("answer")
    with op.batch_alter_table("dialogue", schema=None) as batch:
        batch.drop_column("survey_anonymous")
        batch.drop_column("survey")

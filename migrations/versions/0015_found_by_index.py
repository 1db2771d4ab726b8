"""What is looked for with each mail and each release is found by an index: somebody's contributions, and their mails"""

from alembic import op

revision = "0015"
down_revision = "0014"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_index("ix_contribution_person", "contribution", ["person_id", "dialogue_id", "state"])
    op.create_index(op.f("ix_inbox_contribution_id"), "inbox", ["contribution_id"])


def downgrade() -> None:
    op.drop_index(op.f("ix_inbox_contribution_id"), table_name="inbox")
    op.drop_index("ix_contribution_person", table_name="contribution")

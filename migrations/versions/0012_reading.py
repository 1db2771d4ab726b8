"""Indexes that the archive's pages are read by"""

import sqlalchemy as sa
from alembic import op

revision = "0012"
down_revision = "0011"
branch_labels = None
depends_on = None

_THREAD = ["dialogue_id", "module", "number", "state", "objects", "parent_id", "question"]
_MORE = sa.text("CAST(further AS TEXT) != '[]'")


def upgrade() -> None:
    op.create_index(op.f("ix_contribution_parent_id"), "contribution", ["parent_id"], unique=False)
    op.create_index("ix_contribution_thread", "contribution", _THREAD, unique=False)
    columns = ["dialogue_id", "module"]
    op.create_index("ix_contribution_further", "contribution", columns, sqlite_where=_MORE, postgresql_where=_MORE)


def downgrade() -> None:
    op.drop_index("ix_contribution_further", table_name="contribution")
    op.drop_index("ix_contribution_thread", table_name="contribution")
    op.drop_index(op.f("ix_contribution_parent_id"), table_name="contribution")

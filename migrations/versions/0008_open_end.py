"""Modules without an end, dialogues that are archives, sister networks"""

import sqlalchemy as sa
from alembic import op

import listserv.store.types

revision = "0008"
down_revision = "0007"
branch_labels = None
depends_on = None


def upgrade() -> None:
    with op.batch_alter_table("module", schema=None) as batch:
        batch.alter_column("closes_at", existing_type=listserv.store.types.Utc(timezone=True), nullable=True)
    with op.batch_alter_table("dialogue", schema=None) as batch:
        batch.add_column(sa.Column("closed_at", listserv.store.types.Utc(timezone=True), nullable=True))
        batch.add_column(sa.Column("networks", sa.JSON(), server_default="[]", nullable=False))
    with op.batch_alter_table("contribution", schema=None) as batch:
        batch.add_column(sa.Column("via", sa.Text(), server_default="", nullable=False))

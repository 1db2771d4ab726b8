"""Many workers: leases of inbound mail, turns among dialogues, and budgets that all hosts share"""

import sqlalchemy as sa
from alembic import op

revision = "0014"
down_revision = "0013"
branch_labels = None
depends_on = None

_DUE = sa.text("state IN ('pending', 'deferred')")
_ID = sa.BigInteger().with_variant(sa.Integer(), "sqlite")

# What somebody waits for goes before all others' turns (core/dialogue/audience.UNHURRIED); what is finished needs none.
_LANES = """
UPDATE delivery SET lane = (
  SELECT CASE WHEN mailing.personal = 1 AND mailing.kind NOT IN ('nudge', 'welcome') THEN 0
  ELSE mailing.dialogue_id END FROM mailing WHERE mailing.id = delivery.mailing_id
) WHERE state IN ('pending', 'deferred')
"""


def upgrade() -> None:
    op.add_column("inbox", sa.Column("due_at", sa.Float(), nullable=False, server_default="0"))
    op.add_column("delivery", sa.Column("lane", _ID, nullable=False, server_default="0"))
    op.execute(_LANES)
    op.drop_index("ix_delivery_due", table_name="delivery")
    op.create_index("ix_delivery_due", "delivery", ["lane", "due_at", "id"], sqlite_where=_DUE, postgresql_where=_DUE)
    op.create_table(
        "budget",
        sa.Column("id", _ID, autoincrement=True, nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("went", sa.JSON(), nullable=False, server_default="[]"),
        sa.Column("told", sa.Float(), nullable=False, server_default="0"),
        sa.Column("ahead", sa.Integer(), nullable=False, server_default="0"),
        sa.Column("paused_until", sa.Float(), nullable=False, server_default="0"),
        sa.Column("code", sa.Integer(), nullable=False, server_default="0"),
        sa.Column("reply", sa.Text(), nullable=False, server_default=""),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_budget")),
        sa.UniqueConstraint("name", name=op.f("uq_budget_name")),
    )
    op.create_index(op.f("ix_budget_paused_until"), "budget", ["paused_until"], unique=False)
    op.create_table(
        "sender",
        sa.Column("id", _ID, autoincrement=True, nullable=False),
        sa.Column("name", sa.String(32), nullable=False),
        sa.Column("connections", sa.Integer(), nullable=False),
        sa.Column("until", sa.Float(), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_sender")),
        sa.UniqueConstraint("name", name=op.f("uq_sender_name")),
    )


def downgrade() -> None:
    op.drop_table("sender")
    op.drop_table("budget")
    op.drop_index("ix_delivery_due", table_name="delivery")
    op.create_index("ix_delivery_due", "delivery", ["due_at", "id"], sqlite_where=_DUE, postgresql_where=_DUE)
    op.drop_column("delivery", "lane")
    op.drop_column("inbox", "due_at")

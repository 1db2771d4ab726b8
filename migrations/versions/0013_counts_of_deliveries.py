"""How many deliveries a mailing had, by state, once they are kept no more"""

import sqlalchemy as sa
from alembic import op

revision = "0013"
down_revision = "0012"
branch_labels = None
depends_on = None

key = sa.BigInteger().with_variant(sa.Integer(), "sqlite")


def upgrade() -> None:
    op.create_table(
        "mailing_count",
        sa.Column("id", key, autoincrement=True, nullable=False),
        sa.Column("mailing_id", key, nullable=False),
        sa.Column("state", sa.String(length=16), nullable=False),
        sa.Column("count", sa.Integer(), nullable=False),
        sa.ForeignKeyConstraint(["mailing_id"], ["mailing.id"], name=op.f("fk_mailing_count_mailing_id_mailing")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_mailing_count")),
        sa.UniqueConstraint("mailing_id", "state", name=op.f("uq_mailing_count_mailing_id_state")),
    )


def downgrade() -> None:
    op.drop_table("mailing_count")

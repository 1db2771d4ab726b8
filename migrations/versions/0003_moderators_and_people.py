"""What moderators and people need: tickets, undo, rota, attribution, profile, retention"""

import sqlalchemy as sa
from alembic import op

import listserv.store.types

revision = "0003"
down_revision = "0002"
branch_labels = None
depends_on = None

ADDED = {
    "contribution": [
        sa.Column("attribution", sa.String(length=16), server_default="name", nullable=False),
        sa.Column("quotable", sa.Integer(), server_default="1", nullable=False),
    ],
    "dialogue": [
        sa.Column("undo", sa.Integer(), server_default="60", nullable=False),
        sa.Column("remind", sa.Integer(), server_default="43200", nullable=False),
        sa.Column("escalate", sa.Integer(), server_default="86400", nullable=False),
        sa.Column("close_waits", sa.Integer(), server_default="0", nullable=False),
        sa.Column("bundle", sa.String(length=8), server_default="17:00", nullable=False),
        sa.Column("retention", sa.Integer(), server_default="7776000", nullable=False),
        sa.Column("addresses", sa.String(length=8), server_default="hidden", nullable=False),
    ],
    "participation": [
        sa.Column("resumes_at", listserv.store.types.Utc(timezone=True), nullable=True),
        sa.Column("checked_at", listserv.store.types.Utc(timezone=True), nullable=True),
        sa.Column("attribution", sa.String(length=16), server_default="name", nullable=False),
        sa.Column("quotable", sa.Integer(), server_default="1", nullable=False),
        sa.Column("consented_at", listserv.store.types.Utc(timezone=True), nullable=True),
        sa.Column("notices", sa.String(length=8), server_default="each", nullable=False),
        sa.Column("notices_at", sa.String(length=8), server_default="08:00", nullable=False),
        sa.Column("days", sa.String(length=7), server_default="0123456", nullable=False),
    ],
    "person": [
        sa.Column("timezone", sa.String(length=64), server_default="", nullable=False),
        sa.Column("erased_at", listserv.store.types.Utc(timezone=True), nullable=True),
    ],
    "raw": [sa.Column("purged_at", listserv.store.types.Utc(timezone=True), nullable=True)],
}


def upgrade() -> None:
    for table, columns in ADDED.items():
        with op.batch_alter_table(table, schema=None) as batch:
            for column in columns:
                batch.add_column(column._copy())
    op.create_table(
        "suppression",
        sa.Column("id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), autoincrement=True, nullable=False),
        sa.Column("key_hash", sa.String(length=64), nullable=False),
        sa.Column("at", listserv.store.types.Utc(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_suppression")),
        sa.UniqueConstraint("key_hash", name=op.f("uq_suppression_key_hash")),
    )
    op.create_table(
        "ticket",
        sa.Column("id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), autoincrement=True, nullable=False),
        sa.Column("dialogue_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("participation_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("contribution_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=True),
        sa.Column("requester_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=True),
        sa.Column("token_hash", sa.String(length=64), nullable=False),
        sa.Column("made_at", listserv.store.types.Utc(timezone=True), nullable=False),
        sa.Column("lapses_at", listserv.store.types.Utc(timezone=True), nullable=False),
        sa.Column("used_at", listserv.store.types.Utc(timezone=True), nullable=True),
        sa.ForeignKeyConstraint(["dialogue_id"], ["dialogue.id"], name=op.f("fk_ticket_dialogue_id_dialogue")),
        sa.ForeignKeyConstraint(
            ["participation_id"], ["participation.id"], name=op.f("fk_ticket_participation_id_participation")
        ),
        sa.ForeignKeyConstraint(
            ["contribution_id"], ["contribution.id"], name=op.f("fk_ticket_contribution_id_contribution")
        ),
        sa.ForeignKeyConstraint(
            ["requester_id"], ["participation.id"], name=op.f("fk_ticket_requester_id_participation")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_ticket")),
        sa.UniqueConstraint("token_hash", name=op.f("uq_ticket_token_hash")),
    )
    op.create_index(op.f("ix_ticket_contribution_id"), "ticket", ["contribution_id"], unique=False)
    op.create_index(op.f("ix_ticket_participation_id"), "ticket", ["participation_id"], unique=False)


def downgrade() -> None:
    op.drop_table("ticket")
    op.drop_table("suppression")
    for table, columns in ADDED.items():
        with op.batch_alter_table(table, schema=None) as batch:
            for column in reversed(columns):
                batch.drop_column(column.name)

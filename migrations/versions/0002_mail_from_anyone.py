"""Attachments kept, mailboxes read, bounces counted, addresses linked"""

import sqlalchemy as sa
from alembic import op

import listserv.store.types

revision = "0002"
down_revision = "0001"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "blob",
        sa.Column("id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), autoincrement=True, nullable=False),
        sa.Column("sha256", sa.String(length=64), nullable=False),
        sa.Column("content", sa.LargeBinary(), nullable=False),
        sa.Column("added_at", listserv.store.types.Utc(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_blob")),
        sa.UniqueConstraint("sha256", name=op.f("uq_blob_sha256")),
    )
    op.create_table(
        "fetched",
        sa.Column("id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), autoincrement=True, nullable=False),
        sa.Column("mailbox", sa.Text(), nullable=False),
        sa.Column("uidvalidity", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("uid", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("taken", sa.Integer(), server_default="0", nullable=False),
        sa.Column("failures", sa.Integer(), server_default="0", nullable=False),
        sa.Column("at", listserv.store.types.Utc(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_fetched")),
        sa.UniqueConstraint("mailbox", "uidvalidity", "uid", name=op.f("uq_fetched_mailbox_uidvalidity_uid")),
    )
    with op.batch_alter_table("attachment", schema=None) as batch_op:
        batch_op.add_column(sa.Column("state", sa.String(length=8), server_default="kept", nullable=False))
        batch_op.add_column(sa.Column("reason", sa.Text(), server_default="", nullable=False))
        batch_op.create_index(batch_op.f("ix_attachment_sha256"), ["sha256"], unique=False)

    op.execute("UPDATE attachment SET state = 'dropped', reason = 'only its name was kept'")
    with op.batch_alter_table("bounce", schema=None) as batch_op:
        batch_op.add_column(sa.Column("domain", sa.Text(), server_default="", nullable=False))
        batch_op.create_index("ix_bounce_domain", ["domain", "at"], unique=False)

    with op.batch_alter_table("confirmation", schema=None) as batch_op:
        batch_op.add_column(sa.Column("person_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=True))
        batch_op.create_foreign_key(batch_op.f("fk_confirmation_person_id_person"), "person", ["person_id"], ["id"])

    with op.batch_alter_table("dialogue", schema=None) as batch_op:
        batch_op.add_column(sa.Column("attachments", sa.String(length=8), server_default="link", nullable=False))
        batch_op.add_column(sa.Column("attachment_size", sa.Integer(), server_default="10485760", nullable=False))
        batch_op.add_column(sa.Column("attachment_count", sa.Integer(), server_default="5", nullable=False))

    with op.batch_alter_table("participation", schema=None) as batch_op:
        batch_op.add_column(sa.Column("unreachable_at", listserv.store.types.Utc(timezone=True), nullable=True))
        batch_op.add_column(sa.Column("reinstated_at", listserv.store.types.Utc(timezone=True), nullable=True))


def downgrade() -> None:
    for table, columns in (
        ("participation", ("reinstated_at", "unreachable_at")),
        ("dialogue", ("attachment_count", "attachment_size", "attachments")),
        ("attachment", ("reason", "state")),
    ):
        with op.batch_alter_table(table) as batch:
            if table == "attachment":
                batch.drop_index(op.f("ix_attachment_sha256"))
            for column in columns:
                batch.drop_column(column)
    with op.batch_alter_table("confirmation") as batch:
        batch.drop_constraint(op.f("fk_confirmation_person_id_person"), type_="foreignkey")
        batch.drop_column("person_id")
    with op.batch_alter_table("bounce") as batch:
        batch.drop_index("ix_bounce_domain")
        batch.drop_column("domain")
    op.drop_table("fetched")
    op.drop_table("blob")

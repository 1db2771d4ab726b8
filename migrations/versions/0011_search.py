"""What is searched: by words, country, module, question, tag and author"""

import sqlalchemy as sa
from alembic import op

from listserv.errors import Refused

revision = "0011"
down_revision = "0010"
branch_labels = None
depends_on = None

key = sa.BigInteger().with_variant(sa.Integer(), "sqlite")


def upgrade() -> None:
    op.create_table(
        "searched",
        sa.Column("id", key, autoincrement=True, nullable=False),
        sa.Column("dialogue_id", key, nullable=False),
        sa.Column("contribution_id", key, nullable=False),
        sa.Column("person_id", key, nullable=True),
        sa.Column("asked", sa.Integer(), server_default="1", nullable=False),
        sa.Column("done", sa.Integer(), server_default="0", nullable=False),
        sa.Column("number", sa.Integer(), nullable=True),
        sa.Column("module", sa.Integer(), nullable=True),
        sa.Column("questions", sa.JSON(), server_default="[]", nullable=False),
        sa.Column("tags", sa.JSON(), server_default="[]", nullable=False),
        sa.Column("author", sa.Text(), server_default="", nullable=False),
        sa.Column("country", sa.Text(), server_default="", nullable=False),
        sa.ForeignKeyConstraint(
            ["contribution_id"], ["contribution.id"], name=op.f("fk_searched_contribution_id_contribution")
        ),
        sa.ForeignKeyConstraint(["dialogue_id"], ["dialogue.id"], name=op.f("fk_searched_dialogue_id_dialogue")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_searched")),
        sa.UniqueConstraint("contribution_id", name=op.f("uq_searched_contribution_id")),
    )
    op.create_index(op.f("ix_searched_dialogue_id"), "searched", ["dialogue_id"], unique=False)
    op.create_index(op.f("ix_searched_person_id"), "searched", ["person_id"], unique=False)
    waits = sa.text("done < asked")
    op.create_index("ix_searched_waits", "searched", ["id"], sqlite_where=waits, postgresql_where=waits)
    if op.get_bind().dialect.name == "sqlite":
        _sqlite()
    else:
        _postgresql()
    op.execute(
        "INSERT INTO searched (dialogue_id, contribution_id, person_id)"
        " SELECT dialogue_id, id, person_id FROM contribution WHERE state = 'released'"
    )


def _sqlite() -> None:
    try:
        # To the tokenizer "ascii" all that is not ASCII is part of a word: words come spelt (core/search/words).
        op.execute("CREATE VIRTUAL TABLE searched_words USING fts5(subject, author, text, tokenize = 'ascii')")
    except sa.exc.OperationalError as error:
        if "fts5" not in str(error):
            raise
        raise Refused(
            "this Python's SQLite was built without FTS5, which the search needs; use another Python,"
            " or set a PostgreSQL URL"
        ) from None
    op.execute("CREATE VIRTUAL TABLE searched_terms USING fts5vocab(searched_words, row)")


def _postgresql() -> None:
    op.execute(
        "CREATE TABLE searched_words (contribution_id bigint PRIMARY KEY REFERENCES searched (contribution_id)"
        " ON DELETE CASCADE, words tsvector NOT NULL)"
    )
    op.execute("CREATE INDEX ix_searched_words_words ON searched_words USING gin (words)")


def downgrade() -> None:
    if op.get_bind().dialect.name == "sqlite":
        op.execute("DROP TABLE searched_terms")
    op.execute("DROP TABLE searched_words")
    op.drop_index("ix_searched_waits", table_name="searched")
    op.drop_index(op.f("ix_searched_person_id"), table_name="searched")
    op.drop_index(op.f("ix_searched_dialogue_id"), table_name="searched")
    op.drop_table("searched")

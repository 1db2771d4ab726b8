"""The tables of the survey: its answers, and who has answered (store/surveys says what they must not tell).

Import them from store/tables, where all are.
"""

from __future__ import annotations

from sqlalchemy import Column, String, Table, Text, UniqueConstraint

from listserv.store.columns import id_, metadata, to

answer = Table(  # to one question of the survey; its id is a mark that only the site's secret leads to
    "answer",
    metadata,
    id_(),
    to("dialogue", index=True),
    Column("question", String(40), nullable=False),  # its key; "" for words that belong to none
    Column("value", Text, nullable=False),  # the number, or the choice; "" where it is none, or words were asked for
    Column("text", Text, nullable=False),
    to("participation", nullable=True, index=True),  # NULL: anonymous, as promised
)

respondent = Table(  # who has answered the survey
    "respondent",
    metadata,
    id_(),
    to("dialogue", index=True),
    to("participation"),
    UniqueConstraint("participation_id"),
)

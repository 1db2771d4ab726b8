"""The announcements of modules: what their contributions stand beneath, and what late joiners get."""

from __future__ import annotations

import sqlalchemy as sa
from sqlalchemy import Connection

from listserv.store.tables import mailing, module, rendering

#: What says that a module is open: its announcement, or that the dialogue goes on without an end.
OPENS = ("announcement", "continued")


def thread_root(connection: Connection, dialogue_id: int, number: int | None) -> str | None:
    """The Message-ID of a module's first announcement, beneath which its contributions stand."""
    return connection.execute(_THREAD_ROOT, {"dialogue": dialogue_id, "number": number}).scalar()


_THREAD_ROOT = (
    sa.select(mailing.c.message_id)
    .where(
        mailing.c.dialogue_id == sa.bindparam("dialogue"),
        mailing.c.kind.in_(OPENS),
        mailing.c.module.is_not_distinct_from(sa.bindparam("number", type_=sa.Integer)),
    )
    .order_by(mailing.c.id)
    .limit(1)
)


def current_announcement(connection: Connection, dialogue_id: int) -> tuple[int, dict[str, int]] | None:
    """The announcement of the module now open, and its renderings' ids by language; for who joins late."""
    query = (
        sa.select(mailing.c.id)
        .join(module, sa.and_(module.c.dialogue_id == mailing.c.dialogue_id, module.c.number == mailing.c.module))
        .where(
            mailing.c.dialogue_id == dialogue_id,
            mailing.c.kind.in_(OPENS),
            module.c.opened_at.is_not(None),
            module.c.closed_at.is_(None),
        )
        .order_by(mailing.c.id.desc())
        .limit(1)
    )
    mailing_id = connection.execute(query).scalar()
    if mailing_id is None:
        return None
    variants = sa.select(rendering.c.language, rendering.c.id).where(rendering.c.mailing_id == mailing_id)
    return mailing_id, dict(connection.execute(variants).all())

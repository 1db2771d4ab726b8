"""Whom the private reminder goes to: a table of everybody it spares, and why."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest

from listserv.core.dialogue.model import DeliveryMode, Participation, Role
from listserv.core.dialogue.quiet import Reader, Spared, spared

NOW = datetime(2008, 11, 6, 14, tzinfo=UTC)
DAY = timedelta(days=1)
QUIET = Reader(7, Role.PARTICIPANT, Participation.ACTIVE, DeliveryMode.EACH, joined_at=NOW - 5 * DAY)


@pytest.mark.parametrize(
    ("known", "why"),
    [
        ({}, None),
        ({"delivery": DeliveryMode.DAILY}, None),
        ({"joined_at": NOW - 2 * DAY}, None),
        ({"bounced_at": NOW - 15 * DAY}, None),
        ({"absent_at": NOW - 15 * DAY}, None),
        ({"role": Role.MODERATOR}, Spared.MODERATES),
        ({"role": Role.ORGANISER}, Spared.MODERATES),
        ({"status": Participation.PAUSED}, Spared.PAUSED),
        ({"status": Participation.LEFT}, Spared.PAUSED),
        ({"status": Participation.INVITED}, Spared.PAUSED),
        ({"status": Participation.REQUESTED}, Spared.PAUSED),
        ({"delivery": DeliveryMode.ROUNDUP}, Spared.CHOSEN),
        ({"delivery": DeliveryMode.NONE}, Spared.CHOSEN),
        ({"contributions": 1}, Spared.WRITTEN),
        ({"nudges": False}, Spared.OPTED_OUT),
        ({"joined_at": NOW - 2 * DAY + timedelta(seconds=1)}, Spared.NEW),
        ({"bounced_at": NOW - DAY}, Spared.BOUNCES),
        ({"absent_at": NOW - DAY}, Spared.ABSENT),
        ({"nudged": True}, Spared.NUDGED),
    ],
)
def test_who_gets_no_reminder_and_why(known: dict[str, object], why: Spared | None) -> None:
    assert spared(replace(QUIET, **known), NOW) is why  # type: ignore[arg-type]

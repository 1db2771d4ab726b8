"""What `check` warns of: each setting that lets mail through unread, or leaves people to nobody."""

from __future__ import annotations

from dataclasses import replace
from datetime import time, timedelta
from typing import Any

import pytest

from listserv.core.dialogue.cautions import cautions
from listserv.core.dialogue.model import Late, Moderation, ModerationRule, Policy, RoundupRule

FINE = Policy(
    "request", Moderation.ALL, Late.HOLD, timedelta(days=2), "participants", 600,
    RoundupRule(4, time(16), timedelta(hours=3)),
)  # fmt: skip
NEVER = ModerationRule(remind=timedelta(0), escalate=timedelta(0))


@pytest.mark.parametrize(
    ("changes", "facts", "found"),
    [
        ({}, {}, []),
        ({}, {"unvouched": ("SMTP",)}, []),
        ({"moderation": Moderation.FIRST}, {}, ["only the first contribution"]),
        ({"moderation": Moderation.NONE}, {}, ["no contribution of a participant is read"]),
        ({"moderation": Moderation.NONE}, {"unvouched": ("IMAP", "SMTP")}, ["no contribution", "IMAP and SMTP: who"]),
        ({"moderation": Moderation.FIRST, "participation": "open"}, {}, ["only the first", "is read once"]),
        ({"moderation": Moderation.NONE, "archive": "public"}, {}, ["no contribution", "open web at once"]),
        ({"archive": "public", "participation": "open"}, {}, []),
        ({"roundup": RoundupRule(4, time(16), timedelta(0))}, {}, ["round-ups go out unreviewed"]),
        ({"late": Late.CURRENT}, {}, ["nobody is told"]),
        ({"late": Late.CURRENT, "moderation": Moderation.NONE}, {}, ["no contribution", "unread, too"]),
        ({}, {"contact": False}, ["told of nobody by name"]),
        ({"waiting": NEVER}, {}, ["nobody hears again"]),
        ({"waiting": NEVER, "moderation": Moderation.NONE}, {}, ["no contribution"]),
    ],
)  # fmt: skip
def test_cautions(changes: dict[str, Any], facts: dict[str, Any], found: list[str]) -> None:
    said = cautions(replace(FINE, **changes), **{"unvouched": (), "contact": True, **facts})
    assert len(said) == len(found), said
    assert all(part in one for part, one in zip(found, said, strict=True))

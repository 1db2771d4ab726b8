"""A contribution as lists show it: its number, what it is about, and who wrote it as far as readers are told.

Names no mail address. Its text is not looked at.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from listserv.core.dialogue.model import Dialogue
from listserv.core.mail.discretion import out_of_sight
from listserv.core.mail.threads import base_subject
from listserv.core.publication import byline


@dataclass(frozen=True, slots=True)
class Entry:
    """`author`: name and organisation, those that are told. `depth`: how deep it stands in its thread."""

    number: int
    subject: str
    author: tuple[str, ...]
    country: str
    released: datetime
    depth: int = 0
    via: str = ""  # the sister network whose guest wrote it


def entry(dialogue: Dialogue, row: Mapping[str, Any], depth: int = 0) -> Entry:
    """`row`: of store/reading."""
    by = byline.of(row)
    return Entry(
        row["number"],
        out_of_sight(base_subject(row["subject"], dialogue.slug) or dialogue.title),
        tuple(out_of_sight(one) for one in (by.name, by.organisation) if one),
        by.country,
        row["decided_at"],
        depth,
        out_of_sight(by.via),
    )

"""Which moderators are on duty: a rota by weekday, each in their own zone.

Inputs are the moderators as the store has them (columns days, "0123456" with 0 = Monday, and timezone, "" = the
dialogue's) and an aware instant; nothing here reads a clock.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from listserv.core.dialogue.model import aware


def zone_of(one: Mapping[str, Any], default: ZoneInfo) -> ZoneInfo:
    """Somebody's own zone; `default` where they have none that is known."""
    try:
        return ZoneInfo(one["timezone"]) if one["timezone"] else default
    except (ZoneInfoNotFoundError, ValueError):
        return default


def on_duty(staff: Sequence[Mapping[str, Any]], now: datetime, default: ZoneInfo) -> list[Mapping[str, Any]]:
    """Those whose day it is where they are; all of them, if it is nobody's."""
    aware(now)
    today = [one for one in staff if str(now.astimezone(zone_of(one, default)).weekday()) in one["days"]]
    return today or list(staff)

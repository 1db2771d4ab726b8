"""One dialogue as the settings have it, in plain values: what `apply` brings the database in line with."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from listserv.core.dialogue.model import Module, Policy, Role
from listserv.core.dialogue.survey import Question


@dataclass(frozen=True, slots=True)
class Moderator:
    name: str
    address: str
    organisation: str
    role: Role
    language: str = ""
    timezone: str = ""
    notices: str = "each"  # of held mail: each | daily
    notices_at: str = "08:00"  # HH:MM, their own time
    days: str = "0123456"  # on which they are on duty, 0 = Monday

    @property
    def duty(self) -> dict[str, str]:
        """The columns of participation that say when they hear of held mail."""
        return {"notices": self.notices, "notices_at": self.notices_at, "days": self.days}

    @property
    def own(self) -> dict[str, str]:
        """The columns of person that the settings give; what they leave open is the person's to choose."""
        return {k: v for k, v in (("language", self.language), ("timezone", self.timezone)) if v}


@dataclass(frozen=True, slots=True)
class Planned:
    """One dialogue. `fields`, `resources` and `networks` as stored: plain mappings."""

    slug: str
    title: str
    hosts: tuple[str, ...]
    language: str
    timezone: str
    policy: Policy
    fields: tuple[dict[str, Any], ...]
    resources: tuple[dict[str, Any], ...]
    modules: tuple[Module, ...]
    moderators: tuple[Moderator, ...]
    networks: tuple[dict[str, Any], ...] = ()
    survey: tuple[Question, ...] = ()
    survey_anonymous: bool = True
    shifted: bool = False  # by --start: dates set by hand, which win over the file from then on

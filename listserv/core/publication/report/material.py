"""What a report is made from: the dialogue, what was said in it, the figures and the answers to the survey.

`asked` is empty where no survey was held; then the report says so.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from zoneinfo import ZoneInfo

from listserv.core.dialogue.model import Module
from listserv.core.publication.figures import Figures
from listserv.core.publication.material import Contribution
from listserv.core.publication.resources import Resource


@dataclass(frozen=True, slots=True)
class Credit:
    """Somebody who moderated, as the settings name them."""

    name: str
    organisation: str


@dataclass(frozen=True, slots=True)
class Asked:
    """One question of the survey, tabulated. `counts`: answers and how many gave each, in the order to be shown.

    `average`, `median`: of answers that are numbers, else None. `words`: what people wrote, each an answer to be shown.
    """

    question: str
    replies: int
    counts: tuple[tuple[str, int], ...] = ()
    average: float | None = None
    words: tuple[str, ...] = ()
    median: float | None = None


@dataclass(frozen=True, slots=True)
class Response:
    """How many of those asked have answered. `withheld`: so few that their answers are not shown."""

    asked: int
    answered: int
    anonymous: bool
    withheld: bool = False


@dataclass(frozen=True, slots=True)
class Material:
    """`said`: by official number. `until`: the moment it was gathered (aware). `fields`: own questions, key and label.

    `contact`: the address of the moderators, for additions.
    """

    title: str
    hosts: tuple[str, ...]
    zone: ZoneInfo
    modules: tuple[Module, ...]
    said: tuple[Contribution, ...]
    moderators: tuple[Credit, ...]
    figures: Figures
    until: datetime
    contact: str
    resources: tuple[Resource, ...] = ()
    asked: tuple[Asked, ...] = ()
    response: Response | None = None
    fields: tuple[tuple[str, str], ...] = ()

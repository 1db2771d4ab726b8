"""What publications are made from: a dialogue's released contributions, each with all that is known of it.

One value for round-ups, the report, coverage, resources and figures; steps/gather reads it. What may be shown of an
author is `byline`, and nothing else: `country`, `region`, `sector`, `gender`, `language` and `own` are for counting
people, `person` for counting them once. What is not `quotable` is counted, and named by number only.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime

from listserv.core.publication.byline import Byline
from listserv.core.publication.passages import Marked


@dataclass(frozen=True, slots=True)
class File:
    """A kept file of a contribution. `id`: the attachment's, as in its link; `size` in octets."""

    id: int
    name: str
    content_type: str
    size: int
    sha256: str


@dataclass(frozen=True, slots=True)
class Contribution:
    """One released contribution.

    `module`: its number; `questions`: the guiding questions of that module it answers, from 1, the main one first,
    empty where nobody has said. `marked`: passages that still stand in the text, in the moderators' order. `person`:
    the same for all that one person wrote, negative for somebody who is on no list. `region`: UN M49's code. Times are
    aware UTC. `text` has lines that quote others ("> …"); passages.own_words takes them out.
    """

    id: int
    number: int
    module: int
    person: int
    byline: Byline
    subject: str
    text: str
    words: int
    message_id: str
    received_at: datetime
    released_at: datetime
    questions: tuple[int, ...] = ()
    tags: tuple[str, ...] = ()
    marked: tuple[Marked, ...] = ()
    files: tuple[File, ...] = ()
    attribution: str = "name"
    quotable: bool = True
    late: bool = False
    edited: bool = False  # by a moderator, before it was released
    country: str = ""  # ISO 3166-1 alpha-2, or what was written where that is no country known
    region: str = ""
    sector: str = ""
    gender: str = ""
    language: str = ""
    own: Mapping[str, str] = field(default_factory=dict)  # answers to the dialogue's own fields, by key

    @property
    def question(self) -> int | None:
        """The main one, or the only one."""
        return self.questions[0] if self.questions else None

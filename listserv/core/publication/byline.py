"""How an author is shown to readers: the one place that says so, for copies, pages, round-ups, exports and the report.

Input: how what they wrote is attributed, and who they are. Output: a `Byline`, empty where nothing may tell who it was.
By name: name, organisation and country. By organisation: that, and the country. Anonymous: nothing; in a small dialogue
a country alone can name somebody. Figures count people all the same: they count by id and name nobody. Never raises.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from listserv.core.dialogue.model import Attribution
from listserv.core.mail import outmail
from listserv.core.sentence import Sentence

#: Characters of a name as it is shown.
LONGEST = 60

#: From the most that is told to the least.
ORDER = (Attribution.NAME, Attribution.ORGANISATION, Attribution.ANONYMOUS)


@dataclass(frozen=True, slots=True)
class Byline:
    name: str = ""
    organisation: str = ""
    country: str = ""
    via: str = ""  # the sister network whose guest it is

    @property
    def line(self) -> str:
        """ "Amina Diallo, Ministry of Gender, Senegal"; "" where nothing is told."""
        guest = f"via {self.via}" if self.via else ""
        return ", ".join(one for one in (self.name, self.organisation, guest, self.country) if one)

    @property
    def sender(self) -> str:
        """What stands in From before "via": the name, else the organisation, else nothing."""
        return self.name or self.organisation


def byline(attribution: str, name: str, organisation: str, country: str, via: str = "") -> Byline:
    """What readers are told of an author of whom that is known."""
    match Attribution(attribution):
        case Attribution.NAME:
            return Byline(name, organisation, country, via)
        case Attribution.ORGANISATION:
            return Byline("", organisation, country, via)
        case Attribution.ANONYMOUS:
            return Byline()


def of(contribution: Mapping[str, Any]) -> Byline:
    """The byline of a contribution as the store gives it. A name is the participant's own, else what the mail said."""
    name = outmail.plain(contribution["person_name"] or contribution["from_name"], LONGEST)
    return byline(
        contribution["attribution"],
        name or contribution["from_address"].partition("@")[0],  # never the address
        contribution["organisation"] or "",
        contribution["country"] or "",
        outmail.plain(contribution.get("via") or "", LONGEST),
    )


def wish(contribution: Mapping[str, Any]) -> str:
    """What its author wants to be known of them, for moderators; "" when they are shown by name and may be quoted."""
    if contribution["attribution"] == Attribution.NAME and contribution["quotable"]:
        return ""
    shown = of(contribution).line or "a participant who prefers not to be named"
    return shown if contribution["quotable"] else f"{shown}; not to be quoted"


def via(name: str, dialogue_title: str) -> str:
    """The display name of a copy's From: "Name via Dialogue", to be said in its reader's language where a name is told.

    No @ and no brackets in it (RFC 7960 §4.1.3.2).
    """
    shown = outmail.plain(name, LONGEST)
    title = outmail.plain(dialogue_title, LONGEST)
    return Sentence("%(name)s via %(title)s", name=shown, title=title) if shown else title


def named(attribution: str) -> bool:
    """Whether readers are told the name: only then may a Message-ID made by the author's program go out."""
    return Attribution(attribution) is Attribution.NAME


def tells_less(one: str, other: str) -> bool:
    """Whether the first attribution tells readers less than the second."""
    return ORDER.index(Attribution(one)) > ORDER.index(Attribution(other))

"""What the mail about the report tells of it: one or two sayings of each module, short enough for a telephone.

What moderators wrote as conclusions comes first, as far as it fits; sayings are those that a summary would show first,
of people who have not been told of yet. `words` keeps the whole under `MOST` words. Never raises.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from listserv.core.dialogue.phrases import length as words
from listserv.core.dialogue.tags import Kind
from listserv.core.publication.defused import defused
from listserv.core.publication.material import Contribution
from listserv.core.publication.report.document import Paragraph, Report, paragraphs
from listserv.core.publication.report.material import Material
from listserv.core.publication.report.sayings import drawn, passages, quoted, who
from listserv.core.publication.report.voice import Voice

MOST = 180  # words of what is told; the frame around it has about a hundred
_EACH = 2  # sayings of one module
_KINDS = (None, Kind.RECOMMENDATION, Kind.PRACTICE, Kind.EXPERIENCE)


@dataclass(frozen=True, slots=True)
class Told:
    """What is told of one module: each saying with its source, on one line."""

    title: str
    sayings: tuple[str, ...]


def conclusions(report: Report) -> list[str]:
    """The paragraphs that moderators wrote, as many as find room."""
    section = report.section("conclusions")
    found: list[str] = []
    for paragraph in (one for block in (section.blocks if section else ()) for one in paragraphs(block)):
        if _words([*found, paragraph.text]) > MOST:
            break
        found.append(_line(paragraph))
    return found


def told(material: Material, voice: Voice, room: int = MOST) -> list[Told]:
    """Of each module that has something quotable, within `room` words altogether."""
    found: list[Told] = []
    seen, left = set[int](), room
    for module in material.modules:
        said = [one for one in material.said if one.module == module.number and one.quotable]
        sayings: list[str] = []
        for one, saying in _first(said):
            line = _saying(one, saying, voice)
            if one.person not in seen and len(sayings) < _EACH and _words([line]) <= left:
                sayings.append(line)
                seen.add(one.person)
                left -= _words([line])
        if sayings:
            found.append(Told(module.title, tuple(sayings)))
    return found


def _first(said: Sequence[Contribution]) -> list[tuple[Contribution, str]]:
    """Marked passages by kind, then extracts; of each contribution one."""
    marked = [(one, text) for kind in _KINDS for one in said for text in passages(one, (kind,))[:1]]
    return marked or [(one, text) for one in said if (text := drawn(one))]


def _saying(one: Contribution, text: str, voice: Voice) -> str:
    source = who(one.byline, voice)
    marked = quoted(harmless(text), voice.other(text) or voice.language)
    return f"{marked} — {harmless(source)} ({one.number})" if source else f"{marked} ({one.number})"


def harmless(text: str) -> str:
    """Without what would be structure where the mail's HTML is made of it as Markdown."""
    return defused(" ".join(text.split()), ("*", "∗"))


def _line(paragraph: Paragraph) -> str:
    return harmless(paragraph.text)


def _words(lines: Sequence[str]) -> int:
    return sum(words(line) for line in lines)

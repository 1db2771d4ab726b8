"""Gathering what publications are made from: a dialogue's released contributions, with all that is known of them."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

from listserv.core.dialogue import countries, mask, regions, sectors
from listserv.core.dialogue.model import TAKING_PART, Attribution, ContributionState, Dialogue, Participation, Role
from listserv.core.dialogue.tags import Kind
from listserv.core.mail import identity
from listserv.core.publication import byline, passages
from listserv.core.publication.figures import Enrolled
from listserv.core.publication.material import Contribution, File
from listserv.core.publication.passages import Marked
from listserv.store import attachments, contributions, people, tagging
from listserv.store import passages as marks
from listserv.store.session import Connection


def gather(connection: Connection, dialogue: Dialogue) -> tuple[Contribution, ...]:
    """All that has been released, by official number. Their modules are the dialogue's."""
    rows = contributions.rows(connection, dialogue.id, [ContributionState.RELEASED])
    tags = tagging.all_of(connection, dialogue.id)
    marked = marks.of_all(connection, dialogue.id)
    files = attachments.kept_in(connection, dialogue.id)
    profiles = people.profiles(connection, dialogue.id)
    strangers: dict[str, int] = {}
    return tuple(
        _one(
            row,
            voice(row, strangers),
            tuple(tags.get(row["id"], ())),
            standing(row["text"], marked.get(row["id"], ())),
            tuple(_file(one) for one in files.get(row["id"], ())),
            profiles.get(row["person_id"], {}),
        )
        for row in rows
    )


def voice(row: Any, strangers: dict[str, int]) -> int:
    """The same for all that one person wrote: their id, else less than nothing. `strangers`: those met so far."""
    return row["person_id"] or strangers.setdefault(identity.key(row["from_address"]) or str(row["id"]), -row["id"])


def standing(text: str, marked: Any) -> tuple[Marked, ...]:
    """Of the passages, as the store gives them, those that the text still has, each once."""
    kept = (
        Marked(Kind(one["kind"]) if one["kind"] else None, one["text"])
        for one in marked
        if passages.stands(text, one["text"])
    )
    return tuple(dict.fromkeys(kept))


def _one(
    row: Any,
    person: int,
    tags: tuple[str, ...],
    marked: tuple[Marked, ...],
    files: tuple[File, ...],
    own: dict[str, str],
) -> Contribution:
    country = countries.kept(row["country"] or "")
    unnamed = _Unnamed(row)
    return Contribution(
        id=row["id"],
        number=row["number"],
        module=row["module"],
        person=person,
        byline=byline.of(row),
        subject=unnamed(row["subject"]),
        text=unnamed.signed(row["text"]),
        words=row["words"],
        message_id=row["message_id"],
        received_at=row["received_at"],
        released_at=row["decided_at"],
        questions=contributions.questions(row),
        tags=tags,
        marked=tuple(replace(one, text=unnamed(one.text)) for one in marked),
        files=files,
        attribution=row["attribution"],
        quotable=bool(row["quotable"]),
        late=bool(row["late"]),
        edited=row["original"] is not None,
        country=country,
        region=regions.of(country),
        sector=sectors.sector(row["sector"] or ""),
        gender=sectors.gender(row["gender"] or ""),
        language=row["person_language"] or "",
        own=own,
    )


class _Unnamed:
    """Called with what an author wrote: without their name where they do not want to be named, by now; and without
    their organisation where that is not to be told either. Before a release a moderator has seen to it."""

    def __init__(self, row: Any) -> None:
        self._names = () if byline.named(row["attribution"]) else (row["person_name"] or row["from_name"],)
        self._organisation = (row["organisation"] or "") if row["attribution"] == Attribution.ANONYMOUS else ""
        self._mask = mask.Mask(self._names, {}, mask.TAKEN_OUT)

    def __call__(self, text: str) -> str:
        if not self._names:
            return text
        return mask.out_of(self._mask(text), self._organisation, mask.TAKEN_OUT)

    def signed(self, text: str) -> str:
        """The same of a text that may greet and be signed with a part of the name."""
        return self(mask.unsigned(text, self._names, mask.TAKEN_OUT)) if self._names else text


def _file(row: Any) -> File:
    return File(row["id"], row["name"], row["content_type"], row["size"], row["sha256"])


def people_of(connection: Connection, dialogue: Dialogue) -> tuple[Enrolled, ...]:
    """Everybody who has or had a part in it, for counting: registered are participants who have not left."""
    return tuple(
        Enrolled(
            one["person_id"],
            countries.kept(one["country"]),
            sectors.sector(one["sector"]),
            sectors.gender(one["gender"]),
            one["status"] in TAKING_PART and one["role"] == Role.PARTICIPANT,
            one["profile"],
            "paused" if one["status"] == Participation.PAUSED else one["delivery"],
            one["unreachable_at"] is not None,
        )
        for one in people.parts(connection, dialogue.id)
    )

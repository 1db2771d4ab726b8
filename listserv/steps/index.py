"""Indexing for the search: what has changed since is read, made into words outside, and written (store/searching)."""

from __future__ import annotations

from typing import Any

from listserv.core.dialogue import countries
from listserv.core.dialogue.model import ContributionState
from listserv.core.mail.discretion import out_of_sight
from listserv.core.publication import byline
from listserv.core.search.facets import Entry
from listserv.core.search.words import words
from listserv.store import contributions, searching
from listserv.store.searching import Indexed
from listserv.store.session import Session

#: Contributions that are indexed in one transaction.
BATCH = 100

#: The languages in which an author's country is found.
_LANGUAGES = ("en", "fr", "es", "ar", "ru", "zh")


def index(session: Session, limit: int = BATCH) -> int:
    """How many of those that waited are found as they are now."""
    with session.read() as connection:
        waiting = searching.waiting(connection, limit)
    if not waiting:
        return 0
    made = [_made(row, contribution, tags) for row, contribution, tags in waiting]
    return session.write(lambda connection: searching.write(connection, made))


def index_all(session: Session) -> int:
    """Until none waits, those that a trigger has missed as well; how many."""
    with session.read() as connection:
        if not searching.behind(connection) and not searching.missing(connection):
            return 0
    session.write(searching.mend)
    done = 0
    while count := index(session):
        done += count
    return done


def _made(row: Any, contribution: Any, tags: list[str]) -> Indexed:
    if contribution["state"] != ContributionState.RELEASED or contribution["objects"] or not contribution["number"]:
        return Indexed(row.id, row.contribution_id, row.asked)
    shown = byline.of(contribution)
    country = countries.kept(shown.country)
    places = dict.fromkeys(countries.named(country, language) for language in _LANGUAGES) if country else ()
    entry = Entry(
        id=row.contribution_id,
        number=contribution["number"],
        released_at=contribution["decided_at"],
        module=contribution["module"],
        questions=contributions.questions(contribution),
        tags=tuple(tags),
        author=out_of_sight(shown.sender),
        country=country,
    )
    said = "\n".join((shown.name, shown.organisation, *places))
    return Indexed(
        row.id,
        row.contribution_id,
        row.asked,
        entry,
        subject=tuple(words(out_of_sight(contribution["subject"]))),
        author=tuple(words(out_of_sight(said))),
        text=tuple(words(out_of_sight(contribution["text"]))),
    )

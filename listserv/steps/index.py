"""Indexing for the search: what has changed since is read, made into words outside, and written (store/searching)."""

from __future__ import annotations

from itertools import islice
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
BATCH = 25

#: Characters of a text that are indexed.
LONGEST = 250_000

#: The languages in which an author's country is found.
_LANGUAGES = ("en", "fr", "es", "ar", "ru", "zh")


def index(session: Session, limit: int = BATCH) -> int:
    """How many of those that waited are found as they are now."""
    with session.read() as connection:
        waiting = searching.waiting(connection, limit)
    if not waiting:
        return 0
    made = [_made(row, contribution, tags, sqlite=session.sqlite) for row, contribution, tags in waiting]
    return session.write(lambda connection: searching.write(connection, made))


def mend(session: Session) -> None:
    """What a trigger has missed, should one ever have been gone, waits to be indexed from now on."""
    with session.read() as connection:
        missing = searching.missing(connection)
    if missing:
        session.write(searching.mend)


def index_all(session: Session) -> int:
    """Until none waits; how many."""
    mend(session)
    done = 0
    while count := index(session):
        done += count
    return done


def _made(row: Any, contribution: Any, tags: list[str], *, sqlite: bool) -> Indexed:
    if contribution["state"] != ContributionState.RELEASED or contribution["objects"] or not contribution["number"]:
        return Indexed(row.id, row.contribution_id, row.asked)
    shown = byline.of(contribution)
    country = countries.kept(shown.country)
    places = dict.fromkeys(countries.named(country, language) for language in _LANGUAGES) if country else ()
    entry = Entry(
        id=row.contribution_id,
        number=contribution["number"],
        module=contribution["module"],
        questions=contributions.questions(contribution),
        tags=tuple(tags),
        author=out_of_sight(shown.sender),
        country=country,
    )
    said = "\n".join((shown.name, shown.organisation, shown.via, *places))
    parts = map(_words, (contribution["subject"], said, contribution["text"]))
    return Indexed(row.id, row.contribution_id, row.asked, entry, searching.rendered(*parts, sqlite=sqlite))


def _words(text: str) -> tuple[str, ...]:
    return tuple(islice(words(out_of_sight(text[:LONGEST])), searching.MOST))

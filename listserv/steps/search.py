"""Searching a dialogue's released contributions: what fits, a page of it, and what else might, where nothing does."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any

from listserv.core.search import facets, query
from listserv.core.search.facets import Entry, Filters
from listserv.core.search.query import Query
from listserv.core.search.spelling import beginning, near
from listserv.store import contributions, searching
from listserv.store.session import Connection

#: Contributions on a page.
PAGE = 20

#: Terms of a query that found nothing that are tried without the others.
TRIED = 6


@dataclass(frozen=True, slots=True)
class Instead:
    """What finds something where the query does not. `others`: a query, and how many it finds; `without`: filters."""

    others: tuple[tuple[str, int], ...] = ()
    without: tuple[tuple[str, int], ...] = ()


@dataclass(frozen=True, slots=True)
class Found:
    """`rows`: the page's contributions as contributions.get gives them; `filters`: those in the query, too."""

    query: Query
    filters: Filters
    total: int
    page: int
    rows: Sequence[Any] = ()
    choices: Mapping[str, Sequence[tuple[str, int]]] = field(default_factory=dict)
    instead: Instead = Instead()

    @property
    def pages(self) -> int:
        return max(1, -(-self.total // PAGE))


def ranked(
    connection: Connection, dialogue_id: int, asked: Query, filters: Filters = facets.ALL, *, newest: bool = False
) -> list[Entry]:
    """All that fits, the best first; with `newest`, and where no word says what is best, the newest first."""
    found = facets.narrowed(searching.found(connection, dialogue_id, asked), within(asked, filters))
    return facets.by_date(found) if newest or not asked.wanted else facets.by_rank(found)


def within(asked: Query, filters: Filters) -> Filters:
    """The filters with those that the query names, where none of the kind was chosen."""
    for name, value in asked.keyed:
        if name not in filters.given:
            filters = filters.with_(name, value)
    return filters


def search(
    connection: Connection, dialogue_id: int, asked: Query, filters: Filters, *, newest: bool = False, page: int = 1
) -> Found:
    """One page of what fits; the nearest there is to a page that is not."""
    filters = within(asked, filters)
    if asked.unsaid and not filters.given:
        return Found(asked, filters, 0, 1)
    everything = searching.found(connection, dialogue_id, asked)
    fitting = facets.narrowed(everything, filters)
    ordered = facets.by_date(fitting) if newest or not asked.wanted else facets.by_rank(fitting)
    found = Found(asked, filters, len(ordered), 1, choices=facets.choices(everything, filters))
    if not ordered:
        return replace(found, instead=_instead(connection, dialogue_id, asked, filters, everything))
    page = min(max(page, 1), found.pages)
    ids = [one.id for one in ordered[(page - 1) * PAGE : page * PAGE]]
    rows = contributions.of(connection, ids)
    return replace(found, page=page, rows=[rows[one] for one in ids if one in rows])


def _instead(
    connection: Connection, dialogue_id: int, asked: Query, filters: Filters, everything: Sequence[Entry]
) -> Instead:
    if everything:
        left = ((name, len(facets.narrowed(everything, filters.without(name)))) for name in filters.given)
        return Instead(without=tuple(one for one in left if one[1]))

    def count(said: str) -> int:
        return len(facets.narrowed(searching.found(connection, dialogue_id, query.read(said)), filters))

    others: dict[str, int] = {}
    for term in asked.wanted[:TRIED]:
        if len(asked.wanted) > 1 and (alone := count(term.typed)):
            others[term.typed] = alone
            continue
        start = beginning(term.words[0]) if len(term.words) == 1 and not term.exact else ""
        known = searching.spelt(connection, dialogue_id, start) if start else []
        for word in near(term.words[0], known):
            said = asked.said.replace(term.said, word)
            for one in (said, word) if len(asked.wanted) > 1 else (said,):
                if one not in others and (many := count(one)):
                    others[one] = many
    return Instead(others=tuple(others.items()))

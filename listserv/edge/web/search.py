"""`/SLUG/search?q=`: what was said, by words, country, module, question, tag and author.

For whoever may read the archive. All that was asked stands in the address and comes back in the form; what nothing is
found for leads on to what finds something. No page of it is for search machines: there is no end to them. GET and HEAD.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any
from urllib.parse import urlencode

from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from listserv.core.dialogue.model import Dialogue
from listserv.core.mail.discretion import out_of_sight
from listserv.core.search import excerpt, facets, query
from listserv.core.search.excerpt import Piece
from listserv.core.search.facets import Filters
from listserv.core.search.query import Query
from listserv.edge.web import access
from listserv.edge.web.engine import Engine
from listserv.edge.web.entry import Entry, entry
from listserv.steps.search import search

#: The order in which what was found is shown, beside that by how well it fits.
NEWEST = "newest"


@dataclass(frozen=True, slots=True)
class Hit:
    """`subject`, `text`: in pieces, found and not; of the text that around what was found."""

    entry: Entry
    module: int | None
    subject: Sequence[Piece]
    text: Sequence[Piece]


def routes(engine: Engine) -> list[Route]:
    async def searched(request: Request) -> Response:
        return await engine.run(lambda: _page(engine, request))

    return [Route("/{slug}/search", searched, methods=["GET"])]


def _page(engine: Engine, request: Request) -> Response:
    asked = request.query_params
    said, filters, newest = query.read(asked.get("q", "")), _filters(request), asked.get("order") == NEWEST
    wanted = asked.get("page", "")
    with engine.session.read() as connection:
        reader = access.archive(engine, connection, request)
        number = int(wanted) if wanted.isascii() and wanted.isdigit() and len(wanted) < 6 else 1
        found = search(connection, reader.dialogue.id, said, filters, newest=newest, page=number)
    values = {"hits": [_hit(reader.dialogue, said, row) for row in found.rows], "newest": newest, "chosen": filters}
    links = _Links(said, filters, newest)
    page = access.page(engine, request, reader, "search", here="search", found=found, links=links, **values)
    page.headers["X-Robots-Tag"] = "noindex"
    return page


def _filters(request: Request) -> Filters:
    filters = facets.ALL
    for name in facets.NAMES:
        filters = filters.with_(name, request.query_params.get(name, ""))
    return filters


def _hit(dialogue: Dialogue, said: Query, row: Any) -> Hit:
    shown = entry(dialogue, row)
    text = excerpt.excerpt(out_of_sight(row["text"]), said)
    return Hit(shown, row["module"], excerpt.marked(shown.subject, said), text)


@dataclass(frozen=True, slots=True)
class _Links:
    """The part behind "search" of addresses that ask for the same in another way."""

    said: Query
    filters: Filters
    newest: bool

    def page(self, number: int) -> str:
        return self._of(self.said.said, self.filters, self.newest, number)

    def order(self, newest: bool) -> str:
        return self._of(self.said.said, self.filters, newest)

    def other(self, said: str) -> str:
        return self._of(said, self.filters, self.newest)

    def without(self, name: str) -> str:
        return self._of(self.said.unkeyed(name), self.filters.without(name), self.newest)

    @staticmethod
    def _of(said: str, filters: Filters, newest: bool, number: int = 1) -> str:
        values = {"q": said, **{name: str(getattr(filters, name)) for name in filters.given}}
        values |= ({"order": NEWEST} if newest else {}) | ({"page": str(number)} if number > 1 else {})
        return "?" + urlencode({name: value for name, value in values.items() if value})

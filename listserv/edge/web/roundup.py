"""`/SLUG/roundups` and `/SLUG/roundup/N`: the round-ups that went out, by the number readers count them by.

The text is that of the mail, in the dialogue's language. What its author has withdrawn since, or keeps unquoted, is
not in it; the numbers lead to the contributions. One too long for a page goes on at `?page=2`.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from html import escape
from typing import Any

from markupsafe import Markup
from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from listserv.core.dialogue.model import RoundupState
from listserv.core.mail.discretion import out_of_sight
from listserv.core.publication import trace
from listserv.edge.web import access
from listserv.edge.web.access import Reader
from listserv.edge.web.engine import Engine
from listserv.edge.web.paging import asked
from listserv.steps import archive, circulate, publish
from listserv.store import numbers, roundups
from listserv.store.session import Connection

#: Octets of it on a page, and of a line's tags.
ROOM, TAGS = 36_000, 20


def routes(engine: Engine) -> list[Route]:
    async def listing(request: Request) -> Response:
        reader, sent, report = await engine.run(lambda: _listing(engine, request))
        return access.page(engine, request, reader, "roundups", sent=sent, report=report)

    async def roundup(request: Request) -> Response:
        reader, values = await engine.run(lambda: _one(engine, request))
        return access.page(engine, request, reader, "roundup", **values)

    return [
        Route("/{slug}/roundups", listing, methods=["GET"]),
        Route("/{slug}/roundup/{number:number}", roundup, methods=["GET"]),
    ]


def _listing(engine: Engine, request: Request) -> tuple[Reader, list[tuple[int, Any]], bool]:
    """Reader; number and row of each, the latest first; whether the report is there."""
    with engine.session.read() as connection:
        reader = access.archive(engine, connection, request)
        sent = list(enumerate(_sent(connection, reader.dialogue.id), 1))
        return reader, sent[::-1], circulate.sent(connection, reader.dialogue)


def _one(engine: Engine, request: Request) -> tuple[Reader, dict[str, object]]:
    number = request.path_params["number"]
    with engine.session.read() as connection:
        reader = access.archive(engine, connection, request)
        sent = _sent(connection, reader.dialogue.id)
        if not 1 <= number <= len(sent):
            raise HTTPException(404)
        row, dialogue = sent[number - 1], reader.dialogue
        language = access.language(engine, request, reader)
        told = row["text"], row["told"], language
        text = publish.as_edited(connection, engine.site, dialogue, *told, archived=True)
        known = publish.numbers(connection, dialogue) - numbers.objecting(connection, dialogue.id)

    def linked(markdown: str) -> str:
        return trace.linked(markdown, lambda one: archive.url(engine.site, dialogue, one), known)

    parts = _parts(out_of_sight(text), lambda line: len(escape(linked(line)).encode()))
    page = asked(request, "page", len(parts))
    html = Markup(engine.site.wording.fragment(linked(parts[page - 1])))  # noqa: S704  it lets no HTML of others through
    values = {"number": number, "count": len(sent), "at": row["decided_at"], "html": html}
    return reader, values | {"page": page, "pages": len(parts)}


def _parts(text: str, weight: Callable[[str], int]) -> list[str]:
    """What stands on each of its pages. A number is short, and the link behind it long: `weight` is that of a line."""
    parts, taken = [""], 0
    for line in text.rstrip().splitlines(keepends=True):
        octets = weight(line) + TAGS
        if taken + octets > ROOM or (taken > ROOM * 0.8 and not line.strip()):
            parts.append("")
            taken = 0
        parts[-1] += line
        taken += octets
    return parts


def _sent(connection: Connection, dialogue_id: int) -> Sequence[Any]:
    """In the order in which they were sent: readers count them so."""
    rows = [one for one in roundups.rows(connection, dialogue_id) if one["state"] == RoundupState.SENT]
    return sorted(rows, key=lambda one: (one["decided_at"], one["period"]))

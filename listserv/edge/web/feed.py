"""`/SLUG/feed`: the contributions released last, for feed readers (Atom, RFC 4287), for those who may read the archive.

An entry's id is a tag of the mail domain and the day of release: it stays when the pages move. Texts are plain and
shortened: the entry leads to the page. No addresses, nothing of who objects to an archive.
"""

from __future__ import annotations

from typing import Any

from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from listserv.core.dialogue import countries, facilitation
from listserv.core.dialogue.model import Dialogue
from listserv.core.mail.discretion import out_of_sight
from listserv.core.publication import atom, shape
from listserv.core.sentence import Sentence
from listserv.core.site import Site
from listserv.core.speech import comma
from listserv.edge.web import access
from listserv.edge.web.engine import Engine
from listserv.edge.web.entry import entry
from listserv.edge.web.strangers import shown
from listserv.steps import archive
from listserv.store import reading
from listserv.store.session import Connection

#: Entries, and octets of the text of each.
LATEST, ROOM = 20, 1_800

UNNAMED = Sentence("a participant who prefers not to be named")


def routes(engine: Engine) -> list[Route]:
    async def feed(request: Request) -> Response:
        return await engine.run(lambda: shown(engine, request, lambda connection: _feed(engine, connection, request)))

    return [Route("/{slug}/feed", feed, methods=["GET"])]


def _feed(engine: Engine, connection: Connection, request: Request) -> Response:
    reader = access.archive(engine, connection, request)
    rows = reading.latest_texts(connection, reader.dialogue.id, LATEST)
    site, dialogue = engine.site, reader.dialogue
    items = [_item(site, dialogue, row) for row in rows]
    page = f"{site.base_url}/{dialogue.slug}/"
    began = facilitation.start(dialogue) if dialogue.modules else reader.now
    content = atom.feed(
        id=_tag(site, dialogue, f"{began:%Y}", "feed"),
        title=dialogue.title,
        link=page,
        own=f"{page}feed",
        language=dialogue.language,
        updated=items[0].at if items else began,
        items=items,
    )
    return Response(content, media_type="application/atom+xml", headers={"Vary": "Cookie"})


def _item(site: Site, dialogue: Dialogue, row: Any) -> atom.Item:
    one, language = entry(dialogue, row), site.language(dialogue.language)
    text, *rest = shape.portions(row["text"], ROOM)
    country = (countries.named(one.country, language),) if one.country else ()
    return atom.Item(
        id=_tag(site, dialogue, f"{one.released:%Y-%m-%d}", str(one.number)),
        title=one.subject,
        link=archive.url(site, dialogue, one.number),
        author=comma(language).join(one.author + country) or site.wording.said(UNNAMED, language),
        at=one.released,
        text=out_of_sight(text).strip() + (" […]" if rest else ""),
    )


def _tag(site: Site, dialogue: Dialogue, day: str, what: str) -> str:
    return f"tag:{site.domain},{day}:{dialogue.slug}/{what}"

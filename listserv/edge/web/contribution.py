"""`/SLUG/contribution/N`: a released contribution by its official number, where the archive is open to all.

What its mail's Archived-At leads to (RFC 5064 §2). Not here, as if there were none: what was never released, archives
that are for participants or for nobody, and what its author has asked to be left out (X-No-Archive). Names no mail
address, not even one that stands in the text.
"""

from __future__ import annotations

import re
from typing import Any

from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from listserv.core.dialogue.model import Dialogue
from listserv.core.mail.discretion import out_of_sight
from listserv.core.publication import byline
from listserv.edge.web.engine import Engine
from listserv.edge.web.pages import wanted
from listserv.steps import archive
from listserv.store import attachments, contributions, dialogues


def routes(engine: Engine) -> list[Route]:
    async def contribution(request: Request) -> Response:
        slug, number = request.path_params["slug"], request.path_params["number"]
        dialogue, row, files = await engine.run(lambda: _open(engine, slug, number))
        module, shown = dialogue.module(row["module"]), byline.of(row)
        page = engine.pages.page(
            "contribution",
            engine.site.language(*wanted(request.headers.get("accept-language", "")), dialogue.language),
            number=number,
            title=dialogue.title,
            subject=row["subject"],
            author=[out_of_sight(one) for one in (shown.name, shown.organisation) if one],
            via=out_of_sight(shown.via),
            country=shown.country,
            module=f"{module.number}. {module.title}" if module else "",
            released=row["decided_at"],
            zone=dialogue.zone,
            paragraphs=paragraphs(out_of_sight(row["text"])),
            files=files,
            address=engine.site.addresses.dialogue(slug),
        )
        page.headers["Vary"] = "Accept-Language"
        return page

    return [Route("/{slug}/contribution/{number:int}", contribution, methods=["GET"])]


def _open(engine: Engine, slug: str, number: int) -> tuple[Dialogue, Any, list[tuple[str, int, str]]]:
    with engine.session.read() as connection:
        dialogue = dialogues.read(connection, slug)
        row = contributions.by_number(connection, dialogue.id, number) if dialogue and number < 2**31 else None
        if dialogue is None or row is None or not archive.is_open(connection, dialogue, row):
            raise HTTPException(404)
        kept = attachments.of(connection, row["id"], "kept") if dialogue.policy.attachments.form != "drop" else []
    token = engine.site.addresses.token
    return dialogue, row, [(one["name"], one["size"], token("attachment", one["id"])) for one in kept]


def paragraphs(text: str) -> list[list[str]]:
    """Blocks between blank lines, as lines."""
    return [block.split("\n") for block in re.split(r"\n(?:[ \t]*\n)+", text.strip("\n")) if block.strip()]

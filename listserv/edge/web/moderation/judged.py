"""`/SLUG/moderate/ID/judged`: how it was judged, rule by rule; `…/letter`: as its author's program laid it out.

The letter is harmless HTML (core/mail/sanitise) in a response that could run nothing anyway.
"""

from __future__ import annotations

from markupsafe import Markup
from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from listserv.core.dialogue.reasons import NAMES
from listserv.core.mail.sanitise import sanitise
from listserv.edge.web import access
from listserv.edge.web.engine import Engine
from listserv.edge.web.moderation import desk
from listserv.steps.explain import explain

#: Of our own origin, for our style and the button to log out.
_POLICY = (
    "default-src 'none'; style-src 'self'; form-action 'self'; frame-ancestors 'none'; base-uri 'none';"
    " sandbox allow-same-origin allow-forms"
)


def routes(engine: Engine) -> list[Route]:
    async def judged(request: Request) -> Response:
        return await engine.run(lambda: _judged(engine, request))

    async def letter(request: Request) -> Response:
        return await engine.run(lambda: _letter(engine, request))

    return [
        Route("/{slug}/moderate/{id:number}/judged", judged, methods=["GET"]),
        Route("/{slug}/moderate/{id:number}/letter", letter, methods=["GET"]),
    ]


def _judged(engine: Engine, request: Request) -> Response:
    reader = desk.moderator(engine, request)
    with engine.session.read() as connection:
        row = desk.one(connection, reader, request)
        told = explain(connection, engine.site, row["id"])
    return access.page(engine, request, reader, "moderation/judged", here="moderate", row=row, told=told, names=NAMES)


def _letter(engine: Engine, request: Request) -> Response:
    reader = desk.moderator(engine, request)
    with engine.session.read() as connection:
        row = desk.one(connection, reader, request)
    if not row["html"].strip():
        raise HTTPException(404)
    harmless = Markup(sanitise(row["html"]))  # noqa: S704  nh3's
    response = access.page(engine, request, reader, "moderation/letter", here="moderate", row=row, letter=harmless)
    response.headers["Content-Security-Policy"] = _POLICY
    return response

"""Who may see what of a dialogue, and the page made for them.

The programme is for whoever may read the archive; where the archive is for nobody, for those who take part. What was
said follows `archive`: public, for those who take part, or for nobody. A stranger who asks for what is not public is
sent to log in, whether a dialogue has such a page or not; who takes part in something else finds nothing there.
Moderators' pages are for those who moderate that dialogue.
"""

from __future__ import annotations

import secrets
from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from datetime import datetime
from hmac import compare_digest
from typing import Any
from urllib.parse import quote

from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import HTMLResponse

from listserv.core.dialogue.model import TAKING_PART, Dialogue, Role
from listserv.edge.web.engine import Engine
from listserv.edge.web.pages import wanted
from listserv.edge.web.visitor import Visitor, visitor
from listserv.store import people
from listserv.store.session import Connection


class LoginWanted(Exception):
    """A stranger asks for what is not public."""


@dataclass(frozen=True, slots=True)
class Reader:
    """Who reads in which dialogue. `part`: their participation, if they take part; `visitor`: their login, if any;
    `now`: the dialogues' time.
    """

    now: datetime
    dialogue: Dialogue
    visitor: Visitor
    part: Mapping[str, Any] | None

    @property
    def moderates(self) -> bool:
        return self.part is not None and self.part["role"] in (Role.MODERATOR, Role.ORGANISER)

    @property
    def archive(self) -> bool:
        """Whether what was said is there to be read."""
        return self.dialogue.policy.archive != "none"


def anybody(engine: Engine, connection: Connection, request: Request) -> Reader:
    """The reader of a page that is for everybody. Raises HTTPException 404 where there is no such dialogue."""
    return _reader(engine, connection, request)


def programme(engine: Engine, connection: Connection, request: Request) -> Reader:
    """The reader of a page that tells nothing of what was said. Raises LoginWanted, or HTTPException 404."""
    reader = _reader(engine, connection, request)
    if reader.dialogue.policy.archive != "public" and reader.part is None:
        if reader.visitor.person_id is None:
            raise LoginWanted
        raise HTTPException(404)
    return reader


def archive(engine: Engine, connection: Connection, request: Request) -> Reader:
    """The reader of a page that tells what was said. Raises LoginWanted, or HTTPException 404."""
    reader = programme(engine, connection, request)
    if not reader.archive:
        raise HTTPException(404)
    return reader


def moderator(engine: Engine, connection: Connection, request: Request) -> Reader:
    """A moderator or organiser of the dialogue. Raises LoginWanted, or HTTPException 404."""
    reader = _reader(engine, connection, request)
    if reader.visitor.person_id is None:
        raise LoginWanted
    if not reader.moderates:
        raise HTTPException(404)
    return reader


def check(engine: Engine, reader: Reader, fields: Mapping[str, str]) -> None:
    """That a form of ours, made for this visit, was sent: no page of another site can know the proof. Raises 403."""
    prove(reader.visitor, fields)


def prove(who: Visitor, fields: Mapping[str, str]) -> None:
    """The same, where no dialogue is read."""
    if not who.proof or not compare_digest(fields.get("proof", "").encode(), who.proof.encode()):
        raise HTTPException(403)


def login_of(engine: Engine, request: Request) -> str:
    """The page to log in at, which leads back to the one asked for."""
    path = request.url.path.removeprefix(engine.root)
    asked = f"{path}?{request.url.query}" if request.url.query else path
    return f"{engine.root}/login?to={quote(asked, safe='/')}"


def _reader(engine: Engine, connection: Connection, request: Request) -> Reader:
    now = engine.standing(connection).now
    who = visitor(engine, connection, request, now)
    dialogue = engine.dialogue(connection, request.path_params["slug"])
    part = people.part_in(connection, dialogue.id, who.person_id) if who.person_id is not None else None
    return Reader(now, dialogue, who, part if part is not None and part["status"] in TAKING_PART else None)


def language(engine: Engine, request: Request, reader: Reader) -> str:
    """The reader's: their own, as they have told us, else what their browser asks for, else the dialogue's."""
    own = [reader.part["language"]] if reader.part else []
    asked = wanted(request.headers.get("accept-language", ""))
    return engine.site.language(*own, *asked, reader.dialogue.language)


#: Stands in a page where a visit's proof is to stand. Nobody is told it.
_PROOF = secrets.token_urlsafe(32)


def alike(
    engine: Engine,
    connection: Connection,
    request: Request,
    reader: Reader,
    make: Callable[[Reader], HTMLResponse],
    *others: object,
) -> HTMLResponse:
    """The page that `make` gives: made once for all who read alike, within a minute of the dialogue's time.

    Alike read those of one language and one part in the dialogue; `others`: what else makes a difference. Each visit's
    own is its proof alone. What strangers read is kept elsewhere (strangers).
    """
    if request.url.query or reader.visitor.person_id is None:
        return make(reader)
    nobody = replace(reader, visitor=replace(reader.visitor, proof=_PROOF))
    role = reader.part["role"] if reader.part else ""
    key = (request.scope["path"], language(engine, request, reader), role, *others)
    made = engine.made.take(engine.standing(connection).minute, key, lambda: make(nobody))
    response = HTMLResponse(bytes(made.body).replace(_PROOF.encode(), reader.visitor.proof.encode()))
    response.headers.update({name: value for name, value in made.headers.items() if not name.startswith("content-")})
    return response


def page(
    engine: Engine, request: Request, reader: Reader, name: str, /, status: int = 200, **values: object
) -> HTMLResponse:
    """The page "web/NAME.html" within the frame of its dialogue, in the reader's language.

    Templates have, beside `values`: dialogue, moderates, archive, logged_in, proof (see `check`), zone.
    """
    dialogue = reader.dialogue
    response = engine.pages.page(
        name,
        language(engine, request, reader),
        status,
        dialogue=dialogue,
        moderates=reader.moderates,
        archive=reader.archive,
        logged_in=reader.visitor.person_id is not None,
        proof=reader.visitor.proof,
        zone=dialogue.zone,
        **values,
    )
    response.headers["Vary"] = "Accept-Language, Cookie"
    if dialogue.policy.archive == "public" and status == 200 and not reader.visitor.proof:
        response.headers["X-Robots-Tag"] = "all"
    return response

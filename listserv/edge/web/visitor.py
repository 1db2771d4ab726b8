"""Who asks for a page: nobody we know, or the person whose browser's cookie names a visit of theirs.

The cookie holds a token drawn at random; the store keeps its hash (store/visits). It is for us only (HttpOnly), for
https only where we are reached so (Secure, and then by the name __Host-: no other host of the domain can set it), and
does not come along with what other sites' pages send (SameSite=Lax; a link from a web mailer's page has to work).
A form carries a proof that the page it stands in was made for that very visit.
"""

from __future__ import annotations

import hashlib
import secrets
from dataclasses import dataclass
from datetime import datetime, timedelta

from starlette.requests import Request
from starlette.responses import Response

from listserv.edge.web.engine import Engine
from listserv.store import visits
from listserv.store.session import Connection

#: How long one login holds.
LASTS = timedelta(days=14)


@dataclass(frozen=True, slots=True)
class Visitor:
    """`person_id`: who has logged in; None: nobody. `token_hash`: of the visit. `proof`: what its forms bring along."""

    person_id: int | None = None
    token_hash: str = ""
    proof: str = ""


STRANGER = Visitor()


def known(engine: Engine, request: Request) -> bool:
    """Whether the browser says that somebody has logged in with it."""
    return bool(request.cookies.get(_name(engine)))


def visitor(engine: Engine, connection: Connection, request: Request, now: datetime) -> Visitor:
    token = request.cookies.get(_name(engine), "")
    if not token:
        return STRANGER
    found = visits.find(connection, now, hashed(token))
    if found is None:
        return STRANGER
    proof = engine.site.addresses.token(f"form {found['token_hash']}", found["id"])
    return Visitor(found["person_id"], found["token_hash"], proof)


def drawn() -> str:
    """A token for a new cookie."""
    return secrets.token_urlsafe(32)


def hashed(token: str) -> str:
    """What is kept of a token: 64 hex digits."""
    return hashlib.sha256(token.encode()).hexdigest()


def remember(engine: Engine, response: Response, token: str) -> None:
    """Have the browser bring that token from now on."""
    response.set_cookie(
        _name(engine),
        token,
        max_age=int(LASTS.total_seconds()),
        path=_path(engine),
        secure=engine.secure,
        httponly=True,
        samesite="lax",
    )


def forget(engine: Engine, response: Response) -> None:
    response.delete_cookie(_name(engine), path=_path(engine), secure=engine.secure, httponly=True, samesite="lax")


def _name(engine: Engine) -> str:
    return "__Host-visit" if engine.secure and not engine.root else "visit"


def _path(engine: Engine) -> str:
    return engine.root or "/"

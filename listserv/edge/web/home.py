"""`/`: the dialogues that may be found, each with its hosts, its dates and what is open now.

To be found are those whose archive is public and those that one may ask to take part in; what is by invitation, only by
whoever takes part.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from listserv.core.dialogue import facilitation
from listserv.core.dialogue.model import TAKING_PART, Dialogue, Module
from listserv.edge.web.engine import Engine
from listserv.edge.web.pages import wanted
from listserv.edge.web.strangers import shown
from listserv.edge.web.visitor import visitor
from listserv.store import dialogues, people
from listserv.store.session import Connection


@dataclass(frozen=True, slots=True)
class Offered:
    """A dialogue as a reader finds it. `readable`: they may open it; `joinable`: they may ask to take part."""

    dialogue: Dialogue
    since: datetime | None
    until: datetime | None
    open: Module | None
    ahead: Module | None
    takes_part: bool

    @property
    def readable(self) -> bool:
        return self.takes_part or self.dialogue.policy.archive == "public"

    @property
    def joinable(self) -> bool:
        return not self.takes_part and not self.dialogue.over and self.dialogue.policy.participation != "invite"

    @property
    def findable(self) -> bool:
        return self.readable or self.dialogue.policy.participation != "invite"


def routes(engine: Engine) -> list[Route]:
    async def home(request: Request) -> Response:
        return await engine.run(lambda: shown(engine, request, lambda connection: _page(engine, connection, request)))

    return [Route("/", home, methods=["GET"])]


def _page(engine: Engine, connection: Connection, request: Request) -> Response:
    who = visitor(engine, connection, request, engine.standing(connection).now)
    parts = people.parts_of(connection, who.person_id) if who.person_id is not None else []
    of_theirs = {one["dialogue_id"] for one in parts if one["status"] in TAKING_PART}
    offered = [_offered(one, one.id in of_theirs) for one in dialogues.all_of(connection)]
    own = [one["language"] for one in parts[:1]]
    language = engine.site.language(*own, *wanted(request.headers.get("accept-language", "")))
    page = engine.pages.page(
        "home",
        language,
        name=engine.site.name,
        offered=sorted((one for one in offered if one.findable), key=_order),
        logged_in=who.person_id is not None,
        proof=who.proof,
    )
    page.headers["Vary"] = "Accept-Language, Cookie"
    return page


def _offered(dialogue: Dialogue, takes_part: bool) -> Offered:
    modules, ends = dialogue.modules, [one.ends_at for one in dialogue.modules]
    return Offered(
        dialogue,
        facilitation.start(dialogue) if modules else None,
        None if not modules or None in ends else max(at for at in ends if at),
        dialogue.open_module(),
        next((one for one in modules if not one.opened_at and not one.closed_at), None),
        takes_part,
    )


def _order(one: Offered) -> tuple[bool, bool, bool, float]:
    """One's own first, then what is open, what is to come, and what is past, the latest first."""
    began = one.since.timestamp() if one.since else 0.0
    return not one.takes_part, one.open is None, one.ahead is None, -began

"""`/u/TOKEN`: how to leave, or to get less, from the link in every mail. Whoever has the link may act for its owner.

GET shows what somebody gets, with a button for each choice; GET, HEAD and OPTIONS change nothing, for programs that
check mail open every link in it. POST acts at once, without cookie, login or redirect (RFC 8058 §3.1): a POST that
names a `choice` is from our page, any other does what the link stands for: it leaves or, from a private reminder, has
no more of those. Never to be written to again stands on a page of its own, `?never=1`. Saying the same twice is no
error.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from enum import StrEnum
from typing import Any

from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from listserv.core.dialogue import audience
from listserv.core.dialogue.model import TAKING_PART, DeliveryMode, Dialogue, Participation
from listserv.core.mail.addresses import Link
from listserv.edge.web import form
from listserv.edge.web.engine import Engine
from listserv.steps import choose, leave, never, opt_out, recognise
from listserv.store import dialogues, people

#: What the audit says of why.
BY_LINK = "by the link in a mail"


class Choice(StrEnum):
    """The buttons of the page."""

    EACH = "each"
    DAILY = "daily"
    ROUNDUP = "roundup"
    PAUSE = "pause"
    CONTINUE = "continue"
    QUIET = "quiet"  # no private reminders to write
    LEAVE = "leave"
    NEVER = "never"  # about no dialogue here; asked twice


_MODES = {
    Choice.EACH: DeliveryMode.EACH,
    Choice.DAILY: DeliveryMode.DAILY,
    Choice.ROUNDUP: DeliveryMode.ROUNDUP,
}


#: What a POST without a choice is, by the link it is for.
_BARE = {Link.LEAVE: Choice.LEAVE, Link.REMINDERS: Choice.QUIET}


@dataclass(frozen=True, slots=True)
class _Reader:
    """Whose link it is."""

    part: Any
    dialogue: Dialogue
    never: bool  # whether they have said that they are never to be written to
    moderates: bool

    @property
    def left(self) -> bool:
        return self.part["status"] in (Participation.LEFT, Participation.DECLINED)


def routes(engine: Engine) -> list[Route]:
    async def show(request: Request) -> Response:
        _, part_id = _link(engine, request)
        reader = await engine.run(lambda: _reader(engine, part_id))
        return _page(engine, reader, done=False, sure="never" in request.query_params)

    async def act(request: Request) -> Response:
        link, part_id = _link(engine, request)
        choice = _choice(await form.read(request), _BARE[link])
        reader, changed = await engine.run(lambda: _do(engine, part_id, choice))
        if changed:
            engine.look()
        return _page(engine, reader, done=True)

    async def unsubscribe(request: Request) -> Response:
        return await (act if request.method == "POST" else show)(request)

    return [Route("/u/{token}", unsubscribe, methods=["GET", "POST"])]


def _link(engine: Engine, request: Request) -> tuple[Link, int]:
    """What the link stands for, and whose participation it names. One that is not ours costs an HMAC or two."""
    found = engine.site.addresses.read_link(request.path_params["token"])
    if found is None:
        raise HTTPException(404)
    return found


def _choice(fields: dict[str, str], bare: Choice) -> Choice:
    if "List-Unsubscribe" in fields or "choice" not in fields:
        return bare
    try:
        return Choice(fields["choice"])
    except ValueError:
        raise HTTPException(400) from None


def _reader(engine: Engine, part_id: int) -> _Reader:
    with engine.session.read() as connection:
        part = people.part(connection, part_id)
        if part is None:
            raise HTTPException(404)
        dialogue = dialogues.by_id(connection, part["dialogue_id"])
        never_again = recognise.said_never(connection, engine.site, part["address"])
    return _Reader(part, dialogue, never_again, never.moderates(engine.session, part["address"]))


def _do(engine: Engine, part_id: int, choice: Choice) -> tuple[_Reader, bool]:
    """Do it; whose link it was, as things stand now, and whether anything has changed."""
    reader = _reader(engine, part_id)
    match choice:
        case Choice.LEAVE:
            changed = _leave(engine, reader)
        case Choice.QUIET:
            args = engine.session, engine.now(), engine.site, reader.dialogue, reader.part["id"], BY_LINK
            changed = opt_out.opt_out(*args)
        case Choice.NEVER:
            if reader.moderates:
                raise HTTPException(400)
            args = engine.session, engine.now(), engine.site, reader.dialogue, reader.part, BY_LINK
            changed = never.by_link(*args)
        case _:
            changed = _choose(choice)(engine, reader)
    return (_reader(engine, part_id) if changed else reader), changed


def _leave(engine: Engine, reader: _Reader) -> bool:
    part = reader.part
    return leave.leave(engine.session, engine.now(), engine.site, reader.dialogue, part["id"], part["address"], BY_LINK)


def _choose(choice: Choice) -> Callable[[Engine, _Reader], bool]:
    def act(engine: Engine, reader: _Reader) -> bool:
        return choose.choose(
            engine.session,
            engine.now(),
            engine.site,
            reader.dialogue,
            reader.part["id"],
            paused=choice is Choice.PAUSE,
            mode=_MODES.get(choice),
            reason=BY_LINK,
        )

    return act


def _page(engine: Engine, reader: _Reader, *, done: bool, sure: bool = False) -> Response:
    """`sure`: they want never to be written to again, and are asked whether that is meant."""
    site, part, dialogue = engine.site, reader.part, reader.dialogue
    language = site.language(part["language"], dialogue.language)
    join, owner = site.addresses.join(dialogue.slug), site.addresses.owner(dialogue.slug)
    if reader.never or (sure and not reader.moderates):
        return engine.pages.page("never", language, done=reader.never, join=join, owner=owner)
    if reader.left:
        invited = dialogue.policy.participation == "invite"
        join = "" if invited else join
        return engine.pages.page(
            "left", language, title=dialogue.title, join=join, owner=owner, never=not reader.moderates
        )
    if part["status"] not in TAKING_PART:
        mode, choices = "not-yet", [Choice.LEAVE]
    elif part["status"] == Participation.PAUSED:
        mode, choices = "paused", [Choice.CONTINUE, Choice.DAILY, Choice.ROUNDUP, Choice.LEAVE]
    else:
        mode = part["delivery"]
        choices = [one for one in Choice if one not in (Choice.CONTINUE, Choice.NEVER) and one.value != mode]
        if not part["nudges"] or mode not in audience.PROGRAMME:  # who gets none anyway
            choices.remove(Choice.QUIET)
    return engine.pages.page(
        "unsubscribe",
        language,
        title=dialogue.title,
        mode=str(mode),
        until=part["resumes_at"],
        zone=dialogue.zone,
        choices=choices,
        owner=owner,
        done=done and mode != "not-yet",
        never=not reader.moderates,
    )

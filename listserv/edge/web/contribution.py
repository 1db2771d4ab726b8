"""`/SLUG/contribution/N`: a released contribution by its official number, for those who may read the archive.

What its mail's Archived-At leads to (RFC 5064 §2). A text too long for one page goes on at `?part=2`. Not here: what
was never released, and what its author has asked to be left out (X-No-Archive); what bears a number and was taken back
since is gone (410). Names no mail address, not even one that stands in the text.

What was cut from the mail (quotes, signatures) no moderator has released, and it may name whoever is not to be named:
readers see of it what it quotes of the contribution that it answers, moderators and its author all.

To answer, who takes part is given the contribution's own reply address, which their copies of it bear too, so that the
answer stands beneath it without a reference. A stranger is given the dialogue's address: an address for each
contribution on a page for all would be found by programs that send to whatever they find.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import HTMLResponse, Response
from starlette.routing import Route

from listserv.core.dialogue.model import ContributionState, Dialogue, Late, ModuleState
from listserv.core.mail.discretion import out_of_sight
from listserv.core.mail.files import Fate
from listserv.core.mail.mailto import mailto
from listserv.core.mail.threads import base_subject
from listserv.core.publication import shape
from listserv.core.publication.requoted import requoted
from listserv.edge.web import access, attachment
from listserv.edge.web.access import Reader
from listserv.edge.web.engine import Engine
from listserv.edge.web.entry import Entry, entry
from listserv.edge.web.paging import asked
from listserv.edge.web.strangers import shown
from listserv.store import attachments, contributions, reading, tagging
from listserv.store.session import Connection

#: Octets of a text that one page shows, with its tags.
ROOM = 30_000
#: Answers that one page names, and octets of what was cut.
ANSWERS, CUT = 40, 8_000


def routes(engine: Engine) -> list[Route]:
    async def contribution(request: Request) -> Response:
        return await engine.run(lambda: shown(engine, request, lambda connection: _page(engine, connection, request)))

    return [Route("/{slug}/contribution/{number:number}", contribution, methods=["GET"])]


def _page(engine: Engine, connection: Connection, request: Request) -> Response:
    number = request.path_params["number"]
    reader = access.archive(engine, connection, request)
    row = reading.one(connection, reader.dialogue.id, number) if number < 2**31 else None
    if row is None:
        raise HTTPException(404)
    if row["state"] != ContributionState.RELEASED:
        raise HTTPException(410)
    whole = _sees_all(reader, row)

    def made(reader: Reader) -> HTMLResponse:
        return _made(engine, connection, request, reader, row, whole)

    return access.alike(engine, connection, request, reader, made, whole)


def _made(
    engine: Engine, connection: Connection, request: Request, reader: Reader, row: Mapping[str, Any], whole: bool
) -> HTMLResponse:
    """`whole`: with all that was cut."""
    dialogue = reader.dialogue
    around = _around(connection, dialogue, row)
    cut = row["cut"] if whole else _requoted(connection, dialogue, row, around["parent"])
    parts = shape.portions(row["text"], ROOM)
    part = asked(request, "part", len(parts))
    module = dialogue.module(row["module"])
    return access.page(
        engine,
        request,
        reader,
        "contribution",
        here="",
        one=entry(dialogue, row),
        module=module,
        questions=[
            (question, module.questions[question - 1])
            for question in contributions.questions(row)
            if module and question <= len(module.questions)
        ],
        blocks=shape.blocks(parts[part - 1]),
        part=part,
        parts=len(parts),
        cut=shape.blocks(shape.portions(cut, CUT)[0]) if cut else (),
        whole=whole,
        edited=row["original"] is not None,
        late=bool(row["late"]),
        link=_link(engine, reader, row, reader.now),
        **around,
    )


def _sees_all(reader: Reader, row: Mapping[str, Any]) -> bool:
    """Whether somebody reads what was cut whole: who moderates, and who wrote it."""
    own = reader.visitor.person_id is not None and reader.visitor.person_id == row["person_id"]
    return reader.moderates or own


def _requoted(connection: Connection, dialogue: Dialogue, row: Mapping[str, Any], parent: Entry | None) -> str:
    """Of what was cut, what it quotes of the contribution that it answers."""
    answered = reading.one(connection, dialogue.id, parent.number) if parent and row["cut"] else None
    return requoted(row["cut"], answered["text"]) if answered else ""


def _around(connection: Connection, dialogue: Dialogue, row: Mapping[str, Any]) -> dict[str, Any]:
    """What the page says beside the text."""
    before, after = reading.beside(connection, dialogue.id, row["number"])
    parent = reading.listed(connection, [row["parent_id"]]).get(row["parent_id"]) if row["parent_id"] else None
    answers = reading.answers(connection, row["id"], ANSWERS + 1)
    came = attachments.of(connection, row["id"])
    return {
        "parent": entry(dialogue, parent) if parent else None,
        "answers": _entries(dialogue, answers[:ANSWERS]),
        "more": len(answers) > ANSWERS,
        "before": before,
        "after": after,
        "files": [(out_of_sight(one["name"]), one["size"]) for one in attachment.handed_out(dialogue, came)],
        "withheld": [(out_of_sight(one["name"]), one["size"]) for one in came if one["state"] == Fate.REFUSED],
        "tags": tagging.of(connection, row["id"]),
    }


def _entries(dialogue: Dialogue, rows: Any) -> list[Entry]:
    return [entry(dialogue, one) for one in rows]


def _link(engine: Engine, reader: Reader, row: Mapping[str, Any], now: Any) -> tuple[str, str] | None:
    """The address to answer at, and the link that begins such a mail; None where no answer is taken any more."""
    dialogue, addresses = reader.dialogue, engine.site.addresses
    module = dialogue.module(row["module"])
    over = module is not None and module.state(now, dialogue.policy.grace) is ModuleState.CLOSED
    if dialogue.closed_at or (over and dialogue.policy.late is Late.RETURN):
        return None
    tag = f"[{dialogue.slug} {module.number}]" if module else f"[{dialogue.slug}]"
    subject = f"Re: {tag} {out_of_sight(base_subject(row['subject'], dialogue.slug))}".rstrip()
    takes_part = reader.part is not None
    address = addresses.reply(dialogue.slug, row["id"]) if takes_part else addresses.dialogue(dialogue.slug)
    return address, mailto(address, subject)

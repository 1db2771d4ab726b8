"""Files that came with released contributions: `/a/TOKEN/NAME` for those who got the contribution's mail, and
`/SLUG/contribution/N/file/K/NAME`, the K-th of contribution N, for those who may read the archive.

Always a download, never shown in our name: whatever the file is, a browser is told to save it, not to guess its type
and to run nothing in it. The name in the path is for people; what stands before it decides. A file that is unknown,
held, withdrawn or not kept is not here. GET and HEAD; a file that the browser has already is not sent again.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Sequence
from typing import Any
from urllib.parse import quote

from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route
from starlette.types import Receive, Scope, Send

from listserv.core.dialogue.model import ContributionState, Dialogue
from listserv.core.mail.discretion import out_of_sight
from listserv.core.mail.files import Fate
from listserv.edge.web import access
from listserv.edge.web.engine import Engine
from listserv.edge.web.fresh import has
from listserv.store import attachments, reading

#: Octets sent at a time.
PIECE = 64 * 1024

_ATTR_CHAR = "!#$&+-.^_`|~"  # beside letters and digits: RFC 8187 §3.2.1
_TYPE = re.compile(r"[a-z]+/[a-z0-9][a-z0-9.+-]*")
#: What a browser could run, should it show the file after all.
_ACTIVE = re.compile(r"/(?:html|xml|(?:x-)?(?:java|ecma)script|x-shockwave-flash)$|\+xml$")


def routes(engine: Engine) -> list[Route]:
    in_use = _InUse()

    async def by_mail(request: Request) -> Response:
        number = engine.site.addresses.read_token("attachment", request.path_params["token"])
        if number is None:
            raise HTTPException(404)
        return _sent(request, await engine.run(lambda: _released(engine, number)), in_use)

    async def on_pages(request: Request) -> Response:
        return _sent(request, await engine.run(lambda: _archived(engine, request)), in_use)

    return [
        Route("/a/{token}/{name:path}", by_mail, methods=["GET"]),
        Route("/{slug}/contribution/{number:number}/file/{place:number}/{name:path}", on_pages, methods=["GET"]),
    ]


def handed_out(dialogue: Dialogue, came: Sequence[Any]) -> list[Any]:
    """Those that readers may have of the files that came with a contribution (rows of store/attachments), in order."""
    return [one for one in came if one["state"] == Fate.KEPT and dialogue.policy.attachments.form != "drop"]


def _sent(request: Request, file: Any, in_use: _InUse) -> Response:
    tag = f'"{file["sha256"]}"'
    headers = {
        "ETag": tag,
        "Cache-Control": "private, no-cache",  # kept, but asked for again: it may have been withdrawn
        "Content-Disposition": disposition(out_of_sight(file["name"])),
        "Content-Security-Policy": "default-src 'none'; sandbox",
    }
    if has(request.headers.get("if-none-match", ""), tag):
        return Response(status_code=304, headers=headers)
    return _File(file, headers, in_use)


def _released(engine: Engine, number: int) -> Any:
    with engine.session.read() as connection:
        file = attachments.content_of(connection, number)
    if file is None or file["contribution_state"] != ContributionState.RELEASED:
        raise HTTPException(404)
    return file


def _archived(engine: Engine, request: Request) -> Any:
    with engine.session.read() as connection:
        reader = access.archive(engine, connection, request)
        number, place = request.path_params["number"], request.path_params["place"]
        row = reading.one(connection, reader.dialogue.id, number) if number < 2**31 else None
        if row is None or row["state"] != ContributionState.RELEASED:
            raise HTTPException(404)
        files = handed_out(reader.dialogue, attachments.of(connection, row["id"]))
        if not 0 < place <= len(files):
            raise HTTPException(404)
        return attachments.content_of(connection, files[place - 1]["id"])


def disposition(name: str) -> str:
    """The Content-Disposition of a download called so, however it is called (RFC 6266 §4.3, RFC 8187 §3.2)."""
    shown = re.split(r"[/\\]", name)[-1]
    shown = "".join(c for c in shown if unicodedata.category(c)[0] != "C").strip(" .")[:150] or "attachment"
    plain = re.sub(r"[^A-Za-z0-9 ._-]", "_", shown)
    if plain == shown:
        return f'attachment; filename="{plain}"'
    return f"attachment; filename=\"{plain}\"; filename*=UTF-8''{quote(shown, safe=_ATTR_CHAR)}"


def media_type(content_type: str) -> str:
    """The type as it is said: what could run in a browser is just octets."""
    known = _TYPE.fullmatch(content_type) and not _ACTIVE.search(content_type)
    return content_type if known else "application/octet-stream"


class _InUse:
    """The contents being sent: one copy of each in memory, however many fetch it after a release."""

    def __init__(self) -> None:
        self._held: dict[str, tuple[bytes, int]] = {}

    def take(self, sha256: str, content: bytes) -> bytes:
        held, count = self._held.get(sha256, (content, 0))
        self._held[sha256] = held, count + 1
        return held

    def give_back(self, sha256: str) -> None:
        held, count = self._held.pop(sha256)
        if count > 1:
            self._held[sha256] = held, count - 1


class _File(Response):
    """Sent piece by piece, each when the one before has gone."""

    def __init__(self, file: Any, headers: dict[str, str], in_use: _InUse) -> None:
        self._sha256, self._content, self._in_use = file["sha256"], file["content"], in_use
        own = {"Content-Type": media_type(file["content_type"]), "Content-Length": str(len(self._content))}
        super().__init__(headers=headers | own)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        self._content = self._in_use.take(self._sha256, self._content)
        try:
            await send({"type": "http.response.start", "status": 200, "headers": self.raw_headers})
            octets = memoryview(self._content if scope["method"] != "HEAD" else b"")
            for at in range(0, len(octets), PIECE):
                await send({"type": "http.response.body", "body": bytes(octets[at : at + PIECE]), "more_body": True})
            await send({"type": "http.response.body"})
        finally:
            self._in_use.give_back(self._sha256)

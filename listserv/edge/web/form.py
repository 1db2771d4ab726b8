"""What a POST says: its fields, out of either of the two forms in which mail programs and browsers send them.

Content that is in neither form, or broken, has no fields: a POST without any is a wish as well (RFC 8058 §3.2).
Raises HTTPException: 408 when the content does not come in time, 413 when there is too much of it.
"""

from __future__ import annotations

import asyncio
import re
from urllib.parse import parse_qsl

from starlette.exceptions import HTTPException
from starlette.requests import Request

#: Seconds within which the content of a request has to come.
PATIENCE = 20.0
#: Fields that are looked at, where a page says no other number.
FIELDS = 20

_BOUNDARY = re.compile(r';\s*boundary=(?:"([^"]{1,70})"|([^\s;"]{1,70}))', re.IGNORECASE)
_NAME = re.compile(rb'^content-disposition:[^\r\n]*;\s*name="([^"\r\n]*)"', re.IGNORECASE | re.MULTILINE)


async def read(request: Request, most: int = FIELDS) -> dict[str, str]:
    """The fields by name; the first of those that stand twice."""
    try:
        async with asyncio.timeout(PATIENCE):
            content = await request.body()
    except TimeoutError:
        raise HTTPException(408, headers={"Connection": "close"}) from None
    return fields(request.headers.get("content-type", ""), content, most)


def fields(content_type: str, content: bytes, most: int = FIELDS) -> dict[str, str]:
    found: dict[str, str] = {}
    kind = content_type.partition(";")[0].strip().lower()
    if kind == "multipart/form-data":
        pairs = _parts(content_type, content, most)
    elif kind in ("application/x-www-form-urlencoded", ""):
        pairs = _pairs(content, most)
    else:
        pairs = []
    for name, value in pairs:
        found.setdefault(name, value)
    return found


def _pairs(content: bytes, most: int) -> list[tuple[str, str]]:
    try:
        return parse_qsl(content.decode("utf-8", "replace").strip(), keep_blank_values=True, max_num_fields=most)
    except ValueError:
        return []


def _parts(content_type: str, content: bytes, most: int) -> list[tuple[str, str]]:
    """multipart/form-data (RFC 7578 §4), without nesting."""
    boundary = _BOUNDARY.search(content_type)
    if boundary is None:
        return []
    line = b"\r\n--" + (boundary[1] or boundary[2]).encode("latin-1", "replace")
    pairs = []
    for piece in (b"\r\n" + content).split(line)[1 : most + 1]:
        head, _, value = piece.partition(b"\r\n\r\n")
        if name := _NAME.search(head):
            pairs.append((name[1].decode("utf-8", "replace"), value.decode("utf-8", "replace").strip()))
    return pairs

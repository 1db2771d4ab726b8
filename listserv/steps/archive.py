"""Whether everybody may read a contribution on the web: the organisers open the archive, its author may object."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any

from listserv.core.dialogue.model import Dialogue
from listserv.core.site import Site
from listserv.store import inbox
from listserv.store.session import Connection

# An older custom than any standard; Mailman and Google Groups honour it. Only the header block is looked at.
_OBJECTS = re.compile(rb"(?im)^x-no-archive[ \t]*:[ \t]*yes\b")
_HEAD = 128 * 1024


def is_open(connection: Connection, dialogue: Dialogue, contribution: Mapping[str, Any]) -> bool:
    if dialogue.policy.archive != "public":
        return False
    head = inbox.content(connection, contribution["raw_id"])[:_HEAD].replace(b"\r\n", b"\n").partition(b"\n\n")[0]
    return _OBJECTS.search(head) is None


def url(site: Site, dialogue: Dialogue, number: int) -> str:
    """Where a contribution stands, by its official number (RFC 5064 §2: its own page, for as long as there is one)."""
    return f"{site.base_url}/{dialogue.slug}/contribution/{number}"

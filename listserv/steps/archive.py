"""Whether everybody may read a contribution on the web: the organisers open the archive, its author may object."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from listserv.core.dialogue.model import Dialogue
from listserv.core.site import Site


def is_open(dialogue: Dialogue, contribution: Mapping[str, Any]) -> bool:
    return dialogue.policy.archive == "public" and not contribution["objects"]


def url(site: Site, dialogue: Dialogue, number: int) -> str:
    """Where a contribution stands, by its official number (RFC 5064 §2: its own page, for as long as there is one)."""
    return f"{site.base_url}/{dialogue.slug}/contribution/{number}"

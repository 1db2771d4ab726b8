"""Where a contribution stands on the web: organisers say who may read the archive, its author may object."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from listserv.core.dialogue.model import Dialogue
from listserv.core.site import Site


def stands(dialogue: Dialogue, contribution: Mapping[str, Any]) -> bool:
    """Whether it has a page at all: for everybody, or for those who take part (edge/web/access tells them apart)."""
    return dialogue.policy.archive != "none" and not contribution["objects"]


def url(site: Site, dialogue: Dialogue, number: int) -> str:
    """Where a contribution stands, by its official number (RFC 5064 §2: its own page, for as long as there is one)."""
    return f"{site.base_url}/{dialogue.slug}/contribution/{number}"

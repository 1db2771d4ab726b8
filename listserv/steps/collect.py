"""The resources of a dialogue, as its tables have them; moderators may take one out, and put it back."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace
from datetime import datetime
from urllib.parse import urlsplit

from listserv.core.dialogue.model import Dialogue
from listserv.core.publication import links, resources
from listserv.core.publication.material import Contribution
from listserv.core.publication.resources import Paper, Resource
from listserv.core.site import Site
from listserv.errors import Refused
from listserv.steps.gather import gather
from listserv.store import audit, hidden, numbers
from listserv.store.session import Connection, Session


def collect(connection: Connection, site: Site, dialogue: Dialogue) -> tuple[Resource, ...]:
    """All of them, also those taken out; links to ourselves are none."""
    return _all(connection, site, dialogue, gather(connection, dialogue))


def archived(connection: Connection, site: Site, dialogue: Dialogue) -> tuple[Resource, ...]:
    """Those that pages tell of: without what only contributions outside the archive brought."""
    objecting = numbers.objecting(connection, dialogue.id)
    found = []
    for one in collect(connection, site, dialogue):
        shared = tuple(by for by in one.shared if by.contribution not in objecting)
        if shared or one.number is None:
            found.append(replace(one, shared=shared))
    return tuple(found)


def of(connection: Connection, site: Site, dialogue: Dialogue, contributions: Iterable[Contribution]) -> list[Resource]:
    """What these contributions brought and readers are to see: no papers of the organisers, nothing taken out."""
    found = _all(connection, site, dialogue, contributions)
    return [one for one in found if one.number is not None and not one.hidden]


def _all(
    connection: Connection, site: Site, dialogue: Dialogue, contributions: Iterable[Contribution]
) -> tuple[Resource, ...]:
    papers = [Paper(*one) for one in dialogue.papers]
    ours = {site.domain, urlsplit(site.base_url).hostname or ""}
    return resources.collect(contributions, papers, ours, hidden.keys(connection, dialogue.id))


def hide(session: Session, now: datetime, site: Site, dialogue: Dialogue, wanted: str, actor: str) -> Resource:
    """Take out one by its number or link. Refused for one that is not there, or is taken out already."""
    with session.read() as connection:
        one = _known(connection, site, dialogue, wanted)

    def write(connection: Connection) -> None:
        if not hidden.add(connection, now, dialogue.id, one.key, actor):
            raise Refused(f"resource {wanted} is hidden already; to show it again: listserv resources restore {wanted}")
        audit.record(connection, now, actor, "hide", f"resource {one.number}", one.label, dialogue.id)

    session.write(write)
    return one


def restore(session: Session, now: datetime, site: Site, dialogue: Dialogue, wanted: str, actor: str) -> Resource:
    """Put it back. Refused for one that is not taken out."""
    with session.read() as connection:
        one = _known(connection, site, dialogue, wanted)

    def write(connection: Connection) -> None:
        if not hidden.remove(connection, dialogue.id, one.key):
            raise Refused(f"resource {wanted} is not hidden")
        audit.record(connection, now, actor, "restore", f"resource {one.number}", one.label, dialogue.id)

    session.write(write)
    return one


def _known(connection: Connection, site: Site, dialogue: Dialogue, wanted: str) -> Resource:
    there = collect(connection, site, dialogue)
    if wanted.isdecimal():
        found = [one for one in there if one.number is not None and str(one.number) == wanted.lstrip("0")]
    else:
        key = links.key(links.clean(wanted) or wanted)
        found = [one for one in there if one.key == key]
    if not found:
        raise Refused(f"there is no resource {wanted}; see: listserv resources")
    if found[0].number is None:
        raise Refused(f"{found[0].label} is the organisers': take it out of listserv.toml ([[dialogue.resource]])")
    return found[0]

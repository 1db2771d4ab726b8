"""A dialogue's mails once more, one by one, as its readers had them: for an mbox that any mail program opens.

What stands in each is of today: who has wished since not to be named is not, whoever was erased is gone, and a
round-up that names somebody who no longer wants to be named for what it tells of is left out. Threads are what they
were: the same Message-IDs, References, dates and subjects. Files are attached, so that the archive needs no pages of
ours; addresses of ours that act for whoever has them (SLUG+TOKEN@) are not in it. Nothing is written; some
contributions at a time are in memory.
"""

from __future__ import annotations

import heapq
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any

from listserv.core.dialogue.model import Dialogue
from listserv.core.mail import inmail, listed, outmail
from listserv.core.mail.discretion import out_of_sight
from listserv.core.mail.files import Fate
from listserv.core.publication import byline
from listserv.core.site import Site
from listserv.steps import archive, distribute
from listserv.steps.distribute import Enclosure
from listserv.steps.unname import Unnamed
from listserv.store import announcements, attachments, contributions, retelling
from listserv.store.session import Connection, Session

#: What was said to all and stands at the top of threads, beside contributions.
FRAME = tuple(listed.KINDS)


@dataclass(frozen=True, slots=True)
class Told:
    """One mail. `left_out`: why it is not in the archive; its content is empty then."""

    at: datetime
    kind: str
    subject: str
    content: bytes
    left_out: str = ""


def retell(
    session: Session, site: Site, dialogue: Dialogue, language: str = "", *, frame: bool = True
) -> Iterator[Told]:
    """All of it, in order of time. `frame`: with announcements, closing mails and round-ups."""
    dialogue = replace(dialogue, language=site.language(language, dialogue.language))
    with session.read() as connection:
        said = _contributions(connection, site, dialogue)
        around = _frame(connection, dialogue) if frame else iter(())
        yield from heapq.merge(around, said, key=_at)


def _at(one: Told) -> datetime:
    return one.at


def _frame(connection: Connection, dialogue: Dialogue) -> Iterator[Told]:
    unnamed = Unnamed(connection, dialogue)
    for row in retelling.to_all(connection, dialogue.id, FRAME, (dialogue.language,)):
        content = listed.marked(row["kind"], row["head"] + b"\r\n" + row["body"])
        told = Told(row["created_at"], row["kind"], row["subject"], content)
        if row["kind"] == "roundup" and unnamed.names(inmail.read(content).body, row["told"] or ()):
            told = replace(told, content=b"", left_out="it names somebody who no longer wants to be named")
        yield told


def portion(
    connection: Connection, site: Site, dialogue: Dialogue, after: int, count: int
) -> tuple[list[Told], int | None]:
    """The next `count` contributions after that official number, as everybody who may read the archive can take them.

    Without mail addresses of anybody, also in texts, and without those whose authors object to an archive; files are
    named, not attached. With it the last number looked at; None where there are no more.
    """
    policy = dialogue.policy
    dialogue = replace(dialogue, policy=replace(policy, privacy=replace(policy.privacy, addresses="hidden")))
    rows = contributions.released_after(connection, dialogue.id, after, count)
    roots = _Roots(connection, dialogue)
    found = []
    for row in rows:
        if archive.stands(dialogue, row):
            files = attachments.of(connection, row["id"], Fate.KEPT)
            named = [Enclosure(one["id"], out_of_sight(one["name"]), one["content_type"], one["size"]) for one in files]
            found.append(_contribution(connection, site, dialogue, _unaddressed(site, row), roots, named))
    return found, rows[-1]["number"] if len(rows) == count else None


def _unaddressed(site: Site, row: Any) -> dict[str, Any]:
    """The row without mail addresses in anything of it that goes out."""
    hidden = {key: out_of_sight(row[key] or "") for key in ("subject", "text", "from_name", "organisation")}
    hidden["person_name"] = out_of_sight(row["person_name"]) if row["person_name"] else None
    return {**row, **hidden, "message_id": _identifier(site, row)}


def _contributions(connection: Connection, site: Site, dialogue: Dialogue) -> Iterator[Told]:
    roots = _Roots(connection, dialogue)
    for row in retelling.released(connection, dialogue.id):
        enclosures = _enclosures(connection, dialogue, row["id"])
        yield _contribution(connection, site, dialogue, row, roots, enclosures)


class _Roots:
    """The Message-IDs of the announcements that modules' threads begin with, each looked up once."""

    def __init__(self, connection: Connection, dialogue: Dialogue) -> None:
        self._connection, self._dialogue = connection, dialogue
        self._found: dict[int | None, str | None] = {}

    def of(self, module: int | None) -> str | None:
        if module not in self._found:
            self._found[module] = announcements.thread_root(self._connection, self._dialogue.id, module)
        return self._found[module]


def _contribution(
    connection: Connection, site: Site, dialogue: Dialogue, row: Any, roots: _Roots, enclosures: Sequence[Enclosure]
) -> Told:
    parent = contributions.get(connection, row["parent_id"]) if row["parent_id"] else None
    prepared = distribute.prepare(
        replace(site, pages=False),  # files are with it, or asked for: a link of a mail's own would outlive the archive
        dialogue,
        row["decided_at"],
        {**row, "message_id": _identifier(site, row)},
        row["number"],
        enclosures=enclosures,
        languages=(),
        root=roots.of(row["module"]),
        parent=_identifier(site, parent) if parent and parent["module"] == row["module"] else None,
        withheld=distribute.withheld(attachments.of(connection, row["id"])),
        archived=archive.url(site, dialogue, row["number"]) if site.pages and archive.stands(dialogue, row) else None,
    )
    (rendering,) = prepared.renderings.values()
    ours = site.addresses.reply(dialogue.slug, row["id"]).encode()
    content = rendering.message().replace(ours, site.addresses.dialogue(dialogue.slug).encode())
    return Told(row["decided_at"], "contribution", prepared.subject, content)


def _identifier(site: Site, row: Any) -> str:
    """Its Message-ID; another for one that its author's program made and that may tell who is not to be named, or
    that has their address in it."""
    own, theirs = row["message_id"], row["from_address"].lower()
    named = byline.named(row["attribution"]) and not (theirs and theirs in own.lower())
    if named or own.endswith(f"@{site.domain}>"):
        return own
    return outmail.new_message_id(site.domain, "unnamed", site.addresses.fingerprints(own)[0][:32])


def _enclosures(connection: Connection, dialogue: Dialogue, contribution_id: int) -> list[Enclosure]:
    """Its files with their content; where readers were only told of files, so it stays."""
    handed_out = dialogue.policy.attachments.form != "drop"
    found = []
    for row in attachments.of(connection, contribution_id, Fate.KEPT):
        whole = attachments.content_of(connection, row["id"]) if handed_out else None
        content = whole["content"] if whole else b""
        found.append(Enclosure(row["id"], row["name"], row["content_type"], row["size"], content))
    return found

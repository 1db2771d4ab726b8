"""A dialogue with all that is its own, file by file: settings, people, mail in and out, decisions; one moment's view.

What is a secret stays: the site's secret, passwords, open questions and their tokens. Mails to one person go without
the tokens of ours in them. Who is never to be written to again goes as the fingerprints they are kept as.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator, Mapping
from datetime import UTC, datetime

from listserv.core.dialogue.model import Dialogue
from listserv.core.publication.manifest import Manifest
from listserv.core.site import Site
from listserv.store import audit, outbox, packing, turns
from listserv.store.parts import PARTS, Part
from listserv.store.session import Connection, Session

#: What the secret makes a mark of, by which it is known again without being told.
MARK = "the secret of a packed dialogue"


def mark(site: Site) -> str:
    return site.addresses.fingerprints(MARK)[0]


class Packing:
    """One dialogue on its way out: `files`, each to be read to its end before the next, then `manifest`."""

    def __init__(self, connection: Connection, now: datetime, site: Site, dialogue: Dialogue) -> None:
        self._connection, self._now, self._site, self._dialogue = connection, now, site, dialogue
        self.records = Counter[str]()

    def files(self) -> Iterator[tuple[str, Iterable[bytes]]]:
        """Path and content in pieces."""
        for part in PARTS:
            yield f"{part.name}.jsonl", self._lines(part)
            if part.folder:
                for number, path in packing.contents(self._connection, part, self._dialogue.id):
                    yield path, [self._content(part, number)]

    def _lines(self, part: Part) -> Iterator[bytes]:
        self.records[part.name] = 0
        for row in packing.rows(self._connection, part, self._dialogue.id):
            self.records[part.name] += 1
            yield packing.line(row)

    def _content(self, part: Part, number: int) -> bytes:
        content = packing.content(self._connection, part, number)
        if part.name == "renderings" and packing.is_personal(self._connection, number):
            content = self._site.addresses.masked(content)
        return content

    def manifest(self, files: Mapping[str, tuple[int, str]]) -> Manifest:
        """What was packed; `files`: octets and SHA-256 by path."""
        return Manifest(
            slug=self._dialogue.slug,
            title=self._dialogue.title,
            domain=self._site.domain,
            made_at=self._now.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%SZ"),
            mark=mark(self._site),
            records=dict(self.records),
            files=dict(files),
        )


def packed(session: Session, now: datetime, dialogue: Dialogue, actor: str) -> None:
    """Record that it was: whoever has the file has everybody's addresses and mails."""
    session.write(lambda connection: audit.record(connection, now, actor, "export", f"dialogue {dialogue.slug}"))


def under_way(session: Session, dialogue: Dialogue) -> int:
    """Mails that have not gone out yet: whoever unpacks the dialogue does not send them by itself."""
    with session.read() as connection:
        counts = outbox.counts(connection, dialogue.id)
    return sum(counts.get(state, 0) for state in turns.UNFINISHED)

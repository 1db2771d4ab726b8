"""A packed dialogue put into this installation: verified wholly, then written in one transaction, or not at all.

Where its numbers are free they stay, and tokens in mails already sent stay good under the same secret; elsewhere its
parts get new numbers. Then the same secret would make those tokens act on others, so that is refused. Who has an
address that is known here is that person, and who asked here never to be written to again has left. What had not gone
out when it was packed is not sent: it may have been, since.
"""

from __future__ import annotations

import hashlib
import json
import re
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import IO, Any

from listserv.core.dialogue.model import DeliveryState, Participation
from listserv.core.publication.manifest import NAME, Manifest
from listserv.core.site import Site
from listserv.errors import Refused
from listserv.steps.newcomer import SAID_NO
from listserv.steps.pack import MARK
from listserv.steps.recognise import Register
from listserv.store import audit, dialogues, packing, turns, unpacking
from listserv.store.parts import PARTS, Part
from listserv.store.session import Connection, Session
from listserv.store.unpacking import Numbers

WAITED = "not sent: it waited when the dialogue was packed"
LONGEST = 64 * 2**20  # octets of one line
#: Octets of one mail or file: it is read into memory whole.
LARGEST = 256 * 2**20
_PIECE = 2**20
_SLUG = re.compile(r"[a-z0-9]{2,20}")


@dataclass(frozen=True, slots=True)
class Package:
    """A file of files: their octets by path, and how each is read. `name`: what people call it."""

    name: str
    sizes: Mapping[str, int]
    open: Callable[[str], IO[bytes]]


@dataclass(frozen=True, slots=True)
class Unpacked:
    """`records`: what was written, by part. `known`: people who were here already. `tokens`: whether those in mails
    sent so far stay good. `waited`: mails that had not gone out."""

    slug: str
    records: Mapping[str, int]
    known: int
    tokens: bool
    waited: int


def verify(package: Package) -> Manifest:
    """Every file there, none beside them, each as the manifest says, every line one of JSON. Refused otherwise."""
    if NAME not in package.sizes:
        raise Refused(f"{package.name}: no {NAME} in it: it is no dialogue that `export bundle` wrote")
    if package.sizes[NAME] > LONGEST:
        raise Refused(f"{package.name}: its {NAME} is too large")
    try:
        with package.open(NAME) as file:
            manifest = Manifest.read(file.read())
    except ValueError as error:
        raise Refused(f"{package.name}: {error}") from None
    wanted = {**{path: size for path, (size, _) in manifest.files.items()}, NAME: package.sizes[NAME]}
    if missing := sorted(wanted.keys() - package.sizes.keys()):
        raise Refused(f"{package.name}: {missing[0]} is missing")
    if beside := sorted(package.sizes.keys() - wanted.keys()):
        raise Refused(f"{package.name}: {beside[0]!r} does not belong to it")
    for path, (size, sha256) in manifest.files.items():
        if size > LARGEST and not path.endswith(".jsonl"):
            raise Refused(f"{package.name}: {path} is too large: {size:,} bytes, where no mail or file has {LARGEST:,}")
        if package.sizes[path] != size or _sha256(package, path) != sha256:
            raise Refused(f"{package.name}: {path} is damaged: it is not what was packed (SHA-256)")
    for part in PARTS:
        if f"{part.name}.jsonl" not in wanted:
            if part.since:
                continue
            raise Refused(f"{package.name}: {part.name}.jsonl is missing")
        if sum(1 for _ in _rows(package, part)) != manifest.records.get(part.name):
            raise Refused(f"{package.name}: {part.name}.jsonl has not as many lines as {NAME} says")
    (about, *more) = [*_rows(package, PARTS[0]), None]
    if about is None or more != [None] or about.get("slug") != manifest.slug or not _SLUG.fullmatch(manifest.slug):
        raise Refused(f"{package.name}: dialogue.jsonl is not that of {manifest.slug}")
    return manifest


def _sha256(package: Package, path: str) -> str:
    made = hashlib.sha256()
    with package.open(path) as file:
        while piece := file.read(_PIECE):
            made.update(piece)
    return made.hexdigest()


def _rows(package: Package, part: Part) -> Iterator[dict[str, Any]]:
    path = f"{part.name}.jsonl"
    with package.open(path) as file:
        number = 0
        while line := file.readline(LONGEST):
            number += 1
            try:
                row = json.loads(line)
            except (ValueError, RecursionError):
                row = None
            if not isinstance(row, dict) or not isinstance(row.get("id"), int):
                raise Refused(f"{package.name}: line {number} of {path} cannot be read")
            yield row


def unpack(session: Session, now: datetime, site: Site, package: Package, actor: str) -> Unpacked:
    """Verify it and write it. Refused for what cannot be; in a session's rehearsal nothing is written."""
    manifest = verify(package)
    return session.write(lambda connection: _Unpacking(connection, now, site, package, manifest).run(actor))


class _Unpacking:
    def __init__(self, connection: Connection, now: datetime, site: Site, package: Package, manifest: Manifest) -> None:
        self.connection, self.now, self.site, self.package, self.manifest = connection, now, site, package, manifest
        self.written: dict[str, int] = {}
        self.waited = 0

    def run(self, actor: str) -> Unpacked:
        slug, name = self.manifest.slug, self.package.name
        if slug in dialogues.slugs(self.connection):
            raise Refused(f"{name}: there is a dialogue {slug} here already; a packed one comes in before `apply`")
        addresses = {row["key"]: row["person_id"] for row in _rows(self.package, _part("addresses"))}
        self.here = unpacking.known_people(self.connection, list(addresses))
        people = {addresses[key]: person for key, person in self.here.items()}
        self.numbers = Numbers(unpacking.taken(self.connection), people)
        ours = self.manifest.mark in self.site.addresses.fingerprints(MARK)
        tokens = ours and self.manifest.domain == self.site.domain
        if tokens and not self.numbers.kept:
            raise Refused(
                f"{name}: it comes from an installation with the same secret, and its numbers are taken here: mails "
                "already sent would act on others. Import it into an empty database, or give this site another secret"
            )
        register = Register(self.connection, self.site, list(addresses))
        self.gone = {person for key, person in addresses.items() if register.suppressed(key)}
        for part in PARTS:
            self._write(part)
        unpacking.go_on(self.connection)
        try:
            dialogues.read(self.connection, slug)
        except (KeyError, TypeError, ValueError) as error:  # settings that are none
            raise Refused(f"{name}: dialogue.jsonl has settings that cannot be: {error}") from None
        total = sum(self.written.values())
        audit.record(self.connection, self.now, actor, "import", f"dialogue {slug}", f"{total} records")
        return Unpacked(slug, self.written, len(people), tokens, self.waited)

    def _write(self, part: Part) -> None:
        some: list[dict[str, Any]] = []
        path = f"{part.name}.jsonl"
        self.written[part.name] = 0
        if path not in self.package.sizes:  # it is from before there was such a part
            return
        try:
            for row in _rows(self.package, part):
                if part.name == "people" and row["id"] in self.numbers.people:
                    continue
                if part.name == "addresses" and row["key"] in self.here:
                    continue
                values = unpacking.stored(part, row, self.numbers)
                if values is None:
                    continue
                if part.folder:
                    with self.package.open(packing.path(part, row)) as file:
                        values |= unpacking.parted(part, file.read())
                self._changed(part, row, values)
                some.append(values)
                self.written[part.name] += 1
                if len(some) == unpacking.PORTION or part.folder:
                    unpacking.write(self.connection, part, some)
                    some = []
            unpacking.write(self.connection, part, some)
        except (KeyError, TypeError, ValueError) as error:
            raise Refused(f"{self.package.name}: {path} has a line that cannot be: {error}") from None

    def _changed(self, part: Part, row: Mapping[str, Any], values: dict[str, Any]) -> None:
        """What may not come in as it was."""
        if part.name == "deliveries" and values["state"] in turns.UNFINISHED:
            values |= {"state": DeliveryState.FAILED, "reply": WAITED, "finished_at": self.now}
            self.waited += 1
        if part.name == "participations" and row["person_id"] in self.gone and values["status"] not in SAID_NO:
            values["status"] = Participation.LEFT


def _part(name: str) -> Part:
    return next(one for one in PARTS if one.name == name)

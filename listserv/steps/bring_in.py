"""An old list's mails become contributions: released, numbered by their dates, or held. Nobody is written to.

Each mail enters once: one whose Message-ID (or, without one, whose content) is known is passed over, so an import that
was interrupted is simply run again. A mail counts for the module that had opened last by its date, or the one named.
Who has a part here is recognised by their address, and shown as they wish; who was erased here stays away. Moderators
are told of nothing: not of what is released, nor, in a notice or a reminder, of what is held. Round-ups and bundles
pass over what was brought in. What stands around contributions in an export of ours (announcements, round-ups) is
left out.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from typing import Any

from listserv.core.dialogue.model import Attribution, ContributionState, Dialogue, Outcome
from listserv.core.dialogue.phrases import length
from listserv.core.mail import files, inmail, listed, outmail
from listserv.core.mail.automatic import GUESSES
from listserv.core.mail.files import File
from listserv.core.mail.identity import key
from listserv.core.mail.inmail import InboundMail
from listserv.core.mail.level import Level
from listserv.core.mail.mbox import Entry
from listserv.core.publication import byline
from listserv.core.sentence import Sentence
from listserv.core.site import Site
from listserv.errors import Refused
from listserv.steps import recognise
from listserv.steps.notify import TOLD
from listserv.steps.remind import ESCALATED, REMINDED
from listserv.store import attachments, audit, contributions, inbox, occurrences, originals, people
from listserv.store.session import Connection, Session

#: Mails written in one transaction: a running engine waits no longer than that takes.
PORTION = 50

EARLIEST = datetime(1980, 1, 1, tzinfo=UTC)  # a date before it is a clock's mistake
PROTOCOL = "import"  # how the inbox says it came
HELD = ("imported", Sentence("It comes from the archive of another list."))


@dataclass(frozen=True, slots=True)
class Place:
    """Where a mail stands in the file, and what orders it among the others."""

    line: int
    start: int
    end: int
    at: datetime | None
    subject: str


@dataclass(frozen=True, slots=True)
class Brought:
    """What became of one mail. `verdict`: released | held | known | left out; `reason`: why it was left out."""

    line: int
    at: datetime | None
    author: str
    subject: str
    verdict: str
    number: int | None = None
    module: int | None = None
    reason: str = ""


@dataclass(frozen=True, slots=True)
class _Ready:
    brought: Brought
    raw: bytes
    mail: InboundMail
    values: Mapping[str, Any]
    came: Sequence[File]
    above: tuple[str, ...] = field(default=())


def survey(entries: Iterable[Entry]) -> list[Place]:
    """The mails of a file by date. Without a usable date the From_ line's counts, or that of the one before."""
    found: list[Place] = []
    for one in entries:
        head = inmail.read(one.content[: 64 * 1024].replace(b"\r\n", b"\n").partition(b"\n\n")[0] + b"\n\n")
        at = next((each for each in (head.date, one.at) if each and each >= EARLIEST), None)
        at = at or (found[-1].at if found else None)
        found.append(Place(one.line, one.start, one.end, at, head.subject))
    first = min((one.at for one in found if one.at), default=None)
    found = [replace(one, at=one.at or first) for one in found]
    return sorted(found, key=lambda one: (one.at or EARLIEST, one.line))


def bring_in(
    session: Session,
    now: datetime,
    site: Site,
    dialogue: Dialogue,
    places: Sequence[Place],
    entry_at: Callable[[Place], Entry],
    actor: str,
    *,
    module: int | None = None,
    held: bool = False,
    dry_run: bool = False,
) -> Iterator[Brought]:
    """What becomes of each mail, in order of date; what has been yielded is committed. `entry_at` reads one of them.

    Refused for a module that is none, and for a file in which there is nothing.
    """
    if module is not None and dialogue.module(module) is None:
        raise Refused(f"{dialogue.slug} has no module {module}; see: listserv module list")
    if not places:
        raise Refused("there is no mail in it: no line begins with From, an address and a date")
    importing = _Importing(session, now, site, dialogue, module, held, listed.common_tag(one.subject for one in places))
    for start in range(0, len(places), PORTION):
        some = places[start : start + PORTION]
        with session.read() as connection:
            ready = [importing.look(connection, place, entry_at(place)) for place in some]
        if dry_run:
            yield from (importing.foresee(one) for one in ready)
        else:
            yield from session.write(lambda connection, ready=ready: importing.write(connection, ready, actor))


class _Importing:
    def __init__(
        self,
        session: Session,
        now: datetime,
        site: Site,
        dialogue: Dialogue,
        module: int | None,
        held: bool,
        tag: str,
    ) -> None:
        self.now, self.site, self.dialogue, self.module, self.held, self.tag = now, site, dialogue, module, held, tag
        self.seen: set[str] = set()
        with session.read() as connection:
            self.next = contributions.next_number(connection, dialogue.id)

    def look(self, connection: Connection, place: Place, entry: Entry) -> Brought | _Ready:
        """Read one mail; what it is to become, or why it does not."""
        cut = self.site.addresses.without_tokens
        mail = inmail.read(listed.restored(entry.content))
        at = min(place.at, self.now) if place.at else self.now
        author = listed.display_name(mail.author.name) if mail.author else mail.from_text
        address = self._address(mail)
        subject = listed.untagged(cut(mail.subject), self.tag)
        brought = Brought(place.line, at, author or address, subject, "left out")
        text = listed.own_words(cut(mail.text), ours=listed.is_ours(entry.content))
        if why := self._unfit(connection, mail, text, address, entry):
            return replace(brought, reason=why)
        known, used = contributions.same(connection, self.dialogue.id, mail.message_id, mail.digest)
        once = mail.message_id or mail.digest
        if known or used or once in self.seen:
            return replace(brought, verdict="known")
        self.seen.add(once)
        came = files.sorted_out(mail.attachments, mail.html, self.dialogue.policy.attachments)
        came = files.without_tokens(came, cut, self.site.addresses.masked)
        part = people.part_of(connection, self.dialogue.id, address) if address else None
        attribution = Attribution(part["attribution"]) if part else Attribution.NAME
        state = ContributionState.HELD if self.held else ContributionState.RELEASED
        brought = replace(brought, verdict=state.value, module=self._module(at))
        values = {
            "dialogue_id": self.dialogue.id,
            "module": brought.module,
            "state": state,
            "person_id": part["person_id"] if part else people.person_of(connection, address) if address else None,
            "from_name": cut(author),
            "from_address": address,
            "subject": subject or self.dialogue.title,
            "message_id": self._identifier(mail, attribution),
            "in_reply_to": (mail.in_reply_to or mail.references or ("",))[-1],
            "text": text,
            "cut": cut(mail.cut),
            "html": cut(mail.html),
            "words": length(text),
            "reasons": [list(HELD)] if self.held else [],
            "digest": mail.digest,
            "attribution": attribution,
            "quotable": part["quotable"] if part else 1,
            "authentication": Level.NONE,
            "late": 0,
            "objects": int(originals.objects(entry.content)),
            "received_at": at,
        }
        above = (*mail.in_reply_to, *reversed(mail.references))
        return _Ready(brought, entry.content, mail, values, came, above)

    def _address(self, mail: InboundMail) -> str:
        """Where its author writes from; "" where the list's own address stands for it, or one of ours."""
        if mail.author is None:
            return ""
        own = {f"{local}@{domain}" for local, _, domain in (one.partition(".") for one in mail.list_ids)}
        ours = self.site.addresses.parse(mail.author.address) is not None
        return "" if ours or key(mail.author.address) in own else mail.author.address

    def _unfit(self, connection: Connection, mail: InboundMail, text: str, address: str, entry: Entry) -> str:
        if entry.cut_off:
            return "it is too large"
        if what := listed.mark(entry.content):
            return f"it is {what}, not a contribution"
        if mail.automatic is not None and mail.automatic not in GUESSES:
            return f"it is automatic mail ({mail.automatic})"
        if not text.strip() and not mail.attachments:
            return "it has no text of its own"
        if address and recognise.suppressed(connection, self.site, address):
            return "its author was erased here, at their wish"
        return ""

    def _module(self, at: datetime) -> int | None:
        """The one named, else the one that had opened last by then, else the first."""
        if self.module is not None or not self.dialogue.modules:
            return self.module
        began = [one for one in self.dialogue.modules if (one.opened_at or one.opens_at) <= at]
        return (began[-1] if began else self.dialogue.modules[0]).number

    def _identifier(self, mail: InboundMail, attribution: Attribution) -> str:
        if outmail.is_identifier(mail.message_id) and byline.named(attribution):
            return mail.message_id
        mark = self.site.addresses.fingerprints(mail.message_id or mail.digest)[0][:32]
        return outmail.new_message_id(self.site.domain, "imported", mark)

    def foresee(self, one: Brought | _Ready) -> Brought:
        if isinstance(one, Brought):
            return one
        if self.held:
            return one.brought
        self.next += 1
        return replace(one.brought, number=self.next - 1)

    def write(self, connection: Connection, ready: Sequence[Brought | _Ready], actor: str) -> list[Brought]:
        done = [one if isinstance(one, Brought) else self._write(connection, one, actor) for one in ready]
        new = [one for one in done if one.verdict in (ContributionState.RELEASED, ContributionState.HELD)]
        if new:
            numbers = f"numbers {new[0].number} to {new[-1].number}" if new[0].number else "held"
            said = f"{len(new)} mails of an mbox, {numbers}"
            audit.record(
                connection, self.now, actor, "import", f"dialogue {self.dialogue.slug}", said, self.dialogue.id
            )
        return done

    def _write(self, connection: Connection, one: _Ready, actor: str) -> Brought:
        if any(contributions.same(connection, self.dialogue.id, one.mail.message_id, one.mail.digest)):
            return replace(one.brought, verdict="known", module=None)
        values, number = dict(one.values), None
        above = contributions.known_as(connection, self.dialogue.id, one.above)
        if above is not None and above.module == values["module"]:
            values["parent_id"] = above.id
        if not self.held:
            number = contributions.next_number(connection, self.dialogue.id)
            values |= {"number": number, "decided_at": values["received_at"], "decided_by": actor}
        to = self.site.addresses.dialogue(self.dialogue.slug)
        (inbox_id,) = inbox.add(connection, self.now, values["from_address"], [to], one.raw, PROTOCOL)
        values["raw_id"] = inbox.raw_of(connection, inbox_id)
        contribution_id = contributions.add(connection, values)
        attachments.add(connection, self.now, contribution_id, one.came)
        inbox.done(
            connection,
            inbox_id,
            Outcome.HELD if self.held else Outcome.RELEASED,
            "from an mbox",
            message_id=one.mail.message_id,
            subject=one.mail.subject,
            author=key(values["from_address"]) if values["from_address"] else "",
            dialogue_id=self.dialogue.id,
            contribution_id=contribution_id,
        )
        for kind in (TOLD, REMINDED, ESCALATED) if self.held else ():
            occurrences.once(connection, self.dialogue.id, kind, str(contribution_id), 0, self.now)
        return replace(one.brought, number=number)

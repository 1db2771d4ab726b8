"""Plays one dialogue through: the clock jumps to each thing that is due, people write, moderators release.

The steps are the engine's own, on a database of the rehearsal's; only the relay is missing. `play` returns when nothing
is left to do. Every mail goes to the folder as it is made.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from datetime import UTC, datetime, timedelta

from listserv.core.dialogue import programme
from listserv.core.dialogue.model import Dialogue
from listserv.core.mail.splice import splice
from listserv.core.site import Site
from listserv.edge.rehearsal import cast
from listserv.edge.rehearsal.cast import Writes
from listserv.edge.rehearsal.folder import Folder, Made, Variant
from listserv.errors import Refused
from listserv.steps import apply, deliver, enrol, intake, mark, moderate, notify
from listserv.steps import programme as clock
from listserv.steps.apply import Planned
from listserv.steps.mark import Marks
from listserv.store import contributions, dialogues, inbox, mailings
from listserv.store.session import Session

MODERATOR = "rehearsal"
_READS = timedelta(hours=1)  # so long after a mail came the moderators release it
_LONGEST = timedelta(days=60)  # after the end; nothing goes later


class Play:
    """One dialogue. `jumped` is told each time that the clock shows."""

    def __init__(
        self, session: Session, site: Site, planned: Planned, folder: Folder, jumped: Callable[[datetime], None]
    ) -> None:
        self._session, self._site, self._planned, self._folder, self._jumped = session, site, planned, folder, jumped
        self._seen = 0  # the last mailing written down
        self._now = datetime.min.replace(tzinfo=UTC)  # before all

    def run(self) -> datetime:
        """From before the first mail to after the last; when that was."""
        imagined = apply.as_dialogue(self._planned)
        self._show(cast.before(programme.timetable(imagined)[0].at))
        apply.apply(self._session, self._now, self._planned, MODERATOR)
        active, silent = cast.people(self._dialogue, self._site.languages)
        enrol.enrol(self._session, self._now, self._site, self._dialogue, active, MODERATOR)
        enrol.enrol(self._session, self._now, self._site, self._dialogue, silent, MODERATOR, invite=True)
        self._work()
        mails = cast.script(self._dialogue, active)
        written, releases = 0, list[datetime]()
        ends = max(module.closes_at or module.opens_at + cast.OPEN_ENDED for module in self._dialogue.modules)
        last = ends + self._dialogue.policy.grace + _LONGEST
        while True:
            due = clock.next_at(self._session, self._dialogue.slug)
            coming = [at for at in (due, *(one.at for one in mails[written : written + 1]), *releases[:1]) if at]
            if not coming or min(coming) > last:
                return self._now
            before = self._now
            self._show(min(coming))
            while written < len(mails) and mails[written].at <= self._now:
                self._write(mails[written], written + 1)
                releases.append(self._now + _READS)
                written += 1
            self._work()
            if releases and releases[0] <= self._now:
                releases = [at for at in releases if at > self._now]
                self._release(mails[:written])
                self._work()
            if due is not None and due <= before == self._now and clock.next_at(self._session, self._slug) == due:
                raise Refused(f"rehearse: what is due at {due:%Y-%m-%d %H:%M} UTC does not get done")

    @property
    def _slug(self) -> str:
        return self._planned.slug

    @property
    def _dialogue(self) -> Dialogue:
        with self._session.read() as connection:
            found = dialogues.read(connection, self._slug)
        assert found is not None
        return found

    def _show(self, at: datetime) -> None:
        self._now = max(at, self._now)
        self._jumped(self._now)

    def _write(self, one: Writes, number: int) -> None:
        to = self._site.addresses.dialogue(self._slug)
        content = cast.mail(one, number, to)
        self._session.write(lambda c: inbox.add(c, self._now, one.by.address, [to], content, "rehearsal"))

    def _work(self) -> None:
        """What the engine does in one turn, until there is nothing left to do now."""
        intake.intake(self._session, self._now, self._site, 1000)
        moderate.release_passed(self._session, self._now, self._site)
        notify.notify(self._session, self._now, self._site)
        clock.tick(self._session, self._now, self._site)
        self._keep()

    def _release(self, mails: Sequence[Writes]) -> None:
        """As moderators do: all that is held and has a module, with the question it answers."""
        with self._session.read() as connection:
            held = contributions.rows(connection, self._dialogue.id, ["held"])
        for row in held:
            one = mails[int(row["message_id"].split(".")[1].split("@")[0]) - 1]
            if one.question is not None:
                mark.put(self._session, self._now, row["id"], MODERATOR, Marks((), [one.question]))
            moderate.release(self._session, self._now, self._site, row["id"], MODERATOR)

    def _keep(self) -> None:
        with self._session.read() as connection:
            rows = mailings.after(connection, self._seen)
        for row in rows:
            self._seen = row.id
            with self._session.read() as connection:
                variants = mailings.variants(connection, row.id)
            self._folder.keep(
                Made(
                    at=self._now,
                    kind=row.kind,
                    module=row.module,
                    subject=row.subject,
                    personal=bool(row.personal),
                    variants=tuple(
                        Variant(one.language, self._copy(one, row.kind, bool(row.personal)), one.recipients)
                        for one in variants
                    ),
                )
            )

    def _copy(self, one: mailings.Counted, kind: str, is_personal: bool) -> bytes:
        """As the first of its recipients gets it."""
        lines = deliver.own_lines(self._site, self._slug, kind, is_personal, one.participation_id, one.address)
        return splice(one.head, lines) + b"\r\n" + one.body

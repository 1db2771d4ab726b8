"""A dialogue in a folder of its own, for tests of the steps and of the command line.

`folder(tmp_path)` copies one made before: three modules of a week each, 3 to 21 November 2008, UTC-4, two
moderators; with `running=True` module 1 is open and anna, boris and chloe take part. What many tests of a file begin
with happens once too, in a folder that each gets a copy of (`after`). Nothing reads the real clock:
settings carry a clock that stands still, and `House` has a `now` of its own.
"""

from __future__ import annotations

import functools
import itertools
import tempfile
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from email import message_from_bytes, policy
from email.message import EmailMessage
from pathlib import Path
from typing import Any

import sqlalchemy as sa
from sqlalchemy import Connection

from listserv.cli.planned import planned
from listserv.config import load
from listserv.core.dialogue.model import DeliveryMode, Dialogue, Participation, Role
from listserv.core.mail.addresses import Addresses
from listserv.core.publication.wording import Wording
from listserv.core.site import Site
from listserv.edge import files
from listserv.steps import apply, index, intake, moderate, notify, programme
from listserv.steps.agenda import Agenda
from listserv.steps.enrol import Newcomer, enrol
from listserv.store import audit, dialogues, inbox, outbox, people
from listserv.store.schema import prepare
from listserv.store.session import Session
from listserv.store.tables import metadata
from tests import databases

SECRET = "a secret of 32 letters for tests"
DOMAIN = "talk.example"
HERE = f"nap@{DOMAIN}"
MODERATORS = ("mod@example.org", "chief@example.org")

FIRST_APPLY = datetime(2008, 11, 1, 12, 0, tzinfo=UTC)
OPENING = datetime(2008, 11, 3, 13, 0, tzinfo=UTC)  # of module 1
TUESDAY = datetime(2008, 11, 4, 15, 0, tzinfo=UTC)  # in module 1
FRIDAY_DRAFT = datetime(2008, 11, 7, 17, 0, tzinfo=UTC)
FRIDAY_ROUNDUP = datetime(2008, 11, 7, 20, 0, tzinfo=UTC)
CLOSING = datetime(2008, 11, 7, 22, 0, tzinfo=UTC)  # of module 1; its grace ends two days later
SATURDAY = datetime(2008, 11, 8, 12, 0, tzinfo=UTC)  # in its grace
MONDAY_EARLY = datetime(2008, 11, 10, 9, 0, tzinfo=UTC)  # its grace is over, module 2 not open
SECOND = datetime(2008, 11, 10, 13, 0, tzinfo=UTC)  # module 2 opens
SECOND_CLOSING = datetime(2008, 11, 14, 22, 0, tzinfo=UTC)
THIRD = datetime(2008, 11, 17, 13, 0, tzinfo=UTC)
END = datetime(2008, 11, 21, 22, 0, tzinfo=UTC)  # of module 3
AFTER_ALL = datetime(2008, 11, 24, 12, 0, tzinfo=UTC)

TOML = f"""
[site]
domain = "{DOMAIN}"
languages = ["en", "fr", "es"]

[database]
url = "sqlite:///var/listserv.db"

[relay]
kind = "maildir"
path = "var/mail"

[clock]
real = 2000-01-01T00:00:00Z
shows = 2008-11-04T15:00:00Z
speed = 0.0000000001

[[dialogue]]
slug = "nap"
title = "Planning for Action"
hosts = ["UN-INSTRAW"]
timezone = "America/Santo_Domingo"
word_limit = 50

[dialogue.calendar]
invitation_again = "off"
checkin = "off"
midweek = "off"
nudge = "off"
frequent = "off"
last_call = "off"
survey = "off"
thanks = "off"

[[dialogue.moderator]]
name = "Mo"
address = "mod@example.org"
organisation = "UN-INSTRAW"

[[dialogue.moderator]]
name = "Chief"
address = "chief@example.org"
role = "organiser"

[[dialogue.field]]
key = "stage"
label = "Stage of the plan"
choices = ["planned", "published"]

[[dialogue.module]]
title = "Getting started"
opens = 2008-11-03T09:00:00
closes = 2008-11-07T18:00:00
questions = ["Is it needed?", "Who pays?"]

[[dialogue.module]]
title = "Drafting"
opens = 2008-11-10T09:00:00
closes = 2008-11-14T18:00:00

[[dialogue.module]]
title = "Monitoring"
opens = 2008-11-17T09:00:00
closes = 2008-11-21T18:00:00
"""

PEOPLE = (
    Newcomer("anna@example.net", "Anna", {"country": "FR", "organisation": "Ministry"}, {"stage": "planned"}),
    Newcomer("boris@example.net", "Boris", {"country": "UA", "sector": "NGO", "language": "fr"}),
    Newcomer("chloe@example.net", "Chloe", {"gender": "f"}, delivery=DeliveryMode.ROUNDUP),
)


@functools.cache
def site() -> Site:
    return Site(
        name="Virtual dialogues",
        base_url="http://127.0.0.1:8080",
        contact=f"postmaster@{DOMAIN}",
        languages=("en", "fr", "es"),
        addresses=Addresses(DOMAIN, SECRET.encode()),
        wording=Wording(files.templates(), files.catalogues()),
    )


@functools.cache
def _made(running: bool) -> Path:
    keeper = tempfile.TemporaryDirectory(prefix="house-", ignore_cleanup_errors=True)
    _keep.append(keeper)
    place = Path(keeper.name) / "house"
    place.mkdir()
    (place / "listserv.toml").write_text(TOML)
    (place / "var").mkdir()
    (place / "var" / "secret").write_text(SECRET + "\n")
    databases.found(place)
    settings = load(place / "listserv.toml", {})
    session = Session(settings.database.url)
    prepare(session, files.migrations())
    apply.apply(session, FIRST_APPLY, planned(settings.dialogues[0]), "test")
    if running:
        with session.read() as connection:
            dialogue = dialogues.read(connection, "nap")
        assert dialogue is not None
        enrol(session, FIRST_APPLY, site(), dialogue, PEOPLE, "test", welcome=False)
        programme.tick(session, OPENING, site())
    session.close()
    return place


_keep: list[tempfile.TemporaryDirectory[str]] = []


@functools.cache
def _lived(after: Callable[[House], object]) -> Path:
    place = databases.copy(_made(True), _made(True).parent / after.__module__ / after.__qualname__)
    with open_house(place) as house:
        after(house)
    return place


def folder(tmp_path: Path, *, running: bool = True, after: Callable[[House], object] | None = None) -> Path:
    """A folder with listserv.toml and a database, all its own. `after`: what has happened in it, to everybody the same;
    it is done once, so the house that it is given is not the test's."""
    return databases.copy(_lived(after) if after else _made(running), tmp_path / "house")


_numbers = itertools.count(1)


def mail(
    text: str = "We need a plan.",
    *,
    author: str = "Anna <anna@example.net>",
    subject: str = "Plans",
    message_id: str | None = None,
    answers: str = "",
    headers: Mapping[str, str] | None = None,
) -> bytes:
    """A mail as a mail program writes it. `message_id`: "" = none, None = one never used before."""
    made = f"<m{next(_numbers)}@example.net>" if message_id is None else message_id
    lines = {"From": author, "To": HERE, "Subject": subject, "Message-ID": made, "In-Reply-To": answers}
    head = "".join(f"{name}: {value}\r\n" for name, value in {**lines, **(headers or {})}.items() if value)
    whole = f"{head}Content-Type: text/plain; charset=utf-8\r\n\r\n" + text.replace("\n", "\r\n") + "\r\n"
    return whole.encode()


@dataclass(frozen=True, slots=True)
class Sent:
    """One delivery with its mail as it stands in the outbox."""

    id: int
    kind: str
    to: str
    state: str
    mail: EmailMessage

    @property
    def subject(self) -> str:
        return str(self.mail["Subject"])

    @property
    def text(self) -> str:
        return self.mail.get_body(("plain",)).get_content().replace("\r\n", "\n")


class House:
    """One dialogue, and what a test does with it. `now` is the time of everything that happens."""

    def __init__(self, place: Path) -> None:
        self.place = place
        self.now = TUESDAY
        self.site = site()
        self.session = Session(databases.url(place))
        self._agenda: Agenda | None = None

    @property
    def dialogue(self) -> Dialogue:
        with self.session.read() as connection:
            found = dialogues.read(connection, "nap")
        assert found is not None
        return found

    def policy(self, **columns: Any) -> None:
        """As `apply` does: with its entry in the audit."""

        def write(connection: Connection) -> None:
            dialogues.change(connection, self.dialogue.id, columns)
            audit.record(connection, self.now, "tests", "apply", "dialogue nap", ", ".join(columns), self.dialogue.id)

        self.session.write(write)

    def tick(self, at: datetime) -> int:
        """As the engine's clock does, but that nothing has its turn: what was touched and what is due must do."""
        if self._agenda is None:
            self._agenda = Agenda(self.session, lambda: 0.0)
            self._agenda.tick(self.now, self.site)
        self.now = at
        return self._agenda.tick(at, self.site)

    def to_the_end(self) -> None:
        """All modules open and close, each at its time."""
        for at in (CLOSING, SECOND, SECOND_CLOSING, THIRD, END):
            self.tick(at)

    def receive(self, content: bytes, to: str = HERE, sender: str = "anna@example.net") -> int:
        return self.session.write(lambda c: inbox.add(c, self.now, sender, [to], content, "test"))[0]

    def work(self) -> int:
        count = intake.intake(self.session, self.now, self.site, 1000)
        moderate.release_passed(self.session, self.now, self.site)
        notify.notify(self.session, self.now, self.site)
        index.index(self.session)
        return count

    def take(self, content: bytes, to: str = HERE, sender: str = "anna@example.net") -> Any:
        """Receive, process; the inbox row."""
        number = self.receive(content, to, sender)
        self.work()
        return self.one("inbox", id=number)

    def contribute(self, text: str = "We need a plan.", **options: Any) -> Any:
        """A mail to the dialogue; the contribution it became."""
        row = self.take(mail(text, **options))
        assert row["contribution_id"], f"{row['outcome']}: {row['reason']}{row['traceback'] or ''}"
        return self.contribution(row["contribution_id"])

    def contribution(self, number: int) -> Any:
        return self.one("contribution", id=number)

    def release(self, contribution_id: int, actor: str = "mod@example.org") -> moderate.Released:
        released = moderate.release(self.session, self.now, self.site, contribution_id, actor)
        index.index(self.session)
        return released

    def released(self, text: str = "We need a plan.", **options: Any) -> Any:
        """A contribution that has gone out."""
        row = self.contribute(text, **options)
        self.release(row["id"])
        return self.contribution(row["id"])

    def join(self, address: str, **options: Any) -> None:
        enrol(self.session, self.now, self.site, self.dialogue, [Newcomer(address, **options)], "test")

    def part(self, address: str) -> Any:
        with self.session.read() as connection:
            return people.part_of(connection, self.dialogue.id, address)

    def set(self, address: str, **columns: Any) -> None:
        part = self.part(address)
        self.session.write(lambda connection: people.change_part(connection, self.now, part["id"], columns))

    def sql(self, statement: str, **values: Any) -> None:
        """Change what no step would. Values are named, as in `:id`."""
        self.session.write(lambda connection: connection.execute(sa.text(statement), values) and None)

    def rows(self, table: str, **where: Any) -> Sequence[Any]:
        one = metadata.tables[table]
        query = sa.select(one).order_by(one.c.id).filter_by(**where)
        with self.session.read() as connection:
            return connection.execute(query).mappings().all()

    def one(self, table: str, **where: Any) -> Any:
        (row,) = self.rows(table, **where)
        return row

    def sent(self, kind: str | None = None, to: str | None = None, state: str | None = None) -> list[Sent]:
        with self.session.read() as connection:
            found = outbox.rows(connection, kind=kind, address=to, state=state)
            whole = []
            for row in found:
                (rendering,) = self.rows("delivery", id=row["id"])
                head, body = outbox.rendering_of(connection, rendering["rendering_id"])
                made = message_from_bytes(head + b"\r\n" + body, policy=policy.default)
                assert isinstance(made, EmailMessage)
                whole.append(Sent(row["id"], row["kind"], row["recipient"], row["state"], made))
        return whole

    def tables(self) -> list[str]:
        return databases.dump(self.place)

    def close(self) -> None:
        self.session.close()


@contextmanager
def open_house(place: Path) -> Iterator[House]:
    house = House(place)
    try:
        yield house
    finally:
        house.close()


ACTIVE, PAUSED, LEFT = Participation.ACTIVE, Participation.PAUSED, Participation.LEFT
PARTICIPANT, MODERATOR = Role.PARTICIPANT, Role.MODERATOR

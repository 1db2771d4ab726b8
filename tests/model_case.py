"""The model case with what was said in it: 75 contributions by 53 people, in six languages, over three modules.

    CASE.people, CASE.said                  the values, for tests of core; nothing is opened twice
    said(), modules()                       the same as publications are made from them
    place = model_case.folder(tmp_path)     listserv.toml and a database in which all of it has been released

The demo's script (listserv/edge/demo/script) has most of the contributions; tests/corpus/model_case has the others:
Arabic, Russian and Chinese ones, late ones, one that a moderator edited, authors who show their organisation only, or
nothing, or are not to be quoted; and what the moderators noted: guiding questions, tags, passages.
"""

from __future__ import annotations

import csv
import functools
import re
import tempfile
import tomllib
from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

from listserv.cli.planned import planned
from listserv.config import load
from listserv.core.dialogue import countries, regions
from listserv.core.dialogue.model import ContributionState, DeliveryMode, Module
from listserv.core.dialogue.tags import Kind
from listserv.core.publication.byline import byline
from listserv.core.publication.material import Contribution
from listserv.core.publication.passages import Marked
from listserv.edge import files
from listserv.edge.demo.cast import key, people_csv
from listserv.edge.demo.script import Writes, events
from listserv.steps import apply
from listserv.steps.enrol import Newcomer, enrol
from listserv.store import dialogues, passages, people, tagging
from listserv.store.schema import prepare
from listserv.store.session import Connection, Session
from listserv.store.tables import contribution, module, raw
from tests import databases
from tests.house import SECRET, site

HERE = Path(__file__).parent
CORPUS = HERE / "corpus" / "model_case"
ZONE = ZoneInfo("America/Santo_Domingo")
SLUG = "nap1325"
AFTER = datetime(2008, 11, 24, 13, 0, tzinfo=UTC)  # all modules are closed, their grace is over
WAITED = timedelta(hours=3)  # from arrival to release
_RELEASED = ("private", "long", "away", "unsubscribe", "stranger1", "stranger2")  # the script's mails that never were


@dataclass(frozen=True, slots=True)
class Participant:
    key: str
    address: str
    name: str
    country: str
    organisation: str
    sector: str
    gender: str
    language: str
    delivery: str
    stage: str

    def newcomer(self) -> Newcomer:
        profile = {one: getattr(self, one) for one in ("organisation", "sector", "gender", "language")}
        profile["country"] = countries.kept(self.country)  # as an import keeps it
        return Newcomer(self.address, self.name, profile, {"stage": self.stage}, delivery=DeliveryMode(self.delivery))


@dataclass(frozen=True, slots=True)
class Spoken:
    """One released contribution. `at`: when it arrived (aware); `original`: its text before a moderator edited it.

    `passages`: tag and words of what moderators have marked. `answers`: the id of the contribution it replies to.
    """

    id: str
    at: datetime
    by: str
    module: int
    subject: str
    text: str
    question: int | None = None
    answers: str = ""
    attribution: str = "name"
    quotable: bool = True
    late: bool = False
    original: str | None = None
    tags: tuple[str, ...] = ()
    passages: tuple[tuple[str, str], ...] = ()


@dataclass(frozen=True, slots=True)
class Case:
    people: tuple[Participant, ...]
    said: tuple[Spoken, ...]  # in official order: the first is number 1

    def person(self, key: str) -> Participant:
        return next(one for one in self.people if one.key == key)

    def number(self, id: str) -> int:
        return next(number for number, one in enumerate(self.said, 1) if one.id == id)


def _people() -> tuple[Participant, ...]:
    rows = [*csv.DictReader(people_csv().splitlines())]
    rows += csv.DictReader((CORPUS / "people.csv").read_text("utf-8").splitlines())
    rows.append(dict.fromkeys(rows[0], "") | {
        "address": "sushma.adhikari@shantimalika.example", "name": "Sushma Adhikari", "country": "Nepal",
        "organisation": "Shanti Malika", "sector": "civil society", "gender": "female", "language": "en",
        "delivery": "each", "stage": "planned",
    })  # fmt: skip
    return tuple(Participant(key(row["address"]), **row) for row in rows)


def _aware(local: datetime) -> datetime:
    return local.replace(tzinfo=ZONE).astimezone(UTC)


def _module(at: datetime) -> int:
    """Of the week, or the one whose grace it is."""
    return 1 + (at - datetime(2008, 11, 3)).days // 7


def _script() -> list[Spoken]:
    found: dict[str, Spoken] = {}
    for one in events():
        if not isinstance(one, Writes) or one.to != "dialogue" or one.id in _RELEASED:
            continue
        parent = found.get(one.answers)
        text = one.text
        if parent:  # "{2}" is the second paragraph of what it answers, quoted
            blocks = parent.text.split("\n\n")
            text = re.sub(
                r"^\{(\d)\}$", lambda m, blocks=blocks: f"> {blocks[int(m[1]) - 1]}", text, flags=re.MULTILINE
            )
        subject = one.subject or (f"Re: {parent.subject.removeprefix('Re: ')}" if parent else "")
        found[one.id] = Spoken(
            one.id, _aware(one.at), one.by, _module(one.at), subject, text, one.tag or None, one.answers
        )
    edited = found["nepal"]
    found["nepal"] = replace(
        edited,
        original=edited.text,
        text=edited.text.replace(
            "Please call me on my mobile 977-5550-142 if you plan something similar.",
            "I will gladly tell more to whoever plans something similar.",
        ),
    )
    late = {"late1", "late3"}
    return [replace(one, late=one.id in late) for one in found.values()]


def _passages(row: dict[str, Any]) -> tuple[tuple[str, str], ...]:
    return tuple((one["tag"], one["text"]) for one in row.get("passage", []))


def _read() -> Case:
    tables = tomllib.loads((CORPUS / "contributions.toml").read_text("utf-8"))
    said = {one.id: one for one in _script()}
    for row in tables["contribution"]:
        row = row | {"module": _module(row["at"]), "at": _aware(row["at"]), "passages": _passages(row)}
        row.pop("passage", None)
        row["tags"] = tuple(row.get("tags", ()))
        row["text"] = row["text"].strip("\n")
        said[row["id"]] = Spoken(**row)
    for row in tables["noted"]:
        values = {name: row[name] for name in ("question", "attribution", "quotable") if name in row}
        said[row["of"]] = replace(said[row["of"]], tags=tuple(row.get("tags", ())), passages=_passages(row), **values)
    return Case(_people(), tuple(sorted(said.values(), key=lambda one: one.at)))


CASE = _read()


def settings_text() -> str:
    """The shipped sample, with a file of its own for a database and mail into a folder."""
    return (HERE.parent / "listserv.toml").read_text("utf-8")


def furnish(session: Session, *, copies: int = 1, readers: int = 0) -> None:
    """All of it into a database that has the sample dialogue. `readers`: so many more take part and say nothing.

    `copies`: each contribution so many times, for measuring.
    """
    with session.read() as connection:
        dialogue = dialogues.read(connection, SLUG)
    assert dialogue is not None
    start = dialogue.modules[0].opens_at - timedelta(days=3)
    newcomers = [one.newcomer() for one in CASE.people]
    newcomers += [silent(number) for number in range(readers)]
    enrol(session, start, site(), dialogue, newcomers, "test", welcome=False)
    session.write(lambda connection: _fill(connection, dialogue.id, copies))


def silent(number: int) -> Newcomer:
    """Somebody who reads: country, sector and gender as those of the cast."""
    like = CASE.people[number * 7 % len(CASE.people)]
    profile = like.newcomer().profile | {"gender": like.gender if number % 3 else "male"}
    return Newcomer(f"reader{number}@example.net", f"Reader {number}", profile)


def _fill(connection: Connection, dialogue_id: int, copies: int) -> None:
    connection.execute(
        module.update()
        .where(module.c.dialogue_id == dialogue_id)
        .values(opened_at=module.c.opens_at, closed_at=module.c.closes_at)
    )
    persons = {one.key: people.person_of(connection, one.address) for one in CASE.people}
    ids: dict[str, int] = {}
    number = 0
    for turn in range(copies):
        for one in CASE.said:
            number += 1
            row = _row(one, number, dialogue_id, persons[one.by], turn)
            (raw_id,) = connection.execute(
                raw.insert().values(content=one.text.encode(), received_at=one.at)
            ).inserted_primary_key
            row |= {"raw_id": raw_id, "parent_id": ids.get(one.answers)}
            (ids[one.id],) = connection.execute(contribution.insert().values(**row)).inserted_primary_key
            tagging.add(connection, ids[one.id], one.tags)
            for kind, words in one.passages:
                passages.add(connection, one.at + WAITED, ids[one.id], kind, words, "moderator@example.org")


def _row(one: Spoken, number: int, dialogue_id: int, person_id: int | None, turn: int) -> dict[str, Any]:
    author = CASE.person(one.by)
    return {
        "dialogue_id": dialogue_id,
        "module": one.module,
        "number": number,
        "state": ContributionState.RELEASED,
        "person_id": person_id,
        "from_name": author.name,
        "from_address": author.address,
        "subject": one.subject,
        "message_id": f"<{one.id}.{turn}@model.example>",
        "in_reply_to": f"<{one.answers}.{turn}@model.example>" if one.answers else "",
        "text": one.text,
        "cut": "",
        "html": "",
        "original": one.original,
        "words": len(one.text.split()),
        "reasons": [],
        "digest": f"{number:064}",
        "authentication": "none",
        "question": one.question,
        "attribution": one.attribution,
        "quotable": int(one.quotable),
        "late": int(one.late),
        "received_at": one.at,
        "decided_at": one.at + WAITED,
        "decided_by": "moderator@example.org",
    }


@functools.cache
def _made(copies: int, readers: int) -> Path:
    keeper = tempfile.TemporaryDirectory(prefix="model-case-", ignore_cleanup_errors=True)
    _keep.append(keeper)
    place = Path(keeper.name) / "case"
    (place / "var").mkdir(parents=True)
    text = re.sub(r"(?m)^secret_file = .*$", 'secret_file = "var/secret"', settings_text())
    clock = "\n[clock]\nreal = 2000-01-01T00:00:00Z\nshows = 2008-11-24T13:00:00Z\nspeed = 0.0000000001\n"
    (place / "listserv.toml").write_text(text + clock, "utf-8")
    (place / "var" / "secret").write_text(SECRET + "\n")
    databases.found(place)
    settings = load(place / "listserv.toml", {})
    session = Session(settings.database.url)
    prepare(session, files.migrations())
    apply.apply(session, datetime(2008, 11, 1, 12, 0, tzinfo=UTC), planned(settings.dialogues[0]), "test")
    furnish(session, copies=copies, readers=readers)
    session.close()
    return place


_keep: list[tempfile.TemporaryDirectory[str]] = []


def folder(tmp_path: Path, *, copies: int = 1, readers: int = 0) -> Path:
    """A folder with listserv.toml and a database in which all has been said; all its own."""
    return databases.copy(_made(copies, readers), tmp_path / "case")


def open_case(place: Path) -> Session:
    return Session(databases.url(place))


def numbers(ids: Sequence[str]) -> list[int]:
    return [CASE.number(one) for one in ids]


def said() -> tuple[Contribution, ...]:
    """The contributions as publications are made from them; as steps/gather reads them, without a database."""
    return tuple(_contribution(number, one) for number, one in enumerate(CASE.said, 1))


def _contribution(number: int, one: Spoken) -> Contribution:
    author = CASE.person(one.by)
    country = countries.kept(author.country)
    return Contribution(
        id=number,
        number=number,
        module=one.module,
        person=1 + CASE.people.index(author),
        byline=byline(one.attribution, author.name, author.organisation, country),
        subject=one.subject,
        text=one.text,
        words=len(one.text.split()),
        message_id=f"<{one.id}@model.example>",
        received_at=one.at,
        released_at=one.at + WAITED,
        questions=(one.question,) if one.question else (),
        tags=one.tags,
        marked=tuple(Marked(Kind(kind), words) for kind, words in one.passages),
        attribution=one.attribution,
        quotable=one.quotable,
        late=one.late,
        edited=one.original is not None,
        country=country,
        region=regions.of(country),
        sector=author.sector,
        gender=author.gender,
        language=author.language,
    )


@functools.cache
def modules() -> tuple[Module, ...]:
    """Those of the shipped sample."""
    settings = load(HERE.parent / "listserv.toml", {})
    return planned(settings.dialogues[0]).modules

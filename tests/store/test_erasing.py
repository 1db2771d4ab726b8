"""Erasure and retention on each database: the same statements, the same outcome."""

from __future__ import annotations

from datetime import timedelta
from pathlib import Path

import pytest

from listserv.cli.planned import planned
from listserv.config import load
from listserv.steps import apply, erase, export, programme, purge
from listserv.steps.enrol import enrol
from listserv.store.session import Session
from listserv.store.tables import metadata
from tests.house import END, FIRST_APPLY, OPENING, PEOPLE, House, folder, mail, site

ANA = "ana.ruiz@casa.example"
FROM = f"Ana Ruiz <{ANA}>"


@pytest.fixture
def house(session: Session, tmp_path: Path) -> House:
    place = folder(tmp_path)
    made = House(place)
    made.close()
    made.session = session
    apply.apply(session, FIRST_APPLY, planned(load(place / "listserv.toml", {}).dialogues[0]), "test")
    enrol(session, FIRST_APPLY, site(), made.dialogue, PEOPLE, "test", welcome=False)
    programme.tick(session, OPENING, site())
    made.join(ANA, name="Ana Ruiz")
    made.released("We planted larches.", author=FROM, message_id="<1.ana.ruiz@casa.example>")
    made.contribute("Mine alone.", author=FROM)
    made.released("Ana Ruiz is right.", author="Boris <boris@example.net>", answers="<1.ana.ruiz@casa.example>")
    made.take(mail("Help", author=FROM), to="nap-owner@talk.example", sender=ANA)
    return made


def told(house: House) -> list[str]:
    """Tables with a row that still says something of them."""
    found = []
    for name in metadata.tables:
        for row in house.rows(name):
            text = " ".join(str(value) for value in row.values()).lower()
            if "ruiz" in text or "casa.example" in text or "mine alone" in text:
                found.append(name)
    return sorted(set(found))


def test_an_export_finds_everything(house: House) -> None:
    found = export.dossier(house.session, house.now, house.site, ANA, "chief@example.org")
    assert (len(found["contributions"]), len(found["inbox"])) == (2, 3)
    assert len(found["deliveries"]) >= 5
    assert len(list(export.files(house.session, ANA))) == 3


def test_an_erasure_leaves_no_table_that_tells_of_them(house: House) -> None:
    assert {"address", "audit", "contribution", "delivery", "inbox", "person", "raw", "rendering"} <= set(told(house))
    erase.erase(house.session, house.now, house.site, ANA, "chief@example.org", texts=True)
    assert told(house) == []
    row = house.contribute("More.", author="Boris <boris@example.net>", answers="<1.ana.ruiz@casa.example>")
    assert row["parent_id"] == house.rows("contribution")[0]["id"]


def test_retention_takes_the_mails_as_they_came(house: House) -> None:
    house.to_the_end()
    over = END + timedelta(days=92)
    assert purge.purge(house.session, over - timedelta(minutes=1)) == 0
    assert purge.purge(house.session, over) == 4
    assert [bytes(row["content"]) for row in house.rows("raw")] == [b""] * 4
    assert purge.purge(house.session, over) == 0

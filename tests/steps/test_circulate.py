"""The report's mail: to all who take mail, each in their language, once; and where it leads."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest

from listserv.core.dialogue.model import DeliveryMode
from listserv.steps.circulate import SMALL, attaches, circulate, link, sent
from listserv.steps.consolidate import Consolidated, consolidate
from tests.house import House, folder


@pytest.fixture
def house(tmp_path: Path) -> Iterator[House]:
    one = House(folder(tmp_path))
    one.released("We need a plan, because without one nobody pays.", subject="Plans")
    yield one
    one.close()


def made(house: House) -> Consolidated:
    with house.session.read() as connection:
        return consolidate(connection, house.site, house.dialogue, house.now)


def send(house: House, pdf: bytes | None = None) -> int | None:
    return circulate(house.session, house.now, house.site, house.dialogue, "mod@example.org", made(house), pdf)


def test_everybody_gets_it_in_their_language_and_those_who_want_nothing_do_not(house: House):
    house.set("anna@example.net", delivery=DeliveryMode.NONE)
    assert send(house) == 4
    by = {one.to: one for one in house.sent("report")}
    assert set(by) == {"boris@example.net", "chloe@example.net", "mod@example.org", "chief@example.org"}
    assert by["chloe@example.net"].subject == "[nap] The report of our dialogue"
    assert by["boris@example.net"].subject == "[nap] Le rapport de notre dialogue"
    assert "“We need a plan, because without one nobody pays.” — Anna, Ministry, France (1)" in " ".join(
        by["chloe@example.net"].text.split()
    )
    assert by["chloe@example.net"].mail["Reply-To"] == "nap-owner@talk.example"
    assert by["chloe@example.net"].mail.get_body(("html",)) is not None


def test_it_goes_once(house: House):
    with house.session.read() as connection:
        assert not sent(connection, house.dialogue)
    assert send(house) == 5
    assert send(house) is None
    assert len(house.sent("report")) == 5
    with house.session.read() as connection:
        assert sent(connection, house.dialogue)
    (entry,) = [one for one in house.rows("audit") if one["subject"] == "report"]
    assert (entry["action"], entry["actor"], entry["reason"]) == ("send", "mod@example.org", "5 mails")


def test_a_small_file_goes_with_it_where_the_dialogue_sends_files(house: House):
    assert not attaches(house.dialogue, 1000), "links, unless the organisers want otherwise"
    house.policy(attachments="attach")
    assert attaches(house.dialogue, SMALL)
    assert not attaches(house.dialogue, SMALL + 1)
    send(house, b"%PDF-1.7")
    mail = house.sent("report")[0].mail
    (file,) = mail.iter_attachments()
    assert (file.get_filename(), file.get_content_type(), file.get_content()) == (
        "report.pdf",
        "application/pdf",
        b"%PDF-1.7",
    )


@pytest.mark.parametrize(
    ("archive", "pages", "expected"),
    [("participants", True, "TOKEN"), ("public", True, ""), ("none", True, None), ("participants", False, None)],
)
def test_where_it_can_be_read(house: House, archive: str, pages: bool, expected: str | None):
    house.policy(archive=archive)
    site = replace(house.site, pages=pages)
    token = site.addresses.token("report", house.dialogue.id)
    found = link(site, house.dialogue)
    assert found == ("" if expected is None else f"{site.base_url}/nap/report{'/' + token if expected else ''}")


def test_who_has_asked_to_be_left_out_meanwhile_is_not_in_it(house: House):
    number = house.released("They should never know who wrote this sentence.", author="boris@example.net")["id"]
    house.session.write(
        lambda c: c.exec_driver_sql(f"UPDATE contribution SET attribution='anonymous' WHERE id={number}")
    )
    assert "Boris" not in "".join(one.text for one in made(house).report.paragraphs())
    house.session.write(lambda c: c.exec_driver_sql(f"UPDATE contribution SET state='withdrawn' WHERE id={number}"))
    assert "never know" not in "".join(one.text for one in made(house).report.paragraphs())

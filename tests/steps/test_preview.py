"""What a return would send, before it is sent."""

from __future__ import annotations

import pytest

from listserv.errors import Refused
from listserv.steps import give_back, preview
from listserv.store import contributions
from tests.house import House


def test_the_preview_is_the_mail_that_goes_out(house: House) -> None:
    row = house.contribute(author="boris@example.net", subject="Plans")
    before = house.tables()
    to, subject, text = preview.of_return(house.session, house.now, house.site, row["id"], "Shorter, please.")
    assert house.tables() == before
    give_back.give_back(house.session, house.now, house.site, row["id"], "mod@example.org", "Shorter, please.")
    (sent,) = house.sent("returned")
    assert (to, subject, text) == (str(sent.mail["To"]), sent.subject, sent.text)


def test_ready_reasons_come_in_english_and_in_their_authors_language(house: House) -> None:
    row = house.contribute(author="boris@example.net")  # reads French
    found = preview.reasons(house.session, house.site, row["id"])
    assert 5 <= len(found) <= 9  # a digit chooses
    assert found[0] == (
        "It is longer than the dialogue asks for. Please shorten it to about 50 words; what does not find room can"
        " follow as a second contribution.",
        "Elle est plus longue que ce que demande le dialogue. Merci de la ramener à environ 50 mots ; ce qui n'y"
        " trouve pas place peut faire l'objet d'une seconde contribution.",
    )
    assert "“Getting started”" in found[1][0]
    arabic = preview.reasons(house.session, house.site, row["id"], "ar")
    assert "\u2068Getting started\u2069" in arabic[1][0] or "«Getting started»" in arabic[1][0]
    assert not any("\u200f" in one for one, _ in arabic), "no mark stands within a line"
    mine = preview.reasons(house.session, house.site, row["id"], "es")
    assert [theirs for _, theirs in mine] == [theirs for _, theirs in found]
    assert mine[0][0].startswith("Es más larga"), "a moderator may read them in another language"


def test_what_waits_for_the_next_module_is_not_told_of_one(house: House) -> None:
    row = house.contribute(author="boris@example.net")
    house.session.write(lambda connection: contributions.change(connection, row["id"], {"module": None}))
    assert all("“" not in english for english, _ in preview.reasons(house.session, house.site, row["id"]))


def test_what_is_no_longer_held_is_refused(house: House) -> None:
    row = house.released()
    for look in (
        lambda: preview.reasons(house.session, house.site, row["id"]),
        lambda: preview.of_return(house.session, house.now, house.site, row["id"], "why"),
    ):
        with pytest.raises(Refused, match="was already released"):
            look()

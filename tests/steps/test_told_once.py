"""Each contribution is told of in one round-up: none is left out, none comes twice, whatever happens in between."""

from __future__ import annotations

import random
import runpy
from collections import Counter
from datetime import timedelta

import pytest
from alembic.operations import Operations
from alembic.runtime.migration import MigrationContext

from listserv.edge import files
from listserv.errors import Refused
from listserv.steps import drafting, publish
from listserv.store import contributions
from listserv.store.session import Connection
from tests.house import AFTER_ALL, CLOSING, FRIDAY_DRAFT, FRIDAY_ROUNDUP, SECOND, House

MO = "mod@example.org"
WEEK = timedelta(days=7)


def rounds(house: House) -> list[str]:
    """The round-ups as Anna got them."""
    return [one.text for one in house.sent("roundup", to="anna@example.net")]


def told(house: House) -> Counter[int]:
    return Counter(number for row in house.rows("roundup") if row["state"] == "sent" for number in row["told"])


def test_what_is_released_at_the_very_instant_stands_in_the_next(house: House) -> None:
    house.tick(FRIDAY_ROUNDUP)
    house.released("Just too late.")
    moment = house.one("roundup")["drafted_at"]  # as if another process had written it down, before the round-up did
    house.session.write(lambda c: contributions.change(c, 1, {"decided_at": moment}))
    house.tick(CLOSING)
    house.tick(SECOND)
    house.tick(FRIDAY_ROUNDUP + WEEK)
    assert ["Just too late." in text for text in rounds(house)] == [False, True]


def test_what_a_slow_clock_dates_back_is_not_lost(house: House) -> None:
    house.tick(FRIDAY_ROUNDUP)
    house.now -= timedelta(minutes=5)
    house.released("By a moderator whose clock is slow.")
    house.tick(FRIDAY_ROUNDUP + WEEK)
    assert ["By a moderator" in text for text in rounds(house)] == [False, True]


def test_an_edit_tells_what_stood_in_the_draft_that_was_edited(house: House) -> None:
    house.released("First.")
    house.tick(FRIDAY_DRAFT)
    house.now += timedelta(minutes=5)
    house.released("Second, after the draft was sent to moderators.")
    with house.session.read() as connection:
        drawn = drafting.draw_up(connection, house.site, house.dialogue, house.now)
    house.released("Third, while the editor was open.")
    row = house.one("roundup")
    publish.edit(house.session, house.now, house.dialogue, row["id"], MO, drawn.text + "\nEdited.", drawn)
    house.tick(FRIDAY_ROUNDUP)
    house.tick(FRIDAY_ROUNDUP + WEEK)
    one, two = rounds(house)
    assert [words in one for words in ("First.", "Second,", "Third,")] == [True, True, False]
    assert [words in two for words in ("First.", "Second,", "Third,")] == [False, False, True]


def test_what_an_edited_one_tells_is_not_drawn_up_again_before_it_is_sent(house: House) -> None:
    house.released("First.")
    house.tick(FRIDAY_DRAFT)
    with house.session.read() as connection:
        drawn = drafting.draw_up(connection, house.site, house.dialogue, house.now)
    row = house.one("roundup")
    publish.edit(house.session, house.now, house.dialogue, row["id"], MO, drawn.text + "\nEdited.", drawn)
    with house.session.read() as connection:
        assert drafting.draw_up(connection, house.site, house.dialogue, house.now).told == ()
    publish.skip(house.session, house.now, house.dialogue, row["id"], MO)
    with house.session.read() as connection:
        assert drafting.draw_up(connection, house.site, house.dialogue, house.now).told == drawn.told


def test_two_moderators_who_edit_at_once(house: House) -> None:
    house.tick(FRIDAY_DRAFT)
    with house.session.read() as connection:
        drawn = drafting.draw_up(connection, house.site, house.dialogue, house.now)
    number = house.one("roundup")["id"]
    publish.edit(house.session, house.now, house.dialogue, number, MO, "One.", drawn)
    with pytest.raises(Refused, match=f"round-up {number} was edited by {MO} meanwhile; edit it once more"):
        publish.edit(house.session, house.now, house.dialogue, number, "chief@example.org", "Two.", drawn)
    assert house.one("roundup")["text"] == "One.\n"


@pytest.mark.parametrize("seed", range(2))
def test_whatever_happens(house: House, seed: int) -> None:
    """Releases, edits, skips, sends by hand and outages in any order; after the end all has been told, once."""
    chance = random.Random(seed)
    step = timedelta(hours=7)
    words = []
    while house.now < AFTER_ALL - timedelta(days=2):
        house.now += step * chance.randint(1, 3)
        if chance.random() < 0.6:
            words.append(f"The {len(words)}th thing to say, {chance.random()}.")
            house.released(words[-1], author=chance.choice(["Anna <anna@example.net>", "Boris <boris@example.net>"]))
        unsent = [row for row in house.rows("roundup") if row["state"] == "draft"]
        if unsent and chance.random() < 0.5:
            row = unsent[-1]
            if chance.random() < 0.4:
                publish.skip(house.session, house.now, house.dialogue, row["id"], MO)
            elif row["edited_by"] is None:
                with house.session.read() as connection:
                    drawn = drafting.draw_up(connection, house.site, house.dialogue, house.now)
                publish.edit(house.session, house.now, house.dialogue, row["id"], MO, drawn.text + "\nEd.", drawn)
        elif unsent and chance.random() < 0.3:
            publish.send(house.session, house.now, house.site, house.dialogue, unsent[-1]["period"], MO)
        if chance.random() < 0.5:  # else the clock stands still for a while
            house.tick(house.now)
    house.tick(AFTER_ALL)
    assert told(house) == Counter(row["id"] for row in house.rows("contribution"))
    texts = [" ".join(text.split()) for text in rounds(house)]
    for number, one in enumerate(words, 1):
        quoted = [text for text in texts if one.partition(",")[0] in text or f"({number})" in text]
        assert len(quoted) == 1, one


def test_a_database_from_before_keeps_to_it(house: House) -> None:
    """What round-ups had told when only their dates were kept: migration 0007 works it out."""
    house.released("First.")
    house.tick(FRIDAY_ROUNDUP)
    house.now += timedelta(hours=1)
    house.released("Second.")
    house.tick(FRIDAY_DRAFT + WEEK)
    with house.session.read() as connection:
        drawn = drafting.draw_up(connection, house.site, house.dialogue, house.now)
    publish.edit(house.session, house.now, house.dialogue, house.rows("roundup")[1]["id"], MO, "Edited.", drawn)
    house.released("Third, after the edit.")
    before = [row["told"] for row in house.rows("roundup")]
    assert before == [[1], [2]]
    migration = runpy.run_path(str(files.migrations() / "versions" / "0007_what_roundups_tell.py"))

    def there_and_back(connection: Connection) -> None:
        with Operations.context(MigrationContext.configure(connection)):
            migration["downgrade"]()
            migration["upgrade"]()

    house.session.write(there_and_back)
    assert [row["told"] for row in house.rows("roundup")] == before

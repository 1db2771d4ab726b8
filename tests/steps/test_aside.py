"""A mail in the mailbox that could not be taken: somebody hears of it, in words that say what to do."""

from __future__ import annotations

import pytest

from listserv.core.sentence import Sentence
from listserv.steps import aside
from tests.house import DOMAIN, MODERATORS, House, mail

NOBODY = Sentence("it is for none of our addresses")


def tell(house: House, head: bytes, why: str = NOBODY) -> bool:
    return aside.tell(house.session, house.now, house.site, head, 31_000_000, why, "Quarantine")


@pytest.mark.parametrize("head", [mail().partition(b"\r\n\r\n")[0], mail().replace(DOMAIN.encode(), b"else.example")])
def test_each_moderator_is_told_who_wrote_what_and_why_it_was_not_taken(house: House, head: bytes) -> None:
    assert tell(house, head)
    told = house.sent("put_aside")
    assert sorted(one.to for one in told) == sorted(MODERATORS)
    assert told[0].subject == "[nap] Not taken: a mail from Anna"
    for said in ("From: Anna <anna@example.net>", "Subject: Plans", "Size: 31.0 MB", "taken: it is for none of our"):
        assert said in told[0].text


@pytest.mark.parametrize("head", [b"", b"\xff\x00garbage", b"From: a@b.example, c@d.example\r\nSubject: x"])
def test_whatever_is_known_of_it(house: House, head: bytes) -> None:
    assert tell(house, head)
    assert len(house.sent("put_aside")) == len(MODERATORS)


def test_in_their_language(house: House) -> None:
    house.policy(language="fr")
    said = ("it has %(n)s octet, at most %(most)s are taken", "it has %(n)s octets, at most %(most)s are taken")
    tell(house, mail(), Sentence(*said, n=31, most=25))
    (text, *_) = (" ".join(one.text.split()) for one in house.sent("put_aside"))
    assert "Pourquoi il n'a pas été pris : il fait 31 octets, on en prend au plus 25." in text


def test_so_many_a_day(house: House) -> None:
    assert [tell(house, mail()) for _ in range(aside.MOST + 2)] == [True] * aside.MOST + [False] * 2

"""Notices to moderators lead to the pages; a program that opens every link in them changes nothing."""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import replace
from datetime import timedelta
from urllib.parse import urlsplit

import pytest

from listserv.steps import notify
from tests.edge.moderation.conftest import MO, Browser, Desk
from tests.house import CLOSING, FRIDAY_DRAFT, TUESDAY, Sent, mail

Notice = Callable[[Desk], Sent]
WHERE = "http://127.0.0.1:8080/nap/moderate/"


def links(notice: Sent) -> list[str]:
    return re.findall(r"https?://\S+", notice.text)


def held(desk: Desk) -> Sent:
    desk.house.contribute()
    return desk.house.sent("held_notice", MO)[0]


def bundled(desk: Desk) -> Sent:
    """Three more than the hour has room for."""
    house = desk.house
    for number in range(1, 24):
        house.contribute(subject=f"Number {number}")
    notify.bundle(house.session, house.now, house.site, house.dialogue)
    return desk.house.sent("held_bundle", MO)[0]


def waiting(desk: Desk) -> Sent:
    desk.house.contribute()
    desk.house.tick(TUESDAY + timedelta(hours=14))
    return desk.house.sent("waiting", MO)[0]


def daily(desk: Desk) -> Sent:
    desk.house.set(MO, notices="daily")
    desk.house.contribute()
    desk.house.tick(TUESDAY + timedelta(days=1))
    return desk.house.sent("daily", MO)[0]


def unreleased(desk: Desk) -> Sent:
    desk.house.contribute()
    desk.house.tick(CLOSING)
    return desk.house.sent("unreleased", MO)[0]


def not_a_contribution(desk: Desk) -> Sent:
    desk.house.contribute("Please unsubscribe me.", subject="unsubscribe")
    return desk.house.sent("administrivia", MO)[0]


def drafted(desk: Desk) -> Sent:
    desk.house.released()
    desk.house.tick(FRIDAY_DRAFT)
    return desk.house.sent("roundup_draft", MO)[0]


def asked(desk: Desk) -> Sent:
    desk.house.take(
        mail("Country: Kenya", author="Dora <dora@example.org>"), "nap-join@talk.example", "dora@example.org"
    )
    (confirm,) = desk.house.sent("join_confirm")
    to = str(confirm.mail["Reply-To"])
    desk.house.take(
        mail("ok", author="Dora <dora@example.org>", answers=str(confirm.mail["Message-ID"])), to, "dora@example.org"
    )
    return desk.house.sent("join_request", MO)[0]


@pytest.mark.parametrize(
    ("notice", "leads"),
    [
        (held, {WHERE + "1"}),
        (waiting, {WHERE, WHERE + "1"}),
        (daily, {WHERE, WHERE + "1"}),
        (unreleased, {WHERE, WHERE + "1"}),
        (not_a_contribution, {WHERE + "1"}),
        (drafted, {WHERE + "roundup/1"}),
        (asked, {WHERE + "#asking"}),
    ],
)
async def test_a_notice_leads_to_its_page(desk: Desk, mo: Browser, notice: Notice, leads: set[str]) -> None:
    found = set(links(notice(desk)))
    assert {one for one in found if one.startswith(WHERE)} == leads
    for one in leads:
        assert (await mo.get(urlsplit(one).path)).status_code == 200


async def test_a_bundle_leads_to_each(desk: Desk) -> None:
    text = bundled(desk).text
    for number in range(21, 24):
        assert f"\n   {WHERE}{number}\n" in text
    assert f"\n    {WHERE}\n" in text


@pytest.mark.parametrize("notice", [held, waiting, daily, unreleased, not_a_contribution, drafted, asked])
async def test_without_pages_none_is_named(desk: Desk, notice: Notice) -> None:
    desk.house.site = replace(desk.house.site, pages=False)
    assert links(notice(desk)) == []


async def test_a_program_that_opens_every_link_changes_nothing(desk: Desk, mo: Browser) -> None:
    notices = [held(desk), drafted(desk)]
    stranger = await desk.browser()
    before = desk.house.tables()
    for one in [*notices, *desk.house.sent("waiting")]:
        for link in links(one):
            for browser in (stranger, mo):
                for method in ("GET", "HEAD"):
                    assert (await browser.client.request(method, urlsplit(link).path)).status_code == 200
    assert desk.house.tables() == before

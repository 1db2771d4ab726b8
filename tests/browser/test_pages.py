"""The pages in a real browser, over a running `serve`: log in, read, search, release; nothing that a link changes."""

from __future__ import annotations

import httpx
import pytest

from tests import databases
from tests.browser.browser import PHONE, Browser
from tests.browser.running import SLUG, Running, until

READER = "leila.mansour@nahda.jo.example"
OTHER = "grace.wanjiru@gender.ke.example"
MODERATOR = "moderator@example.org"
PLAN = "خطة"  # Arabic: a plan


def links_to_log_in(running: Running, address: str) -> set[str]:
    return {link for mail in running.mails(address) for link in running.links(mail) if "/l/" in link}


def log_in(browser: Browser, running: Running, address: str, to: str) -> None:
    """By the link of the mail that comes when one asks for it; in whatever language."""
    browser.go(f"{running.at}{to}")
    assert "/login" in browser.driver.current_url
    had = links_to_log_in(running, address)
    browser.fill("address", address)
    browser.send("main form")
    (link,) = until(lambda: links_to_log_in(running, address) - had, "no mail with a link to log in")
    browser.go(link)
    browser.send("main form")


def test_a_participant_logs_in_by_the_link_of_a_mail_reads_and_searches_in_arabic(
    browser: Browser, running: Running
) -> None:
    browser.window(PHONE)
    browser.speak("ar")
    log_in(browser, running, READER, f"/{SLUG}/")
    assert browser.driver.current_url == f"{running.at}/{SLUG}/"
    assert browser.find("html").get_attribute("dir") == "rtl"
    browser.follow("nav a[href$='/search']")
    browser.fill("q", PLAN)
    browser.send("main form")
    assert browser.all("main mark")
    browser.follow("main a[href*='/contribution/']")
    assert PLAN in browser.text
    assert browser.overflows() <= 0
    assert browser.complaints() == []
    browser.send("form.logout")
    browser.go(f"{running.at}/{SLUG}/")
    assert "/login" in browser.driver.current_url


def test_a_moderator_releases_on_a_phone_and_the_mail_goes_out(browser: Browser, running: Running) -> None:
    subject = "One more thought"
    running.write(f"Leila <{READER}>", subject, "A plan without a budget is a wish. Ours has one since May.")
    (link,) = [one for one in running.links(running.mail(MODERATOR, subject)) if "/moderate/" in one]
    browser.window(PHONE)
    log_in(browser, running, MODERATOR, link.removeprefix(running.at))
    assert subject in browser.text
    assert browser.overflows() <= 0
    browser.send("form:has(button.first)")  # what cannot be taken back is shown once more
    browser.send("form:has(button.first)")
    mail = running.mail(OTHER, subject)
    assert "A plan without a budget is a wish." in mail.get_body(("plain",)).get_content()
    assert browser.complaints() == []


def test_a_crawler_opens_every_link_of_every_mail_and_nothing_changes(running: Running) -> None:
    """As mail hosts' link checkers do: what a mail links to is opened, and the forms in those pages are not sent."""
    running.write(f"Leila <{READER}>", "Crawled", "What the crawler finds.")
    running.mail(MODERATOR, "Crawled")
    links = {link for mail in running.mails() for link in running.links(mail)}
    assert {one.split("/")[3] for one in links} >= {SLUG}
    assert any("/moderate/" in one for one in links)
    settled(running)
    before = databases.dump(running.place)
    with httpx.Client(follow_redirects=True, timeout=20) as client:
        for link in sorted(links):
            for method in ("GET", "HEAD"):
                assert client.request(method, link).status_code < 500, link
    assert databases.dump(running.place) == before


def settled(running: Running) -> None:
    """Until nothing is left to be sent."""

    def quiet() -> bool:
        waiting = httpx.get(f"{running.at}/metrics").text
        return not any(f'listserv_{one}"' in waiting for one in ('delivery{state="pending', 'inbox{state="new'))

    until(quiet, "something is still to be sent")


#: Pages of the dialogue that everybody reads where the archive is public.
OPEN = ("", "module/1", "module/1?question=1", "contribution/1", "contribution/6", "search", "search?q=plan")
OPEN += ("search?q=nothing-of-the-kind", "resources", "figures", "roundups", "join")
SITE = ("/", "/login", "/nowhere", "/l/wrong")


@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize("language", ["en", "ar"])
def test_axe_finds_nothing_wrong_with_what_everybody_reads(
    browser: Browser, public: Running, axe: str, scheme: str, language: str
) -> None:
    browser.see(scheme)
    browser.speak(language)
    browser.window(PHONE)
    wrong = {}
    for path in (*SITE, *(f"/{SLUG}/{one}" for one in OPEN)):
        browser.go(f"{public.at}{path}")
        if found := [*browser.violations(axe), *(["too wide"] if browser.overflows() > 0 else [])]:
            wrong[path] = found
    assert wrong == {}


def test_axe_finds_nothing_wrong_with_what_moderators_use(browser: Browser, running: Running, axe: str) -> None:
    running.write(f"Leila <{READER}>", "Looked at", "We have a plan.\n\n> And you?\n\nWe do.")
    (link,) = [one for one in running.links(running.mail(MODERATOR, "Looked at")) if "/moderate/" in one]
    browser.window(PHONE)
    log_in(browser, running, MODERATOR, link.removeprefix(running.at))
    wrong = {}
    for scheme in ("light", "dark"):
        browser.see(scheme)
        queue, number = f"{running.at}/{SLUG}/moderate/", link.rpartition("/")[2]
        deeper = (f"{link}/{one}" for one in ("return", "edit", "passages", "judged"))
        for url in (link, queue, *deeper, f"{queue}release?id={number}"):
            browser.go(url)
            if found := [*browser.violations(axe), *(["too wide"] if browser.overflows() > 0 else [])]:
                wrong[url, scheme] = found
    assert wrong == {}


def test_every_page_is_under_50_kb_and_asks_for_one_style_sheet(public: Running) -> None:
    with httpx.Client(base_url=public.at, follow_redirects=True) as client:
        large = {}
        for path in (*SITE, *(f"/{SLUG}/{one}" for one in OPEN)):
            page = client.get(path).text
            assert page, path
            if len(page.encode()) >= 50_000:
                large[path] = len(page.encode())
            assert page.count('<link rel="stylesheet"') == 1
            assert "<script" not in page
        assert large == {}

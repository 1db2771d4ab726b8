"""`listserv report`: built, edited, sent once; and the page that its mail leads to."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import httpx
import pytest
import sqlalchemy as sa

from listserv.core.dialogue.model import Attribution
from listserv.edge.web.server import Web
from listserv.store.session import Session
from listserv.store.tables import contribution, delivery, mailing
from tests import model_case
from tests.cli.conftest import Cli, _alone
from tests.house import site
from tests.model_case import CASE


@pytest.fixture
def case(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Cli:
    _alone(monkeypatch)
    return Cli(model_case.folder(tmp_path), monkeypatch)


@pytest.fixture
def database(case: Cli) -> Iterator[Session]:
    session = model_case.open_case(case.place)
    yield session
    session.close()


def change(session: Session, number: int, **values: Any) -> None:
    session.write(lambda c: c.execute(contribution.update().where(contribution.c.number == number).values(**values)))


def test_it_is_written_in_the_forms_asked_for(case: Cli, tmp_path: Path):
    answer = case.run("report build --format md,html --output", str(tmp_path / "out"))
    assert answer.code == 0
    assert [line.split()[0] for line in answer.out.splitlines()] == ["md", "html"]
    assert "# Planning for Action" in (tmp_path / "out" / "report.md").read_text()
    assert "no guiding question is noted for 20, 29," in answer.err
    assert case.usage("report build --format odt").endswith("odt: no such form; there is: md, html, pdf, docx\n")


def test_it_speaks_the_language_asked_for(case: Cli):
    assert "Responses received, with thanks" in case.ok("report list")
    assert "Réponses reçues, avec nos remerciements" in case.ok("report list --language fr")
    assert "29 сообщений, 28 авторов и 28 стран" in case.ok("report show summary.1 --language ru")
    assert (
        case.refused("report list --language de")
        == "there are no words in 'de'; [site] languages has: en, fr, es, ar, ru, zh"
    )


def test_no_address_of_anybody_stands_in_it(case: Cli, database: Session):
    change(database, 1, text="Write to grace.wanjiru@gender.ke.example, or call.", subject="From g@x.example")
    shown = case.ok("report show responses") + case.ok("report show late")
    assert "g…@…" in shown
    assert [word for word in shown.split() if "@" in word and "…@…" not in word] == [
        "nap1325-owner@dialogue.example.org."
    ]


def test_what_somebody_not_to_be_quoted_wrote_is_not_quoted_by_another_either(case: Cli, database: Session):
    parent = CASE.said[CASE.number("david-knots") - 1]
    assert "Dear Amina, may we copy the knots?" in case.ok("report show responses")
    change(database, CASE.number("david-knots"), quotable=0)
    shown = case.ok("report show responses")
    assert parent.text.split("\n\n")[1][:60] not in shown
    assert "may we copy the knots" not in shown


def test_nor_does_an_answer_repeat_its_subject(case: Cli, database: Session):
    first = next(one for one in CASE.said if not one.answers and any(one.id == other.answers for other in CASE.said))
    assert f"Re: {first.subject}" in case.ok("report show responses")
    change(database, CASE.number(first.id), quotable=0)
    assert first.subject not in case.ok("report show responses")


def test_nor_what_a_moderator_had_quoted_before(case: Cli, database: Session):
    parent = CASE.said[CASE.number("david-knots") - 1]
    words = " ".join(parent.text.split("\n\n")[1].split()[:12])
    case.ok("report edit conclusions --text -", input=f"All agree with “{words}”, as he says.\n".encode())
    assert words in case.ok("report show conclusions")
    change(database, CASE.number("david-knots"), quotable=0)
    assert case.ok("report show conclusions") == "All agree with “\\[…\\]”, as he says.\n"
    answer = case.run("report build --format md --output", str(case.place / "out"))
    assert "note: conclusions: what was written there quotes who does not wish to be quoted" in answer.err


def test_an_edit_stays_and_tells_when_the_draft_has_changed(case: Cli, database: Session):
    case.ok("report edit summary.1.5 --text -", input=b"Donors pay for *the slow part* (9).\n")
    assert _state(case, "summary.1.5") == "edited"
    change(database, 25, question=2)
    answer = case.run("report build --format md --output", str(case.place / "out"))
    assert "note: summary.1.5: the draft has changed since it was edited" in answer.err
    text = (case.place / "out" / "report.md").read_text()
    assert "Donors pay for *the slow part* (9)." in text, "and it stays"
    news = case.ok("report show summary.1.5 --news").splitlines()
    assert len(news) == 1
    assert "Urs Baumgartner" in news[0]


def test_a_section_can_be_taken_back_to_its_draft(case: Cli):
    case.ok("report edit thanks --text -", input=b"Thanks to all.\n")
    assert case.refused("report restore thanks").endswith("repeat with --yes")
    case.ok("report restore thanks --yes")
    assert "1. Grace Wanjiru" in case.ok("report show thanks")
    assert [line.split()[3] for line in case.ok("audit").splitlines() if " report " in line] == ["edit", "restore"]


def _state(case: Cli, key: str) -> str:
    return next(one["state"] for one in case.json("report list") if one["section"] == key)


def test_moderators_write_what_no_draft_can(case: Cli):
    assert _state(case, "conclusions") == "empty"
    case.ok("report edit conclusions --text -", input=b"All agree that a plan needs a budget (1, 32).")
    case.ok("report edit evaluation --text -", input=b"")
    assert (_state(case, "conclusions"), _state(case, "evaluation")) == ("edited", "left out")
    case.run("report build --format md --output", str(case.place / "out"))
    text = (case.place / "out" / "report.md").read_text()
    assert "## Points of agreement and open questions\n\nAll agree that a plan needs a budget (1, 32)." in text
    assert "## Evaluation" not in text
    assert "All agree" in case.ok("report show conclusions --language fr"), "also in a report in another language"


def test_an_edit_that_names_somebody_who_wishes_not_to_be_named_is_told(case: Cli, database: Session):
    case.ok("report edit conclusions --text -", input=b"As Clara Restrepo and Rosa Quispe wrote.")
    note = "conclusions: what was written there names Rosa Quispe, who does not wish to be named"
    assert note not in case.run("report build --format md --output", str(case.place / "out")).err
    change(database, 15, attribution=Attribution.ANONYMOUS)
    assert note in case.run("report build --format md --output", str(case.place / "out")).err
    text = (case.place / "out" / "report.md").read_text()
    assert "Rosa Quispe" not in text


def test_what_cannot_be_edited_is_refused(case: Cli):
    assert case.refused("report edit nonsense --text -") == (
        "the report has no section 'nonsense'; see: listserv report list"
    )
    assert case.refused("report edit responses --text -", input=b"x").startswith("responses: contributions stand as")
    assert case.refused("report restore thanks --yes").startswith("thanks has not been edited in en")
    assert case.refused("report show query --news") == "query has not been edited: it is the draft"


def test_it_is_sent_once_to_all_who_take_mail(case: Cli, database: Session):
    looked = case.run("report send --dry-run")
    assert "Subject: [nap1325] The report of our dialogue" in looked.out
    assert looked.out.endswith("to 60 participants\nnothing was sent (--dry-run)\n")
    assert len(looked.out.split()) < 330
    before = case.dump()
    assert "\nnote: no guiding question is noted for 20, 29," in looked.out
    assert looked.err == ""
    assert case.refused("report send") == "Send it now? This cannot be undone: repeat with --yes"
    assert case.dump() == before
    assert case.run("report send --yes").out.endswith("sent\n")
    query = sa.select(sa.func.count()).join_from(delivery, mailing).where(mailing.c.kind == "report")
    with database.read() as connection:
        assert connection.execute(query).scalar_one() == 60, "all but her who wants no mail"
    assert case.refused("report send --yes") == "the report has been sent; what went to whom: listserv outbox list"


@pytest.mark.parametrize(("archive", "pages", "expected"), [
    ("participants", True, "/nap1325/report/"), ("public", True, "/nap1325/report>\n"), ("none", True, "write to"),
    ("public", False, "write to"),
])  # fmt: skip
def test_the_mail_says_how_to_read_it(case: Cli, archive: str, pages: bool, expected: str):
    case.change('archive = "participants"', f'archive = "{archive}"')
    if not pages:
        text = case.toml.read_text()
        start = text.index("[web]")
        case.toml.write_text(text[:start] + text[text.index("\n[", start) :])
    case.ok("apply --yes")
    assert expected in case.run("report send --dry-run").out


async def test_its_page_is_there_for_whoever_has_the_link_once_it_was_sent(case: Cli, database: Session):
    where = replace(site(), base_url="https://talk.example", pages=True)
    door = Web(host="127.0.0.1", port=0, site=where, session=database, now=lambda: model_case.AFTER, look=lambda: None)
    await door.start()
    host, port = door.address
    token = where.addresses.token("report", 1)
    async with httpx.AsyncClient(base_url=f"http://{host}:{port}", headers={"Host": "talk.example"}) as client:
        assert (await client.get(f"/nap1325/report/{token}")).status_code == 404
        case.run("report send --yes")
        page = await client.get(f"/nap1325/report/{token}")
        assert page.headers["content-encoding"] == "gzip"  # a long document, over slow links
        assert page.status_code == 200
        assert "<h1>Planning for Action</h1>" in page.text
        assert "default-src 'none'; style-src 'unsafe-inline'" in page.headers["content-security-policy"]
        assert f'<a href="{token}.pdf">Download as PDF</a>' in page.text
        printed = await client.get(f"/nap1325/report/{token}.pdf")
        assert printed.content.startswith(b"%PDF-")
        assert printed.headers["content-disposition"] == 'attachment; filename="nap1325-report.pdf"'
        for path in ("/wrong", "/wrong.pdf"):
            assert (await client.get(f"/nap1325/report{path}")).status_code == 404
        for path in ("", ".pdf"):
            to_log_in = await client.get(f"/nap1325/report{path}")
            assert to_log_in.headers["location"] == f"/login?to=/nap1325/report{path}"
        for path in (f"/other/report/{token}",):
            assert (await client.get(path)).status_code == 404
        assert (await client.post(f"/nap1325/report/{token}")).status_code == 405
    await door.stop()

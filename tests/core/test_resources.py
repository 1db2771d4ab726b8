"""Resources: the organisers' papers first, then what people shared, each once, by whom as they want to be told."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

from listserv.core.publication.byline import Byline
from listserv.core.publication.material import Contribution, File
from listserv.core.publication.resources import Paper, collect, discreet

AT = datetime(2008, 11, 4, tzinfo=UTC)
ANA = Byline("Ana", "Ministry", "CL")
GUIDE = Paper("The guide", "https://example.org/guide.pdf")


def said(number: int, text: str = "", byline: Byline = ANA, **more: Any) -> Contribution:
    return Contribution(number, number, 1, number, byline, "", text, 1, f"<{number}@x>", AT, AT, **more)


def file(name: str, sha: str, content_type: str = "application/pdf", size: int = 90_000) -> File:
    return File(1, name, content_type, size, sha)


def test_each_once_in_the_order_in_which_it_was_first_shared() -> None:
    found = collect(
        [
            said(2, "https://a.example/x/ again, and https://b.example/", Byline()),
            said(1, "See https://a.example/x"),
            said(3, "A study: http://www.a.example/x?utm_source=m", Byline("", "NGO", "SN")),
        ],
        [GUIDE],
    )
    assert [(one.number, one.title, one.url) for one in found] == [
        (None, "The guide", "https://example.org/guide.pdf"),
        (1, "A study", "https://a.example/x"),  # whoever gives it a title first
        (2, "", "https://b.example/"),
    ]
    assert [[(by.contribution, by.byline.line) for by in one.shared] for one in found] == [
        [],
        [(1, "Ana, Ministry, CL"), (2, ""), (3, "NGO, SN")],
        [(2, "")],
    ]
    assert found[2].label == "b.example"


def test_a_paper_that_somebody_shares_too_stays_the_organisers() -> None:
    (one,) = collect([said(1, "I mean http://example.org/guide.pdf#page=3")], [GUIDE])
    assert (one.number, one.title, [by.contribution for by in one.shared]) == (None, "The guide", [1])


def test_files_are_one_by_their_content() -> None:
    found = collect(
        [
            said(1, files=(file("plan.pdf", "a"), file("logo.png", "c", "image/png", 4_000))),
            said(2, files=(file("the plan.pdf", "a"), file("map.png", "b", "image/png", 400_000))),
        ]
    )
    assert [(one.number, one.label, one.url, len(one.shared)) for one in found] == [
        (1, "plan.pdf", "", 2),
        (2, "map.png", "", 1),
    ]


def test_what_is_not_collected() -> None:
    found = collect(
        [
            said(1, "Not to be quoted: https://a.example/x", quotable=False),
            said(2, "> Somebody else's: https://b.example/x"),
            said(3, "Ours: https://talk.example/nap/contribution/1"),
            said(4, "javascript:alert(1) https://user@c.example/"),
        ],
        ours=["talk.example"],
    )
    assert found == ()


def test_what_was_taken_out_keeps_its_number() -> None:
    contributions = [said(1, "https://a.example/x https://b.example/x")]
    first, second = collect(contributions)
    assert [(one.number, one.hidden) for one in collect(contributions, hidden={first.key})] == [(1, True), (2, False)]
    assert not second.hidden


def test_what_everybody_reads_bears_no_address() -> None:
    text = "See https://a.example/?to=ana%40b.example\nHer study: https://a.example/ana@b.example.pdf\nhttps://medium.com/@a/x"
    files = (file("ana@b.example.pdf", "a"),)
    found = collect([said(1, text, Byline("Ana ana@b.example", "NGO ana＠b.example"), files=files)])
    shown = [discreet(one) for one in found]
    assert [(one.label, one.url) for one in shown] == [
        ("a…@…", ""),
        ("Her study", ""),
        ("medium.com/@a/x", "https://medium.com/@a/x"),
        ("a…@…", ""),
    ]
    assert shown[3].file is not None
    assert shown[3].file.name == "a…@…"
    assert {by.byline.line for one in shown for by in one.shared} == {"Ana a…@…, NGO a…@…"}

"""Links in what people wrote: which are kept, under which title, and which are one."""

from __future__ import annotations

import pytest

from listserv.core.publication.links import Link, clean, found, key


@pytest.mark.parametrize(
    ("text", "links"),
    [
        ("See https://a.example.org/x.", [Link("https://a.example.org/x", "")]),
        ("Our guide: https://a.example.org/g.pdf", [Link("https://a.example.org/g.pdf", "Our guide")]),
        ("- Our guide – http://a.example.org/g", [Link("http://a.example.org/g", "Our guide")]),
        ("1. Our guide <https://a.example.org/g>", [Link("https://a.example.org/g", "Our guide")]),
        ("It is long. “Our guide” (https://a.example.org/g).", [Link("https://a.example.org/g", "Our guide")]),
        ("Our guide:\nhttps://a.example.org/g", [Link("https://a.example.org/g", "Our guide")]),
        ("Our guide\n  <https://a.example.org/g>", [Link("https://a.example.org/g", "Our guide")]),
        ("It is a good one.\nhttps://a.example.org/g", [Link("https://a.example.org/g", "")]),
        ("[Our guide](https://a.example.org/g_(1)) is good", [Link("https://a.example.org/g_(1)", "Our guide")]),
        ("Source : https://a.example.org/g", [Link("https://a.example.org/g", "")]),
        ("Website of the ministry: https://a.example.org", [Link("https://a.example.org/", "Website of the ministry")]),
        ("Please see our guide <https://a.example.org/g> for all.", [Link("https://a.example.org/g", "")]),
        (
            "The report “Women count” (https://a.example.org/g) is good.",
            [Link("https://a.example.org/g", "Women count")],
        ),
        ("* Women count 2012 https://a.example.org/g", [Link("https://a.example.org/g", "Women count 2012")]),
        ("Women count, 2012, https://a.example.org/g", [Link("https://a.example.org/g", "Women count, 2012")]),
        ("Voir le guide : https://a.example.org/g.", [Link("https://a.example.org/g", "le guide")]),
        ("Best wishes\nhttps://a.example.org/g", [Link("https://a.example.org/g", "")]),
        ("国家行动计划指南：https://a.example.org/g", [Link("https://a.example.org/g", "国家行动计划指南")]),
        ("الدليل الوطني: https://a.example.org/g", [Link("https://a.example.org/g", "الدليل الوطني")]),
        ("You find it here: https://a.example.org/g", [Link("https://a.example.org/g", "")]),
        ("Disponible en: https://a.example.org/g", [Link("https://a.example.org/g", "")]),
        ("报告见：https://a.example.org/g。", [Link("https://a.example.org/g", "")]),
        ("<https://a.example.org/a-long-\n  name/of-it>", [Link("https://a.example.org/a-long-name/of-it", "")]),
        ("www.a.example.org/x", [Link("https://www.a.example.org/x", "")]),
        ("(https://en.wiki.example/Peace_(law))", [Link("https://en.wiki.example/Peace_(law)", "")]),
        (
            "https://a.example.org/1, https://a.example.org/2",
            [Link("https://a.example.org/1", ""), Link("https://a.example.org/2", "")],
        ),
        ("ftp://a.example.org/x and javascript:alert(1) and mailto:a@b.example", []),
        ("To unsubscribe: https://a.example.org/x", []),
        ("Pour vous désabonner https://a.example.org/x", []),
        ("Sent from Yahoo Mail: https://a.example.org/x", []),
        ("No link at all.", []),
    ],
)
def test_they_are_found_with_their_titles(text: str, links: list[Link]) -> None:
    assert list(found(text)) == links


@pytest.mark.parametrize(
    ("url", "shown"),
    [
        ("HTTPS://WWW.Example.ORG/Path", "https://www.example.org/Path"),
        ("https://example.org:443/x", "https://example.org/x"),
        ("http://example.org:8080/x", "http://example.org:8080/x"),
        ("https://example.org/x?utm_source=mail&id=3&fbclid=abc", "https://example.org/x?id=3"),
        ("https://example.org/a%7eb%2dc", "https://example.org/a~b-c"),
        ("https://example.org/a%2fb%20c", "https://example.org/a%2Fb%20c"),
        ("https://example.org", "https://example.org/"),
        ("https://example.org/é", "https://example.org/%C3%A9"),
        ("https://example.org/x#part", "https://example.org/x#part"),
        (
            "https://eur01.safelinks.protection.outlook.com/?url=https%3A%2F%2Fexample.org%2Fx&data=1",
            "https://example.org/x",
        ),
        ("https://www.google.com/url?q=https://example.org/x&sa=D", "https://example.org/x"),
        ("https://urldefense.com/v3/__https://example.org/x__;!!a", "https://example.org/x"),
        ("https://urldefense.proofpoint.com/v2/url?u=https-3A__example.org_x&d=1", "https://example.org/x"),
    ],
)
def test_they_are_shown_without_what_others_put_in(url: str, shown: str) -> None:
    assert clean(url) == shown
    assert clean(shown) == shown


@pytest.mark.parametrize(
    "url",
    [
        "https://user:secret@example.org/",
        "https://127.0.0.1/",
        "https://[::1]/",
        "https://localhost/x",
        "https://printer/x",
        "https://example.org:99999/",
        "https://example.org/\u202egpj.exe",
        "https://example.org/a b",
        "https://",
        "javascript:alert(1)",
        "data:text/html,x",
        "https://example.org/" + "x" * 2000,
        "https://x.list-manage.com/unsubscribe?u=1",
        "https://lists.example.org/mailman/listinfo/peace",
        "https://www.google.com/url?q=javascript:alert(1)",
    ],
)
def test_some_are_not_shown(url: str) -> None:
    assert clean(url) == ""


@pytest.mark.parametrize(
    ("one", "other", "same"),
    [
        ("http://example.org/x", "https://www.example.org/x/", True),
        ("https://example.org", "https://example.org/", True),
        ("https://example.org/x?b=1&a=2", "https://example.org/x?a=2&b=1&utm_medium=x", True),
        ("https://example.org/x#one", "https://example.org/x", True),
        ("https://example.org/#/one", "https://example.org/#/two", False),
        ("https://example.org/x", "https://example.org/X", False),
        ("https://example.org/x", "https://example.org/x?id=1", False),
        ("https://example.org/x", "https://example.net/x", False),
    ],
)
def test_which_are_one(one: str, other: str, same: bool) -> None:
    assert (key(one) == key(other)) is same

"""The HTML that is kept: nothing in it runs, loads, or points anywhere but to the web and to mailboxes."""

from __future__ import annotations

import re
import time
from html.parser import HTMLParser

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from listserv.core.mail.inmail import read
from listserv.core.mail.sanitise import sanitise

REL = 'rel="nofollow noopener noreferrer ugc"'

VECTORS = [
    "<script>alert(1)</script>",
    "<SCRIPT SRC=//x.example/x.js></SCRIPT>",
    "<scr<script>ipt>alert(1)</script>",
    "<img src=x onerror=alert(1)>",
    '<img src="https://x.example/pixel.gif" width=1 height=1>',
    '<img src="//x.example/x.gif">',
    '<img src="data:image/svg+xml;base64,PHN2ZyBvbmxvYWQ9YWxlcnQoMSk+">',
    '<img srcset="https://x.example/a 1x" src=cid:a>',
    "<svg onload=alert(1)>",
    "<svg><script>alert(1)</script></svg>",
    '<math><mi xlink:href="javascript:alert(1)">x</mi></math>',
    "<body onload=alert(1)>",
    "<iframe src=javascript:alert(1)></iframe>",
    '<iframe srcdoc="<script>alert(1)</script>"></iframe>',
    "<object data=x.swf></object><embed src=x.swf>",
    '<a href="javascript:alert(1)">x</a>',
    '<a href=" jav\tascript:alert(1)">x</a>',
    '<a href="&#106;avascript:alert(1)">x</a>',
    '<a href="vbscript:msgbox(1)">x</a>',
    '<a href="data:text/html,<script>alert(1)</script>">x</a>',
    '<a href="/nap/moderate/release/1">x</a>',
    '<a href="//x.example">x</a>',
    '<a href="cid:x">x</a>',
    "<a href=https://x.example onclick=alert(1) target=_top>x</a>",
    '<form action="https://x.example"><input name=password><button>Log in</button></form>',
    '<meta http-equiv=refresh content="0;url=https://x.example">',
    '<base href="https://x.example/">',
    '<link rel=stylesheet href="https://x.example/x.css">',
    "<style>@import 'https://x.example/x.css'; body{display:none}</style>",
    '<p style="background:url(https://x.example/x)" class=admin id=login>x</p>',
    "<div onmouseover=alert(1)>x</div>",
    '<video src="https://x.example/x" autoplay onplay=alert(1)></video><audio src=x></audio>',
    "<table background=https://x.example/x><tr><td background=x>x</td></tr></table>",
    "<noscript><p title=\"</noscript><img src=x onerror=alert(1)>\">",
    "<!--<img src=\"--><img src=x onerror=alert(1)//\">",
    "<![CDATA[<img src=x onerror=alert(1)>]]>",
    "<plaintext><xmp><script>alert(1)</script>",
    "<template><script>alert(1)</script></template>",
    "<textarea><script>alert(1)</script>",
    '<a href="https://x.example/"onmouseover="alert(1)">x</a>',
    "<a href='https://x.example/\" onclick=\"alert(1)'>x</a>",
]  # fmt: skip

ALLOWED = {
    *("p", "br", "div", "blockquote", "pre", "ul", "ol", "li", "dl", "dt", "dd", "hr", "img", "a", "caption"),
    *("table", "thead", "tbody", "tfoot", "tr", "td", "th", "b", "strong", "i", "em", "u", "s", "sub", "sup", "small"),
    *("h1", "h2", "h3", "h4", "h5", "h6", "code"),
}
ATTRIBUTES = {"href", "rel", "src", "alt", "dir", "lang", "colspan", "rowspan", "start"}


class Inspector(HTMLParser):
    """Fails on anything that is not allowed."""

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        assert tag in ALLOWED, tag
        for name, value in attrs:
            assert name in ATTRIBUTES, (tag, name)
            if name == "href":
                assert re.match(r"(?:https?://|mailto:)", value or "", re.IGNORECASE), value
            if name == "src":
                assert (value or "").lower().startswith("cid:"), value

    def handle_comment(self, data: str) -> None:
        raise AssertionError(data)

    def handle_decl(self, decl: str) -> None:
        raise AssertionError(decl)


def inspect(html: str) -> None:
    inspector = Inspector(convert_charrefs=True)
    inspector.feed(html)
    inspector.close()


@pytest.mark.parametrize(
    "html",
    ["<script>", "<p onclick=x>", "<a href=/x>", "<img src=https://x/>", "<p style=x>", "<!--x-->", "<!doctype x>"],
)
def test_the_inspector_sees_what_is_active(html: str) -> None:
    with pytest.raises(AssertionError):
        inspect(html)


@pytest.mark.parametrize("vector", VECTORS)
def test_active_content_is_inert(vector: str) -> None:
    inspect(sanitise(vector))
    inspect(sanitise(f"<p>before{vector}after</p>"))


@pytest.mark.parametrize(
    ("source", "want"),
    [
        ("<p>One<p>Two", "<p>One</p><p>Two</p>"),
        ("<ul><li>a<li>b</ul>", "<ul><li>a</li><li>b</li></ul>"),
        ("<blockquote>q</blockquote>", "<blockquote>q</blockquote>"),
        ('<a href="https://x.example/?a=1&amp;b=2">x</a>', f'<a href="https://x.example/?a=1&amp;b=2" {REL}>x</a>'),
        ("<a href=mailto:a@example.org>a</a>", f'<a href="mailto:a@example.org" {REL}>a</a>'),
        ('<img src="cid:logo@x" alt="a plan">', '<img alt="a plan" src="cid:logo@x">'),
        ('<p dir=rtl lang="ar">نص</p>', '<p dir="rtl" lang="ar">نص</p>'),
        ("<center><strike>x</strike></center>", "<div><s>x</s></div>"),
        ("<font color=red><span>plain</span></font>", "plain"),
        ("1 < 2 & 3 &lt; 4 &nbsp;5", "1 &lt; 2 &amp; 3 &lt; 4  5"),
        (
            "<table><tr><td colspan=2>a<td>b</table>",
            '<table><tbody><tr><td colspan="2">a</td><td>b</td></tr></tbody></table>',
        ),
        ("<b>bold<div>not</b>this</div>", "<b>bold</b><div>notthis</div>"),
        ("<STYLE>p{}</STYLE>x", "x"),
        ("", ""),
    ],
)
def test_what_a_person_wrote_stays(source: str, want: str) -> None:
    assert sanitise(source) == want


HEAVY = {
    "nested div": "<div>" * 60_000,
    "nested b with attributes": "".join(f"<b id={n}>" for n in range(30_000)),
    "misnested": "<b><div></b>" * 25_000,
    "formatting in every paragraph": "<b><i><u><s><small><code><em><strong>" + "<p>x" * 75_000,
    "nested tables": "<table><tr><td>" * 20_000,
    "text in tables": "<table>x" * 37_000,
    "nested lists": "<ul><li>" * 37_000,
    "attributes": "<p " + "a=1 " * 100_000 + ">",
    "one long tag": "<a href='" + "x" * 299_000,
    "links": "<a href=http://x>" * 18_000,
    "ampersands": "&" * 300_000,
    "signs": "<" * 300_000,
    "comments": "<!--" * 75_000,
}


@pytest.mark.parametrize("source", HEAVY.values(), ids=HEAVY.keys())
def test_it_is_fast_on_what_was_made_to_be_slow(source: str) -> None:
    """nh3 alone takes 8.6 s over 40,000 nested divs."""
    began = time.process_time()
    inspect(sanitise(source))
    assert time.process_time() - began < 2


def test_it_is_cut_at_300_000_characters() -> None:
    assert len(sanitise("x" * 400_000)) == 300_000


PIECES = st.sampled_from([*VECTORS, "<p>", "</p>", "<b>", "</b>", "<div", ">", "<", "'", '"', "=", "&", "text", "<td>"])


@settings(max_examples=150, deadline=None)
@given(st.lists(PIECES, max_size=12))
def test_no_mixture_of_vectors_comes_alive(pieces: list[str]) -> None:
    inspect(sanitise("".join(pieces)))


def test_a_mail_keeps_its_html_sanitised() -> None:
    mail = read(
        b"Content-Type: text/html\n\n<p onclick=x>Hello <img src=https://x.example/t.gif></p><script>x</script>"
    )
    assert (mail.html, mail.text) == ("<p>Hello </p>", "Hello")


@pytest.mark.parametrize(
    ("html", "hidden"),
    [
        ("<p>seen</p>", False),
        ('<p style="display: none">not</p>', True),
        ('<p style="font-size:0px">not</p>', True),
        ('<p style="font-size:0.9em">seen</p>', False),
        ('<p style="visibility:hidden">not</p>', True),
        ('<p style="opacity:0">not</p>', True),
        ('<p style="color:#ffffff">not</p>', True),
        ("<font color=white>not</font>", True),
        ('<td style="background-color:navy; color:white">seen</td>', False),
    ],
)
def test_a_moderator_hears_of_hidden_text(html: str, hidden: bool) -> None:
    remark = "The HTML part has text that mail programs do not show."
    assert (remark in read(f"Content-Type: text/html\n\n{html}".encode()).remarks) is hidden

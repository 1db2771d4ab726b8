"""Tokens of ours are found in every form that mail programs give them, and nothing else is."""

from __future__ import annotations

import base64
import re
from time import process_time
from urllib.parse import quote

import pytest
from hypothesis import given
from hypothesis import strategies as st

from listserv.core.mail.addresses import Addresses

OURS = Addresses("dialogue.example.org", b"a secret of the tests, 32 bytes.", [b"one that was used before it, once"])
BEFORE = Addresses("dialogue.example.org", b"one that was used before it, once")
LEAVE = OURS.leave("nap1325", 7)
TOKEN = LEAVE.partition("+")[2].partition("@")[0]
REPLY = OURS.reply("nap1325", 9)
MODERATE = OURS.moderate("nap1325", "abcdefghijkmnopqrstuvwxyz2")
CONFIRM = OURS.confirm("nap1325", "abcdefgh12345678")
KEY = OURS.token("unsubscribe", 7)
LINK = f"https://talk.example.org/u/{KEY}"
DRAWN = "abcdefghijklmnopqrstuvwxy7"
LOGIN = f"https://talk.example.org/l/{DRAWN}?to=/nap1325/"


def wrapped(text: str, at: int, end: str = "\n> ") -> str:
    return text[:at] + end + text[at:]


#: What stands in a text, and what of it may not be found any more once line ends and quote marks are taken out.
FORMS = {
    "plain": LEAVE,
    "upper case": LEAVE.upper(),
    "an answer's address": REPLY,
    "a moderator's": MODERATE,
    "one that confirms": CONFIRM,
    "a retired secret's": BEFORE.leave("nap1325", 7),
    "a link": LINK,
    "a link in upper case": LINK.upper(),
    "a link with more behind it": LINK + "?utm_source=x#y",
    "a link to log in": LOGIN,
    "a link to log in, wrapped": wrapped(LOGIN, 40),
    "a link to log in, in a link checker's": f"https://safe.example/?url={quote(LOGIN, safe='')}&data=05",
    "a mailto": f"<mailto:{LEAVE}?subject=leave>",
    "percent-encoded": quote(LEAVE, safe=""),
    "percent-encoded twice": quote(quote(LEAVE, safe=""), safe=""),
    "in a link checker's": f"https://safe.example/?url={quote(LINK, safe='')}&data=05",
    "in one within another": "https://safe.example/?u="
    + quote(f"https://v.example/?u={quote(LINK, safe='')}", safe=""),
    "in lower-case escapes": LEAVE.replace("+", "%2b").replace("@", "%40"),
    "quoted-printable": LEAVE.replace("+", "=2B").replace("@", "=40"),
    "a soft line break": wrapped(LINK, 40, "=\r\n"),
    "references": LEAVE.replace("+", "&#43;").replace("@", "&#64;"),
    "hexadecimal references": LEAVE.replace("+", "&#x2B;").replace("@", "&#x0040;"),
    "named references": LEAVE.replace("+", "&plus;").replace("@", "&commat;"),
    "a link in references": LINK.replace("/", "&#47;"),
    "an attribute": f'<a href="{LINK}" title="{LEAVE}">leave</a>',
    "wrapped in the token": wrapped(LINK, 35),
    "wrapped after the slash": wrapped(LINK, len(LINK) - 26),
    "wrapped twice": wrapped(wrapped(LINK, 45), 30, "\r\n>> > "),
    "an address wrapped in the token": wrapped(LEAVE, 20),
    "an address wrapped before the @": wrapped(LEAVE, LEAVE.index("@")),
    "an address wrapped in the domain": wrapped(LEAVE, len(LEAVE) - 4),
    "wrapped, the next line flush": wrapped(LINK, 40, "\n") + "\nThanks for all",
    "without its domain": LEAVE.partition("@")[0] + " is what I wrote to",
    "without its domain, percent-encoded": quote(LEAVE.partition("@")[0], safe=""),
    "with zero widths": wrapped(LINK, 40, "\u200b"),
    "with a place to break": wrapped(LINK, 40, "<wbr>"),
    "with soft hyphens": wrapped(LEAVE, 20, "\u00ad"),
}


def flat(text: str) -> str:
    """As somebody would put it together who wants the token."""
    return re.sub(r"=?[\r\n]+[> \t|]*|[\u00ad\u200b]|<wbr>", "", text).lower()


def tokens(text: str) -> list[str]:
    known = (TOKEN, KEY, DRAWN, *(one.partition("+")[2].partition("@")[0] for one in (REPLY, MODERATE, CONFIRM)))
    return [one for one in (*known, BEFORE.leave("nap1325", 7)[14:40]) if one in flat(text)]


@pytest.mark.parametrize("text", FORMS.values(), ids=FORMS)
def test_none_is_left_in_a_text_or_a_file(text: str) -> None:
    assert tokens(text)
    around = f"I wrote:\n> {text}\n\nand nothing came."
    assert tokens(OURS.without_tokens(around)) == []
    for coding in ("utf-8", "utf-16"):
        content = around.encode(coding, "ignore")
        masked = OURS.masked(content)
        if coding == "utf-16" or text.isascii():
            assert tokens(masked.decode(coding)) == []
        assert len(masked) == len(content)


def test_what_they_were_part_of_can_still_be_read() -> None:
    assert OURS.without_tokens(f"Leave by {LEAVE} or {LINK}.") == (
        "Leave by nap1325-leave@dialogue.example.org or https://talk.example.org/u/."
    )
    assert OURS.without_tokens(f"> {wrapped(LINK, 40)}\n> or not") == "> https://talk.example.org/u/\n> or not"
    assert OURS.masked(b"at " + LINK.encode() + b" it is") == b"at https://talk.example.org/u/" + b"x" * 26 + b" it is"


STRANGERS = (
    "https://forum.example/u/somebodywithalongname",
    "https://forum.example/u/abcdefghijklmnopqrstuvwxyzabcdef",
    "https://code.example/u/0189abcdef0123456789abcdef",  # digits that no token of ours has
    "https://forum.example/l/somebodywithalongname",
    "https://code.example/l/0189abcdef0123456789abcdef",
    "somebody+abcdefghijklmnopqrstuvwxyz@example.net",
    "nap1325-leave+abcdefghijklmnopqrstuvwxyz@example.net",
    "nap1325-leave@dialogue.example.org",
    "1+abcdefghijklmnopqrstuvwxyz",
    "a + b = c, and https://x.org/u/\nsomebody",
    f"https://talk.example.org/a/{OURS.token('attachment', 7)}/plan.pdf",  # the same for all readers
    "https://x.org/u/" + "abcdefghij\nklmnopqrstuvwxyz",
)


@pytest.mark.parametrize("text", STRANGERS)
def test_what_is_not_ours_stays(text: str) -> None:
    assert OURS.without_tokens(text) == text
    content = text.encode()
    assert OURS.masked(content) is content


def test_a_zip_is_left_whole() -> None:
    content = b"PK\3\4" + LINK.encode()
    assert OURS.masked(content) is content


@given(st.text(st.sampled_from("+/u%2B=&#x40@>\r\n -ab2" + TOKEN), max_size=400))
def test_no_text_breaks_it_and_twice_is_as_once(text: str) -> None:
    assert len(OURS.without_tokens(text)) <= len(text)
    assert len(OURS.masked(text.encode())) == len(text.encode())


@pytest.mark.parametrize(
    "piece", ["+", "/u/", "/l/", "a" * 31 + "\n> ", "+" + "a" * 40, "%25", "&#00", "=2B\r\n", "a-b+", "x"]
)
def test_the_time_is_linear(piece: str) -> None:
    text = piece * (1_000_000 // len(piece))
    began = process_time()
    OURS.without_tokens(text)
    OURS.masked(base64.b64encode(text.encode()))
    assert process_time() - began < 3

"""What always holds of reply extraction: nothing lost, nothing emptied, linear time; the parent's text as an oracle."""

from __future__ import annotations

import gc
import re
import textwrap
import time
from collections.abc import Callable

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from listserv.core.mail.reply.extractor import extract
from listserv.core.mail.reply.words import MAKES

FRAGMENTS = st.sampled_from(
    [
        "> q",
        ">> q",
        "",
        " ",
        "-- ",
        "--",
        "On 3 Nov 2008 at 10:00, A <a@b.org> wrote:",
        "From: a@b.org",
        "Sent: 3 Nov 2008",
        "To: x",
        "Subject: y",
        "-----Original Message-----",
        "Sent from my iPhone",
        "words",
        "_____",
        "<",
        "> wrote:",
        "| x",
        "a:",
        "***",
        "[EXTERNAL] message",
        "CAUTION: This mail comes from outside, do not click links",
        "This message is confidential; if you are not the recipient delete it",
        "cc",
        "Jane/X@Y 3/11/2008 10:00",
        ">>> A <a@b.org> 3/11/2008 10:00 >>>",
        "PS: x",
        "[cid:x]",
    ]
)


@settings(max_examples=500, deadline=None)
@given(st.lists(FRAGMENTS | st.text(max_size=20).map(lambda text: text.replace("\n", "")), max_size=25), st.booleans())
def test_every_line_is_kept_or_cut(lines: list[str], oracle: bool) -> None:
    """Nothing is lost or doubled, order stays, and what holds something never becomes nothing."""
    body = "\n".join(lines)
    got = extract(body, body if oracle else None)
    want = [line for line in lines if line.strip()]
    parts = [[line for line in side.split("\n") if line.strip()] for side in (got.text, got.cut)]
    assert sorted(parts[0] + parts[1]) == sorted(want)
    for side in parts:
        rest = iter(want)
        assert all(line in rest for line in side)
    assert bool(parts[0]) == bool(want)


HOSTILE = {
    "On On": "On " * 33_000,
    "On lines": "On\n" * 33_000,
    "dashes": "-" * 100_000,
    "dash lines": "--\n" * 33_000,
    "colons": ":\n" * 50_000,
    "newlines": "\n" * 100_000,
    "arrows": ">" * 100_000,
    "keys": "From: x\n\n\n" * 10_000,
    "more keys": "a: b\n" * 20_000,
    "addresses": "a@" * 50_000,
    "address lines": "a@b:\n" * 20_000,
    "wrote": "wrote: 2008\n" * 8_000,
    "angles": "<\n" * 50_000,
    "signatures": "-- \nx\n" * 20_000,
    "wrapped": "x <\n\n>:\n" * 12_000,
    "attributions": "On 2008 at 10:00, x <a@b.c> wrote:\n> x\n" * 2_500,
    "taglines": "Sent from my x\n" * 6_000,
    "digits": "1" * 100_000,
    "spaces": " " * 100_000,
    "between": "> a\nb\n" * 16_000,
    "bare names": "To\n" * 33_000,
    "bare names and addresses": "cc\nTo\nx@y.z\n10:00 2008\n" * 5_000,
    "one letter": "a\n" * 50_000,
    "verbs": "a\nא מאת:\n" * 10_000,
    "warnings": "[EXTERNAL] message click\n" * 4_000,
    "shouts": "A! B! " * 16_000,
    "capitals": "A" * 100_000,
    "disclaimers": "confidential message delete recipient error\n\n" * 2_200,
    "virus": "avast <https://x> " * 5_500,
    "pictures": "[cid:x]\n" * 12_000,
    "taglines and links": "Sent from my x\n[https://a.b]\n" * 3_500,
    "pictures with links": "[cid:x]<https://x> " * 5_000,
    "run on": "x" * 200 + "<a@b.cd> wrote:  x\n" * 4_000,
    "run on, almost": ("On 2008 10:00 " + "<a@b.cd>" * 100 + "\n") * 120,
    "postscripts": "-- \nPS: x\n" * 10_000,
    "names": "Aa Bb Cc Dd Ee\n> x\n" * 5_000,
    "triple arrows": ">>> a >>>\n" * 10_000,
    "vowel signs": "\u093f" * 100_000,
    "keys in one line": "a: " * 33_000,
    "Chinese": "中文" * 50_000,
    "quotes": "> a\n" * 25_000,
    "quotes, many deep": ">>>>>>>>>> a\n" * 8_000,
    "one long quoted line": "> " + "a " * 50_000,
    "rows": "| a | b |\n" * 10_000,
    "rows of names": "| From | a@b.org 10:00 2008 |\n" * 3_200,
    "one row": "|" * 100_000,
    "makes": "a iphone\n\n" * 10_000,
    "makes with links": "a outlook <https://a.b>\n\n" * 4_300,
    "makes in one line": "iphone " * 14_000,
    "rules with words": "----- a b -----\n" * 6_200,
    "original messages": "-----Original Message-----\n" * 3_700,
    "verbs and dates": "On 3 Nov 2008 wrote: " * 4_700,
    "forwards": "Begin forwarded message:\n\n" * 3_800,
    "brackets": "[" * 100_000,
    "marks of direction": "\u202b\u200f" * 33_000,
    "combining": "a" + "\u0301" * 50_000,
    "arabic": "كتب ٣ نوفمبر ٢٠٠٨:\n" * 4_000,
    "emoji": "\U0001f600" * 25_000,
    "carriage returns": "a\r\n" * 33_000,
    "Thai": "เขียน" * 20_000,
    "postscript in quotes": "> a\nPS: b\n" * 9_000,
    "alternating attributions": "On 2008 at 10:00, x <a@b.c> wrote:\nb\n> x\n" * 2_300,
    "names of headers": "Subject\nDate\nTo\n" * 6_600,
    "long words in keys": ("a" * 24 + ": b@c.de 10:00 2008\n") * 2_200,
}


def seconds(work: Callable[..., object], *given: object) -> float:
    """CPU seconds; like timeit without the garbage collector, which would go through all that other tests left."""
    gc.disable()
    try:
        began = time.process_time()
        work(*given)
        return time.process_time() - began
    finally:
        gc.enable()


def slowness() -> float:
    """How many times slower this machine is, now, than the one whose figures stand in README, at such work; at
    least 1."""

    def such_work() -> None:
        body = "On 3 Nov 2008 at 10:00, Jane Doe <a@b.org> wrote:\n> a line\n\n" * 2_000
        words = [word for line in body.split("\n") for word in re.findall(r"[^\W\d_]+|\d+", line.strip().lower())]
        set(zip(words, words[1:], words[2:], strict=False))

    return max(1.0, seconds(such_work) / 0.020)


@pytest.mark.parametrize("body", HOSTILE.values(), ids=HOSTILE.keys())
def test_100_kilobytes_of_anything_take_less_than_half_a_second(body: str) -> None:
    """A third of it, on a machine that does nothing else; who takes longer gets two more tries."""
    for parent in (None, body, "word other " * 20_000):
        assert any(seconds(extract, body, parent) < 0.5 * slowness() for _ in range(3))


# A short last paragraph that names a make of telephone or program counts as its tagline.
WORDS = st.text(alphabet="abcdefghijklmnoprstuvwz", min_size=2, max_size=9).filter(
    lambda word: not re.search(MAKES, word)
)
THEIRS = st.lists(WORDS.map(lambda word: "q" + word), min_size=16, max_size=60, unique=True)
OURS = st.lists(st.lists(WORDS, min_size=1, max_size=12).map(" ".join), min_size=1, max_size=4)


@settings(max_examples=200, deadline=None)
@given(THEIRS, OURS, st.integers(30, 90), st.integers(30, 90), st.sampled_from(("", "* ", "\xa0")))
def test_the_parents_lines_go_whatever_their_width(
    theirs: list[str], ours: list[str], sent: int, returned: int, indent: str
) -> None:
    """An answer above the parent's unmarked text, which another program wrapped anew: exactly the answer stays."""
    parent = textwrap.fill(" ".join(theirs), sent)
    back = textwrap.fill(" ".join(theirs), returned, initial_indent=indent, subsequent_indent=indent)
    got = extract("\n\n".join([*ours, back]), parent)
    assert got.text.split() == " ".join(ours).split()


@settings(max_examples=200, deadline=None)
@given(THEIRS, THEIRS, OURS, OURS, st.integers(30, 90))
def test_answers_between_the_parents_unmarked_lines_stay(
    one: list[str], two: list[str], first: list[str], second: list[str], width: int
) -> None:
    quoted = [textwrap.fill(" ".join(words), width) for words in (one, two)]
    got = extract("\n\n".join([quoted[0], *first, quoted[1], *second]), " ".join(one + two))
    words = iter(got.text.split())
    assert all(word in words for word in " ".join(first + second).split())


def test_a_short_answer_is_not_taken_for_the_parents() -> None:
    """Its words occur in the parent's text, but not where the quote begins."""
    parent = "Dear all, we ask whether the plan helps, yes or no, and who in your ministry pays for it each year."
    assert extract(f"yes\n\n{parent}", parent).text == "yes"
    assert extract(f"{parent}\nno", parent).text == "no"


def test_the_oracle_reads_scripts_without_spaces() -> None:
    parent = "我们想知道在你们国家哪些办法对妇女参与和平有效，谁来付钱，什么时候开始。"
    assert extract(f"我同意。\n\n{parent[:20]}\n{parent[20:]}", parent).text == "我同意。"


def test_the_oracle_reads_through_marks_and_foreign_digits() -> None:
    parent = "في ٣ نوفمبر ٢٠٢٦ نسأل ما الذي نجح في بلدكم ومن يدفع ومتى يبدأ العمل به وكيف"
    back = "\u202b" + parent.replace("٣", "3").replace("٢٠٢٦", "2026") + "\u202c"
    assert extract(f"أتفق.\n\n{back}", parent).text == "أتفق."


@settings(max_examples=300, deadline=None)
@given(st.lists(FRAGMENTS, max_size=12))
def test_what_was_cut_once_hardly_changes_again(lines: list[str]) -> None:
    """Cutting again takes nothing but what stands at an end by then, and never everything.

    It is not idempotent in general: text that holds two signatures shows the second one only when the first is gone.
    """
    once = extract("\n".join(lines)).text
    twice = extract(once).text
    assert bool(twice.strip()) == bool(once.strip())
    rest = iter(once.split("\n"))
    assert all(line in rest for line in twice.split("\n") if line.strip())

"""What the author wrote, over sets of whole mails: our own (tests/corpus/replies), with floors to keep.

The set was written before the code was read (third.txt to ninth.txt: after, before their first
runs), as today's programs write mails in 30 languages: top, bottom and inline answers, texts that look like quotes and
are none, warnings, disclaimers and footers. What is to be kept is what a moderator would keep:

- closings and a name stay, also with title, organisation and telephone below: whom somebody speaks for is part of what
  they say, and cutting it wrongly would lose text. Only what a program marks as a signature ("-- ") goes;
- a quote answered in place stays above its answer, whole; the mail quoted around an answer goes;
- warnings above, disclaimers, scanners' and mailing lists' footers below go.
"""

from __future__ import annotations

import textwrap
from pathlib import Path

import pytest

from listserv.core.mail.htmltext import to_text
from listserv.core.mail.reply.extractor import extract

FOLDER = Path(__file__).parents[1] / "corpus" / "replies"


def mails(path: Path) -> list[tuple[str, str, str]]:
    """(name, mail, what is to be kept) of each mail of a file."""
    found = []
    for block in ("\n" + path.read_text("utf-8")).split("\n=== mail ")[1:]:
        head, want = block.split("\n=== wrote\n", 1)
        name, _, mail = head.partition("\n")
        mail = to_text(mail) if path.suffix == ".html" else mail
        found.append((f"{path.name}: {name}", mail, want.rstrip("\n")))
    return found


ALL = [one for path in sorted([*FOLDER.glob("*.txt"), *FOLDER.glob("*.html")]) for one in mails(path)]


def kept(text: str) -> list[str]:
    return [" ".join(line.split()) for line in text.split("\n") if line.strip()]


def test_our_set_comes_out_exactly_and_loses_hardly_anything() -> None:
    wrong = [name for name, mail, want in ALL if kept(extract(mail).text) != kept(want)]
    lost = [name for name, mail, want in ALL if not set(kept(want)) <= set(kept(extract(mail).text))]
    assert len(ALL) >= 500
    assert len(wrong) <= 0.04 * len(ALL), wrong
    assert len(lost) <= 0.02 * len(ALL), lost


@pytest.mark.parametrize(("name", "mail", "want"), ALL, ids=[name for name, _, _ in ALL])
def test_what_an_author_wrote_is_never_cut_again(name: str, mail: str, want: str) -> None:
    """Somebody who pastes their text into a new mail loses nothing: extract(extract(x).text) is itself."""
    once = extract(mail).text
    assert extract(once).text == once


ANSWER = "We agree with this.\n\nNeema"
VALUES = ("Jane Doe <jane@example.org>", "3 November 2026, 10:02:33", "Week 1", "peace@example.org")


def lines(name: str) -> list[str]:
    return (FOLDER / f"{name}.lines").read_text("utf-8").splitlines()


@pytest.mark.parametrize("attribution", lines("attributions"))
def test_attributions_in_any_language(attribution: str) -> None:
    """Above a quote, above text that nothing marks, inside the quote, and broken by another program."""
    for width in (200, 76, 60, 50):
        above = "\n".join(textwrap.wrap(attribution, width, break_on_hyphens=False))
        for below in ("\n> Hello all\n> and more", "\n\n> Hello all", "\n\nHello all\n\nand more"):
            if width > 60 or ">" in below:
                assert extract(f"{ANSWER}\n\n{above}{below}").text == ANSWER
    assert extract(f"{ANSWER}\n\n> {attribution}\n> \n> Hello all").text == ANSWER


@pytest.mark.parametrize("names", lines("headers"))
def test_header_blocks_in_any_language(names: str) -> None:
    """Most of these languages are in no list of ours: the shape of the block tells."""
    sender, date, subject, to = names.split("\t")[1:]
    usual = list(zip((sender, date, subject, to), VALUES, strict=True))
    for form in ("{}: {}", "{} : {}", "*{}:* {}", "*{}: *{}"):
        block = "\n".join(form.format(*pair) for pair in usual)
        assert extract(f"{ANSWER}\n\n{block}\n\nHello all").text == ANSWER
    turned = "\n".join(f"{name}:\t{value}" for name, value in (usual[2], usual[1], usual[0], usual[3]))
    assert extract(f"{ANSWER}\n\n{turned}\n\nHello all").text == ANSWER


@pytest.mark.parametrize("words", lines("separators"))
def test_forwarded_mail_in_any_language(words: str) -> None:
    block = "\n".join(f"{name}: {value}" for name, value in zip(("From", "Date", "Subject", "To"), VALUES, strict=True))
    rule = f"{words}\n" if words[-1] in ":：" else f"-------- {words} --------"
    got = extract(f"{ANSWER}\n\n{rule}\n{block}\n\nHello all")
    assert got.text == ANSWER


def test_any_text_above_any_quote() -> None:
    """Every author's text with the tail of every other mail below it: what surrounds it decides nothing."""
    tails = [
        (name, mail[len(want) :]) for name, mail, want in ALL if mail.startswith(want) and "\n" in mail[len(want) :]
    ]
    texts = [want for _, _, want in ALL if ">" not in want]
    total = wrong = lost = 0
    for _, tail in tails[::3]:
        for text in texts[::2]:
            got = kept(extract(f"{text}\n\n{tail}").text)
            total += 1
            wrong += got != kept(text)
            lost += not set(kept(text)) <= set(got)
    assert total > 1500
    assert wrong <= 0.03 * total
    assert lost <= 0.01 * total

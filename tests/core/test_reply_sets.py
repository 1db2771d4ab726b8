"""What the author wrote, over sets of whole mails: our own (tests/corpus/replies), with floors to keep.

The set was written before the code was read, as today's programs write mails in 26 languages: top, bottom and inline
answers, texts that look like quotes and are none, warnings, disclaimers and footers. What is to be kept is what a
moderator would keep:

- closings and a name stay, also with title, organisation and telephone below: whom somebody speaks for is part of what
  they say, and cutting it wrongly would lose text. Only what a program marks as a signature ("-- ") goes;
- a quote answered in place stays above its answer, whole; the mail quoted around an answer goes;
- warnings above, disclaimers, scanners' and mailing lists' footers below go.
"""

from __future__ import annotations

from pathlib import Path

import pytest

from listserv.core.mail.reply import extract

FOLDER = Path(__file__).parents[1] / "corpus" / "replies"


def mails(path: Path) -> list[tuple[str, str, str]]:
    """(name, mail, what is to be kept) of each mail of a file."""
    found = []
    for block in ("\n" + path.read_text("utf-8")).split("\n=== mail ")[1:]:
        head, want = block.split("\n=== wrote\n", 1)
        name, _, mail = head.partition("\n")
        found.append((f"{path.stem}: {name}", mail, want.rstrip("\n")))
    return found


ALL = [one for path in sorted(FOLDER.glob("*.txt")) for one in mails(path)]


def kept(text: str) -> list[str]:
    return [" ".join(line.split()) for line in text.split("\n") if line.strip()]


def test_our_set_comes_out_exactly_and_loses_hardly_anything() -> None:
    wrong = [name for name, mail, want in ALL if kept(extract(mail).text) != kept(want)]
    lost = [name for name, mail, want in ALL if not set(kept(want)) <= set(kept(extract(mail).text))]
    assert len(ALL) >= 160
    assert len(wrong) <= 0.06 * len(ALL), wrong
    assert len(lost) <= 0.02 * len(ALL), lost


@pytest.mark.parametrize(("name", "mail", "want"), ALL, ids=[name for name, _, _ in ALL])
def test_what_an_author_wrote_is_never_cut_again(name: str, mail: str, want: str) -> None:
    """Somebody who pastes their text into a new mail loses nothing: extract(extract(x).text) is itself."""
    once = extract(mail).text
    assert extract(once).text == once


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

"""What contributors said, as the report quotes it: their own words, their byline and the contribution's number.

Passages that a moderator has marked come first, then an extract of what each author wrote. Nothing of somebody who is
not to be quoted passes here: such a contribution is named by its number alone. Never raises.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Sequence

from listserv.core.dialogue.tags import Kind
from listserv.core.publication.byline import Byline
from listserv.core.publication.extract import ALIKE, Rarity, extract
from listserv.core.publication.material import Contribution
from listserv.core.publication.report.document import Items, Paragraph, Span
from listserv.core.publication.report.voice import Voice, language_of
from listserv.core.sentence import Sentence

LONGEST = 55  # words of an extract


def anchor(number: int) -> str:
    """Of a response in full."""
    return f"c{number}"


def cited(number: int) -> Span:
    return Span(f"({number})", to=anchor(number))


def numbers(found: Iterable[int]) -> list[Span]:
    """ "12, 14", each leading to its response."""
    spans: list[Span] = []
    for one in sorted(set(found)):
        spans += [Span(", ")] if spans else []
        spans.append(Span(str(one), to=anchor(one)))
    return spans


def who(byline: Byline, voice: Voice, language: str = "", *, country: bool = True) -> str:
    """ "Amina Diallo, Ministry of Gender, Senegal", the country in the report's language; "" where nothing is told.

    `language`: of the paragraph it stands in, where that is not the report's.
    """
    guest = voice(Sentence("via %(network)s", network=byline.via)) if byline.via else ""
    names = (byline.name, byline.organisation, guest, voice.country(byline.country) if country else "")
    return voice.beside(voice.apart(" ".join(one.split()), language) for one in names if one.strip())


def said(contribution: Contribution, words: str, voice: Voice, *, country: bool = True) -> Paragraph:
    """One saying with its source: “…” — Amina Diallo, Senegal (12)."""
    language = voice.other(words) or voice.other(contribution.text)
    told = who(contribution.byline, voice, language, country=country)
    return Paragraph(
        (
            Span(quoted(words, language or voice.language), language=language),
            Span(f" — {told} " if told else " "),
            cited(contribution.number),
        ),
        language,
    )


def quoted(words: str, language: str) -> str:
    """In the quotation marks of their language; marks within them stay as they are."""
    opening, closing = {"fr": ("«\u00a0", "\u00a0»"), "es": ("«", "»"), "ru": ("«", "»"), "ar": ("«", "»")}.get(
        language, ("“", "”")
    )
    return f"{opening}{words}{closing}"


def passages(contribution: Contribution, kinds: Collection[Kind | None]) -> list[str]:
    return [one.text for one in contribution.marked if one.kind in kinds]


def drawn(contribution: Contribution, question: str = "", rarity: Rarity = ALIKE) -> str:
    """One to three sentences of the author's own; "" where there are none."""
    return extract(contribution.text, question, LONGEST, rarity)


def of_kind(
    contributions: Sequence[Contribution], kind: Kind, rarity: Rarity = ALIKE
) -> list[tuple[Contribution, str]]:
    """What is to stand under that kind: the passages marked so, and of what is tagged so without one, an extract."""
    found: list[tuple[Contribution, str]] = []
    for one in contributions:
        if not one.quotable:
            continue
        words = passages(one, (kind,))
        if not words and kind.value in one.tags:
            words = [text] if (text := drawn(one, rarity=rarity)) else []
        found += [(one, text) for text in words]
    return found


def listed(found: Iterable[tuple[Contribution, str]], voice: Voice, *, country: bool = True) -> Items:
    return Items(tuple(said(one, words, voice, country=country) for one, words in found))


def language_in(contribution: Contribution) -> str:
    return language_of(contribution.text)


def counted(said: Sequence[Contribution], voice: Voice) -> str:
    """ "29 contributions, 28 contributors and 27 countries"."""
    people, where = len({one.person for one in said}), len({one.country for one in said if one.country})
    each = (
        Sentence("%(n)s contribution", "%(n)s contributions", n=len(said)),
        Sentence("%(n)s contributor", "%(n)s contributors", n=people),
        Sentence("%(n)s country", "%(n)s countries", n=where),
    )
    return voice.listed([voice(one) for one in each])

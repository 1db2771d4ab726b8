"""Drafts a round-up: what was said in a period, by whom, on which question, short enough for a phone.

Inputs: released contributions and the modules they belong to, as values; the words come from Wording. The draft is
Markdown and the truth: moderators edit it, HTML is made from it. Nothing is invented: an extract is one or two
sentences of the author's own, each traceable by its number; who does not fit is still named with a number.

A contribution without a question is placed by its words, and the draft says so. The draft stays near 650 words: the
more was said, the shorter the extracts, then the fewer. Never releases or sends; ranks by number and words only.
Raises ValueError for a contribution to a module that is not in the material.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from zoneinfo import ZoneInfo

from listserv.core.dialogue.model import Module
from listserv.core.publication.byline import Byline
from listserv.core.publication.wording import Wording

WORDS = 650  # what a draft aims at, all in
_LONGEST, _SHORTEST = 45, 30  # words of an extract; a shorter one breaks off before it has said anything
_SENTENCE = re.compile(r"(?<=[.!?؟。…])[\"”»)]*\s+|\n\s*\n")
_WORD = re.compile(r"[^\W\d_]{2,}")
_GREETING = re.compile(
    r"\W*(dear|hello|hi|good (morning|day|afternoon|evening)|greetings|thank|thanks|my name is|i am [A-Z]|best|kind"
    r"|ch[eè]r|bonjour|bonsoir|merci|je m.appelle|je suis|estimad|querid|hola|buen|gracias|me llamo|mi nombre|soy)",
    re.IGNORECASE,
)
_WEIGHTY = re.compile(  # words that often carry the point: an experience, a finding, a recommendation
    r"\b(should|must|recommend|suggest|lesson|learn|found|because|important|essential|success|challenge|experience"
    r"|devrai|faut|recommand|leçon|appris|constat|parce|important|essentiel|réussi|défi|expérience"
    r"|debe|hay que|recomend|lecci|aprend|porque|importante|esencial|éxito|desafío|experiencia)",
    re.IGNORECASE,
)


@dataclass(frozen=True, slots=True)
class Said:
    """One released contribution. `question` counts from 1; None: nobody has assigned it.

    `byline`: what readers are told of its author; `country`: where they live, for counting only.
    """

    number: int
    module: int
    question: int | None
    person: int
    byline: Byline
    country: str
    subject: str
    text: str
    late: bool = False
    quotable: bool = True  # False: its author does not want to be quoted


@dataclass(frozen=True, slots=True)
class RoundupMaterial:
    """All that a draft is made from. `since` and `until` are aware; `registered` counts who takes part.

    `answered`: (module, question) pairs that earlier round-ups have shown answers to. `still_open`: the module open at
    `until`; `next_module`: the one to come.
    """

    number: int
    title: str
    language: str
    zone: ZoneInfo
    since: datetime
    until: datetime
    modules: tuple[Module, ...]
    said: tuple[Said, ...]
    registered: int
    answered: frozenset[tuple[int, int]] = frozenset()
    still_open: Module | None = None
    next_module: Module | None = None


@dataclass(frozen=True, slots=True)
class Item:
    said: Said
    extract: str


@dataclass(frozen=True, slots=True)
class Group:
    """What stands under one heading: some quoted, the rest named, but whoever does not want to be quoted.

    `suggested`: numbers placed here automatically.
    """

    quoted: tuple[Item, ...] = ()
    named: tuple[Said, ...] = ()
    unquoted: tuple[int, ...] = ()  # numbers of what their authors do not want quoted
    suggested: tuple[int, ...] = ()


@dataclass(frozen=True, slots=True)
class Answer:
    number: int
    question: str
    group: Group


@dataclass(frozen=True, slots=True)
class Section:
    module: Module
    answered: tuple[Answer, ...]
    more: Group
    unanswered: tuple[tuple[int, str], ...]


def draft(material: RoundupMaterial, wording: Wording) -> str:
    """The Markdown of a round-up in the material's language, lines of at most 72, about `WORDS` words."""
    for length in (_LONGEST, 36, _SHORTEST):
        text = _render(material, wording, len(material.said), length)
        if len(text.split()) <= WORDS:
            return text
    # Still too long with the shortest extracts: as many of them as fit, the others named.
    text = _render(material, wording, 0, _SHORTEST)
    fits, too_many = 0, len(material.said)
    while too_many - fits > 1:
        half = (fits + too_many) // 2
        shorter = _render(material, wording, half, _SHORTEST)
        if len(shorter.split()) <= WORDS:
            fits, text = half, shorter
        else:
            too_many = half
    return text


def suggest(said: Said, module: Module) -> int | None:
    """The question a contribution seems to answer, by the words they share; None when that says little."""
    words = _stems(f"{said.subject} {said.text}")
    scores = []
    common = Counter(stem for question in module.questions for stem in _stems(question))
    for number, question in enumerate(module.questions, 1):
        own = {stem for stem in _stems(question) if common[stem] == 1}  # what no other question asks
        scores.append((len(own & words), -number))
    best, number = max(scores, default=(0, 0))
    tied = sum(score == best for score, _ in scores) > 1
    return None if best < 2 or tied else -number


def extract(text: str, question: str = "", longest: int = _LONGEST) -> str:
    """One sentence of the author's own, or two if the second carries weight; at most `longest` words, cuts shown."""
    sentences = [" ".join(s.split()) for s in _SENTENCE.split(text[:20_000]) if s and _WORD.search(s)]
    if not sentences:
        return ""
    asked = _stems(question)

    def score(index: int) -> float:
        sentence = sentences[index]
        words = len(sentence.split())
        value = 1.5 * len(_WEIGHTY.findall(sentence)) - 0.2 * index
        value -= 5.0 * bool(_GREETING.match(sentence)) + 3.0 * (words < 6) + 2.0 * (words > longest)
        if sentence.rstrip("\"'”»)").endswith(("?", "؟")):
            return value - 8.0  # it asks, often by repeating the guiding question: sharing its words earns nothing
        return value + 2.0 * len(_stems(sentence) & asked)

    ranked = sorted(range(len(sentences)), key=lambda index: (-score(index), index))
    chosen, left = [ranked[0]], longest - len(sentences[ranked[0]].split())
    second = ranked[1] if len(ranked) > 1 else None
    if second is not None and len(sentences[second].split()) <= left and score(second) > 0:
        chosen = sorted([*chosen, second])
    gap = " " if chosen[-1] - chosen[0] <= 1 else " […] "
    return _cut(gap.join(sentences[index] for index in chosen), longest)


def _render(material: RoundupMaterial, wording: Wording, quotes: int, length: int) -> str:
    modules = {module.number: module for module in material.modules}
    ordered = sorted(material.said, key=lambda said: said.number)
    if strange := [said.number for said in ordered if said.module not in modules]:
        raise ValueError(f"contributions to modules the material lacks: {strange}")
    placed: dict[tuple[int, int], list[Said]] = {}
    suggested: set[int] = set()
    for said in ordered:
        question = said.question
        if question is None and (question := suggest(said, modules[said.module])) is not None:
            suggested.add(said.number)
        # Key 0 is "more": unassigned, or a question the module does not have. Module 0 is "late".
        known = question if question and question <= len(modules[said.module].questions) else 0
        key = (0, 0) if said.late else (said.module, known)
        placed.setdefault(key, []).append(_shown(said, question))
    allowed = _spread(list(placed.values()), quotes)

    def group(module: int, question: int) -> Group:
        asked = modules[module].questions[question - 1] if question else ""
        members = placed.get((module, question), [])
        speaking = [s for s in members if s.quotable]
        extracts = {s.number: extract(s.text, asked, length) for s in speaking if s.number in allowed}
        return Group(
            tuple(Item(s, _harmless(extracts[s.number])) for s in speaking if extracts.get(s.number)),
            tuple(s for s in speaking if not extracts.get(s.number)),
            tuple(s.number for s in members if not s.quotable),
            tuple(s.number for s in members if s.number in suggested) if question else (),
        )

    sections = []
    for module in material.modules:
        numbers = range(1, len(module.questions) + 1)
        answered = tuple(
            Answer(n, module.questions[n - 1], group(module.number, n)) for n in numbers if (module.number, n) in placed
        )
        done = {a.number for a in answered} | {n for m, n in material.answered if m == module.number}
        late = {s.question for s in placed.get((0, 0), []) if s.module == module.number}
        unanswered = tuple((n, module.questions[n - 1]) for n in numbers if n not in done | late)
        more = group(module.number, 0)
        if answered or more != Group() or unanswered:
            sections.append(Section(module, answered, more, unanswered))
    return wording.text(
        "roundup_body",
        material.language,
        material=material,
        sections=sections,
        late=group(0, 0),
        contributors=len({said.person for said in ordered}),
        countries=len({said.country.casefold() for said in ordered if said.country}),
    )


def _spread(groups: Sequence[Sequence[Said]], quotes: int) -> set[int]:
    """The numbers to quote: one of each group in turn, a person's second only after everybody's first."""
    allowed: set[int] = set()
    rounds = [said for group in groups for said in enumerate(group)]
    seen: Counter[int] = Counter()
    ranked = []
    for position, said in sorted(rounds, key=lambda pair: pair[1].number):
        ranked.append((seen[said.person], position, said.number))
        seen[said.person] += 1
    for _, _, number in sorted(ranked)[:quotes]:
        allowed.add(number)
    return allowed


def _stems(text: str) -> set[str]:
    """Words of four letters or more, cut to six: enough to let plan, plans and planning meet, in several languages."""
    return {word[:6] for word in _WORD.findall(text.casefold()) if len(word) > 3}


def _cut(text: str, longest: int) -> str:
    words = text.split(" ")
    return text if len(words) <= longest else " ".join(words[:longest]).rstrip(".,;:") + " …"


def _shown(said: Said, question: int | None) -> Said:
    told = (said.byline.name, said.byline.organisation, said.byline.country)
    return replace(said, question=question, byline=Byline(*(_harmless(" ".join(one.split())) for one in told)))


def _harmless(text: str) -> str:
    """Without what Markdown would make a link or code of; quotation marks inside become single ones."""
    return text.replace("](", "] (").replace("`", "'").replace("“", "‘").replace("”", "’")

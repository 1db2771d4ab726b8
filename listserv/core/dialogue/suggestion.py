"""Which guiding question a contribution seems to answer, and why: a hint for moderators, never a decision.

Words of the questions are looked for in the contribution, in en fr es ar ru zh and across them: words that mean alike
(core/dialogue/concepts) count as one, others by their stem, Chinese ones by pairs of characters. A word counts the
more, the fewer questions have it and the more often the contribution says it, with diminishing returns, and a long
question is not helped by its length (BM25). Nothing is suggested where no question stands out.
"""

from __future__ import annotations

import math
import re
import unicodedata
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import lru_cache

from listserv.core.dialogue import concepts
from listserv.core.dialogue.phrases import plain

#: BM25's usual constants: how soon repeating a word stops to count, and how much a question's length does.
K1, B = 1.2, 0.75

#: The best question has to be so much better than the next.
MARGIN = 1.25

#: Characters of a contribution that are looked at.
LONGEST = 20_000

#: Words that say nothing of a subject; what most questions have weighs little anyway.
_COMMON = frozenset(
    plain(
        "about also and any are been being but can could did does for from had has have her his how into its may might"
        " more most must not one other our out over own should some such than that the their them then there these they"
        " this those through under was were what when where which while who whom whose why will with within would you"
        " your only very best good take make made new whether know exist exists belong play role key used later"
        " different all after before because nobody never year years strategy strategies"
        " aux avec ces cet cette comment dans des doit doivent dont elle elles est etre leur leurs les mais nos notre"
        " nous ont ou par pas peut peuvent plus pour quand que quel quelle quelles quels qui sans ses son sont sur tous"
        " toute toutes une vos votre vous faut il ils role jouer bonnes bons savoir tard faire differentes existent"
        " essentielles chez fait annee ans jamais strategies"
        " como con cual cuales cuando debe deben del desde donde ella ellas ellos entre esta estas este estos han hay"
        " las los mas muy nuestra nuestro para pero por porque puede pueden que quien quienes ser sin sobre son sus"
        " todas todos una unas uno unos papel desempenar buenas sabemos existen clave distintas habra adelante parte"
        " ano anos nadie cada estrategias"
        " для что как или его ему они она оно это этот эти этого том чтобы при над под без между все всех так также"
        " уже ещё ли же бы быть был была было были будет если нужен должны должен могут может какие какой какую какова"
        " каковы кто которые который которая есть нет мы вы нам нас наш наши себя своих где когда потому роль играть"
        " ключевые хорошие позднее узнаем год года году лет раз каждый никто"
        " من في على الى عن مع هذا هذه ذلك تلك التي الذي الذين ان كان كانت كانوا لم لن لا ما ماذا هل كيف كل بعض بعد"
        " قبل عند ثم او ام اي هي هو هم نحن انا لكن لان حيث حتى قد فقط ينبغي يمكن تكون يكون ليس بين كما منذ لدينا"
        " عندنا الدور تودي يودي نعرف جزءا الرييسية الجيدة مختلف لاحقا الموجودة اكثر اجل داخل سنة السنة سنوات"
        " الاستراتيجيات الاستراتيجية استراتيجية"
    ).split()
)
_STEM = 6  # letters that are compared of a long word: financed, financing, financement
_MARKS = re.compile("[\u0640\u064b-\u0652\u0670]")  # of Arabic: points and the stretching line
_WORD = re.compile(r"[^\W_]+")
_HAN = re.compile("[\u4e00-\u9fff]+")
_HAN_COMMON = frozenset(
    "的是在了和与及或应该可以什么哪些如何我们你他她它不有没这那一个为对中上下会要就也都还但而其所由到把被让从之于每各能用得着过去来说吗呢"
)
#: Endings of Russian words.
RUSSIAN = re.compile(
    "(?:ями|ами|ого|его|ому|ему|ыми|ими|ией|иям|иях|ию|ия|ии|ых|их|ой|ей|ый|ий|ая|яя|ое|ее|ые|ие|ую|юю|ом|ем|ам|ям|ах"
    "|ях|ов|ев|ть|[аяоеыиуюь])$"
)


@dataclass(frozen=True, slots=True)
class Suggestion:
    """`question`: its number, from 1. `shared`: the contribution's words that speak for it, the weightiest first."""

    question: int
    shared: tuple[str, ...]

    @property
    def why(self) -> str:
        return f"both speak of {', '.join(self.shared)}"


@dataclass(frozen=True, slots=True)
class _Asked:
    """The questions of a module, as they are compared: their terms, and in how many of them each stands."""

    terms: tuple[frozenset[str], ...]
    having: Counter[str]
    mean: float


def suggest(text: str, questions: Sequence[str]) -> Suggestion | None:
    """The question whose words the text shares most; None where none stands out."""
    asked = _asked(tuple(questions))
    if not any(asked.terms):
        return None
    said: Counter[str] = Counter()
    spelt: dict[str, str] = {}
    for word, term in _terms(text[:LONGEST]):
        if term in asked.having:
            said[term] += 1
            spelt.setdefault(term, word)
    ranked = sorted(
        ((sum(weights.values()), -number, weights) for number, weights in enumerate(_weigh(asked, said), 1)),
        key=lambda one: one[:2],
        reverse=True,
    )
    best, number, weights = ranked[0]
    if len(weights) < 2 and not any(_telling(term) and said[term] > 1 and asked.having[term] == 1 for term in weights):
        return None  # one word, said once or asked everywhere, is chance; and so is any that is no subject known
    if len(ranked) > 1 and best < MARGIN * ranked[1][0]:
        return None
    words = [spelt[term] for term in sorted(weights, key=lambda term: (-weights[term], term))]
    telling = [one for one in words if not any(one != other and one in other.split() for other in words)]
    return Suggestion(-number, tuple(dict.fromkeys(telling))[:3])


@lru_cache(maxsize=256)
def _asked(questions: tuple[str, ...]) -> _Asked:
    terms = tuple(frozenset(term for _, term in _terms(question)) for question in questions)
    having = Counter(term for one in terms for term in one)
    return _Asked(terms, having, sum(map(len, terms)) / len(terms) if terms else 0.0)


def _weigh(asked: _Asked, said: Counter[str]) -> list[dict[str, float]]:
    """For each question, what each term that it shares with the text adds."""
    found = []
    for terms in asked.terms:
        length = 1 - B + B * len(terms) / asked.mean
        weights = {}
        for term in terms & said.keys():
            times, having = said[term], asked.having[term]
            rare = math.log(1 + (len(asked.terms) - having + 0.5) / (having + 0.5))
            weights[term] = rare * times * (K1 + 1) / (times + K1) / length
        found.append(weights)
    return found


def _terms(text: str) -> Iterator[tuple[str, str]]:
    """Each word that says something, as it is written, and what it is compared by."""
    text = _MARKS.sub("", unicodedata.normalize("NFC", text)).lower()
    for word in _WORD.findall(text):
        if _HAN.fullmatch(word):
            yield from _chinese(word)
        elif term := _term(word):
            yield word, term
    yield from ((said, f"={concept}") for said, concept in concepts.in_phrases(plain(text)))


@lru_cache(maxsize=50_000)
def _term(word: str) -> str:
    """What a word is compared by: its concept, else its stem; "" where it says nothing."""
    key = plain(word)
    if len(key) < 3 or key in _COMMON or key.isdecimal():
        return ""
    bare = concepts.arabic(key)
    concept = concepts.of_word(bare)
    return f"={concept}" if concept else _stem(bare)


def _chinese(run: str) -> Iterator[tuple[str, str]]:
    for part, concept in concepts.of_chinese(run):
        if concept:
            yield part, f"={concept}"
        else:
            pairs = (part[at : at + 2] for at in range(len(part) - 1))
            yield from ((pair, pair) for pair in pairs if not _HAN_COMMON & set(pair))


def _telling(term: str) -> bool:
    return term.startswith("=")


def _stem(word: str) -> str:
    """What words of one family share, roughly: "plans" is "plan", "évalué" and "évaluation" are "evalu"."""
    if "\u0400" <= word[0] <= "\u04ff":
        return RUSSIAN.sub("", word)[:_STEM] if len(word) > 4 else word
    if len(word) > _STEM:
        return word[:_STEM].rstrip("aeiou")
    return word.removesuffix("s").rstrip("aeiou") if len(word) > 4 else word.removesuffix("s")

"""Which guiding question a contribution seems to answer, and why: a hint for moderators, never a decision.

Words of the questions are looked for in the contribution. A word counts the more, the fewer questions have it and the
more often the contribution says it, with diminishing returns, and a long question is not helped by its length (BM25).
Nothing is suggested where no question stands out.
"""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass

from listserv.core.dialogue.phrases import plain

#: BM25's usual constants: how soon repeating a word stops to count, and how much a question's length does.
K1, B = 1.2, 0.75

#: The best question has to be so much better than the next.
MARGIN = 1.25

#: Words that say nothing of a subject, in en fr es; what most questions have weighs little anyway.
_COMMON = frozenset(
    plain(
        "about also and any are been being but can could did does for from had has have her his how into its may might"
        " more most must not one other our out over own should some such than that the their them then there these they"
        " this those through under was were what when where which while who whom whose why will with within would you"
        " your only very best good take make made new whether"
        " aux avec ces cet cette comment dans des doit doivent dont elle elles est etre leur leurs les mais nos notre"
        " nous ont ou par pas peut peuvent plus pour quand que quel quelle quelles quels qui sans ses son sont sur tous"
        " toute toutes une vos votre vous faut il ils"
        " como con cual cuales cuando debe deben del desde donde ella ellas ellos entre esta estas este estos han hay"
        " las los mas muy nuestra nuestro para pero por porque puede pueden que quien quienes ser sin sobre son sus"
        " todas todos una unas uno unos"
    ).split()
)
_STEM = 6  # letters that are compared of a long word: financed, financing, financement


@dataclass(frozen=True, slots=True)
class Suggestion:
    """`question`: its number, from 1. `shared`: the contribution's words that speak for it, the weightiest first."""

    question: int
    shared: tuple[str, ...]

    @property
    def why(self) -> str:
        return f"both speak of {', '.join(self.shared)}"


def suggest(text: str, questions: Sequence[str]) -> Suggestion | None:
    """The question whose words the text shares most; None where none stands out."""
    asked = [Counter(_stem(word) for word in _words(question)) for question in questions]
    if not any(asked):
        return None
    having = Counter(stem for one in asked for stem in one)
    said: Counter[str] = Counter()
    spelt: dict[str, str] = {}
    for word in _words(text):
        said[_stem(word)] += 1
        spelt.setdefault(_stem(word), word)
    mean = sum(map(len, asked)) / len(asked)
    ranked = sorted(
        (
            (sum(weights.values()), -number, weights)
            for number, weights in enumerate(_weigh(asked, having, said, mean), 1)
        ),
        key=lambda one: one[:2],
        reverse=True,
    )
    best, number, weights = ranked[0]
    if len(weights) < 2 and not any(said[stem] > 1 and having[stem] == 1 for stem in weights):
        return None  # one word, said once or asked everywhere, is chance
    if len(ranked) > 1 and best < MARGIN * ranked[1][0]:
        return None
    telling = sorted(weights, key=lambda stem: (-weights[stem], stem))[:3]
    return Suggestion(-number, tuple(spelt[stem] for stem in telling))


def _weigh(
    asked: Sequence[Counter[str]], having: Counter[str], said: Counter[str], mean: float
) -> list[dict[str, float]]:
    """For each question, what each word that it shares with the text adds."""
    found = []
    for stems in asked:
        length = 1 - B + B * len(stems) / mean
        weights = {}
        for stem in stems:
            if times := said[stem]:
                rare = math.log(1 + (len(asked) - having[stem] + 0.5) / (having[stem] + 0.5))
                weights[stem] = rare * times * (K1 + 1) / (times + K1) / length
        found.append(weights)
    return found


def _words(text: str) -> list[str]:
    return [word for word in plain(text).split() if len(word) > 2 and word not in _COMMON and not word.isdecimal()]


def _stem(word: str) -> str:
    """What words of one family share, roughly: "plans" is "plan", "financing" is "financ"."""
    return word[:_STEM] if len(word) > _STEM else word.removesuffix("s") if len(word) > 3 else word

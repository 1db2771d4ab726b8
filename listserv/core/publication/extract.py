"""An extract: the sentences of a contribution that say most of it, word for word.

Input: what its author wrote; the question it answers, if that is known; how many words there is room for; how rare each
word is among all that is told beside it. Output: one to three sentences that follow each other, on one line. Nothing is
changed, and nothing is left out in between but what "[…]" stands for: between passages that a moderator marked, and
at the end of a sentence that alone is longer than the room.

A sentence is chosen by what it shares with the rest of its text and with the question (TF-IDF; in this no language
matters, Chinese goes by pairs of characters), and by words that announce a point: a recommendation, a lesson, a cause.
Greetings, thanks, introductions, questions, links and headings count little, in six languages. Pure, never raises.
"""

from __future__ import annotations

import math
import re
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field

from listserv.core.dialogue.phrases import length as words
from listserv.core.publication import links
from listserv.core.publication.passages import Marked, own_words
from listserv.core.publication.sentences import Spoken, spoken

LONGEST = 45  # words
LEFT_OUT = " […] "
_AT_MOST = 3  # sentences
_READ = 20_000  # characters of a text that are looked at

_WORD = re.compile(r"[\u3400-\u9fff]+|[^\W\d_\u3400-\u9fff]{3,}")
_ARTICLE = re.compile(r"^(?:[وفبك]?ال|لل)(?=\w{3})")
_GREETS = re.compile(
    r"""\W*(?:dear|hello|hi|hey|good\s(?:morning|day|afternoon|evening)|greetings|salutations|thank|many\sthanks|best|kind
    |warm|regards|sincerely|with\s(?:apolog|thanks|best)|my\sname\sis|i\s(?:am|work)\s(?:[A-Z]|a|an|the|at|in|for|with)\b
    |ch[eè]r|bonjour|bonsoir|merci|salut|cordial|bien\sà|je\s(?:m.appelle|suis|vous\sremercie)|estimad|querid|hola|buen[oa]s
    |gracias|salud|atentamente|cordial|me\sllamo|mi\snombre|soy|уважаем|дорог|здравствуй|добр(?:ый|ое)|спасибо|благодар
    |приветств|меня\sзовут|с\sуважением|я\s—|تحية|تحياتي|السلام\sعليكم|مرحبا|شكرا|أشكر|نشكر|عزيز|أعزائي|الزملاء|الزميلات
    |اسمي|أنا|مع\sالتحية|مع\sخالص|各位|大家好|大家|你好|您好|尊敬|亲爱|谢谢|感谢|我是|我叫|此致|敬礼)""",
    re.IGNORECASE | re.VERBOSE,
)
_EXCUSES = re.compile(
    r"""apolog|\bsorry\b|my\sexcuses|mes\sexcuses|disculp|извин|أعتذر|عذرا|抱歉|winmail|\battach|ci-joint|pièce\sjointe
    |adjunt|прилага|во\sвложении|أرفق|مرفق|附件|^please|^por\sfavor|пожалуйста|^الرجاء|^请|not\s(?:to\s)?be\s(?:named|quoted)""",
    re.IGNORECASE | re.VERBOSE,
)
_WEIGHTY = re.compile(
    r"""\b(?:should|must|recommend\w*|suggest\w*|advice|propos\w*|lessons?|learn(?:ed|t)?|found|because|important|essential
    |success\w*|challenge\w*|what\sworked|works?\sbecause|practices?|experience|key|devr\w*|il\sfaut|recommand\w*|leçons?
    |appris|constat\w*|parce|essentiel\w*|réussi\w*|défis?|conseil\w*|debe\w*|hay\sque|recom\w*|lecci\w*|aprend\w*|porque
    |importante|esencial|éxito|consejo|conviene|propone\w*|рекоменд\w*|предлага\w*|урок\w*|показал\w*|поняли|важно|необходим\w*
    |следует|должн\w*|потому|опыт\w*|убедил\w*)\b|توصي|نوصي|أوصي|يجب|ينبغي|تعلمنا|الدرس|من\sالمهم|لأن|نقترح|أقترح|تجربتنا
    |建议|应该|应当|必须|经验|关键|重要|发现|体会|因为|教训""",
    re.IGNORECASE | re.VERBOSE,
)
_LEANS = re.compile(  # it begins with what only the sentence before it explains
    r"""\W*(?:(?:this|that|these|those|it|its|they|them|their|he|she|his|her|but|and|so|then|therefore|however|both|such|also
    |here|there|instead|another|the\s(?:second|other|last|latter|former|answer|result)|which|cela|ça|ce|cet|cette|ces|il|ils
    |elle|elles|mais|et|donc|ainsi|celui|eso|esto|esta|este|estos|pero|y|así|ello|él|ellas|ellos|это|эти|этот|он|она|они|но
    |и|а|поэтому|однако|также|такой)\b|لكن|ولكن|هذا|هذه|ذلك|وهذا|لذلك|هؤلاء|这|那|但|他们|它|因此|所以|第二|另)""",
    re.IGNORECASE | re.VERBOSE,
)


@dataclass(frozen=True, slots=True)
class Rarity:
    """How much it says that a word is used: 1 for one that stands nowhere else, near 0 for one that stands everywhere.

    Without texts to compare with, all are the same.
    """

    of: Mapping[str, int] = field(default_factory=dict)
    texts: int = 0

    @classmethod
    def among(cls, texts: Iterable[str]) -> Rarity:
        each = [set(_stems(one[:_READ])) for one in texts]
        return cls(Counter(stem for one in each for stem in one), len(each))

    def weight(self, stem: str) -> float:
        if self.texts < 2:
            return 1.0
        return math.log((1 + self.texts) / max(self.of.get(stem, 1), 1)) / math.log(1 + self.texts)


ALIKE = Rarity()


def extract(text: str, question: str = "", longest: int = LONGEST, rarity: Rarity = ALIKE) -> str:
    """The sentences to quote, at most `longest` words; "" where the text has none, or nothing but links."""
    all_of_it = spoken(own_words(text[:_READ]))
    if not all_of_it:
        return ""
    scores = _scores(all_of_it, question, rarity)
    lengths = [words(one.text) for one in all_of_it]
    best, chosen = -math.inf, (0, 1)
    for start, first in enumerate(all_of_it):
        for end in range(start + 1, min(start + _AT_MOST, len(all_of_it)) + 1):
            if all_of_it[end - 1].block != first.block or (sum(lengths[start:end]) > longest and end > start + 1):
                break
            worth = _worth(scores[start:end], lengths[start], longest) - 1.5 * bool(_LEANS.match(first.text))
            if worth > best:
                best, chosen = worth, (start, end)
    text = _together([one.text for one in all_of_it[slice(*chosen)]])
    return _cut(text, longest) if any(map(str.isalpha, _unlinked(text))) else ""


def saying(text: str, marked: Sequence[Marked], question: str, longest: int, rarity: Rarity = ALIKE) -> str:
    """What is quoted of a contribution: what its moderators marked, the first passages that fit; else an extract."""
    if not marked:
        return extract(text, question, longest, rarity)
    first = marked[0].text
    if words(first) > longest * 3 // 2:
        return extract(first, question, longest, rarity)
    whole, chosen, room = " ".join(own_words(text).split()), [first], longest - words(first)
    for one in marked[1:]:
        if words(one.text) <= room and not any(one.text in other or other in one.text for other in chosen):
            chosen.append(one.text)
            room -= words(one.text)
    chosen.sort(key=whole.find)
    quoted = chosen[0]
    for more in chosen[1:]:
        together = next((quoted + gap + more for gap in (" ", "") if quoted + gap + more in whole), None)
        quoted = together or quoted + LEFT_OUT + more
    return quoted


def _scores(all_of_it: Sequence[Spoken], question: str, rarity: Rarity) -> list[float]:
    """What each sentence is worth by itself."""
    asked = set(_stems(question))
    each = [Counter(_stems(one.text)) for one in all_of_it]
    common = Counter(stem for one in each for stem in one)
    central = []
    for one in each:
        weights = {stem: rarity.weight(stem) for stem in one}
        shared = sum(weight * (common[stem] - 1) for stem, weight in weights.items())
        central.append(shared / math.sqrt(1 + sum(weights.values())))
    most = max(central) or 1.0
    return [
        _score(one.text, at, 1.5 * middle / most + min(len(asked & set(stems)), 3) * 0.5)
        for at, (one, stems, middle) in enumerate(zip(all_of_it, each, central, strict=True))
    ]


def _score(sentence: str, at: int, shared: float) -> float:
    length = words(sentence)
    value = shared + 1.3 * min(len(_WEIGHTY.findall(sentence)), 2) - 0.05 * at
    if sentence.rstrip("\"'”’»)").endswith(("?", "؟", "？")):
        # It asks, often by repeating the guiding question: then sharing its words earns nothing.
        value -= 6.0 + shared
    if _GREETS.match(sentence) and at < 4:
        value -= 6.0 if length < 25 or at == 0 else 3.0
    if length <= 12 and _named(sentence):
        value -= 5.0
    if _EXCUSES.search(sentence):
        value -= 4.0
    if "://" in sentence or "www." in sentence or "@" in sentence:
        value -= 3.0 if any(map(str.isalpha, _unlinked(sentence))) else 30.0
    if sentence.endswith((":", "：")):
        value -= 3.0
    return value - (2.5 if length < 5 else 1.0 if length < 8 else 0.3 if length < 12 else 0.0)


def _unlinked(text: str) -> str:
    """What stands beside its links."""
    places = [0, *(at for place in links.standing(text) for at in place), len(text)]
    return " ".join(text[start:end] for start, end in zip(places[::2], places[1::2], strict=True))


def _worth(scores: Sequence[float], first: int, longest: int) -> float:
    """Of sentences together: the best counts most, and one that says nothing is no gain."""
    ordered = sorted(scores, reverse=True)
    worth = ordered[0] + sum(0.35 * one if one > 0 else one - 0.2 for one in ordered[1:])
    return worth - (8.0 if first > longest else 0.0)


def _named(sentence: str) -> bool:
    """Whether it is little but names: who writes, and from where."""
    found = re.findall(r"[^\W\d_]{3,}", sentence)
    return len(found) > 1 and sum(one[0].isupper() for one in found) * 2 > len(found)


def _together(sentences: Sequence[str]) -> str:
    """As they follow each other in their block: Chinese ones without a space."""
    whole = ""
    for one in sentences:
        whole += one if not whole or (whole[-1:] in "。！？”』」" and ord(one[0]) > 0x2E80) else f" {one}"
    return whole


def _cut(text: str, longest: int) -> str:
    """A sentence that alone is too long breaks off where a part of it ends."""
    if words(text) <= longest:
        return text
    ends = [match.start() for match in re.finditer(r"(?<=\S)(?=\s)|(?<=[，、；：])", text)]
    fits = [at for at in ends if words(text[:at]) <= longest] or ends[:1]
    parts = [at for at in fits if text[at - 1] in ",;:،؛，；：" and words(text[:at]) * 3 > longest * 2]
    at = (parts or fits or [len(text)])[-1]
    return text if at == len(text) else text[:at].rstrip(" ,;:،؛，；：、") + LEFT_OUT.rstrip()


def _stems(text: str) -> list[str]:
    """What is compared: words cut to six letters, so that plan, plans and planning meet; Chinese by pairs."""
    found: list[str] = []
    for word in _WORD.findall(text.casefold()):
        if word[0] >= "\u3400" and word[0] <= "\u9fff":
            found += [word[at : at + 2] for at in range(len(word) - 1)] or [word]
        elif len(stem := _ARTICLE.sub("", word)) > 3 or stem != word:
            found.append(stem[:6])
    return found

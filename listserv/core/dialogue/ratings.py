"""What somebody means by their answer to a scale or a choice: the number, or the choice in its own words.

In whatever way people say it: "4", "4/5", "٤", "four", "un cinco", "五分", "2)", "the second", "la deuxième", a part of
the choice's words. "" where none is meant, or several may be. Reads text only; never raises.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Sequence

#: A scale goes from 1 to this.
MOST = 5

# "of 5", in six languages: it says how far the scale goes and is no answer.
_OF = re.compile(
    rf"[ \t]*(?:/|out of|of|sur|de|sobre|из|من(?: أصل)?|之|／)[ \t]*{MOST}(?![0-9])|(?<=[0-9])[ \t]*分", re.IGNORECASE
)
_FIGURES = re.compile(r"[0-9]+(?:[.,][0-9]+)?")
_WORD = re.compile(r"\w+")
_NUMERALS = {
    1: "one un une uno una один одна единица واحد واحدة 一",
    2: "two deux dos два две двойка اثنان اثنين 二 两",
    3: "three trois tres три тройка ثلاثة ثلاث 三",
    4: "four quatre cuatro четыре четвёрка четверка أربعة اربعة أربع 四",
    5: "five cinq cinco пять пятёрка пятерка خمسة خمس 五",
}
_ORDINALS = {
    1: "first premier première primero primera primer первый первая первое الأول الاول الأولى الاولى",
    2: "second deuxième seconde segundo segunda второй вторая второе الثاني الثانية",
    3: "third troisième tercero tercera tercer третий третья третье الثالث الثالثة",
    4: "fourth quatrième cuarto cuarta четвёртый четвертый четвёртая четвертая четвёртое четвертое الرابع الرابعة",
    5: "fifth cinquième quinto quinta пятый пятая пятое الخامس الخامسة",
}
_SAID = {word: number for number, words in _NUMERALS.items() for word in words.split()}
_PLACED = {word: number for number, words in _ORDINALS.items() for word in words.split()}
_BEFORE = frozenset(("a", "an", "the", "un", "une", "una", "le", "la", "el", "на", "оценка", "note"))  # "un cinco"
_CHINESE = re.compile(r"(?:第|选|選)?([一二两三四五]|[0-9])(?:分|星|颗星|项|項|个|個|种|種|条|號|号)?")
_LABELS = "one option choice answer number réponse choix opción respuesta número вариант ответ номер الخيار الجواب رقم"
_CALLED = frozenset(_LABELS.split())  # "the second one", "option two"
_PART = 3  # a choice is known by a part of its words


def digits(text: str) -> str:
    """Each digit of any script as 0 to 9, at the same place."""
    if text.isascii():
        return text
    return "".join(str(unicodedata.decimal(c)) if c.isdecimal() else c for c in text)


def plain(text: str) -> str:
    """Words only, in small letters, digits as 0 to 9: what two spellings of one thing have alike."""
    return " ".join(_WORD.findall(digits(unicodedata.normalize("NFKC", text)).casefold()))


def scale(said: str, low: str, high: str) -> str:
    """The number that is meant, "1" to "5". `low`, `high`: what 1 and 5 mean."""
    first = digits(said).strip()
    for number, end in ((1, low), (MOST, high)):
        if end and plain(first) == plain(end):
            return str(number)
    figures = _FIGURES.findall(_OF.sub("", first.split("\n")[0]))
    if not figures:
        return _spoken(first)
    # "4", "4/5", "4, because of the 3 weeks": the number stands first, or alone.
    starts = re.match(r"[^\w]*([0-9]+(?:[.,][0-9]+)?)(?:[^\w.\-–]|[.](?![0-9])|$)", _OF.sub(" ", first))
    ranged = re.match(r"[^\w]*[0-9]+[ \t]*(?:-|–|or|ou|o|или|أو|或|to|à|a|/)[ \t]*[0-9]", first) and not _OF.search(
        first
    )
    figure = figures[0] if len(figures) == 1 else starts[1] if starts and not ranged else ""
    return figure if figure in {str(one) for one in range(1, MOST + 1)} else ""


def _spoken(first: str) -> str:
    """The number said in words at the beginning, alone or before a mark: "four", "un cinco, muy útil", "五分"."""
    words = plain(first).split()
    if len(words) > 1 and words[0] in _BEFORE and words[1] in _SAID:
        first, words = re.sub(r"^\W*\w+\W+", "", first), words[1:]
    if not words or not (len(words) == 1 or re.match(r"\w+[ \t]*[^\w \t]", first)):
        return ""
    chinese = _CHINESE.fullmatch(words[0])
    number = _SAID.get(chinese[1] if chinese else words[0])
    return str(number) if number else ""


def choice(said: str, choices: Sequence[str]) -> str:
    """Which choice is meant, by its words, by its number, by how it begins, by its place."""
    first = said.strip().split("\n")[0]
    words = plain(first)
    known = {plain(one): one for one in choices}
    if words in known:
        return known[words]
    found = re.match(r"[^\w]*([0-9]{1,2})(?:[^\w]|$)", digits(first))
    figures = re.findall(r"[0-9]+", digits(first))
    if found and len(figures) == 1 and 1 <= int(found[1]) <= len(choices):
        return choices[int(found[1]) - 1]
    within = [one for its, one in known.items() if its and f" {its} " in f" {words} "]
    begun = [one for its, one in known.items() if len(words) >= _PART and f" {words}" in f" {its}"]
    longest = [one for one in within if not any(one != other and plain(one) in plain(other) for other in within)]
    meant = longest or begun
    if len(meant) == 1:
        return meant[0]
    number = 0 if meant else _place(words.split())
    return choices[number - 1] if 0 < number <= len(choices) else ""


def _place(words: Sequence[str]) -> int:
    """ "the second one" is 2, "deux" is 2; 0 for what says more, as "two hours" does."""
    chinese = _CHINESE.fullmatch(words[0]) if len(words) == 1 else None
    if chinese:
        return int(chinese[1]) if chinese[1].isdecimal() else _SAID[chinese[1]]
    for numbers in (_PLACED, _SAID):
        found = {numbers[word] for word in words if word in numbers}
        if len(found) == 1 and all(word in numbers or word in _BEFORE | _CALLED for word in words):
            return found.pop()
    return 0


def more(value: str, said: str, own: Sequence[str]) -> bool:
    """Whether the words hold more than the answer itself. `own`: words that are no more than it says."""
    if not value:
        return True
    words = plain(_OF.sub(" ", digits(said))).split()
    known = {word for each in (value, *own) for word in plain(each).split()} | _BEFORE
    return any(
        word not in known and word not in _SAID and word not in _PLACED and not _CHINESE.fullmatch(word)
        for word in words
    )

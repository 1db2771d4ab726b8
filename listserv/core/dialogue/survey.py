"""The survey by mail: its questions, and what somebody answered, read out of their reply.

Answers are read in whatever way people give them: "1: 4", "2) 5/5", "3. four", several on a line, below the quoted
question, with the digits of any script, a choice by its number or in its words. A question may be left out. What is no
answer to a question that asks for a number or a choice is kept as they wrote it (`Answer.value` is then ""), and what
belongs to no question is `Reply.beside`. Reads text only; never raises. Linear in its length.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Sequence
from dataclasses import dataclass, field
from enum import StrEnum

#: A scale goes from 1 to this.
MOST = 5

#: What is kept of one answer in words, in characters: the rest is no answer to a question.
LONGEST = 8_000

#: A word of thanks at the end is nothing that anybody would miss; from so many words on it is kept.
SAYS_SOMETHING = 5


class Kind(StrEnum):
    SCALE = "scale"  # 1 to 5
    CHOICE = "choice"  # one of its choices
    TEXT = "text"


@dataclass(frozen=True, slots=True)
class Question:
    """`low`, `high`: what 1 and 5 of a scale mean. `choices`: of a choice, two or more."""

    key: str
    text: str
    kind: Kind = Kind.TEXT
    low: str = ""
    high: str = ""
    choices: tuple[str, ...] = ()

    def stored(self) -> dict[str, object]:
        return {
            "key": self.key,
            "text": self.text,
            "kind": self.kind.value,
            "low": self.low,
            "high": self.high,
            "choices": list(self.choices),
        }


@dataclass(frozen=True, slots=True)
class Answer:
    """To the question of that key. `value`: the number of a scale, or the choice in its own words; "" when what they
    wrote is none. `text`: their words, of a scale and a choice those beside it."""

    key: str
    value: str
    text: str = ""


@dataclass(frozen=True, slots=True)
class Reply:
    """`answers`: in the order of the questions, one to each that was answered. `beside`: words to no question."""

    answers: tuple[Answer, ...]
    beside: str = ""

    def answer(self, key: str) -> Answer | None:
        return next((one for one in self.answers if one.key == key), None)


def understood(question: Question, answer: Answer) -> bool:
    """Whether it is an answer to what the question asks."""
    return bool(answer.text if question.kind is Kind.TEXT else answer.value)


def read(questions: Sequence[Question], text: str) -> Reply:
    """What is answered in a reply. `text`: their own words, with what they quoted above an answer (core/mail/reply)."""
    return _Reading(questions).of(text)


# "1:", "2)", "(3)", "4 -", "Q5.", "№ 6", "第7题": the number of a question, as digits of any script have become 0 to 9.
_NUMBER = re.compile(
    r"[ \t]*(?:(?:question|pregunta|вопрос|السؤال|سؤال|问题|問題|nr|no|q|n[°º]|№|第|#)\.?[ \t]*)?"
    r"\(?(?P<number>[0-9]{1,2})"
    r"(?:[ \t]*(?P<mark>[.:)=\-–—、：）．。,،]|题|題|问|->|→)+|(?P<space>[ \t]+))[ \t]*(?P<said>.*)",
    re.IGNORECASE,
)
_QUOTED = re.compile(r"[ \t]*>[> \t]*")
_SEVERAL = re.compile(r"[ \t]*[,;،؛、；|][ \t]*|[ \t]{2,}|[ \t]+(?=\(?[0-9]{1,2}[ \t]*[.:)=\-])")
_PAIR = re.compile(r"\(?([0-9]{1,2})[ \t]*[.:)=\-–]+[ \t]*([0-9]{1,2}(?:/[0-9])?)")
# "of 5", in six languages: it says how far the scale goes and is no answer.
_OF = re.compile(
    rf"[ \t]*(?:/|out of|of|sur|de|sobre|из|من(?: أصل)?|之|／)[ \t]*{MOST}(?![0-9])|(?<=[0-9])[ \t]*分", re.IGNORECASE
)
_FIGURES = re.compile(r"[0-9]+(?:[.,][0-9]+)?")
_FAREWELL = re.compile(r"\n[ \t]*\n[^\n]{1,40}[,،，]\Z")  # "With best wishes,": the name below it is gone already
_WORD = re.compile(r"\w+")
_NUMERALS = {
    1: "one un une uno una один одна واحد واحدة 一",
    2: "two deux dos два две اثنان اثنين 二 两",
    3: "three trois tres три ثلاثة ثلاث 三",
    4: "four quatre cuatro четыре أربعة اربعة أربع 四",
    5: "five cinq cinco пять خمسة خمس 五",
}
_SAID = {word: number for number, words in _NUMERALS.items() for word in words.split()}
_AT_LEAST = 8  # characters by which a quoted line is known to be of a question
_PART = 3  # and a choice by a part of its words


def _digits(text: str) -> str:
    """Each digit of any script as 0 to 9, at the same place."""
    if text.isascii():
        return text
    return "".join(str(unicodedata.decimal(c)) if c.isdecimal() else c for c in text)


def _plain(text: str) -> str:
    """Words only, in small letters, digits as 0 to 9: what two spellings of one thing have alike."""
    return " ".join(_WORD.findall(_digits(unicodedata.normalize("NFKC", text)).casefold()))


@dataclass(slots=True)
class _Reading:
    questions: Sequence[Question]
    said: dict[int, list[str]] = field(default_factory=dict)  # lines, by the number of the question
    beside: list[str] = field(default_factory=list)
    at: int = 0  # the question whose answer is being read; 0: none

    def of(self, text: str) -> Reply:
        # A mail is read line by line: what is quoted only tells where we are.
        for line in text.replace("\r\n", "\n").split("\n"):
            quoted = _QUOTED.match(line)
            plain = _digits(line[quoted.end() :] if quoted else line)
            asked = self._asked(plain)
            if asked:
                self.at = asked
            elif not quoted and not self._echoed(plain):
                self._line(line.rstrip(), plain)
        answers = [self._answer(number, question) for number, question in enumerate(self.questions, 1)]
        found = tuple(one for one in answers if one)
        whole = _joined(self.beside)
        if not found and len(self.questions) == 1 and whole:
            alone = _answer(self.questions[0], whole)
            return Reply((alone,)) if alone else Reply((), whole)
        kept = not found or len(whole.split()) >= SAYS_SOMETHING or _wide(whole)
        return Reply(found, whole if kept else "")

    def _asked(self, line: str) -> int:
        """The number of the question that this line is, as we wrote it or its beginning, quoted or not."""
        found = _NUMBER.fullmatch(line)
        number, rest = (int(found["number"]), found["said"]) if found else (0, line)
        said = _plain(rest)
        for at, question in enumerate(self.questions, 1):
            asked = _plain(question.text)
            if number in (0, at) and said and (said == asked or (len(said) >= _AT_LEAST and asked.startswith(said))):
                return at
        return 0

    def _echoed(self, line: str) -> bool:
        """Whether it is what we said below a question: its scale, or one of its choices."""
        if not self.at:
            return False
        question, said = self.questions[self.at - 1], _plain(line)
        if question.kind is Kind.SCALE and question.low and question.high:
            return _plain(question.low) in said and _plain(question.high) in said and "1" in said
        options = [f"{number} {_plain(one)}" for number, one in enumerate(question.choices, 1)]
        return said in options and line.lstrip().startswith("(")

    def _line(self, line: str, plain: str) -> None:
        pairs = [_PAIR.fullmatch(one) for one in _SEVERAL.split(plain.strip())]
        if len(pairs) > 1 and all(pairs):
            for pair in pairs:
                if pair and 1 <= int(pair[1]) <= len(self.questions):
                    self.said[int(pair[1])] = [pair[2]]
            self.at = 0
            return
        found = _NUMBER.fullmatch(plain)
        if found and self._begins(int(found["number"]), found["said"], bool(found["mark"])):
            self.at = int(found["number"])
            said = found["said"].rstrip()
            text = line[len(line) - len(said) :] if said else ""
            asked = self.questions[self.at - 1].text
            self.said[self.at] = [text[len(asked) :].lstrip() if text.startswith(asked) else text]
        elif self.at and not (self._closed() and self._new_paragraph()):
            self.said.setdefault(self.at, []).append(line.strip())
        else:
            self.beside.append(line.strip())

    def _begins(self, number: int, said: str, marked: bool) -> bool:
        """Whether a line that begins with a number begins the answer to that question.

        Within an answer in words, a list of its own does not: it would count from 1 again.
        """
        if not 1 <= number <= len(self.questions):
            return False
        question = self.questions[number - 1]
        fits = question.kind is not Kind.TEXT and _value(question, said) != ""
        if not marked:  # "1 4", but not "3 countries took part"
            return question.kind is not Kind.TEXT and fits
        within = self.at and self.questions[self.at - 1].kind is Kind.TEXT and any(self.said.get(self.at, ()))
        return not within or number > self.at or (fits and number not in self.said)

    def _closed(self) -> bool:
        """What asks for a number or a choice is answered by one paragraph; what stands below it is no part of it."""
        return self.questions[self.at - 1].kind is not Kind.TEXT

    def _new_paragraph(self) -> bool:
        lines = self.said.get(self.at, [])
        return any(lines) and not lines[-1]

    def _answer(self, number: int, question: Question) -> Answer | None:
        return _answer(question, _joined(self.said.get(number, [])))


def _joined(lines: Sequence[str]) -> str:
    text = _FAREWELL.sub("", "\n".join(lines).strip())
    return re.sub(r"\n{3,}", "\n\n", text)[:LONGEST]


def _wide(text: str) -> bool:
    """Whether it is longer than a greeting in a script that has no spaces between its words."""
    return sum(unicodedata.east_asian_width(c) in "WF" for c in text) > 2 * SAYS_SOMETHING


def _answer(question: Question, said: str) -> Answer | None:
    if not said or not _WORD.search(said):
        return None
    if question.kind is Kind.TEXT:
        return Answer(question.key, "", said)
    value = _value(question, said)
    return Answer(question.key, value, said if _says_more(question, value, said) else "")


def _value(question: Question, said: str) -> str:
    return _scale(question, said) if question.kind is Kind.SCALE else _choice(question, said)


def _scale(question: Question, said: str) -> str:
    """The number that is meant; "" where none is, or several are."""
    first = _digits(said).strip()
    for number, end in ((1, question.low), (MOST, question.high)):
        if end and _plain(first) == _plain(end):
            return str(number)
    figures = _FIGURES.findall(_OF.sub("", first.split("\n")[0]))
    if not figures:
        words = _plain(first).split()
        spoken = _SAID.get(words[0]) if words else None
        return str(spoken) if spoken and (len(words) == 1 or re.match(r"\w+[ \t]*[^\w \t]", first)) else ""
    # "4", "4/5", "4, because of the 3 weeks": the number stands first, or alone.
    starts = re.match(r"[^\w]*([0-9]+(?:[.,][0-9]+)?)(?:[^\w.\-–]|[.](?![0-9])|$)", _OF.sub(" ", first))
    ranged = re.match(r"[^\w]*[0-9]+[ \t]*(?:-|–|or|ou|o|или|أو|或|to|à|a|/)[ \t]*[0-9]", first) and not _OF.search(
        first
    )
    figure = figures[0] if len(figures) == 1 else starts[1] if starts and not ranged else ""
    return figure if figure in {str(one) for one in range(1, MOST + 1)} else ""


def _choice(question: Question, said: str) -> str:
    """Which choice is meant, by its words, by its number, by how it begins; "" where none is, or several may be."""
    first = said.strip().split("\n")[0]
    plain = _plain(first)
    known = {_plain(one): one for one in question.choices}
    if plain in known:
        return known[plain]
    found = re.match(r"[^\w]*([0-9]{1,2})(?:[^\w]|$)", _digits(first))
    figures = re.findall(r"[0-9]+", _digits(first))
    if found and len(figures) == 1 and 1 <= int(found[1]) <= len(question.choices):
        return question.choices[int(found[1]) - 1]
    within = [one for words, one in known.items() if words and f" {words} " in f" {plain} "]
    begun = [one for words, one in known.items() if len(plain) >= _PART and f" {plain}" in f" {words}"]
    longest = [one for one in within if not any(one != other and _plain(one) in _plain(other) for other in within)]
    meant = longest or begun
    return meant[0] if len(meant) == 1 else ""


def _says_more(question: Question, value: str, said: str) -> bool:
    """Whether their words hold more than the answer itself."""
    if not value:
        return True
    rest = _OF.sub(" ", _digits(said))
    words = _plain(rest).split()
    own = {*_plain(value).split(), *_plain(question.low).split(), *_plain(question.high).split()}
    if question.kind is Kind.CHOICE:
        own |= {str(question.choices.index(value) + 1)}
    return any(word not in own and _SAID.get(word) is None for word in words)

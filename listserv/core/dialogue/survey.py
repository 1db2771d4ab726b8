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

from listserv.core.dialogue import ratings
from listserv.core.dialogue.ratings import digits, plain
from listserv.core.mail.closings import CLOSING

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
_FAREWELL = re.compile(r"\n[ \t]*\n[^\n]{1,40}[,،，]\Z")  # "With best wishes,": the name below it is gone already
_WORD = re.compile(r"\w+")
# "一、", "（二）", "第三题": Chinese numbers its questions so.
_CHINESE = re.compile(r"([ \t]*[（(]?第?)([一二三四五六七八九])(?=[、．.：:)）题題])")
_GREETING = 40  # characters of a line that ends a letter
_AT_LEAST = 8  # characters by which a quoted line is known to be of a question


@dataclass(slots=True)
class _Reading:
    questions: Sequence[Question]
    said: dict[int, list[str]] = field(default_factory=dict)  # lines, by the number of the question
    left: dict[int, set[int]] = field(default_factory=dict)  # of its choices, those that still stand below it
    beside: list[str] = field(default_factory=list)
    at: int = 0  # the question whose answer is being read; 0: none

    def of(self, text: str) -> Reply:
        # A mail is read line by line: what is quoted only tells where we are.
        for line in text.replace("\r\n", "\n").split("\n"):
            quoted = _QUOTED.match(line)
            figured = _numbered(digits(line[quoted.end() :] if quoted else line))
            asked = self._asked(figured)
            if asked:
                self.at = asked
            elif not self._echoed(figured) and not quoted:
                self._line(line.rstrip(), figured)
        for number, options in self.left.items():  # who deletes all but one has chosen it
            if len(options) == 1 and not any(self.said.get(number, ())):
                self.said[number] = [self.questions[number - 1].choices[options.pop()]]
        answers = [self._answer(number, question) for number, question in enumerate(self.questions, 1)]
        found = tuple(one for one in answers if one)
        whole = _joined(self.beside)
        if not found and len(self.questions) == 1 and whole:
            alone = _answer(self.questions[0], whole)
            return Reply((alone,)) if alone else Reply((), whole)
        return Reply(found, whole if not found or says_something(whole) else "")

    def _asked(self, line: str) -> int:
        """The number of the question that this line is, as we wrote it or its beginning, quoted or not."""
        found = _NUMBER.fullmatch(line)
        number, rest = (int(found["number"]), found["said"]) if found else (0, line)
        said = plain(rest)
        for at, question in enumerate(self.questions, 1):
            asked = plain(question.text)
            if number in (0, at) and said and (said == asked or (len(said) >= _AT_LEAST and asked.startswith(said))):
                return at
        return 0

    def _echoed(self, line: str) -> bool:
        """Whether it is what we said below a question: its scale, or one of its choices."""
        if not self.at:
            return False
        question, said = self.questions[self.at - 1], plain(line)
        if question.kind is Kind.SCALE and question.low and question.high:
            return plain(question.low) in said and plain(question.high) in said and "1" in said
        options = [f"{number} {plain(one)}" for number, one in enumerate(question.choices, 1)]
        if said not in options or not line.lstrip().startswith("("):
            return False
        self.left.setdefault(self.at, set()).add(options.index(said))
        return True

    def _line(self, line: str, figured: str) -> None:
        pairs = [_PAIR.fullmatch(one) for one in _SEVERAL.split(figured.strip())]
        if len(pairs) > 1 and all(pairs):
            for pair in pairs:
                if pair and 1 <= int(pair[1]) <= len(self.questions):
                    self.said[int(pair[1])] = [pair[2]]
            self.at = 0
            return
        found = _NUMBER.fullmatch(figured)
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


def _numbered(line: str) -> str:
    """The line with the Chinese number it begins with as a digit, at the same place."""
    return _CHINESE.sub(lambda found: found[1] + str("一二三四五六七八九".index(found[2]) + 1), line, count=1)


def _joined(lines: Sequence[str]) -> str:
    text = _FAREWELL.sub("", "\n".join(lines).strip())
    body, _, last = text.rpartition("\n")
    if body and CLOSING.match(last) and len(last) <= _GREETING:  # "Kind regards": the name below it is gone already
        text = body.rstrip()
    return re.sub(r"\n{3,}", "\n\n", text)[:LONGEST]


def says_something(text: str) -> bool:
    """Whether it is longer than a greeting, also in a script that has no spaces between its words."""
    wide = sum(unicodedata.east_asian_width(c) in "WF" for c in text)
    return len(text.split()) >= SAYS_SOMETHING or wide > 2 * SAYS_SOMETHING


def _answer(question: Question, said: str) -> Answer | None:
    if not said or not _WORD.search(said):
        return None
    if question.kind is Kind.TEXT:
        return Answer(question.key, "", said)
    value = _value(question, said)
    own = (question.low, question.high)
    if question.kind is Kind.CHOICE and value:
        own = (str(question.choices.index(value) + 1), "")
    return Answer(question.key, value, said if ratings.more(value, said, own) else "")


def _value(question: Question, said: str) -> str:
    if question.kind is Kind.SCALE:
        return ratings.scale(said, question.low, question.high)
    return ratings.choice(said, question.choices)

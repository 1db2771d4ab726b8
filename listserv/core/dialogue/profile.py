"""What somebody tells of themselves in answer to the form that we send, however their mail program mangles it.

`read` takes the whole text of a mail, quotes included: people write below the form, after its colons, between its
quoted lines, in another order, under labels of their own language, or a sentence instead ("I am from Senegal and work
for the Ministry of Gender"). What it understands is a value, what was said and is not understood is `unread`: with
what may have been meant. What is only in the form, and not answered, is neither.

Values: `country` an alpha-2 code (core/dialogue/countries), `language` a tag, a field with choices one of them, the
rest as written; one line, at most LONGEST characters. Never raises; reads the first 20,000 characters.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field

from listserv.core.dialogue import countries, tongues
from listserv.core.dialogue.phrases import plain
from listserv.core.dialogue.profile_words import ALSO_ANSWERS, GENDERS, LABELS, NOTHING, SENTENCES

LONGEST = 200
_READ = 20_000
_LABEL = 120  # characters of a label, with what stands in brackets behind it
_WRAPPED = 55  # a line at least that long may go on in the next
_QUOTE = re.compile(r"^(?:\s*[>|])+\s?")
_BULLET = re.compile(r"^\s*(?:[-*•–+]\s+|\(?\d{1,2}[.)]\s+)?")
_PAIR = re.compile(r"(?P<label>[^:=：\t\n]{2,120}?)\s*(?:[:=：\t]|\s[-–—]+\s)\s*(?P<said>.*)")
_MARKS = "*_`#\u200e\u200f\u202a\u202c"
_BRACKETS = re.compile(r"\([^()]*\)|\[[^\[\]]*\]|（[^（）]*）")
CONTROL = re.compile("[\x00-\x1f\x7f-\x9f\u2028\u2029\u202a-\u202e\u2066-\u2069]")
_LINK = re.compile(r"<mailto:[^<>]*>|<https?://[^<>]*>")


@dataclass(frozen=True, slots=True)
class Question:
    """One line of the form. `choices`: what may be answered, () = anything."""

    key: str
    label: str = ""
    choices: tuple[str, ...] = ()


#: What every dialogue asks, in the order of the form. A name is asked for only where none is known.
ASKED = tuple(Question(key) for key in ("country", "organisation", "sector", "gender", "language"))


@dataclass(frozen=True, slots=True)
class Unread:
    """An answer that was not understood. `meant`: what it may be (countries by code), () when nothing comes near."""

    key: str
    said: str
    meant: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Told:
    values: Mapping[str, str] = field(default_factory=dict)
    unread: tuple[Unread, ...] = ()
    begins: bool = False  # whether the first line that is the author's own answers a question

    @property
    def nothing(self) -> bool:
        return not self.values and not self.unread


def read(text: str, questions: Sequence[Question], own: str = "") -> Told:
    """The answers in a mail. `own`: what its author wrote of it, without quotes: for sentences."""
    labels = _labels(questions)
    lines = [_Line.of(line, labels) for line in text[:_READ].splitlines()]
    offered = {plain(" ".join(one.choices)) for one in questions if one.choices}  # the form's own, below its labels
    said = _answers([line for line in lines if plain(line.text) not in offered])
    by_key = {one.key: one for one in questions}
    values: dict[str, str] = {}
    unread: list[Unread] = []
    for key, answer in said.items():
        value, meant = understood(by_key[key], answer)
        if value:
            values[key] = value
        elif meant is not None:
            unread.append(Unread(key, answer, meant))
    first = next((line for line in lines if not line.quoted and line.text), None)
    for key, value in _sentences(own[:_READ]):
        if key in by_key and key not in said:
            value, _ = understood(by_key[key], value)
            if value:
                values.setdefault(key, value)
    return Told(values, tuple(unread), bool(first and first.key))


def understood(question: Question, said: str) -> tuple[str, tuple[str, ...] | None]:
    """The value of an answer, or "" and what may have been meant; None = nothing was: it says that it says nothing."""
    said = tidy(said)
    if not said or plain(said) in NOTHING or not plain(said):
        return "", None
    if question.key == "country":
        found = countries.codes(said) or tuple(dict.fromkeys(one for one, _ in countries.within(said)))
        if len(found) == 1:
            return found[0], ()
        near = countries.code(countries.nearest(said))
        return "", found or ((near,) if near else ())
    if question.key == "language":
        return (tag, ()) if (tag := tongues.tag(said)) else ("", ())
    if question.key == "gender":
        return GENDERS.get(plain(said), said), ()
    if question.choices:
        chosen = choice(question.choices, said)
        return (chosen, ()) if chosen else ("", question.choices)
    return said, ()


def choice(choices: Sequence[str], said: str) -> str:
    """The one choice that an answer means: its words, its number, or words that only one has; "" if that is unclear."""
    words = plain(said)
    exact = [one for one in choices if plain(one) == words]
    if exact:
        return exact[0]
    if words.isdecimal() and len(words) < 4:
        return choices[int(words) - 1] if 1 <= int(words) <= len(choices) else ""
    parted = set(words.split())
    whole = [one for one in choices if f" {plain(one)} " in f" {words} "]
    longest = [one for one in whole if not any(one != other and plain(one) in plain(other) for other in whole)]
    if longest:
        return longest[0] if len(longest) == 1 else ""
    part = [one for one in choices if words and (parted <= set(plain(one).split()) or plain(one).startswith(words))]
    return part[0] if len(part) == 1 else ""


def tidy(said: str) -> str:
    """One line, without marks around it, at most LONGEST characters."""
    said = CONTROL.sub(" ", _LINK.sub("", said))
    said = " ".join(said.split()).strip(_MARKS + " ")
    said = re.sub(r"^_+|_+$|\.{3,}$|_{3,}", "", said).strip()
    pairs = {"<": ">", "[": "]", "(": ")", '"': '"', "“": "”", "«": "»"}
    while len(said) > 1 and pairs.get(said[0]) == said[-1]:
        said = said[1:-1].strip()
    return said[:LONGEST].strip()


@dataclass(frozen=True, slots=True)
class _Line:
    text: str
    quoted: bool
    key: str = ""  # the question whose label it begins with
    said: str = ""

    @classmethod
    def of(cls, line: str, labels: Mapping[str, str]) -> _Line:
        bare = _QUOTE.sub("", line)
        quoted = bare != line and line.lstrip()[:1] in (">", "|")
        text = _BULLET.sub("", bare, count=1).strip().replace("\xa0", " ")
        stripped = text.replace("*", "").replace("__", "")
        for pair in (stripped, _BRACKETS.sub("", stripped)):
            found = _PAIR.match(pair)
            key = labels.get(plain(_BRACKETS.sub("", found["label"]))) if found else None
            if found and key:
                return cls(text, quoted, key, found["said"].strip())
        alone = plain(_BRACKETS.sub("", stripped)) if len(stripped) <= _LABEL else ""
        return cls(text, quoted, "" if alone in ALSO_ANSWERS else labels.get(alone, ""), "")


def _labels(questions: Sequence[Question]) -> dict[str, str]:
    """The key of each question by what its label may be, plain."""
    found: dict[str, str] = {}
    for one in questions:
        known = LABELS.get(one.key, ())
        for label in (one.key, *known, *([one.label] if one.label else [])):
            found.setdefault(plain(_BRACKETS.sub("", label)), one.key)
            found.setdefault(plain(label), one.key)
    return {label: key for label, key in found.items() if label}


def _answers(lines: Sequence[_Line]) -> dict[str, str]:
    """What stands behind each label, or below it; what is not quoted goes before what is, the first before others."""
    plainly: dict[str, str] = {}
    quoted: dict[str, str] = {}
    for at, line in enumerate(lines):
        if line.key:
            said = line.said
            said = _joined(lines, at, said) if said else _below(lines, at)
            target = quoted if line.quoted and not _own_below(lines, at) else plainly
            if said and plain(said):
                target.setdefault(line.key, said)
    return quoted | plainly


def _own_below(lines: Sequence[_Line], at: int) -> bool:
    return not lines[at].said and at + 1 < len(lines) and bool(_below(lines, at)) and lines[at].quoted


def _joined(lines: Sequence[_Line], at: int, said: str) -> str:
    """A long answer that goes on in the next line."""
    if len(lines[at].text) >= _WRAPPED and at + 1 < len(lines):
        following = lines[at + 1]
        if following.text and not following.key and following.quoted == lines[at].quoted and ":" not in following.text:
            return f"{said} {following.text}"
    return said


def _below(lines: Sequence[_Line], at: int) -> str:
    """What the line below an empty label says: of a quoted label only what is not quoted, for the form has no more."""
    for following in lines[at + 1 : at + 3]:
        if following.key:
            return ""
        if following.text:
            return following.text if not following.quoted and len(following.text) <= LONGEST else ""
    return ""


def _sentences(own: str) -> Iterator[tuple[str, str]]:
    """What is said without a label: a line of one's own that is a country, or a sentence that tells something."""
    joined = " ".join(line.strip() for line in own.splitlines() if not _QUOTE.match(line))
    if where := _country(own, joined):
        yield "country", where
    for key, patterns in SENTENCES.items():
        for pattern in patterns:
            if found := pattern.search(joined):
                yield key, found["said"].strip(" ,")
                break


def _country(own: str, joined: str) -> str:
    """The country that a mail's own words name: the only one, or the only one that somebody is said to be from."""
    alone = [code for line in own.splitlines()[:30] if (code := countries.code(line)) and len(line.strip()) > 3]
    if len(set(alone)) == 1:
        return alone[0]
    found = countries.within(joined)
    if len({one for one, _ in found}) == 1:
        return found[0][0]
    words = plain(joined[:4000]).split()
    of = {one for one, at in found if set(words[max(0, at - 2) : at]) & _FROM}
    of = of or {code for match in _OUT_OF.finditer(joined[:4000]) if (code := _declined(match["said"]))}
    return next(iter(of)) if len(of) == 1 else ""


def _declined(said: str) -> str:
    """The country that a Russian genitive names, as in "из Казахстана"; "" when none does."""
    ways = [said, *(said.removesuffix(end) + word for end, word in _NOMINATIVES if said.endswith(end))]
    return next(filter(None, map(countries.code, ways)), "")


_OUT_OF = re.compile(r"\bиз\s+(?P<said>[А-ЯЁ][а-яё-]{3,30}(?:\s[А-ЯЁ][а-яё-]{3,30})?)")
_NOMINATIVES = (("ии", "ия"), ("а", ""), ("ы", "а"), ("и", "а"), ("и", "ь"), ("я", "й"), ("я", "ь"))
_FROM = frozenset(["from", "desde", "из", "viens", "vengo", "soy", "originaire", "من"])

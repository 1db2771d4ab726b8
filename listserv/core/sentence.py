"""A sentence for people, in English, that knows what it was made of: so it can be said in other languages too.

    Sentence("It was sent by %(sender)s.", sender="a@b.example")     is the str "It was sent by a@b.example."
    Sentence("%(n)s link.", "%(n)s links.", n=7)                     is the str "7 links."
    translated(sentence, catalogue, "fr")                            says it in the words of a catalogue

Why something is held is said far from any letter, kept in the database, and read by moderators: on the command line in
English, by mail in their language. A value may be a Sentence and is then translated with it; an int is a quantity, and
written as the language writes figures (what only names something, such as the number of a contribution, is given as a
str); a Moment is a time. With a second message, for several, `n` decides between them, by the rules of the language.

The catalogues of templates/catalogues hold every message that stands in the code; a test reads them out of it, so a
message is a literal.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from gettext import NullTranslations
from typing import Any, TypeAlias
from zoneinfo import ZoneInfo

from listserv.core import speech


@dataclass(frozen=True, slots=True)
class Moment:
    """A time as a value of a sentence; in English as commands show it: "2008-11-07 18:00 (America/Santo_Domingo)"."""

    at: datetime
    zone: str

    def __str__(self) -> str:
        return f"{self.at.astimezone(ZoneInfo(self.zone)):%Y-%m-%d %H:%M} ({self.zone})"


Value: TypeAlias = str | int | Moment


class Sentence(str):
    """`message`: the English, "%(name)s" where a value stands. Without values "%" is itself."""

    message: str
    plural: str  # the English for several, "" where nothing is counted
    values: Mapping[str, Value]

    def __new__(cls, message: str, plural: str = "", /, **values: Value) -> Sentence:
        said = plural if plural and values["n"] != 1 else message
        self = super().__new__(cls, said % _shown(values, str) if values else said)
        self.message, self.plural, self.values = message, plural, values
        return self


def together(sentences: Sequence[str], between: str = " ") -> Sentence:
    """One after the other, each to be translated by itself."""
    values = {f"s{number}": one if isinstance(one, Sentence) else Sentence(one) for number, one in enumerate(sentences)}
    return Sentence(between.join(f"%({name})s" for name in values), **values)


def translated(sentence: str, catalogue: NullTranslations, language: str = "en") -> str:
    """In another language; what the catalogue does not know stays as it is. A bare str is its own message."""
    if not sentence:
        return ""  # to gettext the empty message is the catalogue's own header
    if not isinstance(sentence, Sentence) or not sentence.values:
        return catalogue.gettext(str(sentence))
    message = sentence.message
    count = sentence.values.get("n")
    if sentence.plural and isinstance(count, int):
        said = catalogue.ngettext(message, sentence.plural, count)
    else:
        said = catalogue.gettext(message)
    return said % _shown(sentence.values, lambda value: translated(value, catalogue, language), language)


def _shown(values: Mapping[str, Value], said: Callable[[Sentence], str], language: str = "en") -> dict[str, str]:
    shown = {}
    for name, value in values.items():
        if isinstance(value, Sentence):
            shown[name] = said(value)
        elif isinstance(value, Moment):
            shown[name] = str(value) if language == "en" else speech.when(value.at, ZoneInfo(value.zone), language)
        else:
            shown[name] = speech.number(value, language) if isinstance(value, int) else value
    return shown


def remade(sentence: str, change: Callable[[str], str]) -> Sentence:
    """The same sentence, what it was made of changed: its message stays, so that it can still be translated."""
    if not isinstance(sentence, Sentence) or not sentence.values:
        return Sentence(change(str(sentence)))
    values: dict[str, Value] = {}
    for name, value in sentence.values.items():
        values[name] = (
            remade(value, change) if isinstance(value, Sentence) else change(value) if isinstance(value, str) else value
        )
    return Sentence(sentence.message, sentence.plural, **values)


def packed(sentence: str) -> Any:
    """As JSON takes it: the text itself, or [message, values] where there are values, or [message, values, plural]."""
    return _form(sentence) if isinstance(sentence, Sentence) and sentence.values else str(sentence)


def _form(sentence: Sentence) -> Any:
    values: dict[str, Any] = {}
    for name, value in sentence.values.items():
        if isinstance(value, Sentence):
            values[name] = _form(value)
        else:
            values[name] = {"at": value.at.isoformat(), "zone": value.zone} if isinstance(value, Moment) else value
    return [sentence.message, values, sentence.plural] if sentence.plural else [sentence.message, values]


def unpacked(form: Any) -> Sentence:
    """What `packed` was given."""
    if isinstance(form, str):
        return Sentence(form)
    message, values, *plural = form
    return Sentence(message, *plural, **{name: _value(value) for name, value in values.items()})


def _value(form: Any) -> Value:
    if isinstance(form, list):
        return unpacked(form)
    return Moment(datetime.fromisoformat(form["at"]), form["zone"]) if isinstance(form, dict) else form

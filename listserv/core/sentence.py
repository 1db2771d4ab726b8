"""A sentence for people, in English, that knows what it was made of: so it can be said in other languages too.

    Sentence("It was sent by %(sender)s.", sender="a@b.example")     is the str "It was sent by a@b.example."
    translated(sentence, gettext)                                    says it in the words of a catalogue

Why something is held is said far from any letter, kept in the database, and read by moderators: on the command line in
English, by mail in their language. A value may be a Sentence and is then translated with it. The catalogues of
templates/catalogues hold every message that stands in the code; a test reads them out of it, so a message is a literal.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any

Value = str | int


class Sentence(str):
    """`message`: the English, "%(name)s" where a value stands. Without values "%" is itself."""

    message: str
    values: Mapping[str, Value]

    def __new__(cls, message: str, /, **values: Value) -> Sentence:
        self = super().__new__(cls, message % values if values else message)
        self.message, self.values = message, values
        return self


def together(sentences: Sequence[str]) -> Sentence:
    """One after the other, each to be translated by itself."""
    values = {f"s{number}": one if isinstance(one, Sentence) else Sentence(one) for number, one in enumerate(sentences)}
    return Sentence(" ".join(f"%({name})s" for name in values), **values)


def translated(sentence: str, gettext: Callable[[str], str]) -> str:
    """In another language; what `gettext` does not know stays as it is. A bare str is its own message."""
    if not isinstance(sentence, Sentence) or not sentence.values:
        return gettext(str(sentence))
    values = {
        name: translated(value, gettext) if isinstance(value, Sentence) else value
        for name, value in sentence.values.items()
    }
    return gettext(sentence.message) % values


def remade(sentence: str, change: Callable[[str], str]) -> Sentence:
    """The same sentence, what it was made of changed: its message stays, so that it can still be translated."""
    if not isinstance(sentence, Sentence) or not sentence.values:
        return Sentence(change(str(sentence)))
    values: dict[str, Value] = {}
    for name, value in sentence.values.items():
        values[name] = (
            remade(value, change) if isinstance(value, Sentence) else change(value) if isinstance(value, str) else value
        )
    return Sentence(sentence.message, **values)


def packed(sentence: str) -> Any:
    """As JSON takes it: the text itself, or [message, values] where there are values."""
    return _form(sentence) if isinstance(sentence, Sentence) and sentence.values else str(sentence)


def _form(sentence: Sentence) -> Any:
    values = {name: _form(value) if isinstance(value, Sentence) else value for name, value in sentence.values.items()}
    return [sentence.message, values]


def unpacked(form: Any) -> Sentence:
    """What `packed` was given."""
    if isinstance(form, str):
        return Sentence(form)
    message, values = form
    return Sentence(message, **{name: unpacked(v) if isinstance(v, list) else v for name, v in values.items()})

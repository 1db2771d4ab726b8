"""What in a contribution still tells who wrote it, though its author does not want to be named.

`gives_away` looks for the author's name, mail address and (if it is not to be told either) organisation in the text,
the subject and the names of files, and says what it found, each once, as it is written there; `names_author` says it
in a sentence. What files themselves say
of who made them is not looked into: that there are files is enough for a person to look. Never raises.
"""

from __future__ import annotations

import re
from collections.abc import Iterable

from listserv.core.dialogue.model import Attribution
from listserv.core.dialogue.phrases import plain
from listserv.core.sentence import Sentence, together

_ADDRESS = re.compile(r"[^\s<>()\[\]\"',;:]{1,64}@[^\s<>()\[\]\"',;:]{1,253}")
_WORD = re.compile(r"[^\W\d_]+(?:[-'’][^\W\d_]+)*")
_SHORTEST = 3  # letters of a part of a name that counts: "de", "Al" and initials stand in every text
_MOST = 5  # findings that are told
_READ = 50_000  # characters


def gives_away(
    attribution: str, name: str, address: str, organisation: str, text: str, others: Iterable[str] = ()
) -> tuple[str, ...]:
    """As written there, in order. `others`: the subject and the names of files. Nothing for who is named anyway."""
    if Attribution(attribution) is Attribution.NAME:
        return ()
    places = [text[:_READ], *others]
    found: list[str] = []
    for place in places:
        theirs = [one.strip(".") for one in _ADDRESS.findall(place)]
        found += [one for one in theirs if address and plain(one) == plain(address)]
        found += _of_name(name, _ADDRESS.sub(" ", place))
        if Attribution(attribution) is Attribution.ANONYMOUS:
            found += _verbatim(organisation, place)
    return tuple(dict.fromkeys(found))[:_MOST]


def names_author(attribution: Attribution, found: Iterable[str], *, files: bool = False) -> str | None:
    """Why what still names an author who is not to be named is held; None if nothing does. `files`: it has some."""
    words = ", ".join(f"“{one}”" for one in found)
    if attribution is Attribution.NAME or not (words or files):
        return None
    if not words:
        return Sentence("Its author does not want to be named: look whether its files tell who made them.")
    if attribution is Attribution.ANONYMOUS:
        said = Sentence("Its author wants to be anonymous, but it still says: %(words)s.", words=words)
    else:
        said = Sentence(
            "Its author wants only the organisation to be named, but it still says: %(words)s.", words=words
        )
    return together([said, Sentence("Its files may tell, too.")]) if files else said


def _of_name(name: str, place: str) -> list[str]:
    """Its parts as they stand there; those beside each other together: "Ana Ortiz"."""
    parts = {plain(one) for one in _WORD.findall(name)}
    parts = {one for one in parts if len(one) >= _SHORTEST}
    found: list[str] = []
    end = -1
    for word in _WORD.finditer(place.replace("_", " ")):
        if plain(word[0]) not in parts or not (word[0][:1].isupper() or not word[0].isascii()):
            continue
        near = end >= 0 and not place[end : word.start()].strip(" _.,")
        if near and found:
            found[-1] += f" {word[0]}"
        else:
            found.append(word[0])
        end = word.end()
    return found


def _verbatim(wanted: str, place: str) -> list[str]:
    words = re.findall(r"\w+", wanted)
    pattern = r"\b" + r"[\W_]+".join(re.escape(word) for word in words) + r"\b"
    case = re.IGNORECASE if len(plain(wanted)) > _SHORTEST else re.NOFLAG  # "UN" is no French "un"
    return [" ".join(one.split()) for one in re.findall(pattern, place, case)] if words else []

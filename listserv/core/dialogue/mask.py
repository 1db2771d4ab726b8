"""Somebody's name and addresses found in what was written, and put out of sight: for erasure.

`Mask` replaces in a text, wherever it stands: whole Message-IDs by those that took their place, their addresses, their
names in full ("Ana Ruiz", "Ruiz, Ana", in any case and across a line's end or a quote's mark), and each word of a name
that tells of them alone. `telling` says which words those are: not one that somebody else is called too, nor one that
is an ordinary word in what was said ("may", "grace"), for it would be cut out of other sentences. A first name shared
with others thus stays within others' texts: it tells of nobody in particular.

`greeted` and `unsigned` do the same to greetings and signatures in what they wrote themselves, or others in answer to
them, with any word of their names. `Unsaid` takes out what somebody wrote where others have quoted it: every run of
SHINGLE words or more that is theirs.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field

_WORD = re.compile(r"[^\W\d_]+(?:['’-][^\W\d_]+)*")
_TOKEN = re.compile(r"\w+")
_GAP = r"[\s>,.|]{1,12}"  # between the words of a name: blanks, a comma, a line's end with a quote's mark

_APART = r"[\W_]{1,6}"

SHINGLE = 6
GREETING = 4
SIGNATURE = 10  # lines at a text's end
TAKEN_OUT = "[…]"


def words(name: str) -> list[str]:
    """The words of a name, those of one letter left out."""
    return [word for word in _WORD.findall(name) if len(word) > 1]


def telling(names: Iterable[str], others: Iterable[str], texts: Iterable[str]) -> frozenset[str]:
    """The words of somebody's names that tell of them alone, as they are written in a name: "Ruiz"."""
    own = {word for name in names if "@" not in name for word in words(name) if word[0].isupper() or name.islower()}
    shared = {word.casefold() for name in others for word in words(name)}
    own = {word for word in own if word.casefold() not in shared and len(word) > 2}
    if own:
        for text in texts:  # only what is written small is an ordinary word
            own -= {word for word in own if re.search(rf"\b{re.escape(word.lower())}\b", text)}
    return frozenset(word[:1].upper() + word[1:] for word in own)


def greeted(text: str, names: Iterable[str], instead: str) -> str:
    """The text, where lines of GREETING words or fewer call nobody by words of these names: "Dear Ana," and "Ana"."""
    said = _any_of(names)
    if said is None:
        return text
    lines = text.split("\n")
    return "\n".join(said.sub(instead, one) if _brief(one) else one for one in lines)


def unsigned(text: str, names: Iterable[str], instead: str) -> str:
    """The text as `greeted` gives it, and without what stands below its author's name at the end: office, telephone."""
    said, lines = _any_of(names), text.rstrip().split("\n")
    for at in range(len(lines) - 1, max(0, len(lines) - SIGNATURE), -1):
        if said is not None and _brief(lines[at]) and said.search(lines[at]):
            return greeted("\n".join(lines[: at + 1]), names, instead)
    return greeted(text, names, instead)


def out_of(text: str, wanted: str, instead: str) -> str:
    """The text with these words, in this order, replaced."""
    said = _TOKEN.findall(wanted)
    return re.sub(rf"(?i)\b{_APART.join(map(re.escape, said))}\b", instead, text) if said else text


def _brief(line: str) -> bool:
    return 0 < len(_WORD.findall(line)) <= GREETING


def _any_of(names: Iterable[str]) -> re.Pattern[str] | None:
    """One or more words of the names in a row."""
    said = {re.escape(word) for name in names if "@" not in name for word in words(name)}
    one = rf"\b(?:{'|'.join(sorted(said))})\b"
    return re.compile(rf"(?i){one}(?:[ \t.,-]{{1,3}}{one})*") if said else None


@dataclass(frozen=True)
class Mask:
    """Call it with a text. `addresses`, `identifiers`: what stands in the place of each; addresses in lower case.

    `behind`: their organisation and country, which go with the name where we have put them behind it.
    """

    names: tuple[str, ...]
    addresses: Mapping[str, str]
    instead: str  # of a name
    identifiers: Mapping[str, str] = field(default_factory=dict)
    alone: frozenset[str] = frozenset()
    behind: tuple[str, ...] = ()
    unsaid: Unsaid | None = None

    def __post_init__(self) -> None:
        patterns = [re.escape(one) for one in sorted(self.identifiers, key=len, reverse=True)]
        for one in sorted(self.addresses, key=len, reverse=True):
            patterns.append(rf"(?i:(?<![\w.+-]){re.escape(one)}(?![\w-]|\.\w))")
        behind = "|".join(r"\s+".join(map(re.escape, one.split())) for one in self.behind)
        for name in sorted(self.names, key=len, reverse=True):
            said = words(name)
            if "@" in name or not 0 < len(said) <= 8:
                continue
            for order in (said, [said[-1], *said[:-1]]):
                whole = rf"\b{_GAP.join(map(re.escape, order))}\b"
                patterns += [rf"(?i:{whole}(?:[,،，]\s*(?:{behind}))+)"] if behind else []
                patterns += [rf"(?i:{whole})"] if len(said) > 1 else []
        for word in sorted(self.alone, key=len, reverse=True):
            patterns.append(rf"\b(?:{re.escape(word)}|{re.escape(word.upper())})\b")
        needles = {one.lower() for one in (*self.identifiers, *self.addresses, *self.alone)}
        needles |= {max(said, key=len).lower() for name in self.names if (said := words(name))}
        object.__setattr__(self, "_needles", tuple(needles))
        object.__setattr__(self, "_found", re.compile("|".join(patterns) or r"(?!)"))

    def __call__(self, text: str) -> str:
        small, masked = text.lower(), text
        if any(one in small for one in self._needles):  # type: ignore[attr-defined]  # far faster than to search
            masked = self._found.sub(self._instead, text)  # type: ignore[attr-defined]
        return self.unsaid(masked) if self.unsaid else masked

    def _instead(self, found: re.Match[str]) -> str:
        whole = found[0]
        return self.identifiers.get(whole) or self.addresses.get(whole.lower()) or self.instead

    def names_them(self, text: str) -> bool:
        return self(text) != text


def _shingles(text: str) -> set[tuple[str, ...]]:
    said = [word.casefold() for word in _TOKEN.findall(text)]
    return {tuple(said[at : at + SHINGLE]) for at in range(len(said) - SHINGLE + 1)}


def _own(text: str) -> set[tuple[str, ...]]:
    """Of what is no quote in it."""
    return _shingles("\n".join(line for line in text.split("\n") if not line.lstrip().startswith(">")))


class Unsaid:
    """Call it with a text that may quote what somebody wrote.

    `texts`: theirs, each with those that others wrote before it, whose words it may quote: those are not theirs.
    """

    def __init__(self, texts: Iterable[tuple[str, Iterable[str]]]) -> None:
        self._theirs: set[tuple[str, ...]] = set()
        for text, before in texts:
            self._theirs |= _own(text).difference(*map(_shingles, before))

    @classmethod
    def among(cls, said: Sequence[tuple[str, bool]]) -> Unsaid:
        """Of a whole dialogue, in its order: each text, and whether nobody is to quote it. Each is read once."""
        unsaid, before = cls(()), set[tuple[str, ...]]()
        wanted = set().union(*(_own(text) for text, silent in said if silent))
        for text, silent in said if wanted else ():
            if silent:
                unsaid._theirs |= _own(text) - before
            before |= _shingles(text) & wanted
        return unsaid

    def __call__(self, text: str) -> str:
        if not self._theirs:
            return text
        found = list(_TOKEN.finditer(text))
        said = [one[0].casefold() for one in found]
        theirs = [False] * len(said)
        for at in range(len(said) - SHINGLE + 1):
            if tuple(said[at : at + SHINGLE]) in self._theirs:
                theirs[at : at + SHINGLE] = [True] * SHINGLE
        out, kept, at = [], 0, 0
        while at < len(said):
            if theirs[at]:
                out += [text[kept : found[at].start()], TAKEN_OUT]
                while at < len(said) and theirs[at]:
                    kept = found[at].end()
                    at += 1
            else:
                at += 1
        return "".join([*out, text[kept:]])

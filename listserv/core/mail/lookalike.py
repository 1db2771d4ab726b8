"""Names and domains that pass for another's: the same to the eye, though not the same letters (UTS #39).

`bears` finds whose name somebody bears; `mixed_word` a word that mixes alphabets whose letters look alike;
`domain_like` the known domain that another one apes. They are hints for a moderator, no verdict: two may bear one name.
Pure, never raises; a name in one alphabet, whichever, is never odd by itself.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Collection, Iterable, Mapping, Sequence
from functools import lru_cache
from typing import Final

from listserv.core.mail.confusables import LATIN_TWIN

LONGEST: Final = 200  # characters of a name that are looked at

#: Where most private addresses are: one letter more, less or other is a usual trick. Only real ones may be this near.
_PROVIDERS: Final = frozenset({"gmail.com", "googlemail.com", "hotmail.com", "outlook.com", "yahoo.com", "icloud.com"})
_REAL: Final = frozenset({"mail.com", "email.com", "ymail.com", "hotmail.co", "yahoo.co"})

_ALPHABETS: Final = ("LATIN", "CYRILLIC", "GREEK", "ARMENIAN")  # whose letters look alike
_WORD: Final = re.compile(r"[^\W\d_]+")
_MARKS: Final = re.compile("[\u0300-\u036f\u064b-\u065f\u0670]")  # accents; Arabic points (not other scripts' vowels)
_UPPER_I: Final = str.maketrans("I", "l")


#: People, each a number and a name, by what their names look like.
Shapes = Mapping[str, Sequence[tuple[int, str]]]


def by_shape(people: Iterable[tuple[int, str]]) -> Shapes:
    """What `bears` looks in: made once for many looks."""
    found: dict[str, list[tuple[int, str]]] = {}
    for one in people:
        for shape in _shapes(one[1]):
            found.setdefault(shape, []).append(one)
    return found


def bears(name: str, own: str, people: Shapes, but: int | None = None) -> str:
    """Whose name this is, to the eye, of these people `but` one; "" for nobody's, and for somebody's own name."""
    shapes = _shapes(name)
    if not shapes or shapes & _shapes(own):
        return ""
    return min((one for shape in shapes for one in people.get(shape, ()) if one[0] != but), default=(0, ""))[1]


def mixed_word(name: str, own: str = "") -> str:
    """The first word with letters of two alphabets that look alike; "" for none. `own`: as they are known to us."""
    if unicodedata.normalize("NFC", name) == unicodedata.normalize("NFC", own):
        return ""
    words = _WORD.findall(unicodedata.normalize("NFKC", name[:LONGEST]))
    return next((word for word in words if len({_alphabet(letter) for letter in word} - {""}) > 1), "")


def domain_like(domain: str, known: Collection[str]) -> str:
    """The known domain that another looks like; "" if it is known itself or like none. A-labels or not, any case."""
    domain, known = readable(domain), {readable(one) for one in known}
    if domain in known or domain in _PROVIDERS | _REAL:
        return ""
    shape = _domain_shape(domain)
    alike = (one for one in sorted(known) if _domain_shape(one) == shape)
    near = (one for one in sorted(known & _PROVIDERS) if _one_apart(domain, one))
    return next(alike, "") or next(near, "")


@lru_cache(2**13)
def readable(domain: str) -> str:
    """A domain with its A-labels as the letters they stand for (RFC 5891 §5.2), in lower case."""
    labels = []
    for label in domain.lower().rstrip(".").split("."):
        try:
            labels.append(label.encode("ascii").decode("idna") if label.startswith("xn--") else label)
        except UnicodeError:
            labels.append(label)
    return ".".join(labels)


@lru_cache(2**15)  # a large dialogue's names, from batch to batch
def _shapes(name: str) -> frozenset[str]:
    """What a name looks like: its words, sorted, in Latin letters without accents; twice, as I is like l to the eye."""
    plain = _MARKS.sub("", unicodedata.normalize("NFKD", name[:LONGEST]))
    plain = "".join(letter for letter in plain if unicodedata.category(letter) != "Cf").translate(LATIN_TWIN)
    return frozenset(filter(None, (_words(plain), _words(plain.translate(_UPPER_I)))))


def _words(text: str) -> str:
    return " ".join(sorted(re.findall(r"\w+", text.casefold().replace("_", " "))))


def _alphabet(letter: str) -> str:
    name = unicodedata.name(letter, "").partition(" ")[0]
    return name if name in _ALPHABETS else ""


@lru_cache(2**13)
def _domain_shape(domain: str) -> str:
    plain = _MARKS.sub("", unicodedata.normalize("NFKD", domain)).translate(LATIN_TWIN)
    return plain.replace("rn", "m").replace("vv", "w").replace("i", "l")


def _one_apart(one: str, other: str) -> bool:
    """Whether a letter more, less or other, or two changed about, makes one the other."""
    if abs(len(one) - len(other)) > 1:
        return False
    short, long = sorted((one, other), key=len)
    at = next((i for i, (a, b) in enumerate(zip(short, long, strict=False)) if a != b), len(short))
    if len(short) < len(long):
        return short[at:] == long[at + 1 :]
    swapped = short[at + 1 : at + 2] + short[at : at + 1] + short[at + 2 :]
    return short[at + 1 :] == long[at + 1 :] or swapped == long[at:]

"""Tokens of ours found in what people write, quote or enclose, in every form that mail programs give them.

Whoever has a token may act for its owner, so none is stored or sent on. It may stand there plainly,
percent-encoded once or more (in the links of link checkers), in quoted-printable, as HTML character references, and
broken over lines with quote marks before each. What counts is that it would work, or that it stands in an address or a
link of ours as only one of us writes it; so a link of somebody else's to /u/somebody stays. Links of ours are those to
leave by, /u/, and to log in by, /l/.

`cut` takes them out of text; `masked` writes over them in a file, octet for octet, so that a format that counts its
octets (PDF) stays whole. What is compressed (a zip, most office formats) is not looked into. Linear in the length.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator

_LENGTH = 26
_ALPHABET = re.compile(r"[a-z2-7]{26}(?![a-z0-9])", re.IGNORECASE)
_OWNER = re.compile(r"(?P<before>^|[^a-z0-9])(?P<slug>[a-z0-9]{2,30})(?:-(?P<role>[a-z]{1,12}))?\Z", re.IGNORECASE)
_LEFT = 45  # characters before the plus that an encoded character, a slug and a role may take
_CODES = (2, 4, 6, 8, 10)  # letters of an encoded character (%3A, %25253A) that a slug may seem to begin with
_RUN = re.compile(r"[a-z0-9]{16,32}|.*", re.IGNORECASE | re.DOTALL)
_IN_TOKEN = re.compile(r"[a-z0-9]", re.IGNORECASE)

# What programs put within a word that is too long for them: line ends with quote marks after them, and what is unseen.
_GAP = r"(?:=?\r?\n[ \t>|]{0,40}|[\u00ad\u200b\u2060\ufeff]|&(?:shy|#173|#8203);|<wbr ?/?>)?"

_LETTER = re.compile(f"([a-z0-9]){_GAP}", re.IGNORECASE)


def _coded(character: str, name: str) -> str:
    """A character, or what stands for it: RFC 2045 §6.7, percent-encoding, HTML §13.1.4."""
    code = ord(character)
    return (
        rf"(?:{re.escape(character)}|%(?:25){{0,4}}{code:02x}|={code:02x}"
        rf"|&\#(?:0{{0,4}}{code}|x0{{0,4}}{code:x});?|&{name};)"
    )


class Tokens:
    """Finds the tokens of one site. `works(slug, role, token)`: whether that token is one; slug "" is that of a link.

    `role` is "" for the address that answers a contribution; all three in lower case.
    """

    def __init__(self, domain: str, works: Callable[[str, str, str], bool]) -> None:
        self._works = works
        slash, plus, at = _coded("/", "sol"), _coded("+", "plus"), _coded("@", "commat")
        ours = _GAP.join(map(re.escape, domain))
        self._found = re.compile(
            rf"(?:(?P<link>{slash}(?:u|(?P<login>l)){slash})|{plus}){_GAP}"
            rf"(?P<token>(?:[a-z0-9]{_GAP}){{16,32}}+)(?P<ours>{at}{_GAP}{ours})?",
            re.IGNORECASE,
        )

    def cut(self, text: str) -> str:
        """The text without them; what they were part of stays, to be read."""
        out, done = [], 0
        for whole, _, end in self._spans(text):
            out.append(text[done:whole])
            done = end
        return "".join((*out, text[done:]))

    def masked(self, content: bytes) -> bytes:
        """A file with each letter of theirs written over; the same object where there are none.

        A zip keeps sums of what is in it, which writing would break.
        """
        if content.startswith(b"PK"):
            return content
        # In latin-1 an octet is a character, and every encoding with ASCII in it can be searched.
        coding = "utf-16" if content.startswith((b"\xff\xfe", b"\xfe\xff")) else "latin-1"
        try:
            text = content.decode(coding)
        except UnicodeDecodeError:
            coding, text = "latin-1", content.decode("latin-1")
        spans = list(self._spans(text))
        if not spans:
            return content
        out, done = [], 0
        for _, start, end in spans:
            out += [text[done:start], _IN_TOKEN.sub("x", text[start:end])]
            done = end
        whole = "".join((*out, text[done:]))
        if coding == "latin-1":
            return whole.encode("latin-1")
        return content[:2] + whole.encode("utf-16-le" if content.startswith(b"\xff\xfe") else "utf-16-be")

    def _spans(self, text: str) -> Iterator[tuple[int, int, int]]:
        """Where each begins, with the plus of an address and without, and where it ends."""
        for found in self._found.finditer(text):
            start, end = found.span("token")
            length = self._of_link(found) if found["link"] else self._of_address(text, found)
            if length:
                yield start if found["link"] else found.start(), start, min(start + length, end)

    def _of_link(self, found: re.Match[str]) -> int:
        """How much of what follows /u/ or /l/ is a token of ours; 0: nothing."""
        letters, length = _first(found["token"])
        if found["login"]:  # at random: nothing tells whether it works
            return length if _ALPHABET.fullmatch(letters) else 0
        return length if self._works("", "", letters) or _ALPHABET.match(found["token"]) else 0

    def _of_address(self, text: str, found: re.Match[str]) -> int:
        """The same of what follows a plus."""
        before = text[max(0, found.start() - _LEFT) : found.start()]
        owner = _OWNER.search(before)
        if owner is None:
            return 0
        if found["ours"]:
            return len(found["token"])
        slug, role = owner["slug"].lower(), (owner["role"] or "").lower()
        if role == "confirm":  # at random: nothing tells whether it works
            return len(_RUN.match(found["token"])[0])  # type: ignore[index]
        letters, length = _first(found["token"])
        starts = (0, *_CODES) if owner["before"] in "%=" else (0,)
        return length if any(self._works(slug[at:], role, letters) for at in starts if at < len(slug)) else 0


def _first(token: str) -> tuple[str, int]:
    """The first letters, as many as a token has, in lower case, and how much of the text they take."""
    letters, at = "", 0
    for found in _LETTER.finditer(token):
        letters, at = letters + found[1].lower(), found.end(1)
        if len(letters) == _LENGTH:
            break
    return letters, at

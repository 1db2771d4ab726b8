"""What becomes of the files that come with a contribution: kept, refused with a reason, or dropped as ornament.

`sorted_out(attachments, html, rule)` gives a `File` for each attachment, in their order. Kept files carry their content
and the type their content shows (media.sniff), never the one the mail claims. Refused are what is empty, too large, one
too many, a program or able to run one, another mail, or what nobody here can open; a moderator and the author are told.
Dropped without a word to the author are logos of signatures, tracking pixels, cryptographic signatures and cards.

Pure: looks at bytes and at the names in a zip's directory, unpacks and follows nothing. Never raises.
"""

from __future__ import annotations

import hashlib
import html as entities
import re
import urllib.parse
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field, replace
from enum import StrEnum
from typing import TYPE_CHECKING, Final

from listserv.core.dialogue.model import AttachmentRule, Reason
from listserv.core.mail import media
from listserv.core.mail.media_kinds import MAILS, PROGRAMS, TNEF, ZIP
from listserv.core.sentence import Sentence

if TYPE_CHECKING:  # a listing of what came loads no reader of mail
    from listserv.core.mail.body import Attachment


class Fate(StrEnum):
    """What became of a file (the state of an attachment)."""

    KEPT = "kept"
    REFUSED = "refused"
    DROPPED = "dropped"


@dataclass(frozen=True, slots=True)
class File:
    """One attachment, sorted. `content` is that of kept files, else empty; `reason` is None for them."""

    name: str  # safe (parts.safe_name)
    content_type: str  # as sniffed
    size: int
    sha256: str
    fate: Fate
    reason: Reason | None = None
    content: bytes = field(default=b"", repr=False)


#: An image within the text is an ornament when it is this low or narrow, or has this few pixels; and where that cannot
#: be told, this few octets. A chart or a photograph is larger, though a chart may well have fewer octets.
LOGO_SIDE: Final = 150
LOGO_PIXELS: Final = 40_000
LOGO_OCTETS: Final = 8 * 1024
PIXEL: Final = 9  # pixels, of an image that only counts readers

#: Octets of a mail that files may make it grow to.
MOST: Final = 10 * 2**20

#: What mail programs call the images within their text: Outlook, Exchange, Apple Mail.
_WITHIN = re.compile(r"(?:image\d{3}|outlook-[\w-]+|att\d{5}|oledata)\.\w{2,4}", re.IGNORECASE)
_LITTER = re.compile(r"att\d{5}\.(?:html?|txt|c|bin)", re.IGNORECASE)  # ends of texts that Exchange makes files of
_SIGNATURES: Final = frozenset(
    {
        "application/pkcs7-signature",
        "application/x-pkcs7-signature",
        "application/pgp-signature",
        "application/pgp-keys",
    }
)
_ENCRYPTED: Final = frozenset({"application/pkcs7-mime", "application/x-pkcs7-mime", "application/pgp-encrypted"})
_CARDS: Final = frozenset({"text/vcard", "text/x-vcard"})


def sorted_out(attachments: Sequence[Attachment], html: str, rule: AttachmentRule) -> tuple[File, ...]:
    """Each attachment's fate. `html`: the mail's own HTML, which says what images stand within the text."""
    shown = _referred_to(html)
    out: list[File] = []
    seen: set[str] = set()
    kept = 0
    for one in attachments:
        kind = media.sniff(one.content, one.content_type, one.name)
        fate, reason = Fate.KEPT, None
        if why := _ornament(one, kind, shown) or (_AGAIN if one.sha256 in seen else None):
            fate, reason = Fate.DROPPED, why
        elif why := _unwanted(one, kind, rule) or (_too_many(rule) if kept >= rule.count else None):
            fate, reason = Fate.REFUSED, why
        else:
            kept += 1
            seen.add(one.sha256)
        content = one.content if fate is Fate.KEPT else b""
        out.append(File(one.name, kind, one.size, one.sha256, fate, reason, content))
    return tuple(out)


def without_tokens(
    came: Sequence[File], cut: Callable[[str], str], masked: Callable[[bytes], bytes]
) -> tuple[File, ...]:
    """The same files without tokens of ours: neither in their names, which all are told, nor in what is kept.

    `cut`, `masked`: what takes them out of text, and out of a file; that gives the same object where there are none.
    """
    return tuple(_clean(one, cut(one.name), masked(one.content)) for one in came)


def _clean(one: File, name: str, content: bytes) -> File:
    if content is one.content:
        return replace(one, name=name)
    return replace(one, name=name, content=content, sha256=hashlib.sha256(content).hexdigest())


_AGAIN = Reason("again", Sentence("It came twice in this mail."))


def fit(sizes: Iterable[int]) -> bool:
    """Whether files of so many octets may be attached to one mail of ours."""
    return sum(sizes) * 4 // 3 <= MOST  # base64 (RFC 2045 §6.8)


def _ornament(one: Attachment, kind: str, shown: frozenset[str]) -> Reason | None:
    if one.content_type in _SIGNATURES or kind in _SIGNATURES:
        return Reason(
            "signature", Sentence("It is a cryptographic signature or key, of no use once the text is sent on.")
        )
    if kind in _CARDS:
        return Reason("card", Sentence("It is a business card: addresses are not sent to all."))
    if _LITTER.fullmatch(one.name) and one.size <= LOGO_OCTETS:
        return Reason("litter", Sentence("A mail server made a file out of the end of the text."))
    if not kind.startswith("image/") or not one.size:
        return None
    if dimensions := media.dimensions(one.content):
        pixels = dimensions[0] * dimensions[1]
        if pixels <= PIXEL:
            return Reason("pixel", Sentence("It is an image of a few pixels, to count who reads it."))
        small = pixels <= LOGO_PIXELS or min(dimensions) <= LOGO_SIDE
    else:
        small = one.size <= LOGO_OCTETS
    within = one.content_id.lower() in shown or (one.inline and one.content_id) or _WITHIN.fullmatch(one.name)
    return (
        Reason("logo", Sentence("It is a small image within the text, as of a signature."))
        if within and small
        else None
    )


def _unwanted(one: Attachment, kind: str, rule: AttachmentRule) -> Reason | None:
    if not one.size:
        return Reason("empty", Sentence("It is empty."))
    if kind in _ENCRYPTED or one.content_type in _ENCRYPTED:
        return Reason("encrypted", Sentence("It is encrypted."))
    if kind == TNEF:
        return Reason("outlook", Sentence("It is in Outlook's own format, which other programs cannot open."))
    if kind in MAILS:
        return Reason("mail", Sentence("It is a whole mail, with the addresses and the links of whoever got it."))
    if media.holds_macros(one.content):
        return Reason("macros", Sentence("It holds macros, small programs that run when it is opened."))
    if kind in PROGRAMS or media.runs(one.name):
        return Reason("program", Sentence("It is a program, or a page or picture that can run one."))
    if kind == ZIP and any(map(media.runs, media.members(one.content))):
        return Reason("program", Sentence("There is a program in it."))
    if one.size > rule.size:
        return Reason("size", Sentence("It is larger than this dialogue takes."))
    return None


def _too_many(rule: AttachmentRule) -> Reason:
    return Reason("count", Sentence("It is one more than the files that a contribution may have."))


def _referred_to(html: str) -> frozenset[str]:
    """The Content-IDs of the images that an HTML text shows, in lower case (RFC 2392 §2)."""
    found = re.findall(r"""\bcid:([^"'\s<>)\\]{1,400})""", html, re.IGNORECASE)
    return frozenset(urllib.parse.unquote(entities.unescape(one)).lower() for one in found)

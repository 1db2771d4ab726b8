"""Mail addresses of others in what somebody wrote: found, and put out of sight.

`found` lists the addresses in a text. `without` takes out those that are known to be somebody else's, wherever they
stand, and any that a mail program put where it says whom it quotes: in an attribution line ("On Monday, Ana Ruiz
<ana@x.example> wrote:") or a header line of a quoted mail ("From: …"). The name beside it stays; an address that stands
alone becomes "a…@…". What people write of themselves or of an office ("write to info@…", a signature) stays: it is
theirs to give. `out_of_sight` spares none, for what everybody may read.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Collection

from listserv.core.mail.reply.words import HEADER_NAMES, OWN_KEYS, WROTE, WROTE_UNSPACED

_PLAIN = r"[^\s<>()\[\]\"',;:@=]{1,64}@[^\s<>()\[\]\"',;:@=]{1,253}[^\s<>()\[\]\"',;:@=.]"
_ADDRESS = re.compile(_PLAIN)
# As it may be hidden from people but not from machines: in a link, as a character reference, by its wide form.
_AT = re.compile(r"[@＠﹫]|%(?:25){0,4}40|&(?:#0{0,6}64|#x0{0,6}40|commat);", re.IGNORECASE)
_BEFORE = re.compile(r"(?:\"[^\"\n]{1,64}\"|[^\s<>()\[\]\",;:@]{0,63}[^\s<>()\[\]\",;:@/])\Z")  # "/@name" is a page
_BEHIND = re.compile(r"\[[^\]\s]{1,100}\]|[^\s<>()\[\]\",;:@]{1,253}")
# With what mail programs put around it, and the blank before that.
_WRAPPED = re.compile(
    rf"(?P<before>[ \t]*)(?P<open><mailto:|\[mailto:|<|\(|\[)?(?P<address>{_PLAIN})(?(open)[>)\]])"
    rf"(?P<again>[ \t]*<mailto:(?P=address)>)?"
)
_VERB = rf"(?<![^\W_])(?:{'|'.join(WROTE)})(?![^\W_])|{'|'.join(WROTE_UNSPACED)}"
_WROTE = re.compile(_VERB, re.IGNORECASE)
_WRAPPED_VERB = re.compile(rf"[>\s]*(?:{_VERB})", re.IGNORECASE)
_HEADER = re.compile(r"[>\s*|]*(?P<name>[^\W\d_][\w '’-]{0,24}?)[*]?\s*:[*]?\s")


def found(text: str) -> list[str]:
    """The mail addresses in a text, each once, as they are written there."""
    return list(dict.fromkeys(_ADDRESS.findall(text))) if "@" in text else []


def without(text: str, others: Collection[str], own: Callable[[str], bool]) -> str:
    """`others`: addresses of other people, as `found` gave them; `own`: whether an address is its author's, or ours."""
    if "@" not in text:
        return text
    lines = text.split("\n")
    out = []
    for number, line in enumerate(lines):
        following = lines[number + 1] if number + 1 < len(lines) else ""
        quoting = "@" in line and _quotes(line, following)

        def instead(match: re.Match[str], quoting: bool = quoting) -> str:
            address = match["address"]
            if address not in others and (not quoting or own(address)):
                return match[0]
            before = match.string[: match.start()].rstrip()
            named = bool(match["open"]) and bool(before) and before[-1] not in ":>,;"
            return "" if named else f"{match['before']}{address[:1]}…@…"

        out.append(_WRAPPED.sub(instead, line) if "@" in line else line)
    return "\n".join(out)


def _quotes(line: str, following: str) -> bool:
    """Whether a mail program wrote the line, of somebody whom it quotes."""
    header = _HEADER.match(line)
    if header is not None:
        name = header["name"].strip().casefold()
        if name in HEADER_NAMES and name not in OWN_KEYS:
            return True
    if _WROTE.search(line) and line.rstrip().endswith((":", "：", "-")):
        return True
    return bool(_WRAPPED_VERB.match(following)) and following.rstrip().endswith((":", "："))


def out_of_sight(text: str) -> str:
    """The text with "a…@…" in the place of each mail address: machines read what is published for them."""
    rest, *others = _AT.split(text)
    out = []
    for at, behind in zip(_AT.findall(text), others, strict=True):
        before, domain = _BEFORE.search(rest[-66:]), _BEHIND.match(behind)
        if before and domain:
            out += [rest[: -len(before[0])], before[0].lstrip('"')[:1], "…@…"]
            rest = behind[domain.end() :]
        else:
            out += [rest, at]
            rest = behind
    return "".join((*out, rest))

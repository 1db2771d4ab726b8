"""HTML as a mail brings it, cut into texts and tags in one linear pass, for those who read or sanitise it.

tokens(source) yields str for text (entities as they stand; a "<" that begins no tag as "&lt;") and Tag for tags.
Comments, declarations and what is never shown (scripts, styles, forms' choices, drawings) are left out. It is no
parser: it follows no nesting and believes nothing, and is as fast on hostile input as on any other. Never raises.
"""

from __future__ import annotations

import functools
import html as entities
import re
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Final

LONGEST: Final = 4096  # characters of a tag; a longer one is dropped
MOST_SIGNS: Final = 10_000  # ampersands and stray "<" that are read as such: parsers are slow on them
MOST_TAGS: Final = 20_000  # what follows is text only

_NAME = re.compile(r"<(/?)([a-zA-Z][a-zA-Z0-9]{0,15})")
_SWALLOWED = frozenset(("script", "style", "title", "template", "noscript", "select", "textarea", "svg", "math"))


@dataclass(frozen=True, slots=True)
class Tag:
    name: str  # lower case
    closing: bool
    attributes: str  # as they stand

    def value(self, name: str) -> str:
        """The value of an attribute, entities resolved, at most 2,000 characters; "" without one."""
        found = _attribute(name).search(self.attributes)
        return entities.unescape(next(filter(None, found.groups()), "")).strip() if found else ""


@functools.cache
def _attribute(name: str) -> re.Pattern[str]:
    values = r"""(?:"([^"]{0,2000})"|'([^']{0,2000})'|([^\s"'>]{1,2000}))"""
    return re.compile(rf"(?<![\w-]){name}\s{{0,5}}=\s{{0,5}}{values}", re.IGNORECASE)


@functools.cache
def _end_of(tag: str) -> re.Pattern[str]:
    return re.compile(rf"</{tag}", re.IGNORECASE)


_COMMENT, _CLOSE = re.compile("-->"), re.compile(">")


def tokens(source: str) -> Iterator[str | Tag]:
    """The texts and tags of `source`, in order."""
    source = source.replace("&nbsp;", " ")
    if source.count("&") > MOST_SIGNS:
        source = source.replace("&", " ")
    stray = tags = at = 0
    exhausted: set[re.Pattern[str]] = set()  # marks not found once are not searched again: this keeps the pass linear
    while at < len(source):
        start = source.find("<", at)
        if start < 0:
            yield source[at:]
            return
        if start > at:
            yield source[at:start]
        if source.startswith("<!--", start):
            at = _after(source, _COMMENT, start + 4, exhausted)
            continue
        if source.startswith(("<!", "<?"), start):
            at = _after(source, _CLOSE, start + 2, exhausted)
            continue
        name = _NAME.match(source, start)
        end = source.find(">", start, start + LONGEST)
        if name is None or end < 0:
            stray += name is None
            yield "&lt;" if name is None and stray < MOST_SIGNS else " "
            at = start + 1 if name is None else name.end()
            continue
        at = end + 1
        tag = Tag(name[2].lower(), bool(name[1]), source[name.end() : end])
        if tag.name in _SWALLOWED and not tag.closing:
            at = _after(source, _end_of(tag.name), at, exhausted)
            at = _after(source, _CLOSE, at, exhausted)
        else:
            tags += 1
            if tags <= MOST_TAGS:
                yield tag


def _after(source: str, mark: re.Pattern[str], at: int, exhausted: set[re.Pattern[str]]) -> int:
    """Where the text goes on after `mark`; right here when it never comes."""
    found = None if mark in exhausted else mark.search(source, at)
    if found is None:
        exhausted.add(mark)
        return at
    return found.end()

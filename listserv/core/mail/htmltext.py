"""The text of an HTML mail, as a reader would see it, with quotes as `> ` lines.

to_text(html) -> str. The source is first reduced to the few tags that carry structure, in one linear pass of
ours: what makes html.parser and html2text slow (unclosed tags, deep nesting, thousands of attributes) never
reaches them. Reads at most 300,000 characters. Links become `text <address>`; images, scripts, styles and forms
vanish. Loads nothing. Mail programs' own marks of a quote (Outlook's divRplyFwdMsg and the like) become a
separator line that reply.py knows. Never raises: what html2text cannot read is given with its tags taken off.
"""

from __future__ import annotations

import html as entities
import re
from typing import Final

import html2text

MOST: Final = 300_000
_DEPTH = 12  # nested lists and quotes that are kept
_TAG = 4096  # a longer tag is dropped

_NAME = re.compile(r"<(/?)([a-zA-Z][a-zA-Z0-9]{0,15})")
_HREF = re.compile(r"""\bhref\s{0,5}=\s{0,5}(?:"([^"]{0,2000})"|'([^']{0,2000})'|([^\s"'>]{1,2000}))""", re.IGNORECASE)
_QUOTE_MARK = re.compile(
    r"\b(?:id|name)\s{0,5}=\s{0,5}[\"']?(?:divRplyFwdMsg|OLK_SRC_BODY_SECTION|appendonsend)\b",
    re.IGNORECASE,
)
_HIDDEN = re.compile(
    r"display\s{0,5}:\s{0,5}none|font-size\s{0,5}:\s{0,5}0(?![\d.])|mso-hide\s{0,5}:\s{0,5}all",
    re.IGNORECASE,
)
_SEPARATOR = "<p>-----Original Message-----</p>"

_KEPT = frozenset(("p", "br", "div", "ul", "ol", "li", "blockquote", "pre", "h1", "h2", "h3", "h4", "h5", "h6", "hr"))
_NESTED = frozenset(("ul", "ol", "blockquote", "pre"))
_BLOCKS = {"tr": "div", "table": "div", "dt": "p", "dd": "p", "dl": "div", "center": "div", "section": "div"}
_SWALLOWED = frozenset(("script", "style", "title", "template", "noscript", "select", "textarea", "svg", "math"))

_ESCAPES = re.compile(r"(\\)\\(?=[\\`*_{}\[\]()#+.!-])|(?<=\d)\\(?=[.)])|(?<![^\s>*])\\(?=[-+*#>`_!])")
_MOST_SIGNS = 10_000  # ampersands and stray "<" that are read as such: html.parser is slow on them
_BLANKS = re.compile(r"\n[ \t\n]*\n")


def has_hidden_text(html: str) -> bool:
    """Whether the source sets some text invisible: moderators are told (the text itself is read like any other)."""
    return _HIDDEN.search(html[:MOST]) is not None


def to_text(html: str) -> str:
    """The readable text, LF line ends, no more than one blank line in a row."""
    reduced = _reduce(html[:MOST])
    reader = html2text.HTML2Text(bodywidth=0)
    reader.ignore_images = reader.ignore_links = reader.ignore_emphasis = reader.ignore_tables = True
    reader.unicode_snob = True
    reader.ul_item_mark = "-"
    try:
        text = reader.handle(reduced)
    except Exception:  # html2text documents no errors; a mail must not stop on one
        text = entities.unescape(re.sub(r"<[^<>]{1,200}>", " ", reduced))
    text = _ESCAPES.sub(r"\1", text.replace("\xa0", " "))
    return _BLANKS.sub("\n\n", "\n".join(line.rstrip() for line in text.split("\n"))).strip("\n")


def _reduce(source: str) -> str:
    """The source with structural tags only, without attributes, nested no deeper than _DEPTH."""
    source = source.replace("&nbsp;", " ")
    if source.count("&") > _MOST_SIGNS:
        source = source.replace("&", " ")
    out: list[str] = []
    stray = 0
    depth: list[str] = []
    links: list[tuple[str, int]] = []
    at = 0
    exhausted: set[str] = set()  # closing marks not found once are not searched again: this keeps the pass linear
    while at < len(source):
        start = source.find("<", at)
        if start < 0:
            out.append(source[at:])
            break
        out.append(source[at:start])
        if source.startswith("<!--", start):
            at = _after(source, "-->", start + 4, exhausted)
            continue
        if source.startswith(("<!", "<?"), start):
            at = _after(source, ">", start + 2, exhausted)
            continue
        name = _NAME.match(source, start)
        end = source.find(">", start, start + _TAG)
        if name is None or end < 0:
            stray += name is None
            out.append("&lt;" if name is None and stray < _MOST_SIGNS else " ")
            at = start + 1 if name is None else name.end()
            continue
        at = end + 1
        closing, tag, attributes = bool(name[1]), name[2].lower(), source[name.end() : end]
        if tag in _SWALLOWED and not closing:
            at = _after(source, f"</{tag}", at, exhausted)
            at = _after(source, ">", at, exhausted)
        elif tag == "a":
            _link(out, links, closing, attributes)
        else:
            if not closing and "=" in attributes and _QUOTE_MARK.search(attributes):
                out.append(_SEPARATOR)
            out.append(_tag(tag, closing, depth))
    return "".join(out)


def _after(source: str, mark: str, at: int, exhausted: set[str]) -> int:
    """Where the text goes on after `mark`; right here when it never comes."""
    found = -1 if mark in exhausted else source.find(mark, at)
    if found < 0:
        exhausted.add(mark)
        return at
    return found + len(mark)


def _tag(tag: str, closing: bool, depth: list[str]) -> str:
    tag = _BLOCKS.get(tag, tag)
    if tag == "td" or tag == "th":
        return " "
    if tag not in _KEPT:
        return ""
    if tag in _NESTED:
        if not closing:
            depth.append(tag)
            return f"<{tag}>" if len(depth) <= _DEPTH else ""
        if tag not in depth[-3:]:
            return ""
        dropped = len(depth) > _DEPTH
        while depth and depth.pop() != tag:
            pass
        return "" if dropped else f"</{tag}>"
    return f"</{tag}>" if closing else f"<{tag}>"


def _link(out: list[str], links: list[tuple[str, int]], closing: bool, attributes: str) -> None:
    if not closing:
        found = _HREF.search(attributes)
        target = entities.unescape(next(filter(None, found.groups()), "")) if found else ""
        if len(links) < 50:
            links.append((target.strip(), len(out)))
        return
    if not links:
        return
    target, begun = links.pop()
    shown = entities.unescape(" ".join("".join(out[begun:])[-4000:].split()))
    bare = target.removeprefix("mailto:").split("?")[0]
    plain = bare.lower().removeprefix("https://").removeprefix("http://").rstrip("/")
    if not target.lower().startswith(("http:", "https:", "mailto:")) or plain in shown.lower():
        return
    out.append(f" &lt;{entities.escape(bare if target.lower().startswith('mailto:') else target)}&gt;")

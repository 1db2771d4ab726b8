"""The text of an HTML mail, as a reader would see it, with quotes as `> ` lines.

to_text(html) -> str. The source is first reduced to the few tags that carry structure, in one linear pass of
ours: what makes html.parser and html2text slow (unclosed tags, deep nesting, thousands of attributes) never
reaches them. Reads at most 300,000 characters; a paragraph is one line. Links become `text <address>`; images,
scripts, styles and forms vanish. Loads nothing. Mail programs' own marks of a quote (Outlook's divRplyFwdMsg and
the like) become a separator line that reply.py knows. Never raises: what html2text cannot read is given with its
tags taken off.
"""

from __future__ import annotations

import html as entities
import re
from typing import Final

import html2text

from listserv.core.mail.markup import Tag, tokens

MOST: Final = 300_000
WIDTH: Final = 76  # characters of a line of a list
_DEPTH = 12  # nested lists and quotes that are kept

_QUOTE_MARK = re.compile(
    r"\b(?:id|name)\s{0,5}=\s{0,5}[\"']?(?:divRplyFwdMsg|OLK_SRC_BODY_SECTION|appendonsend"
    r"|mail-editor-reference-message-container|stopSpelling|zwchr)\b",
    re.IGNORECASE,
)
# What the button "more indent" of browsers' editors makes of the author's own words: a blockquote of this style.
_INDENT = re.compile(r"margin:(?:(?:0(?:px)?){3}40px|0(?:px)?40px(?:0(?:px)?){2});border:none(?:;|$)")
_HIDDEN = re.compile(
    r"display\s{0,5}:\s{0,5}none|font-size\s{0,5}:\s{0,5}0(?![\d.])|mso-hide\s{0,5}:\s{0,5}all"
    r"|visibility\s{0,5}:\s{0,5}hidden|opacity\s{0,5}:\s{0,5}0(?![\d.])",
    re.IGNORECASE,
)
_WHITE = re.compile(r"(?<![-\w])color\s{0,5}[:=]\s{0,5}[\"']?(?:white\b|#fff(?:fff)?\b)", re.IGNORECASE)
_BACKGROUND = re.compile(r"background|bgcolor", re.IGNORECASE)
_SEPARATOR = "<p>-----Original Message-----</p>"

_KEPT = frozenset(("p", "br", "div", "ul", "ol", "li", "blockquote", "pre", "h1", "h2", "h3", "h4", "h5", "h6", "hr"))
_NESTED = frozenset(("ul", "ol", "blockquote", "indent", "pre"))
_BLOCKS = {"tr": "div", "table": "div", "dt": "p", "dd": "p", "dl": "div", "center": "div", "section": "div"}

_ESCAPES = re.compile(r"(\\)\\(?=[\\`*_{}\[\]()#+.!-])|(?<=\d)\\(?=[.)])|(?<![^\s>*])\\(?=[-+*#>`_!])")
_LEAD = re.compile(r" {1,40}(?:[-*] |\d{1,3}\. )?")
_BLANKS = re.compile(r"\n[ \t\n]*\n")


def has_hidden_text(html: str) -> bool:
    """Whether the source sets some text invisible: moderators are told (the text itself is read like any other).

    White letters are hidden where nothing in the whole mail has a background.
    """
    html = html[:MOST]
    return _HIDDEN.search(html) is not None or (_WHITE.search(html) is not None and not _BACKGROUND.search(html))


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
    return _BLANKS.sub("\n\n", "\n".join(_wrapped(line.rstrip()) for line in text.split("\n"))).strip("\n")


def _wrapped(line: str) -> str:
    """An item of a list on lines of at most WIDTH characters, each below its beginning; no word or address is cut.

    A paragraph stays one line, as most programs send it: it is fitted where it is shown, and sent as flowed text.
    """
    if len(line) <= WIDTH or not (lead := _LEAD.match(line)):
        return line
    begin = lead[0]
    follow = re.sub(r"[^ ]", " ", begin)
    out, at = [], begin
    for word in line[len(begin) :].split(" "):
        if at not in (begin, follow) and len(at) + 1 + len(word) > WIDTH:
            out.append(at)
            at = follow
        at += word if at in (begin, follow) else f" {word}"
    return "\n".join([*out, at])


def _reduce(source: str) -> str:
    """The source with structural tags only, without attributes, nested no deeper than _DEPTH."""
    out: list[str] = []
    depth: list[str] = []
    links: list[tuple[str, int]] = []
    for token in tokens(source):
        if isinstance(token, str):
            out.append(token)
        elif token.name == "a":
            _link(out, links, token)
        else:
            if not token.closing and "=" in token.attributes and _QUOTE_MARK.search(token.attributes):
                out.append(_SEPARATOR)
            indents = token.name == "blockquote" and not token.closing and _indents(token)
            out.append(_tag("indent" if indents else token.name, token.closing, depth))
    return "".join(out)


def _tag(tag: str, closing: bool, depth: list[str]) -> str:
    tag = _BLOCKS.get(tag, tag)
    if tag == "td" or tag == "th":
        return " "
    if tag not in _KEPT and tag != "indent":
        return ""
    if tag in _NESTED:
        if not closing:
            depth.append(tag)
            return f"<{_shown(tag)}>" if len(depth) <= _DEPTH else ""
        if tag == "blockquote":
            tag = next((one for one in reversed(depth[-3:]) if one in (tag, "indent")), tag)
        if tag not in depth[-3:]:
            return ""
        dropped = len(depth) > _DEPTH
        while depth and depth.pop() != tag:
            pass
        return "" if dropped else f"</{_shown(tag)}>"
    return f"</{tag}>" if closing else f"<{tag}>"


def _shown(tag: str) -> str:
    return "div" if tag == "indent" else tag


def _indents(tag: Tag) -> bool:
    return _INDENT.match("".join(tag.value("style").lower().split())) is not None


def _link(out: list[str], links: list[tuple[str, int]], tag: Tag) -> None:
    if not tag.closing:
        if len(links) < 50:
            links.append((tag.value("href"), len(out)))
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

"""The HTML of a mail made harmless, for the pages that show it and for what is kept of it.

sanitise(source) -> str. An allow-list: text, paragraphs, quotes, lists, tables, emphasis, links to http, https and
mailto (rel="nofollow noopener noreferrer ugc"), and images only of the mail itself (`cid:`, RFC 2392). No style, class
or id, no scripts, forms, frames or remote images. Reads at most 300,000 characters. nh3 does the sanitising; it takes
minutes over tags nested thousands deep (html5ever issue 788), so what it gets has been reduced to the allowed tags
before, properly nested and no deeper than 56. Pure; never raises: what nh3 cannot take is left out.
"""

from __future__ import annotations

import html as entities
from typing import Final

import nh3

from listserv.core.mail.htmltext import MOST
from listserv.core.mail.markup import Tag, tokens

_BLOCKS: Final = 48  # nested blocks that are kept
_INLINES: Final = 8

_VOID = frozenset(("br", "hr", "img"))
_INLINE = frozenset(("a", "b", "strong", "i", "em", "u", "s", "sub", "sup", "small", "code"))
_CELLS = frozenset(("p", "td", "th"))
_ROWS = _CELLS | {"tr"}
_GROUPS = _ROWS | {"thead", "tbody", "tfoot"}
#: What a block ends by beginning (HTML §13.1.2.4).
_ENDS: Final[dict[str, frozenset[str]]] = {
    "li": frozenset(("p", "li")),
    "dt": frozenset(("p", "dt", "dd")),
    "dd": frozenset(("p", "dt", "dd")),
    "td": _CELLS,
    "th": _CELLS,
    "tr": _ROWS,
    "thead": _GROUPS,
    "tbody": _GROUPS,
    "tfoot": _GROUPS,
} | dict.fromkeys(("p", "div", "blockquote", "pre", "ul", "ol", "dl", "table", "caption"), frozenset(("p",)))
_ENDS.update(dict.fromkeys(("h1", "h2", "h3", "h4", "h5", "h6"), frozenset(("p",))))
_MEANT = {"center": "div", "section": "div", "article": "div", "main": "div", "header": "div", "footer": "div"}
_MEANT |= {"strike": "s", "del": "s", "ins": "u", "tt": "code"}

_ATTRIBUTES: Final[dict[str, set[str]]] = {
    "a": {"href"},
    "img": {"src", "alt"},
    "td": {"colspan", "rowspan"},
    "th": {"colspan", "rowspan"},
    "ol": {"start"},
}
_EVERYWHERE: Final = ("dir", "lang")
_CLEANER: Final = nh3.Cleaner(
    tags={*_VOID, *_INLINE, *_ENDS},
    attributes={"*": set(_EVERYWHERE), **_ATTRIBUTES},
    attribute_filter=lambda tag, name, value: _kept(name, value),
    url_schemes={"http", "https", "mailto", "cid"},
    link_rel="nofollow noopener noreferrer ugc",
    strip_comments=True,
)


def sanitise(source: str) -> str:
    """What may be shown of `source`, well-formed."""
    reduced = _reduced(source[:MOST])
    try:
        return str(_CLEANER.clean(reduced))
    except Exception:  # a fault of the library's; the text is read apart from this
        return ""


def _kept(name: str, value: str) -> str | None:
    """The value an attribute keeps, None for none: no address relative to our own pages, no image from elsewhere."""
    if name == "href":
        return value if value.lower().startswith(("http://", "https://", "mailto:")) else None
    if name == "src":
        return value if value.lower().startswith("cid:") else None
    if name in ("colspan", "rowspan", "start"):
        return value if value.isascii() and value.isdigit() and len(value) <= 3 else None
    if name == "dir":
        return value if value.lower() in ("ltr", "rtl", "auto") else None
    if name == "lang":
        return value if value.isascii() and value.replace("-", "").isalnum() and len(value) <= 35 else None
    return value


def _reduced(source: str) -> str:
    """The allowed tags with the allowed attributes, properly nested, all closed."""
    out: list[str] = []
    open_: list[str] = []
    for token in tokens(source):
        if isinstance(token, str):
            out.append(token)
            continue
        name = _MEANT.get(token.name, token.name)
        if name in _VOID:
            written = _written(name, token)
            out.append("" if written == "<img>" else written)
        elif token.closing:
            _close(name, open_, out)
        elif name in _INLINE or name in _ENDS:
            _open(name, token, open_, out)
    out += (f"</{name}>" for name in reversed(open_))
    return "".join(out)


def _open(name: str, token: Tag, open_: list[str], out: list[str]) -> None:
    if name in _INLINE:
        if name in open_ or sum(one in _INLINE for one in open_) >= _INLINES:
            return
    else:
        ends = _ENDS[name] | _INLINE
        while open_ and open_[-1] in ends:
            out.append(f"</{open_.pop()}>")
        if len(open_) >= _BLOCKS:
            return
    open_.append(name)
    out.append(_written(name, token))


def _close(name: str, open_: list[str], out: list[str]) -> None:
    """An inline tag ends inside the block it began in, or with it; a block ends whatever stands open inside."""
    if name not in open_:
        return
    if name in _INLINE:
        inner = open_[len(open_) - open_[::-1].index(name) :]
        if any(one not in _INLINE for one in inner):
            return
    while (last := open_.pop()) != name:
        out.append(f"</{last}>")
    out.append(f"</{name}>")


def _written(name: str, token: Tag) -> str:
    text = f"<{name}"
    if "=" in token.attributes:
        for attribute in (*_EVERYWHERE, *sorted(_ATTRIBUTES.get(name, ()))):
            if (value := token.value(attribute)) and (kept := _kept(attribute, value)) is not None:
                text += f' {attribute}="{entities.escape(kept)}"'
    return text + ">"

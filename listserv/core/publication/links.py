"""The links in what people wrote, as a reader would keep them: whole, safe, without what follows people around.

`found` gives each with the title that the text gives it; `key` is what two links must have alike to be one. Wrapped
links in angle brackets are joined again (RFC 3986 appendix C); what mail gateways wrap around a link comes off. Only
http and https, no names and passwords in them, no addresses of machines; what unsubscribes or advertises is no link.
Pure; never raises.
"""

from __future__ import annotations

import ipaddress
import re
import unicodedata
from collections.abc import Iterator
from dataclasses import dataclass
from urllib.parse import SplitResult, parse_qs, parse_qsl, quote, unquote, urlencode, urlsplit, urlunsplit

LONGEST = 2000  # characters of a link
LONGEST_TITLE = 120

_LINK = re.compile(r"(?:https?://|www\.)[^\s<>\"“”«»`|\\^{}，。；、：！？）】」』]+", re.IGNORECASE)
_WRAPPED = re.compile(r"<((?:https?://|www\.)[^<>]{1,2000})>", re.IGNORECASE)
_MARKDOWN = re.compile(r"\[([^\[\]\n]{1,200})\]\((https?://[^\s()]+(?:\([^\s()]*\)[^\s()]*)*)\)", re.IGNORECASE)
_TRACKING = re.compile(r"(?:utm_\w+|fbclid|gclid|dclid|msclkid|mc_cid|mc_eid|igshid|_hsenc|_hsmi|ref_src|yclid)$", re.I)
_LEAVING = re.compile(
    r"unsubscrib|opt.?out|manage.{0,20}(?:preferences|subscription)|d[ée]sabonn|d[ée]sinscri|darse de baja|cancelar"
    r" (?:la|su) suscripci|отпис|إلغاء الاشتراك|退订|取消订阅|virus.free|avast|sent (?:from|with) (?:my|yahoo|outlook)",
    re.IGNORECASE,
)
_SERVICE = re.compile(  # what mail programs and list servers put below a mail
    r"(?:^|\.)(?:list-manage\d*\.com|avast\.com|avg\.com|mailtrack\.io|aka\.ms|onelink\.me|overview\.mail\.yahoo\.com"
    r"|groups\.google\.com|googlegroups\.com|emailsignature\.\w+)$"
)
_LIST_PATH = re.compile(r"/(?:mailman3?/|listinfo/|unsubscribe|optout|email-?signature)", re.IGNORECASE)
_LEADS = re.compile(  # what stands before a link and is no title of it
    r"(?:.*\b)?(?:see|here|at|from|on|visit|available|below|download|voir|ici|disponible|sur|suivant|ver|aqu[ií]|en"
    r"|см|здесь|по адресу|انظر|هنا|على)$|.*(?:见|参见|网址|链接|如下)$"
    r"|(?:(?:the|a|this|le|la|el|un|une) )?(?:links?|web|website|site|url|source|page|read more|more|lien|enlace|fuente"
    r"|p[áa]gina|ссылка|сайт|источник|الرابط|موقع|网站|来源)$",
    re.IGNORECASE,
)
_ESCAPE = re.compile("%([0-9A-Fa-f]{2})")
_BULLET = re.compile(r"^[\s>*•·–—-]*(?:\(?\d{1,2}[.)]\s+)?")
_ITEM = re.compile(r"\s*(?:[*•·–—-]|\(?\d{1,2}[.)])\s")
_QUOTED = re.compile(r"[“«\"„]\s?([^“”«»\"„]{3,120}?)\s?[”»\"“],?\s*$")
_SEE = re.compile(
    r"^(?:please )?(?:(?:see(?: also)?|read|voir(?: aussi)?|lire|cf\.?|v[ée]ase|ver|leer|см\.?|смотрите|انظر)\s+"
    r"|参见|见)",
    re.IGNORECASE,
)
_SIGNED = re.compile(
    r"(?:with )?(?:many |best |kind |warm )?(?:wishes|regards|thanks|cordialement|salutations|merci|saludos|atentamente"
    r"|un abrazo|gracias|с уважением|спасибо|مع التحية|شكرا|此致|谢谢)",
    re.IGNORECASE,
)
_SENTENCE_END = re.compile(r"(?<=[.!?؟。！？])\s+")


@dataclass(frozen=True, slots=True)
class Link:
    """`url` as it may be shown and opened; `title`: "" where the text gives none."""

    url: str
    title: str


def found(text: str) -> Iterator[Link]:
    """The links in a text, in order; one that stands there twice comes twice."""
    lines = unwrapped(text).split("\n")
    for number, line in enumerate(lines):
        if _LEAVING.search(line):
            continue
        taken: set[str] = set()
        for named in _MARKDOWN.finditer(line):
            if url := clean(named[2]):
                taken.add(key(url))
                yield Link(url, _title(named[1]))
        rest = _MARKDOWN.sub(" ", line)
        for one in _LINK.finditer(rest):
            url = clean(_trimmed(one.group()))
            if url and key(url) not in taken:
                yield Link(url, _named(rest, one, lines[number - 1] if number else ""))


def unwrapped(text: str) -> str:
    """The text with its links in angle brackets on one line each (RFC 3986 appendix C)."""
    return _WRAPPED.sub(lambda one: f"<{re.sub(chr(92) + 's+', '', one[1])}>", text)


def split(line: str) -> list[tuple[str, str]]:
    """The line in pieces, in its order: what is to be shown, and where it leads if that is a link, else "".

    A link is shown as it was written, unless a gateway was wrapped around it: what is shown is where it leads.
    """
    pieces, at = [], 0
    for one in _LINK.finditer(line):
        written = _trimmed(one.group())
        if url := clean(written):
            same = host(written if "://" in written else f"https://{written}") == host(url)
            pieces += [(line[at : one.start()], ""), (written if same else url, url)]
            at = one.start() + len(written)
    return [piece for piece in (*pieces, (line[at:], "")) if piece[0]]


def standing(line: str) -> Iterator[tuple[int, int]]:
    """Where in a line links stand, as they are written: from one place up to another."""
    for one in _LINK.finditer(line):
        if written := _trimmed(one.group()):
            yield one.start(), one.start() + len(written)


def clean(url: str) -> str:
    """The link without gateways and trackers, scheme and host in small letters; "" for what is not to be shown."""
    if url.lower().startswith("www."):
        url = f"https://{url}"
    for _ in range(4):
        parts = _parts(url)
        if parts is None:
            return ""
        if not (inner := _inside(parts)):
            break
        url = inner
    else:
        return ""
    if not _public(parts):
        return ""
    return urlunsplit((parts.scheme.lower(), _host(parts), _path(parts.path), _query(parts.query), parts.fragment))


def key(url: str) -> str:
    """What two links that lead to the same have alike: no scheme, no www., no trailing slash, no fragment."""
    parts = _parts(url)
    if parts is None:
        return url
    fragment = parts.fragment if parts.fragment.startswith(("/", "!")) else ""  # that is a page, not a place in one
    host = _host(parts).removeprefix("www.")
    path = _path(parts.path).rstrip("/")
    query = urlencode(sorted(parse_qsl(_query(parts.query), keep_blank_values=True)))
    return host + path + (f"?{query}" if query else "") + (f"#{fragment}" if fragment else "")


def host(url: str) -> str:
    parts = _parts(url)
    return (parts.hostname or "") if parts else ""


def _parts(url: str) -> SplitResult | None:
    if len(url) > LONGEST or any(unicodedata.category(one)[0] in "CZ" for one in url):
        return None
    try:
        parts = urlsplit(url)
        known = parts.hostname and (parts.port is None or parts.port)
    except ValueError:
        return None
    return parts if known and parts.scheme.lower() in ("http", "https") and "@" not in parts.netloc else None


def _host(parts: SplitResult) -> str:
    """With its port, unless that is its scheme's own."""
    name = (parts.hostname or "").rstrip(".")
    own = {"http": 80, "https": 443}[parts.scheme.lower()]
    return f"{name}:{parts.port}" if parts.port and parts.port != own else name


def _public(parts: SplitResult) -> bool:
    name = (parts.hostname or "").rstrip(".")
    try:
        ipaddress.ip_address(name)
    except ValueError:
        pass
    else:
        return False
    if "." not in name or name.rpartition(".")[2] in ("local", "localhost", "internal", "lan", "invalid", "test"):
        return False
    return not _SERVICE.search(name) and not _LIST_PATH.search(parts.path)


def _path(path: str) -> str:
    """Escapes in one spelling (RFC 3986 § 6.2.2), "/" for none."""
    return quote(_ESCAPE.sub(_unescaped, path), safe="%/:@!$&'()*+,;=~") or "/"


def _unescaped(escape: re.Match[str]) -> str:
    letter = chr(int(escape[1], 16))
    return letter if letter.isascii() and (letter.isalnum() or letter in "-._~") else escape[0].upper()


def _query(query: str) -> str:
    kept = [one for one in query.split("&") if one and not _TRACKING.match(one.partition("=")[0])]
    return "&".join(kept)


def _inside(parts: SplitResult) -> str:
    """What a gateway or a search engine has wrapped; "" where nothing is."""
    name, values = (parts.hostname or "").lower(), parse_qs(parts.query)
    if name.endswith("safelinks.protection.outlook.com"):
        return values.get("url", [""])[0]
    if name.endswith("google.com") and parts.path == "/url":
        return (values.get("q") or values.get("url") or [""])[0]
    if name.endswith("facebook.com") and parts.path == "/l.php":
        return values.get("u", [""])[0]
    if name.startswith("urldefense."):
        if wrapped := re.match(r"/v3/__(https?:/.+?)__;", parts.path):
            return re.sub(r"^(https?):/+", r"\1://", wrapped[1])
        return unquote(values.get("u", [""])[0].replace("-", "%").replace("_", "/"))
    return ""


def _trimmed(url: str) -> str:
    """Without the punctuation of the sentence it stands in; brackets that it opened itself are its own."""
    while url:
        last = url[-1]
        if last in ".,;:!?'’*_…،؛؟۔" or (last in ")]" and url.count(last) > url.count("(" if last == ")" else "[")):
            url = url[:-1]
        else:
            break
    return url


def _named(line: str, link: re.Match[str], before: str) -> str:
    """The title a text gives a link: "Title: link", "Title (link)", "- Title link", or the line above it.

    Only where the line ends with the link: what goes on is a sentence, and its beginning no title. A title in quotation
    marks is one anywhere.
    """
    ahead, after = line[: link.start()], line[link.end() :]
    said = ahead.rstrip(" <([")
    if quoted := _QUOTED.search(said):
        return _title(quoted[1])
    if any(letter.isalnum() for letter in after):
        return ""
    if said.strip():
        item, bracketed = _ITEM.match(ahead), ahead.rstrip()[-1:] in ("<", "(", "[")
        if said[-1] in ":：–—-":
            return _title(_SENTENCE_END.split(said.rstrip(":：–—- \t"))[-1])
        last = _SENTENCE_END.split(said.rstrip(", "))[-1] if bracketed else said.rstrip(", ")
        begins = not _BULLET.sub("", last)[:1].islower()  # else it is the middle of a sentence
        return _title(last) if item or (begins and (bracketed or said[-1] == ",")) else ""
    if not _BULLET.sub("", ahead).strip(" <(["):
        above = before.strip()
        if above and above[-1] not in ".!?؟。！？,;" and not _LINK.search(above) and not _SIGNED.match(above):
            return _title(above.rstrip(":："))
    return ""


def _title(said: str) -> str:
    shown = " ".join(_SEE.sub("", _BULLET.sub("", said)).strip(' \t:：–—-*_"“”«»').split())
    if not 3 <= len(shown) <= LONGEST_TITLE or _LEADS.match(shown) or _LINK.search(shown) or "@" in shown:
        return ""
    return shown if shown.isprintable() else ""

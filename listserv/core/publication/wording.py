"""Every sentence we send: templates and message catalogues in, letters out, in the language asked for.

Inputs: the contents of `templates/mail/*` and of the catalogues (gettext's), as mappings; no file is opened here.
A template begins with "Subject: …" and a blank line; `{% trans %}` marks what catalogues translate; what a catalogue
lacks stays English. Values never become template code (sandbox), and a value a template misses is an error, not a gap.

Lines are wrapped at 72 after rendering, because a translation is longer than its original. What people wrote passes the
filter `verbatim` and is not touched; lines that begin with four spaces (commands) are not either.

Raises jinja2.TemplateError for a template that is broken or lacks a value, KeyError for one that does not exist.
"""

from __future__ import annotations

import re
import shlex
import textwrap
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from gettext import NullTranslations
from zoneinfo import ZoneInfo

from jinja2 import DictLoader, Environment, StrictUndefined
from jinja2.sandbox import SandboxedEnvironment
from markdown_it import MarkdownIt
from markdown_it.token import Token

from listserv.core.dialogue import countries, tongues
from listserv.core.dialogue.model import aware
from listserv.core.mail.addresses import Addresses
from listserv.core.mail.threads import base_subject
from listserv.core.publication.paragraphs import paragraphs
from listserv.core.publication.picture import tabled
from listserv.core.sentence import translated

WIDTH = 72
_VERBATIM = "\ue000"  # private use: stands before a line that wrapping leaves alone
_GLUE = "\ue001"  # private use: a space at which no line may break
_SUBJECT = re.compile(r"\A((?:\{#.*?#\}\s*)*)Subject: ([^\n]*)\n\n", re.DOTALL)
_LEAD = re.compile(r"\s*(?:[-*] |\d+[.)] )?")
_MARKER = re.compile(r" (?=(?:[-+*>]|#+|\d+[.)])(?: |$))")  # words that would begin a list or a heading
_RIGHT_TO_LEFT = frozenset({"ar", "ckb", "dv", "fa", "he", "ps", "sd", "ug", "ur", "yi"})
_BLOCKS = frozenset({"paragraph_open", "heading_open", "list_item_open", "blockquote_open"})

_DAYS = {
    "en": "Monday Tuesday Wednesday Thursday Friday Saturday Sunday",
    "fr": "lundi mardi mercredi jeudi vendredi samedi dimanche",
    "es": "lunes martes miércoles jueves viernes sábado domingo",
}
_MONTHS = {
    "en": "January February March April May June July August September October November December",
    "fr": "janvier février mars avril mai juin juillet août septembre octobre novembre décembre",
    "es": "enero febrero marzo abril mayo junio julio agosto septiembre octubre noviembre diciembre",
}


@dataclass(frozen=True, slots=True)
class Letter:
    subject: str
    text: str
    html: str | None = None  # where it has a form of its own


@dataclass(frozen=True, slots=True)
class Desk:
    """The addresses of one dialogue that letters name, and its page (empty where there are no pages)."""

    dialogue: str
    request: str
    help: str
    join: str
    leave: str
    owner: str
    page: str = ""

    @classmethod
    def of(cls, addresses: Addresses, slug: str, page: str = "") -> Desk:
        return cls(
            dialogue=addresses.dialogue(slug),
            request=addresses.request(slug),
            help=addresses.help(slug),
            join=addresses.join(slug),
            leave=addresses.leave(slug),
            owner=addresses.owner(slug),
            page=page,
        )


class Wording:
    """Renders letters. `templates`: "mail/NAME.txt", "mail/frame.html" to their contents. `catalogues`: by language."""

    def __init__(self, templates: Mapping[str, str], catalogues: Mapping[str, NullTranslations]) -> None:
        sources = {}
        for name, source in templates.items():
            sources[name] = source
            if match := _SUBJECT.match(source):
                # Two templates, so that no value in a subject can reach the text.
                sources[f"{name}:subject"] = match[2]
                sources[name] = match[1] + source[match.end() :]
        self._environments = {language: _environment(language, sources, catalogues) for language in {"en", *catalogues}}
        self._markdown = _markdown()

    def letter(self, name: str, language: str, /, **values: object) -> Letter:
        """The letter "mail/NAME.txt". `language` is a tag (fr, fr-CA); an unknown one gives English."""
        subject = self._render(f"mail/{name}.txt:subject", language, values)
        return Letter(" ".join(subject.split()), self.text(name, language, **values))

    def text(self, name: str, language: str, /, **values: object) -> str:
        """The text of "mail/NAME.txt" alone, wrapped, with one line end at its end."""
        return wrap(self._render(f"mail/{name}.txt", language, values)).strip("\n") + "\n"

    def html(self, text: str, *, title: str, language: str) -> str:
        """Our own text (Markdown) as a complete HTML mail: one column, no images, nothing remote, no HTML of others."""
        body, _, footer = text.replace("\r\n", "\n").partition("\n-- \n")
        return self._framed(self._markdown.render(body), footer, title, language)

    def page(self, name: str, language: str, /, letter: Letter, **values: object) -> str:
        """The HTML form of that letter out of "mail/NAME.html", where people's own words are escaped, not Markdown."""
        _, _, footer = letter.text.partition("\n-- \n")
        return self._framed(self._render(f"mail/{name}.html", language, values), footer, letter.subject, language)

    def _framed(self, body: str, footer: str, title: str, language: str) -> str:
        direction = "rtl" if language.partition("-")[0].lower() in _RIGHT_TO_LEFT else "ltr"
        footer = self._markdown.render(footer.strip().replace("\n", "  \n"))
        values = {"title": title, "language": language, "direction": direction, "body": body, "footer": footer}
        return self._render("mail/frame.html", language, values)

    def _render(self, template: str, language: str, values: Mapping[str, object]) -> str:
        environment = self._environments.get(language.partition("-")[0].lower()) or self._environments["en"]
        if template not in environment.loader.mapping:  # type: ignore[union-attr]
            raise KeyError(template)
        return environment.get_template(template).render(values)


def when(at: datetime, zone: ZoneInfo, language: str = "en") -> str:
    """A moment for people: "Friday 7 November 2008, 18:00 (America/Santo_Domingo), 22:00 UTC"."""
    local, utc = aware(at).astimezone(zone), at.astimezone(UTC)
    shown = f"{day(at, zone, language)}, {local:%H:%M}"
    if local.utcoffset() == utc.utcoffset() and zone.key in ("UTC", "Etc/UTC"):
        return f"{shown} UTC"
    other = f"{utc:%H:%M} UTC" if local.date() == utc.date() else f"{_date(utc, language)} {utc:%H:%M} UTC"
    return f"{shown} ({zone.key}), {other}"


def day(at: datetime, zone: ZoneInfo, language: str = "en") -> str:
    """The local date of a moment: "Friday 7 November 2008"."""
    return _date(aware(at).astimezone(zone), language)


def wrap(text: str, width: int = WIDTH) -> str:
    """Long lines broken at spaces, continued under their first word. Two blank lines or more become one."""
    out: list[str] = []
    for line in text.split("\n"):
        if line.startswith(_VERBATIM):
            out.append(line[1:])
        elif len(line) <= width or line.startswith(("    ", "#")):  # commands; headings, which are one line in Markdown
            if line or (out and out[-1]):
                out.append(line if line == "-- " else line.rstrip())
        else:
            lead = _LEAD.match(line)[0]  # type: ignore[index]
            glued = _MARKER.sub(_GLUE, line[len(lead) :])
            broken = textwrap.wrap(
                glued, width - len(lead), break_long_words=False, break_on_hyphens=False, drop_whitespace=True
            )
            filled = f"\n{' ' * len(lead)}".join(broken).replace(_GLUE, " ")
            out.append(lead + filled)
    return "\n".join(out)


def verbatim(text: str, indent: str = "") -> str:
    """Filter: what somebody wrote, line for line, each line that is not empty after `indent`."""
    lines = text.replace(_VERBATIM, "").strip("\n").split("\n")
    return "\n".join(f"{_VERBATIM}{indent if line else ''}{line}" for line in lines)


def size(octets: int, language: str = "en") -> str:
    """Filter: "340 bytes", "12 KB", "1.4 MB"; "1,4 Mo" in French."""
    byte, kilo, mega = ("octets", "Ko", "Mo") if language == "fr" else ("bytes", "KB", "MB")
    if octets < 1000:
        return f"{octets} {byte}"
    if octets < 999_500:
        return f"{octets / 1000:.0f} {kilo}"
    shown = f"{octets / 1_000_000:.1f} {mega}"
    return shown.replace(".", ",") if language in ("fr", "es") else shown


def _date(local: datetime, language: str) -> str:
    names = language if language in _DAYS else "en"
    weekday, month = _DAYS[names].split()[local.weekday()], _MONTHS[names].split()[local.month - 1]
    if names == "es":
        return f"{weekday} {local.day} de {month} de {local.year}"
    number = "1er" if names == "fr" and local.day == 1 else local.day
    return f"{weekday} {number} {month} {local.year}"


def _environment(language: str, sources: Mapping[str, str], catalogues: Mapping[str, NullTranslations]) -> Environment:
    environment = SandboxedEnvironment(
        loader=DictLoader(sources),
        undefined=StrictUndefined,
        autoescape=lambda name: bool(name) and str(name).endswith(".html"),  # the others are texts
        trim_blocks=True,
        lstrip_blocks=True,
        keep_trailing_newline=True,
        extensions=["jinja2.ext.i18n"],
    )
    catalogue = catalogues.get(language) or NullTranslations()
    environment.policies["ext.i18n.trimmed"] = True
    environment.install_gettext_translations(catalogue, newstyle=True)  # type: ignore[attr-defined]
    environment.filters["verbatim"] = verbatim
    environment.filters["paragraphs"] = paragraphs
    environment.filters["size"] = lambda octets, tag=language: size(octets, tag)
    environment.filters["country"] = lambda country, tag=language: countries.named(country, tag)
    environment.filters["tongue"] = lambda one, tag=language: tongues.named(one, tag)
    environment.filters["said"] = lambda sentence: translated(sentence, catalogue.gettext)
    environment.filters["bare"] = lambda subject, slug: base_subject(subject, slug) or subject
    environment.filters["shell"] = shlex.quote  # an address in a command to copy may hold $, ` and worse
    environment.filters["when"] = lambda at, zone, tag=language: when(at, zone, tag)
    environment.filters["isoday"] = lambda at, zone: f"{aware(at).astimezone(zone):%Y-%m-%d}"
    environment.filters["day"] = lambda at, zone, tag=language: day(at, zone, tag)
    return environment


def _markdown() -> MarkdownIt:
    markdown = MarkdownIt("commonmark", {"html": False}).disable(["image", "html_block", "html_inline"])
    markdown.validateLink = lambda url: url.lower().startswith(("http://", "https://", "mailto:"))  # type: ignore[method-assign]
    markdown.core.ruler.push("picture", lambda state: tabled(state.tokens))
    markdown.core.ruler.push("direction", lambda state: _direct(state.tokens))
    return markdown


def _direct(tokens: list[Token]) -> None:
    """Each paragraph takes its own direction: one dialogue is held in several scripts."""
    for token in tokens:
        if token.type in _BLOCKS:
            token.attrSet("dir", "auto")

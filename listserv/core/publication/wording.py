"""Every sentence we send: templates and message catalogues in, letters out, in the language asked for.

Inputs: the contents of `templates/mail/*` and of the catalogues (gettext's), as mappings; no file is opened here.
A template begins with "Subject: …" and a blank line; `{% trans %}` marks what catalogues translate; what a catalogue
lacks stays English. Values never become template code (sandbox), and a value a template misses is an error, not a gap.
A dialogue's own "SLUG/mail/NAME.txt" stands in place of the one of all, wherever the value `dialogue` is that one.

Lines are wrapped at 72 after rendering, because a translation is longer than its original. What people wrote passes the
filter `verbatim` and is not touched; lines that begin with four spaces (commands) are not either.

Raises jinja2.TemplateError for a template that is broken or lacks a value, KeyError for one that does not exist.
"""

from __future__ import annotations

import re
import shlex
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from gettext import NullTranslations

from jinja2 import BaseLoader, Environment, StrictUndefined, Template, TemplateNotFound
from jinja2.sandbox import SandboxedEnvironment
from markdown_it import MarkdownIt
from markdown_it.token import Token

from listserv.core import speech
from listserv.core.dialogue import tongues
from listserv.core.dialogue.model import aware
from listserv.core.dialogue.profile_words import GENDERS_SAID
from listserv.core.dialogue.sectors import SECTORS_SAID
from listserv.core.mail.addresses import Addresses
from listserv.core.mail.threads import base_subject
from listserv.core.publication.columns import broken, columns, joined
from listserv.core.publication.compiled import Compiled
from listserv.core.publication.paragraphs import paragraphs
from listserv.core.publication.picture import tabled
from listserv.core.publication.speaking import speak
from listserv.core.publication.turned import VERBATIM, behind_signs, marked, turned, turned_lines
from listserv.core.sentence import Sentence, translated

WIDTH = 72
_GLUE = "\ue001"  # private use: a space at which no line may break
_STYLE = re.compile(' style="[^"]*"')
_SUBJECT = re.compile(r"\A((?:\{#.*?#\}\s*)*)Subject: ([^\n]*)\n\n", re.DOTALL)
_LEAD = re.compile(r"\s*(?:[-*] |\d+[.)] )?")
_MARKER = re.compile(r" (?=(?:[-+*>]|#+|\d+[.)])(?: |$))")  # words that would begin a list or a heading
_BLOCKS = frozenset(
    f"{block}_open" for block in ("paragraph", "heading", "bullet_list", "ordered_list", "list_item", "blockquote")
)


@dataclass(frozen=True, slots=True)
class Letter:
    subject: str
    text: str
    html: str | None = None  # where it has a form of its own


@dataclass(frozen=True, slots=True)
class Desk:
    """The addresses of one dialogue that letters name, its page and its moderators'; pages may be empty: none."""

    dialogue: str
    request: str
    help: str
    join: str
    leave: str
    owner: str
    page: str = ""
    moderation: str = ""

    @classmethod
    def of(cls, addresses: Addresses, slug: str, page: str = "", moderation: str = "") -> Desk:
        return cls(
            dialogue=addresses.dialogue(slug),
            request=addresses.request(slug),
            help=addresses.help(slug),
            join=addresses.join(slug),
            leave=addresses.leave(slug),
            owner=addresses.owner(slug),
            page=page,
            moderation=moderation,
        )


class Wording:
    """Renders letters. `templates`: "mail/NAME.txt", "mail/frame.html" to their contents. `catalogues`: by language."""

    def __init__(self, templates: Mapping[str, str], catalogues: Mapping[str, NullTranslations]) -> None:
        sources = {}
        for name, source in templates.items():
            sources[name] = source
            if match := _SUBJECT.match(source):
                # Two templates, so that no value in a subject can reach the text. Lines keep their numbers.
                sources[f"{name}:subject"] = match[2]
                sources[name] = match[1] + "{#\n\n#}" + source[match.end() :]
        self._sources, self._catalogues = sources, catalogues
        self._environments: dict[str, Environment] = {}
        self._markdown = _markdown()

    def letter(self, name: str, language: str, /, **values: object) -> Letter:
        """The letter "mail/NAME.txt". `language` is a tag (fr, fr-CA); an unknown one gives English.

        It has an HTML form where the language runs from right to left: only there every program shows it so.
        """
        subject = " ".join(self._render(f"mail/{name}.txt:subject", language, values).split())
        lines = self._render(f"mail/{name}.txt", language, values)
        html = self._framed(*turned(lines), subject, language) if self._turned(language) else None
        return Letter(subject, self._mail(lines, language), html)

    def said(self, sentence: str, language: str) -> str:
        """A Sentence in that language; any other text as it stands."""
        if not isinstance(sentence, Sentence):
            return sentence
        spoken = speech.base(language)
        if spoken not in self._catalogues:
            return str(sentence)
        return translated(sentence, self._catalogues[spoken], spoken)

    def text(self, name: str, language: str, /, **values: object) -> str:
        """The text of "mail/NAME.txt" alone, wrapped, with one line end at its end."""
        return self._mail(self._render(f"mail/{name}.txt", language, values), language)

    def body(self, name: str, language: str, /, **values: object) -> str:
        """What stands in its `{% block body %}`, wrapped. Raises KeyError when it has none."""
        template = self._template(self._own(f"mail/{name}.txt", values), language)
        rendered = "".join(template.blocks["body"](template.new_context(dict(values))))
        return self._mail(rendered, language)

    def html(self, text: str, *, title: str, language: str) -> str:
        """Our own text (Markdown) as a complete HTML mail: one column, no images, nothing remote, no HTML of others."""
        body, _, footer = text.replace("\r\n", "\n").partition("\n-- \n")
        return self._framed(self._markdown.render(behind_signs(body)), self._foot(footer, language), title, language)

    def fragment(self, text: str) -> str:
        """Our own text (Markdown) as HTML, to stand in a page: no images, nothing remote, no HTML of others.

        Without the styles that only mail programs need beside the tags: pages have a style sheet.
        """
        tokens = self._markdown.parse(behind_signs(text))
        for token in tokens:
            if token.type == "html_block":  # ours: the picture
                token.content = _STYLE.sub("", token.content)
        return self._markdown.renderer.render(tokens, self._markdown.options, {})  # type: ignore[no-any-return]

    def page(self, name: str, language: str, /, letter: Letter, **values: object) -> str:
        """The HTML form of that letter out of "mail/NAME.html", where people's own words are escaped, not Markdown."""
        _, _, footer = letter.text.partition("\n-- \n")
        body = self._render(f"mail/{name}.html", language, values)
        return self._framed(body, self._foot(footer, language), letter.subject, language)

    def _foot(self, footer: str, language: str) -> str:
        """The lines below a text, which run as its language does: the first is a title, perhaps in another script."""
        if self._turned(language):
            return turned_lines(footer)
        shown: str = self._markdown.render(footer.strip().replace("\n", "  \n"))
        return shown.replace(' dir="auto"', "")

    def _framed(self, body: str, footer: str, title: str, language: str) -> str:
        direction = "rtl" if self._turned(language) else "ltr"
        values = {"title": title, "language": language, "direction": direction, "body": body, "footer": footer}
        return self._render("mail/frame.html", language, values)

    def _render(self, name: str, language: str, values: Mapping[str, object]) -> str:
        return self._template(self._own(name, values), language).render(values)

    def _own(self, name: str, values: Mapping[str, object]) -> str:
        """That of the dialogue it is about, where it has one of its own."""
        own = f"{getattr(values.get('dialogue'), 'slug', '')}/{name}"
        return own if own in self._sources else name

    def _template(self, name: str, language: str) -> Template:
        if name not in self._sources:
            raise KeyError(name)
        return self.environment(speech.base(language)).get_template(name)

    def _mail(self, lines: str, language: str) -> str:
        return wrap(lines, marked=marked if self._turned(language) else str).strip("\n") + "\n"

    def _turned(self, language: str) -> bool:
        return speech.right_to_left(language) and speech.base(language) in self._catalogues

    def environment(self, language: str) -> Environment:
        """Made at the first use: a catalogue takes a moment to read, and most programs need one or two."""
        spoken = language if language in self._catalogues else "en"
        if spoken not in self._environments:
            self._environments[spoken] = _environment(spoken, self._sources, self._catalogues)
        return self._environments[spoken]


def wrap(text: str, width: int = WIDTH, marked: Callable[[str], str] = str) -> str:
    """Lines of more than `width` columns broken where their script allows it, continued under their first word.

    Two blank lines or more become one. `marked`: what becomes of each line of ours.
    """
    out: list[str] = []
    for line in text.split("\n"):
        if line.startswith(VERBATIM):
            out.append(line[1:])
        elif columns(line) <= width or line.startswith(
            ("    ", "#")
        ):  # commands; headings, which are one line in Markdown
            if line or (out and out[-1]):
                out.append(line if line == "-- " else marked(line.rstrip()))
        else:
            lead = _LEAD.match(line)[0]  # type: ignore[index]
            glued = _MARKER.sub(_GLUE, line[len(lead) :])
            first, *others = [piece.replace(_GLUE, " ") for piece in broken(glued, width - len(lead))] or [""]
            out += [marked(lead + first), *(marked(" " * len(lead) + piece) for piece in others)]
    return "\n".join(out)


def verbatim(text: str, indent: str = "") -> str:
    """Filter: what somebody wrote, line for line, each line that is not empty after `indent`."""
    lines = text.replace(VERBATIM, "").strip("\n").split("\n")
    return "\n".join(f"{VERBATIM}{indent if line else ''}{line}" for line in lines)


_COMPILED = Compiled()


class _Named(BaseLoader):
    """What goes wrong in a template is said to be in its file, not somewhere."""

    def __init__(self, sources: Mapping[str, str]) -> None:
        self._sources = sources

    def get_source(self, environment: Environment, template: str) -> tuple[str, str, Callable[[], bool]]:
        if template not in self._sources:
            raise TemplateNotFound(template)
        return self._sources[template], template, lambda: True


def _environment(language: str, sources: Mapping[str, str], catalogues: Mapping[str, NullTranslations]) -> Environment:
    environment = SandboxedEnvironment(
        loader=_Named(sources),
        undefined=StrictUndefined,
        autoescape=lambda name: bool(name) and str(name).endswith(".html"),  # the others are texts
        trim_blocks=True,
        lstrip_blocks=True,
        keep_trailing_newline=True,
        extensions=["jinja2.ext.i18n"],
        bytecode_cache=_COMPILED,
        optimized=False,
        auto_reload=False,  # sources stay as they are
    )
    catalogue = catalogues[language] if language in catalogues else NullTranslations()
    speak(environment, language, catalogue)
    environment.filters["verbatim"] = verbatim
    environment.filters["paragraphs"] = paragraphs
    environment.filters["tongue"] = lambda one: tongues.named(one, language)
    groups = {key: translated(said, catalogue, language) for key, said in (GENDERS_SAID | SECTORS_SAID).items()}
    environment.filters["gender"] = environment.filters["sector"] = lambda one: groups.get(one, one)
    environment.filters["said"] = lambda sentence: translated(sentence, catalogue, language)
    environment.filters["bare"] = lambda subject, slug: base_subject(subject, slug) or subject
    environment.filters["shell"] = shlex.quote  # an address in a command to copy may hold $, ` and worse
    environment.filters["isoday"] = lambda at, zone: f"{aware(at).astimezone(zone):%Y-%m-%d}"
    environment.filters["isotime"] = lambda at, zone: f"{aware(at).astimezone(zone):%Y-%m-%dT%H:%M}"
    return environment


def _markdown() -> MarkdownIt:
    markdown = MarkdownIt("commonmark", {"html": False}).disable(["image", "html_block", "html_inline"])
    markdown.validateLink = lambda url: url.lower().startswith(("http://", "https://", "mailto:"))  # type: ignore[method-assign]
    markdown.core.ruler.push("picture", lambda state: tabled(state.tokens))
    markdown.core.ruler.push("direction", lambda state: _direct(state.tokens))
    markdown.core.ruler.push("close_up", lambda state: _close_up(state.tokens))
    return markdown


def _direct(tokens: list[Token]) -> None:
    """Each paragraph takes its own direction: one dialogue is held in several scripts."""
    for token in tokens:
        if token.type in _BLOCKS:
            token.attrSet("dir", "auto")


def _close_up(tokens: list[Token]) -> None:
    """A line that ends within Chinese ends in no space; browsers would show one."""
    for token in tokens:
        inside = [one for one in token.children or [] if one.content or one.type == "softbreak"]
        for at, one in enumerate(inside[1:-1], 1):
            if one.type == "softbreak" and not joined(inside[at - 1].content, inside[at + 1].content):
                one.type, one.tag, one.content = "text", "", ""

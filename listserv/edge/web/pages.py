"""Pages out of templates/web: values in, HTML out, in a language that we have words for.

Everything in a value is escaped. A page runs as its language does; names of dialogues stand in <bdi>, what people wrote
takes its own direction (dir="auto"). No script, nothing from elsewhere.
"""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from gettext import NullTranslations

from jinja2 import DictLoader, Environment, StrictUndefined
from starlette.responses import HTMLResponse

from listserv.core import speech
from listserv.core.dialogue import tags
from listserv.core.publication.compiled import Compiled
from listserv.core.publication.forms import html
from listserv.core.publication.speaking import isolated, speak
from listserv.core.sentence import translated


class Pages:
    """`templates`: "web/NAME.html", "web/style.css", "report/_blocks.html" to their contents. `catalogues`: by
    language.
    """

    def __init__(self, templates: Mapping[str, str], catalogues: Mapping[str, NullTranslations], root: str) -> None:
        self._templates, self._catalogues, self._root = templates, catalogues, root
        self._environments: dict[str, Environment] = {}
        self.style = templates["web/style.css"]
        self._edition = hashlib.sha256(self.style.encode()).hexdigest()[:8]

    def page(self, name: str, language: str, /, status: int = 200, **values: object) -> HTMLResponse:
        """The page "web/NAME.html". A language without words of ours gives English, and says so."""
        spoken = language if language in self._catalogues else "en"
        if spoken not in self._environments:
            words = self._catalogues[spoken] if spoken in self._catalogues else NullTranslations()
            self._environments[spoken] = _environment(self._templates, spoken, words)
        template = self._environments[spoken].get_template(f"web/{name}.html")
        direction = "rtl" if speech.right_to_left(spoken) else "ltr"
        frame = {"language": spoken, "direction": direction, "root": self._root, "edition": self._edition}
        return HTMLResponse(template.render(frame, **values), status)


#: CSS pixels of a plot: its labels can be read on a phone, where a wider one would be shrunk.
NARROW = 420

_COMPILED = Compiled()


def _environment(templates: Mapping[str, str], language: str, words: NullTranslations) -> Environment:
    environment = Environment(
        loader=DictLoader(dict(templates)),
        undefined=StrictUndefined,
        autoescape=True,
        trim_blocks=True,
        lstrip_blocks=True,
        extensions=["jinja2.ext.i18n"],
        bytecode_cache=_COMPILED,
        optimized=False,
    )
    speak(environment, language, words)
    html.equip(environment, NARROW)
    environment.filters["said"] = lambda sentence: translated(sentence, words, language)
    environment.filters["isolated"] = isolated if speech.right_to_left(language) else str  # where no <bdi> can stand
    environment.filters["lasting"] = lambda span: speech.lasting(span, language)
    environment.filters["tag"] = lambda name: _tag(name, language, words)
    return environment


def _tag(name: str, language: str, words: NullTranslations) -> str:
    """A tag as readers know it: the standard ones in their language, the moderators' own as they wrote them."""
    standard = tags.kind(name)
    return translated(standard.said, words, language) if standard else name


def wanted(accept_language: str) -> list[str]:
    """The tags of an Accept-Language header, the most wanted first (RFC 9110 §12.5.4)."""
    found = []
    for item in accept_language[:500].split(","):
        tag, _, weight = item.strip().partition(";q=")
        try:
            found.append((float(weight or 1), tag))
        except ValueError:
            continue
    return [tag for weight, tag in sorted(found, key=lambda one: -one[0]) if weight > 0 and tag]

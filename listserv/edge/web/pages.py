"""Pages out of templates/web: values in, HTML out, in a language that we have words for.

Everything in a value is escaped. A page takes its direction from its own words (dir="auto"), and names of dialogues
stand in <bdi>, so that a title in one script never turns a page in another. No script, nothing from elsewhere.
"""

from __future__ import annotations

from collections.abc import Mapping
from gettext import NullTranslations

from jinja2 import DictLoader, Environment, StrictUndefined
from starlette.responses import HTMLResponse


class Pages:
    """`templates`: "web/NAME.html", "web/style.css" to their contents. `catalogues`: by language."""

    def __init__(self, templates: Mapping[str, str], catalogues: Mapping[str, NullTranslations], root: str) -> None:
        self._languages = {language: _environment(templates, words) for language, words in catalogues.items()}
        self._languages["en"] = _environment(templates, NullTranslations())
        self._root = root
        self.style = templates["web/style.css"]

    def page(self, name: str, language: str, /, status: int = 200, **values: object) -> HTMLResponse:
        """The page "web/NAME.html". A language without words of ours gives English, and says so."""
        spoken = language if language in self._languages else "en"
        template = self._languages[spoken].get_template(f"web/{name}.html")
        return HTMLResponse(template.render(language=spoken, root=self._root, **values), status)


def _environment(templates: Mapping[str, str], words: NullTranslations) -> Environment:
    environment = Environment(
        loader=DictLoader(dict(templates)),
        undefined=StrictUndefined,
        autoescape=True,
        trim_blocks=True,
        lstrip_blocks=True,
        extensions=["jinja2.ext.i18n"],
    )
    environment.policies["ext.i18n.trimmed"] = True
    environment.install_gettext_translations(words, newstyle=True)  # type: ignore[attr-defined]
    return environment


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

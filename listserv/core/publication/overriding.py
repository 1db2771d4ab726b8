"""Whether templates that stand in place of ours will do: what is wrong with them, before a mail has to be made of one.

Input: theirs and ours, by name ("mail/welcome.txt"; a dialogue's own: "SLUG/mail/welcome.txt"). Output: a line for each
fault, "NAME: line N: what is wrong; what to write". `rendered` tries a whole letter with sample values. It runs in the
same sandbox as ours. Never raises.
"""

from __future__ import annotations

import re
from collections.abc import Collection, Iterator, Mapping
from difflib import get_close_matches

from jinja2 import Environment, TemplateError, TemplateSyntaxError, meta, nodes

from listserv.core.publication.wording import Wording

#: What every letter may use; `_` and its like mark what catalogues translate.
_EVERYWHERE = frozenset({"dialogue", "desk", "edited", "_", "gettext", "ngettext", "pgettext", "npgettext"})
_TEMPLATE = re.compile(r"(?:[a-z0-9]{2,20}/)?mail/")
_LETTER = re.compile(r"\A(?:\{#.*?#\}\s*)*Subject: [^\n]*\n\n", re.DOTALL)


def faults(own: Mapping[str, str], ours: Mapping[str, str], slugs: Collection[str] = ()) -> list[str]:
    """All of them, in order of names and lines. `slugs`: of the dialogues that may have letters of their own."""
    made = Wording({**ours, **own}, {}).environment("en") if own else None
    if made is None:
        return []
    return [f"{name}: {text}" for name in sorted(own) for text in _of(made, name, own[name], ours, slugs)]


def _of(made: Environment, name: str, source: str, ours: Mapping[str, str], slugs: Collection[str]) -> Iterator[str]:
    slug, _, rest = name.partition("/")
    if rest.startswith("mail/"):
        if slug not in slugs:
            near = get_close_matches(slug, slugs, 1)
            instead = f"name it {near[0]}" if near else f"there is {', '.join(slugs)}" if slugs else "remove it"
            yield f"is of no dialogue here; {instead}"
            return
        name = rest
    if name not in ours:
        near = get_close_matches(name, ours, 1)
        yield f"is none of ours, so nothing uses it; {f'name it {near[0]}' if near else 'remove it'}"
        return
    if name.endswith(".css"):
        return
    if _LETTER.match(ours[name]) and not _LETTER.match(source):
        yield 'line 1: has no subject; begin with "Subject: …" and a blank line'
    try:
        tree = made.parse(source)
        made.compile(source)
    except TemplateSyntaxError as error:
        yield f"line {error.lineno}: {_plain(error.message or 'is no template')}; correct it there"
        return
    allowed = _used(made, ours, name) | _EVERYWHERE
    for node in tree.find_all(nodes.Name):
        if node.ctx == "load" and node.name in meta.find_undeclared_variables(tree) - allowed:
            near = get_close_matches(node.name, allowed, 1)
            instead = near[0] if near else f"one of {', '.join(sorted(one for one in allowed if one.isalpha()))}"
            yield f"line {node.lineno}: this letter has no {node.name!r}; write {instead}"
    for part in tree.find_all(nodes.Include):
        if isinstance(part.template, nodes.Const) and part.template.value not in ours:
            yield f"line {part.lineno}: there is no {part.template.value!r} to include; correct its name"


def _used(made: Environment, ours: Mapping[str, str], name: str, seen: frozenset[str] = frozenset()) -> set[str]:
    """What values our template of that name is given, those of what it includes too."""
    tree = made.parse(ours[name])
    found = set(meta.find_undeclared_variables(tree))
    for other in meta.find_referenced_templates(tree):
        if other is not None and other in ours and other not in seen:
            found |= _used(made, ours, other, seen | {name, other})
    return found


def rendered(wording: Wording, name: str, language: str, values: Mapping[str, object]) -> str:
    """What goes wrong when that letter is made of these values; "" when nothing does."""
    try:
        wording.letter(name, language, **values)
    except (TemplateError, TypeError, ValueError, KeyError, AttributeError, LookupError) as error:
        file, line = _where(error, f"mail/{name}.txt")
        return f"{file}: line {line}: {_plain(str(error))}; correct it there"
    return ""


def _where(error: BaseException, otherwise: str) -> tuple[str, int]:
    """In which template and line it happened: jinja2 rewrites the traceback to say so."""
    found = otherwise, 1
    step = error.__traceback__
    while step is not None:
        file = step.tb_frame.f_code.co_filename
        if _TEMPLATE.match(file):
            found = file.removesuffix(":subject"), step.tb_lineno
        step = step.tb_next
    return found


def _plain(text: str) -> str:
    return " ".join(re.sub(r"'listserv\.[\w.]*?(\w+) object'", r"\1", text).rstrip(".").split())

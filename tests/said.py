"""What we say: every message that a template marks for translation, and every message of a Sentence in the code."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path

from jinja2 import Environment


@dataclass(frozen=True, slots=True)
class Said:
    single: str
    plural: str = ""
    files: list[str] = field(default_factory=list, compare=False)


def said(top: Path) -> list[Said]:
    """All of them, each once, in the order of the files. Raises AssertionError for a message that is no literal."""
    found: dict[str, Said] = {}
    for single, plural, file in [*_templates(top), *_sentences(top)]:
        one = found.setdefault(single, Said(single, plural))
        if plural and not one.plural:
            one = found[single] = Said(single, plural, one.files)
        if file not in one.files:
            one.files.append(file)
    return list(found.values())


def _templates(top: Path) -> Iterator[tuple[str, str, str]]:
    environment = Environment(extensions=["jinja2.ext.i18n"], trim_blocks=True, lstrip_blocks=True)
    environment.policies["ext.i18n.trimmed"] = True
    environment.newstyle_gettext = True  # type: ignore[attr-defined]
    for path in sorted((top / "templates").rglob("*")):
        if path.suffix in (".txt", ".html", ".md", ".typ"):
            for _, _, message in environment.extract_translations(path.read_text("utf-8")):
                texts = [text for text in (message if isinstance(message, tuple) else (message,)) if text]
                yield texts[0], texts[1] if len(texts) > 1 else "", path.relative_to(top).as_posix()


def _sentences(top: Path) -> Iterator[tuple[str, str, str]]:
    for path in sorted((top / "listserv").rglob("*.py")):
        if path.name == "sentence.py":
            continue
        for node in ast.walk(ast.parse(path.read_text("utf-8"))):
            if isinstance(node, ast.Call) and isinstance(node.func, ast.Name) and node.func.id == "Sentence":
                message, *plural = node.args
                assert isinstance(message, ast.Constant), f"{path.name}:{node.lineno}: a message is a literal"
                several = plural[0].value if plural and isinstance(plural[0], ast.Constant) else ""
                yield message.value, several, path.relative_to(top).as_posix()

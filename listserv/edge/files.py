"""What ships beside the code: templates, catalogues, migrations, the sample. Read from disk here and only here."""

from __future__ import annotations

import tomllib
from pathlib import Path

_PACKAGE = Path(__file__).resolve().parent.parent


def shipped(name: str) -> Path:
    """A shipped folder or file: inside the package when installed from a wheel, else at the checkout's top."""
    inside = _PACKAGE / name
    return inside if inside.exists() else _PACKAGE.parent / name


def migrations() -> Path:
    return shipped("migrations")


def templates() -> dict[str, str]:
    """Every template by its name below templates/, e.g. "mail/announcement.txt"."""
    root = shipped("templates")
    return {
        path.relative_to(root).as_posix(): path.read_text("utf-8")
        for path in sorted(root.rglob("*"))
        if path.suffix in (".txt", ".html", ".md", ".css")
    }


def catalogues(folder: str = "mail") -> dict[str, dict[str, str]]:
    """The message catalogues of templates/mail or another of its folders, by language: msgid to msgstr."""
    root = shipped("templates") / folder
    return {
        path.name.split(".")[1]: tomllib.loads(path.read_text("utf-8"))
        for path in sorted(root.glob("catalogue.*.toml"))
    }

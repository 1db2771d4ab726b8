"""What ships beside the code: templates, catalogues, migrations, the sample. Read from disk here and only here."""

from __future__ import annotations

import io
from gettext import GNUTranslations
from pathlib import Path

from babel.messages.mofile import write_mo
from babel.messages.pofile import read_po

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
        if path.suffix in (".txt", ".html", ".md", ".css", ".typ")
    }


def catalogues() -> dict[str, GNUTranslations]:
    """The message catalogues (gettext's .po, in templates/catalogues), by language; what one lacks stays English."""
    return {path.stem: _catalogue(path) for path in sorted((shipped("templates") / "catalogues").glob("*.po"))}


def _catalogue(path: Path) -> GNUTranslations:
    compiled = io.BytesIO()
    write_mo(compiled, read_po(io.BytesIO(path.read_bytes())))
    return GNUTranslations(io.BytesIO(compiled.getvalue()))

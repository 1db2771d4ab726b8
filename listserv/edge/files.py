"""What ships beside the code: templates, catalogues, migrations, the sample. Read from disk here and only here."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from functools import cache
from gettext import GNUTranslations
from pathlib import Path

from listserv.edge import catalogue
from listserv.errors import SettingsError

_PACKAGE = Path(__file__).resolve().parent.parent


def shipped(name: str) -> Path:
    """A shipped folder or file: inside the package when installed from a wheel, else at the checkout's top."""
    inside = _PACKAGE / name
    return inside if inside.exists() else _PACKAGE.parent / name


def migrations() -> Path:
    return shipped("migrations")


def templates() -> dict[str, str]:
    """Every template by its name below templates/, e.g. "mail/announcement.txt"."""
    return _below(shipped("templates"))


def own_templates(folder: Path) -> dict[str, str]:
    """An organiser's, by the same names. Raises SettingsError for no folder, and for a file that is not UTF-8."""
    if not folder.is_dir():
        raise SettingsError(f"{folder}: no such folder; make it, or remove site.templates")
    try:
        return _below(folder)
    except UnicodeDecodeError:
        raise SettingsError(f"{folder}: a file there is not UTF-8; save it as UTF-8") from None


def _below(root: Path) -> dict[str, str]:
    return {
        path.relative_to(root).as_posix(): path.read_text("utf-8-sig")
        for path in sorted(root.rglob("*"))
        if path.suffix in (".txt", ".html", ".md", ".css", ".typ")
    }


@cache
def _read(path: Path) -> GNUTranslations:
    return catalogue.read(path.read_text("utf-8"))


class Catalogues(Mapping[str, GNUTranslations]):
    """The message catalogues (gettext's .po, in templates/catalogues), by language, each read at its first use.

    What one lacks stays English, which has none.
    """

    def __init__(self, folder: Path) -> None:
        self._paths = {path.stem: path for path in sorted(folder.glob("*.po"))}

    def __getitem__(self, language: str) -> GNUTranslations:
        return _read(self._paths[language])

    def __iter__(self) -> Iterator[str]:
        return iter(self._paths)

    def __len__(self) -> int:
        return len(self._paths)


def catalogues() -> Catalogues:
    return Catalogues(shipped("templates") / "catalogues")


def languages() -> tuple[str, ...]:
    """Those there are words for."""
    return ("en", *catalogues())

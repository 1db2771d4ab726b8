"""What is handed out as a file, written for its owner only and over no other file; some of it as one ZIP.

What is made again and again may be written over the one before: beside its place, and put there whole.
"""

from __future__ import annotations

import os
import tempfile
from collections.abc import Iterable
from pathlib import Path
from zipfile import ZIP_DEFLATED, ZipFile

from listserv.core.mail.parts import safe_name

_MODE, _PUBLIC = 0o600, 0o644


def write_text(path: Path, text: str) -> None:
    """Raises OSError when it exists, or cannot be written."""
    with os.fdopen(new(path), "w", encoding="utf-8") as file:
        file.write(text)


def replace_text(path: Path, text: str, *, public: bool = False) -> None:
    """As `replace`; where a link is there, over what it leads to."""
    replace(Path(os.path.realpath(path)), text.encode(), public=public)


def replace(path: Path, content: bytes, *, public: bool = False) -> None:
    """Over what is there; readable for others where `public`. Raises OSError."""
    handle, beside = tempfile.mkstemp(prefix=".listserv-", dir=path.parent)
    try:
        with os.fdopen(handle, "wb") as file:
            file.write(content)
        os.chmod(beside, _PUBLIC if public else _MODE)
        os.replace(beside, path)
    except BaseException:
        os.unlink(beside)
        raise


def append_text(path: Path, text: str) -> None:
    """To a pipe or a device. Raises OSError."""
    with open(path, "ab") as file:
        file.write(text.encode())


def write_zip(path: Path, document: str, files: Iterable[tuple[str, bytes]]) -> int:
    """`document` as person.json, and the files by their paths in it; how many. Raises OSError as `write_text` does."""
    count = 0
    with os.fdopen(new(path), "wb") as out, ZipFile(out, "w", ZIP_DEFLATED) as archive:
        archive.writestr("person.json", document)
        for name, content in files:
            folder, _, last = name.partition("/")
            archive.writestr(f"{folder}/{safe_name(last) or 'file'}", content)
            count += 1
    return count


def write_parts(path: Path, parts: Iterable[bytes]) -> int:
    """One file, part by part as they come; how many. Raises OSError as `write_text` does."""
    count = 0
    with os.fdopen(new(path), "wb") as out:
        for part in parts:
            out.write(part)
            count += 1
    return count


def new(path: Path) -> int:
    """A new file, open to write, that its owner alone may read."""
    return os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, _MODE)

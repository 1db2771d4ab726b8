"""The secret that tokens are made with: from LISTSERV_SECRET, else from secret_file, created on first use.

The file's first line signs; further lines are retired secrets, still believed: to rotate, put a new line above the old
one, and remove the old one when the mails that bear its tokens no longer matter.
"""

from __future__ import annotations

import os
import secrets
from collections.abc import Mapping
from pathlib import Path

from listserv.config.tables import (
    Settings,
)
from listserv.errors import SettingsError


def secret(settings: Settings, environ: Mapping[str, str]) -> bytes:
    """What signs our tokens: LISTSERV_SECRET, else the content of site.secret_file, made on first use."""
    if given := from_environ(environ):
        return given
    return _lines(settings)[0]


def retired(settings: Settings, environ: Mapping[str, str]) -> tuple[bytes, ...]:
    """Secrets that no longer sign, whose tokens are still believed. None beside LISTSERV_SECRET: it overrides all."""
    return () if from_environ(environ) else _lines(settings)[1:]


def _lines(settings: Settings) -> tuple[bytes, ...]:
    path = settings.site.secret_file
    try:
        if not path.exists():
            _create(path, secrets.token_hex(32))
        lines = tuple(line.strip() for line in path.read_bytes().splitlines() if line.strip())
    except OSError as error:
        why = f"{path}: cannot keep the secret there ({error.strerror})"
        raise SettingsError(f"{why}; write another site.secret_file") from None
    if not lines or any(len(line) < 16 for line in lines):
        raise SettingsError(f"{path}: shorter than 16 characters; restore it, or remove it: links sent so far break")
    return lines


def _create(path: Path, content: str) -> None:
    """The whole file or none, mode 0600; if another process is first, its file stays."""
    path.parent.mkdir(parents=True, exist_ok=True)
    draft = path.with_name(f"{path.name}.{secrets.token_hex(8)}")
    try:
        with os.fdopen(os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "w") as out:
            out.write(content + "\n")
            out.flush()
            os.fsync(out.fileno())
        os.link(draft, path)  # fails if it exists, where a rename would replace it
    except FileExistsError:
        pass
    finally:
        draft.unlink(missing_ok=True)


def from_environ(environ: Mapping[str, str]) -> bytes | None:
    given = environ.get("LISTSERV_SECRET", "")
    if given and len(given) < 16:
        raise SettingsError("LISTSERV_SECRET: shorter than 16 characters; write 32 random ones, or unset it")
    return given.encode("utf-8", "surrogateescape") or None

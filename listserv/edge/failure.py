"""What may be logged of an error in a mail's way: what kind and where, never its message."""

from __future__ import annotations

import logging
import traceback
from pathlib import Path

log = logging.getLogger(__name__)


def log_failure(what: str, error: BaseException) -> None:
    """One line. The message of a database error would quote the row, with addresses and text."""
    at = traceback.extract_tb(error.__traceback__)[-1]
    log.error("%s: %s at %s:%s", what, type(error).__name__, Path(at.filename).name, at.lineno)


def log_crash(what: str, error: BaseException) -> None:
    """The whole way there, for what nobody foresaw; its message, and those of its causes, neither."""
    way = "".join(traceback.format_tb(error.__traceback__))
    log.error("%s: %s\n%s", what, type(error).__name__, way.rstrip())

"""What a command that only looks prints, run in this process.

For whoever looks until something has come: each process takes half a second of a core before it looks, and keeps from
working what is waited for.
"""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from tests.cli.conftest import Cli


def look(folder: Path, command: str) -> Any:
    """`folder` has a listserv.toml; the command's --json."""
    with pytest.MonkeyPatch.context() as patch:
        return Cli(folder, patch).json(command)

"""`house`: a dialogue whose module 1 is open, with three participants; `empty_house`: two days before it starts."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.house import FIRST_APPLY, House, folder, open_house


@pytest.fixture
def house(tmp_path: Path) -> Iterator[House]:
    with open_house(folder(tmp_path)) as made:
        yield made


@pytest.fixture
def empty_house(tmp_path: Path) -> Iterator[House]:
    with open_house(folder(tmp_path, running=False)) as made:
        made.now = FIRST_APPLY
        yield made

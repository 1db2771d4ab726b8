"""A crew on a PostgreSQL of the tests' own, and the relay that its mail goes to."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import ExitStack
from itertools import count
from pathlib import Path
from typing import Any

import pytest

from tests.many.crew import Counting, Crew
from tests.postgres import Server

_numbers = count(1)


@pytest.fixture
def sink() -> Iterator[Counting]:
    with Counting.in_thread() as sink:
        yield sink


@pytest.fixture
def crew(tmp_path: Path, postgresql: Server, sink: Counting) -> Iterator[Callable[..., Crew]]:
    """Makes one, with settings of its own."""
    with ExitStack() as stack:

        def make(**settings: Any) -> Crew:
            name = f"crew{next(_numbers)}"
            crew = Crew(tmp_path, postgresql.database(name), sink, **settings)
            stack.callback(postgresql.drop, name)
            return stack.enter_context(crew)

        yield make

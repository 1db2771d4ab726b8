"""IDs as moderators type them: `7`, `12-18`, `3,5,9`; guiding questions: `2`, or with their module `1.2`."""

from __future__ import annotations

import re
from collections.abc import Collection, Sequence
from typing import Any

import click

from listserv.errors import Refused

#: A typing mistake must not become a million ids.
MOST = 10_000

#: The largest id a database can hold.
LARGEST = 2**63 - 1

#: One id, as an argument.
ID = click.IntRange(0, LARGEST)


class _Question(click.ParamType):
    """(module or None, number); number 0: none."""

    name = "question"

    def get_metavar(self, param: click.Parameter, ctx: click.Context | None = None) -> str:
        return "N"

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> Any:
        found = re.fullmatch(r"(?:([0-9]{1,3})\.)?([0-9]{1,3})", str(value).strip())
        if found is None:
            self.fail(f"{value!r}: write its number, like 2, or with its module's, like 1.2", param, ctx)
        return int(found[1]) if found[1] else None, int(found[2])


#: A guiding question, as an option.
QUESTION = _Question()


def expand(words: Sequence[str]) -> list[int]:
    """The ids meant, each once, in the order given. Raises Refused for what is no id or range."""
    ids: dict[int, None] = {}
    for word in ",".join(words).split(","):
        first, dash, last = word.strip().partition("-")
        if not (first.isdecimal() and (last.isdecimal() or not dash)):
            raise Refused(f"{word!r} is not an ID; write numbers or ranges, like 7 or 12-18")
        if len(word) > 40:
            raise Refused(f"{word[:20]}… is not an ID; see: listserv queue list")
        low, high = int(first), int(last or first)
        if high < low or high > LARGEST:
            raise Refused(f"{word!r} is not a range from low to high")
        if high - low >= MOST:
            raise Refused(f"the range {word} is too long (at most {MOST:,})")
        ids.update(dict.fromkeys(range(low, high + 1)))
    return list(ids)


def named(words: Sequence[str]) -> set[int]:
    """Those of the ids that are written out, not meant by a range. For what `expand` has understood."""
    return {int(word) for word in ",".join(words).split(",") if "-" not in word}


def written(ids: Collection[int]) -> str:
    """The ids as somebody would type them, in order: "2, 4-6"."""
    runs: list[list[int]] = []
    for one in sorted(ids):
        if runs and one == runs[-1][-1] + 1:
            runs[-1].append(one)
        else:
            runs.append([one])
    return ", ".join(str(run[0]) if len(run) == 1 else f"{run[0]}-{run[-1]}" for run in runs)

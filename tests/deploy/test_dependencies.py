"""No dependency of the running program is unknown or has a hole that is known: scripts/deploy/dependencies.toml."""

from __future__ import annotations

import re
import tomllib
from collections.abc import Iterator, Mapping
from importlib.metadata import distribution
from pathlib import Path

import pytest
from packaging.requirements import Requirement
from packaging.version import Version

TOP = Path(__file__).parents[2]
REVIEW = tomllib.loads((TOP / "scripts" / "deploy" / "dependencies.toml").read_text())
REVIEWED = {name: entry for name, entry in REVIEW.items() if isinstance(entry, dict)}


def name_of(said: str) -> str:
    """As the index spells it."""
    return re.sub(r"[-_.]+", "-", said).lower()


def needed() -> dict[str, str]:
    """All that `listserv[postgresql]` brings along on this machine, with the versions installed."""
    found: dict[tuple[str, frozenset[str]], str] = {}

    def walk(name: str, extras: frozenset[str]) -> None:
        if (name_of(name), extras) in found:
            return
        one = distribution(name)
        found[name_of(name), extras] = one.version
        for line in one.requires or ():
            requirement = Requirement(line)
            marker = requirement.marker
            if marker is None or any(marker.evaluate({"extra": extra}) for extra in ("", *extras)):
                walk(requirement.name, frozenset(requirement.extras))

    walk("listserv", frozenset({"postgresql"}))
    return {name: version for (name, _), version in found.items() if name != "listserv"}


def faults(installed: Mapping[str, str], review: Mapping[str, Mapping[str, str]]) -> Iterator[str]:
    """What is not in order, a line each."""
    for name, version in installed.items():
        if name not in review:
            yield f"{name} {version} is not reviewed"
        elif Version(version) < Version(review[name].get("oldest", "0")):
            yield f"{name} {version} has a known hole: {review[name]['known']}"
    yield from (f"{name} is no dependency any more" for name in review.keys() - installed.keys())


def test_what_is_installed_is_reviewed_and_has_no_known_hole() -> None:
    assert list(faults(needed(), REVIEWED)) == []


def test_what_pyproject_allows_has_none_either() -> None:
    project = tomllib.loads((TOP / "pyproject.toml").read_text())["project"]
    allowed = {}
    for line in (*project["dependencies"], *project["optional-dependencies"]["postgresql"]):
        requirement = Requirement(line)
        (allowed[name_of(requirement.name)],) = (one.version for one in requirement.specifier if one.operator == ">=")
    for name, oldest in allowed.items():
        assert Version(oldest) >= Version(REVIEWED[name].get("oldest", "0")), name


@pytest.mark.parametrize(
    ("installed", "said"),
    [
        ({"h11": "0.14.0"}, "h11 0.14.0 has a known hole: smuggling (0.16.0)"),
        ({"h11": "0.16.0", "leftpad": "1.0"}, "leftpad 1.0 is not reviewed"),
        ({}, "h11 is no dependency any more"),
    ],
)
def test_each_fault_is_seen(installed: dict[str, str], said: str) -> None:
    review = {"h11": {"reviewed": "0.16.0", "oldest": "0.16.0", "known": "smuggling (0.16.0)"}}
    assert list(faults(installed, review)) == [said]


def test_every_entry_says_what_was_reviewed_and_what_is_known() -> None:
    for name, entry in REVIEWED.items():
        assert entry.keys() - {"oldest"} == {"reviewed", "known"}, name
        assert Version(entry["reviewed"]) >= Version(entry.get("oldest", "0")), name

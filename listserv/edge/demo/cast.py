"""Who takes part in the demo: script/people.csv, the same file that `listserv participant import` is given.

A person's key in the script is the part of their address before the first dot: "grace" is grace.wanjiru@….
"""

from __future__ import annotations

import csv
from dataclasses import dataclass
from importlib.resources import files


@dataclass(frozen=True, slots=True)
class Person:
    key: str
    name: str
    address: str
    country: str = ""
    organisation: str = ""
    language: str = "en"
    delivery: str = "each"

    @property
    def shown(self) -> str:
        """As the account names them."""
        return f"{self.name} ({self.country})" if self.country else self.name


MODERATOR = Person("moderator", "Discussion Moderator", "moderator@example.org")
ORGANISER = Person("organiser", "Programme Officer", "organiser@example.org")
#: Both named in the shipped listserv.toml; they get what everybody gets, and the notices.
STAFF = (MODERATOR, ORGANISER)


def people_csv() -> str:
    return (files(__package__) / "script" / "people.csv").read_text("utf-8")


def cast() -> dict[str, Person]:
    """Everybody in people.csv, by key, in its order."""
    rows = csv.DictReader(people_csv().splitlines())
    return {key(row["address"]): _person(row) for row in rows}


def key(address: str) -> str:
    return address.partition("@")[0].partition(".")[0]


def _person(row: dict[str, str]) -> Person:
    return Person(
        key(row["address"]),
        row["name"],
        row["address"],
        row["country"],
        row["organisation"],
        row["language"],
        row["delivery"] or "each",
    )

"""Who does not want to be named, today, for something that went out: found in a text of ours, and put out of it.

A round-up that a moderator has edited names people as they wanted to be shown then. Whoever is named for all of theirs
that the text tells of may be unnamed for others. Nothing is written.
"""

from __future__ import annotations

from collections.abc import Collection

from listserv.core.dialogue import countries
from listserv.core.dialogue.mask import Mask
from listserv.core.dialogue.model import Attribution, Dialogue
from listserv.core.dialogue.phrases import plain
from listserv.core.publication import byline
from listserv.core.sentence import Sentence
from listserv.core.site import Site
from listserv.store import retelling
from listserv.store.session import Connection


class Unnamed:
    """Of one dialogue, as its tables are now."""

    def __init__(self, connection: Connection, dialogue: Dialogue) -> None:
        rows = retelling.authors(connection, dialogue.id)
        self._rows = {row["id"]: row for row in rows}
        self._names = {row["id"]: row["person_name"] or row["from_name"] for row in rows}
        self._unnamed = {row["id"] for row in rows if not byline.named(row["attribution"])}

    def names(self, text: str, told: Collection[int]) -> list[str]:
        """Those that the text has and should not. `told`: ids of the contributions it tells of."""
        return sorted({self._names[one] for one in self._in(text, told)})

    def without(self, site: Site, text: str, told: Collection[int], language: str) -> str:
        """The text with "A participant" in their place, and their organisation and country gone where they stand
        behind the name and the author wants to be anonymous. `language`: the text's."""
        instead = site.wording.said(Sentence("A participant"), language)
        for one in sorted(self._in(text, told)):
            name = self._names[one]
            alone = frozenset({name} if len(name.split()) == 1 else ())
            text = Mask((name, plain(name)), {}, instead, alone=alone, behind=self._behind(site, one))(text)
        return text

    def _behind(self, site: Site, one: int) -> tuple[str, ...]:
        row = self._rows[one]
        if row["attribution"] != Attribution.ANONYMOUS:
            return ()
        said = [countries.named(row["country"] or "", language) for language in site.languages]
        return tuple(dict.fromkeys(filter(None, [row["organisation"], row["country"], *said])))

    def _in(self, text: str, told: Collection[int]) -> list[int]:
        of_it = self._names.keys() & set(told)
        by_name = self._of(of_it - self._unnamed) - self._of(of_it & self._unnamed)
        hidden = self._of(self._unnamed) - by_name
        words = f" {plain(text)} " if hidden else ""
        found = {one for one in hidden if f" {one} " in words}
        return [one for one in self._unnamed if plain(self._names[one]) in found]

    def _of(self, ids: Collection[int]) -> set[str]:
        return {plain(self._names[one]) for one in ids} - {""}

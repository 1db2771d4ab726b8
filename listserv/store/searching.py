"""Searching released contributions by words, and keeping what is searched in line with what there is.

`found` gives everything in a dialogue that a query fits, each with how well (its filters and its order are for
core/search/facets); SQLite's FTS5 and PostgreSQL's tsvector get the same words (core/search/words) and weigh a hit in
the subject or the author's name above one in the text. `waiting`, `write` and `mend` are for steps/index; what is not
indexed as it is now is not found (store/watching).
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from functools import lru_cache
from typing import Any

import sqlalchemy as sa
from sqlalchemy import Connection
from sqlalchemy.dialects import postgresql, sqlite

from listserv.core.dialogue.model import ContributionState
from listserv.core.search.facets import Entry
from listserv.core.search.query import Query, Term
from listserv.core.search.words import family
from listserv.store import contributions, tagging
from listserv.store.indexing import WORDS
from listserv.store.tables import contribution, searched

#: Before what stands for a family of words: no word begins with it, and to FTS5's tokenizer it is part of one.
FAMILY = "·"

#: What a hit weighs in the subject, in what is said of the author, and in the text.
SUBJECT, AUTHOR, TEXT = 8.0, 4.0, 1.0

#: Words of a text that are indexed, and octets that PostgreSQL is given of them (a tsvector holds 1 MB).
MOST, OCTETS = 20_000, 400_000

_words = sa.table(WORDS, sa.column("rowid"), sa.column("contribution_id"), sa.column("words"))
_BM25 = f"-bm25({WORDS}, {SUBJECT}, {AUTHOR}, {TEXT})"
_RANK = f"'{{{TEXT / SUBJECT}, {TEXT / SUBJECT}, {AUTHOR / SUBJECT}, 1}}'::real[]"


@dataclass(frozen=True, slots=True)
class Indexed:
    """A row of `waiting` as it is to be found: `entry`, None if it is not; its words as `rendered`."""

    id: int
    contribution_id: int
    asked: int
    entry: Entry | None = None
    words: tuple[str, ...] = ()


# --- keeping


def waiting(connection: Connection, limit: int) -> list[tuple[Any, Any, list[str]]]:
    """What is to be indexed: id contribution_id asked; the contribution as contributions.get gives it; its tags."""
    rows = connection.execute(_WAITING, {"most": limit}).all()
    if not rows:
        return []
    ids = [row.contribution_id for row in rows]
    by_id, tags = contributions.of(connection, ids), tagging.of_some(connection, ids)
    return [
        (row, by_id[row.contribution_id], tags.get(row.contribution_id, []))
        for row in rows
        if row.contribution_id in by_id
    ]


def rendered(subject: Sequence[str], author: Sequence[str], text: Sequence[str], *, sqlite: bool) -> tuple[str, ...]:
    """The words of a contribution, in order, as that database takes them; no work for its writer."""
    if sqlite:
        return tuple(map(_fts, (subject, author, text)))
    return (_tsvector(((subject, "A"), (author, "B"), (text, "D"))),)


_WAITING = (
    sa.select(searched.c.id, searched.c.contribution_id, searched.c.asked)
    .where(searched.c.done < searched.c.asked)
    .order_by(searched.c.id)
    .limit(sa.bindparam("most"))
)
_INDEXED = searched.update().where(searched.c.id == sa.bindparam("of"))


def write(connection: Connection, made: Sequence[Indexed]) -> int:
    """How many were written: not what has changed again meanwhile, and not what another writes at this moment."""
    mine = sa.select(searched.c.id, searched.c.asked).where(searched.c.id.in_([one.id for one in made]))
    free = dict(connection.execute(mine.order_by(searched.c.id).with_for_update(skip_locked=True)).all())
    ready = [one for one in sorted(made, key=lambda one: one.id) if free.get(one.id) == one.asked]
    there = [(one, entry) for one in ready if (entry := one.entry) is not None]
    if gone := [{"of": one.id, "done": one.asked, "number": None} for one in ready if one.entry is None]:
        connection.execute(_INDEXED, gone)
    if there:
        _write_words(connection, [one for one, _ in there])
        connection.execute(_INDEXED, [_values(one, entry) for one, entry in there])
    return len(ready)


def _values(one: Indexed, entry: Entry) -> dict[str, Any]:
    values: dict[str, Any] = {"of": one.id, "done": one.asked, "number": entry.number, "module": entry.module}
    values |= {"questions": list(entry.questions), "tags": list(entry.tags)}
    return values | {"author": entry.author, "country": entry.country}


def _write_words(connection: Connection, some: Sequence[Indexed]) -> None:
    if connection.dialect.name == "sqlite":
        into = "INSERT OR REPLACE INTO searched_words (rowid, subject, author, text) VALUES (?, ?, ?, ?)"
        connection.exec_driver_sql(into, [(one.contribution_id, *one.words) for one in some])
        return
    for one in some:
        (vector,) = one.words
        insert = postgresql.insert(_words).values(
            contribution_id=one.contribution_id, words=sa.cast(vector, postgresql.TSVECTOR)
        )
        connection.execute(
            insert.on_conflict_do_update(index_elements=["contribution_id"], set_={"words": insert.excluded.words})
        )


_UNKNOWN = sa.select(contribution.c.dialogue_id, contribution.c.id, contribution.c.person_id).where(
    contribution.c.state == ContributionState.RELEASED,
    ~sa.exists().where(searched.c.contribution_id == contribution.c.id),
)


def missing(connection: Connection) -> bool:
    """Whether something was released that is not known of here: a trigger was not there."""
    return connection.execute(_UNKNOWN.limit(1)).first() is not None


def mend(connection: Connection) -> None:
    """What is `missing` waits to be indexed from now on."""
    insert = {"sqlite": sqlite.insert, "postgresql": postgresql.insert}[connection.dialect.name](searched)
    some = insert.from_select(["dialogue_id", "contribution_id", "person_id"], _UNKNOWN)
    connection.execute(some.on_conflict_do_nothing())  # several hosts may begin at once


def behind(connection: Connection) -> int:
    """How many contributions wait to be indexed."""
    query = sa.select(sa.func.count()).select_from(searched).where(searched.c.done < searched.c.asked)
    return connection.execute(query).scalar_one()


# --- finding


def found(connection: Connection, dialogue_id: int, query: Query) -> list[Entry]:
    """Everything that has all of `wanted` and none of `unwanted`; without either, everything. In no order."""
    fts = connection.dialect.name == "sqlite"
    asked = sa.select(*_ENTRY).where(searched.c.number.is_not(None))
    # The sign keeps SQLite from going through a dialogue and matching the words of one contribution after the other.
    within = sa.literal_column("+searched.dialogue_id") if fts and query.wanted else searched.c.dialogue_id
    asked = asked.where(within == dialogue_id)
    if not query.wanted:
        asked = asked.add_columns(sa.literal(0.0))
    elif fts:
        asked = asked.add_columns(sa.literal_column(_BM25, sa.Float))
        asked = asked.join_from(_words, searched, searched.c.contribution_id == _words.c.rowid)
        asked = asked.where(_match(" AND ".join(map(_fts_term, query.wanted))))
    else:
        term = _tsquery(" & ".join(map(_ts_term, query.wanted)))
        asked = asked.add_columns(sa.func.ts_rank_cd(sa.literal_column(_RANK), _words.c.words, term, 1))
        asked = asked.join_from(_words, searched, searched.c.contribution_id == _words.c.contribution_id)
        asked = asked.where(_words.c.words.op("@@")(term))
    if query.unwanted:
        if fts:
            bad = sa.select(_words.c.rowid).where(_match(" OR ".join(map(_fts_term, query.unwanted))))
        else:
            term = _tsquery(" | ".join(map(_ts_term, query.unwanted)))
            bad = sa.select(_words.c.contribution_id).where(_words.c.words.op("@@")(term))
        asked = asked.where(searched.c.contribution_id.not_in(bad))
    return [
        Entry(one, number, module, _read(questions), _read(tags), author, country, rank)
        for one, number, module, questions, tags, author, country, rank in connection.execute(asked).all()
    ]


_ENTRY = (
    *(searched.c[name] for name in ("contribution_id", "number", "module")),
    *(sa.cast(searched.c[name], sa.Text) for name in ("questions", "tags")),  # few are different: `_read` knows them
    *(searched.c[name] for name in ("author", "country")),
)


@lru_cache(maxsize=10_000)
def _read(array: str) -> tuple[Any, ...]:
    return tuple(json.loads(array))


def spelt(connection: Connection, dialogue_id: int, beginning: str) -> list[str]:
    """Words that are indexed and begin so, the commonest first.

    On SQLite those of other dialogues too: say of none that it was said before `found` has found it.
    """
    if connection.dialect.name == "sqlite":
        known = "SELECT term FROM searched_terms WHERE term >= ? AND term < ? ORDER BY doc DESC LIMIT 500"
        return list(connection.exec_driver_sql(known, (beginning, beginning + "\U0010ffff")).scalars())
    own = sa.select(_words.c.words).join_from(_words, searched, searched.c.contribution_id == _words.c.contribution_id)
    text = own.where(searched.c.dialogue_id == int(dialogue_id)).compile(compile_kwargs={"literal_binds": True})
    stat = sa.func.ts_stat(str(text)).table_valued("word", "ndoc", "nentry")
    query = sa.select(stat.c.word).where(stat.c.word.startswith(beginning, autoescape=True))
    return list(connection.execute(query.order_by(stat.c.ndoc.desc()).limit(500)).scalars())


# --- words as FTS5 takes them


def _fts(words: Sequence[str]) -> str:
    """The families after all words: between them they would stand in the way of phrases."""
    some = words[:MOST]
    return " ".join([*some, *(FAMILY + root for word in some if (root := family(word)) != word)])


def _match(expression: str) -> Any:
    return sa.literal_column(WORDS).op("MATCH")(expression)


def _fts_term(term: Term) -> str:
    if root := term.family:
        return f"({' OR '.join(_quoted(_forms(term.words[0], root)))})"
    return " + ".join(_quoted(term.words)) + (" *" if term.begun else "")


def _quoted(words: Iterable[str]) -> list[str]:
    return [f'"{word}"' for word in words]


def _forms(word: str, root: str) -> list[str]:
    """What a word is looked for by: itself, which counts twice; its family, and the word that is called as that is."""
    return list(dict.fromkeys((word, FAMILY + root, root)))


# --- words as PostgreSQL takes them: no parser of its own comes near them


def _tsvector(parts: Sequence[tuple[Sequence[str], str]]) -> str:
    places: dict[str, list[str]] = {}
    at, octets = 0, 0
    for words, weight in parts:
        for word in words[:MOST]:
            at += 1
            for one in dict.fromkeys((word, FAMILY + family(word))) if family(word) != word else (word,):
                if one not in places:
                    octets += len(one.encode()) + 4
                    if octets > OCTETS:
                        continue
                places.setdefault(one, []).append(f"{min(at, 16_383)}{weight}")
        at += 1  # no phrase goes from one part to the next
    return " ".join(f"'{word}':{','.join(those[:250])}" for word, those in places.items())


def _tsquery(expression: str) -> Any:
    return sa.cast(expression, postgresql.TSQUERY)


def _ts_term(term: Term) -> str:
    if root := term.family:
        return f"({' | '.join(_apostrophed(_forms(term.words[0], root)))})"
    return f"({' <-> '.join(_apostrophed(term.words))}{':*' if term.begun else ''})"


def _apostrophed(words: Iterable[str]) -> list[str]:
    return [f"'{word}'" for word in words]

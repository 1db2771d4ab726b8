"""What a reader waits for who searches 5,000 contributions in six languages, and what it costs to have them searched.

Contributions are the model case's, its sentences dealt out anew, each in its language; queries are words, phrases,
beginnings, words left out and filters taken from them, and some that are misspelt. Milliseconds of a search are those
of steps/search; those of a page are from the request on a socket to its last octet, the pages being in this process.
Processor time stands beside them, for machines that have more to do.
Raises RuntimeError when a query that was taken from a contribution finds nothing.
"""

from __future__ import annotations

import asyncio
import random
import re
import sqlite3
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path

TOP = Path(__file__).resolve().parents[2]
sys.path.insert(0, str(TOP))

import httpx  # noqa: E402

from listserv.core.search import facets, query  # noqa: E402
from listserv.core.search.facets import Filters  # noqa: E402
from listserv.core.search.words import RUN, WRITTEN, of_word  # noqa: E402
from listserv.edge.web.server import Web  # noqa: E402
from listserv.steps import index  # noqa: E402
from listserv.steps.search import search  # noqa: E402
from listserv.store import dialogues  # noqa: E402
from listserv.store.session import Session  # noqa: E402
from tests import model_case  # noqa: E402
from tests.house import site  # noqa: E402

COPIES = 67  # of 75 contributions
QUERIES = 200
SENTENCES = 30  # of a contribution
TARGET = "< 100"

Add = Callable[..., None]


def measured(add: Add) -> None:
    draw = random.Random(1325)
    with tempfile.TemporaryDirectory(prefix="bench-") as folder:
        place = model_case.folder(Path(folder), copies=COPIES)
        path = place / "var" / "listserv.db"
        texts = _deal_out(path, draw)
        session = Session(f"sqlite:///{path}")
        before, began = _size(path), time.perf_counter()
        count = index.index_all(session)
        took = time.perf_counter() - began
        add(f"indexing {count:,} contributions", "contributions/s", "", count / took)
        add("index, of the texts' size", "%", "", 100 * (_size(path) - before) / _octets(texts))
        asked = list(_queries(texts, draw))
        _steps(session, asked, add)
        asyncio.run(_pages(session, asked, add))
        session.close()


def _steps(session: Session, asked: list[tuple[str, Filters, bool]], add: Add) -> None:
    with session.read() as connection:
        dialogue = dialogues.read(connection, model_case.SLUG)
    if dialogue is None:
        raise RuntimeError("there is no dialogue")
    took, busy = [], []
    for said, filters, found in asked:
        began, before = time.perf_counter(), time.process_time()
        with session.read() as connection:
            answer = search(connection, dialogue.id, query.read(said), filters)
        took.append((time.perf_counter() - began) * 1000)
        busy.append((time.process_time() - before) * 1000)
        if found and not answer.total:
            raise RuntimeError(f"{said!r} finds nothing")
    add(f"a search, of {QUERIES}", "ms", "", *took)
    add("a search, 95th percentile", "ms", TARGET, _percentile(took, 95))
    add("a search, 95th percentile of processor time", "ms", "", _percentile(busy, 95))


async def _pages(session: Session, asked: list[tuple[str, Filters, bool]], add: Add) -> None:
    with session.read() as connection:
        dialogue = dialogues.read(connection, model_case.SLUG)
    if dialogue is None:
        raise RuntimeError("there is no dialogue")
    session.write(lambda connection: dialogues.change(connection, dialogue.id, {"archive": "public"}))
    here = replace(site(), pages=True)
    web = Web(host="127.0.0.1", port=0, site=here, session=session, now=lambda: model_case.AFTER, look=lambda: None)
    await web.start()
    took, busy, octets = [], [], []
    async with httpx.AsyncClient(base_url="http://{}:{}".format(*web.address), timeout=60) as client:
        for said, filters, _ in asked:
            values = {name: str(getattr(filters, name)) for name in filters.given}
            began, before = time.perf_counter(), time.process_time()
            page = await client.get(f"/{model_case.SLUG}/search", params={"q": said, **values})
            took.append((time.perf_counter() - began) * 1000)
            busy.append((time.process_time() - before) * 1000)
            octets.append(len(page.content))
            if page.status_code != 200:
                raise RuntimeError(f"{said!r}: {page.status_code}")
    await web.stop()
    add("a search page, 95th percentile", "ms", TARGET, _percentile(took, 95))
    add("a search page, 95th percentile of processor time", "ms", "", _percentile(busy, 95))
    add("a search page, the largest", "octets", "< 50,000", max(octets))


def _deal_out(path: Path, draw: random.Random) -> list[str]:
    """Give each contribution other sentences of its language; the texts."""
    with sqlite3.connect(path) as database:
        rows = database.execute(
            "SELECT contribution.id, language, text FROM contribution JOIN person ON person.id = person_id"
            " WHERE state = 'released'"
        ).fetchall()
        sentences: dict[str, list[str]] = {}
        for _, language, text in rows[:75]:
            sentences.setdefault(_script(text, language), []).extend(re.split(r"(?<=[.!?。؟])\s*", text))
        texts = []
        for number, language, text in rows:
            some = sentences[_script(text, language)]
            said = " ".join(draw.choices(some, k=SENTENCES)) + f" report{draw.randrange(10**6)}"
            texts.append(said)
            database.execute("UPDATE contribution SET text = ? WHERE id = ?", (said, number))
    database.close()
    return texts


def _script(text: str, language: str) -> str:
    for name, letters in (("zh", "[一-鿿]"), ("ar", "[\u0621-\u064a]"), ("ru", "[а-я]")):
        if len(re.findall(letters, text)) * 4 > len(text):
            return name
    return language or "en"


def _queries(texts: list[str], draw: random.Random) -> Iterator[tuple[str, Filters, bool]]:
    """A query, filters, and whether it has to find something."""
    filters = (Filters(module=1), Filters(country="KE"), Filters(tag="good practice"), Filters(module=2, question=1))
    by_script: dict[str, list[str]] = {}
    for text in texts:
        by_script.setdefault(_script(text, "en"), []).append(text)
    scripts = sorted(by_script)
    for number in range(QUERIES):
        text = draw.choice(by_script[scripts[number % len(scripts)]])
        words = [one for one in WRITTEN.findall(text) if len(one) > 3 or RUN.match(one)]
        words = [one for one in words if not query.read(one).empty]
        at = draw.randrange(len(words) - 2)
        one, other = words[at][:6] if RUN.match(words[at]) else words[at], draw.choice(words)[:20]
        match number % 8:
            case 0:
                yield one, facets.ALL, True
            case 1 | 2:
                yield f"{one} {other}", facets.ALL, True
            case 3:
                yield " ".join(dict.fromkeys(draw.choices(words, k=4))), facets.ALL, True
            case 4:
                yield f"{of_word(one)[0][:4]}*", facets.ALL, True
            case 5:
                yield f"{one} -{other}", facets.ALL, False
            case 6:
                yield one, filters[number // 8 % len(filters)], False
            case _:
                yield f"{one[:3]}{one[4:3:-1]}{one[5:]}x {other}", facets.ALL, False


def _percentile(values: list[float], of: int) -> float:
    return sorted(values)[len(values) * of // 100]


def _size(path: Path) -> int:
    with sqlite3.connect(path) as database:
        (pages,) = database.execute("PRAGMA page_count").fetchone()
        (size,) = database.execute("PRAGMA page_size").fetchone()
        (free,) = database.execute("PRAGMA freelist_count").fetchone()
    database.close()
    return (pages - free) * size


def _octets(texts: list[str]) -> int:
    return sum(len(one.encode()) for one in texts)


if __name__ == "__main__":
    measured(lambda name, unit, target, *values: print(name, unit, target, sorted(values)[:: max(1, len(values) // 5)]))

"""What a claim costs with 100,000 deliveries waiting, in 1 dialogue and in 1,000, on SQLite and PostgreSQL.

    .venv/bin/python scripts/bench/claiming.py [COUNT]

Milliseconds per claim of 100 copies (the quickest of 40, so that a busy machine shows little), and what finds the
lanes; on PostgreSQL the plans too.
"""

from __future__ import annotations

import sys
import tempfile
from pathlib import Path
from time import perf_counter

import sqlalchemy as sa

ROOT = Path(__file__).parents[2]
sys.path.insert(0, str(ROOT))

from listserv.store import leases, turns  # noqa: E402
from listserv.store.schema import upgrade  # noqa: E402
from listserv.store.session import Session  # noqa: E402
from tests.postgres import Server  # noqa: E402
from tests.store.conftest import World  # noqa: E402

FILL = """
WITH RECURSIVE n(i) AS (SELECT 0 UNION ALL SELECT i + 1 FROM n WHERE i + 1 < :count)
INSERT INTO delivery (mailing_id, rendering_id, address, state, due_at, lane)
SELECT :mailing, :rendering, 'r' || i || '@x.org', 'pending', 1.0 + i, 1 + i % :lanes FROM n
"""


def measure(name: str, session: Session, count: int, lanes: int) -> None:
    world = World(session)
    mailing, renderings = world.mailing()
    values = {"count": count, "mailing": mailing, "rendering": renderings["en"], "lanes": lanes}
    session.write(lambda connection: connection.execute(sa.text(FILL), values))
    if not session.sqlite:
        with session._writer.connect().execution_options(isolation_level="AUTOCOMMIT") as connection:
            connection.exec_driver_sql("ANALYZE delivery")
    took, found = [], []
    for _ in range(40):
        with session.read() as connection:
            began = perf_counter()
            turns.due(connection)
            found.append(perf_counter() - began)
        began = perf_counter()
        assert len(world.claim(limit=100)) == 100
        took.append(perf_counter() - began)
    print(f"{name:10} {lanes:5} dialogues: claim {min(took) * 1000:6.2f} ms, of it lanes {min(found) * 1000:6.2f} ms")
    if not session.sqlite and lanes == 1:
        with session.read() as connection:
            for statement in (turns._due, leases._TAKE):
                text = statement.compile(session._reader)
                names = {**text.params, "in": 1, "most": 100, "lease": 60.0}
                plan = connection.exec_driver_sql(f"EXPLAIN (ANALYZE, BUFFERS, COSTS OFF) {text}", names)
                print("   ", "\n    ".join(row[0] for row in plan))


def main() -> None:
    count = int(sys.argv[1]) if len(sys.argv) > 1 else 100_000
    with tempfile.TemporaryDirectory() as folder, Server.create() as server:
        for lanes in (1, 1_000):
            for url in (f"sqlite:///{folder}/{lanes}.db", server.database(f"lanes{lanes}")):
                session = Session(url)
                upgrade(session, ROOT / "migrations")
                measure("SQLite" if session.sqlite else "PostgreSQL", session, count, lanes)
                session.close()


main()

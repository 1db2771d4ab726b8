"""`/metrics`: how the work stands, in Prometheus' text format. Counts only: no dialogue, no address, no path is named.

Which host asks is not looked at: what may reach it is the business of the web server in front (scripts/deploy).
"""

from __future__ import annotations

from collections.abc import Iterator
from time import monotonic

from prometheus_client import CollectorRegistry, generate_latest
from prometheus_client.core import GaugeMetricFamily
from prometheus_client.exposition import CONTENT_TYPE_LATEST
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from listserv.edge.web.engine import Engine
from listserv.store import vital
from listserv.store.session import Session

#: Counting the rows of a site that has millions takes so much of the time at most; and so many seconds do not count.
SHARE, QUICK = 1 / 200, 0.05


def routes(engine: Engine) -> list[Route]:
    work = CollectorRegistry()
    work.register(_Work(engine))

    async def metrics(request: Request) -> Response:
        told = await engine.run(lambda: generate_latest(work) + generate_latest(engine.meter.registry))
        return Response(told, headers={"Content-Type": CONTENT_TYPE_LATEST})

    return [Route("/metrics", metrics, methods=["GET"])]


class _Work:
    """Read off the database each time it is asked; rows only so often that counting them is SHARE of the time."""

    def __init__(self, engine: Engine) -> None:
        self._engine = engine
        self._counts: dict[str, dict[str, int]] = {}
        self._until = 0.0  # they stand so long, by time.monotonic

    def _counted(self, session: Session) -> dict[str, dict[str, int]]:
        began = monotonic()
        if began >= self._until:
            with session.read() as connection:
                self._counts = vital.counts(connection)
            took = monotonic() - began
            self._until = monotonic() + (took / SHARE if took > QUICK else 0.0)
        return self._counts

    def collect(self) -> Iterator[GaugeMetricFamily]:
        session = self._engine.session
        found = self._engine.health()
        for table, by_state in self._counted(session).items():
            family = GaugeMetricFamily(f"listserv_{table}", f"Rows of {table} by state.", labels=["state"])
            for state, count in sorted(by_state.items()):
                family.add_metric([state], count)
            yield family
        yield GaugeMetricFamily(
            "listserv_outbox_overdue_seconds", "Since the oldest copy was due.", value=found.outbox.overdue
        )
        yield GaugeMetricFamily(
            "listserv_clock_behind_seconds",
            "Since the earliest thing of a programme was due.",
            value=found.behind.total_seconds(),
        )

    def describe(self) -> list[GaugeMetricFamily]:
        return []  # known when asked, not before: nothing is read at the start

"""What is counted of the pages, and told in the log: which page, how it ended, how long it took. Never whose.

A page is named after its file, for a path may hold a token. Counts are this process's own, since it began.
"""

from __future__ import annotations

import logging

from prometheus_client import CollectorRegistry, Counter, Histogram, disable_created_metrics
from starlette.types import Scope

log = logging.getLogger("listserv.web")

disable_created_metrics()  # type: ignore[no-untyped-call]  # a row more for each, that says when it began

#: Asked for by machines, all day long.
_QUIET = frozenset({"health", "metrics", "style"})


class Meter:
    def __init__(self) -> None:
        self.registry = CollectorRegistry()
        labels = ("page", "method", "status")
        self._pages = Counter("listserv_pages", "Pages asked for.", labels, registry=self.registry)
        self._seconds = Histogram(
            "listserv_page_seconds",
            "From a request's head to the end of its answer.",
            ("page",),
            registry=self.registry,
            buckets=(0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 30),
        )

    def count(self, scope: Scope, status: int, seconds: float) -> None:
        page = _page(scope)
        method = scope["method"] if scope["method"] in ("GET", "HEAD", "POST") else "other"
        self._pages.labels(page, method, str(status)).inc()
        self._seconds.labels(page).observe(seconds)
        if page not in _QUIET:
            fields = {"page": page, "method": method, "status": status, "ms": round(seconds * 1000)}
            log.info("%s %s %d, %d ms", method, page, status, fields["ms"], extra={"fields": fields})


def _page(scope: Scope) -> str:
    """ "none" for what is no page of ours."""
    endpoint = scope.get("endpoint")
    return endpoint.__module__.rpartition(".")[2] if endpoint is not None else "none"

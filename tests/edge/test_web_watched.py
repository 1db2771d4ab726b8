"""What watches the pages asks: /health, /metrics and the log. Nothing in them names a person, a token or a path."""

from __future__ import annotations

import io
import json
import logging
from datetime import timedelta
from typing import Any

import httpx
import pytest

from listserv.edge import logs
from listserv.store import tables
from tests.edge.test_web import Place, client, place
from tests.house import CLOSING

__all__ = ["client", "place"]

JSON = {"Accept": "application/json"}


def change(place: Place, **columns: Any) -> None:
    """Of all that goes out."""
    place.house.session.write(lambda connection: connection.execute(tables.delivery.update().values(**columns)))


async def test_all_is_well(place: Place, client: httpx.AsyncClient) -> None:
    await place.send()
    told = await client.get(f"{place.at}/health", headers=JSON)
    assert (told.status_code, told.json()) == (
        200,
        {"status": "ok", "database": "ok", "outbox": "ok", "relay": "ok", "clock": "ok"},
    )


async def test_a_clock_that_stands_still_is_a_warning_and_no_balancer_takes_the_host_away(
    place: Place, client: httpx.AsyncClient
) -> None:
    place.house.tick(CLOSING - timedelta(minutes=1))
    place.house.now = CLOSING + timedelta(minutes=30)
    told = await client.get(f"{place.at}/health")
    assert told.status_code == 200
    assert told.text.startswith("warn\n")
    assert "clock: the programme is 30 min behind" in told.text
    assert (await client.get(f"{place.at}/health?strict")).status_code == 503


async def test_an_outbox_that_does_not_go_out_is_a_warning(place: Place, client: httpx.AsyncClient) -> None:
    place.house.released()
    change(place, due_at=tables.delivery.c.due_at - 7200)
    told = (await client.get(f"{place.at}/health", headers=JSON)).json()
    assert (told["status"], told["outbox"]) == ("warn", "copies have been due for 2 h")


async def test_a_relay_that_is_not_reached_is_a_warning(place: Place, client: httpx.AsyncClient) -> None:
    place.house.released()
    change(place, state="deferred", code=None)
    told = (await client.get(f"{place.at}/health", headers=JSON)).json()
    assert told["relay"].startswith("not reached; ")


async def test_metrics_count_rows_and_pages(place: Place, client: httpx.AsyncClient) -> None:
    place.house.contribute()
    await client.get(place.link("anna@example.net"))
    await client.get(f"{place.at}/u/bad")
    told = await client.get(f"{place.at}/metrics")
    assert told.headers["content-type"].startswith("text/plain; version=")
    for line in (
        'listserv_contribution{state="held"} 1.0',
        'listserv_pages_total{method="GET",page="unsubscribe",status="200"} 1.0',
        'listserv_pages_total{method="GET",page="unsubscribe",status="404"} 1.0',
        "listserv_clock_behind_seconds 0.0",
    ):
        assert line in told.text.splitlines()
    assert "anna" not in told.text


async def test_the_log_names_pages_and_neither_tokens_nor_people(
    place: Place, client: httpx.AsyncClient, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.INFO)
    link = place.link("anna@example.net")
    await client.get(link)
    await client.post(link, data={"choice": "roundup"})
    await client.get(f"{place.at}/health")
    said = [record.getMessage() for record in caplog.records if record.name == "listserv.web"]
    assert [one.partition(",")[0] for one in said] == ["GET unsubscribe 200", "POST unsubscribe 200"]
    ours = " ".join(record.getMessage() for record in caplog.records if record.name.startswith("listserv"))
    assert link.rpartition("/")[2] not in ours
    assert "anna" not in ours


@pytest.mark.parametrize("form", logs.FORMS)
def test_a_line_of_the_log(form: str, monkeypatch: pytest.MonkeyPatch) -> None:
    out = io.StringIO()
    monkeypatch.setattr("sys.stderr", out)
    root = logging.Logger("root")
    monkeypatch.setattr(logging, "root", root)
    logs.begin(form)
    root.info("%s is here", "it", extra={"fields": {"page": "figures"}})
    line = out.getvalue()
    assert line.count("\n") == 1
    if form == "json":
        told = json.loads(line)
        assert (told["level"], told["message"], told["page"]) == ("info", "it is here", "figures")
        assert told["at"].endswith("+00:00")
    else:
        assert line.endswith("Z root it is here\n")

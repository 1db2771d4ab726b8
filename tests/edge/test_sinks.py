"""The servers our tests and benchmarks send to: they count right, and the strict one notices what is wrong."""

from __future__ import annotations

import importlib.util
import smtplib
import socket
import sys
from pathlib import Path
from types import ModuleType

import pytest

from listserv.edge.relay import SmtpRelay
from tests.edge.outbox import Outbox, copies
from tests.sink import Sink

BENCH = Path(__file__).parents[2] / "scripts" / "bench" / "sink.py"


@pytest.fixture(scope="module")
def bench() -> ModuleType:
    spec = importlib.util.spec_from_file_location("bench_sink", BENCH)
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    sys.modules["bench_sink"] = module
    spec.loader.exec_module(module)
    return module


def test_a_sink_in_a_thread_serves_a_test_without_a_loop() -> None:
    with Sink.in_thread(starttls=True) as sink:
        with smtplib.SMTP(sink.host, sink.port) as client:
            client.starttls(context=sink.client_context())
            client.sendmail("a@example.org", ["b@example.org", "c@example.org"], b"Subject: x\r\n\r\n.dot\r\n")
        (mail,) = sink.wait(1)
    assert (mail.sender, mail.recipients) == ("a@example.org", ("b@example.org", "c@example.org"))
    assert mail.content == b"Subject: x\r\n\r\n.dot\r\n"
    assert sink.sessions[0].secure


def send(sink: Sink, wire: bytes) -> None:
    """Sends it all at once and reads until the sink hangs up."""
    with socket.create_connection((sink.host, sink.port)) as client:
        client.sendall(wire)
        while client.recv(4096):
            pass


@pytest.mark.parametrize(
    ("wire", "breach"),
    [
        (b"EHLO x\r\nMAIL FROM:<>\r\nRCPT TO:<a@b>\r\nDATA\r\na\nb\r\n.\r\n", "sent before 354"),
        (b"EHLO x\n", "command line"),
        (b"NOOP\0\r\n", "command line"),
    ],
)
def test_the_sink_notices_what_is_wrong(wire: bytes, breach: str) -> None:
    with Sink.in_thread() as sink:
        send(sink, wire + b"QUIT\r\n")
        assert any(found.startswith(breach) for found in sink.breaches)


def test_the_sink_without_pipelining_notices_a_client_that_does_not_wait() -> None:
    with Sink.in_thread(pipelining=False) as sink:
        send(sink, b"NOOP\r\nQUIT\r\n")
        assert sink.breaches == ["sent before 250: b'QUIT\\r\\n'"]


@pytest.mark.parametrize("content", [b"a\nb\r\n", b"a\rb\r\n", b"a\0b\r\n", b".a\r\n", b"\xff\r\n"])
def test_the_sink_notices_bad_content(content: bytes) -> None:
    with Sink.in_thread() as sink, smtplib.SMTP(sink.host, sink.port) as client:
        client.ehlo()
        client.mail("")
        client.rcpt("a@example.org")
        client.docmd("DATA")
        assert client.sock is not None
        client.sock.sendall(content + b".\r\n")
        client.getreply()
        assert len(sink.breaches) == 1


@pytest.mark.parametrize("compiled", [True, False])
async def test_the_bench_sinks_count_transactions_and_distinct_recipients(bench: ModuleType, compiled: bool) -> None:
    sink = bench.start_sink(compiled=compiled)
    try:
        relay = SmtpRelay(host=sink.host, port=sink.port, tls="none", hostname="mail.example.org", connections=4)
        for batch in (copies(300), copies(20), copies(3, body=b"x" * 2_000_000), copies(1, body=b"")):
            outbox = Outbox(batch)
            await relay.drain(outbox.claim, outbox.finish)
            assert all(result.ok for result in outbox.results)
        await relay.close()
        assert (sink.count(), sink.recipients(), sink.distinct()) == (324, 324, 300)
    finally:
        sink.stop()

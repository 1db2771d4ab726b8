"""How `doctor` asks DNS: a name server of our own on the loopback, and what comes of each of its answers."""

from __future__ import annotations

import socket
import threading
from collections.abc import Iterator, Mapping
from contextlib import contextmanager

import dns.message
import dns.rcode
import dns.resolver
import dns.rrset
import pytest

from listserv.edge.doctor.names import Dns, look

RECORDS = {
    ("talk.example.", "TXT"): ['"v=spf1 " "-all"', '"b\\195\\188cher"'],
    ("talk.example.", "MX"): ["10 mx.talk.example.", "20 Second.example."],
    ("null.example.", "MX"): ["0 ."],
    ("talk.example.", "A"): ["192.0.2.1"],
    ("talk.example.", "AAAA"): ["2001:db8::1"],
    ("1.2.0.192.in-addr.arpa.", "PTR"): ["mx.talk.example."],
    (".", "NS"): ["a.root-servers.net."],
}


@contextmanager
def server(records: Mapping[tuple[str, str], list[str]] = RECORDS, *, rcode: int | None = None) -> Iterator[Dns]:
    """Answers over UDP until left: with these records, or all with that code."""
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as wire:
        wire.bind(("127.0.0.1", 0))

        def serve() -> None:
            while True:
                data, peer = wire.recvfrom(4096)
                if not data:
                    return
                query = dns.message.from_wire(data)
                (question,) = query.question
                reply = dns.message.make_response(query)
                name, kind = question.name.to_text().lower(), dns.rdatatype.to_text(question.rdtype)
                if rcode is not None:
                    reply.set_rcode(dns.rcode.Rcode(rcode))
                elif found := records.get((name, kind)):
                    reply.answer.append(dns.rrset.from_text(question.name, 300, "IN", kind, *found))
                elif not any(name == one for one, _ in records):
                    reply.set_rcode(dns.rcode.NXDOMAIN)
                wire.sendto(reply.to_wire(), peer)

        thread = threading.Thread(target=serve)
        thread.start()
        resolver = dns.resolver.Resolver(configure=False)
        resolver.nameservers, resolver.port = ["127.0.0.1"], wire.getsockname()[1]
        try:
            yield Dns(resolver)
        finally:
            with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as end:
                end.sendto(b"", wire.getsockname())
            thread.join()


@pytest.mark.parametrize(
    ("kind", "name", "records"),
    [
        ("TXT", "talk.example", ("v=spf1 -all", "bücher")),
        ("MX", "talk.example", ("mx.talk.example", "Second.example")),
        ("MX", "null.example", ("",)),
        ("A", "talk.example", ("192.0.2.1",)),
        ("AAAA", "talk.example", ("2001:db8::1",)),
        ("PTR", "192.0.2.1", ("mx.talk.example",)),
        ("NS", ".", ("a.root-servers.net",)),
        ("A", "null.example", ()),  # the name is there, the record is not
        ("A", "gone.example", ()),
    ],
)
def test_records_come_as_texts(kind: str, name: str, records: tuple[str, ...]) -> None:
    with server() as dns_:
        assert set(dns_(kind, name) or ()) == set(records)
        assert dns_(kind, name) is not None


def test_a_server_that_fails_has_not_answered() -> None:
    with server(rcode=dns.rcode.SERVFAIL) as dns_:
        assert dns_("A", "talk.example") is None


@pytest.mark.parametrize("name", ["a..b", "x" * 64 + ".example", "é\ud800.example"])
def test_a_name_that_is_none_is_not_answered(name: str) -> None:
    with server() as dns_:
        assert dns_("A", name) is None


def test_who_is_silent_twice_is_not_asked_again() -> None:
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as silent:
        silent.bind(("127.0.0.1", 0))
        resolver = dns.resolver.Resolver(configure=False)
        resolver.nameservers, resolver.port = ["127.0.0.1"], silent.getsockname()[1]
        dns_ = Dns(resolver, patience=0.05)
        assert [dns_("A", f"{n}.example") for n in range(5)] == [None] * 5
        silent.setblocking(False)
        asked = set()
        while True:
            try:
                asked.add(dns.message.from_wire(silent.recv(4096)).question[0].name.to_text())
            except BlockingIOError:
                break
    assert asked == {"0.example.", "1.example."}


def test_without_a_resolver_nobody_answers(monkeypatch: pytest.MonkeyPatch) -> None:
    assert Dns(None)("A", "talk.example") is None

    def none() -> None:
        raise dns.resolver.NoResolverConfiguration

    monkeypatch.setattr(dns.resolver, "Resolver", none)
    assert look()("A", "talk.example") is None

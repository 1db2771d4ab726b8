"""Three hosts, each a network namespace with one process of each role; database and relay are reached over a bridge.

One of them is cut off in mid-delivery, as when its cable is pulled: nobody is told, its connections just fall silent.
"""

from __future__ import annotations

import os
import subprocess
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.many.crew import Crew
from tests.postgres import Server
from tests.sink import Sink

pytestmark = pytest.mark.long

CONNECTIONS = 6
TAKEN_OVER = 30.0  # seconds


def ip(*words: str) -> None:
    done = subprocess.run(["ip", *words], capture_output=True, text=True)
    assert done.returncode == 0, f"ip {' '.join(words)}: {done.stderr}"


class Hosts:
    """`address`: ours, on the bridge; the hosts are 1, 2, 3."""

    def __init__(self) -> None:
        number = os.getpid() % 10_000
        self.bridge, self.names = f"lsb{number}", [f"lsh{number}x{host}" for host in (1, 2, 3)]
        self.network = f"10.213.{number % 250}"
        self.address = f"{self.network}.254"

    def __enter__(self) -> Hosts:
        ip("link", "add", self.bridge, "type", "bridge")
        ip("address", "add", f"{self.address}/24", "dev", self.bridge)
        ip("link", "set", self.bridge, "up")
        for host, name in enumerate(self.names, 1):
            ip("netns", "add", name)
            ip("link", "add", f"{name}v", "type", "veth", "peer", "name", "eth0", "netns", name)
            ip("link", "set", f"{name}v", "master", self.bridge, "up")
            ip("-n", name, "address", "add", f"{self.network}.{host}/24", "dev", "eth0")
            ip("-n", name, "link", "set", "eth0", "up")
            ip("-n", name, "link", "set", "lo", "up")
        return self

    def __exit__(self, *error: object) -> None:
        for name in self.names:
            subprocess.run(["ip", "netns", "delete", name], capture_output=True)
        subprocess.run(["ip", "link", "delete", self.bridge], capture_output=True)

    def within(self, host: int) -> list[str]:
        return ["ip", "netns", "exec", self.names[host - 1]]

    def cut_off(self, host: int) -> None:
        ip("link", "set", f"{self.names[host - 1]}v", "down")

    def joined(self, host: int) -> None:
        ip("link", "set", f"{self.names[host - 1]}v", "up")


@pytest.fixture(scope="module")
def hosts() -> Iterator[Hosts]:
    if os.geteuid() != 0:
        pytest.skip("network namespaces are made by root only")
    hosts = Hosts()
    try:
        hosts.__enter__()
    except (AssertionError, FileNotFoundError) as error:
        hosts.__exit__()
        pytest.skip(f"this kernel allows no network namespaces here: {error}")
    yield hosts
    hosts.__exit__()


def test_the_work_of_a_host_that_is_cut_off_is_taken_over(hosts: Hosts, tmp_path: Path) -> None:
    with (
        Server.create(port=0, address=hosts.address) as server,
        Sink.in_thread(host=hosts.address) as sink,
        Crew(
            tmp_path,
            server.database("hosts"),
            sink,
            limits=f"connections = {CONNECTIONS}",
            web='[web]\nhost = "127.0.0.1"\nport = 0',
            lease=None,
        ) as crew,
    ):
        roles = ("intake", "work", "clock", "web")
        processes = [crew.serve(role, hosts.within(host), ready=False) for host in (1, 2, 3) for role in roles]
        for process in processes:
            crew.ready(process)
        addresses = crew.fan_out(1500)
        sink.wait(100, 60)
        at = {session.number: session for session in sink.sessions}
        assert at
        hosts.cut_off(1)
        took = crew.until(lambda: not crew.unsent(), TAKEN_OVER + 10)
        assert set(sink.recipients) == set(addresses)
        assert crew.repeats() <= 11 * CONNECTIONS
        assert took <= TAKEN_OVER
        hosts.joined(1)
        crew.mail(["late@d1.example"], personal=True)
        crew.until(lambda: "late@d1.example" in sink.recipients)
        assert all(process.poll() is None for process in processes)  # also those that were cut off

"""A reserved port: the kernel hands it to nobody, whoever names it gets it."""

from __future__ import annotations

import errno
import socket
import struct
import subprocess
import sys

import pytest

from tests.ports import reserved

#: IP_LOCAL_PORT_RANGE: which ports the kernel may choose for this socket. Linux has it since 6.3.
RANGE = 51


def given(one: socket.socket, port: int) -> socket.socket:
    """Whoever takes any port gets that one, or none."""
    try:
        one.setsockopt(socket.IPPROTO_IP, RANGE, struct.pack("@I", port << 16 | port))
    except OSError as error:
        one.close()
        if error.errno == errno.ENOPROTOOPT:
            pytest.skip("this kernel cannot be told which port to choose")
        raise
    return one


@pytest.mark.parametrize("reusing", [0, 1])
@pytest.mark.parametrize("address", ["127.0.0.1", ""])
def test_it_is_not_handed_to_who_takes_any(address: str, reusing: int) -> None:
    port = reserved()
    with given(socket.socket(), port) as other:
        other.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, reusing)
        with pytest.raises(OSError, match="Address already in use"):
            other.bind((address, 0))


def test_it_is_not_handed_to_a_client() -> None:
    port = reserved()
    with (
        socket.create_server(("127.0.0.1", 0)) as server,
        given(socket.socket(), port) as client,
        pytest.raises(OSError, match="Cannot assign requested address"),
    ):
        client.connect(server.getsockname())


def test_a_port_that_was_let_go_is_handed_out() -> None:
    """What these tests rest on, and why a port is reserved."""
    with socket.socket() as one:
        one.bind(("127.0.0.1", 0))
        port = one.getsockname()[1]
    with given(socket.socket(), port) as other:
        other.bind(("127.0.0.1", 0))
        assert other.getsockname()[1] == port


LISTEN = "import socket, sys; socket.create_server(('127.0.0.1', int(sys.argv[1]))); print('listening')"


def test_another_process_can_listen_there_again_and_again() -> None:
    port = reserved()
    for _ in range(2):
        done = subprocess.run([sys.executable, "-c", LISTEN, str(port)], capture_output=True, text=True, check=True)
        assert done.stdout == "listening\n"
        where = ("127.0.0.1", port)
        with socket.create_server(where) as server, socket.create_connection(where, 10) as client:
            taken, address = server.accept()
            taken.close()
            assert address == client.getsockname()


def test_nobody_is_there_before() -> None:
    with pytest.raises(ConnectionRefusedError):
        socket.create_connection(("127.0.0.1", reserved()), 10)


def test_there_are_many() -> None:
    ports = {reserved() for _ in range(20)}
    assert len(ports) == 20

"""The pages behind nginx and Caddy, with the lines of scripts/deploy/proxy: only ports, folders and the certificate are
others. Behind them is `serve`, or, to see what comes through, a server that keeps what it is sent."""

from __future__ import annotations

import http.client
import re
import shutil
import socket
import ssl
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from tests.edge.test_serve import PATIENCE, SETTINGS
from tests.ports import reserved

TOP = Path(__file__).parents[2]
PROXY = TOP / "scripts" / "deploy" / "proxy"
CERTIFICATE = TOP / "tests" / "edge" / "localhost.pem"
NAME = "dialogue.example.org"


def put(text: str, *pairs: tuple[str, str]) -> str:
    """With other words in those places, which must be there."""
    for old, new in pairs:
        assert old in text, old
        text = text.replace(old, new)
    return text


def nginx(folder: Path, behind: int, clear: int, secure: int) -> list[str]:
    ours = put(
        (PROXY / "nginx.conf").read_text(),
        ("server 127.0.0.1:8080", f"server 127.0.0.1:{behind}"),
        ("listen 80;", f"listen 127.0.0.1:{clear};"),
        ("listen [::]:80;", ""),
        ("listen 443 ssl", f"listen 127.0.0.1:{secure} ssl"),
        ("listen [::]:443 ssl http2;", ""),
        (f"/etc/letsencrypt/live/{NAME}/fullchain.pem", str(CERTIFICATE)),
        (f"/etc/letsencrypt/live/{NAME}/privkey.pem", str(CERTIFICATE)),
        ("/var/log/nginx/", f"{folder}/"),
    )
    places = ("client_body", "proxy", "fastcgi", "uwsgi", "scgi")
    temporary = "".join(f"{one}_temp_path {folder}/{one};\n" for one in places if one in _modules())
    (folder / "nginx.conf").write_text(
        f"pid {folder}/pid; error_log stderr error; worker_processes 1; user {_user()};\n"
        f"events {{ worker_connections 64; }}\nhttp {{\n{temporary}{ours}}}\n"
    )
    return ["nginx", "-p", str(folder), "-e", "stderr", "-c", str(folder / "nginx.conf")]


def _modules() -> set[str]:
    said = subprocess.run(["nginx", "-V"], capture_output=True, text=True).stderr
    return {
        "client_body",
        "proxy",
        *(one for one in ("fastcgi", "uwsgi", "scgi") if f"--without-http_{one}" not in said),
    }


def _user() -> str:
    import getpass

    return getpass.getuser()


def caddy(folder: Path, behind: int, clear: int, secure: int) -> list[str]:
    ours = put(
        (PROXY / "Caddyfile").read_text(),
        (
            "\tservers {",
            f"\tadmin off\n\thttp_port {clear}\n\thttps_port {secure}\n\tdefault_bind 127.0.0.1\n\tservers {{",
        ),
        (f"{NAME} {{", f"{NAME} {{\n\ttls {CERTIFICATE} {CERTIFICATE}"),
        ("127.0.0.1:8080", f"127.0.0.1:{behind}"),
    )
    (folder / "Caddyfile").write_text(ours)
    return ["caddy", "run", "--adapter", "caddyfile", "--config", str(folder / "Caddyfile")]


class Proxy:
    """One that runs before what listens at `behind`."""

    def __init__(self, folder: Path, made: Callable[[Path, int, int, int], list[str]], behind: int) -> None:
        self.folder = folder
        self.clear, self.secure = reserved(), reserved()
        command = made(folder, behind, self.clear, self.secure)
        if command[0] == "nginx":
            command += ["-g", "daemon off;"]
        self.log = open(folder / "log", "w+")  # noqa: SIM115
        environment = {"HOME": str(folder), "PATH": "/usr/sbin:/usr/bin:/bin"}
        self.process = subprocess.Popen(command, stdout=self.log, stderr=self.log, env=environment)
        deadline = time.monotonic() + PATIENCE
        while time.monotonic() < deadline and self.process.poll() is None:
            try:
                socket.create_connection(("127.0.0.1", self.secure), 1).close()
                return
            except ConnectionRefusedError:
                time.sleep(0.02)
        raise AssertionError((folder / "log").read_text())

    def ask(
        self, method: str, path: str, content: str | None = None, *, secure: bool = True, **headers: str
    ) -> tuple[int, dict[str, str], str]:
        """Status, headers in lower case, and the page."""
        context = ssl.create_default_context()
        context.check_hostname, context.verify_mode = False, ssl.CERT_NONE
        one = socket.create_connection(("127.0.0.1", self.secure if secure else self.clear), PATIENCE)
        connection = http.client.HTTPConnection(NAME)
        connection.sock = context.wrap_socket(one, server_hostname=NAME) if secure else one
        said = {name.replace("_", "-"): value for name, value in headers.items()}
        if content is not None:
            said["Content-Type"] = "application/x-www-form-urlencoded"
        connection.request(method, path, content, said)
        answer = connection.getresponse()
        page = answer.read().decode("utf-8", "replace")
        connection.close()
        return answer.status, {name.lower(): value for name, value in answer.getheaders()}, page

    def close(self) -> None:
        self.process.terminate()
        self.process.wait(PATIENCE)
        self.log.close()


PROXIES = [
    pytest.param(
        made, marks=pytest.mark.skipif(shutil.which(made.__name__, path="/usr/sbin:/usr/bin") is None, reason=why)
    )
    for made, why in ((nginx, "no nginx installed"), (caddy, "no Caddy installed"))
]


@pytest.fixture(scope="module")
def served(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[Path, int]]:
    """A dialogue that somebody takes part in, and the port of its pages."""
    folder = tmp_path_factory.mktemp("served")
    web = '[web]\nport = 0\ntrusted_proxies = ["127.0.0.1", "::1"]\n'
    text = put(SETTINGS, ("[database]", f'base_url = "https://{NAME}"\n[database]'))
    (folder / "listserv.toml").write_text(text + web)
    listserv = [sys.executable, "-m", "listserv"]
    with open(folder / "log", "w") as log:
        process = subprocess.Popen([*listserv, "serve"], cwd=folder, stdout=subprocess.PIPE, stderr=log, text=True)
    assert process.stdout
    found = re.search(r"pages at http://127\.0\.0\.1:(\d+)", process.stdout.readline())
    assert found, (folder / "log").read_text()
    (folder / "people.csv").write_text("address,name\nnginx@example.org,N\ncaddy@example.org,C\n")
    added = [*listserv, "participant", "import", "people.csv", "--yes"]
    subprocess.run(added, cwd=folder, check=True, capture_output=True)
    yield folder, int(found[1])
    process.terminate()
    process.communicate(timeout=PATIENCE)


class Keeper:
    """Answers every request with 200 and keeps its head."""

    def __init__(self) -> None:
        self.heads: list[str] = []
        self._server = socket.create_server(("127.0.0.1", 0))
        self.port = int(self._server.getsockname()[1])
        self._thread = threading.Thread(target=self._run)
        self._thread.start()

    def _run(self) -> None:
        while True:
            connection, _ = self._server.accept()
            with connection:
                head = connection.recv(65536).decode()
                if not head:
                    return
                self.heads.append(head)
                connection.sendall(b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\nConnection: close\r\n\r\nok")

    def close(self) -> None:
        socket.create_connection(("127.0.0.1", self.port)).close()
        self._thread.join()
        self._server.close()


def letter(folder: Path, who: str, words: str) -> str:
    """The mail to them with these words in it."""
    deadline = time.monotonic() + PATIENCE
    while time.monotonic() < deadline:
        for path in (folder / "var" / "mail" / who / "new").glob("*"):
            if words in (text := path.read_text()):
                return text
        time.sleep(0.02)
    raise AssertionError(f"no mail to {who} with {words!r}: {(folder / 'log').read_text()}")


@pytest.mark.parametrize("made", PROXIES)
def test_one_reads_logs_in_and_leaves(
    made: Callable[[Path, int, int, int], list[str]], served: tuple[Path, int], tmp_path: Path
) -> None:
    folder, port = served
    who = f"{made.__name__}@example.org"
    proxy = Proxy(tmp_path, made, port)
    try:
        status, headers, page = proxy.ask("GET", "/")
        assert (status, "A Talk" in page) == (200, True)
        assert headers["strict-transport-security"] == "max-age=31536000"
        status, headers, _ = proxy.ask("GET", "/talk/?a=b", secure=False)
        assert (status, headers["location"]) == (308, f"https://{NAME}/talk/?a=b")

        status, headers, _ = proxy.ask("POST", "/login", f"address={who}&to=/talk/", Sec_Fetch_Site="same-origin")
        assert (status, headers["location"]) == (303, "/login?sent=1")
        (link,) = re.findall(rf"https://{NAME}(/l/\S+)", letter(folder, who, "Your link to log in"))
        assert "<button" in proxy.ask("GET", link)[2]
        status, headers, _ = proxy.ask("POST", link, "")
        assert (status, headers["location"]) == (303, "/talk/")
        cookie, *attributes = headers["set-cookie"].split("; ")
        assert cookie.startswith("__Host-visit=")
        assert {"HttpOnly", "SameSite=lax", "Secure"} <= set(attributes)
        status, headers, page = proxy.ask("GET", "/talk/", Cookie=cookie, Accept_Encoding="gzip, zstd")
        assert ('action="/logout"' in page, "content-encoding" in headers) == (True, False)  # it holds their proof

        (leave,) = re.findall(rf"^List-Unsubscribe: <https://{NAME}(/u/[^>]+)>", letter(folder, who, "Module 1"), re.M)
        status, headers, _ = proxy.ask("POST", leave, "List-Unsubscribe=One-Click", Sec_Fetch_Site="cross-site")
        assert (status, "set-cookie" in headers) == (200, False)
        assert "You have left" in proxy.ask("GET", leave)[2]

        assert proxy.ask("POST", "/login", "to=" + "x" * 70_000)[0] == 413
        assert proxy.ask("GET", "/health")[0] == 200
        written = "".join(path.read_text() for path in tmp_path.glob("*log"))
        assert not re.search(rf"{re.escape(leave[3:20])}|{re.escape(link[3:20])}|{re.escape(who)}", written)
    finally:
        proxy.close()


@pytest.mark.parametrize("made", PROXIES)
def test_what_a_visitor_says_of_himself_goes_no_further(
    made: Callable[[Path, int, int, int], list[str]], tmp_path: Path
) -> None:
    keeper = Keeper()
    proxy = Proxy(tmp_path, made, keeper.port)
    try:
        lies = {"X_Forwarded_For": "198.51.100.7", "Forwarded": "for=198.51.100.7", "X_Forwarded_Host": "evil.example"}
        assert proxy.ask("GET", "/talk/", **lies)[0] == 200
        (head,) = keeper.heads
        assert re.findall(r"(?im)^x-forwarded-for: (.+?)\r$", head) == ["127.0.0.1"]
        assert re.findall(r"(?im)^host: (.+?)\r$", head) == [NAME]
        assert "198.51.100.7" not in head
        assert "evil.example" not in head
    finally:
        proxy.close()
        keeper.close()

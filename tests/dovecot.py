"""A real Dovecot, private to the tests: IMAP in the clear (with STARTTLS) and over TLS, on free ports of the loopback.

    with running() as dovecot:
        dovecot.port, dovecot.tls_port
        box = dovecot.mailbox()              # a new user's; log in with box.user and PASSWORD
        box.put(mail)                        # into INBOX, as an MTA would
        box.mails("Done")                    # what lies in a folder, byte for byte

Its mails and state lie in a folder of its own. Made for Dovecot 2.3 (Debian 12); runs as root or as anybody else.
`missing()` says why it cannot run here. Nothing outlives the tests, also when they are killed.
"""

from __future__ import annotations

import grp
import imaplib
import os
import pwd
import shutil
import socket
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from itertools import count
from pathlib import Path

from tests.ports import reserved

BINARY = Path(shutil.which("dovecot", path=f"{os.environ.get('PATH', '')}:/usr/sbin") or "/usr/sbin/dovecot")
CERTIFICATE = Path(__file__).parent / "edge" / "localhost.pem"  # and its key
PASSWORD = 'päss "word\\'  # what a log-in may have to carry
USERS = 200  # mailboxes of one Dovecot, at most
PATIENCE = 30.0  # seconds; only a failure waits so long

#: Ends Dovecot, all of it and at once, when whoever started it has gone in whatever way: its standard input ends then.
LAST_WILL = """
import os, signal, subprocess, sys
process = subprocess.Popen(sys.argv[1:], stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL, start_new_session=True)
sys.stdin.read()
os.killpg(process.pid, signal.SIGKILL)
process.wait()
"""


def missing() -> str:
    if BINARY.exists() and Path("/usr/lib/dovecot/imap").exists():
        return ""
    return "Dovecot is not installed (Debian: apt-get install dovecot-imapd); .ci/run does it"


class Dovecot:
    def __init__(self, folder: Path, extra: str) -> None:
        self.folder = folder
        self.port, self.tls_port = reserved(), reserved()
        self._process: subprocess.Popen[str] | None = None
        self._users = count(1)
        # All at once: Dovecot does not see at once what is added.
        users = "".join(f"dialogue{i}:{{PLAIN}}{PASSWORD}\n" for i in range(1, USERS + 1))
        (folder / "users").write_text(users, encoding="utf-8")
        (folder / "dovecot.conf").write_text(self._configuration() + extra)

    def _configuration(self) -> str:
        """Dovecot serves no mail to root; for anybody else everything runs as whoever they are, without chroot."""
        root = os.geteuid() == 0
        own = pwd.getpwuid(os.geteuid()).pw_name
        other = pwd.getpwnam("nobody" if root else own)
        mail = self.folder / "mail"
        mail.mkdir()
        if root:
            self.folder.chmod(0o711)
            os.chown(mail, other.pw_uid, other.pw_gid)
        return f"""
base_dir = {self.folder}/run
state_dir = {self.folder}/state
log_path = {self.folder}/log
protocols = imap
listen = 127.0.0.1
default_login_user = {other.pw_name}
default_internal_user = {other.pw_name}
default_internal_group = {grp.getgrgid(other.pw_gid).gr_name}
first_valid_uid = 1
first_valid_gid = 1
ssl = yes
ssl_cert = <{CERTIFICATE}
ssl_key = <{CERTIFICATE}
mail_location = maildir:~/maildir
mail_fsync = never
auth_failure_delay = 0
passdb {{
  driver = passwd-file
  args = {self.folder}/users
}}
userdb {{
  driver = static
  args = uid={other.pw_uid} gid={other.pw_gid} home={mail}/%u
}}
service imap-login {{
  inet_listener imap {{
    port = {self.port}
  }}
  inet_listener imaps {{
    port = {self.tls_port}
  }}
  {"" if root else "chroot ="}
}}
service anvil {{
  unix_listener anvil-auth-penalty {{
    mode = 0
  }}
  {"" if root else "chroot ="}
}}
service stats {{
  {"" if root else "chroot ="}
}}
service auth {{
  user = {own}
}}
service auth-worker {{
  user = {own}
}}
"""

    def start(self) -> None:
        command = [sys.executable, "-c", LAST_WILL, str(BINARY), "-F", "-c", str(self.folder / "dovecot.conf")]
        self._process = subprocess.Popen(command, stdin=subprocess.PIPE, text=True)
        deadline = time.monotonic() + PATIENCE
        while not self._greets():
            assert time.monotonic() < deadline, self.log
            time.sleep(0.02)

    def _greets(self) -> bool:
        try:
            with socket.create_connection(("127.0.0.1", self.port), timeout=PATIENCE) as one:
                return one.recv(4) == b"* OK"
        except OSError:
            return False

    def stop(self) -> None:
        """As a power failure does."""
        process, self._process = self._process, None
        if process is not None:
            process.communicate("", timeout=PATIENCE)

    @property
    def log(self) -> str:
        path = self.folder / "log"
        return path.read_text(errors="replace") if path.exists() else ""

    def mailbox(self) -> Box:
        """A new user's, with nothing in it."""
        number = next(self._users)
        assert number <= USERS
        return Box(self, f"dialogue{number}")


class Box:
    """What a person sees of the mailbox in a mail program; each call is a connection of its own."""

    def __init__(self, dovecot: Dovecot, user: str) -> None:
        self.dovecot, self.user = dovecot, user

    @property
    def files(self) -> Path:
        return self.dovecot.folder / "mail" / self.user / "maildir"

    @contextmanager
    def imap(self) -> Iterator[imaplib.IMAP4]:
        with imaplib.IMAP4("127.0.0.1", self.dovecot.port) as client:
            client.authenticate("PLAIN", lambda _: f"\0{self.user}\0{PASSWORD}".encode())
            yield client

    def put(self, *mails: bytes, folder: str = "INBOX") -> None:
        with self.imap() as client:
            for mail in mails:
                assert client.append(folder, None, None, mail)[0] == "OK", self.dovecot.log

    def mails(self, folder: str = "INBOX") -> list[bytes]:
        """In order; [] also if there is no such folder."""
        with self.imap() as client:
            if client.select(folder, readonly=True)[0] != "OK":
                return []
            parts = client.uid("FETCH", "1:*", "(BODY.PEEK[])")[1]
            return [part[1] for part in parts if isinstance(part, tuple)]

    def count(self, folder: str = "INBOX") -> int:
        """How many lie in a folder, unread."""
        with self.imap() as client:
            client.select(folder, readonly=True)
            return len(client.uid("SEARCH", "ALL")[1][0].split())

    def do(self, *command: str, folder: str | None = None) -> None:
        """Like do("delete", "Papers"), or with a folder selected do("uid", "EXPUNGE", "3")."""
        with self.imap() as client:
            if folder:
                client.select(folder)
            answer = getattr(client, command[0])(*command[1:])
            assert answer[0] == "OK", answer


@contextmanager
def running(extra: str = "") -> Iterator[Dovecot]:
    """`extra`: more lines of dovecot.conf."""
    folder = Path(tempfile.mkdtemp(prefix="listserv-dovecot-"))  # short: it names sockets; and pytest's are closed
    dovecot = Dovecot(folder, extra)
    try:
        dovecot.start()
        yield dovecot
    finally:
        dovecot.stop()
        shutil.rmtree(folder, ignore_errors=True)

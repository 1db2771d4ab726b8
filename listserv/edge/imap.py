"""A connection to an IMAP server (RFC 3501, RFC 9051): opened, secured, logged in; what keeps it from that in words.

`connected(account)` is the whole of it. Blocking, for one thread. Raises Trouble, which says what is wrong and what
to do, and quotes neither the server nor a secret: servers repeat what they were told.
"""

from __future__ import annotations

import logging
import selectors
import socket
import ssl
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass
from typing import Any, Literal

from imapclient import IMAPClient, SocketTimeout
from imapclient.exceptions import IMAPClientAbortError, IMAPClientError, LoginError

# At DEBUG it would write every command with its log-in, and all mail.
logging.getLogger("imapclient").setLevel(logging.WARNING)

TIMEOUT = SocketTimeout(connect=20, read=60)  # seconds; read: of silence, not of a whole answer


class Trouble(Exception):
    """The mailbox cannot be used now. The message says why, and what to do."""


class Denied(Trouble):
    """The log-in is refused. Who asks often is locked out."""


class Stuck(Trouble):
    """The connection is good, but some mails cannot be moved."""


class Unfetched(Exception):
    """The server does not hand this mail over; `why` may be a sentence.Sentence."""

    def __init__(self, why: str) -> None:
        super().__init__(why)
        self.why = why


@dataclass(frozen=True, slots=True)
class Account:
    """`login` gives user and password, anew at each connection; it may raise Trouble.

    tls: "implicit" and "starttls" verify the certificate unless `tls_context` says otherwise; "none" is for loopback.
    """

    host: str
    port: int
    tls: Literal["implicit", "starttls", "none"]
    login: Callable[[], tuple[str, str]]
    folder: str
    done: str
    quarantine: str = "Quarantine"
    tls_context: ssl.SSLContext | None = None

    @property
    def place(self) -> str:
        return f"{self.host}:{self.port}"


class Client(IMAPClient):
    """What imapclient keeps to itself and we need."""

    def offers(self) -> frozenset[bytes]:
        """The server's capabilities, asked anew: they change with TLS and log-in (RFC 9051 §6.1.1)."""
        return frozenset(self._imap.capability()[1][0].upper().split())

    def passing(self) -> tuple[int | None, int]:
        """What the server has said in passing since this was last asked: EXISTS, and how often EXPUNGE."""
        exists, expunged = (self._imap.response(word)[1] for word in ("EXISTS", "EXPUNGE"))
        return exists[-1] and int(exists[-1]), sum(one is not None for one in expunged)

    def _poll_socket(self, sock: Any, timeout: float | None = None) -> bool:
        # Asked before each read of IDLE's news: we have polled ourselves, and some may already be in the reader's
        # buffer, where the socket does not show it.
        return True


def connected(account: Account) -> Client:
    """Logged in, nothing selected. Raises Trouble."""
    client: Client | None = None
    try:
        client = _opened(account)
        if account.tls == "starttls":
            _secure(client, account)
        _log_in(client, account)
        return client
    except (IMAPClientError, OSError, Trouble) as error:
        if client is not None:
            with suppress(IMAPClientError, OSError):
                client.shutdown()
        raise error if isinstance(error, Trouble) else Trouble(_why(error, account)) from None


def _opened(account: Account) -> Client:
    implicit = account.tls == "implicit"
    context = _context(account) if implicit else None
    return Client(account.host, account.port, ssl=implicit, ssl_context=context, timeout=TIMEOUT)


def _secure(client: Client, account: Account) -> None:
    if b"STARTTLS" not in client.offers():
        raise Trouble(f'{account.place} offers no STARTTLS; set intake.imap.tls = "implicit" and its port')
    client.starttls(_context(account))


def _context(account: Account) -> ssl.SSLContext:
    return account.tls_context or ssl.create_default_context()


def _log_in(client: Client, account: Account) -> None:
    user, password = account.login()
    offers = client.offers()
    try:
        if b"AUTH=PLAIN" in offers:  # unlike LOGIN it takes any letters (RFC 4616 §2)
            client.plain_login(user, password)
        elif b"LOGINDISABLED" in offers:  # RFC 9051 §6.2.3
            raise Trouble(f'{account.place} takes no passwords like this; set intake.imap.tls = "implicit"')
        else:
            client.login(user, password)
    except LoginError as error:
        if isinstance(error.__context__, IMAPClientAbortError):  # not refused: the connection was lost
            raise error.__context__ from None
        if "[UNAVAILABLE]" in str(error).upper():  # RFC 5530 §3
            raise Trouble(f"{account.place} cannot check passwords just now; it is tried again") from None
        raise Denied(f"{account.place} refuses the log-in; check user and password in [intake.imap]") from None
    except UnicodeError:
        raise Trouble(f"{account.place} takes ASCII passwords only; give this mailbox one without accents") from None


def _why(error: Exception, account: Account) -> str:
    """What kept us from talking to the server."""
    match error:
        case ssl.SSLCertVerificationError():
            return (
                f"the certificate of {account.place} cannot be trusted ({error.verify_message}); "
                "write the name that stands in it into intake.imap.host, or add its issuer to this machine's"
            )
        case ssl.SSLError():
            return f"{account.place} speaks another kind of TLS; check intake.imap.tls and intake.imap.port"
        case socket.gaierror():
            return f"the name {account.host} is not known; check intake.imap.host"
        case TimeoutError():
            return f"{account.place} does not answer; check intake.imap.host and port, and tls"
        case OSError():
            return f"{account.place} cannot be reached ({error.strerror}); check intake.imap.host and port"
    return f"{account.place} is no IMAP server, or takes no connections now; check intake.imap.port and tls"


def ready(seconds: float, *wires: socket.socket) -> list[object]:
    """Those with something to read, or closed by the other side; waits so long for the first. Any number of files."""
    with selectors.DefaultSelector() as selector:
        for wire in wires:
            selector.register(wire, selectors.EVENT_READ)
        return [key.fileobj for key, _ in selector.select(max(0.0, seconds))]

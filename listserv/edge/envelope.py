"""What one mail transaction is made of, and what a client may say in MAIL and RCPT.

Input: the argument of the command as text (UTF-8, undecodable bytes as surrogates). Output: plain values.
Everything here is pure: no socket, no clock, no judgement of who may write to whom.
Raises `Refused` with the reply to send; never anything else for any text.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Literal


class StoreUnavailable(Exception):
    """Raised by `accept` when the store cannot take a mail now; the client is told 451 4.3.0 and tries again."""


@dataclass(frozen=True, slots=True)
class Transaction:
    """One mail as it came over the wire.

    `sender` is "" for the null sender `<>` (RFC 5321 §4.5.5). `recipients` holds each accepted recipient once, in
    order; `postmaster` may stand without a domain (§4.5.1). `content` is CRLF lines without the final dot, dots
    unstuffed, otherwise byte for byte. `protocol` is "smtp" or "lmtp".
    """

    sender: str
    recipients: tuple[str, ...]
    content: bytes
    protocol: str


@dataclass(frozen=True, slots=True)
class Limits:
    """What a client may ask of us; each has its own reply.

    `commands` and `errors` (unknown, malformed or misplaced commands) are counted since the last mail we took, so a
    connection that delivers may stay for ever. A recipient we accept does not count: `recipients` bounds those.
    """

    size: int = 25 * 2**20  # octets of a mail, dots unstuffed (RFC 1870 §5) -> 552 5.3.4
    line: int = 65536  # octets of a line of content with its CRLF; 1,000 would lose real mail -> 500 5.5.2
    hops: int = 50  # Received lines (RFC 5321 §6.3; Postfix's hopcount_limit) -> 554 5.4.6
    recipients: int = 100  # of one mail; never less than 100 in earnest (RFC 5321 §4.5.3.1.8) -> 452 4.5.3
    idle: float = 300  # seconds without a command, or without a byte of content (§4.5.3.2.7) -> 421 4.4.2
    patience: float = 600  # seconds for the content of a mail (§4.5.3.2.6), and one more for each `pace` -> 421 4.4.2
    pace: int = 500  # octets (Postfix's smtpd_min_data_rate)
    commands: int = 200  # -> 421 4.7.0
    errors: int = 20  # -> 421 4.7.0
    connections: int = 1000  # beyond it whoever has most gives way (edge/crowd) -> 421 4.3.2
    memory: int = 256 * 2**20  # octets of all mails on their way in at once -> 452 4.3.1


@dataclass(frozen=True, slots=True)
class Refusal:
    """A negative reply: `Refusal(550, "5.1.1", "no such dialogue address")` (RFC 5321 §4.2, RFC 3463)."""

    code: int
    status: str
    text: str

    def __str__(self) -> str:
        return f"{self.code} {self.status} {self.text}"


class Endless(Exception):
    """A client goes on for ever with one line or one mail: it is hung up on."""


class Refused(Exception):
    """A command is answered with `refusal`, and the conversation goes on."""

    def __init__(self, code: int, status: str, text: str) -> None:
        super().__init__(code, status, text)
        self.refusal = Refusal(code, status, text)


# RFC 5321 §4.1.2 with RFC 6531 §3.3 (any non-ASCII character), and dots anywhere, as real senders have them. A
# control character fits nowhere: not even behind a backslash.
_WORD = r"[A-Za-z0-9!#$%&'*+/=?^_`{|}~.\-\u0080-\U0010ffff]+"
_QUOTED = r'"(?:[ !#-\[\]-~\u0080-\U0010ffff]|\\[ -~])*"'
_DOMAIN = r"[A-Za-z0-9_.\-\u0080-\U0010ffff]+|\[[!-Z^-~]+\]"
_ROUTE = r"@[^\s<>@:,]+(?:,@[^\s<>@:,]+)*:"
_PATH = re.compile(rf"<(?:{_ROUTE})?(?P<local>{_WORD}|{_QUOTED})@(?P<domain>{_DOMAIN})>(?P<rest>.*)", re.DOTALL)
_NULL = re.compile(r"<>(?P<rest>.*)", re.DOTALL)
_POSTMASTER = re.compile(r"<postmaster>(?P<rest>.*)", re.DOTALL | re.IGNORECASE)
_PARAMETER = re.compile(r"(?P<key>[A-Za-z0-9][A-Za-z0-9-]*)(?:=(?P<value>[!-<>-~]+))?")
_JOINERS = str.maketrans("", "", "\u200c\u200d")  # invisible, but part of Persian and Indic spelling


def read_sender(argument: str, size_limit: int) -> tuple[str, bool]:
    """The address in `MAIL` + argument ("" for `<>`), and whether SMTPUTF8 was asked for (RFC 6531 §3.4)."""
    address, parameters = _read("FROM", argument)
    for key, value in parameters.items():
        if key == "SIZE":
            if not value.isdigit() or len(value) > 20:  # RFC 1870 §3
                raise Refused(501, "5.5.4", "SIZE takes a number of octets")
            if int(value) > size_limit:
                raise too_large(size_limit)
        elif key == "BODY":
            if value.upper() not in ("7BIT", "8BITMIME"):  # RFC 6152 §2
                raise Refused(501, "5.5.4", "BODY is 7BIT or 8BITMIME")
        elif key == "SMTPUTF8":
            if value:
                raise Refused(501, "5.5.4", "SMTPUTF8 takes no value")
        else:
            raise _unknown_parameter()
    utf8 = "SMTPUTF8" in parameters
    _ascii_unless(utf8, address)
    return address, utf8


def read_recipient(argument: str, utf8: bool) -> str:
    """The address in `RCPT` + argument. `utf8`: SMTPUTF8 was asked for in MAIL."""
    address, parameters = _read("TO", argument)
    if parameters:
        raise _unknown_parameter()
    _ascii_unless(utf8, address)
    return address


def too_large(limit: int) -> Refused:
    return Refused(552, "5.3.4", f"the mail is larger than {limit} octets")


def _read(keyword: Literal["FROM", "TO"], argument: str) -> tuple[str, dict[str, str]]:
    """Address and parameters (names in capitals, "" without a value) of `KEYWORD:<path> parameters`."""
    path = argument[len(keyword) + 1 :].lstrip(" ")
    if argument[: len(keyword) + 1].upper() != f"{keyword}:" or not path.startswith("<"):
        raise Refused(501, "5.5.4", f"write {keyword}:<address>")
    match = (_NULL if keyword == "FROM" else _POSTMASTER).match(path)
    if match is not None:
        address = "" if keyword == "FROM" else "postmaster"
    else:
        match = _PATH.match(path)
        if match is None or not match[0].translate(_JOINERS).isprintable():
            # RFC 3463 §3.2: .7 is the sender's syntax, .3 the recipient's.
            raise Refused(553, "5.1.7" if keyword == "FROM" else "5.1.3", "this is not a mail address")
        address = f"{_unquoted(match['local'])}@{match['domain']}"  # a source route is ignored: RFC 5321 app. C
    parameters: dict[str, str] = {}
    rest: str = match["rest"]
    for word in rest.split():
        parameter = _PARAMETER.fullmatch(word)
        if parameter is None or rest[0] != " " or parameter["key"].upper() in parameters:
            raise Refused(501, "5.5.4", f"write {keyword}:<address> and then the parameters, each once")
        parameters[parameter["key"].upper()] = parameter["value"] or ""
    return address, parameters


def _unquoted(local: str) -> str:
    """`"anna"` means `anna` (RFC 5321 §4.1.2); what needs its quotes keeps them."""
    if local.startswith('"'):
        inner = re.sub(r"\\(.)", r"\1", local[1:-1])
        return inner if re.fullmatch(_WORD, inner) else local
    return local


def _ascii_unless(utf8: bool, address: str) -> None:
    if not utf8 and not address.isascii():
        raise Refused(553, "5.6.7", "this address needs SMTPUTF8 in MAIL")  # RFC 6531 §3.5


def _unknown_parameter() -> Refused:
    return Refused(555, "5.5.4", "a parameter we do not know")

"""DKIM signatures for what we send (RFC 6376): a key, a header block and a body's hash in, header lines out.

`body_hash` reads a body once for all copies of it; `sign` then costs one header block and one private-key operation.
relaxed/relaxed; SHA-256; RSA of 2048 bits or more (RFC 8301 §3.1, §3.2), Ed25519 beside it (RFC 8463). Never l= (text
could be added), never x=. Every field that says who speaks, to whom, about what, and how to leave is covered; those
whose addition would deceive are named once more than they stand there, so that adding one breaks the signature
(RFC 6376 §5.4, §8.15).

Bytes may have any line ends: what is signed is the mail as it goes over the wire, before dot-stuffing. Reads no file
and no clock, asks no DNS. Raises ValueError, saying what is wrong and what to do.
"""

from __future__ import annotations

import re
from base64 import b64encode
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime
from functools import lru_cache
from hashlib import sha256
from typing import TypeAlias

from cryptography.exceptions import UnsupportedAlgorithm
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from cryptography.hazmat.primitives.asymmetric.padding import PKCS1v15
from cryptography.hazmat.primitives.asymmetric.rsa import RSAPrivateKey
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.serialization import (
    Encoding,
    NoEncryption,
    PrivateFormat,
    PublicFormat,
    load_pem_private_key,
)

from listserv.core.mail.wire import to_lines

Private: TypeAlias = RSAPrivateKey | Ed25519PrivateKey

LEAST, MOST = 2048, 4096  # bits of an RSA key: RFC 8301 §3.2; verifiers need not take longer ones
_LINE = 78

#: Signed wherever they stand; every Content-* and List-* as well.
COVERED = frozenset(
    b"from sender to cc subject date message-id reply-to in-reply-to references mime-version auto-submitted".split()
)
#: Named once more than they stand there, even where they do not stand at all: nobody can add one.
SEALED = (
    *(b"from", b"to", b"cc", b"subject", b"date", b"message-id", b"reply-to"),
    *(b"list-unsubscribe", b"list-unsubscribe-post"),  # RFC 8058 §4: both must be covered
)
#: The same, but only where they stand: a second one would have the body read otherwise.
SEALED_WHERE_PRESENT = frozenset((b"mime-version", b"content-type", b"content-transfer-encoding"))

_NAME = re.compile(rb"[!-9;-~]+")


@dataclass(frozen=True, slots=True)
class Key:
    """What signs for `domain` (d=, ASCII) under `selector` (s=). `Key.read` makes one from a PEM text."""

    domain: str
    selector: str
    private: Private = field(repr=False)

    @classmethod
    def read(cls, domain: str, selector: str, pem: bytes) -> Key:
        """Raises ValueError for what is no private key, needs a passphrase, is of another kind, or is weak."""
        try:
            private = load_pem_private_key(pem, None)
        except TypeError:
            raise ValueError("the key needs a passphrase; store it without one, readable by its owner only") from None
        except (ValueError, UnsupportedAlgorithm):
            raise ValueError("not a private key in PEM form; make one with: listserv dkim new") from None
        if not isinstance(private, Private):
            raise ValueError("a key of another kind; make an RSA or Ed25519 one with: listserv dkim new")
        if isinstance(private, RSAPrivateKey) and not LEAST <= private.key_size <= MOST:
            what = f"an RSA key of {private.key_size} bits, where receivers take {LEAST} to {MOST}"
            raise ValueError(f"{what}; make one with: listserv dkim new")
        return cls(domain, selector, private)

    @property
    def algorithm(self) -> str:
        return "rsa-sha256" if isinstance(self.private, RSAPrivateKey) else "ed25519-sha256"

    @property
    def pem(self) -> bytes:
        """PKCS #8, without a passphrase."""
        return self.private.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption())

    @property
    def record_name(self) -> str:
        """Where DNS must have the record (RFC 6376 §3.6.2.1)."""
        return f"{self.selector}._domainkey.{self.domain}"

    @property
    def record(self) -> str:
        """What DNS must say there, as TXT (RFC 6376 §3.6.1, RFC 8463 §4)."""
        public = self.private.public_key()
        if isinstance(self.private, RSAPrivateKey):
            return f"v=DKIM1; k=rsa; p={_text(public.public_bytes(Encoding.DER, PublicFormat.SubjectPublicKeyInfo))}"
        return f"v=DKIM1; k=ed25519; p={_text(public.public_bytes(Encoding.Raw, PublicFormat.Raw))}"

    def signature(self, signed: bytes) -> bytes:
        """Of the canonical header fields. Ed25519 signs their SHA-256 (RFC 8463 §3)."""
        if isinstance(self.private, RSAPrivateKey):
            return self.private.sign(signed, PKCS1v15(), SHA256())
        return self.private.sign(sha256(signed).digest())


def strings(record: str) -> tuple[str, ...]:
    """The record as the character-strings of one TXT record, none beyond 255 octets (RFC 1035 §3.3)."""
    return tuple(record[start : start + 255] for start in range(0, len(record), 255))


def relaxed_body(body: bytes) -> bytes:
    """The body as "relaxed" sees it (RFC 6376 §3.4.4), CRLF line ends. 10 MB of anything take well below a second."""
    body = _single_spaced(to_lines(body) + b"\n").replace(b" \n", b"\n").rstrip(b"\n")
    return body.replace(b"\n", b"\r\n") + b"\r\n" if body else b""


def body_hash(body: bytes) -> bytes:
    """bh= of a body: base64 of its SHA-256. The same for all copies that share it."""
    return b64encode(sha256(relaxed_body(body)).digest())


def relaxed_fields(head: bytes) -> list[tuple[bytes, bytes]]:
    """Each header field by its name in lower case, as "relaxed" sees it, without CRLF (RFC 6376 §3.4.2)."""
    unfolded = to_lines(head).removesuffix(b"\n").replace(b"\n ", b" ").replace(b"\n\t", b" ")
    return [_relaxed(line) for line in unfolded.split(b"\n")]


@lru_cache(maxsize=1024)  # most lines of a copy are those of all others
def _relaxed(line: bytes) -> tuple[bytes, bytes]:
    name, colon, value = line.partition(b":")
    name = name.rstrip(b" \t").lower()
    if not colon or not _NAME.fullmatch(name):
        raise ValueError("a header line that is none")
    return name, name + b":" + _single_spaced(value).strip(b" ")


def _single_spaced(text: bytes) -> bytes:
    """Each run of blanks and tabs as one blank. A round halves all runs; a regular expression is far slower."""
    text = text.replace(b"\t", b" ")
    while b"  " in text:
        text = text.replace(b"  ", b" ")
    return text


def sign(keys: Sequence[Key], head: bytes, bh: bytes, at: datetime) -> bytes:
    """The DKIM-Signature lines to be put before `head`, one for each key, each ended by CRLF.

    `head`: header lines without the blank line that ends them. `bh`: `body_hash` of its body. `at`: aware; when it was
    signed (t=). Raises ValueError for a head that is broken, or without exactly one From (RFC 6376 §5.4).
    """
    # From below: h= names the lowest first where a field stands several times (RFC 6376 §5.4.2).
    fields = [one for one in reversed(relaxed_fields(head)) if _covered(one[0])]
    names = tuple([name for name, _ in fields])
    if names.count(b"from") != 1:
        raise ValueError(f"{names.count(b'from')} From fields")
    above = b"\r\n".join([line for _, line in fields])
    signed = []
    for key in keys:
        start, canonical = _unsigned(key.domain, key.selector, key.algorithm, names, bh, int(at.timestamp()))
        signed.append(start + _folded(b64encode(key.signature(above + b"\r\n" + canonical))))
    return b"".join(signed)


def _covered(name: bytes) -> bool:
    return name in COVERED or name.startswith((b"content-", b"list-"))


@lru_cache(maxsize=256)
def _unsigned(
    domain: str, selector: str, algorithm: str, names: tuple[bytes, ...], bh: bytes, at: int
) -> tuple[bytes, bytes]:
    """The field up to its empty b=: as it is written, and as it is signed (RFC 6376 §3.5, §3.7)."""
    sealed = SEALED + tuple(name for name in names if name in SEALED_WHERE_PRESENT)
    tags = (b"v=1;", f"a={algorithm};".encode(), b"c=relaxed/relaxed;", f"d={domain};".encode())
    first, *rest = (*names, *sealed)
    words = [b" " + tag for tag in (*tags, f"s={selector};".encode(), b"t=%d;" % at, b"h=" + first)]
    lines = [b"DKIM-Signature:"]
    for word in (*words, *(b":" + name for name in rest), b";"):
        # A colon or semicolon stays on the line it ends.
        mark, word = (word[:1], word[1:]) if word[:1] in b":;" else (b"", word)
        lines[-1] += mark
        if word and len(lines[-1]) + len(word) > _LINE - 2:
            lines.append(b" " + word.lstrip(b" "))
        else:
            lines[-1] += word
    written = b"\r\n".join((*lines, b" bh=" + bh + b";", b" b="))
    ((_, canonical),) = relaxed_fields(written)
    return written, canonical


def _folded(value: bytes) -> bytes:
    first = _LINE - len(" b=") - 1
    lines = [value[:first], *(value[at : at + _LINE - 2] for at in range(first, len(value), _LINE - 2))]
    return b"\r\n ".join(lines) + b"\r\n"


def _text(octets: bytes) -> str:
    return b64encode(octets).decode("ascii")

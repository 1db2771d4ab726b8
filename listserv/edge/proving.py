"""Who wrote a mail: what our own host says of it and, where asked for, its DKIM signatures verified here.

A `Prover` is the `prove` of steps/intake.Reading. It runs in the thread that processes mail, never before a 250, and
never fails: whatever cannot be found out is level "none", with the reason in words. What counts is decided in
core/mail/authentication; here are the sums and the looking up, bounded:

- at most SIGNATURES of a mail are looked at, and mails up to SIZE; keys are waited for SECONDS a mail in all;
- a key that cannot be had now is not asked for again for PATIENCE seconds; what was found is kept as long as DNS says.

Only signatures with the author's domain, of the whole text and covering From, cost a look-up at all.
"""

from __future__ import annotations

import base64
import hashlib
import logging
import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from time import monotonic
from typing import Final

import dkim
import dns.exception
import dns.rdatatype
import dns.resolver
from dns.rdtypes.ANY.TXT import TXT

from listserv.core.mail import authentication, identity, inmail
from listserv.core.mail.authentication import UNPROVEN, Proof
from listserv.core.mail.identity import Mailbox
from listserv.core.mail.inmail import InboundMail
from listserv.core.mail.level import Level
from listserv.core.sentence import Sentence

SIGNATURES: Final = 5
SIZE: Final = 8 * 2**20  # octets
SECONDS: Final = 2.0
PATIENCE: Final = 60.0
LONGEST_SIGNATURE: Final = 8 * 1024  # octets of the header
LONGEST_KEY: Final = 1000  # characters of the record: RSA with 4096 bits (RFC 8301 §3.2) has 750

#: The key record under that name: "" = there is none, None = not to be had within so many seconds.
Keys = Callable[[str, float], str | None]

_QUIET = logging.Logger("dkim", logging.CRITICAL + 1)  # the library's would write names of others into our log
_CHANGED = Sentence("its signature does not fit: it was changed on its way, or is forged")
_UNSIGNED = Sentence("it is not signed")
_BARE_CR = re.compile(rb"\r(?!\n)|\0")


@dataclass(frozen=True, slots=True)
class Prover:
    """`trusted`: by protocol, whose Authentication-Results we believe ("" or missing: nobody's for mail that came so).

    `keys`: None = signatures are not verified here.
    """

    trusted: Mapping[str, str]
    keys: Keys | None = None

    def __call__(self, raw: bytes, mail: InboundMail, protocol: str) -> Proof:
        trusted_id = self.trusted.get(protocol, "")
        if not trusted_id and self.keys is None:
            return UNPROVEN
        if mail.author is None:
            return Proof(says=Sentence("From is not exactly one clean address."))
        proof = UNPROVEN
        if trusted_id:
            proof = authentication.by_results(mail.authentication_results, trusted_id, mail.author.address)
        if self.keys is None or proof.refuted or proof.level is not Level.NONE:
            return proof
        return by_signature(raw, mail.author, self.keys)


def by_signature(raw: bytes, author: Mailbox, keys: Keys) -> Proof:
    """What the DKIM signatures of a mail prove of its author."""
    domain = identity.domain_of(author.address)
    try:
        flaw = _flaw(raw, author, keys)
    except Exception:  # any: the mail is a stranger's, and the library raises what it likes
        flaw = Sentence("its signature cannot be read")
    if flaw:
        return Proof(says=Sentence("Nothing proves that it comes from %(domain)s: %(flaw)s.", domain=domain, flaw=flaw))
    return Proof(Level.DKIM, says=Sentence("It bears a valid signature of %(domain)s.", domain=domain))


def _flaw(raw: bytes, author: Mailbox, keys: Keys) -> str:
    """Why no signature proves the author; "" if one does. The reason of the one that came nearest: the last."""
    if len(raw) > SIZE:
        return Sentence("it is too large to be checked")
    if _BARE_CR.search(raw):  # ends a line for some readers and not for others: they would not read the same mail
        return Sentence("it can be read in two ways")
    signed = dkim.DKIM(raw, logger=_QUIET)
    authors = [value for name, value in signed.headers if name.lower() == b"from"]
    if len(authors) != 1 or inmail.read(b"From:" + authors[0] + b"\r\n").author != author:
        return Sentence("its author can be read in two ways")
    values = [value for name, value in signed.headers if name.lower() == b"dkim-signature"][:SIGNATURES]
    hashes: dict[bool, bytes] = {}
    flaw: str = _UNSIGNED
    until = monotonic() + SECONDS
    for index, value in enumerate(values):
        signature = authentication.tags(value.decode("ascii", "replace")) if len(value) <= LONGEST_SIGNATURE else {}
        found = authentication.signature_flaw(signature, author.address)
        if not found:
            relaxed = signature.get("c", "").endswith("/relaxed")
            if relaxed not in hashes:
                hashes[relaxed] = body_hash(signed.body, relaxed)
            found = _verified(signed, index, hashes[relaxed], keys, until)
        if not found:
            return ""
        if flaw is _UNSIGNED or "another domain" not in found:
            flaw = found
    return flaw


def body_hash(body: bytes, relaxed: bool) -> bytes:
    """The hash of the canonical body (RFC 6376 §3.4.3-4): the library's way takes quadratic time on blanks."""
    if relaxed:
        body = body.replace(b"\t", b" ")
        while b"  " in body:
            body = body.replace(b"  ", b" ")
        body = body.replace(b" \r\n", b"\r\n")
    body = body.rstrip(b"\r\n") + b"\r\n"  # a line end alone is none of the text's: there is no bare one
    if relaxed and body == b"\r\n":
        body = b""
    return hashlib.sha256(body).digest()


def _verified(signed: dkim.DKIM, index: int, body_hash: bytes, keys: Keys, until: float) -> str:
    """Why that signature is not valid; "" if it is."""
    said: list[str] = []

    def record(name: bytes, timeout: float = 0) -> str:
        found = keys(name.decode("ascii"), max(0.0, until - monotonic()))
        if found is None:
            said.append(Sentence("the key of its signature could not be looked up"))
        elif flaw := Sentence("its key is too long") if len(found) > LONGEST_KEY else authentication.key_flaw(found):
            said.append(flaw)
        return "" if said else found or ""

    try:
        signature, covered, headers = signed.verify_headerprep(index)
        if base64.b64decode(signature.pop(b"bh")) != body_hash:  # taken out, it is not looked at again
            return _CHANGED
        valid = signed.verify_sig(signature, covered, headers[index], record)
    except dkim.KeyFormatError:
        valid = False
        if 0 < signed.keysize < signed.minkey:
            said.append(Sentence("the key of its signature is too short to be safe"))
    except (dkim.ValidationError, ValueError):  # the latter is PyNaCl's, of keys and signatures of a wrong length
        valid = False
    return "" if valid else next(iter(said), _CHANGED)


class Dns:
    """Key records from DNS, kept as long as they say. `resolver`: the system's, unless given."""

    def __init__(self, resolver: dns.resolver.Resolver | None = None) -> None:
        self._resolver = resolver
        self._failed: dict[str, float] = {}  # by name, until when it is not asked for again

    def __call__(self, name: str, seconds: float) -> str | None:
        now = monotonic()
        if self._failed.get(name, 0.0) > now or seconds <= 0:
            return None
        try:
            return self._ask(name, seconds)
        except (dns.resolver.NXDOMAIN, dns.resolver.NoAnswer):
            return ""
        except (dns.exception.DNSException, OSError, UnicodeError):
            self._failed = {one: until for one, until in self._failed.items() if until > now}
            self._failed[name] = now + PATIENCE
            return None

    def _ask(self, name: str, seconds: float) -> str:
        if self._resolver is None:
            self._resolver = dns.resolver.Resolver()
        if self._resolver.cache is None:
            self._resolver.cache = dns.resolver.LRUCache(1000)
        answer = self._resolver.resolve(name, dns.rdatatype.TXT, search=False, lifetime=seconds)
        records = [b"".join(one.strings).decode("ascii", "replace") for one in answer if isinstance(one, TXT)]
        # RFC 6376 §3.6.2.2: several are undefined; what is no key may stand beside one.
        found = [record for record in records if "p" in authentication.tags(record)]
        return found[0] if len(found) == 1 else ""


def prover(smtp: str, imap: str, verify_dkim: bool) -> Prover:
    """The Prover of a site, from its settings: whose results it believes for mail handed over, and for a mailbox's.

    A mail piped in comes from the host that also speaks to our receiver.
    """
    trusted = {"smtp": smtp, "lmtp": smtp, "pipe": smtp, "imap": imap}
    return Prover(trusted, Dns() if verify_dkim else None)

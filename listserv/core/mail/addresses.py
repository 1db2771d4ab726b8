"""The addresses and tokens we own: how they are built, and what one that comes back means.

Answers: which address has this role (SLUG@, SLUG-owner@, SLUG-bounces+TOKEN@ …), and whom and what an address names.
Inputs: the mail domain, the site's secret, ids. Never reads a table: a good token says only that we once issued it;
whether what it names still exists, has lapsed or was used is the caller's question.

A token is base32, lower case, unpadded, of a 6-byte id and the first 10 bytes of HMAC-SHA256 over purpose, slug and id:
26 characters, so that a local part stays within 64 octets (RFC 5321 §4.5.3.1.1) with the longest slug, and survives
systems that change case. It holds ids only, never an address.

Raises ValueError for what a caller must not pass: an id out of range, a slug that is none, a secret too short.
"""

from __future__ import annotations

import base64
import hmac
import re
from binascii import Error as Base32Error
from collections.abc import Sequence
from dataclasses import dataclass
from enum import StrEnum

from listserv.core.mail.tokens import Tokens

_SLUG = re.compile(r"[a-z0-9]{2,20}")
_RANDOM = re.compile(r"[a-z0-9]{16,32}")  # a random token as callers make them
_LOCAL = re.compile(r"(?P<slug>[a-z0-9]{2,20})(?:-(?P<role>[a-z]+))?(?:\+(?P<token>[a-z0-9]+))?")
_ID_BYTES = 6
_MAC_BYTES = 10
_TOKEN_LENGTH = 26


class Role(StrEnum):
    """What an address is for. The value stands in the address, but for DIALOGUE and REPLY, which have no word."""

    DIALOGUE = "dialogue"
    REQUEST = "request"
    JOIN = "join"
    LEAVE = "leave"  # with a token: that participation; without: the sender's
    OWNER = "owner"
    HELP = "help"
    CONFIRM = "confirm"
    MODERATE = "moderate"
    BOUNCES = "bounces"
    REPLY = "reply"
    AUTHOR = "author"  # what the author of one mail says of it
    SURVEY = "survey"  # what one participant answers to the survey
    NETWORK = "network"  # what members of a sister network answer to a round-up


_PLAIN = frozenset({Role.REQUEST, Role.JOIN, Role.LEAVE, Role.OWNER, Role.HELP})
_SIGNED = frozenset({Role.LEAVE, Role.BOUNCES, Role.AUTHOR, Role.NETWORK, Role.SURVEY})
_DRAWN = frozenset({Role.CONFIRM, Role.MODERATE})  # with a random token, which the store knows the hash of


class Link(StrEnum):
    """What a link to /u/TOKEN does when it is used with one click (RFC 8058). The value is its token's purpose."""

    LEAVE = "unsubscribe"
    REMINDERS = "reminders"  # stands in private reminders: no more of them


@dataclass(frozen=True, slots=True)
class Target:
    """What one of our addresses names. `payload`: the id in a signed token; `token`: its text in lower case."""

    slug: str
    role: Role
    payload: int | None = None
    token: str = ""


class Addresses:
    """Builds and reads the addresses of one site. `retired` secrets are still believed, and no longer used."""

    def __init__(self, domain: str, secret: bytes, retired: Sequence[bytes] = ()) -> None:
        if any(len(key) < 16 for key in (secret, *retired)):
            raise ValueError("a secret has at least 16 bytes")
        self.domain = domain.lower().rstrip(".")
        self._secrets = (secret, *retired)
        self._keyed = tuple(hmac.new(key, digestmod="sha256") for key in self._secrets)  # copied for each token
        self._tokens = Tokens(self.domain, self._works)

    def dialogue(self, slug: str) -> str:
        return f"{slug}@{self.domain}"

    def request(self, slug: str) -> str:
        return f"{slug}-request@{self.domain}"

    def owner(self, slug: str) -> str:
        return f"{slug}-owner@{self.domain}"

    def help(self, slug: str) -> str:
        return f"{slug}-help@{self.domain}"

    def join(self, slug: str) -> str:
        return f"{slug}-join@{self.domain}"

    def leave(self, slug: str, participation_id: int | None = None) -> str:
        """With an id: leaves without a question (List-Unsubscribe). Without: whoever writes is asked to confirm."""
        if participation_id is None:
            return f"{slug}-leave@{self.domain}"
        return f"{slug}-leave+{self._sign('leave', slug, participation_id)}@{self.domain}"

    def bounces(self, slug: str, delivery_id: int) -> str:
        """The return address of one delivery (VERP)."""
        return f"{slug}-bounces+{self._sign('bounces', slug, delivery_id)}@{self.domain}"

    def reply(self, slug: str, contribution_id: int) -> str:
        """Where an answer to one contribution goes (Reply-To)."""
        return f"{slug}+{self._sign('reply', slug, contribution_id)}@{self.domain}"

    def author(self, slug: str, inbox_id: int) -> str:
        """Where the author of the contribution that came as that mail withdraws it, mends it, or says how to be shown.

        Stands in mails to that author alone (Reply-To).
        """
        return f"{slug}-author+{self._sign('author', slug, inbox_id)}@{self.domain}"

    def network(self, slug: str, number: int) -> str:
        """Where members of a sister network answer a round-up that was posted there. `number`: the network's."""
        return f"{slug}-network+{self._sign('network', slug, number)}@{self.domain}"

    def survey(self, slug: str, participation_id: int) -> str:
        """Where one participant answers the survey. Stands in mails to them alone (Reply-To)."""
        return f"{slug}-survey+{self._sign('survey', slug, participation_id)}@{self.domain}"

    def marks(self, purpose: str, slug: str, text: str) -> tuple[int, ...]:
        """A number of 62 bits that stands for a text, with each secret, the one in use first.

        Whoever has the number and knows all texts it could stand for still cannot tell which, without the secret.
        """
        said = f"mark\0{purpose}\0{slug}\0{text}".encode()
        return tuple(int.from_bytes(hmac.digest(key, said, "sha256")[:8], "big") >> 2 for key in self._secrets)

    def moderate(self, slug: str, token: str) -> str:
        """Where one moderator's decision on one thing goes. `token` as for `confirm`."""
        return self._drawn(slug, Role.MODERATE, token)

    def confirm(self, slug: str, token: str) -> str:
        """`token` is random and the caller's: 16 to 32 of [a-z0-9], stored hashed."""
        return self._drawn(slug, Role.CONFIRM, token)

    def _drawn(self, slug: str, role: Role, token: str) -> str:
        if not _RANDOM.fullmatch(token):
            raise ValueError(f"a random token is 16 to 32 letters and digits in lower case, not {token!r}")
        return f"{slug}-{role}+{token}@{self.domain}"

    def token(self, purpose: str, number: int) -> str:
        """A token for a URL, good for this purpose only."""
        return self._sign(purpose, "", number)

    def read_token(self, purpose: str, text: str) -> int | None:
        """The id in a token made for this purpose; None if it was not made here, for it, or is damaged. Any case."""
        return self._read(purpose, "", text.lower())

    def read_link(self, text: str) -> tuple[Link, int] | None:
        """What /u/TOKEN does, and whose participation it names; None as of `read_token`."""
        found = ((link, self.read_token(link, text)) for link in Link)
        return next(((link, number) for link, number in found if number is not None), None)

    def fingerprints(self, address: str) -> tuple[str, ...]:
        """What stands for an address where it must not be kept: 64 hex digits, with each secret, the one in use first.

        Whoever has the database alone cannot find out by trying addresses. `address`: comparable (identity.key).
        """
        return tuple(hmac.digest(key, b"fingerprint\0\0" + address.encode(), "sha256").hex() for key in self._secrets)

    def stand_ins(self, message_id: str) -> tuple[str, ...]:
        """The Message-IDs in whose place that of somebody's mail may stand once its author is erased, as above."""
        return tuple(f"<erased.{one[:32]}@{self.domain}>" for one in self.fingerprints(message_id))

    def without_tokens(self, text: str) -> str:
        """The text with the tokens of our addresses and links cut out: whoever has one may act for its owner."""
        return self._tokens.cut(text)

    def masked(self, content: bytes) -> bytes:
        """A file in which they are written over; the same object where there are none."""
        return self._tokens.masked(content)

    def _works(self, slug: str, role: str, token: str) -> bool:
        if slug and not _SLUG.fullmatch(slug):
            return False
        if not slug:
            return self.read_link(token) is not None
        return self._read(role or Role.REPLY.value, slug, token) is not None

    def parse(self, address: str) -> Target | None:
        """What an address names; None if its domain is not ours, its role unknown or its token bad. Any case."""
        local, _, domain = address.lower().rpartition("@")
        match = _LOCAL.fullmatch(local)
        if match is None or domain.rstrip(".") != self.domain:
            return None
        slug, word, token = match["slug"], match["role"], match["token"] or ""
        if word is None:
            return self._signed(slug, Role.REPLY, token) if token else Target(slug, Role.DIALOGUE)
        try:
            role = Role(word)
        except ValueError:
            return None
        if not token:
            return Target(slug, role) if role in _PLAIN else None
        if role in _DRAWN:
            return Target(slug, role, None, token) if _RANDOM.fullmatch(token) else None
        return self._signed(slug, role, token) if role in _SIGNED else None

    def is_postmaster(self, address: str) -> bool:
        """Whoever runs this site; must always be reachable, also without a domain (RFC 5321 §4.5.1)."""
        local, _, domain = address.lower().partition("@")
        return local == "postmaster" and domain.rstrip(".") in ("", self.domain)

    def _signed(self, slug: str, role: Role, token: str) -> Target | None:
        payload = self._read(role.value, slug, token)
        return None if payload is None else Target(slug, role, payload, token)

    def _sign(self, purpose: str, slug: str, number: int) -> str:
        if slug and not _SLUG.fullmatch(slug):
            raise ValueError(f"not a slug: {slug!r}")
        try:
            payload = number.to_bytes(_ID_BYTES, "big")
        except OverflowError:
            raise ValueError(f"an id is 0 to 2^48 - 1, not {number}") from None
        return _base32(payload + _mac(self._keyed[0], purpose, slug, payload))

    def _read(self, purpose: str, slug: str, token: str) -> int | None:
        if len(token) != _TOKEN_LENGTH:
            return None
        try:
            signed = base64.b32decode(token.upper() + "======")
        except (Base32Error, ValueError):
            return None
        if _base32(signed) != token:  # the last character has two bits to spare: one id has one token
            return None
        payload, mac = signed[:_ID_BYTES], signed[_ID_BYTES:]
        # All secrets are tried, and compared in constant time: neither shows how near a guess came.
        good = [hmac.compare_digest(mac, _mac(key, purpose, slug, payload)) for key in self._keyed]
        return int.from_bytes(payload, "big") if any(good) else None


_LETTERS = "abcdefghijklmnopqrstuvwxyz234567"
_PAIRS = [one + other for one in _LETTERS for other in _LETTERS]


def _base32(signed: bytes) -> str:
    """Two letters for each 10 of its 128 bits, the last of which two more are added to: RFC 4648 §6, quicker."""
    bits = int.from_bytes(signed, "big") << 2
    return "".join([_PAIRS[bits >> place & 1023] for place in range(120, -1, -10)])


def _mac(keyed: hmac.HMAC, purpose: str, slug: str, payload: bytes) -> bytes:
    # NUL can stand in neither purpose nor slug, so no two pairs give one input.
    mac = keyed.copy()
    mac.update(f"{purpose}\0{slug}\0".encode() + payload)
    return mac.digest()[:_MAC_BYTES]

"""Proving who wrote a mail: real signatures under keys of this test, DNS that is one on loopback or none at all."""

from __future__ import annotations

import base64
import hashlib
import logging
import socket
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager

import dkim
import dns.message
import dns.resolver
import dns.rrset
import pytest
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import rsa
from dkim.canonicalization import Relaxed, Simple
from hypothesis import given
from hypothesis import strategies as st

from listserv.core.mail import inmail
from listserv.core.mail.authentication import UNPROVEN, Proof
from listserv.core.mail.identity import Mailbox
from listserv.core.mail.level import Level
from listserv.edge.proving import LONGEST_KEY, SIZE, Dns, Prover, body_hash, by_signature, prover

OURS = "mx.talk.example"

# 768 bits: no library of today makes one.
SHORT = b"""-----BEGIN RSA PRIVATE KEY-----
MIIBygIBAAJhALuufK1qgKYmtjT/v0a7lkbdUpWt2DbFR0JTRw8z8VDZWQphQqTo
eV9ddtqFyi1So6FWdE3wTIb1DWz/pgKf1hEXj1ZyVzkIKKVgEpY/Bv/dxwB0w/8X
qB0crV+sNbA2JQIDAQABAmBbNSO//vcAR+XagcMJ89XHIH2m4fImQ98qe2AYIk0O
1mFwKu4BSDzbvIcrEUO8nOC1B6v4ZsXs7q7I4Fis1ZnSfxhSevaCzrp/VsSlZ7I4
tfnk0vwfN8L6jFXBWKGkKoECMQDnRg+11LU2yhB7bbPhBOO0+Xukf4tOP4kql51t
Q1CHiwtCwc+xS+lk20sTcc788aECMQDPv1B5gmrsCucl9+LuGqHJbxnIgjOJMXmt
PCfdsHDJMwC3UWHgFD7boLgrZesqvgUCMHeTrPnJwexTK5R10ySMH6Ppvnj+DSvn
A+fGvnnI7TE3vhnFFbrI0iL4k2e5V1lHIQIwEJAXMWjVb3Y7EYre287hwTaLXrIK
u9Bm/AnEv+b2RwQ69WKWpA/ZJxd8N3GLuz+lAjEArBu1YtIsxwJimo7wZRH8eksy
DY4MFwd5ZStf1h2AKS8Z9pI+3yNo8H7h/iRURFeH
-----END RSA PRIVATE KEY-----
"""


def record(private: bytes) -> str:
    key = serialization.load_pem_private_key(private, None, unsafe_skip_rsa_key_validation=True)
    public = key.public_key().public_bytes(serialization.Encoding.DER, serialization.PublicFormat.SubjectPublicKeyInfo)
    return f"v=DKIM1; k=rsa; p={base64.b64encode(public).decode()}"


def made(bits: int) -> bytes:
    return rsa.generate_private_key(65537, bits).private_bytes(
        serialization.Encoding.PEM, serialization.PrivateFormat.TraditionalOpenSSL, serialization.NoEncryption()
    )


KEY, OTHER = made(1024), made(1024)
RECORD = record(KEY)
LETTER = (
    b"From: Anna <anna@un.example>\r\nTo: nap@talk.example\r\nSubject: Plans\r\nMIME-Version: 1.0\r\n"
    b"Content-Type: text/plain; charset=utf-8\r\n\r\nWe need  a plan. \r\n\r\nAnna\r\n\r\n"
)


def signed(
    letter: bytes = LETTER,
    domain: str = "un.example",
    key: bytes = KEY,
    headers: tuple[bytes, ...] = (b"from", b"to", b"subject", b"content-type"),
    canonical: tuple[bytes, bytes] = (b"relaxed", b"relaxed"),
    algorithm: bytes = b"rsa-sha256",
    length: bool = False,
) -> bytes:
    signer = dkim.DKIM(letter, signature_algorithm=algorithm)
    line = signer.sign(
        b"k1", domain.encode(), key, canonicalize=canonical, include_headers=list(headers), length=length
    )
    return bytes(line) + letter


class Keys:
    """DNS as a table; `asked`: what was looked up."""

    def __init__(self, **records: str | None) -> None:
        self.records = {name.replace("_", "."): text for name, text in records.items()} or {"un.example": RECORD}
        self.asked: list[str] = []

    def __call__(self, name: str, seconds: float) -> str | None:
        assert 0 <= seconds <= 2
        self.asked.append(name)
        return self.records.get(name.removeprefix("k1._domainkey.").rstrip("."), "")


def proof_of(raw: bytes, keys: Keys | None = None) -> Proof:
    return Prover({}, keys or Keys())(raw, inmail.read(raw), "smtp")


def why(raw: bytes, keys: Keys | None = None) -> str:
    """Why nothing is proven."""
    proof = proof_of(raw, keys)
    assert (proof.level, proof.refuted) == (Level.NONE, False), proof
    begin = "Nothing proves that it comes from un.example: "
    assert proof.says.startswith(begin), proof.says
    return proof.says.removeprefix(begin).removesuffix(".")


@pytest.mark.parametrize("canonical", [(a, b) for a in (b"simple", b"relaxed") for b in (b"simple", b"relaxed")])
@pytest.mark.parametrize("ends", [b"\r\n", b"\n"], ids=["crlf", "lf"])
def test_a_valid_signature_of_the_authors_domain(canonical: tuple[bytes, bytes], ends: bytes) -> None:
    raw = signed(canonical=canonical).replace(b"\r\n", ends)
    assert proof_of(raw) == Proof(Level.DKIM, says="It bears a valid signature of un.example.")


# RFC 8463 appendix A.3; the key is that of A.2. The other signature, Ed25519, is not checked here.
APPENDIX = b"""DKIM-Signature: v=1; a=ed25519-sha256; c=relaxed/relaxed;
 d=football.example.com; i=@football.example.com;
 q=dns/txt; s=brisbane; t=1528637909; h=from : to :
 subject : date : message-id : from : subject : date;
 bh=2jUSOH9NhtVGCQWNr9BrIAPreKQjO6Sn7XIkfJVOzv8=;
 b=/gCrinpcQOoIfuHNQIbq4pgh9kyIK3AQUdt9OdqQehSwhEIug4D11Bus
 Fa3bT3FY5OsU7ZbnKELq+eXdp1Q1Dw==
DKIM-Signature: v=1; a=rsa-sha256; c=relaxed/relaxed;
 d=football.example.com; i=@football.example.com;
 q=dns/txt; s=test; t=1528637909; h=from : to : subject :
 date : message-id : from : subject : date;
 bh=2jUSOH9NhtVGCQWNr9BrIAPreKQjO6Sn7XIkfJVOzv8=;
 b=F45dVWDfMbQDGHJFlXUNB2HKfbCeLRyhDXgFpEL8GwpsRe0IeIixNTe3
 DhCVlUrSjV4BwcVcOF6+FF3Zo9Rpo1tFOeS9mPYQTnGdaSGsgeefOsk2Jz
 dA+L10TeYt9BgDfQNZtKdN1WO//KgIqXP7OdEFE4LjFYNcUxZQ4FADY+8=
From: Joe SixPack <joe@football.example.com>
To: Suzie Q <suzie@shopping.example.net>
Subject: Is dinner ready?
Date: Fri, 11 Jul 2003 21:00:37 -0700 (PDT)
Message-ID: <20030712040037.46341.5F8J@football.example.com>

Hi.

We lost the game.  Are you hungry yet?

Joe.
"""
FOOTBALL = (
    "v=DKIM1; k=rsa; p=MIGfMA0GCSqGSIb3DQEBAQUAA4GNADCBiQKBgQDkHlOQoBTzWRiGs5V6NpP3idY6Wk08a5qhdR6wy5bdOKb2jLQiY/J16JY"
    "i0Qvx/byYzCNb3W91y3FutACDfzwQ/BC/e/8uBsCR+yz1Lxj+PL6lHvqMKrM3rG4hstT5QjvHO9PzoxZyVYLzBfO2EeC3Ip3G+2kryOTIKT+l/K4w3QID"
    "AQAB"
)


def test_the_standards_own_example() -> None:
    raw = APPENDIX.replace(b"\n", b"\r\n")

    def keys(name: str, seconds: float) -> str:
        return (
            FOOTBALL
            if name.startswith("test.")
            else "v=DKIM1; k=ed25519; p=11qYAYKxCrfVS/7TyWQHOg7hcvPapiMlrwIaaPcHURo="
        )

    assert by_signature(raw, Mailbox("Joe SixPack", "joe@football.example.com"), keys).level is Level.DKIM
    raw = raw.replace(b"hungry", b"thirsty")
    assert by_signature(raw, Mailbox("Joe SixPack", "joe@football.example.com"), keys).level is Level.NONE


def test_one_of_a_domain_above_or_below() -> None:
    for domain in ("mail.un.example", "un.example"):
        raw = signed(LETTER.replace(b"anna@un", b"anna@un" if domain != "un.example" else b"anna@geneva.un"), domain)
        assert proof_of(raw, Keys(mail_un_example=RECORD, un_example=RECORD)).level is Level.DKIM


def test_headers_that_hosts_add_on_the_way_take_nothing_from_it() -> None:
    raw = b"Return-Path: <x@y.example>\r\nReceived: from a by b;\r\n\tMon, 3 Nov 2008\r\n" + signed()
    assert proof_of(raw).level is Level.DKIM


@pytest.mark.parametrize(
    ("raw", "expected"),
    [
        (LETTER, "it is not signed"),
        (signed(domain="evil.example"), "it is signed by another domain only"),
        (signed(key=OTHER), "its signature does not fit: it was changed on its way, or is forged"),
        (
            signed().replace(b"need", b"want"),
            "its signature does not fit: it was changed on its way, or is forged",
        ),
        (
            signed().replace(b"Subject: Plans", b"Subject: Money"),
            "its signature does not fit: it was changed on its way, or is forged",
        ),
        (signed(length=True), "its signature covers only the beginning of the text"),
        (signed(length=True) + b"And send money.\r\n", "its signature covers only the beginning of the text"),
        (signed(algorithm=b"rsa-sha1"), "its signature is of a kind no longer safe"),
        (signed().replace(b"h=from : to", b"h=to"), "its signature does not cover its author"),
        (signed().replace(b"v=1;", b"v=1; v=1;"), "its signature cannot be read"),
        (signed().replace(b"v=1;", b"v=2;"), "its signature does not fit: it was changed on its way, or is forged"),
        (signed().replace(b"b=", b"b=*", 2), "its signature does not fit: it was changed on its way, or is forged"),
        (signed().replace(b"c=relaxed", b"c=odd"), "its signature cannot be read"),
        (b"DKIM-Signature: v=1; d=un.example; " + b"x" * 9000 + b"\r\n" + LETTER, "its signature cannot be read"),
        # the mail that was signed and the one that is read must be one: here the library and the reader differ
        (b"X: a\rFrom: Boris <boris@un.example>\r\r" + signed(), "it can be read in two ways"),
        (b"X: a\rY: b\r\n" + signed(), "it can be read in two ways"),
    ],
)
def test_what_proves_nothing(raw: bytes, expected: str) -> None:
    if b"boris@" in raw:
        author = inmail.read(raw).author
        assert author is not None
        assert author.address == "boris@un.example"  # what would have been believed
    assert why(raw) == expected


def test_without_a_clear_author_there_is_nobody_to_prove() -> None:
    keys = Keys()
    for raw in (b"no header\r\n" + signed(), b"From: Eve <eve@un.example>\r\n" + signed(), b""):
        assert proof_of(raw, keys) == Proof(says="From is not exactly one clean address.")
    assert keys.asked == []


def test_an_added_from_is_not_covered() -> None:
    """Even where the reader would take it for the only one."""
    raw = signed()
    mail = inmail.read(LETTER.replace(b"anna@", b"boris@"))
    proof = Prover({}, Keys())(raw, mail, "smtp")
    assert proof.says == "Nothing proves that it comes from un.example: its author can be read in two ways."


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        (None, "the key of its signature could not be looked up"),
        ("", "the key of its signature is missing or withdrawn"),
        ("v=DKIM1; k=rsa; p=", "the key of its signature is missing or withdrawn"),
        (f"t=y; {RECORD}", "its domain is only testing its signatures"),
        (RECORD[:-20] + "!", "its signature does not fit: it was changed on its way, or is forged"),
        ("p=AAAA", "its signature does not fit: it was changed on its way, or is forged"),
        ("k=ed25519; p=AAAA", "its signature does not fit: it was changed on its way, or is forged"),
        (f"p={'A' * LONGEST_KEY}", "its key is too long"),
    ],
)
def test_keys_that_prove_nothing(text: str | None, expected: str) -> None:
    assert why(signed(), Keys(un_example=text)) == expected


def test_a_key_too_short() -> None:
    assert why(signed(key=SHORT), Keys(un_example=record(SHORT))) == "the key of its signature is too short to be safe"


def test_only_signatures_that_could_count_are_looked_up() -> None:
    keys = Keys()
    assert (
        why(signed(signed(length=True), "evil.example"), keys) == "its signature covers only the beginning of the text"
    )
    assert keys.asked == []


def test_five_signatures_are_looked_at_and_no_more() -> None:
    raw = signed()
    for count in range(1, 7):
        raw = b"DKIM-Signature: v=1; a=rsa-sha256; d=x.example; s=k1; h=from; bh=; b=\r\n" + raw
        assert (proof_of(raw).level is Level.DKIM) is (count < 5)


def test_one_good_signature_among_bad_ones_is_enough() -> None:
    lines = signed(key=OTHER)[: -len(LETTER)]
    assert proof_of(lines + signed()).level is Level.DKIM
    assert proof_of(lines + signed(domain="evil.example")).level is Level.NONE


def test_a_mail_too_large_is_not_checked() -> None:
    assert why(LETTER + b"x" * SIZE) == "it is too large to be checked"


@given(st.lists(st.sampled_from([b" ", b"\t", b"\r\n", b"a", b"  b", b"\r\n\r\n"]), max_size=12).map(b"".join))
def test_the_canonical_body_is_the_librarys(body: bytes) -> None:
    for relaxed, form in ((True, Relaxed), (False, Simple)):
        assert body_hash(body, relaxed) == hashlib.sha256(form.canonicalize_body(body)).digest()


@pytest.mark.parametrize(
    "body",
    [b" " * (SIZE - 2000) + b"x\r\n", b"\r\n" * (SIZE // 2 - 2000) + b"x\r\n", (b" " * 900 + b"x\r\n") * 9000],
    ids=["blanks", "lines", "blanks in lines"],
)
@pytest.mark.parametrize("canonical", [b"simple", b"relaxed"])
def test_hostile_bodies_take_no_time(body: bytes, canonical: bytes) -> None:
    head = signed(canonical=(b"relaxed", canonical)).partition(b"\r\n\r\n")[0]
    author = inmail.read(LETTER)
    began = time.process_time()
    proof = Prover({}, Keys())(head + b"\r\n\r\n" + body, author, "smtp")
    assert proof.level is Level.NONE
    assert time.process_time() - began < 4  # 0.2 s here; the library alone would take hours


def test_the_library_says_nothing_in_our_log(caplog: pytest.LogCaptureFixture) -> None:
    with caplog.at_level(logging.DEBUG):
        why(signed(), Keys(un_example="p=AAAA"))
    assert caplog.records == []


class TestProver:
    SAYS = f"Authentication-Results: {OURS}; dmarc={{}} header.from=un.example\r\n"

    def proof(self, what: str, raw: bytes, protocol: str = "smtp", **records: str | None) -> Proof:
        raw = self.SAYS.format(what).encode() + raw if what else raw
        keys = Keys(**records) if records else None
        return Prover({"smtp": OURS, "imap": ""}, keys)(raw, inmail.read(raw), protocol)

    def test_our_host_is_believed_first(self) -> None:
        assert self.proof("pass", LETTER, un_example=RECORD).level is Level.TRUSTED
        assert self.proof("fail", signed(), un_example=RECORD).refuted

    def test_where_it_says_nothing_signatures_may(self) -> None:
        for what in ("", "none", "temperror"):
            assert self.proof(what, signed(), un_example=RECORD).level is Level.DKIM
            assert self.proof(what, LETTER, un_example=RECORD).says.endswith(": it is not signed.")
        assert self.proof("none", signed()).says == "Our mail host's check does not show that it comes from un.example."

    def test_each_way_in_has_a_host_of_its_own(self) -> None:
        for protocol in ("imap", "pipe", "test", ""):
            assert self.proof("pass", LETTER, protocol) is UNPROVEN
            assert self.proof("fail", LETTER, protocol) is UNPROVEN

    @pytest.mark.parametrize(
        ("settings", "trusting", "verifies"),
        [
            (("", "", False), {}, False),
            ((OURS, "", False), {"smtp": OURS, "lmtp": OURS, "pipe": OURS}, False),
            (("", "imap.example", True), {"imap": "imap.example"}, True),
        ],
    )
    def test_from_the_settings(self, settings: tuple[str, str, bool], trusting: dict[str, str], verifies: bool) -> None:
        found = prover(*settings)
        assert {protocol: name for protocol, name in found.trusted.items() if name} == trusting
        assert (found.keys is not None) is verifies


@contextmanager
def name_server(answer: Callable[[str], list[str] | None]) -> Iterator[tuple[dns.resolver.Resolver, list[str]]]:
    """A DNS server on loopback; `answer`: the TXT records of a name, [] = no such name, None = no answer."""
    asked: list[str] = []
    door = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
    door.bind(("127.0.0.1", 0))

    def serve() -> None:
        while True:
            data, peer = door.recvfrom(4096)
            if not data:
                return
            query = dns.message.from_wire(data)
            name = query.question[0].name
            asked.append(str(name))
            records = answer(str(name))
            if records is None:
                continue
            reply = dns.message.make_response(query)
            if records:
                reply.answer.append(dns.rrset.from_text(name, 300, "IN", "TXT", *records))
            else:
                reply.set_rcode(dns.rcode.NXDOMAIN)
            door.sendto(reply.to_wire(), peer)

    thread = threading.Thread(target=serve)
    thread.start()
    resolver = dns.resolver.Resolver(configure=False)
    resolver.nameservers, resolver.port = ["127.0.0.1"], door.getsockname()[1]
    try:
        yield resolver, asked
    finally:
        with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as end:
            end.sendto(b"", door.getsockname())
        thread.join()
        door.close()


class TestDns:
    NAME = "k1._domainkey.un.example."

    def test_a_key_is_asked_for_once(self) -> None:
        with name_server(lambda name: [f'"{RECORD[:200]}" "{RECORD[200:]}"']) as (resolver, asked):
            keys = Dns(resolver)
            assert keys(self.NAME, 2.0) == keys(self.NAME, 2.0) == RECORD
            raw = signed()
            assert Prover({}, keys)(raw, inmail.read(raw), "smtp").level is Level.DKIM
        assert asked == [self.NAME]

    def test_what_is_no_key_may_stand_beside_it_and_two_keys_are_none(self) -> None:
        with name_server(lambda name: ['"v=spf1 -all"', f'"{RECORD}"']) as (resolver, _):
            assert Dns(resolver)(self.NAME, 2.0) == RECORD
        with name_server(lambda name: ['"p=a"', '"p=b"']) as (resolver, _):
            assert Dns(resolver)(self.NAME, 2.0) == ""

    def test_no_such_name(self) -> None:
        with name_server(lambda name: []) as (resolver, _):
            assert Dns(resolver)(self.NAME, 2.0) == ""

    def test_no_answer_costs_its_time_once(self) -> None:
        with name_server(lambda name: None) as (resolver, asked):
            keys = Dns(resolver)
            assert keys(self.NAME, 0.2) is None
            count = len(asked)
            assert keys(self.NAME, 0.2) is None
            assert len(asked) == count  # not again for a minute

    def test_with_no_time_left_nothing_is_asked(self) -> None:
        with name_server(lambda name: [RECORD]) as (resolver, asked):
            assert Dns(resolver)(self.NAME, 0.0) is None
        assert asked == []

    @pytest.mark.parametrize("name", ["..", "a" * 70 + ".example.", "\N{SNOWMAN}..x"])
    def test_a_name_that_cannot_be(self, name: str) -> None:
        with name_server(lambda name: [RECORD]) as (resolver, asked):
            assert Dns(resolver)(name, 0.5) is None
        assert asked == []

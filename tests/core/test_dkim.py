"""DKIM: what is signed, byte for byte, and what breaks it. An independent verifier (dkimpy) judges."""

from __future__ import annotations

import functools
import re
from base64 import b64decode
from collections.abc import Callable
from datetime import UTC, datetime, timedelta, timezone

import pytest
from cryptography.hazmat.primitives.asymmetric import ec, ed25519, rsa
from cryptography.hazmat.primitives.serialization import (
    BestAvailableEncryption,
    Encoding,
    NoEncryption,
    PrivateFormat,
    load_pem_private_key,
)
from dkim.canonicalization import Relaxed
from hypothesis import given, settings
from hypothesis import strategies as st

from listserv.core.mail.addresses import Addresses
from listserv.core.mail.dkim import Key, body_hash, relaxed_body, relaxed_fields, sign, strings
from listserv.core.mail.identity import Mailbox
from listserv.core.mail.outmail import GENERATED, LISTED, compose, list_headers
from listserv.core.mail.splice import personal, splice
from tests.verifier import verdicts

DOMAIN = "dialogue.example.org"
NOW = datetime(2008, 11, 4, 15, 0, 0, 900_000, tzinfo=UTC)
HEAD = (
    b"From: Ana via A Talk <talk@dialogue.example.org>\r\nTo: talk@dialogue.example.org\r\nSubject: Plans\r\n"
    b"Date: Tue, 04 Nov 2008 15:00:00 +0000\r\nMessage-ID: <1@dialogue.example.org>\r\nMIME-Version: 1.0\r\n"
    b'Content-Type: text/plain; charset="utf-8"\r\nList-Id: A Talk <talk.dialogue.example.org>\r\n'
    b"List-Unsubscribe: <https://dialogue.example.org/u/x>,\r\n <mailto:talk-leave+x@dialogue.example.org>\r\n"
    b"List-Unsubscribe-Post: List-Unsubscribe=One-Click\r\n"
)
BODY = b"We need a plan.\r\n"


@functools.cache
def rsa_key(selector: str = "d1") -> Key:
    return Key(DOMAIN, selector, rsa.generate_private_key(public_exponent=65537, key_size=2048))


@functools.cache
def ed25519_key() -> Key:
    return Key(DOMAIN, "e1", ed25519.Ed25519PrivateKey.from_private_bytes(bytes(range(32))))


def both() -> list[Key]:
    return [rsa_key(), ed25519_key()]


def records() -> dict[str, str]:
    return {key.record_name: key.record for key in both()}


def signed(head: bytes, body: bytes, keys: list[Key] | None = None) -> bytes:
    lines = sign(both() if keys is None else keys, head, body_hash(body), NOW)
    return lines + head + b"\r\n" + body


def tags(mail: bytes, index: int = 0) -> dict[str, str]:
    """Of one signature, without the white space."""
    line = re.split(rb"(?i)dkim-signature:", re.sub(rb"\r\n[ \t]", b"", mail))[index + 1].partition(b"\r\n")[0]
    pairs = (tag.partition("=") for tag in line.decode().split(";"))
    return {name.strip(): value.strip() for name, _, value in pairs}


# --- the RFCs' own examples


@pytest.mark.parametrize(
    ("body", "canonical"),
    [
        (b" C \r\nD \t E\r\n\r\n\r\n", b" C\r\nD E\r\n"),  # RFC 6376 §3.4.5
        (b"", b""),  # §3.4.4: its hash is that of nothing
        (b"\r\n\r\n", b""),
        (b" \t\r\n \r\n", b""),
        (b"no end", b"no end\r\n"),
        (b"no end \t", b"no end\r\n"),
        (b"a\nb\rc\r\nd", b"a\r\nb\r\nc\r\nd\r\n"),  # as it goes over the wire
        (b"a\0b\r\n", b"ab\r\n"),
        (b"\r\n\r\na", b"\r\n\r\na\r\n"),
        (b".\r\n..\r\n", b".\r\n..\r\n"),  # before dot-stuffing
        ("für\u00a0uns\r\n".encode(), "für\u00a0uns\r\n".encode()),
    ],
)
def test_a_relaxed_body(body: bytes, canonical: bytes) -> None:
    assert relaxed_body(body) == canonical


def test_the_hash_of_no_body() -> None:
    assert body_hash(b"\r\n") == b"47DEQpj8HBSa+/TImW+5JCeuQeRkm5NMpJWZG3hSuFU="  # RFC 6376 §3.4.4


def test_relaxed_fields() -> None:
    assert relaxed_fields(b"A: X\r\nB : Y\t\r\n\tZ  \r\n") == [(b"a", b"a:X"), (b"b", b"b:Y Z")]  # §3.4.5
    assert relaxed_fields(b"X-Y:\r\n z\r\nEmpty:\r\n") == [(b"x-y", b"x-y:z"), (b"empty", b"empty:")]


RFC8463_MAIL = b"""\
From: Joe SixPack <joe@football.example.com>
To: Suzie Q <suzie@shopping.example.net>
Subject: Is dinner ready?
Date: Fri, 11 Jul 2003 21:00:37 -0700 (PDT)
Message-ID: <20030712040037.46341.5F8J@football.example.com>

Hi.

We lost the game.  Are you hungry yet?

Joe.
"""
RFC8463_ED25519 = b"""\
DKIM-Signature: v=1; a=ed25519-sha256; c=relaxed/relaxed;
 d=football.example.com; i=@football.example.com;
 q=dns/txt; s=brisbane; t=1528637909; h=from : to :
 subject : date : message-id : from : subject : date;
 bh=2jUSOH9NhtVGCQWNr9BrIAPreKQjO6Sn7XIkfJVOzv8=;
 b="""
RFC8463_RSA = RFC8463_ED25519.replace(b"ed25519", b"rsa").replace(
    b"s=brisbane; t=1528637909; h=from : to :\n subject : date : message-id",
    b"s=test; t=1528637909; h=from : to : subject :\n date : message-id",
)
RFC8463_RSA_KEY = b"""\
-----BEGIN RSA PRIVATE KEY-----
MIICXQIBAAKBgQDkHlOQoBTzWRiGs5V6NpP3idY6Wk08a5qhdR6wy5bdOKb2jLQi
Y/J16JYi0Qvx/byYzCNb3W91y3FutACDfzwQ/BC/e/8uBsCR+yz1Lxj+PL6lHvqM
KrM3rG4hstT5QjvHO9PzoxZyVYLzBfO2EeC3Ip3G+2kryOTIKT+l/K4w3QIDAQAB
AoGAH0cxOhFZDgzXWhDhnAJDw5s4roOXN4OhjiXa8W7Y3rhX3FJqmJSPuC8N9vQm
6SVbaLAE4SG5mLMueHlh4KXffEpuLEiNp9Ss3O4YfLiQpbRqE7Tm5SxKjvvQoZZe
zHorimOaChRL2it47iuWxzxSiRMv4c+j70GiWdxXnxe4UoECQQDzJB/0U58W7RZy
6enGVj2kWF732CoWFZWzi1FicudrBFoy63QwcowpoCazKtvZGMNlPWnC7x/6o8Gc
uSe0ga2xAkEA8C7PipPm1/1fTRQvj1o/dDmZp243044ZNyxjg+/OPN0oWCbXIGxy
WvmZbXriOWoSALJTjExEgraHEgnXssuk7QJBALl5ICsYMu6hMxO73gnfNayNgPxd
WFV6Z7ULnKyV7HSVYF0hgYOHjeYe9gaMtiJYoo0zGN+L3AAtNP9huqkWlzECQE1a
licIeVlo1e+qJ6Mgqr0Q7Aa7falZ448ccbSFYEPD6oFxiOl9Y9se9iYHZKKfIcst
o7DUw1/hz2Ck4N5JrgUCQQCyKveNvjzkkd8HjYs0SwM0fPjK16//5qDZ2UiDGnOe
uEzxBDAr518Z8VFbR41in3W4Y3yCDgQlLlcETrS+zYcL
-----END RSA PRIVATE KEY-----
"""


@pytest.mark.parametrize(
    ("field", "private", "b"),
    [
        (
            RFC8463_ED25519,
            ed25519.Ed25519PrivateKey.from_private_bytes(b64decode("nWGxne/9WmC6hEr0kuwsxERJxWl7MmkZcDusAxyuf2A=")),
            "/gCrinpcQOoIfuHNQIbq4pgh9kyIK3AQUdt9OdqQehSwhEIug4D11BusFa3bT3FY5OsU7ZbnKELq+eXdp1Q1Dw==",
        ),
        (
            RFC8463_RSA,
            RFC8463_RSA_KEY,
            "F45dVWDfMbQDGHJFlXUNB2HKfbCeLRyhDXgFpEL8GwpsRe0IeIixNTe3DhCVlUrSjV4BwcVcOF6+FF3Zo9Rpo1tFOeS9mPYQTnGdaSGsge"
            "efOsk2JzdA+L10TeYt9BgDfQNZtKdN1WO//KgIqXP7OdEFE4LjFYNcUxZQ4FADY+8=",
        ),
    ],
    ids=["ed25519", "rsa"],
)
def test_the_vectors_of_rfc_8463(field: bytes, private: object, b: str) -> None:
    """Both algorithms are deterministic: the same canonical bytes give the RFC's signature (appendix A)."""
    head, _, body = RFC8463_MAIL.partition(b"\n\n")
    assert body_hash(body) == b"2jUSOH9NhtVGCQWNr9BrIAPreKQjO6Sn7XIkfJVOzv8="
    fields = dict(relaxed_fields(head))
    order = (b"from", b"to", b"subject", b"date", b"message-id")
    own = relaxed_fields(field)[0][1]
    # The RFC's RSA key has 1024 bits, so it does not come in by Key.read.
    private = load_pem_private_key(private, None) if isinstance(private, bytes) else private
    key = Key("football.example.com", "x", private)
    assert key.signature(b"\r\n".join([fields[name] for name in order] + [own])) == b64decode(b)


def test_the_record_of_rfc_8463() -> None:
    private = ed25519.Ed25519PrivateKey.from_private_bytes(b64decode("nWGxne/9WmC6hEr0kuwsxERJxWl7MmkZcDusAxyuf2A="))
    key = Key("football.example.com", "brisbane", private)
    assert key.record_name == "brisbane._domainkey.football.example.com"
    assert key.record == "v=DKIM1; k=ed25519; p=11qYAYKxCrfVS/7TyWQHOg7hcvPapiMlrwIaaPcHURo="


# --- the same as dkimpy sees it

scraps = st.lists(st.sampled_from([b"\r\n", b"\n", b"\r", b" ", b"\t", b"  ", b"a", b".", b"\xff", b"\0"]))


@given(scraps.map(b"".join))
def test_any_body_is_canonical_as_the_verifier_has_it(body: bytes) -> None:
    wire = body.replace(b"\0", b"").replace(b"\r\n", b"\n").replace(b"\r", b"\n").replace(b"\n", b"\r\n")
    ended = wire if wire.endswith(b"\r\n") else wire + b"\r\n"  # the wire always has a last line end
    assert relaxed_body(body) == Relaxed.canonicalize_body(ended)


names = st.from_regex(rb"[A-Za-z][A-Za-z-]{0,8}[ \t]?", fullmatch=True)
values = st.lists(st.sampled_from([b"\r\n ", b"\r\n\t", b" ", b"\t", b"  ", b"a", b":", b"\xc3\xbc"])).map(b"".join)


@given(st.lists(st.tuples(names, values), min_size=1))
def test_any_head_is_canonical_as_the_verifier_has_it(fields: list[tuple[bytes, bytes]]) -> None:
    head = b"".join(name + b":" + value + b"\r\n" for name, value in fields)
    theirs = Relaxed.canonicalize_headers(fields)
    assert [line + b"\r\n" for _, line in relaxed_fields(head)] == [name + b":" + value for name, value in theirs]


@settings(max_examples=40)
@given(scraps.map(b"".join), values.filter(lambda value: b"\r\n" not in value or value.split()))
def test_any_mail_verifies(body: bytes, subject: bytes) -> None:
    head = HEAD.replace(b" Plans", b" x" + subject)
    whole = signed(head, body) + b"\r\n"
    wire = whole.replace(b"\0", b"").replace(b"\r\n", b"\n").replace(b"\r", b"\n").replace(b"\n", b"\r\n")
    assert verdicts(wire, records()) == ["", ""]


# --- mails as we make them

ADDRESSES = Addresses(DOMAIN, b"a secret of 32 letters for tests")
LONG = tuple(f"<{number}.{'x' * 40}@mail.example.net>" for number in range(30))


def composed(**changes: object) -> tuple[bytes, bytes]:
    values = {
        "sender": Mailbox("Ana via A Talk", "talk@dialogue.example.org"),
        "to": Mailbox("A Talk", "talk@dialogue.example.org"),
        "subject": "[TALK 1] Plans",
        "date": NOW,
        "message_id": "<1@example.net>",
        "text": "We need a plan.\n",
        "reply_to": ADDRESSES.reply("talk", 1),
        "headers": (*LISTED, *list_headers(ADDRESSES, "talk", "A Talk")),
    }
    made = compose(**(values | changes))  # type: ignore[arg-type]
    return made.head, made.body


def click(head: bytes) -> bytes:
    link = "https://dialogue.example.org/u/abc"
    return splice(head, personal(unsubscribe=ADDRESSES.leave("talk", 7), one_click=link))


MAILS = {
    "a contribution": lambda: composed(),
    "with one click to leave": lambda: (click(composed()[0]), composed()[1]),
    "a notice": lambda: composed(headers=GENERATED, reply_to=None),
    "a personal mail beyond ASCII": lambda: composed(to=Mailbox("Jürgen", "jürgen@bücher.example"), headers=GENERATED),
    "long folded references": lambda: composed(references=LONG, in_reply_to=LONG[-1]),
    "a long subject in Arabic": lambda: composed(subject="خطة العمل الوطنية " * 12),
    "two forms and a file": lambda: composed(html="<p>We</p>", attachments=[("a.pdf", "application/pdf", b"x" * 5000)]),
    "no body": lambda: (HEAD, b""),
    "no last line end": lambda: (HEAD, b"We need a plan."),
    "blanks and blank lines at the end": lambda: (HEAD, b"We  need \t\r\na plan. \r\n \r\n\t\r\n\r\n"),
    "eight bits": lambda: (HEAD, "Für uns – план\r\n".encode() + b"\xff\xfe\r\n"),
    "lines that begin with dots": lambda: (HEAD, b".\r\n..\r\n.x\r\n"),
    "a sender": lambda: (HEAD + b"Sender: talk-owner@dialogue.example.org\r\n", BODY),
}  # fmt: skip


@pytest.mark.parametrize("mail", MAILS)
def test_an_independent_verifier_passes(mail: str) -> None:
    whole = signed(*MAILS[mail]())
    assert verdicts(whole, records()) == ["", ""]
    lines = whole.partition(b"\r\nFrom:")[0].split(b"\r\n")
    assert max(map(len, lines)) <= 78


def test_what_a_signature_says() -> None:
    said = tags(signed(HEAD + b"Precedence: list\r\nX-Other: x\r\n", BODY))
    assert (said["v"], said["a"], said["c"]) == ("1", "rsa-sha256", "relaxed/relaxed")
    assert (said["d"], said["s"], said["t"]) == (DOMAIN, "d1", "1225810800")
    assert not {"l", "x", "i", "z"} & set(said)
    covered = said["h"].split(":")
    there = "from to subject date message-id mime-version content-type list-id list-unsubscribe list-unsubscribe-post"
    once_more = there.replace("list-id", "cc reply-to")  # against a second one
    assert sorted(covered) == sorted([*there.split(), *once_more.split()])
    assert tags(signed(HEAD, BODY), 1)["a"] == "ed25519-sha256"


ADDED = [
    *("From: Eve <eve@example.net>", "Subject: Other", "To: eve@example.net", "Cc: eve@example.net"),
    *("Date: Wed, 05 Nov 2008 15:00:00 +0000", "Message-ID: <2@example.net>", "Reply-To: eve@example.net"),
    *("List-Unsubscribe: <https://evil.example/>", "List-Unsubscribe-Post: List-Unsubscribe=One-Click"),
    *("Content-Type: text/html", "MIME-Version: 2.0"),
]


@pytest.mark.parametrize("line", ADDED)
@pytest.mark.parametrize("above", [True, False])
def test_adding_a_field_that_would_deceive_breaks_it(line: str, above: bool) -> None:
    whole = signed(HEAD, BODY)
    added = line.encode() + b"\r\n"
    start = whole.index(b"From: Ana")
    changed = whole[:start] + added + whole[start:] if above else whole.replace(b"\r\n\r\n", b"\r\n" + added + b"\r\n")
    assert all(verdicts(changed, records()))


@pytest.mark.parametrize("name", [line.partition(b":")[0] for line in HEAD.split(b"\r\n") if line[:1].isalpha()])
def test_removing_a_field_breaks_it(name: bytes) -> None:
    whole = signed(HEAD, BODY)
    changed = re.sub(rb"(?m)^" + name + rb":.*\r\n(?:[ \t].*\r\n)*", b"", whole, count=1)
    assert changed != whole
    assert all(verdicts(changed, records()))


@pytest.mark.parametrize(
    ("old", "new", "holds"),
    [
        (b"a plan", b"no plan", False),
        (b"plan.\r\n", b"plan.\r\nPS: Pay here.\r\n", False),
        (b"talk.dialogue", b"talk2.dialogue", False),
        (b"Subject: Plans", b"SUBJECT:\r\n  Plans ", True),  # what relays do on the way
        (b"a plan.\r\n", b"a  plan. \r\n\r\n", True),
        (b"MIME-Version", b"Received: by a relay\r\nMIME-Version", True),
        (b"s=d1;", b"s=e1;", False),
    ],
)
def test_what_may_change_on_the_way(old: bytes, new: bytes, holds: bool) -> None:
    whole = signed(HEAD, BODY, [rsa_key()])
    assert old in whole
    assert (verdicts(whole.replace(old, new), records()) == [""]) is holds


def test_the_time_is_the_one_given_in_any_zone() -> None:
    elsewhere = NOW.astimezone(timezone(timedelta(hours=-4)))
    hashed = body_hash(BODY)
    assert sign([ed25519_key()], HEAD, hashed, elsewhere) == sign([ed25519_key()], HEAD, hashed, NOW)


@pytest.mark.parametrize(
    ("head", "why"),
    [
        (b"To: a@example.org\r\n", "0 From fields"),
        (HEAD + b"from : eve@example.net\r\n", "2 From fields"),
        (HEAD + b"no colon\r\n", "a header line that is none"),
        (HEAD + b"\r\nBody: x\r\n", "a header line that is none"),
        (HEAD + b"Bad name: x\r\n", "a header line that is none"),
        (b" starts: folded\r\n" + HEAD, "a header line that is none"),
        (b"", "a header line that is none"),
    ],
)
def test_a_head_that_cannot_be_signed(head: bytes, why: str) -> None:
    with pytest.raises(ValueError, match=f"^{why}$"):
        sign(both(), head, body_hash(BODY), NOW)


# --- keys and their records


def pem(private: rsa.RSAPrivateKey | ec.EllipticCurvePrivateKey, passphrase: bytes = b"") -> bytes:
    how = BestAvailableEncryption(passphrase) if passphrase else NoEncryption()
    return private.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, how)


BAD_KEYS = {
    "1024": lambda: (pem(rsa.generate_private_key(public_exponent=65537, key_size=1024)), "1024 bits, where receivers"),
    "passphrase": lambda: (pem(rsa_key().private, b"secret"), "needs a passphrase; store it without one"),
    "curve": lambda: (pem(ec.generate_private_key(ec.SECP256R1())), "of another kind; make an RSA or Ed25519 one"),
    "nothing": lambda: (b"", "not a private key in PEM form"),
    "cut": lambda: (rsa_key().pem[:400], "not a private key in PEM form"),
    "other octets": lambda: (b"\x00\xff" * 200, "not a private key in PEM form"),
}


@pytest.mark.parametrize("case", BAD_KEYS)
def test_a_key_that_must_not_sign(case: str) -> None:
    text, why = BAD_KEYS[case]()
    with pytest.raises(ValueError, match=why):
        Key.read(DOMAIN, "d1", text)


@pytest.mark.parametrize("key", [rsa_key, ed25519_key])
def test_a_key_comes_back_from_its_pem(key: Callable[[], Key]) -> None:
    again = Key.read(DOMAIN, key().selector, key().pem)
    assert (again.record, again.algorithm, again.record_name) == (key().record, key().algorithm, key().record_name)


def test_a_key_is_never_shown() -> None:
    assert repr(rsa_key()) == "Key(domain='dialogue.example.org', selector='d1')"


def test_the_record_is_split_for_dns() -> None:
    record = rsa_key().record
    assert re.fullmatch(r"v=DKIM1; k=rsa; p=[A-Za-z0-9+/]{390,394}={0,2}", record)
    parts = strings(record)
    assert ("".join(parts), [len(part) for part in parts]) == (record, [255, len(record) - 255])
    assert strings(ed25519_key().record) == (ed25519_key().record,)

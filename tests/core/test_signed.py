"""Signed mail is read, encrypted mail is held with a reason that a moderator understands."""

from __future__ import annotations

import base64
import random
import time
from collections.abc import Callable
from datetime import UTC, datetime

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import rsa
from cryptography.hazmat.primitives.serialization import Encoding, pkcs7
from hypothesis import given, settings
from hypothesis import strategies as st

from listserv.core.dialogue.model import AttachmentRule
from listserv.core.mail import signed
from listserv.core.mail.files import Fate, sorted_out
from listserv.core.mail.inmail import InboundMail, read
from listserv.core.mail.signed import Kind, clear

ENCRYPTED = "It is encrypted ({}): nobody here can read it. Ask its author to send it again as plain mail."
INNER = b"Content-Type: text/plain; charset=utf-8\r\n\r\nWe need a plan.\r\n"


@pytest.fixture(scope="module")
def holder() -> tuple[rsa.RSAPrivateKey, x509.Certificate]:
    key = rsa.generate_private_key(65537, 2048)
    name = x509.Name([x509.NameAttribute(x509.NameOID.COMMON_NAME, "Anna")])
    builder = x509.CertificateBuilder().subject_name(name).issuer_name(name).public_key(key.public_key())
    dated = builder.not_valid_before(datetime(2008, 1, 1, tzinfo=UTC)).not_valid_after(datetime(2040, 1, 1, tzinfo=UTC))
    return key, dated.serial_number(1).sign(key, hashes.SHA256())


@pytest.fixture(scope="module")
def sign(holder: tuple[rsa.RSAPrivateKey, x509.Certificate]) -> Callable[[bytes], bytes]:
    key, certificate = holder

    def sign(content: bytes) -> bytes:
        builder = pkcs7.PKCS7SignatureBuilder().set_data(content).add_signer(certificate, key, hashes.SHA256())
        return builder.sign(Encoding.DER, [pkcs7.PKCS7Options.Binary])

    return sign


def der(tag: int, *contents: bytes) -> bytes:
    whole = b"".join(contents)
    if len(whole) < 128:
        return bytes([tag, len(whole)]) + whole
    size = (len(whole).bit_length() + 7) // 8
    return bytes([tag, 128 + size]) + len(whole).to_bytes(size, "big") + whole


def ber(tag: int, *contents: bytes) -> bytes:
    """The same with an indefinite length, as mail programs stream it."""
    return bytes([tag, 0x80]) + b"".join(contents) + b"\0\0"


SIGNED_DATA, DATA, ENVELOPED = (bytes.fromhex(f"2a864886f70d0107{n}") for n in ("02", "01", "03"))


def signed_data(octets: bytes, wrap: Callable[..., bytes] = der) -> bytes:
    """SignedData without a signer, all that is walked of it."""
    inside = wrap(0x30, der(6, DATA), wrap(0xA0, octets))
    return wrap(0x30, der(6, SIGNED_DATA), wrap(0xA0, wrap(0x30, der(2, b"\1"), der(0x31), inside, der(0x31))))


def opaque(octets: bytes, smime_type: str = "signed-data", kind: str = "application/pkcs7-mime") -> InboundMail:
    said = f"; smime-type={smime_type}" if smime_type else ""
    head = f"From: anna@example.net\r\nContent-Type: {kind}{said}; name=smime.p7m\r\n"
    body = base64.encodebytes(octets).replace(b"\n", b"\r\n")
    return read(head.encode() + b"Content-Transfer-Encoding: base64\r\n\r\n" + body)


def parts(kind: str, *each: str) -> InboundMail:
    head = f"From: anna@example.net\r\nContent-Type: {kind}; boundary=b\r\n"
    return read((head + "".join(f"\r\n--b\r\n{one}" for one in each) + "\r\n--b--\r\n").encode())


def test_an_opaque_signature_is_opened(sign: Callable[[bytes], bytes]) -> None:
    for kind in ("application/pkcs7-mime", "application/x-pkcs7-mime", "application/octet-stream"):
        for smime_type in ("signed-data", ""):
            mail = opaque(sign(INNER), smime_type, kind)
            assert (mail.text, mail.remarks, mail.attachments) == ("We need a plan.", (), ())


def test_what_it_signs_may_hold_files_and_another_signature(sign: Callable[[bytes], bytes]) -> None:
    inner = (
        b"Content-Type: multipart/mixed; boundary=c\r\n\r\n--c\r\n\r\nSee the plan.\r\n--c\r\n"
        b"Content-Type: application/pdf; name=plan.pdf\r\n\r\n%PDF\r\n--c--\r\n"
    )
    again = b"Content-Type: application/pkcs7-mime; name=smime.p7m\r\nContent-Transfer-Encoding: 8bit\r\n\r\n" + sign(
        inner
    )
    mail = opaque(sign(again))
    assert (mail.text, [one.name for one in mail.attachments]) == ("See the plan.", ["plan.pdf"])


def test_a_streamed_signature_in_pieces_is_opened() -> None:
    pieces = ber(0x24, *[der(4, INNER[at : at + 7]) for at in range(0, len(INNER), 7)])
    assert signed.content(signed_data(pieces, ber)) == INNER
    assert opaque(signed_data(pieces, ber)).text == "We need a plan."


def test_a_large_streamed_signature_is_opened() -> None:
    content = INNER + b"x" * 20_000_000
    pieces = ber(0x24, *[der(4, content[at : at + 1000]) for at in range(0, len(content), 1000)])
    assert signed.content(signed_data(pieces, ber)) == content


def test_signatures_around_signatures_end_somewhere() -> None:
    octets = INNER
    for _ in range(5):
        octets = b"Content-Type: application/pkcs7-mime\r\nContent-Transfer-Encoding: 8bit\r\n\r\n" + signed_data(
            der(4, octets)
        )
    mail = read(b"From: anna@example.net\r\n" + octets)
    assert (
        "It is signed (S/MIME) in a form that could not be opened. Ask its author to send it again as plain mail."
        in mail.remarks
    )


def test_an_encrypted_mail_says_so(holder: tuple[rsa.RSAPrivateKey, x509.Certificate]) -> None:
    builder = pkcs7.PKCS7EnvelopeBuilder().set_data(INNER).add_recipient(holder[1])
    octets = builder.encrypt(Encoding.DER, [pkcs7.PKCS7Options.Binary])
    assert signed.kind(octets) is Kind.ENCRYPTED
    for smime_type in ("enveloped-data", "", "signed-data"):  # what it is, not what it says
        mail = opaque(octets, smime_type)
        assert mail.remarks == (ENCRYPTED.format("S/MIME"), "It has no readable text.")
        assert [one.name for one in mail.attachments] == ["smime.p7m"]


def test_pgp_mime_encrypted_says_so() -> None:
    mail = parts(
        'multipart/encrypted; protocol="application/pgp-encrypted"',
        "Content-Type: application/pgp-encrypted\r\n\r\nVersion: 1",
        "Content-Type: application/octet-stream; name=encrypted.asc\r\n\r\n-----BEGIN PGP MESSAGE-----",
    )
    assert mail.remarks == (ENCRYPTED.format("PGP"), "It has no readable text.")
    assert [one.name for one in mail.attachments] == ["encrypted.asc"]


@pytest.mark.parametrize(
    "kind", ["application/pgp-signature", "application/pkcs7-signature", "application/x-pkcs7-signature"]
)
def test_a_signed_mail_is_read_and_its_signature_is_a_file_that_is_not_kept(kind: str) -> None:
    """RFC 1847 §2.1. It holds nobody: people whose program always signs write like anybody else."""
    mail = parts(
        f'multipart/signed; protocol="{kind}"',
        "Content-Type: text/plain\r\n\r\nWe need a plan.",
        f"Content-Type: {kind}; name=signature.asc\r\n\r\nxx",
    )
    assert (mail.text, mail.remarks) == ("We need a plan.", ())
    (file,) = sorted_out(mail.attachments, mail.html, AttachmentRule("link", 1000, 5))
    assert (file.name, file.fate, file.reason and file.reason.rule) == ("signature.asc", Fate.DROPPED, "signature")


def test_a_key_is_a_file_that_is_not_kept() -> None:
    mail = parts("multipart/mixed", "\r\nWe need a plan.", "Content-Type: application/pgp-keys; name=key.asc\r\n\r\nxx")
    assert (mail.text, mail.remarks) == ("We need a plan.", ())
    (file,) = sorted_out(mail.attachments, mail.html, AttachmentRule("link", 1000, 5))
    assert (file.name, file.fate) == ("key.asc", Fate.DROPPED)


CLEAR = """-----BEGIN PGP SIGNED MESSAGE-----
Hash: SHA256

We need a plan.
- -- and a budget --
-----BEGIN PGP SIGNATURE-----

iQEzBAEBCAAdFiEE
=abcd
-----END PGP SIGNATURE-----
"""


@pytest.mark.parametrize(
    ("text", "want", "kind"),
    [
        (CLEAR, "We need a plan.\n-- and a budget --\n", Kind.SIGNED),
        (f"Above.\n{CLEAR}Below.", "Above.\nWe need a plan.\n-- and a budget --\nBelow.", Kind.SIGNED),
        (CLEAR + CLEAR, "We need a plan.\n-- and a budget --\n" * 2, Kind.SIGNED),
        (CLEAR[:140], "We need a plan.\n-- and a budget --\n", Kind.SIGNED),  # cut in its signature
        ("-----BEGIN PGP MESSAGE-----\n\nhQEM\n-----END PGP MESSAGE-----", None, Kind.ENCRYPTED),
        ("> -----BEGIN PGP MESSAGE-----\nquoted only", None, None),
        ("-----BEGIN PGP SIGNED MESSAGE-----\nno more", None, None),
        ("plain", None, None),
    ],
)
def test_inline_pgp(text: str, want: str | None, kind: Kind | None) -> None:
    assert clear(text) == (text if want is None else want, kind)


def test_inline_pgp_in_a_mail() -> None:
    assert (mail := read(b"From: a@example.net\n\n" + CLEAR.encode())).text.startswith("We need a plan.")
    assert mail.remarks == ()
    mail = read(b"From: a@example.net\n\n-----BEGIN PGP MESSAGE-----\n\nhQEM\n-----END PGP MESSAGE-----\n")
    assert ENCRYPTED.format("PGP") in mail.remarks


HOSTILE = {
    "nested for ever": b"\x30\x80" * 500_000,
    "pieces of pieces": signed_data(b"\x24\x80" * 100_000, ber),
    "a million empty pieces": signed_data(ber(0x24, der(4) * 1_000_000), ber),
    "a length beyond the end": b"\x30\x84\xff\xff\xff\xff\x06\x09" + SIGNED_DATA,
}


@pytest.mark.parametrize("octets", HOSTILE.values(), ids=HOSTILE.keys())
def test_it_is_bounded(octets: bytes) -> None:
    began = time.process_time()
    assert signed.content(octets) is None
    signed.kind(octets)
    assert time.process_time() - began < 1


def test_armour_without_end_is_bounded() -> None:
    began = time.process_time()
    clear("-----BEGIN PGP SIGNED MESSAGE-----\n" * 20_000 + "-----BEGIN PGP SIGNATURE-----\n" * 20_000)
    assert time.process_time() - began < 1


def test_mutants_are_opened_or_not_without_an_error(sign: Callable[[bytes], bytes]) -> None:
    dice = random.Random(1325)
    source = sign(INNER)
    for _ in range(1500):
        octets = bytearray(source)
        for _ in range(dice.randint(1, 6)):
            octets[dice.randrange(min(len(octets), 200))] = dice.choice((0, 0x80, 0x84, 255, dice.randrange(256)))
        signed.content(bytes(octets))
        signed.kind(bytes(octets))


@settings(max_examples=200, deadline=None)
@given(st.binary(max_size=200))
def test_any_octets_are_looked_at(octets: bytes) -> None:
    assert signed.content(octets) is None or signed.kind(octets) is Kind.SIGNED

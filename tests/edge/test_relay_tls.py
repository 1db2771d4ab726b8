"""TLS with the relay that does not come up is told in words that say what to do, and nothing is sent in clear."""

from __future__ import annotations

import asyncio
import ssl
from datetime import UTC, datetime, timedelta
from ipaddress import ip_address
from pathlib import Path
from typing import Any

import pytest
from cryptography import x509
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat
from cryptography.x509.oid import NameOID

from listserv.core.mail.transfer import Phase
from listserv.edge.relay import SmtpRelay
from tests.edge.outbox import Outbox, copies
from tests.sink import Sink


def certificate(folder: Path, name: x509.GeneralName, days: int) -> tuple[Path, Path]:
    """One that signs itself, good until so many days from now, with its key."""
    key = ec.generate_private_key(ec.SECP256R1())
    relay, now = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "relay")]), datetime.now(UTC)
    builder = x509.CertificateBuilder().subject_name(relay).issuer_name(relay).public_key(key.public_key())
    builder = builder.serial_number(1).not_valid_before(now - timedelta(30)).not_valid_after(now + timedelta(days))
    builder = builder.add_extension(x509.SubjectAlternativeName([name]), critical=False)
    made, private = folder / "cert.pem", folder / "key.pem"
    made.write_bytes(builder.sign(key, SHA256()).public_bytes(Encoding.PEM))
    private.write_bytes(key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption()))
    return made, private


HERE = x509.IPAddress(ip_address("127.0.0.1"))
ELSEWHERE = x509.DNSName("mail.elsewhere.example")


@pytest.mark.parametrize("tls", ["starttls", "implicit"])
@pytest.mark.parametrize(
    ("name", "days", "trusted", "said"),
    [
        (HERE, -1, True, "the relay's certificate has expired"),
        (ELSEWHERE, 30, True, "the relay's certificate is for another name than 127.0.0.1"),
        (HERE, 30, False, "the relay's certificate is signed by itself"),
    ],
    ids=["expired", "another name", "signed by itself"],
)
async def test_a_certificate_that_does_not_do(
    tls: str, name: x509.GeneralName, days: int, trusted: bool, said: str, tmp_path: Path
) -> None:
    chain, key = certificate(tmp_path, name, days)
    server = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    server.load_cert_chain(chain, key)

    async def talk(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        try:
            if tls == "starttls":
                writer.write(b"220 relay\r\n")
                await reader.readline()
                writer.write(b"250-relay\r\n250 STARTTLS\r\n")
                await reader.readline()
                writer.write(b"220 go ahead\r\n")
                await writer.start_tls(server)
            await reader.read()
        except (OSError, ssl.SSLError):
            pass
        finally:
            writer.close()

    context = ssl.create_default_context(cafile=str(chain) if trusted else None)
    implicit = server if tls == "implicit" else None
    async with await asyncio.start_server(talk, "127.0.0.1", 0, ssl=implicit) as listening:
        result = await first("127.0.0.1", listening.sockets[0].getsockname()[1], tls=tls, tls_context=context)
    assert (result.code, result.phase) == (0, Phase.TLS)
    assert result.reply.startswith(said)


async def first(host: str, port: int, **settings: Any) -> Any:
    relay = SmtpRelay(host=host, port=port, hostname="mail.example.org", timeout=5.0, **settings)
    outbox = Outbox(copies(1))
    await relay.drain(outbox.claim, outbox.finish)
    await relay.close()
    return outbox.results[0]


async def test_a_relay_that_speaks_in_clear_where_TLS_was_to_begin() -> None:
    async with Sink() as sink:
        result = await first(sink.host, sink.port, tls="implicit")
    assert result.phase is Phase.TLS
    assert result.reply.startswith("what answers at relay.port does not begin with TLS")


async def test_STARTTLS_promised_and_not_kept() -> None:
    async def talk(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        writer.write(b"220 relay\r\n")
        await reader.readline()
        writer.write(b"250-relay\r\n250 STARTTLS\r\n")
        await reader.readline()
        writer.write(b"220 go ahead\r\n")
        await reader.read(100)  # the client's hello
        writer.write(b"500 what?\r\n")
        writer.close()

    async with await asyncio.start_server(talk, "127.0.0.1", 0) as listening:
        result = await first("127.0.0.1", listening.sockets[0].getsockname()[1], tls="starttls")
    assert result.phase is Phase.TLS
    assert "TLS" in result.reply


async def test_a_relay_that_hangs_up_while_TLS_was_to_come_up() -> None:
    async def talk(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        writer.write(b"220 relay\r\n")
        await reader.readline()
        writer.write(b"250-relay\r\n250 STARTTLS\r\n")
        await reader.readline()
        writer.write(b"220 go ahead\r\n")
        await reader.read(100)
        writer.transport.abort()

    async with await asyncio.start_server(talk, "127.0.0.1", 0) as listening:
        result = await first("127.0.0.1", listening.sockets[0].getsockname()[1], tls="starttls")
    assert result.phase is Phase.TLS
    assert result.reply.startswith("the relay ended the connection while TLS was to come up")

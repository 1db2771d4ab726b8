"""The relay as it shows itself: reached, encrypted, logged in to, and what it offers. No mail is sent."""

from __future__ import annotations

import asyncio
import ipaddress
from typing import Literal

from listserv.core.mail.compliance import Finding, failed, ok, skipped, warning
from listserv.core.mail.published import Look
from listserv.core.mail.transfer import Phase
from listserv.edge.hop import BrokenError
from listserv.edge.relay import SmtpRelay

CHECK = "relay"
#: Seconds of silence.
PATIENCE = 15.0

OFFERS = ("SIZE", "PIPELINING", "8BITMIME", "SMTPUTF8")

_DO = {
    Phase.CONNECT: "Check relay.host and relay.port, and that a firewall lets us through.",
    Phase.GREETING: "Ask its operator; it does not speak with us.",
    Phase.TLS: "Mend that; or see whether relay.host, relay.port and relay.tls are what its operator told you.",
    Phase.AUTH: "Check relay.user and its password.",
}


def look(
    *,
    host: str,
    port: int,
    tls: Literal["starttls", "implicit", "none"],
    login: tuple[str, str] | None,
    hostname: str,
) -> list[Finding]:
    user, password = login or ("", "")
    relay = SmtpRelay(
        host=host, port=port, tls=tls, user=user, password=password, hostname=hostname, timeout=PATIENCE, connections=1
    )
    return asyncio.run(_look(relay, f"{host}:{port}", host, tls, bool(user)))


async def _look(relay: SmtpRelay, place: str, host: str, tls: str, logs_in: bool) -> list[Finding]:
    try:
        line = await relay.line()
    except BrokenError as broken:
        text = f"{place}: {broken.text} ({broken.phase})."
        return [failed(CHECK, text, _DO.get(broken.phase, _DO[Phase.GREETING]), _rule(broken.phase))]
    offers = line.offers
    relay.keep(line)
    await relay.close()
    found = [_encrypted(place, host, tls), _offered(offers)]
    if logs_in:
        found.append(ok(CHECK, f"{place} takes our user and password.", "RFC 4954 §4"))
    return found


def _rule(phase: Phase) -> str:
    return {Phase.TLS: "RFC 3207 §4", Phase.AUTH: "RFC 4954 §4"}.get(phase, "RFC 5321 §3.1")


def _encrypted(place: str, host: str, tls: str) -> Finding:
    if tls != "none":
        return ok(CHECK, f"{place} is reached over TLS ({tls}), its certificate verified.", "RFC 3207 §4")
    if _here(host):
        return ok(CHECK, f"{place} is reached on this host.")
    return warning(CHECK, f"{place} is reached in clear.", 'Set relay.tls = "starttls".', "RFC 3207 §4")


def _offered(offers: dict[str, str]) -> Finding:
    """What it lacks costs speed, or mail with letters beyond ASCII in addresses; it fails nothing."""
    has = [f"{word} {offers[word]}".strip() for word in OFFERS if word in offers]
    lacks = [word for word in OFFERS if word not in offers]
    text = f"it offers {', '.join(has) or 'no extension'}" + (f"; not {', '.join(lacks)}." if lacks else ".")
    return ok(CHECK, text, "RFC 5321 §2.2")


def _here(host: str) -> bool:
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return host == "localhost"


def reverse(host: str, domain: str, look: Look) -> Finding:
    """The name of its address, for information: receivers look at the address that it sends from (RFC 1912 §2.1).

    A relay on this host is most often the server that mail to `domain` comes to, so that one's address is taken.
    """
    check = "relay's name"
    if _here(host):
        found = look("MX", domain)
        if not found or not found[0]:
            text = "the relay is on this host, and no MX tells under which address the world knows it."
            return skipped(check, text)
        host = found[0]
    try:
        addresses: tuple[str, ...] | None = (str(ipaddress.ip_address(host)),)
    except ValueError:
        addresses = look("A", host) or look("AAAA", host)
    if not addresses:
        return skipped(check, f"DNS gave no address for {host}.")
    address = addresses[0]
    names = look("PTR", address)
    if names is None:
        return skipped(check, f"DNS did not answer for the name of {address}.")
    do = "Large receivers refuse mail from such addresses. If it also sends from there, tell its operator."
    if not names:
        return warning(check, f"{address} has no name (PTR).", do)
    kind = "AAAA" if ":" in address else "A"
    if not any(address in (look(kind, name) or ()) for name in names):
        return warning(check, f"{address} is called {names[0]}, which does not lead back to it.", do)
    return ok(check, f"{address} is called {names[0]}, which leads back to it.")

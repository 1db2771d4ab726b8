"""Two mails of ours, made and signed as for sending, held against the rules, the signature verified like a receiver."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

import dkim

from listserv.core.dialogue.model import Dialogue
from listserv.core.mail import compliance
from listserv.core.mail.compliance import Finding, failed, ok
from listserv.core.mail.dkim import Key, body_hash, sign
from listserv.core.site import Site
from listserv.steps import specimen
from listserv.steps.specimen import Specimen


def look(
    site: Site, dialogue: Dialogue, now: datetime, signed_at: datetime, keys: Sequence[Key], *, trial: bool
) -> list[Finding]:
    """`now`: the dialogues' clock. `signed_at`: the real time. `trial`: nothing leaves this host."""
    https = site.pages and site.base_url.startswith("https://")
    copy = wire(specimen.contribution(site, dialogue, now), keys, signed_at)
    notice = wire(specimen.notice(site, dialogue, now), keys, signed_at)
    return [
        *compliance.of_contribution(compliance.read(copy), site.domain, https=https, signed=bool(keys), trial=trial),
        *_verified(copy, keys),
        *compliance.of_notice(compliance.read(notice), site.domain),
    ]


def wire(made: Specimen, keys: Sequence[Key], at: datetime) -> bytes:
    """The mail as it goes over the wire."""
    signature = sign(keys, made.head, body_hash(made.body), at) if keys else b""
    return signature + made.head + b"\r\n" + made.body


def _verified(copy: bytes, keys: Sequence[Key]) -> list[Finding]:
    """Each signature with the public part of the key at hand, as DNS should have it (RFC 6376 §6.1)."""
    rule = "RFC 6376 §6.1"
    records = {f"{key.record_name}.": key.record for key in keys}

    def record(name: bytes, timeout: float = 0) -> str:
        return records.get(name.decode("ascii"), "")

    found = []
    for index, key in enumerate(keys):
        check = f"DKIM {key.selector}"
        try:
            valid = dkim.DKIM(copy).verify(index, dnsfunc=record)
        except dkim.DKIMException:
            valid = False
        if valid:
            found.append(ok(check, "a copy's signature is valid, verified with the key at hand.", rule))
        else:
            found.append(failed(check, "a copy's signature does not verify.", compliance.BUG, rule))
    return found

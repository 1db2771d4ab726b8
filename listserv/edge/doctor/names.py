"""DNS as core/mail/published asks it: records as texts, () where there is none, None where nobody answers."""

from __future__ import annotations

import dns.exception
import dns.resolver
import dns.reversename

#: Seconds for one look-up, whatever its servers do.
PATIENCE = 5.0


class Dns:
    """Asks `resolver` (None: nobody). One that does not answer twice is not asked again: every check would wait."""

    def __init__(self, resolver: dns.resolver.Resolver | None, patience: float = PATIENCE) -> None:
        self._resolver, self._patience = resolver, patience
        self._silences = 0

    def __call__(self, kind: str, name: str) -> tuple[str, ...] | None:
        if self._resolver is None or self._silences > 1:
            return None
        try:
            asked = dns.reversename.from_address(name) if kind == "PTR" else name
            answer = self._resolver.resolve(asked, kind, search=False, lifetime=self._patience)
        except (dns.resolver.NXDOMAIN, dns.resolver.NoAnswer):
            return ()
        except (dns.exception.Timeout, OSError):
            self._silences += 1
            return None
        except (dns.exception.DNSException, UnicodeError):
            return None
        return tuple(_text(kind, record) for record in answer)


def _text(kind: str, record: object) -> str:
    if kind == "TXT":
        return b"".join(record.strings).decode("utf-8", "replace")  # type: ignore[attr-defined]
    shown = str(record.exchange if kind == "MX" else record)  # type: ignore[attr-defined]
    return shown.rstrip(".")


def look() -> Dns:
    """With the resolver of this host, if it has one."""
    try:
        return Dns(dns.resolver.Resolver())
    except dns.exception.DNSException:  # none is configured
        return Dns(None)

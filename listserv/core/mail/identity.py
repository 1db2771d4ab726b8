"""Which addresses are the same one: the comparable form under which a person is known.

The local part is compared without regard to case, though RFC 5321 §2.4 lets a host tell case apart: none that
people write from does. The domain is compared as its A-label (RFC 5891 §5.2), so that `x@bücher.example` and
`x@xn--bcher-kva.example` are one person.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from functools import lru_cache

import idna

# One @, something on both sides, a dot-free domain allowed (loopback hosts), nothing that could break a header
# or an SMTP command (RFC 5321 §4.1.2 is wider; what it allows beyond this no dialogue has ever been written from).
# Nor what is not seen and turns what stands around it (the joiners of U+200C and U+200D some scripts are written with).
_NOT = r"\s@<>()\[\]\\,;:\"\x00-\x1f\x7f-\x9f"
_NOT += r"\u00ad\u061c\u180e\u200b\u200e\u200f\u2028-\u202e\u2060-\u206f\ufeff\ud800-\udfff"
_ADDRESS = re.compile(f"[^{_NOT}]{{1,64}}@[^{_NOT}]{{1,253}}")


@dataclass(frozen=True, slots=True)
class Mailbox:
    """A name ("" if none) and one plain address (RFC 5322 §3.4)."""

    name: str
    address: str


def valid(address: str) -> bool:
    """Whether it is one plain mail address that is safe on the wire."""
    if not _ADDRESS.fullmatch(address):
        return False
    local, _, domain = address.partition("@")
    labels = domain.split(".")
    return not (local.startswith(".") or local.endswith(".") or ".." in local) and all(
        label and not label.startswith("-") and not label.endswith("-") for label in labels
    )


def key(address: str) -> str:
    """The comparable form of a valid address."""
    local, _, domain = address.strip().rpartition("@")
    return f"{local.lower()}@{comparable(domain)}"


def domain_of(address: str) -> str:
    """Its domain, comparable: one name for one domain, however it is written."""
    return comparable(address.strip().rpartition("@")[2])


@lru_cache(maxsize=4096)
def comparable(domain: str) -> str:
    """A domain as its A-label, in lower case, without a final dot; what IDNA knows no such name for, as written."""
    try:
        return a_label(domain).rstrip(".")
    except ValueError:
        return domain.lower().rstrip(".")


def a_label(domain: str) -> str:
    """The domain in lower case as it stands in DNS (RFC 5891 §5, mapped by UTS 46); ValueError if it cannot."""
    return domain.lower() if domain.isascii() else idna.encode(domain, uts46=True).decode("ascii")

"""What proves who wrote a mail. From alone proves nothing (RFC 8601 §7, DESIGN's levels).

Answers with a Proof: nothing, a trusted host's Authentication-Results, or a DKIM signature verified here; and whether
a check we trust says that the mail is *not* from whom it names. Here are the rules: what such a header says, and
which signatures count. Looking keys up and doing the sums is edge/proving's. Never raises, looks nothing up.

Authentication-Results are believed only where the topmost bears exactly the id that our own host writes, and no other
header does (RFC 8601 §2.2, §5: a host removes what claims to be its own). A host that writes several of them, one per
check, must join them first. One that neither writes nor removes them must not be named as trusted.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Final

from listserv.core.mail import identity
from listserv.core.mail.inmail import InboundMail
from listserv.core.mail.level import Level
from listserv.core.sentence import Sentence


@dataclass(frozen=True, slots=True)
class Proof:
    """`refuted`: a check we trust says that it is not from whom it names. `says`: why, in words for a moderator."""

    level: Level = Level.NONE
    refuted: bool = False
    says: str = ""

    @property
    def lacking(self) -> bool:
        """Whether it was looked for and not found. Not so at a site that looks for none: there none is missed."""
        return self.level is Level.NONE and not self.refuted and bool(self.says)


UNPROVEN: Final = Proof()

#: Octets of the mail, what was read in them, the protocol it came by.
Prove = Callable[[bytes, InboundMail, str], Proof]


def unproven(raw: bytes, mail: InboundMail, protocol: str) -> Proof:
    """The proof of a site that checks nothing."""
    return UNPROVEN


def aligned(domain: str, author: str) -> bool:
    """Whether a signature of `domain` speaks for an author at the domain `author` (RFC 7489 §3.1, "relaxed").

    The same domain, or one above the other with two labels at least. Which names are registries (co.uk) is known to
    no rule, only to a list that changes; but a registry signs no mail, so its name as the upper one does no harm, and
    two domains side by side under one, which would need the list, are not taken as aligned.
    """
    domain, author = identity.comparable(domain), identity.comparable(author)
    upper, lower = sorted((domain, author), key=len)
    return bool(upper) and (upper == lower or (upper.count(".") >= 1 and lower.endswith(f".{upper}")))


# --- Authentication-Results (RFC 8601)


@dataclass(frozen=True, slots=True)
class Result:
    method: str  # lower case
    result: str  # lower case
    properties: Mapping[str, str]  # "header.d" to its value; names in lower case


_VALUE = r"(?:\"(?:[^\"\\]|\\.)*\"|[^\s\";]+)"
_ID = re.compile(rf"\s*({_VALUE})\s*(?:\d+\s*)?")
_METHOD = re.compile(r"\s*([\w-]+)\s*(?:/\s*\d+\s*)?=\s*([\w-]+)")
#: Also "reason", and words of a host's own ("x-bits=2048"), which are passed over.
_PROPERTY = re.compile(rf"\s+(?:([\w-]+)\s*\.\s*([\w-]+)|[\w-]+)\s*=\s*({_VALUE})")


def results(value: str) -> tuple[str, tuple[Result, ...]]:
    """The authserv-id, in lower case, and the results of one header (RFC 8601 §2.2).

    ("", ()) for what is no such header; a result that contradicts itself or cannot be read to its end is left out.
    """
    said, *rest = _divided(value)
    found = _ID.fullmatch(said)
    if found is None:
        return "", ()
    return _unquoted(found[1]).lower(), tuple(filter(None, map(_result, rest)))


def _result(text: str) -> Result | None:
    text = text.rstrip()
    begun = _METHOD.match(text)
    if begun is None:
        return None
    at, properties = begun.end(), dict[str, str]()
    while at < len(text):
        found = _PROPERTY.match(text, at)
        if found is None:
            return None
        if found[1]:
            name, value = f"{found[1]}.{found[2]}".lower(), _unquoted(found[3])
            if properties.setdefault(name, value) != value:
                return None
        at = found.end()
    return Result(begun[1].lower(), begun[2].lower(), properties)


def _unquoted(value: str) -> str:
    return re.sub(r"\\(.)", r"\1", value[1:-1]) if value[:1] == '"' else value


def _divided(value: str) -> list[str]:
    """The parts between semicolons, comments taken out (RFC 5322 §3.2.2); [""] if a comment or quote does not end."""
    parts, depth, quoted, escaped = [""], 0, False, False
    for letter in value:
        if escaped:
            escaped = False
        elif letter == "\\" and (depth or quoted):
            escaped = True
        elif letter == '"' and not depth:
            quoted = not quoted
        elif letter == "(" and not quoted:
            depth += 1
            continue
        elif letter == ")" and depth:
            depth -= 1
            letter = " "
        elif letter == ";" and not depth and not quoted:
            parts.append("")
            continue
        if not depth:
            parts[-1] += letter
    return [""] if depth or quoted else parts


def by_results(headers: Sequence[str], trusted_id: str, author: str) -> Proof:
    """What our host's Authentication-Results say of that author's address. `headers`: all of them, topmost first."""
    read = [results(value) for value in headers]
    trusted_id = trusted_id.lower()
    ours = [said for name, said in read if name == trusted_id]
    if len(ours) > 1:
        return Proof(says=Sentence("Several headers claim to be our mail host's check; none of them is believed."))
    if not ours or read[0][0] != trusted_id:
        return Proof(says=Sentence("Our mail host has not checked where it comes from."))
    domain = identity.domain_of(author)
    if any(one.method == "dmarc" and one.result == "fail" for one in ours[0]):
        said = Sentence("Our mail host's check says that it does not come from %(domain)s (DMARC).", domain=domain)
        return Proof(refuted=True, says=said)
    if any(_vouches(one, domain) for one in ours[0]):
        said = Sentence("Our mail host has checked that it comes from %(domain)s.", domain=domain)
        return Proof(Level.TRUSTED, says=said)
    return Proof(says=Sentence("Our mail host's check does not show that it comes from %(domain)s.", domain=domain))


def _vouches(one: Result, domain: str) -> bool:
    if one.result != "pass":
        return False
    if one.method == "dmarc":  # RFC 7489 §11.1: header.from is the domain that was checked
        return identity.comparable(one.properties.get("header.from", "")) == domain
    if one.method == "dkim":  # RFC 8601 §2.7.1; header.i is an address, perhaps without its local part
        signer = one.properties.get("header.d") or one.properties.get("header.i", "").rpartition("@")[2]
        return aligned(signer, domain)
    return False


# --- DKIM signatures (RFC 6376)


def tags(text: str) -> dict[str, str]:
    """A tag list (RFC 6376 §3.2), white space inside values taken out; {} if a tag stands twice or is none."""
    found: dict[str, str] = {}
    for part in text.strip().removesuffix(";").split(";"):
        name, equals, value = part.partition("=")
        name = name.strip()
        if not equals or not name or name in found:
            return {}
        found[name] = "".join(value.split())
    return found


def signature_flaw(signature: Mapping[str, str], author: str) -> str:
    """Why a signature with those tags does not count for that author's address, without verifying it; "" if it may."""
    if not signature:
        return Sentence("its signature cannot be read")
    signer, domain = signature.get("d", ""), identity.domain_of(author)
    if not aligned(signer, domain):
        return Sentence("it is signed by another domain only")
    if "l" in signature:  # RFC 6376 §8.2: anything may follow what it covers
        return Sentence("its signature covers only the beginning of the text")
    if "from" not in signature.get("h", "").lower().split(":"):  # RFC 6376 §5.4
        return Sentence("its signature does not cover its author")
    if signature.get("a", "").lower() not in ("rsa-sha256", "ed25519-sha256"):  # RFC 8301 §3.1
        return Sentence("its signature is of a kind no longer safe")
    return ""


def key_flaw(record: str) -> str:
    """Why signatures under that key record do not count (RFC 6376 §3.6.1, RFC 8301 §3.2 apart: that is arithmetic)."""
    key = tags(record)
    if not key.get("p"):
        return Sentence("the key of its signature is missing or withdrawn")
    if "y" in key.get("t", "").lower().split(":"):
        return Sentence("its domain is only testing its signatures")
    return ""

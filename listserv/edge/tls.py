"""Why the relay is not reached, or TLS with it did not come up, in words that say what to do; what OpenSSL says stands
behind in brackets.
"""

from __future__ import annotations

import os
import re
import ssl

from listserv.core.mail.transfer import Phase

#: What OpenSSL finds wrong with a certificate (openssl-verification-options(1), X509_V_ERR_…).
_CERTIFICATE = {
    9: "the relay's certificate is not valid yet; is this host's clock right?",
    10: "the relay's certificate has expired; its operator has to renew it",
    18: "the relay's certificate is signed by itself, so nobody vouches for it; have it signed by an authority",
    19: "the relay's certificate is of an authority that this host does not know; add that to the host's store",
    20: "the relay's certificate is of an authority that this host does not know, or its chain is incomplete",
    21: "the relay's certificate is of an authority that this host does not know, or its chain is incomplete",
    23: "the relay's certificate is revoked; its operator has to renew it",
}
_ANOTHER_NAME = (62, 64)  # a host name, an address
_FAILED = re.compile(r"\[Errno (\d+)\] Connect call failed \('([^']+)', (\d+)[^)]*\)")
_ERRNO = re.compile(r"\[Errno -?\d+\] ")


def in_words(error: Exception, host: str) -> str:
    """`host`: as we call the relay (relay.host); its certificate has to name that."""
    if isinstance(error, ssl.SSLCertVerificationError):
        if error.verify_code in _ANOTHER_NAME:
            said = f"the relay's certificate is for another name than {host}; set relay.host to the name it is for"
        else:
            said = _CERTIFICATE.get(error.verify_code, "the relay's certificate cannot be trusted")
        return f"{said} ({error.verify_message or error.reason})"
    if isinstance(error, ssl.SSLError):
        if error.reason in ("WRONG_VERSION_NUMBER", "RECORD_LAYER_FAILURE", "HTTP_REQUEST", "UNKNOWN_PROTOCOL"):
            said = "what answers at relay.port does not begin with TLS; is it a port of starttls (587)?"
        else:
            said = "the relay and this host agree on no way to encrypt"
        return f"{said} ({error.reason or error})"
    return f"the relay ended the connection while TLS was to come up ({str(error) or type(error).__name__})"


def unreached(error: Exception, where: str) -> str:
    """asyncio tells "[Errno 111] Connect call failed ('192.0.2.1', 25)", one after the other for several addresses;
    where another loop names none, `where` is told."""
    said = _FAILED.sub(lambda found: f"{os.strerror(int(found[1]))} ({found[2]} port {found[3]})", str(error))
    said = _ERRNO.sub("", said.removeprefix("Multiple exceptions: "))
    return said if " port " in said else f"{said or 'the connection was refused'} ({where})"


def unanswered(within: float, phase: Phase, tls: str) -> str:
    """That nothing came in time. `tls`: relay.tls."""
    said = f"no answer within {within:g} s"
    if phase is Phase.GREETING and tls != "implicit":
        return f"{said}; a port of implicit TLS (465) is silent like that"
    return said

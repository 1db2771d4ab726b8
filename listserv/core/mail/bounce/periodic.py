"""Daily reports that hosts send to whoever asked for them in DNS: of DMARC (RFC 7489 §7.2), and of TLS by SMTP.

is_periodic(message, subject) -> whether it is one: by its type or the name of its attachment, which both standards
lay down, and for DMARC the subject too. They come without any mark of automatic mail. Pure, never raises.
"""

from __future__ import annotations

import re
from email.message import Message

from listserv.core.mail.bounce.fields import parts
from listserv.core.mail.headers import first, parameters
from listserv.core.mail.parts import content_type, name_of

#: RFC 7489 §7.2.1.1: receiver "!" domain "!" begin "!" end ["!" id] "." extension; TLS reports have the same.
_NAME = re.compile(r"[^!/\s]{1,255}!\S{1,255}?!\d{9,11}!\d{9,11}(?:![\w-]{1,100})?\.(?:xml|json|zip|gz)(?:\.gz)?", re.I)
#: The standard's is "Report Domain: talk.example Submitter: host.example Report-ID: <1>"; some put a word before.
_SUBJECT = re.compile(r"(?:\[\w+\] |dmarc |aggregate ){0,3}report domain:.{1,300}submitter:", re.IGNORECASE)


def is_periodic(message: Message, subject: str) -> bool:
    if content_type(message) == "multipart/report":
        named = parameters(first(message, "Content-Type")).get("report-type", "").lower()
        if named == "tlsrpt" and any(content_type(part).startswith("application/tlsrpt") for part in parts(message)):
            return True
    told = _SUBJECT.match(" ".join(subject.split())) is not None
    return told and any(_NAME.fullmatch(name_of(part)) for part in parts(message))

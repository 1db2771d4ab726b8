"""A mail that we have made, with other words in it; and all that a mail says, to look for words.

`reworded` takes a rendering apart, hands every piece of text in it to a function and composes it anew: the same mail
but for these words. `spoken` reads any mail at all and never raises.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from email import message_from_bytes, policy
from email.headerregistry import AddressHeader
from email.message import EmailMessage, Message
from email.utils import parsedate_to_datetime

from listserv.core.mail import outmail
from listserv.core.mail.identity import Mailbox
from listserv.core.mail.outmail import Rendering

#: Octets of one part that are read.
MOST = 2**20

_COMPOSED = frozenset({"from", "to", "subject", "date", "message-id", "reply-to", "in-reply-to", "references"})
_OF_MIME = re.compile(r"(?i)content-|mime-version$")


def reworded(head: bytes, body: bytes, change: Callable[[str], str]) -> Rendering | None:
    """The mail with every text changed; None where that changes nothing.

    Raises ValueError for what `outmail.compose` has not made.
    """
    mail = message_from_bytes(head + b"\r\n" + body, policy=policy.SMTP)
    if not isinstance(mail, EmailMessage) or mail["From"] is None or mail["Date"] is None:
        raise ValueError("not a mail of ours")
    pieces = [_text(mail, "plain"), _text(mail, "html")]
    said = [*(str(value) for _, value in mail.items()), *(piece or "" for piece in pieces), *_file_names(mail)]
    if all(change(one) == one for one in said):
        return None
    plain, html = (None if piece is None else change(piece) for piece in pieces)
    to = _mailbox(mail, "To")
    return outmail.compose(
        sender=_changed(_mailbox(mail, "From"), change) or Mailbox("", ""),
        to=_changed(to, change),
        subject=change(str(mail["Subject"] or "")),
        date=parsedate_to_datetime(str(mail["Date"])),
        message_id=change(str(mail["Message-ID"])),
        text=plain or "",
        html=html,
        attachments=[
            (change(part.get_filename() or "file"), part.get_content_type(), content)
            for part in mail.iter_attachments()
            if isinstance(content := part.get_payload(decode=True), bytes)
        ],
        reply_to=address.address if (address := _changed(_mailbox(mail, "Reply-To"), change)) else None,
        in_reply_to=change(str(mail["In-Reply-To"]).strip()) if mail["In-Reply-To"] else None,
        references=change(str(mail["References"])).split() if mail["References"] else (),
        headers=[(name, change(value)) for name, value in _more(head)],
    )


def _text(mail: EmailMessage, subtype: str) -> str | None:
    part = mail.get_body((subtype,))
    if part is None or (subtype == "plain" and part.get_content_subtype() != "plain"):
        return None
    return str(part.get_content()).replace("\r\n", "\n")


def _file_names(mail: EmailMessage) -> list[str]:
    return [part.get_filename() or "" for part in mail.iter_attachments()]


def _mailbox(mail: EmailMessage, name: str) -> Mailbox | None:
    value = mail[name]
    if value is None or not isinstance(value, AddressHeader) or not value.addresses:
        return None
    one = value.addresses[0]
    return Mailbox(one.display_name, one.addr_spec)


def _changed(one: Mailbox | None, change: Callable[[str], str]) -> Mailbox | None:
    return one and Mailbox(change(one.name), change(one.address))


def _more(head: bytes) -> list[tuple[str, str]]:
    """What `compose` does not make of itself, unfolded, as it stands."""
    lines = re.sub(r"\r\n([ \t])", r"\1", head.decode("utf-8", "replace")).split("\r\n")
    pairs = [(name, value.strip()) for name, colon, value in (line.partition(":") for line in lines) if colon]
    return [(name, value) for name, value in pairs if name.lower() not in _COMPOSED and not _OF_MIME.match(name)]


def spoken(content: bytes) -> str:
    """Every header and every text of a mail, decoded, of the mails within it too; and its octets as they are."""
    said = [content[:MOST].decode("utf-8", "replace")]
    try:
        for part in message_from_bytes(content, policy=policy.compat32).walk():
            said += [f"{name}: {outmail.clean(str(value), 4000)}" for name, value in part.items()]
            if part.get_content_maintype() == "text":
                said.append(_decoded(part))
    except (ValueError, LookupError, AssertionError, AttributeError, TypeError, IndexError, RecursionError):
        pass  # of a mail that breaks the reader, what was read so far and its octets
    return "\n".join(said)


def _decoded(part: Message) -> str:
    payload = part.get_payload(decode=True)
    if not isinstance(payload, bytes):
        return ""
    try:
        return payload[:MOST].decode(part.get_content_charset() or "utf-8", "replace")
    except LookupError:
        return payload[:MOST].decode("latin-1")

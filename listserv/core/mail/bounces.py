"""Reading delivery reports: whom a mail did not reach, why, and whether that is the address's fault.

read_report(message) -> Bounce | None for standard reports (RFC 3464 in RFC 6522 multipart/report, RFC 6533 for
addresses beyond ASCII); read_plain(message, text) for the free-form ones some hosts send; read_complaint for
feedback reports (RFC 5965). The return address (VERP) tells the recipient better than anything here: use it
first. Never raises for a message the parser made; unreadable fields are "".
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from email.message import Message
from enum import StrEnum

from listserv.core.mail import identity
from listserv.core.mail.body import children, content_type, payload
from listserv.core.mail.charsets import to_text
from listserv.core.mail.headers import first, one_line
from listserv.core.mail.threads import message_ids

_MOST_TEXT = 100_000


class Verdict(StrEnum):
    HARD = "hard"  # the address is wrong or gone
    SOFT = "soft"  # full, too slow, switched off for now: may work again
    OURS = "ours"  # refused for what we are or what we sent: says nothing about the address
    DELAYED = "delayed"  # still being tried; never counts
    NONE = "none"  # not a failure


@dataclass(frozen=True, slots=True)
class Bounce:
    """`recipients` in lower-case domains, each once; `status` as "5.1.1" (RFC 3463); `diagnostic` on one line."""

    recipients: tuple[str, ...]
    action: str  # failed, delayed, delivered, relayed, expanded (RFC 3464 §2.3.3); "complaint"; "" when not said
    status: str
    diagnostic: str
    verdict: Verdict
    original_message_ids: tuple[str, ...]


_STATUS = re.compile(r"(?<![\d.])([245])\.(\d{1,3})\.(\d{1,3})(?![\d.])")
_REPLY = re.compile(r"(?<![\d.])([45])[0-5]\d(?=[ -])")

_OURS = re.compile(
    r"spam|block(?:ed|ing|list| ?list)|black ?list|blocklist|deny ?list|policy|policies|reputation|dmarc|"
    r"\bspf\b|dkim|\brbl\b|spamhaus|"
    r"unsolicited|unauthenticated|authentication (?:is )?(?:required|failed|checks)|not authori[sz]ed|"
    r"relay(?:ing)? (?:access )?(?:denied|not)|not permitted to relay|content (?:rejected|denied|"
    r"refused)|message (?:rejected|refused|content)|"
    r"virus|malware|suspicious|too (?:large|big)|size limit|exceeds? .{0,20}(?:size|limit)|bulk mail|"
    r"reverse dns|\bptr\b|banned|"
    r"sender .{0,20}(?:reject|denied|unknown|invalid|not)|access denied|administrative prohibition|"
    r"rate.?limit|too many messages",
    re.IGNORECASE,
)
_SOFT = re.compile(
    r"full|quota|over ?limit|insufficient (?:system )?(?:storage|disk|space)|out of (?:disk )?space|"
    r"tim(?:ed|e)[ -]?out|"
    r"try (?:again|later)|gr[ae]y-?list|temporar|tempor[aá]ir|connection (?:refused|reset|timed|lost|"
    r"closed|dropped)|too many|busy|"
    r"deferred|retry|expired|network|resources|overloaded|lookup fail|servfail|not accepting (?:messages|"
    r"mail)|inactive|(?:account|mailbox) (?:is )?(?:locked|suspended)|loop",
    re.IGNORECASE,
)
_HARD = re.compile(
    r"user unknown|unknown (?:user|recipient|mailbox|address|local|or illegal)|no such (?:user|mailbox|"
    r"recipient|address|person|account|local|domain|host)|"
    r"(?:does ?n[o']t|doesn.t|not) exist|nonexist|non-exist|(?:user|recipient|address|mailbox|account|"
    r"addressee)\S{0,60} (?:was |is |were )?(?:not found|unknown|invalid|undeliverable)|"
    r"(?:user|recipient|address|mailbox|account|domain)\b.{0,40}(?:not found|could ?n.t be found|"
    r"no longer|unknown|invalid|doesn|does not exist)|"
    r"invalid (?:recipient|mailbox|address|user)|recipnotfound|resolver\.adr|bad destination|"
    r"mailbox unavailable|"
    r"(?:account|mailbox|user|address)\b.{0,40}(?:disabled|closed|deactivated|terminated|deleted|"
    r"discontinued|removed|has left|not active|not available)|"
    r"not (?:a valid|our|listed|known|recogni[sz]ed)|no mailbox|no account|unrout(?:e)?able|"
    r"host (?:unknown|not found|or domain name not found)|"
    r"name (?:service error|or service not known)|nxdomain|no (?:mx|mail) (?:host|server|exchanger)?|"
    r"domain .{0,40}(?:not found|not exist|invalid)|"
    r"user (?:has )?moved|has moved|n'existe pas|inconnu|no existe|desconocid|não existe|unbekannt|"
    r"существует|не найден|لا يوجد|غير موجود",
    re.IGNORECASE,
)
_ADDRESS_STATUS = frozenset(("5.1.0", "5.1.1", "5.1.2", "5.1.3", "5.1.6", "5.1.10", "5.2.1", "5.4.4", "5.4.310"))
_VAGUE_STATUS = frozenset(
    ("", "5.0.0", "5.0.1", "5.1.0", "5.2.0", "5.3.0", "5.4.0", "5.4.1", "5.4.6", "5.5.0", "5.5.1", "5.5.4", "5.0.350")
)


def judge(action: str, status: str, diagnostic: str) -> Verdict:
    """Whose fault a failure is, by enhanced status (RFC 3463, RFC 5248) *and* what the host said in words.

    An address is only given up (HARD) when both agree, or the status is vague and the words are plain; a bare
    status list calls one soft failure in eight hard.
    """
    action = action.lower()
    if action == "delayed":
        return Verdict.DELAYED
    if action in ("delivered", "relayed", "expanded", "complaint"):
        return Verdict.NONE
    said = _STATUS.search(diagnostic)
    if said and (status in _VAGUE_STATUS or said[0] not in _VAGUE_STATUS):
        status = said[0]
    if status.startswith("2"):
        return Verdict.NONE
    reply = _REPLY.search(diagnostic)
    if status.startswith("4") or (not status and reply and reply[1] == "4"):
        return Verdict.SOFT
    hard = _HARD.search(diagnostic) is not None
    group = status.split(".")[1] if status else ""
    if group in ("7", "6") or status in ("5.3.4", "5.1.7", "5.1.8", "5.3.2") or (_OURS.search(diagnostic) and not hard):
        return Verdict.OURS
    if status == "5.2.2" or _SOFT.search(diagnostic):
        return Verdict.SOFT
    if hard and not _OURS.search(diagnostic) and (status in _ADDRESS_STATUS or status in _VAGUE_STATUS):
        return Verdict.HARD
    return Verdict.SOFT


def read_report(message: Message, text: str = "") -> Bounce | None:
    """What a standard delivery report says, None if it is none. Of several recipients the worst fate is told.

    `text` is the part for people: used where the report names no Diagnostic-Code.
    """
    fates: list[tuple[str, str, str, str]] = []
    for part in _parts(message):
        if content_type(part) in ("message/delivery-status", "message/global-delivery-status"):
            fates += _fates(part)
    if not fates:
        return None
    order = ("failed", "delayed", "", "delivered", "relayed", "expanded")
    worst = min((fate[1] for fate in fates), key=lambda action: order.index(action) if action in order else 2)
    same = [fate for fate in fates if fate[1] == worst]
    _, action, status, diagnostic = same[0]
    recipients = tuple(dict.fromkeys(address for address, *_ in same if address))
    diagnostic = diagnostic or _said(text)
    return Bounce(recipients, action, status, diagnostic, judge(action, status, diagnostic), original_ids(message))


def _fates(part: Message) -> list[tuple[str, str, str, str]]:
    """(address, action, status, diagnostic) for each recipient's group of fields (RFC 3464 §2.3)."""
    found = []
    for group in _groups(part):
        address = _address(group.get("original-recipient", "")) or _address(group.get("final-recipient", ""))
        action = group.get("action", "").strip().lower().split(" ")[0]
        status = _STATUS.search(group.get("status", ""))
        if address or (action and status):
            diagnostic = one_line(group.get("diagnostic-code", ""))[:1000]
            kind, semicolon, text = diagnostic.partition(";")  # "smtp; 550 ..."
            if semicolon and len(kind) < 20:
                diagnostic = text.strip()
            found.append((address, action, status[0] if status else "", diagnostic))
    return found


def _groups(part: Message) -> Iterator[dict[str, str]]:
    """The groups of fields of a delivery-status part, whichever way the parser understood it."""
    inner = part.get_payload()
    blocks: list[str] = []
    for child in inner if isinstance(inner, list) else [part]:
        if isinstance(child, Message):
            blocks.append("\n".join(f"{name}: {value}" for name, value in child.raw_items()))
            if not child.is_multipart():
                blocks += re.split(r"\n[ \t]*\n", to_text(payload(child)).replace("\r\n", "\n")[:_MOST_TEXT])
    for block in blocks:
        fields: dict[str, str] = {}
        for line in re.sub(r"\r?\n[ \t]+", " ", block).split("\n"):
            name, colon, value = line.partition(":")
            if colon:
                fields.setdefault(name.strip().lower(), value.strip())
        if fields:
            yield fields


def _address(value: str) -> str:
    """The address of "rfc822; <a@b>" with its domain in lower case, "" if it is none (RFC 3464 §2.3.1)."""
    kind, semicolon, rest = value.partition(";")
    text = (rest if semicolon else kind).strip().strip("<>").split(" ")[0]
    local, _, domain = text.rpartition("@")
    text = f"{local}@{domain.lower().rstrip('.')}"
    return text if identity.valid(text) else ""


def read_complaint(message: Message) -> Bounce:
    """Whom a feedback report is about (RFC 5965 §3): `action` is "complaint", `verdict` NONE."""
    fields: dict[str, str] = {}
    for part in _parts(message):
        if content_type(part) == "message/feedback-report":
            for group in _groups(part):
                fields |= group
    recipients = (_address(fields.get(key, "")) for key in ("original-rcpt-to", "removal-recipient"))
    kind = one_line(fields.get("feedback-type", ""))[:100]
    found = tuple(dict.fromkeys(filter(None, recipients)))
    return Bounce(found, "complaint", "", kind, Verdict.NONE, original_ids(message))


_IN_TEXT = re.compile(
    r"(?:<|rfc822;\s{0,3}|\b)([A-Za-z0-9._%+=-]{1,64}"
    r"@[A-Za-z0-9-]{1,63}(?:\.[A-Za-z0-9-]{1,63}){1,5})"
)
_ID_IN_TEXT = re.compile(r"^[ \t>]*Message-ID:\s*(<[^<>\s]{1,300}>)", re.IGNORECASE | re.MULTILINE)
_RETURNED_TYPES = frozenset(
    ("message/rfc822", "message/global", "message/global-headers", "text/rfc822-headers", "message/rfc822-headers")
)
_RETURNED = re.compile(
    r"\n.{0,20}(?:original message|returned message|message (?:header|text) follows|copy of (?:the|"
    r"your) message"
    r"|below this line|unsent message)",
    re.IGNORECASE,
)
_DELAY = re.compile(
    r"(?:will|continue to|still|yet) (?:be )?(?:try|retry|attempt)|delay(?:ed)?\b"
    r"|warning: (?:could not|message)|not yet been delivered",
    re.IGNORECASE,
)


def read_plain(message: Message, subject: str, text: str) -> Bounce:
    """What a free-form bounce says, for a mail that is known to be one."""
    report = _RETURNED.split(text[:_MOST_TEXT], maxsplit=1)[0]
    recipients = _by_flufl(message) or _by_text(report)
    status = _STATUS.search(report)
    diagnostic = _said(report)
    delayed = _DELAY.search(subject) or (_DELAY.search(report) and not status)
    action = "delayed" if delayed else "failed"
    found = status[0] if status else ""
    return Bounce(recipients, action, found, diagnostic, judge(action, found, diagnostic), original_ids(message))


def _said(report: str) -> str:
    """The lines of a report that say why, on one line."""
    lines = report[:_MOST_TEXT].split("\n")
    telling = [line for line in lines if any(p.search(line) for p in (_STATUS, _REPLY, _HARD, _SOFT, _OURS))]
    return one_line(" ".join(telling[:4]))[:1000]


def _by_text(report: str) -> tuple[str, ...]:
    found = (address for address in map(_address, _IN_TEXT.findall(report)) if address)
    ours = ("mailer-daemon@", "postmaster@")
    return tuple(dict.fromkeys(a for a in found if not a.lower().startswith(ours)))[:5]


def _by_flufl(message: Message) -> tuple[str, ...]:
    """The recipients flufl.bounce finds; it raises on some mails, and knows many hosts' private forms."""
    try:
        from flufl.bounce import all_failures

        temporary, permanent = all_failures(message)
        found = [a.decode("ascii", "replace") if isinstance(a, bytes) else str(a) for a in (*permanent, *temporary)]
    except Exception:  # any: it documents none, and a bounce must not stop the inbox
        return ()
    return tuple(dict.fromkeys(sorted(filter(None, map(_address, found)))))


def original_ids(message: Message) -> tuple[str, ...]:
    """The Message-IDs of the mail that came back: of the returned headers or mail, else quoted in the text."""
    found: list[str] = []
    for part in _parts(message):
        kind = content_type(part)
        if kind in _RETURNED_TYPES:
            inner = part.get_payload()
            if isinstance(inner, list):
                found += [first(child, "Message-ID") for child in inner if isinstance(child, Message)]
            else:
                found += _ID_IN_TEXT.findall(to_text(payload(part))[:_MOST_TEXT])
        elif kind == "text/plain" and part is not message:
            found += _ID_IN_TEXT.findall(to_text(payload(part))[:_MOST_TEXT])
    if not found and not message.is_multipart():
        found += _ID_IN_TEXT.findall(to_text(payload(message))[:_MOST_TEXT])
    return message_ids(" ".join(found))


def _parts(message: Message) -> list[Message]:
    """The mail and its parts two levels deep: a report is never deeper, an attached mail's own parts do not count."""
    found, level = [message], [message]
    for _ in range(2):
        level = [child for part in level for child in children(part)]
        found += level
    return found

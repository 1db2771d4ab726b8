"""Reading delivery reports: whom a mail did not reach, why, and whether that is the address's fault.

read_report(message) -> Bounce | None for standard reports (RFC 3464 in RFC 6522 multipart/report, RFC 6533 for
addresses beyond ASCII); read_plain(message, text) for the free-form ones some hosts send; read_complaint for
feedback reports (RFC 5965). The return address (VERP) tells the recipient better than anything here: use it
first; should a report have come elsewhere, `traces` may hold it. Never raises for a message the parser made;
unreadable fields are "". The words are weighed in verdicts.py, the places of addresses in freeform.py.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from copy import copy
from dataclasses import dataclass
from email.message import Message
from itertools import islice

from listserv.core.mail.bounce import feedback
from listserv.core.mail.bounce.fields import MOST_TEXT, groups, parts, unwrapped, xtext
from listserv.core.mail.bounce.fields import address as address_of
from listserv.core.mail.bounce.freeform import Place, all_in, recipients, shape
from listserv.core.mail.bounce.verdicts import BEFORE_RCPT, FAILURE, STATUS, Verdict, judge, telling
from listserv.core.mail.charsets import to_text
from listserv.core.mail.headers import first, one_line, raw
from listserv.core.mail.parts import content_type, payload
from listserv.core.mail.threads import message_ids

__all__ = ["Bounce", "Verdict", "judge", "original_ids", "read_complaint", "read_plain", "read_report"]

_LONGEST = 2_000  # characters of a line
_MOST_LINES = 2_000  # no report is longer; its returned mail may be


@dataclass(frozen=True, slots=True)
class Bounce:
    """`recipients` in lower-case domains, each once; `status` as "5.1.1" (RFC 3463); `diagnostic` on one line."""

    recipients: tuple[str, ...]
    action: str  # failed, delayed, delivered, relayed, expanded (RFC 3464 §2.3.3); "complaint"; "" when not said
    status: str
    diagnostic: str
    verdict: Verdict
    original_message_ids: tuple[str, ...]
    traces: tuple[str, ...] = ()  # where the returned mail names its return address or how to leave; links too


def read_report(message: Message, text: str = "") -> Bounce | None:
    """What a standard delivery report says, None if it is none. Of several recipients the worst fate is told.

    `text` is the part for people: used where the report names no recipient or no Diagnostic-Code that says why.
    """
    fates: list[tuple[str, str, str, str]] = []
    for looked_at in (parts(message), islice(message.walk(), 50)):  # some hosts wrap the report in another mail
        fates = [fate for part in looked_at if content_type(part) in _STATUS_TYPES for fate in _fates(part)]
        if fates:
            break
    if not fates:
        return None
    order = ("failed", "delayed", "", "delivered", "relayed", "expanded")
    worst = min((fate[1] for fate in fates), key=lambda action: order.index(action) if action in order else 2)
    same = [fate for fate in fates if fate[1] == worst]
    _, action, status, diagnostic = same[0]
    addresses = tuple(dict.fromkeys(address for address, *_ in same if address))
    report = _above(text)
    if not addresses:
        addresses = _failed_recipients(message) or _in_words(message, report)
    if not telling(diagnostic):
        diagnostic = one_line(f"{diagnostic} {_said(report, addresses)}")[:1000]
    early = BEFORE_RCPT.search(one_line(report)) if len(fates) == 1 else None  # of several one may be meant
    verdict = judge(action, status, f"{diagnostic} {early[0] if early else ''}")
    return Bounce(addresses, action, status, diagnostic, verdict, original_ids(message), _traces(message))


def _fates(part: Message) -> list[tuple[str, str, str, str]]:
    """(address, action, status, diagnostic) for each recipient's group of fields (RFC 3464 §2.3)."""
    found = []
    for group in groups(part):
        action = group.get("action", "").strip().lower().split(" ")[0]
        status = STATUS.search(group.get("status", ""))
        diagnostic = one_line(group.get("diagnostic-code", ""))[:1000]
        kind, semicolon, text = diagnostic.partition(";")  # "smtp; 550 ..."
        if semicolon and len(kind) < 20:
            diagnostic = text.strip()
        named = [address_of(group.get(name, "")) for name in _RECIPIENT_FIELDS]
        if named[0] != named[1]:  # else the address is spelt like that
            named[0] = xtext(named[0])
        address = next(filter(None, named), "")
        if not address and (action or status):  # "Final-Recipient: RFC822; <>"
            told = recipients(diagnostic)
            address = told.addresses[0] if told.addresses else ""
        if address or (action and status):
            found.append((address, action, status[0] if status else "", diagnostic))
    return found


_STATUS_TYPES = frozenset(("message/delivery-status", "message/global-delivery-status"))
_RECIPIENT_FIELDS = ("original-recipient", "final-recipient", "x-actual-recipient", "x-original-recipient")


def read_complaint(message: Message) -> Bounce:
    """Whom a feedback report is about (RFC 5965 §3): `action` is "complaint", `verdict` NONE."""
    sender = address_of(feedback.fields(message).get("original-mail-from", ""))
    traces = (*filter(None, [sender]), *_traces(message))
    kind = feedback.kind(message)
    return Bounce(feedback.whom(message), "complaint", "", kind, Verdict.NONE, original_ids(message), traces)


_ID_IN_TEXT = re.compile(r"^[ \t>]*Message-ID:\s*(<[^<>\s]{1,300}>)", re.IGNORECASE | re.MULTILINE)
_RETURNED_TYPES = frozenset(
    ("message/rfc822", "message/global", "message/global-headers", "text/rfc822-headers", "message/rfc822-headers",
     "text/rfc822", "message/partial")
)  # fmt: skip
_RETURNED = re.compile(
    r"\n.{0,20}(?:original message(?! \S)|returned message|message (?:header|text|headers?) follows|copy of (?:the|"
    r"your|this) (?:message|original|mail)|headers? of the (?:original|message)"
    r"|below this line|unsent message|original mail|start of returned|---+ ?message header)"
    # a line of dashes before it: "原邮件" alone may head a table of what failed
    r"|\n[ \t>]{0,8}[-_=*]{2,20} ?(?:ursprüngliche nachricht|originalnachricht|message (?:d[’']origine|original)|"
    r"mensaje original|mensagem original|messaggio originale|исходное (?:сообщение|письмо)|原始邮件|原始郵件|原邮件|"
    r"元のメッセージ|الرسالة الأصلية|oorspronkelijk bericht|oryginalna wiadomość)",
    re.IGNORECASE,
)
_HEADER = re.compile(r"[> \t|]{0,4}([A-Za-z][A-Za-z0-9-]{1,40}):(?: |\t|$)")
_OF_MAILS = frozenset(("received", "return-path", "message-id", "mime-version", "dkim-signature", "content-type"))
_RETRIES = re.compile(r"\bwill (?:be )?(?:try|retry|retried)\b|\bcontinue to (?:try|be attempted)\b", re.IGNORECASE)
_DELAY = re.compile(
    r"(?:will|continue to|still|yet) (?:be )?(?:try|retry|attempt|retried)|delay(?:ed)?\b"
    r"|warning: (?:could not|message)|not yet been delivered|no action is required|postponed"
    r"|pas encore|continuerons d[’']essayer|aún no se|seguir(?:á|emos) intentando"
    r"|ainda não foi|tentará novamente|отложен|попытки .{0,20}продолж|пока не доставлен|продолжит попытки"
    r"|ancora (?:stato )?consegnat|continuerà a tentare"
    r"|延迟投递|继续尝试|تأخر|سنواصل المحاولة|verzögert|weiterhin versuch",
    re.IGNORECASE,
)


def read_plain(message: Message, subject: str, text: str) -> Bounce:
    """What a free-form bounce says, for a mail that is known to be one."""
    report = _above(text)
    addresses = _failed_recipients(message) or _in_words(message, report)
    diagnostic = _said(report, addresses)
    status = FAILURE.search(diagnostic) or FAILURE.search(report)
    delayed = _DELAY.search(subject) or (_DELAY.search(report) and not status)
    delayed = delayed or (status and status[1] == "4" and _RETRIES.search(report))
    action = "delayed" if delayed else "failed"
    found = status[0] if status else ""
    verdict = judge(action, found, diagnostic)
    return Bounce(addresses, action, found, diagnostic, verdict, original_ids(message), _traces(message))


def _above(text: str) -> str:
    """The report without the mail it returns."""
    report = _RETURNED.split(text[:MOST_TEXT], maxsplit=1)[0]
    if not report.strip():
        report = text[:MOST_TEXT]
    lines = report.split("\n")
    for start, line in enumerate(lines[:_MOST_LINES]):
        if _HEADER.match(line) and start > 0:
            names = []
            for following in lines[start : start + 40]:
                if not following.strip():
                    break
                if header := _HEADER.match(following):
                    names.append(header[1].lower())
            if len(names) >= 3 and len(_OF_MAILS.intersection(names)) >= 2:
                return "\n".join(lines[:start])
    return report


#: Postfix breaks what it tells of a recipient, wherever the line is full: "<a@b>: host c said: 550 User\n    unknown".
_FOLDED = re.compile(r"^<[^<>\s]{3,320}>(?: \([^()\n]{1,400}\))?: \S[^\n]*(?:\n {4}\S[^\n]*)+", re.MULTILINE)


def _said(report: str, addresses: tuple[str, ...] = ()) -> str:
    """The lines of a report that say why, on one line: first those at the recipient's address and below."""
    lines = _FOLDED.sub(lambda one: " ".join(one[0].split()), report[:MOST_TEXT]).split("\n")[:_MOST_LINES]
    lines = [line[:_LONGEST] for line in lines]
    at = next((i for i, line in enumerate(lines) if any(one.lower() in line.lower() for one in addresses)), 0)
    telling_lines = [line for line in lines[at : at + 12] if telling(line)] or [line for line in lines if telling(line)]
    return one_line(" ".join(telling_lines[:4]))[:1000]


def _failed_recipients(message: Message) -> tuple[str, ...]:
    """Exim's header, also set by some large providers."""
    values = ",".join(raw(message, "X-Failed-Recipients"))[:5000].split(",")
    return tuple(dict.fromkeys(filter(None, map(shape, values))))


def _in_words(message: Message, report: str) -> tuple[str, ...]:
    """Recipients of a report in free form: what stands in a sure place, else what others know of hosts' own forms."""
    returned = _returned_headers(message)
    ours = _addresses(first(message, name) for name in ("To", "Delivered-To", "From"))
    authors = _addresses(returned.get(name, "") for name in ("from", "sender", "return-path", "reply-to", "errors-to"))
    found = recipients(report, ours)
    if found.place >= Place.NAMED:
        others = tuple(one for one in found.addresses if one.lower() not in authors)
        return others or found.addresses  # some write to themselves
    if known := _by_flufl(message):
        return known
    found = recipients(report, ours | authors)
    if found.addresses:
        return found.addresses
    titled = _addresses([first(message, "Subject")]) - ours - authors
    if len(titled) == 1:
        return tuple(titled)
    sent_to = _addresses([returned.get("to", "")]) - ours - authors
    return tuple(sent_to) if len(sent_to) == 1 else ()


def _addresses(values: Iterable[str]) -> set[str]:
    """All addresses in header values, in lower case."""
    return {one.lower() for value in values for one in all_in(value)}


def _by_flufl(message: Message) -> tuple[str, ...]:
    """The recipients flufl.bounce finds; it raises on some mails, and knows many hosts' private forms."""
    if not _is_small(message):
        return ()
    try:
        from flufl.bounce import all_failures

        temporary, permanent = all_failures(_of_texts(message))
        found = [a.decode("ascii", "replace") if isinstance(a, bytes) else str(a) for a in (*permanent, *temporary)]
    except Exception:  # any: it documents none, and a bounce must not stop the inbox
        return ()
    return tuple(dict.fromkeys(sorted(filter(None, map(address_of, found)))))


def _of_texts(message: Message) -> Message:
    """The mail with headers that are texts: what has octets beyond ASCII is none to the library, and flufl stumbles."""
    odd = {name.lower() for name, value in message.raw_items() if not value.isascii()}
    shown = copy(message) if odd else message
    for name in odd:
        del shown[name]
        shown[name] = first(message, name)
    return shown


def _is_small(message: Message) -> bool:
    """Whether it may be searched by flufl.bounce, which takes some 30 µs for every line of all parts."""
    texts = [one for part in islice(message.walk(), 100) if isinstance(one := part.get_payload(), str)]
    return sum(map(len, texts)) <= 10 * MOST_TEXT and sum(one.count("\n") for one in texts) <= 5 * _MOST_LINES


def _returned_texts(message: Message) -> Iterator[str]:
    """The headers of the mail that came back, as text, wherever a report holds them."""
    for part in parts(message):
        kind = content_type(part)
        if kind in _RETURNED_TYPES:
            inner = part.get_payload()
            if (text := unwrapped(part)) is not None:
                yield text
            elif isinstance(inner, list):
                for child in inner:
                    if isinstance(child, Message):
                        yield "\n".join(f"{name}: {value}" for name, value in child.raw_items())
            else:
                yield to_text(payload(part))[:MOST_TEXT]
        elif kind.startswith("text/") and (part is not message or not message.is_multipart()):
            yield to_text(payload(part))[:MOST_TEXT]


def _returned_headers(message: Message) -> dict[str, str]:
    """The first of each of its fields, by lower-case name."""
    fields: dict[str, str] = {}
    for text in _returned_texts(message):
        for line in re.sub(r"\r?\n[ \t]+", " ", text).split("\n"):
            if header := _HEADER.match(line):
                fields.setdefault(header[1].lower(), line.partition(":")[2].strip()[:2000])
    return fields


_TRACE = re.compile(r"[^\s<>,;:\"]{1,64}@[^\s<>,;:\"?]{1,255}|https?://[^\s<>,]{1,300}")


def _traces(message: Message) -> tuple[str, ...]:
    """Return-Path, Sender and List-Unsubscribe of the mail that came back: addresses and links, at most twenty."""
    fields = _returned_headers(message)
    told = " ".join(fields.get(name, "") for name in ("return-path", "sender", "errors-to", "list-unsubscribe"))
    return tuple(dict.fromkeys(_TRACE.findall(told)))[:20]


def original_ids(message: Message) -> tuple[str, ...]:
    """The Message-IDs of the mail that came back: of the returned headers or mail, else quoted in the text."""
    return message_ids(" ".join(one for text in _returned_texts(message) for one in _ID_IN_TEXT.findall(text)))

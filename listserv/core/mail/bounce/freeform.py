"""Whom a delivery report in free form is about: its addresses, weighed by where they stand.

recipients(report, strangers) -> Found: the addresses of the best kind of place, and how good it is. A line that is
an address and nothing else, "<address>:" as qmail and Postfix write, or what follows "did not reach the following
recipients" is a SURE place; what follows "RCPT TO:" or "unable to deliver to" is NAMED; an address in a line that
tells of a failure is LIKELY; any other is a GUESS.
`report`: the readable text above the returned mail. `strangers`: addresses that are never the answer (ours, the
author's, postmasters'), in lower case. Pure, never raises.
"""

from __future__ import annotations

import re
from collections.abc import Collection
from dataclasses import dataclass
from enum import IntEnum

from listserv.core.mail.bounce.verdicts import telling

MOST = 100_000  # characters of a report
LONGEST = 1000  # of a line
FEW = 50  # addresses


class Place(IntEnum):
    NONE = 0
    GUESS = 1
    LIKELY = 2
    NAMED = 3
    SURE = 4


@dataclass(frozen=True, slots=True)
class Found:
    """Each address once, in order, domains in lower case."""

    addresses: tuple[str, ...]
    place: Place


#: Letters of an address (RFC 6531 §3.3), of the scripts that put spaces between words: else it may begin in a sentence.
_LETTER = (
    "A-Za-z0-9\u00c0-\u00d6\u00d8-\u00f6\u00f8-\u024f\u0300-\u037d\u0386-\u0481\u048a-\u0556\u0561-\u0587\u05d0-\u05ea"
    "\u0620-\u064a\u0671-\u06d3\u0900-\u0dff"
)
_LOCAL = rf"(?:\"[^\"\s@<>][^\"@<>\n]{{0,62}}\"|[{_LETTER}.!#$%&'*+/=?^_`{{|}}~-]{{1,64}})"
_DOMAIN = rf"[{_LETTER}_-]{{1,63}}(?:\.[{_LETTER}-]{{1,63}}){{1,8}}"
_ADDRESS = re.compile(
    rf"(?<![{_LETTER}.@]){_LOCAL}@{_DOMAIN}(?![{_LETTER}@])|"
    r"(?<=<)[^\s<>()\[\]\\,;:@\"]{1,64}@[^\s<>()\[\]\\,;:@\".]{1,63}(?:\.[^\s<>()\[\]\\,;:@\".]{1,63}){1,8}(?=>)"
)
_SHAPE = re.compile(
    r"(?:\"[^\"@<>\x00-\x1f\x7f-\x9f]{1,62}\"|[^\s@<>()\[\]\\,;:\"\x00-\x1f\x7f-\x9f]{1,64})"
    r"@(?!-)[^\s@<>()\[\]\\,;:\"\x00-\x1f\x7f-\x9f.]{1,63}(?:\.[^\s@<>()\[\]\\,;:\"\x00-\x1f\x7f-\x9f.]{1,63}){0,8}"
)
_ONE = (
    rf"[<\[('\"]?(?:mailto:|(?:smtp|rfc822|to|uid)\s?[:;=]\s?)?[<'\"]?({_LOCAL}@{_DOMAIN})['\"]?[>\])]?"
    r"(?:\s?<mailto:[^>\s]{1,300}>)?['\"]?"
)
#: Nothing but addresses, with what lists and reports put around one.
_ALONE = re.compile(
    rf"[\s>*•·|#=-]{{0,12}}(?:\(?\d{{1,3}}[.)]\s{{1,4}})?{_ONE}(?:\s?[,;]\s?{_ONE})*\s?"
    r"(?:[:;,.!]|\.{3}|:\s.{0,400}|\s{0,8}\([^()]{0,200}\):?|\s-\s.{0,300})?\s*",
    re.IGNORECASE,
)
#: "<a@b> (expanded from <c@d>): host …", Postfix.
_OPENS = re.compile(rf"\s{{0,4}}<({_LOCAL}@{_DOMAIN})>(?:\s\([^()]{{1,400}}\))?:(?:\s|$)")
_NAMED = re.compile(
    r"^[\s>*-]{0,8}(?:(?:original(?! address)|final|failed|intended|x-actual|e-?mail|unknown|invalid|undeliverable)?"
    r"[ -]?(?:recipient|recipients|address|addressee|user|destinataire|destinatario|empfänger|rcpt(?:[ -]to)?|"
    r"mailbox|userid)\s?(?:address|name)?(?:\(s\))?|"
    r"reason for|your (?:message|e-?mail|mail) to|"
    r"メールアドレス|宛先|送信先|送信先メールアドレス|受信者|destinat[aá]rio|получатель|адресат|"
    r"收件人|收件者|المستلم|المرسل إليه)\s?[:;=：]{1,2}",
    re.IGNORECASE,
)
_TO_LINE = re.compile(r"^[\s>*-]{0,8}(?:to|an|à|para|a)\s?[:：]", re.IGNORECASE)
_SAID_OF = re.compile(
    r"(?:rcpt to:?\s{0,2}|(?:deliver(?:ed|y)?|send|relay|failed?|sent|addressed|forward(?:ed)?|message|mail|"
    r"undeliverable) (?:message |mail |your message |it )?to:?\s{0,2}(?:the )?(?:following )?"
    r"(?:address(?:es)?|recipients?|user|mailbox|account)?:?\s{0,2}|"
    r"unknown (?:or illegal )?(?:user|recipient|local part)[^:\n]{0,30}:\s{0,2}|"
    r"user |recipient |mailbox |address |account |"
    r"userid:? |for |final delivery |unable to deliver to |no such user[^\n]{0,10}[:;(] ?|"
    r"(?:nachricht|message|courriel|mensaje|correo|mensagem|messaggio|письмо|сообщение|رسالتك|الرسالة) "
    r"(?:an|à|a|para|per|pour|für|для|إلى) |(?:发|寄)送?[给給到往]\s?)['\"<(\[]{0,2}$",
    re.IGNORECASE,
)
#: "… to the following recipients:" and the like; the addresses follow.
_INTRODUCES = re.compile(
    r"following (?:e-?mail )?(?:recipient|address|user|destination|mailbox|person|people|addressee)|"
    r"(?:recipient|address|user|mailbox)(?:s|es|\(s\)|\(es\))?[^.:\n]{0,60}(?:below|fail|unreach|unknown|reject)|"
    r"(?:did not|could ?n[o']t|cannot|not) (?:be )?(?:reach|deliver)|"
    r"fail(?:ed|ure)[^.\n]{0,60}(?:to|for|address|recipient)|unable to deliver|undeliverable|"
    r"permanent (?:fatal )?errors|transient non-fatal errors|wasn't able to deliver|not able to deliver|"
    r"(?:error|trouble|problems?) (?:while )?(?:attempting to )?deliver|rejected recipient|error\(s\):|"
    r"delivery (?:error|problem)s?|failed addresses follow|unsuccessful|wurde nicht zugestellt|folgende|"
    r"n'a pas pu|suivant|siguiente|"
    r"次の|以下の|下記の|宛先|not delivered",
    re.IGNORECASE,
)
_OTHERS = re.compile(
    r"(?:reporting|contact|question|help|support|postmaster|administrator|abuse|forward this|report (?:this|the)|"
    r"mailed? by|sent by|message from|mail from|sender|return-path|reply-to|x-sender|"
    r"new address(?: is)?|please (?:try|use)|fragen|hilfe|wenden sie|assistance|écrivez|"
    r"preguntas|escriba|soporte|domande|dúvidas|вопрос\w*|пишите|"
    r"للاستفسار|联系|聯繫|咨询|お問い合わせ)(?!\w)",
    re.IGNORECASE,
)
_FROM_LINE = re.compile(
    r"^[\s>*-]{0,8}(?:from|sender|reply-to|return-path|cc|bcc|von|de|差出人|x-[a-z-]{1,30}|absender|expéditeur|remitente|"
    r"mittente|remetente|от|отправитель|发件人|寄件者|寄件人|送信者|من|المرسل)\s?[:：]",
    re.IGNORECASE,
)
_HEADING = re.compile(
    r"^[\s>*-]{0,8}(?:subject|date|sent|betreff|datum|objet|asunto|fecha|тема|主题)\s?[:：]", re.IGNORECASE
)
_POSTMASTERS = re.compile(
    r"(?:mailer-daemon|postmaster|mail-?daemon|mdaemon|root|abuse|helpdesk|support|security|noc|mailadmin|"
    r"majordom[o]?|no-?reply)@",
    re.IGNORECASE,
)


def recipients(report: str, strangers: Collection[str] = ()) -> Found:
    """The addresses in the best place there is."""
    best: dict[str, Place] = {}
    introduced = 0  # how many more lines an introduction holds for
    told = False  # a sentence has named the recipient and ended: an address alone further below is the office's
    led = False  # the line before leads to what follows
    headed = False  # the line before is the returned mail's From or the like: its To is whom it was written to
    for raw in report[:MOST].split("\n"):
        line = raw[:LONGEST].rstrip()
        if not line:
            continue
        introduces = _INTRODUCES.search(line) is not None
        introduced = 8 if introduces else introduced - 1
        leads, led = led, introduces or line.endswith(":")
        within, headed = headed, bool(_FROM_LINE.match(line) or (headed and _HEADING.match(line)))
        if "@" not in line:
            continue
        for address, place in _of_line(line, introduced > 0 and not within):
            if told and place is Place.SURE and not (introduces or leads):
                place = Place.GUESS
            if address.lower() not in strangers and not _POSTMASTERS.match(address):
                known = _same(best, address)
                best[known] = max(best.get(known, Place.NONE), place)
                told = told or (introduces and place >= Place.LIKELY and line.endswith("."))
        if len(best) > FEW:
            break
    top = max(best.values(), default=Place.NONE)
    found = tuple(address for address, place in best.items() if place == top)
    # Many guesses are a signature and a disclaimer; nobody can be told from them.
    return Found(found if top > Place.GUESS else found[:1], top)


def _of_line(line: str, introduced: bool) -> list[tuple[str, Place]]:
    found = [(match, shape(match[0])) for match in _ADDRESS.finditer(line)]
    listed = [(match, address) for match, address in found if address]
    if not listed:
        return []
    if _FROM_LINE.match(line):
        return []
    if _TO_LINE.match(line):
        return [(address, Place.SURE if introduced else Place.LIKELY) for _, address in listed]
    if opened := _OPENS.match(line):
        return [(shape(opened[1]), Place.SURE)]
    if _ALONE.fullmatch(line):
        first = listed[0][1]
        # "a@b: 550 <c@d> unknown": the address in front is meant.
        return [(first, Place.SURE)] if ": " in line.strip() else [(address, Place.SURE) for _, address in listed]
    if introduced and re.match(r"(?i)smtp=", listed[0][0][0]):  # an X.400 name with the address in it
        return [(listed[0][1], Place.SURE)]
    if introduced and not line[: listed[0][0].start()].strip(" \t<*[(\"'-•"):
        return [(listed[0][1], Place.SURE)]
    if _NAMED.match(line):
        return [(address, Place.SURE) for _, address in listed]
    places, says_why = [], introduced or telling(line)
    for match, address in listed:
        before = line[: match.start()]
        if _SAID_OF.search(before[-80:]) and (says_why or "rcpt" in before.lower()):
            place = Place.NAMED if not _OTHERS.search(before) else Place.GUESS
        elif _OTHERS.search(before[-40:]):
            place = Place.GUESS
        elif says_why:
            place = Place.LIKELY
        else:
            place = Place.GUESS
        places.append((address, place))
    return places


def all_in(text: str) -> list[str]:
    """Every address in a text, in order."""
    return list(filter(None, (shape(one) for one in _ADDRESS.findall(text[:MOST]))))


def shape(text: str) -> str:
    """The address with its domain in lower case, "" if it is none.

    Wider than identity.valid: some hosts gave out local parts with dots where RFC 5321 §4.1.2 has none.
    """
    local, _, domain = text.strip().strip("<>'").rpartition("@")
    local = re.sub(r"(?i)^(?:=3D|(?:smtp|rfc822|uid)=)", "", local)
    address = f"{local}@{domain.lower().rstrip('.')}"
    return address if _SHAPE.fullmatch(address) else ""


def _same(known: Collection[str], address: str) -> str:
    """As it was written before, should only the case of its local part differ."""
    return next((one for one in known if one.lower() == address.lower()), address)

"""Whom an answer of the relay is about: the recipient, this mailing, or us (RFC 5321 §4.2.1, RFC 3463 §3).

`blame(result)` decides what becomes of a copy. About the recipient: judged like a bounce. About the mailing (too
large, its content, a need the relay cannot meet): that copy has failed, its recipient is not blamed. About us (policy,
reputation, log-in): nobody has failed, the copy waits until somebody has put things right. Only an answer to RCPT can
be about the recipient. Greylisting is no refusal. Pure; never raises.
"""

from __future__ import annotations

import re
from enum import StrEnum

from listserv.core.mail.bounce import verdicts
from listserv.core.mail.transfer import Phase, Result

_GREYLISTED = re.compile(r"gr[ae]y-?list", re.IGNORECASE)
_SAID = (Phase.MAIL, Phase.RCPT, Phase.DATA, Phase.END)  # earlier answers are about the session: the relay gives it up
_LOG_IN_FIRST = (530, 534, 535, 538)  # RFC 4954 §6
_TOO_LARGE = 552  # RFC 1870 §6.1; at RCPT of old also "mailbox full" (RFC 5321 §4.5.3.1.10)


class Blame(StrEnum):
    NOBODY = "nobody"  # taken, or no more than "later"
    RECIPIENT = "recipient"
    MAILING = "mailing"
    US = "us"


def blame(result: Result) -> Blame:
    if result.phase not in _SAID or not (result.temporary or result.permanent) or not result.code:
        return Blame.NOBODY
    if _about_us(result):
        return Blame.US
    if result.temporary:
        return Blame.NOBODY
    return Blame.RECIPIENT if result.phase is Phase.RCPT else Blame.MAILING


def _about_us(result: Result) -> bool:
    subject = result.status.split(".")[1] if result.status else ""
    if subject == "7":  # RFC 3463 §3.8: security or policy
        return not (result.temporary and _GREYLISTED.search(result.reply))
    if result.temporary:
        return False
    if result.code in _LOG_IN_FIRST:
        return True
    if result.phase is Phase.MAIL:  # said of our return address, or of whoever we are: nobody's address is named yet
        return result.code != _TOO_LARGE and subject not in ("3", "6")
    if result.status or result.code == _TOO_LARGE:
        return False
    return verdicts.judge("failed", "", f"{result.code} {result.reply}") is verdicts.Verdict.OURS

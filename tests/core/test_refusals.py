"""Whom an answer of the relay is about (RFC 5321 §4.2.1, RFC 3463 §3.8)."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from listserv.core.mail.bounce.refusals import Blame, blame
from listserv.core.mail.transfer import Phase, Result

MAIL, RCPT, DATA, END, CONNECT, AUTH = Phase.MAIL, Phase.RCPT, Phase.DATA, Phase.END, Phase.CONNECT, Phase.AUTH
NOBODY, RECIPIENT, MAILING, US = Blame.NOBODY, Blame.RECIPIENT, Blame.MAILING, Blame.US

ANSWERS = [
    (250, "2.0.0 taken", END, NOBODY),
    (0, "", END, NOBODY),
    (421, "4.3.2 going down", RCPT, NOBODY),
    (451, "4.3.0 later", MAIL, NOBODY),
    (452, "4.2.2 mailbox full", RCPT, NOBODY),
    (450, "4.7.1 Greylisting in action, please come back later", RCPT, NOBODY),
    (450, "4.7.1 Recipient address rejected: Graylisted for 5 minutes", RCPT, NOBODY),
    # the recipient
    (550, "5.1.1 no such mailbox", RCPT, RECIPIENT),
    (550, "user unknown", RCPT, RECIPIENT),
    (552, "mailbox full", RCPT, RECIPIENT),
    (550, "5.2.1 disabled", RCPT, RECIPIENT),
    (553, "5.1.3 not an address: RCPT TO", RCPT, RECIPIENT),
    # this mailing
    (552, "message size exceeds limit", END, MAILING),
    (552, "5.3.4 9000 octets, the relay takes 5000", MAIL, MAILING),
    (552, "too large", MAIL, MAILING),
    (550, "5.6.7 the relay lacks SMTPUTF8, which this address needs", MAIL, MAILING),
    (550, "5.6.3 the relay lacks 8BITMIME, which this mail needs", MAIL, MAILING),
    (554, "5.6.0 malformed header", END, MAILING),
    (554, "transaction failed", END, MAILING),
    (554, "no valid recipients", DATA, MAILING),
    (550, "5.1.1 user unknown", END, MAILING),  # said of a mail that we were let send: not of the recipient alone
    # us
    (550, "5.7.515 Access denied, sending domain does not meet the required authentication level", END, US),
    (550, "5.7.26 unauthenticated", END, US),
    (550, "5.7.1 blocked", RCPT, US),
    (554, "5.7.1 relay access denied", RCPT, US),
    (421, "4.7.28 unusual rate of unsolicited mail", RCPT, US),
    (451, "4.7.650 rate limited for its reputation", END, US),
    (530, "5.7.0 log in first", MAIL, US),
    (530, "authentication required", RCPT, US),
    (550, "sender rejected", MAIL, US),
    (553, "5.1.8 sender domain unknown", MAIL, US),
    (554, "Client host blocked using zen.spamhaus.org", RCPT, US),
    (554, "message rejected as spam", END, US),
    # the session: the relay gives it up, and calls it temporary
    (550, "5.7.1 no", CONNECT, NOBODY),
    (0, "535 5.7.8 wrong password", AUTH, NOBODY),
]


@pytest.mark.parametrize(("code", "reply", "phase", "whom"), ANSWERS)
def test_whom_an_answer_is_about(code: int, reply: str, phase: Phase, whom: Blame) -> None:
    assert blame(Result(1, 1, code, reply, phase)) is whom


@given(st.integers(0, 599), st.text(max_size=200), st.sampled_from(Phase))
def test_only_a_permanent_answer_to_RCPT_is_ever_held_against_a_recipient(code: int, reply: str, phase: Phase) -> None:
    if blame(Result(1, 1, code, reply, phase)) is RECIPIENT:
        assert phase is RCPT
        assert code >= 500

"""Whether mail still reaches somebody: what failed deliveries add up to, and when a whole domain says nothing.

Inputs: the failures of one participant that name a delivery of ours (HMAC in the return address) and have not been
part of a wave; how many of a domain's recipients of one mailing failed alike. Answers: the score, whether that is the
limit, and whether it was a wave. Pure; a naive time raises ValueError.

The score of a moment:

    sum over days of  weight(worst verdict of that day) * 0.5 ** (days passed / 14)

- A day counts once, by its worst verdict, however much was sent on it: a busy day must not pause anybody.
- HARD weighs 1: the host said that the address does not exist, in its status and in words. SOFT weighs a quarter: a
  full mailbox is emptied, a host comes back; still, who could not be reached for most of a dialogue should be asked.
  OURS and DELAYED weigh nothing: they say nothing about the address (RFC 3463 §3, RFC 3464 §2.3.3).
- Half is forgotten after a fortnight, so that a module's failures count in the next and hardly in the one after that.
- LIMIT is 2.5: the third day running of an address that is gone (1 + 0.95 + 0.91), the fourth week where only
  a round-up goes out each Friday, the fourteenth day running of a full mailbox. A dialogue lasts weeks, so it cannot
  wait for five such days, as lists that last for years do; and our reading of bounces takes few soft ones for hard.
- So one bounce never pauses anybody, nor do two; as each delivery counts once, it takes three different mailings.

No probe is sent before: our return addresses name the delivery already, so a probe would show what is known, and a
pause harms nothing: the moderators are told, and one command takes it back.

A wave: of one mailing, at least WAVE recipients at one domain failed with the same verdict, and they are more than a
third of all at that domain. Then the domain is out of order or refuses us; nobody there is scored for that mailing.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta

from listserv.core.dialogue.model import aware
from listserv.core.mail.bounce.reports import Verdict

WEIGHTS = {Verdict.HARD: 1.0, Verdict.SOFT: 0.25}
HALF_LIFE = timedelta(days=14)
LIMIT = 2.5

#: Older failures are worth less than a tenth of what they were: not read any more.
HORIZON = timedelta(days=60)

#: How long after a copy was sent a report of it is believed: no host keeps trying for longer (RFC 5321 §4.5.4.1
#: wants 4 to 5 days), and whoever comes by an old return address cannot use it.
LASTS = timedelta(days=14)

#: Fewer than that at one domain are people, not a domain.
WAVE = 5


@dataclass(frozen=True, slots=True)
class Failure:
    at: datetime
    verdict: Verdict


def score(failures: Iterable[Failure], now: datetime) -> float:
    """What they add up to at `now`; those after it do not count. Days are UTC's."""
    days: dict[date, float] = {}
    for one in failures:
        if aware(one.at) <= aware(now):
            day = one.at.astimezone(UTC).date()
            days[day] = max(days.get(day, 0.0), WEIGHTS.get(one.verdict, 0.0))
    today = now.astimezone(UTC).date()
    return sum(weight * float(0.5 ** ((today - day) / HALF_LIFE)) for day, weight in days.items())


def unreachable(failures: Iterable[Failure], now: datetime) -> bool:
    """Whether somebody with these failures is to be paused."""
    return score(failures, now) >= LIMIT


def is_wave(failed: int, recipients: int) -> bool:
    """Whether so many failing alike, of so many at one domain, are the domain's trouble and not theirs."""
    return failed >= WAVE and failed * 3 > recipients


def believed(sent_at: datetime | None, now: datetime) -> bool:
    """Whether a report at `now` of a copy sent at `sent_at` (None = not sent) may count."""
    return sent_at is not None and aware(sent_at) <= aware(now) <= sent_at + LASTS

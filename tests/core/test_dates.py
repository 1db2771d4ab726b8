"""Days as people write them, in six languages, with and without a year."""

from datetime import date

import pytest
from hypothesis import given
from hypothesis import strategies as st

from listserv.core.dialogue.dates import Wrong, before_until, until

TODAY = date(2008, 11, 4)  # a Tuesday
TENTH = date(2008, 11, 10)
UNCLEAR, PAST = Wrong.UNCLEAR, Wrong.PAST


@pytest.mark.parametrize(
    ("line", "expected"),
    [
        # English
        ("pause until 10 Nov", TENTH),
        ("pause until 10 November 2008", TENTH),
        ("Pause until Nov 10", TENTH),
        ("pause until November 10th, 2008.", TENTH),
        ("pause until the 10th of November", TENTH),
        ("please pause till Monday 10 Nov", TENTH),
        ("PAUSE UNTIL 10 NOV.", TENTH),
        ("pause 10 Nov", TENTH),
        ("pause until 10Nov", UNCLEAR),
        ("pause until 1 Dec", date(2008, 12, 1)),
        ("pause until Monday", TENTH),
        ("pause until Tuesday", date(2008, 11, 11)),  # not today
        ("pause until tomorrow", date(2008, 11, 5)),
        ("pause until Sunday please", date(2008, 11, 9)),
        # French
        ("pause jusqu'au 10 novembre", TENTH),
        ("suspendre jusqu’au 10 nov. 2008", TENTH),
        ("pause jusqu'au lundi 10 novembre, merci", TENTH),
        ("pause jusqu'au 1er décembre", date(2008, 12, 1)),
        ("pause jusqu'à lundi", TENTH),
        ("pause jusqu'au 3 août 2009", date(2009, 8, 3)),
        # Spanish
        ("pausa hasta el 10 de noviembre", TENTH),
        ("pausa hasta el 10 de noviembre de 2008", TENTH),
        ("pausa hasta 10 nov", TENTH),
        ("pausa hasta el lunes", TENTH),
        ("pausa hasta el miércoles", date(2008, 11, 5)),
        ("pausa hasta mañana", date(2008, 11, 5)),
        # Arabic
        ("إيقاف مؤقت حتى 10 نوفمبر", TENTH),
        ("إيقاف مؤقت حتى ١٠ تشرين الثاني", TENTH),
        ("إيقاف مؤقت حتى يوم الاثنين، 10 تشرين الثاني/نوفمبر 2008", TENTH),
        ("إيقاف إلى 3 آذار/مارس 2009", date(2009, 3, 3)),
        ("إيقاف مؤقت حتى الاثنين", TENTH),
        ("إيقاف حتى غدًا", date(2008, 11, 5)),
        ("إيقاف مؤقت حتى 10 كانون الأول", date(2008, 12, 10)),
        # Russian
        ("пауза до 10 ноября", TENTH),
        ("пауза до 10 ноября 2008 года", TENTH),
        ("пауза до 10 ноября 2008 года (понедельник)", TENTH),
        ("пауза до понедельника, пожалуйста", TENTH),
        ("пауза до 3 мая", date(2009, 5, 3)),
        ("пауза до завтра", date(2008, 11, 5)),
        # Chinese
        ("暂停至11月10日", TENTH),
        ("暂停到 2008 年 11 月 10 日", TENTH),
        ("暂停到11月10号为止", TENTH),
        ("暂停至2008年11月10日星期一", TENTH),
        ("暂停至2008-11-10", TENTH),
        ("暂停到周一", TENTH),
        ("暂停到下周一", TENTH),
        ("暂停到下周五", date(2008, 11, 14)),
        ("暂停到周五", date(2008, 11, 7)),
        ("暂停到星期天", date(2008, 11, 9)),
        ("暂停到明天", date(2008, 11, 5)),
        ("暂停到2月30日", UNCLEAR),
        ("暂停到11月3日", PAST),
        ("暂停到会议结束", UNCLEAR),
        # digits
        ("pause until 2008-11-10", TENTH),
        ("pause 2008-11-10", TENTH),
        ("pause until 2008/11/10", TENTH),
        ("pause until 10.11.2008", TENTH),
        ("pause until 10.11.", TENTH),
        ("pause until 10.11.08", TENTH),
        ("pause until 24/11/2008", date(2008, 11, 24)),
        ("pause until 11/24/2008", date(2008, 11, 24)),
        ("pause until 11/11", date(2008, 11, 11)),
        ("pause until 10/11/2008", UNCLEAR),  # October or November?
        # the year that is not said
        ("pause until 10 January", date(2009, 1, 10)),
        ("pause until 1 Nov", PAST),
        ("pause until 10 June", PAST),
        ("pause until 10 April", date(2009, 4, 10)),
        # past, and nonsense
        ("pause until 4 November", PAST),
        ("pause until 10 November 2007", PAST),
        ("pause until 2008-11-04", PAST),
        ("pause until 31 November", UNCLEAR),
        ("pause until 2008-13-10", UNCLEAR),
        ("pause until I am back", UNCLEAR),
        ("pause until", UNCLEAR),
        ("pause until 10", UNCLEAR),
        ("pause until November", UNCLEAR),
        ("pause until 10 Nov or 12 Nov", UNCLEAR),
        ("pause until 2008-11-10 or later", UNCLEAR),
        ("pause for 10 days", UNCLEAR),
        ("pause for 2 weeks", UNCLEAR),
        # none
        ("pause", None),
        ("pause please", None),
        ("pausa", None),
    ],
)
def test_until(line: str, expected: date | Wrong | None) -> None:
    assert until(line, TODAY) == expected


@pytest.mark.parametrize(
    ("today", "expected"),
    [(date(2008, 2, 1), date(2008, 2, 29)), (date(2007, 12, 1), date(2008, 2, 29)), (date(2008, 12, 1), UNCLEAR)],
)
def test_the_day_that_not_every_year_has(today: date, expected: date | Wrong) -> None:
    got = until("pause until 29 Feb", today)
    assert got == expected or (got is PAST and expected is UNCLEAR)


@pytest.mark.parametrize(
    ("line", "expected"),
    [("pause until 10 Nov", "pause "), ("Pause 2008-11-10", "pause "), ("suspendre jusqu'au 3", "suspendre ")],
)
def test_what_stands_before(line: str, expected: str) -> None:
    assert before_until(line) == expected


@given(st.text(max_size=200), st.dates())
def test_nothing_breaks_it(line: str, today: date) -> None:
    got = until(line, today)
    assert got is None or isinstance(got, Wrong) or got > today

"""Days, figures, sizes and lists as each language writes them, and which way it runs."""

from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest

from listserv.core import speech

THERE = "America/Santo_Domingo"


@pytest.mark.parametrize(
    ("at", "zone", "language", "got"),
    [
        ("2008-11-07 22:00", THERE, "en", "Friday 7 November 2008, 18:00 (America/Santo_Domingo), 22:00 UTC"),
        (
            "2008-11-08 01:00",
            THERE,
            "en",
            "Friday 7 November 2008, 21:00 (America/Santo_Domingo), Saturday 8 November 2008 01:00 UTC",
        ),
        ("2008-08-01 09:00", "UTC", "fr", "vendredi 1er août 2008, 09:00 UTC"),
        ("2008-08-21 09:00", "UTC", "fr-CA", "jeudi 21 août 2008, 09:00 UTC"),
        ("2008-07-01 09:00", "Asia/Kathmandu", "es", "martes 1 de julio de 2008, 14:45 (Asia/Kathmandu), 09:00 UTC"),
        (
            "2008-11-07 22:00",
            THERE,
            "ar",
            "الجمعة، 7 تشرين الثاني/نوفمبر 2008، 18:00 (America/Santo_Domingo)، 22:00 UTC",
        ),
        ("2008-05-01 09:00", "UTC", "ar", "الخميس، 1 أيار/مايو 2008، 09:00 UTC"),
        ("2008-11-07 22:00", THERE, "ru", "7 ноября 2008 года (пятница), 18:00 (America/Santo_Domingo), 22:00 UTC"),
        ("2008-11-07 22:00", THERE, "zh", "2008年11月7日星期五 18:00（America/Santo_Domingo），22:00 UTC"),
        ("2008-11-07 22:00", "UTC", "zh-Hant", "2008年11月7日星期五 22:00 UTC"),
        ("2008-11-07 22:00", "UTC", "x-none", "Friday 7 November 2008, 22:00 UTC"),
    ],
)
def test_a_time_is_local_with_its_zone_and_utc(at: str, zone: str, language: str, got: str) -> None:
    assert speech.when(datetime.fromisoformat(at).replace(tzinfo=UTC), ZoneInfo(zone), language) == got


@pytest.mark.parametrize(
    ("home", "language", "more"),
    [
        ("NG", "en", ", 23:00 (Nigeria)"),
        ("JO", "ar", "، السبت، 8 تشرين الثاني/نوفمبر 2008 00:00 (الأردن)"),
        ("CN", "zh", "，2008年11月8日星期六 06:00（中国）"),  # one time in all of it
        ("DE", "fr", ", 23:00 (Allemagne)"),  # two zones, one time
        ("SN", "en", ""),  # UTC, which is told already
        ("DO", "en", ""),  # the dialogue's own
        ("US", "en", ""),  # several times
        ("Atlantis", "en", ""),
        ("", "en", ""),
    ],
)
def test_the_only_reader_of_a_letter_is_told_their_own_time(home: str, language: str, more: str) -> None:
    at, zone = datetime(2008, 11, 7, 22, tzinfo=UTC), ZoneInfo(THERE)
    assert speech.when(at, zone, language, home) == speech.when(at, zone, language) + more


def test_a_time_without_a_zone_is_refused() -> None:
    with pytest.raises(ValueError, match="without a zone"):
        speech.when(datetime(2008, 11, 7), ZoneInfo(THERE))


@pytest.mark.parametrize(
    ("language", "figures", "sizes", "names"),
    [
        ("en", "999 1,234 1,000,000", "0 bytes|340 bytes|1 KB|12 KB|1.0 MB|1.4 MB", "A|A and B|A, B and C"),
        ("fr", "999 1_234 1_000_000", "0_octet|340_octets|1_ko|12_ko|1,0_Mo|1,4_Mo", "A|A et B|A, B et C"),
        ("es", "999 1.234 1.000.000", "0 bytes|340 bytes|1 kB|12 kB|1,0 MB|1,4 MB", "A|A y B|A, B y C"),
        (
            "ar",
            "999 1,234 1,000,000",
            "0 بايت|340 بايت|1 كيلوبايت|12 كيلوبايت|1.0 ميغابايت|1.4 ميغابايت",
            "A|A وB|A وB وC",
        ),
        ("ru", "999 1_234 1_000_000", "0 байт|340 байт|1 кБ|12 кБ|1,0 МБ|1,4 МБ", "A|A и B|A, B и C"),
        ("zh", "999 1,234 1,000,000", "0字节|340字节|1 kB|12 kB|1.0 MB|1.4 MB", "A|A和B|A、B和C"),
    ],
)
def test_figures_sizes_and_lists(language: str, figures: str, sizes: str, names: str) -> None:
    said = [speech.number(n, language) for n in (999, 1234, 1_000_000)]
    assert " ".join(said) == figures.replace("_", "\xa0")
    octets = (0, 340, 1000, 12_000, 999_500, 1_400_000)
    assert "|".join(speech.size(n, language) for n in octets).replace("\xa0", "_") == sizes
    assert [speech.listed(list("ABC"[:n]), language) for n in (1, 2, 3)] == names.split("|")
    assert speech.listed([], language) == ""


@pytest.mark.parametrize(
    ("language", "spans"),
    [
        ("en", "1 minute|5 minutes|2 hours|1 week"),
        ("fr", "1 minute|5 minutes|2_heures|1_semaine"),
        ("ru", "1 минута|5 минут|2 часа|1 неделя"),
        ("ar", "دقيقة|5 دقائق|ساعتان|أسبوع"),
        ("zh", "1分钟|5分钟|2小时|1周"),
    ],
)
def test_roughly_how_long(language: str, spans: str) -> None:
    said = [speech.lasting(timedelta(seconds=one), language) for one in (0, 300, 7300, 6 * 86400)]
    assert "|".join(said).replace("\xa0", "_") == spans
    assert speech.lasting(-timedelta(days=1), language) == said[0], "clocks differ; nothing has waited less than not"


@pytest.mark.parametrize(
    ("language", "turned"), [("ar", True), ("fa-IR", True), ("HE", True), ("en", False), ("zh", False), ("", False)]
)
def test_some_languages_run_from_right_to_left(language: str, turned: bool) -> None:
    assert speech.right_to_left(language) is turned

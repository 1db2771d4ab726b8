"""What is counted, in figures that decide between the forms of each language."""

import pytest

from listserv.core import speech
from listserv.edge import files

CATALOGUES = files.catalogues()
COUNTS = (0, 1, 2, 5, 11, 21, 100, 1_000_000)
WRITTEN = ("%(n)s contribution", "%(n)s contributions")
LASTING = ("This holds for one hour.", "This holds for %(n)s hours.")


@pytest.mark.parametrize(
    ("language", "message", "said"),
    [
        (
            "fr",
            WRITTEN,
            "0 contribution | 1 contribution | 2 contributions | 5 contributions | 11 contributions | 21 contributions"
            " | 100 contributions | 1_000_000 de contributions",
        ),
        (
            "es",
            WRITTEN,
            "0 contribuciones | 1 contribución | 2 contribuciones | 5 contribuciones | 11 contribuciones"
            " | 21 contribuciones | 100 contribuciones | 1.000.000 de contribuciones",
        ),
        (
            "ar",
            WRITTEN,
            "لا مساهمات | مساهمة واحدة | مساهمتان | 5 مساهمات | 11 مساهمة | 21 مساهمة | 100 مساهمة | 1,000,000 مساهمة",
        ),
        (
            "ar",
            LASTING,
            "انتهت مهلة التأكيد. | مهلة التأكيد ساعة واحدة. | مهلة التأكيد ساعتان. | مهلة التأكيد 5 ساعات."
            " | مهلة التأكيد 11 ساعة. | مهلة التأكيد 21 ساعة. | مهلة التأكيد 100 ساعة. | مهلة التأكيد 1,000,000 ساعة.",
        ),
        (
            "ru",
            WRITTEN,
            "0 сообщений | 1 сообщение | 2 сообщения | 5 сообщений | 11 сообщений | 21 сообщение | 100 сообщений"
            " | 1_000_000 сообщений",
        ),
        (
            "ru",
            LASTING,
            " | ".join(
                f"Это действительно в течение {n}."
                for n in (
                    *("0 часов", "1 часа", "2 часов", "5 часов", "11 часов", "21 часа", "100 часов"),
                    "1_000_000 часов",
                )
            ),
        ),
        (
            "zh",
            WRITTEN,
            "发言0篇 | 发言1篇 | 发言2篇 | 发言5篇 | 发言11篇 | 发言21篇 | 发言100篇 | 发言1,000,000篇",
        ),
    ],
)
def test_each_count_has_its_form(language: str, message: tuple[str, str], said: str) -> None:
    found = [CATALOGUES[language].ngettext(*message, n) % {"n": speech.number(n, language)} for n in COUNTS]
    assert [one.replace("\xa0", "_") for one in found] == said.split(" | ")

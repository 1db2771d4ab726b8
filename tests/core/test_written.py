"""The language somebody writes in, as far as it can be told from one mail."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from listserv.core.dialogue.written import written_in


@pytest.mark.parametrize(
    ("subject", "text", "language"),
    [
        ("", "أود المشاركة في الحوار. أنا من السنغال وأعمل في وزارة المرأة.", "ar"),
        ("", "Хочу участвовать в диалоге. Я работаю в министерстве труда.", "ru"),
        ("", "您好，我想参加这个对话。我来自中国，在UN Women工作。", "zh"),
        ("", "Bonjour, je souhaite participer au dialogue. Je travaille pour le ministère du genre.", "fr"),
        ("", "Hola, quiero participar en el diálogo. Trabajo para el Ministerio de la Mujer.", "es"),
        ("", "Dear moderators, I would like to take part in this dialogue. I work for the ministry.", "en"),
        ("参加", "", "zh"),
        ("", "участвовать", "ru"),
        ("", "participar", "es"),
        ("", "subscribe", ""),  # the word of all such programs
        ("", "", ""),
        ("Participation", "Amina Diallo", ""),
        ("", "Я хочу взяти участь у діалозі. Мій номер є внизу, її теж.", ""),  # Ukrainian
        ("", "می‌خواهم در گفتگو شرکت کنم. من از کابل هستم و کار می‌کنم.", ""),  # Persian
        ("", "この対話に参加したいです。", ""),
        ("", "Ich möchte gern an dem Dialog teilnehmen.", ""),
        ("", "Oui.\n\n> Dear participants, this is the module that we have for you and the others.", "fr"),
    ],
)
def test_the_language(subject: str, text: str, language: str) -> None:
    assert written_in(subject, text) == language


@given(st.text(max_size=200), st.text(max_size=400))
def test_it_never_raises(subject: str, text: str) -> None:
    assert written_in(subject, text) in ("", "ar", "en", "es", "fr", "ru", "zh")

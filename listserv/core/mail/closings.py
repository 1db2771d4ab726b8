"""How letters begin and end, in the languages people write in: "Dear all", "Kind regards", "Cordialement", "-- "."""

from __future__ import annotations

import re

#: What ends a letter: a name, an office and a notice of confidentiality follow.
CLOSING = re.compile(
    r"(?:(?:with )?(?:best|kind|kindest|warm)? ?regards|best wishes|(?:yours )?sincerely|(?:bien )?cordialement|"
    r"bien à vous|(?:un )?saludos?|atentamente|cordialmente|с уважением|مع (?:التحية|خالص)|وتفضلوا|mit freundlichen|"
    r"cordiali saluti|atenciosamente|"
    r"(?:med )?(?:vennlig|venlig|vänlig)\w* hils(?:en|ning)\w*|ystävällisin|s pozdravem|"
    r"met vriendelijke|z poważaniem|saygılar\w*)\b|-- ?$|_{5,}",
    re.IGNORECASE,
)
#: What a letter begins with.
GREETING = re.compile(
    r"(?:dear|hello|hi|hey|good (?:day|morning|afternoon)|greetings|bonjour|chers?|chères?|hola|estimad[oa]s?|"
    r"buenos días|مرحبا|السلام عليكم|تحية|здравствуйте|уважаем\w+|добрый день|hallo|guten tag|sehr geehrte\w*|olá|"
    r"prezad[oa]s?|buongiorno|gentile|beste|dzień dobry|merhaba|sayın)\b",
    re.IGNORECASE,
)

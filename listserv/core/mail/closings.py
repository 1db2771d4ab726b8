"""How letters end, in the languages people write in: "Kind regards", "Cordialement", "-- "."""

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

"""The language in which somebody writes who has not told theirs: our first answer to them is in it.

`written_in` goes by the letters, and where several languages share those, by their commonest words or by a command.
"" where that is not plain: then the dialogue's own language is as good. Never raises; looks at the first 4,000
characters.
"""

from __future__ import annotations

import re
from collections import Counter

from listserv.core.dialogue.phrases import plain
from listserv.core.dialogue.words import LANGUAGE, spelt

_READ = 4_000  # characters
_QUOTE = re.compile(r"^\s*[>|].*$", re.MULTILINE)
_SCRIPTS = {
    "ar": re.compile("[\u0621-\u064a]"),
    "ru": re.compile("[а-яё]", re.IGNORECASE),
    "zh": re.compile("[\u4e00-\u9fff]"),
    "": re.compile("[a-z\u00c0-\u024f]", re.IGNORECASE),
}
#: Letters of other languages in the same script: Persian and Urdu; Ukrainian, Serbian and others; Japanese.
_OTHERS = {
    "ar": re.compile("[پچژگکیےٹڈڑں]"),
    "ru": re.compile("[іїєґўјљњћђџқғүұөңһ]", re.IGNORECASE),
    "zh": re.compile("[\u3040-\u30ff]"),
}
_COMMON = {
    "en": "the and of to is for that we with i please my are have would this our from you dear",
    "fr": "le les des et est pour je nous vous une du dans avec mon ma que qui sur souhaite bonjour notre ce",
    "es": "el los las y es para una con mi por quiero del yo deseo nuestra nuestro soy hola estimados su como",
}
_OF_WORD = {word: language for language, words in _COMMON.items() for word in words.split()}
_ENOUGH = 3  # common words; and twice as many as of any other language


def written_in(subject: str, text: str) -> str:
    """ "ar", "en", "es", "fr", "ru" or "zh"; "" where it is another language, or none can be told."""
    own = _QUOTE.sub("", text[:_READ])
    for said in (own, subject[:_READ]):
        if language := LANGUAGE.get(spelt(said[:200])):
            return language
    letters = {language: len(script.findall(own or subject)) for language, script in _SCRIPTS.items()}
    most = max(letters, key=lambda language: letters[language] * (3 if language == "zh" else 1))
    if most:
        return most if letters[most] > 3 and len(_OTHERS[most].findall(own or subject)) * 20 < letters[most] else ""
    counted = Counter(_OF_WORD[word] for word in plain(own).split() if word in _OF_WORD).most_common(2)
    if not counted or counted[0][1] < _ENOUGH or (len(counted) > 1 and counted[0][1] < 2 * counted[1][1]):
        return ""
    return counted[0][0]

"""Tags: what moderators note on a contribution, and the five that round-ups and the report gather by.

`read` gives a tag as it is kept: small letters, one space between words, at most `LONGEST` characters. The five
standard ones are understood in en fr es ar ru zh, by their singular or plural, and kept in English; any other word is
a tag of the moderators' own and kept as written. Raises ValueError, saying why, for what cannot be one.
"""

from __future__ import annotations

import unicodedata
from difflib import get_close_matches
from enum import StrEnum

from listserv.core.dialogue.phrases import plain
from listserv.core.mail.discretion import out_of_sight
from listserv.core.sentence import Sentence

#: Characters of a tag.
LONGEST = 40


class Kind(StrEnum):
    """What a contribution, or a passage of it, is for those who read on: the standard tags."""

    EXPERIENCE = "experience"
    PRACTICE = "good practice"
    RESOURCE = "resource"
    RECOMMENDATION = "recommendation"
    CONTACT = "contact"

    @property
    def said(self) -> Sentence:
        """Its name, to be translated."""
        return _SAID[self]


_SAID = {
    Kind.EXPERIENCE: Sentence("experience"),
    Kind.PRACTICE: Sentence("good practice"),
    Kind.RESOURCE: Sentence("resource"),
    Kind.RECOMMENDATION: Sentence("recommendation"),
    Kind.CONTACT: Sentence("contact"),
}

_WORDS = {
    Kind.EXPERIENCE: "experience | experiences | expérience | expériences | experiencia | experiencias | تجربة | تجارب"
    " | خبرة | خبرات | опыт | 经验 | 经历",
    Kind.PRACTICE: "good practice | good practices | best practice | best practices | practice | practices"
    " | bonne pratique | bonnes pratiques | buena práctica | buenas prácticas | ممارسة جيدة | ممارسات جيدة"
    " | الممارسات الجيدة | передовая практика | передовой опыт | хорошая практика | 良好做法 | 最佳做法 | 好做法",
    Kind.RESOURCE: "resource | resources | ressource | ressources | recurso | recursos | مورد | موارد | مرجع | مراجع"
    " | ресурс | ресурсы | материал | материалы | 资源 | 资料",
    Kind.RECOMMENDATION: "recommendation | recommendations | recommandation | recommandations | recomendación"
    " | recomendaciones | توصية | توصيات | рекомендация | рекомендации | 建议",
    Kind.CONTACT: "contact | contacts | contacto | contactos | جهة اتصال | جهات اتصال | контакт | контакты | 联系人"
    " | 联系方式",
}

_KINDS = {plain(word): kind for kind, words in _WORDS.items() for word in words.split("|")}


def kind(said: str) -> Kind | None:
    """The standard tag that is meant, in whichever language; None for any other word."""
    return _KINDS.get(plain(said))


def near(said: str) -> Kind | None:
    """The standard tag that was perhaps meant by a word which is none, misspelt."""
    written = plain(said)
    if written in _KINDS:
        return None
    found = get_close_matches(written, _KINDS, 1, 0.85)
    return _KINDS[found[0]] if found else None


def read(said: str) -> str:
    """The tag as it is kept."""
    if (standard := kind(said)) is not None:
        return standard.value
    shown = " ".join(unicodedata.normalize("NFC", said).lower().split())
    if not any(one.isalnum() for one in shown):
        raise ValueError("a tag needs a letter or a digit")
    if len(shown) > LONGEST:
        raise ValueError(f"a tag has at most {LONGEST} characters, {shown[:20]!r}… has {len(shown)}")
    if any(unicodedata.category(one) in ("Cc", "Cf", "Co", "Cs", "Cn") for one in shown) or "," in shown:
        raise ValueError("a tag has no comma and no invisible characters; give several with several --tag")
    if out_of_sight(shown) != shown:
        raise ValueError("a tag bears no mail address: everybody reads it")
    return shown

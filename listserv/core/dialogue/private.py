"""Mail to the dialogue that was meant for one of its people: "Dear Maria, please do not share this".

`looks_private` asks for two signs: that it is not to be shared, and that it is addressed to one person or marked so
in its subject. What mail servers add below ("This e-mail is confidential …") is no sign. Never raises.
"""

from __future__ import annotations

import re

from listserv.core.dialogue.phrases import any_of, either, plain

_READ = 20_000  # characters

_TO_ONE = """
    dear hi hello cher chère bonjour estimado estimada querido querida hola عزيزي عزيزتي
    уважаемый уважаемая дорогой дорогая
"""
_TO_ALL = """
    all both colleague colleagues friend friends participant participants member members moderator moderators everyone
    everybody sisters team ladies sir madam list group
    tous toutes collègue collègues ami amie amis amies mesdames messieurs chers chères modérateur modératrice
    todos todas colega colegas amigo amiga amigos amigas compañeros compañeras moderador moderadora
    الجميع الزملاء الأصدقاء коллеги друзья все участники
"""
_NOT_TO_SHARE = """
    do_not/don't share/forward/circulate/publish/distribute/quote this/it/any_of_this
    just/strictly/only? between us
    between you and me
    off the record
    in strict? confidence
    not for the list/group/dialogue
    not for publication/circulation/sharing/distribution
    keep/treat this/it as? private/confidential/to_yourself/between_us
    this is private/confidential
    for your eyes only
    strictly private/confidential
    ne pas le/la/les? partager/diffuser/transmettre/publier
    entre nous
    à titre confidentiel
    c'est/ceci_est confidentiel
    no lo/la/los? compartas/compartan/comparta/difundas/difundan/difunda/reenvíes/reenvíen/publiques/publiquen
    entre nosotros/nosotras
    es confidencial
    en confianza
    سري للغاية
    بيني وبينك
    لا تنشر/تنشروا/تنشري
    между нами
    не для публикации
    прошу не распространять/публиковать/пересылать
    строго конфиденциально
"""
_MARKS = "private confidential personal privé confidentiel privado confidencial سري личное конфиденциально"
_DISCLAIMER = """
    this/the/ce/cet/este/esta/настоящее e-mail/email/message/communication/courriel/mensaje/correo/сообщение
"""

_GREETS_ONE = re.compile(rf"{either(_TO_ONE)}\w")
_GREETS_ALL = re.compile(rf"\b{either(_TO_ALL)}")
_ASKS = re.compile(rf"\b{any_of(_NOT_TO_SHARE)}")
_IS_MARKED = re.compile(rf"\b{either(_MARKS)}")
_IS_DISCLAIMER = re.compile(any_of(_DISCLAIMER))


def looks_private(subject: str, text: str) -> bool:
    """Whether a mail seems to be meant for one person only."""
    paragraphs = [_words(each) for each in re.split(r"\n\s*\n", text[:_READ])]
    if not any(_ASKS.search(each) and not _IS_DISCLAIMER.match(each) for each in paragraphs):
        return False
    first = _words(next((line for line in text.splitlines() if line.strip()), "")[:80])
    to_one = bool(_GREETS_ONE.match(first)) and not _GREETS_ALL.search(first)
    return to_one or bool(_IS_MARKED.search(_words(subject[:200])))


def _words(text: str) -> str:
    return plain(text) + " "

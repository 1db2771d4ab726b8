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
#: In Chinese, where words are not parted.
_CHINESE_ONE = re.compile(
    r"(?:尊敬的|亲爱的|親愛的)?\w{1,12}?(?:您好|你好|先生|女士|老师|教授|博士|主任|同志)\W*$"
    r"|(?:亲爱的|親愛的|尊敬的)\w{1,12}\W*$|(?:您好|你好)[，,]\s*\w{1,8}\W*$"
)
_CHINESE_ALL = re.compile("各位|大家|所有|全体|同事们|同仁|朋友们|诸位|主持人|先生们|女士们|參與者|参与者")
_CHINESE_ASKS = re.compile(
    "(?:请勿|請勿|勿|不要|别|請不要|请不要)(?:转发|公开|外传|传播|分享|发布|引用给他人|轉發|公開|外傳|對外)"
    "|(?:请|務請|务请|敬请)?(?:严格)?保密|仅供(?:您|你)?(?:本人)?(?:参考|阅读)|(?:仅|只)限(?:你我|我们)之间|私下(?:告诉|跟|和|与)|不便公开"
)
_CHINESE_MARK = re.compile("私人|机密|保密|私信|機密")
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
    written = next((line for line in text.splitlines() if line.strip()), "")[:80]
    first, title = _words(written), _words(subject[:200])
    to_one = bool(_GREETS_ONE.match(first)) and not _GREETS_ALL.search(first)
    to_one = to_one or (bool(_CHINESE_ONE.match(written.strip())) and not _CHINESE_ALL.search(written))
    if not (to_one or _IS_MARKED.search(title) or _CHINESE_MARK.search(title)):
        return False
    paragraphs = (_words(each) for each in re.split(r"\n\s*\n", text[:_READ]))
    return any(_ASKS.search(each) or _CHINESE_ASKS.search(each) for each in paragraphs if not _disclaims(each))


def _disclaims(paragraph: str) -> bool:
    return bool(_IS_DISCLAIMER.match(paragraph)) or "邮件" in paragraph[:8]  # "this mail and its files are …"


def _words(text: str) -> str:
    return plain(text) + " "

"""The words people use to a dialogue's addresses, in en fr es ar ru: what each phrase asks for, each for one thing.

All are in the spelling of `phrases.plain`.
"""

from __future__ import annotations

import re
import unicodedata
from enum import StrEnum

from listserv.core.dialogue.phrases import plain


class Verb(StrEnum):
    JOIN = "join"
    LEAVE = "leave"
    HELP = "help"
    CONFIRM = "confirm"
    DECLINE = "decline"  # the answer "no" to something that asked for a yes
    PAUSE = "pause"
    RESUME = "resume"
    EACH = "each"
    DAILY = "daily"  # contributions, in one mail a day
    ROUNDUP = "roundup"
    NOTHING = "nothing"
    MISSED = "missed"  # what came out during their pause, in one mail
    UNREMINDED = "no reminders"  # no private mail that asks them to write
    REMINDED = "reminders"
    ADDRESS = "address"  # with an address: one more of theirs


_SAID: dict[Verb, tuple[str, ...]] = {
    Verb.JOIN: (
        "subscribe | subscribe me | join | register | register me | sign up | sign me up | take part | participate"
        " | add me",
        "s'inscrire | m'inscrire | inscrire | inscription | inscrivez-moi | s'abonner | abonner | abonnement"
        " | rejoindre | participer | je souhaite participer",
        "inscribir | inscribirme | inscripción | suscribir | suscribirme | suscripción | unirse | unirme | participar"
        " | alta | quiero participar",
        "اشتراك | الاشتراك | انضمام | الانضمام | تسجيل | مشاركة | المشاركة",
        "подписаться | подписка | подпишите | вступить | участвовать | участие | регистрация | присоединиться",
    ),
    Verb.LEAVE: (
        "unsubscribe | unsubscribe me | leave | sign off | signoff | quit | remove | remove me | stop | cancel"
        " | opt out",
        "se désinscrire | me désinscrire | désinscrire | désinscription | désinscrivez-moi | se désabonner"
        " | me désabonner | désabonner | désabonnement | quitter | arrêter | retirez-moi",
        "baja | darse de baja | darme de baja | dar de baja | desuscribir | desuscribirme | cancelar"
        " | cancelar suscripción | salir | abandonar",
        "إلغاء | إلغاء الاشتراك | إلغاء اشتراكي | انسحاب | الانسحاب | مغادرة | توقف",
        "отписаться | отписка | отпишите | выйти | покинуть | отказаться | стоп",
    ),
    Verb.HELP: (
        "help | info | information | commands | how",
        "aide | aidez-moi | commandes | comment",
        "ayuda | información | comandos | cómo",
        "مساعدة | المساعدة | معلومات",
        "помощь | помогите | справка | команды",
    ),
    Verb.CONFIRM: (
        "confirm | confirmed | i confirm | yes | ok | okay | agreed | i accept | accept | i agree",
        "oui | confirmer | confirme | je confirme | d'accord | j'accepte | accepter",
        "sí | confirmo | confirmar | confirmado | de acuerdo | vale | acepto",
        "نعم | أؤكد | تأكيد | موافق | أوافق",
        "да | подтверждаю | подтвердить | согласен | согласна | хорошо",
    ),
    Verb.DECLINE: (
        "no | no thanks | no thank you | decline | i decline | not me | refuse | reject",
        "non | non merci | je refuse | refuser",
        "no gracias | rechazo | rechazar",
        "لا | لا شكرا | أرفض",
        "нет | нет спасибо | отказываюсь",
    ),
    Verb.PAUSE: (
        "pause | suspend | hold | vacation",
        "suspendre | suspension | vacances",
        "pausa | pausar | suspender | vacaciones",
        "إيقاف مؤقت | إيقاف",
        "пауза | приостановить | отпуск",
    ),
    Verb.RESUME: (
        "resume | continue | restart | unpause",
        "reprendre | continuer | reprise",
        "reanudar | continuar | seguir",
        "استئناف | متابعة",
        "возобновить | продолжить",
    ),
    Verb.EACH: (
        "each | all | everything | every contribution | all contributions | every mail | all mail",
        "tout | chaque contribution | toutes les contributions | tous les messages",
        "todo | cada contribución | todas las contribuciones | todos los mensajes",
        "كل المساهمات | جميع المساهمات | كل الرسائل",
        "все | все сообщения | каждое сообщение",
    ),
    Verb.DAILY: (
        "daily | daily bundle | bundle | once a day | one mail a day | every day | daily digest",
        "quotidien | quotidienne | quotidiennement | chaque jour | tous les jours | une fois par jour",
        "diario | diaria | diariamente | a diario | cada día | una vez al día",
        "يومي | يوميا | كل يوم | مرة في اليوم",
        "ежедневно | каждый день | раз в день",
    ),
    Verb.ROUNDUP: (  # what other programs call a round-up is understood too; for "résumé" see `spelt`
        "roundup | round-up | roundups | round-ups | roundups only | round-ups only | summary | summaries only"
        " | digest",
        "synthèse | synthèses | synthèses seulement | résumés | résumés seulement",
        "resumen | resúmenes | solo resúmenes | síntesis",
        "ملخص | الملخص | الملخصات فقط | ملخصات",
        "обзор | обзоры | только обзоры | сводка | дайджест",
    ),
    Verb.NOTHING: (
        "none | nothing | no mail | nomail | no mails",
        "rien | aucun | aucun message | aucun courriel",
        "nada | ninguno | ningún mensaje | sin correo",
        "لا شيء | بدون رسائل",
        "ничего | без писем | никаких писем",
    ),
    Verb.MISSED: (
        "missed | what i missed | send what i missed | catch up | catchup",
        "manqué | manquées | contributions manquées | j'ai manqué | rattraper | rattrapage",
        "perdido | lo perdido | lo que me perdí | ponerme al día",
        "ما فاتني | فاتني",
        "пропущенное | что я пропустил | что я пропустила",
    ),
    Verb.UNREMINDED: (
        "no reminders | no more reminders | no reminder | stop reminders | reminders off | nudges off | no nudges",
        "pas de rappels | plus de rappels | pas de rappel | plus de rappel | sans rappels | aucun rappel",
        "sin recordatorios | no más recordatorios | ningún recordatorio | sin recordatorio",
        "بدون تذكير | لا تذكير | لا تذكيرات | بدون تذكيرات",
        "без напоминаний | не напоминать | никаких напоминаний",
        "不要提醒 | 无需提醒 | 停止提醒 | 不再提醒",
    ),
    Verb.REMINDED: (
        "reminders | reminders on | nudges on",
        "rappels | avec rappels",
        "recordatorios | con recordatorios",
        "تذكير | تذكيرات",
        "напоминания | с напоминаниями",
        "提醒 | 恢复提醒",
    ),
    Verb.ADDRESS: (
        "address | my address | add address | add my address | other address | new address | link | link address",
        "adresse | mon adresse | ajouter adresse | ajouter mon adresse | autre adresse | nouvelle adresse",
        "dirección | mi dirección | añadir dirección | añadir mi dirección | otra dirección | nueva dirección",
        "عنوان | عنواني | عنوان جديد | عنوان آخر",
        "адрес | мой адрес | добавить адрес | новый адрес | другой адрес",
    ),
}

PHRASES: dict[Verb, tuple[str, ...]] = {
    verb: tuple(plain(phrase) for line in lines for phrase in line.split("|")) for verb, lines in _SAID.items()
}
VOCABULARY: dict[str, Verb] = {phrase: verb for verb, phrases in PHRASES.items() for phrase in phrases}

FILLERS: frozenset[str] = frozenset(  # before a command: "please unsubscribe", "set round-ups only"
    plain(
        "please pls kindly set delivery mail mode receive send me i want to would like wish the"
        " merci de veuillez svp je voudrais souhaite recevoir mode livraison"
        " por favor quiero quisiera recibir envío modo deseo"
        " من فضلك أرجو أريد أود أرغب في пожалуйста хочу прошу получать"
    ).split()
)

_RESUME = re.compile(r"\br[eé]sumé\b", re.IGNORECASE)


def spelt(text: str) -> str:
    """`plain`, but French "résumé" (a round-up) stays apart from English "resume", which it is without its accents."""
    return plain(text if text.isascii() else _RESUME.sub("synthèse", unicodedata.normalize("NFC", text)))

"""The words people use to a dialogue's addresses, in en fr es ar ru zh: what each phrase asks for, each for one thing.

All are in the spelling of `phrases.plain`.
"""

from __future__ import annotations

import re
import unicodedata
from enum import StrEnum

from listserv.core.dialogue.phrases import bare, plain, seamed


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
    NEVER = "never"  # to write to them again


_SAID: dict[Verb, tuple[str, ...]] = {
    Verb.JOIN: (
        "subscribe | subscribe me | join | register | register me | sign up | sign me up | take part | participate"
        " | add me",
        "s'inscrire | m'inscrire | inscrire | inscription | inscrivez-moi | s'abonner | abonner | abonnement"
        " | rejoindre | participer | je souhaite participer",
        "inscribir | inscribirme | inscripción | suscribir | suscribirme | suscripción | unirse | unirme | participar"
        " | alta | quiero participar",
        "اشتراك | الاشتراك | انضمام | الانضمام | تسجيل | التسجيل | مشاركة | المشاركة | أريد المشاركة"
        " | سجلوني | أرغب في المشاركة",
        "подписаться | подписка | подпишите | вступить | участвовать | участие | регистрация | присоединиться"
        " | подпишите меня | присоединяюсь | хочу участвовать | зарегистрировать"
        " | зарегистрируйте | зарегистрироваться | записаться",
        "参加 | 加入 | 报名 | 注册 | 订阅 | 参与 | 參加 | 參與 | 報名 | 註冊 | 訂閱",
    ),
    Verb.LEAVE: (
        "unsubscribe | unsubscribe me | leave | sign off | signoff | quit | remove | remove me | stop | cancel"
        " | opt out | remove me from | take me off | be removed from",
        "se désinscrire | me désinscrire | désinscrire | désinscription | désinscrivez-moi | se désabonner"
        " | me désabonner | désabonner | désabonnement | quitter | arrêter | retirez-moi | retirer | désabonnez-moi",
        "baja | darse de baja | darme de baja | dar de baja | desuscribir | desuscribirme | cancelar"
        " | cancelar suscripción | salir | abandonar | denme de baja | dame de baja | quitarme",
        "إلغاء | إلغاء الاشتراك | إلغاء اشتراكي | انسحاب | الانسحاب | مغادرة | توقف"
        " | خروج | الخروج | إلغاء التسجيل | أريد المغادرة | ألغوا اشتراكي",
        "отписаться | отписка | отпишите | выйти | покинуть | отказаться | стоп"
        " | отпишите меня | отписать меня | удалите меня | выход | прекратить | не присылать",
        "退出 | 退订 | 取消订阅 | 离开 | 停止 | 取消 | 注销 | 不再参加 | 退出对话 | 退訂 | 取消訂閱 | 離開",
    ),
    Verb.HELP: (
        "help | need help | info | more info | information | more information | commands | how",
        "aide | besoin d'aide | ai besoin d'aide | aidez-moi | commandes | comment",
        "ayuda | necesito ayuda | información | comandos | cómo",
        "مساعدة | المساعدة | أحتاج مساعدة | معلومات | تعليمات | أوامر | كيف",
        "помощь | нужна помощь | помогите | справка | команды | помогите мне | инструкция",
        "帮助 | 需要帮助 | 我需要帮助 | 说明 | 求助 | 使用说明 | 命令 | 指令 | 幫助 | 說明",
    ),
    Verb.CONFIRM: (
        "confirm | confirmed | i confirm | yes | ok | okay | agreed | i accept | accept | i agree | sure | yep | yeah",
        "oui | confirmer | confirme | je confirme | d'accord | j'accepte | accepter",
        "sí | confirmo | confirmar | confirmado | de acuerdo | vale | acepto",
        "نعم | أؤكد | تأكيد | موافق | أوافق | أجل | حسنا | أقبل | موافقة",
        "да | подтверждаю | подтвердить | согласен | согласна | хорошо | ок | подтверждено | принимаю | согласны",
        "确认 | 是 | 是的 | 同意 | 好 | 好的 | 可以 | 接受 | 確認 | 我确认 | 我同意 | 我接受 | 我確認",
    ),
    Verb.DECLINE: (
        "no | no thanks | no thank you | decline | i decline | not me | refuse | reject",
        "non | non merci | je refuse | refuser",
        "no gracias | rechazo | rechazar",
        "لا | لا شكرا | أرفض | كلا | لا أرغب | لا أوافق | رفض | أعتذر",
        "нет | нет спасибо | отказываюсь | не согласен | не согласна | не я | отказ",
        "不参加 | 否 | 不 | 不是 | 不用 | 不用了 | 不要 | 不同意 | 谢绝 | 婉拒 | 拒绝 | 不是我 | 不參加 | 謝絕 | 拒絕",
    ),
    Verb.PAUSE: (
        "pause | suspend | hold | vacation",
        "suspendre | suspendez | suspension | vacances",
        "pausa | pausar | suspender | vacaciones",
        "إيقاف مؤقت | إيقاف | توقيف | تعليق | إيقاف الرسائل | إجازة",
        "пауза | приостановить | отпуск | пауза в рассылке | приостановите | остановить",
        "暂停 | 暂停收信 | 暂停邮件 | 休假 | 中止 | 暫停 | 暫停收信",
    ),
    Verb.RESUME: (
        "resume | continue | restart | unpause",
        "reprendre | continuer | reprise",
        "reanudar | continuar | seguir",
        "استئناف | متابعة | استمرار | مواصلة | استئناف الرسائل",
        "возобновить | продолжить | продолжать | продолжайте | возобновите | снова",
        "继续 | 恢复 | 恢复收信 | 重新开始 | 繼續 | 恢復",
    ),
    Verb.EACH: (
        "each | all | everything | every contribution | all contributions | every mail | all mail",
        "tout | chaque contribution | toutes les contributions | tous les messages",
        "todo | cada contribución | todas las contribuciones | todos los mensajes",
        "كل المساهمات | جميع المساهمات | كل الرسائل | الكل | كل شيء | كل مساهمة | جميع الرسائل",
        "все | все сообщения | каждое сообщение | каждое | все письма | все сразу",
        "全部 | 所有 | 每篇 | 每篇发言 | 全部发言 | 所有发言 | 逐篇 | 每篇發言 | 全部發言",
    ),
    Verb.DAILY: (
        "daily | daily bundle | bundle | once a day | one mail a day | every day | daily digest",
        "quotidien | quotidienne | quotidiennement | chaque jour | tous les jours | une fois par jour",
        "diario | diaria | diariamente | a diario | cada día | una vez al día",
        "يومي | يوميا | كل يوم | مرة في اليوم | يومية | رسالة يومية | مرة يوميا",
        "ежедневно | каждый день | раз в день | ежедневный | ежедневная | раз в сутки | одно письмо в день",
        "每日 | 每天 | 每日一次 | 每天一次 | 每日汇总 | 每天一封 | 每日匯總",
    ),
    Verb.ROUNDUP: (  # what other programs call a round-up is understood too; for "résumé" see `spelt`
        "roundup | round-up | roundups | round-ups | roundups only | round-ups only | summary | summaries only"
        " | digest",
        "synthèse | synthèses | synthèses seulement | résumés | résumés seulement",
        "resumen | resúmenes | solo resúmenes | síntesis",
        "ملخص | الملخص | الملخصات فقط | ملخصات"
        " | موجز | الموجز | موجزات | الموجز فقط | الموجز الأسبوعي | خلاصة | الخلاصة",
        "обзор | обзоры | только обзоры | сводка | дайджест | только обзор | сводки | еженедельно",
        "综述 | 只要综述 | 仅综述 | 只收综述 | 每周综述 | 摘要 | 汇总 | 周报 | 綜述 | 每週綜述",
    ),
    Verb.NOTHING: (
        "none | nothing | no mail | nomail | no mails",
        "rien | aucun | aucun message | aucun courriel",
        "nada | ninguno | ningún mensaje | sin correo",
        "لا شيء | بدون رسائل | لاشيء | بلا رسائل | لا رسائل | بدون بريد",
        "ничего | без писем | никаких писем | не присылать писем | нет писем | ни одного",
        "无 | 不收 | 不收邮件 | 不要邮件 | 没有 | 無 | 不收郵件",
    ),
    Verb.MISSED: (
        "missed | what i missed | send what i missed | catch up | catchup",
        "manqué | manquées | contributions manquées | j'ai manqué | rattraper | rattrapage",
        "perdido | lo perdido | lo que me perdí | ponerme al día",
        "ما فاتني | فاتني | ما فات | فاتتني | ما فاتني من مساهمات",
        "пропущенное | что я пропустил | что я пропустила | пропущенные | пропущенные сообщения | что пропущено",
        "补收 | 错过 | 错过的 | 错过的发言 | 补发 | 我错过的 | 補收 | 錯過",
    ),
    Verb.UNREMINDED: (
        "no reminders | no more reminders | no reminder | stop reminders | stop sending reminders | reminders off"
        " | nudges off | no nudges",
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
        "عنوان | عنواني | عنوان جديد | عنوان آخر | إضافة عنوان | أضيفوا عنواني",
        "адрес | мой адрес | добавить адрес | новый адрес | другой адрес"
        " | добавить мой адрес | еще один адрес | дополнительный адрес",
        "地址 | 我的地址 | 添加地址 | 增加地址 | 新地址 | 另一个地址 | 邮箱 | 郵箱 | 新增地址",
    ),
    Verb.NEVER: (
        "never | never again | never write to me again | never write to me | never contact me again"
        " | do not write to me again | don't write to me again | do not contact me again | don't contact me again",
        "jamais | plus jamais | ne m'écrivez plus jamais | ne m'écrivez plus | ne me contactez plus jamais"
        " | ne me contactez plus",
        "nunca | nunca más | no me escriban nunca más | no me escriban más | no vuelvan a escribirme"
        " | no me contacten nunca más | no me contacten más",
        "أبدا | لا تكتبوا إلي أبدا | لا تراسلوني أبدا | لا تراسلوني بعد الآن | لا تراسلوني مرة أخرى",
        "никогда | больше никогда | никогда больше мне не пишите | больше никогда мне не пишите | больше мне не пишите"
        " | не пишите мне больше | не пишите мне больше никогда",
        "永不 | 不要再发邮件 | 永远不要再发邮件 | 不要再联系我 | 永远不要再联系我 | 勿再联系我 | 不要再给我写信",
    ),
}

PHRASES: dict[Verb, tuple[str, ...]] = {
    verb: tuple(plain(phrase) for line in lines for phrase in line.split("|")) for verb, lines in _SAID.items()
}
VOCABULARY: dict[str, Verb] = {phrase: verb for verb, phrases in PHRASES.items() for phrase in phrases}

_ORDER = ("en", "fr", "es", "ar", "ru", "zh")
_IN: dict[str, set[str]] = {}
for _lines in _SAID.values():
    for _language, _line in zip(_ORDER, _lines, strict=True):
        for _phrase in _line.split("|"):
            _IN.setdefault(plain(_phrase), set()).add(_language)
#: The language of each phrase that stands in one only; English ones everybody uses.
LANGUAGE: dict[str, str] = {
    phrase: language for phrase, (language, *more) in _IN.items() if not more and language != "en"
}

FILLERS: frozenset[str] = frozenset(  # before a command: "please unsubscribe", "set round-ups only"
    plain(
        "please pls kindly set delivery mail mode receive send me i want to would like wish the"
        " merci de veuillez svp je j voudrais veux souhaite recevoir mode livraison"
        " por favor quiero quisiera recibir envío modo deseo"
        " من فضلك أرجو أريد أود أرغب في يرجى رجاء الرجاء فضلكم لو سمحتم نرجو إرسال أرسلوا تلقي"
        " пожалуйста хочу прошу получать присылать присылайте отправлять отправляйте мне бы хотел хотела режим рассылка"
        " 您好 你好 接收 收取 发送"
    ).split()
)

_RESUME = re.compile(r"\br[eé]sumé\b", re.IGNORECASE)


def spelt(text: str) -> str:
    """`plain` and `bare`; French "résumé" (a round-up) stays apart from English "resume", as which it is spelt else."""
    if text.isascii():
        return plain(text)
    return bare(plain(_RESUME.sub("synthèse", unicodedata.normalize("NFC", seamed(text)))))

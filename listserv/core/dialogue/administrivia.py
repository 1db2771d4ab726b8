"""Mail to the dialogue that was meant for its office: "please unsubscribe me", "add my colleague", "my new address".

`looks_like_administrivia` finds it in short mails, in en fr es ar ru zh, by their structure: a sentence that begins
like a request, names what is wanted, and ends soon; with hardly anything else in the mail. A contribution that mentions
the words is none; a mail that is nothing but one command ("help", "leave", "roundup") is one. What it misses is read
by a moderator or goes out, what it catches is held: so it prefers to miss.
`wish` reads one line of a mail that was sent to the office.

Never raises. Looks at the first 4,000 characters, and at sentences of at most 60 words.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from itertools import zip_longest

from listserv.core.dialogue.dates import before_until
from listserv.core.dialogue.phrases import any_of, either, length, plain
from listserv.core.dialogue.words import VOCABULARY, Verb, spelt
from listserv.core.mail.threads import base_subject

_READ = 4000  # characters
_LONGEST = 60  # words of a sentence that can be a request
_LONGEST_WISH = 20  # of a line to the office that is one
_TAIL = 10  # words a request may go on for: "as I am leaving the ministry at the end of May"
_GREETING = 8  # words before the first that counts
_REST = 25  # words beside the request: greeting, thanks, name, office
_REST_IF_FIRST = 90  # the same when a mail begins with asking to be taken off: disclaimers are long
_WRAPPED = 45  # a line at least that long may go on in the next
_COMMAND = 500  # characters, addresses aside, over which a mail is not one command
_SIGNATURE = re.compile(r"^-- ?$", re.MULTILINE)
_END = re.compile(r"[.!?;…؟؛](?=\s|$)|[。！？；]|\n")
_ANY_ADDRESS = re.compile(r"\S+@\S+")

_LEAD = """
    please pls kindly could can would will may you i we 'd 'll 'm am like want wish need have to be if how do let asking
    writing ask request grateful appreciate thanks thank sorry but and so now just immediately also therefore hereby
    merci de veuillez bien vouloir pourriez pouvez vous je nous voudrais voudrions souhaite souhaiterais souhaitons ne
    désire veux prie prier prière svp s' il te plaît demande comment puis peut on faire pour
    por favor quisiera quisiéramos quiero queremos deseo deseamos me gustaría nos podrían podría pueden puede les le
    ruego rogamos solicito pido agradecería que cómo puedo
    من فضلك فضلكم أرجو نرجو أريد أود أرغب في الرجاء يرجى كيف يمكنني أطلب
    пожалуйста прошу просим я хочу хотел хотела хотели бы мы вас можно как больше
"""
_GREETINGS = "hi hello dear greetings bonjour madame monsieur cher chère hola estimado estimada estimados estimadas"

_ME = """
    me us my_name my_address my_e-mail my_email my_e-mail_address my_email_address my_account my_details this_address
    our_address my_old_address my_other_address my_work_address my_colleague my_colleagues him her
    mon_nom mon_adresse mon_adresse_mail mon_adresse_électronique mon_collègue ma_collègue notre_adresse
    mi_nombre mi_dirección mi_correo mi_correo_electrónico mi_colega
    اسمي عنواني بريدي بريدي_الإلكتروني زميلي زميلتي
    меня нас мой_адрес мой_электронный_адрес мою_коллегу моего_коллегу
"""
_WHICH = """
    the this your that any all these those such further more our future of to from on in
    la le les l' de du des d' à au aux cette ce ces cet vos votre tous toute autres
    el los las del al en esta este estos estas sus su más a lo
    هذه هذا من إلى في
    эту этот этой этого вашей вашу ваши данной из с от на в к
    e- mailing email e-mail discussion distribution dialogue virtual contact address group
"""
_LIST = """
    list lists mailing mailings mail mails email emails e-mail e-mails message messages dialogue dialogues discussion
    discussions group groups database forum correspondence
    liste_de_diffusion liste_d'envoi liste_de_discussion liste listes messages courriel courriels courriers envois
    lista_de_correo lista_de_correos lista_de_distribución lista listas mensajes correo correos diálogo discusión foro
    القائمة قائمة الحوار الرسائل رسائل البريد رسائلكم
    рассылк* списк* список дискусси* диалог* писем письма сообщения
"""
_NOT_OURS = "of on about for de du des d' del los"  # "the list of speakers" is theirs

_LEAVE = """
    unsubscribe
    remove/delete/take/drop/strike/erase/exclude <me> off/from/out_of <list>
    remove/delete <me> please/thanks/thank_you? .
    take <me> off
    removed/deleted/dropped/taken_off/unsubscribed from? <list>
    removed/unsubscribed please/thanks? .
    stop/cease/quit sending/mailing/emailing/writing to? me/us
    stop/cease sending? <list>
    stop please? .
    do_not/don't/no_longer/not want/wish? to? receive/get any? more? <list>
    do_not/don't/no_longer/not want/wish? to? receive/get any_more/anymore
    do_not/don't send/mail/email/write to? me/us any_more/anymore/any/these/further
    do_not/don't email/mail me
    no_longer want/wish? to? be on/part_of <list>
    opt me? out
    sign me? off
    leave/withdraw/withdraw_from <list> .
    cancel my/our subscription/participation/membership/registration
    me/nous désinscrire/désabonner
    désinscrire/désabonner .
    désinscription/désabonnement .
    ma/mon désinscription/désabonnement
    désinscrivez-moi/désabonnez-moi/désinscrivez-nous
    me/m' retirer/enlever/supprimer/rayer/ôter <list>
    retirez-moi/enlevez-moi/supprimez-moi/rayez-moi <list>?
    retirer/retirez/enlever/enlevez/supprimer/supprimez/rayer/rayez <me> <list>
    plus recevoir/figurer_sur/être_sur <list>
    arrêter/arrêtez/cesser/cessez de? m'/nous envoyer/écrire
    quitter <list> .
    annuler/annulez mon inscription/abonnement
    darme/dar/darnos/denme/dénme/deme de_baja
    baja .
    desuscribirme/desuscribir/desuscríbanme
    borrarme/bórrenme/eliminarme/elimínenme/quitarme/quítenme/sacarme/sáquenme/retirarme/retírenme <list>
    borrar/borren/eliminar/eliminen/quitar/quiten/retirar/retiren <me> <list>
    no deseo/quiero/desearía seguir? recibir/recibiendo más? <list>
    no deseo/quiero/desearía seguir? recibir/recibiendo más
    dejen/dejar de enviarme/enviarnos/recibir
    salir <list> .
    cancelar mi suscripción/inscripción/participación
    إلغاء/إلغوا/ألغوا اشتراكي/الاشتراك/اشتراك/تسجيلي
    حذف/إزالة/احذفوا/أزيلوا <me> <list>
    حذفي/إزالتي/احذفوني/أزيلوني <list>
    لا أرغب/أريد/أود في? استلام/تلقي
    توقفوا/التوقف عن إرسال
    الانسحاب <list>
    отпишите/отписать/удалите/удалить/исключите/исключить/уберите/убрать/снимите <me> <list>
    отпишите/отписать/удалите/удалить <me> пожалуйста? .
    отписаться от? <list>? .
    не присылайте/шлите/отправляйте мне
    не хочу/желаю больше? получать
    прекратите/прекратить рассылк*/присылать
"""
_JOIN = """
    subscribe/add/register/enrol/enroll/include/put <me> to/in/on/for <list>
    subscribe/add/register/include my colleague/colleagues/friend <name>? to/in/on/for <list>
    subscribe/add/register <me> please/thanks/thank_you/too? .
    sign me up
    subscribe/register/sign_up/added/subscribed/registered to/for? <list>? please? .
    join/take_part_in/participate_in <list> please/too/as_well? .
    m'/nous inscrire/abonner/ajouter <list>?
    inscrivez-moi/ajoutez-moi/abonnez-moi <list>?
    ajouter/inscrire/ajoutez/inscrivez <me> <list>
    participer/rejoindre/prendre_part <list> .
    inscribirme/inscríbanme/suscribirme/suscríbanme/agregarme/agréguenme/incluirme/inclúyanme/añadirme <list>?
    agregar/agreguen/incluir/añadir/inscribir <me> <list>
    participar/unirme <list> .
    الاشتراك/الانضمام/التسجيل <list> .
    إضافة/أضيفوا <me> <list>
    إضافتي/أضيفوني <list>
    добавьте/добавить/включите/подпишите/зарегистрируйте/внесите <me> <list>
    добавьте/подпишите/зарегистрируйте <me> пожалуйста? .
    подписаться/присоединиться/записаться <list> .
"""
_ADDRESS = """
    my old/work/office? e-mail/email? address/email/e-mail has/have? changed
    my address/e-mail/email/e-mail_address/email_address is/will changing/change
    change/update/replace/correct my old? address/email/e-mail/e-mail_address/email_address
    use/note my/the new e-mail/email? address/email/e-mail
    my new address/email/e-mail/e-mail_address/email_address is
    mon adresse mail/électronique/e-mail? a changé
    changer/modifier/noter/changement_d'/utiliser mon/ma? nouvelle? adresse mail/électronique/e-mail/courriel?
    ma nouvelle adresse mail/électronique/e-mail? est
    mi dirección/correo de_correo/electrónico/electrónica? ha_cambiado/cambió
    cambiar/actualizar/actualicen/cambien mi dirección/correo
    mi nueva/nuevo dirección/correo de_correo/electrónico/electrónica? es
    تغيير/تحديث عنواني/عنوان_بريدي/بريدي
    عنواني/عنوان_بريدي/بريدي الإلكتروني? الجديد
    мой электронный? адрес изменился/поменялся
    изменился/поменялся мой электронный? адрес
    изменить/сменить/измените/смените мой электронный? адрес
    мой новый электронный? адрес
"""


#: In Chinese, where words are not parted: a whole sentence, what it is polite with aside.
_CHINESE_LEAD = (
    "(?:您好|你好|各位好?)?(?:请问|請問|请|請|麻烦您?|烦请|劳驾|能否|可否|可以|能不能|如何|怎样|怎么|我们?)?"
    "(?:我们?)?(?:想要?|要|希望|愿意|需要|决定)?(?:您|你们?)?(?:帮我|帮忙|把|将|给)?"
)
_CHINESE_ME = "(?:我(?:的)?|本人|这个|該|该|此)?(?:名字|姓名|电子邮件|电子邮箱|邮箱|邮件|郵箱)?(?:地址)?"
_CHINESE_LIST = "(?:本|这个|该|您的|你们的)?(?:邮件列表|邮件组|名单|列表|邮件|对话|讨论|通讯录|名單|對話)?"
_CHINESE_OUT = re.compile(
    rf"{_CHINESE_LEAD}(?:"
    rf"(?:退订|退出|取消订阅|取消訂閱|退訂|离开|離開|注销){_CHINESE_LIST}"
    rf"|{_CHINESE_ME}从{_CHINESE_LIST}(?:中|里|上)?(?:删除|移除|去掉|剔除|删掉|除去)"
    rf"|(?:删除|移除){_CHINESE_ME}"
    rf"|不(?:要|想|愿|再|必|用)+(?:再)?(?:收到?|接收|给我?发|发送?|寄)(?:给?我)?(?:这些|此类|任何|您的|你们的)?{_CHINESE_LIST}"
    r")(?:了|吧|谢谢|謝謝)?"
)
_CHINESE_ELSE = re.compile(
    rf"{_CHINESE_LEAD}(?:"
    rf"(?:参加|加入|订阅|报名参加|注册|參加|訂閱){_CHINESE_LIST}"
    rf"|{_CHINESE_ME}(?:加入|添加到|加到){_CHINESE_LIST}(?:中|里)?"
    rf"|(?:更改|修改|更换|变更|更新){_CHINESE_ME}"
    rf"|我的(?:邮箱|电子邮箱|电子邮件|邮件)?(?:地址)?(?:已经?|有)?(?:变|改|换|更换|更改)了?"
    r")(?:了|吧|谢谢|謝謝)?"
)


_SLOTS = {
    "<name>": r"(?:\w+ ){1,3}?",
    "<me>": either(_ME),
    "<list>": rf"(?:{either(_WHICH)})*{either(_LIST)}(?!{either(_NOT_OURS)})",
}


def _request(*phrases: str) -> re.Pattern[str]:
    greeting = rf"(?:{either(_GREETINGS)}(?:\w+ ){{0,3}}?)?"
    cores = any_of("\n".join(phrases), _SLOTS)
    return re.compile(rf"{greeting}(?:{either(_LEAD)})*{cores}(?:\w+ ){{0,{_TAIL}}}$")


#: What a mail may be nothing else but; "yes", "none" or "everything" may answer what was asked in the dialogue.
_COMMANDS = {Verb.JOIN, Verb.LEAVE, Verb.HELP, Verb.PAUSE, Verb.RESUME, Verb.DAILY, Verb.ROUNDUP, Verb.MISSED}
_POLITE = re.compile(rf"\b{either('please pls thanks thank_you merci svp gracias por_favor شكرا пожалуйста спасибо')}")

_WANTS_OUT = _request(_LEAVE)
_WANTS_IN = _request(_JOIN)
_WANTS_ELSE = _request(_JOIN, _ADDRESS)


def wish(line: str) -> Verb | None:
    """LEAVE or JOIN, where a line to the office is a sentence that asks for that, and no question."""
    found = [one for one in _END.split(_without_addresses(line[:_COMMAND])[0]) if one.strip()]
    sentence = f"{plain(found[0])} " if found else ""
    if len(found) != 1 or length(sentence) > _LONGEST_WISH or line.rstrip().endswith(("?", "？", "؟")):
        return None
    if _WANTS_OUT.match(sentence) or _CHINESE_OUT.fullmatch(sentence.replace(" ", "")):
        return Verb.LEAVE
    return Verb.JOIN if _WANTS_IN.match(sentence) else None


def looks_like_administrivia(subject: str, text: str) -> bool:
    """Whether a mail asks the office for something and says next to nothing else. Quotes in `text` are passed over."""
    lines = _own_lines(text)
    if _is_one_command(lines):
        return True
    asked, asked_first, rest = False, False, 0
    for sentence in _sentences(lines):
        words = length(sentence)
        if words > _LONGEST:
            rest += words
        elif _WANTS_OUT.match(sentence) or _CHINESE_OUT.fullmatch(sentence.replace(" ", "")):
            asked, asked_first = True, asked_first or rest <= _GREETING
        elif _WANTS_ELSE.match(sentence) or _CHINESE_ELSE.fullmatch(sentence.replace(" ", "")):
            asked = True
        else:
            rest += words
        if rest > _REST_IF_FIRST:
            return False
    if asked:
        return rest <= (_REST_IF_FIRST if asked_first else _REST)
    title = plain(base_subject(subject[: _LONGEST * 5])) + " "
    return rest <= _REST and bool(_WANTS_OUT.match(title) or _WANTS_ELSE.match(title))


def _is_one_command(lines: list[str]) -> bool:
    """Whether all the author wrote is one command as -request@ understands it: "help", "LEAVE!", "address a@b.org"."""
    own = " ".join(lines)
    words, addresses = _without_addresses(own)
    if len(words) > _COMMAND:
        return False
    verb = VOCABULARY.get(_POLITE.sub("", f"{spelt(words)} ").strip())
    pause = len(own) < _WRAPPED and VOCABULARY.get(spelt(before_until(own))) is Verb.PAUSE
    return pause or verb in _COMMANDS or (verb is Verb.ADDRESS and addresses == 1)


def _own_lines(text: str) -> list[str]:
    """What the author wrote, without quotes and signature."""
    own = _SIGNATURE.split(text[:_READ], maxsplit=1)[0]
    return [line for each in own.splitlines() if not (line := each.strip()).startswith((">", "|"))]


def _without_addresses(text: str) -> tuple[str, int]:
    """The text without mail addresses, and how many there were."""
    return _ANY_ADDRESS.subn(" ", text) if "@" in text else (text, 0)  # it is slow, and most have none


def _sentences(lines: list[str]) -> Iterator[str]:
    """What the author wrote, sentence by sentence, each plain with a space after every word."""
    joined = ""
    for line, following in zip_longest(lines, lines[1:], fillvalue=""):
        goes_on = len(line) >= _WRAPPED or following[:1].islower()
        joined += line + (" " if goes_on else "\n")
    parts = (plain(part) + " " for part in _END.split(_without_addresses(joined)[0]))
    return (part for part in parts if part.strip())

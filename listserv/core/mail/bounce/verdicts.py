"""Whose fault a failed delivery is: the address's, nobody's for long, or ours.

judge(action, status, diagnostic) -> Verdict, from the report's action (RFC 3464 §2.3.3), the enhanced status (RFC 3463,
RFC 5248) and what the host said in words. `telling(line)`: whether a line of a report says why. Pure, never raises.
"""

from __future__ import annotations

import re
from enum import StrEnum
from typing import Final


class Verdict(StrEnum):
    HARD = "hard"  # the address is wrong or gone
    SOFT = "soft"  # full, too slow, switched off for now: may work again
    OURS = "ours"  # refused for what we are or what we sent: says nothing about the address
    DELAYED = "delayed"  # still being tried; never counts
    NONE = "none"  # not a failure


#: RFC 3463 §2; in the words of a report only failures, or a version number would be a success.
STATUS: Final = re.compile(r"(?<![\d.])([245])\.(\d{1,3})\.(\d{1,3})(?!\.?\d)")
FAILURE: Final = re.compile(r"(?<![\d.])([45])\.(\d{1,3})\.(\d{1,3})(?!\.?\d)")
_REPLY = re.compile(r"(?<![\d.:/-])([45])[0-5]\d(?=[ -])")
# Words in a host's name, an address, a link or advice are nobody's answer: <spam@…>, https://…/policy, "please check
# the address and try again".
_NAMES = re.compile(
    r"https?://\S{1,300}|\b\d{1,3}(?:\.\d{1,3}){3}\b|[^\s<>()\[\]\",;:]{1,100}@[a-z0-9_-]{1,63}(?:\.[a-z0-9-]{1,63}){0,8}|"
    r"\b(?!resolver\.)(?:[a-z0-9_-]{1,63}\.){2,8}[a-z]{2,20}\b|"
    r"(?:please|you (?:may|might|can|should)|check (?:for|the))[^.]{0,120}\b(?:try|resend|re-send|sending)\b[^.]{0,60}",
    re.IGNORECASE,
)

_NOT = (
    r"(?:\bnot?\b|n't\b|cannot|unknown|invalid|reject|denied|fail|\b(?:n[’']|ne|non|nicht|não|niet|nie|не|yok)\b|inexist|"
    r"inconnu|introuvable|invalid|desconocid|desconhecid|sconosciut|unbekannt|ungültig|onbekend|неизвест|не существ|"
    r"refus|rechaz|bloqu|rejeitad|abgelehnt|отклон|запрещ|заблок|不|无|無|拒|なし|غير|لا|محظور|مرفوض)"
)
#: What a host says of the sender, in its answer about a recipient: that one does not exist, but it is us.
_OF_SENDER = re.compile(
    r"(?:(?<!to )(?<!to the )\bsender(?:'s)?|sending (?:ip|domain|host|server|address)|return[ -](?:address|path)|"
    r"mail from|reverse (?:lookup|dns)|header from|from:? (?:header|domain)|\burl|\blink|\bptr|dkim key|"
    r"your (?:ip|host|server|domain|network|address)|"
    r"reply-to|message-id|votre (?:adresse|domaine|serveur)|(?:su|tu) dominio|ihrer? (?:domain|adresse)|"
    r"ваш(?:его)? (?:домен|адрес)|(?:spf|ptr|dkim|dmarc)(?=[\W_]|记录|記錄)|"
    rf"from address|envelope from)(?:\b|(?=记录|記錄))[^.;]{{0,40}}?(?:{_NOT}|\bmust\b)|"
    r"(?:invalid|bad|illegal|unknown) (?:envelope )?sender\b|\bin (?:the )?(?:from|reply-to) header|"
    rf"{_NOT}[^.;]{{0,30}}\b(?:for|of|from) (?:the )?(?:envelope )?sender\b|sender verif|verification failed for|"
    rf"(?:you sent|your (?:e-?mail|message|mail))\b[^.;]{{0,40}}\bbecause (?:the|your) domain\b[^.;]{{0,40}}{_NOT}|"
    r"(?:expéditeur|émetteur|remitente|absender|mittente|remetente|afzender|отправител|відправник|nadawc|gönder(?:en|ici)|"
    rf"发件人|寄件者|送信者|差出人|المرسل)[^.;:]{{0,40}}?{_NOT}",
    re.IGNORECASE,
)
#: Anything of the sender: where the status says nothing, what is missing may be theirs.
_SENDER = re.compile(
    r"(?<!to )(?<!to the )\b(?:sender|sending)\b|expédit(?:eur|ion)|émetteur|remitente|de origen|"
    r"absender|mittente|remetente|"
    r"afzender|отправител|відправник|nadawc|发件人|寄件者|送信者|差出人|مرسل(?! [إا]ليه)",
    re.IGNORECASE,
)
#: An answer given before any recipient was named, as Postfix and Exim tell.
BEFORE_RCPT: Final = re.compile(
    r"in reply to (?:initial server greeting|EHLO|HELO|MAIL FROM)\b|"
    r"error from remote mail server after (?:initial connection|EHLO|HELO|(?:pipelined )?MAIL FROM)\b",
    re.IGNORECASE,
)
#: Whom a mail was for, and that they are no more, in the languages whose words for it have many forms.
_ADDRESSEE = (
    r"(?:destinat[aá]\w+|usu[aá]rio|utilisateur|direcci[oó]n|endereço|adresse|cuenta|conta|compte|bo[iî]te|buz[oó]n|"
    r"empfänger|postfach|konto|пользовател|получател|адрес|ящик|المستلم|المستخدم|صندوق|الحساب)"
)
_GONE = (
    r"(?:\binv[aá]lid[aeo]|n[’']est plus (?:valide|utilis|en service)|clôtur|supprim|ferm[ée]e?\b|"
    r"non reconnu|dado de baja|cerrad|eliminad|no aparece|no figura en|"
    r"encerrad|exclu[ií]d|não (?:foi )?localizad|"
    r"gelöscht|ungültig|неизвест|удал[её]н|не зарегистр|غير (?:صحيح|صالح)|محذوف)"
)
#: It is their mailbox that was blocked, not our mail.
_BLOCKED = re.compile(
    r"\b(mailbox|account|user|recipient) (?:has been |is |was |is currently )?(?:temporarily )?blocked\b"
    r"(?! (?:from|by|for (?:spam|policy|sending)))",
    re.IGNORECASE,
)
_OURS = re.compile(
    r"spam|block(?:ed|ing|list| ?list)|black ?list|blocklist|deny ?list|policy|policies|reputation|dmarc|"
    r"\bspf\b|dkim|\brbl\b|spamhaus|"
    r"unsolicited|unauthenticated|authentication (?:is )?(?:required|failed|checks)|not authori[sz]ed|"
    r"relay(?:ing)? (?:access )?(?:denied|not)|not permitted to relay|content (?:rejected|denied|"
    r"refused)|message (?:rejected|refused|content)|content filter|"
    r"headers? (?:fail|syntax|not)|virus|malware|"
    r"suspicious|suspected|too (?:large|big)|size limit|exceeds? .{0,20}(?:size|limit)|bulk mail|"
    r"reverse dns|invalid dns|resource record|\bptr\b|banned|\bdnsbl\b|\bheloh?\b|"
    r"access denied|administrative prohibition|"
    r"rate.?limit|frequency limit|too many messages(?! (?:for|to) (?:this|the) )|you have exceeded|"
    r"requires? authenticat|mail content|prohibited|not permitted|no permission|permission to (?:post|send)|"
    r"not allowed|unauthori[sz]ed|"
    r"restricted|only accepts?|not accept(?:ing)? (?:e-?mail|mail|messages) from|rejected (?:for|due)|violat|"
    r"(?:message|incoming|attachment)[^.]{0,30}size|denied|complaints|as a relay|(?:daily|sending) limit|"
    r"messages? from\b[^.]{0,60}\b(?:were|was)(?:n't| not) sent|cannot accept messages over|permissions? to send|"
    r"(?:e-?mails|messages) per (?:hour|day|minute)|"
    r"your (?:ip|host|server|domain|network)\b.{0,40}(?:listed|not|no )|"
    r"(?:message|courriel|mail|correo|mensaje|mensagem|nachricht|письмо|сообщение|邮件|الرسالة)\b.{0,20}(?:refus|rejet|"
    r"rechaz|rejeitad|abgelehnt|отклон|拒)|رفض الرسالة|مزعج|频率|phish|(?<!file )attachment|pièce jointe|adjunto|"
    r"вложени|附件|dépasse la taille|(?:supera|excede) (?:el tamaño|o tamanho)|"
    r"превышает \w* ?размер|邮件过大|حجم الرسالة|(?:IP|内容|內容)[^，。]{0,4}被?拒[绝絕收]|"
    r"rcpthosts|спам|ч[её]рн\w+ спис|垃圾(?:邮件|郵件)|黑名[单單]|スパム|迷惑メール|스팸|"
    r"ask your postmaster|\b(?:dt|hl|mi|rp|ip):[a-z]{3}\b",  # T-Online; NetEase's codes, "DT:SPM"
    re.IGNORECASE,
)
_FULL = re.compile(
    r"(?:mail ?box|mail ?folder|folder|account|inbox|disk|user)\b.{0,30}\bfull\b|quota|over ?limit|"
    r"insufficient (?:system )?storage|disk space|exceeded (?:storage|its storage)|容量|"
    r"(?:mailbox|mail ?folder|inbox)(?:'s)? (?:size )?(?:limit )?(?:has |is )?(?:been )?exceed|exceeds? the mailbox|"
    r"bo[iî]te\b.{0,40}\bpleine|(?:buzón|buzon)\b.{0,40}\bllen[oa]|postfach\b.{0,40}\bvoll|casella\b.{0,40}\bpiena|"
    r"caixa\b.{0,40}\bcheia|postvak\b.{0,40}\bvol\b|skrzynka\b.{0,40}\bpełna|kutu\w*\b.{0,40}\bdolu|переполнен|"
    r"ящик\w*\b.{0,40}\bзаполнен|已满|已滿|いっぱい|満杯|ممتلئ",
    re.IGNORECASE,
)
_SOFT = re.compile(
    r"full|quota|over ?limit|insufficient (?:system )?(?:storage|disk|space)|out of (?:disk )?space|"
    r"tim(?:ed|e)[ -]?out|"
    r"try (?:again|later)|gr[ae]y-?list|temporar|tempor[aá]ir|connection (?:refused|reset|timed|lost|"
    r"closed|dropped)|too many|busy|"
    r"deferred|retry|expired|network|resources|overloaded|lookup fail|servfail|server fail|server reply|"
    r"not accepting (?:messages|mail)|inactiv|domain may not exist|check failed|\blocked\b|loop|too many hops|"
    r"exceeded (?:storage|the|its|mailbox)|suspended|dormant|frozen|over the (?:maximum|limit)|"
    r"unable to connect|could ?n[o']t connect|no route|unreachable|not responding|allocation|"
    r"currently (?:not|un|dis|sus|inact|full)|at (?:this|the) (?:time|moment)|right now|"
    r"maintenance|mail system (?:problem|error)|local (?:error|problem)|configuration error|"
    r"maximum (?:retries|time|hop)|delivery time|crowded|disk space|容量|一時",
    re.IGNORECASE,
)
_HARD = re.compile(
    r"user unknown|"
    r"unknown (?:user|recipient|mailbox|address|account|local|or illegal|mailhost|host|to:|addressee|alias)|"
    r"no such (?:user|mailbox|recipient|address|person|account|local|domain|host|addressee|id|name|email|e-mail|"
    r"virtual|customer|alias)|"
    r"(?:does ?n[o']t|doesn.t|not) (?:currently )?exist|nonexist|non-exist|(?:user|recipient|address|mailbox|account|"
    r"addressee)\S{0,60} (?:was |is |were )?(?:not found|unknown|invalid|undeliverable)|"
    r"(?:user|recipient|address|mailbox|account|domain)\b.{0,40}(?:not found|could ?n.t be found|"
    r"no longer|unknown|invalid|doesn|does not exist)|"
    r"invalid (?:recipient|mailbox|address|user|final delivery|login)|recip(?:ient)?notfound|"
    r"bad destination|bad (?:recipient|mailbox|e-?mail) address|recipient address syntax|unknown or invalid|"
    r"mailbox unavailable|invalid mail ?box|isn.t in .{0,30}directory|was(?:n.t| not) found at|"
    r"unable to find (?:host|domain)|"
    r"illegal (?:user|alias|host)|all recipients? .{0,30}unknown|no local mailbox|user is terminated|not a user|"
    r"recipient (?:is )?(?:not |un)known|address error|wrong address|address .{0,20}(?:wrong|incorrect)|"
    r"(?:account|mailbox|user|address)\b.{0,40}(?:closed|deactivated|terminated|deleted|retired|"
    r"discontinued|removed|has left|not active|not available)|"
    r"(?:deleted|closed|terminated|discontinued) (?:user|account|mailbox)|no user record|"
    r"(?:does not|no longer) works? (?:here|for|at)\b|has left (?:our|the) (?:company|organi[sz]ation)|"
    r"not a member of|\(554\.30\)|"
    r"no (?:user|mailbox|account) (?:with|by|of) |注销|لم يتم العثور|"
    r"not (?:a valid|our|listed|known|recogni[sz]ed|a known|provisioned)|no (?:valid )?mailbox|"
    r"no (?:email )?accounts?\b|"
    r"unrout(?:e)?able|does not have an? .{0,30}account|doesn't have an? .{0,30}account|"
    r"host (?:unknown|not found|or domain name not found)|unknown host|"
    r"invalid domain name|#5\.1\.0 address rejected|"
    r"name (?:service error|or service not known)|nxdomain|no (?:mx|mail) ?(?:host|server|exchanger|record|or a)s?\b|"
    r"records? indicated no smtp service|no such domain|"
    r"domain .{0,40}(?:not found|not exist|invalid)|can.t find .{0,60}(?:domain|host)|could ?n.t find any host|"
    r"(?:do|does) not accept mail|don't handle mail|"
    r"null ?mx|not (?:in|found in) (?:the )?(?:directory|name and address book)|"
    r"not (?:listed|found) in (?:the )?(?:public|domino|address|name)|recipient not found|user not found|"
    r"user (?:has )?moved|has moved|no longer (?:exists|valid|here|on|an? |at|in|with us)\b|"
    # French, Spanish, Portuguese, Italian, and what has an addressee's noun beside it
    rf"{_ADDRESSEE}.{{0,40}}{_GONE}|нет такого|无效的?(?:收件人|用户|地址)|"
    r"aucune? (?:bo[iî]te|compte|utilisateur|destinataire)|n[’']est pas répertorié|"
    r"n[’']existe p(?:as|lus)|inconnu|inexistant|introuvable|no existe|inexistente|desconocid|desconhecid|"
    r"no (?:se )?encontr(?:ó|ad)|"
    r"não existe|não (?:foi )?(?:encontrad|listad)|non esiste|non elencat|sconosciut|non (?:è stat[oa] )?trovat|"
    # German, Dutch, Danish, Norwegian, Swedish, Finnish
    r"unbekannt|existiert nicht|nicht (?:gefunden|aufgeführt)|onbekend|bestaat niet|niet gevonden|ukendt|"
    r"ukjent|findes ikke|finnes ikke|eksisterer ikke|okänd|finns inte|tuntematon|ei ole olemassa|"
    # Polish, Czech, Hungarian, Turkish, Greek, Russian, Ukrainian
    r"nie ma takiego|nieznany|nie istnieje|neznámý|neexistuje|nem létezik|ismeretlen|böyle bir .{1,30} yok|bulunamadı|"
    r"mevcut değil|δεν υπάρχει|άγνωστος|существует|не найден|неизвестный|не існує|не знайден|"
    # Arabic, Persian, Hebrew, Japanese, Chinese, Korean, Vietnamese, Indonesian
    r"لا يوجد|غير موجود|غير معروف|وجود ندارد|לא קיים|לא נמצא|"
    r"存在しません|見つかりません|見つかりませんでした|宛先不明|不存在|不正确|无此用户|無此|查无此人|找不到(?:收件人|用户)|"
    r"존재하지 않|(?:사용자|계정|주소)를? 찾을 수 없|없는 (?:사용자|계정|주소)|không tồn tại|"
    r"tidak (?:ditemukan|dikenal)",
    re.IGNORECASE,
)
_ADDRESS_STATUS = frozenset(
    ("5.1.0", "5.1.1", "5.1.2", "5.1.3", "5.1.6", "5.1.10", "5.1.351", "5.2.1", "5.4.4", "5.4.310")
)  # fmt: skip
_VAGUE_STATUS = frozenset(
    ("", "5.0.0", "5.0.1", "5.1.0", "5.2.0", "5.3.0", "5.4.0", "5.4.1", "5.4.6", "5.5.0", "5.5.1", "5.5.4", "5.0.350")
)
#: What agrees with a status that already names the address as the trouble.
_OF_ADDRESS = re.compile(
    r"recipient (?:address )?(?:rejected|reject)|bad address|undeliverable address|user not local|"
    r"\bdisabled\b",
    re.IGNORECASE,
)
_GREYLISTED = re.compile(r"gr[ae]y-?list", re.IGNORECASE)
#: A host that answers knows its own domain: the one it misses is the sender's, or of a link. Sendmail asked itself.
_NO_DOMAIN = re.compile(
    r"\b(?:domain|host)\b[^.;]{0,40}?(?:not found|not exist|unknown|invalid)(?! \(name server)|"
    r"(?:unknown|no such|invalid|unable to find) (?:\w+ )?(?:domain|host)\b|\bno (?:valid )?mx records?\b",
    re.IGNORECASE,
)
#: How Exchange Online says that its directory has no such address.
_NO_SUCH_RECIPIENT = re.compile(r"recipient address(?:es)? rejected ?: access denied", re.IGNORECASE)
#: Google's own names of its reasons, in a link.
_GOOGLES = re.compile(r"/mail/\?p=(?:NoSuchUser|DisabledUser)\b", re.IGNORECASE)
#: What no host says for reasons of policy, though it may give it such a status: Yandex has "550 5.7.1 No such user!".
_NOBODY = re.compile(
    r"(?:no such|unknown) (?:user|mailbox|recipient)\b|no mailbox here by that name|"
    r"\b(?:user|mailbox|recipient) (?:is )?(?:unknown|not found)\b",
    re.IGNORECASE,
)
#: What Exchange Online was told by the host beyond: "… -> 550 5.1.1 User unknown".
_TOLD = re.compile(r"-> (?=[45]\d\d[ -])")
_NOT_FAILED = ("delivered", "relayed", "expanded", "complaint")


def judge(action: str, status: str, diagnostic: str) -> Verdict:
    """Whose fault a failure is, by enhanced status (RFC 3463, RFC 5248) *and* what the host said in words.

    An address is only given up (HARD) when both agree, or the status is vague and the words are plain; a bare
    status list calls one soft failure in eight hard.
    """
    action = action.lower()
    if action == "delayed":
        return Verdict.DELAYED
    if action in _NOT_FAILED:
        return Verdict.NONE
    diagnostic = _TOLD.split(diagnostic)[-1]
    said = FAILURE.search(diagnostic)
    if said and (status in _VAGUE_STATUS or said[0] not in _VAGUE_STATUS):
        status = said[0]
    if status.startswith("2"):
        return Verdict.NONE
    words = _BLOCKED.sub(r"\1 suspended", _NAMES.sub(" ", diagnostic))
    reply = _REPLY.search(words)
    about_us = BEFORE_RCPT.search(words) or _OF_SENDER.search(words)
    ours = _OURS.search(words) or about_us
    group = status.split(".")[1] if status else ""
    if status.startswith("4") or (not said and reply and reply[1] == "4"):  # "5.0.0", "450 unknown for now"
        return Verdict.OURS if group == "7" and ours and not _GREYLISTED.search(words) else Verdict.SOFT
    if status == "5.4.1" and _NO_SUCH_RECIPIENT.search(words):
        return Verdict.HARD
    at_address, vague = status in _ADDRESS_STATUS, status in _VAGUE_STATUS
    of_people = _NO_DOMAIN.sub(" ", words) if vague and reply else words
    hard = _HARD.search(of_people) or (at_address and not vague and _OF_ADDRESS.search(words))
    if group == "7" and _NOBODY.search(words) and not ours and not _SOFT.search(words):
        return Verdict.HARD
    if group in ("7", "6") or status in ("5.3.4", "5.2.3", "5.1.7", "5.1.8", "5.1.20", "5.1.90", "5.3.2"):
        return Verdict.OURS
    if about_us:
        return Verdict.OURS
    if at_address and _GOOGLES.search(diagnostic):
        return Verdict.HARD
    if status == "5.2.2" or _FULL.search(words):
        return Verdict.SOFT
    if not (ours and hard) and (ours or (hard and vague and _SENDER.search(words))):
        return Verdict.OURS
    if hard and not ours and not _SOFT.search(words) and (at_address or vague):
        return Verdict.HARD
    return Verdict.SOFT


def telling(line: str) -> bool:
    """Whether a line of a report says why."""
    return any(pattern.search(line) for pattern in (FAILURE, _REPLY, _HARD, _SOFT, _OURS, _FULL))

"""What vacation answers and other programs' answers say, in two dozen languages: for mails that no header marks.

titled(subject) -> how a program begins the subject of its answer, and the subject answered; a human does so rarely.
likely(subject) -> whether a subject may be such an answer's; speaks(text) -> whether a short text has a phrase of
one; mostly(text) -> whether such phrases are two thirds of what it says; declared(text) -> whether it says so of
itself. Words prove nothing: what is made of them is a guess for a person to judge. Pure, never raises, linear in the
text's length.
"""

from __future__ import annotations

import re
import unicodedata

from listserv.core.mail.closings import CLOSING, GREETING

#: Words below which a text may be an answer's: those of programs say little.
SHORT = 120

_TITLE = re.compile(
    r"(?:auto(?:mati(?:c|sche|k|que|ca|co|skt?|czna|kus))?[ -]?(?:reply|response|respuesta|réponse|antwort|"
    r"svar|antwoord|odpowiedź|yanıt|resposta|risposta|válasz)|auto ?: |automatisch antwoord|"
    r"out of (?:the )?office (?:auto|reply|response|notification|message|re:)|ooo ?: |réponse (?:auto|"
    r"d'absence)|message (?:automatique|d'absence)|notification d'absence|absence du bureau|"
    r"respuesta auto|respuesta de ausencia|aviso de ausencia|mensaje automático|autorespuesta|"
    r"contestador automático|resposta auto|risposta auto|abwesenheits|avis d'absence|"
    r"رد (?:تلقائي|الي|اوتوماتيكي)|الرد (?:التلقائي|الالي)|автоответ|автоматический ответ|"
    r"автоматична відповідь|otomatik yanıt|automatická odpověď|automaattinen vastaus|"
    r"自动回复|自動回覆|自動応答|自動返信|不在通知|자동 ?(?:회신|응답)|vacation (?:reply|response|message|"
    r"auto)|autosvar|"
    r"fraværsmelding|frånvaro|poissaoloviesti|afwezigheidsbericht|odpowiedź automatyczna|fraværs(?:svar|besked)|"
    r"svar automatisk|oznámení o nepřítomnosti|răspuns automat|automatinis atsakymas|αυτόματη απάντηση|پاسخ خودکار|"
    r"automatski odgovor|samodejni odgovor|automatická odpoveď|автоматичен отговор|а[ву]томатски одговор|"
    r"automaatvastus|automātiska atbilde|përgjigje automatike|sjálfvirkt svar|avtomatik (?:cavab|javob)|"
    r"автоматты жауап|jibu (?:la ki)?otomatiki|स्वचालित (?:उत्तर|जवाब)|স্বয়ংক্রিয় (?:উত্তর|জবাব)|ตอบกลับอัตโนมัติ|خودکار جواب|"
    r"תשובה אוטומטית|מענה אוטומטי|自动答复|自動回复|不在のお知らせ|부재중|trả lời tự động|balasan otomatis)\w*",
    re.IGNORECASE,
)
# Behind it a program puts a colon and the subject answered, or nothing; "automatic reply systems" is a human's.
_COLON = re.compile(r"\s*[:：]\s*")
_LIKELY = re.compile(
    r"(?:(?:i am |i'm )?(?:currently )?(?:out of (?:the |my )?office|away (?:from|until|on)|away ?:|"
    r"on (?:annual |maternity |sick |study |home )?leave|on vacation|on mission|on holiday)|vacation\b|"
    r"absent|en congé|en mission|hors du bureau|je suis absent|fuera de (?:la )?oficina|ausente|"
    r"de vacaciones|estoy (?:fuera|ausente)|return receipt$|"
    r"خارج المكتب|في (?:اجازة|مهمة)|غائب|вне офиса|в отпуске|отсутств|в командировке|"
    r"thank you for (?:your (?:e-?mail|message)|contacting)|we have received your|"
    r"gracias por (?:su|contactar)|merci pour votre|accusé de réception|acuse de recibo|شكرا (?:لك )?على|"
    r"спасибо за ваше|urlaub|fora do escritório|fuori ufficio|afwezig|poza biurem|ofis dışında)"
    r"|.{1,60} (?:is|will be) out of (?:the )?office\b|.{0,200}\((?:auto: )?out of (?:the )?office\)$",
    re.IGNORECASE,
)
#: A subject that is nothing else.
_ONLY = re.compile(
    r"(?:i am |i'm )?(?:currently )?(?:out of (?:the |my )?office|on (?:annual )?leave|on vacation|away)|"
    r"(?:.{1,60} )?(?:is|will be) out of (?:the )?office|.{0,200}\((?:auto: )?out of (?:the )?office\)|"
    r"hors du bureau|(?:je suis )?absente?(?: du bureau)?|en congés?|fuera de (?:la )?oficina|ausente|de vacaciones|"
    r"خارج المكتب|في اجازة|вне офиса|в отпуске|в командировке|accusé de réception|acuse de recibo|"
    r"外出|休假|出差|urlaub|abwesend|fora do escritório|fuori ufficio|afwezig|poza biurem|ofis dışında(?:yım)?",
    re.IGNORECASE,
)

_NOW = r"(?:(?:currently|presently|now|out|still|also|at present|already|again) ){0,2}"
_MAIL = r"(?:e-?mails?|messages?|mails?|correspondence)"
#: What such an answer says of itself or of its author: the author is away, has left, or nobody reads this.
_PHRASE = re.compile(
    # English
    rf"\b(?:i am|i'm|i will be|i'll be|i shall be|we are|we will be) {_NOW}(?:out of (?:the |my |our )?office|"
    r"out of (?:the )?(?:country|town)|away|on (?:\w+ ){0,2}leave|on (?:\w+ )?(?:vacation|holidays?|mission)|"
    r"on (?:\w+ )?(?:official|duty|business|field) (?:travel|trip|mission)|travell?ing|absent\b(?!-)|"
    r"not in (?:the |my )?office|unavailable)"
    r"|^(?:currently |presently )?(?:out of (?:the )?office|away|on (?:annual )?leave|on mission) (?:until|till|from)"
    rf"|(?:limited|no|intermittent|irregular|little) access to (?:my |the )?(?:{_MAIL}|internet)"
    rf"|access to (?:my |the )?(?:{_MAIL}|internet) (?:is|will be) (?:very )?"
    r"(?:limited|intermittent|irregular|sporadic)"
    r"|\b(?:our offices? (?:is|are|will be)|the office (?:is|will be)) closed (?:for|from|until|till|on)\b"
    rf"|(?:this|my) (?:{_MAIL} )?(?:account|address) (?:is|has been) closed|can(?:no|')t (?:check|read) (?:my )?{_MAIL}"
    r"|\b(?:this|my) (?:account|mailbox|inbox|address) is (?:only )?(?:checked|read) "
    rf"|\bmy (?:{_MAIL} )?address has changed|\bin the field (?:from|until|till)\b"
    r"|\b(?:may|will) be slow\b(?: to (?:respond|reply|answer)|$)|direct your (?:e-?mails?|messages?|queries) to"
    r"|\b(?:ticket|case) (?:\S+ )?(?:has been|was|is) (?:created|opened|logged)|(?:ticket|case) number in the subject"
    rf"|\byour {_MAIL} to \S+ (?:was|has been) (?:delivered|displayed|read)\b"
    r"|(?:this is an |an )auto(?:matic|mated|-?generated) |do not reply to this|"
    r"auto(?:matic|mated)[ -]?(?:reply|response)"
    r"|(?:up)?on my return\b(?! (?:from|to))|i (?:will|shall) (?:return|be back)\b|"
    r"\b(?:when|as soon as) i(?:'m| am) back (?:in|at|on)\b|"
    r"\b(?:due to|because of) (?:the |a )?high volume of\b"
    rf"|(?:we|i) have (?:well )?received your {_MAIL}|your {_MAIL} (?:has been|was) received"
    r"|i have left (?!(?:it|them|this|that|out|my|the (?:question|door|matter))\b)|"
    r"\bhas left (?:the|our) (?:organi[sz]ation|company|ministry|office|team)|"
    r"please note that [^.]{1,80} (?:no longer works|has left|is no longer)\b|"
    r"i (?:no longer|do not) work (?:at|for|with|in)|(?:is|are) no longer "
    r"(?:monitored|in use|with (?:us|the)|working (?:at|for|with)|employed)"
    r"|(?:mailbox|inbox|address|account) is (?:not|no longer|un) ?(?:monitored|read|active|valid|attended)"
    r"|(?:confirm|verify|prove) that you are (?:an? )?(?:human|real person|not a (?:robot|machine))"
    r"|your (?:e-?mail|message) (?:to \S+ )?requires verification"
    # Outlook's wish to have a mail back
    r"|(?:would like to recall the message|souhaite rappeler le message|desea recuperar el mensaje),? [\"“«']|"
    r"möchte die nachricht\b.{1,300}\bzurückrufen"
    # French
    r"|\bje (?:suis|serai)s? (?:(?:actuellement|présentement|momentanément|déjà) )?(?:absente?\b|en (?:congés?|mission|"
    r"déplacement|vacances|formation|arrêt|voyage)|hors (?:du|de mon|de)|de retour|indisponible|joignable)"
    r"|\b(?:de retour (?:au bureau )?le |(?:à|dès) mon retour\b(?! d)|absente? (?:du bureau )?(?:jusqu'|du \d))"
    r"|accès (?:limité|restreint|irrégulier) à (?:ma|mes|la|internet)|(?:message|réponse) automatique"
    r"|avons bien reçu votre|accus\w+ (?:bonne )?réception de votre|"
    r"votre (?:message|courriel|mail|e-mail) (?:a bien été|a été) reçu"
    r"|je ne (?:travaille|fais) plus|je ne travaille pas le \w+di\b|"
    r"n'est plus (?:consultée?|active|utilisée?|relevée?|val(?:able|ide))"
    r"|(?:le|nos?) bureaux? (?:est|sont|sera|seront) fermés? (?:jusqu|du \d|au)"
    # Spanish
    r"|\b(?:estoy|estaré|me encuentro|me encontraré|estamos|estaremos) (?:\w+ ){0,2}?(?:fuera|ausente|de vacaciones|"
    r"de viaje|de licencia|de baja|de permiso|en misión|de misión)|acceso (?:limitado|restringido) (?:a|al) "
    r"|\ba mi (?:regreso|vuelta|retorno)\b(?! del? )|(?:regresaré|volveré) (?:a la oficina|el )"
    r"|(?:mensaje|respuesta) automátic[oa]|hemos recibido su|ya no trabajo|"
    r"\bacus(?:o|amos) recibo de su (?:mensaje|correo|solicitud)|genera(?:do)? automáticamente"
    r"|(?:cuenta|dirección|correo|buzón) (?:\w+ ){0,3}?ya no (?:está (?:activ|en uso)|se us|se utiliza)|"
    r"oficina (?:está|estará|permanecerá) cerrada (?:del \d|hasta|desde el)"
    # Arabic, its alefs as one letter
    r"|(?:انا|ساكون|اكون|انني|اني|نحن|حاليا) (?:\w+ ){0,2}?(?:خارج المكتب|خارج البلاد|في اجازة|في مهمة|في سفر|"
    r"مسافرة?\b|غير موجودة?|غائبة?\b)|^(?:خارج المكتب|في اجازة) (?:حتى|من|لغاية)|رسالة (?:الية|تلقائية)|"
    r"رد (?:الي|تلقائي)|"
    r"(?:عند|بعد) عودتي|(?:لقد (?:تلقينا|استلمنا)|تم استلام) رسالت|سنرد عليكم (?:خلال|في)|شكرا (?:لكم )?لتواصل|"
    r"لم اعد اعمل"
    # Russian
    r"|\b(?:нахожусь|буду|сейчас|я) (?:\w+ ){0,2}?"
    r"(?:в (?:\w+ )?отпуске|в командировке|вне офиса|в отъезде|на больничном|отсутств)"
    r"|меня (?:не будет|нет)|отсутствую\b|по возвращении|автоматическ(?:ий|ое) (?:ответ|сообщение)|"
    r"(?:сформировано|создано|отправлено) автоматически"
    r"|ограничен\w* доступ|ваше (?:письмо|сообщение|обращение) (?:получено|принято)|больше не работаю"
    r"|(?:ящик|адрес) больше не (?:использу|обслужив|действу)"
    r"|ответим вам в течение|почту (?:читаю|проверяю) редко"
    # German, Italian, Portuguese, Dutch, Polish, Turkish
    r"|\bich (?:bin|befinde mich|werde) (?:[\w.]+ ){0,6}?(?:nicht im (?:büro|haus)|außer haus|im urlaub|abwesend|"
    r"auf dienstreise|in elternzeit|nicht erreichbar)|nicht im büro|automatische (?:antwort|nachricht)"
    r"|\b(?:sono|sarò) (?:\w+ ){0,3}?(?:assente|fuori (?:sede|ufficio|dall)|in (?:ferie|vacanza|missione|congedo))"
    r"|(?:messaggio|risposta) automatic[oa]|al mio (?:rientro|ritorno)"
    r"|\b(?:estou|estarei|encontro-me|me encontro) (?:\w+ ){0,2}?(?:fora|ausente|de (?:férias|licença)|em (?:férias|"
    r"missão|viagem|licença))|(?:mensagem|resposta) automática"
    r"|\bik ben (?:\w+ ){0,5}?(?:afwezig|niet aanwezig|niet op kantoor|(?:met|op) (?:vakantie|verlof))|"
    r"automatisch(?:e)? (?:antwoord|bericht)"
    r"|\b(?:jestem|będę|przebywam) (?:\w+ ){0,2}?(?:poza biurem|na urlopie|nieobecn|w delegacji|na zwolnieniu)|"
    r"(?:automatyczna odpowiedź|wiadomość automatyczna)"
    # Scandinavian languages, Finnish, Czech, Hungarian, Romanian, Greek, Ukrainian, Indonesian, Vietnamese
    r"|\bj(?:eg|ag) (?:er|är|vil være|kommer att vara|holder) (?:[\w.]+ ){0,4}?(?:ferie|semester|fraværende|"
    r"borta\b(?! från)|bortreist|(?:ikke|inte) på kontoret|(?:föräldra|tjänst)ledig|permisjon|orlov|"
    r"på tj[äe]nesterejse|på tjänsteresa|ute av kontoret)"
    r"|\bolen (?:\w+ ){0,3}?(?:lomalla|poissa\b|virkamatkalla|työmatkalla|vapaalla)"
    r"|\b(?:jsem|budu|nebudu) (?:[\w.]+ ){0,4}?(?:na dovolené|mimo kancelář|nepřítom|na služební cestě|v kanceláři)"
    r"|szabadságon (?:vagyok|leszek)|irodán kívül"
    r"|\b(?:sunt|voi fi|mă aflu) (?:\w+ ){0,3}?(?:în concediu|plecat|în afara biroului|în delegație)"
    r"|(?:είμαι|βρίσκομαι|θα είμαι) (?:\w+ ){0,3}?(?:εκτός γραφείου|(?:σε|με) άδεια)|απουσιάζω από το γραφείο"
    r"|(?:перебуваю|буду|зараз|я) (?:\w+ ){0,2}?(?:у відпустці|у відрядженні|поза офісом|відсутн)"
    r"|\b(?:saya|sedang) (?:\w+ ){0,3}?(?:cuti|di luar kantor|dinas luar)|tôi (?:\w+ ){0,3}?(?:nghỉ phép|vắng mặt)"
    # Chinese, Japanese, Korean, Persian, Hebrew
    r"|(?:我|本人)[^。，,！!]{0,8}(?:休.{0,2}假|出差|度假|不在办公室|不在辦公室)|自[动動][回答][复復覆]|"
    r"(?:邮箱|郵箱|地址)已(?:经|經)?停用|(?:邮件|郵件|来信|來信)[^。，,！!]{0,6}已(?:经|經)?(?:收到|收悉)|已(?:经|經)?收到您的|处于假期|正在休假|已(?:经|經)?(?:离职|離職)|自[动動][发發]送|[请請]勿(?:直接)?回[复復覆]"
    r"|休暇(?:を(?:いただ|頂|取っ)|中)|不在(?:にして|とさせて|にいたし|のため)|出張中|自動(?:返信|応答|送信)"
    r"|(?:휴가|출장|부재) ?중(?:입|이)|자동 ?(?:회신|응답|발송)"
    r"|\bمن (?:\w+ ){0,5}?(?:در مرخصی|خارج از دفتر|در ماموریت)|پاسخ خودکار"
    r"|(?:אני|אהיה) (?:\w+ ){0,3}?(?:בחופש|מחוץ למשרד)"
    # an answer within so many hours, in whatever language it is promised
    r"|\b(?:within|sous|dans les|en|в течение|خلال) \d{1,2} (?:working |business )?(?:hours|days|heures|horas|час\w*|"
    r"ساعة)\s?[.,]?$|\d{1,2}\s?小时内|is important to us|在病假"
    # retired, in a course, a number given, or no answer wanted: in each of our six languages
    r"|\bi (?:have|am) (?:now )?retired|\bi am (?:attending|abroad)|unattended|(?:will|shall) (?:answer|read|reply to) "
    r"(?:my |your )?(?:e-?mails?|messages?|mails?) (?:after|from|on)\b"
    r"|je suis (?:à la retraite|en stage)|merci de ne pas répondre à ce|votre demande a été enregistrée"
    r"|me he jubilado|estoy en un curso|no responda a este|su solicitud ha sido registrada"
    r"|я на (?:пенсии|обучении|больничном)|отвечу на (?:ваш\w+ )?(?:письм|сообщен)|не отвечайте на это|"
    r"ваша заявка (?:зарегистрирована|принята)"
    r"|لقد تقاعدت|ساجيب على رسائل|عدم الرد على هذه|تم تسجيل طلبكم"
    r"|我已(?:经)?退休|(?:回复|答复)(?:您|邮件)|[请請]勿回[复復]|您的请求已登记|(?:来信|来函)收到"
    # programs that ask whoever writes to prove themselves first, and that tell of a mail's receipt
    r"|\bwas waitlisted\b|to (?:my|the|his|her) (?:guest|approved senders?|allowed|white) ?list|"
    r"myself from receiving (?:junk|spam)|to complete the verification|your message (?:\w+ ){0,3}is being held|"
    r"has not been verified|usa o antispam|sua mensagem seja encaminhada|"
    r"pour que votre message (?:me )?(?:soit|parvienne)|^your document: .{1,300}? was received by:"
    r"|ofis dışında|izindeyim|izinliyim|tatildeyim|ofiste (?:değilim|olmayacağım)|seyahatteyim|"
    r"otomatik (?:yanıt|mesaj)",
    re.IGNORECASE,
)
#: A mail that says so of itself.
_DECLARED = re.compile(
    r"(?:^|[.!?:,]\s|\n)(?:this|the following) (?:is|was) an auto(?:matic|mated|-?generated|matically)\b|"
    r"(?:^|[.!?:,]\s|\n)(?:this|your) (?:e-?mail|message|reply) (?:is|was|has been) (?:an )?"
    r"auto(?:matic|mated|-?generated)|"
    r"\bceci est un (?:message|courriel|e-mail) automatique|\best[ea] (?:correo|mensaje) (?:es|se genera|ha sido) "
    r"(?:generado )?automátic|\bэто (?:\w+ )?автоматич|هذه رسالة (?:الية|تلقائية)|"
    r"(?:这|此)(?:是一封|为)?自动",
    re.IGNORECASE,
)
#: What stands beside it: thanks, until when, whom to ask meanwhile. None of it tells anything alone.
_BESIDE = re.compile(
    r"thank you for (?:your|contacting)|thanks for your|urgent|emergenc|immediate (?:assistance|attention|help)|"
    r"\b(?:contact|call|reach|write to|refer to)\b|\b(?:until|till|return|back (?:on|in)|upon)\b|"
    r"(?:reply|respond|answer|get back|attend) |not (?:be(?:ing)? )?(?:forwarded|answered|read|checked|monitored)|"
    r"working days|click here|not been delivered|"
    r"merci (?:de|pour) votre|urgen[ct]|contacte[rz]|joindre|adresse[rz] à|jusqu|répondrai|retour|"
    r"gracias por|contact(?:e|ar)|diríjase|hasta (?:el|fin)|responder|comuníquese|"
    r"شكرا|عاجل|اقرب وقت|مراسلة|الاتصال|التواصل|حتى|ساقوم بالرد|عودت|"
    r"спасибо за|срочн|по (?:всем|любым) вопросам|обращайтесь|свяжитесь|отвечу|до \d|вернусь|"
    r"(?:obrigad[oa] pel|grazie per|(?:vielen dank|danke) für|bedankt voor|tack för|dziękuj|děkuj)|weitergeleitet|"
    r"dringend|wenden sie|\bbis (?:zum)?|rivolger|contattare|fino al|urgenza|até (?:ao?|o dia|\d)|\btot\b|neem contact|"
    r"proszę o kontakt|\bdo \d|kadar|acil|iletişim|"
    r"hastesag|haste|kontakt|brådskande|tillbaka|till den|tilbake|tilbage|kiireelli|yhteyttä|palaan|naléhav|sürgős|"
    r"επείγον|επικοινων|терміново|您好|谢谢|謝謝|紧急|緊急|联系|聯繫|回来|尽快|盡快|お急ぎ|戻り|긴급|تماس|דחוף|"
    r"your (?:e-?mail|message) (?:about|regarding|attached)|be delivered to|deliver your message|the link below|"
    r"only once|clique aqui|cliquez|"
    r"\b(?:your|votre|su|ваше) (?:e-?mail|message|courriel|mensaje|correo|письмо|сообщение)\b|ответим|responderemos|"
    r"in the meantime|deputy|l'intérim|remplac|sustitu|замеща|ينوب|代理|"
    r"^(?:your document|was received by|at)$|^\[[\w-]+ \d+\]",
    re.IGNORECASE,
)
_NEUTRAL = re.compile(
    r"confidential|intended (?:only |solely )?(?:for|recipient)|this (?:e-?mail|message) (?:and|is|may|was)|disclaimer|"
    r"confidentiel|destinataire|confidencial|destinatario|before (?:you )?print|sent from my|"
    r"\b(?:tel|phone|fax|mobile|cell|tél)\b|www\.|https?:|@|\+\d",
    re.IGNORECASE,
)
_CLAUSES = re.compile(
    r"(?:(?<!\s\d)(?<!\s\d\d)\.|[!?;:…。؟؛])[.!?;:…。؟؛]*(?=\s|$)|[。！？，；]|\n+|"  # "15. November" is no end
    r"(?:^|[\s,])(?:but|however|yet|mais|cependant|pero|sin embargo|но|однако|لكن|ولكن)(?=\s)"
    r"|,\s(?:aber|mas|ma|maar|ale|ama|fakat|so|donc|por eso|поэтому)(?=\s)|\ssino(?=\s)",
    re.IGNORECASE,
)


_ASKS = re.compile(r"\?(?=[\s\"')\]]|$)|[？؟]")  # not that of a link

#: Letters of scripts that put no spaces between words, where two or so make one.
_UNSPACED = re.compile(r"[\u3040-\u30ff\u3400-\u9fff]")


def plain(text: str) -> str:
    """The text as the patterns know it: composed, straight apostrophes, Arabic without vowel signs, one alef."""
    text = unicodedata.normalize("NFKC", text).replace("’", "'").replace("‘", "'").replace("\N{SOFT HYPHEN}", "")
    return re.sub("[أإآ]", "ا", re.sub("[\u064b-\u0652\u0640\u200e\u200f]", "", text))


def titled(subject: str) -> tuple[str, str] | None:
    """A program's title of an answer and the subject it answers; "" where no colon and subject follow."""
    subject = plain(subject[:2_000]).strip()
    title = _TITLE.match(subject)
    if title is None:
        return None
    inside = re.search(r"[:：]", title[0])  # "OOO: Plans"
    colon = _COLON.match(subject, title.end())
    begins = inside.end() if inside else colon.end() if colon else len(subject)
    return title[0], subject[begins:].strip()


def likely(subject: str) -> bool:
    """Whether such an answer's subject may begin so. A human's may too."""
    return _LIKELY.match(plain(subject[:300]).strip()) is not None


def only(subject: str) -> bool:
    """Whether a subject says that somebody is away, and nothing else."""
    return _ONLY.fullmatch(plain(subject[:300]).strip(" .!")) is not None


def short(text: str) -> bool:
    return len(text) < 20 * SHORT and len(text.split()) < SHORT


def speaks(text: str) -> bool:
    """Whether a short text has a phrase of such an answer."""
    return short(text) and _has_phrase(plain(text))


def declared(text: str) -> bool:
    """Whether a short text says of itself that a program wrote it."""
    return short(text) and _DECLARED.search(plain(text)) is not None


def mostly(text: str) -> bool:
    """Whether a short text is, for two thirds at least, such phrases and what stands beside them.

    Greetings, telephone numbers and all below "Kind regards" count for neither. Programs do not ask.
    """
    if not speaks(text) or _ASKS.search(text):
        return False
    theirs = other = 0
    for clause in filter(None, (one.strip(" ,\t-*>") for one in _CLAUSES.split(plain(text)))):
        words = len(clause.split()) + len(_UNSPACED.findall(clause)) // 2
        if theirs and CLOSING.match(clause):
            break
        if _has_phrase(clause) or _BESIDE.search(clause):
            theirs += words
        elif not GREETING.match(clause) and not _NEUTRAL.search(clause):
            other += words
    return theirs >= 2 * other


def _has_phrase(text: str) -> bool:
    return _PHRASE.search(" ".join(text.split())) is not None

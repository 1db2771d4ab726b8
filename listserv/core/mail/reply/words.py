"""The words that mail programs put around replies, as data: attribution verbs, header names, separators, taglines.

Structure decides first (reply.py); these lists only settle what structure leaves open. All are matched without
regard to case. Regular expressions, except the header names.
"""

from __future__ import annotations

# Prefixes of a reply's or forward's subject.
SUBJECT_PREFIXES = (
    "re", "fwd?", "aw", "wg", "antw(?:ort|oord)?", "rv", "tr", "rép", "ref?", "enc", "res", "sv", "vs", "vl",
    "vb", "odp",
    "pd", "ynt", "ilt", "i̇lt", "rif", "r", "i", "fs", "doorst", "atb", "bls", "trs", "továbbítás", "vá",
    "rsp", "πρθ",
    "απ", "σχετ", "رد", "إعادة توجيه", "پاسخ", "ارجاع", "отв(?:ет)?", "на", "пересл", "fw", "תשובה",
    "הועבר", "回复",
    "回覆", "答复", "答覆", "trả lời", "chuyển tiếp", "balas", "转发", "轉寄", "返信", "転送", "회신", "전달",
)  # fmt: skip

# "wrote", as it stands in attribution lines.
WROTE = (
    r"wrote|writes", r"a (?:é|e)crit|écrivait|écrit", r"escribió|escribio|ha escrito", r"escreveu",
    r"ha scritto|scrive",
    r"schrieb|schreibt|geschrieben", r"schreef|geschreven", r"написал\(?а?\)?|пишет|писал\(?а?\)?|написав|пише|напиша",
    r"كتب(?:ت)?|كتابة|یکتب|نوشت(?:ه)?", r"napisał\(?a?\)?|pisze", r"skrev|skriver", r"kirjoitti", r"napsala?|napísala?",
    r"írta", r"yazd[ıi]|şunu", r"έγραψε", r"a scris", r"написа", r"napisa(?:o|la)", r"viết|đã viết", r"menulis",
    r"כתב(?:ה)?|מאת",
)  # fmt: skip
# The same in scripts that put no space between words.
WROTE_UNSPACED = (
    r"写道|寫道|写了|寫了", r"のメール|書きました", r"작성|님이|쓴 글", r"เขียน", r"ने लिखा",
)  # fmt: skip

# Names of From, Sent/Date, To, Subject, Cc, Reply-To in quoted header blocks.
HEADER_NAMES = frozenset(
    name.strip()
    for name in """from|date|sent|to|subject|cc|bcc|reply-to|sent at|importance|attachments
    de|envoyé|envoyé le|date d'envoi|à|a|objet|sujet|répondre à|copie à|pour|expéditeur|destinataire
    enviado|enviado el|fecha|para|asunto|responder a|remitente|data|enviada em|enviada|assunto|enviado em|data de envio
    da|inviato|oggetto|risposta|per|rispondi a
    von|gesendet|datum|an|betreff|antwort an|kopie
    van|verzonden|verzonden op|aan|onderwerp|beantwoorden - aan
    от|отправлено|дата|кому|тема|копия|від|надіслано|надіслано|кому|ответить|до
    من|تاريخ|تاريخ الإرسال|التاريخ|مرسل|أرسلت|تم الإرسال|إلى|الى|الموضوع|موضوع|نسخة|از|تاریخ|به|ارسال شده
    od|wysłano|wysłane|do|temat|data wysłania|dw|odesláno|komu|předmět|kopie|odoslané|predmet|kopija|poslano|za|zadeva
    från|skickat|till|ämne|kopia|fra|sendt|til|emne|kopi|dato|lähettäjä|lähetetty|päivämäärä|vastaanottaja|kopio|aihe
    feladó|elküldve|címzett|tárgy|dátum|küldve|másolatot kap
    kimden|gönderen|gönderme tarihi|gönderildi|tarih|kime|alıcı|konu|bilgi
    από|στάλθηκε|ημερομηνία|προς|θέμα|κοιν.
    de la|trimis|către|catre|subiect|expeditor|de|saatja|saadetud|teema|kellele|no
    nosūtīts|kam|tēma|nuo|kam|tema|išsiųsta
    относно|tiêu đề|đã gửi|gửi|từ|đến|tới|chủ đề|ngày|dari|dikirim|kepada|ke|perihal|subjek|tanggal
    מאת|נשלח|תאריך|אל|נושא|עותק
    发件人|发送时间|發件人|寄件者|寄件日期|收件人|收件者|主题|主題|主旨|抄送|副本|日期|傳送日期|时间|發送時間
    差出人|送信日時|送信者|日付|日時|宛先|件名|보낸 사람|보낸 날짜|날짜|받는 사람|제목|참조""".replace("\n", "|").split(
        "|"
    )
)

# Those of From among them.
FROM_NAMES = frozenset(
    (
        "from", "de", "von", "da", "van", "от", "від", "من", "مرسل", "از", "od", "från", "fra", "lähettäjä", "feladó",
        "kimden", "gönderen", "από", "de la", "saatja", "nuo", "từ", "dari", "expéditeur", "remitente", "expeditor",
        "מאת", "发件人", "發件人", "寄件者", "差出人", "送信者", "보낸 사람",
    )
)  # fmt: skip

# Keys that show a run of "Key: value" lines to be the author's own: an introduction, a card, an invitation.
OWN_KEYS = frozenset(
    (
        "name", "country", "organisation", "organization", "title", "e-mail", "email", "mail", "tel",
        "telephone", "phone", "mobile", "fax", "cell", "skype", "web", "website", "address", "contact",
        "time", "place", "venue", "where", "when", "deadline", "nom", "pays", "courriel", "téléphone",
        "adresse", "lieu", "heure", "nombre", "país", "organización", "correo", "teléfono", "dirección",
        "lugar", "hora", "الاسم", "البلد", "الهاتف", "العنوان", "المكان", "имя", "страна", "телефон",
        "адрес", "место", "время", "www", "http", "https", "twitter", "facebook", "linkedin", "whatsapp",
        "地点", "地點", "联系人", "邮箱", "电话", "姓名", "国家", "場所", "連絡先", "氏名", "장소", "연락처", "이름",
        "contacto", "contato", "kontakt", "контакт", "контакты", "للتواصل", "ort", "luogo", "local", "المكان",
        "position", "role", "sector", "gender", "age",
    )
)  # fmt: skip

# What stands between the dashes of "-----Original Message-----" and "---------- Forwarded message ---------".
SEPARATORS = (
    r"original(?:\s+(?:message|appointment|email|e-mail))?", r"forwarded (?:message|by .*)",
    r"reply (?:message|above this line)?",
    r"message (?:d['’]origine|original|transféré|transmis|transférés?)|message initial|mensaje (?:original|reenviado)",
    r"mensagem (?:original|encaminhada|reencaminhada)", r"messaggio (?:originale|inoltrato)",
    r"(?:ursprüngliche|weitergeleitete|originale?) (?:nachricht|mail|e-mail)|originalnachricht|original-nachricht",
    r"(?:oorspronkelijk|origineel|doorgestuurd) bericht",
    r"(?:исходное|пересылаемое|пересланное|оригинальное) (?:сообщение|письмо)",
    r"(?:вихідне|переслане|початкове) повідомлення|пересылка.*",
    r"(?:الرسالة|رسالة) (?:ال)?(?:أصلية|اصلية|محولة|معاد توجيهها|مُعاد توجيهها|معاد إرسالها)|پیام (?:اصلی|"
    r"ارسال شده)|رسالة مُ?حوّ?لة",
    r"(?:wiadomość (?:oryginalna|przekazana)|(?:oryginalna|przekazana|dalej) wiadomość|treść przekazanej wiadomości)",
    r"(?:ursprungligt|vidarebefordrat|ursprungsmeddelande|originalmeddelande|vidarebefordrat) ?(?:meddelande|mail)?",
    r"(?:opprinnelig|videresendt|oprindelig|original) (?:melding|meddelelse|besked)|videresendt melding|"
    r"oprindelig meddelelse",
    r"alkuperäinen viesti|edelleenlähetetty viesti|välitetty viesti",
    r"(?:původní|přeposlaná) (?:zpráva|e-mail)|pôvodná správa|preposlaná správa",
    r"eredeti üzenet|továbbított üzenet",
    r"(?:orijinal|özgün|iletilen|yönlendirilen|yönlendirilmiş) (?:mesaj|ileti|posta)",
    r"αρχικό μήνυμα|προωθημένο μήνυμα", r"mesaj (?:original|redirecționat)", r"הודעה מקורית|הודעה שהועברה",
    r"原始邮件|转发邮件信息|轉寄郵件|原始郵件|轉寄的郵件|转发的邮件|元のメッセージ|転送メッセージ|"
    r"転送されたメッセージ|원본 메[시세]지|전달된 메[시세]지",
    r"tin nhắn gốc|thư đã chuyển tiếp|pesan (?:asli|terusan)",
)  # fmt: skip
FORWARDED = (
    r"forward", r"fwd", r"transf[ée]r|transmis", r"reenvi", r"encaminhad", r"inoltrat", r"weitergeleitet",
    r"doorgestuurd",
    r"пересл|пересыл", r"محول|توجيه|محوّل", r"przekazan", r"vidarebef", r"videresen", r"edelleenl|välitet",
    r"přepos|prepos",
    r"továbbít", r"iletilen|yönlend", r"προωθ", r"redirecț", r"שהועבר", r"转发|轉寄|転送|전달",
    r"r[ée]exp[ée]di", r"ارسال شده", r"proslij?eđ", r"переадрес|перенаправ|пересила", r"ileti başlang|înainta",
    r"препрат|posredov|edastat|pārsūt|persiųs|diterus|chuyển tiếp",
)  # fmt: skip

# Lines that telephones and programs add below a mail; matched from the line's beginning.
TAGLINES = (
    r"sent (?:from|via|with|by|using) ",
    r"from my (?:i?phone|ipad|ipod|android|blackberry|samsung|galaxy|mobile|htc|cell)",
    r"(?:\w+ ){1,3}from (?:my )?(?:mobile|phone)$", r"get (?:\[?outlook|\[?bluemail)",
    r"please excuse (?:my )?(?:brevity|typos)",
    r"yahoo mail ?: ",
    r"envoyé (?:de(?:puis)?|à partir d|avec|via) ?", r"télécharge[rz] outlook|obtenez? outlook",
    r"provenance : courrier",
    r"enviado (?:desde|do meu|a partir|con|com|via|de mi|de meu|mediante) ?",
    r"obt[ée]n(?:er|ha)? outlook|obter o outlook",
    r"von (?:meinem?|unterwegs) .*ge(?:sendet|schickt)", r"gesendet (?:von|mit|aus) ",
    r"diese nachricht wurde von meinem? .*gesendet",
    r"outlook für (?:ios|android)", r"inviato (?:da|dal|con|tramite) ", r"ottieni outlook", r"scarica outlook",
    r"verzonden (?:met|van|vanaf|via) ", r"verstuurd vanaf ", r"outlook voor (?:ios|android)",
    r"отправлено (?:с|из|через) ", r"отправлено от ",
    r"с уважением, отправлено", r"надіслано (?:з|із|від) ",
    r"(?:تم ا?لإرسال|أُ?رسلت?|ا?رسلت|مرسل[ةه]?|تم ارساله) (?:من|عبر|بواسطة) ?",
    r"احصل على outlook|الحصول على outlook", r"ارسال شده از ", r"فرستاده شده از ", r"wysłan[eo] (?:z|za) ",
    r"pobierz outlook", r"skicka(?:t|des) från ",
    r"sendt fra ", r"lähetetty ", r"odesláno z ", r"odoslané z ", r"elküldve a", r"küldve: ",
    r".{0,40}(?:tarafından|telefonumdan|iphone'umdan) gönderildi",
    r"στάλθηκε από ", r"εστάλη από ", r"trimis de pe ", r"נשלח מ",
    r"从我的.{0,20}发送|從我的.{0,20}傳送|发自我的|來自我的|发自 ?\w+|從 .{0,20}傳送",
    r".{0,20}から送信", r"나의 .{0,20}에서 보냄", r"được gửi từ ", r"dikirim dari ",
)  # fmt: skip

# Makes and programs, which keep their names in every language: a short last line that names one is a tagline.
MAKES = (
    r"i(?:phone|pad|pod|os)|android|blackberry|galaxy|samsung|huawei|honor|xiaomi|redmi|oppo|nokia|motorola|oneplus|"
    r"outlook|yahoo ?mail|gmail|proton ?mail|bluemail|aquamail|fairemail|thunderbird|k-9|mail\.ru|web\.de|gmx"
)

# What disclaimers speak of; stems, since a notice is known by several of them together (reply_notices.py).
NOTICES = {
    "message": r"e-?mail|message|courriel|correo|mensaje|mensagem|messaggio|nachricht|bericht|meddela|melding|"
    r"сообщени|письм|رسال|بريد|wiadomo|zpráv|üzenet|ileti|邮件|郵件|メール|메일|הודע|"
    r"viesti|meddelelse|mesaj|μήνυμα|повідомл|tin nhắn|thư (?:này|điện tử)|barua pepe|ujumbe|pesan|surel|"
    r"ईमेल|संदेश|ایمیل|پیام",
    "secret": r"confidential|confidenti[ae]l|confidencial|privileged|riservat|vertraulich|vertrouwelijk|конфиденциальн|"
    r"سري[ةه]|poufn|důvěrn|bizalmas|gizli|保密|機密|기밀|סודי|"
    r"fortrolig|konfident|luottamuks|confidențial|εμπιστευτικ|конфіденційн|tin mật|bảo mật|bí mật|\bya siri\b|rahasia|"
    r"गोपनीय|محرمانه",
    "addressee": r"recipient|addressee|addressed to|intended|destinat[aá]ri|destinataire|empfänger|bestimmt|ontvanger|"
    r"adressat|mottag|предназначен|адресат|المرسل إليه|المستلم|مخصص|címzett|alıcı|收件人|受信者|수신자|"
    r"modtager|vastaanottaj|destinatar|παραλήπτ|призначен|người nhận|mpokeaji|penerima|प्राप्तकर्ता|گیرنده",
    "error": r"in error|by mistake|par erreur|por error|por erro\b|per errore|irrtümlich|versehen|abusivement|"
    r"abuzivn|vergiss|по ошибке|ошибочно|عن طريق الخطأ|بالخطأ|omyłk|omylem|tévedés|yanlışlıkla|误|誤|잘못|"
    r"av misstag|felaktigt|ved en? fejl|fejlagtig|ved en feil|vahingossa|erehdyksessä|din greșeală|din eroare|"
    r"εκ παραδρομής|κατά λάθος|помилков|nhầm lẫn|do nhầm|kwa (?:ma)?kosa|kimakosa|kesalahan|keliru|गलती|اشتباه",
    "destroy": r"\bdelet|destroy|détrui|supprim|elim[ií]n|borr[ae]|destru|apag|cancell|lösch|vernicht|verwijder|radera|"
    r"удал|уничтож|حذف|إتلاف|usun|smaž|törö|silin|删除|削除|삭제|"
    r"\bslett|poista|șterge|διαγρά|видал|\bxóa\b|\bxoá\b|\buifute|\bifute|\bkuifuta|hapus|हटा|حذف کنید",
    "notify": r"notif(?:y|ied)|inform the sender|advise the sender|avert|expéditeur|remitente|remetente|mittente|"
    r"absender|afzender|avsändar|comuni(?:car|que)|уведом|сообщите|отправител|إبلاغ|المرسل|nadawc|odesílatel|feladó|gönderen|"
    r"afsender|lähettäj|expeditor|αποστολέα|повідомте|відправник|người gửi|mtumaji|pengirim|प्रेषक|فرستنده",
    "forbidden": r"prohibit|unlawful|unauthori[sz]ed|interdit|prohibid|proibid|vietat|untersagt|verboten|запрещ|"
    r"يحظر|محظور|zabron|yasak|禁止|금지",
    "virus": r"virus|malware|вирус|فيروس|病毒|ウイルス|바이러스",
    "nature": r"environment|environnement|ambient[ae]|umwelt|milieu|miljö|природ|окружающ|البيئة|środowisk|çevre|环境",
    "paper": r"print|imprim|stamp|druck|afdrukken|skriv ut|печат|طباع|druk|yazdır|打印",
    "link": r"click|\blinks?\b|attachment|\bliens?\b|pièces? jointe|enlace|adjunto|ссыл|вложен|رابط|روابط|مرفق|"
    r"klick|anhang|bijlage|链接|附件|リンク|링크|קישור",
    "views": r"(?:views|opinions?|statements?) (?:expressed|presented|contained)|opinions? exprimée|"
    r"opiniones (?:expresadas|vertidas)|opini(?:ões|oni) express|geäußerten? (?:ansicht|meinung)|"
    r"мнени[ея],? (?:выражен|изложен)|الآراء الواردة",
    "heading": r"disclaimer|confidential|avis\b|aviso|nota legal|haftungsausschluss|إخلاء|تنبيه|предупрежден",
}  # fmt: skip

# Programs that praise themselves for having found no virus.
SCANNERS = (
    r"\bavast\b|\bavg\.com|sig-email|checked by avg|virus-?free|anti-?virus software|mailscanner|"
    r"(?:scanned|checked) (?:by|for) .{0,40}(?:virus|mimecast|kaspersky|eset|symantec|sophos|mcafee|norton)|"
    r"проверено на (?:вирусы|отсутствие)"
)

# "from outside", as offices' servers warn above a mail.
OUTSIDE = (
    r"external|outside|extern[aeo]?s?\b|extérieur|exterior|fuera de|внешн|извне|خارج|zewnętrzn|külső|kurum dışı|"
    r"外部|외부|מחוץ|utomstående|ulkopuol"
)

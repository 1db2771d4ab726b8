"""What the author wrote: replies in many languages, and what must not be mistaken for a quote."""

from __future__ import annotations

from pathlib import Path

import pytest

from listserv.core.mail.htmltext import has_hidden_text, to_text
from listserv.core.mail.reply.extractor import extract

SHARED = Path(__file__).parents[3] / "shared" / "corpus" / "reply-trimming"

WROTE = "I agree with the plan.\n\nIt needs a budget:\n- one\n- two\n\nBest,\nMary"

# What mail programs put below an answer. Everything from its first line on is somebody else's.
TAILS = {
    "yahoo android": "Sent from Yahoo Mail on Android\n\n  On Mon, Nov 3, 2008 at 6:41 PM, "
    "Jane<jane@example.org> wrote:   Hello all",
    "pictures": "[cid:image001.jpg@01DB2D00]<https://example.org/> [cid:image002.jpg@01DB2D00]",
    "gmail en": "On Mon, 3 Nov 2008 at 10:00, Jane <\njane@example.org> wrote:\n\n> hi",
    "apple en": "On Nov 3, 2008, at 10:00 AM, Jane Doe wrote:\n\nhi there",
    "gmail fr": "Le lun. 3 nov. 2008 à 10 h 12, Jane <jane@example.org> a écrit :\n\n> Bonjour",
    "yahoo fr": "Le lundi 3 novembre 2008 à 10:12:33 UTC+1, Jane <jane@example.org> a écrit :\n\nBonjour tous",
    "gmail es": "El lun, 3 nov 2008 a las 10:00, Jane (<jane@example.org>) escribió:\n\n> hola",
    "gmail ar": "في الأحد، ٢٣ نوفمبر ٢٠٠٨ في ١٠:٠٠ ص تمت كتابة ما يلي بواسطة أحمد <\u202aa@example.org\u202c\u200f>:\n"
    "\n> مرحبا",
    "apple ar": "\u202bفي ٣ نوفمبر ٢٠٠٨، الساعة ١٠:٤٢ ص، كتب Jane \u200f<jane@example.org>:\u202c\n\nنص",
    "outlook ar": "من: أحمد علي\nتم الإرسال: ٣ نوفمبر، ٢٠٠٨ ١٠:٠٠ ص\nإلى: الحوار\nالموضوع: رد: الوحدة\n\nنص",
    "gmail he": "\u202bבתאריך יום ב׳, 3 בנוב׳ 2008 ב-10:00 מאת Jane <\u202ajane@example.org\u202c\u200f>:\u202c\n\n> a",
    "gmail fa": "در تاریخ دوشنبه ۱۳ آبان ۱۳۸۷،\u200f ۱۰:۰۰ Jane <jane@example.org> نوشت:\n\n> salam",
    "gmail ru": "пн, 3 нояб. 2008 г. в 10:00, Jane <jane@example.org>:\n\n> Привет",
    "mail.ru": "Понедельник, 3 ноября 2008, 10:00 +03:00 от Jane <jane@example.org>:\n\nПривет",
    "outlook ru": "От: Jane <jane@example.org>\nОтправлено: 3 ноября 2008 г. 10:00\nКому: x\nТема: hi\n\nhi",
    "gmail ja": "2008年11月3日(月) 10:00 Jane <jane@example.org>:\n\n> hi",
    "qq zh": '------------------ 原始邮件 ------------------\n发件人: "Jane" <jane@example.org>;\n\nhi',
    "outlook de": "Von: Jane [mailto:jane@example.org]\nGesendet: Montag, 3. November 2008 10:00\nAn: x\n"
    "Betreff: hi\n\nhi",
    "outlook fr": "De : Jane <jane@example.org>\nEnvoyé : lundi 3 novembre 2008 10:00\nÀ : x\nObjet : hi\n\nhi",
    "outlook in Swahili, in no list": "Kutoka: Jane <jane@example.org>\nIlitumwa: 3 Novemba 2008 10:00\n"
    "Kwa: x\nKichwa: hi\n\nhi",
    "outlook bold": "  * * *\n\n**From:** Jane\n**Sent:** Monday, 3 November 2008 10:00\n**To:** x\n"
    "**Subject:** hi\n\nhi",
    "outlook's rule in no list": "-----Ujumbe wa asili-----\n\nhi",
    "links broken in a quote": "On 3 Nov 2008, Jane <jane@example.org> wrote:\n\n> See the plan\n"
    "(http://example.org/plan) >\n> or the other (http://example.org/a\n_nonce=3dd518)\n> Jane",
    "separator": "-----Message d'origine-----\nDe : Jane\n\nhi",
    "underscores": "________________________________\nFrom: Jane <jane@example.org>\n"
    "Date: Monday, 3 Nov 2008\nTo: x\n\nhi",
    "telephone": "Sent from my iPhone\n\nOn 3 Nov 2008, at 10:00, Jane <jane@example.org> wrote:\n\n> hi",
    "telephone ar": "أُرسلت من الـ iPhone\n\nفي ٣ نوفمبر ٢٠٠٨، الساعة ١٠:٤٢ ص، كتب Jane <jane@example.org>:\n\n> نص",
    "telephone in no list": "Barua hii imetoka iPhone yangu\n\nOn 3 Nov 2008, Jane <jane@example.org> wrote:\n\n> hi",
    "program in no list": "Hanki Outlook for Android<https://aka.ms/AAb9ysg>\n________________________________\n"
    "From: Jane <jane@example.org>\nSent: Monday, 3 Nov 2008 10:00\nTo: x\nSubject: hi\n\nhi",
    "163's table, without its lines": "---- 回复的原邮件 ----\n\n发件人  Jane<jane@example.org>\n\n"
    "日期  2008年11月03日 10:00\n\n收件人  peace@example.org\n\n主题  hi\n\nhi",
    "an old telephone": "- Original message -\n> hi",
    "gmail in Amharic, with its colon": "በሰኞ፣ ኖቬም 3 2008 በ10:00 Jane <jane@example.org> ጻፈ፦\n\n> hi",
    "program in no list, link between": "Outlook for iOS<https://aka.ms/o0ukef> を入手\n\n> hi",
    "163's table": "---- 回复的原邮件 ----\n| 发件人 | Jane<jane@example.org> |\n| 日期 | 2008年11月03日 10:00 |\n"
    "| 收件人 | peace@example.org |\n| 抄送至 | |\n| 主题 | hi |\nhi",
    "gmail, a long name over four lines": "On Mon, Nov 2, 2026 at 6:41 PM Secretariat of the\nNational Plan, "
    "Ministry of "
    "Gender, Labour\nand Social Development <\nsecretariat@example.org> wrote:\n\n> hi",
    "notes, with the first words": "Jane Doe ---02/11/2026 18:41:07---Who pays? And who checks?\n\n"
    "From: Jane Doe <jane@example.org>\nTo: x\nDate: 02/11/2026 18:41\nSubject: hi\n\nhi",
    "qq, original": "------------------ Original ------------------\nFrom: Jane <jane@example.org>;\nDate: x\n\nhi",
    "views below a disclaimer": "This message is confidential. If you are not the intended recipient, notify "
    "the sender\n"
    "and delete it.\n\nThe views expressed are those of its author and not of the Ministry.",
    "disclaimer vi": "Email này là thông tin mật, chỉ dành cho người nhận. Nếu bạn nhận được do nhầm lẫn, vui "
    "lòng thông "
    "báo cho người gửi và xóa email này.",
    "disclaimer sw": "Barua pepe hii ni ya siri na imekusudiwa mpokeaji pekee. Ikiwa umeipokea kwa makosa, tafadhali "
    "mjulishe mtumaji na uifute.",
    "disclaimer da": "Denne meddelelse er fortrolig og kun til modtageren. Har du fået den ved en fejl, så underret "
    "afsenderen og slet den.",
    "disclaimer uk": "Це повідомлення конфіденційне і призначене лише адресату. Якщо ви отримали його помилково, "
    "повідомте відправника і видаліть його.",
    "signature, and a saying": "--\nMary Doe\nBe the change you wish to see.",
    "signature, and a list's footer": "--\nMary Doe\n--\nYou received this message because you are subscribed to WPS.\n"
    "To leave, write to leave@example.org.",
    "signature, a blank and a slogan": "--\n\nMary Doe\nWorking for peace.",
    "groups.io": "-=-=-=-=-=-=-=-=-=-=-=-\nGroups.io Links: You receive all messages sent to this group.\n"
    "View/Reply Online (#1): https://groups.io/g/wps/message/1\nUnsubscribe: https://groups.io/g/wps/leave/1/2/3/xyz "
    "[mary@example.org]\n-=-=-=-=-=-=-=-=-=-=-=-",
    "advertisement": "_______________________\nExpress yourself with MSN! Download it, it is free! "
    "http://messenger.example.org/download/now/and/for/ever",
    "signature above": "-- \nMary Doe\nMinistry\n\nOn 3 Nov 2008, Jane <jane@example.org> wrote:\n> hi",
    "forwarded": "Begin forwarded message:\n\nFrom: Jane <jane@example.org>\nDate: 3 November 2008\nTo: x\n\nhi",
    "date only": "El jueves, 21 de noviembre de 2013, Jane escribió:\n\n> hola",
    "bare quote": "> hi\n> there",
    "signature": "-- \nMary Doe\nMinistry of Gender",
}


@pytest.mark.parametrize("tail", TAILS.values(), ids=TAILS.keys())
@pytest.mark.parametrize("wrote", [WROTE, "Oui."], ids=["long", "short"])
def test_what_stands_below_an_answer_is_cut(wrote: str, tail: str) -> None:
    got = extract(f"{wrote}\n\n{tail}\n")
    assert (got.text, got.cut) == (wrote, tail)


KEPT = {
    "introduction": "Name: Jane Doe\nCountry: Kenya\nE-mail: jane@example.org\n"
    "I joined on 3 May 2008 10:00\n\nHello all.",
    "event": "Please note:\n\nDate: 5 November 2008\nTime: 10:00\nVenue: Room 5\nContact: jane@example.org\n\nRegards",
    "findings": "The workshop of 12 May 2008 at 14:00 agreed on the following:\n\n- one\n- two\n\nJane",
    "resolution": 'On 31 October 2000 the Council wrote:\n\n"Reaffirms the role of women"\n\nWe should follow.',
    "deadline": "You may write to jane@example.org before 5 May 2008 with:\n\n1. name\n2. country",
    "dashes": "First point --- and this matters --- is money.\n\n----- Findings -----\n\nWe found that.",
    "headings": "-----Findings-----\n\nWe found that.\n\n> As they say:\nhttp is a protocol.\n> So it is.\n\nYes.",
    "table": "Country: Nepal\nAdopted on: 1 February 2011 10:00\nLead agency: Peace\n"
    "Focal point: x@example.org\n\nFive pillars.",
    "nombre": "Nombre: Ana\nPaís: Perú\nCorreo: ana@example.org\nFecha: 3 de mayo de 2008\n\nHola a todas",
    "dated quote": "Resolution 1325 of 31 October 2000 says:\n\n> Recognizing the need\n\nThis is our view.",
    "quote of a year": "In 2008 the Council wrote:\n\n> Recognizing the need\n\nThis is our view.",
    "own quote": "As the resolution says:\n\n> Recognizing the urgent need\n\nThis is our view.",
    "travel": "Our travel:\n\nFrom: Nairobi\nTo: Kampala\nDate: 3 November 2026\n\nSee you there.",
    "memo": "Our memo:\n\nTo: All\nFrom: The desk\nDate: 3 November 2026\nSubject: Experts\n\nWe nominate two.",
    "memo fr": "La note :\n\nDe : Genre\nÀ : Tous\nDate : 3 novembre 2026\nObjet : Noms\n\nNous en désignons deux.",
    "event sw": "Karibuni:\n\nTarehe: 5 Novemba 2026\nSaa: 10:00\nMahali: Nairobi\nKwa: neema@example.org\n\nAsante.",
    "event hi": "नमस्ते\n\nदिनांक: 5 नवंबर 2026\nसमय: 10:00\nस्थान: दिल्ली\nसंपर्क: asha@example.org\n\nधन्यवाद",
    "event es": "Invitación:\n\nFecha: 5 de noviembre de 2026, 10:00\nLugar: Lima\nPara: todas\nAsunto: paz\n"
    "Contacto: a@example.org\n\nGracias",
    "event ru": "Зовём:\n\nДата: 5 ноября 2026\nВремя: 10:00\nТема: Мир\nКонтакт: a@example.org\n\nЖдём",
    "event ar": "ندعوكم:\n\nالتاريخ: 5 نوفمبر 2026، 10:00\nالموضوع: السلام\nللتواصل: a@example.org\n\nشكرا",
    "interview": "Q: Who?\nA: Mary <mary@example.org>.\nQ: Since when?\nA: since 3 May 2008 at 10:00.\n\nEnd.",
    "write to": "Please write to Ana <ana@example.org> before 12 December 2026 with:\n\n1. name\n2. country",
    "write by": "Send it by 12 December 2026 to Ana <ana@example.org>:\n\n1. name\n2. country",
    "minister": "A bad day.\n\nAt 10:00 the minister wrote:\n\nNo money.\n\nThat was all.",
    "said": 'On 3 November 2026 at 10:00 the minister wrote:\n\n"No money."\n\nWe went home.',
    "desk": "Here is another mail\n\nSent from my desk, is much easier then my mobile phone.",
    "secrets": "On privacy:\n\nIf a message is confidential the recipient must say so. We had a case where the\n"
    "wrong people got names of victims by mistake. Who will delete them now?",
    "external": "EXTERNAL ACTORS: the message is clear.\n\nWe want peace.",
    "makes": "We count by telephone now.\n\nMost women here have an Android phone, and no data.",
    "make, last": "What we ask:\n\n- seats\n\n- an Android phone for each clerk",
    "make, question": "One question:\n\nDoes the form work on an iPhone?",
    "minutes": "Meeting of 3 May 2008, 10:00\n\nPresent: Ana\nAbsent: Dora <dora@example.org>\nAgenda: seats\n\n"
    "Next meeting: 10 May 2008, 10:00",
    "own ruled table": "----- Programme -----\nDate 3 May 2008\nTo 10:00 with jane@example.org\n\nMore soon.",
    "own table": "| District | Women |\n| Gulu | 14 |\n| Lira | 22 on 3 May 2008 10:00, x@example.org |\n\nMore soon.",
    "paper": "Second.\n\nThe environment suffers too: the printers here print each report three times.",
    "poem": "For you:\n\n--\nThe river keeps\nwhat the road lost\n--\nThe road keeps\nwhat the river found\n--\n"
    "\nTheonila",
    "parts by a dash": "First, the law.\n\n—\n\nSecond, the money.\n\nThird, the people: they have none of it.",
    "parts by a rule": "We asked forty women.\n\n_____________\n\n1. A road.\n2. A telephone.\n3. A chair at "
    "the table.",
    "list between dashes": "Three have it\n--\nNepal, 2011\nChile, 2009\n--\nand all others have not, so far as "
    "we know.",
    "own originals": "It was changed:\n\n--- Original ---\nThe state shall.\n\n--- Adopted ---\nThe state may.\n"
    "\nOne word.",
    "timetable": "My offer:\n\nMonday\nFrom: 10:00\nTo: 11:30\nTopic: money\n\nTuesday\nFrom: 14:00\nTo: 15:30\n"
    "Topic: law",
    "flights": "I come:\n\nFrom: Nairobi 3 Nov 2026 10:00\nTo: Addis 3 Nov 2026 12:10\nDate: x\nBooking: "
    "a@example.org\n\nBye.",
    "delegates": "They are:\n\nName: Ana\nFrom: Peru\nMail: a@example.org\n\nName: Neema\nFrom: Tanzania\n"
    "Mail: n@example.org\n\nBoth come on 3 November 2026 at 10:00.",
    "minutes es": "Acta\n\nFecha: 3 de noviembre de 2026\nHora: 10:00\nAsunto: dinero\nPara: todas\n"
    "De: la secretaría (s@example.org)\n\n1. Se aprueba.",
    "invitation pt": "Convite\n\nData: 3 de novembro de 2026, 10:00\nAssunto: dinheiro\nDe: a Rede\nPara: todas\n"
    "Local: Maputo\nContacto: a@example.org\n\nVenham!",
    "said, without marks": "On 3 November 2026 at 10:00 the minister wrote:\n\nNo money.\n\nWe went home.",
    "said pt": "Em 3 de novembro de 2026, às 10:00, a ministra escreveu:\n\nNão há dinheiro.\n\nFomos embora.",
    "said de": "Es war kalt.\n\nAm 3.11.2026 um 10:00 schrieb die Ministerin:\n\nKein Geld.\n\nWir gingen.",
    "another's contribution": "Dear all,\n\nGrace Wanjiru (contribution 12, 3 November 2026, 09:40) wrote:\n\n"
    "A plan.\n\nSo did we.",
    "byline": "Today's paper:\n\nBy Jane Mwangi, 3 November 2026, 10:00 (jane@example.org):\n\nNo money.\n\nShe "
    "is right.",
    "views": "The views expressed by women are not heard.\n\nOur opinions expressed in 2019 were lost.",
    "commitments es": "Son estos:\n\nQué: dinero\nQuién: Hacienda\nCuándo: antes del 31/12/2026, 18:00\n"
    "Para: las víctimas\nDe: el presupuesto\n\nEscriban a rosa@example.org.",
    "minutes ru": "Протокол\n\nДата: 3 ноября 2026, 10:00\nТема: бюджет\nБыли: Анна (a@example.org)\nРешили: писать.\n"
    "\nКому: министру\nОт: всех нас\n\nОльга",
    "times": "Programme for 2008:\n10:00 Opening\n11:30 Nepal: lessons\n\nSee http://example.org: it is there.",
}


@pytest.mark.parametrize("body", KEPT.values(), ids=KEPT.keys())
def test_what_an_author_may_write_is_kept(body: str) -> None:
    assert extract(body).text == body


@pytest.mark.parametrize(
    ("body", "text"),
    [
        ("On 3 Nov 2008, Al <al@example.org> wrote:\n> Who pays?\n> And when?\n\nThe ministry.", "The ministry."),
        (
            "Al <al@example.org> wrote on 3 Nov 2008:\n> Who?\n\nWe.\n\n> When?\n\nNow.\n\n> Al",
            "> Who?\n\nWe.\n\n> When?\n\nNow.",
        ),
        (
            "Thanks.\n\nOn 3 Nov 2008, Al <al@example.org> wrote:\n> Who?\n\nAnd one more thing.",
            "Thanks.\n\nAnd one more thing.",
        ),
        ("> Only a quote.", "> Only a quote."),
        ("-- \nOnly a signature", "-- \nOnly a signature"),
        ("Sent from my iPhone", "Sent from my iPhone"),
        ("", ""),
        ("\n\n \n", " "),
    ],
)
def test_answers_below_and_between(body: str, text: str) -> None:
    assert extract(body).text == text


def test_a_mail_that_is_one_forwarded_mail_stays_whole() -> None:
    body = "---------- Forwarded message ---------\nFrom: Al <al@example.org>\nDate: 3 Nov 2008\nTo: x\n\nThe paper."
    got = extract(body)
    assert (got.text, got.cut, got.forwarded) == (body, "", True)


def test_a_forwarded_mail_below_a_comment_is_cut_and_told() -> None:
    got = extract("For your information.\n\n" + TAILS["forwarded"])
    assert (got.text, got.forwarded) == ("For your information.", True)


def test_a_plain_reply_is_not_called_forwarded() -> None:
    assert not extract(WROTE + "\n\n" + TAILS["gmail en"]).forwarded


PARENT = (
    "We think that the plan should have a budget line and a ministry that answers for it.\nWho pays, and from when on?"
)


@pytest.mark.parametrize(
    ("body", "text"),
    [
        (f"I agree.\n\n{PARENT}", "I agree."),
        (
            "I agree.\n\nWE THINK that the plan should have\na budget line and a ministry\nthat answers for it.",
            "I agree.",
        ),
        ("I think that the plan should have a budget line, and I say so again.", None),
        ("A budget line and a ministry.", None),
        (f"{PARENT} Women do.", "Who pays, and from when on? Women do."),
        (f"I agree.\n\n{PARENT} <http://example.org/who-pays/for/it>", "I agree."),
        (PARENT.replace("it.", "it. Yes.") + " We do.", None),
        (f'You wrote:\n\n"{PARENT.split(chr(10))[0]}"\n\nWe have neither.', None),
    ],
)
def test_the_parents_text_marks_what_nothing_else_does(body: str, text: str | None) -> None:
    assert extract(body, PARENT).text == (body if text is None else text)


@pytest.mark.skipif(not SHARED.is_dir(), reason="the shared corpus is not beside this tree")
def test_most_foreign_mails_come_out_exactly() -> None:
    exact = lost = total = 0
    for path in sorted((SHARED / "emails").glob("*.txt")):
        body, want = ((SHARED / side / path.name).read_text("utf-8") for side in ("emails", "trimmed"))
        got = " ".join(extract(body).text.split())
        total += 1
        exact += got == " ".join(want.split())
        lost += any(" ".join(line.split()) not in got for line in want.split("\n") if line.strip()[:1] not in ("", ">"))
    assert total == 64
    assert exact / total >= 0.9
    assert lost / total <= 0.05


@pytest.mark.parametrize(
    ("html", "want"),
    [
        ("<p>One&nbsp;<b>two</b><br>three</p><p>four</p>", "One two\nthree\n\nfour"),
        ("<ul><li>a</li><li>b</li></ul>", "  - a\n  - b"),
        (f"<p>{'peace ' * 20}</p>", ("peace " * 20).strip()),  # one line: sent as flowed text
        (f"<ul><li>{'peace ' * 14}</li></ul>", f"  - {('peace ' * 12).strip()}\n    peace peace"),
        ("<p>1. one</p><p>- dash</p><p>C:\\-x</p>", "1. one\n\n- dash\n\nC:\\-x"),
        ('<a href="https://example.org/?a=1&amp;b=2">here</a>', "here <https://example.org/?a=1&b=2>"),
        (
            '<a href="mailto:j@example.org">j@example.org</a> <a href="http://example.org/">example.org</a>',
            "j@example.org example.org",
        ),
        ('<a href="javascript:alert(1)">x</a><img src="http://t.example/p.gif">', "x"),
        ("<script>alert(1)</script><style>p{}</style><p>y<!-- z --></p>", "y"),
        ("a < b & c > d &lt;p&gt;", "a < b & c > d <p>"),
        ("<blockquote>q</blockquote><p>a</p>", "> q\n\na"),
        ("<table><tr><td>A</td><td>B</td></tr></table>", "A B"),
        ("<p>مرحبا</p>", "مرحبا"),
        ("<script>never closed", "never closed"),
        ("", ""),
    ],
)
def test_html_becomes_text(html: str, want: str) -> None:
    assert to_text(html) == want


def test_html_quotes_are_cut() -> None:
    gmail = (
        '<div dir="ltr">I agree.</div><div class="gmail_quote"><div class="gmail_attr">'
        "On Mon, 3 Nov 2008 at 10:00, Jane &lt;"
        '<a href="mailto:jane@example.org">jane@example.org</a>&gt; wrote:<br></div>'
        '<blockquote class="gmail_quote">hi</blockquote></div>'
    )
    outlook = "<p>I agree.</p><hr><div id='divRplyFwdMsg'>Kutoka Jane</div><p>hi</p>"
    assert extract(to_text(gmail)).text == "I agree."
    assert extract(to_text(outlook)).text == "I agree."


INDENT = '<blockquote style="margin:0 0 0 40px;border:none;padding:0px">'


@pytest.mark.parametrize(
    ("html", "want"),
    [
        (f"<div>Mine:</div>{INDENT}<div>a</div></blockquote><div>b</div>", "Mine:\n\na\n\nb"),
        (f"<div>Mine:</div>{INDENT}<div>a</div></blockquote>", "Mine:\n\na"),
        ('<blockquote style="margin: 0px 40px 0px 0px; border: none; padding: 0px;">ا</blockquote>', "ا"),
        (f"{INDENT}a<blockquote>q</blockquote>b</blockquote>c", "a\n\n> q\n\nb\n\nc"),
        (f"<blockquote>q{INDENT}r</blockquote>s</blockquote>t", "> q\n> r\n> s\n\nt"),
        ('<blockquote style="margin:0 0 0 40px;border-left:1px solid">q</blockquote>', "> q"),
        ('<blockquote class="gmail_quote" style="margin:0px 0px 0px 0.8ex">q</blockquote>', "> q"),
    ],
)
def test_what_an_author_only_indents_is_no_quote(html: str, want: str) -> None:
    assert [line for line in to_text(html).split("\n") if line != ">"] == want.split("\n")


@pytest.mark.parametrize(
    "mark",
    [
        "<div id='divRplyFwdMsg'>",
        "<div id=mail-editor-reference-message-container><div style='border-top:1px solid'>",
        '<hr id="zwchr" data-marker="__DIVIDER__"><div>',
        '<hr id="stopSpelling"><div>',
    ],
)
def test_programs_marks_of_a_quote_need_no_language(mark: str) -> None:
    assert extract(to_text(f"<p>Tunalipa.</p>{mark}Kutoka: Jane<br>Kwa: Amani</div><p>Nani?</p>")).text == "Tunalipa."


@pytest.mark.parametrize(
    ("html", "want"),
    [
        ('<p style="display: none">x</p>', True),
        ('<p style="font-size:0">x</p>', True),
        ('<p style="font-size:0.9em">x</p>', False),
    ],
)
def test_hidden_text_is_noticed(html: str, want: bool) -> None:
    assert has_hidden_text(html) is want

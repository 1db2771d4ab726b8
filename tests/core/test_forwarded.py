"""Whose mail it is that somebody passes on, as mail programs say it."""

from __future__ import annotations

import pytest

from listserv.core.mail.forwarded import original
from listserv.core.mail.inmail import read

OTHERS = {"mod@example.org", "nap-join@talk.example", "nap@talk.example"}


def mail(body: str, kind: str = "text/plain; charset=utf-8") -> bytes:
    return f"From: mod@example.org\nTo: nap-join@talk.example\nContent-Type: {kind}\n\n{body}".encode()


TEXT = "Dear Mo, may I take part? I am from Senegal."
FORMS = {
    "gmail": f"""approve

---------- Forwarded message ---------
From: Awa Diop <awa@example.sn>
Date: Mon, Nov 3, 2008 at 10:00 AM
Subject: Taking part
To: Mo <mod@example.org>


{TEXT}
""",
    "outlook": f"""approve

From: Awa Diop <awa@example.sn>
Sent: Monday, November 3, 2008 10:00 AM
To: Mo <mod@example.org>
Subject: Taking part

{TEXT}
""",
    "outlook, old": f"""approve

-----Original Message-----
From: Awa Diop [mailto:awa@example.sn]
Sent: Monday, November 3, 2008 10:00 AM
To: Mo
Subject: Taking part

{TEXT}
""",
    "apple": f"""approve

Begin forwarded message:

> From: "Awa Diop" <awa@example.sn>
> Subject: Taking part
> Date: 3 November 2008 at 10:00:00 GMT
> To: Mo <mod@example.org>
>
> {TEXT}
""",
    "thunderbird": f"""approve

-------- Forwarded Message --------
Subject: 	Taking part
Date: 	Mon, 3 Nov 2008 10:00:00 +0000
From: 	Awa Diop <awa@example.sn>
To: 	Mo <mod@example.org>



{TEXT}
""",
    "french": f"""approve

---------- Message transféré ---------
De : Awa Diop <awa@example.sn>
Date: lun. 3 nov. 2008 à 10:00
Objet : Participation
À : Mo <mod@example.org>

{TEXT}
""",
    "spanish": f"""approve

De: Awa Diop <awa@example.sn>
Enviado el: lunes, 3 de noviembre de 2008 10:00
Para: Mo
Asunto: Participar

{TEXT}
""",
    "arabic": f"""approve

من: Awa Diop <awa@example.sn>
التاريخ: 3 نوفمبر 2008
الموضوع: مشاركة
إلى: <mod@example.org>

{TEXT}
""",
    "russian": f"""approve

От: Awa Diop <awa@example.sn>
Дата: 3 ноября 2008
Тема: участие
Кому: mod@example.org

{TEXT}
""",
    "chinese": f"""approve

发件人: Awa Diop <awa@example.sn>
发送时间: 2008年11月3日 10:00
收件人: Mo
主题: 参加

{TEXT}
""",
    "bold": f"""approve

*From:* Awa Diop <awa@example.sn>
*Sent:* Monday
*To:* Mo <mod@example.org>
*Subject:* Taking part

{TEXT}
""",
    "passed on twice": f"""approve

From: Mo <mod@example.org>
Sent: Tuesday
To: Mo
Subject: Fwd: Taking part

From: Awa Diop <awa@example.sn>
Sent: Monday
To: Mo
Subject: Taking part

{TEXT}
""",
}


@pytest.mark.parametrize("form", FORMS)
def test_in_the_text(form: str) -> None:
    found = original(read(mail(FORMS[form])), OTHERS)
    assert found is not None
    assert (found.author.name, found.author.address) == ("Awa Diop", "awa@example.sn")
    assert found.text == TEXT
    assert found.comment.split()[:1] == ["approve"]


def test_attached() -> None:
    inner = f"From: Awa Diop <awa@example.sn>\nTo: mod@example.org\nSubject: May I?\n\n{TEXT}\n"
    body = f"--b\nContent-Type: text/plain\n\napprove\n--b\nContent-Type: message/rfc822\n\n{inner}\n--b--\n"
    found = original(read(mail(body, 'multipart/mixed; boundary="b"')), OTHERS)
    assert found is not None
    assert (found.author.address, found.text, found.comment) == ("awa@example.sn", TEXT, "approve")


def test_in_html() -> None:
    html = (
        "<p>approve</p><div><b>From:</b> Awa Diop &lt;awa@example.sn&gt;<br><b>Sent:</b> Monday<br><b>To:</b> Mo<br>"
        f"<b>Subject:</b> Taking part</div><p>{TEXT}</p>"
    )
    found = original(read(mail(html, "text/html; charset=utf-8")), OTHERS)
    assert found is not None
    assert (found.author.address, found.text) == ("awa@example.sn", TEXT)


@pytest.mark.parametrize(
    "body",
    [
        "",
        "I would like to take part.",
        "From: Awa Diop\nSent: Monday\nTo: Mo\nSubject: x\n\nhello",  # a colleague's, by name only
        "From: Mo <mod@example.org>\nSent: Monday\nTo: Awa <awa@example.sn>\n\nhello",  # one's own
        "Country: Senegal\nName: awa@example.sn\n",
        "From: awa@example.sn\n\nno block",
    ],
)
def test_nobody(body: str) -> None:
    assert original(read(mail(body)), OTHERS) is None


def test_answered_instead_of_passed_on() -> None:
    body = f"approve\n\nOn Mon, 3 Nov 2008 at 10:00, Awa Diop <awa@example.sn> wrote:\n\n> {TEXT}\n"
    found = original(read(mail(body)), OTHERS)
    assert found is not None
    assert (found.author.address, found.text) == ("awa@example.sn", TEXT)

"""Which mail is a machine's and which a human's, by mails as they come (RFC 3834; mail.md 5.4, 5.5).

Marked ones are sure. Without any mark only what no human writes is taken for a machine's; what a human might have
written goes to the moderators, who read it.
"""

from __future__ import annotations

from pathlib import Path

import pytest

from listserv.core.mail.automatic import Automatic
from listserv.core.mail.inmail import read

SHARED = Path(__file__).parents[3] / "shared" / "corpus"


def judged(subject: str, text: str = "Hello.", **headers: str) -> Automatic | None:
    head = "".join(f"{name.replace('_', '-')}: {value}\n" for name, value in headers.items())
    plain = "Content-Type: text/plain; charset=utf-8\n"
    return read(f"From: Jane <jane@example.org>\nSubject: {subject}\n{plain}{head}\n{text}\n".encode()).automatic


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("Auto_Submitted", "auto-replied"),
        ("Auto_Submitted", "auto-generated; owner-email=x"),
        ("Auto_Submitted", "auto-notified"),
        ("Precedence", "auto_reply"),
        ("Precedence", "junk"),
        ("X_Autoreply", "yes"),
        ("X_Autorespond", "x"),
        ("X_Auto_Response_Suppress", "All"),
        ("X_Vacation", "yes"),
        ("Return_Path", "<>"),
    ],
)
def test_marked(name: str, value: str) -> None:
    assert judged("Re: Plans", **{name: value}) is Automatic.REPLY


@pytest.mark.parametrize(
    ("subject", "text"),
    [
        ("Automatic reply: Plans", "I am away."),
        ("Out of Office AutoReply: Plans", ""),
        ("Out of office", "I am out of the office until Monday."),
        ("Réponse automatique : Plans", ""),
        ("Absent du bureau", "Je suis actuellement absente jusqu'au 10 novembre."),
        ("Respuesta automática: Plans", ""),
        ("Fuera de la oficina", "Estaré fuera de la oficina hasta el lunes."),
        ("رد تلقائي: خطة", ""),
        ("خارج المكتب", "أنا حاليا خارج المكتب"),
        ("Автоответ: план", ""),
        ("В отпуске", "Я нахожусь в отпуске до понедельника."),
        ("Abwesenheitsnotiz: Plans", ""),
        ("自动回复: Plans", ""),
    ],
)
def test_without_any_mark_by_subject_and_words(subject: str, text: str) -> None:
    assert judged(subject, text, In_Reply_To="<a@talk.example>") is Automatic.REPLY


@pytest.mark.parametrize(
    ("subject", "text", "want"),
    [
        ("問題", "Your mail did not reach:\n\n  user@host.example\n\n550 user unknown", Automatic.BOUNCE),
        ("Plans", "I am away. For delivery to our office, call Bob.", Automatic.REPLY),
        ("Automatic reply: Plans", "Your mail could not be delivered to me:\n\n  bob@host.example", Automatic.REPLY),
        ("Plans", "Hello.", Automatic.REPLY),
    ],
)
@pytest.mark.parametrize("path", ["<>", "<MAILER-DAEMON>", "<MAILER-DAEMON@mx.example>"])
def test_with_the_null_sender_the_words_tell_a_bounce_from_an_answer(
    subject: str, text: str, want: Automatic, path: str
) -> None:
    assert judged(subject, text, Return_Path=path) is want


HUMAN = [
    ("Re: Plans", "I am out of the office next week, but let me say this first: the plan needs money."),
    ("Re: Plans", "I will be on mission in Juba until Friday and write more then. Three points for now: ..."),
    ("Out of office politics", "Women leave office early."),
    ("On leave policies for peacekeepers", "Parental leave matters."),
    ("Absence of data", "We have received your question on data with interest."),
    ("Vacation of the seat", "The seat has been vacant since May."),
    ("Away from home: displaced women", "They are away from home for years."),
    ("Thank you for your message", "And here is our answer to the second question."),
    ("En mission au Mali", "Notre plan y est appliqué depuis un an."),
    ("De vacaciones no: de trabajo", "El plan existe desde 2007."),
    ("Failure to deliver on promises", "Governments could not deliver. Services were not delivered to villages."),
    ("Delivery of services: failure", "Help could not be delivered to the women who need it."),
    ("Fwd: Undelivered Mail Returned to Sender", "Why did I get this? It says: could not be delivered."),
    ("Re: Delivery Status Notification (Failure)", "What does this mean? My mail could not be delivered."),
    ("Undeliverable promises", "A plan that cannot be funded is a promise that could not be kept."),
    ("Do not reply to this with silence", "We need answers."),
]


@pytest.mark.parametrize(("subject", "text"), HUMAN)
def test_a_human(subject: str, text: str) -> None:
    assert judged(subject, text) is None


@pytest.mark.parametrize("subject", ["Plans", "Re: [nap 1] Plans", "Re: on leave and absence", "Delivery of services"])
@pytest.mark.skipif(not SHARED.is_dir(), reason="the shared corpus is not beside this tree")
def test_of_humans_mails_fewer_than_one_in_a_hundred_is_taken_for_a_machines(subject: str) -> None:
    texts = [path.read_bytes().decode("utf-8", "replace") for path in SHARED.glob("reply-trimming/emails/*.txt")]
    taken = [text[:80] for text in texts if judged(subject, text) is not None]
    assert len(texts) >= 50
    assert len(taken) <= len(texts) / 100, taken

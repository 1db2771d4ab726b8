"""What we answer by ourselves, and what never (RFC 3834; mail.md 5.4 to 5.7): read from the mails as rendered."""

from __future__ import annotations

from collections import Counter

import pytest

from listserv.steps import deliver
from tests.house import HERE, House, mail

STRANGER = "eve@elsewhere.example"
REQUEST, HELP, JOIN, LEAVE = (f"nap-{one}@talk.example" for one in ("request", "help", "join", "leave"))
ANSWERED = [  # to, subject, text, kind of the answer
    (HERE, "Plans", "Our secret plan.", "stranger"),
    (HELP, "Plans", "Our secret plan.", "help"),
    (REQUEST, "something", "Our secret plan.", "help"),
    (JOIN, "Plans", "Our secret plan.", "join_confirm"),
    (LEAVE, "Plans", "Our secret plan.", "not_here"),
]


def take(house: House, to: str, sender: str = STRANGER, **headers: str) -> None:
    subject = headers.pop("Subject", "Plans")
    content = mail("Our secret plan.", author=f"Eve <{STRANGER}>", subject=subject, headers=headers)
    house.take(content, to, sender=sender)


@pytest.mark.parametrize(("to", "subject", "text", "kind"), ANSWERED)
def test_an_answer_says_what_it_is(house: House, to: str, subject: str, text: str, kind: str) -> None:
    content = mail(text, author=f"Eve <{STRANGER}>", subject=subject, message_id="<eve1@elsewhere.example>")
    house.take(content, to, sender=STRANGER)
    (answer,) = house.sent(to=STRANGER)
    assert answer.kind == kind
    assert answer.mail["Auto-Submitted"] == "auto-replied"  # RFC 3834 §5
    assert answer.mail["X-Auto-Response-Suppress"] == "All"
    assert answer.mail["In-Reply-To"] == "<eve1@elsewhere.example>"  # RFC 3834 §3.1.5
    assert answer.mail["References"] == "<eve1@elsewhere.example>"
    assert STRANGER in answer.mail["To"]
    assert answer.mail["Precedence"] is None
    assert "secret" not in answer.mail.as_string()  # nothing is quoted to an address that may be a victim's
    assert "Plans" not in answer.subject
    copies = deliver.claim(house.session, house.now, house.site, deliver.Renderings(), 1000)
    assert [copy.sender for copy in copies if copy.recipient == STRANGER] == [""]  # RFC 3834 §3.3


NEVER = [  # envelope sender, headers
    ("", {}),
    (STRANGER, {"Return-Path": "<>", "Auto-Submitted": "auto-generated"}),
    (STRANGER, {"Auto-Submitted": "auto-replied (vacation)"}),
    (STRANGER, {"Precedence": "junk"}),
    (STRANGER, {"Precedence": "bulk"}),
    (STRANGER, {"Precedence": "list"}),
    (STRANGER, {"Precedence": "auto_reply"}),
    (STRANGER, {"List-Id": "A list <a.lists.example>"}),
    (STRANGER, {"X-Autoreply": "yes"}),
    (STRANGER, {"X-Auto-Response-Suppress": "All"}),
    (STRANGER, {"Subject": "Automatic reply: Plans"}),
    (STRANGER, {"Subject": "Réponse automatique : Plans"}),
    (STRANGER, {"Subject": "Automatic reply systems in clinics"}),  # a guess by its words alone
    (STRANGER, {"Subject": "رد تلقائي: خطة"}),
]


@pytest.mark.parametrize(("sender", "headers"), NEVER)
def test_never_answered(house: House, sender: str, headers: dict[str, str]) -> None:
    for to in (HERE, HELP, REQUEST, JOIN, LEAVE):
        take(house, to, sender, **headers)
    assert house.sent(to=STRANGER) == []
    assert {row["state"] for row in house.rows("inbox")} == {"done"}


def test_but_what_comes_through_a_list_still_waits_for_a_moderator(house: House) -> None:
    for headers in ({"Precedence": "bulk"}, {"List-Id": "A list <a.lists.example>"}):
        take(house, HERE, **headers)
    assert [row["state"] for row in house.rows("contribution")] == ["held", "held"]


def test_a_day_of_forged_mail_is_one_answer_of_a_kind(house: House) -> None:
    """500 mails in one victim's name, to every address we have: at most one answer of each kind."""
    for n in range(500):
        to = (HERE, HELP, REQUEST, JOIN, LEAVE)[n % 5]
        house.receive(mail(f"Text {n}", author=f"Eve <{STRANGER}>", subject=f"Plans {n}"), to, sender=STRANGER)
    house.work()
    answers = Counter(one.kind for one in house.sent(to=STRANGER))
    assert set(answers.values()) == {1}
    assert set(answers) <= {"stranger", "help", "join_confirm", "not_here"}


def test_hundreds_of_wishes_to_join_for_one_victim_are_one_mail(house: House) -> None:
    for n in range(500):
        written = f"{'Eve' if n % 2 else 'X'} <{STRANGER.upper() if n % 3 else STRANGER}>"
        house.receive(mail("join", author=written, subject="join"), JOIN, sender=STRANGER)
    house.work()
    assert [one.kind for one in house.sent() if "elsewhere" in one.to.lower()] == ["join_confirm"]

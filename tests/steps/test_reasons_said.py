"""Why something waits, said to moderators in the dialogue's language, also after it lay in the database."""

from __future__ import annotations

import pytest
import sqlalchemy as sa

from listserv.core.mail.authentication import by_results
from listserv.steps import intake, notify
from listserv.steps.intake import Reading
from tests.house import HERE, House, mail

OURS = "mx.dialogue.example.org"


def notice(house: House, content: bytes, kind: str = "held_notice") -> str:
    """What the moderators are told of a mail, on one line."""
    house.receive(content, HERE if kind == "held_notice" else HERE.replace("nap", "nap-help"))
    reading = Reading(prove=lambda raw, read, protocol: by_results(read.authentication_results, OURS, "a@example.net"))
    intake.intake(house.session, house.now, house.site, 10, reading)
    notify.notify(house.session, house.now, house.site)
    return " ".join(house.sent(kind)[-1].text.split())


@pytest.mark.parametrize(
    ("language", "said"),
    [
        (
            "fr",
            [
                "Elle vient peut-être de quelqu'un d'autre que anna@example.net. Notre serveur de courriel n'a pas "
                "vérifié d'où elle vient.",
                "700 mots ; le dialogue en demande au plus 600.",
                "Elle est passée par une autre liste de diffusion : gender.example.",
                "Chaque contribution est lue avant d'être envoyée.",
            ],
        ),
        (
            "es",
            [
                "Puede venir de otra persona que anna@example.net. Nuestro servidor de correo no ha verificado de "
                "dónde viene.",
                "700 palabras; el diálogo pide como máximo 600.",
                "Llegó a través de otra lista de correo: gender.example.",
            ],
        ),
        ("en", ["It may come from somebody else than anna@example.net. Our mail host has not checked", "700 words;"]),
    ],
)
def test_each_in_the_language_of_the_dialogue(house: House, language: str, said: list[str]) -> None:
    house.policy(language=language, word_limit=600)
    text = notice(house, mail("word " * 700, headers={"List-Id": "<gender.example>"}))
    for sentence in said:
        assert sentence in text
    assert ("It may" in text) is (language == "en")
    english = [why for _, why in house.contribution(1)["reasons"]]
    assert english[0].startswith("It may come from somebody else"), "the record, and the command line"


def test_a_row_from_before_is_said_as_it_stands(house: House) -> None:
    house.policy(language="fr")
    row = house.contribute()
    old = '[["first contribution", "It is the author\'s first contribution."], ["x", "700 words; 18 % too many"]]'
    house.session.write(lambda c: c.execute(sa.text("UPDATE contribution SET reasons = :old"), {"old": old}) and None)
    assert house.contribution(row["id"])["reasons"][1] == ["x", "700 words; 18 % too many"]


def test_nothing_is_said_of_an_author_who_cannot_be_told_but_that(house: House) -> None:
    house.receive(mail(author="Anna <anna@example.net>, Eve <eve@evil.example>"), HERE)
    house.work()
    said = dict(house.contribution(1)["reasons"])
    assert "not a participant" not in said
    assert said["unclear author"] == "It cannot be told who wrote it: From is not exactly one plain address."
    assert said["unreadable"] == "From is: Anna <anna@example.net>, Eve <eve@evil.example>"


def test_a_warning_to_the_moderators_too(house: House) -> None:
    house.policy(language="fr")
    text = notice(house, mail("au secours", author="Zoe <zoe@elsewhere.example>"), "owner")
    assert "Notre serveur de courriel n'a pas vérifié d'où elle vient." in text
    assert "Envoyé à : nap-help@" in text


def test_subjects_of_letters_bear_our_tag_once(house: House) -> None:
    house.contribute(subject="Re: [nap 1] Plans")
    assert house.sent("receipt")[-1].subject == "[nap] Received: Plans"
    assert house.sent("held_notice")[-1].subject == "[nap] Waiting for you: 1, Plans"

"""What a mail to a service address asks for."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from listserv.core.dialogue.commands import Ask, Command, alone, answer, leaves, parse
from listserv.core.dialogue.model import DeliveryMode
from listserv.core.dialogue.words import PHRASES, VOCABULARY


def asked(command: Command) -> str:
    return f"{command.ask} {command.mode}" if command.mode else str(command.ask)


@pytest.mark.parametrize("role", ["join", "leave", "help", "owner"])
@pytest.mark.parametrize(("subject", "text"), [("", ""), ("unsubscribe", "help"), ("Re: [nap1325 1] Plans", "> join")])
def test_these_addresses_say_it_whatever_the_mail_says(role: str, subject: str, text: str) -> None:
    assert parse(role, subject, text) == Command(Ask(role))


def test_other_addresses_take_no_commands() -> None:
    with pytest.raises(ValueError, match="-bounces@"):
        parse("bounces", "", "join")


@pytest.mark.parametrize(
    ("subject", "text", "expected"),
    [
        # the text's first line, else the subject
        ("", "subscribe", "join"),
        ("subscribe", "", "join"),
        ("help", "unsubscribe", "leave"),
        ("Re: unsubscribe", "", "leave"),
        ("RE: Fwd: [Fwd: help]", "\n \n", "help"),
        ("help", "I cannot find the address to write to.", "help"),
        ("", "\n\n  SUBSCRIBE.  \n\nJane Doe\nMinistry of Women", "join"),
        ("", "Dear moderator,\nplease unsubscribe me", "leave"),
        ("unsubscribe", "Hello,\n\n", "leave"),
        ("", "unsubscribe nap1325", "leave"),
        ("", "unsubscribe jane.doe@example.org please", "leave"),
        ("", "Remove me from your mailing list", "leave"),
        ("", "Please take me off this list", "leave"),
        ("", "I wish to be removed from the list", "leave"),
        ("", "I need help", "help"),
        ("", "stop sending reminders", "no reminders"),
        ("", "Please subscribe me to nap1325", "join"),
        ("", "?", "help"),
        ("", "", "help"),
        ("Re:", "-- \nJane", "help"),
        # delivery
        ("", "pause", "pause"),
        ("", "pause until 20 November", "pause"),
        ("", "Please pause until Thursday the 20th of November 2008, thank you", "pause"),
        ("", "pause my mail until 2008-11-20", "pause"),
        ("pause until 2008-11-20", "", "pause"),
        ("", "pause jusqu'au jeudi 20 novembre 2008 svp", "pause"),
        ("", "suspender hasta el jueves 20 de noviembre de 2008", "pause"),
        ("", "The ministry will pause until 20 November, so we wait", "unknown"),
        ("", "missed", "missed"),
        ("", "Send what I missed, please", "missed"),
        ("", "contributions manquées", "missed"),
        ("", "lo que me perdí", "missed"),
        ("", "resume", "resume"),
        ("", "Please resume", "resume"),
        ("resume", "", "resume"),
        ("", "every contribution", "delivery each"),
        ("", "set delivery each", "delivery each"),
        ("", "round-ups only", "delivery roundup"),
        ("Round-ups only, please", "", "delivery roundup"),
        ("", "set mail roundup", "delivery roundup"),
        ("", "digest", "delivery roundup"),
        ("", "daily", "delivery daily"),
        ("", "Daily, please", "delivery daily"),
        ("", "quotidien", "delivery daily"),
        ("", "une fois par jour", "delivery daily"),
        ("", "diario", "delivery daily"),
        ("", "una vez al día", "delivery daily"),
        ("", "ежедневно", "delivery daily"),
        ("", "no mail", "delivery none"),
        ("", "set delivery none", "delivery none"),
        # French
        ("", "s’inscrire", "join"),
        ("", "Je voudrais m'inscrire, merci", "join"),
        ("Inscription", "", "join"),
        ("", "Désinscription", "leave"),
        ("", "me DESINSCRIRE svp", "leave"),
        ("", "Merci de me retirer de la liste", "leave"),
        ("", "aide", "help"),
        ("", "Bonjour Madame,\nsynthèses seulement", "delivery roundup"),
        ("", "toutes les contributions", "delivery each"),
        ("", "suspendre", "pause"),
        ("", "résumé", "delivery roundup"),
        ("", "RÉSUMÉ svp", "delivery roundup"),
        ("", "re\u0301sume\u0301", "delivery roundup"),  # the same, its accents written apart
        ("", "reprendre", "resume"),
        # Spanish
        ("", "inscribirme", "join"),
        ("", "Quiero darme de baja", "leave"),
        ("", "Por favor, denme de baja", "leave"),
        ("Baja", "", "leave"),
        ("", "ayuda", "help"),
        ("", "Solo resúmenes", "delivery roundup"),
        ("", "sin correo", "delivery none"),
        # Arabic, with and without points
        ("", "اشتراك", "join"),
        ("", "إلغاء الاشتراك", "leave"),
        ("", "الغاء الاشتراك", "leave"),
        ("", "مساعدة", "help"),
        ("", "الملخصات فقط", "delivery roundup"),
        # Russian
        ("", "подписаться", "join"),
        ("", "Отписаться", "leave"),
        ("", "Прошу отписать меня", "leave"),
        ("", "помощь", "help"),
        ("", "только обзоры", "delivery roundup"),
        ("", "без писем", "delivery none"),
        # not understood: for a person to read
        ("", "Could you tell me who moderates module 2?", "unknown"),
        ("Question", "> unsubscribe", "unknown"),
        ("Question", "On 3 Nov 2008, Jane wrote:\n> unsubscribe", "unknown"),
        ("Question", "Who are you?\nunsubscribe", "unknown"),
        ("", "Leave the plan as it is and talk to the ministry", "unknown"),
        ("", "yes", "unknown"),
        ("", "no", "unknown"),
        # a further address needs one, and only one
        ("", "address", "unknown"),
        ("", "address one@example.org two@example.org", "unknown"),
        ("", "My address is Main Street 1", "unknown"),
        ("address jane@example.org", "address", "unknown"),
        ("Welcome to the dialogue", "", "unknown"),
    ],
)
def test_a_request(subject: str, text: str, expected: str) -> None:
    assert asked(parse("request", subject, text)) == expected


@pytest.mark.parametrize(
    "line",
    [
        "address jane@home.example",
        "ADDRESS: <jane@home.example>.",
        "Please add my address jane@home.example",
        "address jane@home.example<mailto:jane@home.example>",
        "link jane@home.example thank you",
        "adresse jane@home.example",
        "Merci, ajouter mon adresse jane@home.example",
        "nueva dirección jane@home.example",
        "عنوان jane@home.example",
        "Мой адрес jane@home.example",
    ],
)
def test_a_further_address(line: str) -> None:
    for command in (parse("request", "", f"{line}\n\nJane"), parse("request", line, "")):
        assert (command.ask, command.address) == (Ask.ADDRESS, "jane@home.example")


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        # an answer without words of its own
        ("", "confirm"),
        ("\n\n", "confirm"),
        ("> Please answer this mail.", "confirm"),
        ("On 3 Nov 2008 at 09:00, the dialogue wrote:\n> Please answer this mail.", "confirm"),
        ("Le 3 novembre 2008, le dialogue\n<nap1325@example.org> a écrit :\n> Merci de répondre", "confirm"),
        ("-----Original Message-----\nFrom: nap1325", "confirm"),
        ("________________________________\nDe : nap1325", "confirm"),
        ("-- \nJane Doe", "confirm"),
        # yes
        ("OK", "confirm"),
        ("Yes, I would like to take part. Jane Doe", "confirm"),
        ("Dear moderator,\n\nI confirm my participation.", "confirm"),
        ("Oui, je confirme", "confirm"),
        ("Sí.", "confirm"),
        ("نعم", "confirm"),
        ("Да, подтверждаю", "confirm"),
        # no
        ("No", "decline"),
        ("no, I did not ask for this", "decline"),
        ("Non merci", "decline"),
        ("لا", "decline"),
        ("Нет", "decline"),
        ("unsubscribe", "decline"),
        ("Please remove me", "decline"),
        # who knows: nobody is made a participant by a mail that does not say yes
        ("Who are you?", "unknown"),
        ("No problem, I confirm", "unknown"),
        ("OK, but remove me", "unknown"),
        ("I am out of the office until Monday.", "unknown"),
        # a yes that is denied or asked for is none
        ("I do not confirm", "unknown"),
        ("I don't want to take part", "unknown"),
        ("I can't join this time", "unknown"),
        ("Please do not confirm this.", "unknown"),
        ("I neither confirm nor accept", "unknown"),
        ("Who are you? I never asked for this. Is it ok?", "unknown"),
        ("Can I join?", "unknown"),
        ("Yes or no?", "unknown"),
        ("Je ne souhaite pas participer", "unknown"),
        ("je confirme pas", "unknown"),
        ("No deseo participar", "unknown"),
        ("Nunca confirmo", "unknown"),
        ("не подтверждаю", "unknown"),
        ("لن أؤكد", "unknown"),
        ("Ok, I do not want to join", "unknown"),
        ("No, I do not want to join.", "decline"),
        ("не согласен", "decline"),
        ("Yes. Why was I not asked before?", "confirm"),
        ("Yes, I cannot come on Monday", "confirm"),
        ("Sure", "confirm"),
        ("我确认", "confirm"),
    ],
)
def test_an_answer_to_the_question_whether_to_take_part(text: str, expected: str) -> None:
    assert asked(parse("confirm", "Re: Please confirm", text)) == expected


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("", "confirm"),
        ("yes", "confirm"),
        ("unsubscribe", "confirm"),
        ("Yes, remove me", "confirm"),
        ("Désinscription", "confirm"),
        ("退订", "confirm"),
        ("No", "decline"),
        ("I do not want to leave", "unknown"),
        ("Please do not remove me", "unknown"),
        ("No, unsubscribe", "unknown"),
        ("Who asked for this?", "unknown"),
    ],
)
def test_an_answer_to_the_question_whether_to_leave(text: str, expected: str) -> None:
    assert asked(answer(text, leaving=True)) == expected


@pytest.mark.parametrize(
    ("line", "expected"),
    [
        ("I'd like to unsubscribe", "leave"),
        ("I no longer wish to receive these emails.", "leave"),
        ("Stop sending me these mails", "leave"),
        ("Je ne souhaite plus recevoir vos messages", "leave"),
        ("Désabonnez-moi, s'il vous plaît", "leave"),
        ("No quiero recibir más correos", "leave"),
        ("Por favor, elimínenme de la lista", "leave"),
        ("احذفوني من القائمة", "leave"),
        ("Больше не хочу получать письма", "leave"),
        ("Уберите меня из рассылки", "leave"),
        ("我不想再收到邮件", "leave"),
        ("退出讨论", "leave"),
        ("I would like to be added to the mailing list", "join"),
        ("Je veux participer", "join"),
        ("أريد التسجيل", "join"),
        ("зарегистрируйте меня", "join"),
        ("More information, please", "help"),
        ("J'ai besoin d'aide", "help"),
        ("мне нужна помощь", "help"),
        ("أحتاج مساعدة", "help"),
        ("我需要帮助", "help"),
        # who asks how, says not, or says more is read by a person
        ("Could you please take me off the list?", "unknown"),
        ("Do not unsubscribe me", "unknown"),
        ("Ne me désinscrivez pas", "unknown"),
        ("No quiero darme de baja", "unknown"),
        ("Не отписывайте меня", "unknown"),
        ("لا أريد إلغاء الاشتراك", "unknown"),
        ("不要退订", "unknown"),
        ("Remove us from the list of speakers", "unknown"),
        ("Unsubscribe me. But tell me first who reads this.", "unknown"),
    ],
)
def test_a_sentence_to_the_office(line: str, expected: str) -> None:
    """In the text, or as the subject of a mail without one."""
    assert asked(parse("request", "", f"{line}\n\nJane Doe")) == expected
    assert asked(parse("request", line, "")) == expected


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("leave", True),
        ("Please unsubscribe me, thanks\n\nAwa\nMinistry of Gender", True),
        ("Je ne souhaite plus recevoir vos messages.", True),
        ("退订", True),
        ("Stop the violence now", False),
        ("Leave no one behind!", False),
        ("Cancel culture is no plan", False),
        ("Yes, it reached me. How do I leave later?", False),
        ("", False),
    ],
)
def test_who_leaves_at_once_says_nothing_else(text: str, expected: bool) -> None:
    assert leaves(text) is expected


def test_what_was_read_is_kept_as_it_was_written() -> None:
    assert parse("request", "", "  Désinscription !  ") == Command(Ask.LEAVE, None, "Désinscription !")
    assert parse("request", "", "round-ups only").mode is DeliveryMode.ROUNDUP


@given(st.sampled_from(["request", "confirm", "join"]), st.text(max_size=300), st.text(max_size=300))
def test_any_text_is_read(role: str, subject: str, text: str) -> None:
    command = parse(role, subject, text)
    assert (command.mode is not None) == (command.ask is Ask.DELIVERY)


@given(st.sampled_from(["unsubscribe", "leave", "yes", "join"]), st.sampled_from(["> ", ">", "| "]))
def test_a_quoted_word_is_no_command(word: str, mark: str) -> None:
    assert parse("request", "Hello there everyone", f"{mark}{word}").ask is Ask.UNKNOWN


def test_no_phrase_asks_for_two_things() -> None:
    wishes = [(phrase, verb) for verb, phrases in PHRASES.items() for phrase in phrases]
    assert len(set(wishes)) == len(VOCABULARY)


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("all", "delivery each"),
        ("each", "delivery each"),
        ("Daily.", "delivery daily"),
        ("DAILY!\n", "delivery daily"),
        ("roundup", "delivery roundup"),
        ("none", "delivery none"),
        ("pause", "pause"),
        ("pause until 10 Nov", "pause"),
        ("Pause until Monday the 10th of November 2008, please", "pause"),
        ("continue", "resume"),
        ("stop", "leave"),
        ("unsubscribe", "leave"),
        ("missed", "missed"),
        # French, Spanish
        ("tout", "delivery each"),
        ("quotidien", "delivery daily"),
        ("synthèse", "delivery roundup"),
        ("résumé", "delivery roundup"),
        ("suspendre jusqu'au 10 novembre", "pause"),
        ("reprendre", "resume"),
        ("arrêter", "leave"),
        ("todo", "delivery each"),
        ("diario", "delivery daily"),
        ("resumen", "delivery roundup"),
        ("pausa hasta el 10 de noviembre", "pause"),
        ("baja", "leave"),
        # with what is polite, and the author's name
        ("daily please", "delivery daily"),
        ("Please: daily", "delivery daily"),
        ("quotidien, s'il vous plaît", "delivery daily"),
        ("All, thank you.", "delivery each"),
        ("daily\n\nThank you\nAnna Schmidt", "delivery daily"),
        ("daily\nBest regards, Anna", "delivery daily"),
        ("quotidien, merci\nCordialement\nAnna", "delivery daily"),
        ("daily\n\n> Contribution 4\n> We began early.", "delivery daily"),
        # more than that is for people to read
        ("", None),
        ("> daily", None),
        ("I agree.", None),
        ("yes", None),
        ("no", None),
        ("help", None),
        ("how", None),
        ("comment", None),
        ("join", None),
        ("address jane@home.example", None),
        ("daily life in the camps is hard", None),
        ("All of them.", None),
        ("Thank you all.", None),
        ("Thanks all!", None),
        ("All the best", None),
        ("All best, Anna", None),
        ("Thank you", None),
        ("Please stop", "leave"),
        ("Daily\nThe women of the district meet.", None),
        ("daily\nBoris", None),
        ("Stop the violence", None),
        ("stop until 10 Nov", None),
        ("We pause until 10 Nov", None),
        ("set delivery daily", None),
    ],
)
def test_a_command_and_nothing_else(text: str, expected: str | None) -> None:
    command = alone(text, "Anna Schmidt")
    assert (asked(command) if command else None) == expected


@given(st.text(max_size=200), st.text(max_size=30))
def test_nothing_breaks_it(text: str, name: str) -> None:
    assert alone(text, name) is None or text.strip()

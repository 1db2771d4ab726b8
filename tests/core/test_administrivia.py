"""Mail to the dialogue that was meant for its office, and contributions that only sound like it."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from listserv.core.dialogue.commands import looks_like_administrivia

DISCLAIMER = (
    "This message and any attachments are confidential and intended solely for the addressee. If you have received it "
    "in error, please notify the sender and destroy it. Any unauthorised copying or dissemination is prohibited. The "
    "Ministry accepts no liability for damage caused by any virus transmitted by this message."
)

OFFICE = {
    # English
    "bare": ("", "unsubscribe"),
    "in the subject": ("Unsubscribe", ""),
    "in the subject, with a signature": ("Please remove me from this list", "Jane Doe\nMinistry of Women"),
    "please": ("Re: [nap1325 2] Focal points", "Please unsubscribe me.\n\nThanks,\nJane"),
    "me off": ("stop", "Could you please take me off this list?"),
    "remove my name": ("", "Dear moderator,\n\nKindly remove my name from\nthis mailing list.\n\nRegards,\nA. Bah"),
    "remove my address": ("", "Please remove my e-mail address from your distribution list as I am leaving."),
    "wants to": ("Question", "Hello,\n\nI would like to unsubscribe from this dialogue. Thank you."),
    "how": ("", "How do I unsubscribe?"),
    "how can I leave": ("", "Dear all, how can I leave this group?"),
    "to be removed": ("", "I would like to be removed from the mailing list please. Regards, John"),
    "stop sending": ("", "STOP SENDING ME THESE EMAILS!!!"),
    "stop these": ("", "please stop these messages"),
    "no longer": ("", "I no longer wish to receive these e-mails."),
    "do not want": ("", "I don't want to receive any more messages from this group, my mailbox is full."),
    "opt out": ("", "Please opt me out."),
    "leave": ("", "I want to leave the dialogue."),
    "cancel": ("", "Please cancel my subscription."),
    "with a disclaimer": ("", f"Please remove me from this list.\n\nJane Doe\nHead of Unit\n\n{DISCLAIMER}"),
    "with a quote": ("Re: Focal points", "Unsubscribe please\n\n> Our focal points meet\n> every month."),
    "add me": ("", "Please add me to the list."),
    "add a colleague": ("", "Could you please add my colleague Marie (marie@example.org) to the list? Many thanks."),
    "subscribe": ("subscribe", "subscribe"),
    "join": ("Participation", "Dear Sir or Madam,\n\nI would like to join this discussion.\n\nAmina Yusuf, Abuja"),
    "new address": ("", "My e-mail address has changed. Please use my new address: jane@example.org."),
    "change of address": ("Change of address", "Please change my email address to jane@example.net. Thanks, Jane"),
    "address command": ("", "address jane@example.net"),
    "unsubscribe with an address": ("", "unsubscribe jane@example.net"),
    # French
    "fr unsubscribe": ("", "Bonjour,\n\nMerci de me désinscrire.\n\nCordialement,\nAwa Diop"),
    "fr list": ("", "Veuillez retirer mon nom de cette liste de diffusion, s'il vous plaît."),
    "fr no longer": ("", "Je ne souhaite plus recevoir vos messages."),
    "fr remove": ("", "Pourriez-vous me retirer de la liste ?"),
    "fr bare": ("Désinscription", ""),
    "fr join": ("", "Je souhaiterais m'inscrire à ce dialogue. Merci, Paul"),
    "fr address": ("", "Mon adresse électronique a changé, voici la nouvelle : p@example.org"),
    # Spanish
    "es leave": ("", "Por favor, quiero darme de baja de esta lista."),
    "es bare": ("Baja", ""),
    "es no more": ("", "Buenos días:\n\nNo deseo recibir más correos.\n\nGracias"),
    "es remove": ("", "Por favor elimínenme de la lista de correo. Gracias."),
    "es join": ("", "Quisiera inscribirme en este diálogo."),
    "es address": ("", "Mi correo electrónico ha cambiado: ana@example.org"),
    # Arabic
    "ar unsubscribe": ("", "أرجو إلغاء اشتراكي."),
    "ar remove": ("", "من فضلك احذفوا اسمي من القائمة"),
    "ar no more": ("", "لا أرغب في استلام هذه الرسائل، شكرا"),
    "ar join": ("", "أرغب في الانضمام إلى هذا الحوار"),
    # Russian
    "ru unsubscribe": ("", "Пожалуйста, отпишите меня от этой рассылки."),
    "ru remove": ("", "Здравствуйте!\n\nПрошу исключить мой адрес из списка.\n\nС уважением, Анна"),
    "ru no more": ("", "Больше не хочу получать письма."),
    "ru add": ("", "Добавьте меня в список, пожалуйста."),
    # Chinese
    "zh unsubscribe": ("", "您好，\n请退订。\n谢谢\n李娜"),
    "zh remove": ("", "请把我从邮件列表中删除，谢谢。"),
    "zh no more": ("", "请不要再给我发邮件了。"),
    "zh leave": ("", "我想退出对话"),
    "zh join": ("", "如何参加对话？"),
    "zh address": ("", "我的邮箱地址已更改"),
    "zh new address": ("", "请更改我的邮箱地址。"),
}

OFFICE |= {
    f"one word, {word!r}": (subject, word)
    for subject, word in (
        ("Question 2", "help"),
        ("Re: [nap1325 2] Focal points", "leave"),
        ("", "REMOVE"),
        ("Plans", "roundup"),
        ("Plans", "daily"),
        ("Plans", "pause until 10 Nov"),
        ("Plans", "pause jusqu'au 10 novembre"),
        ("Plans", "Round-ups only, please."),
        ("Plans", "Pause\n\n> Our focal points meet\n> every month."),
        ("Plans", "\nResume!\n\n-- \nJane Doe"),
        ("Plans", "résumé"),
        ("Plans", "aide svp"),
        ("Plans", "ayuda"),
        ("Plans", "مساعدة"),
        ("Plans", "Помощь"),
    )
}

CONTRIBUTIONS = {
    "empty": ("", ""),
    "zh about women": ("", "我们应该把妇女纳入对话。这个计划需要预算。"),
    "zh about arms": ("", "不要再发武器。各国应当停止出口。"),
    "zh about a treaty": ("", "我认为退出协议是错误的"),
    "zh about who takes part": ("", "参加对话的国家越来越多"),
    "zh a plan, and a wish at its end": ("", "我们国家的计划已经公布。" + "预算很重要。" * 30 + "请退订。"),
    "a yes": ("Re: Is it needed?", "Yes"),
    "a word that answers": ("Re: Who pays?", "Nothing."),
    "help, with more": ("", "Help from the ministry came late.\n\nLeave was not paid."),
    "a word and what it means": ("", "Resume\n\nThe talks have to resume in May, with women at the table."),
    "a round-up of theirs": ("", "Roundup of what we did in Nepal: three plans, one budget."),
    "about leaving": ("", "Women leave the army because nobody listens to them."),
    "about removing": ("", "We should remove the quota from the draft plan and put it into the law."),
    "removed from office": ("", "They tried to remove me from office after the elections of 2005."),
    "a list of theirs": ("", "Please add Liberia to the list of countries that have a plan."),
    "me on a list of speakers": ("", "Please remove me from the list of speakers on question 2."),
    "joins a thanks": ("", "I would like to join the previous speakers in thanking the organisers."),
    "joins and contributes": (
        "",
        "I would like to join this discussion with an example. In Nepal the ministry met the women's groups of every "
        "district before it drafted the plan, and they were heard again before it went to the cabinet.",
    ),
    "a question on unsubscribing": ("", "It is easy to unsubscribe from the list, as the welcome mail says."),
    "others unsubscribe": (
        "Re: Participation",
        "Many of our members unsubscribe because of the number of messages. Could round-ups be sent in Arabic as well?",
    ),
    "stop violence": ("", "Stop violence against women! That is what our plan has to say first."),
    "stop sending soldiers": ("", "Please stop sending soldiers who were not trained."),
    "no longer wants": ("", "I no longer want to receive excuses from the ministry of defence."),
    "do not receive": ("", "The focal points do not receive any money, and they do not get these reports."),
    "subscribes to a view": ("", "I subscribe to what Marie said about budgets."),
    "registers": ("", "Voters register at the commune. Many women register late."),
    "address of a reader": ("", "If you would like a copy of our plan, my e-mail address is jane@example.org."),
    "addresses an issue": ("", "How can we address this? Please change my mind if you can."),
    "deletes a paragraph": ("", "Please delete my second paragraph: the figure was wrong."),
    "confirm": ("", "I confirm what was said about Uganda."),
    "help": ("", "Please help us find the Norwegian plan."),
    "a quoted request": ("Re: hello", "We had that too.\n\n> Please unsubscribe me from this list."),
    "subject only": ("How to take women off the list of victims", "Sixty words would not do. We need a plan."),
    "reply to a request": ("Re: Please unsubscribe me", "This is my view on question 1: " + "plans need money. " * 10),
    "a long one that ends with it": (
        "Question 2",
        "In Liberia the plan was drafted by the ministry of gender with civil society over two years. " * 4
        + "\n\nPlease remove me from this list.",
    ),
    "fr retire": ("", "Il faut retirer les armes des mains des enfants avant de parler de plans."),
    "fr participer": ("", "Les femmes doivent participer à la discussion des budgets."),
    "fr liste": ("", "Pourriez-vous ajouter le Sénégal à la liste des pays qui ont un plan ?"),
    "fr plus": ("", "Nous ne voulons plus recevoir des promesses sans budget."),
    "es baja": ("", "La tasa de participación es baja en las provincias."),
    "es salir": ("", "Quiero salir de la rutina y proponer otra cosa: un plan con presupuesto."),
    "es lista": ("", "Por favor agreguen a Chile a la lista de países con un plan."),
    "ar": ("", "تشارك النساء في الحوار الوطني منذ سنوات، ولكن القائمة طويلة."),
    "ru": ("", "Женщины хотят участвовать в диалоге и в списке кандидатов."),
    "ru remove": ("", "Нужно удалить из плана пункт о сроках."),
}


@pytest.mark.parametrize("case", OFFICE)
def test_a_mail_for_the_office(case: str) -> None:
    assert looks_like_administrivia(*OFFICE[case])


@pytest.mark.parametrize("case", CONTRIBUTIONS)
def test_a_contribution_is_none(case: str) -> None:
    assert not looks_like_administrivia(*CONTRIBUTIONS[case])


def test_a_request_in_a_long_contribution_is_left_to_its_readers() -> None:
    assert not looks_like_administrivia("", "Please unsubscribe me.\n\n" + "The plan needs a budget of its own. " * 20)


@given(st.text(max_size=600), st.text(max_size=600))
def test_any_text_is_judged(subject: str, text: str) -> None:
    assert looks_like_administrivia(subject, text) in (True, False)


@pytest.mark.timeout(5)
@pytest.mark.parametrize(
    "unit", ["please ", "remove ", "the ", "dear ", "please remove me from the ", "e mail ", "\n", "> ", "de la ", "a."]
)
def test_monotonous_text_takes_no_time(unit: str) -> None:
    text = unit * (1_000_000 // len(unit))
    looks_like_administrivia(text, text)

"""Which mail is a machine's and which a human's, by mails as they come (RFC 3834; mail.md 5.4, 5.5).

Marked ones are sure. Words alone never are: what they tell goes to the moderators, who read it. The mails of
tests/corpus/absence are people's and programs', none with a mark.
"""

from __future__ import annotations

from pathlib import Path

import pytest

from listserv.core.mail.absence import mostly, plain, speaks, titled
from listserv.core.mail.automatic import GUESSES, Automatic
from listserv.core.mail.inmail import InboundMail, read

SHARED = Path(__file__).parents[3] / "shared" / "corpus"
CORPUS = Path(__file__).parents[1] / "corpus" / "absence"
OURS = "<a@talk.example>"


def written(name: str) -> list[tuple[str, str, str]]:
    """(language, subject, text) of the mails in a file of the corpus."""
    lines = (CORPUS / f"{name}.txt").read_text("utf-8").splitlines()
    found = [line.split(" | ", 2) for line in lines if not line.startswith("#")]
    return [(language, subject, text.replace(r"\n", "\n")) for language, subject, text in found]


HUMANS, MACHINES = written("humans"), written("machines")


def judged(subject: str, text: str = "Hello.", **headers: str) -> Automatic | None:
    return taken(subject, text, **headers).automatic


def taken(subject: str, text: str = "Hello.", sender: str | None = None, **headers: str) -> InboundMail:
    headers = {"From": "Jane <jane@example.org>", "Subject": subject, **headers}
    head = "".join(f"{name.replace('_', '-')}: {value}\n" for name, value in headers.items())
    return read(f"{head}Content-Type: text/plain; charset=utf-8\n\n{text}\n".encode(), sender)


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
        ("X_Vacation", "yes"),
        ("Return_Path", "<>"),
    ],
)
def test_marked(name: str, value: str) -> None:
    assert judged("Re: Plans", **{name: value}) is Automatic.REPLY


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("X_Auto_Response_Suppress", "All"),
        ("X_Auto_Response_Suppress", "DR, OOF, AutoReply"),
        ("X_MS_Exchange_Inbox_Rules_Loop", "secretary@example.org"),
    ],
)
@pytest.mark.parametrize(
    ("subject", "text", "want"),
    [
        ("Re: Plans", "Yes, we need a plan.", Automatic.GUESS),  # through a helpdesk, or passed on by a rule
        ("Re: Plans", "I am out of the office until Monday.", Automatic.REPLY),
        ("Automatic reply: Plans", "Back on Monday.", Automatic.REPLY),
        ("Re: Plans", "I am away until Monday. But fund it: three donors wait for a budget line.", Automatic.GUESS),
    ],
)
def test_a_header_that_humans_mails_bear_too_needs_words_beside_it(
    name: str, value: str, subject: str, text: str, want: Automatic
) -> None:
    assert judged(subject, text, In_Reply_To=OURS, **{name: value}) is want


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
def test_without_any_mark_it_is_for_a_person_to_judge(subject: str, text: str) -> None:
    """A program's title with the subject answered behind it may be a reply, if that is one of ours: see intake."""
    answered = titled(subject)
    want = Automatic.TITLED if answered and answered[1] else Automatic.GUESS
    assert judged(subject, text, In_Reply_To=OURS) is want
    assert judged(subject, text) is Automatic.GUESS


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
    (
        "Re: Plans",
        "I will be on mission in Juba until Friday and write more then. Three points for now: "
        "women have no seat at the table, the plan has no budget, and nobody reports on either.",
    ),
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


class TestByWordsAlone:
    """mail.md 5.5. The tables hold what an audit tried, and what was found beside it."""

    @pytest.mark.parametrize(("language", "subject", "text"), HUMANS)
    @pytest.mark.parametrize("headers", [{}, {"In_Reply_To": OURS}, {"Precedence": "bulk", "References": OURS}])
    def test_no_human_is_taken_for_a_machine(
        self, language: str, subject: str, text: str, headers: dict[str, str]
    ) -> None:
        assert judged(subject, text, **headers) in (None, *GUESSES)

    @pytest.mark.parametrize(("language", "subject", "text"), MACHINES)
    @pytest.mark.parametrize("headers", [{}, {"In_Reply_To": OURS}])
    def test_a_machine_is_held(self, language: str, subject: str, text: str, headers: dict[str, str]) -> None:
        assert judged(subject, text, **headers) in (Automatic.GUESS, Automatic.TITLED)

    def test_the_tables_are_long_and_most_humans_are_not_even_held(self) -> None:
        assert len(HUMANS) >= 180
        assert len(MACHINES) >= 155
        assert {language for language, *_ in HUMANS} == {
            *("en", "fr", "es", "ar", "ru"),
            *("de", "sv", "da", "fi", "cs", "zh", "ja"),
        }
        assert {language for language, *_ in MACHINES} == {
            *("en", "fr", "es", "ar", "ru"),
            *("de", "pt", "it", "nl", "pl", "tr", "sv", "da", "fi", "cs", "ro", "el", "uk", "zh", "ja", "ko", "fa"),
            *("sr", "bg", "et", "lv", "sk", "sl", "sw", "hi", "th"),
        }
        held = [subject for _, subject, text in HUMANS if judged(subject, text, In_Reply_To=OURS)]
        assert len(held) <= 14, held

    def test_the_trimmed_text_counts_not_what_it_quotes(self) -> None:
        quote = "\n\nOn Monday, Boris wrote:\n" + "> We need a plan, and money for it.\n" * 40
        assert judged("Re: Plans", "I am out of the office until Monday." + quote, In_Reply_To=OURS) is Automatic.GUESS
        own = "The law has to come first, and the money with it; of both we have too little in our country."
        assert judged("Re: Plans", own + quote.replace("We need", "I am out of the office"), In_Reply_To=OURS) is None

    def test_a_long_text_is_a_humans(self) -> None:
        away = "I am out of the office until Monday. "
        assert judged("Re: Plans", away * 10, In_Reply_To=OURS) is Automatic.GUESS
        assert judged("Re: Plans", away * 20, In_Reply_To=OURS) is None
        assert not speaks("I am out of the office" + "x" * 10_000)

    def test_half_an_absence_speaks_of_it_and_is_not_mostly_it(self) -> None:
        text = "I am on leave but could not resist answering: the plan needs a budget."
        assert (speaks(text), mostly(text)) == (True, False)

    @pytest.mark.parametrize(
        ("subject", "want"),
        [
            ("Automatic reply: Re: [nap 1] Plans", "Re: [nap 1] Plans"),
            ("Réponse automatique : Plans", "Plans"),
            ("OOO: Plans: two of them", "Plans: two of them"),
            ("自动回复：Plans", "Plans"),
            ("رَدّ آلي: خطة", "خطة"),
            ("Out of Office AutoReply", ""),
            ("Automatic reply systems", ""),
        ],
    )
    def test_a_title_tells_the_subject_answered(self, subject: str, want: str) -> None:
        found = titled(subject)
        assert found is not None
        assert found[1] == want

    @pytest.mark.parametrize("subject", ["Plans", "Re: Automatic reply: Plans", "", "Autonomy: a reply"])
    def test_no_title(self, subject: str) -> None:
        assert titled(subject) is None

    def test_letters_that_look_alike_are_alike(self) -> None:
        assert plain("أنا آتٍ’s ﬁne") == "انا ات's fine"


BOUNCED = "Your mail could not be delivered:\n\n  user@host.example\n\n550 user unknown"


class TestBouncesWithoutAReport:
    """Only the address tells, and only beside the null sender or a report's structure."""

    @pytest.mark.parametrize(
        "author",
        [
            "Postmaster Anna <anna@example.net>",
            "Bounce Ndiaye <bounce.ndiaye@example.net>",
            '"Mailer-Daemon Anna" <anna@example.net>',
            '"postmaster@example.org" <anna@example.net>',
            "anna@example.net (Mail Delivery System)",
            "Bounces <bounces@example.net>",
            "Anna <postmaster@example.net>",
        ],
    )
    def test_no_name_makes_a_machine(self, author: str) -> None:
        assert taken("Plans", "We need a plan.", "anna@example.net", From=author).automatic is None
        assert judged("Plans", "We need a plan.", From=author) is None

    @pytest.mark.parametrize("subject", ["Undelivered: the promise of 1325", "Mail delivery problems in my country"])
    @pytest.mark.parametrize("author", ["Anna <anna@example.net>", "Postmaster Anna <anna@example.net>"])
    def test_a_subject_alone_neither(self, subject: str, author: str) -> None:
        text = "It could not be delivered to the people it was made for."
        assert taken(subject, text, "anna@example.net", From=author).automatic is None

    @pytest.mark.parametrize(
        "author", ["MAILER-DAEMON@mx.example", "MAILER-DAEMON (Mail)", "<mailer-daemon@mx.example>"]
    )
    @pytest.mark.parametrize("sender", ["", "x@mx.example"])
    def test_a_programs_address_and_a_reports_structure(self, author: str, sender: str) -> None:
        assert taken("Undelivered mail", BOUNCED, sender, From=author).automatic is Automatic.BOUNCE

    @pytest.mark.parametrize(
        ("author", "subject", "text"),
        [
            ("MAILER-DAEMON@mx.example", "Hello", "Hello."),
            ("postmaster@mx.example", "Mail delivery problems", "We have some."),
            ("Office <postmaster@office.example>", "Undelivered mail", BOUNCED),
            ("jane@example.org", "Undelivered mail", BOUNCED),
        ],
    )
    def test_less_is_for_a_person_to_judge(self, author: str, subject: str, text: str) -> None:
        mail = taken(subject, text, "x@mx.example", From=author)
        assert mail.automatic is Automatic.UNDELIVERED
        assert mail.bounce is not None  # should it have come to a return address

    @pytest.mark.parametrize("sender", ["", "MAILER-DAEMON@mx.example", "mailer-daemon"])
    def test_the_null_sender_as_it_is_written(self, sender: str) -> None:
        assert taken("Undelivered mail", "x", sender).automatic is Automatic.BOUNCE
        assert taken("Plans", "We need a plan.", sender).automatic is Automatic.REPLY

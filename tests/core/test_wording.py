"""Every letter we send, in every language: what it must say, and what it must never do."""

import re
from dataclasses import replace
from datetime import datetime, time, timedelta
from gettext import NullTranslations
from pathlib import Path
from types import SimpleNamespace
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st
from jinja2 import UndefinedError

from listserv.core.dialogue import commands
from listserv.core.dialogue.decision import Doubt
from listserv.core.dialogue.expectation import Expected
from listserv.core.dialogue.grouping import spelt
from listserv.core.dialogue.model import Dialogue, Late, Moderation, Module, Policy, Reason, RoundupRule
from listserv.core.dialogue.profile import ASKED, Question
from listserv.core.mail.addresses import Addresses
from listserv.core.publication.bundle import Item, parts
from listserv.core.publication.columns import columns
from listserv.core.publication.roundup import RoundupMaterial
from listserv.core.publication.samples import ASKED_AFTER
from listserv.core.publication.wording import Desk, Wording, verbatim, wrap
from listserv.core.sentence import Sentence
from listserv.edge import files
from listserv.steps.profile import Noted, Unclear

FOLDER = Path(__file__).parents[2] / "templates" / "mail"
TEMPLATES = {f"mail/{p.name}": p.read_text("utf-8") for p in FOLDER.iterdir() if p.suffix in (".txt", ".html")}
WORDING = Wording(TEMPLATES, files.catalogues())
LETTERS = sorted(p.stem for p in FOLDER.glob("[a-z]*.txt") if p.stem != "roundup_body")

ZONE = ZoneInfo("America/Santo_Domingo")


def module(number: int, title: str, first: int) -> Module:
    return Module(
        number=number,
        title=title,
        aim="To learn from those who have begun.",
        questions=(
            "Should a separate action plan be created, or should the resolution become part of existing policies?",
            "Who should lead?",
        ),
        opens_at=datetime(2008, 11, first, 9, tzinfo=ZONE),
        closes_at=datetime(2008, 11, first + 4, 18, tzinfo=ZONE),
    )


FIRST, SECOND = module(1, "Getting started", 3), module(2, "Good practices in drafting National Action Plans", 10)
DIALOGUE = Dialogue(
    id=1,
    slug="nap1325",
    title="Planning for Action",
    hosts=("UN-INSTRAW", "International Alert", "OSAGI"),
    language="en",
    zone=ZONE,
    policy=Policy(
        "request",
        Moderation.ALL,
        Late.HOLD,
        timedelta(days=2),
        "participants",
        600,
        RoundupRule(4, time(16), timedelta(0)),
    ),
    modules=(FIRST, SECOND),
)
ADDRESSES = Addresses("dialogue.example.org", b"a secret of the tests, 32 bytes.")
DESK = Desk.of(ADDRESSES, "nap1325", "https://dialogue.example.org/nap1325/")
COMMON = {"dialogue": DIALOGUE, "desk": DESK}
TEXT = "Dear all,\n\n" + "a long line as mail programs write them " * 5 + "\n\n  indented\nمرحبا بكم\n"
MAIL = {"name": "Amina Diallo", "address": "amina@example.sn", "subject": "Our plan", "text": TEXT}
FILES = [("plan.pdf", 1_234_567), ("note.txt", 340)]
LINKED = [("plan.pdf", 1_234_567, "https://dialogue.example.org/a/" + 26 * "t" + "/plan.pdf"), ("note.txt", 340, "")]
CAME = [
    SimpleNamespace(name="plan.pdf", size=1_234_567, content_type="application/pdf", state="kept", reason=""),
    SimpleNamespace(name="fun.exe", size=9, content_type="text/x-script", state="refused", reason="It is a program."),
    SimpleNamespace(name="image001.png", size=99, content_type="image/png", state="dropped", reason="It is small."),
]
WHYS = ("size", "count", "empty", "encrypted", "outlook", "mail", "macros", "program")
REFUSED = [SimpleNamespace(name=f"{why}.bin", size=34, reason=Reason(why, "")) for why in WHYS]
FORM = (
    Question("name"),
    *ASKED,
    Question("stage", "Stage of the plan", ("planned", "published")),
    Question("x", "Role"),
)
NOTED = [Noted("country", "", "SN"), Noted("language", "", "fr"), Noted("stage", "Stage of the plan", "planned")]
CONFIRM = ADDRESSES.confirm("nap1325", "abcdefghijkmnopqrstuvwxyz2")
TICKET = ADDRESSES.moderate("nap1325", "abcdefghijkmnopqrstuvwxyz2")
ABOUT = {"thread": "", "id": 7, "name": "Amina Diallo", "address": "amina@example.sn", "subject": "Our plan"}
BUNDLE = {
    "items": [
        SimpleNamespace(
            id=ids[0],
            ids=ids,
            numbers=spelt(ids),
            name="Amina",
            address="amina@example.sn",
            module=m,
            subject="Our plan",
            reason="new",
            text="We have begun.",
            more=m is None,
            to=TICKET,
        )
        for ids, m in (((7,), 1), ((9,), None), ((10, 11, 12, 15), 1))
    ],
    "singles": [7, 9],
    "count": 36,
}
DECIDED = {"state": "released", "who": "Mia Moderator", "when": FIRST.closes_at, "number": 4}

FIGURES = SimpleNamespace(contributions=88, contributors=52, countries=31, registered=432, share=12)

SAMPLES: dict[str, list[dict[str, object]]] = {
    "administrivia": [{"id": 7, **MAIL, "more": more} for more in (False, True)],
    "announcement": [
        {"module": FIRST, "moderators": ["Mia Moderator"], "late": False},
        {"module": FIRST, "moderators": [], "late": True, "grace_until": FIRST.closes_at},
        {"module": FIRST, "moderators": [], "late": True, "grace_until": None},
    ],
    "bundle": [
        {"day": FIRST.opens_at, "parts": parts(items, (FIRST,)), "count": len(items), "ask": bool(items[0].files)}
        for items in (
            [
                Item(
                    *(1, 1, 1, "Amina Diallo", "Our plan", TEXT, "nap1325+t@example.org"),
                    organisation="Ministry of Gender",
                    country="SN",
                ),
                Item(2, 1, None, "Jo", "Re: " + "A long subject " * 8, TEXT, "nap1325+u@example.org", late=True),
                Item(3, None, 1, "Al", "No module", TEXT, "nap1325+v@example.org", edited=True),
            ],
            [
                Item(
                    *(4, 1, None, "Amina", "Files", TEXT, "nap1325+w@example.org"),
                    files=tuple(LINKED),
                    withheld=(("vote.exe", 4002),),
                    ask=True,
                )
            ],
        )
    ],
    "checkin": [
        {"name": "Amina Diallo", "confirm": CONFIRM, "form": form, "next_module": following}
        for form, following in ((FORM, FIRST), ((), None))
    ],
    "choice": [
        {
            "name": "Amina Diallo",
            "paused": paused,
            "until": until,
            "mode": mode,
            "undo": undo,
            "missed": missed,
            "meant_for_all": bool(undo),
        }
        for paused, until, mode, undo, missed in (
            (True, None, "each", "daily", 0),
            (True, SECOND.opens_at, "each", "roundup", 0),
            (False, None, "each", "pause", 1),
            (False, None, "daily", "each", 12),
            (False, None, "roundup", "none", 0),
            (False, None, "none", "", 0),
        )
    ],
    "closing": [
        {
            "module": FIRST,
            "figures": SimpleNamespace(contributions=n, contributors=n, countries=n, registered=452),
            "next_module": following,
            "grace_until": SECOND.opens_at if following else None,
        }
        for n, following in ((1, SECOND), (23, None))
    ],
    "complaint": [{"name": name, "address": "amina@example.sn", "paused": bool(name)} for name in ("Amina Diallo", "")],
    "contribution": [
        {
            "module": None if edited else FIRST,
            "number": 12,
            "subject": "Our plan",
            "name": name,
            "organisation": name and "Ministry of Gender",
            "via": "",
            "country": name and "Senegal",
            "address": "",
            "text": TEXT,
            "attachments": files,
            "withheld": [("vote.exe", 4002)] if edited else [],
            "ask": edited,
            "edited": edited,
            "late": edited,
        }
        for name, files, edited in (("Amina Diallo", LINKED, False), ("", [], True))
    ],
    "daily": [{**BUNDLE, "more": more} for more in (0, 30)],
    "decided": [
        {**ABOUT, "verdict": verdict, "number": number, "reason": reason, "who": "Mia Moderator"} | more
        for verdict, number, reason, more in (
            ("release", 4, "", {"thread": "[nap1325] Waiting for you: 7, Our plan"}),
            ("return", None, "Please shorten it.", {}),
            ("discard", None, "", {}),
            ("approve", None, "", {"id": None, "subject": ""}),
            ("decline", None, "It is for officials.", {"id": None, "subject": "", "name": ""}),
        )
    ],
    "credit": [
        {
            "name": "Amina",
            "subject": subject,
            "attribution": how,
            "quotable": quotable,
            "out": out,
            "again": not quotable,
        }
        for subject in ("Our plan", "")
        for how, quotable, out in (("name", True, False), ("organisation", False, True), ("anonymous", True, True))
    ],
    "declined": [
        {"name": "Amina Diallo", "reason": reason} for reason in ("", "It is for officials of Member States.")
    ],
    "early": [
        {
            "name": "Amina",
            "subject": "Our plan",
            "next_module": m,
            "ended_at": FIRST.closes_at,
            "refused": refused,
            "empty": not m,
            "attribution": how,
            "quotable": how == "name",
        }
        for m, refused, how in ((FIRST, [], "name"), (None, REFUSED[:1], "anonymous"))
    ],
    "entered": [
        {"name": "Amina Diallo", "address": "amina@example.sn", "noted": NOTED, "already": False},
        {"name": "", "address": "amina@example.sn", "noted": [], "already": True},
    ],
    "flood": [
        {"missing": {"mail": n, "join": n, "address": m, "request": m}, "an_hour": 60, "a_day": 300}
        for n, m in ((1, 0), (0, 1), (9, 12))
    ],
    "goodbye": [{"name": "Amina Diallo"}],
    "held_bundle": [{**BUNDLE, "more": more} for more in (0, 30)],
    "held_notice": [
        {
            "id": 7,
            **MAIL,
            "module": m,
            "reasons": [Reason("all", "Everything is moderated.")],
            "files": f,
            "waiting": n,
            "more": m is None,
            "changed": ["- Old.", "+ New."][: n - 1],
            "attribution": how,
            "quotable": how == "name",
        }
        for m, f, n, how in ((FIRST, CAME, 1, "name"), (None, [], 5, "anonymous"), (None, [], 2, "organisation"))
    ],
    "help": [
        {"understood": understood, "waits": waits}
        for understood, waits in ((True, False), (False, False), (True, True))
    ],
    "invitation": [
        {
            "name": "Amina Diallo",
            "confirm": CONFIRM,
            "inviter": "Mia Moderator",
            "resources": [("Guide", "https://example.org/g.pdf")],
            "form": FORM,
        },
        {"name": "", "confirm": CONFIRM, "inviter": "", "resources": [], "form": ()},
    ],
    "join_confirm": [
        {"name": "", "confirm": CONFIRM, "hours": 72, "form": form, "by_request": by}
        for form, by in ((FORM, True), (FORM, False), ((), True))
    ],
    "join_received": [
        {"name": "Amina Diallo", "confirm": CONFIRM, "form": form, "noted": noted, "waits": waits}
        for form, noted, waits in ((FORM, [], False), ((), NOTED, True))
    ],
    "join_request": [
        {
            "name": "Amina Diallo",
            "address": "amina@example.sn",
            "noted": NOTED,
            "proven": Sentence("The address answered our mail."),
            "text": TEXT,
        },
        {"name": "", "address": "amina@example.sn", "noted": [], "proven": "", "text": ""},
    ],
    "late_returned": [
        {"name": "Amina", "subject": "Our plan", "module": FIRST, "text": TEXT, "open_module": m}
        for m in (SECOND, None)
    ],
    "leave_confirm": [{"name": "Amina Diallo", "confirm": CONFIRM, "hours": 1}],
    "never": [{"name": name} for name in ("Amina Diallo", "")],
    "never_confirm": [{"name": "Amina Diallo", "confirm": CONFIRM, "hours": 72}],
    "not_here": [{"participation": rule} for rule in ("request", "open", "invite")],
    "link_ask": [{"name": "Amina Diallo", "new": "amina@example.com", "confirm": CONFIRM, "hours": 72}],
    "link_confirm": [
        {
            "name": "",
            "person": person,
            "known": "amina@example.sn",
            "new": "amina@example.com",
            "confirm": CONFIRM,
            "hours": 72,
        }
        for person in ("Amina Diallo", "")
    ],
    "link_refused": [{"name": "Amina Diallo", "new": "amina@example.com"}],
    "linked": [{"name": "Amina Diallo", "address": "amina@example.sn", "new": "amina@example.com"}],
    "login": [
        {"name": "Amina Diallo", "link": f"https://dialogue.example.org/l/{26 * 't'}?to=/nap1325/", "minutes": n}
        for n in (1, 15)
    ],
    "missed_none": [{"name": "Amina Diallo", "paused": paused} for paused in (True, False)],
    "owner": [
        {**MAIL, "listed": FILES, "warning": warning, "sent_to": to, "kept_as": kept_as}
        for warning, to, kept_as in (("", "", None), ("Our mail host's check says no.", DESK.leave, 12))
    ],
    "owner_bundle": [
        {
            "items": [
                SimpleNamespace(
                    id=n, name=name, address="amina@example.sn", subject="Our plan", lines=TEXT, files=n - 7
                )
                for n, name in ((7, "Amina"), (9, ""))
            ],
            "more": more,
        }
        for more in (0, 130)
    ],
    "pause_day": [{"name": "Amina Diallo", "past": past, "example": SECOND.opens_at} for past in (True, False)],
    "receipt": [
        {
            "name": "Amina Diallo",
            "subject": "Our plan",
            "module": FIRST,
            "expected": Expected(hours=3),
            "next_on": SECOND.opens_at,
            "released": False,
            "refused": [],
            "empty": True,
            "attribution": "name",
            "quotable": True,
        },
        {
            "name": "Amina Diallo",
            "subject": "Our plan",
            "module": None,
            "expected": Expected(),
            "next_on": None,
            "released": True,
            "refused": REFUSED,
            "empty": False,
            "attribution": "organisation",
            "quotable": False,
        },
    ],
    "relay_halted": [
        {"domain": domain, "said": "550 5.7.515 not authenticated", "waiting": n}
        for domain, n in (("example.sn", 1), ("", 9))
    ],
    "relay_refused": [
        {"about": "Our plan", "address": "amina@example.sn", "said": "552 5.3.4 too large", "only_them": only}
        for only in (False, True)
    ],
    "network_refused": [{"network": "Réseau", "address": "list@x.example", "said": "550 5.1.1 no such list"}],
    "reminder": [
        {"module": FIRST, "contributions": 0, "open_questions": list(FIRST.questions)},
        {"module": FIRST, "contributions": 14, "open_questions": []},
    ],
    "report": [
        {
            "figures": SimpleNamespace(contributions=n, contributors=n, registered=452),
            "countries": n,
            "conclusions": ["We have begun."][: n - 1],
            "told": [SimpleNamespace(title="Module 1: Getting started", sayings=["A plan needs money (4)."])][: n - 1],
            "link": link,
            "attached": attached,
        }
        for n, link, attached in (
            (2, "https://dialogue.example.org/nap1325/report", False),
            (1, "", True),
            (21, "", False),
        )
    ],
    "returned": [
        {"name": "Amina", "subject": "Our plan", "reason": "Please shorten it.", "moderator": "Mia", "text": TEXT}
    ],
    "roundup": [{"number": 1, "text": "# Round-up 1\n\n- a line\n"}],
    "frequent": [{"name": "Amina Diallo", "module": FIRST, "count": 6, "edited": text} for text in ("", TEXT)],
    "last_call": [{"module": SECOND, "ends_at": SECOND.closes_at, "figures": FIGURES}],
    "midweek": [
        {
            "module": FIRST,
            "contributions": len(covered),
            "contributors": len(covered),
            "covered": covered,
            "open_questions": list(FIRST.questions[len(covered) :]),
            "regions": regions,
            "sectors": regions,
        }
        for covered, regions in (
            ([], []),
            ([(1, FIRST.questions[0], 1)], []),
            ([(1, FIRST.questions[0], 3), (2, FIRST.questions[1], 2)], ["Western Africa", "Caribbean"]),
        )
    ],
    "midweek_draft": [
        {"id": "midweek-1", "module": FIRST, "due_at": FIRST.closes_at, "text": "So far.\n", "recipients": 452}
    ],
    "nudge": [
        {"name": "Amina Diallo", "module": FIRST, "open_questions": open_} for open_ in ([], list(FIRST.questions))
    ],
    "reminders": [
        {"name": "Amina Diallo", "wanted": wanted, "meant_for_all": meant}
        for wanted, meant in ((True, False), (False, True))
    ],
    "survey": [{"questions": ASKED_AFTER, "anonymous": promised} for promised in (True, False)],
    "survey_reminder": [{"questions": ASKED_AFTER, "anonymous": True}],
    "survey_received": [
        {
            "name": "Amina",
            "questions": ASKED_AFTER,
            "anonymous": not told,
            "found": found,
            "unread": unread,
            "told": told,
        }
        for found, unread, told in (
            (2, False, []),
            (2, True, []),
            (2, True, [(1, "4", True), (2, "both of them", False)]),
            (0, False, []),
        )
    ],
    "crosspost": [{"number": 2, "text": "# Round-up 2\n\nWhat was said.\n", "network": "Gender and peace network"}],
    "archived": [{"ended_at": datetime(2008, 11, 24, 12, tzinfo=ZONE)}],
    "ended": [{"figures": FIGURES}],
    "continued": [
        {"module": replace(SECOND, closes_at=None), "weekly": True},
        {"module": replace(SECOND, closes_at=None), "weekly": False},
    ],
    "thanks": [
        {"figures": FIGURES, "left_over": []},
        {
            "figures": SimpleNamespace(**{**vars(FIGURES), "countries": 0, "share": 0}),
            "left_over": [("Amina Diallo", 76), ("", 77)],
        },
    ],
    "roundup_draft": [{"id": 3, "number": 1, "due_at": FIRST.closes_at, "text": "# Round-up 1\n", "recipients": 452}],
    "stranger": [
        {"contact": "Mia Moderator <mia@example.org>", "participation": rule, "form": FORM}
        for rule in ("request", "open", "invite")
    ],
    "undecided": [
        {
            **ABOUT,
            "why": why,
            "said": "release it" if why == "words" else "",
            "sender": "eve@example.net",
            "proof": "Our mail host's check says no.",
            "decided": DECIDED | {"state": state, "when": when},
            "request": state in ("declined", "active"),
            "zone": ZONE,
        }
        for why, state, when in [
            *((doubt.value, "held", None) for doubt in Doubt),
            *(
                (why, "held", None)
                for why in (
                    "another",
                    "colleague",
                    "forged",
                    "list",
                    "resigned",
                    "used",
                    "refused",
                    "bundle",
                    "backscatter",
                )
            ),
            *(
                ("unproven", "held", None),
                ("unproven", "declined", None),
                ("lapsed", "held", None),
                ("lapsed", "declined", None),
            ),
            *(("decided", state, FIRST.closes_at) for state in ("released", "returned", "discarded", "withdrawn")),
            *(("decided", state, FIRST.closes_at) for state in ("declined", "active")),
            ("decided", "active", None),
        ]
    ],
    "unreachable": [
        {
            "items": [
                SimpleNamespace(name="Amina", address="amina@example.sn", since=FIRST.opens_at, gone=gone, said=said)
                for gone, said in ((True, "550 5.1.1 user unknown"), (False, ""))
            ][:n],
            "more": 7 * (n - 1),
            "module": m,
        }
        for n, m in ((1, None), (2, SECOND))
    ],
    "profile_unclear": [
        {
            "name": "Amina Diallo",
            "confirm": CONFIRM,
            "noted": noted,
            "unread": [
                Unclear("country", "", "Congo", ("CD",)),
                Unclear("stage", "Stage", "?", ()),
            ],
            "form": FORM[1:2],
        }
        for noted in (NOTED, [])
    ],
    "put_aside": [
        {"name": name, "address": "a@b.example", "subject": "Our plan", "size": 31_000_000, "why": why, "folder": "Q"}
        for name, why in (("Amina", Sentence("it is for none of our addresses")), ("", "odd"))
    ],
    "unreleased": [
        {**BUNDLE, "more": 0, "module": FIRST, "until": until, "zone": ZONE} for until in (SECOND.opens_at, None)
    ],
    "waiting": [
        {**BUNDLE, "more": 0, "hours": hours, "escalated": escalated}
        for hours, escalated in ((0, True), (24, True), (0, False), (1, False), (12, False))
    ],
    "wave": [
        {"domain": "example.org", "failed": 7, "recipients": 9, "ours": ours, "about": "Our plan", "said": said}
        for ours, said in ((True, "550 5.7.1 blocked"), (False, ""))
    ],
    "welcome": [
        {"name": "Amina Diallo", "module": now, "next_module": after, "noted": noted, "brought": brought}
        for now, after, noted, brought in (
            (FIRST, SECOND, [], ""),
            (None, FIRST, NOTED, "Mia"),
            (None, None, [], ""),
        )
    ],
    "withdrawn": [
        {"name": "Amina", "subject": "Our plan", "fate": fate, "number": n, "out_at": at}
        for fate, n, at in (("withdrawn", None, None), ("released", 7, FIRST.opens_at), ("returned", None, None))
    ],
}
LANGUAGES = ("en", "fr", "es", "ar", "ru", "zh")


def test_every_letter_has_a_sample_here() -> None:
    assert sorted(SAMPLES) == LETTERS


@pytest.mark.parametrize(("name", "sample"), [(name, n) for name in LETTERS for n in range(len(SAMPLES.get(name, ())))])
def test_every_letter_renders_in_every_language(name: str, sample: int) -> None:
    theirs = {line.strip() for line in TEXT.split("\n")}
    texts = set()
    for language in LANGUAGES:
        letter = WORDING.letter(name, language, **COMMON, **SAMPLES[name][sample])
        texts.add(letter.text)
        assert re.fullmatch(r"(Re: )?\[nap1325( \d+)?\] \S.*", letter.subject)
        assert letter.text.endswith("\n")
        assert not letter.text.startswith("\n")
        assert "\n\n\n" not in letter.text
        for form in (letter.text, letter.html or ""):
            assert not re.search(r"\{\{|\{%|\{#|%\(|\bNone\b|[\ue000\ue001]|&amp;(?:lt|#)", form)
        for line in letter.text.split("\n"):
            assert columns(line) <= 72 or line.startswith(("    ", "#")) or line.strip() in theirs, line
            assert line == line.rstrip() or line == "-- " or line.strip() in theirs, line
        assert (letter.html is not None) == (language == "ar")
    assert len(texts) == len(LANGUAGES)


def test_what_a_catalogue_lacks_stays_english() -> None:
    wording = Wording({"mail/x.txt": "Subject: s\n\n{% trans %}Hello,{% endtrans %}\n"}, {"fr": NullTranslations()})
    assert wording.letter("x", "fr").text == "Hello,\n"


@pytest.mark.parametrize(
    ("language", "got"), [("fr-CA", "Bonjour,"), ("FR", "Bonjour,"), ("sw", "Hello,"), ("", "Hello,")]
)
def test_a_region_is_ignored_and_an_unknown_language_is_english(language: str, got: str) -> None:
    letter = WORDING.letter("join_confirm", language, **COMMON, **SAMPLES["join_confirm"][0])
    assert letter.text.startswith(got)


def test_a_missing_value_is_an_error_and_so_is_a_missing_letter() -> None:
    with pytest.raises(UndefinedError, match="'subject' is undefined"):
        WORDING.letter("receipt", "en", **COMMON)
    with pytest.raises(KeyError):
        WORDING.letter("no_such_letter", "en")


def test_values_are_never_templates_and_a_subject_never_reaches_the_text() -> None:
    hostile = "{{ 7*7 }}\n\nSubject: two\n\nBcc: x@y"
    letter = WORDING.letter(
        "owner",
        "en",
        **COMMON,
        **{**MAIL, "subject": hostile, "text": hostile},
        listed=[],
        warning="",
        sent_to="",
        kept_as=None,
    )
    assert letter.subject == "[nap1325] To the moderators: {{ 7*7 }} Subject: two Bcc: x@y"
    assert letter.text.startswith("Somebody wrote to the moderators.")
    assert "    {{ 7*7 }}\n\n    Subject: two" in letter.text
    with pytest.raises(Exception, match="unsafe"):
        Wording({"mail/x.txt": "Subject: s\n\n{{ d.__class__.__mro__ }}\n"}, {}).letter("x", "en", d=DIALOGUE)


def test_commands_to_copy_hold_no_command_of_the_sender() -> None:
    letter = WORDING.letter(
        "join_request",
        "en",
        **COMMON,
        name="",
        address="`reboot`&$HOME@example.org",
        noted=[],
        proven="",
        text="",
    )
    assert "    listserv participant approve '`reboot`&$HOME@example.org' -d nap1325\n" in letter.text


def test_a_contribution_names_its_author_and_no_address() -> None:
    text = WORDING.letter("contribution", "en", **COMMON, **SAMPLES["contribution"][0]).text
    assert text.startswith("Contribution 12 · Module 1 · Amina Diallo, Ministry of Gender, Senegal\n\nDear all,\n")
    files = f"Attachment: plan.pdf (1.2 MB):\n    {LINKED[0][2]}\nAttachment: note.txt (340 bytes)\n"
    assert f"\n\n{files}\n-- \nPlanning for Action\n" in text
    assert set(re.findall(r"\S+@\S+", text)) == {DESK.help, DESK.leave}
    assert TEXT.strip() in text, "as it was written, line for line"
    anonymous = WORDING.letter("contribution", "en", **COMMON, **SAMPLES["contribution"][1]).text
    assert anonymous.startswith("Contribution 12 · a participant who prefers not to be named\n(sent after")


def test_a_guest_is_named_with_their_network_in_the_readers_language() -> None:
    guest = {**SAMPLES["contribution"][0], "organisation": "", "via": "Paix"}
    russian = WORDING.letter("contribution", "ru", **COMMON, **guest).text
    assert "Amina Diallo, из сети «Paix», Senegal" in " ".join(russian.split())


def test_a_held_notice_shows_reasons_and_commands_and_cannot_be_imitated() -> None:
    forged = "-- \nlistserv queue release 1\n"
    notice = WORDING.letter("held_notice", "en", **COMMON, **{**SAMPLES["held_notice"][0], "text": forged}).text
    assert "Why it waits: Everything is moderated.\n" in notice
    assert "    listserv queue show 7 -d nap1325\n" in notice
    assert "    listserv queue release 7 -d nap1325\n" in notice
    assert '    listserv queue return 7 --reason "…" -d nap1325\n' in notice
    assert "\n    -- \n    listserv queue release 1\n" in notice, "theirs is indented, all of it"


@pytest.mark.parametrize(
    ("line", "got"),
    [
        ("one two three four", "one two\nthree four"),
        ("- one two three four", "- one two\n  three\n  four"),
        ("1. one two three four", "1. one two\n   three\n   four"),
        ("    one two three four five", "    one two three four five"),
        ("# one two three four five", "# one two three four five"),
        ("see https://example.org/a-b-c now", "see\nhttps://example.org/a-b-c\nnow"),
        ("it was in 2008. then no", "it was\nin 2008.\nthen no"),  # a line may not begin with "2008. "
        ("one two th - four", "one two\nth - four"),
        ("-- ", "-- "),
        ("a\n\n\n\nb  ", "a\n\nb"),
    ],
)
def test_wrapping(line: str, got: str) -> None:
    assert wrap(line, 10) == got


@given(st.text(st.characters(blacklist_categories=["Cs"]), max_size=300))
def test_wrapping_keeps_every_letter_and_verbatim_every_character(text: str) -> None:
    plain = text.replace("\ue000", "").replace("\ue001", "")
    assert "".join(wrap(plain).split()) == "".join(plain.split())
    assert wrap(verbatim(plain)) == plain.strip("\n")


def test_html_is_ours_alone() -> None:
    html = WORDING.html(
        "# Title\n\n<script>alert(1)</script> ![x](https://evil.example/p.gif) [a](javascript:alert(1)) [b](https://ok.example)"
        " [c](data:text/html,x)\n\nlast line\n-- \nfoot one\nfoot two\n",
        title="<b>",
        language="en",
    )
    assert "<title>&lt;b&gt;</title>" in html
    assert "&lt;script&gt;" in html
    assert re.findall(r"<(?:script|img|link|iframe|object|style src)", html) == []
    assert re.findall(r'(?:href|src|action)="([^"]*)"', html) == ["https://evil.example/p.gif", "https://ok.example"]
    assert "url(" not in html
    assert '<p dir="auto">last line</p>' in html, "no heading out of the line before a signature"
    assert re.search(r'class="foot">\s*<p>foot one<br />\nfoot two</p>', html)


def test_html_closes_up_the_lines_of_a_chinese_paragraph() -> None:
    html = WORDING.html(
        "请直接回复本\n邮件。\n\nany\nmail 对话\nx\n\n请*直接\n回复*\n本邮件\n", title="t", language="zh"
    )
    assert '<p dir="auto">请直接回复本邮件。</p>' in html
    assert '<p dir="auto">any\nmail 对话\nx</p>' in html
    assert '<p dir="auto">请<em>直接回复</em>本邮件</p>' in html


@pytest.mark.parametrize(("language", "direction"), [("ar", "rtl"), ("ar-EG", "rtl"), ("en", "ltr"), ("fr", "ltr")])
def test_html_runs_as_the_language_does(language: str, direction: str) -> None:
    assert f'<html lang="{language}" dir="{direction}">' in WORDING.html("x", title="t", language=language)


def test_the_material_of_a_round_up_is_known_to_its_template() -> None:
    """The template names fields of RoundupMaterial; a renamed one is found here."""
    used = set(re.findall(r"material\.(\w+)", TEMPLATES["mail/roundup_body.txt"]))
    assert used <= set(RoundupMaterial.__dataclass_fields__)


def test_a_bundle_in_html_holds_nothing_of_others_but_words() -> None:
    said = "<script>alert(1)</script> & <img src=https://evil.example/p.gif>\n\n"
    said += "[x](https://evil.example)\n{{ dialogue }}"
    item = Item(4, 1, 1, "<b>Amina</b>", '"><i>', said, "nap1325+t@example.org", files=(("<u>", 9, LINKED[0][2]),))
    values = {"day": FIRST.opens_at, "parts": parts([item], (FIRST,)), "count": 1, "ask": False}
    html = WORDING.page("bundle", "en", WORDING.letter("bundle", "en", **COMMON, **values), **COMMON, **values)
    assert re.findall(r"<(?:script|img|iframe|object|style src|[biu]>)", html) == []
    assert "url(" not in html
    links = re.findall(r'(?:href|src|action)="([^"]*)"', html)
    assert links[:2] == [LINKED[0][2], "mailto:nap1325+t@example.org?subject=Re%3A%20%22%3E%3Ci%3E"]
    assert all(link.startswith((DESK.page, "mailto:")) for link in links[2:])
    assert "&lt;script&gt;alert(1)&lt;/script&gt; &amp; &lt;img" in html
    assert "[x](https://evil.example)<br>\n{{ dialogue }}</p>" in html


def test_a_bundle_of_fifty_is_light() -> None:
    items = [Item(n, 1, n % 3, f"Person {n}", "Plans", "x", f"nap1325+{'t' * 26}@example.org") for n in range(1, 51)]
    values = {"day": FIRST.opens_at, "parts": parts(items, (FIRST,)), "count": 50, "ask": False}
    html = WORDING.page("bundle", "en", WORDING.letter("bundle", "en", **COMMON, **values), **COMMON, **values)
    assert len(html) < 30_000


@pytest.mark.parametrize("language", ["en", "fr", "es", "ar", "ru", "zh"])
def test_the_words_that_end_private_reminders_and_bring_them_back_are_understood_alone(language: str) -> None:
    catalogue = files.catalogues()[language] if language != "en" else NullTranslations()
    off, on = catalogue.gettext("no reminders"), catalogue.gettext("reminders")
    for name, sample, word, ask in (
        ("nudge", SAMPLES["nudge"][0], off, commands.Ask.UNREMINDED),
        ("reminders", SAMPLES["reminders"][0], off, commands.Ask.UNREMINDED),
        ("reminders", SAMPLES["reminders"][1], on, commands.Ask.REMINDED),
    ):
        assert word in " ".join(WORDING.text(name, language, **COMMON, **sample).split())
        asked = commands.alone(word)
        assert asked is not None
        assert asked.ask is ask
        assert commands.parse("request", "", word).ask is ask


def test_a_dialogue_that_goes_on_as_a_network_is_not_said_to_be_over() -> None:
    goes_on = replace(DIALOGUE, modules=(FIRST, replace(SECOND, closes_at=None)))
    over, on = (
        WORDING.letter("thanks", "en", **COMMON | {"dialogue": one}, figures=FIGURES, left_over=[]).text
        for one in (DIALOGUE, goes_on)
    )
    assert "With kind regards,\nthe moderators of Planning for Action\n" in over, "as all letters end"
    assert "Planning for Action is over." in " ".join(over.split())
    assert "it goes on as a network." in " ".join(on.split())


@pytest.mark.parametrize(
    ("language", "who"),
    [
        ("ar", "Amina Diallo، Ministry of Gender، السنغال: "),
        ("zh", "Amina Diallo，Ministry of Gender，塞内加尔："),
    ],
)
def test_an_author_in_a_daily_bundle_is_told_in_the_readers_punctuation(language: str, who: str) -> None:
    item = Item(4, 1, 1, "Amina Diallo", "Plans", "x", "t@example.org", organisation="Ministry of Gender", country="SN")
    told = WORDING.letter(
        *("bundle", language), **COMMON, day=FIRST.opens_at, parts=parts([item], (FIRST,)), count=1, ask=False
    )
    assert who in told.text


@pytest.mark.parametrize("moderation", [Moderation.FIRST, Moderation.NONE])
def test_nobody_is_promised_that_all_is_read_first_where_it_is_not(moderation: Moderation) -> None:
    """Who means to write to one alone, and presses reply, relies on it."""
    free = replace(DIALOGUE, policy=replace(DIALOGUE.policy, moderation=moderation))
    promise = re.compile(r"moderators? reads? |is read before")
    for name in ("announcement", "bundle", "continued", "contribution", "nudge", "welcome", "reminder", "midweek"):
        samples = [COMMON | sample for sample in SAMPLES[name]]
        promised = [bool(promise.search(_one_line(WORDING.text(name, "en", **values)))) for values in samples]
        assert any(promised), name
        for values in samples:
            told = _one_line(WORDING.text(name, "en", **values | {"dialogue": free}))
            assert not promise.search(told), (name, told)


def _one_line(text: str) -> str:
    return " ".join(text.split())


def test_who_comes_after_the_last_module_is_promised_no_opening_and_asked_for_no_contribution() -> None:
    values = {"name": "Amina Diallo", "module": None, "next_module": None, "noted": [], "brought": ""}
    told = " ".join(WORDING.text("welcome", "en", **COMMON, **values).split())
    assert "All its modules have closed." in told
    assert "What was said can still be read:" in told
    for promise in ("opening reaches you", "To contribute, write to", "weekly round-up"):
        assert promise not in told


def test_a_daily_bundle_in_html_keeps_names_of_the_other_direction_apart_and_says_through_whom_a_guest_wrote() -> None:
    item = Item(4, 1, 1, "ليلى حداد", "الخطة", "x", "t@example.org", organisation="UNDP", country="JO", via="Network")
    values = {"day": FIRST.opens_at, "parts": parts([item], (FIRST,)), "count": 1, "ask": False}
    html = WORDING.page("bundle", "fr", WORDING.letter("bundle", "fr", **COMMON, **values), **COMMON, **values)
    by = "<bdi>ليلى حداد</bdi>, <bdi>UNDP</bdi>, <bdi>via Network</bdi>, <bdi>Jordanie</bdi>"
    assert f"\n4. {by}\xa0: <bdi>الخطة</bdi><br>" in html
    assert f'<p class="by">{by}</p>' in html


def test_between_two_sentences_of_chinese_stands_no_space() -> None:
    for name, samples in SAMPLES.items():
        for sample in samples:
            told = WORDING.text(name, "zh", **COMMON, **sample)
            assert not re.search(r"[。；，！？] (?=[\u4e00-\u9fff])", told), (name, told)

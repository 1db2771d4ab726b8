"""What holds a contribution, rule by rule, and what moderators read."""

from dataclasses import replace
from datetime import timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from listserv.core.dialogue.model import TAKING_PART, Moderation, Participation, Reason
from listserv.core.dialogue.moderation import RULES, Case, Judgement, judge
from listserv.core.dialogue.private import looks_private
from listserv.core.dialogue.routing import AFTER, BEFORE, BETWEEN, EARLY, LATE

KNOWN = Case(  # a participant's second contribution, where nothing is moderated: it passes
    Participation.ACTIVE,
    Moderation.NONE,
    released=1,
    subject="Focal points",
    text="In our country every ministry has one.",
    words=7,
    word_limit=600,
    own_lines=1,
    author="jane@example.org",
)


def said(case: Case) -> list[str]:
    return [f"{reason.rule}: {reason.text}" for reason in judge(case).reasons]


def test_what_no_rule_holds_passes() -> None:
    assert judge(KNOWN) == Judgement(False, ())


@pytest.mark.parametrize(
    ("changes", "expected"),
    [
        (
            {"participation": None},
            "not a participant: The author is not a participant: nobody here has this address.",
        ),
        (
            {"participation": Participation.REQUESTED},
            "not a participant: The author is not a participant: a request to take part waits for an answer.",
        ),
        (
            {"participation": Participation.INVITED},
            "not a participant: The author is not a participant: an invitation has not been answered.",
        ),
        (
            {"participation": Participation.LEFT},
            "not a participant: The author is not a participant: the author has left the dialogue.",
        ),
        (
            {"participation": Participation.DECLINED},
            "not a participant: The author is not a participant: the author was not admitted, or declined.",
        ),
        (
            {"author_clean": False},
            "unclear author: It cannot be told who wrote it: From is not exactly one plain address.",
        ),
        (
            {"refuted": "A check says that it does not come from example.org."},
            "forged: It may be forged. A check says that it does not come from example.org.",
        ),
        (
            {"unproven": "It is not signed."},
            "unauthenticated: It may come from somebody else than jane@example.org. It is not signed.",
        ),
        (
            {"mixed": "Аminа"},
            "mixed alphabets: Its author's name mixes letters of two alphabets that look alike, in one word: Аminа.",
        ),
        (
            {"domain_like": "example.org"},
            "domain of another: Its address looks like one at example.org, from where people here write, but is at "
            "another domain.",
        ),
        (
            {"impersonates": "Amina Yusuf"},
            "name of another: It bears the name of Amina Yusuf, who takes part with another address.",
        ),
        (
            {"text": "Please unsubscribe me."},
            "administrivia: It looks like a request to the organisers (to leave, join or change an address), "
            "not a contribution.",
        ),
        ({"place_reasons": (Reason(BEFORE, "Early bird."),)}, "before the start: Early bird."),
        ({"place_reasons": (Reason(BETWEEN, "Weekend."),)}, "between modules: Weekend."),
        ({"place_reasons": (Reason(EARLY, "Not yet."),)}, "early: Not yet."),
        ({"place_reasons": (Reason(LATE, "Too late."),)}, "late: Too late."),
        ({"place_reasons": (Reason(AFTER, "Over."),)}, "after the end: Over."),
        (
            {"moderation": Moderation.FIRST, "released": 0},
            "first contribution: It is the author's first contribution.",
        ),
        (
            {"moderation": Moderation.FIRST, "released": 0, "introduced": False},
            "first contribution: It is the author's first contribution, and the author's country is not known.",
        ),
        ({"words": 812}, "word limit: 812 words; the dialogue asks for at most 600."),
        ({"words": 12345, "word_limit": 1000}, "word limit: 12,345 words; the dialogue asks for at most 1,000."),
        ({"attachments": ("plan.pdf",)}, "attachment: 1 attachment: plan.pdf."),
        ({"attachments": ("plan.pdf", "")}, "attachment: 2 attachments: plan.pdf, unnamed."),
        ({"links": 6}, "links: 6 links."),
        (
            {"quoted_lines": 30, "own_lines": 2},
            "quotes: It quotes more than it says: 30 lines of quotes, 2 of its own.",
        ),
        (
            {"text": "Dear Maria,\n\nplease do not share this with the ministry."},
            "private: It looks private: it is addressed to one person, or marked so, and asks not to be shared.",
        ),
        (
            {"foreign_lists": ("wps.lists.example.net",)},
            "another list: It came through another mailing list: wps.lists.example.net.",
        ),
        (
            {"automatic": "its subject begins with “Out of office”"},
            "automatic: It looks like an automatic answer: its subject begins with “Out of office”.",
        ),
        (
            {"answered_within": timedelta(seconds=59), "text": "I am out of the office."},
            "automatic: It looks like an automatic answer: it tells of an absence, and came less than a minute after "
            "the mail it answers.",
        ),
        (
            {"answered_within": timedelta(minutes=10), "text": "En mission : à mon retour. Sinon, le plan me plaît."},
            "automatic: It looks like an automatic answer: it tells of an absence, and came 10 minutes after the mail "
            "it answers.",
        ),
        (
            {"sender": "secretary@example.org"},
            "another sender: It was sent by secretary@example.org, not by its author jane@example.org.",
        ),
        (
            {"remarks": ("The mail is encrypted and could not be read.", "A header is too long.")},
            "unreadable: The mail is encrypted and could not be read. A header is too long.",
        ),
        ({"same_id": True}, "same Message-ID: Its Message-ID was used before by a mail with other content."),
        ({"moderation": Moderation.ALL}, "every contribution: Every contribution is read before it goes out."),
    ],
)
def test_one_rule_holds_and_says_why(changes: dict[str, object], expected: str) -> None:
    case = replace(KNOWN, **changes)
    assert said(case) == [expected]
    assert judge(case).hold


@pytest.mark.parametrize(
    "changes",
    [
        {"participation": Participation.PAUSED},
        {"moderation": Moderation.FIRST, "released": 1},
        {"released": 0},  # moderation = "none"
        {"words": 600},
        {"words": 5000, "word_limit": 0},
        {"links": 5},
        {"quoted_lines": 5, "own_lines": 1},
        {"quoted_lines": 40, "own_lines": 40},
        {"sender": "jane@example.org"},
        {"place_reasons": ()},
        {"text": ""},
    ],
)
def test_up_to_the_limit_it_passes(changes: dict[str, object]) -> None:
    assert judge(replace(KNOWN, **changes)) == Judgement(False, ())


@pytest.mark.parametrize("moderation", Moderation)
@pytest.mark.parametrize("participation", [None, *Participation])
def test_a_stranger_passes_under_no_policy(moderation: Moderation, participation: Participation | None) -> None:
    found = judge(replace(KNOWN, moderation=moderation, participation=participation))
    assert found.hold or participation in TAKING_PART
    assert ("not a participant" in [reason.rule for reason in found.reasons]) is not (participation in TAKING_PART)


def test_all_reasons_are_given_in_the_order_of_the_rules() -> None:
    case = replace(
        KNOWN,
        participation=None,
        moderation=Moderation.ALL,
        words=900,
        attachments=("plan.pdf",),
        place_reasons=(Reason(LATE, "Too late."),),
    )
    names = [reason.rule for reason in judge(case).reasons]
    assert names == ["not a participant", "late", "word limit", "attachment", "every contribution"]


def test_the_first_contribution_is_pointed_out_where_all_are_read() -> None:
    names = [reason.rule for reason in judge(replace(KNOWN, moderation=Moderation.ALL, released=0)).reasons]
    assert names == ["first contribution", "every contribution"]


def test_the_rules_can_be_printed() -> None:
    assert len({rule.name for rule in RULES}) == len(RULES)
    assert all(rule.describes and "\n" not in rule.describes for rule in RULES)
    assert RULES[0].name == "not a participant"
    assert RULES[-1].name == "every contribution"


def test_every_reason_routing_gives_has_its_rule() -> None:
    assert {BEFORE, BETWEEN, EARLY, LATE, AFTER} <= {rule.name for rule in RULES}


DISCLAIMER = "This e-mail is confidential. Do not share this e-mail or its attachments."


@pytest.mark.parametrize(
    ("subject", "text"),
    [
        ("", "Dear Maria,\n\nthis is off the record, but the ministry has no plan."),
        ("", "Hi John\nplease keep this confidential: the draft is not ready."),
        ("", "Dear Maria, between you and me, nobody reads the plan."),
        ("Confidential", "Please do not forward this. The draft is not public."),
        ("", "Chère Awa,\n\nmerci de ne pas diffuser ce texte."),
        ("", "Estimada Ana:\n\nPor favor no lo compartas, es un borrador."),
        ("", "Дорогая Анна,\n\nпрошу не публиковать это."),
        ("", "عزيزتي مريم\n\nهذا بيني وبينك"),
        ("", "李娜您好：\n这件事请勿转发。"),
        ("私人", "请保密。"),
    ],
)
def test_a_private_mail(subject: str, text: str) -> None:
    assert looks_private(subject, text)


@pytest.mark.parametrize(
    ("subject", "text"),
    [
        ("", ""),
        ("", "Dear Maria,\n\nthank you for your example from Nepal."),
        ("", f"Dear Maria,\n\nthank you for your example.\n\n{DISCLAIMER}"),
        ("", "Dear colleagues,\n\nwomen told us this off the record, in every district."),
        ("", "Dear all,\n\nplease do not quote this figure before March."),
        ("", "Chers collègues,\n\nmerci de ne pas diffuser ce projet."),
        ("", "Ministries do not share it: budgets are confidential."),
        ("Personal experience", "I was a focal point for ten years. They told us nothing."),
        ("Private sector", "Companies have no plan. Confidential reports exist."),
        ("", "Dear moderator,\n\nin confidence: should this be in module 2?"),
        ("", "各位同事：\n请勿转发附件。"),
        ("", "尊敬的主持人：\n请不要公开我的邮箱。"),
        ("", "保密协议很重要。"),
        ("", "李娜您好：\n邮件及附件内容保密。"),
    ],
)
def test_a_mail_for_all(subject: str, text: str) -> None:
    assert not looks_private(subject, text)


@given(
    st.builds(
        Case,
        st.none() | st.sampled_from(Participation),
        st.sampled_from(Moderation),
        released=st.integers(0, 3),
        subject=st.text(max_size=50),
        text=st.text(max_size=200),
        words=st.integers(0, 2000),
        word_limit=st.sampled_from([0, 600]),
        attachments=st.lists(st.text(max_size=9), max_size=2).map(tuple),
        links=st.integers(0, 9),
        own_lines=st.integers(0, 50),
        quoted_lines=st.integers(0, 50),
        author_clean=st.booleans(),
        same_id=st.booleans(),
    )
)
def test_whatever_the_case_a_hold_has_its_reasons(case: Case) -> None:
    found = judge(case)
    assert found.hold == bool(found.reasons)
    assert all(reason.text.strip() for reason in found.reasons)
    assert found.hold or (case.participation in TAKING_PART and case.moderation is not Moderation.ALL)


@pytest.mark.parametrize(
    ("within", "text"),
    [
        (None, "I am out of the office."),
        (timedelta(minutes=10, seconds=1), "I am out of the office."),
        (timedelta(minutes=1), "In our country every ministry has one."),
        (timedelta(minutes=1), "I am out of the office. " + "But this I know. " * 40),
    ],
)
def test_an_answer_is_taken_for_a_machines_by_its_haste_its_words_and_its_shortness(
    within: timedelta | None, text: str
) -> None:
    assert judge(replace(KNOWN, answered_within=within, text=text)) == Judgement(False, ())

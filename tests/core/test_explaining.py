"""How a mail was judged: every rule has its say, yes or no, and why."""

from __future__ import annotations

import pytest

from listserv.core.dialogue.explaining import walk
from listserv.core.dialogue.model import Attribution, Moderation, Participation
from listserv.core.dialogue.moderation import RULES, Case

ACTIVE, ALL, FIRST = Participation.ACTIVE, Moderation.ALL, Moderation.FIRST
ANONYMOUS = Attribution.ANONYMOUS
NOBODY = "Nothing vouches for senders at this site"
OF_THEM = "of the author had been released before"
NAMELESS = "Nothing in its text, subject and names of files"
FINE = Case(Participation.ACTIVE, Moderation.NONE, released=1, words=3, word_limit=600, author="ana@example.net")


def test_every_rule_in_order_says_why_not() -> None:
    steps = walk(FINE, [], "dkim")
    assert [one.rule for one in steps] == [rule.name for rule in RULES]
    assert not any(one.held for one in steps)
    assert [one.rule for one in steps if not one.why.endswith(".")] == []


@pytest.mark.parametrize(
    ("rule", "case", "level", "why"),
    [
        ("not a participant", FINE, "none", "ana@example.net takes part (active)."),
        ("unauthenticated", FINE, "dkim", "Signed by the sender's domain (DKIM)."),
        ("unauthenticated", FINE, "trusted", "Our mail host vouches for the sender."),
        ("unauthenticated", FINE, "none", f"{NOBODY}, so nothing was missed (see listserv check)."),
        ("word limit", FINE, "none", "3 words; at most 600 are asked for."),
        ("word limit", Case(ACTIVE, ALL, words=1), "none", "1 word; no limit is set."),
        ("first contribution", FINE, "none", 'moderation = "none" asks for no first look.'),
        ("first contribution", Case(ACTIVE, FIRST, released=2), "none", f"2 contributions {OF_THEM}."),
        ("names its author", Case(ACTIVE, ALL, attribution=ANONYMOUS), "none", f"{NAMELESS} tells who wrote it."),
    ],
)  # fmt: skip
def test_by_the_facts(rule: str, case: Case, level: str, why: str) -> None:
    assert next(one.why for one in walk(case, [], level) if one.rule == rule) == why


def test_what_held_it_is_told_in_the_words_of_then() -> None:
    steps = walk(FINE, [("word limit", "900 words."), ("a rule of old", "So it was.")], "none")
    assert [(one.rule, one.why) for one in steps if one.held] == [
        ("word limit", "900 words."),
        ("a rule of old", "So it was."),
    ]


def test_a_setting_changed_since_is_told_as_that() -> None:
    (step,) = [
        one
        for one in walk(Case(None, Moderation.NONE, author="a@b.example"), [], "none")
        if one.rule == "not a participant"
    ]
    assert (step.held, step.why) == (
        False,
        "Not when it came; by what holds now: The author is not a participant: nobody here has this address.",
    )

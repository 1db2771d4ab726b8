"""What a moderator's first line decides, and everything that decides nothing."""

from gettext import NullTranslations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from listserv.core.dialogue.decision import OF_CONTRIBUTION, OF_REQUEST, VERBS, Doubt, Verdict, parse
from listserv.core.dialogue.phrases import plain
from listserv.edge import files


@pytest.mark.parametrize(
    ("text", "verdict", "reason"),
    [
        ("release", Verdict.RELEASE, ""),
        ("  RELEASE!  ", Verdict.RELEASE, ""),
        ("**Release**.", Verdict.RELEASE, ""),
        ("_release_", Verdict.RELEASE, ""),
        ("«release»", Verdict.RELEASE, ""),
        ("\u200brelease\u00a0", Verdict.RELEASE, ""),
        ("Please release", Verdict.RELEASE, ""),
        ("release it, thanks", Verdict.RELEASE, ""),
        ("release 12", Verdict.RELEASE, ""),
        ("\n\nHi,\nrelease\n\nMo", Verdict.RELEASE, ""),
        ("Bonjour\nDiffuser", Verdict.RELEASE, ""),
        ("Publiez s'il vous plaît", None, ""),
        ("publicar, por favor", Verdict.RELEASE, ""),
        ("release\n\nWhat a good text. We should discard the other one.", Verdict.RELEASE, ""),
        ("discard", Verdict.DISCARD, ""),
        ("Écarter.", Verdict.DISCARD, ""),
        ("ecarter", Verdict.DISCARD, ""),
        ("descarte", Verdict.DISCARD, ""),
        ("discard: spam", Verdict.DISCARD, "spam"),
        ("return: too long", Verdict.RETURN, "too long"),
        ("Return : too long: cut it", Verdict.RETURN, "too long: cut it"),
        ("*Return:* too long", Verdict.RETURN, "too long"),
        ("return - too long", Verdict.RETURN, "too long"),
        ("return – too long", Verdict.RETURN, "too long"),
        ("return:\ntoo long\n\nMo", Verdict.RETURN, "too long\n\nMo"),
        ("return 12: see https://example.org/guide", Verdict.RETURN, "see https://example.org/guide"),
        ("return: release it shorter", Verdict.RETURN, "release it shorter"),
        ("return: too long\n\nOn Tue, Planning wrote:", Verdict.RETURN, "too long"),
        ("return: see these:\n\n- one", Verdict.RETURN, "see these:\n\n- one"),
        ("renvoyer : trop long", Verdict.RETURN, "trop long"),
        ("devuelva: demasiado largo", Verdict.RETURN, "demasiado largo"),
    ],
)
def test_decisions_about_a_contribution(text: str, verdict: Verdict | None, reason: str) -> None:
    got = parse(text, OF_CONTRIBUTION, [12])
    assert (got.verdict, got.reason) == (verdict or Verdict.UNCLEAR, reason)


@pytest.mark.parametrize(
    ("text", "verdict", "reason"),
    [
        ("approve", Verdict.APPROVE, ""),
        ("Accepter", Verdict.APPROVE, ""),
        ("aprobar", Verdict.APPROVE, ""),
        ("decline", Verdict.DECLINE, ""),
        ("decline: for officials only\nof Member States", Verdict.DECLINE, "for officials only\nof Member States"),
        ("decline\n\nMo", Verdict.DECLINE, ""),
        ("Rechazar: no", Verdict.DECLINE, "no"),
    ],
)
def test_decisions_about_a_request(text: str, verdict: Verdict, reason: str) -> None:
    got = parse(text, OF_REQUEST)
    assert (got.verdict, got.reason) == (verdict, reason)


@pytest.mark.parametrize(
    ("text", "doubt"),
    [
        ("", Doubt.EMPTY),
        ("\n \n", Doubt.EMPTY),
        ("> release", Doubt.EMPTY),
        ("ok", Doubt.WORDS),
        ("yes", Doubt.WORDS),
        ("don't release", Doubt.WORDS),
        ("not release", Doubt.WORDS),
        ("release tomorrow", Doubt.WORDS),
        ("releases", Doubt.WORDS),
        ("release: but cut the end", Doubt.WORDS),
        ("release - no, wait", Doubt.WORDS),
        ("Re: release", Doubt.WORDS),
        ("I would release", Doubt.WORDS),
        ("release, discard", Doubt.SEVERAL),
        ("discard/release", Doubt.SEVERAL),
        ("release\n\ndiscard", Doubt.SEVERAL),
        ("release 13", Doubt.NUMBER),
        ("release 12, 13", Doubt.NUMBER),
        ("return", Doubt.REASON),
        ("return:", Doubt.REASON),
        ("return: **", Doubt.REASON),
        ("return: your reason", Doubt.REASON),
        ("renvoyer : votre raison", Doubt.REASON),
        ("return\n\nMo", Doubt.REASON),
        ("approve", Doubt.OTHER),
        ("décliner", Doubt.OTHER),
        ("release" + " x" * 400, Doubt.WORDS),
    ],
)
def test_what_decides_nothing_says_why(text: str, doubt: Doubt) -> None:
    got = parse(text, OF_CONTRIBUTION, [12])
    assert (got.verdict, got.doubt) == (Verdict.UNCLEAR, doubt)


@pytest.mark.parametrize(
    ("text", "verdict", "numbers"),
    [
        ("release 12, 14-16", Verdict.RELEASE, (12, 14, 15, 16)),
        ("Release 12 and 14", Verdict.RELEASE, (12, 14)),
        ("diffuser 14 – 16, 15", Verdict.RELEASE, (14, 15, 16)),
        ("return 12, 14: too long", Verdict.RETURN, (12, 14)),
        ("discard 16.", Verdict.DISCARD, (16,)),
        ("release", Verdict.RELEASE, ()),
        ("release 12-14", Verdict.UNCLEAR, ()),  # 13 is none of them
        ("release 16-14", Verdict.UNCLEAR, ()),
        ("release 1-999999999", Verdict.UNCLEAR, ()),
        ("release all", Verdict.UNCLEAR, ()),
        ("release 12, discard 14", Verdict.UNCLEAR, ()),
    ],
)
def test_several_are_named_by_their_numbers(text: str, verdict: Verdict, numbers: tuple[int, ...]) -> None:
    got = parse(text, OF_CONTRIBUTION, [12, 14, 15, 16])
    assert (got.verdict, got.numbers) == (verdict, numbers)


def test_a_request_has_no_number() -> None:
    assert parse("approve 12", OF_REQUEST).doubt is Doubt.NUMBER


@pytest.mark.parametrize("language", ["en", "fr", "es"])
def test_the_words_that_notices_name_are_understood(language: str) -> None:
    said = files.catalogues().get(language, NullTranslations()).gettext
    for verdict in (*OF_CONTRIBUTION, *OF_REQUEST):
        assert VERBS[plain(said(verdict.value))] is verdict
    copied = f"return: {said('your reason')}"
    assert parse(copied, OF_CONTRIBUTION).doubt is Doubt.REASON


@given(st.text(max_size=400), st.booleans())
def test_it_never_raises_and_a_release_needs_its_verb(text: str, request: bool) -> None:
    got = parse(text, OF_REQUEST if request else OF_CONTRIBUTION, [12])
    assert (got.verdict is Verdict.UNCLEAR) == (got.doubt is not None)
    if got.verdict is not Verdict.UNCLEAR:
        assert VERBS.keys() & set(plain(text).split())

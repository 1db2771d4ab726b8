"""Which mail answers which: Message-IDs, our tags, base subjects."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from listserv.core.mail.threads import base_subject, message_ids, subject_tag


@pytest.mark.parametrize(
    ("value", "want"),
    [
        ("<a@b>", ("<a@b>",)),
        ("<a@b> <c@d>\t<a@b>", ("<a@b>", "<c@d>")),
        ("Message from Jane of Monday <a@b>", ("<a@b>",)),
        ("< a@b >", ("<a@b>",)),
        ("<[x@y]>", ("<[x@y]>",)),
        ("a@b", ()),
        ("<>", ()),
        ("<a b@c>", ()),
        ("<é@b>", ()),
        ("", ()),
    ],
)
def test_message_ids(value: str, want: tuple[str, ...]) -> None:
    assert message_ids(value) == want


def test_of_many_references_the_root_and_the_nearest_stay() -> None:
    got = message_ids(" ".join(f"<{n}@x>" for n in range(500)))
    assert (len(got), got[0], got[1], got[-1]) == (100, "<0@x>", "<401@x>", "<499@x>")


@pytest.mark.parametrize(
    ("subject", "want"),
    [
        ("[nap1325 2] Plans", 2),
        ("Re: [NAP1325 2] Plans", 2),
        ("[nap1325 #3]", 3),
        ("[nap1325 2] [nap1325 3]", 2),
        ("[nap1325] Plans", None),
        ("[other 2] Plans", None),
        ("[nap13256 2] Plans", None),
        ("nap1325 2", None),
        ("[nap1325 ٢] خطة", 2),
        ("", None),
    ],
)
def test_subject_tag(subject: str, want: int | None) -> None:
    assert subject_tag(subject, "nap1325") == want


@pytest.mark.parametrize(
    ("subject", "want"),
    [
        ("Plans", "Plans"),
        ("Re: Plans", "Plans"),
        ("RE: re[2]: AW: Fwd: SV: Plans", "Plans"),
        ("Re: [nap1325 2] Re: Plans (fwd)", "Plans"),
        ("[NAP1325 2] Plans", "Plans"),
        ("[nap1325] Plans", "Plans"),
        ("[Fwd: Plans]", "Plans"),
        ("[other 2] Plans", "[other 2] Plans"),
        ("رد: خطة", "خطة"),
        ("回复：计划", "计划"),
        ("Отв: план", "план"),
        ("Rép : plan", "plan"),
        ("Antw.: Antwoord: plan", "plan"),
        ("Ynt.: İlt: plan", "plan"),
        ("Re^2: Re*3: plan", "plan"),
        ("Trả lời: Chuyển tiếp: kế hoạch", "kế hoạch"),
        ("答覆: 轉寄: 計畫", "計畫"),
        ("I. Plan: money", "I. Plan: money"),
        ("Reform: a plan", "Reform: a plan"),
        ("Women: a plan", "Women: a plan"),
        ("  Plans \t for  action ", "Plans for action"),
        ("Re:", ""),
        ("", ""),
    ],
)
def test_base_subject(subject: str, want: str) -> None:
    assert base_subject(subject, "nap1325") == want


@given(st.text(max_size=60))
def test_a_base_subject_is_its_own(subject: str) -> None:
    once = base_subject(subject, "nap1325")
    assert base_subject(once, "nap1325") == once
    assert base_subject("Re: " + subject, "nap1325") == once

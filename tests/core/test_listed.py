"""What lists and their archives do to a mail is undone: addresses hidden, From rewritten, tags, scrubbed parts."""

from __future__ import annotations

import pytest

from listserv.core.mail import inmail, listed

LIST = 'List-Id: "Nap" <nap-l.lists.example>\nList-Post: <mailto:nap-l@lists.example>\n'

FROM = {
    "pipermail": ("From: anna at example.org (Anna Diallo)\n", "Anna Diallo", "anna@example.org"),
    "pipermail, an encoded name": ("From: anna at example.org (=?utf-8?q?Ren=C3=A9?=)\n", "René", "anna@example.org"),
    "pipermail, no name": ("From: anna at example.org\n", "", "anna@example.org"),
    "HyperKitty": ("From: Anna Diallo <anna(a)example.org>\n", "Anna Diallo", "anna@example.org"),
    "nobody can tell": ("From: Anna Diallo\n", None, None),
    "in angle brackets": ("From: Anna Diallo <anna at example.org>\n", "Anna Diallo", "anna@example.org"),
    "Mailman against DMARC": (
        f"From: Anna Diallo via Nap-l <nap-l@lists.example>\nReply-To: Anna Diallo <anna@example.org>\n{LIST}",
        "Anna Diallo",
        "anna@example.org",
    ),
    "the list answers, the author in Cc": (
        "From: Anna via Nap-l <nap-l@lists.example>\nReply-To: nap-l@lists.example\n"
        f"Cc: Anna <anna@example.org>\n{LIST}",
        "Anna",
        "anna@example.org",
    ),
    "Google Groups": (
        "From: 'Anna' via Nap <nap@groups.example>\nX-Original-From: Anna <anna@example.org>\n"
        "List-Id: <nap.groups.example>\nList-Post: <mailto:nap@groups.example>\n",
        "'Anna'",
        "anna@example.org",
    ),
    "as it should be": ("From: Anna <anna@example.org>\nReply-To: other@example.org\n", "Anna", "anna@example.org"),
    "a name with via of somebody else": (
        f"From: Anna via Roma <anna@example.org>\nReply-To: other@example.org\n{LIST}",
        "Anna via Roma",
        "anna@example.org",
    ),
}


@pytest.mark.parametrize(("head", "name", "address"), FROM.values(), ids=FROM)
@pytest.mark.parametrize("end", ["\n", "\r\n"], ids=["LF", "CRLF"])
def test_who_wrote_it(head: str, name: str | None, address: str | None, end: str) -> None:
    raw = (f"Subject: Plans\n{head}Message-ID: <a@b>\n\nFrom: here we go.\n").replace("\n", end).encode()
    mail = inmail.read(listed.restored(raw))
    assert (mail.subject, mail.message_id, mail.body) == ("Plans", "<a@b>", "From: here we go.")
    if name is None:
        assert mail.author is None
    else:
        assert mail.author == inmail.Mailbox(name, address or "")


SUBJECTS = {
    "[nap-l] Plans": "Plans",
    "Re: [nap-l] Plans": "Re: Plans",
    "[NAP-L] Re: [nap-l] Plans": "Re: Plans",
    "[nap-l 12] Plans": "Plans",
    "[draft] Plans": "[draft] Plans",
}


@pytest.mark.parametrize(("subject", "want"), SUBJECTS.items(), ids=SUBJECTS)
def test_the_lists_tag_goes(subject: str, want: str) -> None:
    assert listed.untagged(subject, "nap-l") == want


def test_which_tag_is_the_lists() -> None:
    assert listed.common_tag(["[nap-l] One", "Re: [Nap-L] Two", "AW: [nap-l 3] Three", "[draft] Four"]) == "nap-l"
    assert listed.common_tag(["[draft] One", "Two", "Three"]) == ""
    assert listed.common_tag([]) == ""


SCRUBBED = (
    "The text.\n\n-------------- next part --------------\nAn HTML attachment was scrubbed...\n"
    "URL: <http://lists.example/a.html>\n-------------- next part --------------\n"
    "A non-text attachment was scrubbed...\nName: plan.pdf\nType: application/pdf\nSize: 3 bytes\nDesc: not available\n"
    "URL: <http://lists.example/plan.pdf>"
)


def test_scrubbed_parts_are_named_or_go() -> None:
    assert listed.own_words(SCRUBBED) == "The text.\n\n[plan.pdf: http://lists.example/plan.pdf]"
    assert listed.own_words("Plain.") == "Plain."
    assert listed.own_words("Contribution 3 · Anna\n\nThe text.", ours=True) == "The text."

"""What leaves of what came in: the copies of a contribution, octet by octet, however its mail was made.

Each test is a row of what a mediator owes to the recipients and to the hosts on the way (RFC 5322, 2369, 2919, 8058).
"""

from __future__ import annotations

import re
from email import message_from_bytes, policy
from email.message import EmailMessage

import pytest

from listserv.core.mail.transfer import Copy
from listserv.steps import deliver
from tests.house import DOMAIN, HERE, House, mail

#: Headers that belong to the way a mail came, to other lists, or to its author and the author's own readers.
MUST_NOT_LEAVE = {
    "DKIM-Signature": "v=1; a=rsa-sha256; d=example.net; s=x; h=from; bh=x; b=x",
    "ARC-Seal": "i=1; a=rsa-sha256; cv=none; d=example.net; s=x; b=x",
    "ARC-Message-Signature": "i=1; a=rsa-sha256; d=example.net; s=x; b=x",
    "ARC-Authentication-Results": "i=1; mx.example.net; dkim=pass",
    "Authentication-Results": "mx.example.net; dkim=pass",
    "Received": "from a by b; Tue, 4 Nov 2008 10:00:00 +0000",
    "Received-SPF": "pass",
    "Return-Path": "<anna@example.net>",
    "Disposition-Notification-To": "anna@example.net",
    "Return-Receipt-To": "anna@example.net",
    "X-Confirm-Reading-To": "anna@example.net",
    "Bcc": "secret@example.net",
    "Resent-From": "anna@example.net",
    "Resent-To": "secret@example.net",
    "Delivered-To": "secret@example.net",
    "X-Mailman-Version": "2.1",
    "X-Originating-IP": "[192.0.2.7]",
    "X-BeenThere": "other@example.net",
    "Sender": "secretary@example.net",
    "Errors-To": "anna@example.net",
    "List-Archive": "<https://other.example/>",
    "List-Subscribe": "<mailto:other-join@other.example>",
    "X-Mailer": "Pine",
    "Content-Location": "https://tracker.example/x",
}


def copies(house: House, kind: str = "contribution") -> list[Copy]:
    """What the relay is handed of that kind of mailing."""
    claimed = deliver.claim(house.session, house.now, house.site, deliver.Renderings(), 1000)
    kinds = {row["id"]: house.one("mailing", id=row["mailing_id"])["kind"] for row in house.rows("delivery")}
    return [copy for copy in claimed if kinds[copy.delivery] == kind]


def parsed(copy: Copy) -> EmailMessage:
    return message_from_bytes(copy.head + b"\r\n" + copy.body, policy=policy.SMTP)  # type: ignore[return-value]


@pytest.fixture
def hostile(house: House) -> list[Copy]:
    """The copies of a mail whose every header tries something."""
    headers = dict(MUST_NOT_LEAVE)
    headers["Reply-To"] = "anna@example.net"
    headers["Cc"] = "Secret <secret@example.net>"
    row = house.contribute(
        "Мы пишем план. نكتب خطة.",
        subject="=?utf-8?q?plan=0D=0ABcc=3A_x=40y.example=0D=0A?= and more",
        headers=headers,
    )
    house.release(row["id"])
    return copies(house)


def test_nothing_of_the_way_it_came_leaves(hostile: list[Copy]) -> None:
    assert hostile
    for copy in hostile:
        read = parsed(copy)
        assert [name for name in MUST_NOT_LEAVE if name in read] == []
        octets = copy.head + copy.body
        for secret in (b"secret@example.net", b"192.0.2.7", b"other.example", b"secretary@"):
            assert secret not in octets


def test_each_header_stands_once_and_no_line_is_too_long(hostile: list[Copy]) -> None:
    for copy in hostile:
        names = [name.lower() for name in parsed(copy)]
        assert len(names) == len(set(names))
        assert {"from", "to", "date", "message-id", "subject", "reply-to", "mime-version"} <= set(names)
        lines = (copy.head + b"\r\n" + copy.body).split(b"\r\n")
        assert max(map(len, lines)) <= 998
        assert not [line for line in lines if b"\r" in line or b"\n" in line or b"\0" in line]


def test_an_encoded_line_break_makes_no_header(hostile: list[Copy]) -> None:
    """CVE-2024-6923."""
    for copy in hostile:
        assert "Bcc" not in parsed(copy)
        assert "plan Bcc: x@y.example and more" in str(parsed(copy)["Subject"])


def test_from_is_the_dialogue_and_shows_no_address(hostile: list[Copy]) -> None:
    """RFC 7960 §4: the author's own domain may forbid what we do to the mail."""
    for copy in hostile:
        (sender,) = parsed(copy)["From"].addresses
        assert (sender.addr_spec, sender.display_name) == (HERE, "Anna via Planning for Action")
        assert b"anna@example.net" not in copy.head


def test_an_answer_goes_to_the_thread_and_never_to_one_person(hostile: list[Copy]) -> None:
    for copy in hostile:
        (to,) = parsed(copy)["Reply-To"].addresses
        target = house_target(to.addr_spec)
        assert target.startswith("nap+")


def house_target(address: str) -> str:
    assert address.endswith(f"@{DOMAIN}")
    return address.partition("@")[0]


def test_the_words_arrive_in_every_script(hostile: list[Copy]) -> None:
    for copy in hostile:
        assert "Мы пишем план. نكتب خطة." in parsed(copy).get_body(("plain",)).get_content()  # type: ignore[union-attr]


def test_all_copies_of_a_language_have_one_body_and_one_list_id(hostile: list[Copy], house: House) -> None:
    bodies = {copy.body for copy in hostile}
    assert len(bodies) <= 2  # English, and Boris's French
    (list_id,) = {parsed(copy)["List-Id"] for copy in hostile}
    assert list_id.endswith(f"<nap.{DOMAIN}>")
    again = house.contribute("A year later.")
    house.release(again["id"])
    assert {parsed(copy)["List-Id"] for copy in copies(house)} == {list_id}  # RFC 2919 §3: for the dialogue's life


def test_every_recipient_has_a_return_address_and_a_way_to_leave_of_their_own(hostile: list[Copy]) -> None:
    senders = [copy.sender for copy in hostile]
    leaves = [str(parsed(copy)["List-Unsubscribe"]) for copy in hostile]
    assert len(set(senders)) == len(set(leaves)) == len(hostile)
    for sender in senders:
        assert re.fullmatch(r"nap-bounces\+[a-z0-9]{26}", sender.partition("@")[0])
        assert len(sender.partition("@")[0]) <= 64  # RFC 5321 §4.5.3.1.1


@pytest.mark.parametrize("name", ["List-Help", "List-Post", "List-Owner", "List-Unsubscribe"])
def test_list_headers_name_one_of_our_addresses_in_brackets(hostile: list[Copy], name: str, house: House) -> None:
    """RFC 2369 §2."""
    for copy in hostile:
        found = re.findall(r"<mailto:([^<>\s]+)>", str(parsed(copy)[name]))
        assert found
        assert all(house.site.addresses.parse(address) for address in found)


def test_a_contribution_is_marked_as_a_lists_and_not_as_automatic(hostile: list[Copy]) -> None:
    for copy in hostile:
        assert parsed(copy)["Precedence"] == "list"
        assert parsed(copy)["Auto-Submitted"] is None


def test_notices_say_that_a_machine_wrote_them(house: House) -> None:
    """RFC 3834 §5."""
    house.contribute()
    kinds = {sent.kind: sent.mail for sent in house.sent() if sent.kind in ("receipt", "held_notice")}
    assert {kind: made["Auto-Submitted"] for kind, made in kinds.items()} == {
        "receipt": "auto-replied",
        "held_notice": "auto-generated",
    }
    assert all(made["X-Auto-Response-Suppress"] == "All" for made in kinds.values())


def test_quoted_footers_keep_no_token_of_the_one_who_quotes(house: House) -> None:
    house.released("The first.")
    first = copies(house)[0]
    leave = re.findall(r"nap-leave\+[a-z0-9]+", str(parsed(first)["List-Unsubscribe"]))[0]
    page = f"https://dialogue.example/u/{leave.partition('+')[2]}"
    text = f"I agree, see {leave}@{DOMAIN} and {first.sender} and {page} or {leave.upper()}@{DOMAIN.upper()}."
    row = house.contribute(text)
    house.release(row["id"])
    secrets = [leave.partition("+")[2], first.sender.partition("+")[2].partition("@")[0]]
    for copy in copies(house):
        octets = (copy.head.split(b"List-Unsubscribe")[0] + copy.body).lower()
        assert not [one for one in secrets if one.encode() in octets.replace(b"=\r\n", b"")]
    kept = house.contribution(row["id"])
    for column in ("text", "cut", "html"):
        assert not [one for one in secrets if one in kept[column].lower()]


def test_a_name_made_to_mislead_is_shown_plainly(house: House) -> None:
    """No address, bracket or direction mark in a name: "chief@example.org <…>" would look like somebody else."""
    row = house.take(mail(author='"Chief\u202e gro.elpmaxe" <anna@example.net>'.encode().decode("utf-8")))
    house.release(row["contribution_id"])
    for copy in copies(house):
        (sender,) = parsed(copy)["From"].addresses
        assert "\u202e" not in sender.display_name
        assert "@" not in sender.display_name

"""What DNS must say and what a copy must have: each rule with what passes it and what fails it, in exact words."""

from __future__ import annotations

from collections.abc import Mapping
from functools import cache

import pytest
from cryptography.hazmat.primitives.asymmetric import ed25519, rsa

from listserv.core.mail import compliance, published
from listserv.core.mail.compliance import Finding, Result
from listserv.core.mail.dkim import Key

OK, WARNING, FAILED, SKIPPED = Result.OK, Result.WARNING, Result.FAILED, Result.SKIPPED
DOMAIN = "talk.example.org"

Zone = Mapping[tuple[str, str], tuple[str, ...] | None]


def zone(records: Zone) -> published.Look:
    """A DNS that has these records; None for a name stands for no answer."""
    return lambda kind, name: records.get((kind, name), ())


def told(finding: Finding) -> tuple[Result, str]:
    return finding.result, finding.text


# MX


@pytest.mark.parametrize(
    ("records", "result", "text"),
    [
        (
            {("MX", DOMAIN): ("mx.example.net",), ("A", "mx.example.net"): ("192.0.2.1",)},
            OK,
            "mail to talk.example.org goes to mx.example.net.",
        ),
        (
            {("MX", DOMAIN): ("a.example", "b.example"), ("AAAA", "b.example"): ("2001:db8::1",)},
            OK,
            "mail to talk.example.org goes to a.example, b.example.",
        ),
        (
            {("MX", DOMAIN): ("mx.example.net",), ("A", "mx.example.net"): None},
            OK,
            "mail to talk.example.org goes to mx.example.net.",
        ),
        ({}, FAILED, "talk.example.org has no MX: mail to its dialogues finds no server."),
        (
            {("A", DOMAIN): ("192.0.2.1",)},
            WARNING,
            "talk.example.org has no MX, only an address; some senders do not try that.",
        ),
        ({("MX", DOMAIN): ("",)}, FAILED, "talk.example.org says that it takes no mail (a null MX)."),
        (
            {("MX", DOMAIN): ("mx.example.net",)},
            FAILED,
            "mx.example.net, which talk.example.org names as its mail server, has no address.",
        ),
        ({("MX", DOMAIN): None}, SKIPPED, "DNS did not answer for talk.example.org; try again."),
    ],
)
def test_mx(records: Zone, result: Result, text: str) -> None:
    assert told(published.mx(DOMAIN, zone(records))) == (result, text)


# SPF


def included(count: int) -> dict[tuple[str, str], tuple[str, ...]]:
    """A chain of that many domains, each of which includes the next."""
    chain = {("TXT", f"i{n}.example"): (f"v=spf1 include:i{n + 1}.example -all",) for n in range(count - 1)}
    return chain | {("TXT", f"i{count - 1}.example"): ("v=spf1 ip4:192.0.2.1 -all",)}


@pytest.mark.parametrize(
    ("record", "more", "result", "text"),
    [
        (
            ("v=spf1 ip4:192.0.2.0/24 -all", "google-site-verification=x"),
            {},
            OK,
            "v=spf1 ip4:192.0.2.0/24 -all (0 of 10 look-ups); return addresses are at talk.example.org,"
            " so it is aligned.",
        ),
        (
            ("V=SPF1 a mx include:i0.example ~all",),
            included(2),
            OK,
            "V=SPF1 a mx include:i0.example ~all (4 of 10 look-ups); return addresses are at talk.example.org,"
            " so it is aligned.",
        ),
        (
            ("v=spf1 redirect=i0.example",),
            included(1),
            OK,
            "v=spf1 redirect=i0.example (1 of 10 look-ups); return addresses are at talk.example.org,"
            " so it is aligned.",
        ),
        (
            ("v=spf1 exists:%{i}.example include:%{d}.example exp=x.example -all",),
            {},
            OK,
            "v=spf1 exists:%{i}.example include:%{d}.example exp=x.example -all (2 of 10 look-ups); return addresses"
            " are at talk.example.org, so it is aligned.",
        ),
        (
            (),
            {},
            FAILED,
            "talk.example.org has no SPF record: nothing says that your relay may send for it.",
        ),
        (
            ("v=spf10 -all",),
            {},
            FAILED,
            "talk.example.org has no SPF record: nothing says that your relay may send for it.",
        ),
        (
            ("v=spf1 a -all", "v=spf1 mx -all"),
            {},
            FAILED,
            "talk.example.org has 2 SPF records, so receivers use none.",
        ),
        (
            ("v=spf1 ipv4:192.0.2.1 -all",),
            {},
            FAILED,
            "the record of talk.example.org cannot be used: 'ipv4:192.0.2.1' in the record of talk.example.org means"
            " nothing.",
        ),
        (
            ("v=spf1 include:gone.example -all",),
            {},
            FAILED,
            "the record of talk.example.org cannot be used: gone.example, which it includes, has no SPF record.",
        ),
        (
            ("v=spf1 include:a.example -all",),
            {("TXT", "a.example"): ("v=spf1 include:talk.example.org -all",)},
            FAILED,
            "the record of talk.example.org cannot be used: it includes talk.example.org again and again.",
        ),
        (
            ("v=spf1 include:i0.example -all",),
            included(11),
            FAILED,
            "evaluating the record of talk.example.org takes more than 10 look-ups, so receivers give up.",
        ),
        (
            ("v=spf1 " + " ".join(f"a:h{n}.example" for n in range(11)) + " -all",),
            {},
            FAILED,
            "evaluating the record of talk.example.org takes more than 10 look-ups, so receivers give up.",
        ),
        (
            ("v=spf1 +all",),
            {},
            FAILED,
            "the record of talk.example.org ends in +all: anybody may send in its name.",
        ),
        (
            ("v=spf1 a all",),
            {},
            FAILED,
            "the record of talk.example.org ends in +all: anybody may send in its name.",
        ),
        (
            ("v=spf1 a ?all",),
            {},
            WARNING,
            "the record of talk.example.org does not say what others are: it has no all, or ?all.",
        ),
        (
            ("v=spf1 a",),
            {},
            WARNING,
            "the record of talk.example.org does not say what others are: it has no all, or ?all.",
        ),
        (
            ("v=spf1 ptr -all",),
            {},
            WARNING,
            "the record of talk.example.org uses ptr, which receivers may skip.",
        ),
        (
            ("v=spf1 include:slow.example -all",),
            {("TXT", "slow.example"): None},
            WARNING,
            "DNS did not answer for slow.example, which the record names.",
        ),
        (None, {}, SKIPPED, "DNS did not answer for talk.example.org; try again."),
    ],
)
def test_spf(record: tuple[str, ...] | None, more: Zone, result: Result, text: str) -> None:
    finding = published.spf(DOMAIN, zone({("TXT", DOMAIN): record, **more}))
    assert told(finding) == (result, text)
    assert bool(finding.do) == (result in (WARNING, FAILED))


def test_ten_look_ups_are_as_many_as_there_may_be() -> None:
    record = ("v=spf1 include:i0.example -all",)
    assert published.spf(DOMAIN, zone({("TXT", DOMAIN): record, **included(10)})).result is OK


# DKIM


@cache
def key(algorithm: str = "rsa") -> Key:
    private = rsa.generate_private_key(65537, 2048) if algorithm == "rsa" else ed25519.Ed25519PrivateKey.generate()
    return Key(DOMAIN, "d1", private)


AT = "d1._domainkey.talk.example.org"
ANOTHER = f"the key at {AT} is another one: every signature looks forged."
TESTING = f"the record at {AT} says t=y, testing: receivers treat signed mail as unsigned."


@pytest.mark.parametrize(
    ("records", "result", "text"),
    [
        (lambda ours: (ours,), OK, f"{AT} has our RSA key."),
        (lambda ours: (ours.replace("k=rsa; ", "") + "; t=s",), OK, f"{AT} has our RSA key."),
        (lambda ours: (f"{ours[:200]} {ours[200:]}", "v=spf1 -all"), OK, f"{AT} has our RSA key."),
        (lambda ours: (), FAILED, f"{AT} has no key: every signature counts for nothing."),
        (lambda ours: ("v=DKIM1; k=rsa",), FAILED, f"{AT} has no key: every signature counts for nothing."),
        (lambda ours: (ours, ours), FAILED, f"{AT} has 2 keys, so receivers use none."),
        (lambda ours: ("v=DKIM1; p=",), FAILED, f"the key at {AT} is withdrawn (p= is empty)."),
        (lambda ours: (ours[:-9] + "AAAAAIDAQ",), FAILED, ANOTHER),
        (lambda ours: (key("ed").record,), FAILED, ANOTHER),
        (lambda ours: (ours + "; t=s:y",), FAILED, TESTING),
        (lambda ours: (ours + "; h=sha1",), FAILED, f"the record at {AT} does not allow sha256 (h=)."),
        (lambda ours: (ours + "; s=tlsrpt",), FAILED, f"the record at {AT} is not for mail (s=)."),
        (lambda ours: (ours.replace("DKIM1", "DKIM2"),), FAILED, f"the record at {AT} has v=DKIM2, which is none."),
        (lambda ours: None, SKIPPED, f"DNS did not answer for {AT}; try again."),
    ],
)  # fmt: skip
def test_dkim(records, result: Result, text: str) -> None:
    finding = published.dkim(key(), zone({("TXT", AT): records(key().record)}))
    assert (finding.check, *told(finding)) == ("DKIM d1", result, text)


def test_the_second_key_is_looked_for_too() -> None:
    finding = published.dkim(key("ed"), zone({("TXT", AT): (key("ed").record,)}))
    assert told(finding) == (OK, f"{AT} has our ED25519 key.")


# DMARC

NONE = "talk.example.org has no DMARC record, which large receivers ask for."
BOTH = "SPF and DKIM are both aligned with talk.example.org."


@pytest.mark.parametrize(
    ("records", "result", "text"),
    [
        (
            {f"_dmarc.{DOMAIN}": ("v=DMARC1; p=reject; rua=mailto:x@example.org",)},
            OK,
            f"_dmarc.talk.example.org says reject; {BOTH}",
        ),
        ({f"_dmarc.{DOMAIN}": ("v=DMARC1;p=none", "other")}, OK, f"_dmarc.talk.example.org says none; {BOTH}"),
        (
            {"_dmarc.example.org": ("v=DMARC1; p=reject; sp=quarantine",)},
            OK,
            f"_dmarc.example.org says quarantine; {BOTH}",
        ),
        ({"_dmarc.example.org": ("v=DMARC1; p=reject",)}, OK, f"_dmarc.example.org says reject; {BOTH}"),
        ({}, FAILED, NONE),
        ({"_dmarc.org": ("v=DMARC1; p=reject",)}, FAILED, NONE),
        ({f"_dmarc.{DOMAIN}": ("v=DMARC2; p=reject",)}, FAILED, NONE),
        (
            {f"_dmarc.{DOMAIN}": ("v=DMARC1; p=none", "v=DMARC1; p=reject")},
            FAILED,
            "_dmarc.talk.example.org has 2 DMARC records, so receivers use none.",
        ),
        (
            {f"_dmarc.{DOMAIN}": ("v=DMARC1; p=none; p=reject",)},
            FAILED,
            "the record at _dmarc.talk.example.org cannot be read.",
        ),
        (
            {f"_dmarc.{DOMAIN}": ("v=DMARC1; p=rejects",)},
            FAILED,
            "_dmarc.talk.example.org has the policy 'rejects', which is none.",
        ),
        ({f"_dmarc.{DOMAIN}": None}, SKIPPED, "DNS did not answer for _dmarc.talk.example.org; try again."),
    ],
)  # fmt: skip
def test_dmarc(records: dict[str, tuple[str, ...] | None], result: Result, text: str) -> None:
    look = zone({("TXT", name): texts for name, texts in records.items()})
    assert told(published.dmarc(DOMAIN, DOMAIN, look)) == (result, text)


def test_without_a_signature_dmarc_hangs_on_spf() -> None:
    finding = published.dmarc(DOMAIN, "", zone({("TXT", f"_dmarc.{DOMAIN}"): ("v=DMARC1; p=reject",)}))
    text = "_dmarc.talk.example.org says reject; with no signature only SPF counts, which forwarding breaks."
    assert told(finding) == (WARNING, text)


def test_strict_alignment_wants_the_very_domain() -> None:
    look = zone({("TXT", f"_dmarc.{DOMAIN}"): ("v=DMARC1; p=reject; adkim=s",)})
    assert published.dmarc(DOMAIN, DOMAIN, look).result is OK
    finding = published.dmarc(DOMAIN, "example.org", look)
    text = "_dmarc.talk.example.org asks for adkim=s, but signatures are of example.org, not of talk.example.org."
    assert told(finding) == (FAILED, text)


@pytest.mark.parametrize(
    ("domain", "asked"),
    [
        ("example.org", ["example.org"]),
        ("a.b.example.org", ["a.b.example.org", "b.example.org", "example.org"]),
        (
            "a.b.c.d.e.f.g.h.example.org",  # of a long name the last seven labels only: RFC 9989 §4.10
            [
                "a.b.c.d.e.f.g.h.example.org",
                *("d.e.f.g.h.example.org", "e.f.g.h.example.org", "f.g.h.example.org"),
                *("g.h.example.org", "h.example.org", "example.org"),
            ],
        ),
    ],
)  # fmt: skip
def test_the_domains_above_are_asked_in_turn(domain: str, asked: list[str]) -> None:
    names: list[str] = []

    def look(kind: str, name: str) -> tuple[str, ...]:
        names.append(name)
        return ()

    published.dmarc(domain, domain, look)
    assert names == [f"_dmarc.{one}" for one in asked]


@pytest.mark.parametrize(
    ("records", "text"),
    [
        (
            {"b.talk.co.example": "p=reject", "co.example": "p=none; psd=y"},
            "_dmarc.co.example says none",
        ),
        (
            {"talk.co.example": "p=reject", "co.example": "p=none; psd=y"},
            "_dmarc.talk.co.example says reject",
        ),
        (
            {"talk.co.example": "p=reject; psd=n", "co.example": "p=none"},
            "_dmarc.talk.co.example says reject",
        ),
    ],
)
def test_a_registrys_own_record_is_not_the_organisations(records: dict[str, str], text: str) -> None:
    look = zone({("TXT", f"_dmarc.{name}"): (f"v=DMARC1; {rest}",) for name, rest in records.items()})
    assert published.dmarc("a.b.talk.co.example", "", look).text.startswith(text)


# A copy

HEAD = (
    "DKIM-Signature: v=1; a=rsa-sha256; d=talk.example.org; s=d1; h=from:subject:\r\n date:message-id:list-id:"
    "list-unsubscribe:list-unsubscribe-post:from; b=x\r\n"
    'From: "Anna via Talk" <talk@talk.example.org>\r\n'
    "To: Talk <talk@talk.example.org>\r\n"
    "Subject: [talk 1] A\r\n budget\r\n"
    "Date: Tue, 04 Nov 2008 11:00:00 -0400\r\n"
    "Message-ID: <1@talk.example.org>\r\n"
    "List-Id: Talk <talk.talk.example.org>\r\n"
    "List-Unsubscribe: <https://talk.example.org/u/x>,\r\n <mailto:talk-leave+x@talk.example.org>\r\n"
    "List-Unsubscribe-Post: List-Unsubscribe=One-Click\r\n"
)


def copy(old: str = "", new: str = "", body: str = "Hello.\r\n") -> compliance.Read:
    assert old in HEAD
    return compliance.read((HEAD.replace(old, new, 1) + "\r\n" + body).encode())


def of_contribution(read: compliance.Read, *, https: bool = True, trial: bool = False) -> dict[str, Finding]:
    """What is not ok, by check."""
    found = compliance.of_contribution(read, DOMAIN, https=https, signed=True, trial=trial)
    return {finding.check: finding for finding in found if finding.result is not OK}


def test_a_copy_as_we_send_it_passes() -> None:
    found = compliance.of_contribution(copy(), DOMAIN, https=True, signed=True)
    assert [told(one) for one in found] == [
        (OK, "one From, Date, Message-ID and Subject; no line beyond 998 octets."),
        (OK, f"From and the return address are at {DOMAIN}, and so is the signature ({DOMAIN}): aligned."),
        (OK, "List-Id: Talk <talk.talk.example.org>"),
        (OK, "List-Unsubscribe has an https link and an address, List-Unsubscribe-Post is there."),
        (OK, "h= covers from, subject, date, message-id, list-id, list-unsubscribe, list-unsubscribe-post."),
    ]  # fmt: skip


NO_LINK = "a copy has no https link to leave by, or no List-Unsubscribe-Post."


@pytest.mark.parametrize(
    ("old", "new", "check", "text"),
    [
        ("Subject: ", "Date: now\r\nSubject: ", "contribution", "date stands 2 times."),
        ("Message-ID: <1@talk.example.org>\r\n", "", "contribution", "message-id stands 0 times."),
        ("To: ", "Cc: a@b.c\r\nCc: d@e.f\r\nTo: ", "contribution", "cc stands 2 times."),
        ("budget", "b" * 998, "contribution", "a line has 999 octets."),
        ("budget", "bud\nget", "contribution", "a line ends in a bare CR or LF."),
        ("From: ", "From: x@elsewhere.example, ", "contribution", "From is not at talk.example.org."),
        ("<talk@talk.example.org>", "<anna@example.net>", "contribution", "From is not at talk.example.org."),
        ("d=talk.example.org", "d=relay.example", "contribution", f"signed by relay.example, which is not {DOMAIN}."),
        ("<talk.talk.example.org>", "<talk>", "contribution", "it has no List-Id that is one."),
        ("<https://talk", "<http://talk", "one-click leaving", NO_LINK),
        ("=One-Click", "=Yes", "one-click leaving", NO_LINK),
        ("<mailto:", "<tel:", "one-click leaving", "a copy names no address to leave by (List-Unsubscribe)."),
        ("list-unsubscribe-post:from", "from", "DKIM signature", "h= leaves out list-unsubscribe-post."),
        (":from;", ";", "DKIM signature", "a second From could be added (h= names it once)."),
        ("; b=x", "; l=9; b=x", "DKIM signature", "text could be added to the body (l=)."),
        ("DKIM-Signature", "X-Signature", "DKIM signature", "a copy is not signed."),
    ],
)  # fmt: skip
def test_what_is_wrong_with_a_copy(old: str, new: str, check: str, text: str) -> None:
    found = of_contribution(copy(old, new))
    assert told(found[check]) == (FAILED, text)
    assert found[check].do


def test_a_line_of_the_body_counts_too() -> None:
    found = of_contribution(copy(body="x" * 1200 + "\r\n"))
    assert told(found["contribution"]) == (FAILED, "a line has 1200 octets.")


@pytest.mark.parametrize(("trial", "result"), [(False, FAILED), (True, WARNING)])
def test_without_https_there_is_no_one_click(trial: bool, result: Result) -> None:
    read = copy("List-Unsubscribe-Post: List-Unsubscribe=One-Click\r\n")
    found = of_contribution(read, https=False, trial=trial)
    text = "by mail only: there are no https pages. Large receivers ask for one click."
    assert {check: told(one) for check, one in found.items()} == {"one-click leaving": (result, text)}


def test_a_notice_is_marked_as_automatic() -> None:
    marked = compliance.of_notice(copy("List-Id:", "Auto-Submitted: auto-generated\r\nList-Id:"), DOMAIN)
    assert [one.result for one in marked] == [OK, OK, OK]
    unmarked = compliance.of_notice(copy(), DOMAIN)
    assert told(unmarked[2]) == (FAILED, "it is not marked as automatic (Auto-Submitted).")

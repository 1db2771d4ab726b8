"""What counts as proof of who wrote a mail, and what only looks like it."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from listserv.core.mail import inmail
from listserv.core.mail.authentication import (
    UNPROVEN,
    Level,
    Proof,
    aligned,
    by_results,
    key_flaw,
    results,
    signature_flaw,
    tags,
)

ANNA = "anna@un.example"
OURS = "mx.talk.example"
PASSES = "dmarc=pass (p=none dis=none) header.from=un.example"


def test_a_site_that_looks_for_no_proof_misses_none() -> None:
    assert not UNPROVEN.lacking
    assert Proof(says="It is not signed.").lacking
    assert not Proof(refuted=True, says="It is forged.").lacking
    assert not Proof(Level.DKIM, says="It is signed.").lacking


@pytest.mark.parametrize(
    ("domain", "author", "expected"),
    [
        ("un.example", "un.example", True),
        ("UN.Example.", "un.example", True),
        ("mail.un.example", "un.example", True),  # signed by a host below
        ("un.example", "geneva.un.example", True),  # or by the organisation above
        ("xn--bcher-kva.example", "bücher.example", True),
        ("un.example", "notun.example", False),
        ("evil.example", "un.example", False),
        ("a.un.example", "b.un.example", False),  # whether these are one organisation no rule can tell
        ("example", "un.example", False),
        ("", "un.example", False),
        ("un.example.evil.test", "un.example", False),
        ("localhost", "localhost", True),
        ("localhost", "a.localhost", False),
    ],
)
def test_alignment(domain: str, author: str, expected: bool) -> None:
    assert aligned(domain, author) is expected


@pytest.mark.parametrize(
    ("value", "expected"),
    [
        ("mx.example; none", ("mx.example", [])),
        ("mx.example", ("mx.example", [])),
        ("MX.Example 1; spf=pass smtp.mailfrom=a.example", ("mx.example", [("spf", "pass")])),
        ("(here; \\) (nested)) mx.example (v)1 ; dkim=pass header.d=a.example", ("mx.example", [("dkim", "pass")])),
        ('"mx.example"; DKIM=Pass Header.D=a.example', ("mx.example", [("dkim", "pass")])),
        ("mx.example; dkim/1 = pass header . d = a.example", ("mx.example", [("dkim", "pass")])),
        ("mx.example; dkim=fail; dkim=pass header.i=@a.example", ("mx.example", [("dkim", "fail"), ("dkim", "pass")])),
        # a semicolon in quotes divides nothing; a property in a reason is none
        ('mx.example; spf=pass smtp.mailfrom="a;dkim=pass header.d=un.example"', ("mx.example", [("spf", "pass")])),
        # what cannot be read to its end is left out
        ("mx.example; dkim=pass header.d=a.example surplus", ("mx.example", [])),
        ("mx.example; dkim=pass header.d=a.example header.d=b.example", ("mx.example", [])),
        ("mx.example; dkim", ("mx.example", [])),
        ("mx.example; =pass", ("mx.example", [])),
        ("mx.example (open; dkim=pass", ("", [])),
        ('mx.example; spf=pass smtp.mailfrom="open; dkim=pass', ("", [])),
        ("two words; dkim=pass", ("", [])),
        ("", ("", [])),
    ],
)
def test_reading_authentication_results(value: str, expected: tuple[str, list[tuple[str, str]]]) -> None:
    name, found = results(value)
    assert (name, [(one.method, one.result) for one in found]) == expected


def test_properties_are_read_and_reasons_are_not() -> None:
    _, (found,) = results('mx.example; dkim=pass reason="header.d=evil.example" header.d=a.example x-bits=2048')
    assert found.properties == {"header.d": "a.example"}


REAL = {  # as these write them; lines are folded at "|"
    "Google": "dkim=pass header.i=@un.example header.s=s1 header.b=AbC/d+e;|spf=pass (google.com: domain of "
    "anna@un.example designates 192.0.2.1 as permitted sender) smtp.mailfrom=anna@un.example;|"
    "dmarc=pass (p=REJECT sp=REJECT dis=NONE) header.from=un.example",
    "OpenDKIM": 'dkim=pass (1024-bit key; unprotected) header.d=un.example header.i=@un.example header.b="x y"',
    "OpenDMARC": "dmarc=pass (p=none dis=none) header.from=un.example",
    "Rspamd": f"dkim=pass header.d=un.example header.s=k header.b=AbCdEfGh;|spf=pass ({OURS}: domain of "
    "anna@un.example designates 192.0.2.1) smtp.mailfrom=anna@un.example;|"
    "dmarc=pass (policy=none) header.from=un.example",
    "Fastmail": "dkim=pass (2048-bit rsa key sha256) header.d=un.example header.i=@un.example header.b=a "
    "header.a=rsa-sha256 header.s=k x-bits=2048;|iprev=pass smtp.remote-ip=192.0.2.1 (mail.un.example);|"
    "dmarc=pass policy.published-domain-policy=none policy.applied-disposition=none header.from=un.example",
}


@pytest.mark.parametrize("host", REAL)
def test_headers_of_hosts_in_use(host: str) -> None:
    said = REAL[host].replace("|", "\r\n\t")
    mail = inmail.read(f"Authentication-Results: {OURS};\r\n {said}\r\nFrom: {ANNA}\r\n\r\ntext\r\n".encode())
    assert by_results(mail.authentication_results, OURS, ANNA).level is Level.TRUSTED


def test_a_host_that_gives_no_id_cannot_be_told_from_a_forger() -> None:
    said = (
        "spf=pass smtp.mailfrom=un.example; dkim=pass header.d=un.example;dmarc=pass action=none header.from=un.example"
    )
    assert by_results([said], OURS, ANNA).level is Level.NONE  # Microsoft 365


@given(st.text(max_size=300))
def test_any_header_is_read(value: str) -> None:
    results(value)
    by_results([value], OURS, ANNA)


TRUSTED, NONE, REFUTED = "trusted", "none", "refuted"


@pytest.mark.parametrize(
    ("headers", "expected"),
    [
        # DMARC: the domain that was checked is the author's
        ([f"{OURS}; {PASSES}"], TRUSTED),
        ([f"MX.Talk.Example 1; {PASSES}"], TRUSTED),
        ([f"{OURS}; dmarc=pass header.from=UN.EXAMPLE"], TRUSTED),
        ([f"{OURS}; dmarc=pass header.from=evil.example"], NONE),
        ([f"{OURS}; dmarc=pass header.from=mail.un.example"], NONE),
        ([f"{OURS}; dmarc=pass"], NONE),
        # DKIM: a signature aligned with it
        ([f"{OURS}; dkim=pass header.d=un.example"], TRUSTED),
        ([f"{OURS}; dkim=pass header.i=@mail.un.example header.b=abc"], TRUSTED),
        ([f"{OURS}; dkim=pass header.i=someone@un.example"], TRUSTED),
        ([f"{OURS}; dkim=fail header.d=un.example; dkim=pass header.d=evil.example"], NONE),
        ([f"{OURS}; dkim=pass header.d=evil.example header.i=@un.example"], NONE),
        ([f"{OURS}; dkim=pass"], NONE),
        # nothing else
        ([f"{OURS}; spf=pass smtp.mailfrom=un.example; arc=pass"], NONE),
        ([f"{OURS}; dmarc=temperror header.from=un.example"], NONE),
        ([f"{OURS}; dmarc=none header.from=un.example; dkim=none"], NONE),
        ([f"{OURS}; none"], NONE),
        ([f"{OURS}; dmarc=(pass) fail header.from=un.example"], REFUTED),
        ([f"{OURS}; dmarc=fail (p=reject) header.from=un.example"], REFUTED),
        ([f"{OURS}; dkim=pass header.d=un.example; dmarc=fail header.from=un.example"], REFUTED),
        # the topmost, with our host's id, and only one
        ([], NONE),
        ([f"mx.elsewhere.example; {PASSES}"], NONE),
        ([f"mx.elsewhere.example; {PASSES}", f"{OURS}; {PASSES}"], NONE),
        ([f"{OURS}; {PASSES}", f"mx.elsewhere.example; {PASSES}"], TRUSTED),
        ([f"{OURS}; {PASSES}", f"{OURS}; {PASSES}"], NONE),
        ([f"{OURS}; {PASSES}", "mx.elsewhere.example; none", f"(x) {OURS.upper()} 1; dkim=pass"], NONE),
        ([f"{OURS}; dmarc=fail", f"{OURS}; {PASSES}"], NONE),
        ([f"{OURS}.; {PASSES}"], NONE),
        ([f"x{OURS}; {PASSES}"], NONE),
        ([f"{OURS}/evil.example; {PASSES}"], NONE),
        ([f"{OURS} evil.example; {PASSES}"], NONE),
    ],
)
def test_what_our_mail_host_says(headers: list[str], expected: str) -> None:
    proof = by_results(headers, OURS, ANNA)
    assert (REFUTED if proof.refuted else proof.level) == expected
    assert proof.says.endswith(".")


def test_what_a_moderator_reads() -> None:
    assert by_results([f"{OURS}; dmarc=fail"], OURS, ANNA) == Proof(
        refuted=True, says="Our mail host's check says that it does not come from un.example (DMARC)."
    )
    assert by_results([f"{OURS}; {PASSES}"] * 2, OURS, ANNA).says == (
        "Several headers claim to be our mail host's check; none of them is believed."
    )


GOOD = {"v": "1", "a": "rsa-sha256", "d": "un.example", "s": "k", "h": "From:To:Subject", "bh": "x", "b": "y"}


@pytest.mark.parametrize(
    ("changes", "expected"),
    [
        ({}, ""),
        ({"d": "mail.un.example"}, ""),
        ({"a": "ed25519-sha256"}, ""),
        ({"d": "evil.example"}, "it is signed by another domain only"),
        ({"d": ""}, "it is signed by another domain only"),
        ({"l": "100"}, "its signature covers only the beginning of the text"),
        ({"l": "0"}, "its signature covers only the beginning of the text"),
        ({"h": "to:subject"}, "its signature does not cover its author"),
        ({"h": "resent-from:to"}, "its signature does not cover its author"),
        ({"a": "rsa-sha1"}, "its signature is of a kind no longer safe"),
        ({"a": ""}, "its signature is of a kind no longer safe"),
    ],
)
def test_signatures_that_count(changes: dict[str, str], expected: str) -> None:
    assert signature_flaw(GOOD | changes, ANNA) == expected


@pytest.mark.parametrize(
    ("record", "expected"),
    [
        ("v=DKIM1; k=rsa; p=MIGf MA0G", ""),
        ("p=MIGfMA0G", ""),
        ("v=DKIM1; t=s; p=MIGfMA0G;", ""),
        ("v=DKIM1; t=y; p=MIGfMA0G", "its domain is only testing its signatures"),
        ("v=DKIM1; t=s:Y; p=MIGfMA0G", "its domain is only testing its signatures"),
        ("v=DKIM1; p=", "the key of its signature is missing or withdrawn"),
        ("v=spf1 -all", "the key of its signature is missing or withdrawn"),
        ("p=MIGf; p=other", "the key of its signature is missing or withdrawn"),
        ("", "the key of its signature is missing or withdrawn"),
    ],
)
def test_keys_that_count(record: str, expected: str) -> None:
    assert key_flaw(record) == expected


def test_tag_lists() -> None:
    assert tags(" v=1 ;\r\n\th=from : to; b=a b\r\n c=; ") == {"v": "1", "h": "from:to", "b": "abc="}
    assert tags("a=1; a=2") == tags("nonsense") == tags("=1") == tags("") == {}


@pytest.mark.parametrize(
    "value",
    [
        "anna@un.example, eve@evil.example",
        "anna@un.example <eve@evil.example>",
        '"anna@un.example" <eve@evil.example>',
        "Anna <anna@un.example> <eve@evil.example>",
        "Group: anna@un.example;",
        "anna@un.example(<eve@evil.example>)",
        "<anna@un.example>, ",
        "Anna <eve@evil.example>\r\nFrom: Anna <anna@un.example>",
        "=?utf-8?q?anna=40un.example?= <eve@evil.example>",
        "=?utf-8?q?Anna_=3Canna=40un.example=3E?= <eve@evil.example>",
        "=?utf-8?q?anna=40un.example?=",
        "=?utf-8?q?anna?=@un.example",
        "anna@un.example\0 <eve@evil.example>",
        "anna@un.example@evil.example",
        "<@evil.example:anna@un.example>",
        '"anna@un.example\\" <x@y.example>, " <eve@evil.example>',
        "anna@un.example <>",
        "<anna@un.example",
        "Anna anna@un.example",
        "anna @un.example",
        "anna@un.example\r\n <eve@evil.example>",
        "anna@[192.0.2.1]",
        "anna@un..example",
        ".anna@un.example",
        "",
    ],
)
def test_a_from_that_can_be_read_in_two_ways_names_nobody(value: str) -> None:
    mail = inmail.read(f"From: {value}\r\nSubject: x\r\n\r\ntext\r\n".encode())
    assert mail.author is None
    assert any(remark.startswith("From is") for remark in mail.remarks)


@pytest.mark.parametrize(
    ("value", "expected"),
    [
        ("eve@evil.example (anna@un.example)", None),
        ("eve@evil.example (Anna)", "eve@evil.example"),
        ("ANNA@UN.example", "ANNA@un.example"),
        ('"Anna, Ms" <anna@un.example>', "anna@un.example"),
        ("\r\n\tAnna\r\n <anna@un.example>", "anna@un.example"),
    ],
)
def test_a_from_that_reads_one_way(value: str, expected: str | None) -> None:
    mail = inmail.read(f"From: {value}\r\n\r\ntext\r\n".encode())
    assert (mail.author.address if mail.author else None) == expected


@pytest.mark.parametrize(
    ("header", "expected"),
    [
        ("", ""),
        ("Sender: Office <office@un.example>\r\n", "office@un.example"),
        ("Sender: nonsense\r\n", ""),
        ("Sender: =?utf-8?q?office=40un.example?=\r\n", ""),
    ],
)
def test_who_sent_it_for_the_author(header: str, expected: str) -> None:
    assert inmail.read(f"From: anna@un.example\r\n{header}\r\ntext\r\n".encode()).sender == expected

"""For whom and from whom a mail in a mailbox came: what the delivering hop wrote, before what anybody may write."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from listserv.edge import addressed

OURS = {"nap@talk.example", "nap-owner@talk.example", "nap-join@talk.example", "nap+abc@talk.example"}


def ours(address: str) -> bool:
    return address.lower() in OURS


def recipients(head: str) -> tuple[str, ...]:
    return addressed.recipients(head.replace("\n", "\r\n").encode() + b"\r\nTo: nap@talk.example in the text\r\n", ours)


@pytest.mark.parametrize(
    ("head", "expected"),
    [
        pytest.param("To: nap@talk.example\n", ["nap@talk.example"], id="To"),
        pytest.param("To: Anna <anna@x.org>\nCc: N <NAP@Talk.Example>\n", ["nap@talk.example"], id="Cc, in any case"),
        pytest.param(
            "To: nap@talk.example, nap@talk.example\nCc: nap-owner@talk.example\n",
            ["nap@talk.example", "nap-owner@talk.example"],
            id="to several of ours, each once",
        ),
        pytest.param(
            "Delivered-To: nap@talk.example\nReceived: by x\nTo: undisclosed-recipients:;\n",
            ["nap@talk.example"],
            id="Bcc",
        ),
        pytest.param(
            "Delivered-To: box@talk.example\nReceived: by x\nTo: nap@talk.example\n",
            ["nap@talk.example"],
            id="delivered to a mailbox that is no address of ours",
        ),
        pytest.param(
            "X-Original-To: nap@talk.example\nDelivered-To: box@talk.example\nReceived: by x\n"
            "Received: by lists.org\nList-Id: <other.lists.org>\nTo: other@lists.org\n",
            ["nap@talk.example"],
            id="through another list",
        ),
        pytest.param(
            "X-Original-To: nap+abc@talk.example\nDelivered-To: nap@talk.example\nReceived: by x\n",
            ["nap+abc@talk.example"],
            id="a plus address whose token the delivery has cut off",
        ),
        pytest.param(
            "Delivered-To: nap@talk.example\nX-Original-To: nap-owner@talk.example\nReceived: by x\n",
            ["nap-owner@talk.example"],
            id="all of ours in one mailbox that is called like one of them",
        ),
        pytest.param(
            "Envelope-to: nap@talk.example, nap-owner@talk.example,\n anna@x.org\nReceived: by x\nTo: x@x.org\n",
            ["nap@talk.example", "nap-owner@talk.example"],
            id="Exim names all recipients of a delivery",
        ),
        pytest.param(
            "Delivered-To: nap@talk.example\nReceived: by x\nReceived: by y\nDelivered-To: nap-join@talk.example\n",
            ["nap@talk.example"],
            id="what its sender wrote below is not asked",
        ),
        pytest.param(
            "Delivered-To: box@host.example\nReceived: by x\nX-Original-To: nap-owner@talk.example\nReceived: by y\n"
            "To: nap@talk.example\n",
            ["nap-owner@talk.example"],
            id="the last hop knows the mailbox only, the one before us",
        ),
        pytest.param("Return-Path: <>\nDelivered-To: nap@talk.example\n", ["nap@talk.example"], id="without Received"),
        pytest.param("To: nap@talk.example.org, xnap@talk.example\n", [], id="similar to ours"),
        pytest.param('To: "nap@talk.example" <anna@x.org>\n', [], id="a name that says so"),
        pytest.param("Subject: nap@talk.example\nFrom: nap@talk.example\n", [], id="none of ours"),
        pytest.param("", [], id="no header"),
    ],
)
def test_recipients(head: str, expected: list[str]):
    assert list(recipients(head)) == expected


@pytest.mark.parametrize(
    ("head", "expected"),
    [
        ("Return-Path: <anna@x.org>\nFrom: boris@x.org\n", "anna@x.org"),
        ("Return-Path: <>\nFrom: mailer-daemon@x.org\n", ""),
        ("Return-Path: <anna@x.org>\nReturn-Path: <>\n", "anna@x.org"),
        ("From: Boris <boris@x.org>\n", "boris@x.org"),
        ("From: a@x.org, b@x.org\n", "unknown"),
        ("Return-Path: nonsense\n", "unknown"),
        ("", "unknown"),
    ],
)
def test_sender(head: str, expected: str):
    assert addressed.sender(head.encode() + b"\r\nReturn-Path: <in@the.text>\r\n") == expected


@pytest.mark.parametrize(("path", "expected"), [("<a@x.org>", "a@x.org"), ("a@x.org", "a@x.org"), ("<>", ""), ("", "")])
def test_bare(path: str, expected: str):
    assert addressed.bare(path) == expected


names = st.sampled_from(["Delivered-To", "X-Original-To", "Envelope-To", "Received", "To", "Return-Path", "From"])
fields = st.tuples(names, st.binary(max_size=60)).map(lambda field: field[0].encode() + b": " + field[1] + b"\r\n")


@given(st.one_of(st.binary(max_size=300), st.lists(fields, max_size=8).map(b"".join)))
def test_any_bytes_have_an_envelope(content: bytes):
    found = addressed.recipients(content, lambda address: True)
    assert all("@" in one and one == one.lower() and not set(one) & set(" \r\n<>,;") for one in found)
    assert not set(addressed.sender(content)) & set("\r\n<>")

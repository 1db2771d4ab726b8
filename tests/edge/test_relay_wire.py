"""`to_wire`: any bytes become lines that SMTP carries and that nothing can be smuggled in (RFC 5321 §2.3.8, §4.5.2)."""

from __future__ import annotations

import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from listserv.core.mail.transfer import Phase, Result
from listserv.core.mail.wire import Body, is_address, to_lines, to_wire

hostile = st.lists(st.sampled_from([b"\r", b"\n", b"\r\n", b".", b"..", b"\0", b"a", b"\xff", b" "])).map(b"".join)


@pytest.mark.parametrize(
    ("content", "wire"),
    [
        (b"a\r\nb\r\n", b"a\r\nb"),
        (b"a\r\nb", b"a\r\nb"),
        (b"a\nb\n", b"a\r\nb"),
        (b"a\rb\r", b"a\r\nb"),
        (b"a\r\r\nb", b"a\r\n\r\nb"),
        (b"a\n\rb", b"a\r\n\r\nb"),
        (b".", b".."),
        (b".\r\n", b".."),
        (b"..\r\n.a\r\nb.\r\n", b"...\r\n..a\r\nb."),
        (b"\r\n.\r\n", b"\r\n.."),
        (b"\r\n\0.\r\n", b"\r\n.."),
        (b"\r\0\n", b""),  # one line end once the NUL is gone
        (b"", b""),
        (b"\r\n\r\n", b"\r\n"),
    ],
)
def test_golden(content: bytes, wire: bytes) -> None:
    assert to_wire(content) == wire


@given(hostile)
def test_the_wire_form_has_no_bare_line_end_no_NUL_and_no_single_dot(content: bytes) -> None:
    sent = b"\r\n" + to_wire(content) + b"\r\n"
    assert not re.search(rb"\r(?!\n)|(?<!\r)\n|\0", sent)
    assert not re.search(rb"\r\n\.(?!\.)", sent)


@given(hostile)
def test_undoing_the_dots_gives_the_same_lines_back(content: bytes) -> None:
    received = b"".join(line.removeprefix(b".") + b"\n" for line in to_wire(content).split(b"\r\n"))
    lines = to_lines(content)
    assert received == (lines if lines.endswith(b"\n") else lines + b"\n")


def test_what_is_clean_already_is_not_copied() -> None:
    clean = b"a" * 5000
    assert to_wire(clean) is clean


def test_a_body_knows_whether_it_is_8_bit() -> None:
    assert not Body(b"abc").eight_bit
    assert Body("für".encode()).eight_bit


@pytest.mark.parametrize("address", ["a@b", "Jürgen@bücher.example", "a+b=c@x--y.example", "o'neil@example.org"])
def test_addresses_that_may_stand_in_an_envelope(address: str) -> None:
    assert is_address(address)


@given(st.text())
def test_no_text_taken_for_an_address_can_end_its_path(text: str) -> None:
    if is_address(text):
        assert not set(text) & set("<>\r\n\0 ")
        assert text.encode().decode() == text


@pytest.mark.parametrize(
    ("code", "ok", "temporary", "permanent"),
    [
        (250, True, False, False),
        (251, True, False, False),
        (0, False, True, False),
        (421, False, True, False),
        (452, False, True, False),
        (550, False, False, True),
        (554, False, False, True),
    ],
)
def test_each_result_is_one_of_three(code: int, ok: bool, temporary: bool, permanent: bool) -> None:
    result = Result(1, 1, code, "", Phase.END)
    assert (result.ok, result.temporary, result.permanent) == (ok, temporary, permanent)

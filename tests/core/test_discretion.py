"""Addresses of others in what somebody wrote: what is taken out, what stays, and what stands in its place."""

from __future__ import annotations

import pytest

from listserv.core.mail.discretion import found, without

OWN = "boris@example.net"
KNOWN = "ana@ruiz.example"  # somebody who takes part


def shown(text: str) -> str:
    return without(text, [KNOWN], lambda address: address == OWN)


CASES = [
    # attribution lines of mail programs: any address but the author's own
    ("On Mon, Nov 3, 2008, Ana Ruiz <ana@ruiz.example> wrote:", "On Mon, Nov 3, 2008, Ana Ruiz wrote:"),
    ("On 3 Nov 2008, at 10:00, Eve <eve@other.example> wrote:", "On 3 Nov 2008, at 10:00, Eve wrote:"),
    ("On 3 Nov 2008, eve@other.example wrote:", "On 3 Nov 2008, e…@… wrote:"),
    ("Le lun. 3 nov. 2008 à 10:00, Eve <eve@other.example> a écrit :", "Le lun. 3 nov. 2008 à 10:00, Eve a écrit :"),
    ("El lun, 3 nov 2008, Eve (<eve@other.example>) escribió:", None),
    ("> On Monday Eve [mailto:eve@other.example] wrote:", "> On Monday Eve wrote:"),
    ("On Mon, 3 Nov 2008 at 10:00, Eve <eve@other.example>\nwrote:", "On Mon, 3 Nov 2008 at 10:00, Eve\nwrote:"),
    ("On Monday, Boris <boris@example.net> wrote:", "On Monday, Boris <boris@example.net> wrote:"),
    # header lines of a quoted mail
    ("From: Eve <eve@other.example>", "From: Eve"),
    ("From: eve@other.example <mailto:eve@other.example>", "From: e…@…"),
    ("*De :* Eve <eve@other.example>", "*De :* Eve"),
    ("Para: Ana <ana@ruiz.example>, Eve <eve@other.example>", "Para: Ana, Eve"),
    ("> Cc: eve@other.example, ana@ruiz.example", "> Cc: e…@…, a…@…"),
    ("Von: Eve [mailto:eve@other.example]", "Von: Eve"),
    # somebody who takes part, anywhere
    ("Ask Ana (ana@ruiz.example), she knows.", "Ask Ana, she knows."),
    ("Ask ana@ruiz.example.", "Ask a…@…."),
    ("<ana@ruiz.example>", "a…@…"),
    # theirs to give
    ("Write to info@unwomen.example.", "Write to info@unwomen.example."),
    ("Boris Koval\nboris@example.net", "Boris Koval\nboris@example.net"),
    ("Contact: press@other.example", "Contact: press@other.example"),
    ("She wrote to eve@other.example and got no answer.", "She wrote to eve@other.example and got no answer."),
    ("A text without any.", "A text without any."),
    ("@ alone, a@, and @b are none", "@ alone, a@, and @b are none"),
]


@pytest.mark.parametrize(("text", "expected"), CASES)
def test_addresses_of_others(text: str, expected: str | None) -> None:
    if expected is None:
        assert "eve@other" not in shown(text)
    else:
        assert shown(text) == expected
    assert shown(shown(text)) == shown(text)


def test_found() -> None:
    assert found("a@b.example, <c@d.example>; again a@b.example.") == ["a@b.example", "c@d.example"]


@pytest.mark.parametrize("text", ["@" * 5000, "a@" * 5000, "<" * 5000 + "a@b.c", "From: " + "x@y.z," * 2000])
def test_nothing_takes_long(text: str) -> None:
    shown(text)

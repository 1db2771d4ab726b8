"""Whole mails with what must be read from them: tests/corpus/mail/NAME.eml beside NAME.json (a part of the fields)."""

from __future__ import annotations

import dataclasses
import json
from datetime import datetime
from pathlib import Path

import pytest

from listserv.core.mail.inmail import InboundMail, read

MAILS = sorted((Path(__file__).parents[1] / "corpus" / "mail").glob("*.eml"))
SHARED = Path(__file__).parents[3] / "shared" / "corpus"


def plain(value: object) -> object:
    if isinstance(value, tuple):
        return [plain(item) for item in value]
    if isinstance(value, datetime):
        return value.isoformat()
    if dataclasses.is_dataclass(value) and not isinstance(value, type):
        fields = {f.name: plain(getattr(value, f.name)) for f in dataclasses.fields(value)}
        return [fields["name"], fields["content_type"], fields["size"]] if "sha256" in fields else fields
    return value


def test_there_are_mails() -> None:
    assert len(MAILS) >= 25


@pytest.mark.parametrize("path", MAILS, ids=lambda path: path.stem)
def test_a_mail_is_read_as_expected(path: Path) -> None:
    mail = read(path.read_bytes())
    for name, want in json.loads(path.with_suffix(".json").read_text("utf-8")).items():
        got = plain(getattr(mail, name))
        if isinstance(want, dict) and isinstance(got, dict):
            got = {key: got[key] for key in want}
        assert got == want, name


@pytest.mark.parametrize("path", MAILS, ids=lambda path: path.stem)
def test_line_ends_make_no_difference(path: Path) -> None:
    octets = path.read_bytes()
    assert octets.count(b"\r\n") == octets.count(b"\n")
    one, other = read(octets), read(octets.replace(b"\r\n", b"\n"))
    assert without_contents(one) == without_contents(other)


def without_contents(mail: InboundMail) -> InboundMail:
    return dataclasses.replace(mail, attachments=(), html="")


def words(text: str) -> str:
    return " ".join(text.split())


@pytest.mark.skipif(not SHARED.is_dir(), reason="the shared corpus is not beside this tree")
def test_foreign_mails_give_the_same_text_as_another_parser() -> None:
    """Stalwart's expectations: the beginning of the first text, where its own is readable; at least 14 of 15 agree."""
    seen = agree = 0
    for path in sorted((SHARED / "mime").glob("*/*.eml")):
        mail = read(path.read_bytes())
        expected = path.with_suffix(".json")
        if mail.automatic or not expected.exists():
            continue
        told = json.loads(expected.read_text("utf-8"))
        texts = [told["parts"][n]["body"].get("Text", "") for n in told["text_body"]]
        if texts and texts[0].strip() and "\ufffd" not in texts[0]:
            seen += 1
            agree += words(texts[0])[:60] in words(mail.body)
    assert seen >= 60
    assert agree / seen >= 14 / 15

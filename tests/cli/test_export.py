"""`export mbox`: the dialogue as any mail program reads it, its authors as they wish to be shown today."""

from __future__ import annotations

import mailbox
from contextlib import closing
from email import message_from_bytes, policy
from email.message import EmailMessage
from pathlib import Path

from listserv.core.mail.threads import base_subject, message_ids
from listserv.steps.unname import Unnamed
from listserv.store import contributions
from tests.cli.conftest import Cli
from tests.house import FRIDAY_DRAFT, FRIDAY_ROUNDUP

ATTACHED = (
    b"From: Anna <anna@example.net>\r\nTo: nap@talk.example\r\nSubject: A file\r\nMessage-ID: <file@example.net>\r\n"
    b'Content-Type: multipart/mixed; boundary="x"\r\n\r\n--x\r\n\r\nSee the plan.\r\n--x\r\n'
    b'Content-Type: text/csv\r\nContent-Disposition: attachment; filename="plan.csv"\r\n\r\na,b\r\n--x--\r\n'
)


def read(path: Path) -> list[EmailMessage]:
    with closing(mailbox.mbox(path)) as box:
        whole = [one.as_bytes() for one in box]
    found = [message_from_bytes(one, policy=policy.default) for one in whole]
    assert all(isinstance(one, EmailMessage) for one in found)
    return found  # type: ignore[return-value]


def threads(mails: list[EmailMessage]) -> dict[str, str]:
    """Which mail each stands beneath, as programs thread by references (JWZ; RFC 5256 REFERENCES, step 1)."""
    known = {str(one["Message-ID"]) for one in mails}
    found = {}
    for one in mails:
        above = [each for each in message_ids(str(one["References"] or one["In-Reply-To"] or "")) if each in known]
        found[str(one["Message-ID"])] = above[-1] if above else ""
    return found


def test_the_mails_as_readers_had_them(cli: Cli, tmp_path: Path) -> None:
    with cli.house() as house:
        house.released("From Monday on we plan.", subject="First", message_id="<one@example.net>")
        house.released("I agree.", author="boris@example.net", subject="Re: First", answers="<one@example.net>")
        house.release(house.take(ATTACHED)["contribution_id"])
        house.contribute("Held.", subject="Not out yet")
        house.tick(FRIDAY_DRAFT)
        house.tick(FRIDAY_ROUNDUP)
        sent = {
            str(one.mail["Message-ID"]): one
            for one in house.sent(to="anna@example.net")
            if not one.mail["Auto-Submitted"]
        }
    out = tmp_path / "nap.mbox"
    said = cli.ok(f"export mbox {out}")
    assert said == f"1 announcement, 3 contributions, 1 round-up written to {out}\n"
    mails = read(out)
    assert [one["Subject"] for one in mails][1:4] == ["[nap 1] First", "[nap 1] Re: First", "[nap 1] A file"]
    for one in mails:
        copy = sent[str(one["Message-ID"])].mail
        for header in ("Message-ID", "In-Reply-To", "References", "Date", "Subject", "From", "To", "List-Id"):
            assert one[header] == copy[header], header
    root, first, answer, file, _ = (str(one["Message-ID"]) for one in mails)
    above = threads(mails)
    assert (above[first], above[answer], above[file]) == (root, first, root)
    assert {base_subject(str(one["Subject"]), "nap") for one in mails[1:3]} == {"First"}
    assert "\n>From Monday on" in mails[1].get_body(("plain",)).get_content()
    assert [part.get_content() for part in mails[3].iter_attachments()] == ["a,b"]
    assert {one["Reply-To"] for one in mails} == {"nap@talk.example"}, "no address that acts for its owner"
    assert b"anna@example.net" not in out.read_bytes().replace(b"<one@example.net>", b"")
    assert oct(out.stat().st_mode)[-3:] == "600"
    assert "exists already" in cli.refused(f"export mbox {out}")


def test_who_is_not_to_be_named_today_is_not(cli: Cli, tmp_path: Path) -> None:
    with cli.house() as house:
        house.join("d@example.net", name="Dora Delgado", profile={"organisation": "Ministry of Plans"})
        house.released("One.", author="Dora Delgado <d@example.net>", subject="First", message_id="<d1@example.net>")
        house.tick(FRIDAY_ROUNDUP)
    cli.ok("participant set d@example.net --attribution anonymous --yes")
    out = tmp_path / "nap.mbox"
    answer = cli.run(f"export mbox {out}")
    assert answer.err == "left out: [nap] Round-up 1: it names somebody who no longer wants to be named\n"
    whole = out.read_bytes()
    assert b"Dora" not in whole
    assert b"Ministry of Plans" not in whole
    assert b"d1@example.net" not in whole, "a Message-ID may name its author's host"
    assert b"a participant who prefers" in whole


def test_who_was_named_then_and_is_unnamed_only_later_stays_in_the_round_up(cli: Cli, tmp_path: Path) -> None:
    with cli.house() as house:
        house.join("d@example.net", name="Dora Delgado")
        house.released("One.", author="Dora Delgado <d@example.net>", subject="First", message_id="<d1@example.net>")
        house.tick(FRIDAY_ROUNDUP)
        later = house.released("Two.", author="Dora Delgado <d@example.net>", message_id="<d2@example.net>")
        house.session.write(
            lambda connection: contributions.change(connection, later["id"], {"attribution": "anonymous"})
        )
        (roundup,) = house.rows("roundup", state="sent")
        with house.session.read() as connection:
            unnamed = Unnamed(connection, house.dialogue)
        assert unnamed.names(roundup["text"], roundup["told"]) == []
        assert unnamed.names("Two: Dora Delgado", [later["id"]]) == ["Dora Delgado"]
        assert unnamed.names("Both: Dora Delgado", [later["id"], *roundup["told"]]) == ["Dora Delgado"]
        assert unnamed.names("Neither: Dora Delgado", []) == ["Dora Delgado"]
    out = tmp_path / "nap.mbox"
    assert "1 round-up" in cli.ok(f"export mbox {out}")
    assert b"Dora" in out.read_bytes()


def test_the_contributions_alone_to_standard_output(cli: Cli) -> None:
    with cli.house() as house:
        house.released("One.", subject="First")
    answer = cli.run("export mbox --contributions-only")
    assert answer.out.count("From nap@talk.example ") == 1
    assert answer.err == "1 contribution written\n"
    assert "no language 'xx' here" in cli.refused("export mbox --language xx")

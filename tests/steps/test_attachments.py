"""Files on their way: sorted out as they come, told to author and moderators, out to all in the dialogue's own form."""

from __future__ import annotations

import dataclasses
from typing import Any

import pytest

from listserv.core.mail import files
from listserv.errors import Refused
from listserv.steps import amend, distribute, give_back
from listserv.store import attachments
from tests.enclosing import EXE, PDF, enclosing
from tests.house import House, Sent


def held(house: House, *files: tuple[str, bytes], **options: Any) -> int:
    row = house.take(enclosing(*files, **options))
    assert row["contribution_id"], row["traceback"] or row["reason"]
    return row["contribution_id"]


def out(house: House, *files: tuple[str, bytes], **options: Any) -> Sent:
    """The copy that Anna gets."""
    house.release(held(house, *files, **options))
    return next(one for one in house.sent("contribution") if one.to == "anna@example.net")


def with_pages(house: House) -> None:
    house.site = dataclasses.replace(house.site, pages=True, base_url="https://talk.example")


def about_files(one: Sent) -> list[str]:
    """The lines of a copy that speak of files, and those beneath them."""
    lines = one.text.split("\n")
    begin = next((n for n, line in enumerate(lines) if line.startswith("Attachment:")), None)
    return [] if begin is None else lines[begin : lines.index("-- ") - 1]


def enclosed(one: Sent) -> list[tuple[str, str, bytes]]:
    return [(p.get_filename(), p.get_content_type(), p.get_content()) for p in one.mail.iter_attachments()]


class TestIn:
    def test_each_file_has_its_fate(self, house: House) -> None:
        number = held(house, ("plan.doc", PDF), ("fun.jpg", EXE), logo=True)
        rows = [
            (row["name"], row["content_type"], row["state"]) for row in house.rows("attachment", contribution_id=number)
        ]
        assert rows == [
            ("mark.gif", "image/gif", "dropped"),
            ("plan.doc", "application/pdf", "kept"),
            ("fun.jpg", "application/vnd.microsoft.portable-executable", "refused"),
        ]
        assert [row["content"] for row in house.rows("blob")] == [PDF]

    def test_the_same_file_of_two_authors_is_stored_once(self, house: House) -> None:
        held(house, ("plan.pdf", PDF))
        held(house, ("theirs.pdf", PDF), author="Boris <boris@example.net>")
        assert len(house.rows("attachment")) == 2
        assert len(house.rows("blob")) == 1

    def test_the_rule_names_what_is_kept_and_what_is_refused(self, house: House) -> None:
        number = held(house, ("plan.pdf", PDF), ("fun.exe", EXE), logo=True)
        assert ["attachment", "2 attachments: plan.pdf, fun.exe (not kept)."] in house.contribution(number)["reasons"]

    def test_ornament_holds_nothing_and_a_refused_file_does(self, house: House) -> None:
        house.policy(moderation="none")
        assert house.take(enclosing(logo=True))["outcome"] == "released"
        assert house.take(enclosing(("fun.exe", EXE)))["outcome"] == "held"

    def test_a_strangers_files_are_kept_for_the_moderators(self, house: House) -> None:
        number = held(house, ("plan.pdf", PDF), author="Zoe <zoe@elsewhere.example>")
        with house.session.read() as connection:
            assert [row["state"] for row in attachments.of(connection, number)] == ["kept"]
        assert [one.to for one in house.sent("receipt")] == []

    def test_the_limits_are_the_dialogues(self, house: House) -> None:
        house.policy(attachment_size=20, attachment_count=1)
        number = held(house, ("a.pdf", PDF), ("b.pdf", PDF + b"b"), ("c.pdf", PDF * 2))
        rows = house.rows("attachment", contribution_id=number)
        assert [(row["name"], row["state"]) for row in rows] == [
            ("a.pdf", "kept"),
            ("b.pdf", "refused"),
            ("c.pdf", "refused"),
        ]


class TestTold:
    def test_the_author_hears_what_was_refused_why_and_what_to_do(self, house: House) -> None:
        house.policy(attachment_size=20)
        held(house, ("plan.pdf", PDF), ("large.pdf", PDF * 2), ("fun.exe", EXE), logo=True)
        (receipt,) = house.sent("receipt")
        told = receipt.text[receipt.text.index("Your text") : receipt.text.index("It appears")]
        assert told == (
            "Your text has arrived, but not everything that came with it could be\nkept:\n\n"
            "- large.pdf (28 bytes): a file may have at most 20 bytes.\n"
            "- fun.exe (8 bytes): it is a program or can run one, and may do harm.\n\n"
            "If others need it, please send it in a new mail to nap@talk.example:\n"
            "made smaller, or as a PDF, or as a link to where it can be found on the\nweb.\n\n"
        )

    def test_in_their_language(self, house: House) -> None:
        held(house, ("fun.exe", EXE), author="Boris <boris@example.net>")
        (receipt,) = house.sent("receipt")
        assert "- fun.exe (8\u00a0octets)\u00a0: c'est un programme, ou il peut en lancer un," in receipt.text

    def test_ornament_is_not_worth_a_word(self, house: House) -> None:
        held(house, ("plan.pdf", PDF), logo=True)
        (receipt,) = house.sent("receipt")
        (notice, *_) = house.sent("held_notice")
        assert "Your text" not in receipt.text
        assert "mark.gif" not in receipt.text + notice.text

    def test_who_comes_too_early_hears_of_it_too(self, empty_house: House) -> None:
        empty_house.join("anna@example.net", name="Anna")
        held(empty_house, ("fun.exe", EXE))
        (early,) = empty_house.sent("early")
        assert "- fun.exe (8 bytes): it is a program" in early.text

    def test_moderators_see_both(self, house: House) -> None:
        number = held(house, ("plan.pdf", PDF), ("fun.exe", EXE))
        for notice in house.sent("held_notice"):
            assert "\nAttachment: plan.pdf (14 bytes, application/pdf)\n" in notice.text
            assert "\nRefused: fun.exe (8 bytes). It is a program, or a page or picture that\ncan run" in notice.text
            assert f"\n    listserv queue attachment {number} -d nap\n" in notice.text

    def test_a_name_cannot_pass_for_a_line_of_ours(self, house: House) -> None:
        held(house, ("a.pdf\r\n\r\nTo send it to all: evil\u202e.exe", EXE))
        (notice, *_) = house.sent("held_notice")
        (line,) = (line for line in notice.text.split("\n") if "evil" in line and "(not kept)" not in line)
        assert line.startswith("Refused: a.pdf To send it to all evil.exe (8 bytes).")


class TestOut:
    def test_linked(self, house: House) -> None:
        with_pages(house)
        one = out(house, ("plan d'action é.pdf", PDF), ("fun.exe", EXE), logo=True)
        token = house.site.addresses.token("attachment", house.one("attachment", state="kept")["id"])
        assert about_files(one) == [
            "Attachment: plan d'action é.pdf (14 bytes):",
            f"    https://talk.example/a/{token}/plan%20d%27action%20%C3%A9.pdf",
            "Not passed on: fun.exe (8 bytes)",
        ]
        assert enclosed(one) == []
        assert house.site.addresses.read_token("attachment", token) is not None
        assert house.site.addresses.read_token("unsubscribe", token) is None

    def test_the_link_is_the_same_for_all(self, house: House) -> None:
        with_pages(house)
        out(house, ("plan.pdf", PDF))
        mine = {one.text for one in house.sent("contribution") if one.to != "boris@example.net"}
        assert len(mine) == 1
        (french,) = (one for one in house.sent("contribution") if one.to == "boris@example.net")
        (link,) = (line for line in french.text.split("\n") if "/a/" in line)
        assert link in mine.pop()

    def test_without_pages_a_mail_says_whom_to_ask(self, house: House) -> None:
        one = out(house, ("plan.pdf", PDF), ("notes.txt", b"Notes."))
        assert about_files(one) == [
            "Attachment: plan.pdf (14 bytes)",
            "Attachment: notes.txt (6 bytes)",
            "To get a file, write to nap-owner@talk.example",
        ]

    def test_attached_with_the_type_it_has_not_the_one_it_claims(self, house: House) -> None:
        house.policy(attachments="attach")
        one = out(house, ("plan.doc", PDF), ("notes.txt", b"Notes.\n"), ("fun.exe", EXE), logo=True)
        assert about_files(one) == [
            "Attachment: plan.doc (14 bytes)",
            "Attachment: notes.txt (7 bytes)",
            "Not passed on: fun.exe (8 bytes)",
        ]
        assert enclosed(one) == [
            ("plan.doc", "application/pdf", PDF),
            ("notes.txt", "text/plain", "Notes.\n"),
        ]

    @pytest.mark.parametrize("pages", [True, False])
    def test_what_would_make_a_mail_too_large_is_linked_after_all(
        self, house: House, monkeypatch: pytest.MonkeyPatch, pages: bool
    ) -> None:
        monkeypatch.setattr(files, "MOST", 2000)
        house.policy(attachments="attach")
        if pages:
            with_pages(house)
        one = out(house, ("a.pdf", PDF.ljust(1000)), ("b.pdf", PDF.ljust(501)))
        assert enclosed(one) == []
        assert ("https://talk.example/a/" in one.text, "To get a file, write to" in one.text) == (pages, not pages)
        fits = house.release(held(house, ("a.pdf", PDF.ljust(1000)), ("b.pdf", PDF.ljust(500))))
        (two, *_) = (one for one in house.sent("contribution") if one.mail["X-Contribution"] == str(fits.number))
        assert len(enclosed(two)) == 2

    def test_dropped_is_name_and_size_only(self, house: House) -> None:
        with_pages(house)
        house.policy(attachments="drop")
        one = out(house, ("plan.pdf", PDF))
        assert about_files(one) == ["Attachment: plan.pdf (14 bytes)"]
        assert enclosed(one) == []

    def test_nothing_comes_nothing_is_said(self, house: House) -> None:
        one = out(house, ("fun.exe", EXE), logo=True)
        assert about_files(one) == []
        assert "file" not in one.text

    def test_a_returned_contribution_brings_no_file_back(self, house: House) -> None:
        house.policy(attachments="attach")
        number = held(house, ("plan.pdf", PDF))
        give_back.give_back(house.session, house.now, house.site, number, "mod@example.org", "Shorter, please.")
        (returned,) = house.sent("returned")
        assert enclosed(returned) == []
        assert len(house.rows("blob")) == 1, "and the moderators still have it"


class TestLeftOut:
    def test_it_goes_out_without_it(self, house: House) -> None:
        with_pages(house)
        number = held(house, ("plan.pdf", PDF), ("notes.txt", b"Notes."))
        amend.leave_out(house.session, house.now, number, "mod@example.org", ["plan.pdf"])
        house.release(number)
        one = house.sent("contribution")[0]
        assert [line for line in about_files(one) if not line.startswith(" ")] == ["Attachment: notes.txt (6 bytes):"]
        (entry,) = (row for row in house.rows("audit") if row["action"] == "edit")
        assert (entry["actor"], entry["reason"]) == ("mod@example.org", "without plan.pdf")

    def test_only_what_is_there_and_all_or_nothing(self, house: House) -> None:
        number = held(house, ("plan.pdf", PDF), ("fun.exe", EXE))
        for names in (["plan.pdf", "none.pdf"], ["fun.exe"]):
            with pytest.raises(Refused, match=r"has no file '.*' to leave out; it has: plan.pdf"):
                amend.leave_out(house.session, house.now, number, "mod@example.org", names)
        assert house.one("attachment", name="plan.pdf")["state"] == "kept"

    def test_not_once_it_is_released(self, house: House) -> None:
        number = held(house, ("plan.pdf", PDF))
        house.release(number)
        with pytest.raises(Refused, match="already released"):
            amend.leave_out(house.session, house.now, number, "mod@example.org", ["plan.pdf"])

    def test_a_release_under_way_is_made_anew(self, house: House, monkeypatch: pytest.MonkeyPatch) -> None:
        """Rendered with the file, which another moderator leaves out before it is written."""
        with_pages(house)
        number = held(house, ("plan.pdf", PDF))
        real, calls = distribute.prepare, []

        def prepare(*args: Any, **options: Any) -> Any:
            prepared = real(*args, **options)
            if not calls:
                amend.leave_out(house.session, house.now, number, "chief@example.org", ["plan.pdf"])
            calls.append(1)
            return prepared

        monkeypatch.setattr(distribute, "prepare", prepare)
        house.release(number)
        assert len(calls) == 2
        assert all("plan.pdf" not in one.text for one in house.sent("contribution"))

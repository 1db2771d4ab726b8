"""Attachments: the files of a contribution in their order, each content stored once, nothing of what was refused."""

from __future__ import annotations

import hashlib
import threading
from datetime import UTC, datetime

import pytest
import sqlalchemy as sa

from listserv.core.dialogue.model import Reason
from listserv.core.mail.files import Fate, File
from listserv.store import attachments
from listserv.store.session import Session
from listserv.store.tables import blob

NOW = datetime(2008, 11, 4, 12, 0, tzinfo=UTC)
PDF = b"%PDF-1.4\nplan\n"


def kept(name: str, content: bytes = PDF) -> File:
    return File(name, "application/pdf", len(content), hashlib.sha256(content).hexdigest(), Fate.KEPT, None, content)


def refused(name: str, content: bytes = PDF) -> File:
    sha256 = hashlib.sha256(content).hexdigest()
    return File(name, "application/pdf", len(content), sha256, Fate.REFUSED, Reason("size", "It is larger than that."))


def add(world, contribution: int, *files: File) -> list[int]:
    """Their ids."""

    def write(connection):
        attachments.add(connection, NOW, contribution, files)
        return [row["id"] for row in attachments.of(connection, contribution)]

    return world.session.write(write)


def blobs(session) -> list[bytes]:
    with session.read() as connection:
        return list(connection.execute(sa.select(blob.c.content).order_by(blob.c.id)).scalars())


def test_they_keep_their_order_and_say_what_became_of_them(world):
    one = world.contribution()
    add(world, one, kept("b.pdf"), refused("a.pdf"))
    with world.session.read() as connection:
        rows = attachments.of(connection, one)
        assert [(row["name"], row["state"], row["reason"]) for row in rows] == [
            ("b.pdf", "kept", ""),
            ("a.pdf", "refused", "It is larger than that."),
        ]
        assert [row["name"] for row in attachments.of(connection, one, Fate.KEPT)] == ["b.pdf"]
        assert attachments.of(connection, one + 1) == []


def test_a_content_is_stored_once_however_often_it_comes(world):
    one, two = world.contribution(), world.contribution(message_id="<c2@example.org>")
    add(world, one, kept("a.pdf"), kept("b.pdf"), kept("c.pdf", b"%PDF-1.4 other"))
    add(world, two, kept("d.pdf"))
    assert blobs(world.session) == [PDF, b"%PDF-1.4 other"]


def test_of_what_is_refused_no_content_is_stored(world):
    (number,) = add(world, world.contribution(), refused("a.pdf"))
    assert blobs(world.session) == []
    with world.session.read() as connection:
        assert attachments.content_of(connection, number) is None


def test_a_refused_file_shows_nothing_though_its_content_is_there_from_elsewhere(world):
    add(world, world.contribution(), kept("a.pdf"))
    (number,) = add(world, world.contribution(message_id="<c2@example.org>"), refused("b.pdf"))
    with world.session.read() as connection:
        assert attachments.content_of(connection, number) is None


@pytest.mark.parametrize("state", ["held", "released", "discarded"])
def test_content_comes_with_the_state_that_decides_who_may_have_it(world, state):
    (number,) = add(world, world.contribution(state=state), kept("a.pdf"))
    with world.session.read() as connection:
        assert dict(attachments.content_of(connection, number)) == {
            "name": "a.pdf",
            "content_type": "application/pdf",
            "size": len(PDF),
            "sha256": hashlib.sha256(PDF).hexdigest(),
            "content": PDF,
            "contribution_state": state,
            "dialogue": "nap1325",
        }
        assert attachments.content_of(connection, number + 1) is None


def test_what_is_left_out_is_refused_from_then_on(world):
    one = world.contribution()
    first, second = add(world, one, kept("a.pdf"), kept("b.pdf"))
    assert world.session.write(lambda c: attachments.leave_out(c, first, "Left out by Mia."))
    assert not world.session.write(lambda c: attachments.leave_out(c, first, "Left out twice."))
    with world.session.read() as connection:
        assert [row["id"] for row in attachments.of(connection, one, Fate.KEPT)] == [second]
        assert attachments.of(connection, one)[0]["reason"] == "Left out by Mia."
        assert attachments.content_of(connection, first) is None
    assert blobs(world.session) == [PDF], "the content is kept, and the other file's besides"


def test_those_of_a_whole_dialogue(world):
    one, two = world.contribution(), world.contribution(message_id="<c2@example.org>")
    elsewhere = world.contribution(dialogue_id=world.new_dialogue("other"), message_id="<c3@example.org>")
    add(world, two, kept("c.pdf"))
    add(world, one, kept("b.pdf"), refused("x.pdf"), kept("a.pdf", b"%PDF-1.4 a"))
    add(world, elsewhere, kept("d.pdf"))
    with world.session.read() as connection:
        found = attachments.kept_in(connection, world.dialogue)
    assert {number: [row["name"] for row in rows] for number, rows in found.items()} == {
        one: ["b.pdf", "a.pdf"],
        two: ["c.pdf"],
    }


def test_many_who_bring_the_same_content_at_once_store_it_once(world, url):
    """In whatever order they bring them: nobody waits for ever, nobody fails, no file is without content."""
    contents = [b"%PDF-1.4 " + bytes([n]) * 50_000 for n in range(4)]
    contributions = [world.contribution(message_id=f"<{n}@example.org>") for n in range(6)]
    failures: list[Exception] = []
    start = threading.Barrier(len(contributions))

    def bring(contribution: int, order: list[bytes]) -> None:
        session = Session(url)
        try:
            start.wait()
            files = [kept(f"{contribution}.pdf", content) for content in order]
            session.write(lambda c: attachments.add(c, NOW, contribution, files))
        except Exception as error:
            failures.append(error)
        finally:
            session.close()

    threads = [
        threading.Thread(target=bring, args=(one, contents if n % 2 else contents[::-1]))
        for n, one in enumerate(contributions)
    ]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert failures == []
    assert sorted(blobs(world.session)) == sorted(contents)
    with world.session.read() as connection:
        rows = [row for one in contributions for row in attachments.of(connection, one)]
        assert len(rows) == 24
        assert all(attachments.content_of(connection, row["id"]) for row in rows)

"""Somebody is erased: nothing tells of them any more, in any file of the database; threads and other people stay."""

from __future__ import annotations

import base64
import quopri
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from listserv.core.publication.passages import stands
from listserv.errors import Refused
from listserv.steps import deliver, erase, mark, purge, sought
from listserv.steps.mark import Marks
from listserv.store.session import GroupingSession, Session
from tests.house import FRIDAY_ROUNDUP, HERE, House, Sent, folder, mail, open_house

ANA = "Ana.Ruiz@casa-verde.example"
FROM = f"Ana Ruiz <{ANA}>"
WORDS = ["Ruiz", "ana.ruiz@", "casa-verde", "Casa Verde", "quagmire", "peppermint", "555-0199"]


def everything(house: House) -> None:
    """Ana has written, been written to, been named, quoted and told of, in every way there is."""
    house.join(ANA, name="Ana Ruiz", profile={"country": "CL", "organisation": "Casa Verde"})
    house.released(
        "We planted seventeen larches by hand, all of us.\n\nAna",
        author=FROM,
        subject="Larches",
        message_id="<1.ana.ruiz@casa-verde.example>",
    )
    house.contribute("The quagmire is mine alone.", author=FROM, subject="Peppermint")
    house.released(
        "Dear Ana,\n\nas Ana Ruiz said, and Ruiz knows.\n\n"
        f"On Monday, Ana Ruiz <{ANA.lower()}> wrote:\n> We planted seventeen larches by hand, all of us.",
        author="Boris <boris@example.net>",
        answers="<1.ana.ruiz@casa-verde.example>",
        message_id="<answer@example.net>",
    )
    for number, words in (
        (1, "larches by hand, all of us"),
        (2, "The quagmire is mine"),
        (3, "as Ana Ruiz said, and Ruiz knows."),
    ):
        mark.put(house.session, house.now, number, "mod@example.org", Marks(passages=[words]))
    house.take(mail("My number is 555-0199.", author=FROM), to="nap-owner@talk.example", sender=ANA)
    house.take(mail("pause", author=FROM, subject=""), to="nap-request@talk.example", sender=ANA)
    house.tick(FRIDAY_ROUNDUP)


@pytest.fixture
def full(tmp_path: Path) -> Iterator[House]:
    with open_house(folder(tmp_path, after=everything)) as house:
        house.now = FRIDAY_ROUNDUP
        yield house


def found(house: House, *words: str) -> list[str]:
    """Which of the words any file of the database holds, in any form that mail has them in; PostgreSQL: any row."""
    if house.session.sqlite:
        house.close()  # nobody but SQLite opens its file while it runs
        whole = b"".join(one.read_bytes() for one in sorted((house.place / "var").iterdir()) if one.is_file()).lower()
        house.session = Session(str(house.session.url))
    else:
        whole = "\n".join(house.tables()).lower().encode()
    decoded = quopri.decodestring(whole)
    forms = {word: [word.lower().encode(), base64.b64encode(word.encode()).lower()[:-4]] for word in words}
    return [word for word, those in forms.items() if any(form in whole or form in decoded for form in those)]


def gone(house: House, *, texts: bool = False) -> erase.Erasure:
    return erase.erase(house.session, house.now, house.site, ANA.lower(), "chief@example.org", texts=texts)


def test_no_file_of_the_database_tells_of_them(full: House) -> None:
    before = gone(full)
    assert purge.tidy(full.session, full.now) is full.session.sqlite
    assert found(full, *WORDS) == []
    assert found(full, "larches") == ["larches"]
    assert before.pseudonym.startswith("erased-")


def test_what_is_searched_for_is_there_before(full: House) -> None:
    assert found(full, *WORDS) == WORDS


def test_their_texts_go_too_where_that_is_asked(full: House) -> None:
    gone(full, texts=True)
    purge.tidy(full.session, full.now)
    assert found(full, *WORDS, "seventeen larches") == []


def test_passages_go_with_the_words_they_are_of(full: House) -> None:
    gone(full)
    kept = [(one["contribution_id"], one["text"]) for one in full.rows("passage")]
    assert kept[:-1] == [(1, "larches by hand, all of us")]  # a part of the record, as its text is
    number, passage = kept[-1]
    assert number == 3
    assert stands(full.contribution(3)["text"], passage)  # their name is out of both
    gone_too = erase.erase(full.session, full.now, full.site, "boris@example.net", "chief@example.org", texts=True)
    assert gone_too.counts["released"] == 1
    assert [one["contribution_id"] for one in full.rows("passage")] == [1]


def test_the_thread_keeps_its_shape(full: House) -> None:
    gone(full)
    first, held, answer = full.rows("contribution")
    assert (first["state"], first["number"], first["subject"]) == ("released", 1, "Larches")
    assert first["text"] == "We planted seventeen larches by hand, all of us.\n\n[…]"
    assert (held["state"], held["text"], held["subject"]) == ("discarded", "", "")
    assert (answer["number"], answer["parent_id"]) == (2, first["id"])
    assert answer["text"] == "Dear […],\n\nas […] said, and […] knows."
    assert answer["in_reply_to"] == first["message_id"]
    assert "larches by hand" in full.rows("roundup")[0]["text"]
    copies = full.sent("contribution")
    assert {one.mail["From"] for one in copies} == {
        "Planning for Action <nap@talk.example>",
        "Boris via Planning for Action <nap@talk.example>",
    }
    shown = [one.text for one in copies if one.mail["Message-ID"] == first["message_id"]]
    assert all("Contribution 1 · Module 1 · a participant who prefers not to be named" in one for one in shown[:1])
    assert {one.mail["In-Reply-To"] for one in copies if one.subject.endswith("Plans")} == {first["message_id"]}


def test_an_answer_that_comes_later_finds_its_place(full: House) -> None:
    full.policy(moderation="none")
    gone(full)
    row = full.contribute("I agree.", author="Boris <boris@example.net>", answers="<1.ana.ruiz@casa-verde.example>")
    assert row["parent_id"] == full.rows("contribution")[0]["id"]
    copy = full.sent("contribution")[-1]
    assert copy.mail["In-Reply-To"] == full.rows("contribution")[0]["message_id"]


def test_what_is_under_way_to_them_is_dropped_and_to_others_says_what_is_left(full: House) -> None:
    renderings = deliver.Renderings()  # one engine's, before and after
    gone(full)
    copies = deliver.claim(full.session, full.now, full.site, renderings, 1000)
    assert copies
    assert not [one for one in copies if "ruiz" in one.recipient.lower() or b"Ruiz" in one.head + one.body]


def test_an_engine_forgets_what_it_had_at_hand(full: House) -> None:
    renderings = deliver.Renderings()
    assert any(b"Ruiz" in one.head for one in deliver.claim(full.session, full.now, full.site, renderings, 1000))
    gone(full)
    full.session.write(lambda connection: connection.exec_driver_sql("UPDATE delivery SET due_at = 0"))
    again = deliver.claim(full.session, full.now, full.site, renderings, 1000)
    assert again
    assert not [one for one in again if b"Ruiz" in one.head]


@pytest.mark.parametrize("to", [HERE, "nap-request@talk.example", "nap-help@talk.example", "nap-join@talk.example"])
def test_nobody_writes_to_them_again(full: House, to: str) -> None:
    gone(full)
    full.take(mail("Who am I?", author=FROM), to=to, sender=ANA)
    copies = deliver.claim(full.session, full.now, full.site, deliver.Renderings(), 1000)
    assert not [one for one in copies if one.recipient.lower() == ANA.lower()]
    assert {one["reply"] for one in full.rows("delivery") if "casa-verde" in one["address"].lower()} <= {
        "erased, or at their wish: not written to again"
    }


def test_a_release_and_a_round_up_do_not_reach_them(full: House) -> None:
    gone(full)
    full.released("News.", author="Boris <boris@example.net>")
    late: list[Sent] = [one for one in full.sent(state="pending") if "invalid" in one.to]
    assert late == []


def test_who_did_it_is_kept_and_of_whom_a_pseudonym(full: House) -> None:
    name = gone(full).pseudonym
    told = [one for one in full.rows("audit") if one["action"] == "erase"]
    assert [(one["actor"], one["subject"]) for one in told] == [("chief@example.org", name)]
    assert full.rows("person")[-1]["address"] == name
    assert full.rows("person")[-1]["erased_at"] == full.now


def test_moderators_are_not_erased_in_passing(full: House) -> None:
    with pytest.raises(Refused, match=r"mod@example.org moderates nap: take them out of listserv.toml"):
        erase.erase(full.session, full.now, full.site, "mod@example.org", "chief@example.org")


def test_a_second_time_there_is_nothing(full: House) -> None:
    gone(full)
    with pytest.raises(Refused, match=r"nothing is held of ana.ruiz@casa-verde.example"):
        gone(full)


def test_a_stranger_who_wrote(house: House) -> None:
    house.contribute("A quagmire, I say.", author="Sam Stranger <sam@elsewhere.example>")
    erase.erase(house.session, house.now, house.site, "sam@elsewhere.example", "chief@example.org")
    purge.tidy(house.session, house.now)
    assert found(house, "elsewhere.example", "Sam Stranger", "quagmire") == []


@pytest.mark.sqlite("clears its file")
def test_an_engine_that_runs_clears_the_file_itself(full: House) -> None:
    """The command must not: two that checkpoint could meet a bug of SQLite."""
    engine = GroupingSession(str(full.session.url))
    try:
        gone(full)
        assert not purge.tidy(full.session, full.now)
        assert purge.tidy(engine, full.now)
        assert not purge.tidy(engine, full.now)  # once
    finally:
        engine.close()
    assert found(full, *WORDS) == []


def test_files_go_unless_somebody_else_sent_them(house: House) -> None:
    def with_files(author: str, *contents: bytes) -> bytes:
        parts = "".join(
            f'--x\r\nContent-Type: application/pdf\r\nContent-Disposition: attachment; filename="{number}.pdf"\r\n'
            f"Content-Transfer-Encoding: base64\r\n\r\n{base64.b64encode(b'%PDF-1.4 ' + one).decode()}\r\n"
            for number, one in enumerate(contents)
        )
        head = f"From: {author}\r\nTo: {HERE}\r\nSubject: Files\r\nContent-Type: multipart/mixed; boundary=x\r\n\r\n"
        return f"{head}--x\r\nContent-Type: text/plain\r\n\r\nSee the files.\r\n{parts}--x--\r\n".encode()

    house.join(ANA, name="Ana Ruiz")
    house.take(with_files(FROM, b"shared", b"their own"))
    house.take(with_files("Boris <boris@example.net>", b"shared"))
    gone(house)
    assert [one["content"] for one in house.rows("blob")] == [b"%PDF-1.4 shared"]
    assert [(one["name"], one["state"]) for one in house.rows("attachment")] == [
        ("", "dropped"),
        ("", "dropped"),
        ("0.pdf", "kept"),
    ]


def test_nothing_of_others_is_lost(full: House) -> None:
    """Boris's and the moderators' rows are the same, but for names and originals that name her."""
    ids = {row["id"] for row in full.rows("contribution") if row["from_name"] == "Boris"}
    to_boris = [one.id for one in full.sent(to="boris@example.net") if one.state == "pending"]
    gone(full)
    assert {row["id"] for row in full.rows("contribution") if row["from_name"] == "Boris"} == ids
    assert [one.id for one in full.sent(to="boris@example.net") if one.state == "pending"] == to_boris


def test_an_erasure_in_another_house(tmp_path: Path, full: House) -> None:
    """As serve would find it after a restart: all steps run over what is left."""
    gone(full)
    with open_house(full.place) as again:
        again.to_the_end()
        again.work()
        assert not [one for one in again.rows("inbox") if one["state"] == "parked"]


def test_what_they_ask_for_later_a_person_reads(full: House) -> None:
    gone(full)
    row = full.take(mail("", author=FROM, subject=""), to="nap-join@talk.example", sender=ANA)
    assert row["reason"] == "not answered, they were erased; passed on to the moderators"
    assert full.sent("join_confirm") == []


def test_what_they_write_while_they_are_looked_for_goes_too(full: House, monkeypatch: pytest.MonkeyPatch) -> None:
    looks: list[sought.Sought] = []

    def look(*args: Any, **options: Any) -> sought.Sought:
        looks.append(sought.look(*args, **options))
        if len(looks) == 1:
            with open_house(full.place) as other:
                other.contribute("One more quagmire.", author=FROM)
        elif len(looks) == 2:
            with open_house(full.place) as other:
                other.released("Ana Ruiz, again.", author="Boris <boris@example.net>")
        return looks[-1]

    monkeypatch.setattr(erase, "look", look)
    gone(full)
    assert len(looks) == 2
    purge.tidy(full.session, full.now)
    assert found(full, *WORDS) == []

"""`listserv participant merge`: two entries that are one person become one, whole; and what proves an author."""

from __future__ import annotations

import itertools
from typing import Any

import pytest

from listserv.core.dialogue.model import DeliveryMode
from listserv.core.mail.level import IN_WORDS, Level
from listserv.store import people
from tests.cli.conftest import Cli
from tests.house import HERE, TUESDAY, House, mail

KEEP, OTHER = "anna@example.net", "anna@home.example"


def who(cli: Cli) -> dict[str, Any]:
    return {row["address"]: row for row in cli.json("participant list")}


def two(house: House, **options: Any) -> None:
    """Anna once more, with another address, a contribution that went out and one that waits."""
    house.join(OTHER, name="Anna D.", **{"profile": {"country": "SN", "gender": "f"}, **options})
    house.released("From home.", author=OTHER)
    house.contribute("Again from home.", author=OTHER)


def test_what_the_second_has_becomes_the_firsts(cli: Cli) -> None:
    with cli.house() as house:
        house.released("From the office.")
        two(house)
        before = {one.id for one in house.sent()}
        bounced = house.part(OTHER)["id"]
        copies = len(house.rows("delivery", participation_id=bounced))
        assert copies
    said = f"part of {KEEP}: 1 address, 2 contributions, 1 participation\n"
    assert cli.ok(f"participant merge {KEEP} {OTHER} --dry-run") == f"{OTHER}  would be {said}"
    assert set(who(cli)) >= {KEEP, OTHER}
    assert cli.ok(f"participant merge {KEEP} {OTHER} --yes --as chief@example.org") == f"{OTHER}  {said}"

    people_now = who(cli)
    assert OTHER not in people_now
    anna = people_now[KEEP]
    assert anna["contributions"] == 2
    assert (anna["name"], anna["country"], anna["organisation"], anna["gender"]) == ("Anna", "FR", "Ministry", "f")
    assert anna["stage"] == "planned"
    with cli.house() as house:
        assert {one.id for one in house.sent()} == before  # nothing is sent
        assert house.part(OTHER)["person_id"] == house.part(KEEP)["person_id"]
        assert house.part(OTHER)["address"] == KEEP
        assert len(house.rows("person")) == 5  # and nobody is left over
        assert house.rows("delivery", participation_id=house.part(KEEP)["id"])
        row = house.contribute("Once more from home.", author=OTHER)
        assert row["person_id"] == house.part(KEEP)["person_id"]
    (entry,) = [one for one in cli.json("audit") if one["action"] == "merge"]
    assert (entry["actor"], entry["subject"]) == ("chief@example.org", KEEP)
    assert entry["reason"].startswith(f"{OTHER}: 1 addresses, 2 contributions")


def test_it_is_the_same_whichever_came_first(cli: Cli) -> None:
    with cli.house() as house:
        two(house)
    cli.ok(f"participant merge {OTHER} {KEEP} --yes")
    anna = who(cli)[OTHER]
    assert KEEP not in who(cli)
    assert (anna["name"], anna["country"], anna["organisation"], anna["stage"]) == (
        "Anna D.",
        "SN",
        "Ministry",
        "planned",
    )


STATUSES = ("active", "paused", "invited", "requested", "left", "declined")  # the more active first


@pytest.mark.parametrize(("kept", "other"), list(itertools.product(STATUSES, repeat=2)))
def test_of_two_participations_the_more_active_is_left(cli: Cli, kept: str, other: str) -> None:
    with cli.house() as house:
        house.join(OTHER)
        house.set(KEEP, status=kept, delivery=DeliveryMode.NONE)
        house.set(OTHER, status=other, delivery=DeliveryMode.ROUNDUP, role="moderator")
    cli.ok(f"participant merge {KEEP} {OTHER} --yes")
    anna = who(cli)[KEEP]
    first = STATUSES.index(kept) <= STATUSES.index(other)
    expected = (kept, "none") if first else (other, "roundup")
    assert (anna["status"], anna["delivery"], anna["role"]) == (*expected, "moderator")


def test_why_a_participation_was_paused_goes_with_its_status(cli: Cli) -> None:
    with cli.house() as house:
        house.join(OTHER)
        house.set(KEEP, status="paused", unreachable_at=TUESDAY)
    cli.ok(f"participant merge {KEEP} {OTHER} --yes")
    with cli.house() as house:
        part = house.one("participation", id=house.part(KEEP)["id"])
        assert (part["status"], part["unreachable_at"]) == ("active", None)


def test_links_in_mail_that_either_has_got_still_let_them_leave(cli: Cli) -> None:
    for keep, other in ((KEEP, OTHER), ("boris@example.net", "boris@home.example")):
        with cli.house() as house:
            house.join(other)
            ids = {name: house.part(name)["id"] for name in (keep, other)}
        cli.ok(f"participant merge {keep} {other} --yes")
        with cli.house() as house:
            house.join("new@example.net")  # SQLite gives numbers of youngest rows away again
            house.take(
                mail("", author=f"x <{keep}>"), house.site.addresses.leave("nap", ids[other if keep == KEEP else keep])
            )
            assert house.part(keep)["status"] == "left"
            assert house.part("new@example.net")["status"] == "active"


def test_three_entries_become_one(cli: Cli) -> None:
    with cli.house() as house:
        house.join(OTHER)
        house.join("anna@third.example")
        ids = [house.part(one)["id"] for one in (KEEP, OTHER, "anna@third.example")]
    cli.ok(f"participant merge {OTHER} {KEEP} --yes")
    cli.ok(f"participant merge anna@third.example {KEEP} --yes")  # a linked address names its person
    with cli.house() as house:
        kept = house.part(KEEP)
        assert kept["address"] == "anna@third.example"
        with house.session.read() as connection:
            assert [people.part(connection, one)["id"] for one in ids] == [kept["id"]] * 3


def test_a_question_under_way_is_theirs(cli: Cli) -> None:
    with cli.house() as house:
        house.join(OTHER, name="Anna")
        house.take(mail("address third@home.example", subject="", author=OTHER), HERE.replace("nap", "nap-request"))
    cli.ok(f"participant merge {KEEP} {OTHER} --yes")
    with cli.house() as house:
        for kind in ("link_ask", "link_confirm"):
            question = house.sent(kind)[-1]
            house.take(mail("yes", author=question.to), str(question.mail["Reply-To"]))
        assert house.part("third@home.example")["person_id"] == house.part(KEEP)["person_id"]


def test_a_moderator_of_listserv_toml_may_be_merged(cli: Cli) -> None:
    cli.ok(f"participant merge {KEEP} mod@example.org --yes")
    assert who(cli)[KEEP]["role"] == "moderator"
    before = cli.dump()
    assert cli.ok("apply --dry-run") == cli.ok("apply")
    assert cli.dump() == before


def test_people_of_different_dialogues(cli: Cli) -> None:
    """Somebody known from elsewhere who does not take part here: their participation there is the first's."""
    text = cli.toml.read_text()
    cli.toml.write_text(text + text[text.index("[[dialogue]]") :].replace('"nap"', '"other"'))
    cli.ok("apply")
    cli.ok(f"participant add {OTHER} -d other --name Anna")
    cli.ok(f"participant merge {KEEP} {OTHER} --yes")
    for slug in ("nap", "other"):
        assert [row["address"] for row in cli.json(f"participant list -d {slug}") if row["name"] == "Anna"] == [KEEP]


@pytest.mark.parametrize(
    ("words", "expected"),
    [
        (f"{KEEP} nobody@example.net", "nobody@example.net is nobody's here; see: listserv participant list"),
        (f"nobody@example.net {KEEP}", "nobody@example.net is nobody's here; see: listserv participant list"),
        (f"{KEEP} ANNA@example.net", f"{KEEP} and ANNA@example.net are one person's already"),
        ("nonsense more", "nonsense is nobody's here; see: listserv participant list"),
    ],
)
def test_what_is_refused(cli: Cli, words: str, expected: str) -> None:
    assert cli.refused(f"participant merge {words} --yes") == expected


def test_it_asks_first(cli: Cli) -> None:
    with cli.house() as house:
        house.join(OTHER)
    assert cli.refused(f"participant merge {KEEP} {OTHER}") == (
        f"Make {OTHER} (1 address, 1 participation) part of {KEEP}? This cannot be undone: repeat with --yes"
    )
    assert "Missing argument" in cli.usage(f"participant merge {KEEP}")


def test_from_the_settings_to_the_queue(cli: Cli) -> None:
    """A mail piped in by a host whose results we believe, and what a moderator sees of it."""
    cli.toml.write_text(
        cli.toml.read_text().replace("[relay]", '[intake.smtp]\ntrusted_authserv_id = "mx.talk.example"\n\n[relay]')
    )
    begin = "Authentication-Results: mx.talk.example; dmarc="
    for result in ("pass header.from=example.net", "fail header.from=example.net", "none"):
        content = f"{begin}{result}\r\n".encode() + mail(f"Plan: {result}.")
        cli.ok(f"receive --recipient {HERE} --sender {KEEP}", input=content)
    cli.ok("work --until-idle")
    shown = [cli.json(f"queue show {number}") for number in (1, 2, 3)]
    assert [one["authentication"] for one in shown] == ["trusted", "none", "none"]
    assert f"; {IN_WORDS[Level.TRUSTED]}\n" in cli.ok("queue show 1")
    assert f"; {IN_WORDS[Level.NONE]}\n" in cli.ok("queue show 3")
    rules = [[row["rule"] for row in cli.json(f"queue explain {number}") if row["held"]] for number in (1, 2, 3)]
    assert [("forged" in one, "unauthenticated" in one) for one in rules] == [
        (False, False),
        (True, False),
        (False, True),
    ]
    assert [row["recipient"] for row in cli.json("outbox list") if row["kind"] == "receipt"] == [KEEP] * 2

"""`participant import` reads Mailman's rosters: what it prints, what it exports, what its REST API answers."""

from __future__ import annotations

import json

import pytest

from tests.cli.conftest import Cli

REST = {
    "entries": [
        {"email": "ana@example.org", "display_name": "Ana", "delivery_mode": "regular", "role": "member"},
        {"email": "bo@example.org", "display_name": "Bo", "delivery_mode": "mime_digests"},
        {"email": "cy@example.org", "display_name": "", "delivery_status": "by_user"},
    ],
    "total_size": 3,
}
FILES = {
    "list_members -f": 'Ana <ana@example.org>\n"Bo, junior" <bo@example.org>\ncy@example.org\n',
    "mailman members": "Ana <ana@example.org>\nBo <bo@example.org>\n <cy@example.org>\n",
    "with names behind": "ana@example.org (Ana)\nbo@example.org\ncy@example.org\n",
    "REST": json.dumps(REST),
    "REST's entries alone": json.dumps(REST["entries"]),
    "CSV": (
        "email,display_name,delivery_mode,delivery_status\nana@example.org,Ana,regular,enabled\n"
        "bo@example.org,Bo,plaintext_digests,\ncy@example.org,,regular,by_bounces\n"
    ),
    "a table of one's own": (
        "Email;Real name;Digest;Nomail\nana@example.org;Ana;;\nbo@example.org;;1;\ncy@example.org;;;x\n"
    ),
}


@pytest.mark.parametrize("content", FILES.values(), ids=FILES)
def test_everybody_is_found(cli: Cli, content: str) -> None:
    answer = cli.run("participant import - --dry-run --json", input=content.encode())
    assert [one["address"] for one in answer.json] == ["ana@example.org", "bo@example.org", "cy@example.org"]
    assert answer.json[0]["name"] == "Ana"
    assert {one["verdict"] for one in answer.json} == {"new"}


@pytest.mark.parametrize("name", ["REST", "CSV", "a table of one's own"])
def test_digests_become_daily_and_no_mail_stays_no_mail(cli: Cli, name: str) -> None:
    cli.ok("participant import - --no-welcome", input=FILES[name].encode())
    people = {one["address"]: one["delivery"] for one in cli.json("participant list")}
    assert (people["ana@example.org"], people["bo@example.org"], people["cy@example.org"]) == ("each", "daily", "none")


def test_a_roster_that_does_not_say_gets_what_is_asked_for(cli: Cli) -> None:
    cli.ok("participant import - --delivery daily --no-welcome", input=b"Ana <ana@example.org>\n")
    assert {"address": "ana@example.org", "delivery": "daily"}.items() <= cli.json("participant list")[-1].items()


def test_a_wrong_line_is_told_with_its_number(cli: Cli) -> None:
    said = cli.refused("participant import -", input=b"Ana <ana@example.org>\n\nBo (no address)\n")
    assert said == "-:3: 'Bo (no address)' is not a mail address; write name@example.org"
    assert "no members in it" in cli.refused("participant import -", input=b'{"entries": [{"x": 1}]}')
    assert "JSON that cannot be read" in cli.refused("participant import -", input=b'{"entries": [')

"""`participant import`: a verdict on each line, files as spreadsheets write them, and nothing by halves."""

from __future__ import annotations

import json
import time

import pytest

from listserv.core.mail import identity
from listserv.steps import recognise
from listserv.store import suppressions
from tests.cli.conftest import Cli
from tests.house import site

MIXED = """\
address;name;country;language;stage
pia@example.net;Pia;Chile;Spanish;Planned
anna@example.net;Anna;France;;
chloe@example.net;;;;
nonsense;;;;
awa@example.sn;Awa;Senegall;fr;
PIA@example.net;Pia again;;;
kim@example.org;Kim;Korea;;
eve@example.org;Eve;;Frensh;
max@example.org;Max;;;bogus
short@example.org
gone@example.org;Gone;;;
nap-owner@talk.example;Us;;;
"""


def verdicts(cli: Cli, content: bytes) -> list[dict[str, object]]:
    answer = cli.run("participant import - --dry-run --json", input=content)
    assert answer.code in (0, 1), answer
    return list(json.loads(answer.out))


def test_every_line_gets_its_verdict_and_a_wrong_one_keeps_the_file_out(cli: Cli) -> None:
    cli.ok("participant remove chloe@example.net --yes")
    with cli.house() as house:
        prints = site().addresses.fingerprints(identity.key("gone@example.org"))
        house.session.write(lambda connection: suppressions.add(connection, house.now, prints))
    before = cli.dump()
    answer = cli.run("participant import - --dry-run", input=MIXED.encode())
    assert answer.code == 1
    assert answer.err == "listserv: -: 6 lines cannot be imported; until mended, none of the file is\n"
    assert answer.out.splitlines() == [
        " 2  would add pia@example.net Pia",
        " 3  is there already: anna@example.net",
        " 4  left, would not be added: chloe@example.net",
        " 5  wrong: 'nonsense' is not a mail address; write name@example.org",
        " 6  would add awa@example.sn Awa",
        "    note: country 'Senegall' is none we know: did you mean Senegal? It is kept as written",
        " 7  wrong: PIA@example.net stands twice; it is in line 2 already",
        " 8  would add kim@example.org Kim",
        "    note: country 'Korea' is none we know: did you mean South Korea or North Korea? It is kept as written",
        " 9  wrong: language 'Frensh': write its tag, like en, fr or pt-BR; did you mean French (fr)?",
        "10  wrong: stage 'bogus': write one of planned, published",
        "11  wrong: 5 values are needed, as in the first line",
        "12  erased at their wish, would not be added: gone@example.org",
        "13  wrong: nap-owner@talk.example is an address of ours; write one where a person reads",
        "12 lines (new: 3, known: 1, left: 1, wrong: 6, suppressed: 1); nothing was changed (--dry-run)",
    ]
    assert cli.run("participant import -", input=MIXED.encode()).code == 1
    assert cli.dump() == before
    first, *_ = rows = verdicts(cli, MIXED.encode())
    assert first == {
        "line": 2,
        "address": "pia@example.net",
        "name": "Pia",
        "verdict": "new",
        "changes": [],
        "problem": "",
        "remarks": [],
    }
    assert [row["line"] for row in rows] == list(range(2, 14))


def test_again_brings_back_who_left_and_who_wanted_no_mail(cli: Cli) -> None:
    cli.ok("participant remove chloe@example.net --yes")
    with cli.house() as house:
        prints = site().addresses.fingerprints(identity.key("gone@example.org"))
        house.session.write(lambda connection: suppressions.add(connection, house.now, prints))
    rows = b"address\nchloe@example.net\ngone@example.org\n"
    for command, file in (("participant import -", rows), ("participant add gone@example.org", b"")):
        assert cli.refused(command, input=file).startswith("gone@example.org: erased at their wish, not to be added")
    assert cli.ok("participant import - --again", input=rows) == "added: 2\n"
    assert cli.ok("participant import -", input=rows) == "unchanged: 2\n"


def test_who_asked_never_to_be_written_to_is_told_line_by_line(cli: Cli) -> None:
    with cli.house() as house:
        keys = ["gone@example.org"]
        house.session.write(lambda connection: recognise.suppress(connection, house.now, house.site, keys))
    rows = b"address\npia@example.net\ngone@example.org\n"
    lifts = "only their own mail to nap-join@talk.example lifts that"
    never = f"gone@example.org asked never to be written to again; {lifts}"
    for how in ("", "--invite", "--again"):
        assert cli.refused(f"participant add gone@example.org {how}") == never
        assert cli.ok(f"participant import - --dry-run {how}", input=rows).splitlines()[1:] == [
            "3  asked never to be written to again, would not be added: gone@example.org",
            "2 lines (new: 1, never: 1); nothing was changed (--dry-run)",
        ]
    assert cli.ok("participant import - --again", input=rows).splitlines() == [
        "added: 1",
        "asked never to be written to again, not added: 1 (gone@example.org);"
        " only their own mail to nap-join@talk.example lifts that",
    ]


@pytest.mark.parametrize(
    "content",
    [
        "address,name,country\np@example.net,Zoé,Côte d'Ivoire\n".encode("cp1252"),
        "address;name;country\r\np@example.net;Zoé;CÔTE D’IVOIRE\r\n".encode(),
        "\ufeffaddress\tname\tcountry\np@example.net\tZoé\tIvory Coast\n".encode(),
        "address\tname\tcountry\np@example.net\tZoé\tCIV\n".encode("utf-16"),
        'sep=;\naddress;name;country\np@example.net;"Zoé\n";ci\n'.encode(),
        'address,name,country\np@example.net,Zoé,"Côte\nd\'Ivoire"\n'.encode(),
    ],
    ids=["windows", "semicolons", "tabs", "utf-16", "excel", "quoted line break"],
)
def test_as_spreadsheets_write_it(cli: Cli, content: bytes) -> None:
    assert cli.ok("participant import - --no-welcome", input=content) == "added: 1\n"
    row = next(one for one in cli.json("participant list") if one["address"] == "p@example.net")
    assert (row["name"], row["country"]) == ("Zoé", "CI")


def test_lines_are_counted_as_an_editor_counts_them(cli: Cli) -> None:
    content = 'address,name\np@example.net,"two\nlines"\n\nnonsense,\n'
    assert [(row["line"], row["verdict"]) for row in verdicts(cli, content.encode())] == [(2, "new"), (5, "wrong")]


def test_what_people_say_is_kept_by_its_code(cli: Cli) -> None:
    cli.ok("participant import - --no-welcome", input=b"address,country,language,stage\np@x.net,Peru,espanol,PLANNED\n")
    row = next(one for one in cli.json("participant list") if one["address"] == "p@x.net")
    assert (row["country"], row["language"], row["stage"]) == ("PE", "es", "planned")


def test_a_verdict_on_five_thousand_lines_takes_seconds(cli: Cli) -> None:
    rows = "address,name,country\n" + "".join(f"p{n}@example.net,Person {n},Kenya\n" for n in range(5000))
    began = time.process_time()
    assert len(verdicts(cli, rows.encode())) == 5000
    assert time.process_time() - began < 15


def test_json_without_dry_run_is_no_usage(cli: Cli) -> None:
    assert "--json goes with --dry-run" in cli.usage("participant import - --json")


def test_a_language_that_letters_are_not_in_is_kept_and_said(cli: Cli) -> None:
    rows = b"address,language\np@x.net,pt\nq@x.net,Portuguese\nr@x.net,fr-CA\ns@x.net,\n"
    note = "letters are not in Portuguese (pt) but in English; [site] languages has: en, fr, es"
    assert cli.ok("participant import - --dry-run", input=rows).splitlines()[:5] == [
        "2  would add p@x.net",
        f"   note: {note}",
        "3  would add q@x.net",
        f"   note: {note}",
        "4  would add r@x.net",
    ]
    assert [row["remarks"] for row in verdicts(cli, rows)] == [[note], [note], [], []]
    assert f"note, of 2 people: {note}\n" in cli.ok("participant import -", input=rows)
    cli.ok("participant remove p@x.net --yes")
    again = cli.ok("participant import -", input=rows)
    assert f"note, of 1 person: {note}\n" in again, "nobody writes to who has left"

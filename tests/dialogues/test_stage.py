"""The stage itself: what scripts mean by a pattern, and that a script which is wrong fails, saying how."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.dialogues.script import Line, Unlike, compare, fits, read
from tests.dialogues.stage import Stage
from tests.sink import Sink


@pytest.mark.parametrize(
    ("pattern", "text", "good"),
    [
        ("Module 1 opens", "Module 1 opens", True),
        ("Module 1 opens", "Module 1 opens: x", False),
        ("[nap1325 1] *", "[nap1325 1] Module 1", True),
        ("[nap1325 1] *", "n Module 1", False),  # brackets are no set of characters
        ("*Round-up 2", "[nap1325] Round-up 2", True),
        ("a b", "a\n   b", True),  # any white space for any other
        ("a*c", "a b\nc", True),
        ("a.c", "abc", False),
    ],
)
def test_patterns(pattern: str, text: str, good: bool) -> None:
    assert fits(pattern, text) is good


@pytest.mark.parametrize(
    ("expected", "came", "good"),
    [
        (["one", "two"], ["one", "two"], True),
        (["one"], ["one", "two"], False),
        (["one", "two"], ["one"], False),
        (["one", "*"], ["one"], True),
        (["*", "three"], ["one", "two", "three"], True),
        (["*", "two"], ["one", "two", "three"], False),
        (["1  Ana: *"], ["1  Ana:   released"], True),
    ],
)
def test_a_lone_star_stands_for_any_number_of_lines(expected: list[str], came: list[str], good: bool) -> None:
    if good:
        compare(expected, came)
    else:
        with pytest.raises(Unlike, match="expected this answer"):
            compare(expected, came)


OPENING = """\
file people.csv
    name,address
    Ana Ortiz,ana@example.net
at Mon 2008-11-03 09:00
organiser> apply
start
all are moderators, Ana
"""

BEFORE = {  # a sentence that is wrong, and what it fails with
    "dance": "no such sentence",
    "at Mon 2008-11-03 10:00": "not expected:\n    announcement ",  # nobody said that it came
    "expect announcement to all": "missing:\n    ana@example.net",  # she was never added
    "expect announcement to moderator": "too many:\n    organiser@example.org",
    'expect announcement "[nap1325 2] *" to moderators': "missing:\n    moderator@example.org",
    "expect announcement to moderators\n    dated Mon 2008-11-03 09:01": "Mon 2008-11-03 09:00",
    'expect announcement to moderators\n    says "Module 2"': "Module 1 of our dialogue is open",
    'expect announcement to moderators\n    omits "Module 1"': "Module 1 of our dialogue is open",
    "expect announcement to moderators\n    shouts Module 1": "no such clause",
    "expect announcement to Zoe": "nobody is called Zoe",
}
AFTER = {
    "expect announcement to moderators": "missing:\n    moderator@example.org",  # it came once
    "count\n    Moderator: 2 announcement": "and got:  1 announcement",
    "at Tue 2008-11-03 10:00": "is a Mon",
    "moderator> queue release 1": "there is no contribution with id 1",
    "moderator> queue list\n    1 Ana": "and got:\n    nothing is held",
    "moderator> queue list\n    refused: *": "exit status 0",
    "Ana answers number 1": "Ana has not got number 1",
    'Ana writes "x" to nobody@example.net': "the receiver answered 550",
}


def test_a_script_that_is_wrong_fails(tmp_path: Path) -> None:
    path = tmp_path / "script.txt"

    def lines(text: str) -> list[Line]:
        path.write_text(text, encoding="utf-8")
        return read(path)

    with Sink.in_thread() as sink:
        stage = Stage(tmp_path, sink)
        try:
            for line in lines(OPENING):
                stage.play(line)
            for wrong in (BEFORE, AFTER):
                for sentence, says in wrong.items():
                    with pytest.raises(Unlike) as unlike:
                        stage.play(*lines(sentence))
                    assert says in str(unlike.value), sentence
                if wrong is BEFORE:
                    stage.play(*lines("expect announcement to moderators"))
        finally:
            stage.engine.stop()


def test_a_script_is_read_with_line_numbers_and_blocks(tmp_path: Path) -> None:
    path = tmp_path / "script.txt"
    path.write_text('# a remark\n\nstart\nAna writes "x"\n    one\n\n      two\n\n\nstop\n', encoding="utf-8")
    assert read(path) == [Line(3, "start", ()), Line(4, 'Ana writes "x"', ("one", "", "  two")), Line(10, "stop", ())]

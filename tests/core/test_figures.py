"""The figures of a dialogue, counted by hand."""

from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest

from listserv.core.dialogue.model import Module
from listserv.core.publication.activity import Equality, Release, Voices, activity, equality
from listserv.core.publication.figures import Contributed, Enrolled, Row, figures

ZONE = ZoneInfo("America/Santo_Domingo")


def at(day: int, hour: int) -> datetime:
    return datetime(2008, 11, day, hour, tzinfo=UTC)


MODULES = (
    Module(1, "Getting started", "", ("Who?", "Why?"), at(3, 13), at(7, 22)),
    Module(2, "Drafting", "", (), at(10, 13), at(14, 22)),
)
PEOPLE = (
    Enrolled(1, "Senegal", "government", "f"),
    Enrolled(2, "senegal ", "civil society", "m"),
    Enrolled(3, "Nepal", "government", "f"),
    Enrolled(3, "Nepal", "government", "f"),  # a second address of the same person
    Enrolled(4),
    Enrolled(5, "Peru", "UN", "f", registered=False),  # wrote, and has left
)
SAID = (
    Contributed(1, 1, 1, at(3, 14)),
    Contributed(1, 1, 1, at(4, 2)),  # still 3 November in Santo Domingo
    Contributed(2, 1, None, at(4, 14)),
    Contributed(5, 1, 2, at(4, 15)),
    Contributed(9, 7, 1, at(5, 15)),  # nobody we know, to a module that is no more
)
FIGURES = figures(SAID, PEOPLE, MODULES, ZONE, {"Senegal": "Africa", "senegal": "Africa", "Nepal": "Asia"})


def test_totals() -> None:
    assert (FIGURES.registered, FIGURES.contributors, FIGURES.contributions, FIGURES.countries) == (4, 4, 5, 2)
    assert FIGURES.share == 0.5  # who has left, or is on no list, is none of those registered


@pytest.mark.parametrize(
    ("got", "want"),
    [
        (FIGURES.modules, [Row("module", "1", 4, 3), Row("module", "2", 0, 0), Row("module", "7", 1, 1)]),
        (
            FIGURES.days,
            [Row("day", "2008-11-03", 2, 1), Row("day", "2008-11-04", 2, 2), Row("day", "2008-11-05", 1, 1)],
        ),
        (
            FIGURES.questions,
            [Row("question", "1.1", 2, 1), Row("question", "1.2", 1, 1), Row("question", "7.1", 1, 1)],
        ),
        (
            FIGURES.country,
            [
                Row("country", "Senegal", 3, 2, 2, 2),
                Row("country", "", 1, 1, 1, 0),
                Row("country", "Peru", 1, 1, 0, 0),
                Row("country", "Nepal", 0, 0, 1, 0),
            ],
        ),
        (
            FIGURES.gender,
            [Row("gender", "f", 3, 2, 2, 1), Row("gender", "", 1, 1, 1, 0), Row("gender", "m", 1, 1, 1, 1)],
        ),
        (
            FIGURES.region,
            [Row("region", "Africa", 3, 2, 2, 2), Row("region", "", 2, 2, 1, 0), Row("region", "Asia", 0, 0, 1, 0)],
        ),
    ],
    ids=["module", "day", "question", "country", "gender", "region"],
)
def test_rows(got: tuple[Row, ...], want: list[Row]) -> None:
    assert list(got) == want


def test_every_people_group_adds_up_to_the_totals() -> None:
    for group in (FIGURES.country, FIGURES.region, FIGURES.sector, FIGURES.gender):
        assert sum(row.contributions for row in group) == FIGURES.contributions
        assert sum(row.contributors for row in group) == FIGURES.contributors
        assert sum(row.registered or 0 for row in group) == FIGURES.registered


def test_json() -> None:
    shown = FIGURES.as_dict()
    assert list(shown) == [
        *("registered", "contributors", "contributions", "countries", "share", "words", "first_voices"),
        *("time_to_release", "equality", "delivery", "unreachable", "rows"),
    ]
    rows = shown["rows"]
    assert isinstance(rows, list)
    assert len(rows) == len(FIGURES.rows())
    assert rows[0] == {
        "group": "module",
        "key": "1",
        "contributions": 4,
        "contributors": 3,
        "registered": None,
        "heard": None,
    }


def test_an_empty_dialogue_divides_by_nothing() -> None:
    empty = figures((), (), MODULES, ZONE)
    assert (empty.share, empty.contributors, empty.country, empty.region) == (0.0, 0, (), ())


def test_a_time_without_a_zone_is_refused() -> None:
    with pytest.raises(ValueError, match="without a zone"):
        figures([Contributed(1, 1, 1, datetime(2008, 11, 3))], (), MODULES, ZONE)


def test_the_dialogues_own_fields_are_counted_like_the_others() -> None:
    people = [
        Enrolled(1, own={"stage": "planned"}),
        Enrolled(2, own={"stage": "Planned "}),
        Enrolled(3, own={"stage": "published", "role": "focal point"}),
        Enrolled(4, registered=False, own={"stage": "published"}),
    ]
    said = [Contributed(4, 1, None, datetime(2008, 11, 3, tzinfo=UTC))]
    found = figures(said, people, MODULES, ZONE, fields=["stage", "role"])
    assert [(row.group, row.key, row.contributions, row.registered) for row in found.own] == [
        ("stage", "published", 1, 1),
        ("stage", "planned", 0, 2),
        ("role", "", 1, 2),
        ("role", "focal point", 0, 1),
    ]
    assert found.rows()[-4:] == found.own
    assert [row["group"] for row in found.as_dict()["rows"]][-1] == "role"


# --- how it went


def spoken(person: int, module: int, day: int, waited: int = 1, words: int = 100) -> Contributed:
    return Contributed(person, module, None, at(day, 14), words, at(day, 14) - timedelta(hours=waited))


def test_first_voices_are_counted_where_they_were_first_heard() -> None:
    said = [spoken(1, 1, 3), spoken(2, 1, 4), spoken(1, 2, 10), spoken(3, 2, 11), spoken(3, 2, 12)]
    found = activity(said, [1, 2, 3], ZONE)
    assert found.by_module == (Voices("1", 2, 2), Voices("2", 2, 1), Voices("3", 0, 0))
    assert found.by_week == (Voices("2008-W45", 2, 2), Voices("2008-W46", 2, 1))


def test_time_to_release_has_a_median_and_nine_in_ten() -> None:
    release = activity([spoken(1, 1, 5, waited) for waited in (1, 2, 3, 4, 5, 6, 7, 8, 9, 40)], [1], ZONE).release
    assert release == Release(10, timedelta(hours=5.5), timedelta(hours=9))


@pytest.mark.parametrize(
    ("counts", "gini", "top", "share"),
    [
        ([2, 2, 2, 2], 0.0, 1, 0.25),
        ([1, 0, 0, 0], 0.75, 1, 1.0),
        ([1] * 19 + [21], 0.475, 2, 0.55),
    ],
)
def test_equality_of_voices(counts: list[int], gini: float, top: int, share: float) -> None:
    assert equality(counts) == Equality(len(counts), pytest.approx(gini), top, pytest.approx(share))


def test_with_nothing_said_there_is_nothing_to_say() -> None:
    none = activity([], [1], ZONE)
    assert (none.words, none.length, none.release, none.equality) == (0, 0, None, None)
    assert equality([]) is None


def test_readers_choices_and_unreachable_people_are_of_those_registered() -> None:
    people = [
        Enrolled(1, reads="each"),
        Enrolled(2, reads="roundup"),
        Enrolled(3, reads="paused", unreachable=True),
        Enrolled(4, reads="each", registered=False, unreachable=True),
    ]
    found = figures([], people, MODULES, ZONE)
    assert found.reads == (("each", 1), ("daily", 0), ("roundup", 1), ("none", 0), ("paused", 1))
    assert found.unreachable == 1


def test_what_answers_several_questions_counts_for_each_and_once_in_all() -> None:
    said = [Contributed(1, 1, 2, at(3, 14), further=(1,)), Contributed(2, 1, 1, at(3, 15))]
    found = figures(said, PEOPLE, MODULES, ZONE)
    assert [(row.key, row.contributions, row.contributors) for row in found.questions] == [("1.1", 2, 2), ("1.2", 1, 1)]
    assert found.contributions == 2

"""Searching, without a database: the words texts are found by, what is typed, what is shown, and how it is narrowed."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from listserv.core.search import facets
from listserv.core.search.excerpt import LENGTH, excerpt, marked
from listserv.core.search.facets import Entry, Filters
from listserv.core.search.query import LONGEST, Query, Term, read
from listserv.core.search.words import family, words

# --- the words of a text


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("Women’s ÉGALITÉ: l'égalité!", "women egalite egalite"),
        ("ﬁnance Ｗｉｄｅ straße", "finance wide strasse"),
        ("e\u0301galite\u0301", "egalite"),
        ("мой, Ёлка; Йемен", "мой елка йемен"),
        ("и\u0306од", "йод"),
        ("COVID-19 and 3 plans", "covid 19 and 3 plans"),
        ("أمن إلى آمن ٱمن", "امن الي امن امن"),
        ("المرأة والمرأة بالمرأة للمرأة مَرْأَة مـــرأة", "مراه مراه مراه مراه مراه مراه"),
        ("الالتزامات والتزامات", "تزامات تزامات"),
        ("مستشفى مستشفي", "مستشفي مستشفي"),
        ("١٣٢٥ ۱۳۲۵", "1325 1325"),
        ("کلی", "كلي"),
        ("和平与安全", "和平 平与 与安 安全 全"),
        ("第1325号决议", "第 1325 号决 决议 议"),
        ("和", "和"),
        ('a…@… _ * " - ( \x00 \ud800', ""),
        ("", ""),
    ],
)
def test_words_are_alike_however_they_are_written(text: str, found: str) -> None:
    assert " ".join(words(text)) == found


@pytest.mark.parametrize(
    "forms",
    [
        "plan plans planned planning",
        "policy policies",
        "woman women",
        "finance finances financed financing",
        "organisation organisations organization organizations",
        "country countries",
        "politique politiques",
        "national nationale nationales nationaux",
        "nacional nacionales",
        "femme femmes",
        "mujer mujeres",
        "evaluación evaluaciones",
        "женщина женщины женщинам женщинами",
        "война войны войной",
        "национальный национального национальные",
        "سلام وسلام والسلام السلام للسلام",
        "الوطنية وطنية وطني",
        "متواضع متواضعًا المتواضعة",
    ],
)
def test_the_forms_of_a_word_are_one_family(forms: str) -> None:
    assert len({family(word) for word in words(forms)}) == 1


@pytest.mark.parametrize(("one", "other"), [("война", "воин"), ("plan", "planet"), ("pass", "past")])
def test_other_words_are_not(one: str, other: str) -> None:
    assert family(next(words(one))) != family(next(words(other)))


@given(st.text())
def test_words_are_letters_and_figures_only(text: str) -> None:
    for word in words(text):
        assert word.isalnum()
        assert family(word)


# --- what is typed


def term(*said: str, **options: bool) -> Term:
    return Term(tuple(said), options.pop("shown", " ".join(said)), **options)  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("said", "wanted"),
    [
        ("women peace", [("women",), ("peace",)]),
        ('"good practices"', [("good", "practices")]),
        ("«bonnes pratiques» plan", [("bonnes", "pratiques"), ("plan",)]),
        ('plan "open end', [("plan",), ("open", "end")]),
        ("follow-up", [("follow", "up")]),
        ("l'égalité", [("egalite",)]),
        ("the role of the state", [("role",), ("state",)]),
        ('"the state"', [("the", "state")]),
        ("和平与安全", [("和平", "平与", "与安", "安全")]),
        ("安", [("安",)]),
        ("fund*", [("fund",)]),
        ("AND OR ( ^ NEAR(", [("near",)]),
        ("foo:bar", [("foo", "bar")]),
    ],
)
def test_a_query_is_words_and_phrases(said: str, wanted: list[tuple[str, ...]]) -> None:
    assert [one.words for one in read(said).wanted] == wanted


def test_a_minus_leaves_out_and_a_star_goes_on() -> None:
    query = read('fund* -military −"armed forces" well-being - x')
    assert [(one.words, one.begun) for one in query.wanted] == [(("fund",), True), (("well", "being"), False)]
    assert [one.words for one in query.unwanted] == [("military",), ("armed", "forces")]


def test_keys_are_understood_in_six_languages() -> None:
    assert read('country:Kenya tag:"good practice" auteur:Diallo модуль:2 问题：3 بلد:السودان').keyed == (
        ("country", "Kenya"),
        ("tag", "good practice"),
        ("author", "Diallo"),
        ("module", "2"),
        ("question", "3"),
        ("country", "السودان"),
    )


@pytest.mark.parametrize("said", ["the", "of and", "*", "- - -", '""', "и в на", "的", "?!", "x"])
def test_what_nothing_can_be_looked_for_by_is_told_apart_from_nothing(said: str) -> None:
    assert read(said).unsaid
    assert not read("").unsaid
    assert not read("  ").unsaid


def test_one_chinese_character_is_looked_for_wherever_it_stands() -> None:
    (one,) = read("妇").wanted
    assert one.begun
    assert one.exact


@given(st.text(alphabet=st.one_of(st.characters(), st.sampled_from('"-*:()^和平محو')), max_size=300))
def test_any_query_is_read(said: str) -> None:
    query = read(said)
    assert len(query.said) <= LONGEST
    for one in (*query.wanted, *query.unwanted):
        assert one.words
        assert all(word.isalnum() for word in one.words)
    excerpt(said, query)


# --- what is shown


def shown(text: str, said: str) -> str:
    return "".join(f"[{one.text}]" if one.found else one.text for one in excerpt(text, read(said)))


@pytest.mark.parametrize(
    ("text", "said", "expected"),
    [
        ("Women and the Peace accord.", "woman peace", "[Women] and the [Peace] accord."),
        ("L’Égalité d'abord", "egalite", "L’[Égalité] d'abord"),
        ("Good practices are good.", '"good practices"', "[Good practices] are good."),
        ("Funding and funders", "fund*", "[Funding] and [funders]"),
        ("妇女参与和平进程", "和平", "妇女参与[和平]进程"),
        ("妇女参与和平进程", "参与和平", "妇女[参与和平]进程"),
        ("妇女参与和平进程", "程", "妇女参与和平进[程]"),
        ("دور المرأة في السلام", "سلام", "دور المرأة في [السلام]"),
        ("مَرْأَة", "مرأة", "[مَرْأَة]"),
        ("Война и мир", "войны", "[Война] и мир"),
        ("One\n\ntwo   three", "two", "One [two] three"),
        (
            "> May we copy\n> the knots?\n\nPlease do!\n>\n>> Yes",
            "knots",
            "“May we copy the [knots]?” Please do! “Yes”",
        ),
        ("Nothing here", "peace", "Nothing here"),
        ("<b>peace</b>", "peace", "<b>[peace]</b>"),
    ],
)
def test_the_found_words_are_marked_in_the_authors_own(text: str, said: str, expected: str) -> None:
    assert shown(text, said) == expected


def test_an_excerpt_is_where_most_of_what_was_looked_for_stands() -> None:
    text = "peace " + "filler words stand here " * 60 + "a budget for peace was found " + "and so it goes on " * 60
    found = shown(text, "peace budget")
    assert found.startswith("… ")
    assert found.endswith(" …")
    assert "a [budget] for [peace]" in found
    assert len(found) < LENGTH + 60


def test_a_subject_is_marked_whole() -> None:
    assert [one.text for one in marked("Re: Peace at last", read("peace")) if one.found] == ["Peace"]


def test_unmarked_text_of_a_query_of_filters_only_is_its_beginning() -> None:
    assert shown("word " * 200, "country:KE").startswith("word word")


# --- narrowing

ENTRIES = [
    Entry(1, 1, 1, (1,), ("experience",), "Amina Diallo", "SN", 2.0),
    Entry(2, 2, 1, (1, 2), ("good practice",), "Grace Wanjiru", "KE", 1.0),
    Entry(3, 3, 2, (), ("good practice", "experience"), "", "", 2.0),
]


def ids(filters: Filters) -> list[int]:
    return [one.id for one in facets.narrowed(ENTRIES, filters)]


def test_filters_leave_what_fits_all_of_them() -> None:
    assert ids(Filters()) == [1, 2, 3]
    assert ids(Filters(country="KE")) == [2]
    assert ids(Filters(module=1, question=1)) == [1, 2]
    assert ids(Filters(tag="experience")) == [1, 3]
    assert ids(Filters(author="Amina Diallo")) == ids(Filters(author="diallo")) == [1]
    assert ids(Filters(author="?")) == []
    assert ids(Filters(country="KE", tag="experience")) == []


def test_each_choice_says_what_choosing_it_leaves() -> None:
    found = facets.choices(ENTRIES, Filters(module=1))
    assert found["module"] == [("1", 2), ("2", 1)]
    assert found["country"] == [("KE", 1), ("SN", 1)]
    assert found["question"] == [("1", 2), ("2", 1)]
    assert found["tag"] == [("experience", 1), ("good practice", 1)]
    assert found["author"] == [("Amina Diallo", 1), ("Grace Wanjiru", 1)]


@pytest.mark.parametrize(
    ("name", "said", "value"),
    [
        ("country", "Kenya", "KE"),
        ("country", "肯尼亚", "KE"),
        ("country", "ke", "KE"),
        ("country", "Atlantis", "Atlantis"),
        ("tag", "Bonnes pratiques", "good practice"),
        ("tag", "a,b", "a,b"),
        ("module", "2", 2),
        ("module", "two", -1),
        ("module", "", None),
        ("question", "999999999", -1),
    ],
)
def test_a_filter_is_read_as_people_write_it(name: str, said: str, value: object) -> None:
    assert getattr(Filters().with_(name, said), name) == value


def test_a_question_may_name_its_module() -> None:
    assert Filters().with_("question", "1.2") == Filters(module=1, question=2)


def test_order_is_by_fit_or_by_date() -> None:
    assert [one.id for one in facets.by_rank(ENTRIES)] == [3, 1, 2]
    assert [one.id for one in facets.by_date(ENTRIES)] == [3, 2, 1]


def test_no_query_is_no_query() -> None:
    assert read("") == Query()

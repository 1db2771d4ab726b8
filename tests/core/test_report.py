"""The report: complete from the material, in the contributors' own words, each with its number, as each wishes."""

from __future__ import annotations

import functools
import re
from dataclasses import replace

import pytest

from listserv.core.dialogue import countries, regions
from listserv.core.publication.byline import byline
from listserv.core.publication.figures import Contributed, Enrolled, figures
from listserv.core.publication.forms import markdown
from listserv.core.publication.material import Contribution
from listserv.core.publication.passages import own_words
from listserv.core.publication.report.document import Heading, Items, Report, Section, Table, paragraphs
from listserv.core.publication.report.draft import draft
from listserv.core.publication.report.letter import MOST, conclusions, told
from listserv.core.publication.report.material import Asked, Credit, Material
from listserv.core.publication.report.voice import Voice, language_of
from listserv.core.publication.resources import Paper, collect
from tests import model_case
from tests.model_case import CASE

ENGLISH = Voice("en", model_case.ZONE, str)
PAPERS = (Paper("The guide", "https://example.org/guide.pdf"),)


def material(said: tuple[Contribution, ...], **values: object) -> Material:
    people = [
        Enrolled(number, countries.kept(one.country), one.sector, one.gender)
        for number, one in enumerate(CASE.people, 1)
    ]
    where = {one.country: regions.of(one.country) for one in people}
    counted = [Contributed(one.person, one.module, one.question, one.released_at) for one in said]
    made = Material(
        title="Planning for Action",
        hosts=("UN-INSTRAW", "OSAGI"),
        zone=model_case.ZONE,
        modules=model_case.modules(),
        said=said,
        moderators=(Credit("Mo", "UN-INSTRAW"),),
        figures=figures(counted, people, model_case.modules(), model_case.ZONE, where),
        until=model_case.AFTER,
        contact="nap-owner@talk.example",
        resources=collect(said, PAPERS),
    )
    return replace(made, **values)  # type: ignore[arg-type]


@functools.cache
def whole() -> Report:
    return draft(material(model_case.said()), ENGLISH)


def section(key: str, report: Report | None = None) -> Section:
    found = (report or whole()).section(key)
    assert found is not None
    return found


def text(key: str, report: Report | None = None) -> str:
    return markdown.section(section(key, report))


def test_all_chapters_are_there_in_the_order_of_the_field():
    chapters = [one.key for one in whole().sections if one.level == 1]
    assert chapters == [
        "foreword", "query", "thanks", "summary", "conclusions", "experiences", "practices", "recommendations",
        "resources", "participation", "evaluation", "responses", "late", "disclaimer",
    ]  # fmt: skip
    assert [one.key for one in whole().sections if not one.blocks] == ["foreword", "conclusions"]


def test_every_saying_stands_word_for_word_in_the_contribution_whose_number_it_carries():
    checked = 0
    for one in whole().sections:
        if not one.key.startswith(("summary.", "experiences", "practices", "recommendations")):
            continue
        for block in one.blocks:
            for item in block.items if isinstance(block, Items) else ():
                number = int(item.spans[-1].text.strip("()"))
                words = item.spans[0].text[1:-1].strip()
                source = " ".join(CASE.said[number - 1].text.split())
                assert all(part.strip() in source for part in words.split("[…]")), (number, words)
                assert item.spans[-1].to == f"c{number}"
                checked += 1
    assert checked > 100


def test_what_moderators_marked_stands_first():
    lines = text("summary.1.1").splitlines()
    assert lines[0].startswith("- “My recommendation: write a separate plan")
    assert "خطة مستقلة وقصيرة" in lines[1]
    assert [line for line in lines if "Liisa Koskela" in line], "and then the others"


WISHES = {
    "anonymous-one": ("Rania Khoury", "Beit al-Nisa"),
    "nepal-two": (),  # she has written one under her name as well
    "tajik": ("Дилбар Назарова",),
    "iraq": ("سلوى جبار",),
}


@pytest.mark.parametrize("id", WISHES)
def test_who_wishes_less_is_shown_so_everywhere(id):
    whole_text = markdown.report(whole())
    assert [name for name in WISHES[id] if name in whole_text] == []


def test_contributors_are_thanked_each_once_and_the_unnamed_together():
    shown = text("thanks")
    assert "1. Grace Wanjiru, Ministry of Gender, Kenya (1, 45)" in shown
    assert f"Sushma Adhikari, Shanti Malika, Nepal ({CASE.number('nepal')})" in shown, "not her unnamed one beside it"
    unnamed = sorted([CASE.number("anonymous-one"), CASE.number("nepal-two")])
    assert f"prefer not to be named: {unnamed[0]}, {unnamed[1]}" in shown
    assert "Mihai Stoica" in shown, "not to be quoted is not: not to be named"


@pytest.mark.parametrize("id", ["not-quotable-one", "not-quotable-two", "patrick"])
def test_who_is_not_to_be_quoted_is_counted_and_nowhere_quoted(id):
    number, one = CASE.number(id), CASE.said[CASE.number(id) - 1]
    everything = [paragraph.text for paragraph in whole().paragraphs()]
    told = [f"{part.name}, {part.organisation}" for part in CASE.people]  # as a signature has it, too
    for sentence in re.split(r"(?<=[.。])\s*", own_words(one.text)):
        if len(sentence) > 25 and sentence.strip(".") not in told:
            assert not [words for words in everything if sentence in words]
    assert not [words for words in everything if len(one.subject) > 12 and one.subject.removeprefix("Re: ") == words]
    full = _response(number)
    assert full[-1] == "Its author does not wish to be quoted."
    assert whole().section("participation")
    assert material(model_case.said()).figures.contributions == len(CASE.said)


def _response(number: int) -> list[str]:
    """What stands below the heading of a response."""
    blocks = section("late" if CASE.said[number - 1].late else "responses").blocks
    at = next(i for i, one in enumerate(blocks) if isinstance(one, Heading) and one.anchor == f"c{number}")
    found = []
    for block in blocks[at + 1 :]:
        if isinstance(block, Heading):
            break
        found += [paragraph.text for paragraph in paragraphs(block)]
    return found


@pytest.mark.parametrize("group", ["By region", "By country", "By sector", "By gender"])
def test_no_figure_is_of_one_or_two_people_of_a_named_group(group):
    (table,) = [one for one in section("participation").blocks if isinstance(one, Table) and one.head[:1] == (group,)]
    rows = {row[0].text: [int(cell.text) for cell in row[1:]] for row in table.rows}
    others = rows.pop("others, fewer than three each", None)
    assert all(registered >= 3 for registered, *_ in rows.values())
    assert (others is None) == (group == "By gender")
    whole_of_it = [sum(column) for column in zip(*rows.values(), others or (0, 0, 0), strict=True)]
    assert whole_of_it == [len(CASE.people), 53, len(CASE.said)]


def test_where_all_groups_are_small_there_is_no_table():
    said = tuple(one for one in model_case.said() if one.country == "KE")
    alone = figures([], [Enrolled(1, "KE", "government", "female"), Enrolled(2, "PE")], (), model_case.ZONE)
    shown = markdown.section(section("participation", draft(material(said, figures=alone), ENGLISH)))
    assert not [word for word in ("By country", "Kenya", "By sector", "government", "female") if word in shown]


def test_responses_stand_in_full_and_late_ones_apart():
    late = [one.anchor for one in section("late").blocks if isinstance(one, Heading)]
    assert late == [f"c{number}" for number, one in enumerate(CASE.said, 1) if one.late]
    others = [one.anchor for one in section("responses").blocks if isinstance(one, Heading)]
    assert others == [f"c{number}" for number, one in enumerate(CASE.said, 1) if not one.late]
    for number, one in enumerate(CASE.said, 1):
        if one.quotable:
            assert _letters("".join(_response(number)[1:])) == _letters(one.text)


def _letters(text: str) -> str:
    return "".join(c for c in text if c.isalnum())


def test_what_a_moderator_edited_says_so():
    edited = [number for number, one in enumerate(CASE.said, 1) if one.original]
    shown = [number for number in range(1, len(CASE.said) + 1) if "edited by a moderator" in _response(number)[0]]
    assert shown == edited


@pytest.mark.parametrize(
    ("written", "language", "shown"),
    [
        ("DR Congo", "en", "Democratic Republic of the Congo"),
        ("RDC", "fr", "République démocratique du Congo"),
        ("Russia", "zh", "俄罗斯联邦"),
        ("Palestine", "es", "Estado de Palestina"),
        ("Ghana", "ar", "غانا"),
        ("Viet Nam", "pt", "Vietnã"),
        ("Atlantis", "en", "Atlantis"),
        ("", "en", ""),
    ],
)
def test_countries_are_named_as_the_united_nations_do(written, language, shown):
    assert replace(ENGLISH, language=language).country(written) == shown


def test_words_in_another_language_say_so():
    languages = whole().languages()
    assert {"en", "fr", "es", "ar", "ru", "zh"} <= languages
    arabic = [one for one in whole().paragraphs() if "خطة مستقلة وقصيرة" in one.text]
    assert {one.language for one in arabic} == {"ar"}


@pytest.mark.parametrize(
    ("words", "language"),
    [
        ("We have to write the plan with those who are in it.", "en"),
        ("Il faut que le plan soit écrit avec les femmes et pour elles.", "fr"),
        ("El plan que hicimos con las mujeres y para ellas.", "es"),
        ("Уважаемые коллеги", "ru"),
        ("Шановні колеги, ми її бачили", "uk"),
        ("تحية طيبة", "ar"),
        ("این طرح را پیش ببریم", "fa"),
        ("大家好", "zh"),
        ("こんにちは、皆さん", "ja"),
        ("Plan 1325", ""),
        ("1325 — 2008", ""),
        ("", ""),
    ],
)
def test_the_language_of_words(words, language):
    assert language_of(words) == language


def test_an_arabic_report_keeps_latin_words_running_their_own_way():
    report = draft(material(model_case.said()), replace(ENGLISH, language="ar"))
    question = section("query.1", report).blocks[-1]
    assert isinstance(question, Items)
    assert {one.language for one in question.items} == {"en", "und"}
    named = section("thanks", report).blocks[1]
    assert isinstance(named, Items)
    assert named.items[0].text.startswith("\u2068Grace Wanjiru\u2069، \u2068Ministry of Gender\u2069، كينيا")


def test_experiences_by_country_are_those_marked_and_without_any_an_extract_of_each():
    marked = [one.paragraph.text for one in section("experiences").blocks if isinstance(one, Heading)]
    assert marked[:4] == ["Denmark", "Jordan", "Kazakhstan", "Kenya"]
    assert marked[-1] == "Country not named"
    untagged = tuple(replace(one, tags=(), marked=()) for one in model_case.said())
    report = draft(material(untagged), ENGLISH)
    assert len([one for one in section("experiences", report).blocks if isinstance(one, Heading)]) > 40
    assert report.section("practices") is None, "a chapter that has nothing is not there"
    assert report.section("recommendations") is None


def test_resources_begin_with_the_organisers_and_name_each_once_with_its_numbers():
    shown = text("resources")
    assert shown.index("guide.pdf") < shown.index("forty-villages.pdf")
    assert shown.count("peer-review") <= 2, "label and link of one entry"
    pair = sorted([CASE.number("edited-one"), CASE.number("late-nigeria")])
    assert f"({pair[0]}, {pair[1]})" in shown


def test_a_question_nobody_took_up_is_said():
    some = tuple(one for one in model_case.said() if one.module != 3)
    assert text("summary.3.1", draft(material(some), ENGLISH)) == "Nobody took this question up."


def test_where_one_is_placed_nowhere_nobody_is_said_to_have_been_silent():
    """Whoever wrote it may well have answered just that question."""
    others = tuple(one for one in model_case.said() if one.module != 3)
    first, second, *_ = (one for one in model_case.said() if one.module == 3)
    placed = replace(first, questions=(1,))
    greeting = replace(second, questions=(), subject="Salut", text="Bonjour.")
    assert text("summary.3.2", draft(material((*others, placed)), ENGLISH)) == "Nobody took this question up."
    report = draft(material((*others, placed, greeting)), ENGLISH)
    assert text("summary.3.2", report) == "No contribution has been placed under this question."


def test_of_a_question_that_some_contribution_may_answer_nothing_is_said():
    others = tuple(one for one in model_case.said() if one.module != 3)
    silent = tuple(
        replace(one, questions=(), subject="Salut", text="Bonjour.") for one in model_case.said() if one.module == 3
    )
    report = draft(material(others + silent), ENGLISH)
    assert section("summary.3.1", report).blocks == ()
    assert "Nobody took this question up." not in markdown.report(report)


def test_the_survey_is_tabulated_and_its_absence_said():
    assert text("evaluation") == "No survey was held."
    asked = (
        Asked("How useful was it?", 22, (("4", 10), ("5", 12)), 4.55),
        Asked("What next?", 2, words=("More time.", "Autre chose")),
    )
    shown = text("evaluation", draft(material(model_case.said(), asked=asked), ENGLISH))
    assert "Answers: 22. Average: 4.5." in shown or "Answers: 22. Average: 4.6." in shown
    assert "{plot 1} How useful was it?. 4: 10; 5: 12" in shown
    assert "- More time." in shown


def test_a_dialogue_in_which_nobody_spoke_still_has_a_report():
    report = draft(material(()), ENGLISH)
    assert text("thanks", report) == "No contributions were received."
    assert report.section("experiences") is None


def test_many_answers_to_one_question_are_named_and_not_all_quoted():
    one = model_case.said()[0]
    many = tuple(replace(one, number=n, id=n, person=n, marked=(), tags=()) for n in range(1, 31))
    lines = text("summary.1.1", draft(material(many), ENGLISH)).splitlines()
    assert len([line for line in lines if line.startswith("-")]) == 12
    assert lines[-1].startswith("Also on this, to be read in full: 13, 14, ")


def test_an_organisation_alone_is_thanked_once_however_many_of_it_wrote():
    shown = byline("organisation", "Ana", "Ministry", "Peru")
    pair = tuple(
        replace(one, byline=shown, attribution="organisation", person=number)
        for number, one in enumerate(model_case.said()[:2])
    )
    assert "1. Ministry, Peru (1, 2)" in text("thanks", draft(material(pair), ENGLISH))


def test_the_mail_about_it_is_short_and_says_who_said_what():
    summary = told(material(model_case.said()), ENGLISH)
    assert [one.title for one in summary] == [one.title for one in model_case.modules()]
    sayings = [saying for one in summary for saying in one.sayings]
    assert sum(len(one.split()) for one in sayings) <= MOST
    assert all(re.search(r"\(\d+\)$", one) for one in sayings)
    assert not [one for one in sayings if "Mihai" in one]
    assert conclusions(whole()) == []


def test_nothing_in_the_mail_about_it_makes_structure():
    odd = replace(
        model_case.said()[0], text="We must [see](https://x.example) `this` *now* <b>and</b> learn.", marked=()
    )
    (one,) = told(material((odd,)), ENGLISH)
    assert not set("`*<>") & set(one.sayings[0])
    assert "](" not in one.sayings[0]


def test_a_network_without_an_end_says_since_when_it_is():
    endless = tuple(replace(one, closes_at=None) for one in model_case.modules()[:1])
    report = draft(material((), modules=endless), ENGLISH)
    assert ("Period", "Since Monday 3 November 2008") in report.facts
    assert text("query.1", report).startswith("*Since Monday 3 November 2008*")


def test_the_same_material_gives_the_same_report():
    assert draft(material(model_case.said()), ENGLISH) == whole()


def test_a_country_in_arabic_behind_words_in_english_keeps_its_place():
    arabic = Voice("ar", model_case.ZONE, str)
    shown = text("summary.1.1", draft(material(model_case.said()), arabic))
    assert "own sentence in it.” — Grace Wanjiru، Ministry of Gender، \u2068كينيا\u2069 (1)" in shown
    assert "معتمدة.» — ليلى منصور، جمعية نهضة النساء، الأردن (6)" in shown


def test_links_in_a_response_lead_where_they_say():
    words = "See https://example.org/b_(c)، (www.example.org/plain) and <https://example.org/خطة>."
    one = replace(model_case.said()[0], text=words)
    (shown,) = [one for one in section("responses", draft(material((one,)), ENGLISH)).blocks if "See" in str(one)]
    assert shown.text == words
    assert [(span.text, span.url) for span in shown.spans if span.url] == [
        ("https://example.org/b_(c)", "https://example.org/b_(c)"),
        ("www.example.org/plain", "https://www.example.org/plain"),
        ("https://example.org/خطة", "https://example.org/خطة"),
    ]

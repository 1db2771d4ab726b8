"""What people answer to the profile form, in every shape that their mail programs give it."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from listserv.core.dialogue import countries, profile, short_names, tongues
from listserv.core.dialogue.profile import ASKED, LONGEST, Question, read
from listserv.core.mail.htmltext import to_text
from listserv.core.mail.reply.extractor import extract

STAGE = Question("stage", "Stage of the national action plan", ("planned", "in preparation", "published", "not yet"))
ROLE = Question("role", "Your role")
FORM = (Question("name"), *ASKED, STAGE, ROLE)
BLANK = """\
Country:
Organisation:
Sector:
Gender (if you wish):
Language:
Stage of the national action plan (planned / in preparation / published / not yet):
Your role:
"""
QUOTED = "".join(f"> {line}\n" for line in BLANK.splitlines())


def told(text: str) -> profile.Told:
    return read(text, FORM, extract(text).text)


CASES: list[tuple[str, str, dict[str, str]]] = [
    ("after the colons", "Country: Senegal\nLanguage: French\n", {"country": "SN", "language": "fr"}),
    ("without a space", "Country:Senegal\nSector:civil society", {"country": "SN", "sector": "civil society"}),
    ("nothing at all", "", {}),
    ("a yes", "Yes, gladly.", {}),
    ("the blank form, quoted", f"Yes.\n\n{QUOTED}", {}),
    ("the blank form, sent back", BLANK, {}),
    ("inside the quote", QUOTED.replace("Country:", "Country: Mali"), {"country": "ML"}),
    ("deeper in quotes", "> > Country: Mali\n", {"country": "ML"}),
    ("with a bar", "| Country: Mali\n", {"country": "ML"}),
    (
        "between quoted lines",
        "> Country:\nMali\n> Organisation:\nMinistère de la Femme\n> Sector:\n",
        {"country": "ML", "organisation": "Ministère de la Femme"},
    ),
    ("below the label", "Country\nKenya\n\nLanguage:\n\nEnglish\n", {"country": "KE", "language": "en"}),
    ("one's own before the quoted", f"Country: Kenya\n\n{QUOTED}", {"country": "KE"}),
    ("own words win over the quote", "> Country: Mali\nCountry: Kenya\n", {"country": "KE"}),
    ("other order", "Language: es\nCountry: Peru\n", {"language": "es", "country": "PE"}),
    ("French labels", "Pays : Bénin\nOrganisme : WILDAF\nGenre : F\nLangue : français", {"country": "BJ"}),
    (
        "Spanish labels",
        "País: Perú\nOrganización: Red Andina\nGénero: mujer\nIdioma: español",
        {"country": "PE", "organisation": "Red Andina", "gender": "female", "language": "es"},
    ),
    ("Arabic labels", "البلد: السودان\nاللغة: العربية", {"country": "SD", "language": "ar"}),
    ("Russian labels", "Страна: Россия\nЯзык: русский\nПол: женский", {"country": "RU", "gender": "female"}),
    ("Chinese labels and colons", "国家：塞内加尔\n语言：中文", {"country": "SN", "language": "zh"}),
    ("numbered", "1. Country: Nepal\n2) Organisation: Shanti Malika", {"country": "NP"}),
    ("bulleted", "- Country: Nepal\n* Sector: NGO\n• Language: English", {"country": "NP", "sector": "NGO"}),
    ("bold", "*Country:* Nepal\n**Language**: English", {"country": "NP", "language": "en"}),
    ("dashes for colons", "Country - Nepal\nLanguage – English", {"country": "NP", "language": "en"}),
    ("equals", "Country = Nepal", {"country": "NP"}),
    ("a tab", "Country\tNepal", {"country": "NP"}),
    ("lower and upper case", "COUNTRY: nepal\nlanguage: FRENCH", {"country": "NP", "language": "fr"}),
    ("with its remark", "Gender (if you wish): female", {"gender": "female"}),
    ("a choice", f"{STAGE.label} (planned / in preparation / published / not yet): published", {"stage": "published"}),
    ("a choice by its number", f"{STAGE.label}: 2", {"stage": "in preparation"}),
    ("a choice in part", f"{STAGE.label}: In prep", {"stage": "in preparation"}),
    ("a choice in a sentence", f"{STAGE.label}: ours is not yet there", {"stage": "not yet"}),
    ("a field by its key", "stage: planned", {"stage": "planned"}),
    (
        "choices below their label",
        f"> {STAGE.label}:\n>     (planned / in preparation / published / not yet)\nplanned\n",
        {"stage": "planned"},
    ),
    (
        "choices below their label, behind its colon",
        f"{STAGE.label}: 3\n    (planned / in preparation / published / not yet)\n",
        {"stage": "published"},
    ),
    (
        "choices below their label, left alone",
        f"{STAGE.label}:\n    (planned / in preparation / published / not yet)\nYour role:\n",
        {},
    ),
    ("free text of the dialogue's own", "Your role: focal point", {"role": "focal point"}),
    ("a name", "Name: Awa Diop", {"name": "Awa Diop"}),
    ("no answer is none", "Gender: prefer not to say\nSector: n/a\nCountry: -", {}),
    ("underlines left in", "Country: ____Chad____", {"country": "TD"}),
    ("in brackets", "Country: [Chad]\nOrganisation: <UNDP>", {"country": "TD", "organisation": "UNDP"}),
    (
        "a wrapped line",
        "Organisation: Ministry of Women, Children and the Protection of\nthe Family\nCountry: Togo",
        {"organisation": "Ministry of Women, Children and the Protection of the Family", "country": "TG"},
    ),
    ("the country within its line", "Country: I live in Togo since 2001", {"country": "TG"}),
    ("two languages", "Language: French or English", {"language": "fr"}),
    (
        "a sentence",
        "I am from Senegal and work for the Ministry of Gender. I prefer French.",
        {"country": "SN", "organisation": "Ministry of Gender", "language": "fr"},
    ),
    ("a French sentence", "Je travaille au ministère du Genre en Côte d'Ivoire.", {"country": "CI"}),
    ("a Spanish sentence", "Trabajo en la Red Andina, soy mujer y vivo en el Perú.", {"country": "PE"}),
    ("a country on its own", "Yes please.\n\nKenya\n", {"country": "KE"}),
    ("two countries, from one", "I come from Kenya, and know Uganda well.", {"country": "KE"}),
    ("two countries, from none", "Kenya and Uganda have plans.", {}),
    ("an organisation that says no", "Organisation: No Borders", {"organisation": "No Borders"}),
    ("what is no label", "Dear colleague: thank you.\nRe: Country: x\n", {}),
]


@pytest.mark.parametrize(("text", "values"), [case[1:] for case in CASES], ids=[case[0] for case in CASES])
def test_answers(text: str, values: dict[str, str]) -> None:
    found = told(text)
    assert {key: found.values.get(key) for key in values} == values
    assert values or found.nothing, found


def test_a_form_filled_in_in_an_html_mail() -> None:
    html = "<div>Yes!</div><table><tr><td>Country:</td><td>Ghana</td></tr></table><p><b>Language:</b> English</p>"
    assert told(to_text(html)).values == {"country": "GH", "language": "en"}


@pytest.mark.parametrize(
    ("line", "key", "meant"),
    [
        ("Country: Congo", "country", ("CD", "CG")),
        ("Country: Senegall", "country", ("SN",)),
        ("Country: here and there", "country", ()),
        ("Language: Klingonese", "language", ()),
        (f"{STAGE.label}: soon", "stage", STAGE.choices),
        (f"{STAGE.label}: 9", "stage", STAGE.choices),
    ],
)
def test_what_is_not_understood_is_left_open_and_said(line: str, key: str, meant: tuple[str, ...]) -> None:
    found = told(line)
    assert found.values == {}
    (one,) = found.unread
    assert (one.key, one.said, one.meant) == (key, line.partition(": ")[2], meant)


@pytest.mark.parametrize(
    ("said", "code"),
    [
        *(("Ivory Coast", "CI"), ("DRC", "CD"), ("the Gambia", "GM"), ("GAMBIA", "GM"), ("sen", "SN"), ("SN", "SN")),
        *(("Republic of Korea", "KR"), ("DPRK", "KP"), ("Islamic Republic of Iran", "IR"), ("Viet Nam", "VN")),
        *(("Côte d’Ivoire", "CI"), ("cote d'ivoire", "CI"), ("Bosnia and Herzegovina", "BA"), ("U.S.A.", "US")),
        *(("Royaume-Uni", "GB"), ("Scotland", "GB"), ("EE. UU.", "US"), ("États-Unis", "US"), ("中国", "CN")),
        *(("Republic of Kenya", "KE"), ("Syrian Arab Republic", "SY"), ("Swaziland", "SZ"), ("Burma", "MM")),
        *(("Guinea-Bissau", "GW"), ("Guinea", "GN"), ("Papua New Guinea", "PG"), ("Niger", "NE"), ("Nigeria", "NG")),
        *(("Dominica", "DM"), ("Dominican Republic", "DO"), ("South Sudan", "SS"), ("Holland", "NL")),
        *(("Congo", ""), ("Korea", ""), ("Africa", ""), ("EU", ""), ("", ""), ("123", "")),
    ],
)
def test_countries(said: str, code: str) -> None:
    assert countries.code(said) == code


def test_every_country_is_understood_by_each_of_its_names() -> None:
    for code in countries._territories("en"):
        for language in ("en", "fr", "es", "ar", "ru", "zh"):
            assert code in countries.codes(countries.named(code, language)), (code, language)


def test_what_is_kept_is_a_code_or_what_was_written() -> None:
    assert [countries.kept(one) for one in ("Chile", "CL", "Wakanda", "")] == ["CL", "CL", "Wakanda", ""]
    assert [countries.named(one, "fr") for one in ("CL", "SN", "Wakanda", "")] == ["Chili", "Sénégal", "Wakanda", ""]


@pytest.mark.parametrize("language", ["en", "fr", "es", "ar", "ru", "zh"])
def test_no_country_is_named_by_its_capital_or_as_others_call_it(language: str) -> None:
    for code in ("CD", "PS"):
        assert countries.named(code, language) == short_names.named(code, language)
    assert "Brazza" not in countries.named("CG", language)
    assert countries.codes(countries.named("CG", language)) == ("CG",), "the United Nations' Congo could be both"
    assert countries.code("Palestinian Territories") == "PS"


@pytest.mark.parametrize(
    ("said", "tag"),
    [
        *(("French", "fr"), ("francés", "fr"), ("FR", "fr"), ("pt-br", "pt-BR"), ("العربية", "ar"), ("русский", "ru")),
        *(("English & Spanish", "en"), ("Kiswahili", "sw"), ("Swahili", "sw"), ("", ""), ("-", ""), ("Elvish", "")),
        ("eng", "en"),
        ("fre-CA", "fr-CA"),
        ("und", ""),
        ("xx", ""),
    ],
)
def test_languages(said: str, tag: str) -> None:
    assert tongues.tag(said) == tag


@given(
    st.text(max_size=300), st.sampled_from(["{}", "Country: {}", "> Country: {}", "Language: {}\n> x", "stage = {}"])
)
def test_any_text_gives_clean_values_or_none(text: str, line: str) -> None:
    found = told(line.format(text))
    for key, value in found.values.items():
        assert value.strip() == value != ""
        assert len(value) <= LONGEST
        assert value.isprintable() or all(ord(c) > 159 for c in value if not c.isprintable())
        if key == "country":
            assert countries.code(value) == value
        if key == "stage":
            assert value in STAGE.choices


@given(st.sampled_from(["Chile", "Tchad", "Perú", "Мали", "NP"]), st.permutations(["Sector: x", "Your role: y", "> q"]))
def test_order_and_company_change_nothing(country: str, others: list[str]) -> None:
    for at in range(4):
        lines = [*others[:at], f"Country: {country}", *others[at:]]
        assert told("\n".join(lines)).values["country"] == countries.code(country)


def test_a_long_mail_costs_little() -> None:
    found = told("Country: Mali\n" + "> Language: \n" * 40_000)
    assert found.values == {"country": "ML"}


@pytest.mark.parametrize(
    ("said", "country"),
    [
        ("Я из Казахстана, работаю в министерстве.", "KZ"),
        ("Здравствуйте, я из России.", "RU"),
        ("Мы из Украины", "UA"),
        ("Я из Китая.", "CN"),
        ("Пишу вам из Беларуси", "BY"),
        ("Это письмо из Министерства", ""),
    ],
)
def test_a_country_in_the_russian_genitive(said: str, country: str) -> None:
    assert read(said, ASKED, said).values.get("country", "") == country

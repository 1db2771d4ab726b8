"""Names and domains that pass for another's, and those of real people, which never do."""

import unicodedata
from collections.abc import Iterable

import pytest
from hypothesis import given
from hypothesis import strategies as st

from listserv.core.mail.confusables import LATIN_TWIN
from listserv.core.mail.lookalike import Shapes, bears, by_shape, domain_like, mixed_word, readable

ROSTER = ("Anna Diop", "Boris Kovalenko", "Irina Petrova", "Nguyễn Văn Đức", "Θεοδώρα Νίκου", "أحمد علي", "Łucja Øst")


def people(names: Iterable[str]) -> Shapes:
    return by_shape(enumerate(names, 1))


@pytest.mark.parametrize(
    ("name", "expected"),
    [
        ("Anna Diop", "Anna Diop"),
        ("ANNA DIOP", "Anna Diop"),
        ("anna  diop", "Anna Diop"),
        ("Diop, Anna", "Anna Diop"),
        ("Anna-Diop", "Anna Diop"),
        ("Ánna Diöp", "Anna Diop"),
        ("Аnna Diop", "Anna Diop"),  # a Cyrillic A
        ("Αnnа Diоp", "Anna Diop"),  # a Greek one, and two more of Cyrillic
        ("Anna Di0p", "Anna Diop"),
        ("Ａｎｎａ Ｄｉｏｐ", "Anna Diop"),
        ("𝐀𝐧𝐧𝐚 𝐃𝐢𝐨𝐩", "Anna Diop"),
        ("An\u200bna\u00ad Diop", "Anna Diop"),
        ("lrina Petrova", "Irina Petrova"),  # an l
        ("1rina Petrova", "Irina Petrova"),
        ("IRINА PETROVA", "Irina Petrova"),  # a Cyrillic A
        ("Воris Коvаlеnkо", "Boris Kovalenko"),
        ("Nguyen Van Duc", "Nguyễn Văn Đức"),
        (unicodedata.normalize("NFD", "Nguyễn Văn Đức"), "Nguyễn Văn Đức"),
        ("Θεοδωρα Νικου", "Θεοδώρα Νίκου"),
        ("أَحْمَد علي", "أحمد علي"),
        ("Lucja Ost", "Łucja Øst"),
        # others
        ("Anna Diaw", ""),
        ("Anna", ""),
        ("Anna Maria Diop", ""),
        ("Annadiop", ""),
        ("Alrina Petrova", ""),
        ("Ahmed Ali", ""),
        ("", ""),
        ("…", ""),
        ("\U0001f600", ""),
    ],
)
def test_whose_name_it_is(name: str, expected: str) -> None:
    assert bears(name, "", people(ROSTER)) == expected


def test_a_swap_of_two_letters_is_another_name() -> None:
    assert bears("Aila Khan", "", people(["Alia Khan"])) == ""


def test_somebodys_own_name_is_theirs_though_another_bears_it_too() -> None:
    assert bears("MARIA GARCÍA", "Maria Garcia", people(["Maria Garcia"])) == ""
    assert bears("Maria Garcia", "Mari", people(["Maria Garcia"])) == "Maria Garcia"


def test_of_several_it_is_the_first_and_never_the_one_left_out() -> None:
    alike = people(["Maria Garcia", "MARÍA GARCÍA", "Boris"])
    assert bears("maria garcia", "", alike) == "Maria Garcia"
    assert bears("maria garcia", "", alike, but=1) == "MARÍA GARCÍA"
    assert bears("boris", "", alike, but=3) == ""


REAL = (
    "أحمد بن علي", "عائشة عبد الرحمن", "Иван Петров", "Наталія Ґаланіна", "Ўткир Ҳошимов", "Nguyễn Thị Hồng Ánh",
    "Γιώργος Παπαδόπουλος", "Μαρία-Ελένη", "Արամ Խաչատրյան", "Anne-Marie de la Tour d'Auvergne", "Jean O’Neill",
    "Ludwig van Beethoven", "Mª José Núñez", "Þóra Ægisdóttir", "Łukasz Żółć", "Gülşah İnce", "Ioana Țiriac",
    "山田太郎", "김민수", "नेहा शर्मा", "สมชาย ใจดี", "ஆனந்தி", "ባለቤት", "Иван Петров (UNDP)", "UN Women Москва",
    "Анна-Maria Schmidt", "Dr. J. K. Müller-Lüdenscheidt", "K. Θεοδωράκης", "Юлия О'Коннор", "Ana Mª", "Zoë 2",
    "חנה סנש", "თამარ მეფე", "Đặng Thùy Trâm", "Ngũgĩ wa Thiong’o", "Ọlá Adébáyọ̀", "Ḥasan al-Baṣrī",
)  # fmt: skip


@pytest.mark.parametrize("name", REAL)
def test_names_of_real_people_are_never_odd(name: str) -> None:
    assert mixed_word(name) == ""
    assert bears(name, "", people(ROSTER)) == ""


def test_no_two_real_names_are_one() -> None:
    for name in REAL:
        assert bears(name, "", people([other for other in REAL if other != name])) == ""


@pytest.mark.parametrize(
    ("name", "expected"),
    [
        ("Аnna Diop", "Аnna"),
        ("Anna Diοp", "Diοp"),
        ("Ivan Пeтров", "Пeтров"),
        ("Anna Diօp", "Diօp"),
        ("Anna-Мaria", "Мaria"),
    ],
)
def test_a_word_of_two_alphabets(name: str, expected: str) -> None:
    assert mixed_word(name) == expected
    assert mixed_word(name, name) == ""  # so they are known to us


KNOWN = ("un.org", "unicef.org", "gmail.com", "ministère.gouv.fr", "mofa.gov.gr", "xn--e1afmkfd.xn--p1ai")


@pytest.mark.parametrize(
    ("domain", "expected"),
    [
        ("un1cef.org", "unicef.org"),
        ("unlcef.org", "unicef.org"),
        ("UNICEF.ORG", ""),
        ("unïcef.org", "unicef.org"),
        ("uniсef.org", "unicef.org"),  # a Cyrillic c
        ("uniсef.org".encode("idna").decode(), "unicef.org"),
        ("ministere.gouv.fr", "ministère.gouv.fr"),
        ("gmial.com", "gmail.com"),
        ("gmai.com", "gmail.com"),
        ("gmaill.com", "gmail.com"),
        ("gnail.com", "gmail.com"),
        ("grnail.com", "gmail.com"),
        # others, which exist
        ("mail.com", ""),
        ("email.com", ""),
        ("ymail.com", ""),
        ("yahoo.com", ""),
        ("outlook.com", ""),
        ("outlok.com", ""),  # nobody here writes from outlook.com
        ("en.org", ""),
        ("mofa.gov.ge", ""),
        ("unhcr.org", ""),
        ("mail.un.org", ""),
        ("пример.рф", ""),  # the known one, in letters
        ("xn--zz--.org", ""),
        ("", ""),
    ],
)
def test_a_domain_that_apes_a_known_one(domain: str, expected: str) -> None:
    assert domain_like(domain, KNOWN) == expected


def test_the_table_leads_to_latin_letters_case_for_case() -> None:
    for twin, letter in LATIN_TWIN.items():
        assert (letter.isascii(), letter.isalpha(), len(letter)) == (True, True, 1)
        assert not chr(twin).isascii() or chr(twin) in "01|"


@given(st.text(max_size=250), st.text(max_size=50))
def test_any_text_is_compared(name: str, other: str) -> None:
    assert bears(name, "", people([other])) in ("", other)
    assert bears(name, name, people([other, name])) == ""
    assert mixed_word(name) in ("", mixed_word(name))
    assert domain_like(name, [other]) in ("", readable(other))

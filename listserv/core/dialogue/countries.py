"""Countries as people write them, and as they are kept: ISO 3166-1 alpha-2.

`codes` reads "Senegal", "SÉNÉGAL", "السنغال", "SEN", "the Gambia", "Ivory Coast" or "RDC": one code, none, or several
where what was written fits more than one country ("Congo"). `within` finds countries in a sentence, `named` says one
in somebody's language, `nearest` guesses what a misspelling meant. Names are CLDR's, but for those in `_SAID`; what
else is understood stands in `_ALSO`. A report uses the United Nations' own (short_names).

Kosovo is XK, as everywhere: ISO 3166 has left it to users. Never raises.
"""

from __future__ import annotations

import difflib
import re
from collections.abc import Mapping
from datetime import datetime
from functools import cache, lru_cache
from zoneinfo import ZoneInfo

from listserv.core.dialogue.phrases import plain

_READ = ("en", "fr", "es", "ar", "ru", "zh", "pt")  # languages whose names are understood
_NO_COUNTRY = frozenset(
    {"AC", "CP", "CQ", "DG", "EA", "EU", "EZ", "IC", "QO", "TA", "UN", "XA", "XB", "ZZ"}  # CLDR has them, ISO 3166 not
)
_UNOFFICIAL = frozenset({"Asia/Urumqi"})  # all of China goes by Beijing's time
_FILLERS = re.compile(r"\b(?:the|and|et|y|e|of|la|le|les|el|los|las|l|d|du|de|des|del|republic|republique|republica)\b")
_STYLES = re.compile(
    r"^(?:the )?(?:(?:federal |islamic |united |socialist |people s |bolivarian |federal democratic |arab )?republic of"
    r"|(?:hashemite )?kingdom of|(?:plurinational )?state of|republique (?:federale )?(?:du|de)|royaume (?:du|de)"
    r"|republica (?:bolivariana )?del?|estado plurinacional de|reino de|республика|جمهوريه) "
)
_LONGEST = 6  # words of a name
_SHORTEST = 4  # letters of a name that is looked for within a sentence: "us" and "car" are words too

#: What else people say, by country.
_ALSO: dict[str, str] = {
    "AE": "uae | u a e | emirates | eau",
    "BA": "bosnia | bih",
    "BF": "upper volta | burkina",
    "BN": "brunei darussalam",
    "BO": "plurinational state of bolivia",
    "CD": "drc | dr congo | d r congo | d r c | rdc | rd congo | r d congo | zaire | congo kinshasa | congo dr"
    " | congo drc | democratic republic of congo | democratic republic of the congo | congo democratic republic of the"
    " | congo the democratic republic of the | republique democratique du congo | republica democratica del congo"
    " | republica democratica do congo | демократическая республика конго | جمهورية الكونغو الديمقراطية"
    " | 刚果民主共和国",
    "CF": "car | rca | central african rep",
    "CG": "republic of congo | republic of the congo | congo brazzaville | republique du congo | republica del congo"
    " | congo republic | congo republic of the | جمهورية الكونغو | 刚果共和国",
    "CI": "ivory coast | cote d ivoire | cote divoire",
    "CN": "prc | mainland china",
    "CV": "cape verde",
    "CZ": "czech republic | czechia",
    "DO": "republica dominicana | rep dominicana",
    "FM": "federated states of micronesia",
    "GB": "uk | u k | england | scotland | wales | northern ireland | great britain | britain | grande bretagne"
    " | angleterre | inglaterra | gran bretana | англия | великобритания | إنجلترا | بريطانيا",
    "HK": "hong kong",
    "IR": "islamic republic of iran | iran islamic republic of",
    "KG": "kyrgyz republic",
    "KP": "north korea | dprk | democratic people s republic of korea | coree du nord | corea del norte",
    "KR": "south korea | republic of korea | korea republic of | rok | coree du sud | corea del sur",
    "LA": "lao pdr | lao people s democratic republic | lao",
    "LK": "ceylon",
    "LY": "libyan arab jamahiriya",
    "MD": "republic of moldova",
    "MO": "macao | macau",
    "MK": "macedonia | fyrom | the former yugoslav republic of macedonia",
    "MM": "burma | birmanie | birmania",
    "NL": "holland | hollande | holanda",
    "PG": "png",
    "PS": "palestine | state of palestine | occupied palestinian territory | opt | palestina | فلسطين",
    "RU": "russian federation | federation de russie | federacion de rusia | федерация российская",
    "SA": "ksa",
    "SK": "slovak republic",
    "ST": "sao tome",
    "SY": "syrian arab republic",
    "SZ": "swaziland",
    "TL": "east timor | timor leste",
    "TR": "turkey | turquie | turquia",
    "TW": "chinese taipei",
    "US": "usa | u s a | u s | america | united states of america | etats unis d amerique | estados unidos de america"
    " | eeuu | ee uu | eua | сша | أمريكا",
    "VA": "holy see | saint siege | santa sede | vatican",
    "VN": "viet nam",
    "ZA": "rsa",
}
#: Where CLDR's name is a capital's, or not what a country is called by its own people and at the United Nations.
_SAID: dict[str, dict[str, str]] = {
    "en": {
        "CD": "Democratic Republic of the Congo",
        "CG": "Republic of the Congo",
        "MM": "Myanmar",
        "PS": "State of Palestine",
    },
    "fr": {
        "CD": "République démocratique du Congo",
        "CG": "République du Congo",
        "MM": "Myanmar",
        "PS": "État de Palestine",
    },
    "es": {
        "CD": "República Democrática del Congo",
        "CG": "República del Congo",
        "MM": "Myanmar",
        "PS": "Estado de Palestina",
    },
    "ar": {"CD": "جمهورية الكونغو الديمقراطية", "CG": "جمهورية الكونغو", "MM": "ميانمار", "PS": "دولة فلسطين"},
    "ru": {
        "CD": "Демократическая Республика Конго",
        "CG": "Республика Конго",
        "MM": "Мьянма",
        "PS": "Государство Палестина",
    },
    "zh": {"CD": "刚果民主共和国", "CG": "刚果共和国", "MM": "缅甸", "PS": "巴勒斯坦国"},
}
#: What fits several: asked, never guessed.
_SEVERAL: dict[str, tuple[str, ...]] = {
    "congo": ("CD", "CG"),
    "le congo": ("CD", "CG"),
    "конго": ("CD", "CG"),
    "الكونغو": ("CD", "CG"),
    "刚果": ("CD", "CG"),
    "korea": ("KR", "KP"),
    "coree": ("KR", "KP"),
    "corea": ("KR", "KP"),
    "корея": ("KR", "KP"),
    "كوريا": ("KR", "KP"),
    "virgin islands": ("VG", "VI"),
    "samoas": ("WS", "AS"),
}


def codes(said: str) -> tuple[str, ...]:
    """The countries that what somebody wrote may mean: one as a rule, () for none known."""
    words = plain(said[:200])
    if words in _SEVERAL:
        return _SEVERAL[words]
    found = _index().get(words)
    if found is None:
        found = _index().get(_STYLES.sub("", words, count=1))
    if found is None:
        less = _bare(words)
        if less in _SEVERAL:
            return _SEVERAL[less]
        found = _bare_index().get(less)
    if found is None:
        found = _short().get(words.replace(" ", "").upper())
    return (found,) if found else ()


def code(said: str) -> str:
    """The one country that is meant; "" where that is not clear."""
    found = codes(said)
    return found[0] if len(found) == 1 else ""


def kept(said: str) -> str:
    """What is kept of an answer: the country's code, or what was written where none is known by it."""
    said = " ".join(said.split())
    return said and (code(said) or said)  # the names of countries take a moment to load


def within(text: str) -> list[tuple[str, int]]:
    """The countries named in a text and the place of each in its plain words, in order."""
    words, found, at = plain(text[:4000]).split(), list[tuple[str, int]](), 0
    while at < len(words):
        for length in range(min(_LONGEST, len(words) - at), 0, -1):
            name = " ".join(words[at : at + length])
            if len(name) >= _SHORTEST and (which := _index().get(name)) and name not in _SEVERAL:
                found.append((which, at))
                at += length - 1
                break
        at += 1
    return found


def named(country: str, language: str = "en") -> str:
    """The name of a country in that language, from its code; anything else as it stands."""
    if len(country) != 2 or not country.isascii():
        return country
    return _territories(language.replace("_", "-").partition("-")[0].lower()).get(country.upper(), country)


def listed(language: str) -> list[tuple[str, str]]:
    """All countries, code and name in that language, in the order of their names."""
    names = _territories(language.replace("_", "-").partition("-")[0].lower())
    return sorted(names.items(), key=lambda one: plain(one[1]))


def local(country: str, at: datetime) -> datetime | None:
    """What a clock shows there then; None where clocks show several times, or for no country that is known."""
    from babel.core import get_global

    zones = [zone for zone in get_global("territory_zones").get(country, ()) if zone not in _UNOFFICIAL]
    shown = {at.astimezone(ZoneInfo(zone)).replace(tzinfo=None): zone for zone in zones}
    return at.astimezone(ZoneInfo(next(iter(shown.values())))) if len(shown) == 1 else None


def nearest(said: str, language: str = "en") -> str:
    """The country that a misspelling may have meant, by name in that language; "" when nothing comes near."""
    close = difflib.get_close_matches(plain(said[:60]), list(_index()), 1, 0.75)
    return named(_index()[close[0]], language) if close else ""


@lru_cache(maxsize=32)
def _territories(language: str) -> Mapping[str, str]:
    return {**_cldr(language), **_SAID.get(language, {})}


@lru_cache(maxsize=32)
def _cldr(language: str) -> Mapping[str, str]:
    from babel import Locale, UnknownLocaleError  # at the first use: it takes a moment to load

    try:
        names = Locale.parse(language).territories
    except (UnknownLocaleError, ValueError):
        names = Locale.parse("en").territories
    return {one: name for one, name in names.items() if len(one) == 2 and one.isalpha() and one not in _NO_COUNTRY}


@cache
def _index() -> Mapping[str, str]:
    """Code by plain name."""
    found: dict[str, str] = {}
    for language in _READ:
        for one, name in (*_cldr(language).items(), *_SAID.get(language, {}).items()):
            found.setdefault(plain(name), one)
            for part in name.replace(")", "(").split("("):  # "Myanmar (Burma)"
                if len(plain(part)) >= _SHORTEST:
                    found.setdefault(plain(part), one)
    for one, names in _ALSO.items():
        found |= {plain(name): one for name in names.split("|")}
    return {name: one for name, one in found.items() if name and name not in _SEVERAL}


@cache
def _bare_index() -> Mapping[str, str]:
    found: dict[str, set[str]] = {}
    for name, one in _index().items():
        found.setdefault(_bare(name), set()).add(one)
    return {name: next(iter(ones)) for name, ones in found.items() if len(ones) == 1 and name}


def _bare(words: str) -> str:
    return " ".join(_FILLERS.sub(" ", words).split())


@cache
def _short() -> Mapping[str, str]:
    """Alpha-2 by alpha-2 and alpha-3."""
    from babel.core import get_global

    known = _territories("en")
    longer = {
        three: twos[0]
        for three, twos in get_global("territory_aliases").items()
        if len(three) == 3 and three.isalpha() and len(twos) == 1 and twos[0] in known
    }
    return {**{one: one for one in known}, **longer}

"""The regions of the world in which countries are counted: the United Nations' geoscheme (UN M49), 22 sub-regions.

A region is its M49 code, three digits; a country ISO 3166-1 alpha-2 as core/dialogue/countries keeps it. Names are
CLDR's, in each reader's language. Never raises: what is no country is in no region, "".
"""

from __future__ import annotations

from collections.abc import Mapping
from functools import lru_cache

from babel import Locale, UnknownLocaleError

_COUNTRIES = {
    "011": "BJ BF CV CI GM GH GN GW LR ML MR NE NG SH SN SL TG",
    "014": "IO BI KM DJ ER ET TF KE MG MW MU YT MZ RE RW SC SO SS UG TZ ZM ZW",
    "015": "DZ EG LY MA SD TN EH",
    "017": "AO CM CF TD CG CD GQ GA ST",
    "018": "BW SZ LS NA ZA",
    "029": "AI AG AW BS BB BQ VG KY CU CW DM DO GD GP HT JM MQ MS PR BL KN LC MF VC SX TT TC VI",
    "013": "BZ CR SV GT HN MX NI PA",
    "005": "AR BO BV BR CL CO EC FK GF GY PY PE GS SR UY VE",
    "021": "BM CA GL PM US",
    "143": "KZ KG TJ TM UZ",
    "030": "CN HK MO TW KP JP MN KR",
    "035": "BN KH ID LA MY MM PH SG TH TL VN",
    "034": "AF BD BT IN IR MV NP PK LK",
    "145": "AM AZ BH CY GE IQ IL JO KW LB OM PS QA SA SY TR AE YE",
    "151": "BY BG CZ HU PL MD RO RU SK UA",
    "154": "AX DK EE FO FI GG IS IE IM JE LV LT NO SJ SE GB",
    "039": "AL AD BA HR GI GR VA IT MT ME MK PT SM RS SI ES XK",
    "155": "AT BE FR DE LI LU MC NL CH",
    "053": "AU CX CC HM NZ NF",
    "054": "FJ NC PG SB VU",
    "057": "GU KI MH FM NR MP PW UM",
    "061": "AS CK PF NU PN WS TK TO TV WF",
}

#: Every region, in M49's own order.
REGIONS = tuple(_COUNTRIES)

_OF = {country: region for region, countries in _COUNTRIES.items() for country in countries.split()}

#: Where CLDR's English is not M49's.
_ENGLISH = {"035": "South-eastern Asia", "053": "Australia and New Zealand", "057": "Micronesia"}


def of(country: str) -> str:
    """The region of a country, from its code; "" for what is none."""
    return _OF.get(country.strip().upper(), "")


def named(region: str, language: str = "en") -> str:
    """The name of a region in that language, from its code; anything else as it stands."""
    return _names(language.replace("_", "-").partition("-")[0].lower()).get(region, region)


@lru_cache(maxsize=32)
def _names(language: str) -> Mapping[str, str]:
    try:
        names = Locale.parse(language).territories
    except (UnknownLocaleError, ValueError):
        language, names = "en", Locale.parse("en").territories
    known = {region: names[region] for region in REGIONS if region in names}
    return known | _ENGLISH if language == "en" else known

"""Names of countries as the United Nations write them, in their six languages, where CLDR's names differ.

For publications: a report names a country as its hosts do. In other languages, and for all other countries, CLDR's
names hold (core/dialogue/countries). Never raises.
"""

from __future__ import annotations

from listserv.core.dialogue import countries

_LANGUAGES = ("en", "fr", "es", "ar", "ru", "zh")

#: In that order.
_NAMES: dict[str, tuple[str, str, str, str, str, str]] = {
    "BO": (
        "Bolivia (Plurinational State of)",
        "Bolivie (État plurinational de)",
        "Bolivia (Estado Plurinacional de)",
        "بوليفيا (دولة - المتعددة القوميات)",
        "Боливия (Многонациональное Государство)",
        "多民族玻利维亚国",
    ),
    "CD": (
        "Democratic Republic of the Congo",
        "République démocratique du Congo",
        "República Democrática del Congo",
        "جمهورية الكونغو الديمقراطية",
        "Демократическая Республика Конго",
        "刚果民主共和国",
    ),
    "CG": ("Congo", "Congo", "Congo", "الكونغو", "Конго", "刚果"),
    "FM": (
        "Micronesia (Federated States of)",
        "Micronésie (États fédérés de)",
        "Micronesia (Estados Federados de)",
        "ميكرونيزيا (ولايات - الموحدة)",
        "Микронезия (Федеративные Штаты)",
        "密克罗尼西亚联邦",
    ),
    "GB": (
        "United Kingdom",
        "Royaume-Uni",
        "Reino Unido",
        "المملكة المتحدة",
        "Соединенное Королевство",
        "联合王国",
    ),
    "IR": (
        "Iran (Islamic Republic of)",
        "Iran (République islamique d’)",
        "Irán (República Islámica del)",
        "إيران (جمهورية - الإسلامية)",
        "Иран (Исламская Республика)",
        "伊朗伊斯兰共和国",
    ),
    "KP": (
        "Democratic People’s Republic of Korea",
        "République populaire démocratique de Corée",
        "República Popular Democrática de Corea",
        "جمهورية كوريا الشعبية الديمقراطية",
        "Корейская Народно-Демократическая Республика",
        "朝鲜民主主义人民共和国",
    ),
    "KR": (
        "Republic of Korea",
        "République de Corée",
        "República de Corea",
        "جمهورية كوريا",
        "Республика Корея",
        "大韩民国",
    ),
    "LA": (
        "Lao People’s Democratic Republic",
        "République démocratique populaire lao",
        "República Democrática Popular Lao",
        "جمهورية لاو الديمقراطية الشعبية",
        "Лаосская Народно-Демократическая Республика",
        "老挝人民民主共和国",
    ),
    "MD": (
        "Republic of Moldova",
        "République de Moldova",
        "República de Moldova",
        "جمهورية مولدوفا",
        "Республика Молдова",
        "摩尔多瓦共和国",
    ),
    "MM": ("Myanmar", "Myanmar", "Myanmar", "ميانمار", "Мьянма", "缅甸"),
    "PS": (
        "State of Palestine",
        "État de Palestine",
        "Estado de Palestina",
        "دولة فلسطين",
        "Государство Палестина",
        "巴勒斯坦国",
    ),
    "RU": (
        "Russian Federation",
        "Fédération de Russie",
        "Federación de Rusia",
        "الاتحاد الروسي",
        "Российская Федерация",
        "俄罗斯联邦",
    ),
    "SY": (
        "Syrian Arab Republic",
        "République arabe syrienne",
        "República Árabe Siria",
        "الجمهورية العربية السورية",
        "Сирийская Арабская Республика",
        "阿拉伯叙利亚共和国",
    ),
    "TL": ("Timor-Leste", "Timor-Leste", "Timor-Leste", "تيمور - ليشتي", "Тимор-Лешти", "东帝汶"),
    "TZ": (
        "United Republic of Tanzania",
        "République-Unie de Tanzanie",
        "República Unida de Tanzanía",
        "جمهورية تنزانيا المتحدة",
        "Объединенная Республика Танзания",
        "坦桑尼亚联合共和国",
    ),
    "US": (
        "United States of America",
        "États-Unis d’Amérique",
        "Estados Unidos de América",
        "الولايات المتحدة الأمريكية",
        "Соединенные Штаты Америки",
        "美利坚合众国",
    ),
    "VE": (
        "Venezuela (Bolivarian Republic of)",
        "Venezuela (République bolivarienne du)",
        "Venezuela (República Bolivariana de)",
        "فنزويلا (جمهورية - البوليفارية)",
        "Венесуэла (Боливарианская Республика)",
        "委内瑞拉玻利瓦尔共和国",
    ),
    "VN": ("Viet Nam", "Viet Nam", "Viet Nam", "فييت نام", "Вьетнам", "越南"),
}


def named(country: str, language: str = "en") -> str:
    """The name of a country from its code; anything else as it stands."""
    base = language.replace("_", "-").partition("-")[0].lower()
    if country in _NAMES and base in _LANGUAGES:
        return _NAMES[country][_LANGUAGES.index(base)]
    return countries.named(country, language)

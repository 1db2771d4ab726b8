"""The words in which people answer the profile form: labels, genders, ways to say nothing, and sentences.

In en fr es ar ru zh pt; labels and answers are compared in the spelling of `phrases.plain`.
"""

from __future__ import annotations

import re

from listserv.core.dialogue.phrases import plain
from listserv.core.sentence import Sentence


def _split(words: str) -> tuple[str, ...]:
    return tuple(filter(None, (word.strip() for word in words.split("|"))))


#: What each question is called.
LABELS: dict[str, tuple[str, ...]] = {
    "name": _split(
        "name | full name | your name | first and last name | nom | nom complet | nom et prénom | prénom et nom"
        " | votre nom | nombre | nombre completo | nombre y apellido | nombre y apellidos | su nombre | الاسم"
        " | الاسم الكامل | اسمك | اسمكم | الاسم واللقب | имя | ваше имя | имя и фамилия | имя фамилия | полное имя"
        " | ваше имя и фамилия | фио | 姓名 | 名字 | 您的姓名 | nome | nome completo"
    ),
    "country": _split(
        "country | your country | country of residence | nation | pays | votre pays | pays de résidence | país"
        " | su país | país de residencia | البلد | بلد | الدولة | بلدك | بلدكم | страна | ваша страна"
        " | 国家 | 國家 | 国别 | 所在国 | 所在国家 | pais"
    ),
    "organisation": _split(
        "organisation | organization | your organisation | institution | institution organisation | employer | ministry"
        " | office | affiliation | company | agency | organisme | votre organisation | employeur | ministère"
        " | organización | organizacion | institución | su organización | entidad | المنظمة | المؤسسة | الجهة | منظمتكم"
        " | جهة العمل | الوزارة | организация учреждение | министерство | ведомство | 所属机构 | 工作单位"
        " | 所在单位 | 組織 | 機構 | 單位 | организация | учреждение | ваша организация | место работы | 组织"
        " | 机构 | 单位 | organização | instituição"
    ),
    "sector": _split(
        "sector | your sector | field of work | type of organisation | type of organization | secteur | votre secteur"
        " | secteur d'activité | su sector | القطاع | قطاع | сектор | сфера | сфера деятельности | отрасль"
        " | тип организации | قطاعكم | مجال العمل | 部门 | 领域 | 領域 | 界别 | 行业 | 所属领域 | 工作领域 | setor"
    ),
    "gender": _split(
        "gender | sex | your gender | gender if you wish | genre | sexe | genre si vous le souhaitez | género | sexo"
        " | género si lo desea | الجنس | النوع | نوع الجنس | نوع الجنس اختياري"
        " | الجنس اختياري | النوع الاجتماعي | пол | ваш пол | пол по желанию | пол если желаете | 性别 | 性別"
        " | 性别 自愿填写 | gênero"
    ),
    "language": _split(
        "language | your language | preferred language | language of mails | mail language | langue | votre langue"
        " | langue préférée | langue souhaitée | idioma | su idioma | idioma preferido | lengua | اللغة | لغة | язык"
        " | ваш язык | предпочитаемый язык | язык писем | язык переписки | لغتكم | اللغة المفضلة | 语言 | 語言"
        " | 语种 | 首选语言 | língua"
    ),
}

#: Labels that on a line of their own are more likely an answer.
ALSO_ANSWERS = frozenset(
    map(
        plain,
        _split(
            "ministry | ministère | institution | office | agency | company | nation | министерство | ведомство"
            " | الوزارة"
        ),
    )
)

_GENDER_WORDS = {
    "female": "female | f | fem | woman | she | she her | femme | féminin | feminin | mme | femenino"
    " | mujer | أنثى | انثى | امرأة | سيدة | مؤنث | نساء | женский | женщина | ж"
    " | жен | женщ | 女 | 女性 | feminino | mulher | ms | mrs",
    "male": "male | m | man | he | he him | homme | masculin | masculino | hombre | varón | ذكر | رجل | مذكر | السيد"
    " | мужской | мужчина | мужчины | муж | м | 男 | 男性 | homem | mr",
    "other": "other | non binary | nonbinary | non-binary | autre | otro | non binaire | no binario | diverse | x"
    " | آخر | أخرى | غير ثنائي | другое | иное | 其他 | 非二元",
}

#: What figures count together, by what people call it; anything else stays as written.
GENDERS = {plain(word): value for value, words in _GENDER_WORDS.items() for word in _split(words)}

#: How they are shown, in each reader's language.
GENDERS_SAID = {"female": Sentence("female"), "male": Sentence("male"), "other": Sentence("other")}

#: Answers that are none.
NOTHING = frozenset(
    plain(word)
    for word in _split(
        "n/a | na | none | nil | no answer | not applicable | prefer not to say | rather not say | i prefer not to say"
        " | no comment | private | néant | sans objet | aucun | aucune | je préfère ne pas le dire"
        " | ninguno | ninguna | prefiero no decirlo | no aplica | لا شيء | بدون | لا يوجد | لا ينطبق"
        " | أفضل عدم الإجابة | بدون إجابة | нет | не указано | не хочу указывать | предпочитаю не указывать"
        " | не применимо | нет ответа | 无 | 無 | 不填 | 不愿透露 | 不便透露 | 保密 | 没有 | 暂无 | ? | - | … | tbd"
    )
)

#: Where a name ends.
_END = r"(?=\s*(?:[.,;:()\n،؛，。；（）]|$|\s(?:in|en|au|aux|based|and|et|y|where|as|which)\s))"
_WORK = (
    r"\bwork(?:ing)?\s+(?:for|at|with)\s+(?:the\s+)?(?P<said>[^.,;()]{3,100}?)",
    r"\bje travaille\s+(?:pour|au sein d[eu]|au|à|chez|avec)\s+(?:(?:la|le|l['’]|les)\s*)?(?P<said>[^.,;()]{3,100}?)",
    r"\btrabajo\s+(?:para|en|con)\s+(?:(?:el|la|los|las)\s+)?(?P<said>[^.,;()]{3,100}?)",
    r"\b[Яя] работаю\s+(?:в|во|на)\s+(?P<said>[^.,;()]{3,100}?)",
    r"(?<!\w)و?أعمل\s+(?:في|لدى|مع)\s+(?P<said>[^.,;()،؛]{3,100}?)",
    r"(?:任职于|就职于|供职于|工作于|(?:(?<=[我，。；])|^)在)(?P<said>[^.,;()，。；（）\s]{2,40}?)(?:工作|任职|(?=，|。|；))",
    r"\b(?:I am|I'm) (?:an? )?[\w -]{3,40} (?:at|with) (?:the )?(?P<said>[A-Z][^.,;()]{2,100}?)",
)
_TONGUE = (
    r"\b(?:prefer|would like|please (?:write|send)[\w ]{0,30}|mails?|messages?) (?:it |mails? |them )?in "
    r"(?P<said>[A-Z][a-z]{3,12})\b",
    r"\bI prefer (?P<said>[A-Z][a-z]{3,12})\b",
    r"\b(?:préfère|recevoir|écrire)[\w ’']{0,30} en (?P<said>français|anglais|espagnol|arabe|russe|chinois)\b",
    r"\b(?:prefiero|recibir|escribir)[\w ]{0,30} en (?P<said>español|inglés|francés|árabe|ruso|chino)\b",
    r"\b(?:[Пп]редпочитаю|получать|писать)[\w ]{0,30} на "
    r"(?P<said>(?:русск|английск|французск|испанск|арабск|китайск)ом)\b",
    r"(?:أفضل|تلقي|الكتابة)[\w ]{0,30} (?:ب|باللغة )(?P<said>ال(?:عربية|إنجليزية|فرنسية|إسبانية|روسية|صينية))",
    r"(?:用|使用|希望|首选)(?P<said>(?:中|英|法|俄|西班牙|阿拉伯|阿|西)(?:文|语))",
)
_BEING = (
    r"\bI am an? (?P<said>woman|man)\b",
    r"\bje suis une? (?P<said>femme|homme)\b",
    r"\bsoy (?:una?\s)?(?P<said>mujer|hombre)\b",
    r"\bя (?P<said>женщина|мужчина)\b",
    r"(?<!\w)أنا (?P<said>امرأة|رجل)(?!\w)",
    r"我是(?:一[位名个])?(?P<said>女性|男性|女|男)",
)

#: Sentences that answer a question without its label; the answer is the group "said".
SENTENCES: dict[str, tuple[re.Pattern[str], ...]] = {
    "country": (re.compile(r"(?:来自|來自)(?P<said>[\u4e00-\u9fff]{2,12}?)(?=[的，。；\s]|$)"),),
    "organisation": tuple(re.compile(one + _END, re.IGNORECASE if "je " in one else 0) for one in _WORK),
    "language": tuple(map(re.compile, _TONGUE)),
    "gender": tuple(re.compile(one, re.IGNORECASE) for one in _BEING),
}

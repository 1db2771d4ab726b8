"""Sectors as people call them, and what figures count together: "ONG", "НПО" and "民间社会" are civil society.

Sector is free text and is kept as it was typed; what is not known here counts as written. In en fr es ar ru zh pt,
compared in the spelling of `phrases.plain`. Never raises.
"""

from __future__ import annotations

from listserv.core.dialogue.phrases import plain
from listserv.core.dialogue.profile_words import GENDERS
from listserv.core.sentence import Sentence

_WORDS = {
    "government": "government | governmental | gov | govt | government agency | government ministry | ministry | state"
    " | public sector | public administration | civil service | gouvernement | gouvernemental | état | ministère"
    " | secteur public | administration publique | fonction publique | gobierno | gubernamental | estado | ministerio"
    " | sector público | administración pública | حكومة | الحكومة | حكومي | قطاع حكومي | القطاع الحكومي | قطاع عام"
    " | القطاع العام | وزارة | правительство | правительственный | государство | государственный"
    " | государственный сектор | госсектор | государственная служба | госслужба | министерство | 政府 | 政府部门"
    " | 政府机构 | 政府机关 | 公共部门 | 政府部門 | governo | setor público",
    "civil society": "civil society | civil society organisation | civil society organization"
    " | civil society organisations | civil society organizations | cso | csos | ngo | ngos"
    " | non governmental organisation | non governmental organization | nonprofit | non profit | third sector"
    " | société civile | organisation de la société civile | ong | osc | organisation non gouvernementale | association"
    " | associatif | sociedad civil | organización de la sociedad civil | organización no gubernamental | مجتمع مدني"
    " | المجتمع المدني | منظمة مجتمع مدني | منظمات المجتمع المدني | منظمة غير حكومية | منظمات غير حكومية"
    " | гражданское общество | нпо | нко | неправительственная организация | некоммерческая организация"
    " | общественная организация | 民间社会 | 公民社会 | 非政府组织 | 民间组织 | 社会组织 | 公益组织 | 民間社會"
    " | sociedade civil",
    "university": "university | universities | academia | academic | academics | academy | research | higher education"
    " | research institute | université | universitaire | universités | recherche | milieu universitaire"
    " | monde universitaire | enseignement supérieur | universidad | universidades | academia | académico"
    " | mundo académico | investigación | educación superior | جامعة | الجامعة | جامعي | أكاديمي | أكاديميا | أكاديمية"
    " | الأوساط الأكاديمية | بحث | البحث العلمي | التعليم العالي | университет | вуз | академия | академический | наука"
    " | научный | научные круги | академические круги | исследования | 学术界 | 学界 | 学术 | 大学 | 高校 | 科研"
    " | 研究机构 | 高等院校 | 學術界 | universidade",
    "United Nations": "united nations | un | u n | un system | un agency | un agencies | nations unies | onu"
    " | système des nations unies | organisation des nations unies | naciones unidas | sistema de las naciones unidas"
    " | الأمم المتحدة | منظومة الأمم المتحدة | оон | система оон | организация объединенных наций | 联合国 | 联合国系统"
    " | 联合国机构 | 聯合國 | nações unidas",
    "international organisation": "international organisation | international organization"
    " | intergovernmental organisation | intergovernmental organization | igo | organisation internationale"
    " | organisation intergouvernementale | organización internacional | organización intergubernamental | منظمة دولية"
    " | منظمة حكومية دولية | международная организация | межправительственная организация | 国际组织 | 政府间组织"
    " | organização internacional",
    "business": "business | private | private sector | company | companies | corporate | secteur privé | privé"
    " | entreprise | entreprises | sector privado | privado | empresa | empresas | قطاع خاص | القطاع الخاص | شركة"
    " | شركات | الأعمال | бизнес | частный сектор | частный | предпринимательство | 企业 | 私营部门 | 商界 | 工商界"
    " | 私营企业 | 企業 | setor privado",
    "media": "media | press | journalism | médias | média | presse | journalisme | medios | medios de comunicación"
    " | prensa | periodismo | إعلام | الإعلام | وسائل الإعلام | صحافة | الصحافة | сми | медиа | пресса | журналистика"
    " | 媒体 | 传媒 | 新闻 | 新闻界 | 媒體 | mídia | imprensa",
    "armed forces": "armed forces | military | army | forces armées | armée | fuerzas armadas | ejército"
    " | قوات مسلحة | القوات المسلحة | الجيش | вооруженные силы | армия | 军队 | 武装部队 | 軍隊",
}

#: What figures count together, by what people call it.
SECTORS = {plain(word): sector for sector, words in _WORDS.items() for word in words.split("|")}

#: How they are shown, in each reader's language.
SECTORS_SAID = {
    "government": Sentence("government"),
    "civil society": Sentence("civil society"),
    "university": Sentence("university"),
    "United Nations": Sentence("United Nations"),
    "international organisation": Sentence("international organisation"),
    "business": Sentence("business"),
    "media": Sentence("media"),
    "armed forces": Sentence("armed forces"),
}


def sector(said: str) -> str:
    """What a sector is counted as; what is not known, on one line as it was written."""
    return SECTORS.get(plain(said), " ".join(said.split()))


def gender(said: str) -> str:
    """The same of a gender: an import, or a moderator, may have left "Femme" as it was."""
    return GENDERS.get(plain(said), " ".join(said.split()))

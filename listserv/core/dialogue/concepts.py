"""What words of the six languages mean alike: a small thesaurus of what public policy dialogues speak of.

A line per concept: its words in en, fr, es, ar, ru, zh. `a*` is a word with any ending, `a_b` two words in a row.
`of_word` gives the concept of one word, `of_chinese` those in a run of Chinese, `in_phrases` those that take two
words. Words are compared in the spelling of phrases.plain, Arabic ones without article, particles and endings.
Questions and contributions meet by it across languages, and where one says "donors" and the other "the embassy paid".
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from functools import lru_cache

from listserv.core.dialogue.phrases import plain

_CONCEPTS = """
donor       donor* funder* embass* | bailleur* donateur* ambassade* | donante* donador* embajada* cooperante*
            | مانح* متبرع* سفار* | донор* посольств* спонсор* | 捐助* 捐赠* 资助* 使馆 援助方
money       fund fund* fundrais* money budget* financ* grant grants cost costs pay paid pays resourc*_mobili*
            | argent fonds budget* financ* caisse* subvention* cout couts paye* collecte* | dinero fondo* presupuest*
            financ* recaudar* recaudacion subvencion* costo* | مال اموال تمويل* ميزاني* صندوق صناديق تبرع* تكلف*
            | средств* деньг* денег бюджет* финанс* фонд фонда фонды грант* | 资金 经费 预算 筹资 筹集 基金 拨款 费用
civil       ngo* cso* civil_societ* women_s_organi* women_organi* grassroot* activist* association* movement*
            | ong societe_civile association* militant* mouvement* organisations_de | sociedad_civil ong* asociacion*
            movimiento* organizaciones_de activista* | المجتمع_المدني جمعيات الجمعيات منظمات ناشط* حركات
            | гражданск*_обществ* нко общественн*_об* женск*_организац* объединени* активист*
            | 民间社会 公民社会 非政府组织 妇女组织 民间组织 团体 社团
advocacy    advoca* lobby* campaign* petition* pressure* signature* | plaidoyer* pression* petition* campagne*
            lettre_ouverte signature* | incidencia promocion abog* presion* campana* peticion* firma firmas
            | دعوة_الى مناصر* ضغط حمل* عريض* توقيع* | продвижени* лоббир* кампани* давлени* подпис* петици*
            | 倡导 倡议书 游说 宣传 呼吁 签名 请愿 施压
separate    separate* stand_alone standalone distinct* dedicated of_its_own independent | distinct* separe* specifique*
            autonome* propre | separado* propio propia independiente* autonomo* especifico* | منفصل* مستقل* خاص_ب*
            | отдельн* самостоятельн* собственн* | 单独* 独立* 专门
integrate   integrat* mainstream* fold folded incorporat* embed* existing | integr* inclus* incorpor* existant*
            transversal* | integr* incorpor* existente* transversal* vigente* | ادماج دمج تضمين قائم*
            | включ* интегр* встро* существующ* действующ* | 纳入 融入 整合 现有 现行 主流化
law         law laws legislat* legal* bill act statute* | loi lois legislat* juridique* | ley leyes legisl* norma normas
            | قانون* قوانين تشريع* | закон* законодат* | 法律 立法 法规
policy      policy policies | politique_publique politiques_publiques politiques politique_nationale
            | politicas politica_de politica_publica
            | سياسات سياسة | стратеги* программ* | 政策 战略 纲要
method      method* methodolog* approach* framework* mapping baseline* workshop*
            | methode* methodolog* demarche* cadre_logique atelier* cartographi* diagnostic*
            | metodo* metodolog* enfoque* marco_logico taller* diagnostico* mapeo
            | منهج* اسلوب اساليب طريق* ورش* | метод* подход* семинар* анализ*
            | 方法* 研讨会 座谈会 调研 摸底
planning    planning planned plann* stage* step steps | planification planifi* etape* | planific* etapa* | تخطيط* مراحل
            | планиров* этап* | 规划 步骤 阶段
will        political_will convinc* persuad* commitment* buy_in champion* leadership
            | volonte_politique convain* convaincr* engagement* adhesion | voluntad_politica convenc* compromiso*
            | الارادة_السياسية ارادة اقناع اقتنع* التزام* | политическ*_вол* убежд* убедит* приверженн*
            | 政治意愿 说服 承诺 领导
institution institution* ministr* department* parliament* military army police
            | institution* ministere* ministr* parlement* depute* armee* militaire* police
            | institucion* ministeri* parlament* congreso diputad* ejercito militares policia
            | موسس* وزار* برلمان* نواب جيش عسكري* شرط*
            | учрежден* министерств* ведомств* парламент* депутат* арми* воен*
            | 机构 部门 部委 议会 军队 警察
tool        tool* instrument* toolkit* template* checklist* | outil* instrument* | herramienta* instrumento*
            | ادوات اداة | инструмент* средство | 工具 手段
responsible responsib* accountab* in_charge who_answer* answer_for lead_agenc* focal_point* coordinat*
            | responsab* redevab* charge_de coordin* point_focal points_focaux | responsab* encargad* a_cargo rinde*
            rendicion coordin* punto_focal | مسوول* مسئول* مساءل* تنسيق* جهة_تنسيق
            | ответственн* отвеча* отвечать координац* координатор* подотчет* | 负责* 责任* 问责 牵头 协调 主管
implement   implement* carried_out carry_out put_into_practice execut* deliver* in_practice
            | mise_en mis_en mettre_en execut* realis* appliqu* | aplica* implement* ejecu* cumpl* en_la_practica
            | تنفيذ* ينفذ* تنفذ* نفذ* تطبيق* | выполн* осуществл* реализ* исполн* | 执行 落实 实施 履行
monitor     monitor* track* follow_up oversight supervis* | suivi surveillance suivre controle* | seguimiento monitore*
            supervis* vigilancia | رصد* متابع* مراقب* | мониторинг* контрол* надзор* отслежив* | 监测 监督 跟踪 跟进
report      report* annual_report* shadow_report* | rapport* compte_rendu | informe* reporte* | تقرير* تقارير ابلاغ
            | отчет* отчит* доклад* | 报告 汇报 上报
evaluate    evaluat* assess* review* mid_term impact* | evalu* bilan* mi_parcours impact* | evalu* balance revision*
            impacto* | تقييم* تقويم مراجع* اثر | оценк* оценива* оценить пересмотр* | 评估 评价 评审 审查 中期
indicator   indicator* benchmark* target* measur* | indicateur* cible* mesur* | indicador* meta metas medir medicion*
            mide miden | موشر* موشرات قياس* تقاس | показател* индикатор* измер* | 指标 衡量 测量
data        data statistic* figures census survey* count counted disaggregat*
            | donnees statisti* chiffre* enquete* recensement ventil* | dato datos estadisti* cifra* encuesta* desglos*
            desagreg* separa_* | بيانات احصاء* ارقام استمار* مصنف* | данны* статист* цифр* анкет* опрос* разбив*
            | 数据 统计 数字 登记 调查 分列
gender      gender* sex sexes sex_disaggregat* men_and women_and | genre sexe* sexospecifi* hommes_et femmes_et
            | genero sexo* hombres_y mujeres_y | جنس* الجنساني جندر* النساء_والرجال الرجال_والنساء
            | гендер* пол полу пола мужчин_и женщин_и | 性别 男女
women       women woman girl* | femme* fille* | mujer* nina* | مرا* نساء نسا* فتيات | женщин* женск* девоч*
            | 妇女 女性 女孩
peace       peace* peacebuild* | paix | paz | سلام سلم | мир мира миру миротвор* | 和平
security    security safety | securite | seguridad | امن | безопасност* | 安全
define      definition* define* term_of terms_of concept* | definition* defini* termes_de notion* | definicion* defin*
            terminos_de | تعريف* تعاريف مفهوم مفاهيم | определен* поняти* термин* | 定义 概念 术语
recommend   recommend* advise* suggest* lesson* | recommand* conseil* lecon* | recomend* leccion* sugier* sugeren*
            | توصي* نوصي اوصي نصيح* دروس | рекоменд* совет* урок* | 建议 推荐 教训
replicate   replicat* transfer* copied adapt* elsewhere other_countr* | repliqu* reprodui* transpos* adapt* ailleurs
            autres_pays | replic* adapt* otros_paises transfer* | تكرار تعميم بلدان_اخرى نقل | повтор* перенос*
            тиражир* других_стран* | 推广 复制 借鉴 其他国家
success     success* best_practice* good_practice* worked works effective* efficient*
            | succes reussi* bonnes_pratiques marche_bien efficac* | exito* buenas_practicas funcion* eficac* eficien*
            | نجاح* ناجح* فعال* ممارسات_جيدة | успех* успешн* эффективн* удал* | 成功 有效 良好做法
participat  participat* inclus* consult* involv* stakeholder* | particip* inclus* concert* consult* parties_prenantes
            | particip* inclus* interesad* consult* | مشارك* شمول* مشاور* استشار*
            | участи* участв* привлеч* консультац* | 参与 包容 利益攸关方 协商 咨询
local       local* communit* village* district* province* grassroot* | local* communaut* village* province* region*
            | local* comunid* aldea* provincia* regiones | محلي* مجتمعات قرى محافظ* | местн* общин* сел* район* област*
            | 地方 社区 村 省里 基层
train       train* capacit* skill* educat* | formation* former capacit* competence* | capacit* formacion* educac*
            | تدريب* قدرات تعليم | обучени* подготовк* навык* образован* | 培训 能力建设 教育
health      health* medical | sante medic* | salud medic* | صح* طبي* | здоровь* здравоохран* медицин* | 健康 卫生 医疗
climate     climat* environment* | climat* environnement* | clima* medio_ambient* | مناخ* بيئ* | климат* эколог*
            | 气候 环境
rights      right rights human_rights | droit droits | derecho derechos | حق حقوق | прав права правам | 权利 人权
violence    violen* abuse* harass* | violen* harcel* | violen* acoso | عنف | насили* | 暴力
conflict    conflict* war wars | conflit* guerre* | conflicto* guerra* | نزاع* صراع* حرب | конфликт* войн* | 冲突 战争
"""

_ARABIC = re.compile(r"[\u0621-\u064a]+")
_BEFORE = ("وبال", "وال", "بال", "كال", "فال", "ولل", "ال", "لل", "و")
_AFTER = ("هما", "ها", "ان", "ات", "ون", "ين", "يه", "ية", "هم", "نا", "ه", "ة", "ي")


def arabic(word: str) -> str:
    """An Arabic word without article, joined particles and the commonest endings; any other as it is."""
    if not _ARABIC.fullmatch(word):
        return word
    for start in _BEFORE:
        if word.startswith(start) and len(word) - len(start) >= 3:
            word = word[len(start) :]
            break
    for end in _AFTER:
        if word.endswith(end) and len(word) - len(end) >= 3:
            return word[: -len(end)]
    return word


def _read() -> tuple[dict[str, str], dict[str, str], dict[str, str], dict[str, str]]:
    whole: dict[str, str] = {}
    begun: dict[str, str] = {}
    chinese: dict[str, str] = {}
    phrases: dict[str, str] = {}
    concept = ""
    for line in _CONCEPTS.splitlines():
        if line and not line.startswith(" "):
            concept, line = line.split(None, 1)
        for written in line.replace("|", " ").split():
            open_, words = written.endswith("*"), [plain(one) for one in written.replace("*", "").split("_")]
            if len(words) > 1:
                ends = [r"\w*" if "*" in part else "" for part in written.split("_")]
                pattern = " ".join(re.escape(word) + end for word, end in zip(words, ends, strict=True))
                phrases.setdefault(pattern, concept)
            elif "\u4e00" <= words[0][0] <= "\u9fff":
                chinese.setdefault(words[0], concept)
            else:
                (begun if open_ else whole).setdefault(arabic(words[0]), concept)
    return whole, begun, chinese, phrases


_WHOLE, _BEGUN, _CHINESE, _PHRASES = _read()
_LONGEST = max(map(len, _BEGUN))
_CHINESE_WORD = re.compile("|".join(sorted(map(re.escape, _CHINESE), key=len, reverse=True)))
_PHRASE = re.compile(r"\b(?:" + "|".join(sorted(_PHRASES, key=len, reverse=True)) + r")\b")
_EACH_PHRASE = [(re.compile(pattern), concept) for pattern, concept in _PHRASES.items()]


@lru_cache(maxsize=50_000)
def of_word(word: str) -> str:
    """The concept of a plain word (Arabic: stripped by `arabic`); "" for none."""
    if word in _WHOLE:
        return _WHOLE[word]
    for length in range(min(len(word), _LONGEST), 2, -1):
        if concept := _BEGUN.get(word[:length]):
            return concept
    return ""


def of_chinese(run: str) -> Iterator[tuple[str, str]]:
    """Each known word in a run of Chinese with its concept, and what stands between them with ""."""
    at = 0
    for found in _CHINESE_WORD.finditer(run):
        if found.start() > at:
            yield run[at : found.start()], ""
        yield found.group(), _CHINESE[found.group()]
        at = found.end()
    if at < len(run):
        yield run[at:], ""


def in_phrases(text: str) -> Iterator[tuple[str, str]]:
    """Each phrase in a plain text with its concept."""
    for found in _PHRASE.finditer(text):
        said = found.group()
        yield said, next(concept for pattern, concept in _EACH_PHRASE if pattern.fullmatch(said))

"""What authors choose about what they wrote, in a line of their own: to be anonymous, not to be quoted, to withdraw.

`leading` reads the lines a text begins with and gives the rest back; `read` reads one line. A line counts only if
nothing else stands in it: "Anonymous complaints are a problem" is a sentence, "Please: anonymous, not to be quoted!" is
a choice. Words that may well be a heading ("Organisation") count only where a choice was asked for (`asked`).
In en fr es ar ru zh. Never raises.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, replace

from listserv.core.dialogue.model import Attribution
from listserv.core.dialogue.phrases import plain
from listserv.core.dialogue.words import spelt


@dataclass(frozen=True, slots=True)
class Choice:
    """None: nothing was said of it."""

    attribution: Attribution | None = None
    quotable: bool | None = None
    withdraw: bool = False

    def __bool__(self) -> bool:
        return self != Choice()

    def and_(self, other: Choice) -> Choice:
        """Both; what the other says counts more."""
        return Choice(
            self.attribution if other.attribution is None else other.attribution,
            self.quotable if other.quotable is None else other.quotable,
            self.withdraw or other.withdraw,
        )

    def words(self) -> str:
        """For the audit: "attribution anonymous, not to be quoted"."""
        said = [f"attribution {self.attribution.value}"] if self.attribution else []
        if self.quotable is not None:
            said.append("may be quoted" if self.quotable else "not to be quoted")
        return ", ".join([*said, *(["withdraw"] if self.withdraw else [])])


NO_CHOICE = Choice()

_ANONYMOUS, _ORGANISATION, _NAME = (Choice(one) for one in (Attribution.ANONYMOUS, *list(Attribution)[1::-1]))
_UNQUOTED, _QUOTED, _WITHDRAW = Choice(quotable=False), Choice(quotable=True), Choice(withdraw=True)

_SAID: tuple[tuple[Choice, str], ...] = (
    (
        _ANONYMOUS,
        """
        anonymous | anonymously | be anonymous | stay anonymous | remain anonymous | keep me anonymous | keep anonymous
        keep this anonymous | make me anonymous | without my name | without name | do not name me | don't name me
        do not use my name | don't use my name | no name | attribution none | not named | unnamed
        anonyme | anonymement | rester anonyme | sans mon nom | sans nom | sans me nommer | ne pas me nommer
        ne me nommez pas
        anónimo | anónima | anónimamente | de forma anónima | sin mi nombre | sin nombre | sin nombrarme | no me nombren
        quedar en el anonimato | dans l'anonymat
        دون ذكر اسمي | بدون ذكر اسمي | دون ذكر الاسم | بدون اسم | من دون اسمي | مجهول | مجهولة
        مجهول الهوية | لا تذكروا اسمي
        анонимно | аноним | анонимный | анонимная | без моего имени | без имени | не называть меня
        не указывать имя | не указывать мое имя
        匿名 | 不署名 | 不具名 | 匿名发布 | 不要署名 | 不要显示我的姓名 | 不公开姓名 | 匿名發布
        """,
    ),
    (
        _ORGANISATION,
        """
        organisation only | organization only | only organisation | only organization | only my organisation
        only my organization | my organisation only | my organization only | organisation not name
        with my organisation only | just my organisation | just my organization | only the organisation
        organisation seulement | seulement l'organisation | seulement mon organisation | mon organisation seulement
        organisation uniquement | uniquement mon organisation
        solo organización | solo la organización | solo mi organización
        organización solamente | mi organización solamente
        sólo mi organización | únicamente mi organización
        المنظمة فقط | منظمتي فقط | المؤسسة فقط | اسم المنظمة فقط | الجهة فقط
        только организация | только моя организация | только организацию | с указанием только организации
        仅署机构 | 只署机构 | 仅机构 | 只写机构 | 仅显示机构 | 只显示机构 | 僅署機構
        """,
    ),
    (
        _NAME,
        """
        with my name | with name | use my name | name and organisation | name and organization | under my name
        not anonymous | with my name and organisation | with my name and organization
        avec mon nom | avec nom | nom et organisation | sous mon nom
        con mi nombre | con nombre | nombre y organización
        مع ذكر اسمي | مع اسمي | باسمي | ذكر اسمي | الاسم والمنظمة
        с моим именем | с именем | имя и организация | под моим именем | не анонимно
        署名 | 具名 | 显示姓名 | 用我的名字 | 姓名和机构 | 署我的名 | 不匿名 | 顯示姓名
        """,
    ),
    (
        _UNQUOTED,
        """
        not to be quoted | not quoted | do not quote | don't quote | do not quote me | don't quote me
        do not quote this
        don't quote this | no quotes | no quote | no quoting | not for quotation | quote no | quoting no | unquoted
        ne pas citer | ne pas me citer | ne me citez pas | ne pas être cité | ne pas être citée | ne citez pas
        sans citation
        no citar | no me citen | no me cite | sin citar | sin citarme | no citarme | no quiero ser citado
        no quiero ser citada | no ser citado | no ser citada
        عدم الاقتباس | دون اقتباس | بدون اقتباس | لا تقتبسوا | لا يقتبس | ليس للاقتباس
        не цитировать | не цитируйте | не цитировать меня | без цитирования
        不得引用 | 不要引用 | 请勿引用 | 勿引用 | 不引用 | 不可引用 | 不同意引用
        """,
    ),
    (
        _QUOTED,
        """
        may be quoted | quote me | can be quoted | quote yes | you may quote me | you may quote
        peut être cité | vous pouvez me citer | me citer | citez-moi
        pueden citarme | se puede citar | citarme
        يجوز الاقتباس | يمكن الاقتباس | مع الاقتباس | يسمح بالاقتباس
        можно цитировать | можно меня цитировать | цитировать можно | разрешаю цитировать | цитируйте
        可以引用 | 可引用 | 允许引用 | 同意引用 | 允許引用
        """,
    ),
    (
        _WITHDRAW,
        """
        withdraw | withdrawn | withdraw it | withdraw this | withdraw my contribution | withdraw this contribution
        withdraw contribution | i withdraw | i withdraw it | i withdraw my contribution | take it back | retract
        retract it | do not send it | don't send it | do not publish it | don't publish it
        retirer | retirez | retrait | je retire | retirer ma contribution | retirez ma contribution | je la retire
        je retire ma contribution | retirez-la | retirer cette contribution
        retirar | retiro | retiren | retirar mi contribución | retiro mi contribución | retiren mi contribución
        retírenla | retirarla | retirar contribución
        سحب | سحب المساهمة | سحب مساهمتي | اسحبوها | أسحب مساهمتي | تراجع
        отозвать | отзываю | отозвать сообщение | отзываю свое сообщение | отзовите | не рассылать
        не публиковать
        撤回 | 撤销 | 收回 | 撤回发言 | 撤回我的发言 | 撤回此篇 | 我要撤回 | 不要发布 | 撤銷 | 撤回發言
        """,
    ),
)

_SHORT: tuple[tuple[Choice, str], ...] = (  # where a choice was asked for
    (
        _ORGANISATION,
        "organisation | organization | my organisation | my organization | organización | mon organisation | المنظمة"
        " | منظمتي | организация | моя организация | 机构 | 单位 | 機構",
    ),
    (_NAME, "name | my name | nom | mon nom | nombre | mi nombre | اسمي | الاسم | имя | мое имя | 姓名 | 名字"),
)


def _table(groups: tuple[tuple[Choice, str], ...]) -> dict[str, Choice]:
    return {
        plain(phrase): choice
        for choice, phrases in groups
        for line in phrases.splitlines()
        for phrase in line.split("|")
        if phrase.strip()
    }


_PHRASES = _table(_SAID)
_ASKED = _PHRASES | _table(_SHORT)

#: What may stand around a choice and says nothing of its own.
_AROUND = frozenset(
    plain(
        "please pls kindly thanks thank you attribution shown show me as i want would like to wish prefer and also this"
        " should be contribution publish published it for my the a l merci s il vous plait svp je souhaite voudrais"
        " veux préfère et attribution cette contribution la ma por favor gracias quiero quisiera prefiero y esta"
        " atribución contribución mi ser etre من فضلكم رجاء يرجى شكرا أريد أود أرغب أن في هذه المساهمة مساهمتي"
        " пожалуйста прошу спасибо я хочу хотел хотела бы меня мое мои свое сообщение и а также это указать показать"
        " 请 谢谢 我 希望 我的 发言 署名方式 本篇 此篇"
    ).split()
)
_WITH_ATTRIBUTION = re.compile(r"\b(?:attribution|atribucion)\b|署名方式")
_PARTS = re.compile(r"[,;.!+&/:()\[\]–—،؛、，；。：！（）]+| and | et | y | и | و(?=\w)|以及|并且")
_LONGEST = 120  # characters of a line that can be a choice


def read(line: str, *, asked: bool = False) -> Choice:
    """The choice that a line is; an empty one if it is none, or contradicts itself."""
    line = line.strip().strip("*_\"'“”«»<>「」").strip()
    if not line or len(line) > _LONGEST or line.endswith(("?", "؟", "？")):
        return Choice()
    table = _ASKED if asked or _WITH_ATTRIBUTION.search(plain(line)) else _PHRASES
    if whole := _one(line, table):
        return whole
    found = Choice()
    for part in _PARTS.split(line):
        words = spelt(part)
        if not words or _empty(words):
            continue
        one = _one(part, table)
        if not one or _contradicts(found, one):
            return Choice()
        found = found.and_(one)
    return found


def leading(text: str, *, asked: bool = False) -> tuple[Choice, str]:
    """What the first lines of a text choose, and the text without them. A withdrawal is none of a contribution's."""
    found, lines = Choice(), text.splitlines(keepends=True)
    rest = 0
    for at, line in enumerate(lines):
        if not line.strip():
            continue
        one = read(line, asked=asked)
        if not asked:
            one = replace(one, withdraw=False)
        if not one or _contradicts(found, one):
            break
        found, rest = found.and_(one), at + 1
    return (found, "".join(lines[rest:]).lstrip("\r\n")) if found else (found, text)


def _one(part: str, table: dict[str, Choice]) -> Choice:
    words = spelt(part).split()
    if not words:
        return Choice()
    start = next((at for at, word in enumerate(words) if word not in _AROUND), len(words))
    end = next((at for at in range(len(words), start, -1) if words[at - 1] not in _AROUND), start)
    for first in range(start + 1):
        for last in range(len(words), end - 1, -1):
            if choice := table.get(" ".join(words[first:last])):
                return choice
    return Choice()


def _empty(words: str) -> bool:
    return all(word in _AROUND for word in words.split())


def _contradicts(one: Choice, other: Choice) -> bool:
    pairs = ((one.attribution, other.attribution), (one.quotable, other.quotable))
    return any(None not in pair and pair[0] != pair[1] for pair in pairs)

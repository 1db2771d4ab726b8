"""What a moderator decides by mail: the first line of the answer to a notice, in en fr es ar ru zh.

`parse` reads the first line that the moderator wrote, and wants nothing in it but one verb: "release", "Release.",
"**discard**", "return: a reason", which may go on in the lines below. Case, accents, points and marks of emphasis do
not count, nor do a "please" and the number of what is decided. Two verbs, other words, a verb on a line of its own
below, a number that is another's, a return without a reason: all that is UNCLEAR, and says why, for nothing is
decided by guessing. The answer to a notice of several may name some of them: "release 12, 14-16".

Pure, never raises.
"""

from __future__ import annotations

import re
from collections.abc import Collection, Mapping
from dataclasses import dataclass
from enum import StrEnum

from listserv.core.dialogue.phrases import bare, plain, seamed

_LONGEST = 300  # characters of a line that are looked at
_EMPHASIS = "*_`~\"'«»“”„‘’‹›<>()[]•·#\u061c\u200b\u200e\u200f\u2066\u2067\u2068\u2069\ufeff \t\u00a0\u202f"
_LINK = re.compile(r"<?(?:mailto:|https?://)\S*|\[image:[^\]]*\]", re.IGNORECASE)
_GREETING = re.compile(
    r"(?:dear|hello|hi|good|bonjour|bonsoir|madame|monsieur|cher|chere|chers|hola|estimad[oa]s?|buen[oa]s"
    r"|السلام|مرحبا|تحيه|عزيزي|عزيزتي|السيد|السيده|الاخ|الاخت|حضره|صباح|مساء|здравствуите|добрыи|уважаем\w+|привет"
    r"|дорог\w+|коллеги)\b|您好|你好|尊敬的|各位|大家好"
)
_GREETING_WORDS = 4
_BEFORE_NUMBER = re.compile(r"\bو(?=\d)|第(?=\s*\d)")  # "and" in Arabic, "number" in Chinese: written in one word
_RANGE = re.compile(r"\b(\d{1,9})\s*[-–~～－至到]\s*(\d{1,9})\b")
_WIDEST = 100  # numbers in a range


class Verdict(StrEnum):
    RELEASE = "release"
    RETURN = "return"
    DISCARD = "discard"
    APPROVE = "approve"  # a request to take part
    DECLINE = "decline"
    UNCLEAR = "unclear"


#: What may be decided about a contribution, and about a request to take part.
OF_CONTRIBUTION = (Verdict.RELEASE, Verdict.RETURN, Verdict.DISCARD)
OF_REQUEST = (Verdict.APPROVE, Verdict.DECLINE)


class Doubt(StrEnum):
    """Why a decision is unclear."""

    EMPTY = "empty"  # nothing of the moderator's own
    WORDS = "words"  # no verb, or other words beside it
    SEVERAL = "several"  # more than one verb
    REASON = "reason"  # a return without a reason
    NUMBER = "number"  # it names another contribution
    OTHER = "other"  # a verb that is not for this: "approve" a contribution


@dataclass(frozen=True, slots=True)
class Decision:
    verdict: Verdict
    reason: str = ""  # what the author is told, or the audit
    doubt: Doubt | None = None  # for UNCLEAR
    said: str = ""  # the line it was read in
    numbers: tuple[int, ...] = ()  # those it names, each once


_SAID: Mapping[Verdict, str] = {
    Verdict.RELEASE: "release | diffuser | diffusez | publier | publiez | publicar | publique | difundir | difunda"
    " | نشر | انشر | انشروا | تنشر | разослать | разошлите | рассылать | опубликовать | опубликуйте"
    " | 发布 | 发出 | 放行 | 通过 | 發布 | 發佈",
    Verdict.RETURN: "return | renvoyer | renvoyez | retourner | retournez | devolver | devuelva | devuelve"
    " | إعادة | أعد | أعيدوا | إرجاع | تعاد | вернуть | верните | возвратить | возвратите"
    " | 退回 | 退还 | 退回作者 | 返回 | 退還",
    Verdict.DISCARD: "discard | écarter | écartez | supprimer | supprimez | descartar | descarte | eliminar | elimine"
    " | استبعاد | استبعد | استبعدوا | تستبعد | حذف | отбросить | отбросьте | удалить | удалите | исключить"
    " | 丢弃 | 删除 | 弃用 | 作废 | 丟棄 | 刪除",
    Verdict.APPROVE: "approve | accept | approuver | approuvez | accepter | acceptez | aprobar | apruebe | aceptar"
    " | acepte | قبول | موافقة | موافق | أوافق | تقبل | одобрить | одобрите | принять | примите | одобряю"
    " | 批准 | 同意 | 接受 | 准许 | 核准 | 准許",
    Verdict.DECLINE: "decline | refuser | refusez | décliner | déclinez | rechazar | rechace | declinar | decline"
    " | رفض | أرفض | ارفضوا | مرفوض | اعتذار | отказать | откажите | отклонить | отклоните | отказываю"
    " | 婉拒 | 谢绝 | 拒绝 | 不批准 | 不同意 | 謝絕 | 拒絕",
}
VERBS: Mapping[str, Verdict] = {plain(word): verb for verb, line in _SAID.items() for word in line.split("|")}
_POLITE = frozenset(
    plain(
        "please pls merci de svp por favor thanks thank you gracias it le la lo and et y من فضلك فضلكم رجاء الرجاء يرجى"
        " لو سمحتم شكرا جزيلا لكم و ثم пожалуйста прошу спасибо его это и 请 谢谢 多谢 将其 它 该篇 此篇 号 和 及"
        " 號 謝謝"
    ).split()
)

_YOUR_REASON = "your reason | votre raison | su motivo | سبب القرار | укажите причину | ваша причина | 您的理由"
_PLACEHOLDERS = frozenset(map(plain, _YOUR_REASON.split("|")))


def parse(text: str, allowed: Collection[Verdict], numbers: Collection[int] = ()) -> Decision:
    """What `text`, without quotes and signature, decides. `numbers`: those the notice gave to what may be decided."""
    lines = [line.strip() for line in text.splitlines()]
    while lines and (not lines[0].strip(_EMPHASIS) or _greets(lines[0])):
        del lines[0]
    if not lines or lines[0].startswith((">", "|")):
        return Decision(Verdict.UNCLEAR, doubt=Doubt.EMPTY)
    line = _BEFORE_NUMBER.sub(" ", seamed(_LINK.sub(" ", lines[0][:_LONGEST])))
    first, rest = _RANGE.sub(_spelt_out, line), lines[1:]
    words, colon, more = _divided(first)
    found, number_said, others = _read(words)
    if len(found) > 1:
        return _unclear(Doubt.SEVERAL, lines[0])
    if not found or others:
        return _unclear(Doubt.WORDS, lines[0])
    if any(_alone(line) for line in rest):
        return _unclear(Doubt.SEVERAL, lines[0])
    (verb,) = found
    if not set(number_said) <= set(numbers):
        return _unclear(Doubt.NUMBER, lines[0])
    if verb not in allowed:
        return _unclear(Doubt.OTHER, lines[0])
    if verb in (Verdict.RELEASE, Verdict.APPROVE) and more.strip(_EMPHASIS):
        return _unclear(Doubt.WORDS, lines[0])  # "release: after you have cut the second part" releases nothing
    reason = more.strip(" \t*_")
    if verb in (Verdict.RETURN, Verdict.DECLINE) and colon:  # it may go on below
        reason = "\n".join([lines[0].partition(colon)[2].strip(" \t*_"), *_without_attribution(rest)]).strip()
    if plain(reason) in _PLACEHOLDERS:  # the notice's own words, copied
        reason = ""
    if verb is Verdict.RETURN and not reason:
        return _unclear(Doubt.REASON, lines[0])
    return Decision(verb, reason, said=lines[0], numbers=number_said)


def _without_attribution(lines: list[str]) -> list[str]:
    """Without what announced a quote that is cut: a last line that ends in a colon."""
    end = len("\n".join(lines).rstrip().split("\n"))
    return lines[: end - 1] if lines[:end] and lines[end - 1].endswith((":", "：")) else lines


def _unclear(doubt: Doubt, said: str) -> Decision:
    return Decision(Verdict.UNCLEAR, doubt=doubt, said=said)


def _greets(line: str) -> bool:
    said = plain(line[:_LONGEST])
    return len(said.split()) <= _GREETING_WORDS and bool(_GREETING.match(said)) and not _read(said.split())[0]


def _divided(line: str) -> tuple[list[str], str, str]:
    """The words before the first colon or dash after a word, that mark, and what stands behind it."""
    found = re.search(r"[:：]|(?<=\s)[-–—](?=\s)|[–—]", line)
    if found is None:
        return _words(line), "", ""
    return _words(line[: found.start()]), found[0], line[found.end() :]


def _words(line: str) -> list[str]:
    return bare(plain(line)).split()


def _spelt_out(found: re.Match[str]) -> str:
    """ "14-16" as "14 15 16"; as a word that is none of ours when it is no range of numbers in a notice."""
    first, last = int(found[1]), int(found[2])
    return " ".join(map(str, range(first, last + 1))) if 0 <= last - first <= _WIDEST else "?range"


def _read(words: Collection[str]) -> tuple[set[Verdict], tuple[int, ...], list[str]]:
    """The verbs among the words, the numbers, and what is neither nor politeness."""
    found = {VERBS[word] for word in words if word in VERBS}
    numbers = tuple(dict.fromkeys(int(word) for word in words if word.isascii() and word.isdigit() and len(word) <= 12))
    others = [
        word for word in words if word not in VERBS and word not in _POLITE and not (word.isascii() and word.isdigit())
    ]
    return found, numbers, others


def _alone(line: str) -> bool:
    """Whether a line is nothing but a verb."""
    words = _words(line[:_LONGEST])
    return len(words) == 1 and words[0] in VERBS and not line.startswith((">", "|"))

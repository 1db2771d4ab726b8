"""What somebody types into a search field, understood: words, "a phrase", -without, begin*, and key:value.

`read` takes anything and never raises: an open quotation mark closes at the end, signs that mean nothing are blanks. A
word that every text has ("the", "и", "的") asks for nothing unless it stands in a phrase. Keys are country, module,
question, tag and author, in en fr es ar ru zh; a key that is none is a word like any other.
"""

from __future__ import annotations

import re
import unicodedata
from dataclasses import dataclass

from listserv.core.dialogue.phrases import plain
from listserv.core.search.words import WRITTEN, chinese, family, of_word, words

#: Characters of a query that are looked at, and terms in it.
LONGEST, TERMS = 200, 12

#: Words that every text has.
_COMMON = frozenset(
    (word,)
    for one in (
        "the and for that this with from are was were has have had not but its their they you your our which who what"
        " how when will can all any been into than then there these those of to in on at by as is it be or an if we he"
        " she do does did so such about would should could may might also",
        "le la les un une des du de et en au aux que qui dans pour par sur avec est sont ont pas ne se ce cette ces son"
        " sa ses leur leurs nous vous ils elle elles il on ou mais plus comme qu dont a",
        "el los las una unos unas del al y e o u que en por para con sin su sus se es son ha han no lo como mas pero"
        " este esta estos estas nos",
        "и в во не на с со по из за к ко у о об от до для что как это он она они мы вы я но или же бы ли то так его ее"
        " их при был была были быть есть",
        "في من على الى عن مع هذا هذه ذلك تلك التي الذي ان كان كانت لا ما لم لن او ثم قد كل هو هي هم انا نحن و ب ل",
        "的 了 和 是 在 与 及 或 也 就 都 而 之 我们 他们",
    )
    for word in words(one)
)

_KEYS = {
    "country": "country pays pais بلد البلد دولة страна 国家 國家",
    "module": "module modulo وحدة الوحدة модуль 模块 单元",
    "question": "question pregunta سؤال السؤال вопрос 问题",
    "tag": "tag mot etiquette etiqueta وسم الوسم метка тег 标签",
    "author": "author auteur auteure autor autora by الكاتب كاتب المؤلف автор 作者",
}
_KEY = {plain(word): key for key, said in _KEYS.items() for word in said.split()}

_QUOTES = '"“”„‟«»「」『』＂'
_ITEM = re.compile(
    rf"(?P<minus>(?<!\S)[-−–])?(?:(?P<key>[^\W\d_]{{2,12}}):)?"
    rf"(?:[{_QUOTES}](?P<phrase>[^{_QUOTES}]*)(?:[{_QUOTES}]|$)|(?P<word>[^\s{_QUOTES}]+))"
)


@dataclass(frozen=True, slots=True)
class Term:
    """`words`: in a row. `begun`: the last may go on. `exact`: no other forms of it. `said`: as it was typed."""

    words: tuple[str, ...]
    said: str
    exact: bool = False
    begun: bool = False

    @property
    def family(self) -> str:
        """Of a single word that may take other forms; "" for any other."""
        return "" if self.exact or self.begun or len(self.words) != 1 else family(self.words[0])

    @property
    def typed(self) -> str:
        """What reads as this term."""
        if self.begun and not chinese(self.words[0]):
            return f"{self.said}*"
        return f'"{self.said}"' if self.exact and not chinese(self.words[0]) else self.said


@dataclass(frozen=True, slots=True)
class Query:
    """`wanted`: all of them; `unwanted`: none. `keyed`: key and value. `common`: what asks for nothing."""

    wanted: tuple[Term, ...] = ()
    unwanted: tuple[Term, ...] = ()
    keyed: tuple[tuple[str, str], ...] = ()
    common: tuple[str, ...] = ()
    said: str = ""

    @property
    def empty(self) -> bool:
        return not (self.wanted or self.unwanted or self.keyed)

    def unkeyed(self, name: str) -> str:
        """As it was typed, without what names that key."""
        return " ".join(_ITEM.sub(lambda one: "" if _key(one) == name else one[0], self.said).split())

    @property
    def unsaid(self) -> bool:
        """Something was typed that nothing can be looked for by."""
        return self.empty and bool(self.said)


def read(said: str) -> Query:
    text = unicodedata.normalize("NFKC", said[:LONGEST])
    wanted: list[Term] = []
    unwanted: list[Term] = []
    keyed: list[tuple[str, str]] = []
    common: list[str] = []
    for found in _ITEM.finditer(text):
        quoted = found["phrase"] is not None
        value = found["phrase"] if quoted else found["word"]
        key = _key(found)
        if key and value.strip():
            if not found["minus"]:
                keyed.append((key, " ".join(value.split())))
            continue
        if found["key"]:
            value = f"{found['key']} {value}"
        for term in _terms(value, quoted):
            if found["minus"]:
                unwanted.append(term)
            elif not quoted and not value.endswith("*") and term.words in _COMMON:
                common.append(term.said)
            else:
                wanted.append(term)
    return Query(
        tuple(dict.fromkeys(wanted))[:TERMS],
        tuple(dict.fromkeys(unwanted))[:TERMS],
        tuple(dict.fromkeys(keyed))[:TERMS],
        tuple(dict.fromkeys(common)),
        " ".join(said[:LONGEST].split()),
    )


def _key(found: re.Match[str]) -> str:
    return _KEY.get(plain(found["key"] or ""), "")


def _terms(value: str, quoted: bool) -> list[Term]:
    """A word typed without blanks is one term, "follow-up" a phrase; Chinese that stands beside it is another."""
    begun = not quoted and value.endswith("*")
    shown = value.strip().rstrip("*")
    parts = [of_word(one) for one in WRITTEN.findall(value)]
    row = [word for part in parts for word in part]
    if not row:
        return []
    last = parts[-1][-1] if parts[-1] else row[-1]
    if chinese(last) and len(last) == 1:
        if len(row) == 1:
            return [Term((last,), shown, exact=True, begun=True)]  # any pair that begins with it
        row = row[:-1] if len(row) > 1 and chinese(row[-2]) else row
        begun = False
    return [Term(tuple(row), shown, exact=quoted or chinese(row[0]), begun=begun)]

"""What a mail to a service address asks for: SLUG-request@, -join@, -leave@, -help@, -owner@ or -confirm@.

`parse` reads the first line that is not blank and, if that is no command, the subject: never a quote, never what
stands below (a command word inside a quoted mail does nothing). What is not understood is UNKNOWN, for a person to
read. `looks_like_administrivia` finds the same wishes in mail sent to the dialogue itself by mistake.

Nothing is decided here: who asks, and whether that is to be believed, is the caller's. Raises ValueError only for a
role that is none of the above.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from enum import StrEnum

from listserv.core.dialogue.administrivia import looks_like_administrivia, wish
from listserv.core.dialogue.choices import NO_CHOICE, Choice, read
from listserv.core.dialogue.dates import before_until
from listserv.core.dialogue.model import DeliveryMode
from listserv.core.dialogue.phrases import plain, seamed
from listserv.core.dialogue.words import FILLERS, PHRASES, VOCABULARY, Verb, spelt
from listserv.core.mail.threads import base_subject

__all__ = ["Ask", "Command", "alone", "answer", "leaves", "looks_like_administrivia", "parse"]

_MORE_WORDS = 3  # that may follow a command: a slug, a "please", "until Monday"
_ADDRESS = re.compile(r"\S+@\S+")
_PLAIN_ADDRESS = re.compile(r"[^\s<>()\[\]\"',;:@]+@[^\s<>()\[\]\"',;:@]+")
_LONGEST = 300  # characters of a line that can be a command
_PHRASE = 4  # words of the longest phrases; of a greeting on a line of its own
_QUOTED = re.compile(r"[>|]|-- ?$|-{4,}|_{4,}|(?:From|De|Von|От|Кому|من|发件人|寄件者)\s?[:：]", re.IGNORECASE)
_GREETING = re.compile(
    r"(?:dear|hello|hi|good|greetings|bonjour|bonsoir|madame|monsieur|cher|chere|chers|hola|estimad[oa]s?|buen[oa]s"
    r"|السلام|مرحبا|تحيه|عزيزي|عزيزتي|السيد|السيده|حضره|الاخ|الاخت|صباح|مساء|здравствуите|добрыи|уважаем\w+|дорог\w+"
    r"|привет)\b|您好|你好|各位|大家好|尊敬的|亲爱的|早上好|下午好"
)

#: What turns a yes that follows it into no yes, as `plain` spells it; "no" by itself is an answer.
_NEGATION = re.compile(
    r"\b(?:not|never|neither|nor|cannot|unable|without|(?:[dw]o|do|did|does|is|was|could|would|should|have)n t|can t"
    r"|ne|n|jamais|sans|nunca|tampoco|sin|لم|لن|ليس|لست|غير|не|ни|никогда|без) "
)
_SENTENCE = re.compile(r"((?:[^.!?;؟؛。！？；]|[.](?=\S)){1,300})([.!?;؟؛。！？；]*)")


class Ask(StrEnum):
    JOIN = "join"
    LEAVE = "leave"
    HELP = "help"
    CONFIRM = "confirm"
    DECLINE = "decline"
    PAUSE = "pause"
    RESUME = "resume"
    DELIVERY = "delivery"  # with `Command.mode`
    MISSED = "missed"
    UNREMINDED = "no reminders"
    REMINDED = "reminders"
    ADDRESS = "address"  # with `Command.address`
    NEVER = "never"  # to be written to again
    SHOWN = "shown"  # how what they write is shown, with `Command.choice`
    OWNER = "owner"  # for the moderators to read
    UNKNOWN = "unknown"


@dataclass(frozen=True, slots=True)
class Command:
    ask: Ask
    mode: DeliveryMode | None = None
    said: str = ""  # the line it was read in, as it was written; "" if the address alone says it
    address: str = ""  # one more of theirs
    choice: Choice = NO_CHOICE
    denied: bool = False  # UNKNOWN, for it denies or asks what would be a yes


_ASKED: dict[Verb, tuple[Ask, DeliveryMode | None]] = {
    Verb.JOIN: (Ask.JOIN, None),
    Verb.LEAVE: (Ask.LEAVE, None),
    Verb.HELP: (Ask.HELP, None),
    Verb.CONFIRM: (Ask.CONFIRM, None),
    Verb.DECLINE: (Ask.DECLINE, None),
    Verb.PAUSE: (Ask.PAUSE, None),
    Verb.RESUME: (Ask.RESUME, None),
    Verb.EACH: (Ask.DELIVERY, DeliveryMode.EACH),
    Verb.DAILY: (Ask.DELIVERY, DeliveryMode.DAILY),
    Verb.ROUNDUP: (Ask.DELIVERY, DeliveryMode.ROUNDUP),
    Verb.NOTHING: (Ask.DELIVERY, DeliveryMode.NONE),
    Verb.MISSED: (Ask.MISSED, None),
    Verb.UNREMINDED: (Ask.UNREMINDED, None),
    Verb.REMINDED: (Ask.REMINDED, None),
    Verb.ADDRESS: (Ask.ADDRESS, None),
    Verb.NEVER: (Ask.NEVER, None),
}

#: What one word in answer to a mail of ours may ask for. "Yes" or "how" may answer what was asked in the dialogue.
_ALONE = (
    *(Verb.LEAVE, Verb.PAUSE, Verb.RESUME, Verb.EACH, Verb.DAILY, Verb.ROUNDUP, Verb.NOTHING, Verb.MISSED),
    *(Verb.UNREMINDED, Verb.REMINDED, Verb.NEVER),
)
#: What may say yes, to whatever was asked.
_AGREEING = frozenset((Verb.CONFIRM, Verb.JOIN, Verb.LEAVE))
_POLITE = re.compile(
    r"^(?:please|pls|por favor|пожалуиста|прошу|من فضلكم?|رجاء|الرجاء|يرجي) "
    r"|(?<=\w )(?:please|pls|thanks|thank you|merci|svp|s il vous plait|gracias|por favor|пожалуиста|спасибо|من فضلكم?"
    r"|رجاء|لو سمحتم|شكرا|谢谢|謝謝|多谢) $"
)
_CLOSING = re.compile(
    r"\b(?:(?:best|kind|warm|with)\b|regards|greetings|sincerely|thank you|thanks?|many|cheers|please|pls|bien"
    r"|cordialement|salutations|meilleures|merci|beaucoup|svp|saludos|cordiales|atentamente|muchas|gracias|por favor"
    r"|شكرا|وشكرا|جزيلا|مع|اطيب|تحياتي|التحيات|التقدير|الاحترام|спасибо|пожалуиста|с уважением|всего доброго"
    r"|благодарю|заранее|с наилучшими пожеланиями|谢谢|謝謝|多谢|非常感谢|感谢|感謝|此致|敬礼|祝好"
    r"|顺颂|商祺|时祺|致敬|敬上|谨上)\b"
)


def parse(role: str, subject: str, text: str) -> Command:
    """What is asked by a mail to SLUG-<role>@ with that subject and text (quotes may still be in it)."""
    subject, text = seamed(subject), seamed(text)
    match role:
        case "join" | "leave" | "help" | "owner":  # the address says it, whatever the mail says
            return Command(Ask(role))
        case "confirm":
            return answer(text)
        case "request":
            return _request(subject, _first_line(text))
        case _:
            raise ValueError(f"no service address of a dialogue: -{role}@")


def alone(text: str, name: str = "") -> Command | None:
    """The command that a mail is and nothing else: one line, perhaps thanks and `name`, its author's, below it.

    For mail that is no mail to the office: what says more is for people to read. Quotes in `text` are passed over.
    """
    whole = seamed(text).splitlines()
    lines = [line for each in whole if (line := each.strip()) and not line.startswith((">", "|"))]
    if not lines or len(lines[0]) > _LONGEST:
        return None
    below = set(_CLOSING.sub(" ", plain(" ".join(lines[1:]))).split())
    if below - set(plain(name).split()):
        return None
    verb = VOCABULARY.get(_bare(lines[0]))
    if verb not in _ALONE and _bare(before_until(lines[0])) in PHRASES[Verb.PAUSE]:
        verb = Verb.PAUSE
    if verb not in _ALONE:
        return None
    ask, mode = _ASKED[verb]
    return Command(ask, mode, lines[0])


def leaves(text: str) -> bool:
    """Whether the first line wants out and says nothing else: "Stop the violence" does not, where nobody asks back."""
    line = _first_line(seamed(text))[:_LONGEST]
    return VOCABULARY.get(_bare(_ADDRESS.sub(" ", line))) is Verb.LEAVE or wish(line) is Verb.LEAVE


def _bare(line: str) -> str:
    """A line without what is polite about it: "Daily, please" but not "Thank you all"."""
    return _POLITE.sub("", f"{spelt(line)} ").strip()


def _request(subject: str, line: str) -> Command:
    for said in (line, base_subject(subject)):
        choice = read(said)
        if choice and not choice.withdraw:
            return Command(Ask.SHOWN, said=said, choice=choice)
        verb = _whole(said) or _verb(said)
        if verb is None and _verb(before_until(said)) is Verb.PAUSE:
            verb = Verb.PAUSE  # a day may take many words
        verb = verb or wish(said)
        if verb not in (None, Verb.CONFIRM, Verb.DECLINE):  # a yes or no to what?
            ask, mode = _ASKED[verb]
            if ask is Ask.ADDRESS:
                return _further_address(said)
            return Command(ask, mode, said)
    if not plain(line) and not plain(base_subject(subject)):
        return Command(Ask.HELP)
    return Command(Ask.UNKNOWN, said=line or subject)


def _whole(line: str) -> Verb | None:
    """NEVER, where a line says that and nothing else: "never mind" is none, and its phrases may be long."""
    return Verb.NEVER if VOCABULARY.get(_bare(line[:_LONGEST])) is Verb.NEVER else None


def _further_address(said: str) -> Command:
    """The one address in that line; programs make links of them: "a@b<mailto:a@b>"."""
    found = {one.rstrip("."): None for one in _PLAIN_ADDRESS.findall(said[:_LONGEST])}
    if len(found) != 1:
        return Command(Ask.UNKNOWN, said=said)
    return Command(Ask.ADDRESS, None, said, next(iter(found)))


def answer(text: str, *, leaving: bool = False) -> Command:
    """The answer to a question of ours; without words of its own it is a yes: the address was made for nothing else.

    `leaving`: whether they were asked if they want to leave, so that "unsubscribe" says yes.
    """
    line = _first_line(seamed(text))
    if not line:
        return Command(Ask.CONFIRM)
    meant: set[Verb | None] = set()
    denied = False
    for sentence, end in _SENTENCE.findall(line[:_LONGEST]):
        words = _words(sentence)
        for at in range(len(words)):
            found = {VOCABULARY.get(" ".join(words[at : at + length])) for length in range(1, _PHRASE + 1)}
            if found & _AGREEING and ("?" in end or _NEGATION.search(f"{' '.join(words[:at])} ") or _not(words, at)):
                denied = True  # "I do not confirm", "Can I join?"
                found -= _AGREEING
            if "?" in end and at:  # "Yes or no?"
                found.discard(Verb.DECLINE)
            meant |= found
    for_it, against = (Verb.LEAVE, Verb.JOIN) if leaving else (Verb.JOIN, Verb.LEAVE)
    yes, no = meant & {Verb.CONFIRM, for_it}, meant & {Verb.DECLINE, against}
    if bool(yes) == bool(no) or (yes and denied):  # neither, or "no problem, I confirm", or "ok, remove me"
        return Command(Ask.UNKNOWN, said=line, denied=denied)
    return Command(Ask.CONFIRM if yes else Ask.DECLINE, said=line)


def _not(words: list[str], at: int) -> bool:
    """Whether a "pas" follows, as in "je confirme pas"."""
    return not {"pas", "rien", "nothing"}.isdisjoint(words[at + 1 : at + 3])


def _verb(line: str) -> Verb | None:
    """The command that a line is: fillers, a phrase (the longest), and next to nothing after it."""
    if line.strip() == "?":
        return Verb.HELP
    words = _words(line)
    start = next((at for at, word in enumerate(words) if word not in FILLERS), len(words))
    for begin in sorted({0, start}):  # from the start first: a phrase may begin with a filler
        for end in range(min(len(words), begin + _PHRASE), begin, -1):
            verb = VOCABULARY.get(" ".join(words[begin:end]))
            if verb and verb is not Verb.NEVER and len(words) - end <= _MORE_WORDS:
                return verb
    return None


def _words(line: str) -> list[str]:
    return spelt(_ADDRESS.sub(" ", line[:_LONGEST])).split()


def _first_line(text: str) -> str:
    """The first line the author wrote, a greeting aside; "" if there is none above a quote or signature."""
    lines = [line for each in text.splitlines() if (line := each.strip())]
    if lines and len(lines[0].split()) <= _PHRASE and _GREETING.match(plain(lines[0])) and _verb(lines[0]) is None:
        del lines[0]
    if not lines or _QUOTED.match(lines[0]):
        return ""
    # "On 3 November … wrote:", over a line or two, is not the author's.
    quote = next((at for at, line in enumerate(lines[:4]) if _QUOTED.match(line)), 0)
    return "" if quote and lines[quote - 1].endswith((":", "：")) else lines[0]

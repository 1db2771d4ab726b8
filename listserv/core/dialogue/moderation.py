"""What holds a contribution: one ordered tuple of rules, each a small function that says why, or None.

Input: a `Case`, all that is known of one contribution and its author. Output: a `Judgement`: held or not, and the
reasons of every rule that spoke, in the rules' order, as sentences for moderators. No rule ever releases: what none
of them holds passes. `RULES` is what `queue rules` prints. Never raises; knows no sender but by what the case says.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import timedelta

from listserv.core.dialogue import routing
from listserv.core.dialogue.anonymity import names_author
from listserv.core.dialogue.commands import looks_like_administrivia
from listserv.core.dialogue.model import TAKING_PART, Attribution, Moderation, Participation, Reason
from listserv.core.dialogue.private import looks_private
from listserv.core.dialogue.reasons import EVERY, FIRST, FORGED, STRANGER, UNAUTHENTICATED
from listserv.core.mail.absence import speaks
from listserv.core.sentence import Sentence, together

MOST_LINKS = 5  # that need no look
SOON = timedelta(minutes=10)  # within which vacation answers come, and few humans answer
QUOTE = 5  # lines of quotes that need no look, however little stands beside them


@dataclass(frozen=True, slots=True)
class Case:
    """One contribution, as the rules see it. What is not known keeps its default and holds nothing.

    `participation` is None for somebody unknown. Lines are those of the text as it would go out; `remarks` are the
    reader's, in sentences; `place_reasons` are routing's; `foreign_lists` are List-Ids that are not ours.
    """

    participation: Participation | None
    moderation: Moderation
    released: int = 0  # contributions of this person in this dialogue
    introduced: bool = True  # their country, at least, is known
    subject: str = ""
    text: str = ""  # what the author wrote
    words: int = 0
    word_limit: int = 0  # 0 = none
    attachments: tuple[str, ...] = ()  # their names
    links: int = 0
    own_lines: int = 0
    quoted_lines: int = 0
    place_reasons: tuple[Reason, ...] = ()
    author_clean: bool = True  # From is exactly one mailbox that reads one way
    author: str = ""  # the address in From
    sender: str = ""  # another address that the mail names as its sender, "" if none
    impersonates: str = ""  # the name of another participant that the author bears
    mixed: str = ""  # a word of the author's name in two alphabets that look alike
    domain_like: str = ""  # a domain that people here write from, and that the author's looks like but is not
    refuted: str = ""  # what a check we trust says against its being from whom it names
    unproven: str = ""  # why nothing proves whom it is from, where proof was looked for
    automatic: str = ""  # why it looks like a machine's answer though nothing in it says so
    answered_within: timedelta | None = None  # after a mail of ours had gone to its author that it answers
    foreign_lists: tuple[str, ...] = ()
    remarks: tuple[str, ...] = ()
    attribution: Attribution = Attribution.NAME  # how it is to be shown
    gives_away: tuple[str, ...] = ()  # what in it names an author who is not to be named
    mends: str = ""  # the id of the returned contribution that it is the new version of
    network: str = ""  # the sister network that it came from
    same_id: bool = False  # its Message-ID was used before, with other content


@dataclass(frozen=True, slots=True)
class Rule:
    name: str  # short; what `Reason.rule` says
    describes: str  # what it holds, on one line
    says: Callable[[Case], str | None]  # why it holds this case


@dataclass(frozen=True, slots=True)
class Judgement:
    hold: bool
    reasons: tuple[Reason, ...]


def own_and_quoted(text: str) -> tuple[int, int]:
    """How many lines of a text are its author's own, and how many are quoted; empty ones are neither."""
    quoted = sum(line.lstrip().startswith(">") for line in text.splitlines())
    return sum(bool(line.strip()) for line in text.splitlines()) - quoted, quoted


def judge(case: Case) -> Judgement:
    """Whether it is held, and every reason why."""
    said = ((rule.name, rule.says(case)) for rule in RULES)
    reasons = tuple(Reason(name, text) for name, text in said if text)
    return Judgement(bool(reasons), reasons)


NAMES_AUTHOR = "names its author"
NETWORK = "network"

_NOT_TAKING_PART = {
    None: Sentence("The author is not a participant: nobody here has this address."),
    Participation.REQUESTED: Sentence("The author is not a participant: a request to take part waits for an answer."),
    Participation.INVITED: Sentence("The author is not a participant: an invitation has not been answered."),
    Participation.LEFT: Sentence("The author is not a participant: the author has left the dialogue."),
    Participation.DECLINED: Sentence("The author is not a participant: the author was not admitted, or declined."),
}


def _stranger(case: Case) -> str | None:
    if case.network:  # its members are welcome as guests
        return None
    if case.participation in TAKING_PART or not case.author_clean:  # of whom nothing can be told, that is said
        return None
    return _NOT_TAKING_PART[case.participation]


def _network(case: Case) -> str | None:
    if not case.network:
        return None
    return Sentence("It is a reply from the network %(network)s; its author is a guest.", network=case.network)


def _unclear_author(case: Case) -> str | None:
    if case.author_clean:
        return None
    return Sentence("It cannot be told who wrote it: From is not exactly one plain address.")


def _refuted(case: Case) -> str | None:
    if not case.refuted:
        return None
    return Sentence("It may be forged. %(why)s", why=case.refuted)


def _unproven(case: Case) -> str | None:
    if not case.unproven or case.refuted or not case.author_clean:
        return None
    return Sentence("It may come from somebody else than %(author)s. %(why)s", author=case.author, why=case.unproven)


def _impersonation(case: Case) -> str | None:
    if not case.impersonates:
        return None
    return Sentence("It bears the name of %(name)s, who takes part with another address.", name=case.impersonates)


def _mixed(case: Case) -> str | None:
    if not case.mixed:
        return None
    return Sentence(
        "Its author's name mixes letters of two alphabets that look alike, in one word: %(word)s.", word=case.mixed
    )


def _domain_like(case: Case) -> str | None:
    if not case.domain_like:
        return None
    return Sentence(
        "Its address looks like one at %(domain)s, from where people here write, but is at another domain.",
        domain=case.domain_like,
    )


def _administrivia(case: Case) -> str | None:
    if not looks_like_administrivia(case.subject, case.text):
        return None
    return Sentence(
        "It looks like a request to the organisers (to leave, join or change an address), not a contribution."
    )


def _placed(name: str) -> Callable[[Case], str | None]:
    def says(case: Case) -> str | None:
        return next((reason.text for reason in case.place_reasons if reason.rule == name), None)

    return says


def _first(case: Case) -> str | None:
    if case.moderation is Moderation.NONE or case.released or case.participation not in TAKING_PART:
        return None
    if not case.introduced:
        return Sentence("It is the author's first contribution, and the author's country is not known.")
    return Sentence("It is the author's first contribution.")


def _too_long(case: Case) -> str | None:
    if not 0 < case.word_limit < case.words:
        return None
    return Sentence(
        "%(n)s word; the dialogue asks for at most %(limit)s.",
        "%(n)s words; the dialogue asks for at most %(limit)s.",
        n=case.words,
        limit=case.word_limit,
    )


def _attachment(case: Case) -> str | None:
    if not (count := len(case.attachments)):
        return None
    names = together([name or Sentence("unnamed") for name in case.attachments], ", ")
    return Sentence("%(n)s attachment: %(names)s.", "%(n)s attachments: %(names)s.", n=count, names=names)


def _links(case: Case) -> str | None:
    return Sentence("%(n)s link.", "%(n)s links.", n=case.links) if case.links > MOST_LINKS else None


def _quotes(case: Case) -> str | None:
    quoted, own = case.quoted_lines, case.own_lines
    if quoted <= max(QUOTE, own):
        return None
    return Sentence(
        "It quotes more than it says: %(n)s line of quotes, %(own)s of its own.",
        "It quotes more than it says: %(n)s lines of quotes, %(own)s of its own.",
        n=quoted,
        own=own,
    )


def _private(case: Case) -> str | None:
    if not looks_private(case.subject, case.text):
        return None
    return Sentence("It looks private: it is addressed to one person, or marked so, and asks not to be shared.")


def _gives_away(case: Case) -> str | None:
    return names_author(case.attribution, case.gives_away, files=bool(case.attachments))


def _mended(case: Case) -> str | None:
    return Sentence("It is the mended version of contribution %(id)s.", id=str(case.mends)) if case.mends else None


def _foreign_list(case: Case) -> str | None:
    if not case.foreign_lists:
        return None
    return Sentence("It came through another mailing list: %(lists)s.", lists=", ".join(case.foreign_lists))


_AT_ONCE = Sentence("less than a minute")


def _automatic(case: Case) -> str | None:
    if case.automatic:
        return Sentence("It looks like an automatic answer: %(why)s.", why=case.automatic)
    if case.answered_within is None or case.answered_within > SOON or not speaks(case.text):
        return None
    minutes = int(case.answered_within.total_seconds() // 60)
    return Sentence(
        "It looks like an automatic answer: it tells of an absence, and came %(after)s after the mail it answers.",
        after=Sentence("%(n)s minute", "%(n)s minutes", n=minutes) if minutes else _AT_ONCE,
    )


def _sender(case: Case) -> str | None:
    if not case.sender or case.sender == case.author:
        return None
    return Sentence("It was sent by %(sender)s, not by its author %(author)s.", sender=case.sender, author=case.author)


def _unreadable(case: Case) -> str | None:
    return together(case.remarks) if case.remarks else None


def _same_id(case: Case) -> str | None:
    return Sentence("Its Message-ID was used before by a mail with other content.") if case.same_id else None


def _every(case: Case) -> str | None:
    return Sentence("Every contribution is read before it goes out.") if case.moderation is Moderation.ALL else None


RULES: tuple[Rule, ...] = (
    Rule(STRANGER, "mail of somebody who does not take part; no policy lets it pass", _stranger),
    Rule(NETWORK, "it answers a round-up that was posted to a sister network", _network),
    Rule("unclear author", "From is missing, doubled or can be read in two ways", _unclear_author),
    Rule(FORGED, "a trusted check says that it is not from whom it names", _refuted),
    Rule(UNAUTHENTICATED, "nothing proves that it comes from whom it names, where that can be told", _unproven),
    Rule("name of another", "a participant's name with an address that is not theirs", _impersonation),
    Rule("mixed alphabets", "a word of its author's name mixes alphabets whose letters look alike", _mixed),
    Rule("domain of another", "its address has a domain that looks like that of participants", _domain_like),
    Rule("administrivia", "a request to the organisers sent to all by mistake", _administrivia),
    Rule(routing.BEFORE, "it came before the first module opened", _placed(routing.BEFORE)),
    Rule(routing.BETWEEN, "no module is open: it is held for the next", _placed(routing.BETWEEN)),
    Rule(routing.EARLY, "it is for a module that has not opened yet", _placed(routing.EARLY)),
    Rule(routing.LATE, "it answers a module whose grace is over", _placed(routing.LATE)),
    Rule(routing.AFTER, "it came after the last module's grace", _placed(routing.AFTER)),
    Rule(FIRST, "nothing of this author has been released yet", _first),
    Rule("word limit", "it is longer than the dialogue asks for", _too_long),
    Rule("attachment", "files came with it", _attachment),
    Rule("links", f"it has more than {MOST_LINKS} links", _links),
    Rule("quotes", f"more lines are quotes than its own, and more than {QUOTE}", _quotes),
    Rule("private", "it is addressed to one person and asks not to be shared", _private),
    Rule(NAMES_AUTHOR, "its author does not want to be named, but it still tells who wrote it", _gives_away),
    Rule("mended version", "its author has mended what a moderator had returned", _mended),
    Rule("another list", "it came through another mailing list", _foreign_list),
    Rule("automatic", "it looks like a machine's answer", _automatic),
    Rule("another sender", "it was sent by another address than its author's", _sender),
    Rule("unreadable", "it is encrypted, cut off or odd in another way", _unreadable),
    Rule("same Message-ID", "its Message-ID was used before with other content", _same_id),
    Rule(EVERY, 'moderation = "all": each is read before it goes out', _every),
)

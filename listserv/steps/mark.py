"""What moderators mark on a contribution, in any state: tags, guiding questions, passages. Nothing is sent.

A call is one transaction with its audit entry: all of the marks or, where one is refused, none. It returns what was
done in words, one for each mark; the audit repeats no passage, for it outlives the text. Raises Refused for a question
that the module does not have, a word that can be no tag, a passage that its author did not write, and, in taking away,
for what is not there.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from listserv.core.dialogue.model import Dialogue
from listserv.core.dialogue.tags import Kind, read
from listserv.core.publication import passages
from listserv.errors import Refused
from listserv.steps.require import known
from listserv.store import audit, contributions, dialogues, tagging
from listserv.store import passages as marked
from listserv.store.session import Connection, Session

#: Passages of one contribution: with more, nothing is marked out any more.
MOST = 20


@dataclass(frozen=True, slots=True)
class Marks:
    """`questions`: the guiding questions it answers, the main one first, instead of those it had; 0 alone is none; None
    leaves them. `passages`: words of its author's, to be quoted first; `kind`: what they are, besides. `modules`: those
    that the questions were said to be of."""

    tags: Sequence[str] = ()
    questions: Sequence[int] | None = None
    passages: Sequence[str] = ()
    kind: Kind | None = None
    modules: Sequence[int] = ()


@dataclass(frozen=True, slots=True)
class _Done:
    """`noted`: what the audit says, where that is something else."""

    said: str
    noted: str = ""


def put(session: Session, now: datetime, contribution_id: int, actor: str, marks: Marks) -> list[str]:
    """Mark it so, besides the tags and passages it has."""
    names = _names(marks.tags)
    wanted = list(dict.fromkeys(marks.questions or ()))
    if 0 in wanted and len(wanted) > 1:
        raise Refused("question 0 means none: give it alone, or leave it out")

    def write(connection: Connection, row: Any) -> list[_Done]:
        said = list(map(_Done, names))
        _check_modules(row, marks)
        if marks.questions is not None:
            dialogue = dialogues.by_id(connection, row["dialogue_id"])
            for one in wanted:
                _check_question(dialogue, row["module"], one)
            _answer(connection, contribution_id, [one for one in wanted if one])
            said += [_Done(f"question {one}") for one in wanted if one] or [_Done("no question")]
        tagging.add(connection, contribution_id, names)
        for words in marks.passages:
            found = _passage(row, words)
            marked.add(connection, now, contribution_id, marks.kind.value if marks.kind else "", found, actor)
            said.append(_quoted(found, marks.kind))
        if len(marked.of(connection, contribution_id)) > MOST:
            raise Refused(f"contribution {contribution_id} has {MOST} marked passages at most; take one away first")
        return said

    return _write(session, now, contribution_id, actor, "tag", write)


def take(session: Session, now: datetime, contribution_id: int, actor: str, marks: Marks) -> list[str]:
    """Take these marks away. A passage goes by any words of it, and whatever its kind unless `kind` is given."""
    names = _names(marks.tags)

    def write(connection: Connection, row: Any) -> list[_Done]:
        has = contributions.questions(row)
        _check_modules(row, marks)
        for one in marks.questions or ():
            if one not in has:
                those = ", ".join(map(str, has)) or "none"
                raise Refused(f"contribution {contribution_id} is not assigned to question {one}; it answers: {those}")
        if marks.questions:
            _answer(connection, contribution_id, [one for one in has if one not in marks.questions])
        had = tagging.remove(connection, contribution_id, names)
        if missing := [name for name in names if name not in had]:
            those = ", ".join([*had, *tagging.of(connection, contribution_id)]) or "none"
            raise Refused(f"contribution {contribution_id} has no tag {missing[0]!r}; it has: {those}")
        said = [_Done(one) for one in (*had, *(f"question {one}" for one in marks.questions or ()))]
        for words in marks.passages:
            said += _unmark(connection, contribution_id, words, marks.kind)
        return said

    return _write(session, now, contribution_id, actor, "untag", write)


def retag(
    session: Session, now: datetime, contribution_id: int, actor: str, tags: Sequence[str], had: Sequence[str]
) -> list[str]:
    """It bears these tags; of those it `had` when they were read, the others go. The tags as they are kept."""
    wanted = _names(tags)
    if new := [one for one in wanted if one not in had]:
        put(session, now, contribution_id, actor, Marks(tags=new))
    if old := [one for one in had if one not in wanted]:
        take(session, now, contribution_id, actor, Marks(tags=old))
    return wanted


def _unmark(connection: Connection, contribution_id: int, words: str, kind: Kind | None) -> list[_Done]:
    wanted = " ".join(words.split())
    of = [one for one in marked.of(connection, contribution_id) if kind is None or one["kind"] == kind]
    found = [one for one in of if one["text"] == wanted] or [one for one in of if wanted and wanted in one["text"]]
    if not found:
        raise Refused(f"contribution {contribution_id} has no marked passage with {shortened(wanted)!r}")
    marked.remove(connection, [one["id"] for one in found])
    return [_quoted(one["text"], Kind(one["kind"]) if one["kind"] else None) for one in found]


def _write(
    session: Session,
    now: datetime,
    contribution_id: int,
    actor: str,
    action: str,
    write: Callable[[Connection, Any], list[_Done]],
) -> list[str]:
    def whole(connection: Connection) -> list[str]:
        row = known(connection, contribution_id)
        done = write(connection, row)
        reason = ", ".join(one.noted or one.said for one in done)
        audit.record(connection, now, actor, action, f"contribution {contribution_id}", reason, row["dialogue_id"])
        return [one.said for one in done]

    return session.write(whole)


def _names(said: Sequence[str]) -> list[str]:
    try:
        return list(dict.fromkeys(read(one) for one in said))
    except ValueError as error:
        raise Refused(str(error)) from None


def _check_modules(row: Any, marks: Marks) -> None:
    """Refused where a question was said to be of another module than the contribution is in."""
    for one in marks.modules:
        if one != row["module"]:
            where = f"in module {row['module']}" if row["module"] else "in no module"
            raise Refused(f"contribution {row['id']} is {where}, so it answers no question of module {one}")


def _check_question(dialogue: Dialogue, number: int | None, question: int) -> None:
    """Refused for a question that the module does not have; 0 is none."""
    module = dialogue.module(number)
    count = len(module.questions) if module else 0
    if not 0 <= question <= count:
        if not count:
            raise Refused(f"{f'module {number}' if number else 'no module'} has no guiding questions")
        raise Refused(f"module {number} has guiding questions 1 to {count} (0 takes the mark away)")


def _answer(connection: Connection, contribution_id: int, questions: Sequence[int]) -> None:
    values = {"question": questions[0] if questions else None, "further": list(questions[1:])}
    contributions.change(connection, contribution_id, values)


def _passage(row: Any, words: str) -> str:
    """As its author wrote it."""
    try:
        found = passages.find(row["text"], words)
    except ValueError as error:
        raise Refused(str(error)) from None
    if found:
        return found
    if passages.quoted_only(row["text"], words):
        raise Refused(f"contribution {row['id']}: {shortened(words)!r} is what it quotes of somebody else")
    raise Refused(
        f"contribution {row['id']} does not say {shortened(words)!r}; copy the words as they stand in the text"
    )


def shortened(words: str) -> str:
    said = " ".join(words.split())
    return said if len(said) <= 60 else said[:59].rstrip() + "…"


def _quoted(passage: str, kind: Kind | None) -> _Done:
    what = kind or "passage"
    return _Done(f"{what} “{shortened(passage)}”", f"{what} of {len(passage.split())} words")

"""What moderators mark: the options and the command that queue and contribution share."""

from __future__ import annotations

import functools
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import click

from listserv.cli import ids as id_words
from listserv.cli import output
from listserv.cli.chosen import known
from listserv.cli.context import App, changes, dialogue_option, pass_app
from listserv.cli.ids import QUESTION
from listserv.errors import Refused

if TYPE_CHECKING:
    from listserv.core.dialogue.model import Dialogue


@dataclass(frozen=True, slots=True)
class Wanted:
    """What the options say is to be marked, or with `remove` no more."""

    tags: tuple[str, ...]
    questions: tuple[tuple[int | None, int], ...]
    passages: tuple[str, ...]
    kind: str | None
    remove: bool

    def __post_init__(self) -> None:
        if not (self.tags or self.questions or self.passages):
            raise click.UsageError("give --tag, --question or --passage")
        if self.kind is not None and not self.passages:
            raise click.UsageError("--kind says what a --passage is; for the whole of it: --tag")


def mark_options(command: Callable[..., Any]) -> Callable[..., Any]:
    """--tag, --question, --passage, --kind and --remove, as the parameter `wanted`; UsageError if they say nothing."""

    @functools.wraps(command)
    def gathered(
        *args: Any,
        tags: tuple[str, ...],
        questions: tuple[tuple[int | None, int], ...],
        passages: tuple[str, ...],
        kind: str | None,
        remove: bool,
        **options: Any,
    ) -> Any:
        return command(*args, wanted=Wanted(tags, questions, passages, kind, remove), **options)

    for option in (
        click.option("--remove", is_flag=True, help="Take these marks away instead."),
        click.option("--kind", metavar="TAG", help="What the passage is: experience, good practice, resource, …"),
        click.option(
            "--passage", "passages", multiple=True, metavar='"WORDS"', help="The author's own, as they stand."
        ),
        click.option(
            "--question",
            "questions",
            type=QUESTION,
            multiple=True,
            help="The guiding question it answers (2, or 1.2), instead of those noted; the main one first. 0 = none.",
        ),
        click.option("--tag", "tags", multiple=True, help="May be repeated, like all of these."),
    ):
        gathered = option(gathered)
    return gathered


def mark_all(app: App, found: Mapping[int, int], wanted: Wanted) -> None:
    """Mark contributions, or take marks away. `found`: by what the moderator calls each, its id."""
    from listserv.core.dialogue import tags as tagging
    from listserv.steps import mark

    meant = None if wanted.kind is None else tagging.kind(wanted.kind)
    if wanted.kind is not None and meant is None:
        raise Refused(f"{wanted.kind!r} is no kind of passage; write one of: {', '.join(tagging.Kind)}")
    numbers = [number for _, number in wanted.questions] or None
    modules = tuple(module for module, _ in wanted.questions if module is not None)
    marks = mark.Marks(wanted.tags, numbers, wanted.passages, meant, modules)
    act, how = (mark.take, "no more: ") if wanted.remove else (mark.put, "")
    for name, contribution_id in found.items():
        said = act(app.session, app.now(), contribution_id, app.actor, marks)
        click.echo(output.printable(f"{name}  {how}{', '.join(said)}"))
    for tag in wanted.tags if not wanted.remove else ():
        if near := tagging.near(tag):
            click.echo(output.printable(f"{tag!r} is a tag of your own now; did you mean {near.value!r}?"), err=True)


def asked(dialogue: Dialogue, row: Mapping[str, Any]) -> str:
    """The guiding questions noted ("2, 1"), else the one suggested ("2?"), else nothing."""
    from listserv.steps.hint import hint
    from listserv.store import contributions

    if noted := contributions.questions(row):
        return ", ".join(map(str, noted))
    found = hint(dialogue, row)
    return f"{found.question}?" if found else ""


@click.command()
@click.argument("words", metavar="ID…", nargs=-1, required=True)
@mark_options
@dialogue_option
@changes
@pass_app
def tag(app: App, words: tuple[str, ...], wanted: Wanted, slug: str | None, yes: bool) -> None:
    """Note tags, guiding questions and passages, for round-ups, coverage and the report."""
    ids = id_words.expand(words)
    there = known(app, ids, slug)
    named = id_words.named(words)  # one that is named and is not there is worth hearing
    found = {one: one for one in ids if one in there or one in named}
    mark_all(app, found, wanted)

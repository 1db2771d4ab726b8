"""Which contributions a command means (IDs, ranges, --all with filters), and doing something to each of them."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Iterator, Sequence
from typing import Any

import click

from listserv.cli import ids as id_words
from listserv.cli import output
from listserv.cli.context import FOR_GOOD, App, changes, dialogue_option, dry_run_option, sure
from listserv.cli.ids import ID
from listserv.core.dialogue.model import ContributionState
from listserv.errors import Refused


def known(app: App, ids: Sequence[int], slug: str | None) -> dict[int, Any]:
    """The contributions that there are, by id, without their texts. Refused for one of another dialogue than named."""
    from listserv.store import waiting

    dialogue = app.dialogue(slug) if slug else None
    with app.session.read() as connection:
        there = {row["id"]: row for row in waiting.rows(connection, states=(), ids=ids)}
    rows = {one: there[one] for one in ids if one in there}
    for one, row in rows.items():
        if dialogue is not None and row["dialogue_id"] != dialogue.id:
            raise Refused(f"contribution {one} is not in {slug}; see: listserv queue list -d {slug}")
    return rows


def one(app: App, contribution_id: int, slug: str | None) -> Any:
    """The contribution whole. Raises Refused when there is none, or in another dialogue than the one named."""
    from listserv.store import contributions

    if not known(app, [contribution_id], slug):
        raise Refused(f"there is no contribution with id {contribution_id}; see: listserv queue list")
    with app.session.read() as connection:
        return contributions.get(connection, contribution_id)


def rows(
    app: App,
    slug: str | None,
    state: str,
    module: int | None = None,
    sender: str | None = None,
    limit: int | None = None,
) -> Sequence[Any]:
    """Those in that state ("all" = any), in order of arrival, as the filters say; without their texts."""
    from listserv.store import waiting

    states = [] if state == "all" else [state]
    dialogue_id = app.dialogue(slug).id if slug else None
    with app.session.read() as connection:
        found = waiting.rows(connection, dialogue_id, states, module=module, limit=limit if sender is None else None)
    if sender is None:
        return found
    return [row for row in found if sender.lower() in row["from_address"].lower()][:limit]


def chosen(
    app: App,
    words: Sequence[str],
    everything: bool = False,
    slug: str | None = None,
    module: int | None = None,
    sender: str | None = None,
    *,
    states: Collection[ContributionState] = (ContributionState.HELD,),
) -> list[Any]:
    """The rows meant by IDs, or by --all with filters: all held; `states`: what a decision of this kind is about.

    What a range runs over and is in another state is left out, and said, with who decided it.
    """
    if bool(words) == everything:
        raise click.UsageError("name IDs, or --all (with --module or --from)")
    if everything:
        held = list(rows(app, slug, ContributionState.HELD, module, sender))
        if not held:
            click.echo("nothing is held")
        return held
    found = known(app, id_words.expand(words), slug)
    # A range may run over ids that have been decided upon; one that is named and has is an error worth hearing.
    named = id_words.named(words)
    for number in sorted(named.difference(found)):
        raise Refused(f"there is no contribution with id {number}; see: listserv queue list")
    meant = [row for number, row in found.items() if number in named or row["state"] in states]
    _say_left(row for number, row in found.items() if number not in named and row["state"] not in states)
    if not meant:
        click.echo(f"none of {','.join(words)} is {' or '.join(states)}")
    return meant


def _say_left(rows: Iterable[Any]) -> None:
    """Who was first to decide what a range runs over: a line for each of them."""
    left: dict[str, list[int]] = {}
    for row in rows:
        held = row["state"] == ContributionState.HELD
        how = "still held" if held else f"already {row['state']} by {row['decided_by']}"
        left.setdefault(how, []).append(row["id"])
    for how, ids in left.items():
        click.echo(output.printable(f"{how}: {id_words.written(ids)}"))


def selection(command: Callable[..., Any]) -> Callable[..., Any]:
    """The arguments and options that say which are meant: those of `chosen`."""
    for option in (
        click.argument("words", metavar="ID…", nargs=-1),
        click.option("--all", "everything", is_flag=True, help="All that is held (with the filters)."),
        click.option("--module", type=ID, help="With --all: only those of that module."),
        click.option("--from", "sender", metavar="TEXT", help="With --all: only those whose address contains it."),
        dialogue_option,
        dry_run_option,
        changes,
    ):
        command = option(command)
    return command


def each(app: App, rows: Sequence[Any], dry_run: bool, act: Callable[[Any], str]) -> None:
    """Do it one by one; a row that cannot be is said and the rest goes on. Refused at the end if any was not.

    A dry run does it too, and undoes it: what would be refused is, and nothing is left of the rest.
    """

    def outcomes() -> Iterator[str | Refused]:
        for row in rows:
            try:
                with app.session.rehearsal(dry_run):
                    said = act(row)
                yield f"{'would be ' if dry_run else ''}{said}"
            except Refused as error:
                yield error

    tell(rows, outcomes())


def tell(rows: Sequence[Any], outcomes: Iterable[str | Refused]) -> None:
    """Say what came of each row, as it comes. Refused at the end if any was."""
    failures = 0
    for row, outcome in zip(rows, outcomes, strict=True):
        title = output.printable(f"{row['id']}  {row['person_name'] or row['from_name']}: {row['subject']}")
        if isinstance(outcome, Refused):
            if len(rows) == 1:
                raise outcome
            failures += 1
        click.echo(f"{title}  {outcome}", err=isinstance(outcome, Refused))
    if failures:
        raise Refused(f"{failures} of {len(rows)} could not be done, see above")


def sure_of(rows: Sequence[Any], verb: str, yes: bool, dry_run: bool, why: str = FOR_GOOD) -> None:
    """Ask, showing the first of them, before what cannot be undone or for another reason. A dry run needs no asking."""
    if rows and not dry_run:
        if not yes:
            for row in rows[:20]:
                click.echo(output.printable(f"{row['id']}  {row['person_name'] or row['from_name']}: {row['subject']}"))
        sure(f"{verb.capitalize()} {output.plural(len(rows), 'contribution')}?", yes, why)

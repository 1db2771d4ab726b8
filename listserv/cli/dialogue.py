"""`listserv dialogue`: which there are, and what becomes of one after its last module."""

from __future__ import annotations

from typing import TYPE_CHECKING

import click

from listserv.cli import output
from listserv.cli.context import App, changes, dialogue_option, dry_run_option, json_option, pass_app, sure

if TYPE_CHECKING:
    from listserv.steps.conclude import Outcome


@click.group()
def dialogue() -> None:
    """Dialogues, and what becomes of one after its last module."""


@dialogue.command("list")
@json_option
@pass_app
def list_(app: App, as_json: bool) -> None:
    """All of them: running, over, or closed into an archive."""
    from listserv.store import contributions, dialogues, people

    rows = []
    with app.session.read() as connection:
        for one in dialogues.all_of(connection):
            module = one.open_module()
            rows.append(
                {
                    "slug": one.slug,
                    "title": one.title,
                    "state": "closed" if one.closed_at else "running" if module else "over" if one.over else "between",
                    "module": module.number if module else None,
                    "closed_at": one.closed_at,
                    "participants": people.registered(connection, one.id),
                    "contributions": contributions.counts(connection, one.id).get("released", 0),
                }
            )
    columns = ["slug", "title", "state", "module", "closed_at", "participants", "contributions"]
    output.listing(rows, as_json, columns, "there is no dialogue yet; run: listserv apply")


@dialogue.command()
@dialogue_option
@dry_run_option
@changes
@pass_app
def close(app: App, slug: str | None, dry_run: bool, yes: bool) -> None:
    """Close it into a read-only archive: one mail tells everybody, and nothing new is taken in.

    Its pages stay. Mail to it is answered, leaving and erasing work as ever. It can go on later (continue).
    """
    from listserv.steps import conclude

    found = app.dialogue(slug)
    foreseen = conclude.close(app.session, app.now(), app.site, found, app.actor, dry_run=True)
    _shown(foreseen, "closes into an archive", dry_run)
    if dry_run:
        return
    sure(f"Close {found.title}?", yes)
    done = conclude.close(app.session, app.now(), app.site, found, app.actor)
    click.echo(f"closed; {output.plural(done.recipients, 'mail')} on the way")


@dialogue.command("continue")
@click.option("--title", help="Of the module without an end.  [default: Open discussion, in the dialogue's language]")
@dialogue_option
@dry_run_option
@changes
@pass_app
def continue_(app: App, title: str | None, slug: str | None, dry_run: bool, yes: bool) -> None:
    """Go on as a permanent network: one module without an end, and one mail that says so, with the way out.

    Weekly round-ups go on. It ends when somebody closes that module or the dialogue.
    """
    from listserv.cli.roster import LONGEST
    from listserv.core.sentence import Sentence
    from listserv.errors import Refused
    from listserv.steps import conclude

    found = app.dialogue(slug)
    if title is None:
        title = app.site.wording.said(Sentence("Open discussion"), found.language)
    title = " ".join(title.split())
    if not title or len(title) > LONGEST or not title.isprintable():
        raise Refused(f"--title: a line of 1 to {LONGEST} characters")
    foreseen = conclude.go_on(app.session, app.now(), app.site, found, title, app.actor, dry_run=True)
    _shown(foreseen, "goes on without an end", dry_run)
    if dry_run:
        return
    sure(f"Continue {found.title} as a permanent network?", yes)
    done = conclude.go_on(app.session, app.now(), app.site, found, title, app.actor)
    click.echo(f"goes on; {output.plural(done.recipients, 'mail')} on the way")


def _shown(foreseen: Outcome, what: str, dry_run: bool) -> None:
    """The mail, how many get it, and what happens beside it."""
    click.echo(output.printable(f"Subject: {foreseen.letter.subject}\n\n{foreseen.letter.text.rstrip()}\n"))
    for number in foreseen.closes:
        click.echo(f"module {number} closes with it, without a mail of its own")
    for note in foreseen.notes:
        click.echo(f"note: {note}")
    to = output.plural(foreseen.recipients, "person", "people")
    click.echo(f"{what}; this mail {'would go' if dry_run else 'goes'} to {to}, each in their language")
    if dry_run:
        click.echo("nothing was changed (--dry-run)")

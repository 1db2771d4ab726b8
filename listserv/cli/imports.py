"""`listserv import`: what another program kept comes in; nothing is sent to anybody."""

from __future__ import annotations

from collections import Counter
from pathlib import Path
from typing import TYPE_CHECKING

import click

from listserv.cli import output
from listserv.cli.context import App, changes, dialogue_option, dry_run_option, json_option, pass_app, sure
from listserv.cli.ids import ID

if TYPE_CHECKING:
    from listserv.steps.unpack import Unpacked


@click.group()
def import_() -> None:
    """Take an old list's mails over, or a whole dialogue. Nothing is sent to anybody."""


@import_.command()
@click.argument("file", metavar="FILE", type=click.Path(exists=True, dir_okay=False))
@click.option("--module", type=ID, metavar="N", help="For this module; else each for the one open by its date.")
@click.option("--held", is_flag=True, help="Into the queue, to be released one by one.")
@dialogue_option
@dry_run_option
@json_option
@changes
@pass_app
def mbox(
    app: App,
    file: str,
    module: int | None,
    held: bool,
    slug: str | None,
    dry_run: bool,
    as_json: bool,
    yes: bool,
) -> None:
    """An mbox of Mailman 3, Mailman 2, pipermail or a mail program, as contributions numbered by date.

    It may be gzipped, as their archives give it (.mbox.gz, .txt.gz).
    Each mail enters once: what is known already is passed over, so it may be run again. Import the people first
    (participant import), so that they are recognised. With --dry-run: what would become of each mail.
    """
    from listserv.core.mail.mbox import Entry
    from listserv.edge import mboxfile
    from listserv.steps import bring_in

    dialogue = app.dialogue(slug)
    with mboxfile.plain(Path(file)) as path:
        places = bring_in.survey(mboxfile.entries(path))

        def entry_at(place: bring_in.Place) -> Entry:
            return mboxfile.entry(path, place.start, place.end)

        if places and not dry_run:
            sure(f"Take {output.plural(len(places), 'mail')} into {dialogue.slug}{', held' if held else ''}?", yes)
        done = []
        for one in bring_in.bring_in(
            app.session,
            app.now(),
            app.site,
            dialogue,
            places,
            entry_at,
            app.actor,
            module=module,
            held=held,
            dry_run=dry_run,
        ):
            done.append(one)
            if not as_json:
                click.echo(output.printable(_line(one)))
    if as_json:
        output.json([{key: getattr(one, key) for key in KEYS} for one in done])
        return
    counted = ", ".join(f"{verdict}: {count}" for verdict, count in Counter(one.verdict for one in done).items())
    changed = "nothing was changed (--dry-run)" if dry_run else "nothing was sent"
    click.echo(f"{output.plural(len(done), 'mail')} ({counted}); {changed}")


KEYS = ("line", "at", "author", "subject", "verdict", "number", "module", "reason")


def _line(one: object) -> str:
    """ "line 12  2008-11-04  number 3, module 1  Anna: Plans"."""
    line, at, author, subject, verdict, number, module, reason = (getattr(one, key) for key in KEYS)
    became = f"number {number}, module {module}" if number else f"{verdict}, module {module}" if module else verdict
    day = f"{at:%Y-%m-%d}" if at else "no date"
    return f"line {line}  {day}  {became}  {author}: {subject}{f'  ({reason})' if reason else ''}"


@import_.command()
@click.argument("file", metavar="FILE", type=click.Path(exists=True, dir_okay=False))
@dry_run_option
@changes
@pass_app
def bundle(app: App, file: str, dry_run: bool, yes: bool) -> None:
    """A dialogue that `export bundle` wrote: into an empty installation, or beside other dialogues.

    It is verified first, wholly, and written in one transaction. Nothing is sent for what had not gone out. Its modules
    open and close from then on by this installation's clock: the other one has to be off.
    """
    from listserv.edge import package
    from listserv.steps import unpack

    with package.read(Path(file)) as found:
        with app.session.rehearsal():
            foreseen = unpack.unpack(app.session, app.now(), app.site, found, app.actor)
        _told(foreseen, "would come in" if dry_run else "comes in")
        if dry_run:
            click.echo("verified; nothing was changed (--dry-run)")
            return
        sure(f"Import the dialogue {foreseen.slug}?", yes)
        unpack.unpack(app.session, app.now(), app.site, found, app.actor)
    click.echo(f"imported; put {foreseen.slug} into listserv.toml, then: listserv apply --dry-run, listserv plan")


def _told(one: Unpacked, verb: str) -> None:
    counts = one.records
    known = f" ({one.known} known here already)" if one.known else ""
    click.echo(
        f"{one.slug}  {verb}: {output.plural(counts['people'] + one.known, 'person', 'people')}{known}, "
        f"{output.plural(counts['contributions'], 'contribution')}, {output.plural(counts['mails'], 'mail')} in, "
        f"{output.plural(counts['mailings'], 'mailing')} out, {output.plural(counts['decisions'], 'decision')}"
    )
    if one.waited:
        click.echo(
            f"{output.plural(one.waited, 'mail')} had not gone out and will not: listserv outbox list --state failed"
        )
    if one.tokens:
        click.echo("the secret is the same: reply addresses and links in mails already sent stay good")
    else:
        click.echo(
            "the secret is another: in mails already sent the addresses to leave, reply and moderate by are dead; "
            "replies still find their thread by their references"
        )

"""`listserv person`: what is held of somebody, and how it goes."""

from __future__ import annotations

from pathlib import Path

import click

from listserv.cli import output
from listserv.cli.context import App, changes, dry_run_option, pass_app, sure
from listserv.errors import Refused


@click.group()
def person() -> None:
    """What is held of somebody: export it, erase it."""


@person.command()
@click.argument("address")
@click.option(
    "--output",
    "path",
    type=click.Path(dir_okay=False, path_type=Path),
    metavar="FILE",
    help="A new file instead of standard output; FILE.zip holds the mails and attachments too.",
)
@changes
@pass_app
def export(app: App, address: str, path: Path | None, yes: bool) -> None:
    """Everything that is held of somebody, as one JSON document.

    Of a person with all their addresses, or of a stranger who wrote. With --output FILE.zip also the mails as they
    came, their attachments, and what was sent to them.
    """
    from listserv.edge import archive
    from listserv.steps import export as step

    if path is not None and path.exists():
        raise Refused(f"{path} exists; name a new file")
    document = output.as_json(step.dossier(app.session, app.now(), app.site, address, app.actor))
    if path is None:
        click.echo(document)
    elif path.suffix.lower() == ".zip":
        count = archive.write_zip(path, document, step.files(app.session, address))
        click.echo(f"{path}  written, with {output.plural(count, 'file')}")
    else:
        archive.write_text(path, document + "\n")
        click.echo(f"{path}  written")


_GOES = (
    ("addresses", "address", "addresses"),
    ("participations", "participation", "participations"),
    ("unreleased", "contribution that was not released", "contributions that were not released"),
    ("files", "file of theirs", "files of theirs"),
    ("mails", "mail of theirs as it came", "mails of theirs as they came"),
    ("dropped", "mail to them that has not gone out", "mails to them that have not gone out"),
    ("letters", "letter to or about them", "letters to or about them"),
    ("originals", "mail of others, as it came, that names them", "mails of others, as they came, that name them"),
)


@person.command()
@click.argument("address")
@click.option("--texts", is_flag=True, help="Also the text of what was released, and where others quote it.")
@dry_run_option
@changes
@pass_app
def erase(app: App, address: str, texts: bool, dry_run: bool, yes: bool) -> None:
    """Take out of everything that is kept who somebody is; it cannot be undone.

    What was released stays in its place in the thread, by "a participant" and without name, organisation and address;
    its text stays too, unless --texts. Everything else of theirs goes, and who named them names them no more. They are
    not told, and never written to again.
    """
    from listserv.steps import erase as step
    from listserv.steps import purge

    with app.session.rehearsal():
        foreseen = step.erase(app.session, app.now(), app.site, address, app.actor, texts=texts)
    goes = [output.plural(foreseen.counts[what], *words) for what, *words in _GOES if foreseen.counts.get(what)]
    click.echo(f"{address}: {'would go' if dry_run else 'goes'}: {'; '.join(goes)}")
    if stays := foreseen.counts.get("released", 0):
        what = output.plural(stays, "released contribution")
        text = "their text goes" if texts else "their text stays (--texts would take it out)"
        click.echo(f'stay in their place, by "a participant": {what}; {text}')
    if dry_run:
        return
    sure(f"Erase {address}?", yes)
    done = step.erase(app.session, app.now(), app.site, address, app.actor, texts=texts)
    click.echo(f"erased; the audit calls them {done.pseudonym}")
    if purge.tidy(app.session, app.now()):
        click.echo("the database's file holds nothing of it any more")
    elif app.session.sqlite:
        click.echo("serve or work is running: it clears the database's file of what was deleted within a minute")
    else:
        click.echo("what was deleted leaves the database server's files with its own VACUUM, and its WAL archives")
    click.echo(
        "beyond our reach: copies that were sent, in others' mailboxes and in a relay's Maildirs; the mailbox that "
        "mail was fetched from (its Done folder); backups of the database; files that others attached"
    )

"""`listserv export`: a dialogue in forms that other programs open."""

from __future__ import annotations

import sys
from collections import Counter
from collections.abc import Iterator
from pathlib import Path

import click

from listserv.cli import output
from listserv.cli.context import App, changes, dialogue_option, pass_app
from listserv.errors import Refused

#: What an export has beside contributions, one and many.
NOUNS = {
    "closing": ("closing mail",),
    "continued": ("mail that it goes on", "mails that it goes on"),
    "ended": ("mail that it has ended", "mails that it has ended"),
    "midweek": ("mid-week note",),
    "roundup": ("round-up",),
    "thanks": ("mail of thanks", "mails of thanks"),
}


@click.group()
def export() -> None:
    """Take it with you: the mails as an mbox, or everything as one file."""


@export.command()
@click.argument("file", metavar="[FILE]", default="-", type=click.Path(dir_okay=False, allow_dash=True))
@click.option("--language", metavar="TAG", default="", help="Of what stands around the texts; else the dialogue's.")
@click.option("--contributions-only", is_flag=True, help="Without announcements, closing mails and round-ups.")
@dialogue_option
@pass_app
def mbox(app: App, file: str, language: str, contributions_only: bool, slug: str | None) -> None:
    """The released contributions as one mbox, with their threads; to standard output or a new file.

    Mutt, Thunderbird, Apple Mail and pipermail's heirs open it. Authors are shown as they wish to be today.
    """
    from listserv.core.mail.mbox import entry
    from listserv.edge.archive import write_parts
    from listserv.steps import retell

    dialogue = app.dialogue(slug)
    if language and app.site.language(language, "") != language.lower().partition("-")[0]:
        raise Refused(f"no language {language!r} here; there is {', '.join(app.site.languages)}")
    sender, counts, left_out = app.site.addresses.dialogue(dialogue.slug), Counter[str](), list[str]()

    def entries() -> Iterator[bytes]:
        for one in retell.retell(app.session, app.site, dialogue, language, frame=not contributions_only):
            if one.left_out:
                left_out.append(f"left out: {one.subject}: {one.left_out}")
                continue
            counts[one.kind] += 1
            yield entry(one.content, sender, one.at)

    if file == "-":
        for part in entries():
            sys.stdout.buffer.write(part)
        sys.stdout.buffer.flush()
    else:
        try:
            write_parts(Path(file), entries())
        except FileExistsError:
            raise Refused(f"{file} exists already; name another file") from None
    counted = ", ".join(output.plural(count, *NOUNS.get(kind, (kind,))) for kind, count in sorted(counts.items()))
    for line in left_out:
        click.echo(output.printable(line), err=True)
    click.echo(f"{counted or 'nothing'} written{'' if file == '-' else f' to {file}'}", err=file == "-")


@export.command()
@click.argument("file", metavar="FILE.zip|.tar", type=click.Path(dir_okay=False))
@dialogue_option
@changes
@pass_app
def bundle(app: App, file: str, slug: str | None, yes: bool) -> None:
    """Everything of a dialogue in one checked file: settings, people, mail in and out, decisions.

    Plain files: JSON lines, mails as .eml, attachments, and a manifest with the SHA-256 of each. The site's secret and
    passwords are not in it. Whoever has the file has everybody's addresses and mails: keep it as you keep the database.
    """
    from listserv.edge import package
    from listserv.steps import pack
    from listserv.store.session import patient

    dialogue, path = app.dialogue(slug), Path(file)
    if path.suffix.lower() not in (".zip", ".tar"):
        raise Refused(f"{file}: name it .zip or .tar")
    if path.exists():
        raise Refused(f"{file} exists already; name another file")
    waits = pack.under_way(app.session, dialogue)
    with app.session.read() as connection:
        patient(connection)
        packing = pack.Packing(connection, app.now(), app.site, dialogue)
        made = package.write(path, packing.files(), packing.manifest)
    pack.packed(app.session, app.now(), dialogue, app.actor)
    counts = made.records
    click.echo(
        f"{file}  written: {output.plural(counts['people'], 'person', 'people')}, "
        f"{output.plural(counts['contributions'], 'contribution')}, {output.plural(counts['mails'], 'mail')} in, "
        f"{output.plural(counts['mailings'], 'mailing')} out, {output.plural(counts['decisions'], 'decision')}; "
        f"{output.plural(len(made.files), 'file')}, each with its SHA-256"
    )
    if waits:
        click.echo(f"{output.plural(waits, 'mail')} had not gone out yet: whoever imports the file does not send them")
    click.echo("not in it: the secret, passwords, open confirmations. To move, stop this installation first")

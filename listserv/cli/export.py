"""`listserv export`: a dialogue in forms that other programs open."""

from __future__ import annotations

import sys
from collections import Counter
from collections.abc import Iterator
from pathlib import Path

import click

from listserv.cli import output
from listserv.cli.context import App, dialogue_option, pass_app
from listserv.errors import Refused


@click.group()
def export() -> None:
    """Take it with you: the mails as an mbox."""


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
    counted = ", ".join(output.plural(count, kind) for kind, count in sorted(counts.items()))
    for line in left_out:
        click.echo(output.printable(line), err=True)
    click.echo(f"{counted or 'nothing'} written{'' if file == '-' else f' to {file}'}", err=file == "-")

"""`listserv receive`: one mail on standard input, from an MTA's pipe. Exit status as sysexits.h has it.

The null sender marks what machines send, and that is read by no person. So it is taken for given only where it was
said: by `--sender ''` or `--sender '<>'`, or by the Return-Path that an MTA has written (RFC 5321 §4.4).
"""

from __future__ import annotations

import os
import sys

import click

from listserv.cli.context import App, changes, pass_app
from listserv.errors import Refused, Temporary

NOUSER, DATAERR = 67, 65
PIECE = 64 * 1024


@click.command()
@click.option("--recipient", "recipients", multiple=True, required=True, metavar="ADDRESS", help="May be repeated.")
@click.option(
    "--sender",
    metavar="ADDRESS",
    help="The envelope sender, '' for the null sender. Without it the mail's Return-Path or From tells.",
)
@changes
@pass_app
def receive(app: App, recipients: tuple[str, ...], sender: str | None, yes: bool) -> None:
    """Keep a mail for later processing. 0 kept, 65 refused, 67 no such address, 75 try again."""
    try:
        _keep(app, recipients, sender)
    except Temporary:
        raise
    except (Refused, OSError) as error:  # settings or a schema to be mended: the MTA keeps the mail until they are
        raise Temporary(str(error)) from error
    except (Exception, KeyboardInterrupt) as error:  # ours to mend, or interrupted: 1 would have it sent back
        from listserv.store.session import temporary

        if isinstance(error, Exception) and temporary(error):
            raise
        raise Temporary(f"not kept ({type(error).__name__} {error})".replace("\n", " ")) from error


def _read(limit: int) -> tuple[bytes, int]:
    """The mail, and how many bytes it has: what is beyond the limit is read, for the MTA to hear of it, not kept."""
    if sys.stdin is None:
        raise Refused("there is no standard input")
    stream = sys.stdin.buffer
    content = stream.read(limit)
    return content, len(content) + sum(map(len, iter(lambda: stream.read(PIECE), b"")))


def _keep(app: App, recipients: tuple[str, ...], sender: str | None) -> None:
    from listserv.edge import addressed
    from listserv.store import dialogues, inbox

    smtp = app.settings.intake.smtp
    limit = smtp.max_size if smtp else 25 * 2**20
    content, size = _read(limit)
    if not content.strip():
        click.echo("listserv: an empty mail", err=True)
        sys.exit(DATAERR)
    if size > limit:
        click.echo(f"listserv: the mail has {size:,} bytes; at most {limit:,} are taken", err=True)
        sys.exit(DATAERR)
    with app.session.read() as connection:
        slugs = set(dialogues.slugs(connection))
    unknown = []
    for recipient in recipients:
        target = app.site.addresses.parse(recipient)
        if slugs and app.site.addresses.is_postmaster(recipient):
            continue
        if target is None or target.slug not in slugs:
            unknown.append(recipient)
    if unknown:
        click.echo(f"listserv: no such address here: {', '.join(unknown)}", err=True)
        sys.exit(NOUSER)
    now = app.now()
    envelope = addressed.sender(content) if sender is None else addressed.bare(_text(sender))
    app.session.write(lambda connection: inbox.add(connection, now, envelope, recipients, content, "pipe"))


def _text(argument: str) -> str:
    """What an MTA hands over as bytes: those that are no UTF-8 stand for nothing."""
    return os.fsencode(argument).decode("utf-8", "replace")

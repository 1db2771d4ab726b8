"""`listserv db`: the database itself: its schema, backups, and the move to another."""

from __future__ import annotations

from collections import Counter
from contextlib import closing
from dataclasses import replace
from pathlib import Path

import click

from listserv.cli import moved, output
from listserv.cli.context import App, changes, dry_run_option, pass_app, sure
from listserv.errors import Refused

_json = click.option("--json", "as_json", is_flag=True, help="An object, times in UTC.")
_file = click.argument("file", type=click.Path(dir_okay=False))


@click.group()
def db() -> None:
    """The database."""


@db.command()
@changes
@pass_app
def upgrade(app: App, yes: bool) -> None:
    """Bring the schema up to date."""
    from listserv.edge import files
    from listserv.store import schema
    from listserv.store.session import Session

    session = Session(app.settings.database.url)
    try:
        before = schema.current(session)
        schema.upgrade(session, files.migrations())
        click.echo(f"the schema stands at {schema.current(session)} (was: {before or 'empty'})")
    finally:
        session.close()


@db.command()
@_file
@_json
@changes
@pass_app
def backup(app: App, file: str, as_json: bool, yes: bool) -> None:
    """Everything in the database as it stands now, in one checked file; all goes on running meanwhile.

    The file is the same kind from SQLite and from PostgreSQL, and is restored into either. Whoever has it has
    everybody's addresses and mails: keep it as you keep the database. What was taken in before it began is in it.
    """
    from listserv.edge import backups, files
    from listserv.store import audit

    path, now, actor = Path(file), app.now(), app.actor
    if path.exists():
        if (database := app.settings.database.file) and path.samefile(database):
            raise Refused(f"{file} is the database itself; name another file")
        sure(f"Replace {file}?", yes, "It exists already")
    try:
        made = backups.take(app.session, path, files.migrations(), now, app.settings.site.domain, moved.progress())
    finally:
        moved.done()
    app.session.write(lambda connection: audit.record(connection, now, actor, "db-backup", path.name))
    size, missing = path.stat().st_size, moved.not_in_it(app)
    if as_json:
        output.json(
            {
                "file": file,
                "taken_at": now,
                "schema": made.schema,
                "octets": size,
                "rows": made.rows,
                "unfinished": made.unfinished,
                "not_in_it": missing,
                "tables": moved.tables(made.sums),
            }
        )
        return
    click.echo(
        f"{file}  written and verified: {moved.counted(made.sums)}, {size / 2**20:,.1f} MiB,"
        f" as of {now:%Y-%m-%d %H:%M} UTC"
    )
    if made.unfinished:
        count = output.plural(made.unfinished, "delivery was", "deliveries were")
        click.echo(f"{count} unfinished then: restored from this file, they may come twice")
    click.echo(f"not in it, keep them too: {', '.join(missing)}")


@db.command()
@_file
@click.option("--hold", is_flag=True, help="Send nothing that may have been sent since the backup; look at it first.")
@dry_run_option
@_json
@changes
@pass_app
def restore(app: App, file: str, hold: bool, dry_run: bool, as_json: bool, yes: bool) -> None:
    """Put the database back to what it was when that backup was made. Stop the engine first, on every host.

    \b
    What is there now is kept beside FILE as a backup of its own. Since the backup:
    - what was sent is not known of: deliveries that were unfinished go out again, and the clock sends again what is
      due. Nobody is left out. It says how many that are; --hold gives those deliveries up instead, for you to look
      at (outbox list --state failed) and send (outbox retry --held), and skips mails of the calendar that are due;
    - contributions that were released are gone, and their numbers are given to others; who answers one of them is
      still taken in, by the subject. Mails that came are gone too: those taken from a mailbox still lie in its
      done folder: move them back to have them taken in anew;
    - who joined, left, paused or was erased is as before: the list of what is lost says whether there were any, and
      `audit` of what is kept beside it whom. Ask them to repeat it, or repeat it for them;
    - links to confirm or log in that were used since work once more until they lapse. Nobody stays logged in.
    """
    from listserv.edge import backups, files
    from listserv.steps import index, restore
    from listserv.store import copying, dialogues
    from listserv.store.alone import named

    path, actor = Path(file), app.actor
    with backups.opened(path, files.migrations()) as (said, connection):
        now = max(app.clock.now(), dialogues.latest_tick(connection) or said.taken_at)
        told = restore.look(connection, now)
        with moved.standing(app, said.taken_at, make=not dry_run) as (session, lost):
            told = replace(told, lost=lost or Counter())
            if not as_json:
                click.echo(
                    f"{file}  of {said.taken_at:%Y-%m-%d %H:%M} UTC, {said.site}, schema {said.schema}: whole,"
                    f" {moved.counted(said.sums)}"
                )
                moved.tell(told, hold=hold)
            summary = {"file": file, "taken_at": said.taken_at, "schema": said.schema, **moved.told_json(told)}
            if dry_run or session is None:
                output.json(summary) if as_json else click.echo("nothing was changed (--dry-run)")
                return
            name = named(session.url)
            if lost is not None:
                sure(f"Replace what is in {name}?", yes, "It is kept beside the file, but nobody may use it meanwhile")
            aside = None if lost is None else path.with_name(f"{path.name}.replaced-{app.clock.now():%Y%m%dT%H%M%SZ}")
            progress = moved.progress()
            try:
                with session.replacing() as target:
                    if aside:
                        backups.write(target, aside, files.migrations(), now, app.settings.site.domain, progress)
                        copying.empty(target)
                    copying.counting(target)
                    sums = copying.copy(connection, target, progress)
                    held = restore.settle(target, now, said.taken_at, actor, path.name, told, hold=hold)
                index.index_all(session)
            finally:
                moved.done()
    if as_json:
        kept = str(aside) if aside else None
        output.json({**summary, "kept": kept, "held": held, "rows": sum(one.rows for one in sums.values())})
        return
    click.echo(f"{name}  restored and verified: {moved.counted(sums)}")
    if aside:
        click.echo(f"what was there before is kept in {aside}; listserv db restore takes that too")
    if held:
        click.echo(f"{output.plural(held, 'delivery', 'deliveries')} held; to send them: listserv outbox retry --held")


@db.command()
@click.argument("from_", metavar="FROM")
@click.argument("to", metavar="TO")
@_json
@changes
@pass_app
def copy(app: App, from_: str, to: str, as_json: bool, yes: bool) -> None:
    """Move to another database: from SQLite to PostgreSQL, or back. Stop the engine first, on every host.

    FROM and TO are URLs as database.url has them, or - for that of listserv.toml, which keeps a password off the
    command line. TO must be empty; it gets its tables here. FROM is only read. Everything is read back and compared
    before any of it counts, so a copy that breaks off leaves TO empty: begin anew. Then set database.url to TO.
    """
    from listserv.steps import index
    from listserv.store import audit, copying
    from listserv.store.alone import AloneSession, named

    urls = moved.url(app, from_), moved.url(app, to)
    if urls[0] == urls[1]:
        raise Refused("FROM and TO are the same database; name two")
    moved.there(urls[0])
    now, actor, progress = app.clock.now(), app.actor, moved.progress()
    with closing(AloneSession(urls[0])) as source, closing(AloneSession(urls[1])) as target:
        names = named(source.url), named(target.url)
        schema = moved.at_newest(source, make=False)
        moved.at_newest(target, make=True)
        try:
            with source.still() as connection, target.replacing() as into:
                if there := copying.filled(into):
                    raise Refused(f"{names[1]} is not empty (it has {', '.join(there[:3])} …); name a new database")
                sums = copying.copy(connection, into, progress)
                audit.record(into, now, actor, "db-copy", f"from {names[0]}", moved.counted(sums))
            indexed = index.index_all(target)
        finally:
            moved.done()
    if as_json:
        output.json(
            {
                "from": names[0],
                "to": names[1],
                "schema": schema,
                "rows": sum(one.rows for one in sums.values()),
                "indexed": indexed,
                "tables": moved.tables(sums),
            }
        )
        return
    click.echo(
        f"{names[1]}  holds all of {names[0]}, verified: {moved.counted(sums)}; {indexed:,} indexed for the search"
    )
    click.echo("now set database.url to it; nothing may use the other one any more, no pipe (receive) either")

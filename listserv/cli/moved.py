"""What `listserv db` says of databases that are copied, backed up and restored."""

from __future__ import annotations

import sys
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from contextlib import closing, contextmanager
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from listserv.cli import output
from listserv.cli.context import App
from listserv.errors import Refused

if TYPE_CHECKING:
    from listserv.steps.restore import Told
    from listserv.store.alone import AloneSession
    from listserv.store.copying import Progress, Sum


def progress() -> Progress:
    """One line on a terminal, which is written over as it goes; nothing anywhere else."""
    if not sys.stderr.isatty():
        return lambda table, rows: None
    return lambda table, rows: click.echo(f"\r\x1b[K{table} {rows:,}", nl=False, err=True)


def done() -> None:
    """The progress is over: its line goes."""
    if sys.stderr.isatty():
        click.echo("\r\x1b[K", nl=False, err=True)


def url(app: App, text: str) -> str:
    """A database as named on the command line: its URL, or - for that of listserv.toml."""
    from listserv.config import database

    return app.settings.database.url if text == "-" else database(text, Path.cwd())


def there(url: str) -> None:
    """Raises Refused for a SQLite file that is not there: opening it would make an empty one."""
    kind, _, path = url.partition(":///")
    if kind == "sqlite" and not Path(path).is_file():
        raise Refused(f"{path}: no such database")


def at_newest(session: AloneSession, *, make: bool) -> str:
    """The schema it stands at, which must be the newest. `make`: one without tables gets them."""
    from listserv.edge import files
    from listserv.store import schema
    from listserv.store.alone import named

    stands, wanted, name = schema.current(session), schema.head(files.migrations()), named(session.url)
    if stands is None and make:
        schema.upgrade(session, files.migrations())
    elif stands is None:
        raise Refused(f"{name}: there is nothing in it")
    elif stands < wanted:
        raise Refused(f"{name} stands at {stands}, this listserv needs {wanted}; run first: listserv db upgrade")
    elif stands > wanted:
        raise Refused(f"{name} stands at {stands}, newer than this listserv ({wanted}); install that one")
    return wanted


@contextmanager
def standing(app: App, since: datetime, *, make: bool) -> Iterator[tuple[AloneSession | None, Counter[str] | None]]:
    """The database of listserv.toml, for us alone, and what it has recorded since; None where there is nothing in it.

    It gets its tables if it has none; without `make` nothing is made, and there may be no session either.
    """
    from listserv.store.alone import damaged

    file = app.settings.database.file
    if file and not file.exists() and not make:
        yield None, None
        return
    try:
        with _standing(app, since, make=make) as found:
            yield found
    except Exception as error:
        if not damaged(error):
            raise
        files = ", ".join(f"{file}{ending}" for ending in ("", "-wal", "-shm"))
        raise Refused(f"{file} is damaged; move what there is of {files} away, then restore again") from None


@contextmanager
def _standing(app: App, since: datetime, *, make: bool) -> Iterator[tuple[AloneSession | None, Counter[str] | None]]:
    from listserv.steps import restore
    from listserv.store import copying, schema
    from listserv.store.alone import AloneSession

    with closing(AloneSession(app.settings.database.url)) as session:
        if not make and schema.current(session) is None:
            yield None, None
            return
        at_newest(session, make=make)
        with session.read() as connection:
            lost = restore.lost(connection, since) if copying.filled(connection) else None
        yield session, lost


def tables(sums: Mapping[str, Sum]) -> list[dict[str, Any]]:
    return [{"table": name, "rows": one.rows, "checksum": one.checksum} for name, one in sums.items()]


def counted(sums: Mapping[str, Sum]) -> str:
    rows = sum(one.rows for one in sums.values())
    return f"{output.plural(rows, 'row')} in {output.plural(sum(one.rows > 0 for one in sums.values()), 'table')}"


def not_in_it(app: App) -> list[str]:
    """Files that an installation needs and that no database has, as listserv.toml names them."""
    settings = app.settings
    there = [settings.path, settings.site.secret_file]
    if settings.dkim:
        there += [path for path in (settings.dkim.key_file, settings.dkim.ed25519_key_file) if path]
    there += [
        path
        for part in (settings.relay, settings.intake.imap)
        if isinstance(path := getattr(part, "password_file", None), Path)
    ]
    return [str(path) for path in there]


def told_json(told: Told) -> dict[str, Any]:
    return {
        "unfinished": [
            {
                "dialogue": one.dialogue,
                "mailing": one.mailing,
                "kind": one.kind,
                "subject": one.subject,
                "created_at": one.created_at,
                "unfinished": one.waiting,
                "recipients": one.recipients,
            }
            for one in told.under_way
        ],
        "due": [{"dialogue": one.dialogue, "id": one.id, "at": one.at} for one in told.again],
        "lost": dict(sorted(told.lost.items())),
    }


def tell(told: Told, *, hold: bool) -> None:
    """Before anything is done: what may be sent twice, and what is lost."""
    rows = told_json(told)
    if told.under_way:
        count = output.plural(told.deliveries, "delivery was", "deliveries were")
        becomes = "are held: listserv outbox list --state failed" if hold else "go out, so may come twice (or: --hold)"
        click.echo(f"{count} unfinished in the backup; they {becomes}")
        output.table(rows["unfinished"], ["dialogue", "mailing", "kind", "subject", "unfinished", "recipients"])
    if told.again:
        becomes = "are skipped, but for round-ups" if hold else "go out when the clock runs, so may come twice"
        click.echo(f"mails of the calendar that are due {becomes}: {_listed(told)}; see: listserv plan")
    if told.lost:
        lost = ", ".join(f"{action} {count}" for action, count in sorted(told.lost.items()))
        click.echo(f"recorded since the backup in the database that is replaced, and lost: {lost}")


def _listed(told: Told) -> str:
    several: Sequence[str] = sorted({one.dialogue for one in told.again})
    return ", ".join(one.id if len(several) == 1 else f"{one.dialogue} {one.id}" for one in told.again)

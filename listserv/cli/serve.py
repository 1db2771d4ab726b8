"""`listserv serve`: everything in one process."""

from __future__ import annotations

from collections.abc import Callable, Collection
from typing import TYPE_CHECKING

import click

from listserv.cli.context import App, pass_app
from listserv.errors import Refused

if TYPE_CHECKING:
    from listserv.edge.daemon import Daemon
    from listserv.edge.doors import Door, Hooks
    from listserv.edge.maildir import MaildirRelay
    from listserv.edge.receiver import Receiver
    from listserv.edge.relay import SmtpRelay

PARTS = ("intake", "work", "clock")


@click.command()
@click.option("--only", metavar="PARTS", help="Some of intake,work,clock (comma-separated).")
@pass_app
def serve(app: App, only: str | None) -> None:
    """Take mail in, work, and keep the programme's time, until stopped."""
    import asyncio
    import logging

    from listserv.cli.planned import planned
    from listserv.steps import apply

    parts = set(only.split(",")) if only else set(PARTS)
    if "web" in parts:
        raise Refused("--only web: the pages are not there yet; there are intake, work and clock")
    if unknown := parts - set(PARTS):
        raise Refused(f"--only: unknown part {', '.join(sorted(unknown))}; there are {', '.join(PARTS)}")
    logging.basicConfig(level=logging.INFO, format="%(asctime)s %(name)s %(message)s")
    logging.getLogger("alembic").setLevel(logging.WARNING)
    session = app.engine
    from listserv.store import dialogues

    with session.read() as connection:
        known = dialogues.slugs(connection)
    if not known:
        for dialogue in app.settings.dialogues:
            apply.apply(session, app.now(), planned(dialogue), app.actor)
    daemon = engine(app, parts)
    asyncio.run(daemon.run(ready=lambda text: click.echo(text)))


def engine(app: App, parts: Collection[str]) -> Daemon:
    """The daemon for these parts, made from the settings."""
    from listserv.edge.daemon import Daemon

    return Daemon(
        session=app.engine,
        site=app.site,
        clock=app.clock,
        relay=relay(app) if "work" in parts else None,
        doors=doors(app, parts),
        clock_runs="clock" in parts,
    )


def doors(app: App, parts: Collection[str]) -> list[Callable[[Hooks], Door]]:
    """The ways in that the settings open."""
    found: list[Callable[[Hooks], Door]] = []
    if "intake" in parts and app.settings.intake.smtp:
        found.append(lambda hooks: receiver(app, hooks))
    return found


def relay(app: App) -> SmtpRelay | MaildirRelay:
    settings = app.settings.relay
    if settings.kind == "maildir":
        from listserv.edge.maildir import MaildirRelay

        return MaildirRelay(path=settings.path)
    from listserv.edge.relay import SmtpRelay

    user, password = settings.login() or ("", "")
    return SmtpRelay(
        host=settings.host,
        port=settings.port,
        tls=settings.tls,
        user=user,
        password=password,
        connections=settings.connections,
        hostname=app.settings.site.domain,
        max_per_hour=settings.max_per_hour or None,
    )


def receiver(app: App, hooks: Hooks) -> Receiver:
    from listserv.edge.receiver import Limits, Receiver

    settings = app.settings.intake.smtp
    assert settings is not None
    return Receiver(
        host=settings.host,
        port=settings.port,
        protocol=settings.protocol,
        limits=Limits(size=settings.max_size),
        hostname=app.settings.site.domain,
        verdict=hooks.verdict,
        accept=hooks.accept,
    )

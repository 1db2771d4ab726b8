"""`listserv serve`: everything in one process."""

from __future__ import annotations

import gc
from collections.abc import Callable, Collection
from typing import TYPE_CHECKING

import click

from listserv.cli.context import App, pass_app
from listserv.errors import Refused

if TYPE_CHECKING:
    from listserv.edge.daemon import Daemon
    from listserv.edge.doors import Door, Hooks
    from listserv.edge.holding import Holding
    from listserv.edge.poller import Poller
    from listserv.edge.receiver import Receiver
    from listserv.edge.retries import Halting
    from listserv.edge.sending import Relay
    from listserv.edge.supervisor import Supervisor
    from listserv.edge.web.server import Web
    from listserv.steps.intake import Reading

PARTS = ("intake", "web", "work", "clock")


@click.command()
@click.option("--only", metavar="PARTS", help="Some of intake,web,work,clock (comma-separated).")
@click.option("--log", type=click.Choice(["text", "json"]), default="text", help="A line for people, or an object.")
@pass_app
def serve(app: App, only: str | None, log: str) -> None:
    """Take mail in, work, and keep the programme's time, until stopped."""
    from listserv.cli.planned import planned
    from listserv.edge import crowd, heap, logs, loop, outage
    from listserv.edge.supervisor import Supervisor
    from listserv.steps import apply

    parts = set(only.split(",")) if only else set(PARTS)
    if unknown := parts - set(PARTS):
        raise Refused(f"--only: unknown part {', '.join(sorted(unknown))}; there are {', '.join(PARTS)}")
    if only and "web" in parts and app.settings.web is None:
        raise Refused(f"--only web: {app.settings.path.name} has no [web]; write one with host and port")
    logs.begin(log)
    supervisor = Supervisor()
    session = outage.waiting(lambda: app.engine, lambda why: click.echo(f"listserv: {why}", err=True))
    from listserv.store import dialogues

    with session.read() as connection:
        known = dialogues.slugs(connection)
    if not known:
        for dialogue in app.settings.dialogues:
            apply.apply(session, app.now(), planned(dialogue), app.actor)
    heap.give_back()
    crowd.make_room()
    daemon = engine(app, parts, supervisor, apart=True)

    def ready(text: str) -> None:
        # What is there by now stays to the end: to go through it for garbage would keep a page waiting 60 ms.
        gc.collect()
        gc.freeze()
        click.echo(text)
        supervisor.started(text)

    loop.run(daemon.run(ready=ready, deaf=outage.leave))


def engine(app: App, parts: Collection[str], supervisor: Supervisor | None = None, *, apart: bool = False) -> Daemon:
    """The daemon for these parts, made from the settings; it listens at the sockets that a supervisor hands over.

    `apart`: SMTP is spoken in a process of its own, which takes a moment to start.
    """
    from listserv.cli.signing import signed
    from listserv.core.mail.pacing import Halts, Limits
    from listserv.edge.daemon import Daemon
    from listserv.edge.holding import Holding
    from listserv.edge.retries import Retries
    from listserv.edge.supervisor import Supervisor

    way = app.settings.relay
    holding = Holding(app.engine, 0 if way.kind == "maildir" else way.connections)
    out, halts = relay(app, holding, apart=apart) if "work" in parts else (None, Halts())
    return Daemon(
        session=app.engine,
        site=app.site,
        clock=app.clock,
        relay=signed(app.settings, out) if out else None,
        doors=doors(app, parts, supervisor or Supervisor({})),
        reading=reading(app),
        clock_runs="clock" in parts,
        retries=Retries(app.engine, halts),
        limits=Limits() if way.kind == "maildir" else Limits(way.max_per_hour, way.domain_per_minute),
        holding=holding,
    )


def reading(app: App) -> Reading:
    """How mail is read, and what proves who wrote it."""
    from listserv.edge.reading import Reader
    from listserv.steps.intake import Reading

    intake = app.settings.intake
    smtp, imap = (one.trusted_authserv_id if one else "" for one in (intake.smtp, intake.imap))
    if not (smtp or imap or intake.verify_dkim):
        return Reading(Reader())
    from listserv.edge import proving

    return Reading(Reader(), proving.prover(smtp, imap, intake.verify_dkim))


def doors(app: App, parts: Collection[str], supervisor: Supervisor) -> list[Callable[[Hooks], Door]]:
    """The ways in that the settings open, and before them the supervisor: it hears first that we stop."""
    found: list[Callable[[Hooks], Door]] = [lambda hooks: supervisor] if supervisor.listens else []
    if "intake" in parts and app.settings.intake.smtp:
        found.append(lambda hooks: receiver(app, hooks, supervisor))
    if "intake" in parts and app.settings.intake.imap:
        found.append(lambda hooks: poller(app, hooks))
    if "web" in parts and app.settings.web:
        found.append(lambda hooks: web(app, hooks, supervisor))
    return found


def relay(app: App, holding: Holding, *, apart: bool) -> tuple[Relay, Halting]:
    """The way out, and what halts on it."""
    from listserv.core.mail.pacing import Halts

    settings, halts = app.settings.relay, Halts()
    if settings.kind == "maildir":
        from listserv.edge.maildir import MaildirRelay

        return MaildirRelay(path=settings.path), halts
    user, password = settings.login() or ("", "")
    options = {"host": settings.host, "port": settings.port, "tls": settings.tls, "user": user, "password": password}
    options["hostname"] = app.settings.site.domain
    if apart:
        from listserv.edge.apart import RelayApart

        away = RelayApart(lambda: holding.allowance, **options)
        holding.opened = lambda: away.open
        return away, away
    from listserv.edge.relay import SmtpRelay

    smtp = SmtpRelay(**options, connections=lambda: holding.connections, halts=halts)
    holding.opened = lambda: smtp.open
    return smtp, halts


def receiver(app: App, hooks: Hooks, supervisor: Supervisor) -> Receiver:
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
        given=supervisor.handed("intake"),
    )


def web(app: App, hooks: Hooks, supervisor: Supervisor) -> Web:
    from listserv.edge.web.server import Web

    settings = app.settings.web
    assert settings is not None
    return Web(
        host=settings.host,
        port=settings.port,
        site=app.site,
        session=app.engine,
        now=app.clock.now,
        look=hooks.look,
        trusted=settings.trusted_proxies,
        given=supervisor.handed("web"),
    )


def poller(app: App, hooks: Hooks) -> Poller:
    from listserv.edge.imap import Account, Trouble
    from listserv.edge.poller import Poller
    from listserv.steps import aside

    settings = app.settings.intake.imap
    assert settings is not None

    def login() -> tuple[str, str]:
        try:
            return settings.login() or ("", "")
        except Refused as error:
            raise Trouble(str(error)) from None

    settings.login()  # Refused at once; later the file may be mended while we run
    return Poller(
        account=Account(
            host=settings.host,
            port=settings.port,
            tls=settings.tls,
            login=login,
            folder=settings.folder,
            done=settings.done_folder,
        ),
        user=settings.user,
        session=app.engine,
        now=app.clock.now,
        hooks=hooks,
        size=app.settings.intake.smtp.max_size if app.settings.intake.smtp else 25 * 2**20,
        aside=lambda head, octets, why, folder: aside.tell(
            app.engine, app.clock.now(), app.site, head, octets, why, folder
        ),
    )

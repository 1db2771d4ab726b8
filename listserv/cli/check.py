"""`listserv check`: whether the settings make sense, before anything runs on them."""

from __future__ import annotations

from typing import Any

import click

from listserv.cli import output
from listserv.cli.context import App, pass_app


@click.command()
@pass_app
def check(app: App) -> None:
    """Read listserv.toml; say what it means, or what is wrong and what to write."""
    from listserv.cli.planned import planned
    from listserv.cli.signing import keys
    from listserv.core.dialogue import tongues
    from listserv.core.dialogue.cautions import cautions, unsent
    from listserv.errors import SettingsError
    from listserv.steps import apply

    settings = app.settings
    for dialogue in settings.dialogues:
        first, last = dialogue.modules[0], dialogue.modules[-1]
        modules = output.plural(len(dialogue.modules), "module")
        ends = f"{last.closes:%Y-%m-%d}" if last.closes else "open end"
        dates = f"{first.opens:%Y-%m-%d} to {ends} ({dialogue.timezone})"
        click.echo(f"{dialogue.slug}@{settings.site.domain}: {dialogue.title}, {modules}, {dates}")
        contact = any(one.contact for one in dialogue.moderators)
        open_ = cautions(dialogue.policy, unvouched=unvouched(settings.intake), contact=contact)
        for caution in (*open_, *unsent(apply.as_dialogue(planned(dialogue)))):
            click.echo(f"  warning: {caution}")
        for name, language in [(one.name, one.language) for one in (*dialogue.moderators, *dialogue.networks)]:
            if note := tongues.unspoken(language, settings.site.languages, dialogue.language):
                click.echo(f"  note: {output.printable(name)}: {note}")
        if dialogue.attachments == "link" and settings.web is None:
            click.echo(
                '  warning: attachments = "link", but there is no [web] table to serve them:'
                " mails name files and say whom to ask"
            )
    for line in unmade(app):
        raise SettingsError(line)
    try:
        keys(settings)
    except SettingsError as error:
        click.echo(f"  warning: serve will not start: {error}")
    if settings.site.base_url.startswith("http://"):
        click.echo("note: base_url is http, for trial: mails carry no one-click unsubscribe")
    elif settings.web and not settings.web.trusted_proxies:
        click.echo(
            "note: [web] trusted_proxies names none, so whoever comes through a proxy is limited with all others, or"
            " not at all where it is on this machine"
        )
    click.echo(f"database: {'SQLite' if settings.database.file else 'PostgreSQL'}; relay: {settings.relay.kind}")
    click.echo(f"{settings.path.name} makes sense")


def unmade(app: App) -> list[str]:
    """The calendar's letters that cannot be made, in whatever language: a line each."""
    from listserv.cli.planned import planned
    from listserv.core.mail.addresses import Addresses
    from listserv.core.publication import overriding, samples
    from listserv.steps import apply

    addresses, folder = Addresses(app.settings.site.domain, b"a check makes no token"), app.settings.site.templates
    found = []
    for one in app.settings.dialogues:
        letters = samples.letters(apply.as_dialogue(planned(one)), addresses)
        for language in sorted({one.language, *app.settings.site.languages}):
            for name, values in letters.items():
                if wrong := overriding.rendered(app.wording, name, language, values):
                    found.append(f"{folder}/{wrong}" if folder else wrong)
    return list(dict.fromkeys(found))


def unvouched(intake: Any) -> tuple[str, ...]:
    """The ways in that the settings open, and on which nothing is looked for that proves a sender."""
    if intake.verify_dkim:
        return ()
    ways = {"IMAP": intake.imap, "SMTP": intake.smtp}
    found = tuple(name for name, one in ways.items() if one and not one.trusted_authserv_id)
    return found if any(ways.values()) else ("a pipe",)

"""`listserv doctor`: whether mail to and from here arrives, by the rules, and what to do where it does not."""

from __future__ import annotations

import shutil
import textwrap
from collections.abc import Iterator
from typing import TYPE_CHECKING

import click

from listserv.cli import output
from listserv.cli.context import App, pass_app
from listserv.errors import Refused, SettingsError

if TYPE_CHECKING:
    from listserv.core.dialogue.model import Dialogue
    from listserv.core.mail.compliance import Finding
    from listserv.core.mail.dkim import Key
    from listserv.core.mail.published import Look
    from listserv.core.site import Site

TRIAL = 'a trial: relay.kind is "maildir", so no mail leaves this host; --deep looks all the same.'


@click.command()
@click.option("--deep", is_flag=True, help="Ask for the pages, verify all data (reads only); in a trial, ask DNS too.")
@click.option("--json", "as_json", is_flag=True, help="An array of objects.")
@pass_app
def doctor(app: App, deep: bool, as_json: bool) -> None:
    """Check database, DNS, keys, relay, mailbox, pages, fonts and the headers of a test copy. Sends no mail."""
    from listserv.core.mail.compliance import Result

    findings = []
    for finding in _all(app, deep):
        findings.append(finding)
        if not as_json:
            _tell(finding)
    if as_json:
        keys = ("check", "result", "text", "do", "rule")
        output.json([{key: getattr(one, key) for key in keys} for one in findings])
    else:
        counts = [(sum(one.result is result for one in findings), result) for result in Result]
        click.echo(f"\n{', '.join(f'{count} {result}' for count, result in counts if count)}")
    if wrong := sum(one.result is Result.FAILED for one in findings):
        raise Refused(f"{output.plural(wrong, 'check')} failed; what to do stands above")


def _tell(finding: Finding) -> None:
    """One finding as it is found: some take seconds."""
    room = max(40, shutil.get_terminal_size((100, 24)).columns - 27)
    text = f"{finding.text} ({finding.rule})" if finding.rule else finding.text
    lines = [*textwrap.wrap(output.printable(text), room), *textwrap.wrap(output.printable(finding.do), room)]
    click.echo(f"{finding.result.value:<8} {finding.check:<17} {lines[0]}")
    for line in lines[1:]:
        click.echo(" " * 27 + line)


def _all(app: App, deep: bool) -> Iterator[Finding]:
    from listserv.clock import Clock
    from listserv.edge.doctor import database, pages, printing, specimens

    settings = app.settings
    trial = settings.relay.kind == "maildir"
    yield from database.look(settings.database.url, settings.database.file, app.clock.now(), deep=deep)
    keys, findings = _keys(app)
    yield from findings
    yield from _outside(app, keys, trial, deep)
    yield from _mailbox(app)
    yield from pages.look(settings.site.base_url, open_=settings.web is not None, deep=deep)
    yield from printing.look()
    site, now = _site(app), app.clock.now()
    for dialogue in _dialogues(app)[:1]:  # all have their headers from the same lines
        yield from specimens.look(site, dialogue, now, Clock().now(), keys, trial=trial)


def _keys(app: App) -> tuple[list[Key], list[Finding]]:
    from listserv.cli.signing import keys
    from listserv.core.mail.compliance import failed

    try:
        return keys(app.settings), []
    except SettingsError as error:
        return [], [failed("DKIM", f"{error}.", "Until then serve sends nothing.", "RFC 6376 §3.3")]


def _outside(app: App, keys: list[Key], trial: bool, deep: bool) -> Iterator[Finding]:
    """DNS and the relay."""
    from listserv.core.mail.compliance import failed, skipped, warning
    from listserv.edge.doctor import names, smarthost

    settings, look = app.settings, names.look()
    if trial and not deep:
        yield skipped("DNS", TRIAL)
    else:
        yield from _published(app, keys, look)
    if settings.relay.kind == "maildir":
        do = 'For real use set relay.kind = "smtp", with host and user.'
        yield warning("relay", f"a trial: mail is put into {settings.relay.path} and reaches nobody.", do)
        return
    relay = settings.relay
    try:
        login = relay.login()
    except SettingsError as error:
        yield failed("relay", f"{error}.", "Until then serve does not start.")
        return
    yield from smarthost.look(
        host=relay.host, port=relay.port, tls=relay.tls, login=login, hostname=settings.site.domain
    )
    yield smarthost.reverse(relay.host, settings.site.domain, look)


def _published(app: App, keys: list[Key], look: Look) -> Iterator[Finding]:
    from listserv.core.mail import published
    from listserv.core.mail.compliance import failed, skipped

    domain, signs = app.settings.site.domain, app.settings.dkim
    if not look("NS", ".") and not look("MX", domain):  # the root is known to every resolver that works
        yield failed("DNS", "DNS does not answer.", "Check /etc/resolv.conf and the network, then run doctor again.")
        for check in ("MX", "SPF", "DKIM", "DMARC"):
            yield skipped(check, "DNS does not answer.")
        return
    yield published.mx(domain, look)
    yield published.spf(domain, look)
    if signs is None:
        text = "nothing here signs what we send. If your relay does, it has to cover List-Unsubscribe and"
        do = "Make a key: listserv dkim new"
        yield failed("DKIM", f"{text} List-Unsubscribe-Post, which few do unasked.", do, "RFC 8058 §4")
    for key in keys:
        yield published.dkim(key, look)
    yield published.dmarc(domain, signs.domain if signs else "", look)


def _mailbox(app: App) -> Iterator[Finding]:
    from listserv.core.mail.compliance import failed

    settings = app.settings.intake.imap
    if settings is None:
        return
    from listserv.edge.doctor import mailbox
    from listserv.edge.mailbox import Account

    try:
        user, password = settings.login() or ("", "")
    except SettingsError as error:
        yield failed("mailbox", f"{error}.", "Until then serve does not start.")
        return
    yield from mailbox.look(
        Account(
            host=settings.host,
            port=settings.port,
            tls=settings.tls,
            login=lambda: (user, password),
            folder=settings.folder,
            done=settings.done_folder,
        )
    )


def _site(app: App) -> Site:
    """The site with a secret of its own: no token that stands in a test copy opens anything, and no file is made."""
    from listserv.core.mail.addresses import Addresses
    from listserv.core.publication.wording import Wording
    from listserv.core.site import Site
    from listserv.edge import files

    settings = app.settings.site
    return Site(
        name=settings.name,
        base_url=settings.base_url,
        contact=settings.contact,
        languages=tuple(settings.languages),
        addresses=Addresses(settings.domain, b"good for nothing"),
        wording=Wording(files.templates(), files.catalogues()),
        pages=app.settings.web is not None,
    )


def _dialogues(app: App) -> list[Dialogue]:
    """As the settings have them: the database may not be there yet."""
    from listserv.cli.planned import planned
    from listserv.core.dialogue.model import Dialogue

    found = []
    for one in app.settings.dialogues:
        plan = planned(one)
        found.append(Dialogue(0, plan.slug, plan.title, plan.hosts, plan.language, one.zone, plan.policy, plan.modules))
    return found

"""`listserv plan`: what is to come, to how many; and the calendar's mails one by one, to look at and to change."""

from __future__ import annotations

from datetime import datetime, timedelta
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from listserv.cli import appointments, coming, editor, foreseen, output, written
from listserv.cli.context import App, changes, dialogue_option, dry_run_option, json_option, pass_app
from listserv.cli.times import local
from listserv.core.dialogue import facilitation, programme
from listserv.core.dialogue.calendar import daily
from listserv.core.dialogue.model import DeliveryMode, Dialogue

if TYPE_CHECKING:
    from listserv.steps.schedule import Entry

#: How far ahead what goes on without an end is shown.
SHOWN = timedelta(weeks=8)


@click.group(invoke_without_command=True)
@click.option("--all", "everything", is_flag=True, help="Also what is past.")
@click.option(
    "--ics",
    type=click.Path(dir_okay=False, path_type=Path),
    metavar="FILE",
    help="Write modules and mails to a calendar file (RFC 5545).",
)
@dialogue_option
@json_option
@written.replace_option
@click.pass_context
def plan(ctx: click.Context, everything: bool, ics: Path | None, slug: str | None, as_json: bool, yes: bool) -> None:
    """Every switchover and every mail to come, in local time and UTC.

    The commands below are about one mail, named by its id in that list, like midweek-2.
    """
    if ctx.invoked_subcommand is not None:
        if everything or ics or slug or as_json or yes:
            raise click.UsageError("options stand after the command, as in: plan preview ID -d SLUG")
        return
    app = ctx.ensure_object(App)
    dialogue = app.dialogue(slug)
    written.may(app, ics, yes)
    rows, happens = listed(app, dialogue, everything=everything)
    if ics:
        written.write(ics, appointments.written(dialogue, app.site.domain, rows, app.now()), public=True)
    if everything:
        rows += happens
    if as_json:
        output.json(rows)
        return
    if rows:
        first, last = (f"{rows[one]['at'] or app.now():%Y}" for one in (0, -1))
        years = first if first == last else f"{first} to {last}"
        click.echo(f"{dialogue.title}, {years}: times of {dialogue.zone.key}, and UTC")
    output.listing(
        _shown(dialogue, rows), False, ["id", "local", "UTC", "what", "to", "state"], "nothing is to come", ["UTC"]
    )
    if not everything and rows and happens:
        click.echo(f"as it happens: {', '.join(row['id'] for row in happens)}; what is past: listserv plan --all")


def _shown(dialogue: Dialogue, rows: list[dict[str, Any]]) -> list[dict[str, Any]]:
    """As the table has them: of daily bundles one line, where the next one stands."""
    bundles = [row for row in rows if row["kind"] == "bundle"]
    daily_ = {"local": f"daily {dialogue.policy.bundle:%H:%M}", "UTC": None} if len(bundles) > 1 else {}
    return [
        {**row, **output.both(row["at"], dialogue.zone), "to": row["recipients"], **(daily_ if row in bundles else {})}
        for row in rows
        if row not in bundles[1:]
    ]


def listed(app: App, dialogue: Dialogue, *, everything: bool) -> tuple[list[dict[str, Any]], list[dict[str, Any]]]:
    """What has a time, in order, past ones only for `everything`; and what goes as it happens."""
    from listserv.steps import schedule
    from listserv.steps.schedule import State
    from listserv.store import originals, outbox, roundups

    now = app.now()
    with app.session.read() as connection:
        bundled = outbox.would_get(connection, dialogue.id, (DeliveryMode.DAILY,))
        keeps = programme.originals_until(dialogue, originals.first_came(connection, dialogue.id) or now)
        kept = len(originals.due(connection, [dialogue.id], of=dialogue.id)) if keeps else 0
        drafted = {row["period"]: row["id"] for row in roundups.rows(connection, dialogue.id)}
    rows: list[dict[str, Any]] = []
    happens: list[dict[str, Any]] = []
    for one in schedule.entries(app.session, dialogue):
        past = one.state in (State.SENT, State.LEFT_OUT)
        if past and not everything:
            continue
        count = None if past else schedule.recipients(app.session, now, app.site, dialogue, one)
        if one.at and one.at > now + SHOWN and facilitation.end(dialogue) is None:
            continue
        what = coming.said(dialogue, one, drafted.get(one.key[2]) if one.key[0] in ("roundup", "draft") else None)
        state = ", ".join([one.state.value, *one.changes])
        row = _row(
            dialogue, one.id, one.at, one.key[0], one.module, what, 0 if one.state is State.SKIPPED else count, state
        )
        (rows if one.at else happens).append(row)
    if bundled:
        for at in _hours(dialogue, now):
            rows.append(
                _row(dialogue, "bundle", at, "bundle", None, coming.SAID["bundle"], bundled, State.PLANNED.value)
            )
        rows.sort(key=lambda row: row["at"])  # stable: what is planned for one instant stays in its order
    if keeps and (kept or rows):
        goes = "are deleted" if facilitation.end(dialogue) else "begin to be deleted, each at its age"
        what = f"mails as they came {goes} (retention), {kept} so far; contributions and files stay"
        rows.append(_row(dialogue, "purge", keeps, "purge", None, what, 0, State.PLANNED.value))
    return rows, happens


def _row(
    dialogue: Dialogue,
    named: str,
    at: datetime | None,
    kind: str,
    module: int | None,
    what: str,
    recipients: int | None,
    state: str,
) -> dict[str, Any]:
    return {
        "id": named,
        "at": at,
        "local": f"{at.astimezone(dialogue.zone):%a %Y-%m-%d %H:%M}" if at else None,
        "timezone": dialogue.zone.key,
        "kind": str(kind),
        "module": module,
        "what": what,
        "recipients": recipients,
        "state": state,
    }


def _hours(dialogue: Dialogue, now: datetime) -> list[datetime]:
    """When there are bundles, from the first opening until no reply counts any more."""
    opens = min(module.opened_at or module.opens_at for module in dialogue.modules)
    ends = facilitation.end(dialogue) or max(now, opens) + SHOWN
    return daily(dialogue.policy.bundle, dialogue.zone, max(now, opens), ends)


plan.add_command(foreseen.who)

_id = click.argument("named", metavar="ID")


def _entry(app: App, dialogue: Dialogue, named: str) -> Entry:
    from listserv.steps import schedule

    return schedule.find(app.session, dialogue, named)


@plan.command()
@_id
@click.option("--language", metavar="TAG", help="As a reader of that language gets it; without: in the dialogue's.")
@written.html_option
@dialogue_option
@pass_app
def preview(app: App, named: str, language: str | None, html: Path | None, slug: str | None) -> None:
    """One mail, as it would go out now."""
    from listserv.errors import Refused
    from listserv.steps import schedule

    dialogue = app.dialogue(slug)
    entry = _entry(app, dialogue, named)
    tag = app.site.language(language or dialogue.language)
    if language and tag != language.partition("-")[0].lower():
        raise Refused(f"{language!r} is none of site.languages: {', '.join(app.site.languages)}")
    letter = schedule.letter(app.session, app.now(), app.site, dialogue, entry, tag)
    if html:
        page = schedule.html(app.site, letter, entry, tag)
        written.look(app, html, page)
    click.echo(_about(app, dialogue, entry))
    click.echo(output.printable(f"Subject: {letter.subject}\n\n{letter.text}"), nl=False)


def _about(app: App, dialogue: Dialogue, entry: Entry) -> str:
    """When it goes and to how many; and, of an edited one, what readers of other languages get."""
    from listserv.steps import schedule

    skipped = entry.state is schedule.State.SKIPPED
    count = 0 if skipped else schedule.recipients(app.session, app.now(), app.site, dialogue, entry)
    when = f", {entry.at.astimezone(dialogue.zone):%a %Y-%m-%d %H:%M} ({dialogue.zone.key})" if entry.at else ""
    said = f"{entry.id}{when}: {', '.join([entry.state.value, *entry.changes])}"
    if count is not None:
        said += f", to {output.plural(count, 'person', 'people')}"
    if entry.change and entry.change.text:
        said += (
            f"\nEdited by {entry.change.by}: this text goes to readers of every language as it stands; subject,"
            " greeting and footer are in each reader's own."
        )
    return said + "\n"


@plan.command()
@_id
@dialogue_option
@dry_run_option
@changes
@pass_app
def skip(app: App, named: str, slug: str | None, dry_run: bool, yes: bool) -> None:
    """Send none; a module opens and closes all the same."""
    from listserv.steps import replan

    dialogue = app.dialogue(slug)
    entry = _entry(app, dialogue, named)
    if dry_run:
        click.echo(f"{entry.id} would be skipped (--dry-run)")
        return
    replan.skip(app.session, app.now(), dialogue, entry, app.actor)
    if entry.key[0] in replan.SWITCHES:
        click.echo(f"module {entry.module} {entry.key[0]}s all the same, without a mail")
    click.echo(f"{entry.id}  skipped; to send it all the same: listserv plan restore {entry.id}")


@plan.command()
@_id
@click.option("--to", required=True, metavar="T", help="Local to the dialogue's zone, unless T has an offset.")
@dialogue_option
@dry_run_option
@changes
@pass_app
def move(app: App, named: str, to: str, slug: str | None, dry_run: bool, yes: bool) -> None:
    """Send it at another time."""
    from listserv.errors import Refused
    from listserv.steps import replan

    dialogue = app.dialogue(slug)
    entry, at = _entry(app, dialogue, named), local(to, dialogue)
    if dry_run:
        if why := replan.immovable(app.now(), dialogue, entry, at):
            raise Refused(why)
    else:
        replan.move(app.session, app.now(), dialogue, entry, app.actor, at)
    shown = f"{at.astimezone(dialogue.zone):%a %Y-%m-%d %H:%M} ({dialogue.zone.key})"
    click.echo(f"{entry.id}  {'would move' if dry_run else 'moved'} to {shown}")


@plan.command()
@_id
@click.option("--text", "text_file", type=click.File(encoding="utf-8"), help="The new text from a file (- = stdin).")
@dialogue_option
@changes
@pass_app
def edit(app: App, named: str, text_file: Any, slug: str | None, yes: bool) -> None:
    """Write its text anew, in $EDITOR; it goes so, in our frame."""
    from listserv.steps import replan, schedule

    dialogue = app.dialogue(slug)
    entry = _entry(app, dialogue, named)
    before = schedule.body(app.session, app.now(), app.site, dialogue, entry)
    edited = output.read_text(text_file) if text_file is not None else editor.edited(before, ".md")
    if edited is None or edited.strip() == before.strip():
        click.echo("nothing was changed")
        return
    replan.edit(app.session, app.now(), dialogue, entry, app.actor, edited)
    click.echo(f"{entry.id}  edited; see what readers get: listserv plan preview {entry.id}")


@plan.command()
@_id
@dialogue_option
@changes
@pass_app
def restore(app: App, named: str, slug: str | None, yes: bool) -> None:
    """As it was planned: take back skip, move and edit."""
    from listserv.steps import replan

    dialogue = app.dialogue(slug)
    entry = _entry(app, dialogue, named)
    replan.restore(app.session, app.now(), dialogue, entry, app.actor)
    click.echo(f"{entry.id}  is as it was planned")

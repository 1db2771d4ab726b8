"""`listserv roundup`: the draft, a moderator's edits, and sending."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import click

from listserv.cli import editor, output
from listserv.cli.context import App, changes, dialogue_option, dry_run_option, json_option, pass_app, sure
from listserv.cli.ids import ID
from listserv.core.dialogue.model import Dialogue, RoundupState
from listserv.errors import Refused


@click.group()
def roundup() -> None:
    """Round-ups: what was said, for those who have no time to read everything."""


@roundup.command("list")
@dialogue_option
@json_option
@pass_app
def list_(app: App, slug: str | None, as_json: bool) -> None:
    """Drafted and sent round-ups."""
    from listserv.store import roundups

    dialogue = app.dialogue(slug)
    with app.session.read() as connection:
        rows = [
            {key: row[key] for key in ("id", "due_at", "state", "contributions", "recipients")}
            for row in roundups.rows(connection, dialogue.id)
        ]
    columns = ["id", "due_at", "state", "contributions", "recipients"]
    output.listing(rows, as_json, columns, "no round-up has been drafted yet; see what is to come: listserv plan")


@dataclass(frozen=True, slots=True)
class _Meant:
    """`number`: what readers count it by; `period`: when it is due. No id: it has not been drafted."""

    id: int | None
    period: int
    number: int
    text: str

    @property
    def name(self) -> str:
        return "the next round-up" if self.id is None else f"round-up {self.id}"


def _current(app: App, dialogue: Dialogue, roundup_id: int | None) -> _Meant:
    """The round-up meant: the one named, else the next to be sent."""
    from listserv.core.dialogue import programme
    from listserv.core.dialogue.programme import OccurrenceKind
    from listserv.steps import drafting
    from listserv.store import occurrences, roundups

    with app.session.read() as connection:
        if roundup_id is not None:
            row = roundups.get(connection, roundup_id)
            if row is None or row["dialogue_id"] != dialogue.id:
                raise Refused(f"there is no round-up {roundup_id}; see: listserv roundup list")
            period = row["period"]
        else:
            coming = programme.coming(dialogue, occurrences.done(connection, dialogue.id))
            periods = [one.round for one in coming if one.kind is OccurrenceKind.ROUNDUP]
            if not periods:
                raise Refused("no round-up is to come; those sent: listserv roundup list")
            period = periods[0]
            row = roundups.of_period(connection, dialogue.id, period)
        fresh = row is None or (row["state"] == RoundupState.DRAFT and row["edited_by"] is None)
        if fresh:
            made = drafting.draw_up(connection, app.site, dialogue, app.now())
            return _Meant(row["id"] if row else None, period, made.number, made.text)
        return _Meant(row["id"], period, roundups.number_of(connection, row), row["text"])


def _kept(app: App, dialogue: Dialogue, meant: _Meant) -> int:
    """Its id; drafted now unless it was."""
    from listserv.steps import drafting

    return meant.id or drafting.keep_draft(app.session, app.now(), app.site, dialogue, meant.period)


@roundup.command()
@click.argument("roundup_id", metavar="[ID]", type=ID, required=False)
@click.option("--html", type=click.Path(dir_okay=False), help="Write the HTML form to a file, to look at in a browser.")
@dialogue_option
@pass_app
def preview(app: App, roundup_id: int | None, html: str | None, slug: str | None) -> None:
    """As it would be sent now; without an ID the next one."""
    from listserv.steps import compose

    dialogue = app.dialogue(slug)
    meant = _current(app, dialogue, roundup_id)
    language = app.site.language(dialogue.language)
    letter = compose.words(app.site, dialogue, "roundup", language, number=meant.number, text=meant.text)
    if html:
        with open(html, "w", encoding="utf-8") as file:
            file.write(app.site.wording.html(letter.text, title=letter.subject, language=dialogue.language))
    click.echo(output.printable(f"Subject: {letter.subject}\n\n{letter.text}"))


@roundup.command()
@click.argument("roundup_id", metavar="[ID]", type=ID, required=False)
@click.option("--text", "text_file", type=click.File(encoding="utf-8"), help="The new text from a file (- = stdin).")
@dialogue_option
@changes
@pass_app
def edit(app: App, roundup_id: int | None, text_file: Any, slug: str | None, yes: bool) -> None:
    """Mend the draft in $EDITOR; from then on it is sent as you left it."""
    from listserv.steps import publish

    dialogue = app.dialogue(slug)
    meant = _current(app, dialogue, roundup_id)
    edited = output.read_text(text_file) if text_file is not None else editor.edited(meant.text, ".md")
    if edited is None or edited.strip() == meant.text.strip():
        click.echo("nothing was changed")
        return
    known = _kept(app, dialogue, meant)
    publish.edit(app.session, app.now(), dialogue, known, app.actor, edited)
    click.echo(f"round-up {known}  edited; it will be sent as you left it")


@roundup.command()
@click.argument("roundup_id", metavar="[ID]", type=ID, required=False)
@dialogue_option
@dry_run_option
@changes
@pass_app
def send(app: App, roundup_id: int | None, slug: str | None, dry_run: bool, yes: bool) -> None:
    """Send it now, instead of at its time."""
    from listserv.steps import compose, publish
    from listserv.store import outbox

    dialogue = app.dialogue(slug)
    meant = _current(app, dialogue, roundup_id)
    with app.session.read() as connection:
        recipients = outbox.would_get(connection, dialogue.id, compose.ROUNDUPS)
    words, readers = output.plural(len(meant.text.split()), "word"), output.plural(recipients, "participant")
    networks = "".join(f", and to {one.name}" for one in dialogue.networks)
    click.echo(output.printable(f"{meant.name}, {words}, to {readers}{networks}"))
    if dry_run:
        click.echo("nothing was sent (--dry-run)")
        return
    sure("Send it now?", yes)
    if not publish.send(app.session, app.now(), app.site, dialogue, meant.period, app.actor):
        raise Refused(f"{meant.name} was sent or skipped before; see: listserv roundup list")
    click.echo("sent")


@roundup.command()
@click.argument("roundup_id", metavar="ID", type=ID)
@click.option("--to", "name", metavar="NAME", default="", help="Only to that network.")
@dialogue_option
@dry_run_option
@changes
@pass_app
def crosspost(app: App, roundup_id: int, name: str, slug: str | None, dry_run: bool, yes: bool) -> None:
    """Post one that was sent to the sister networks that have not had it; replies come back, held."""
    from listserv.steps import crosspost as step

    dialogue = app.dialogue(slug)
    posts = step.foresee(app.session, app.now(), app.site, dialogue, roundup_id, name)
    for one in posts:
        click.echo(output.printable(f"To: {one.network.name} <{one.network.address}>\nSubject: {one.letter.subject}\n"))
        click.echo(output.printable(one.letter.text))
    names = ", ".join(one.network.name for one in posts)
    if dry_run:
        click.echo(f"would go to {names}; nothing was sent (--dry-run)")
        return
    sure(f"Post round-up {roundup_id} to {names}?", yes)
    done = step.crosspost(app.session, app.now(), app.site, dialogue, roundup_id, app.actor, name)
    click.echo(f"posted to {', '.join(done)}" if done else "somebody else has just posted it")


@roundup.command()
@click.argument("roundup_id", metavar="[ID]", type=ID, required=False)
@dialogue_option
@changes
@pass_app
def skip(app: App, roundup_id: int | None, slug: str | None, yes: bool) -> None:
    """Send none this time; what it would have told stands in the next."""
    from listserv.steps import publish

    dialogue = app.dialogue(slug)
    known = _kept(app, dialogue, _current(app, dialogue, roundup_id))
    publish.skip(app.session, app.now(), dialogue, known, app.actor)
    click.echo(f"round-up {known}  skipped")

"""`listserv roundup`: the draft, what moderators add to it or change, and sending."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import click

from listserv.cli import crosspost, editor, output, written
from listserv.cli.context import App, changes, dialogue_option, dry_run_option, json_option, pass_app, sure
from listserv.cli.ids import ID
from listserv.cli.meant import Meant, current, kept, row_of, undecided
from listserv.core.dialogue.model import Dialogue, RoundupState
from listserv.errors import Refused


@click.group()
def roundup() -> None:
    """Round-ups: what was said, for those who have no time to read everything."""


roundup.add_command(crosspost.crosspost)


@roundup.command("list")
@dialogue_option
@json_option
@pass_app
def list_(app: App, slug: str | None, as_json: bool) -> None:
    """Drafted and sent round-ups."""
    from listserv.store import roundups

    dialogue = app.dialogue(slug)
    columns = ["id", "due_at", "state", "contributions", "recipients"]
    with app.session.read() as connection:
        rows = [{key: row[key] for key in columns} for row in roundups.rows(connection, dialogue.id)]
    for row in rows if not as_json else ():
        if row["state"] in (RoundupState.DRAFT, RoundupState.APPROVED):  # 0 would read as if it went to nobody
            row["recipients"] = None
    output.listing(rows, as_json, columns, "no round-up has been drafted yet; see what is to come: listserv plan")


def _warn(app: App, dialogue: Dialogue, meant: Meant, text: str) -> None:
    """Of each quotation that cannot be traced, and of each name that will not go out: a line to standard error."""
    from listserv.steps import drafting
    from listserv.steps.unname import Unnamed

    with app.session.read() as connection:
        found = drafting.untraced(connection, dialogue, text)
        unnamed = Unnamed(connection, dialogue).names(text, meant.told)
    for name in unnamed:
        said = f"look at this: it names {name}, who no longer wants to be named: “A participant” goes out instead;"
        click.echo(output.printable(f"{said} take out what else tells of them: listserv roundup edit"), err=True)
    for one in found:
        shown = one.sentence if len(one.sentence) <= 60 else f"{one.sentence[:60].rstrip()}…"
        click.echo(output.printable(f"look at this: “{shown}”: {one.why}"), err=True)


@roundup.command()
@click.argument("roundup_id", metavar="[ID]", type=ID, required=False)
@written.html_option
@click.option("--language", help="As readers of that language get it; the dialogue's by default.")
@dialogue_option
@pass_app
def preview(app: App, roundup_id: int | None, html: Path | None, language: str | None, slug: str | None) -> None:
    """As it would be sent now; without an ID the next one. Says which quotations cannot be traced."""
    from listserv.steps import publish

    dialogue = app.dialogue(slug)
    if language is not None and app.site.language(language) != language:
        raise Refused(f"there are no words in {language!r}; the site's languages: {', '.join(app.site.languages)}")
    meant = current(app, dialogue, roundup_id)
    spoken = app.site.language(language or dialogue.language)
    with app.session.read() as connection:
        text = (
            meant.drawn.in_language(app.site, spoken)
            if meant.drawn
            else publish.as_edited(connection, app.site, dialogue, meant.text, meant.told, spoken)
        )
        known = publish.numbers(connection, dialogue)
    letter = publish.worded(app.site, dialogue, spoken, meant.number, text, known)
    if html:
        written.look(app, html, letter.html or "")
    click.echo(output.printable(f"Subject: {letter.subject}\n\n{letter.text}"))
    _warn(app, dialogue, meant, meant.text)


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
    meant = current(app, dialogue, roundup_id)
    edited = output.read_text(text_file) if text_file is not None else editor.edited(meant.text, ".md")
    if edited is None or edited.strip() == meant.text.strip():
        click.echo("nothing was changed")
        return
    known = kept(app, dialogue, meant)
    publish.edit(app.session, app.now(), dialogue, known, app.actor, edited, meant.drawn)
    click.echo(f"round-up {known}  edited; it will be sent as you left it")
    _warn(app, dialogue, meant, edited)


@roundup.command()
@click.argument("roundup_id", metavar="[ID]", type=ID, required=False)
@click.option("--intro", multiple=True, metavar="TEXT", help="A word of introduction.")
@click.option("--agreement", multiple=True, metavar="TEXT", help="A point on which people agree.")
@click.option("--question", metavar="M.N", help="The points of agreement stand under that question (1.3).")
@click.option("--open", "open_", multiple=True, metavar="TEXT", help="A question that remains open.")
@click.option("--next", "next_", multiple=True, metavar="TEXT", help="Something about what comes next.")
@click.option("--remove", multiple=True, type=ID, metavar="NOTE", help="Take that note out again.")
@dialogue_option
@json_option
@changes
@pass_app
def note(
    app: App,
    roundup_id: int | None,
    intro: tuple[str, ...],
    agreement: tuple[str, ...],
    question: str | None,
    open_: tuple[str, ...],
    next_: tuple[str, ...],
    remove: tuple[int, ...],
    slug: str | None,
    as_json: bool,
    yes: bool,
) -> None:
    """Add to the next round-up in the moderators' name; without options, list what waits (or went out with ID).

    Notes stay until a round-up goes out, however often it is drawn up anew.
    """
    from listserv.core.publication.notes import NoteKind
    from listserv.steps import annotate

    dialogue = app.dialogue(slug)
    given = {NoteKind.INTRO: intro, NoteKind.AGREEMENT: agreement, NoteKind.OPEN: open_, NoteKind.NEXT: next_}
    if question is not None and not agreement:
        raise click.UsageError("--question says where points of agreement stand: give one with --agreement")
    added = [
        annotate.made(dialogue, kind, text, question if kind is NoteKind.AGREEMENT else None)
        for kind, texts in given.items()
        for text in texts
    ]
    if not added and not remove:
        _list_notes(app, dialogue, roundup_id, as_json)
        return
    if remove:
        annotate.remove(app.session, app.now(), dialogue, remove, app.actor)
        click.echo(f"{output.plural(len(remove), 'note')} taken out")
    if added:
        ids = annotate.add(app.session, app.now(), dialogue, added, app.actor, roundup_id)
        for number, one in zip(ids, added, strict=True):
            click.echo(f"note {number}  {one.kind}; it stands in the next round-up: listserv roundup preview")


def _list_notes(app: App, dialogue: Dialogue, roundup_id: int | None, as_json: bool) -> None:
    from listserv.store import notes

    with app.session.read() as connection:
        found = notes.waiting(connection, dialogue.id)
        if roundup_id is not None:
            row = row_of(connection, dialogue, roundup_id)
            if row["state"] == RoundupState.SENT or row["edited_by"] is not None:
                found = notes.of(connection, roundup_id)
    rows = [
        {
            "id": one["id"],
            "kind": one["kind"],
            "question": f"{one['module']}.{one['question']}" if one["question"] else None,
            "text": one["text"],
            "written_by": one["written_by"],
            "written_at": one["written_at"],
        }
        for one in found
    ]
    empty = 'no notes; write one: listserv roundup note --agreement "…"'
    output.listing(rows, as_json, ["id", "kind", "question", "text", "written_by"], empty)


@roundup.command()
@click.argument("roundup_id", metavar="[ID]", type=ID, required=False)
@dialogue_option
@dry_run_option
@changes
@pass_app
def send(app: App, roundup_id: int | None, slug: str | None, dry_run: bool, yes: bool) -> None:
    """Send it now, instead of at its time."""
    from listserv.core.dialogue.phrases import length as words
    from listserv.steps import compose, insist, publish
    from listserv.store import outbox

    dialogue = app.dialogue(slug)
    insist.on_running(dialogue)
    meant = current(app, dialogue, roundup_id)
    undecided(app, dialogue, meant)
    with app.session.read() as connection:
        recipients = outbox.would_get(connection, dialogue.id, compose.ROUNDUPS)
    length, readers = output.plural(words(meant.text), "word"), output.plural(recipients, "participant")
    networks = "".join(f", and to {one.name}" for one in dialogue.networks)
    click.echo(output.printable(f"{meant.name}, {length}, to {readers}{networks}"))
    _warn(app, dialogue, meant, meant.text)
    if dry_run:
        click.echo("nothing was sent (--dry-run)")
        return
    sure("Send it now?", yes)
    if not publish.send(app.session, app.now(), app.site, dialogue, meant.period, app.actor):
        undecided(app, dialogue, meant)
        raise Refused(f"{meant.name} was sent or skipped before; see: listserv roundup list")
    click.echo("sent")


@roundup.command()
@click.argument("roundup_id", metavar="[ID]", type=ID, required=False)
@dialogue_option
@dry_run_option
@changes
@pass_app
def skip(app: App, roundup_id: int | None, slug: str | None, dry_run: bool, yes: bool) -> None:
    """Send none this time; what it would have told stands in the next."""
    from listserv.steps import publish

    dialogue = app.dialogue(slug)
    meant = current(app, dialogue, roundup_id)
    if dry_run:
        with app.session.rehearsal():
            if meant.id is not None:  # one that is not drafted yet can be
                publish.skip(app.session, app.now(), dialogue, meant.id, app.actor)
        click.echo(f"{meant.name}  would be skipped\nnothing was changed (--dry-run)")
        return
    known = kept(app, dialogue, meant)
    publish.skip(app.session, app.now(), dialogue, known, app.actor)
    click.echo(f"round-up {known}  skipped")

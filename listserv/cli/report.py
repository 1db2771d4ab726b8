"""`listserv report`: the consolidated report built, a moderator's edits of it, and sending it to all."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from listserv.cli import editor, output
from listserv.cli.context import App, changes, dialogue_option, dry_run_option, json_option, pass_app, sure
from listserv.errors import Refused

if TYPE_CHECKING:
    from listserv.core.dialogue.model import Dialogue
    from listserv.steps.consolidate import Consolidated

FORMS = ("md", "html", "pdf", "docx")

language_option = click.option(
    "--language", metavar="TAG", default="", help="Of the frame, one of [site] languages; else the dialogue's."
)


@click.group()
def report() -> None:
    """The consolidated report: it comes up complete from what was released and marked.

    Any section can be replaced: `report edit SECTION`. An edit is kept beside the draft and stands in every later
    report, whatever the draft becomes; where the draft has changed since, `report list` says so, `report show SECTION
    --news` shows what is new, and `report restore SECTION` takes the draft again.
    """


def _made(app: App, dialogue: Dialogue, language: str) -> Consolidated:
    from listserv.steps.consolidate import consolidate
    from listserv.store.session import patient

    with app.session.read() as connection:
        patient(connection)
        return consolidate(connection, app.site, dialogue, app.now(), language)


def _formats(_: click.Context, __: click.Parameter, value: str) -> tuple[str, ...]:
    wanted = tuple(dict.fromkeys(one.strip().lower() for one in value.split(",") if one.strip()))
    if unknown := [one for one in wanted if one not in FORMS]:
        raise click.BadParameter(f"{', '.join(unknown)}: no such form; there is: {', '.join(FORMS)}")
    return wanted or FORMS


@report.command()
@click.option(
    "--format",
    "forms",
    default=",".join(FORMS),
    show_default=True,
    callback=_formats,
    help="One or several, with commas.",
)
@click.option(
    "--output",
    "folder",
    type=click.Path(file_okay=False, path_type=Path),
    default=".",
    help="The folder to write report.<form> to, if not this one.",
)
@language_option
@dialogue_option
@json_option
@pass_app
def build(app: App, forms: tuple[str, ...], folder: Path, language: str, slug: str | None, as_json: bool) -> None:
    """Write it as report.md, .html, .pdf and .docx, over those that are there; changes nothing else."""
    from listserv.edge.report.writing import write

    dialogue = app.dialogue(slug)
    made = _made(app, dialogue, language)
    rows = []
    for form in forms:
        try:
            path, size = write(folder, form, made.report, app.now())
        except OSError as error:
            raise Refused(f"{folder}: {error.strerror}; name another folder with --output") from None
        rows.append({"form": form, "path": str(path), "size": size})
        if not as_json:
            click.echo(output.printable(f"{form:<5} {path} ({size:,} bytes)"))
    if as_json:
        output.json(rows)
    for line in _cautions(made, forms):
        click.echo(output.printable(f"note: {line}"), err=True)


def _cautions(made: Consolidated, forms: tuple[str, ...]) -> list[str]:
    """What a moderator would want to know before it is handed on."""
    from listserv.core.dialogue.tags import Kind
    from listserv.steps.consolidate import unmarked

    lines = []
    if numbers := made.unassigned():
        lines.append(
            f"no guiding question is noted for {_some(numbers)}: they stand at their module's end;"
            " to note one: listserv contribution tag N --question Q"
        )
    for kind in unmarked(made, (Kind.EXPERIENCE, Kind.PRACTICE, Kind.RECOMMENDATION)):
        lines.append(f"nothing is marked as {kind.value}; to mark: listserv contribution tag N --tag '{kind.value}'")
    for key in made.behind():
        lines.append(f"{key}: the draft has changed since it was edited; see: listserv report show {key} --news")
    if made.borrowed:
        lines.append(f"edited in another language, and shown so: {', '.join(sorted(made.borrowed))}")
    for key, name in made.exposed:
        told = f"names {name}, who does not wish to be named" if name else "quotes who does not wish to be quoted"
        lines.append(
            f"{key}: what was written there {told}: it is left out; to write it anew: listserv report edit {key}"
        )
    if "pdf" in forms:
        from listserv.edge.report import fonts

        if lacking := fonts.missing(made.report.languages(), fonts.families()):
            lines.append(fonts.told(lacking))
    return lines


def _some(numbers: list[int]) -> str:
    shown = ", ".join(str(one) for one in numbers[:8])
    return f"{shown} and {len(numbers) - 8} others" if len(numbers) > 8 else shown


@report.command("list")
@language_option
@dialogue_option
@json_option
@pass_app
def list_(app: App, language: str, slug: str | None, as_json: bool) -> None:
    """Its sections: drafted, edited, edited while the draft has changed since, or to be written by you."""
    made = _made(app, app.dialogue(slug), language)
    late = set(made.behind())
    rows = []
    for one in made.report.sections:
        edit = made.edits.get(one.key)
        if edit is None:
            state = "drafted" if one.blocks else "empty"
        elif not one.blocks:
            state = "left out"
        else:
            state = "behind" if one.key in late else "edited"
        words = sum(len(paragraph.text.split()) for paragraph in _paragraphs(one))
        rows.append({"section": one.key, "title": one.title, "state": state, "words": words})
    output.listing(rows, as_json, ["section", "state", "words", "title"], "there is no report")


def _paragraphs(section: Any) -> list[Any]:
    from listserv.core.publication.report.document import paragraphs

    return [one for block in section.blocks for one in paragraphs(block)]


@report.command()
@click.argument("key", metavar="SECTION")
@click.option("--draft", is_flag=True, help="The draft, also where it has been edited.")
@click.option("--news", is_flag=True, help="What has changed in the draft since it was edited.")
@language_option
@dialogue_option
@pass_app
def show(app: App, key: str, draft: bool, news: bool, language: str, slug: str | None) -> None:
    """One section as Markdown, as it would stand in the report."""
    from listserv.core.publication.forms import markdown
    from listserv.core.publication.report import edits

    made = _made(app, app.dialogue(slug), language)
    shown = made.draft if draft or news else made.report
    found = shown.section(key)
    if found is None:
        raise Refused(f"the report has no section {key!r}; see: listserv report list")
    if news:
        if key not in made.edits:
            raise Refused(f"{key} has not been edited: it is the draft")
        text = edits.news(found, made.edits[key]) or "nothing has changed in the draft since"
    else:
        text = markdown.section(found)
    click.echo(output.printable(text))


@report.command()
@click.argument("key", metavar="SECTION")
@click.option("--text", "text_file", type=click.File(encoding="utf-8"), help="The new text from a file (- = stdin).")
@language_option
@dialogue_option
@changes
@pass_app
def edit(app: App, key: str, text_file: Any, language: str, slug: str | None, yes: bool) -> None:
    """Write a section in $EDITOR, as Markdown; it stands in place of the draft from then on. Empty: it is left out.

    A number in brackets, "(12)", leads to that contribution; "{plot 1}" is the section's first plot.
    """
    from listserv.core.publication.forms import markdown
    from listserv.steps.consolidate import section
    from listserv.steps.revise import revise

    dialogue = app.dialogue(slug)
    made = _made(app, dialogue, language)
    base = markdown.section(section(made, key))
    own = None if key in made.borrowed else made.edits.get(key)
    before = own.text if own else made.edits[key].text if key in made.edits else base
    text = output.read_text(text_file) if text_file is not None else editor.edited(f"{before.rstrip()}\n", ".md")
    if text is None or (text.strip() == before.strip() and (own is None or own.base == base)):
        click.echo("nothing was changed")
        return
    tongue = made.report.language
    revise(app.session, app.now(), dialogue, key, tongue, app.actor, text.strip(), base, own.text if own else None)
    click.echo(
        f"{key}  {'edited' if text.strip() else 'left out'}; to take the draft again: listserv report restore {key}"
    )


@report.command()
@click.argument("key", metavar="SECTION")
@language_option
@dialogue_option
@changes
@pass_app
def restore(app: App, key: str, language: str, slug: str | None, yes: bool) -> None:
    """Take the draft of a section again; what you wrote in its place is forgotten."""
    from listserv.steps.revise import restore as forget

    dialogue = app.dialogue(slug)
    made = _made(app, dialogue, language)
    if key not in made.edits or key in made.borrowed:
        raise Refused(f"{key} has not been edited in {made.report.language}; see: listserv report list")
    sure(f"Forget what was written for {key}?", yes)
    forget(app.session, app.now(), dialogue, key, made.report.language, app.actor)
    click.echo(f"{key}  is the draft again")


@report.command()
@dialogue_option
@dry_run_option
@changes
@pass_app
def send(app: App, slug: str | None, dry_run: bool, yes: bool) -> None:
    """Mail its summary and its link to all participants, once. Shows the mail and asks first."""
    from listserv.edge.report.writing import content
    from listserv.steps import circulate, compose
    from listserv.store import outbox

    dialogue = app.dialogue(slug)
    with app.session.read() as connection:
        if circulate.sent(connection, dialogue):
            raise Refused("the report has been sent; what went to whom: listserv outbox list")
        recipients = outbox.would_get(connection, dialogue.id, compose.ROUNDUPS)
    made = _made(app, dialogue, "")
    pdf = None
    if dialogue.policy.attachments.form == "attach":
        pdf = content("pdf", made.report, app.now())
        pdf = pdf if circulate.attaches(dialogue, len(pdf)) else None
    letter = circulate.letter(app.site, dialogue, made, made.report.language, pdf is not None)
    click.echo(output.printable(f"Subject: {letter.subject}\n\n{letter.text}"))
    for line in _cautions(made, ()):
        click.echo(output.printable(f"note: {line}"))
    if module := dialogue.open_module():
        click.echo(f"note: module {module.number} is still open")
    click.echo(f"to {output.plural(recipients, 'participant')}")
    if dry_run:
        click.echo("nothing was sent (--dry-run)")
        return
    sure("Send it now?", yes)
    if circulate.circulate(app.session, app.now(), app.site, dialogue, app.actor, made, pdf) is None:
        raise Refused("the report was sent meanwhile; see: listserv outbox list")
    click.echo("sent")

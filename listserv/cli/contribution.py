"""`listserv contribution`: what has been released, by official number."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

import click

from listserv.cli import output
from listserv.cli.context import App, changes, dialogue_option, json_option, limit_option, pass_app
from listserv.cli.credit import attribute_all, shown_options
from listserv.cli.ids import ID
from listserv.errors import Refused


@click.group()
def contribution() -> None:
    """Released contributions."""


def _brief(row: Any, tags: list[str]) -> dict[str, Any]:
    """As readers see it; who wrote it is in `queue show`."""
    from listserv.core.publication import byline

    shown = byline.of(row)
    return {
        "number": row["number"],
        "module": row["module"],
        "subject": row["subject"],
        "author": shown.sender,
        "country": shown.country,
        "released_at": row["decided_at"],
        "words": row["words"],
        "tags": tags,
        "question": row["question"],
        "message_id": row["message_id"],
        "organisation": shown.organisation,
        "attribution": row["attribution"],
        "quotable": bool(row["quotable"]),
    }


@contribution.command("list")
@click.option("--module", type=ID, help="Only that module's.")
@dialogue_option
@limit_option
@json_option
@pass_app
def list_(app: App, module: int | None, slug: str | None, limit: int | None, as_json: bool) -> None:
    """All of them, in official order."""
    from listserv.store import contributions

    dialogue = app.dialogue(slug)
    with app.session.read() as connection:
        rows = contributions.rows(connection, dialogue.id, ["released"], module=module, limit=limit)
        tags = contributions.all_tags(connection, dialogue.id)
    brief = [_brief(row, tags.get(row["id"], [])) for row in rows]
    if not as_json:
        brief = [one | {"author": one["author"] or f"({one['attribution']})"} for one in brief]
    columns = ["number", "module", "author", "country", "subject", "words", "released_at", "question", "tags"]
    output.listing(brief, as_json, columns, "nothing has been released yet")


def _files(rows: Iterable[Any]) -> list[dict[str, Any]]:
    return [{key: one[key] for key in ("name", "size", "content_type")} for one in rows]


def _one(app: App, number: int, slug: str | None) -> tuple[Any, list[str]]:
    from listserv.store import contributions

    dialogue = app.dialogue(slug)
    with app.session.read() as connection:
        row = contributions.by_number(connection, dialogue.id, number)
        if row is None:
            raise Refused(
                f"there is no contribution number {number} in {dialogue.slug}; see: listserv contribution list"
            )
        return row, contributions.tags(connection, row["id"])


@contribution.command()
@click.argument("number", metavar="N", type=ID)
@dialogue_option
@json_option
@pass_app
def show(app: App, number: int, slug: str | None, as_json: bool) -> None:
    """One contribution as it went out."""
    from listserv.core.mail.files import Fate
    from listserv.core.publication import byline
    from listserv.store import attachments

    row, tags = _one(app, number, slug)
    with app.session.read() as connection:
        files = _files(attachments.of(connection, row["id"], Fate.KEPT))
    brief = _brief(row, tags) | {"text": row["text"], "attachments": files}
    if as_json:
        output.json(brief)
        return
    who = byline.of(row).line or "a participant who prefers not to be named"
    mark = "" if row["quotable"] else "  not to be quoted"
    click.echo(output.printable(f"{number}  module {row['module']}  {who}{mark}\n{row['subject']}\n\n{row['text']}"))
    for one in files:
        click.echo(output.printable(f"Attached: {one['name']} ({one['content_type']}, {one['size']:,} bytes)"))


@contribution.command()
@click.argument("number", metavar="N", type=ID)
@click.option("--tag", "tags", multiple=True, help="May be repeated.")
@click.option("--question", type=click.IntRange(0), help="The guiding question it answers; 0 = none.")
@dialogue_option
@changes
@pass_app
def tag(app: App, number: int, tags: tuple[str, ...], question: int | None, slug: str | None, yes: bool) -> None:
    """Note tags and the guiding question."""
    from listserv.steps import mark
    from listserv.steps.mark import Marks

    if not tags and question is None:
        raise click.UsageError("give --tag or --question")
    row, _ = _one(app, number, slug)
    mark.put(app.session, app.now(), row["id"], app.actor, Marks(tags, None if question is None else [question]))
    click.echo(f"{number}  tagged")


@contribution.command()
@click.argument("number", metavar="N", type=ID)
@shown_options
@dialogue_option
@changes
@pass_app
def attribute(
    app: App, number: int, attribution: str | None, quotable: str | None, slug: str | None, yes: bool
) -> None:
    """Show the author otherwise, on the pages at once and in what is published from now on."""
    row, _ = _one(app, number, slug)
    attribute_all(app, {number: row["id"]}, attribution, quotable)


@contribution.command()
@dialogue_option
@click.option("--output", "path", type=click.Path(dir_okay=False), help="A file instead of standard output.")
@pass_app
def export(app: App, slug: str | None, path: str | None) -> None:
    """All of them with their texts and the names of their files, as JSON."""
    from listserv.store import attachments, contributions

    dialogue = app.dialogue(slug)
    with app.session.read() as connection:
        rows = contributions.rows(connection, dialogue.id, ["released"])
        tags = contributions.all_tags(connection, dialogue.id)
        files = attachments.kept_in(connection, dialogue.id)
    whole = [
        _brief(row, tags.get(row["id"], [])) | {"text": row["text"], "attachments": _files(files.get(row["id"], []))}
        for row in rows
    ]
    if path:
        with open(path, "w", encoding="utf-8") as file:
            file.write(output.as_json(whole) + "\n")
    else:
        output.json(whole)

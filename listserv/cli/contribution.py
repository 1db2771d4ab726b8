"""`listserv contribution`: what has been released, by official number."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from listserv.cli import ids as id_words
from listserv.cli import output, written
from listserv.cli.context import App, changes, dialogue_option, json_option, limit_option, pass_app
from listserv.cli.credit import attribute_all, shown_options
from listserv.cli.ids import ID, QUESTION
from listserv.cli.marking import Wanted, asked, mark_all, mark_options
from listserv.errors import Refused

if TYPE_CHECKING:
    from listserv.core.dialogue.model import Dialogue


@click.group()
def contribution() -> None:
    """Released contributions."""


def _brief(row: Any, tags: list[str], marked: Sequence[Any]) -> dict[str, Any]:
    """As readers see it; who wrote it is in `queue show`."""
    from listserv.core.publication import byline
    from listserv.steps.gather import standing
    from listserv.store import contributions

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
        "via": shown.via,
        "attribution": row["attribution"],
        "quotable": bool(row["quotable"]),
        "questions": contributions.questions(row),
        "passages": [{"kind": one.kind or "", "text": one.text} for one in standing(row["text"], marked)],
    }


@contribution.command("list")
@click.option("--module", type=ID, help="Only that module's.")
@click.option("--question", type=QUESTION, help="Only those on that guiding question, like 2 or 1.2; 0 = on none.")
@click.option("--tag", "tags", multiple=True, help="Only those with that tag; may be repeated.")
@click.option("--country", help="Only those by authors who are shown to be from there.")
@click.option("--search", "said", metavar="WORDS", help="Only those that have the words, the best first.")
@dialogue_option
@limit_option
@json_option
@pass_app
def list_(
    app: App,
    module: int | None,
    question: tuple[int | None, int] | None,
    tags: tuple[str, ...],
    country: str | None,
    said: str | None,
    slug: str | None,
    limit: int | None,
    as_json: bool,
) -> None:
    """All of them, in official order, or those that the filters leave; those found by words, the best first.

    WORDS are as on the search page: "a phrase", -without, begin*, country:KE, module:2, question:1, tag:…, author:….
    """
    from listserv.core.mail.threads import base_subject

    dialogue = app.dialogue(slug)
    wanted, place = {_tag(one) for one in tags}, _country(country)
    of, asks = question or (None, None)
    if of is not None and module not in (None, of):
        raise click.UsageError(f"--question {of}.{asks} is of module {of}, --module says {module}")
    found = [
        (row, one)
        for row, one in _chosen(app, dialogue, module if of is None else of, said)
        if wanted <= set(one["tags"])
        and (place is None or one["country"] == place)
        and (asks is None or (asks in one["questions"] if asks else not one["questions"]))
    ][:limit]
    brief = [one for _, one in found]
    if not as_json:
        brief = [
            one
            | {"author": one["author"] or f"({one['attribution']})", "question": asked(dialogue, row)}
            | {"subject": base_subject(one["subject"], dialogue.slug) or one["subject"]}
            for row, one in found
        ]
    columns = ["number", "module", "author", "country", "subject", "words", "released_at", "question", "tags"]
    narrowed = wanted or place or question is not None or said is not None
    none = "none is like that" if narrowed else "nothing has been released yet"
    output.listing(brief, as_json, columns, none, ["words", "released_at", "module", "country"])


def _chosen(app: App, dialogue: Dialogue, module: int | None, said: str | None) -> list[tuple[Any, dict[str, Any]]]:
    """All, or those that are found by what was said, in that order."""
    if said is None:
        return _all(app, dialogue, module)
    from listserv.core.search import query
    from listserv.steps.index import index_all
    from listserv.steps.search import ranked

    asked = query.read(said)
    if asked.empty:
        raise Refused(f"{said!r}: there is no word in it to search by; write one that not every text has")
    index_all(app.session)  # the engine, which does it otherwise, may not be running
    with app.session.read() as connection:
        order = {one.id: place for place, one in enumerate(ranked(connection, dialogue.id, asked))}
    found = [pair for pair in _all(app, dialogue, module) if pair[0]["id"] in order]
    return sorted(found, key=lambda pair: order[pair[0]["id"]])


def _all(app: App, dialogue: Dialogue, module: int | None = None) -> list[tuple[Any, dict[str, Any]]]:
    from listserv.store import contributions, passages, tagging

    with app.session.read() as connection:
        rows = contributions.rows(connection, dialogue.id, ["released"], module=module)
        tags = tagging.all_of(connection, dialogue.id)
        marked = passages.of_all(connection, dialogue.id)
    return [(row, _brief(row, tags.get(row["id"], []), marked.get(row["id"], []))) for row in rows]


def _tag(said: str) -> str:
    from listserv.core.dialogue.tags import read

    try:
        return read(said)
    except ValueError as error:
        raise Refused(str(error)) from None


def _country(said: str | None) -> str | None:
    """As it is kept; Refused for what is none."""
    from listserv.core.dialogue import countries

    if said is None or (found := countries.code(said)):
        return None if said is None else found
    near = countries.nearest(said)
    raise Refused(f"{said!r} is no country" + (f"; did you mean {near}?" if near else "; write its name or code"))


def _files(rows: Iterable[Any]) -> list[dict[str, Any]]:
    return [{key: one[key] for key in ("name", "size", "content_type")} for one in rows]


def _one(app: App, number: int, slug: str | None) -> tuple[Any, list[str]]:
    from listserv.store import contributions, tagging

    dialogue = app.dialogue(slug)
    with app.session.read() as connection:
        row = contributions.by_number(connection, dialogue.id, number)
        if row is None:
            raise Refused(
                f"there is no contribution number {number} in {dialogue.slug}; see: listserv contribution list"
            )
        return row, tagging.of(connection, row["id"])


@contribution.command()
@click.argument("number", metavar="N", type=ID)
@dialogue_option
@json_option
@pass_app
def show(app: App, number: int, slug: str | None, as_json: bool) -> None:
    """One contribution as it went out."""
    from listserv.core.mail.files import Fate
    from listserv.core.publication import byline
    from listserv.store import attachments, passages

    row, tags = _one(app, number, slug)
    with app.session.read() as connection:
        files = _files(attachments.of(connection, row["id"], Fate.KEPT))
        marked = passages.of(connection, row["id"])
    brief = _brief(row, tags, marked) | {"text": row["text"], "attachments": files}
    if as_json:
        output.json(brief)
        return
    who = byline.of(row).line or "a participant who prefers not to be named"
    mark = "" if row["quotable"] else "  not to be quoted"
    click.echo(output.printable(f"{number}  module {row['module']}  {who}{mark}\n{row['subject']}\n\n{row['text']}"))
    for one in files:
        click.echo(output.printable(f"Attached: {one['name']} ({one['content_type']}, {one['size']:,} bytes)"))
    for one in brief["passages"]:
        click.echo(output.printable(f"Marked: {one['kind'] or 'passage'} “{one['text']}”"))


@contribution.command()
@click.argument("words", metavar="N…", nargs=-1, required=True)
@mark_options
@dialogue_option
@changes
@pass_app
def tag(app: App, words: tuple[str, ...], wanted: Wanted, slug: str | None, yes: bool) -> None:
    """Note tags, guiding questions and passages."""
    found = {number: _one(app, number, slug)[0]["id"] for number in id_words.expand(words)}
    mark_all(app, found, wanted)


@contribution.command("tags")
@dialogue_option
@json_option
@pass_app
def tags_(app: App, slug: str | None, as_json: bool) -> None:
    """The tags in use, and of how many released contributions; marked passages of each kind."""
    from listserv.core.dialogue.tags import Kind
    from listserv.steps.gather import gather

    dialogue = app.dialogue(slug)
    with app.session.read() as connection:
        released = gather(connection, dialogue)
    whole = Counter(name for one in released for name in one.tags)
    parts = Counter(mark.kind.value for one in released for mark in one.marked if mark.kind)
    names = [*Kind, *sorted({*whole} - {*Kind}, key=lambda name: (-whole[name], name))]
    rows = [{"tag": str(name), "contributions": whole[name], "passages": parts[name]} for name in names]
    output.listing(rows, as_json, ["tag", "contributions", "passages"], "there are no tags")


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
@written.output_option
@written.replace_option
@pass_app
def export(app: App, slug: str | None, path: Path | None, yes: bool) -> None:
    """All of them with their texts and the names of their files, as JSON."""
    from listserv.store import attachments, contributions, passages, tagging

    dialogue = app.dialogue(slug)
    written.may(app, path, yes)
    with app.session.read() as connection:
        rows = contributions.rows(connection, dialogue.id, ["released"])
        tags = tagging.all_of(connection, dialogue.id)
        marked = passages.of_all(connection, dialogue.id)
        files = attachments.kept_in(connection, dialogue.id)
    whole = [
        _brief(row, tags.get(row["id"], []), marked.get(row["id"], []))
        | {"text": row["text"], "attachments": _files(files.get(row["id"], []))}
        for row in rows
    ]
    written.hand_out(path, output.as_json(whole) + "\n")

"""`listserv queue`: what moderators do all day. Every decision is one of steps/moderate."""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from typing import Any

import click

from listserv.cli import ids as id_words
from listserv.cli import output
from listserv.cli.context import (
    App,
    changes,
    dialogue_option,
    dry_run_option,
    json_option,
    limit_option,
    pass_app,
    sure,
)
from listserv.cli.ids import ID
from listserv.core.dialogue.model import ContributionState
from listserv.errors import Refused

STATES = [*(state.value for state in ContributionState), "all"]


@click.group()
def queue() -> None:
    """Contributions held for a moderator."""


def _rows(
    app: App, slug: str | None, state: str, module: int | None = None, sender: str | None = None
) -> Sequence[Any]:
    from listserv.store import contributions

    states = [] if state == "all" else [state]
    dialogue_id = app.dialogue(slug).id if slug else None
    with app.session.read() as connection:
        rows = contributions.rows(connection, dialogue_id, states, module=module)
    return [row for row in rows if sender is None or sender.lower() in row["from_address"].lower()]


def _brief(row: Any) -> dict[str, Any]:
    return {
        "id": row["id"],
        "state": row["state"],
        "dialogue": row["dialogue"],
        "module": row["module"],
        "from": row["from_address"],
        "name": row["person_name"] or row["from_name"],
        "subject": row["subject"],
        "reasons": [text for _, text in row["reasons"]],
        "words": row["words"],
        "received_at": row["received_at"],
        "claimed_by": row["claimed_by"],
    }


@queue.command("list")
@dialogue_option
@click.option("--state", type=click.Choice(STATES), default="held", show_default=True)
@click.option("--module", type=ID, help="Only those of that module.")
@click.option("--from", "sender", metavar="TEXT", help="Only those whose address contains it.")
@limit_option
@json_option
@pass_app
def list_(
    app: App, slug: str | None, state: str, module: int | None, sender: str | None, limit: int | None, as_json: bool
) -> None:
    """What waits, the oldest first."""
    rows = [_brief(row) for row in _rows(app, slug, state, module, sender)][:limit]
    empty = "nothing is held" if state == "held" else f"nothing is {state}"
    columns = ["id", "module", "name", "subject", "words", "received_at", "reasons", "claimed_by"]
    output.listing(rows, as_json, columns if state == "held" else ["id", "state", *columns[1:-2]], empty)


@queue.command()
@click.argument("contribution_id", metavar="ID", type=ID)
@dialogue_option
@json_option
@pass_app
def show(app: App, contribution_id: int, slug: str | None, as_json: bool) -> None:
    """One contribution whole: what was cut, why it is held, what was done with it."""
    from listserv.store import audit, contributions

    with app.session.read() as connection:
        row = contributions.get(connection, contribution_id)
        if row is None:
            raise Refused(f"there is no contribution with id {contribution_id}; see: listserv queue list")
        attachments = [dict(one) for one in contributions.attachments(connection, contribution_id)]
        history = [dict(one) for one in audit.rows(connection, subject=f"contribution {contribution_id}")]
        tags = contributions.tags(connection, contribution_id)
    whole = _brief(row) | {
        "number": row["number"],
        "question": row["question"],
        "tags": tags,
        "text": row["text"],
        "original": row["original"],
        "cut": row["cut"],
        "html": row["html"],
        "attachments": attachments,
        "message_id": row["message_id"],
        "in_reply_to": row["in_reply_to"],
        "authentication": row["authentication"],
        "history": history,
    }
    if as_json:
        output.json(whole)
        return
    say = lambda text="": click.echo(output.printable(text))  # noqa: E731
    as_number = f" as number {row['number']}" if row["number"] else ""
    say(f"{row['id']}  {row['state']}{as_number}")
    say(
        f"From:     {whole['name']} <{row['from_address']}>"
        + (f", {row['organisation']}" if row["organisation"] else "")
    )
    say(f"Subject:  {row['subject']}")
    question = f", question {row['question']}" if row["question"] else ""
    say(f"Module:   {row['module'] or 'the next to open'}{question}" + (f"   Tags: {', '.join(tags)}" if tags else ""))
    say(
        f"Received: {row['received_at']:%Y-%m-%d %H:%M} UTC, {row['words']} words,"
        f" sender authenticated: {row['authentication']}"
    )
    for _, reason in row["reasons"]:
        say(f"Held:     {reason}")
    for one in attachments:
        say(f"Attached: {one['name']} ({one['content_type']}, {one['size']:,} bytes)")
    say("-" * 72)
    say(row["text"].rstrip())
    if row["original"] is not None:
        say("--- as its author wrote it " + "-" * 45)
        say(row["original"].rstrip())
    if row["cut"].strip():
        say("--- cut (not sent to anybody) " + "-" * 42)
        say("\n".join(f"| {line}" for line in row["cut"].rstrip().split("\n")))
    if history:
        say("--- history " + "-" * 60)
        for one in history:
            say(f"{one['at']:%Y-%m-%d %H:%M} UTC  {one['actor']}  {one['action']}  {one['reason']}".rstrip())


def _chosen(
    app: App, words: Sequence[str], everything: bool, slug: str | None, module: int | None, sender: str | None
) -> list[Any]:
    """The rows meant by IDs or by --all with filters."""
    if bool(words) == everything:
        raise click.UsageError("name IDs, or --all (with --module or --from)")
    if everything:
        return list(_rows(app, slug, "held", module, sender))
    from listserv.store import contributions

    with app.session.read() as connection:
        rows = {one: contributions.get(connection, one) for one in id_words.expand(words)}
    # A range may run over ids that have been decided upon; one that is named and has is an error worth hearing.
    named = id_words.named(words)
    for one in named:
        if rows[one] is None:
            raise Refused(f"there is no contribution with id {one}; see: listserv queue list")
    return [
        row
        for one, row in rows.items()
        if row is not None and (one in named or row["state"] == ContributionState.HELD)
    ]


def _selection(command: Callable[..., Any]) -> Callable[..., Any]:
    for option in (
        click.argument("words", metavar="ID…", nargs=-1),
        click.option("--all", "everything", is_flag=True, help="All that is held (with the filters)."),
        click.option("--module", type=ID, help="With --all: only those of that module."),
        click.option("--from", "sender", metavar="TEXT", help="With --all: only those whose address contains it."),
        dialogue_option,
        dry_run_option,
        changes,
    ):
        command = option(command)
    return command


def _each(rows: Sequence[Any], verb: str, dry_run: bool, act: Callable[[Any], str]) -> None:
    """Do it one by one; a row that cannot be is said and the rest goes on. Refused at the end if any was not."""
    if not rows:
        click.echo("nothing is held")
        return
    failures = 0
    for row in rows:
        title = output.printable(f"{row['id']}  {row['person_name'] or row['from_name']}: {row['subject']}")
        if dry_run:
            click.echo(f"would {verb} {title}")
            continue
        try:
            click.echo(f"{title}  {act(row)}")
        except Refused as error:
            if len(rows) == 1:
                raise
            failures += 1
            click.echo(f"{title}  {error}", err=True)
    if failures:
        raise Refused(f"{failures} of {len(rows)} could not be done, see above")


def _sure_of(rows: Sequence[Any], verb: str, yes: bool, dry_run: bool) -> None:
    if rows and not dry_run:
        if not yes:
            for row in rows[:20]:
                click.echo(output.printable(f"{row['id']}  {row['person_name'] or row['from_name']}: {row['subject']}"))
        sure(f"{verb.capitalize()} {output.plural(len(rows), 'contribution')}?", yes)


def seconds(text: str | None) -> float:
    """ "60s", "2m" or plain seconds."""
    if text is None:
        return 0.0
    found = re.fullmatch(r"(\d{1,6})\s*(s|m|min|h)?", text.strip())
    if not found:
        raise Refused(f"{text!r} is not a time to wait; write 60s, 5m or 1h")
    return int(found[1]) * {"s": 1, "m": 60, "min": 60, "h": 3600, None: 1}[found[2]]


@queue.command()
@_selection
@click.option("--wait", metavar="TIME", help="Leave only after so long, e.g. 60s.")
@pass_app
def release(
    app: App,
    words: tuple[str, ...],
    everything: bool,
    module: int | None,
    sender: str | None,
    slug: str | None,
    dry_run: bool,
    yes: bool,
    wait: str | None,
) -> None:
    """Send to all participants, under the next official numbers."""
    from listserv.steps import compose, moderate
    from listserv.store import outbox

    delay = seconds(wait)
    rows = _chosen(app, words, everything, slug, module, sender)
    if everything:
        _sure_of(rows, "release", yes, dry_run)
    if dry_run and rows:
        with app.session.read() as connection:
            recipients = outbox.would_get(connection, rows[0]["dialogue_id"], compose.EACH)
        click.echo(f"to {output.plural(recipients, 'participant')} each:")

    def act(row: Any) -> str:
        done = moderate.release(app.session, app.now(), app.site, row["id"], app.actor, wait=delay)
        return f"released as number {done.number} to {output.plural(done.recipients, 'participant')}"

    _each(rows, "release", dry_run, act)


@queue.command("return")
@_selection
@click.option("--reason", "-m", required=True, help="What the author is asked to mend.")
@pass_app
def return_(
    app: App,
    words: tuple[str, ...],
    everything: bool,
    module: int | None,
    sender: str | None,
    slug: str | None,
    dry_run: bool,
    yes: bool,
    reason: str,
) -> None:
    """Send back to the author, with the reason and their own text."""
    from listserv.steps import moderate

    rows = _chosen(app, words, everything, slug, module, sender)
    if everything:
        _sure_of(rows, "return", yes, dry_run)

    def act(row: Any) -> str:
        moderate.give_back(app.session, app.now(), app.site, row["id"], app.actor, reason)
        return "returned to its author"

    _each(rows, "return", dry_run, act)


@queue.command()
@_selection
@click.option("--reason", "-m", default="", help="For the audit; nobody is written to.")
@pass_app
def discard(
    app: App,
    words: tuple[str, ...],
    everything: bool,
    module: int | None,
    sender: str | None,
    slug: str | None,
    dry_run: bool,
    yes: bool,
    reason: str,
) -> None:
    """Take out of the queue without a word to anybody; the mail itself is kept."""
    from listserv.steps import moderate

    rows = _chosen(app, words, everything, slug, module, sender)
    _sure_of(rows, "discard", yes, dry_run)

    def act(row: Any) -> str:
        moderate.discard(app.session, app.now(), row["id"], app.actor, reason)
        return "discarded"

    _each(rows, "discard", dry_run, act)


@queue.command()
@click.argument("contribution_id", metavar="ID", type=ID)
@click.option("--text", "text_file", type=click.File(encoding="utf-8"), help="The new text from a file (- = stdin).")
@click.option("--subject", help="The new subject.")
@dialogue_option
@changes
@pass_app
def edit(app: App, contribution_id: int, text_file: Any, subject: str | None, slug: str | None, yes: bool) -> None:
    """Mend it in $EDITOR before it goes out; the author's text is kept."""
    from listserv.steps import moderate
    from listserv.store import contributions

    with app.session.read() as connection:
        row = contributions.get(connection, contribution_id)
    if row is None:
        raise Refused(f"there is no contribution with id {contribution_id}; see: listserv queue list")
    topic = subject if subject is not None else row["subject"]
    if text_file is not None:
        text = output.read_text(text_file)
    elif subject is not None:
        text = row["text"]
    else:
        edited = click.edit(f"Subject: {row['subject']}\n\n{row['text']}", extension=".txt")
        if edited is None:
            click.echo("nothing was changed")
            return
        first, _, rest = edited.partition("\n")
        if first.lower().startswith("subject:"):
            topic, text = first[8:].strip(), rest.lstrip("\n")
        else:
            text = edited
    changed = moderate.edit(app.session, app.now(), contribution_id, app.actor, text, topic)
    click.echo(f"{contribution_id}  {'edited; the original is kept' if changed else 'nothing was changed'}")


@queue.command()
@click.argument("words", metavar="ID…", nargs=-1, required=True)
@click.option("--module", type=ID, required=True)
@dialogue_option
@dry_run_option
@changes
@pass_app
def move(app: App, words: tuple[str, ...], module: int, slug: str | None, dry_run: bool, yes: bool) -> None:
    """File under another module."""
    from listserv.steps import moderate

    def act(row: Any) -> str:
        moderate.move(app.session, app.now(), row["id"], app.actor, module)
        return f"moved to module {module}"

    _each(_chosen(app, words, False, slug, None, None), "move", dry_run, act)


@queue.command()
@click.argument("words", metavar="ID…", nargs=-1, required=True)
@click.option("--tag", "tags", multiple=True, help="May be repeated.")
@click.option("--question", type=click.IntRange(0), help="The guiding question it answers; 0 = none.")
@dialogue_option
@changes
@pass_app
def tag(
    app: App, words: tuple[str, ...], tags: tuple[str, ...], question: int | None, slug: str | None, yes: bool
) -> None:
    """Note tags and the guiding question, for the round-up and the figures."""
    from listserv.steps import moderate

    if not tags and question is None:
        raise click.UsageError("give --tag or --question")
    for one in id_words.expand(words):
        moderate.tag(app.session, app.now(), one, app.actor, tags, question)
        click.echo(f"{one}  tagged")


@queue.command()
@click.argument("words", metavar="ID…", nargs=-1, required=True)
@dialogue_option
@changes
@pass_app
def claim(app: App, words: tuple[str, ...], slug: str | None, yes: bool) -> None:
    """Show the other moderators that you are on it, for half an hour."""
    from listserv.steps import moderate

    for one in id_words.expand(words):
        until = moderate.claim(app.session, app.now(), one, app.actor)
        click.echo(f"{one}  claimed until {until:%H:%M} UTC")


@queue.command()
@json_option
@pass_app
def rules(app: App, as_json: bool) -> None:
    """The rules that hold a contribution, in their order."""
    from listserv.core.dialogue.moderation import RULES

    rows = [{"rule": rule.name, "holds": rule.describes} for rule in RULES]
    output.listing(rows, as_json, ["rule", "holds"], "there are no rules")


@queue.command()
@click.argument("contribution_id", metavar="ID", type=ID)
@dialogue_option
@json_option
@pass_app
def explain(app: App, contribution_id: int, slug: str | None, as_json: bool) -> None:
    """How a mail was judged: each rule, and what it said."""
    from listserv.core.dialogue.moderation import RULES
    from listserv.store import contributions

    with app.session.read() as connection:
        row = contributions.get(connection, contribution_id)
    if row is None:
        raise Refused(f"there is no contribution with id {contribution_id}; see: listserv queue list")
    said: dict[str, list[str]] = {}
    for rule, text in row["reasons"]:
        said.setdefault(rule, []).append(text)
    names = [rule.name for rule in RULES]
    rows = [
        {"rule": name, "held": name in said, "reason": "; ".join(said.get(name, []))}
        for name in [*names, *(name for name in said if name not in names)]
    ]
    output.listing(rows, as_json, ["rule", "held", "reason"], "no rule looked at it")

"""What moderators decide about contributions: the commands of `listserv queue` that change something.

Every decision is one of steps/moderate. A dry run is the decision itself, undone at its end (store/session.rehearsal):
it is refused what would be refused.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import Any

import click

from listserv.cli import ids as id_words
from listserv.cli import output
from listserv.cli.chosen import chosen, each, known, one, selection, sure_of, tell
from listserv.cli.context import App, changes, dialogue_option, dry_run_option, pass_app, sure
from listserv.cli.editor import edited_contribution
from listserv.cli.ids import ID
from listserv.core.dialogue.backscatter import risk
from listserv.core.dialogue.model import ContributionState
from listserv.errors import Refused


def seconds(text: str | None) -> float:
    """ "60s", "2m" or plain seconds."""
    if text is None:
        return 0.0
    found = re.fullmatch(r"(\d{1,6})\s*(s|m|min|h)?", text.strip())
    if not found:
        raise Refused(f"{text!r} is not a time to wait; write 60s, 5m or 1h")
    return int(found[1]) * {"s": 1, "m": 60, "min": 60, "h": 3600, None: 1}[found[2]]


@click.command()
@selection
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
    from listserv.steps import moderate

    delay = seconds(wait)
    rows = chosen(app, words, everything, slug, module, sender)
    if everything:
        sure_of(rows, "release", yes, dry_run)

    def said(done: moderate.Released) -> str:
        number = "" if dry_run else f" as number {done.number}"  # several would all be given the same one
        back = f"; it leaves after {wait}, until then: listserv queue undo {done.contribution_id}" if delay else ""
        return f"released{number} to {output.plural(done.recipients, 'participant')}{'' if dry_run else back}"

    if dry_run or len(rows) < 2:
        each(
            app,
            rows,
            dry_run,
            lambda row: said(moderate.release(app.session, app.now(), app.site, row["id"], app.actor, wait=delay)),
        )
        return
    ids = [row["id"] for row in rows]
    several = moderate.release_several(app.session, app.now(), app.site, ids, app.actor, wait=delay)
    tell(rows, (one if isinstance(one, Refused) else said(one) for one in several))


@click.command()
@click.argument("words", metavar="ID…", nargs=-1, required=True)
@dialogue_option
@changes
@pass_app
def undo(app: App, words: tuple[str, ...], slug: str | None, yes: bool) -> None:
    """Take back a release that still waits (release --wait), or a discard: it is held again."""
    from listserv.steps import undo as undoing

    found = chosen(app, words, slug=slug, states=(ContributionState.RELEASED, ContributionState.DISCARDED))
    latest_first = sorted(found, key=lambda row: row["number"] or 0, reverse=True)

    def act(row: Any) -> str:
        undoing.undo(app.session, app.now(), row["id"], app.actor)
        return "held again"

    each(app, latest_first, False, act)


@click.command("return")
@selection
@click.option("--reason", "-m", "reasons", required=True, multiple=True, help="What to mend; may be repeated.")
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
    reasons: tuple[str, ...],
) -> None:
    """Send back to the author, with the reason and their own text."""
    from listserv.steps import give_back

    reason = "\n\n".join(one.strip() for one in reasons if one.strip())
    rows = chosen(app, words, everything, slug, module, sender)
    if everything:
        sure_of(rows, "return", yes, dry_run)
    if not dry_run:
        _sure_who(rows, yes)

    def act(row: Any) -> str:
        give_back.give_back(app.session, app.now(), app.site, row["id"], app.actor, reason, asked=yes)
        return "returned to its author"

    each(app, rows, dry_run, act)


def _sure_who(rows: Sequence[Any], yes: bool) -> None:
    """Ask before mail goes to people who may never have written. What is forged is refused where it is returned."""
    risks = [(row, risk(row["reasons"])) for row in rows]
    unproven = [(row, found.says) for row, found in risks if found and not found.forged]
    if len(unproven) == 1:
        (row, says) = unproven[0]
        sure(output.printable(f"{row['id']}: {says} Return it to {row['from_address']} all the same?"), yes)
    elif unproven:
        which = ", ".join(str(row["id"]) for row, _ in unproven)
        sure(f"Nothing proves who sent {which}, so a return may go to who never wrote. Return them all the same?", yes)


@click.command()
@selection
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
    """Take out of the queue without a word to anybody; the mail itself is kept, and undo brings it back."""
    from listserv.steps import moderate

    rows = chosen(app, words, everything, slug, module, sender)
    sure_of(rows, "discard", yes, dry_run, "Nobody is told of it")

    def act(row: Any) -> str:
        moderate.discard(app.session, app.now(), row["id"], app.actor, reason)
        return "discarded"

    each(app, rows, dry_run, act)


@click.command()
@click.argument("contribution_id", metavar="ID", type=ID)
@click.option("--text", "text_file", type=click.File(encoding="utf-8"), help="The new text from a file (- = stdin).")
@click.option("--subject", help="The new subject.")
@click.option("--without-attachment", "left_out", metavar="NAME", multiple=True, help="A file that is not to go out.")
@dialogue_option
@changes
@pass_app
def edit(
    app: App,
    contribution_id: int,
    text_file: Any,
    subject: str | None,
    left_out: tuple[str, ...],
    slug: str | None,
    yes: bool,
) -> None:
    """Mend it in $EDITOR before it goes out; the author's text is kept."""
    from listserv.steps import amend

    row = one(app, contribution_id, slug)
    if left_out:
        amend.leave_out(app.session, app.now(), contribution_id, app.actor, left_out)
        click.echo(output.printable(f"{contribution_id}  goes out without {', '.join(left_out)}"))
        if text_file is None and subject is None:
            return
    topic = subject if subject is not None else row["subject"]
    if text_file is not None:
        text = output.read_text(text_file)
    elif subject is not None:
        text = row["text"]
    else:
        left = edited_contribution(row["subject"], row["text"])
        if left is None:
            click.echo("nothing was changed")
            return
        topic, text = left
    changed = amend.edit(app.session, app.now(), contribution_id, app.actor, text, topic)
    click.echo(f"{contribution_id}  {'edited; the original is kept' if changed else 'nothing was changed'}")


@click.command()
@click.argument("words", metavar="ID…", nargs=-1, required=True)
@click.option("--module", type=ID, required=True)
@dialogue_option
@dry_run_option
@changes
@pass_app
def move(app: App, words: tuple[str, ...], module: int, slug: str | None, dry_run: bool, yes: bool) -> None:
    """File under another module."""
    from listserv.steps import amend

    def act(row: Any) -> str:
        amend.move(app.session, app.now(), row["id"], app.actor, module)
        return f"moved to module {module}"

    each(app, chosen(app, words, slug=slug), dry_run, act)


@click.command()
@click.argument("words", metavar="ID…", nargs=-1, required=True)
@dialogue_option
@changes
@pass_app
def claim(app: App, words: tuple[str, ...], slug: str | None, yes: bool) -> None:
    """Show the other moderators that you are on it, for half an hour."""
    from listserv.steps import amend

    ids = id_words.expand(words)
    known(app, ids, slug)
    for number in ids:
        until = amend.claim(app.session, app.now(), number, app.actor)
        click.echo(f"{number}  claimed until {until:%H:%M} UTC")


COMMANDS = (release, undo, return_, discard, edit, move, claim)

"""`listserv queue`: what moderators do all day. Here is the looking; the deciding is in cli/decide."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Any

import click

from listserv.cli import chosen, decide, gone, output
from listserv.cli.attachment import attachment
from listserv.cli.context import App, dialogue_option, json_option, limit_option, pass_app
from listserv.cli.credit import attribute
from listserv.cli.ids import ID
from listserv.cli.marking import asked, tag
from listserv.core.dialogue.model import ContributionState

FILE_KEYS = ("name", "size", "content_type", "state", "reason")
#: Rows of a list that tells the guiding question of each: to suggest one has to read the texts.
HINTED = 200
STATES = [*(state.value for state in ContributionState), "all"]


@click.group()
def queue() -> None:
    """Contributions held for a moderator."""


def _brief(row: Any, now: datetime) -> dict[str, Any]:
    claimed = row["claimed_by"] is not None and row["claimed_until"] > now
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
        "claimed_by": row["claimed_by"] if claimed else None,
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
    from listserv.core.dialogue.reasons import telling
    from listserv.core.mail.threads import base_subject

    found = chosen.rows(app, slug, state, module, sender, limit)
    now = app.now()
    rows = [_brief(row, now) for row in found]
    questions: dict[int, str] = {}
    if not as_json:
        questions = _asked(app, found) if len(found) <= HINTED else {}
        rows = [
            one
            | {"reasons": " ".join(telling(one_["reasons"])), "question": questions.get(one["id"], "")}
            | {"subject": base_subject(one["subject"], one["dialogue"]) or one["subject"]}
            for one, one_ in zip(rows, found, strict=True)
        ]
    empty = "nothing is held" if state == "held" else f"nothing is {state}"
    columns = ["id", "module", "question", "name", "subject", "words", "received_at", "reasons", "claimed_by"]
    if not any(questions.values()):
        columns.remove("question")
    output.listing(
        rows, as_json, columns if state == "held" else ["id", "state", *columns[1:-2]], empty, ["received_at", "words"]
    )


def _asked(app: App, rows: Sequence[Any]) -> dict[int, str]:
    """By id, the guiding questions noted or suggested."""
    from listserv.store import contributions, dialogues

    with app.session.read() as connection:
        whole = contributions.asked(connection, [row["id"] for row in rows])
        there = {one.id: one for one in dialogues.all_of(connection)}
    return {row["id"]: asked(there[row["dialogue_id"]], row) for row in whole}


@queue.command()
@click.argument("contribution_id", metavar="ID", type=ID)
@dialogue_option
@json_option
@pass_app
def show(app: App, contribution_id: int, slug: str | None, as_json: bool) -> None:
    """One contribution whole: what was cut, why it is held, what was done with it."""
    from listserv.core.dialogue.reasons import telling
    from listserv.core.mail.level import IN_WORDS
    from listserv.core.publication import byline
    from listserv.core.publication.passages import stands
    from listserv.steps import mend
    from listserv.steps.hint import hint
    from listserv.store import attachments, audit, contributions, dialogues, originals, passages, tagging

    row = chosen.one(app, contribution_id, slug)
    with app.session.read() as connection:
        files = [dict(one) for one in attachments.of(connection, contribution_id)]
        history = [dict(one) for one in audit.rows(connection, subject=f"contribution {contribution_id}")]
        tags = tagging.of(connection, contribution_id)
        marked = passages.of(connection, contribution_id)
        suggested = hint(dialogues.by_id(connection, row["dialogue_id"]), row)
        gone_at = originals.purged_of(connection, contribution_id)
        mends = mend.before(connection, contribution_id)
        changed = mend.changed(connection, contribution_id)
    whole = _brief(row, app.now()) | {
        "number": row["number"],
        "question": row["question"],
        "questions": contributions.questions(row),
        "suggestion": {"question": suggested.question, "why": suggested.why} if suggested else None,
        "tags": tags,
        "passages": [
            {key: one[key] for key in ("kind", "text", "marked_by", "marked_at")}
            | {"stands": stands(row["text"], one["text"])}
            for one in marked
        ],
        "text": row["text"],
        "original": row["original"],
        "cut": row["cut"],
        "html": row["html"],
        "attachments": [{key: one[key] for key in FILE_KEYS} for one in files],
        "message_id": row["message_id"],
        "in_reply_to": row["in_reply_to"],
        "authentication": row["authentication"],
        "history": history,
        "original_gone_at": gone_at,
        "attribution": row["attribution"],
        "quotable": bool(row["quotable"]),
        "mends": mends,
        "changes": changed,
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
    question = "".join(f", question {one}" for one in contributions.questions(row))
    say(f"Module:   {row['module'] or 'the next to open'}{question}" + (f"   Tags: {', '.join(tags)}" if tags else ""))
    if suggested:
        say(f"Perhaps:  question {suggested.question}: {suggested.why}")
    for one in whole["passages"]:
        gone_ = "" if one["stands"] else " (no longer in the text: shown to nobody)"
        say(f"Marked:   {one['kind'] or 'passage'} “{one['text']}”{gone_}")
    say(f"Received: {row['received_at']:%Y-%m-%d %H:%M} UTC, {row['words']} words; {IN_WORDS[row['authentication']]}")
    if gone_at:
        say(f"Original: {gone.said(app, gone_at, row)}")
    for reason in telling(row["reasons"]):
        say(f"Held:     {reason}")
    if wish := byline.wish(row):
        say(f"Shown as: {wish}")
    for place, one in enumerate(files, 1):
        fate = "" if one["state"] == "kept" else f"; {one['state']}: {one['reason']}"
        say(f"Attached: {place}. {one['name']} ({one['content_type']}, {one['size']:,} bytes){fate}")
    say("-" * 72)
    say(row["text"].rstrip())
    if row["original"] is not None:
        say("--- as its author wrote it " + "-" * 45)
        say(row["original"].rstrip())
    if mends:
        say(f"--- what changed since {mends}, which was returned " + "-" * 30)
        say("\n".join(changed) or "nothing")
    if row["cut"].strip():
        say("--- cut (not sent to anybody) " + "-" * 42)
        say("\n".join(f"| {line}" for line in row["cut"].rstrip().split("\n")))
    if history:
        say("--- history " + "-" * 60)
        for one in history:
            say(f"{one['at']:%Y-%m-%d %H:%M} UTC  {one['actor']}  {one['action']}  {one['reason']}".rstrip())


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
    """How a mail was judged: where it belongs and why, who it is from, and each rule in order."""
    from listserv.steps import explain as explaining

    row = chosen.one(app, contribution_id, slug)
    with app.session.read() as connection:
        told = explaining.explain(connection, app.site, contribution_id)
    if as_json:
        whole = {"module": row["module"], "place": told.place, "authentication": row["authentication"]}
        output.json([{"rule": one.rule, "held": one.held, "reason": one.why} | whole for one in told.steps])
        return
    say = lambda text: click.echo(output.printable(text))  # noqa: E731
    say(f"{row['id']}  {row['person_name'] or row['from_name']}: {row['subject']}")
    say(f"Place:    {told.place}")
    say(f"Sender:   {told.authentication}")
    say(f"Outcome:  {told.outcome}")
    say(f"Question: {told.question}")
    longest = max(len(one.rule) for one in told.steps)
    for one in told.steps:
        say(f"{'yes' if one.held else 'no':<3}  {one.rule:<{longest}}  {one.why}".rstrip())


for _command in (attachment, *decide.COMMANDS, tag, attribute):
    queue.add_command(_command)

"""Adding people for `participant add` and `import`: what would become of each (--dry-run), and doing it by portions."""

from __future__ import annotations

import sys
from collections import Counter
from collections.abc import Callable, Mapping
from dataclasses import replace
from typing import TYPE_CHECKING

import click

from listserv.cli import output
from listserv.cli.context import App
from listserv.core.dialogue import tongues
from listserv.core.dialogue.model import Dialogue
from listserv.errors import Refused

if TYPE_CHECKING:
    from listserv.cli.roster import Fields, Line
    from listserv.steps.enrol import Enrolled, Newcomer

#: People added in one transaction: a running engine waits no longer than that takes. An import that was
#: interrupted is simply run again.
CHUNK = 200


def _pairs(ctx: click.Context, param: click.Parameter, value: tuple[str, ...]) -> dict[str, str]:
    if bad := [one for one in value if "=" not in one]:
        raise click.BadParameter(f"{bad[0]!r}: write KEY=VALUE")
    return {key.strip(): said.strip() for key, _, said in (one.partition("=") for one in value)}


fields_option = click.option(
    "--field",
    "fields",
    multiple=True,
    metavar="KEY=VALUE",
    callback=_pairs,
    help="A profile field of the dialogue's own.",
)


def own_fields(app: App, dialogue: Dialogue) -> Fields:
    from listserv.store import dialogues

    with app.session.read() as connection:
        return {one["key"]: tuple(one["choices"]) for one in dialogues.fields(connection, dialogue.id)}


def flaw(app: App) -> Callable[[str], str]:
    from listserv.steps import enrol

    return lambda address: enrol.flaw(app.site, address)


def unspoken(app: App, dialogue: Dialogue, language: str) -> str:
    """What to say of a language that our letters are not in; "" where they are, and for none."""
    return tongues.unspoken(language, app.site.languages, dialogue.language)


def foresee(app: App, dialogue: Dialogue, people: list[Newcomer], *, invite: bool, again: bool = False) -> None:
    """`--dry-run`: a line for each, what would become of them."""
    from listserv.steps import enrol, erased

    if not again:
        erased.admits(app.session, app.now(), app.site, [one.address for one in people], app.actor, again=False)
    for one, found in zip(
        people, enrol.foresee(app.session, app.site, dialogue, people, invite=invite, again=again), strict=True
    ):
        click.echo(output.printable(_said(one, found)))
        if note := unspoken(app, dialogue, one.profile.get("language", "")):
            click.echo(f"  note: {note}")
    click.echo(f"{output.plural(len(people), 'person', 'people')}; nothing was changed (--dry-run)")


def _said(one: Newcomer, found: Enrolled) -> str:
    match found.what:
        case "added" | "invited":
            verb = "add" if found.what == "added" else "invite"
            return f"would {verb} {one.address} {one.name}".rstrip()
        case "changed":
            return f"is there already: {one.address} (would change {', '.join(found.changes)})"
        case "unchanged":
            return f"is there already: {one.address}"
        case no:
            return f"{NO.get(no, no)}, would not be added: {one.address}"


NEVER = "asked never to be written to again"

#: What keeps somebody away, as it is said; they come back by --again only.
NO = {"left": "left", "declined": "declined", "suppressed": "erased at their wish", "never": NEVER}

#: The verdict on a line by what `enrol` would do.
_VERDICTS = {"added": "new", "invited": "new", "changed": "known", "unchanged": "known"}


def verdicts(
    app: App, dialogue: Dialogue, file: str, lines: list[Line], as_json: bool, *, invite: bool, again: bool
) -> None:
    """`import --dry-run`: what would become of each line, or what is wrong with it. Refused when any is wrong."""
    from listserv.steps import enrol, erased

    lines = [_noted(app, dialogue, one) for one in lines]
    good = [one.newcomer for one in lines if one.newcomer]
    found = dict(
        zip(
            (one.address for one in good),
            enrol.foresee(app.session, app.site, dialogue, good, invite=invite, again=again),
            strict=True,
        )
    )
    if as_json:
        output.json([_verdict(one, found) for one in lines])
    else:
        width = len(str(max((one.number for one in lines), default=1)))
        for one in lines:
            said = one.problem or _said(one.newcomer, found[one.newcomer.address]) if one.newcomer else one.problem
            click.echo(output.printable(f"{one.number:>{width}}  {'wrong: ' if one.problem else ''}{said}"))
            for remark in one.remarks:
                click.echo(output.printable(f"{'':>{width}}  note: {remark}"))
        counts = Counter(_verdict(one, found)["verdict"] for one in lines)
        counted = ", ".join(f"{verdict}: {count}" for verdict, count in counts.items())
        click.echo(
            f"{output.plural(len(lines), 'line')}{f' ({counted})' if counted else ''}; nothing was changed (--dry-run)"
        )
    if bad := sum(bool(one.problem) for one in lines):
        raise Refused(f"{file}: {output.plural(bad, 'line')} cannot be imported; until mended, none of the file is")
    if not again:
        erased.admits(app.session, app.now(), app.site, [one.address for one in good], app.actor, again=False)


def _noted(app: App, dialogue: Dialogue, line: Line) -> Line:
    note = unspoken(app, dialogue, line.newcomer.profile.get("language", "")) if line.newcomer else ""
    return replace(line, remarks=(*line.remarks, note)) if note else line


def _verdict(one: Line, found: Mapping[str, Enrolled]) -> dict[str, object]:
    done = found.get(one.newcomer.address) if one.newcomer else None
    return {
        "line": one.number,
        "address": one.address,
        "name": one.name,
        "verdict": _VERDICTS.get(done.what, done.what) if done else "wrong",
        "changes": list(done.changes) if done and done.what == "changed" else [],
        "problem": one.problem,
        "remarks": list(one.remarks),
    }


def enrol_all(app: App, dialogue: Dialogue, people: list[Newcomer], **options: bool) -> None:
    from listserv.steps import enrol, erased

    again, addresses = options.get("again", False), [one.address for one in people]
    erased.admits(app.session, app.now(), app.site, addresses, app.actor, again=again)
    done = []
    for start in range(0, len(people), CHUNK):
        some = people[start : start + CHUNK]
        done += enrol.enrol(app.session, app.now(), app.site, dialogue, some, app.actor, **options)
        if len(people) > CHUNK and sys.stderr.isatty():
            click.echo(f"\r{len(done):,} of {len(people):,}", nl=False, err=True)
    if len(people) > CHUNK and sys.stderr.isatty():
        click.echo("", err=True)
    counts = Counter(one.what for one in done)
    said_no = {no: [one.address for one in done if one.what == no] for no in NO}
    if counted := [f"{what}: {count}" for what, count in counts.items() if what not in said_no]:
        click.echo(", ".join(counted))
    for no, addresses in said_no.items():
        if addresses:
            which = f"{len(addresses)} ({', '.join(addresses)})"
            if no == "never":
                own_mail = f"only their own mail to {app.site.addresses.join(dialogue.slug)} lifts that"
                click.echo(f"{NEVER}, not added: {which}; {own_mail}")
            else:
                back = "to bring somebody back: participant add ADDRESS --again"
                click.echo(f"{NO[no]}, not added again: {which}; {back}")
    written_to = [one for one, made in zip(people, done, strict=True) if made.what not in said_no]
    for language, count in Counter(one.profile.get("language", "") for one in written_to).items():
        if note := unspoken(app, dialogue, language):
            click.echo(f"note, of {output.plural(count, 'person', 'people')}: {note}")
    if not done:
        click.echo("nobody to add")

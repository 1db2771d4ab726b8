"""`listserv rehearse`: the whole dialogue on a clock that jumps; every mail in a folder, none sent."""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from listserv.cli import appointments, output
from listserv.cli.context import App, dialogue_option, json_option, pass_app

if TYPE_CHECKING:
    from listserv.config import Dialogue
    from listserv.edge.rehearsal.folder import Made

_SECRET = b"nothing of a rehearsal is sent, so this signs nothing"


@click.command()
@click.option(
    "--output",
    "place",
    type=click.Path(file_okay=False, path_type=Path),
    default="rehearsal",
    show_default=True,
    help="The folder to write to.",
)
@dialogue_option
@json_option
@pass_app
def rehearse(app: App, place: Path, slug: str | None, as_json: bool) -> None:
    """Run any listserv.toml from first to last mail, with imaginary people; write every mail to a folder, send none."""
    from listserv.errors import Refused

    chosen = [one for one in app.settings.dialogues if slug in (None, one.slug)]
    if not chosen:
        known = ", ".join(one.slug for one in app.settings.dialogues)
        raise Refused(f"{app.settings.path.name} has no dialogue {slug!r}; it has: {known}")
    listed: list[dict[str, Any]] = []
    for one in chosen:
        where = place / one.slug if len(app.settings.dialogues) > 1 else place
        made = _one(app, one, where)
        rows = [_row(one, each) for each in made]
        listed += rows
        if not as_json:
            click.echo(f"{one.title}: times of {one.timezone}; nothing was sent")
            output.table(rows, ["local", "kind", "module", "languages", "recipients", "subject"])
            files = len(list(where.glob("*.eml")))
            click.echo(
                f"{output.plural(len(rows), 'mail')} to {sum(row['recipients'] for row in rows):,} recipients in all;"
                f" {output.plural(files, 'variant')} in {where}, with index.md and calendar.ics"
            )
    if as_json:
        output.json(listed)


def _row(dialogue: Dialogue, made: Made) -> dict[str, Any]:
    return {
        "at": made.at,
        "local": f"{made.at.astimezone(dialogue.zone):%a %Y-%m-%d %H:%M}",
        "dialogue": dialogue.slug,
        "kind": made.kind,
        "module": made.module,
        "languages": sorted({one.language for one in made.variants if one.recipients}),
        "recipients": made.recipients,
        "subject": made.subject,
    }


def _one(app: App, dialogue: Dialogue, place: Path) -> list[Made]:
    """Play it in a database of its own, which goes afterwards."""
    import tempfile

    from listserv.cli.plan import listed
    from listserv.cli.planned import planned
    from listserv.clock import Clock
    from listserv.edge import files
    from listserv.edge.rehearsal import folder
    from listserv.edge.rehearsal.play import Play
    from listserv.store.schema import prepare
    from listserv.store.session import PassingSession

    kept = folder.Folder(place, dialogue.zone)
    shown = [datetime.now(UTC)]
    with tempfile.TemporaryDirectory(prefix="listserv-rehearsal-") as temporary:
        stage = App(str(app.path), "rehearsal")
        stage.settings = app.settings
        stage.clock = Clock(time=lambda: shown[0])
        stage.session = PassingSession(f"sqlite:///{temporary}/rehearsal.db")
        try:
            stage.site = app.site_with(_SECRET)
            prepare(stage.session, files.migrations())
            play = Play(stage.session, stage.site, planned(dialogue), kept, lambda at: shown.__setitem__(0, at))
            shown[0] = play.run()
            known = stage.dialogue(dialogue.slug)
            rows, _ = listed(stage, known, everything=True)
            kept.close(known.title, appointments.written(known, stage.site.domain, rows, shown[0]))
        finally:
            stage.close()
    return folder.told(kept.rows)

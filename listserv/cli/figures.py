"""`listserv figures`: who took part, by what was said and by who they are."""

from __future__ import annotations

from typing import Any

import click

from listserv.cli import output
from listserv.cli.context import App, dialogue_option, json_option, pass_app

BAR = 24


def _counts(part: Any) -> bool:
    """Moderators and organisers are not among those registered."""
    return part["status"] in ("active", "paused") and part["role"] == "participant"


@click.command()
@dialogue_option
@json_option
@pass_app
def figures(app: App, slug: str | None, as_json: bool) -> None:
    """Participation by module, day, question, country, sector, gender and the dialogue's own fields."""
    from listserv.core.dialogue import countries
    from listserv.core.publication.figures import Contributed, Enrolled
    from listserv.core.publication.figures import figures as count
    from listserv.store import contributions, dialogues, people

    dialogue = app.dialogue(slug)
    with app.session.read() as connection:
        released = contributions.rows(connection, dialogue.id, ["released"])
        parts = people.rows(connection, dialogue.id)
        fields = dialogues.fields(connection, dialogue.id)
    enrolled = [
        Enrolled(
            one["person_id"],
            countries.kept(one["country"]),
            one["sector"],
            one["gender"],
            _counts(one),
            one["profile"],
        )
        for one in parts
    ]
    said = [
        Contributed(row["person_id"] or -row["id"], row["module"] or 0, row["question"], row["decided_at"])
        for row in released
    ]
    found = count(said, enrolled, dialogue.modules, dialogue.zone, fields=[one["key"] for one in fields])
    if as_json:
        output.json(found.as_dict())
        return
    click.echo(
        f"{dialogue.title}: {output.plural(found.contributions, 'contribution')} by"
        f" {output.plural(found.contributors, 'person', 'people')} of {found.registered} ({found.share:.0%}),"
        f" {output.plural(found.countries, 'country', 'countries')}"
    )
    rows = found.rows()
    most = max((row.contributions for row in rows), default=0)
    group, labels = "", {one["key"]: one["label"] for one in fields}
    for row in rows:
        if row.group != group:
            group = row.group
            click.echo(output.printable(f"\n{labels.get(group, group)}"))
        bar = "█" * round(BAR * row.contributions / most) if most else ""
        key = countries.named(row.key) if group == "country" else row.key
        registered = "" if row.registered is None else f" of {row.registered}"
        label = output.pad(output.printable(key or "not said"), 28)
        click.echo(f"  {label} {row.contributions:>4}  {bar:<{BAR}}  {row.contributors}{registered} people")

"""`listserv coverage`: which guiding questions were taken up, by whom, and who has not been heard."""

from __future__ import annotations

import shutil
import textwrap
from collections.abc import Callable, Mapping, Sequence
from typing import TYPE_CHECKING, Any

import click

from listserv.cli import output
from listserv.cli.context import App, dialogue_option, json_option, pass_app
from listserv.cli.ids import ID

if TYPE_CHECKING:
    from listserv.core.publication.coverage import Cell, Coverage, Part

BAR = 10  # columns of a bar
LABEL = 22  # columns of a group's name
CELL = 5  # of a figure
BESIDE = 6 + 11 + 11  # of what stands behind the figures
NAMES = 6  # groups that have not been heard, named of each kind

Named = Callable[[str, str], str]


@click.command()
@click.option("--by", default="region", show_default=True, help="region, country, sector, gender or a field's key.")
@click.option("--module", type=ID, help="Only that module.")
@dialogue_option
@json_option
@pass_app
def coverage(app: App, by: str, module: int | None, slug: str | None, as_json: bool) -> None:
    """Guiding questions against regions, countries, sectors, genders or a field of the dialogue's own.

    For moderators: a cell of one names a person.
    """
    from listserv.core.dialogue import countries, regions
    from listserv.steps import cover
    from listserv.store import dialogues

    dialogue = app.dialogue(slug)
    with app.session.read() as connection:
        found = cover.cover(connection, dialogue, by, module)
        labels = {one["key"]: one["label"] for one in dialogues.fields(connection, dialogue.id)}

    def named(group: str, key: str) -> str:
        match group:
            case "region":
                return regions.named(key)
            case "country":
                return countries.named(key)
            case _:
                return key

    if as_json:
        output.json(_as_dict(found, named))
        return
    _wrapped("", f"{dialogue.title}: guiding questions by {labels.get(by, by)}.")
    _wrapped("", "For moderators: a figure of 1 names a person.")
    for part in found.parts:
        _part(part, by, named)
    if not found.parts:
        say("no module has begun yet")
    _silent(found, named, labels)


def say(text: str = "") -> None:
    click.echo(output.printable(text))


def _columns() -> int:
    return max(60, min(shutil.get_terminal_size((80, 24)).columns, 120))


def _part(part: Part, by: str, named: Named) -> None:
    module = part.module
    _wrapped(f"\nModule {module.number}: ", f"{module.title} ({_by(part.all, 'contribution')})")
    most = max([part.unassigned.contributions, *(one.said.contributions for one in part.questions)], default=0)
    lead = 3 + BAR + 1 + 12 + 2
    for one in part.questions:
        hinted = f" [{one.suggested} more by their words]" if one.suggested else ""
        told = textwrap.wrap(one.text + hinted, _columns() - lead) or [""]
        say(f"{one.number:>2} {_bar(one.said, most)} {_short(one.said):<12}  {told[0]}")
        for line in told[1:]:
            say(" " * lead + line)
    if part.unassigned.contributions or not part.questions:
        hints = sum(one.suggested for one in part.questions)
        more = f"; the words of {hints} suggest one" if hints else ""
        say(f" - {_bar(part.unassigned, most)} {_short(part.unassigned):<12}  on no question yet{more}")
    if part.rows:
        _table(part, by, named)


def _table(part: Part, by: str, named: Named) -> None:
    """Groups down, questions across; with more questions than fit, several tables."""
    fit = max(1, (_columns() - LABEL - BESIDE) // CELL)
    rows = sorted(
        part.rows, key=lambda one: (one.key == "", -one.all.contributions, -one.registered, named(by, one.key))
    )
    numbers = list(range(len(part.questions)))
    for start in range(0, max(1, len(numbers)), fit):
        some = numbers[start : start + fit]
        heads = "".join(f"{'Q' + str(one + 1):>{CELL}}" for one in some)
        say()
        say(f"{output.pad(by, LABEL)}{heads}{'none':>6} wrote of")
        for row in rows:
            cells = "".join(f"{_figure(row.cells[one]):>{CELL}}" for one in some)
            label = output.pad(output.printable(named(by, row.key) or "not said"), LABEL)
            wrote = f"{row.all.people:>3} of {row.registered:<3}{'' if row.all.contributions else ' nobody yet'}"
            say(f"{label}{cells}{_figure(row.unassigned):>6} {wrote}".rstrip())


def _figure(cell: Cell) -> str:
    """Contributions; with the people behind a stroke, where they are fewer."""
    if not cell.contributions:
        return "·"
    more = cell.people != cell.contributions
    return f"{cell.contributions}/{cell.people}" if more else str(cell.contributions)


def _short(cell: Cell) -> str:
    return f"{cell.contributions} by {cell.people}" if cell.contributions else "nobody"


def _by(cell: Cell, what: str) -> str:
    return f"{output.plural(cell.contributions, what)} by {output.plural(cell.people, 'person', 'people')}"


def _bar(cell: Cell, most: int) -> str:
    return f"{output.bar(cell.contributions, most, BAR):<{BAR}}"


def _silent(found: Coverage, named: Named, labels: Mapping[str, str]) -> None:
    groups: dict[str, list[str]] = {}
    for one in found.silent:
        groups.setdefault(one.group, []).append(f"{named(one.group, one.key)} ({one.registered})")
    if groups:
        say("\nRegistered, and not heard yet (how many):")
        for group, names in groups.items():
            more = [f"and {len(names) - NAMES} more (--json has all)"] if len(names) > NAMES + 1 else []
            shown = names[:NAMES] if more else names
            _wrapped(f"  {output.pad(output.printable(labels.get(group, group)), 10)} ", ", ".join([*shown, *more]))
    if found.unmarked:
        say()
        _wrapped("Taken up by their words, and marked by nobody yet (module.question): ", _pairs(found.unmarked))
    if found.untouched:
        say()
        _wrapped("Nobody took up (module.question): ", _pairs(found.untouched) + _left(found))


def _pairs(questions: Sequence[tuple[int, int]]) -> str:
    return ", ".join(f"{module}.{number}" for module, number in questions)


def _left(found: Coverage) -> str:
    """What may yet turn out to answer one of those that nobody took up."""
    modules = {module for module, _ in found.untouched}
    left = sum(
        part.unassigned.contributions - sum(one.suggested for one in part.questions)
        for part in found.parts
        if part.module.number in modules
    )
    if not left:
        return ""
    those = f"{output.plural(left, 'contribution')} there {'is' if left == 1 else 'are'}"
    return f"; but {those} on no question yet: listserv contribution tag N --question Q"


def _wrapped(lead: str, text: str) -> None:
    room = _columns() - len(lead.lstrip("\n"))
    lines = textwrap.wrap(text, room, break_long_words=False, break_on_hyphens=False)
    say(lead + lines[0])
    for line in lines[1:]:
        say(" " * len(lead.lstrip("\n")) + line)


def _as_dict(found: Coverage, named: Named) -> dict[str, Any]:
    def cell(one: Cell) -> dict[str, int]:
        return {"contributions": one.contributions, "people": one.people}

    return {
        "by": found.by,
        "modules": [
            {
                "module": part.module.number,
                "title": part.module.title,
                **cell(part.all),
                "questions": [
                    {"question": one.number, "text": one.text, **cell(one.said), "suggested": one.suggested}
                    for one in part.questions
                ],
                "unassigned": cell(part.unassigned),
                "rows": [
                    {
                        "key": row.key,
                        "name": named(found.by, row.key),
                        "registered": row.registered,
                        **cell(row.all),
                        "questions": [{"question": number, **cell(one)} for number, one in enumerate(row.cells, 1)],
                        "unassigned": cell(row.unassigned),
                    }
                    for row in part.rows
                ],
            }
            for part in found.parts
        ],
        "silent": [
            {"group": one.group, "key": one.key, "name": named(one.group, one.key), "registered": one.registered}
            for one in found.silent
        ],
        **{
            key: [{"module": module, "question": number} for module, number in pairs]
            for key, pairs in (("unmarked", found.unmarked), ("untouched", found.untouched))
        },
    }

"""`listserv resources`: background papers, and what people shared; a moderator takes out what does not belong."""

from __future__ import annotations

import textwrap
from typing import TYPE_CHECKING, Any

import click

from listserv.cli import output
from listserv.cli.context import App, changes, dialogue_option, json_option, pass_app

if TYPE_CHECKING:
    from listserv.core.publication.resources import Resource


@click.group(invoke_without_command=True)
@click.option("--all", "everything", is_flag=True, help="Also what was hidden.")
@dialogue_option
@json_option
@pass_app
@click.pass_context
def resources(ctx: click.Context, app: App, everything: bool, slug: str | None, as_json: bool) -> None:
    """Background papers first, then links and documents from released contributions, with who shared them."""
    if ctx.invoked_subcommand:
        ctx.meta["slug"] = slug
        return
    from listserv.steps import collect

    dialogue = app.dialogue(slug)
    with app.session.read() as connection:
        found = collect.collect(connection, app.site, dialogue)
    shown = [one for one in found if everything or not one.hidden]
    if as_json:
        output.json([_row(one) for one in shown])
        return
    if not shown:
        click.echo("there are no resources yet")
    for one in shown:
        _say(one)


def _row(one: Resource) -> dict[str, Any]:
    return {
        "number": one.number,
        "title": one.title,
        "url": one.url,
        "file": {"name": one.file.name, "size": one.file.size, "content_type": one.file.content_type}
        if one.file
        else None,
        "shared": [
            {
                "contribution": by.contribution,
                "module": by.module,
                "author": by.byline.sender,
                "organisation": by.byline.organisation,
                "country": by.byline.country,
                "via": by.byline.via,
            }
            for by in one.shared
        ],
        "hidden": one.hidden,
    }


def _say(one: Resource) -> None:
    say = lambda text: click.echo(output.printable(text))  # noqa: E731
    number = "  -" if one.number is None else f"{one.number:>3}"
    lines = textwrap.wrap(one.label + (" (hidden)" if one.hidden else ""), 74, break_long_words=False) or [""]
    for lead, line in zip([number, *["   "] * (len(lines) - 1)], lines, strict=True):
        say(f"{lead}  {line}")
    if one.title and one.url:
        say(f"     {one.url}")
    if one.file:
        say(f"     {one.file.content_type}, {one.file.size:,} bytes")
    by = [f"{who.byline.line or 'a participant'} ({who.contribution})" for who in one.shared]
    said = f"shared by {'; '.join(by)}" if by else ""
    if one.number is None:
        said = f"a background paper of the organisers{', also ' * bool(by)}{said}"
    for line in textwrap.wrap(said, 74):
        say(f"     {line}")


@resources.command()
@click.argument("which", metavar="N…", nargs=-1, required=True)
@dialogue_option
@changes
@click.pass_context
def hide(ctx: click.Context, which: tuple[str, ...], slug: str | None, yes: bool) -> None:
    """Take out what does not belong, by number or link: pages, round-ups and the report leave it out."""
    _change(ctx, "hide", which, slug)


@resources.command()
@click.argument("which", metavar="N…", nargs=-1, required=True)
@dialogue_option
@changes
@click.pass_context
def restore(ctx: click.Context, which: tuple[str, ...], slug: str | None, yes: bool) -> None:
    """Show again what was hidden."""
    _change(ctx, "restore", which, slug)


def _change(ctx: click.Context, what: str, which: tuple[str, ...], slug: str | None) -> None:
    from listserv.steps import collect

    app = ctx.ensure_object(App)
    dialogue = app.dialogue(slug or ctx.meta.get("slug"))
    act = {"hide": collect.hide, "restore": collect.restore}[what]
    for wanted in which:
        one = act(app.session, app.now(), app.site, dialogue, wanted, app.actor)
        done = {"hide": "hidden", "restore": "shown again"}[what]
        click.echo(output.printable(f"{one.number}  {one.label}: {done}"))

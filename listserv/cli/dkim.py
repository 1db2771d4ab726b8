"""`listserv dkim`: makes the keys that sign what we send, and says what DNS must tell receivers about them."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import click

from listserv.cli import output
from listserv.cli.context import App, changes, json_option, pass_app, sure
from listserv.errors import Refused

if TYPE_CHECKING:
    from listserv.config.tables import Dkim
    from listserv.core.mail.dkim import Key

#: What is made where listserv.toml does not say otherwise: the selector, and how its keys are called there.
SELECTORS = {"rsa-sha256": "d1", "ed25519-sha256": "e1"}
PREFIXES = {"rsa-sha256": "", "ed25519-sha256": "ed25519_"}


@click.group()
def dkim() -> None:
    """Signing keys: make one, show what DNS must say."""


@dkim.command()
@click.option("--ed25519", is_flag=True, help="A second key beside the RSA one, short and fast; few receivers know it.")
@click.option("--selector", metavar="NAME", help="Under which DNS has its record; another one for every new key.")
@changes
@pass_app
def new(app: App, ed25519: bool, selector: str | None, yes: bool) -> None:
    """Make a key, and say what to put into DNS and listserv.toml."""
    from listserv.edge import keyfile

    algorithm = "ed25519-sha256" if ed25519 else "rsa-sha256"
    settings = app.settings.dkim
    if ed25519 and settings is None:
        raise Refused("an Ed25519 key stands beside an RSA one; first run: listserv dkim new")
    domain = settings.domain if settings else app.settings.site.domain
    named = settings.place(algorithm) if settings else None
    name = _selector(selector) if selector is not None else named[0] if named else SELECTORS[algorithm]
    if settings and (other := settings.place(_other(algorithm))) and other[0] == name:
        raise Refused(f"selector {name} is that of the key in {other[1]}; choose another with --selector")
    if named and named[0] == name:
        path = named[1]
    else:
        path = app.settings.path.parent / "var" / (f"dkim-{name}.pem" if settings else "dkim.pem")
    if path.exists():
        what = f"{path} exists. Until DNS has the record of a new key, mail signed with it counts as forged; after"
        why = "that, mail still under way with the old one. Better make one beside it: --selector NAME."
        sure(f"{what} {why} Replace it?", yes)
    key = keyfile.generate(domain, name, algorithm)
    keyfile.write(path, key)
    click.echo(f"The private key is in {path}; nobody but its owner may read it.\n")
    _tell_dns(key)
    click.echo()
    _tell_settings(app, settings, key, path)


def _other(algorithm: str) -> str:
    return next(one for one in SELECTORS if one != algorithm)


def _selector(name: str) -> str:
    """As listserv.toml would take it. Raises Refused."""
    from pydantic_core import PydanticCustomError

    from listserv.config.tables import selector

    try:
        return selector(name)
    except PydanticCustomError as error:
        raise Refused(f"--selector: {error.message()}") from None


def _tell_dns(key: Key) -> None:
    from listserv.core.mail.dkim import strings

    click.echo("Put this into DNS:\n")
    click.echo(f"  name   {key.record_name}")
    click.echo("  type   TXT")
    click.echo(f"  value  {key.record}")
    quoted = " ".join(f'"{one}"' for one in strings(key.record))
    click.echo("\nor, as a line of a zone file (no string in it may be longer than 255):\n")
    click.echo(f"  {key.record_name}. IN TXT ( {quoted} )")


def _tell_settings(app: App, settings: Dkim | None, key: Key, path: Path) -> None:
    folder = app.settings.path.parent
    written = path.relative_to(folder) if path.is_relative_to(folder) else path
    prefix = PREFIXES[key.algorithm]
    if settings is not None and settings.place(key.algorithm) == (key.selector, path):
        click.echo(f"{app.path} names this key already. Once DNS has the record, start serve again: it signs with it.")
        return
    where = f"under [dkim] in {app.path}" if settings else f"into {app.path}"
    click.echo(f"Once DNS has the record, write {where}, and start serve again:\n")
    head = [] if settings else ["[dkim]", f'domain = "{key.domain}"']
    lines = [f'{prefix}selector = "{key.selector}"', f'{prefix}key_file = "{written.as_posix()}"']
    click.echo("\n".join(f"  {line}" for line in (*head, *lines)))


@dkim.command()
@json_option
@pass_app
def show(app: App, as_json: bool) -> None:
    """What DNS must say for the keys in listserv.toml."""
    from listserv.cli.signing import keys
    from listserv.core.mail.dkim import strings

    found = keys(app.settings)
    if not found:
        raise Refused(f"{app.path} has no [dkim]; make a key with: listserv dkim new")
    if as_json:
        output.json(
            [
                {
                    "name": key.record_name,
                    "type": "TXT",
                    "value": key.record,
                    "strings": strings(key.record),
                    "domain": key.domain,
                    "selector": key.selector,
                    "algorithm": key.algorithm,
                }
                for key in found
            ]
        )
        return
    for number, key in enumerate(found):
        click.echo("\n" * bool(number), nl=False)
        _tell_dns(key)

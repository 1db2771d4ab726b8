"""What a command writes to a file that is made again and again: whole, and over one that is there only if so wished."""

from __future__ import annotations

from pathlib import Path

import click

from listserv.cli.context import App, sure
from listserv.errors import Refused

STDOUT = Path("-")

output_option = click.option(
    "--output",
    "path",
    type=click.Path(dir_okay=False, path_type=Path),
    metavar="FILE",
    help="A file instead of standard output.",
)
html_option = click.option(
    "--html",
    type=click.Path(dir_okay=False, path_type=Path),
    metavar="FILE",
    help="Write the HTML form to a file, over one that is there, to look at in a browser.",
)
replace_option = click.option("--yes", is_flag=True, help="Do not ask before a file is replaced.")


def may(app: App, path: Path | None, yes: bool) -> None:
    """Ask before a file is replaced. Refused where nobody can answer, and for what we live by ourselves."""
    if path is None or path == STDOUT or not path.is_file() or _passing(path):
        return
    _not_ours(app, path)
    sure(f"Replace {path}?", yes, "It exists already")


def look(app: App, path: Path, page: str) -> None:
    """A page to look at, over the one that was looked at before: nobody is asked."""
    _not_ours(app, path)
    write(path, page)


def _not_ours(app: App, path: Path) -> None:
    for own in (app.path, app.settings.database.file):
        if own and own.exists() and path.exists() and path.samefile(own):
            raise Refused(f"{path} is this installation's own; name another file")


def write(path: Path, text: str, *, public: bool = False) -> bool:
    """A file whole, for its owner only unless `public`; false where it is no file: that is written to as it is."""
    from listserv.edge import archive

    if path == STDOUT:
        click.echo(text, nl=False)
        return False
    try:
        if passing := _passing(path):
            archive.append_text(path, text)
        else:
            archive.replace_text(path, text, public=public)
    except OSError as error:
        raise Refused(f"{path}: cannot be written ({error.strerror}); name another file") from None
    return not passing


def hand_out(path: Path | None, text: str) -> None:
    """To standard output, or to the file named: that is said."""
    if write(path or STDOUT, text):
        click.echo(f"{path}  written")


def _passing(path: Path) -> bool:
    """A pipe, a device, /dev/stdout: nothing to replace, even where it leads to a file."""
    return (path.exists() and not path.is_file()) or str(path).startswith(("/dev/std", "/dev/fd/", "/proc/"))

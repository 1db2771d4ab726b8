"""A text in the moderator's own editor. Bad editors and closed terminals are refused in one line, nothing is lost."""

from __future__ import annotations

import os
import sys

import click

from listserv.errors import Refused

INSTEAD = "hand the text in with --text FILE (- = stdin)"


def edited(text: str, extension: str) -> str | None:
    """The text as it was left in $VISUAL or $EDITOR; None when it was not saved. `extension`: ".txt", say.

    Raises Refused, naming --text, when there is no editor to ask, when it failed, and for what is not UTF-8.
    """
    if not (os.environ.get("VISUAL") or os.environ.get("EDITOR")) and not sys.stdin.isatty():
        raise Refused(f"there is no terminal to edit in, and no EDITOR is set; {INSTEAD}")
    try:
        return click.edit(text, extension=extension)
    except UnicodeDecodeError as error:
        raise Refused(f"what the editor saved is not UTF-8 (byte {error.start + 1}); {INSTEAD}") from None
    except click.ClickException as error:
        raise Refused(f"{error.message.rstrip('.')}; nothing was changed; {INSTEAD}") from None


def edited_contribution(subject: str, text: str) -> tuple[str, str] | None:
    """Subject and text of a contribution as they were left in the editor; None when nothing was saved."""
    left = edited(f"Subject: {subject}\n\n{text}", ".txt")
    if left is None:
        return None
    first, _, rest = left.partition("\n")
    if first.lower().startswith("subject:"):
        return first[8:].strip(), rest.lstrip("\n")
    return subject, left

"""format=flowed: paragraphs put together again, and taken apart to be sent (RFC 3676 §4)."""

from __future__ import annotations

import re
from typing import Final

MOST: Final = 78  # characters of a line that is left whole (RFC 3676 §4.2)
WIDTH: Final = 76  # of one that is broken, its space at the end included
NO_QUOTE: Final = "\u2060"  # unseen, before a ">" that stuffing shows to be the author's; extract() takes it off
_WORDS = re.compile(r"[^ ]* +|[^ ]+$")


def unwrap(text: str, delete_space: bool) -> str:
    """Paragraphs on one line each; quote depth, "-- " and hard breaks kept. `delete_space` is DelSp=yes.

    A line of the author's that begins with ">" has NO_QUOTE before it.
    """
    out: list[str] = []
    depth, parts = 0, list[str]()

    def finish() -> None:
        if parts:
            out.append(">" * depth + (" " if depth else "") + "".join(parts))
            parts.clear()

    for line in text.split("\n"):
        rest = line.lstrip(">")
        quotes = len(line) - len(rest)
        rest = rest.removeprefix(" ")  # space-stuffing
        if rest[:1] == ">" and not quotes and not parts:
            rest = NO_QUOTE + rest
        if parts and (quotes != depth or rest == "-- "):
            finish()
        depth = quotes
        if rest.endswith(" ") and rest != "-- ":
            parts.append(rest[:-1] if delete_space else rest)
        else:
            parts.append(rest)
            finish()
    finish()
    return "\n".join(line if line == "-- " or line.endswith("> -- ") else line.rstrip(" ") for line in out)


def wrap(text: str) -> str | None:
    """The text (LF line ends) as format=flowed without DelSp, or None where it needs no breaks.

    Lines of more than MOST characters are broken at spaces: programs that know flowed text show paragraphs in the
    width of their window, any other shows lines of at most WIDTH. Indented lines stay whole: commands, tables, and what
    we show of held mails, none of whose words is to begin a line. `unwrap` gives the text back, but for spaces at ends.
    """
    lines = text.split("\n")
    if not any(_breaks(line) for line in lines):
        return None
    return "\n".join(piece for line in lines for piece in _pieces(line))


def _breaks(line: str) -> bool:
    return len(line) > MOST and line[0] not in " \t" and " " in line.lstrip("> ").rstrip()


def _pieces(line: str) -> list[str]:
    rest = line.lstrip(">")
    mark = line[: len(line) - len(rest)]
    if mark:
        rest, mark = rest.removeprefix(" "), mark + " "
    if rest != "-- ":
        rest = rest.rstrip(" ")
    pieces = [""]
    for word in _WORDS.findall(rest) if _breaks(line) else [rest]:
        begun = pieces[-1]
        if begun.strip() and begun != "-- " and len(mark) + len(begun) + len(word) > WIDTH:
            pieces.append(word)
        else:
            pieces[-1] += word
    return [mark + piece if mark else _stuffed(piece) for piece in pieces]


def _stuffed(piece: str) -> str:
    """A space before what would read as stuffing, as a quote, or as the beginning of a mail in an mbox."""
    return f" {piece}" if piece.startswith((" ", ">", "From ")) else piece

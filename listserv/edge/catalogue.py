"""A message catalogue as translators keep it (gettext's .po), made into what a program reads (its .mo).

Babel does the same for the tools; with what it imports it takes six times as long, for which each command that writes
a mail would wait, once for each language.
`read(text)` skips what is not translated, not sure ("fuzzy") or no longer said ("#~"). Contexts we have none.
"""

from __future__ import annotations

import io
import re
import struct
from collections.abc import Iterator
from gettext import GNUTranslations

_LINE = re.compile(r'(?:(msgid|msgid_plural|msgstr)(?:\[\d\])?[ \t]+)?"(.*)"')
_ESCAPE = re.compile(r"\\(.)")
_MEANT = {"n": "\n", "t": "\t", "r": "\r"}
_MAGIC = 0x950412DE


def read(text: str) -> GNUTranslations:
    """Raises ValueError for a line that is none of a catalogue's."""
    found = sorted((one.encode(), said.encode()) for one, said in _messages(text))
    at = 28 + 16 * len(found)
    tables: list[bytes] = []
    for column in (0, 1):
        for pair in found:
            tables.append(struct.pack("<2I", len(pair[column]), at))
            at += len(pair[column]) + 1
    head = struct.pack("<7I", _MAGIC, 0, len(found), 28, 28 + 8 * len(found), 0, 0)
    words = b"".join(pair[column] + b"\0" for column in (0, 1) for pair in found)
    return GNUTranslations(io.BytesIO(head + b"".join(tables) + words))


def _messages(text: str) -> Iterator[tuple[str, str]]:
    """Each message and what it is in the language; its two or more numbers parted by NUL."""
    for entry in re.split(r"\n(?:[ \t]*\n)+", text):
        fields: dict[str, list[str]] = {"msgid": [], "msgid_plural": [], "msgstr": []}
        field, sure = "", True
        for line in entry.split("\n"):
            if not line or line[0] == "#":
                sure = sure and not (line.startswith("#,") and "fuzzy" in line)
                continue
            match = _LINE.fullmatch(line.strip())
            if match is None or not (match[1] or field):
                raise ValueError(f"this is no line of a catalogue: {line}")
            if match[1]:
                field = match[1]
                fields[field].append("")
            fields[field][-1] += _ESCAPE.sub(lambda one: _MEANT.get(one[1], one[1]), match[2])
        ids = fields["msgid"] + fields["msgid_plural"]
        said = fields["msgstr"]
        if sure and any(said):
            yield "\0".join(ids), "\0".join(one or ids[min(form, 1)] for form, one in enumerate(said))

"""Whether the report's pages can be drawn: Typst, and fonts for the scripts that the dialogues speak."""

from __future__ import annotations

from collections.abc import Iterator

from listserv.core.mail.compliance import Finding, ok, warning
from listserv.edge.report import fonts

#: People write in the six languages of the United Nations, whatever the site's own are.
EXPECTED = ("en", "fr", "es", "ar", "ru", "zh")


def look() -> Iterator[Finding]:
    lacking = fonts.missing(EXPECTED, fonts.families())
    if lacking:
        scripts = " and ".join(one.script for one in lacking)
        packages = " ".join(sorted({one.package for one in lacking}))
        text = f"no font for {scripts} letters: in the report's PDF they are empty boxes."
        yield warning("fonts", text, f"Install one; Debian: apt install {packages}")
    else:
        yield ok("fonts", "Latin, Cyrillic, Arabic and Chinese letters can be drawn in the report's PDF.")

"""The report in one of its forms, and as a file: "md", "html", "pdf", "docx", written as report.<form>.

A file is written beside its place and put there whole, over the one before. Raises OSError for a folder that cannot be
written to, Refused for pages that cannot be drawn.
"""

from __future__ import annotations

from datetime import datetime
from pathlib import Path

from listserv.core.publication.forms import html, markdown
from listserv.core.publication.report.document import Report
from listserv.edge import archive, files


def content(form: str, made: Report, now: datetime) -> bytes:
    """`now`: what PDF and Word say as the time of their making."""
    match form:
        case "md":
            return markdown.report(made).encode()
        case "html":
            return html.page(made, files.templates()).encode()
        case "pdf":
            from listserv.edge.report import pages

            return pages.pdf(made, files.templates(), now)
        case "docx":
            from listserv.edge.report import word

            return word.file(made, files.templates(), now)
        case _:
            raise ValueError(f"no such form: {form}")


def write(folder: Path, form: str, made: Report, now: datetime) -> tuple[Path, int]:
    """Where it was written, and how many octets."""
    octets = content(form, made, now)
    folder.mkdir(parents=True, exist_ok=True)
    path = folder / f"report.{form}"
    archive.replace(path, octets, public=True)
    return path, len(octets)

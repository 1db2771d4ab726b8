"""The first thing to read of a dialogue that was packed: what is in it, and the SHA-256 of every file.

`Manifest.read` refuses with ValueError, in words, what is none or is of a form that this program does not know.
"""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from dataclasses import dataclass

FORMAT = "listserv dialogue"
VERSION = 1
NAME = "manifest.json"

_SHA256 = re.compile(r"[0-9a-f]{64}")
_PATH = re.compile(r"[a-z-]{1,30}(?:/[0-9a-f]{1,64}(?:\.eml)?|\.jsonl)")


@dataclass(frozen=True, slots=True)
class Manifest:
    """`mark`: what the secret of where it comes from makes of a fixed word, to know that secret by; not the secret.

    `records`: lines by part. `files`: octets and SHA-256 by path.
    """

    slug: str
    title: str
    domain: str
    made_at: str  # ISO 8601, UTC
    mark: str
    records: Mapping[str, int]
    files: Mapping[str, tuple[int, str]]

    def text(self) -> str:
        document = {
            "format": FORMAT,
            "version": VERSION,
            "dialogue": self.slug,
            "title": self.title,
            "domain": self.domain,
            "made_at": self.made_at,
            "mark": self.mark,
            "records": dict(self.records),
            "files": {path: {"size": size, "sha256": sha256} for path, (size, sha256) in self.files.items()},
        }
        return json.dumps(document, ensure_ascii=False, indent=1) + "\n"

    @classmethod
    def read(cls, text: bytes) -> Manifest:
        try:
            document = json.loads(text)
        except (ValueError, RecursionError):
            raise ValueError(f"{NAME} cannot be read") from None
        if not isinstance(document, dict) or document.get("format") != FORMAT:
            raise ValueError(f"{NAME} is not that of a dialogue")
        if document.get("version") != VERSION:
            raise ValueError(f"it is of version {document.get('version')}, this listserv reads {VERSION}")
        try:
            files = {str(path): (int(one["size"]), str(one["sha256"])) for path, one in document["files"].items()}
            records = {str(part): int(count) for part, count in document["records"].items()}
            slug, title, domain, made_at, mark = (
                str(document[key]) for key in ("dialogue", "title", "domain", "made_at", "mark")
            )
        except (AttributeError, KeyError, TypeError, ValueError):
            raise ValueError(f"{NAME} lacks something") from None
        for path, (size, sha256) in files.items():
            if not _PATH.fullmatch(path) or size < 0 or not _SHA256.fullmatch(sha256):
                raise ValueError(f"{NAME} names a file that cannot be: {path[:80]!r}")
        return cls(slug, title, domain, made_at, mark, records, files)

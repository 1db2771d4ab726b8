"""format=flowed: paragraphs put together again (RFC 3676 §4)."""

from __future__ import annotations


def unwrap(text: str, delete_space: bool) -> str:
    """Paragraphs on one line each; quote depth, "-- " and hard breaks kept. `delete_space` is DelSp=yes."""
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

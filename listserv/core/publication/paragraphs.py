"""Plain text as paragraphs, for readers whose windows are narrower or wider than its lines.

Input: what somebody wrote, as it stands in a mail. Output: paragraphs, each the lines that must begin anew; lines that
a mail program has broken are joined again (RFC 5322 §2.1.1 has them end before 78). Never raises; loses no word.
"""

from __future__ import annotations

import re

_FULL = 55  # a line at least that long may have been broken by a program: the next word had no room
_WIDTH = 78
_BEGINS = re.compile(r"\s|[-*•–—>|]|\(?\w{1,3}[.)]\s")  # indented, a list's item, a quote


def paragraphs(text: str) -> list[list[str]]:
    """Blocks between blank lines, as lines."""
    blocks = re.split(r"\n(?:[ \t]*\n)+", text.replace("\r\n", "\n").strip("\n"))
    return [_joined(block.split("\n")) for block in blocks if block.strip()]


def _joined(lines: list[str]) -> list[str]:
    out: list[str] = []
    before = ""
    for line in lines:
        if out and _broken(before, line):
            out[-1] = f"{out[-1].rstrip()} {line}"
        else:
            out.append(line)
        before = line
    return out


def _broken(line: str, following: str) -> bool:
    """Whether the two are one line that was broken where the next word had no room."""
    return _FULL <= len(line) <= _WIDTH and not line.startswith((">", "|")) and not _BEGINS.match(following)

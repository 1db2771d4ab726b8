"""Which fonts a report needs that are not installed, and how to install them.

Latin and Cyrillic letters come with Typst. Arabic, Chinese and other scripts are drawn with whatever is installed:
without it their letters are empty boxes in the PDF, and in nothing else (HTML and DOCX take the reader's own fonts).
Never raises; without the typst package it says so.
"""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from functools import cache


@dataclass(frozen=True, slots=True)
class Need:
    """Families of which one is enough, and Debian's package that brings one."""

    script: str
    languages: frozenset[str]
    families: tuple[str, ...]
    package: str


_NOTO = "fonts-noto-core"
NEEDS = (
    Need(
        "Arabic",
        frozenset({"ar", "fa", "ur", "ps", "ckb", "sd", "ug"}),
        ("Amiri", "Noto Naskh Arabic", "Noto Sans Arabic", "DejaVu Sans"),
        "fonts-hosny-amiri",
    ),
    Need(
        "Chinese",
        frozenset({"zh", "ja", "ko"}),
        ("Noto Serif CJK SC", "Noto Sans CJK SC", "WenQuanYi Micro Hei", "Droid Sans Fallback"),
        "fonts-wqy-microhei",
    ),
    Need("Hindi", frozenset({"hi", "ne", "mr"}), ("Noto Serif Devanagari", "Noto Sans Devanagari"), _NOTO),
    Need("Bengali", frozenset({"bn"}), ("Noto Serif Bengali", "Noto Sans Bengali", "Lohit Bengali"), _NOTO),
    Need("Ethiopic", frozenset({"am", "ti"}), ("Noto Serif Ethiopic", "Noto Sans Ethiopic", "Abyssinica SIL"), _NOTO),
    Need("Hebrew", frozenset({"he", "yi"}), ("Libertinus Serif", "Noto Serif Hebrew", "DejaVu Sans"), _NOTO),
    Need("Georgian", frozenset({"ka"}), ("Noto Serif Georgian", "Noto Sans Georgian", "DejaVu Sans"), _NOTO),
    Need("Armenian", frozenset({"hy"}), ("Noto Serif Armenian", "Noto Sans Armenian", "DejaVu Sans"), _NOTO),
    Need("Thai", frozenset({"th"}), ("Noto Serif Thai", "Noto Sans Thai"), _NOTO),
    Need("Tamil", frozenset({"ta"}), ("Noto Serif Tamil", "Noto Sans Tamil"), _NOTO),
    Need("Sinhala", frozenset({"si"}), ("Noto Serif Sinhala", "Noto Sans Sinhala"), _NOTO),
    Need("Khmer", frozenset({"km"}), ("Noto Serif Khmer", "Noto Sans Khmer"), _NOTO),
    Need("Burmese", frozenset({"my"}), ("Noto Serif Myanmar", "Noto Sans Myanmar"), _NOTO),
    Need("Lao", frozenset({"lo"}), ("Noto Serif Lao", "Noto Sans Lao"), _NOTO),
)  # fmt: skip


@cache
def families() -> frozenset[str]:
    """The families that Typst finds: its own and the system's."""
    import typst

    return frozenset(typst.Fonts().families())


def missing(languages: Collection[str], installed: Collection[str]) -> list[Need]:
    """What these languages need and `installed` lacks."""
    return [one for one in NEEDS if one.languages & set(languages) and not set(one.families) & set(installed)]


def told(needs: Collection[Need]) -> str:
    """One line: which letters cannot be drawn, and the command to install what is missing."""
    scripts = ", ".join(one.script for one in needs)
    packages = " ".join(sorted({one.package for one in needs}))
    return f"no font for {scripts} letters in the PDF; install one (Debian): apt install {packages}"

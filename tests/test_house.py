"""The house's own rules, held against every file (DESIGN §4): who may import whom, what core may not touch, and size.

Everything is read from the source (AST), so an import inside a function counts as one at the top. Each rule is shown
to bite on a line that breaks it.
"""

from __future__ import annotations

import ast
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[1]
FILES = sorted((ROOT / "listserv").rglob("*.py"))

#: Imports go one way: to a room's own files, and to those that stand further right.
ROOMS = ("cli", "edge", "steps", "store", "core")

#: Ground that rooms share: by whom.
SHARED = {
    "errors": {"cli", "edge", "steps", "store", "config", "clock"},
    "clock": {"cli", "edge", "steps", "store", "config"},
    "config": {"cli", "config"},
}

#: What only one room may know.
OWNED = {
    "store": {"sqlalchemy", "alembic", "sqlite3", "psycopg"},
    "edge": {
        *("aiosmtpd", "imapclient", "imaplib", "smtplib", "socket", "socketserver", "ssl", "selectors"),
        *("starlette", "uvicorn", "http", "urllib.request"),
    },
}

#: What steps may not know: sockets, files, processes, other threads. Loops and waiting exist in edge/daemon alone.
NOT_IN_STEPS = {
    *("os", "pathlib", "io", "shutil", "tempfile", "glob", "mailbox", "fcntl"),
    *("asyncio", "threading", "multiprocessing", "subprocess", "signal", "select"),
}

#: What makes core impure: it turns bytes and values into values, the same ones every time.
NOT_IN_CORE = {
    *("os", "pathlib", "io", "shutil", "tempfile", "glob", "mailbox", "fcntl", "fileinput"),
    *("socket", "ssl", "select", "selectors", "http", "urllib.request", "smtplib", "imaplib", "ftplib"),
    *("asyncio", "threading", "multiprocessing", "subprocess", "signal", "concurrent", "queue", "sched"),
    *("time", "logging", "warnings", "random", "secrets", "uuid", "getpass", "locale", "sys", "importlib"),
    *("sqlite3", "sqlalchemy", "alembic", "psycopg", "pydantic", "tomllib", "configparser", "click"),
}

#: Calls that read a clock, a file or a terminal without an import that would show it.
CLOCKS = {
    *("datetime.now", "datetime.utcnow", "datetime.today", "date.today", "time.time"),
    *("utils.localtime", "localtime", "utils.make_msgid", "make_msgid", "utils.formatdate", "formatdate"),
}
FILES_AND_TERMINALS = {"open", "input", "print", "breakpoint", "exec", "eval", "__import__"}

LINES = 300
#: Files that may be longer, and why.
LONGER: dict[str, str] = {}


def room(name: str) -> str:
    """Where `listserv.x.y` lives: its second part; "" for the package itself."""
    return name.split(".")[1] if "." in name else ""


def imports(tree: ast.AST, package: str) -> Iterator[tuple[int, str]]:
    """Line and dotted name of everything a file imports; `from a import b` is a.b, for b may be a file."""
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            for alias in node.names:
                yield node.lineno, alias.name
        elif isinstance(node, ast.ImportFrom):
            parts = package.split(".")
            above = ".".join(parts[: len(parts) - node.level + 1]) if node.level else ""
            base = ".".join(part for part in (above, node.module) if part)
            for alias in node.names:
                yield node.lineno, f"{base}.{alias.name}"


def calls(tree: ast.AST) -> Iterator[tuple[int, str]]:
    """Line and name of everything a file calls or hands on to be called, its last two parts: `datetime.now`."""
    for node in ast.walk(tree):
        if isinstance(node, ast.Attribute) and isinstance(node.value, ast.Name | ast.Attribute):
            owner = node.value.id if isinstance(node.value, ast.Name) else node.value.attr
            yield node.lineno, f"{owner}.{node.attr}"
        elif isinstance(node, ast.Name):
            yield node.lineno, node.id


def within(name: str, those: set[str]) -> bool:
    """Whether `a.b.c` is one of them or inside one."""
    parts = name.split(".")
    return any(".".join(parts[:i]) in those for i in range(1, len(parts) + 1))


# --- the rules: each gives the lines of a file that break it


def goes_the_wrong_way(here: str, package: str, tree: ast.AST) -> list[str]:
    bad = []
    for line, name in imports(tree, package):
        if not within(name, {"listserv"}):
            continue
        there = room(name)
        if there in SHARED:
            allowed = here in SHARED[there]
        elif there in ROOMS:
            # The shared ground stands on core alone.
            allowed = ROOMS.index(there) >= ROOMS.index(here) if here in ROOMS else there == "core"
        else:
            allowed = there == "__version__"
        if not allowed:
            bad.append(f"{line}: {here or 'listserv'} imports {name}")
    return bad


def knows_what_another_owns(here: str, package: str, tree: ast.AST) -> list[str]:
    return [
        f"{line}: {name} is {owner}'s"
        for line, name in imports(tree, package)
        for owner, owned in OWNED.items()
        if owner != here and within(name, owned)
    ]


def touches_the_world(here: str, package: str, tree: ast.AST) -> list[str]:
    if here == "steps":
        return [f"{line}: {name}" for line, name in imports(tree, package) if within(name, NOT_IN_STEPS)]
    if here == "core":
        return [f"{line}: {name}" for line, name in imports(tree, package) if within(name, NOT_IN_CORE)] + [
            f"{line}: {name}" for line, name in calls(tree) if name in CLOCKS | FILES_AND_TERMINALS
        ]
    return []


def reads_the_clock(here: str, package: str, tree: ast.AST) -> list[str]:
    """`now` is always a parameter (DESIGN §3): steps and store are handed it, too."""
    if here not in ("steps", "store", "core"):
        return []
    return [f"{line}: {name}" for line, name in calls(tree) if name in CLOCKS]


RULES: dict[str, Callable[[str, str, ast.AST], list[str]]] = {
    "imports go one way: cli, edge, steps, store, core": goes_the_wrong_way,
    "what one room owns no other knows": knows_what_another_owns,
    "core is pure, and steps know no socket and no file": touches_the_world,
    "the clock is read in listserv/clock.py": reads_the_clock,
}


def package_of(path: Path) -> str:
    return ".".join(path.parent.relative_to(ROOT).parts)


def room_of(path: Path) -> str:
    """The room; "errors" and the like for shared ground; `python -m listserv` is a door of cli's."""
    first = path.relative_to(ROOT / "listserv").with_suffix("").parts[0]
    return {"__init__": "", "__main__": "cli"}.get(first, first)


@pytest.mark.parametrize("rule", RULES)
def test_every_file_keeps_it(rule):
    broken = [
        f"{path.relative_to(ROOT)}:{line}"
        for path in FILES
        for line in RULES[rule](room_of(path), package_of(path), ast.parse(path.read_text("utf-8")))
    ]
    assert broken == [], "\n" + "\n".join(broken)


@pytest.mark.parametrize(
    ("rule", "here", "line"),
    [
        (goes_the_wrong_way, "core", "from listserv.store import people"),
        (goes_the_wrong_way, "core", "from listserv.errors import Refused"),
        (goes_the_wrong_way, "core", "import listserv.clock"),
        (goes_the_wrong_way, "store", "from listserv.steps.intake import intake"),
        (goes_the_wrong_way, "steps", "from listserv import edge"),
        (goes_the_wrong_way, "steps", "from ..edge import files"),
        (goes_the_wrong_way, "edge", "def f():\n    from listserv.cli import main"),
        (goes_the_wrong_way, "edge", "import listserv.config as settings"),
        (goes_the_wrong_way, "store", "from listserv import config"),
        (goes_the_wrong_way, "clock", "from listserv.config import load"),
        (goes_the_wrong_way, "config", "from listserv.store import tables"),
        (goes_the_wrong_way, "cli", "from listserv.attic import things"),
        (knows_what_another_owns, "steps", "from sqlalchemy import Connection"),
        (knows_what_another_owns, "cli", "def f():\n    import sqlalchemy.exc"),
        (knows_what_another_owns, "edge", "import sqlite3"),
        (knows_what_another_owns, "steps", "import smtplib"),
        (knows_what_another_owns, "store", "from urllib import request"),
        (touches_the_world, "steps", "from pathlib import Path"),
        (touches_the_world, "steps", "import asyncio"),
        (touches_the_world, "core", "import os.path"),
        (touches_the_world, "core", "from time import monotonic"),
        (touches_the_world, "core", "import logging"),
        (touches_the_world, "core", "from concurrent.futures import Future"),
        (touches_the_world, "core", "text = open('x').read()"),
        (touches_the_world, "core", "default_factory = datetime.now"),
        (touches_the_world, "core", "at = datetime.datetime.utcnow()"),
        (touches_the_world, "core", "day = date.today()"),
        (touches_the_world, "core", "id = make_msgid()"),
        (reads_the_clock, "steps", "now = datetime.now(UTC)"),
        (reads_the_clock, "store", "now = time.time()"),
    ],
)
def test_a_rule_sees_the_line_that_breaks_it(rule, here, line):
    assert rule(here, f"listserv.{here}", ast.parse(line)) != []


@pytest.mark.parametrize(
    ("here", "line"),
    [
        ("cli", "from listserv.config import load"),
        ("cli", "from listserv import __version__"),
        ("cli", "from listserv.core.dialogue.model import Role"),
        ("edge", "from listserv.steps import intake\nimport socket, os, asyncio"),
        ("steps", "from listserv.store.session import Connection, Session\nfrom listserv.errors import Refused"),
        ("store", "import sqlalchemy as sa\nfrom listserv.core.mail import identity"),
        ("core", "from datetime import time\nfrom urllib.parse import urlsplit\nfrom . import model"),
        ("clock", "from listserv.core.dialogue.model import aware\nnow = datetime.now(UTC)"),
    ],
)
def test_a_rule_lets_pass_what_keeps_it(here, line):
    assert [rule(here, f"listserv.{here}", ast.parse(line)) for rule in RULES.values()] == [[], [], [], []]


# --- size and docstrings


def test_no_file_is_longer_than_a_sitting():
    sizes = {str(path.relative_to(ROOT)): len(path.read_text("utf-8").splitlines()) for path in FILES}
    assert {name: size for name, size in sizes.items() if size > LINES and name not in LONGER} == {}
    assert [name for name in LONGER if sizes.get(name, 0) <= LINES] == [], "need not be named any more"


def test_every_file_says_what_it_is_for():
    migrations = sorted((ROOT / "migrations").rglob("*.py"))
    silent = [
        str(path.relative_to(ROOT))
        for path in (*FILES, *migrations)
        if (text := path.read_text("utf-8")).strip() and not ast.get_docstring(ast.parse(text))
    ]
    assert silent == []


def test_the_files_are_found():
    assert {room_of(path) for path in FILES} >= {*ROOMS, *SHARED}

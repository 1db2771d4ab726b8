"""scripts/deploy/SECURITY.md names tests and files that there are; and what no other test shows of it."""

from __future__ import annotations

import ast
import os
import pickle
import re
import stat
import subprocess
import sys
from collections.abc import Iterator
from functools import cache
from pathlib import Path

import pytest

from listserv.core.mail import inmail
from listserv.core.search import facets, query
from listserv.edge import reading
from listserv.steps import search
from tests import house
from tests.edge.test_serve import SETTINGS, Served

TOP = Path(__file__).parents[2]
TABLE = (TOP / "scripts" / "deploy" / "SECURITY.md").read_text()
ROWS = [line.strip("|").split(" | ") for line in TABLE.splitlines() if line.startswith("| ") and "threat |" not in line]
FILES = sorted((TOP / "listserv").rglob("*.py"))


@cache
def parsed(path: Path) -> tuple[ast.AST, ...]:
    """All that the file says, in no order that matters."""
    return tuple(ast.walk(ast.parse(path.read_text("utf-8"))))


def functions(path: Path) -> set[str]:
    return {one.name for one in parsed(path) if isinstance(one, ast.FunctionDef | ast.AsyncFunctionDef)}


def test_every_threat_is_answered_and_each_test_named_is_there() -> None:
    assert len(ROWS) > 40
    for row in ROWS:
        threat, stops, shown = row
        named = re.findall(r"`(tests/[\w/]+\.py)::(test_\w+)`", shown)
        assert stops.strip(), threat
        assert named, threat
        missing = [f"{path}::{name}" for path, name in named if name not in functions(TOP / path)]
        assert missing == [], threat


def test_each_file_named_is_there() -> None:
    named = set(re.findall(r"`((?:listserv|scripts|tests)/[\w/.-]+)[`:]", TABLE))
    assert len(named) > 15
    assert [path for path in named if not (TOP / path).exists()] == []


# --- what no other test shows


def calls() -> Iterator[tuple[str, str, ast.Call]]:
    """Every call in the program: its file, what is called by its last name, and the call."""
    for path in FILES:
        for node in parsed(path):
            if isinstance(node, ast.Call) and isinstance(node.func, ast.Name | ast.Attribute):
                name = node.func.id if isinstance(node.func, ast.Name) else node.func.attr
                yield str(path.relative_to(TOP)), name, node


def imported() -> Iterator[tuple[str, str]]:
    """Every file with each of its imports, dotted."""
    for path in FILES:
        for node in parsed(path):
            if isinstance(node, ast.Import):
                yield from ((str(path.relative_to(TOP)), alias.name) for alias in node.names)
            elif isinstance(node, ast.ImportFrom) and node.module:
                yield from ((str(path.relative_to(TOP)), f"{node.module}.{alias.name}") for alias in node.names)


def test_nothing_is_unpickled_evaluated_or_given_to_a_shell() -> None:
    loading = ("pickle", "marshal", "shelve", "dill", "yaml", "jsonpickle", "joblib")
    found = {path for path, name in imported() if name.split(".")[0] in loading}
    # The one makes known classes only (see below), the other none at all (tests/edge/test_apart.py).
    assert found == {"listserv/edge/reading.py", "listserv/edge/channel.py"}
    ways = ("eval", "exec", "system", "popen", "getoutput")
    assert [(path, name) for path, name, call in calls() if name in ways] == []
    shells = [one.value for _, _, call in calls() for one in call.keywords if one.arg == "shell"]
    assert [ast.unparse(one) for one in shells] == []


class Evil:
    def __init__(self, does: object, *said: object) -> None:
        self.does, self.said = does, said

    def __reduce__(self) -> tuple[object, tuple[object, ...]]:
        return self.does, self.said


def test_the_helper_that_reads_hostile_mail_cannot_make_the_engine_do_anything(tmp_path: Path) -> None:
    mail = inmail.read(b"From: a@example.org\r\nDate: Mon, 3 Nov 2008 09:00:00 -0400\r\n\r\nText.\r\n", None)
    assert reading._loaded(pickle.dumps(mail)) == mail
    by_the_way = (
        b"cos\nsystem\n",
        b"clistserv.core.mail.inmail\nread\n",
        b"\x80\x04\x8c\x18listserv.core.mail.inmail\x8c\x07os.path\x93",
    )
    for evil in (
        pickle.dumps(Evil(os.mkdir, str(tmp_path / "here"))),
        pickle.dumps(Evil(print, "here")),
        pickle.dumps(Evil(inmail.read, b"", None)),
        *(start + b"." for start in by_the_way),
    ):
        with pytest.raises(pickle.UnpicklingError):
            reading._loaded(evil)
    assert list(tmp_path.iterdir()) == []


def test_nothing_fetches_what_a_link_leads_to() -> None:
    clients = ("urllib.request", "http.client", "httpx", "requests", "aiohttp", "urllib3")
    found = {(path, name) for path, name in imported() if name.startswith(clients)}
    assert {path for path, _ in found} == {"listserv/edge/doctor/pages.py"}


def test_sql_in_what_people_write_is_words(tmp_path: Path) -> None:
    sql = "'); DROP TABLE contribution; -- \" OR 1=1 \\"
    with house.open_house(house.folder(tmp_path)) as place:
        place.join("eve@example.net", name=sql, profile={"organisation": sql})
        told = place.released(sql, author=f'"{sql.replace(chr(34), "")}" <eve@example.net>', subject=sql)
        assert (told["subject"], told["text"].strip()) == (sql, sql)
        for asked in (sql, f"author:{sql}", f"tag:{sql}", f'"{sql}"'):
            with place.session.read() as connection:
                search.search(connection, place.dialogue.id, query.read(asked), facets.ALL)
        assert place.contribution(told["id"])["number"] == 1


def test_secrets_are_compared_in_constant_time() -> None:
    comparing = {path for path, name, _ in calls() if name == "compare_digest"}
    assert {"listserv/core/mail/addresses.py", "listserv/edge/web/access.py"} <= comparing
    for path in FILES:
        for node in parsed(path):
            if isinstance(node, ast.Compare) and isinstance(node.ops[0], ast.Eq | ast.NotEq):
                sides = {ast.unparse(one).rpartition(".")[2] for one in (node.left, *node.comparators)}
                assert not sides & {"mac", "proof", "secret", "signature"}, f"{path}:{node.lineno}"


def test_a_database_that_is_away_is_told_without_its_password(tmp_path: Path) -> None:
    url = "postgresql+psycopg://someone:rosebud7@127.0.0.1:1/dialogues"
    (tmp_path / "listserv.toml").write_text(SETTINGS.replace("sqlite:///var/listserv.db", url))
    for command in ("status",):
        done = subprocess.run([sys.executable, "-m", "listserv", command], cwd=tmp_path, capture_output=True, text=True)
        assert done.returncode in (1, 75), command
        assert "127.0.0.1" in done.stdout + done.stderr
        assert "rosebud7" not in done.stdout + done.stderr


@pytest.fixture
def served(tmp_path: Path) -> Iterator[Served]:
    (tmp_path / "var").mkdir(mode=0o755)  # as an operator may have made it
    served = Served(tmp_path)
    yield served
    if served.process.poll() is None:
        served.stop(9)


def test_what_serve_writes_is_for_its_owner_alone(served: Served) -> None:
    served.send("stranger@example.org", "peppermint", "<1@example.org>")
    served.wait_for_mail("mo@example.org", "Waiting for you: 1, peppermint")
    written = [path for path in (served.folder / "var").rglob("*") if path.is_file() and "mail" not in path.parts]
    assert {path.name for path in written} >= {"listserv.db", "listserv.db-wal", "listserv.db-shm", "secret"}
    assert [path.name for path in written if stat.S_IMODE(path.stat().st_mode) != 0o600] == []
    assert stat.S_IMODE((served.folder / "var" / "mail").stat().st_mode) == 0o700

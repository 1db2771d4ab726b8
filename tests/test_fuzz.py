"""scripts/fuzz: it runs, counts, and says what it needs."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

FUZZ = Path(__file__).parents[1] / "scripts" / "fuzz"


def run(*words: str, **environment: str) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, str(FUZZ), *words]
    return subprocess.run(command, capture_output=True, text=True, env={**os.environ, **environment})


def test_without_atheris_it_says_what_to_do(tmp_path: Path) -> None:
    (tmp_path / "atheris.py").write_text("raise ImportError")
    done = run("--seconds", "1", PYTHONPATH=str(tmp_path))
    assert (done.returncode, done.stdout) == (1, "")
    assert done.stderr.startswith("scripts/fuzz needs atheris, of the development tools; run:")


def test_it_counts_its_runs(tmp_path: Path) -> None:
    pytest.importorskip("atheris")
    crashes = tmp_path / "crashes"
    done = run(
        "--seconds", "1", "--target", "addresses", "--crashes", str(crashes), "--corpus", str(tmp_path / "corpus")
    )
    assert done.returncode == 0, done.stderr
    assert done.stdout.startswith("addresses: ")
    assert done.stdout.endswith(" s, 0 crashes\n")
    assert " runs, slowest " in done.stdout
    assert list((crashes / "addresses").iterdir()) == []

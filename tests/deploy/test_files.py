"""scripts/deploy: what is to be copied is read by the programs it is for."""

from __future__ import annotations

import os
import re
import shlex
import shutil
import stat
import subprocess
import sys
import time
from pathlib import Path

import pytest

from listserv.cli.serve import PARTS
from listserv.edge.supervisor import NAMES
from tests import house

TOP = Path(__file__).parents[2]
DEPLOY = TOP / "scripts" / "deploy"
UNITS = DEPLOY / "systemd"
PROGRAM = "/opt/listserv/current/bin/listserv"

systemd = pytest.mark.skipif(shutil.which("systemd-analyze") is None, reason="no systemd installed")


@pytest.fixture
def installed(tmp_path: Path) -> Path:
    """A folder with the units as README.md has them installed."""
    for unit in UNITS.iterdir():
        if unit.suffix != ".conf":
            text = unit.read_text().replace(PROGRAM, sys.executable)
            (tmp_path / unit.name).write_text(text)
    for service in ("listserv", "listserv@", "listserv-backup"):
        (tmp_path / f"{service}.service.d").mkdir()
        shutil.copy(UNITS / "hardened.conf", tmp_path / f"{service}.service.d")
    for part in PARTS:
        (tmp_path / f"listserv@{part}.service").symlink_to("listserv@.service")
    return tmp_path


def analyze(folder: Path, *words: str) -> tuple[int, str]:
    done = subprocess.run(
        ["systemd-analyze", *words],
        cwd=folder,
        capture_output=True,
        text=True,
        env={"PATH": "/usr/bin:/bin", "SYSTEMD_UNIT_PATH": f"{folder}:", "SYSTEMD_COLORS": "0"},
    )
    return done.returncode, done.stdout + done.stderr


@systemd
def test_systemd_reads_every_unit_without_a_word(installed: Path) -> None:
    units = [path.name for path in installed.iterdir() if path.suffix in (".service", ".socket", ".timer")]
    units.remove("listserv@.service")  # its instances stand for it
    assert len(units) >= 10
    status, said = analyze(installed, "verify", *(f"./{name}" for name in units))
    assert (status, [line for line in said.splitlines() if "listserv" in line]) == (0, [])
    (installed / "listserv.service.d" / "wrong.conf").write_text("[Service]\nProtectHorse=yes\n")
    assert "ProtectHorse" in analyze(installed, "verify", "./listserv.service")[1]


@systemd
@pytest.mark.parametrize("service", ["listserv", "listserv@work", "listserv-backup"])
def test_a_service_may_do_next_to_nothing(installed: Path, service: str) -> None:
    """Exposure at most 1.5 of 10; without hardened.conf it is above 9."""
    ask = "security", "--offline=yes", "--threshold=15", f"./{service}.service"
    status, said = analyze(installed, *ask)
    assert status == 0, said[-300:]
    for folder in installed.glob("*.d"):
        shutil.rmtree(folder)
    status, said = analyze(installed, *ask)
    assert status != 0
    assert "UNSAFE" in said


def test_sockets_have_the_names_that_serve_knows_and_parts_are_those_it_has() -> None:
    for unit in UNITS.glob("*.socket"):
        (name,) = re.findall(r"^FileDescriptorName=(.+)$", unit.read_text(), re.M)
        (part,) = re.findall(r"[-@](\w+)\.socket$", unit.name)
        assert name == part
        assert name in NAMES
        assert part in PARTS


def test_the_nightly_backup_is_made_and_old_ones_go(tmp_path: Path) -> None:
    """The unit's own lines, as systemd reads them: %% and $$ stand for one."""
    place = house.folder(tmp_path)
    kept = tmp_path / "backups"
    kept.mkdir()
    for name, days in (("2008-10-01.backup", 15.5), ("2008-10-30.backup", 2), ("notes.txt", 99)):
        (kept / name).touch()
        then = time.time() - days * 86400
        os.utime(kept / name, (then, then))
    unit = (UNITS / "listserv-backup.service").read_text()
    for line in re.findall("^ExecStart=(.+)$", unit, re.M):
        line = line.replace("%%", "%").replace("$$", "$").replace(PROGRAM, f"{sys.executable} -m listserv")
        line = line.replace("/etc/listserv/listserv.toml", f"{place}/listserv.toml")
        words = shlex.split(line.replace("/var/backups/listserv", str(kept)))
        done = subprocess.run(words, capture_output=True, text=True, stdin=subprocess.DEVNULL, cwd=TOP)
        assert done.returncode == 0, done.stderr
    (made,) = {path.name for path in kept.iterdir()} - {"2008-10-30.backup", "notes.txt"}
    assert re.fullmatch(r"\d{4}-\d\d-\d\d\.backup", made)
    assert stat.S_IMODE((kept / made).stat().st_mode) == 0o600


@pytest.mark.skipif(shutil.which("logrotate", path="/usr/sbin:/usr/bin") is None, reason="no logrotate installed")
def test_logrotate_reads_its_lines(tmp_path: Path) -> None:
    rules = (DEPLOY / "logrotate").read_text()
    (tmp_path / "big.log").write_text("x\n" * 100)
    mine = rules.replace("/var/log/listserv", str(tmp_path)).replace("su listserv listserv", "")
    (tmp_path / "rules").write_text(mine)
    (tmp_path / "rules").chmod(0o600)
    tmp_path.chmod(0o700)
    done = subprocess.run(
        ["logrotate", "--force", "--state", tmp_path / "state", tmp_path / "rules"],
        capture_output=True,
        text=True,
        env={"PATH": "/usr/sbin:/usr/bin:/bin"},
    )
    assert (done.returncode, done.stderr) == (0, "")
    assert (tmp_path / "big.log").stat().st_size == 0
    assert (tmp_path / "big.log.1").read_text() == "x\n" * 100


def test_the_containerfile_copies_what_there_is_and_runs_as_nobody_special() -> None:
    text = (DEPLOY / "Containerfile").read_text()
    for line in re.findall(r"^COPY (?!--from)(.+)$", text, re.M):
        *names, _ = line.split()
        assert [name for name in names if not (TOP / name).exists()] == []
    built = (TOP / "pyproject.toml").read_text()
    for needed in re.findall(r'^"(\S+)" = "listserv/', built, re.M):  # what the wheel brings along
        assert re.search(rf"^COPY .*\b{re.escape(needed)}\b", text, re.M), needed
    assert re.findall(r"^USER (.+)$", text, re.M) == ["listserv"]
    assert text.index("USER listserv") < text.index("ENTRYPOINT")

"""The lines for operators, put behind Debian's own configuration: Postfix finds nothing wrong with them."""

from __future__ import annotations

import re
import shutil
import subprocess
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests import postfix

DEBIAN = Path("/usr/share/postfix")
pytestmark = pytest.mark.skipif(
    bool(postfix.missing()) or not (DEBIAN / "main.cf.debian").exists(), reason=postfix.missing() or "not Debian's"
)


@pytest.fixture
def etc() -> Iterator[Path]:
    with postfix.place_for_others() as place:
        folder = place / "etc"
        for name in ("etc", "queue", "data"):
            (place / name).mkdir()
        shutil.chown(place / "data", "postfix")
        for shared in ("postfix-files", "postfix-files.d", "dynamicmaps.cf", "dynamicmaps.cf.d"):
            (folder / shared).symlink_to(Path("/etc/postfix") / shared)
        whose = f"queue_directory = {place}/queue\ndata_directory = {place}/data\n"
        debian = re.sub(r"__\w+__", "", (DEBIAN / "main.cf.debian").read_text()) + "recipient_delimiter = +\n"
        (folder / "main.cf").write_text(debian + (postfix.DEPLOY / "main.cf").read_text() + whose)
        services = (DEBIAN / "master.cf.dist").read_text() + (postfix.DEPLOY / "master.cf").read_text()
        (folder / "master.cf").write_text(services)
        yield folder


def told(*words: str | Path) -> tuple[str, str]:
    done = subprocess.run(words, capture_output=True, text=True, check=True)
    return done.stdout.strip(), done.stderr.strip()


def test_postfix_check_says_nothing(etc: Path) -> None:
    told("postfix", "-c", etc, "check")
    _, complaints = told("postconf", "-c", etc, "-n")
    assert [line for line in complaints.splitlines() if "overriding earlier entry" not in line] == []
    assert "127.0.0.1:10025" in told("postconf", "-c", etc, "-M")[0]


def test_mail_of_the_host_to_itself_stays_on_it(etc: Path) -> None:
    """What cron writes to root@ the host must not be looked up in DNS, where this host is its own MX."""
    own, _ = told("postconf", "-c", etc, "-xh", "mydestination")
    host, _ = told("postconf", "-c", etc, "-h", "myhostname")
    assert host in re.split(r"[,\s]+", own)
    assert "dialogue.example.org" not in re.split(r"[,\s]+", own)


def test_no_line_of_the_readme_is_unknown_to_postfix() -> None:
    lines = re.findall(r"(?m)^    (\w+) = ", (postfix.DEPLOY / "README.md").read_text())
    assert len(lines) > 10
    known, complaints = told("postconf", "-d", *lines)
    assert complaints == ""
    assert known.count("\n") + 1 >= len(set(lines))

"""Nothing of large mails stays in memory once they are dealt with."""

from __future__ import annotations

import platform
import subprocess
import sys

import pytest

#: Large blocks and small ones in turn; then the large ones go. Says how much more memory there is than before.
WORK = """
import sys
from pathlib import Path
from listserv.edge import heap

def resident():
    return int(Path("/proc/self/statm").read_text().split()[1]) * 4096

if "give back" in sys.argv:
    heap.give_back()
for _ in range(3):
    bytearray(25_000_000)  # from now on glibc keeps blocks of that size in its heap
before = resident()
mails, kept = [], []
for _ in range(8):
    mails.append(bytearray(20_000_000))
    mails[-1][::4096] = b"x" * len(mails[-1][::4096])
    kept.append(bytearray(100_000))
del mails
print(resident() - before)
"""


@pytest.mark.skipif(platform.libc_ver()[0] != "glibc", reason="what is tested is a habit of glibc's heap")
def test_what_large_mails_took_is_given_back() -> None:
    kept = int(subprocess.check_output([sys.executable, "-c", WORK, "give back"]))
    assert kept < 20_000_000

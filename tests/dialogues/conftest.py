"""What every test of this folder runs under."""

from __future__ import annotations

import pytest

from listserv.edge import daemon


@pytest.fixture(autouse=True)
def _house(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(daemon, "NOTICE", 0.02)  # how soon the engine sees what a moderator did
    monkeypatch.setenv("LISTSERV_SECRET", "a secret for the stage, long enough to sign with")
    monkeypatch.delenv("LISTSERV_AS", raising=False)

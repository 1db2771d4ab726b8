"""Every dialogue in this folder, from its first mail to its last: a script each, played on a stage of its own."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.dialogues.script import Unlike, read
from tests.dialogues.stage import Stage
from tests.sink import Sink

SCRIPTS = sorted(Path(__file__).parent.glob("*.txt"))


@pytest.mark.timeout(300)  # bombing.txt has a thousand mails
@pytest.mark.parametrize("script", SCRIPTS, ids=lambda path: path.name)
def test_dialogue(script: Path, tmp_path: Path) -> None:
    with Sink.in_thread() as sink:
        stage = Stage(tmp_path, sink)
        try:
            for line in read(script):
                where = f"{script.name}:{line.number}: {line.text}"
                try:
                    stage.play(line)
                except Unlike as unlike:
                    raise pytest.fail.Exception(f"{where}\n{unlike}", pytrace=False) from None
                except Exception as error:
                    error.add_note(where)
                    raise
            stage.end()
            stage.engine.verify()
        except Unlike as unlike:
            raise pytest.fail.Exception(f"{script.name}, at its end: {unlike}", pytrace=False) from None
        finally:
            stage.engine.stop()

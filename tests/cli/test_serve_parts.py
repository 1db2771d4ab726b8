"""`serve --only`: which parts there are, and what is said when one cannot be."""

from __future__ import annotations

from tests.cli.conftest import Cli


def test_a_part_that_there_is_not_is_refused(cli: Cli) -> None:
    assert cli.refused("serve --only pages") == "--only: unknown part pages; there are intake, web, work, clock"


def test_web_without_its_table_is_refused(cli: Cli) -> None:
    said = "--only web: listserv.toml has no [web]; write one with host and port"
    assert cli.refused("serve --only web") == said
    assert cli.refused("serve --only web,clock") == said

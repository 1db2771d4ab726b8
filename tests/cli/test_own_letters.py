"""[site] templates: a letter of one's own goes in place of ours; a broken one is refused before anything is sent."""

from __future__ import annotations

from pathlib import Path

import pytest

from listserv.edge import files
from tests.cli.conftest import Cli

OURS = files.templates()


@pytest.fixture
def own(cli: Cli) -> Cli:
    cli.change('languages = ["en", "fr", "es"]', 'languages = ["en", "fr", "es"]\ntemplates = "letters"')
    (cli.place / "letters" / "mail").mkdir(parents=True)
    return cli


def write(cli: Cli, source: str, name: str = "mail/closing.txt") -> Path:
    path = cli.place / "letters" / name
    path.write_text(source, "utf-8")
    return path


def test_it_goes_in_place_of_ours_and_check_says_that_it_will_do(own: Cli) -> None:
    write(own, "Subject: [{{ dialogue.slug }}] It is done\n\nFarewell, {{ module.title }}.\n")
    assert own.ok("check").endswith("listserv.toml makes sense\n")
    assert "Subject: [nap] It is done\n\nFarewell, Getting started.\n" in own.ok("plan preview close-1")
    refused = own.refused("plan edit close-1 --text -", input=b"x")
    assert refused == "templates/mail/closing.txt has no {% block body %}, so its text is edited there"


@pytest.mark.parametrize("command", ["check", "plan", "tick", "rehearse --output nowhere"])
def test_a_broken_one_is_refused_by_every_command_that_could_send_it(own: Cli, command: str) -> None:
    path = write(own, OURS["mail/closing.txt"].replace("{% if grace_until %}", "{% if grace_until }", 1))
    at = 1 + OURS["mail/closing.txt"].split("{% if grace_until %}")[0].count("\n")
    assert own.refused(command) == f"{path}: line {at}: unexpected '}}'; correct it there"


def test_what_only_shows_when_the_letter_is_made_is_found_by_check(own: Cli) -> None:
    path = write(own, "Subject: x\n\n{{ module.titel }}\n")
    assert own.refused("check") == f"{path}: line 3: Module has no attribute 'titel'; correct it there"


def test_a_folder_that_is_not_there(own: Cli) -> None:
    own.change('templates = "letters"', 'templates = "letter"')
    assert own.refused("check") == f"{own.place}/letter: no such folder; make it, or remove site.templates"


def test_a_dialogue_may_have_letters_of_its_own(own: Cli) -> None:
    (own.place / "letters" / "nap" / "mail").mkdir(parents=True)
    write(own, "Subject: All alike\n\nFor all.\n")
    write(own, "Subject: Ours\n\nFarewell, {{ module.title }}.\n", "nap/mail/closing.txt")
    assert "Subject: Ours\n\nFarewell, Getting started.\n" in own.ok("plan preview close-1")
    own.ok("check")
    path = write(own, "Subject: Ours\n\nFarewell, {{ module.titel }}.\n", "nap/mail/closing.txt")
    assert own.refused("check") == f"{path}: line 3: Module has no attribute 'titel'; correct it there"
    path = write(own, "Subject: Ours\n\nFarewell, {{ modul }}.\n", "nap/mail/closing.txt")
    assert own.refused("check") == f"{path}: line 3: this letter has no 'modul'; write module"


def test_a_letter_of_a_dialogue_that_there_is_not(own: Cli) -> None:
    (own.place / "letters" / "nab" / "mail").mkdir(parents=True)
    path = write(own, "Subject: Ours\n\nFarewell.\n", "nab/mail/closing.txt")
    assert own.refused("check") == f"{path}: is of no dialogue here; name it nap"

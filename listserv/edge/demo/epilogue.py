"""What the demo says at its end: the proof, where to look, and what to try on the running engine and its pages."""

from __future__ import annotations

import shlex
from collections.abc import Sequence
from pathlib import Path
from urllib.parse import quote

from listserv.core.site import Site
from listserv.edge.demo.account import Findings
from listserv.edge.demo.cast import MODERATOR, Person
from listserv.edge.demo.screen import Screen

_SOUGHT = "المشاركة"  # "participation", with the article; Nadia Haddad writes it without


def proof(screen: Screen, findings: Findings, facts: Sequence[str]) -> None:
    """The table of counts, and in words what it shows; or what differs."""
    screen.say()
    screen.say(f"{'THE PROOF BY COUNTING':<36}{'mails':>8}{'copies due':>13}{'copies found':>15}")
    for name, different, due, found in findings.rows:
        note = "" if due == found else "  <- differs"
        screen.say(f"{name:<36}{different:>8,}{due:>13,}{found:>15,}{note}")
    screen.say(f"{'In all':<36}{'':>8}{findings.due:>13,}{findings.found:>15,}")
    screen.say()
    if findings.wrong:
        screen.prose("THIS DIFFERS:")
        for line in findings.wrong:
            screen.prose(f"- {line}")
        return
    screen.prose(
        f"Each of {findings.boxes} people got exactly what was due: nothing missing, nothing twice, nothing after"
        f" leaving; between {findings.fewest} and {findings.most} mails each."
    )
    for fact in facts:
        screen.prose(fact)


def where(screen: Screen, folder: Path, program: str, reader: Person, roundup: Path) -> None:
    """The folder, a Maildir, a round-up, and commands that only look."""
    listserv = f"{program} -c {shlex.quote(str(folder / 'listserv.toml'))}"
    screen.say()
    screen.say("WHERE TO LOOK")
    screen.say(f"all of it: {folder}")
    screen.say(f"{reader.name}'s mail: {folder / 'var/mail' / reader.address / 'new'}")
    screen.say(f"round-up 1 there: {roundup.name}")
    for words in ("contribution list", "figures", "roundup list", f"trace {reader.address}", "audit"):
        screen.say(f"{listserv} {words}")


def commands(
    folder: Path, program: str, address: tuple[str, int], to: str, writer: Person, reader: Person
) -> list[str]:
    """To be pasted in another terminal, in this order: send, look, release, see it arrive."""
    listserv = f"{program} -c {shlex.quote(str(folder / 'listserv.toml'))}"
    new = folder / "var/mail" / reader.address / "new"
    return [
        _send(address, to, writer, "A first mail", "a plan without indicators is a wish."),
        f"{listserv} queue list",
        f"{listserv} queue release --all --yes --as {MODERATOR.address}",
        f'cat "$(ls -t {shlex.quote(str(new))}/* | head -n 1)"',
    ]


def invitation(screen: Screen, what: Sequence[str], address: tuple[str, int], to: str) -> None:
    says = ("send it a mail", "see it wait", "release it", "see it in another participant's mail")
    screen.say()
    screen.prose(
        f"NOW IT IS YOURS. The engine stays up: it takes mail for {to} at {address[0]}, port {address[1]}."
        " In another terminal,"
    )
    for text, command in zip(says, what, strict=True):
        screen.say(f"\n# {text}\n{command}")


def pages(screen: Screen, folder: Path, site: Site, slug: str, reader: Person, another: str) -> None:
    """Where they are, how to log in as somebody who takes part and as a moderator, and what is worth a look.

    `another`: the command that sends one more mail, to be released there.
    """
    at = f"{site.base_url}/{slug}"
    screen.say()
    screen.prose(
        f"THE PAGES, for a browser on this machine. To log in open {site.base_url}/login, type one of these addresses"
        ' and press "Send me a link". The command prints the link from the mail; open it and press the button.'
        " A link is good for 15 minutes and one login, and each person is sent three an hour."
    )
    for person, does in ((reader, "takes part"), (MODERATOR, "moderates")):
        screen.say(f"\n# {person.name}, who {does}: {person.address}\n{_link(folder, site, person)}")
    screen.say()
    screen.say("WHAT TO LOOK AT")
    for what, place in (
        ("the programme", f"{at}/"),
        ("what was said, in Arabic too", f"{at}/search?q={quote(_SOUGHT)}"),
        ("who was heard", f"{at}/figures"),
        ("as the moderator: what waits", f"{at}/moderate/"),
    ):
        screen.say(f"{what:<32}{place}")
    screen.say()
    screen.say(f"# send another mail, and release it on that last page\n{another}")
    screen.say()
    screen.prose(
        f"It can be taken back for a minute, then it is in {reader.name}'s mail and among the latest contributions."
    )


def end(screen: Screen) -> None:
    screen.say()
    screen.prose("All commands and pages share its clock. Ctrl-C ends it.")


def another(address: tuple[str, int], to: str, writer: Person) -> str:
    """A mail that differs from the first: the same words again from the same person are taken for a mistake."""
    return _send(address, to, writer, "A second mail", "and a plan without a budget is a letter.")


def _send(address: tuple[str, int], to: str, writer: Person, subject: str, text: str) -> str:
    mail = (
        f"From: {writer.name} <{writer.address}>\\r\\nTo: {to}\\r\\nSubject: {subject}\\r\\n\\r\\n"
        f"Dear colleagues, {text}\\r\\n"
    )
    python = (
        f'import smtplib; smtplib.SMTP("{address[0]}", {address[1]}).sendmail("{writer.address}", "{to}", "{mail}")'
    )
    return f"python3 -c {shlex.quote(python)}"


def _link(folder: Path, site: Site, person: Person) -> str:
    """The command that prints the link of the last login mail; file names there have no spaces."""
    new = shlex.quote(str(folder / "var/mail" / person.address / "new"))
    return f"(cd {new} && grep -ho '{site.base_url}/l/[^ ]*' $(ls -t) | head -n 1)"

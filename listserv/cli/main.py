"""`listserv`: the commands, each loaded when it is called, so that --help answers at once.

Exit status: 0 done, 1 refused (one line on stderr), 2 usage, 75 temporary failure (DESIGN §6).
"""

from __future__ import annotations

import atexit
import errno
import gc
import os
import sys
from importlib import import_module

import click

from listserv import __version__
from listserv.cli.context import App

# We have no plugins for it, and to look for some in every installed package takes as long as many a command.
os.environ.setdefault("PYDANTIC_DISABLE_PLUGINS", "__all__")

# What is there at the end goes with the process: to look through it for garbage would take a fifth of a command's time.
atexit.register(gc.freeze)

# command: (file in cli, what --help says)
COMMANDS = {
    "serve": ("serve", "Run everything: take mail in, work, keep the programme's time."),
    "demo": ("demo", "Watch the sample dialogue run, for real, in under a minute."),
    "rehearse": ("rehearse", "Run a dialogue from first to last mail, sending nothing."),
    "check": ("check", "Read listserv.toml and say what it means or what is wrong."),
    "doctor": ("doctor", "Whether mail arrives: database, DNS, keys, relay, pages, headers."),
    "dkim": ("dkim", "Signing keys: make one, show what DNS must say."),
    "db": ("db", "Database: upgrade, back up, restore, move to another."),
    "apply": ("apply", "Bring the database in line with listserv.toml."),
    "plan": ("plan", "Every switchover and every mail to come."),
    "status": ("status", "One screen: module, days left, queue, outbox, figures."),
    "dialogue": ("dialogue", "Dialogues: list; close one into an archive, or go on without an end."),
    "module": ("module", "Modules: look, and switch over by hand."),
    "queue": ("queue", "Moderation: read what is held, release, return, edit."),
    "moderate": ("moderate", "The queue as a full-screen program."),
    "contribution": ("contribution", "Released contributions, by official number."),
    "participant": ("participant", "Who takes part: add, import, set, pause, remove."),
    "person": ("person", "What is held of somebody: export it, erase it."),
    "export": ("export", "Take it all with you: the mails as an mbox, everything as one file."),
    "import": ("imports", "Take an old list's mails over, or a whole dialogue."),
    "roundup": ("roundup", "Round-ups: look at the draft, edit, send, skip."),
    "report": ("report", "The consolidated report: build, edit, send."),
    "figures": ("figures", "Participation by module, day, country, sector, question."),
    "survey": ("survey", "What was answered to the survey; remind who has not."),
    "coverage": ("coverage", "Guiding questions by region, country, sector, gender; who is not heard."),
    "resources": ("resources", "Background papers, links and documents that people shared."),
    "outbox": ("outbox", "What goes to whom, and what the relay said."),
    "trace": ("outbox", "What was sent to and received from one address."),
    "receive": ("receive", "Take one mail from standard input (for an MTA's pipe)."),
    "tick": ("tick", "Do once what the programme has due."),
    "work": ("work", "Process inbox and outbox."),
    "inbox": ("inbox", "Inbound mail and what became of it."),
    "audit": ("audit", "Who did what, when, why."),
}


class Commands(click.Group):
    """Knows all commands by name and imports only the one that is called."""

    def list_commands(self, ctx: click.Context) -> list[str]:
        return list(COMMANDS)

    def get_command(self, ctx: click.Context, name: str) -> click.Command | None:
        if name not in COMMANDS:
            return None
        file = import_module(f"listserv.cli.{COMMANDS[name][0]}")
        return getattr(file, name, None) or getattr(file, f"{name}_")  # "import" is a word of Python's

    def format_commands(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        with formatter.section("Commands"):
            formatter.write_dl([(name, text) for name, (_, text) in COMMANDS.items()])


@click.command(cls=Commands, context_settings={"help_option_names": ["-h", "--help"]})
@click.option(
    "-c",
    "--config",
    "path",
    default="listserv.toml",
    show_default=True,
    envvar="LISTSERV_CONFIG",
    metavar="FILE",
    help="The settings.",
)
@click.option("--as", "actor", metavar="ADDRESS", help="Who acts (or LISTSERV_AS; else the system's user).")
@click.version_option(__version__, prog_name="listserv")
@click.pass_context
def root(ctx: click.Context, path: str, actor: str | None) -> None:
    """A moderated dialogue by e-mail: with a beginning, modules and an end."""
    ctx.obj = App(path, actor)
    ctx.call_on_close(ctx.obj.close)


def main() -> None:
    """The program's entry: what a command raises becomes one line and an exit status."""
    gc.disable()  # imports make many objects and no garbage; cli/context collects again once they are done
    try:
        _readable()
        root.main(prog_name="listserv", standalone_mode=False)
        if sys.stdout is not None:
            sys.stdout.flush()
    except click.exceptions.Exit as stop:
        sys.exit(stop.exit_code)
    except click.ClickException as error:
        error.show()
        sys.exit(2)
    except click.Abort:
        click.echo("stopped; nothing more was done", err=True)
        sys.exit(1)
    except BrokenPipeError:
        _mute()
        sys.exit(1)
    except Exception as error:
        sys.exit(_status(error))
    finally:
        gc.enable()


def _readable() -> None:
    """Raises UsageError for what is not UTF-8. What `receive` is handed by an MTA is taken as it comes."""
    for said in () if "receive" in sys.argv else (*sys.argv[1:], os.environ.get("LISTSERV_AS", "")):
        try:
            said.encode()
        except UnicodeEncodeError:
            raise click.UsageError(f"{said!a} is not UTF-8; set your terminal to it") from None


def _mute() -> None:
    """Nobody can read what is still to be written: else Python would say so once more at its end."""
    os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())


def _status(error: Exception) -> int:
    from listserv.errors import Refused, Temporary

    if isinstance(error, Refused):
        click.echo(f"listserv: {error}" if not str(error).startswith("listserv") else str(error), err=True)
        return 1
    if isinstance(error, OSError) and error.strerror:
        unwritten = error.filename is None and error.errno in (errno.ENOSPC, errno.EIO, errno.EDQUOT, errno.EFBIG)
        what = "what was done could not be said in full" if unwritten else error.filename or "the system refuses"
        click.echo(f"listserv: {what}: {error.strerror}", err=True)
        if unwritten:
            _mute()
        return 1
    from listserv.store.session import in_words, temporary

    if isinstance(error, Temporary) or temporary(error):
        click.echo(f"listserv: temporary failure, try again: {in_words(error)}", err=True)
        return 75
    raise error

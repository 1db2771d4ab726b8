"""What commands share: the settings file, opened when first needed, and the options that stand after each command."""

from __future__ import annotations

import gc
import getpass
import os
import sys
from collections.abc import Callable, Sequence
from datetime import datetime
from functools import cached_property, partial
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeVar

import click

if TYPE_CHECKING:
    from listserv.clock import Clock
    from listserv.config import Settings
    from listserv.core.dialogue.model import Dialogue
    from listserv.core.publication.wording import Wording
    from listserv.core.site import Site
    from listserv.store.session import Session

F = TypeVar("F", bound=Callable[..., Any])


def _prepared(session: Session) -> Session:
    """At the newest schema. Where that is refused it is closed: nobody else has it yet."""
    from listserv.edge import files
    from listserv.store.schema import prepare

    gc.enable()
    try:
        prepare(session, files.migrations())
    except Exception:
        session.close()
        raise
    return session


class App:
    """One command's run: settings, database, site and clock, each made when first asked for."""

    def __init__(self, path: str, actor: str | None) -> None:
        self.path = Path(path)
        self._actor = actor

    @cached_property
    def settings(self) -> Settings:
        from listserv.config import load
        from listserv.edge import files

        return load(self.path, os.environ, files.languages())

    @cached_property
    def clock(self) -> Clock:
        return self.settings.clock

    @property
    def role(self) -> str:
        """Who we are to a database that many talk to: the command, and of serve its parts."""
        context = click.get_current_context(silent=True)
        if context is None:
            return "listserv"
        return " ".join([context.command_path, context.params.get("only") or ""]).strip()

    @cached_property
    def session(self) -> Session:
        """For commands: short transactions beside a running engine."""
        from listserv.edge.bell import ring
        from listserv.store.session import Session

        session = Session(self.settings.database.url, self.role)
        if session.sqlite:
            session.committed = partial(ring, session.path)
        return _prepared(session)

    @cached_property
    def engine(self) -> Session:
        """For serve and work: the one writer, and the engine lock."""
        from listserv.store.session import GroupingSession

        return _prepared(GroupingSession(self.settings.database.url, self.role))

    @cached_property
    def wording(self) -> Wording:
        from listserv.core.publication import overriding
        from listserv.core.publication.wording import Wording
        from listserv.edge import files
        from listserv.errors import SettingsError

        ours, catalogues, folder = files.templates(), files.catalogues(), self.settings.site.templates
        own = files.own_templates(folder) if folder else {}
        if wrong := overriding.faults(own, ours, [one.slug for one in self.settings.dialogues]):
            raise SettingsError("\n".join(f"{folder}/{one}" for one in wrong))
        return Wording({**ours, **own}, catalogues)

    @cached_property
    def site(self) -> Site:
        from listserv.config import retired, secret

        return self.site_with(secret(self.settings, os.environ), retired(self.settings, os.environ))

    def site_with(self, secret: bytes, retired: Sequence[bytes] = ()) -> Site:
        """The site with that secret; rehearsals have one of their own."""
        from listserv.core.mail.addresses import Addresses
        from listserv.core.site import Site

        settings = self.settings
        return Site(
            name=settings.site.name,
            base_url=settings.site.base_url,
            contact=settings.site.contact,
            languages=tuple(settings.site.languages),
            addresses=Addresses(settings.site.domain, secret, retired),
            wording=self.wording,
            pages=settings.web is not None,
            keep_deliveries=settings.database.keep_deliveries,
        )

    @property
    def actor(self) -> str:
        """Who acts: --as, LISTSERV_AS, else the system's user (DESIGN §3, "Who acts")."""
        return self._actor or os.environ.get("LISTSERV_AS") or getpass.getuser()

    def act_as(self, actor: str | None) -> None:
        self._actor = actor or self._actor

    def now(self) -> datetime:
        """What the clock shows, but never before what the dialogues have lived through (`tick --at`)."""
        from listserv.store import dialogues

        session = self.engine if "engine" in self.__dict__ else self.session  # one session a process
        with session.read() as connection:
            return dialogues.lived(connection, self.clock.now())

    def dialogue(self, slug: str | None) -> Dialogue:
        """The dialogue named, or the only one there is. Refused otherwise, naming them."""
        from listserv.errors import Refused
        from listserv.store import dialogues

        with self.session.read() as connection:
            known = dialogues.slugs(connection)
            if not known:
                raise Refused("there is no dialogue yet; run: listserv apply")
            if slug is None and len(known) > 1:
                raise Refused(f"several dialogues exist; name one with -d: {_some(known)}")
            found = dialogues.read(connection, slug or known[0])
        if found is None:
            raise Refused(f"there is no dialogue {slug!r}; there is: {_some(known, slug)}")
        return found

    def close(self) -> None:
        for name in ("session", "engine"):
            if name in self.__dict__:
                self.__dict__[name].close()


NAMED = 8  # dialogues that fit into a sentence


def _some(known: Sequence[str], like: str | None = None) -> str:
    """The slugs in a sentence; of many those that are most like what was written, and where all stand."""
    if len(known) <= NAMED:
        return ", ".join(known)
    import difflib

    named = difflib.get_close_matches(like or "", known, 3, 0.6) or known[:NAMED]
    return f"{', '.join(named)} and {len(known) - len(named)} more (listserv dialogue list)"


pass_app = click.make_pass_decorator(App)

dialogue_option = click.option(
    "-d", "--dialogue", "slug", metavar="SLUG", help="Which dialogue; needed where several exist."
)
json_option = click.option("--json", "as_json", is_flag=True, help="An array of objects, times in UTC.")
limit_option = click.option("--limit", type=click.IntRange(1, 2**31 - 1), help="Only so many.")


def changes(command: F) -> F:
    """For every command that changes something: --as and --yes."""

    def act_as(ctx: click.Context, param: click.Parameter, value: str | None) -> None:
        ctx.ensure_object(App).act_as(value)

    command = click.option(
        "--as", "actor", metavar="ADDRESS", expose_value=False, callback=act_as, help="Who acts (or LISTSERV_AS)."
    )(command)
    return click.option("--yes", is_flag=True, help="Do not ask.")(command)


dry_run_option = click.option("--dry-run", is_flag=True, help="Say what would happen, change nothing.")


FOR_GOOD = "This cannot be undone"


def sure(question: str, yes: bool, why: str = FOR_GOOD) -> None:
    """Ask before what cannot be undone, or for another reason. Where nobody can answer: Refused, naming --yes."""
    from listserv.errors import Refused

    if yes:
        return
    if sys.stdin is None or not sys.stdin.isatty():
        raise Refused(f"{question} {why}: repeat with --yes")
    if not click.confirm(question, default=False):
        raise Refused("nothing was changed")

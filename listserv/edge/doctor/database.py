"""Whether the database answers, has the schema this version needs, and keeps what it says it has kept."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime, timedelta
from pathlib import Path

from listserv.core.mail.compliance import Finding, failed, ok, warning
from listserv.edge import files
from listserv.errors import Refused
from listserv.steps.verify import Verified, verify
from listserv.store import audit, postgresql, schema, searching, soundness, watching
from listserv.store.session import Session

CHECK = "database"

#: So old a backup may be. What nobody has worked with for longer needs none yet.
FRESH = timedelta(days=7)


def look(url: str, file: Path | None, now: datetime, *, deep: bool) -> Iterator[Finding]:
    """`file`: SQLite's, None on PostgreSQL. `deep`: every page and every row of it is read; `now`: for the latter."""
    if file is not None and not file.exists():
        yield warning(CHECK, f"{file} is not there yet.", "The first serve makes it; so does: listserv apply")
        return
    try:
        session = Session(url)
    except (Refused, OSError) as error:
        yield failed(CHECK, f"it cannot be opened: {error}.", "Mend [database] in listserv.toml.")
        return
    except Exception as error:
        yield _silent(error, file)
        return
    try:
        yield from (*_schema(session), *_kept(session, deep=deep), *_bounded(session), *_searched(session))
        yield from _backed_up(session, now)
        if deep and _newest(session):
            yield from map(_verified, verify(session, now))
    except Exception as error:
        yield _silent(error, file)
    finally:
        session.close()


def _verified(found: Verified) -> Finding:
    one = found.invariant
    if not found.count:
        return ok(one.name, one.holds)
    more = f" (and {found.count - len(found.first)} more)" if found.count > len(found.first) else ""
    return (failed if one.grave else warning)(one.name, f"{'; '.join(found.first)}{more}.", one.do)


def _silent(error: Exception, file: Path | None) -> Finding:
    what = f"{file} cannot be read" if file else "the server does not answer"
    said = str(getattr(error, "orig", None) or type(error).__name__).splitlines()[0]
    do = "Bring a backup back." if file else "Start it, or mend database.url in listserv.toml."
    return failed(CHECK, f"{what} ({said}).", do)


def _schema(session: Session) -> list[Finding]:
    stands, wanted = schema.current(session), schema.head(files.migrations())
    kind = "SQLite" if session.sqlite else "PostgreSQL"
    if stands is None:
        return [warning(CHECK, "it is empty.", "The first serve fills it; so does: listserv apply")]
    if stands < wanted:
        return [failed(CHECK, f"it stands at {stands}, this listserv needs {wanted}.", "Run: listserv db upgrade")]
    if stands > wanted:
        text = f"it stands at {stands}, newer than this listserv ({wanted})."
        return [failed(CHECK, text, "Install the version that wrote it.")]
    return [ok(CHECK, f"{kind} answers and stands at {stands}.")]


def _kept(session: Session, *, deep: bool) -> list[Finding]:
    """A mail answered 250 is in the database, whatever happens next: RFC 5321 §6.1."""
    rule = "RFC 5321 §6.1"
    found = soundness.look(session, deep=deep)
    loose = [f"{name} is {value!r}, not {wanted}" for name, value, wanted in found.settings if value != wanted]
    findings = []
    if loose:
        text = f"what is committed could be lost: {'; '.join(loose)}."
        findings.append(failed(CHECK, text, "Set it back; no mail that was taken may get lost.", rule))
    else:
        said = ", ".join(f"{name}={value}" for name, value, _ in found.settings)
        findings.append(ok(CHECK, f"what is committed is kept ({said}).", rule))
    if found.damage:
        text = f"its file is damaged: {found.damage}"
        findings.append(failed(CHECK, text, "Stop serve, keep a copy of the file, and bring a backup back."))
    elif deep and session.sqlite:
        findings.append(ok(CHECK, "every page of its file was read and is sound."))
    return findings


def _bounded(session: Session) -> list[Finding]:
    """Whether the server cuts off who stops within a transaction: what it has locked, others wait for."""
    if session.sqlite:
        return []
    with session.read() as connection:
        endless = postgresql.endless(connection)
    if not endless:
        return [ok(CHECK, "whoever stops within a transaction is cut off.")]
    role = session.url.username or "…"
    do = "; ".join(f"ALTER ROLE {role} SET {name} = '{postgresql.HELD[name]}'" for name in endless)
    text = f"whoever stops within a transaction is not cut off: {', '.join(endless)} is 0."
    return [warning(CHECK, text, f"A pooler keeps no startup options: {do}")]


def _searched(session: Session) -> list[Finding]:
    """Whether the search hears of every change, and has caught up with them."""
    if not _newest(session):
        return []
    with session.read() as connection:
        gone, behind = watching.gone(connection), searching.behind(connection)
    if gone:
        text = f"the search does not hear of every change: there is no trigger {', '.join(gone)}."
        return [warning(CHECK, text, "Run: listserv db upgrade")]
    if behind:
        text = f"the search is behind by {behind}: what was released or changed last is not found as it is."
        return [warning(CHECK, text, "serve sees to it within moments, and so does: listserv work --until-idle")]
    return []


def _backed_up(session: Session, now: datetime) -> list[Finding]:
    """Whether there is something to go back to. What others copy (the disk, the server) is not known here."""
    if not _newest(session):
        return []
    with session.read() as connection:
        (begun, _), (_, made) = audit.span(connection), audit.span(connection, "db-backup")
    if made is None and (begun is None or now - begun <= FRESH):
        return []
    if made and now - made <= FRESH:
        return [ok("backup", f"the last was made on {made:%Y-%m-%d}.")]
    lost = f"the last was made on {made:%Y-%m-%d}; what came since" if made else "none was made so far; everything"
    do = "Daily, by a timer or cron (scripts/deploy has both): listserv db backup FILE"
    return [warning("backup", f"{lost} is lost with the disk.", do)]


def _newest(session: Session) -> bool:
    return schema.current(session) == schema.head(files.migrations())

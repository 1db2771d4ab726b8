"""listserv.toml, read once at start: what the organisers and the operator have set (DESIGN §5).

`load(path, environ)` gives frozen `Settings`, complete with every default, or raises SettingsError with *every*
problem found, one per line:

    listserv.toml: dialogue[1].module[2].closes: <what is wrong>; <what to write instead>

Tables in [[double brackets]] are counted from 1, as modules are. Attributes are named like the keys, in the plural
where a table may stand several times (`settings.dialogues[0].modules`). Relative paths count from the file's folder
and come out absolute; sizes in bytes; durations as timedelta; local times naive, until a module turns them into UTC.

Never reads a clock, a socket or the database. The only file it writes is `secret_file`, once, on `secret()`.
What each key means stands in the sample, listserv.toml; a test keeps the two in step.
"""

from __future__ import annotations

from listserv.config.reading import database, load
from listserv.config.secret import retired, secret
from listserv.config.tables import Settings
from listserv.config.values import duration, size

__all__ = ["Settings", "database", "duration", "load", "retired", "secret", "size"]

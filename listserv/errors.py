"""The errors that reach the person at the keyboard. `str(error)` is what is printed on stderr, without a traceback.

A class that always says the same says it in its docstring: raised without arguments, that is its message.
Bugs are not here: what nobody foresaw keeps its traceback.
"""

from __future__ import annotations


class _Said(Exception):
    def __str__(self) -> str:
        return super().__str__() or (type(self).__doc__ or "").strip()


class Refused(_Said):
    """refused"""  # say why and what to do, on one line; exit status 1


class SettingsError(Refused):
    """the settings make no sense"""  # one line per problem: file: key: what is wrong; what to write instead


class Temporary(_Said):
    """it did not work this time; try again later"""  # exit status 75 (EX_TEMPFAIL): nothing was lost

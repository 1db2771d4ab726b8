"""How a helper process of the engine is started: a fresh interpreter that runs a file of ours."""

from __future__ import annotations

import os
import sys


def running(module: str, call: str, python: str = sys.executable) -> list[str]:
    """The command that does `call` with a module of listserv.edge. `python`: what runs it.

    It finds what this process finds, and nothing in the folder where it happens to be started (-I).
    """
    path = [one or os.getcwd() for one in sys.path]
    return [
        python,
        "-I",
        "-c",
        f"import sys; sys.path[:] = {path!r}; from listserv.edge import {module}; {call}",
    ]


def surroundings() -> dict[str, str]:
    """Its environment: ours without our secrets, for what libraries read there, as where certificates lie."""
    return {name: value for name, value in os.environ.items() if not name.startswith("LISTSERV_")}

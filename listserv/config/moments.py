"""When a mail of the calendar goes, as listserv.toml has it (core/dialogue/moments)."""

from __future__ import annotations

import re
from typing import Annotated, Any, TypeAlias

from pydantic import AfterValidator
from pydantic_core import PydanticCustomError

from listserv.config.values import shown, wrong
from listserv.core.dialogue import moments


def moment(allowed: tuple[object, ...]) -> Any:
    """When a mail of the calendar goes (core/dialogue/moments): the words themselves, found to mean something."""

    def check(value: str) -> str:
        try:
            return moments.written(moments.read(value, allowed))
        except ValueError as error:
            raise PydanticCustomError("settings", "{text}", {"text": str(error)}) from None

    return AfterValidator(check)


def frequent(value: str) -> str:
    """ "5 contributions", or "off"."""
    found = re.fullmatch(r"([1-9][0-9]{0,3})(?: contributions?)?(?: a module)?", " ".join(value.lower().split()))
    if not found and value.strip().lower() != moments.OFF:
        raise wrong(f"{shown(value)} is not a number of contributions", 'write one like "5 contributions", or "off"')
    return f"{found[1]} contributions" if found else moments.OFF


BeforeIt: TypeAlias = Annotated[str, moment(moments.BEFORE)]
AfterIt: TypeAlias = Annotated[str, moment(moments.AFTER)]
Within: TypeAlias = Annotated[str, moment(moments.ANYWHERE)]
Frequent: TypeAlias = Annotated[str, AfterValidator(frequent)]

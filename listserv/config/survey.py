"""[[dialogue.survey]] of listserv.toml: what participants are asked after the end (core/dialogue/survey)."""

from __future__ import annotations

import re
from typing import Annotated, Literal

from pydantic import ValidationInfo, field_validator

from listserv.config.servers import Table
from listserv.config.values import Line, MaybeLine, example, shown, wrong
from listserv.core.dialogue.survey import Kind, Question


class SurveyQuestion(Table):
    key: Annotated[str, example('"value"')]
    text: Line
    kind: Literal["scale", "choice", "text"] = example('"scale"')
    low: MaybeLine = ""  # what 1 means, of a scale
    high: MaybeLine = ""  # what 5 means
    choices: tuple[Line, ...] = ()

    @field_validator("key")
    @classmethod
    def _name(cls, value: str) -> str:
        if not re.fullmatch(r"[a-z][a-z0-9_]{0,39}", value):
            raise wrong(f"{shown(value)} is not a key", 'write a-z, 0-9 and _, like "value"')
        return value

    @field_validator("low", "high")
    @classmethod
    def _end(cls, value: str, info: ValidationInfo) -> str:
        if value and info.data.get("kind") != "scale":
            raise wrong("only a scale has ends", 'write kind = "scale" too, or remove it')
        return value

    @field_validator("choices")
    @classmethod
    def _several(cls, value: tuple[str, ...], info: ValidationInfo) -> tuple[str, ...]:
        kind = info.data.get("kind")
        if value and kind in ("scale", "text"):
            raise wrong(f"a {kind} has no choices", 'write kind = "choice" too, or remove them')
        if kind == "choice" and len(value) < 2:
            raise wrong("a choice is among two or more", 'write choices = ["…", "…"]')
        plain = [" ".join(one.split()).casefold() for one in value]
        if twice := next((one for at, one in enumerate(value) if plain[at] in plain[:at]), None):
            raise wrong(f"{shown(twice)} stands there twice", "write each once")
        return value

    @property
    def question(self) -> Question:
        return Question(self.key, self.text, Kind(self.kind), self.low, self.high, self.choices)

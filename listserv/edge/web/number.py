"""A number in a path, `{…:number}`: as we write it, so that a page has one path, and not longer."""

from __future__ import annotations

from starlette.convertors import Convertor


class Number(Convertor[int]):
    regex = "[1-9][0-9]{0,9}"

    def convert(self, value: str) -> int:
        return int(value)

    def to_string(self, value: int) -> str:
        return str(value)

"""An outbox in memory for the tests of both relays: gives copies, keeps results, remembers how it was asked."""

from __future__ import annotations

from collections import deque
from collections.abc import Iterable, Sequence
from dataclasses import replace

from listserv.core.mail.transfer import Copy, Phase, Result

HEAD = b"From: nap1325@dialogue.example.org\r\nMessage-ID: <17@dialogue.example.org>\r\n"
BODY = b"Dear colleagues,\r\n.\r\n..a line of dots\r\n"


def copies(number: int, **changes: object) -> list[Copy]:
    """Copies 1 to `number` of one contribution: p1@example.org, p2@…"""
    return [
        replace(
            Copy(i, 1, f"nap1325-bounces+{i}@dialogue.example.org", f"p{i}@example.org", HEAD, BODY, float("inf")),
            **changes,
        )
        for i in range(1, number + 1)
    ]


class Outbox:
    def __init__(self, waiting: Iterable[Copy]) -> None:
        self.waiting = deque(waiting)
        self.asked: list[int] = []
        self.groups: list[tuple[Result, ...]] = []

    async def claim(self, number: int) -> Sequence[Copy]:
        self.asked.append(number)
        return [self.waiting.popleft() for _ in range(min(number, len(self.waiting)))]

    async def finish(self, results: Sequence[Result]) -> None:
        self.groups.append(tuple(results))

    @property
    def results(self) -> list[Result]:
        return [result for group in self.groups for result in group]

    @property
    def answers(self) -> dict[int, tuple[int, Phase]]:
        """delivery -> (code, phase). Fails on a copy that was reported twice."""
        answers = {result.delivery: (result.code, result.phase) for result in self.results}
        assert len(answers) == len(self.results), "a copy was reported twice"
        return answers

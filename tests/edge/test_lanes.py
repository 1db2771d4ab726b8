"""Which waiting copy a connection takes next: each domain in turn, none over its share."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from dataclasses import replace

import pytest

from listserv.core.mail.transfer import Phase, Result
from listserv.edge.commits import Commits
from listserv.edge.lanes import REMEMBERED, SLOW, Lanes, Slow
from tests.edge.outbox import copies


def lanes(waiting: str, *, connections: int = 4, held: str = "", slow: str = "") -> Lanes:
    """Copies 1, 2, … to these domains; connections at those; which were slow at time 0."""
    known = Slow()
    for domain in slow:
        known.took(f"{domain}.org", -SLOW, 0.0)
    made = Lanes(connections, known)
    for domain in held:
        made.enter(f"{domain}.org")
    batch = zip(copies(len(waiting)), waiting, strict=True)
    made.add(replace(copy, recipient=f"p@{domain}.ORG") for copy, domain in batch)
    return made


@pytest.mark.parametrize(
    ("made", "at", "taken"),
    [
        (lanes("aaabbc"), "", [1, 4, 6, 2, 5, 3]),  # in turn, each lane in its order
        (lanes("aaabb", held="aa"), "", [4, 5, 1, 2, 3]),  # a has its share; alone it may have more
        (lanes("aaab", held="aabb"), "", []),
        (lanes("aaab", held="aabb"), "a.org", [1, 2, 3, 4]),  # who is there already may stay
        (lanes("aaa", held="aa", slow="a"), "", []),  # alone, but slow
        (lanes("ab", held="ab", connections=1), "", []),
        (lanes("ab", held="ab", connections=3), "", [1, 2]),
    ],
)
def test_what_is_taken(made: Lanes, at: str, taken: list[int]) -> None:
    waiting = len(made)
    found = [one[1].delivery for _ in range(waiting) if (one := made.take(at, 0.0))]
    assert found == taken
    assert len(made) == waiting - len(taken)


def test_what_is_put_back_goes_first() -> None:
    made = lanes("aab")
    found = made.take("", 0.0)
    assert found is not None
    made.put_back(found[1])
    assert [one[1].delivery for _ in range(3) if (one := made.take("a.org", 0.0))] == [3, 1, 2]


def test_a_place_that_is_left_is_free() -> None:
    made = lanes("ab", held="aabb")
    made.leave("b.org")
    assert made.take("", 0.0) == ("b.org", replace(copies(2)[1], recipient="p@b.ORG"))


def test_slowness_is_forgotten() -> None:
    slow = Slow()
    slow.took("a.org", 0.0, SLOW)
    assert slow.is_slow("a.org", REMEMBERED)
    assert not slow.is_slow("a.org", SLOW + REMEMBERED)
    slow.took("a.org", 10.0, 10.1)
    assert not slow.is_slow("a.org", 10.2)


def test_of_a_full_domain_as_much_is_kept_as_its_connections_will_soon_get_to() -> None:
    made = lanes("a" * 20 + "b" * 3, held="aabb")
    assert [copy.delivery for copy in made.crowded()] == list(range(20, 8, -1))
    assert len(made) == 8 + 3
    assert list(made.crowded()) == []
    assert len(made.rest()) == 11
    assert len(made) == 0


# Commits


def result(number: int) -> Result:
    return Result(number, 1, 250, "ok", Phase.END)


async def test_what_gathers_during_a_commit_is_the_next_one() -> None:
    gate, groups = asyncio.Event(), list[list[int]]()

    async def finish(results: Sequence[Result]) -> None:
        groups.append([one.delivery for one in results])
        await gate.wait()

    errors: list[Exception] = []
    commits = Commits(finish, errors.append)
    commits.enough = 3
    done: list[int] = []
    for number in range(1, 11):
        commits.add(result(number), lambda number=number: done.append(number))
        await asyncio.sleep(0)
    assert (groups, done) == ([[1, 2, 3]], [])
    gate.set()
    await commits.settle()
    assert groups == [[1, 2, 3], [4, 5, 6, 7, 8, 9, 10]]
    assert done == list(range(1, 11))
    assert (commits.handled, errors) == (10, [])


async def test_a_lonely_result_is_committed_after_a_moment(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("listserv.edge.commits.LINGER", 0.01)
    there = asyncio.Event()

    async def finish(results: Sequence[Result]) -> None:
        there.set()

    commits = Commits(finish, lambda error: None)
    commits.enough = 100
    commits.add(result(1))
    async with asyncio.timeout(5):
        await there.wait()
    await commits.settle()


async def test_a_commit_that_fails_is_told_and_frees_who_waits() -> None:
    async def finish(results: Sequence[Result]) -> None:
        raise RuntimeError("database is gone")

    errors: list[Exception] = []
    freed: list[bool] = []
    commits = Commits(finish, errors.append)
    commits.add(result(1), lambda: freed.append(True))
    await commits.settle()
    assert [str(error) for error in errors] == ["database is gone"]
    assert (freed, commits.handled) == ([True], 0)

"""A timer that is set and cleared for each copy: when it goes off, and when it does not."""

import asyncio
from collections.abc import Awaitable, Callable

from listserv.edge.timer import Timer

SOON, LATER, FAR = 0.01, 0.05, 3600.0


def watched() -> tuple[Timer, list[float], Callable[[], Awaitable[None]]]:
    """A timer, the loop's times at which it rang, and what waits until it rings."""
    rang: list[float] = []
    event = asyncio.Event()

    def ring() -> None:
        rang.append(asyncio.get_running_loop().time())
        event.set()

    async def wait() -> None:
        await asyncio.wait_for(event.wait(), 30)
        event.clear()

    return Timer(ring), rang, wait


async def test_it_rings_once_when_its_time_has_come_and_again_when_it_is_set_again():
    timer, rang, wait = watched()
    for number in (1, 2):
        began = asyncio.get_running_loop().time()
        timer.set(SOON)
        await wait()
        assert len(rang) == number
        assert rang[-1] >= began + SOON


async def test_set_anew_it_rings_at_the_later_time_only():
    timer, rang, wait = watched()
    began = asyncio.get_running_loop().time()
    timer.set(SOON)
    timer.set(LATER)
    await wait()
    assert len(rang) == 1
    assert rang[0] >= began + LATER


async def test_set_anew_for_an_earlier_time_it_does_not_wait_for_the_later():
    timer, rang, wait = watched()
    timer.set(FAR)
    timer.clear()
    timer.set(SOON)
    await wait()
    assert len(rang) == 1


async def test_cleared_or_stopped_it_does_not_ring():
    cleared, silent, _ = watched()
    stopped, silent_too, _ = watched()
    other, _, wait = watched()
    cleared.set(SOON)
    cleared.clear()
    stopped.set(SOON)
    stopped.stop()
    other.set(LATER)
    await wait()
    assert silent == silent_too == []

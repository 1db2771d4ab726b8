#!/usr/bin/env python3
"""Readers of pages: so many browsers, each with a connection that is kept open, open a page after the other.

    scripts/bench/reading_load.py --port P --readers 20 [--pace 1.0] --seconds 10 PATH ...

`--pace`: seconds from the beginning of a page to that of the next; 0: at once, one after the other. Each reader begins
at another path and at another moment. Says "reading" on standard error once each has opened one. Prints the seconds
that each page took, head to last octet, as a JSON array. Raises RuntimeError for an answer that is not 200.
"""

from __future__ import annotations

import argparse
import asyncio
import json
import sys
import time
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Readers:
    port: int
    paths: tuple[str, ...]
    readers: int = 20
    pace: float = 0.0
    seconds: float = 10.0


async def load(plan: Readers) -> list[float]:
    """The seconds of each page."""
    end = time.perf_counter() + plan.seconds
    begun = [asyncio.Event() for _ in range(plan.readers)]
    readers = asyncio.gather(*(_reader(plan, number, end, one) for number, one in enumerate(begun)))
    everybody = asyncio.gather(*(one.wait() for one in begun))
    await asyncio.wait([readers, everybody], return_when=asyncio.FIRST_COMPLETED)
    print("reading", file=sys.stderr, flush=True)
    found = await readers
    return [one for each in found for one in each]


async def _reader(plan: Readers, number: int, end: float, begun: asyncio.Event) -> list[float]:
    await asyncio.sleep(plan.pace * number / plan.readers)
    reader, writer = await asyncio.open_connection("127.0.0.1", plan.port)
    took, at = [], number * 7
    while (began := time.perf_counter()) < end:
        path = plan.paths[at % len(plan.paths)]
        writer.write(f"GET {path} HTTP/1.1\r\nHost: 127.0.0.1\r\nAccept-Language: en\r\n\r\n".encode())
        head = await reader.readuntil(b"\r\n\r\n")
        if not head.startswith(b"HTTP/1.1 200 "):
            raise RuntimeError(f"{path}: {head.partition(bytes([13]))[0].decode()}")
        length = int(head.lower().partition(b"content-length: ")[2].partition(b"\r")[0])
        await reader.readexactly(length)
        took.append(time.perf_counter() - began)
        begun.set()
        at += 1
        await asyncio.sleep(max(0.0, plan.pace - took[-1]))
    writer.close()
    await writer.wait_closed()
    return took


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--port", type=int, required=True)
    parser.add_argument("--readers", type=int, default=20)
    parser.add_argument("--pace", type=float, default=0.0)
    parser.add_argument("--seconds", type=float, default=10.0)
    parser.add_argument("paths", nargs="+")
    given = parser.parse_args()
    plan = Readers(given.port, tuple(given.paths), given.readers, given.pace, given.seconds)
    print(json.dumps(asyncio.run(load(plan))))
    return 0


if __name__ == "__main__":
    sys.exit(main())

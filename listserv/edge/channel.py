"""What two processes of ours say to each other: tuples of plain values, in order, over a pair of sockets.

Pickled, for it is the fastest way there is for such values; nothing else than plain values is ever made of what comes
("Restricting Globals" in the documentation of pickle), for who speaks to strangers may have been taken over by them.
"""

from __future__ import annotations

import asyncio
import io
import pickle
import socket
from typing import Any, Final

_LENGTH: Final = 4  # octets before each message that tell its length, big-endian
ANY: Final = 2 ** (8 * _LENGTH) - 1

Message = tuple[Any, ...]


class _Plain(pickle.Unpickler):
    def find_class(self, module: str, name: str) -> type:
        raise pickle.UnpicklingError(f"{module}.{name} is no plain value")


class Channel:
    """One end. What is told goes out in order; `hear` is for one listener at a time. `most`: octets of one message."""

    def __init__(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter, most: int) -> None:
        self._reader, self._writer, self._most = reader, writer, most
        self._length: int | None = None  # of the message that is coming: to hear may be given up in between

    @classmethod
    async def over(cls, wire: socket.socket, most: int = ANY) -> Channel:
        return cls(*await asyncio.open_connection(sock=wire, limit=2**20), most)

    def tell(self, *message: object) -> None:
        """What cannot be sent any more is not: who listens will be told that the other is gone."""
        if not self._writer.is_closing():
            said = pickle.dumps(message, pickle.HIGHEST_PROTOCOL)
            self._writer.write(len(said).to_bytes(_LENGTH, "big") + said)

    async def hear(self) -> Message | None:
        """The next message; None: the other end is gone. Raises ValueError for what is no message of ours."""
        try:
            if self._length is None:
                self._length = int.from_bytes(await self._reader.readexactly(_LENGTH), "big")
            if self._length > self._most:
                raise ValueError("not a message of ours: too long")
            said = await self._reader.readexactly(self._length)
        except (asyncio.IncompleteReadError, OSError):
            return None
        self._length = None
        try:
            message = _Plain(io.BytesIO(said)).load()
        except Exception as error:  # whatever a wrong pickle may raise
            raise ValueError(f"not a message of ours: {type(error).__name__}") from None
        if not isinstance(message, tuple) or not message:
            raise ValueError("not a message of ours")
        return message

    def close(self) -> None:
        self._writer.close()

"""A small client for tests: SMTP and LMTP line by line, with all the replies of a mail.

smtplib's LMTP reads one reply for each mail and takes the next one for the answer to its next command
(python/cpython#76984); this one reads as many as it is told to.
"""

from __future__ import annotations

import asyncio
import ssl


class Client:
    """`await Client.connect(receiver.address)`; then `ask` a command, or `send` bytes and read `reply` by reply."""

    def __init__(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self._reader, self._writer = reader, writer

    @classmethod
    async def connect(cls, address: tuple[str, int] | str, here: str | None = None) -> Client:
        """Connect, from the address `here`; the greeting is still to be read."""
        if isinstance(address, str):
            return cls(*await asyncio.open_unix_connection(address))
        return cls(*await asyncio.open_connection(*address, local_addr=(here, 0) if here else None))

    @property
    def here(self) -> object:
        """Our end of the connection."""
        return self._writer.get_extra_info("sockname")

    async def reply(self) -> str:
        """The next reply, lines joined by LF; "" once the server has hung up."""
        lines: list[str] = []
        async with asyncio.timeout(10):
            while not lines or lines[-1][3:4] == "-":
                line = await self._reader.readline()
                if not line:
                    break
                assert line.endswith(b"\r\n"), line
                lines.append(line[:-2].decode())
        return "\n".join(lines)

    async def replies(self, number: int) -> list[str]:
        return [await self.reply() for _ in range(number)]

    def send(self, *data: bytes) -> None:
        self._writer.write(b"".join(data))

    async def ask(self, *lines: str) -> list[str]:
        """Each line as a command, with its reply read before the next is said."""
        answers = []
        for line in lines:
            self.send(line.encode() + b"\r\n")
            answers.append(await self.reply())
        return answers

    async def greet(self, hello: str = "EHLO client.example") -> None:
        assert (await self.reply()).startswith("220 ")
        assert (await self.ask(hello))[0].startswith("250")

    async def mail(self, content: bytes, *recipients: str, sender: str = "anna@example.net") -> list[str]:
        """One SMTP transaction. `content` goes as it is, with its final dot. Replies from RCPT on, without the 354."""
        assert (await self.ask(f"MAIL FROM:<{sender}>"))[0].startswith("250 ")
        answers = await self.ask(*(f"RCPT TO:<{recipient}>" for recipient in recipients))
        assert (await self.ask("DATA"))[0].startswith("354 ")
        self.send(content)
        return [*answers, await self.reply()]

    async def starttls(self, context: ssl.SSLContext) -> None:
        """After the server's 220."""
        await self._writer.start_tls(context, server_hostname="localhost")

    def half_close(self) -> None:
        self._writer.write_eof()

    async def close(self) -> None:
        self._writer.close()
        try:
            await self._writer.wait_closed()
        except OSError:
            pass  # the server was faster

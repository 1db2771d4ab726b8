"""One connection of a client: the commands of SMTP (RFC 5321) and LMTP (RFC 2033), and their limits.

Built on aiosmtpd's protocol class, which gives the connection, its state and STARTTLS. Its command loop and commands
are replaced: they count for the life of a connection, log mail addresses, read content line by line and keep bare LF.

Hands each whole mail to `Terms.commit` and answers 250 only if that says it is committed. Never changes a mail,
never logs an address, never looks anything up.
"""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Callable
from time import monotonic

from aiosmtpd.smtp import SMTP, TLSSetupException

from listserv.edge.command import read_command
from listserv.edge.content import checked_content, read_content
from listserv.edge.envelope import Endless, Refused, Transaction, read_recipient, read_sender
from listserv.edge.failure import log_failure
from listserv.edge.patience import Patience
from listserv.edge.terms import Terms
from listserv.edge.turns import RECIPIENT, USELESS

# aiosmtpd reports every connection and its authentication mechanisms (we offer none) at level INFO.
logging.getLogger("mail.log").setLevel(logging.WARNING)

_AT_ONCE = 20  # commands without a mail after which each is answered a little later
_LINGER = 5.0  # seconds for a client to fetch our last words before the connection is cut
STOPPING = "421 4.3.2 the service is stopping, try again later"
CROWDED = "421 4.3.2 too many connections, try again later"


class Conversation(SMTP):
    line_length_limit = 32768  # here only the read buffer: reading pauses at twice this

    def __init__(self, terms: Terms, admit: Callable[[Conversation, asyncio.BaseTransport], str | None]) -> None:
        """`admit` is asked once, when the client connects; a text it returns is our only words to the client."""
        super().__init__(
            None,
            hostname=terms.hostname,
            enable_SMTPUTF8=True,
            tls_context=terms.tls_context,
            loop=asyncio.get_running_loop(),
        )
        self.closed: asyncio.Future[None] = self.loop.create_future()
        self._terms = terms
        self._admit = admit
        self._commands = self._errors = 0  # since the last mail we took
        self._listening = self._leaving = False
        self._patience = Patience(terms.limits, monotonic)
        self.network = ""  # edge/crowd; set by who admits

    def connection_made(self, transport: asyncio.Transport) -> None:
        first = self.transport is None  # the second time it is STARTTLS
        if first and (farewell := self._admit(self, transport)) is not None:
            transport.set_protocol(asyncio.Protocol())
            transport.write(farewell.encode() + b"\r\n")
            transport.close()
            return
        super().connection_made(transport)

    def data_received(self, data: bytes) -> None:
        if self._patience.reading:
            self._patience.heard(len(data))
        super().data_received(data)

    def eof_received(self) -> bool:
        """The client says no more, but may still listen: what it said before is answered."""
        self._reader.feed_eof()
        return self.session.ssl is None

    def connection_lost(self, error: Exception | None) -> None:
        super().connection_lost(error)
        if not self.closed.done():
            self.closed.set_result(None)

    def leave(self) -> None:
        """End the conversation as soon as no mail is under way."""
        self._leaving = True
        if self._listening and self.envelope.mail_from is None:
            self._hang_up(STOPPING)

    def give_way(self) -> None:
        """End the conversation now: somebody else needs its place."""
        self._hang_up(CROWDED)
        if self.transport is not None and self.transport.get_write_buffer_size():
            self.transport.abort()

    @property
    def heard(self) -> float:
        """When the client last did its part."""
        return self._patience.since

    def abort(self) -> None:
        if self.transport is not None:
            self.transport.abort()

    def _hang_up(self, farewell: str | None = None) -> None:
        transport = self.transport
        if transport is None or transport.is_closing():
            return
        if farewell is not None:
            transport.write(farewell.encode() + b"\r\n")
        transport.close()
        if transport.get_write_buffer_size():  # a client that does not read would keep us for ever
            self.loop.call_later(_LINGER, transport.abort)

    def _reset_timeout(self, duration: float | None = None) -> None:
        # One timer per connection that looks at the time, instead of a new timer per command.
        self._patience.heard()
        if self._timeout_handle is None:
            self._timeout_handle = self.loop.call_later(self._terms.limits.idle, self._timeout_cb)

    def _timeout_cb(self) -> None:
        if (left := self._patience.left) > 0:
            self._timeout_handle = self.loop.call_later(left, self._timeout_cb)
        else:
            self._hang_up("421 4.4.2 idle for too long")

    # The loop

    async def _handle_client(self) -> None:
        farewell = None
        try:
            await self.push(f"220 {self.hostname} {'LMTP' if self._terms.lmtp else 'ESMTP'}")
            while farewell is None and not self.transport.is_closing():
                over = self._leaving and self.envelope.mail_from is None
                farewell = STOPPING if over else await self._next_command()
        except (asyncio.IncompleteReadError, ConnectionError):
            pass  # the client has gone; what it had not finished saying counts for nothing
        except TLSSetupException as error:
            self._original_transport.abort()
            self.connection_lost(error)  # nobody else calls it before the handshake is done
        finally:
            self._hang_up(farewell)

    async def _next_command(self) -> str | None:
        """Read a command and answer it. Returns our last words if they are due instead."""
        try:
            self._listening = True
            try:
                verb, argument = await read_command(self._reader, self._turn)
            finally:
                self._listening = False
            self._reset_timeout()
            self._commands += 1
            if self._commands > self._terms.limits.commands:
                return "421 4.7.0 too many commands without a mail"
            if self._commands > _AT_ONCE:
                await self._turn(USELESS)
            if (method := self._smtp_methods.get(verb)) is None:
                raise Refused(500, "5.5.1", "unknown command")
            await method(argument)
        except Refused as refused:
            if refused.refusal.status.startswith("5.5."):  # RFC 3463 §3.6: the client broke the protocol
                self._errors += 1
                await self._turn(USELESS)
            if self._errors > self._terms.limits.errors:
                return "421 4.7.0 too many errors"
            await self.push(str(refused.refusal))
        except Endless:
            return "421 4.7.0 this has no end"
        except (asyncio.IncompleteReadError, ConnectionError, TLSSetupException):
            raise
        except Exception as error:
            log_failure("a command failed", error)
            await self.push("451 4.3.0 something is wrong here, try again later")
        return None

    async def _turn(self, seconds: float) -> None:
        await self._terms.turns.take(self.network or str(id(self)), seconds)

    async def push(self, status: str) -> None:
        if status == "220 Ready to start TLS":  # the one reply we let aiosmtpd give
            status = "220 2.0.0 ready to start TLS"
        if self._writer.transport.is_closing():
            raise ConnectionResetError
        self._writer.write(status.encode() + b"\r\n")
        await self._writer.drain()

    # The commands

    async def smtp_HELO(self, argument: str) -> None:
        self._greet(argument, lmtp=False)
        await self.push(f"250 {self.hostname}")

    async def smtp_EHLO(self, argument: str) -> None:
        self._greet(argument, lmtp=False)
        await self._offer()

    async def smtp_LHLO(self, argument: str) -> None:
        self._greet(argument, lmtp=True)
        await self._offer()

    def _greet(self, argument: str, *, lmtp: bool) -> None:
        if lmtp != self._terms.lmtp:  # RFC 2033 §4.1
            raise Refused(500, "5.5.1", "this is SMTP, say EHLO" if lmtp else "this is LMTP, say LHLO")
        if not argument:
            raise Refused(501, "5.5.4", "say who you are")
        if not self.session.host_name:
            self._commands = 0
        self._set_rset_state()
        self.session.host_name = argument

    async def _offer(self) -> None:
        can = [f"SIZE {self._terms.limits.size}", "8BITMIME", "SMTPUTF8", "ENHANCEDSTATUSCODES", "PIPELINING"]
        if self.tls_context and not self._tls_protocol:
            can.append("STARTTLS")
        await self.push("\r\n".join([f"250-{self.hostname}", *(f"250-{word}" for word in can[:-1]), f"250 {can[-1]}"]))

    async def smtp_MAIL(self, argument: str) -> None:
        if not self.session.host_name:
            raise Refused(503, "5.5.1", f"say {'LHLO' if self._terms.lmtp else 'EHLO'} first")
        if self.envelope.mail_from is not None:
            raise Refused(503, "5.5.1", "a mail has been begun already")
        sender, utf8 = read_sender(argument, self._terms.limits.size)
        self.envelope.mail_from, self.envelope.smtp_utf8 = sender, utf8
        await self.push("250 2.1.0 sender noted")

    async def smtp_RCPT(self, argument: str) -> None:
        if self.envelope.mail_from is None:
            raise Refused(503, "5.5.1", "say MAIL first")
        recipient = read_recipient(argument, self.envelope.smtp_utf8)
        if len(self.envelope.rcpt_tos) >= self._terms.limits.recipients:
            raise Refused(452, "4.5.3", "too many recipients, send the others another copy")
        refusal = self._terms.verdict(recipient)
        if refusal is not None:
            raise Refused(refusal.code, refusal.status, refusal.text)
        self.envelope.rcpt_tos.append(recipient)
        self._commands -= 1
        if len(self.envelope.rcpt_tos) > _AT_ONCE:
            await self._turn(RECIPIENT)
        await self.push("250 2.1.5 recipient noted")

    async def smtp_DATA(self, argument: str) -> None:
        if argument:
            raise Refused(501, "5.5.4", "DATA stands alone")
        if not self.envelope.rcpt_tos:
            raise Refused(503, "5.5.1", "no recipient has been accepted")
        await self.push("354 end with <CRLF>.<CRLF>")
        with self._terms.room.share(self.network) as take:
            reply = await self._receive(take)
        if self._terms.lmtp:  # RFC 2033 §4.2: one for each RCPT that was accepted, in order
            reply = "\r\n".join([reply] * len(self.envelope.rcpt_tos))
        self._set_rset_state()
        await self.push(reply)

    async def _receive(self, take: Callable[[int], bool]) -> str:
        """The reply to the content that now follows."""
        limits, envelope = self._terms.limits, self.envelope
        try:
            with self._patience.content():
                # The wire's octets have no name here: a mail that waits for its commit is in memory once.
                wire = read_content(self._reader, limits.size, take, self._turn)
                content = checked_content(await wire, limits, self._terms.lmtp)
        except Refused as refused:
            return str(refused.refusal)
        to, protocol = tuple(dict.fromkeys(envelope.rcpt_tos)), "lmtp" if self._terms.lmtp else "smtp"
        with self._patience.ours():
            taken = await self._terms.commit(Transaction(envelope.mail_from, to, content, protocol))
        if not taken:
            return "451 4.3.0 the mail could not be stored now, try again later"
        self._commands = self._errors = 0
        return "250 2.0.0 the mail is stored"

    async def smtp_RSET(self, argument: str) -> None:
        self._set_rset_state()
        await self.push("250 2.0.0 forgotten")

    async def smtp_NOOP(self, argument: str) -> None:
        await self.push("250 2.0.0 still here")

    async def smtp_QUIT(self, argument: str) -> None:
        self._hang_up("221 2.0.0 goodbye")

    async def smtp_STARTTLS(self, argument: str) -> None:
        if not self.tls_context or self._tls_protocol:
            await self._not_offered(argument)
        if argument:
            raise Refused(501, "5.5.4", "STARTTLS stands alone")
        await super().smtp_STARTTLS("")
        if self.session.ssl is None:  # hung up before the handshake was done, which aiosmtpd takes for success
            raise TLSSetupException

    async def smtp_VRFY(self, argument: str) -> None:
        await self.push("252 2.0.0 send a mail and see")  # RFC 5321 §7.3: tells nothing

    async def _not_offered(self, argument: str) -> None:
        raise Refused(502, "5.5.1", "not offered")

    smtp_AUTH = smtp_EXPN = smtp_HELP = _not_offered

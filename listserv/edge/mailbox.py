"""One folder of a mailbox on an IMAP server (RFC 3501, RFC 9051): what lies in it, its mails, moving them, waiting.

Knows nothing of dialogues or of the database. Blocking; for one thread, but for `abort`. A mail is named by its UID,
which is good as long as `uidvalidity` stays the same (RFC 9051 §2.3.1.1). Fetching sets no flag and changes nothing.

Raises Trouble, in plain words, for whatever makes the mailbox unusable now (not there, log-in refused, connection
lost), and Unfetched for one mail that the server does not hand over. Neither quotes the server, a secret or an
address: servers repeat what they were told.
"""

from __future__ import annotations

import socket
from collections.abc import Collection, Iterator, Sequence
from contextlib import contextmanager, suppress
from time import monotonic
from typing import Any

from imapclient.exceptions import IMAPClientAbortError, IMAPClientError, IMAPClientReadOnlyError

from listserv.core.sentence import Sentence
from listserv.edge.imap import Account, Stuck, Trouble, Unfetched, connected, ready

CHUNK = 500  # UIDs named in one command: a line stays far below what servers take


class Mailbox:
    """A connection with the folder selected, and the folders for what is done and for what cannot be taken made."""

    def __init__(self, account: Account) -> None:
        self._account = account
        self._client = connected(account)
        try:
            with self._telling():
                self._select()
                self._offers = self._client.offers()
                self.done, self.quarantine = self._made(account.done), self._made(account.quarantine)
        except BaseException:
            self.close()
            raise

    # --- opening

    def _select(self) -> None:
        folder = self._account.folder
        try:
            answer = self._client.select_folder(folder)
        except IMAPClientReadOnlyError:
            raise Trouble(f"{folder} may only be read; allow this user to move mails out of it") from None
        except IMAPClientAbortError:
            raise
        except IMAPClientError:
            raise Trouble(f"there is no folder {folder} to read; check intake.imap.folder") from None
        if not (uidvalidity := answer.get(b"UIDVALIDITY")):
            raise Trouble(f"{self._account.place} gives no UIDVALIDITY; use another IMAP server")
        self.uidvalidity: int = uidvalidity
        self._exists: int = answer.get(b"EXISTS", 0)
        self._client.passing()  # what comes from here on is news

    def _made(self, name: str) -> str:
        """The folder as the server calls it: there are those that keep all of a user's below INBOX (RFC 2342 §5)."""
        self._another(name)
        if self._client.folder_exists(name):
            return name
        prefix = self._prefix()
        full = name if name.startswith(prefix) else prefix + name
        self._another(full)
        if not self._client.folder_exists(full):
            try:
                self._client.create_folder(full)
            except IMAPClientAbortError:
                raise
            except IMAPClientError:
                if not self._client.folder_exists(full):  # another poller may have been faster
                    raise Trouble(f"the folder {full} cannot be made; make it by hand") from None
            with suppress(IMAPClientError):
                self._client.subscribe_folder(full)
        return full

    def _another(self, name: str) -> None:
        """Moved into the folder that is read, every mail would be a new one again and again."""
        same = name.upper() if name.upper() == "INBOX" else name  # the only name without case (RFC 9051 §5.1)
        if same in (self._account.folder, self._account.folder.upper()):
            raise Trouble(f"{name} is the folder that is read; set another intake.imap.folder or done_folder")

    def _prefix(self) -> str:
        if b"NAMESPACE" not in self._offers:
            return ""
        return str(next(iter(self._client.namespace().personal or ()), ("", ""))[0])

    # --- mails

    def look(self) -> dict[int, int]:
        """The mails in the folder that nobody has marked as deleted: octets by UID."""
        with self._telling():
            self._select()  # anew: meanwhile the folder may have been deleted and made again
            uids = sorted(self._client.search("UNDELETED"))
            sizes: dict[int, int] = {}
            for chunk in _chunks(uids):
                for uid, said in self._client.fetch(chunk, ["RFC822.SIZE"]).items():
                    if b"RFC822.SIZE" in said:
                        sizes[uid] = said[b"RFC822.SIZE"]
            return sizes

    def fetch(self, uid: int) -> bytes | None:
        """The mail, byte for byte; None if it has gone meanwhile. Raises Unfetched."""
        with self._telling():
            try:
                said = self._client.fetch([uid], ["BODY.PEEK[]"])
            except (IMAPClientAbortError, OSError):
                raise
            except Exception as error:  # refused, or an answer that imapclient cannot read
                fault = type(error).__name__
                raise Unfetched(Sentence("the server does not hand it over (%(fault)s)", fault=fault)) from None
            if uid not in said:
                return None
            content = said[uid].get(b"BODY[]")
            if not isinstance(content, bytes):
                raise Unfetched(Sentence("the server has no content for it"))
            return content

    def head(self, uid: int) -> bytes:
        """The header, at most 64 KiB of it; b"" where the server does not hand it over."""
        with self._telling():
            try:
                said = self._client.fetch([uid], ["BODY.PEEK[HEADER]<0.65536>"])
            except (IMAPClientAbortError, OSError):
                raise
            except Exception:  # as in fetch
                return b""
            return next((value for value in said.get(uid, {}).values() if isinstance(value, bytes)), b"")

    def move(self, uids: Collection[int], folder: str) -> None:
        """Move mails (RFC 6851); those that have gone meanwhile are passed over. Raises Stuck if some stay."""
        with self._telling():
            stay = 0
            for chunk in _chunks(sorted(uids)):
                if not self._moved(chunk, folder):
                    self._made(folder)  # it may have been deleted
                    stay += sum(not self._moved([uid], folder) for uid in chunk)  # and one of them may be at fault
        if stay:
            raise Stuck(f"{stay} mails cannot be moved into {folder}; see that it has room, or move them by hand")

    def remove(self, uids: Collection[int]) -> None:
        """Delete mails for good, where nothing of them may stay; without UIDPLUS they are marked as deleted."""
        with self._telling():
            for chunk in _chunks(sorted(uids)):
                self._client.delete_messages(chunk, silent=True)
                if b"UIDPLUS" in self._offers:
                    self._client.uid_expunge(chunk)

    def _moved(self, uids: Sequence[int], folder: str) -> bool:
        try:
            if b"MOVE" in self._offers:
                self._client.move(uids, folder)
                return True
            self._client.copy(uids, folder)
            self._client.delete_messages(uids, silent=True)
            if b"UIDPLUS" in self._offers:  # a bare EXPUNGE would remove others' mails as well (RFC 4315 §2.1)
                self._client.uid_expunge(uids)
            return True
        except IMAPClientAbortError:
            raise
        except IMAPClientError:
            return False

    # --- waiting

    def rest(self, idle: float, poll: float, bell: socket.socket) -> None:
        """Until there may be news, at most `idle` seconds in IDLE (RFC 2177), `poll` without it; or the bell rings."""
        with self._telling():
            if self._news():
                return
            if b"IDLE" not in self._offers:
                ready(poll, bell)
                return
            self._client.idle()
            until = monotonic() + idle
            wire = self._client.socket()
            said: list[Any] = self._client.idle_check()
            while not any(b"EXISTS" in one for one in said):
                if wire not in ready(until - monotonic(), wire, bell):
                    break
                said = self._client.idle_check()
                if not said:  # a closed connection reads like that; DONE will tell
                    break
            self._client.idle_done()

    def _news(self) -> bool:
        """Whether more lies in the folder than `look` saw. There are servers that say EXISTS all the time."""
        exists, expunged = self._client.passing()
        for one in self._client.noop()[1]:
            exists = one[0] if b"EXISTS" in one else exists
            expunged += b"EXPUNGE" in one
        return exists is not None and exists != self._exists - expunged

    # --- ending

    def abort(self) -> None:
        """From another thread: whatever is waited for fails at once."""
        with suppress(OSError):
            self._client.socket().shutdown(socket.SHUT_RDWR)

    def close(self) -> None:
        """Say goodbye, if anybody still listens."""
        with suppress(IMAPClientError, OSError):
            self._client.socket().settimeout(2)
            self._client.logout()
        with suppress(IMAPClientError, OSError):
            self._client.shutdown()

    @contextmanager
    def _telling(self) -> Iterator[None]:
        try:
            yield
        except (IMAPClientAbortError, OSError):
            raise Trouble(f"the connection to {self._account.place} was lost; it is made again") from None
        except IMAPClientError:
            raise Trouble(f"{self._account.place} refuses to go on; see its log") from None


def _chunks(uids: Sequence[int]) -> Iterator[Sequence[int]]:
    for start in range(0, len(uids), CHUNK):
        yield uids[start : start + CHUNK]

"""What a mail brings to the step that is to act on it."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from listserv.core.dialogue.model import Dialogue
from listserv.core.mail.addresses import Target
from listserv.core.mail.authentication import Proof
from listserv.core.mail.inmail import InboundMail
from listserv.core.site import Site
from listserv.steps.share import Shared
from listserv.store.session import Session

#: Records the outcome in the caller's transaction: (connection, outcome, reason, contribution's id if it became one).
#: False when another process has processed the mail.
Done = Callable[..., bool]


@dataclass(frozen=True, slots=True)
class Arrival:
    """An inbound mail while it is processed. `row`: of the inbox (id, raw_id, sender, recipient, received_at …)."""

    session: Session
    now: datetime
    site: Site
    dialogue: Dialogue
    target: Target
    mail: InboundMail
    row: Any
    proof: Proof
    objects: bool  # its author wants it to stand in no archive
    shared: Shared
    done: Done

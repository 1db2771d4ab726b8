"""What speaks against a mail's being from whom it names: for the rules that hold it, and the moderators who read it.

A proof that was looked for and not found, a name or domain that passes for another's, another sender. It decides
nothing and writes nothing.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Any

from listserv.core.dialogue.model import Dialogue
from listserv.core.dialogue.moderation import Case
from listserv.core.mail import identity, lookalike
from listserv.core.mail.authentication import Proof
from listserv.core.mail.inmail import InboundMail
from listserv.steps.share import Shared
from listserv.store import people
from listserv.store.session import Connection


@dataclass(frozen=True, slots=True)
class Doubts:
    """The case's fields of these names (core/dialogue/moderation.Case)."""

    sender: str = ""
    impersonates: str = ""
    mixed: str = ""
    domain_like: str = ""
    refuted: str = ""
    unproven: str = ""

    def on(self, case: Case) -> Case:
        return replace(
            case,
            sender=self.sender,
            impersonates=self.impersonates,
            mixed=self.mixed,
            domain_like=self.domain_like,
            refuted=self.refuted,
            unproven=self.unproven,
        )


def doubts(
    connection: Connection, dialogue: Dialogue, mail: InboundMail, part: Any | None, proof: Proof, shared: Shared
) -> Doubts:
    """What is to be said of the author of a mail. `part`: the participation that the address in From has."""
    if mail.author is None:
        return Doubts(refuted=proof.says if proof.refuted else "")
    author, person_id = mail.author, part["person_id"] if part else None
    own = part["name"] if part else ""
    names = shared.names(connection, dialogue.id)
    known = () if part else shared.domains(connection, dialogue.id)
    return Doubts(
        sender="" if _same(connection, mail.sender, author.address, person_id) else mail.sender,
        impersonates=lookalike.bears(author.name, own, names, person_id),
        mixed=lookalike.mixed_word(author.name, own),
        domain_like="" if part else lookalike.domain_like(identity.domain_of(author.address), known),
        refuted=proof.says if proof.refuted else "",
        unproven=proof.says if proof.lacking else "",
    )


def _same(connection: Connection, sender: str, author: str, person_id: int | None) -> bool:
    """Whether the sender is the author, perhaps with another address of theirs."""
    if not sender or identity.key(sender) == identity.key(author):
        return True
    return person_id is not None and people.person_of(connection, sender) == person_id

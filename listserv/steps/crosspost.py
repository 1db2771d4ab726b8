"""Round-ups to sister networks, and the way back for what their members answer.

Each network gets each round-up once: in the transaction that sends it, or later by command. Reply-To is an address of
ours that names the network (SLUG-network+TOKEN@), so that an answer is known for what it is: held, said to come from
there, its author a guest. Nothing is ever written to a network, or to its members, by itself beside round-ups. Our own
mail that comes back through it bears our X-Loop and our Message-ID, and steps/intake drops it.
"""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime

from listserv.core.dialogue.model import TAKING_PART, Dialogue, Network, RoundupState
from listserv.core.mail import identity, outmail
from listserv.core.mail.addresses import Role, Target
from listserv.core.mail.identity import Mailbox
from listserv.core.mail.inmail import InboundMail
from listserv.core.publication.wording import Letter
from listserv.core.site import Site
from listserv.errors import Refused
from listserv.steps import compose, insist
from listserv.steps.unname import Unnamed
from listserv.store import audit, copies, occurrences, people, roundups
from listserv.store.session import Connection, Session

KIND = "crosspost"
POSTED = "answer:crosspost"  # to the network with that address, the round-up of that period
FORMER = "a network that is no longer in listserv.toml"


@dataclass(frozen=True, slots=True)
class Post:
    """A round-up made ready for one network."""

    network: Network
    letter: Letter
    prepared: compose.Prepared


def number(network: Network) -> int:
    """What stands for a network in its reply address: of its address, so that the order in the file means nothing."""
    return int.from_bytes(hashlib.sha256(identity.key(network.address).encode()).digest()[:6], "big")


def ready(
    site: Site,
    dialogue: Dialogue,
    now: datetime,
    networks: Sequence[Network],
    count: int,
    text: Callable[[str], str],
    roundup_id: int,
) -> list[Post]:
    """The round-up that readers count as `count`, for each of the networks. `text(language)`: its Markdown."""
    return [_post(site, dialogue, now, one, count, text, roundup_id) for one in networks]


def _post(
    site: Site,
    dialogue: Dialogue,
    now: datetime,
    network: Network,
    count: int,
    text: Callable[[str], str],
    roundup_id: int,
) -> Post:
    language = site.language(network.language, dialogue.language)
    letter = compose.words(site, dialogue, KIND, language, number=count, text=text(language), network=network.name)
    message_id = compose.identifier(site, KIND)
    ours = site.addresses.dialogue(dialogue.slug)
    rendering = outmail.compose(
        sender=Mailbox(dialogue.title, ours),
        to=Mailbox(network.name, network.address),
        subject=letter.subject,
        date=now.astimezone(dialogue.zone),
        message_id=message_id,
        text=letter.text,
        html=site.wording.html(letter.text, title=letter.subject, language=language),
        reply_to=site.addresses.network(dialogue.slug, number(network)),
        headers=(("X-Loop", ours),),
    )
    prepared = compose.Prepared(
        dialogue.id, KIND, letter.subject, message_id, {language: rendering}, language, True, roundup_id=roundup_id
    )
    return Post(network, letter, prepared)


def post(
    connection: Connection, now: datetime, dialogue: Dialogue, period: int, posts: Sequence[Post], actor: str
) -> list[str]:
    """Post it, in the caller's transaction, where it has not been; the names of the networks that get it."""
    done = []
    for one in posts:
        if occurrences.once(connection, dialogue.id, POSTED, identity.key(one.network.address), period, now):
            one.prepared.to_one(connection, now, one.network.address)
            about = f"round-up {one.prepared.roundup_id}"
            audit.record(connection, now, actor, KIND, about, f"to {one.network.name}", dialogue.id)
            done.append(one.network.name)
    return done


def chosen(dialogue: Dialogue, name: str = "") -> tuple[Network, ...]:
    """All networks, or the one of that name. Refused when there is none."""
    if not dialogue.networks:
        raise Refused(f"{dialogue.slug} has no sister networks: add a [[dialogue.network]] table, then: listserv apply")
    found = tuple(one for one in dialogue.networks if name.casefold() in ("", one.name.casefold()))
    if not found:
        raise Refused(f"there is no network {name!r}; there is: {', '.join(one.name for one in dialogue.networks)}")
    return found


def foresee(
    session: Session, now: datetime, site: Site, dialogue: Dialogue, roundup_id: int, name: str = ""
) -> list[Post]:
    """What would be posted of a round-up that was sent: to the networks that have not had it. Refused otherwise."""
    insist.on_running(dialogue)
    wanted = chosen(dialogue, name)
    with session.read() as connection:
        row = roundups.get(connection, roundup_id)
        if row is None or row["dialogue_id"] != dialogue.id:
            raise Refused(f"there is no round-up {roundup_id}; see: listserv roundup list")
        if row["state"] != RoundupState.SENT:
            raise Refused(f"round-up {roundup_id} has not been sent: it goes to the networks when it is")
        if Unnamed(connection, dialogue).names(row["text"], row["told"]):
            raise Refused(
                f"round-up {roundup_id} names somebody who no longer wants to be named; it cannot go out again"
            )
        had = {
            one.name
            for one in wanted
            if occurrences.recorded(connection, dialogue.id, POSTED, identity.key(one.address), row["period"])
        }
        count = roundups.number_of(connection, row)
    left = [one for one in wanted if one.name not in had]
    if not left:
        raise Refused(f"round-up {roundup_id} was posted before to {', '.join(sorted(had))}")
    return ready(site, dialogue, now, left, count, lambda language: row["text"], roundup_id)


def crosspost(
    session: Session, now: datetime, site: Site, dialogue: Dialogue, roundup_id: int, actor: str, name: str = ""
) -> list[str]:
    """Post a round-up that was sent; the names of the networks. Refused as `foresee` does."""
    posts = foresee(session, now, site, dialogue, roundup_id, name)

    def write(connection: Connection) -> list[str]:
        row = roundups.get(connection, roundup_id)
        return post(connection, now, dialogue, row["period"], posts, actor) if row else []

    return session.write(write)


def answering(session: Session, site: Site, dialogue: Dialogue, target: Target, mail: InboundMail) -> Network | None:
    """The network whose member answers: by the address it came to, or what it answers. Who takes part is no guest."""
    if target.role not in (Role.NETWORK, Role.DIALOGUE, Role.REPLY):
        return None
    answers = [*mail.in_reply_to, *reversed(mail.references)][:20]
    if target.role is not Role.NETWORK and not (answers and dialogue.networks):
        return None
    with session.read() as connection:
        to = copies.went_to(connection, dialogue.id, KIND, answers) if answers and dialogue.networks else None
        if to is None and target.role is not Role.NETWORK:
            return None
        part = people.part_of(connection, dialogue.id, mail.author.address) if mail.author else None
    if part and part["status"] in TAKING_PART:
        return None
    if target.role is Role.NETWORK:
        found = next((one for one in dialogue.networks if number(one) == target.payload), None)
        return found or Network(FORMER, "")
    if to is None:
        return None
    return next((one for one in dialogue.networks if identity.key(one.address) == identity.key(to)), None)

"""Looking for somebody in all that is kept, for their erasure: which mails name them, and how ours read without them.

It takes a while where much is kept, so it is done before anything is written. Mails, once kept, do not change; what has
come in since is looked through by whoever writes (`newer`).
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from listserv.core.dialogue import countries
from listserv.core.dialogue.mask import TAKEN_OUT, Mask, Unsaid, telling
from listserv.core.dialogue.model import ContributionState
from listserv.core.mail import identity, reworded
from listserv.core.mail.outmail import Rendering
from listserv.core.site import Site
from listserv.store import erasing, suppressions, traces
from listserv.store.session import Connection
from listserv.store.traces import Trace

INSTEAD = TAKEN_OUT  # in every language the same


@dataclass(frozen=True, slots=True)
class Sought:
    """What was found. `renderings`: those that name them, by id, without them; `originals`: ids of mails that do."""

    trace: Trace
    pseudonyms: Mapping[str, str]  # by address
    mask: Mask
    organisation: str
    renderings: Mapping[int, Rendering]
    originals: tuple[int, ...]
    last_rendering: int
    last_original: int

    @property
    def pseudonym(self) -> str:
        return self.pseudonyms[self.trace.keys[0]]


def look(connection: Connection, site: Site, trace: Trace, *, texts: bool) -> Sought:
    """`texts`: also of what was released their words are to be taken out where others quote them."""
    name = f"erased-{site.addresses.fingerprints(trace.keys[0])[0][:8]}"
    places = [name, *(f"{name}-{number}" for number in range(2, len(trace.keys) + 1))]
    pseudonyms = {one: f"{place}@{suppressions.NOWHERE}" for one, place in zip(trace.keys, places, strict=True)}
    written = traces.contributions(connection, trace)
    came = {one["message_id"] for one in (*written, *traces.inbound(connection, trace))} - {""}
    profile = traces.profile(connection, trace)
    behind = tuple(profile[what] for what in ("organisation", "country") if profile[what]) if profile else ()
    if profile and profile["country"]:  # kept as a code, and said in readers' languages
        behind += tuple(countries.named(profile["country"], language) for language in site.languages)
    mask = Mask(
        trace.names,
        {one: pseudonyms.get(identity.key(one), pseudonyms[trace.keys[0]]) for one in trace.spelt},
        INSTEAD,
        {one: site.addresses.stand_ins(one)[0] for one in came},
        telling(trace.names, erasing.other_names(connection, trace), erasing.texts(connection)),
        behind,
        Unsaid(
            (one[what] or "", erasing.said_before(connection, trace, one["id"]))
            for one in written
            if texts or one["state"] != ContributionState.RELEASED  # of those every word goes in any case
            for what in ("text", "original")
        ),
    )
    renderings, last_rendering = found_in_ours(connection, mask, 0)
    originals, last_original = found_in_originals(connection, mask, 0)
    organisation = profile["organisation"] if profile else ""
    return Sought(trace, pseudonyms, mask, organisation, renderings, tuple(originals), last_rendering, last_original)


def newer(connection: Connection, sought: Sought) -> tuple[dict[int, Rendering], list[int]]:
    """All that names them, what has come since it was looked for too."""
    renderings, _ = found_in_ours(connection, sought.mask, sought.last_rendering)
    originals, _ = found_in_originals(connection, sought.mask, sought.last_original)
    return {**sought.renderings, **renderings}, [*sought.originals, *originals]


def found_in_ours(connection: Connection, mask: Mask, after: int) -> tuple[dict[int, Rendering], int]:
    found, last = {}, after
    for row in erasing.renderings(connection, after):
        last = row["id"]
        if mask.names_them(reworded.spoken(row["head"] + b"\r\n" + row["body"])):
            made = reworded.reworded(row["head"], row["body"], mask)
            found[last] = made or Rendering(row["head"], row["body"])
    return found, last


def found_in_originals(connection: Connection, mask: Mask, after: int) -> tuple[list[int], int]:
    found, last = [], after
    for last, content in erasing.originals(connection, after):
        if mask.names_them(reworded.spoken(content)):
            found.append(last)
    return found, last

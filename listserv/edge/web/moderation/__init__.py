"""`/SLUG/moderate/…`: what waits for moderators, on a phone or a desk, and every decision on it.

The steps are those of the command line, the terminal program and the answers by mail, in the name of whoever is logged
in: the same refusals, the same audit. GET and HEAD change nothing; a POST brings the proof of its form along, and one
that is sent twice does it once. What another moderator has decided first is said, and nothing typed is lost by it.
"""

from __future__ import annotations

from starlette.routing import Route

from listserv.edge.web.engine import Engine
from listserv.edge.web.moderation import (
    contribution,
    editing,
    judged,
    passages,
    queue,
    releasing,
    requests,
    returning,
    roundups,
)


def routes(engine: Engine) -> list[Route]:
    nouns = (queue, releasing, requests, roundups, returning, editing, passages, judged, contribution)
    return [route for noun in nouns for route in noun.routes(engine)]

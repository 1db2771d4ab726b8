"""From settings to plain values: what `apply` hands down to the steps."""

from __future__ import annotations

from typing import TYPE_CHECKING

from listserv.core.dialogue.model import Module, Role
from listserv.steps.apply import Moderator, Planned

if TYPE_CHECKING:
    from listserv.config import Dialogue


def planned(dialogue: Dialogue) -> Planned:
    zone = dialogue.zone
    return Planned(
        slug=dialogue.slug,
        title=dialogue.title,
        hosts=tuple(dialogue.hosts),
        language=dialogue.language,
        timezone=dialogue.timezone,
        policy=dialogue.policy,
        fields=tuple({"key": f.key, "label": f.label, "choices": list(f.choices)} for f in dialogue.fields),
        resources=tuple({"title": r.title, "url": r.url} for r in dialogue.resources),
        networks=tuple({"name": n.name, "address": n.address, "language": n.language} for n in dialogue.networks),
        survey=tuple(one.question for one in dialogue.survey),
        survey_anonymous=dialogue.survey_anonymous,
        modules=tuple(
            Module(number, m.title, m.aim, tuple(m.questions), m.opens_at(zone), m.closes_at(zone))
            for number, m in enumerate(dialogue.modules, 1)
        ),
        moderators=tuple(
            Moderator(
                name=m.name,
                address=m.address,
                organisation=m.organisation,
                role=Role(m.role),
                language=m.language,
                timezone=m.timezone,
                notices=m.notices,
                notices_at=m.notices_at.strftime("%H:%M"),
                days=m.duty,
            )
            for m in dialogue.moderators
        ),
    )

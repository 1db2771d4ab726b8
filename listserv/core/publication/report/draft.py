"""The report as it comes up by itself: complete from the material, in the order in which the field knows it.

Input: the material, and the voice that says the frame. Output: a `Report` with all chapters; those that only a
moderator can write ("foreword", "conclusions") are there and empty, and forms leave out what is empty. The same
material and voice give the same report. Never raises.
"""

from __future__ import annotations

from listserv.core.publication.extract import Rarity
from listserv.core.publication.report.document import Report
from listserv.core.publication.report.evaluation import evaluation
from listserv.core.publication.report.findings import findings
from listserv.core.publication.report.material import Material
from listserv.core.publication.report.opening import foreword, period, query, thanks
from listserv.core.publication.report.participation import participation
from listserv.core.publication.report.responses import disclaimer, late, responses
from listserv.core.publication.report.sayings import counted
from listserv.core.publication.report.summary import conclusions, summary
from listserv.core.publication.report.voice import Voice
from listserv.core.sentence import Sentence


def draft(material: Material, voice: Voice) -> Report:
    rarity = Rarity.among(one.text for one in material.said)
    sections = (
        foreword(voice),
        *query(material, voice),
        thanks(material, voice),
        *summary(material, voice, rarity),
        conclusions(voice),
        *findings(material, voice, rarity),
        participation(material, voice),
        evaluation(material, voice),
        responses(material, voice),
        late(material, voice),
        disclaimer(material, voice),
    )
    return Report(
        title=material.title,
        subtitle=voice(Sentence("Consolidated report of a dialogue by e-mail")),
        language=voice.language,
        facts=_facts(material, voice),
        contents=voice(Sentence("Contents")),
        sections=sections,
    )


def _facts(material: Material, voice: Voice) -> tuple[tuple[str, str], ...]:
    moderators = "; ".join(voice.beside((one.name, one.organisation)) for one in material.moderators)
    ends = [module.closes_at for module in material.modules]
    last = max((end for end in ends if end is not None), default=None) if None not in ends else None
    held = period(min(module.opens_at for module in material.modules), last, voice)
    facts = (
        (Sentence("Hosts"), voice.listed(material.hosts)),
        (Sentence("Period"), held),
        (Sentence("Received"), counted(material.said, voice)),
        (Sentence("Moderators"), moderators),
        (Sentence("As of"), voice.day(material.until)),
    )
    return tuple((voice(label), value) for label, value in facts if value)

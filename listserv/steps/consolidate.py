"""The report: gathered from all that was said, drafted, and with what moderators made of its sections.

Reads only. The frame is in the language asked for, people's words stay in theirs. An edit belongs to the language it
was written in; where a report in another language has none of its own, that in the dialogue's language stands there,
so that nothing a moderator wrote is missing. Raises Refused for a language that has no words.
"""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import astuple, dataclass, replace
from datetime import datetime

from listserv.core.dialogue.mask import Unsaid
from listserv.core.dialogue.model import Attribution, Dialogue
from listserv.core.dialogue.ratings import MOST
from listserv.core.dialogue.survey import Question
from listserv.core.dialogue.tags import Kind
from listserv.core.mail.discretion import out_of_sight
from listserv.core.mail.threads import base_subject
from listserv.core.publication import resources
from listserv.core.publication.byline import Byline
from listserv.core.publication.material import Contribution
from listserv.core.publication.report.document import Report, Section
from listserv.core.publication.report.draft import draft
from listserv.core.publication.report.edits import Edit, behind, edited
from listserv.core.publication.report.material import Asked, Credit, Material, Response
from listserv.core.publication.report.voice import Voice
from listserv.core.site import Site
from listserv.errors import Refused
from listserv.steps import collect, poll
from listserv.steps.gather import gather
from listserv.steps.measure import measure
from listserv.steps.unname import Unnamed
from listserv.store import dialogues, edits, numbers, people
from listserv.store.session import Connection


@dataclass(frozen=True, slots=True)
class Consolidated:
    """`report`: with the edits; `draft`: without. `edits` by section; `borrowed`: those from the dialogue's language.

    `exposed`: section and name of whoever does not want to be named and was, in what a moderator wrote; or "" where it
    quoted who does not want to be quoted. The report has it no more, `edits` do.
    """

    material: Material
    report: Report
    draft: Report
    edits: dict[str, Edit]
    borrowed: frozenset[str]
    exposed: tuple[tuple[str, str], ...]

    def behind(self) -> list[str]:
        """Keys of edited sections whose draft has changed since."""
        found = ((one, self.edits.get(one.key)) for one in self.draft.sections)
        return [one.key for one, edit in found if edit and one.key not in self.borrowed and behind(one, edit)]

    def unassigned(self) -> list[int]:
        """Numbers of contributions that no guiding question of their module has been noted for."""
        asking = {module.number for module in self.material.modules if module.questions}
        return [one.number for one in self.material.said if one.module in asking and not one.questions]


def consolidate(
    connection: Connection, site: Site, dialogue: Dialogue, now: datetime, language: str = "", *, archived: bool = False
) -> Consolidated:
    """The report as of now. `language`: the dialogue's where none is asked for. `archived`: as on our pages."""
    spoken = site.language(dialogue.language)
    if language and language not in site.languages:
        raise Refused(f"there are no words in {language!r}; [site] languages has: {', '.join(site.languages)}")
    tongue = language or spoken
    material = gathered(connection, site, dialogue, now, archived=archived)
    made = draft(material, Voice(tongue, dialogue.zone, lambda sentence: site.wording.said(sentence, tongue)))
    rows = edits.of_all(connection, dialogue.id)
    own = {row["section"]: row for row in rows if row["language"] == tongue}
    lent = {row["section"]: row for row in rows if row["language"] == spoken and row["section"] not in own}
    written = {key: Edit(key, row["text"], row["base"]) for key, row in (own | lent).items()}
    changes, exposed = _allowed(connection, site, dialogue, material.said, written, tongue) if written else ({}, ())
    return Consolidated(
        material=material,
        report=edited(made, changes, [one.number for one in material.said]),
        draft=made,
        edits=written,
        borrowed=frozenset(lent),
        exposed=exposed,
    )


def section(made: Consolidated, key: str) -> Section:
    """The draft's section of that key; Refused, naming what there is, where there is none or no edit may replace it."""
    found = made.draft.section(key)
    if found is None:
        raise Refused(f"the report has no section {key!r}; see: listserv report list")
    if found.fixed:
        raise Refused(
            f"{key}: contributions stand as they were released; how an author is shown: listserv contribution attribute"
        )
    return found


def gathered(
    connection: Connection, site: Site, dialogue: Dialogue, now: datetime, *, archived: bool = False
) -> Material:
    """All that the report is made from. `archived`: who wants to stand in no archive is not quoted."""
    said, found = gather(connection, dialogue), (collect.archived if archived else collect.collect)
    if archived:
        objecting = numbers.objecting(connection, dialogue.id)
        said = tuple(replace(one, quotable=one.quotable and one.number not in objecting) for one in said)
    shown = discreet(said, dialogue.slug)
    fields = [(one["key"], one["label"]) for one in dialogues.fields(connection, dialogue.id)]
    moderators = people.moderators(connection, dialogue.id)
    response, asked = _evaluation(connection, dialogue)
    return Material(
        title=dialogue.title,
        hosts=dialogue.hosts,
        zone=dialogue.zone,
        modules=dialogue.modules,
        said=shown,
        moderators=tuple(Credit(one["name"], one["organisation"]) for one in moderators),
        figures=measure(connection, dialogue, shown),
        until=now,
        contact=site.addresses.owner(dialogue.slug),
        resources=tuple(map(resources.discreet, found(connection, site, dialogue))),
        fields=tuple(fields),
        asked=asked,
        response=response,
    )


def _evaluation(connection: Connection, dialogue: Dialogue) -> tuple[Response | None, tuple[Asked, ...]]:
    """What the survey brought; None where none was held. Without names, addresses and questions nobody answered."""
    if not poll.was_held(connection, dialogue):
        return None, ()
    found = poll.results(connection, dialogue)
    asked = tuple(
        Asked(
            one.question.text,
            one.replies,
            tuple((_labelled(one.question, answer), count) for answer, count in one.counts) if one.replies else (),
            one.mean,
            tuple(out_of_sight(text) for text, _ in one.words),
            one.median,
        )
        for one in found.questions
        if one.replies or one.words
    )
    return Response(found.asked, found.answered, found.anonymous, found.withheld), asked


def _labelled(question: Question, answer: str) -> str:
    """An answer as a plot names it: of a scale, with what its ends mean."""
    end = {"1": question.low, str(MOST): question.high}.get(answer, "")
    return f"{answer} ({end})" if end else answer


def unmarked(made: Consolidated, kinds: Collection[Kind]) -> list[Kind]:
    """Those of the kinds that no passage and no contribution is marked as."""
    marked = {one.kind for said in made.material.said for one in said.marked}
    tags = {tag for said in made.material.said for tag in said.tags}
    return [kind for kind in kinds if kind not in marked and kind.value not in tags]


def discreet(said: Sequence[Contribution], slug: str) -> tuple[Contribution, ...]:
    """As everybody may read it: no mail addresses, and nothing that others quote of whoever is not to be quoted.

    A subject is theirs who wrote under it first: an answer that repeats one that is not to be quoted has none.
    """
    first: dict[str, Contribution] = {}
    for one in said:
        first.setdefault(_bare(one.subject, slug), one)
    unsaid = _unsaid(said)
    return tuple(
        replace(
            one,
            byline=Byline(*(out_of_sight(part) for part in astuple(one.byline))),
            subject=out_of_sight(one.subject) if first[_bare(one.subject, slug)].quotable or not one.quotable else "",
            text=out_of_sight(_unquoted(one.text, unsaid)),
            marked=tuple(replace(passage, text=out_of_sight(passage.text)) for passage in one.marked),
            files=tuple(replace(file, name=out_of_sight(file.name)) for file in one.files),
        )
        for one in said
    )


def _bare(subject: str, slug: str) -> str:
    return base_subject(subject, slug).casefold()


def _unquoted(text: str, unsaid: Unsaid) -> str:
    return "\n".join(unsaid(line) if line.startswith(">") else line for line in text.split("\n"))


def _unsaid(said: Sequence[Contribution], asked: Sequence[str] = ()) -> Unsaid:
    """Takes out the words of those not to be quoted, but what others had said before them, and questions `asked`."""
    in_order = sorted(said, key=lambda one: one.number)
    return Unsaid.among([*((text, False) for text in asked), *((one.text, not one.quotable) for one in in_order)])


def _allowed(
    connection: Connection,
    site: Site,
    dialogue: Dialogue,
    said: Sequence[Contribution],
    written: dict[str, Edit],
    language: str,
) -> tuple[dict[str, Edit], tuple[tuple[str, str], ...]]:
    """The edits without whoever wishes by now not to be named or quoted, and what was taken out of which.

    A section may have been written before they said so. Whoever is named for one of theirs may be named.
    """
    unnamed = Unnamed(connection, dialogue)
    unsaid = _unsaid(said, [words for one in dialogue.modules for words in (one.title, one.aim, *one.questions)])
    told = [one.id for one in said if one.attribution == Attribution.NAME]
    changes: dict[str, Edit] = {}
    exposed: list[tuple[str, str]] = []
    for key, edit in sorted(written.items()):
        exposed += [(key, name) for name in unnamed.names(edit.text, told)]
        text = unnamed.without(site, edit.text, told, language)
        kept = unsaid(text)
        exposed += [(key, "")] if kept != text else []
        changes[key] = replace(edit, text=kept)
    return changes, tuple(exposed)

"""`/SLUG/join`: what the dialogue is about, and a form to ask to take part. For everybody, whatever the archive is.

What is filled in goes the way of a mail to -join (steps/request): their mailbox is asked, and nothing on the page tells
whether an address is known here. What cannot be is said beside its field, and what was typed stays. A field that people
do not see catches programs, which are told what people are told. With participation = invite there is no form.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import RedirectResponse, Response
from starlette.routing import Route

from listserv.core.dialogue import countries, profile, tongues
from listserv.core.dialogue.profile import LONGEST, Question
from listserv.core.dialogue.profile_words import GENDERS_SAID
from listserv.core.mail import identity
from listserv.edge.web import access, form
from listserv.edge.web.access import Reader
from listserv.edge.web.engine import Engine
from listserv.steps import request as steps
from listserv.steps.profile import questions
from listserv.steps.request import Taken

#: The field that people do not see. No key of a dialogue's own has a hyphen.
TRAP = "web-site"

#: Fields that are read: what every dialogue asks, and what one may ask of its own.
MOST = 60

ADDRESS = Question("address")
#: What browsers fill in by themselves (WCAG 1.3.5).
_KNOWN = {"name": "name", "address": "email", "country": "country", "organisation": "organization", "gender": "sex"}
_REQUIRED = ("name", "address")


@dataclass(frozen=True, slots=True)
class Field:
    """A question as it stands on the page. `options`: value and label of each; `wrong`: missing | address | choice."""

    question: Question
    name: str
    value: str
    options: Sequence[tuple[str, str]]
    wrong: str = ""

    @property
    def autocomplete(self) -> str:
        return _KNOWN.get(self.question.key, "off")

    @property
    def required(self) -> bool:
        return self.question.key in _REQUIRED


def routes(engine: Engine) -> list[Route]:
    def read(request: Request) -> tuple[Reader, tuple[Question, ...]]:
        with engine.session.read() as connection:
            reader = access.anybody(engine, connection, request)
            return reader, questions(connection, reader.dialogue.id)

    def page(
        request: Request, reader: Reader, asked: Sequence[Question], fields: Mapping[str, str], status: int = 200
    ) -> Response:
        language = access.language(engine, request, reader)
        return access.page(
            engine,
            request,
            reader,
            "join",
            status,
            here="",
            form=_form(engine, asked, fields, language, checked=status != 200),
            sent=status == 200 and "sent" in request.query_params,
            takes_part=reader.part is not None,
            invited=reader.dialogue.policy.participation == "invite",
            by_request=reader.dialogue.policy.participation == "request",
            longest=LONGEST,
            trap=TRAP,
            join=engine.site.addresses.join(reader.dialogue.slug),
            owner=engine.site.addresses.owner(reader.dialogue.slug),
        )

    async def show(request: Request) -> Response:
        reader, asked = await engine.run(lambda: read(request))
        return page(request, reader, asked, {})

    async def ask(request: Request) -> Response:
        fields = await form.read(request, MOST)
        reader, asked = await engine.run(lambda: read(request))
        dialogue = reader.dialogue
        if dialogue.over or dialogue.policy.participation == "invite":
            raise HTTPException(403)
        filled = _form(engine, asked, fields, dialogue.language, checked=True)
        if any(one.wrong for one in filled):
            return page(request, reader, asked, fields, 400)
        if not fields.get(TRAP):
            told = {one.question.key: one.value for one in filled if one.question.key != "address"}
            address = fields["address"].strip()

            def take() -> Taken:
                network = request.scope["network"]
                return steps.request(engine.session, engine.now(), engine.site, dialogue, address, told, network)

            taken = await engine.run(take)
            if taken is not Taken.IN:
                raise HTTPException(429 if taken is Taken.ENOUGH else 503, headers={"Retry-After": "3600"})
            engine.look()
        return RedirectResponse(f"{engine.root}/{dialogue.slug}/join?sent=1", 303)

    async def join(request: Request) -> Response:
        return await (ask if request.method == "POST" else show)(request)

    return [Route("/{slug}/join", join, methods=["GET", "POST"])]


def _form(
    engine: Engine, asked: Sequence[Question], fields: Mapping[str, str], language: str, *, checked: bool
) -> list[Field]:
    """The fields with what was typed in them. `language`: of their labels; `checked`: say what cannot be."""
    name, *others = asked
    return [_field(engine, one, fields, language, checked=checked) for one in (name, ADDRESS, *others)]


def _field(engine: Engine, question: Question, fields: Mapping[str, str], language: str, *, checked: bool) -> Field:
    name = f"own-{question.key}" if question.label else question.key
    options = _options(engine, question, language)
    value = profile.tidy(fields.get(name, "" if question.key != "language" or fields else language))
    wrong = ""
    if checked and question.key in _REQUIRED and not value:
        wrong = "missing"
    elif checked and question.key == "address" and not identity.valid(fields.get(name, "").strip()):
        wrong = "address"
    elif checked and options and value and value not in (one for one, _ in options):
        wrong = "choice"
    return Field(question, name, value, options, wrong)


def _options(engine: Engine, question: Question, language: str) -> Sequence[tuple[str, str]]:
    if question.key == "country":
        return countries.listed(language)
    if question.key == "gender":
        return list(GENDERS_SAID.items())
    if question.key == "language":
        return [(one, tongues.named(one, one)) for one in engine.site.languages]
    return [(one, one) for one in question.choices]

"""Resources: the organisers' background papers, and the links and documents that contributions brought, each once.

Inputs: released contributions and the papers of listserv.toml, as values. The papers stand first; what was collected
comes in the order in which it was first shared and is numbered so, for good: what moderators have taken out keeps its
number. Who shared it is told as the author wants to be told, and from what is not to be quoted nothing is collected.
Links are one by core/publication/links.key, files by their content. Pure; never raises.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Sequence
from dataclasses import astuple, dataclass, replace

from listserv.core.mail.discretion import out_of_sight
from listserv.core.publication import links
from listserv.core.publication.byline import Byline
from listserv.core.publication.material import Contribution, File
from listserv.core.publication.passages import own_words

#: Kinds of files that are decoration: logos in signatures.
_SMALL_IMAGE = 40_000  # octets


@dataclass(frozen=True, slots=True)
class Paper:
    """A background paper, as the organisers set it."""

    title: str
    url: str


@dataclass(frozen=True, slots=True)
class Sharing:
    """In which contribution it was shared, and by whom as far as readers are told."""

    contribution: int  # its official number
    module: int
    byline: Byline


@dataclass(frozen=True, slots=True)
class Resource:
    """A link or a file. `number`: None for the organisers' own. `url`: "" for a file, `file`: None for a link."""

    key: str
    number: int | None
    title: str
    url: str
    file: File | None
    shared: tuple[Sharing, ...]
    hidden: bool = False

    @property
    def label(self) -> str:
        """Its title, else its link as people say it."""
        return self.title or (self.file.name if self.file else self.url.partition("://")[2].rstrip("/"))


def discreet(one: Resource) -> Resource:
    """As everybody may read it: no mail address, and a link that bears one is named, not given."""
    shared = tuple(replace(by, byline=Byline(*map(out_of_sight, astuple(by.byline)))) for by in one.shared)
    file = replace(one.file, name=out_of_sight(one.file.name)) if one.file else None
    bears = out_of_sight(one.url) != one.url
    title = out_of_sight(one.label if bears else one.title)
    return replace(one, title=title, url="" if bears else one.url, file=file, shared=shared)


def collect(
    contributions: Iterable[Contribution],
    papers: Sequence[Paper] = (),
    ours: Collection[str] = (),
    hidden: Collection[str] = (),
) -> tuple[Resource, ...]:
    """All of them. `ours`: hosts of our own, whose links are none; `hidden`: keys that moderators have taken out."""
    own = {links.key(paper.url): paper for paper in papers}
    titles: dict[str, str] = {}
    urls: dict[str, str] = {}
    files: dict[str, File] = {}
    shared: dict[str, dict[int, Sharing]] = {}
    for one in sorted(contributions, key=lambda one: one.number):
        if not one.quotable:
            continue
        sharing = Sharing(one.number, one.module, one.byline)
        for link in links.found(own_words(one.text)):
            if links.host(link.url) in ours:
                continue
            key = links.key(link.url)
            urls.setdefault(key, link.url)
            titles[key] = titles.get(key) or link.title
            shared.setdefault(key, {}).setdefault(one.number, sharing)
        for file in one.files:
            if file.content_type.startswith("image/") and file.size < _SMALL_IMAGE:
                continue
            key = f"sha256:{file.sha256}"
            files.setdefault(key, file)
            titles.setdefault(key, file.name)
            shared.setdefault(key, {}).setdefault(one.number, sharing)
    first = [
        Resource(key, None, paper.title, paper.url, None, tuple(shared.pop(key, {}).values()))
        for key, paper in own.items()
    ]
    collected = [
        Resource(key, number, titles[key], urls.get(key, ""), files.get(key), tuple(by.values()), hidden=key in hidden)
        for number, (key, by) in enumerate(shared.items(), 1)
    ]
    return (*first, *collected)

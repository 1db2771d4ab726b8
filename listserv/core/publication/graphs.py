"""The figures of a dialogue as plots, in English, by the name of their file."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import date, timedelta

from listserv.core.publication.figures import Figures, Row
from listserv.core.publication.plots import Bar, Plot

#: A picture holds no more bars; the smallest groups are left out.
MOST = 25

#: Days in a row that a picture holds.
LONGEST = 62


def graphs(figures: Figures, labels: Mapping[tuple[str, str], str], titles: Mapping[str, str]) -> dict[str, Plot]:
    """Name and plot; none where there is nothing to be seen. `labels`: what (group, key) is called; `titles`: of own
    fields."""
    said = {
        "modules": _said("Contributions by module", figures.modules, labels),
        "days": Plot("Contributions by day", _days(figures.days), "columns"),
        "questions": _said("Contributions by guiding question", figures.questions, labels),
        "country": _people("country", figures.country, labels),
        "region": _people("region", figures.region, labels),
        "sector": _people("sector", figures.sector, labels),
        "gender": _people("gender", figures.gender, labels),
        "delivery": Plot("How those registered get their mail", tuple(Bar(*one) for one in figures.reads)),
    }
    for key, title in titles.items():
        said[f"field-{key}"] = _people(title, [one for one in figures.own if one.group == key], labels)
    if figures.activity:
        voices = figures.activity.by_module
        bars = tuple(Bar(labels.get(("module", one.key), one.key), one.first, one.contributors) for one in voices)
        said["first-voices"] = Plot("Writing for the first time, of those who wrote, by module", bars)
    return {name: plot for name, plot in said.items() if any(bar.value for bar in plot.bars)}


def _days(rows: Sequence[Row]) -> tuple[Bar, ...]:
    """From the first to the last, also those on which nothing came; of a long dialogue only those on which it did."""
    counted = {date.fromisoformat(row.key): row.contributions for row in rows}
    days = sorted(counted)
    if days and (days[-1] - days[0]).days <= LONGEST:
        days = [days[0] + timedelta(days=one) for one in range((days[-1] - days[0]).days + 1)]
    return tuple(Bar(f"{day.day} {day:%b}", counted.get(day, 0)) for day in days)


def _said(title: str, rows: Sequence[Row], labels: Mapping[tuple[str, str], str]) -> Plot:
    return Plot(title, tuple(Bar(labels.get((one.group, one.key), one.key), one.contributions) for one in rows[:MOST]))


def _people(title: str, rows: Sequence[Row], labels: Mapping[tuple[str, str], str]) -> Plot:
    bars = tuple(
        Bar(labels.get((one.group, one.key), one.key) or "not said", one.heard or 0, one.registered)
        for one in rows[:MOST]
    )
    return Plot(f"Contributors of those registered, by {title}", bars)

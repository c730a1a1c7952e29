"""The page: its head, its sections in their order. It needs no other file and runs no script."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from html import escape
from importlib.resources import files
from typing import Final, NamedTuple

from detector import __version__
from detector.reporting import sections
from detector.reporting.phrases import Phrases
from detector.reporting.sections import shown
from detector.reporting.seeds import Seeds
from detector.reporting.statistics import Statistics
from detector.results import Json

#: Nothing may be fetched or run, whatever a text holds.
_POLICY: Final = "default-src 'none'; style-src 'unsafe-inline'; base-uri 'none'; form-action 'none'"


class Report(NamedTuple):
    """What the page shows. seeds: None where the texts were not kept."""

    title: str
    source: str
    manifest: Json
    statistics: Statistics
    phrases: Phrases
    seeds: Seeds | None


class _Section(NamedTuple):
    anchor: str
    title: str
    body: Iterable[str]


def render(report: Report) -> Iterator[str]:
    """The page in pieces."""
    chapters = list(_sections(report))
    style = files("detector.reporting").joinpath("page.css").read_text("utf-8")
    yield (
        '<!doctype html>\n<html lang="en">\n<head>\n<meta charset="utf-8">\n'
        f'<meta http-equiv="Content-Security-Policy" content="{escape(_POLICY)}">\n'
        '<meta name="viewport" content="width=device-width, initial-scale=1">\n'
        '<meta name="color-scheme" content="light dark">\n'
        f'<meta name="generator" content="unspun {escape(__version__)}">\n'
        f"<title>{shown(report.title)}</title>\n<style>\n{style}</style>\n</head>\n<body>\n"
    )
    about = dict(sections.of_run(report.manifest))
    run = "".join(f", {name} {about[name]}" for name in ("model", "mode") if name in about)
    yield (
        f'<header class="masthead"><p class="kicker">Unspun: a corpus report</p><h1>{shown(report.title)}</h1>'
        f'<p class="about">{shown(report.source + run)}</p></header>\n'
    )
    links = (f'<li><a href="#{chapter.anchor}">{shown(chapter.title)}</a></li>' for chapter in chapters)
    yield f'<nav aria-label="Contents"><ul class="contents">{"".join(links)}</ul></nav>\n<main>\n'
    yield sections.key_figures(report.statistics, report.phrases, report.seeds) + "\n"
    for anchor, title, body in chapters:
        yield f'<section aria-labelledby="{anchor}"><h2 id="{anchor}">{shown(title)}</h2>'
        yield from body
        yield "</section>\n"
    yield (
        "</main>\n<footer class='foot'>A score says that words were swapped for their dictionary neighbours, or that a machine translated the text. "
        "It does not say who did it or why, and it is no proof: read the marked phrases before you act on it.</footer>\n</body>\n</html>\n"
    )


def _sections(report: Report) -> Iterator[_Section]:
    statistics = report.statistics
    yield _Section("scored", "What was scored", sections.scored(statistics, sections.of_run(report.manifest)))
    yield _Section("scores", "Scores", sections.distribution(statistics))
    for number, column in enumerate(statistics.columns):
        yield _Section(f"by-{number + 1}", f"By {column.title}", sections.groups(statistics, number))
    outlet = statistics.columns[0] if statistics.columns else None
    yield _Section("found", "What was found", sections.findings(statistics))
    yield _Section("phrases", "Odd phrases", sections.phrase_tables(report.phrases, outlet))
    yield _Section("seeds", "From one seed", sections.clusters(report.seeds))
    if len(report.phrases):
        yield _Section("examples", "Examples", sections.examples(report.phrases))

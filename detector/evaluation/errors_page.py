"""The worst mistakes on one page: clean texts with the highest scores, spun texts with the lowest.

One file without scripts: style rules that ask which option is chosen do the filtering.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from html import escape
from itertools import pairwise
from typing import Final, NamedTuple

from detector.evaluation.scored import Scored
from detector.results import Span

WORST: Final = 50

#: The few of a span's features that tell most: the choice model's surprise, the fit of the best substitute and of the
#: close ones, how often spinners emit the word, its n-grams, its frequency.
SHOWN: Final = ("gap", "gap_z", "fit_gap", "near", "prior", "left", "right", "log_share")

_STYLE: Final = """
:root { color-scheme: light dark; --quiet: #666; --line: #ccc; --odd: #c22; --was: #06c; }
@media (prefers-color-scheme: dark) { :root { --quiet: #aaa; --line: #555; --odd: #f77; --was: #7bf; } }
body { font: 16px/1.7 Georgia, serif; max-width: 46em; margin: 2em auto; padding: 0 1em; }
article { border-top: 1px solid var(--line); padding: .5em 0; }
header, nav { font: 13px/1.8 system-ui, sans-serif; color: var(--quiet); }
header { width: fit-content; }
nav label { margin-right: 1.5em; }
p { white-space: pre-wrap; overflow-wrap: anywhere; margin: .3em 0; }
[title] { cursor: help; }
mark { background: none; color: inherit; }
.odd { border-bottom: 2px solid var(--odd); }
.was { text-decoration: underline dotted 2px var(--was); text-underline-offset: 2px; }
"""

_LEGEND: Final = (
    '<mark class="odd">Underlined</mark>: what the detector marked, with its suggestions and the features that matter '
    'most on hover. <mark class="was">Dotted</mark>: what the spinner changed, with the original on hover. '
    "The line above a text has the features of its paragraph."
)


class Verdict(NamedTuple):
    """A scored text and what is true of it.

    source: the collection that it is from, or its spinner. kind: its register. name: which text it is. changes: (start,
    end, original) of what a spinner changed, code points, where there is a record of it.
    """

    source: str
    label: int
    scored: Scored
    kind: str = ""
    name: str = ""
    changes: tuple[tuple[int, int, str], ...] = ()


class _Filter(NamedTuple):
    """A choice among the values that the texts of the page have, each with a class of its own."""

    label: str
    letter: str
    counts: Counter[str]

    def class_of(self, value: str) -> str:
        return f"{self.letter}{sorted(self.counts).index(value)}"

    def rules(self) -> str:
        classes = map(self.class_of, sorted(self.counts))
        return "".join(f"body:has(.{one}:checked) article:not(.{one}) {{ display: none; }}\n" for one in classes)

    def control(self) -> str:
        options = "".join(
            f'<option class="{self.class_of(value)}">{escape(value) or "(none)"} ({self.counts[value]})</option>'
            for value in sorted(self.counts)
        )
        return f'<label>{self.label} <select autocomplete="off"><option>all</option>{options}</select></label>'


def errors_page(verdicts: Sequence[Verdict]) -> str:
    """HTML of the WORST false alarms and misses, everything escaped."""
    alarms = sorted((v for v in verdicts if not v.label), key=lambda v: -v.scored.score)[:WORST]
    misses = sorted((v for v in verdicts if v.label), key=lambda v: v.scored.score)[:WORST]
    filters = (
        _Filter("Source", "s", Counter(v.source for v in (*alarms, *misses))),
        _Filter("Kind", "k", Counter(v.kind for v in (*alarms, *misses))),
    )
    style = _STYLE + "".join(one.rules() for one in filters)
    return "\n".join(
        [
            '<!doctype html>\n<html lang="en"><meta charset="utf-8"><title>Unspun: worst mistakes</title>',
            f'<meta name="viewport" content="width=device-width"><style>{style}</style>',
            f"<nav>{''.join(one.control() for one in filters)}",
            f'<a href="#alarms">False alarms</a> · <a href="#misses">Misses</a><p>{_LEGEND}</p></nav>',
            f'<h1 id="alarms">Worst false alarms</h1>{_articles(alarms, filters)}',
            f'<h1 id="misses">Worst misses</h1>{_articles(misses, filters)}</html>\n',
        ]
    )


def _articles(verdicts: Iterable[Verdict], filters: tuple[_Filter, _Filter]) -> str:
    by_source, by_kind = filters
    return "".join(
        f'<article class="{by_source.class_of(verdict.source)} {by_kind.class_of(verdict.kind)}">'
        f"<header{_title(_values(verdict.scored.features))}>{place}. {_head(verdict)}</header>"
        f"<p>{_marked(verdict)}</p></article>\n"
        for place, verdict in enumerate(verdicts, 1)
    )


def _head(verdict: Verdict) -> str:
    one = verdict.scored
    said = f"{one.score:.3f}" if one.status == "scored" else one.status
    parts = (said, "flagged" if one.flagged else "not flagged", verdict.source, verdict.kind, verdict.name)
    return " · ".join(escape(part) for part in parts if part)


def _marked(verdict: Verdict) -> str:
    """The text, cut wherever a span or a change begins or ends."""
    text, spans = verdict.scored.text, verdict.scored.spans
    edges = {edge for one in spans for edge in (one.start, one.end)}
    edges |= {edge for start, end, _ in verdict.changes for edge in (start, end)}
    out: list[str] = []
    for start, end in pairwise(sorted({0, len(text)} | edges)):
        odd = [span for span in spans if span.start <= start and end <= span.end]
        was = [original for first, last, original in verdict.changes if first <= start and end <= last]
        piece = escape(text[start:end])
        if odd or was:
            names = " ".join(["odd"] * bool(odd) + ["was"] * bool(was))
            lines = [*(f"was: {original}" for original in was), *map(_explained, odd)]
            piece = f'<mark class="{names}"{_title(lines)}>{piece}</mark>'
        out.append(piece)
    return "".join(out)


def _explained(span: Span) -> str:
    known = span.features or {}
    values = _values({name: known[name] for name in SHOWN if name in known})
    return "\n".join([f"{span.rule} {span.score:.2f}: {', '.join(span.suggestions) or 'no suggestion'}", *values])


def _values(features: Mapping[str, float] | None) -> list[str]:
    return [f"{name} {value:.2f}" for name, value in (features or {}).items()]


def _title(lines: Sequence[str]) -> str:
    return f' title="{escape(chr(10).join(lines))}"' if lines else ""

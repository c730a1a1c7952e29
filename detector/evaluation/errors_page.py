"""The worst mistakes on one page: clean texts with the highest scores, spun texts with the lowest."""

from __future__ import annotations

from collections.abc import Sequence
from html import escape
from typing import Final, NamedTuple

from detector.evaluation.scored import Scored

WORST: Final = 50

_HEAD: Final = """<!doctype html>
<html lang="en"><meta charset="utf-8"><title>Unspun: worst mistakes</title>
<style>
body { font: 16px/1.5 Georgia, serif; max-width: 46em; margin: 2em auto; padding: 0 1em; }
article { border-top: 1px solid #ccc; padding: .5em 0; }
header { font: 13px system-ui, sans-serif; color: #555; }
mark { background: none; border-bottom: 2px solid #c33; }
p { white-space: pre-wrap; }
</style>
"""


class Verdict(NamedTuple):
    """A scored text and what is true of it; `source` says where it came from."""

    source: str
    label: int
    scored: Scored


def errors_page(verdicts: Sequence[Verdict]) -> str:
    """HTML of the worst false alarms and misses, everything escaped, spans underlined, suggestions on hover."""
    alarms = sorted((v for v in verdicts if not v.label), key=lambda v: -v.scored.score)[:WORST]
    misses = sorted((v for v in verdicts if v.label), key=lambda v: v.scored.score)[:WORST]
    return "\n".join(
        [
            _HEAD,
            f"<h1>Worst false alarms</h1>{''.join(map(_article, alarms))}",
            f"<h1>Worst misses</h1>{''.join(map(_article, misses))}</html>\n",
        ]
    )


def _article(verdict: Verdict) -> str:
    one = verdict.scored
    flag = "flagged" if one.flagged else "not flagged"
    head = f"{one.score:.3f} · {flag} · {escape(one.status)} · {escape(verdict.source)}"
    return f"<article><header>{head}</header><p>{_marked(one)}</p></article>\n"


def _marked(one: Scored) -> str:
    out: list[str] = []
    at = 0
    for span in sorted(one.spans, key=lambda span: span.start):
        if span.start < at:
            continue
        title = escape(f"{span.rule} {span.score:.2f}: {', '.join(span.suggestions) or 'no suggestion'}")
        out += (
            escape(one.text[at : span.start]),
            f'<mark title="{title}">{escape(one.text[span.start : span.end])}</mark>',
        )
        at = span.end
    return "".join([*out, escape(one.text[at:])])

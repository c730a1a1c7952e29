"""What is counted of a corpus: statuses, scores, and flagged shares by any column. Small, however large the corpus."""

from __future__ import annotations

import json
import re
from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass, field
from math import isnan, sqrt
from typing import Any, Final, NamedTuple

from detector.errors import UnspunError
from detector.reporting.rows import Scored
from detector.results import Kind

#: Bins of the histograms, from score 0 to 1.
BINS: Final = 40
#: Different values of a column that are told apart; of the rest only the sum is known.
MOST_VALUES: Final = 20_000
LONGEST_VALUE: Final = 200
NO_VALUE: Final = "(none)"

_Z95: Final = 1.959963984540054
_PERIODS: Final = {"year": 4, "month": 7}
_DATE: Final = re.compile(r"[0-9]{4}-(?:0[1-9]|1[0-2])(?![0-9])")


class By(NamedTuple):
    """A column to group by; period: year or month where it holds ISO dates."""

    column: str
    period: str | None = None

    @property
    def title(self) -> str:
        return f"{self.period} of {self.column}" if self.period else self.column

    def value(self, kept: Any) -> str:
        """The group of a document whose column holds `kept`."""
        if kept is None or kept == "" or (isinstance(kept, float) and isnan(kept)):
            return NO_VALUE
        text = _text(kept)
        if not self.period:
            return text[:LONGEST_VALUE]
        return text[: _PERIODS[self.period]] if _DATE.match(text) else NO_VALUE


def _text(kept: Any) -> str:
    """A value as the corpus has it: lists and the like as JSON."""
    if isinstance(kept, bytes):
        return kept.decode("utf-8", "backslashreplace")
    return json.dumps(kept, ensure_ascii=False, default=str) if isinstance(kept, bool | list | dict) else str(kept)


def by(argument: str) -> By:
    """`column`, `column:month` or `column:year`. Raises UnspunError for any other period."""
    column, colon, period = argument.rpartition(":")
    if not colon:
        return By(argument)
    if period not in _PERIODS:
        raise UnspunError(f"--by {argument}: behind the colon stands month or year")
    return By(column, period)


@dataclass
class Share:
    """How many of how many were flagged."""

    flagged: int = 0
    total: int = 0

    def add(self, flagged: bool) -> None:
        self.flagged += flagged
        self.total += 1

    @property
    def share(self) -> float:
        return self.flagged / self.total if self.total else 0.0

    @property
    def interval(self) -> tuple[float, float]:
        """Wilson's, of 95 %."""
        if not self.total:
            return 0.0, 1.0
        n, p, z = self.total, self.share, _Z95
        middle, half = p + z * z / (2 * n), z * sqrt(p * (1 - p) / n + z * z / (4 * n * n))
        return max(0.0, (middle - half) / (1 + z * z / n)), min(1.0, (middle + half) / (1 + z * z / n))


@dataclass
class Histogram:
    """Scores by bin."""

    counts: list[int] = field(default_factory=lambda: [0] * BINS)
    flagged: list[int] = field(default_factory=lambda: [0] * BINS)

    def add(self, score: float, flagged: bool) -> None:
        place = min(BINS - 1, int(score * BINS))
        self.counts[place] += 1
        self.flagged[place] += flagged


@dataclass
class Statistics:
    """Filled document by document."""

    columns: tuple[By, ...]
    statuses: Counter[str] = field(default_factory=Counter)
    paragraph_statuses: Counter[str] = field(default_factory=Counter)
    errors: Counter[str] = field(default_factory=Counter)
    #: Of flagged paragraphs, what they read like.
    kinds: Counter[Kind] = field(default_factory=Counter)
    #: What was marked, and in how many documents, by rule.
    spans: Counter[str] = field(default_factory=Counter)
    marked: Counter[str] = field(default_factory=Counter)
    documents: Share = field(default_factory=Share)
    paragraphs: Share = field(default_factory=Share)
    document_scores: Histogram = field(default_factory=Histogram)
    paragraph_scores: Histogram = field(default_factory=Histogram)
    groups: list[dict[str, Share]] = field(init=False)
    #: Of documents with a value that came when there were too many already, by column.
    beyond: list[Share] = field(init=False)

    def __post_init__(self) -> None:
        self.groups = [{} for _ in self.columns]
        self.beyond = [Share() for _ in self.columns]

    def add(self, document: Scored) -> None:
        self.statuses[document.status] += 1
        if document.error:
            self.errors[document.error] += 1
        for part in document.parts:
            self.paragraph_statuses[part.status] += 1
            self.spans.update(odd.rule for odd in part.phrases)
            if part.kind is not None:
                self.kinds[part.kind] += 1
            if part.score is not None:
                self.paragraphs.add(part.flagged)
                self.paragraph_scores.add(part.score, part.flagged)
        self.marked.update({odd.rule for part in document.parts for odd in part.phrases})
        if document.score is None:
            return
        self.documents.add(document.flagged)
        self.document_scores.add(document.score, document.flagged)
        for column, groups, beyond in zip(self.columns, self.groups, self.beyond, strict=True):
            value = column.value(document.kept[column.column])
            if value not in groups and len(groups) >= MOST_VALUES:
                beyond.add(document.flagged)
            else:
                groups.setdefault(value, Share()).add(document.flagged)

    def table(self, number: int, most: int) -> tuple[list[tuple[str, Share]], tuple[int, Share] | None]:
        """The values of a column and, where there are more than `most`, how many others there are and their sum.

        Those with most flagged documents come first; dates in their order, the latest `most` of them.
        """
        groups, beyond = self.groups[number], self.beyond[number]
        if self.columns[number].period:
            ordered = sorted(groups.items(), reverse=True)
        else:
            ordered = sorted(groups.items(), key=lambda row: (-row[1].flagged, -row[1].total, row[0]))
        shown, rest = ordered[:most], ordered[most:]
        if self.columns[number].period:
            shown.reverse()
        total = summed([share for _, share in rest] + [beyond])
        return shown, (len(rest), total) if total.total else None


def summed(shares: Iterable[Share]) -> Share:
    """All of them together."""
    total = Share()
    for share in shares:
        total.flagged += share.flagged
        total.total += share.total
    return total

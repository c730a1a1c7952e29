"""Figures and names as Markdown: cells that mean what they say, tables whose rows all have the same columns."""

from __future__ import annotations

import re
from collections.abc import Sequence
from math import isnan
from typing import Final

#: Stands for a figure that was not measured.
DASH: Final = "–"

_SPECIAL: Final = re.compile(r"([\\`*_{}\[\]<>#|~$&!])")


def table(head: Sequence[str], rows: Sequence[Sequence[str]], texts: int = 1) -> str:
    """A table of cells that are Markdown already; the first `texts` columns are left-aligned, the others right.

    Raises ValueError for a row that is not as long as the head.
    """
    if not rows:
        return "None."
    if any(len(row) != len(head) for row in rows):
        raise ValueError(f"every row needs {len(head)} cells")
    rules = [":--" if column < texts else "--:" for column in range(len(head))]
    return "\n".join(f"| {' | '.join(cells)} |" for cells in (head, rules, *rows))


def escaped(text: str) -> str:
    """Any text as one line that Markdown shows as it is."""
    return _SPECIAL.sub(r"\\\1", " ".join(text.split()))


def decimal(value: float | None, places: int = 3) -> str:
    """0.912"""
    return DASH if _unknown(value) else f"{value:.{places}f}"


def percent(value: float | None, places: int = 1) -> str:
    """A share as 91.2 %."""
    return DASH if _unknown(value) else f"{value:.{places}%}".replace("%", " %")


def count(value: float | None) -> str:
    """12,345"""
    return DASH if _unknown(value) else f"{value:,.0f}"


def difference(value: float | None, other: float | None, scale: float = 1.0, places: int = 3) -> str:
    """How much higher (+) or lower (-) the first is than the second, each times `scale`."""
    if value is None or other is None or _unknown(value) or _unknown(other):
        return DASH
    gap = round((value - other) * scale, places)
    return f"{gap:+.{places}f}" if gap else f"{0:.{places}f}"


def lowest(values: Sequence[float | None]) -> float | None:
    """The lowest of the figures that were measured."""
    return min((value for value in values if value is not None), default=None)


def mean(values: Sequence[float | None]) -> float | None:
    """Their mean; None where one of them was not measured."""
    known = [value for value in values if value is not None]
    return sum(known) / len(known) if known and len(known) == len(values) else None


def _unknown(value: float | None) -> bool:
    return value is None or isnan(value)

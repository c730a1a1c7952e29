"""Figures as aligned text."""

from __future__ import annotations

from collections.abc import Sequence
from math import isnan

Cell = str | int | float | None


def table(title: str, head: Sequence[str], rows: Sequence[Sequence[Cell]]) -> str:
    """A table with a title; the first column is left-aligned, the others right-aligned."""
    cells = [list(head), *([_shown(cell) for cell in row] for row in rows)]
    widths = [max(len(row[i]) for row in cells) for i in range(len(head))]
    lines = [
        "  ".join(cell.rjust(widths[i]) if i else cell.ljust(widths[i]) for i, cell in enumerate(row)) for row in cells
    ]
    return "\n".join([title, *(f"  {line}".rstrip() for line in lines)])


def _shown(cell: Cell) -> str:
    if cell is None or (isinstance(cell, float) and isnan(cell)):
        return "-"
    return f"{cell:.3f}" if isinstance(cell, float) else str(cell)

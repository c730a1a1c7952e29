"""The report's pictures: matplotlib's SVG, put into the page. Colours are the page's own, so that they turn dark with it.

The same figures give the same bytes, with the same matplotlib.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from html import escape
from io import StringIO
from typing import TYPE_CHECKING, Any, Final

from detector.reporting.statistics import BINS, Histogram, Share

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

#: Colours that nobody else has stand for the page's; matplotlib knows no others.
_INK, _MUTED, _LINE, _ACCENT, _PALE = "#010101", "#020202", "#030303", "#040404", "#050505"
_VARIABLES: Final = {_INK: "ink", _MUTED: "muted", _LINE: "line", _ACCENT: "accent", _PALE: "pale"}
_WIDTH: Final = 8.6
#: Between two dates that are named: so many years, or months, counted from a January.
_YEARS: Final = (1, 2, 5, 10, 20, 50, 100, 1000)
_MONTHS: Final = (1, 3, 6, *(12 * years for years in _YEARS))
_STYLE: Final[dict[str, Any]] = {
    "svg.fonttype": "none",
    "font.family": "sans-serif",
    "font.sans-serif": ["DejaVu Sans"],
    "font.size": 10,
    "text.color": _INK,
    "axes.edgecolor": _MUTED,
    "axes.labelcolor": _MUTED,
    "axes.axisbelow": True,
    "axes.spines.left": False,
    "axes.spines.right": False,
    "axes.spines.top": False,
    "axes.titlelocation": "left",
    "axes.titlesize": 10.5,
    "axes.titlepad": 10,
    "axes.titleweight": "bold",
    "axes.grid": True,
    "axes.grid.axis": "y",
    "grid.color": _LINE,
    "grid.linewidth": 0.8,
    "xtick.color": _MUTED,
    "ytick.color": _MUTED,
    "ytick.left": False,
    "figure.constrained_layout.use": True,
    "legend.frameon": False,
    "text.parse_math": False,
}


def scores(documents: Histogram, paragraphs: Histogram) -> str:
    """Two histograms, the flagged share of each bar filled."""
    with _drawing("scores") as figure:
        figure.set_size_inches(_WIDTH, 2.9)
        for axis, title, histogram in zip(
            figure.subplots(1, 2), ("Documents", "Paragraphs"), (documents, paragraphs), strict=True
        ):
            _histogram(axis, title, histogram)
        return _svg(figure, "Histograms of the scores of documents and of paragraphs; the table below has the numbers.")


def _histogram(axis: Axes, title: str, histogram: Histogram) -> None:
    from matplotlib.ticker import FuncFormatter, MaxNLocator, PercentFormatter

    left = [place / BINS for place in range(BINS)]
    style: dict[str, Any] = {"width": 0.86 / BINS, "align": "edge", "linewidth": 0}
    unflagged = [count - flagged for count, flagged in zip(histogram.counts, histogram.flagged, strict=True)]
    axis.bar(left, histogram.flagged, color=_ACCENT, **style)
    axis.bar(left, unflagged, bottom=histogram.flagged, color=_PALE, **style)
    axis.set_title(title)
    axis.set(xlim=(0, 1), xlabel="score")
    axis.xaxis.set_major_formatter(PercentFormatter(1, 0, " %"))
    axis.yaxis.set_major_formatter(FuncFormatter(lambda value, _: f"{value:,.0f}"))
    axis.yaxis.set_major_locator(MaxNLocator(4, integer=True))


def over_time(rows: Sequence[tuple[str, Share]]) -> str:
    """The flagged share of months or years, `2021-04` or `2021`, with its interval. Those without a document are gaps of
    their length."""
    from matplotlib.ticker import MultipleLocator, PercentFormatter

    with _drawing("time") as figure:
        figure.set_size_inches(_WIDTH, 2.7)
        axis = figure.subplots()
        places = [_number(name) for name, _ in rows]
        low, high = zip(*(share.interval for _, share in rows), strict=True)
        axis.fill_between(places, low, high, color=_PALE, linewidth=0, step=None)
        axis.plot(places, [share.share for _, share in rows], color=_ACCENT, linewidth=1.8, marker="o", markersize=4)
        monthly = len(rows[0][0]) > len("2021")
        steps = _MONTHS if monthly else _YEARS
        axis.xaxis.set_major_locator(MultipleLocator(next(one for one in steps if places[-1] - places[0] <= 10 * one)))
        axis.xaxis.set_major_formatter(
            lambda value, _: f"{value // 12:04.0f}-{value % 12 + 1:02.0f}" if monthly else f"{value:.0f}"
        )
        axis.yaxis.set_major_formatter(PercentFormatter(1, None, " %"))
        axis.set_ylim(bottom=0)
        axis.margins(x=0.02)
        axis.set_title("Share of documents flagged, with 95 % interval")
        return _svg(figure, "Flagged share of documents by date, with its interval; the table has the numbers.")


def _number(period: str) -> int:
    """Years as they are, months since the year 0."""
    year, _, month = period.partition("-")
    return int(year) * 12 + int(month) - 1 if month else int(year)


@contextmanager
def _drawing(name: str) -> Iterator[Figure]:
    """An empty figure, drawn the same way whatever matplotlibrc says. name: keeps the ids in the page apart."""
    import matplotlib
    from matplotlib.figure import Figure

    with matplotlib.rc_context():
        matplotlib.rcdefaults()
        style: dict[Any, Any] = {**_STYLE, "svg.hashsalt": f"unspun {name}"}
        matplotlib.rcParams.update(style)
        yield Figure()


def _svg(figure: Figure, description: str) -> str:
    """The <svg> element alone, without metadata; its size follows the page."""
    out = StringIO()
    nothing = {"Date": None, "Creator": None, "Format": None, "Type": None}
    figure.savefig(out, format="svg", metadata=nothing, transparent=True)
    svg = out.getvalue()
    svg = svg[svg.index("<svg") :].replace(" xlink:href=", " href=")
    svg = re.sub(r"<metadata>.*?</metadata>", "", svg, flags=re.DOTALL)
    svg = re.sub(r'<g id="[^"]*"', "<g", svg)  # an id may be in a page once; these are for nobody
    svg = re.sub(r"'DejaVu Sans'[^;\"]*", "var(--sans)", svg)
    for colour, variable in _VARIABLES.items():
        svg = svg.replace(colour, f"var(--{variable})")
    head, rest = svg.split(">", 1)
    head = re.sub(r' (?:width|height|xmlns:xlink)="[^"]*"', "", head)
    return f'{head} role="img" aria-label="{escape(description)}">{rest}'

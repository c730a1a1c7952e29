"""The report's pictures, as SVG: what EVALUATION.md links to. Needs matplotlib, which nothing else does.

The same figures give the same bytes, with the same matplotlib. Text stays text. The colours are those of Okabe and Ito
2008, "Color Universal Design", which colour-blind people can tell apart; marks and dashes differ as well.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from io import StringIO
from typing import Any, Final

import matplotlib
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.ticker import FixedLocator, NullLocator, PercentFormatter

from detector.evaluation.card import LENGTH, WRITTEN_BY_MODELS, cell_of, counted
from detector.evaluation.report import digest
from detector.results import Json

BLACK, GREY, BLUE, VERMILLION = "#000000", "#767676", "#0072b2", "#d55e00"
COLOURS: Final = (BLUE, VERMILLION, "#009e73", "#cc79a7", "#e69f00", "#56b4e9", BLACK)
MARKS: Final = "osD^vP*Xp<>h"
#: Inches.
WIDTH: Final = 8.0

_STYLE: Final[dict[Any, Any]] = {
    "svg.fonttype": "none",
    "svg.hashsalt": "unspun",
    "font.family": "sans-serif",
    "font.sans-serif": ["DejaVu Sans", "Verdana"],
    "font.size": 10,
    "axes.axisbelow": True,
    "axes.spines.right": False,
    "axes.spines.top": False,
    "axes.titlelocation": "left",
    "axes.titlesize": 11,
    "figure.constrained_layout.use": True,
    "legend.frameon": False,
    "text.parse_math": False,
}


def files(evaluation: Json) -> dict[str, str]:
    """The three pictures, by path in the model's folder."""
    draw: dict[str, Callable[[Json], str]] = {"calibration": calibration, "lofo": lofo, "registers": registers}
    return {f"plots/{name}.svg": picture(evaluation) for name, picture in draw.items()}


def lofo(evaluation: Json) -> str:
    """F1 and the true-positive rate of every family left out, by the share of words that its spinner changed."""
    left_out = evaluation["lofo"]
    with _figure(4.6) as figure:
        axes = figure.subplots(1, 2)
        for axis, (key, title) in zip(axes, (("f1", "F1"), ("tpr1", "TPR at 1 % false positives")), strict=True):
            for number, (name, family) in enumerate(sorted(left_out["families"].items())):
                cells = [cell_of(family, rate, LENGTH) for rate in left_out["rates"]]
                _line(axis, [cell for cell in cells if None not in (cell["reached"], cell[key])], key, name, number)
            axis.set(title=title, ylim=(0, 1.02), xlabel="content words changed")
            axis.set_xlim(left_out["rates"][0] * 0.8, left_out["rates"][-1] * 1.2)
            axis.set_xscale("log")
            axis.xaxis.set_major_locator(FixedLocator(left_out["rates"]))
            axis.xaxis.set_minor_locator(NullLocator())
            axis.xaxis.set_major_formatter(PercentFormatter(1, 0, " %"))
            axis.grid(axis="y", color=GREY, alpha=0.25)
        axes[1].yaxis.set_major_formatter(PercentFormatter(1, 0, " %"))
        figure.legend(*axes[0].get_legend_handles_labels(), loc="outside lower center", ncols=5, fontsize=9)
        _head(figure, f"Families left out, {LENGTH} words; hollow: no more could be changed")
        return _svg(figure, "Leave-one-family-out by rate", evaluation)


def _line(axis: Axes, cells: Sequence[Json], key: str, name: str, number: int) -> None:
    """A family's line, hollow where its spinner could not change what was asked for."""
    colour, turn = COLOURS[number % len(COLOURS)], number // len(COLOURS)
    x, y = [cell["reached"] for cell in cells], [cell[key] for cell in cells]
    style: Mapping[str, Any] = {"color": colour, "marker": MARKS[number % len(MARKS)], "markersize": 5.5}
    axis.plot(x, y, label=name, linestyle=("-", "--", ":")[turn % 3], linewidth=1.4, **style)
    capped = [(cell["reached"], cell[key]) for cell in cells if cell["capped"]]
    axis.plot([x for x, _ in capped], [y for _, y in capped], linestyle="none", markerfacecolor="white", **style)


def registers(evaluation: Json) -> str:
    """Share of clean paragraphs flagged in balanced mode, with its interval; text of language models apart."""
    rows = evaluation["registers"]
    honest = sorted(counted(rows).items(), key=lambda row: (row[1]["share"] or 0.0, row[0]))
    written = [(name, rows[name]) for name in WRITTEN_BY_MODELS if name in rows]
    with _figure(2.2 + 0.27 * (len(honest) + len(written))) as figure:
        upper, lower = figure.subplots(2, 1, height_ratios=[len(honest) + 1, len(written) + 1])
        _dots(upper, honest, BLUE)
        for rate, dashes in ((0.01, "--"), (0.02, ":")):
            upper.axvline(rate, color=VERMILLION, linestyle=dashes, linewidth=1.2, zorder=0)
        upper.set_title("clean text; lines at 1 % (nominal) and 2 %")
        _dots(lower, written, BLACK)
        lower.set_title("text of language models, on a scale of its own")
        _head(figure, "Flagged in balanced mode, with 95 % interval (number of paragraphs)")
        return _svg(figure, "False positives by register", evaluation)


def _dots(axis: Axes, rows: Sequence[tuple[str, Json]], colour: str) -> None:
    known = [(place, row) for place, (_, row) in enumerate(rows) if None not in (row["share"], row["low"], row["high"])]
    places, share = [place for place, _ in known], [row["share"] for _, row in known]
    below = [max(0.0, row["share"] - row["low"]) for _, row in known]
    above = [max(0.0, row["high"] - row["share"]) for _, row in known]
    axis.errorbar(
        share,
        places,
        xerr=[below, above],
        fmt="o",
        color=colour,
        markersize=5,
        elinewidth=1.3,
        capsize=2.5,
        clip_on=False,
    )
    axis.set_yticks(range(len(rows)), [f"{name} ({row['n']:,})" for name, row in rows])
    axis.set_ylim(-0.7, len(rows) - 0.3)
    axis.set_xlim(left=0)
    axis.tick_params(axis="y", length=0, pad=7)
    axis.xaxis.set_major_formatter(PercentFormatter(1, None, " %"))
    axis.grid(axis="x", color=GREY, alpha=0.25)


def calibration(evaluation: Json) -> str:
    """Reliability diagrams: the share of spun texts by score where half of the texts are spun, and where 5 % are."""
    with _figure(5.0) as figure:
        axes = figure.subplots(1, 2, sharey=True)
        panels = (("p50", "half of the texts spun"), ("p05", "5 % spun, scores shifted to match"))
        for axis, (key, title) in zip(axes, panels, strict=True):
            bins = [one for one in evaluation["calibration"][key] if None not in (one["mean_score"], one["share_spun"])]
            error = evaluation["ece"][key]
            axis.plot([0, 1], [0, 1], color=GREY, linestyle="--", linewidth=1)
            x, y = [one["mean_score"] for one in bins], [one["share_spun"] for one in bins]
            most = max((one["n"] for one in bins), default=1)
            axis.plot(x, y, color=BLUE, linewidth=1.2)
            axis.scatter(x, y, [10 + 90 * one["n"] / most for one in bins], color=BLUE, clip_on=False, zorder=3)
            axis.set(xlim=(0, 1), ylim=(0, 1.02), aspect="equal", xlabel="mean score")
            axis.set_title(f"{title}\nECE {'–' if error is None else f'{error:.3f}'}")
            axis.grid(color=GREY, alpha=0.25)
        axes[0].set_ylabel("share spun")
        _head(figure, "Share of spun texts by score; the larger a dot, the more texts")
        return _svg(figure, "Reliability", evaluation)


@contextmanager
def _figure(height: float) -> Iterator[Figure]:
    """An empty figure, drawn the same way whatever matplotlibrc says."""
    with matplotlib.rc_context():
        matplotlib.rcdefaults()
        matplotlib.rcParams.update(_STYLE)
        yield Figure(figsize=(WIDTH, height))


def _head(figure: Figure, title: str) -> None:
    figure.suptitle(title, x=0.01, horizontalalignment="left", fontsize=12)


def _svg(figure: Figure, title: str, evaluation: Json) -> str:
    """The picture, without a date; its identifier is the digest of the figures that it shows."""
    out = StringIO()
    about = {"Date": None, "Creator": "Unspun", "Title": title, "Identifier": f"sha256:{digest(evaluation)}"}
    figure.savefig(out, format="svg", metadata=about)
    return out.getvalue()

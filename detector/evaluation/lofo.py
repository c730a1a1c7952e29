"""Leave one spinner family out: fit without it, and measure on it. Spinners nobody here wrote are measured alike.

A fold leaves out more than its family where others hold the same words: the two that read WordNet go together, and
`mixed`, which draws on every dictionary, goes with each of them; the translator Apertium goes with all chains of its
translations. The stock phrases that the detector knows were gathered from what some families write: their folds do
without them.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from math import nan
from typing import Final, NamedTuple

import numpy as np
import numpy.typing as npt

from detector.classifier import F64
from detector.evaluation.card import LENGTH, RATE
from detector.evaluation.competitors import cell_figures
from detector.evaluation.grid import LENGTHS, RATES, GridText
from detector.evaluation.judge import Judge
from detector.evaluation.metrics import best_threshold, class_weights, tpr_at_fpr
from detector.lexicon import F32
from detector.results import Json
from detector.training.fit import TRANSLATORS, Blind, Examples, fit
from detector.training.translated import CHAINS, POST_EDITED

#: One false alarm in a thousand can be told where there are this many clean texts.
CLEAN_FOR_TPR01: Final = 5000
#: A spinner that changes less than this share of what it is asked for has reached its highest rate.
CAPPED: Final = 0.8

_WORDNET: Final = ("wordnet_first", "wordnet_random")
_TOGETHER: Final[Mapping[str, tuple[str, ...]]] = {
    **dict.fromkeys(_WORDNET, _WORDNET),
    "apertium_spa": tuple(CHAINS),
}
#: Families that `mixed` takes no words from.
_NOT_MIXED: Final = ("mixed", "apertium_spa")
#: Families some of whose phrases are among those of `detector/rules/phrases.json`, or may be drawn on.
_OF_STOCK_PHRASES: Final = ("mixed", "stock", "tortured")


def left_out(family: str) -> tuple[str, ...]:
    """The families that a fold is fitted without, its own first."""
    relatives = [name for name in _TOGETHER.get(family, ()) if name != family]
    return (family, *relatives, *(() if family in _NOT_MIXED else ("mixed",)))


def blind_to(family: str) -> Blind:
    """What a fold must not see, since it was made of what its family writes."""
    return Blind(traces=("phrases",) if family in _OF_STOCK_PHRASES else ())


class Fold(NamedTuple):
    """Classifiers that have not seen the families left out, the families to measure with them, and the logit from which
    they flag; with nothing left out, the tools that nobody here wrote."""

    without: frozenset[str]
    families: tuple[str, ...]
    judge: Judge
    threshold: float


def folds(examples: Examples, log_share: F32, families: Iterable[str]) -> Iterator[Fold]:
    """Fit once for every set of families that is left out together."""
    shared: dict[tuple[frozenset[str], Blind], list[str]] = defaultdict(list)
    for name in families:
        shared[frozenset(left_out(name)), blind_to(name)].append(name)
    for (without, blind), names in shared.items():
        judge = Judge.of(*fit(examples, log_share, without, blind))
        yield Fold(without, tuple(names), judge, f1_threshold(judge, examples, without))


def f1_threshold(judge: Judge, examples: Examples, without: Collection[str] = ()) -> float:
    """The logit with the best F1 on the calibration texts, clean ones and the seen families' weighing the same. Whole
    translations, and what they are measured against, are not among them."""
    family = examples.family()
    noise = np.array([text["noise"] is not None for text in examples.texts])
    seen = (examples.column("subset") == "calibrate") & ~np.isin(family, list(without)) & ~(noise & (family == ""))
    seen &= of_pairs(examples)
    labels = (family[seen] != "").astype(int).tolist()
    return best_threshold(labels, judge.logits(examples)[seen], class_weights(labels))


def of_pairs(examples: Examples) -> npt.NDArray[np.bool_]:
    """Which texts (texts,) are clean or spun, and neither translations nor corrected ones."""
    translated = np.array([name.startswith(TRANSLATORS) for name in examples.family().tolist()], np.bool_)
    return np.asarray(~translated & (examples.column("register") != POST_EDITED))


def measure_cells(
    clean: Sequence[GridText], honest: F64, texts: Sequence[GridText], scores: F64, threshold: float
) -> list[Json]:
    """Every cell of a family against the clean texts of its length, by rate within length. honest, scores: logits."""
    lengths = np.array([text.length for text in clean])
    mine, rates = np.array([text.length for text in texts]), np.array([text.rate for text in texts])
    reached = np.array([text.reached for text in texts])
    cells: list[Json] = []
    for length in LENGTHS:
        negatives = honest[lengths == length]
        for rate in RATES:
            here = (mine == length) & (rates == rate)
            share = float(reached[here].mean()) if here.any() else nan
            about = {"length": length, "rate": rate, "reached": share, "capped": bool(share < CAPPED * rate)}
            figures = cell_figures(threshold, negatives, scores[here])
            sizes = {"n": int(here.sum()), "clean": len(negatives)}
            cells.append({**about, **sizes, **figures, "tpr01": _tpr01(negatives, scores[here])})
    return cells


def _tpr01(clean: F64, spun: F64) -> float:
    labels = [0] * len(clean) + [1] * len(spun)
    return tpr_at_fpr(labels, [*clean.tolist(), *spun.tolist()], 0.001) if len(clean) >= CLEAN_FOR_TPR01 else nan


def in_headline(text: GridText) -> bool:
    """Whether a text belongs to the cell that the headline figures are means over."""
    return text.length == LENGTH and (text.family is None or text.rate == RATE)


def means(families: Mapping[str, Json]) -> Json:
    """Means over families of the headline cell, the worst, and what the cells are named by."""
    cells = {
        name: next(c for c in one["cells"] if (c["length"], c["rate"]) == (LENGTH, RATE))
        for name, one in families.items()
    }
    worst = min(cells, key=lambda name: float(cells[name]["f1"]))
    return {
        **{f"mean_{key}": float(np.mean([cell[key] for cell in cells.values()])) for key in ("f1", "tpr1", "auc")},
        "worst_f1": cells[worst]["f1"],
        "worst_family": worst,
        "rates": list(RATES),
        "lengths": list(LENGTHS),
        "families": dict(families),
    }

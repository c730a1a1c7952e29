"""What each witness brings: the classifiers fitted again without it."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Final

import numpy as np
import numpy.typing as npt

from detector.classifier import F64
from detector.evaluation.judge import Judge
from detector.evaluation.metrics import auc, tpr_at_fpr
from detector.features import NAMES
from detector.lexicon import F32
from detector.results import Json
from detector.traces import TRACE_NAMES
from detector.training.fit import Blind, Examples, fit

_CHOICE: Final = (
    "gap", "gap_best", "gap_z", "rank", "score", "pointwise", "score_best", "mixture", "fit_gap", "near", "near_seen",
    "best_place", "others_gap_z", "others_score", "others_fit_gap", "before_gap_z", "after_gap_z",
)  # fmt: skip
_NGRAMS: Final = (
    "left", "right", "left_left", "across", "right_right", "best_left", "best_right", "best_left_left", "best_across",
    "best_right_right", "seen", "best_seen", "fit_gap", "absent_left", "absent_right", "near_seen", "best_tie_left",
    "best_tie_right", "others_fit_gap",
)  # fmt: skip

_PHRASES_AND_RULES: Final = ("phrases", "slips", "altered", "untranslated", "debris")
_NO_SMALL_WORDS: Final = (*_PHRASES_AND_RULES, "misspelt", "old")

#: The columns that hold what a witness says; one that weighs two together goes with either.
WITNESSES: Final[Mapping[str, Blind]] = {
    "choice model": Blind(_CHOICE),
    "n-grams": Blind(_NGRAMS),
    "spinner prior": Blind(("prior",)),
    "place on the candidate list": Blind(("near", "near_seen", "best_place")),
    "word frequency": Blind(("log_share", "log_share_best", "pointwise", "others_log_share")),
    "rest of the paragraph": Blind(tuple(name for name in NAMES if name.startswith(("others_", "before_", "after_")))),
    "capitals and neighbours": Blind(
        ("capital", "first", "unknown_near", "content_left", "content_right", "candidates")
    ),
    "register": Blind(("at_home",), ("old",)),
    "misspellings": Blind(traces=("misspelt",)),
    "phrases and rules": Blind(traces=_PHRASES_AND_RULES),
    "small words": Blind(traces=tuple(name for name in TRACE_NAMES if name not in _NO_SMALL_WORDS)),
}


def evaluate_ablation(examples: Examples, log_share: F32, measured: Callable[[Judge], Json], full: Judge) -> Json:
    """The figures of the `full` judge, and of each that was fitted without a witness."""
    without = {}
    for name, blind in WITNESSES.items():
        arrays, about = fit(examples, log_share, blind=blind)
        without[name] = measured(Judge.of(arrays, about, blind.slots))
    return {"full": measured(full), "without": without}


def unseen_and_pages(
    judge: Judge, clean: Examples, spun: Sequence[Examples], pages: Examples, labels: npt.NDArray[np.int8]
) -> Json:
    """Means over the tools nobody here wrote (spun: the texts of each) against clean texts, and the real pages."""
    written = judge.logits(clean)
    cells = [_both(written, judge.logits(one)) for one in spun]
    scores, truth = judge.logits(pages).tolist(), labels.tolist()
    return {
        "unseen_auc": float(np.mean([auc(*cell) for cell in cells])),
        "unseen_tpr1": float(np.mean([tpr_at_fpr(*cell, 0.01) for cell in cells])),
        "dev_auc": auc(truth, scores),
        "dev_tpr5": tpr_at_fpr(truth, scores, 0.05),
    }


def _both(clean: F64, spun: F64) -> tuple[list[int], list[float]]:
    return [0] * len(clean) + [1] * len(spun), [*clean.tolist(), *spun.tolist()]

"""False alarms by register: clean text only, counted at every mode, with Wilson intervals."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence

from detector.evaluation.metrics import wilson
from detector.evaluation.scored import Scored, cover_share, score_texts
from detector.results import MODES, Json, Scorer


def evaluate_registers(detector: Scorer, texts: Mapping[str, Sequence[str]], apart: Collection[str] = ()) -> Json:
    """False alarms of each register and of `all` together: in balanced mode, with the share of words that spans cover,
    and beside it in the other modes.

    Registers that stand `apart` are measured but not counted in `all`.
    """
    order = sorted(name for name in texts if texts[name])
    flat = [text for name in order for text in texts[name]]
    report: Json = {"all": {"total": False}, **{name: {"total": name not in apart} for name in order}}
    for mode in MODES:
        scored = iter(score_texts(detector, flat, mode))
        parts = {name: [next(scored) for _ in texts[name]] for name in order}
        parts["all"] = [one for name, part in parts.items() if name not in apart for one in part]
        for name, part in parts.items():
            if mode == "balanced":
                unscored = sum(one.status != "scored" for one in part)
                report[name] |= {**false_alarms(part), "cover": cover_share(part), "unscored": unscored}
            else:
                report[name][mode] = false_alarms(part)
    return report


def false_alarms(scored: Sequence[Scored]) -> Json:
    """How many clean texts are flagged, with the Wilson interval of the share."""
    flagged = sum(one.flagged for one in scored)
    interval = wilson(flagged, len(scored))
    return {"n": len(scored), "flagged": flagged, "share": interval.share, "low": interval.low, "high": interval.high}

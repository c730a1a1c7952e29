"""An evaluation with made-up figures, of the form that `unspun evaluate` writes, some of them not measured."""

from __future__ import annotations

from collections.abc import Sequence

from detector.evaluation.metrics import wilson
from detector.results import MODES, Json

RATES = (0.05, 0.1, 0.25, 0.5)
LENGTHS = ("20-49", "50-99", "100-199", "200-300")
FAMILIES = (
    "apertium_spa", "embedding", "mixed", "moby", "roget", "stock", "tortured", "wordnet_first", "wordnet_random",
)  # fmt: skip
TOOLS = ("aiksaurus", "apertium-cat", "apertium-eo", "glitchlings", "mythes", "synonymset", "texthumanize")
#: Clean paragraphs and how many of them balanced mode flags.
REGISTERS = {
    "corpus encyclopedia": (1200, 5), "corpus fiction before 1920": (312, 5), "corpus news": (1500, 9),
    "corpus poetry": (64, 1), "corpus technical": (220, 1), "forum": (150, 2), "legal": (150, 0),
    "second-language": (69, 0), "student-native": (88, 1),
}  # fmt: skip
APART = {"llm": (258, 8), "llm-rewrite": (150, 19), "noise typos": (400, 6)}


def sample_evaluation() -> Json:
    """The whole of it, anew with every call."""
    total = tuple(map(sum, zip(*REGISTERS.values(), strict=True)))
    return {
        "schema": 1,
        "model": {"name": "unspun-en", "version": "0.2.0", "sha256": "5" * 64},
        "inputs": dict.fromkeys(("grid", "pages", "pairs", "registers", "tortured"), "1" * 64),
        "lofo": _leave_out(FAMILIES, 0.0),
        "unseen": _leave_out(TOOLS, 0.02) | {"missing": {"wordspin": "wordspin is not installed: pip install wordspin"}},
        "competitors": _competitors(),
        "registers": {
            **{name: _register(*counts, counted=True) for name, counts in REGISTERS.items()},
            **{name: _register(*counts, counted=False) for name, counts in APART.items()},
            "all": _register(*total, counted=False),
        },
        "ece": {"p50": 0.018, "p05": 0.009},
        "calibration": {
            "p50": _bins(0.5),
            "p05": _bins(0.05),
            "precision": {
                mode: {"tpr": 0.7 + 0.1 * i, "fpr": 0.001 * 4**i, "0.01": 0.8 - 0.3 * i, "0.05": 0.9, "0.20": None}
                for i, mode in enumerate(MODES)
            },
        },
        "rules": {
            "words": dict.fromkeys((*REGISTERS, *APART), 40_000),
            "rules": {"word-choice": _rule(30, 0.9), "article": _rule(2, 0.8), "repeated-sentence": _rule(0, None)},
        },
        "translated": {
            "unseen": _translators({"eng-cat, cat-eng": 0.02, "en-eo, eo-en": 0.0}, 0.96),
            "learnt": _translators({"translated_spa": 0.0}, 0.98),
            "unseen corrected": _translators({"ne-en": 0.0}, 0.78),
            "corrected": _translators({"et-en": 0.0}, 0.82),
            "spun": {"n": 9000, "flagged": 0.71, "as_translated": 0.06},
        },
        "spans": _spans(0.0)
        | {
            "families": {name: _spans(0.01 * i) for i, name in enumerate(FAMILIES)},
            "unseen": _spans(0.2) | {"families": {"tool": _spans(0.3)}},
            "tortured_carriers": {
                "n": 2000, "found": 0.71, "hit1": 0.3, "hit5": 0.52, "mrr": 0.38, "held_out_phrases": 3140,
            },
        },
        "ablation": {
            "full": _ablation(0.0),
            "without": {"choice model": _ablation(0.08), "n-grams": _ablation(0.03), "spinner prior": _ablation(-0.004)},
        },
        "pages": _pages(),
        "seed": {mode: _seed() for mode in MODES},
        "check": {"n_clean": 30, "n_spun": 30, "auc": 0.96, "flagged_clean": 1, "flagged_spun": 21},
    }  # fmt: skip


def sample_about() -> Json:
    """What of model.json the card reads."""
    return {
        "name": "unspun-en",
        "version": "0.2.0",
        "sha256": "5" * 64,
        "families": list(FAMILIES),
        "translators": ["postedit", "translated_spa"],
        "held_out": {"documents": 9292, "share": 0.045, "words": 4775495},
        "words_seen": {"passes": 3.4, "tokens": 120569614, "words": 99628976},
        "sources": {"wiki": {"documents": 2, "words": 40001958}, "attic": {"documents": 1, "words": 1200}},
        "modes": {
            mode: {"nominal_false_positive_rate": rate} for mode, rate in zip(MODES, (0.002, 0.01, 0.04), strict=True)
        },
    }


def sample_sources() -> list[Json]:
    """Some of data/sources.toml."""
    clean = {"register": "encyclopedia", "documents": 2, "words": 1, "use": ["counts", "pairs"]}
    return [
        {"id": "wiki", "title": "English Wikipedia", "licence": "CC BY-SA 3.0", **clean},
        {"id": "unused", "title": "A source of another model", "licence": "none", **clean},
        {"id": "moby", "title": "Moby Thesaurus II", "licence": "public domain", "use": ["candidates", "spinner"]},
    ]


def _leave_out(names: Sequence[str], lift: float) -> Json:
    families = {
        name: {"left_out": [name, "mixed"] if name == "stock" else [name], "cells": _cells(number, lift)}
        for number, name in enumerate(names)
    }
    return {
        "mean_f1": 0.912 + lift, "worst_f1": 0.834 + lift, "worst_family": names[-1],
        "mean_tpr1": 0.751 + lift, "mean_auc": 0.968,
        "rates": list(RATES), "lengths": list(LENGTHS), "families": families,
    }  # fmt: skip


def _cells(number: int, lift: float) -> list[Json]:
    cells = []
    for i, rate in enumerate(RATES):
        for j, length in enumerate(LENGTHS):
            good = 1 - 0.4 / (1 + i + j) + lift - 0.01 * number
            capped = number == 5 and rate > 0.1
            cells.append(
                {
                    "rate": rate, "length": length, "n": 250, "clean": 6000 if j < 3 else 3120,
                    "reached": 0.14 if capped else 0.97 * rate, "capped": capped,
                    "auc": good, "tpr1": good - 0.2, "tpr01": good - 0.35 if j < 3 else None, "f1": good - 0.05,
                }
            )  # fmt: skip
    return cells


def _competitors() -> Json:
    titles = {
        "unspun": ("Unspun", "this model"), "unspun_sample": ("Unspun", "this model"),
        "tfidf": ("tf-idf + logistic regression", "Foltýnek 2020"), "lm": ("SmolLM2-135M", "log-probability"),
        "tortured": ("tortured-phrase list", "exact match"), "floor": ("choice model, untrained score", "issue 2"),
    }  # fmt: skip
    return {
        name: {
            "title": title,
            "source": source,
            "sample": 2000 if name in ("lm", "unspun_sample") else None,
            "missing": None,
            "lofo_mean_f1": 0.91 - 0.05 * i,
            "lofo_worst_f1": 0.83 - 0.05 * i,
            "lofo_mean_tpr1": 0.75 - 0.1 * i,
            "lofo_mean_auc": 0.97 - 0.05 * i,
            "unseen_mean_f1": 0.92 - 0.05 * i,
            "unseen_mean_tpr1": None if name == "tortured" else 0.76,
            "unseen_mean_auc": 0.97,
            "families": {family: {"f1": 0.9 - 0.05 * i, "tpr1": 0.7, "auc": None} for family in FAMILIES},
        }
        for i, (name, (title, source)) in enumerate(titles.items())
    }


def _register(n: int, flagged: int, *, counted: bool) -> Json:
    modes = [_rate(n, hits) for hits in (flagged, flagged // 4, flagged * 3)]
    return modes[0] | {"cover": 0.011, "strict": modes[1], "sensitive": modes[2], "total": counted}


def _rate(n: int, flagged: int) -> Json:
    interval = wilson(flagged, n)
    return {"n": n, "flagged": flagged, **interval._asdict()}


def _bins(prevalence: float) -> list[Json]:
    bins = []
    for i in range(15):
        middle = (i + 0.5) / 15
        empty = prevalence < 0.5 and i in (9, 11)
        bins.append(
            {
                "low": i / 15, "high": (i + 1) / 15, "n": 0 if empty else 60 + 700 * abs(i - 7) // 7,
                "mean_score": None if empty else middle, "share_spun": None if empty else middle**1.1,
            }
        )  # fmt: skip
    return bins


def _rule(hits: int, on_change: float | None) -> Json:
    registers = {
        name: {"hits": hits, "per_2000": hits / 20, "total": name in REGISTERS} for name in (*REGISTERS, *APART)
    }
    families = {name: {"hits": 5 * hits, "on_change": on_change} for name in FAMILIES}
    return {
        "hits": hits * len(REGISTERS), "per_2000": hits / 20, "registers": registers, "worst": "forum",
        "families": families,
    }  # fmt: skip


def _translators(less: dict[str, float], auc: float) -> Json:
    cells = {
        name: {
            "n": 300, "auc_translated": auc - gap, "auc": auc - 0.08 - gap, "tpr_1": 0.05, "flagged": 0.2, "false": 0.02,
            "as_spun": 0.4,
        }
        for name, gap in less.items()
    }  # fmt: skip
    figures = list(cells.values())
    mean = {key: sum(one[key] for one in figures) / len(figures) for key in figures[0] if key != "n"}
    return {"cells": cells, "mean": mean}


def _spans(less: float) -> Json:
    hits = {"hit1": 0.41 - less, "hit5": 0.63 - less, "mrr": 0.5 - less}
    return {
        **hits, "n": 9000, "token_precision": 0.74 - less, "token_recall": 0.55 - less,
        "underlined": {name: value + 0.1 for name, value in hits.items()} | {"n": 5100},
    }  # fmt: skip


def _ablation(less: float) -> Json:
    return {
        "unseen_auc": 0.97 - less, "unseen_tpr1": 0.76 - 2 * less, "dev_auc": 0.9 - less,
        "dev_tpr5": None if less == 0.03 else 0.72 - less,
    }  # fmt: skip


def _pages() -> Json:
    ranking = {"n": 176, "spun": 59, "unscored": 2, "auc": 0.89, "tpr1": 0.41, "tpr5": 0.71}
    kinds = {name: _rate(n, 1) for name, n in (("human", 101), ("verse", 16))}
    modes = {
        mode: {
            "flagged_clean": 0.003 * 3**i, "flagged_spun": 0.27 + 0.18 * i, "evidence": 208,
            "overlapped": 0.45 + 0.1 * i, "hit5": 0.35 + 0.08 * i, "exact5": 0.2,
            "cover_clean": 0.004 * 2**i, "cover_spun": 0.08 * 2**i, "kinds": kinds,
        }
        for i, mode in enumerate(MODES)
    }  # fmt: skip
    documents = ranking | {"n": 46, "spun": 13, "unscored": 0, "flagged_clean": 0.0, "flagged_spun": 0.69}
    return {"paragraphs": ranking, "documents": documents, "modes": modes}


def _seed() -> Json:
    return {
        "document": {"score": 0.61, "flagged": False, "fraction": 0.1}, "verdicts": [1, 0, 0],
        "spun": 2, "spun_flagged": 1, "clean": 1, "clean_flagged": 0,
        "phrases": {
            "odd phrase": [{"text": "odd phrase", "suggestions": ["strange phrase", "usual phrase"]}], "unseen one": [],
        },
    }  # fmt: skip

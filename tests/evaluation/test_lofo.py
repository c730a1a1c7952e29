"""A fold has not seen what it is measured on, and a cell says how it was measured."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from math import isnan
from types import SimpleNamespace
from typing import Any, cast

import numpy as np
import pytest

from detector.evaluation import lofo
from detector.evaluation.grid import LENGTHS, RATES, GridText
from detector.evaluation.inputs import Inputs
from detector.evaluation.judge import Judge
from detector.evaluation.lofo import (
    LENGTH,
    RATE,
    blind_to,
    f1_threshold,
    folds,
    in_headline,
    left_out,
    means,
    measure_cells,
)
from detector.traces import TRACE_NAMES
from detector.training.fit import Blind, Examples
from detector.training.translated import CHAINS


@pytest.mark.parametrize(
    ("family", "without"),
    [
        ("wordnet_first", {"wordnet_first", "wordnet_random", "mixed"}),
        ("wordnet_random", {"wordnet_first", "wordnet_random", "mixed"}),
        ("moby", {"moby", "mixed"}),
        ("roget", {"roget", "mixed"}),
        ("embedding", {"embedding", "mixed"}),
        ("tortured", {"tortured", "mixed"}),
        ("stock", {"stock", "mixed"}),
        ("mixed", {"mixed"}),
        ("apertium_spa", {"apertium_spa", *CHAINS}),
    ],
)
def test_families_that_share_words_go_together(family: str, without: set[str]) -> None:
    assert left_out(family)[0] == family
    assert set(left_out(family)) == without
    assert len(left_out(family)) == len(without)


def test_families_that_are_left_out_together_share_a_fold(monkeypatch: pytest.MonkeyPatch) -> None:
    fitted: list[tuple[set[str], Blind]] = []
    monkeypatch.setattr(lofo, "fit", lambda examples, share, without, blind: (fitted.append((set(without), blind)), {}))
    monkeypatch.setattr(lofo, "Judge", SimpleNamespace(of=lambda *_: None))
    monkeypatch.setattr(lofo, "f1_threshold", lambda judge, examples, without: float(len(without)))
    families = ["moby", "stock", "wordnet_first", "wordnet_random"]
    found = list(folds(cast(Examples, None), np.zeros(1, np.float32), families))
    assert [fold.families for fold in found] == [("moby",), ("stock",), ("wordnet_first", "wordnet_random")]
    assert fitted == [(fold.without, blind_to(fold.families[0])) for fold in found]
    assert [fold.threshold for fold in found] == [2.0, 2.0, 3.0]


def test_stock_phrases_say_nothing_of_the_families_that_they_are_of() -> None:
    blinded = {name for name in ("apertium_spa", "mixed", "moby", "stock", "tortured") if blind_to(name).traces}
    assert blinded == {"mixed", "stock", "tortured"}
    assert blind_to("stock") == Blind((), ("phrases",))


def test_a_fold_learns_nothing_of_the_families_left_out(tiny_inputs: Inputs) -> None:
    examples, log_share = tiny_inputs.examples, tiny_inputs.model.lexicon.log_share
    hidden = np.isin(examples.family(), ["stock", "mixed"])
    assert hidden.any()
    features, label, traces, tokens = (
        part.copy() for part in (examples.features, examples.label, examples.traces, examples.tokens)
    )
    rows = hidden[examples.text_of]
    features[rows] = np.random.default_rng(0).normal(size=(int(rows.sum()), features.shape[1]))
    label[rows] = 1
    traces[hidden] = 1
    traces[:, TRACE_NAMES.index("phrases")] = 2
    tokens[hidden] = 7
    other = replace(examples, features=features, label=label, traces=traces, tokens=tokens)
    (first,), (second,) = (list(folds(one, log_share, ["stock"])) for one in (examples, other))
    assert first.threshold == second.threshold
    texts = tiny_inputs.features(tiny_inputs.spun["stock"])
    assert (first.judge.logits(texts) == second.judge.logits(texts)).all()


class Told:
    """A judge that says what it was told."""

    def __init__(self, logits: Sequence[float]) -> None:
        self._logits = np.array(logits)

    def logits(self, examples: Examples) -> np.ndarray[Any, Any]:
        return self._logits


def examples_of(rows: Sequence[Mapping[str, Any]]) -> Examples:
    nothing = np.zeros(0, np.int32)
    texts = [{"subset": "calibrate", "noise": None, "register": "news", **row} for row in rows]
    return Examples(
        np.zeros((0, 1), np.float32), np.zeros(0, np.int8), nothing, nothing, texts,
        np.zeros((len(rows), len(TRACE_NAMES)), np.float32), np.zeros(len(rows), np.int32),
    )  # fmt: skip


def test_the_threshold_is_set_on_seen_calibration_texts_alone() -> None:
    seen = [({"family": None}, 1.0), ({"family": None}, 2.0), ({"family": "moby"}, 3.0), ({"family": "moby"}, 5.0)]
    rough = ({"family": "moby", "noise": "ocr"}, 2.5)  # spun text that was rough before counts
    passed_over = [
        ({"family": "stock"}, -9.0),
        ({"family": None, "noise": "ocr"}, 9.0),
        ({"family": None, "subset": "fit"}, 8.0),
        ({"family": "moby", "subset": "test"}, -8.0),
        ({"family": "translated_spa"}, -7.0),
        ({"family": "postedit", "register": "post-edited"}, -6.0),
        ({"family": None, "register": "post-edited"}, 7.0),
    ]
    for rows, expected in ((seen, 3.0), ([*seen, rough], 2.5), ([*seen, rough, *passed_over], 2.5)):
        judge = cast(Judge, Told([logit for _, logit in rows]))
        assert f1_threshold(judge, examples_of([row for row, _ in rows]), ["stock"]) == expected
    everything = [*seen, rough, *passed_over]
    judge = cast(Judge, Told([logit for _, logit in everything]))
    assert f1_threshold(judge, examples_of([row for row, _ in everything])) == 2.5


def cell_texts(reached: float) -> list[GridText]:
    return [
        GridText("moby", length, rate, min(rate, reached), "news", f"{length} {rate} {number}")
        for length in LENGTHS
        for rate in RATES
        for number in range(4)
    ]


def clean_texts(count: int) -> list[GridText]:
    return [GridText(None, length, 0.0, 0.0, "news", f"{length} {i}") for length in LENGTHS for i in range(count)]


def test_every_cell_is_measured_against_clean_texts_of_its_length() -> None:
    clean, spun = clean_texts(10), cell_texts(1.0)
    places = list(LENGTHS)
    honest = np.array([10.0 * places.index(text.length) for text in clean])
    scores = np.array([10.0 * places.index(text.length) + (1 if text.rate > 0.1 else -1) for text in spun])
    cells = measure_cells(clean, honest, spun, scores, 15.0)
    assert [(cell["length"], cell["rate"]) for cell in cells] == [(length, r) for length in LENGTHS for r in RATES]
    assert all((cell["n"], cell["clean"], cell["capped"]) == (4, 10, False) for cell in cells)
    assert all(cell["auc"] == cell["tpr1"] == float(cell["rate"] > 0.1) for cell in cells)
    f1 = {(cell["length"], cell["rate"]): cell["f1"] for cell in cells}
    assert f1["20-49", 0.5] == 0.0  # all below the threshold
    assert f1["200-300", 0.5] == pytest.approx(2 / 3)  # all above it


def test_cells_at_the_highest_rate_of_a_spinner_are_marked() -> None:
    clean, spun = clean_texts(3), cell_texts(0.21)
    cells = measure_cells(clean, np.zeros(len(clean)), spun, np.ones(len(spun)), 0.5)
    assert {cell["rate"]: cell["capped"] for cell in cells} == {0.05: False, 0.1: False, 0.25: False, 0.5: True}
    assert [cell["reached"] for cell in cells if cell["rate"] == 0.5] == pytest.approx([0.21] * len(LENGTHS))


def test_one_false_alarm_in_a_thousand_needs_many_clean_texts(monkeypatch: pytest.MonkeyPatch) -> None:
    clean, spun = clean_texts(30), cell_texts(1.0)
    honest, scores = np.arange(len(clean)) % 2.0, np.full(len(spun), 2.0)
    assert all(isnan(cell["tpr01"]) for cell in measure_cells(clean, honest, spun, scores, 0.5))
    monkeypatch.setattr(lofo, "CLEAN_FOR_TPR01", 30)
    assert [cell["tpr01"] for cell in measure_cells(clean, honest, spun, scores, 0.5)] == [1.0] * 16


def test_a_cell_without_texts_has_no_figures() -> None:
    clean, spun = clean_texts(3), [text for text in cell_texts(1.0) if text.length != "200-300"]
    cells = measure_cells(clean, np.zeros(len(clean)), spun, np.ones(len(spun)), 0.5)
    empty = [cell for cell in cells if cell["length"] == "200-300"]
    assert len(empty) == len(RATES)
    for cell in empty:
        assert (cell["n"], cell["capped"]) == (0, False)
        assert all(isnan(cell[key]) for key in ("reached", "auc", "tpr1", "f1"))


def test_the_headline_is_one_cell() -> None:
    assert [text for text in cell_texts(1.0) if in_headline(text)] == [
        text for text in cell_texts(1.0) if (text.length, text.rate) == (LENGTH, RATE)
    ]
    assert {text.length for text in clean_texts(2) if in_headline(text)} == {LENGTH}


def test_means_and_the_worst_family() -> None:
    def family(f1: float) -> dict[str, Any]:
        cell = {"f1": f1, "tpr1": f1 / 2, "auc": 1.0, "rate": RATE, "length": LENGTH}
        return {"cells": [{**cell, "rate": 0.05, "f1": 0.0}, cell, {**cell, "length": "20-49", "f1": 0.1}]}

    found = means({"moby": family(0.9), "stock": family(0.5), "roget": family(0.7)})
    assert found["mean_f1"] == pytest.approx(0.7)
    assert found["mean_tpr1"] == pytest.approx(0.35)
    assert (found["worst_family"], found["worst_f1"], found["mean_auc"]) == ("stock", 0.5, 1.0)
    assert list(found["families"]) == ["moby", "stock", "roget"]

"""Witnesses are left out one by one, from the fit and from the judging alike."""

from __future__ import annotations

from math import isnan

import numpy as np
import pytest

from detector.evaluation import ablation
from detector.evaluation.ablation import WITNESSES, evaluate_ablation, unseen_and_pages
from detector.evaluation.inputs import Inputs
from detector.evaluation.judge import Judge
from detector.features import NAMES
from detector.results import Json
from detector.traces import TRACE_NAMES


def test_witnesses_are_made_of_all_the_columns_there_are() -> None:
    for of, names in (("slots", NAMES), ("traces", TRACE_NAMES)):
        told = [getattr(blind, of) for blind in WITNESSES.values()]
        assert {column for columns in told for column in columns} == set(names)
        assert all(len(set(columns)) == len(columns) for columns in told)


def test_each_witness_is_hidden_from_its_judge(tiny_inputs: Inputs, monkeypatch: pytest.MonkeyPatch) -> None:
    some = {name: WITNESSES[name] for name in ("spinner prior", "rest of the paragraph", "small words")}
    monkeypatch.setattr(ablation, "WITNESSES", some)

    def measured(judge: Judge) -> Json:
        unheard = np.flatnonzero(~judge.paragraph.weights[:, -len(TRACE_NAMES) :].any(axis=0))
        return {"slots": [NAMES[column] for column in judge.blind], "traces": {TRACE_NAMES[i] for i in unheard}}

    full = Judge.of(tiny_inputs.arrays, tiny_inputs.model.about)
    found = evaluate_ablation(tiny_inputs.examples, tiny_inputs.model.lexicon.log_share, measured, full)
    assert found["full"]["slots"] == []
    assert {name: one["slots"] for name, one in found["without"].items()} == {
        name: list(blind.slots) for name, blind in some.items()
    }
    for name, blind in some.items():
        assert found["without"][name]["traces"] == found["full"]["traces"] | set(blind.traces)


def test_figures_are_means_over_tools_and_those_of_the_pages(tiny_inputs: Inputs) -> None:
    judge = Judge.of(tiny_inputs.arrays, tiny_inputs.model.about)
    clean = tiny_inputs.features(tiny_inputs.clean[:40])
    moby, stock = (tiny_inputs.features(tiny_inputs.spun[name]) for name in ("moby", "stock"))
    labels = np.array([0] * 20 + [1] * 20, np.int8)
    figures = [unseen_and_pages(judge, clean, tools, clean, labels) for tools in ([moby], [stock], [moby, stock])]
    for key in ("unseen_auc", "unseen_tpr1"):
        assert 0.5 < figures[2][key] <= 1
        assert figures[2][key] == pytest.approx((figures[0][key] + figures[1][key]) / 2)
    assert figures[0]["dev_auc"] == figures[1]["dev_auc"]
    assert not isnan(figures[0]["dev_tpr5"])
